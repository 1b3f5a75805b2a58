//! Moving in and out: pings that other programs kept are read, and ours are written in forms that others read.
//!
//! * [`ImportFormat`]: which forms there are, and which one a file has.
//! * [`storable`]: Perl's serialisation, in which tb.cgi kept its pings.
//! * [`import`]: files → pings that are kept, with their times.
//! * [`export`]: pings → JSON Lines, JSON Feed, CSV, Movable Type's form.
//! * [`backup`]: all of `data_dir` in one tar.
//! * [`restore`]: and back.
//!
//! What is read is as hostile as what arrives: each text goes through [`Ping::new`](crate::linkback::trackback::Ping::new),
//! nothing is allocated because a file says so, and a file that cannot be understood is refused with the place.
//! This room reads streams and writes to the store; it prints nothing and knows no command line.

pub mod backup;
mod batch;
mod bounded;
pub mod export;
mod format;
pub mod import;
mod imported_item;
mod jsonl;
mod movable_type;
pub mod plan;
pub mod restore;
pub mod storable;
mod tb_cgi;
mod wxr;

pub use format::ImportFormat;
pub use imported_item::Skip;
