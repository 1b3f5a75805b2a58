//! Randomness for keys, salts and other unguessable numbers.
//!
//! Uses the system call `getrandom`, since a host may have no `/dev`. The file is read only if the kernel does not have
//! the call or a filter forbids it.

use std::fs::File;
use std::io::{self, Read};

use rustix::io::Errno;
use rustix::rand::{GetRandomFlags, getrandom};

use crate::error::{Cause, Error, Result};

/// Fills `bytes` with cryptographically secure randomness.
pub fn fill(bytes: &mut [u8]) -> Result<()> {
    from_system(bytes).map_err(|cause| Error::Random(Cause::of(cause)))
}

fn from_system(bytes: &mut [u8]) -> io::Result<()> {
    let mut rest = &mut bytes[..];
    while !rest.is_empty() {
        match getrandom(&mut *rest, GetRandomFlags::empty()) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(count) => rest = rest.get_mut(count..).unwrap_or_default(),
            Err(Errno::INTR) => {}
            Err(Errno::NOSYS | Errno::PERM) => {
                return File::open("/dev/urandom")?.read_exact(rest);
            }
            Err(other) => return Err(other.into()),
        }
    }
    Ok(())
}
