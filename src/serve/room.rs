//! What the host gives this process: descriptors, address space, threads; and how much of it connections may use.

use std::fs;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Connections at once, where nothing is short.
const CONNECTIONS: usize = 1024;
/// Requests that are worked on at once; more wait. Many writers at one folder only spin for its lock.
const AT_WORK: usize = 16;
/// Descriptors that are asked for.
const DESCRIPTORS: u64 = 4096;
/// What a connection can need at the worst: a body, a page and what is under way.
const PER_CONNECTION: u64 = 256 << 10;
/// What a thread can need: its stack, and pings that are read and written.
const PER_THREAD: u64 = 4 << 20;

/// How much there is room for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ServeCapacity {
    /// Connections at once.
    pub(super) connections: usize,
    /// Threads that answer requests.
    pub(super) at_work: usize,
    /// Threads that keep connections going; with none, the one that accepts them does.
    pub(super) reactors: usize,
}

impl ServeCapacity {
    /// Asks for as many descriptors as the host gives, and divides what there is.
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
            // What there is must do.
            setrlimit(Resource::Nofile, raised).ok();
        }
        let descriptors = getrlimit(Resource::Nofile).current.unwrap_or(DESCRIPTORS);
        let limit = getrlimit(Resource::As).current;
        let memory = limit.map(|limit| limit.saturating_sub(in_use()));
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        ServeCapacity::divide(descriptors, memory, processors)
    }

    /// A quarter of the descriptors is for files; of memory, a half is for connections, and the rest for work.
    fn divide(descriptors: u64, memory: Option<u64>, processors: usize) -> ServeCapacity {
        let number = |count: u64| usize::try_from(count).unwrap_or(usize::MAX);
        let connections = number(descriptors / 4 * 3).min(CONNECTIONS);
        let Some(memory) = memory else {
            return ServeCapacity {
                connections,
                at_work: AT_WORK,
                reactors: processors.min(AT_WORK),
            };
        };
        ServeCapacity {
            connections: number(memory / 2 / PER_CONNECTION).clamp(4, connections.max(4)),
            at_work: number(memory / 2 / PER_THREAD).clamp(1, AT_WORK),
            reactors: 0,
        }
    }
}

/// The address space in use, in bytes: as the system says, else what a program like this has.
fn in_use() -> u64 {
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
            at_work,
            reactors,
        } = plenty;
        assert_eq!((connections, at_work, reactors), (1024, 16, 2));
        assert_eq!(ServeCapacity::divide(64, None, 2).connections, 48);
        for memory in [0, 8 << 20, 80 << 20, 1 << 40] {
            let room = ServeCapacity::divide(4096, Some(memory), 64);
            assert!(room.connections >= 4 && room.at_work >= 1 && room.reactors == 0);
            let used = room.connections as u64 * PER_CONNECTION + room.at_work as u64 * PER_THREAD;
            assert!(memory < 8 << 20 || used <= memory, "{room:?}");
        }
    }
}
