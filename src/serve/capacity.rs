//! The limits of this process: descriptors, address space, threads; and how many connections they allow.

use std::ffi::OsString;
use std::fs;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// The most connections at once.
const CONNECTIONS: usize = 1024;
/// The most requests handled at once; more wait. Many writers in one folder would only contend for its lock.
const MAX_THREADS: usize = 16;
/// The limit of descriptors that is requested.
const DESCRIPTORS: u64 = 4096;
/// Descriptors that are never for connections.
const FOR_OTHERS: u64 = 16;
/// The most memory that a connection needs: a body, a page and buffers.
const PER_CONNECTION: u64 = 256 << 10;
/// The most memory that a thread needs: its stack, and the pings that it reads and writes.
const PER_THREAD: u64 = 4 << 20;

/// The setting of the C library for how many heaps the threads use.
pub const HEAPS: &str = "MALLOC_ARENA_MAX";
/// The setting of the C library for how large an allocation outside the heaps must be, in bytes. If it is not set, it
/// grows with what was released: then the heap keeps the memory of a login.
const OUTSIDE: (&str, &str) = ("MALLOC_MMAP_THRESHOLD_", "131072");
/// With less address space than this, all threads use one heap.
const PLENTY: u64 = 4 << 30;

/// Starts the program anew with one heap for all threads if the address space is limited: otherwise the C library
/// reserves 64 MiB of it for the heap of a thread, and too little is left for a login. Returns if that is not needed, or
/// if it fails.
pub fn restart_with_one_heap(executable: &Path, arguments: impl Iterator<Item = OsString>) {
    let limit = getrlimit(Resource::As).current;
    if limit.is_some_and(|limit| limit < PLENTY) {
        let mut program = Command::new(executable);
        program.args(arguments).envs([(HEAPS, "1"), OUTSIDE]);
        drop(program.exec());
    }
}

/// How many connections and threads to use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ServeCapacity {
    /// Connections at once.
    pub(super) connections: usize,
    /// Threads that handle requests.
    pub(super) threads: usize,
    /// Threads that drive connections; with 0, the accepting thread does.
    pub(super) reactors: usize,
}

impl ServeCapacity {
    /// Raises the limit of descriptors, and divides the resources.
    pub(super) fn find() -> ServeCapacity {
        let limit = getrlimit(Resource::Nofile);
        let wanted = limit
            .maximum
            .map_or(DESCRIPTORS, |most| most.min(DESCRIPTORS));
        if limit.current.is_some_and(|current| current < wanted) {
            let raised = Rlimit {
                current: Some(wanted),
                ..limit
            };
            // On failure the current limit stays.
            setrlimit(Resource::Nofile, raised).ok();
        }
        let descriptors = getrlimit(Resource::Nofile).current.unwrap_or(DESCRIPTORS);
        let limit = getrlimit(Resource::As).current;
        let memory = limit.map(|limit| limit.saturating_sub(memory_in_use()));
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        ServeCapacity::divide(descriptors, memory, processors)
    }

    /// A quarter of the descriptors is for files, and more if they are few. Half of the memory is for connections, and
    /// half for threads.
    fn divide(descriptors: u64, memory: Option<u64>, processors: usize) -> ServeCapacity {
        let number = |count: u64| usize::try_from(count).unwrap_or(usize::MAX);
        let besides = descriptors.saturating_sub(FOR_OTHERS);
        let connections = number((descriptors / 4 * 3).min(besides)).clamp(1, CONNECTIONS);
        let Some(memory) = memory else {
            return ServeCapacity {
                connections,
                threads: MAX_THREADS,
                reactors: processors.min(MAX_THREADS),
            };
        };
        ServeCapacity {
            connections: number(memory / 2 / PER_CONNECTION).clamp(4, connections.max(4)),
            threads: number(memory / 2 / PER_THREAD).clamp(1, MAX_THREADS),
            reactors: 0,
        }
    }
}

/// The address space in use, in bytes; a typical value if the system does not say.
fn memory_in_use() -> u64 {
    const PAGE: u64 = 4096;
    const TYPICAL: u64 = 16 << 20;
    let pages = fs::read_to_string("/proc/self/statm").ok();
    let pages = pages.and_then(|text| text.split(' ').next()?.parse::<u64>().ok());
    pages.map_or(TYPICAL, |pages| pages * PAGE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_short_is_divided_and_never_becomes_nothing() {
        let plenty = ServeCapacity::divide(4096, None, 2);
        let ServeCapacity {
            connections,
            threads,
            reactors,
        } = plenty;
        assert_eq!((connections, threads, reactors), (1024, 16, 2));
        for (descriptors, connections) in [(64, 48), (24, 8), (17, 1), (9, 1), (0, 1)] {
            let few = ServeCapacity::divide(descriptors, None, 2);
            assert_eq!(few.connections, connections, "{descriptors}");
        }
        for memory in [0, 8 << 20, 80 << 20, 1 << 40] {
            let capacity = ServeCapacity::divide(4096, Some(memory), 64);
            assert!(capacity.connections >= 4 && capacity.threads >= 1 && capacity.reactors == 0);
            let used =
                capacity.connections as u64 * PER_CONNECTION + capacity.threads as u64 * PER_THREAD;
            assert!(memory < 8 << 20 || used <= memory, "{capacity:?}");
        }
    }
}
