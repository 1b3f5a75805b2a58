//! Runs that are ended: by Ctrl-C, by a kill at any write, by a full disk.
