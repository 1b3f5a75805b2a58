//! The CRC-32 by which damaged bytes, and files that changed while they were read, are noticed. It is that of gzip, and
//! is kept in the index and in the table of limits.

use std::fmt::{self, Debug, Formatter};

use crc::{CRC_32_ISO_HDLC, Crc, Digest};

/// By a table in memory. To ask the processor for faster instructions traps to the hypervisor on a virtual machine: for
/// a ping that took longer than its checksums.
static CRC_32: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);

/// The checksum of bytes that arrive in parts.
#[derive(Clone)]
pub struct Checksum(Digest<'static, u32>);

impl Checksum {
    /// The checksum of no bytes.
    pub fn new() -> Checksum {
        Checksum(CRC_32.digest())
    }

    /// The checksum of `bytes`.
    pub fn of(bytes: &[u8]) -> u32 {
        CRC_32.checksum(bytes)
    }

    /// Appends the bytes that follow.
    pub fn append(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// Its value so far.
    pub fn value(&self) -> u32 {
        self.0.clone().finalize()
    }
}

impl Debug for Checksum {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "Checksum({:08x})", self.value())
    }
}
