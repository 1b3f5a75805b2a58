//! Builds the tree of a page as browsers do: the tree construction of the HTML standard (section 13.2.6).
//!
//! It differs from the standard where a hostile page could make it slow: nothing looks further than `FAR` elements up
//! the stack of open ones, and at most `MAX_FORMATTING` elements are reopened by themselves. Scripting counts as on,
//! as for nearly all readers: what is in `<noscript>` is text that nobody sees. What is in a `<template>` hangs below
//! it.

mod body;
pub(super) mod builder;
mod foreign;
mod formatting;
mod frames;
mod head;
mod insert;
pub(super) mod namespaces;
mod tables;

use super::token::Quirks;
