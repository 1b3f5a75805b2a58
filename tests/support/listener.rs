//! A port that nobody must call.

use std::io::ErrorKind;
use std::net::TcpListener;

/// Listens, and knows whether anybody came.
pub(crate) struct Listener(TcpListener);

impl Listener {
    /// Opens the port.
    pub(crate) fn open() -> Listener {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        listener.set_nonblocking(true).expect("non-blocking");
        Listener(listener)
    }

    /// Its port on 127.0.0.1.
    pub(crate) fn port(&self) -> u16 {
        self.0.local_addr().expect("its address").port()
    }

    /// Fails when somebody has connected: the kernel queues callers until they are accepted, so
    /// that nobody who called before this question is missed.
    #[track_caller]
    pub(crate) fn assert_nobody_came(&self) {
        match self.0.accept() {
            Ok((_, caller)) => panic!("{caller} has called"),
            Err(error) => assert_eq!(error.kind(), ErrorKind::WouldBlock),
        }
    }
}
