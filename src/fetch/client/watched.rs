//! Whether anything of a request was sent.
//!
//! This stands above TLS, whose handshake is over when a connection is handed up: what passes here is the request.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ureq::Error;
use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout, Transport};

/// Notes when the first bytes of a request are about to be written.
#[derive(Debug, Default)]
pub(super) struct Watched {
    sent: Arc<AtomicBool>,
}

impl Watched {
    /// Becomes true when anything is sent.
    pub(super) fn sent(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.sent)
    }
}

impl<In: Transport> Connector<In> for Watched {
    type Out = WatchedConnection<In>;

    fn connect(
        &self,
        _details: &ConnectionDetails,
        chained: Option<In>,
    ) -> Result<Option<WatchedConnection<In>>, Error> {
        Ok(chained.map(|inner| WatchedConnection {
            inner,
            sent: self.sent(),
        }))
    }
}

/// A connection that notes what [`Watched`] does.
#[derive(Debug)]
pub(super) struct WatchedConnection<In> {
    inner: In,
    sent: Arc<AtomicBool>,
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
        self.inner.await_input(timeout)
    }

    fn is_open(&mut self) -> bool {
        self.inner.is_open()
    }

    fn is_tls(&self) -> bool {
        self.inner.is_tls()
    }
}
