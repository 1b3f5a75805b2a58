//! Verification, against real peers: what becomes of a ping when its page has been looked at.

mod again;
mod commands;
mod decided;
mod followed;
mod headline;
mod judged_again;
mod killed;
mod live;
mod moved;
mod other_urls;
mod pages;
mod queue;
mod quoted;
mod reflections;
mod refreshed;
mod storage;
mod titles;
mod vouched;

use serde_json::Value;

use crate::support::blog::{Blog, Script};
use crate::support::request::Request;
use crate::support::site::Site;
use crate::support::verification::*;
use crate::support::xml::assert_accepted;
