//! (being written)
/// A form.
pub struct Form;
