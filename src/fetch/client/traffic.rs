//! Watches the bytes of a request and its response.
//!
//! This layer is above TLS, so the handshake is already over: all bytes that pass here belong to the request. They are
//! counted before the HTTP library parses them, since a body's own limit counts neither the sizes of its chunks nor its
//! trailers, which a peer can send without end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ureq::Error;
use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout, Transport};

/// Sets a flag when the first bytes of a request are about to be written, and ends a response that is too long.
#[derive(Debug)]
pub(super) struct Traffic {
    sent: Arc<AtomicBool>,
    most: u64,
}

impl Traffic {
    /// Of a response, at most `most` bytes are received.
    pub(super) fn bounded(most: u64) -> Traffic {
        Traffic {
            sent: Arc::default(),
            most,
        }
    }

    /// A flag that becomes true when bytes are sent.
    pub(super) fn sent(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.sent)
    }
}

impl<In: Transport> Connector<In> for Traffic {
    type Out = WatchedConnection<In>;

    fn connect(
        &self,
        _details: &ConnectionDetails,
        chained: Option<In>,
    ) -> Result<Option<WatchedConnection<In>>, Error> {
        Ok(chained.map(|inner| WatchedConnection {
            inner,
            sent: self.sent(),
            left: self.most,
        }))
    }
}

/// A connection watched by [`Traffic`].
#[derive(Debug)]
pub(super) struct WatchedConnection<In> {
    inner: In,
    sent: Arc<AtomicBool>,
    left: u64,
}

impl<In: Transport> Transport for WatchedConnection<In> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.inner.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        if amount > 0 {
            self.sent.store(true, Ordering::Relaxed);
        }
        self.inner.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        let before = self.inner.buffers().input().len();
        let has_more = self.inner.await_input(timeout)?;
        let after = self.inner.buffers().input().len();
        let received = after.saturating_sub(before) as u64;
        self.left = self
            .left
            .checked_sub(received)
            .ok_or(Error::BodyExceedsLimit(0))?;
        Ok(has_more)
    }

    fn is_open(&mut self) -> bool {
        self.inner.is_open()
    }

    fn is_tls(&self) -> bool {
        self.inner.is_tls()
    }
}
