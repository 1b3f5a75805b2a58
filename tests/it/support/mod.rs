//! The real components that the tests run against.

pub(crate) mod blog;
