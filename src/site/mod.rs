//! A request in, a response out.

pub mod page;
