//! S7 in a flood: how many pings come in, from whom and for what; and that nobody else is locked out.

mod limits;
mod throttle_file;
