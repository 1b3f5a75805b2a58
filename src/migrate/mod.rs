//! Imports pings from other programs, exports them in other formats, and makes and restores backups.
//!
//! * [`ImportFormat`]: the formats of imported files, and how they are recognised.
//! * [`storable`]: Perl's serialisation, in which tb.cgi stores its pings.
//! * [`import`]: imports a file into the store, with the times of its pings.
//! * [`export`]: writes pings as JSON Lines, JSON Feed, JF2, CSV or Movable Type's export.
//! * [`backup`]: writes all of `data_dir` into one tar.
//! * [`restore`]: restores a backup.
//!
//! An imported file is as hostile as a received ping: each text goes through
//! [`Ping::new`](crate::linkback::trackback::Ping::new), nothing is allocated because a file claims a length, and a
//! file that cannot be parsed is refused with the position of the fault. This room reads streams and writes to the
//! store; it prints nothing and knows no command line.

pub mod backup;
mod batch;
mod bounded;
pub mod export;
mod format;
pub mod import;
mod imported_item;
mod jf2;
mod jsonl;
mod movable_type;
pub mod plan;
pub mod restore;
pub mod storable;
mod tb_cgi;
mod wxr;

pub use format::ImportFormat;
pub use imported_item::Skip;
