//! The built executable and real servers, tested from outside.
