//! Chooses the door and ends the process.

fn main() {}
