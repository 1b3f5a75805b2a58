//! Detects whether any bytes of a request were sent.
//!
//! This layer is above TLS, so the handshake is already over: all bytes that pass here belong to the request.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ureq::Error;
use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout, Transport};

/// Sets a flag when the first bytes of a request are about to be written.
#[derive(Debug, Default)]
pub(super) struct SendDetector {
    sent: Arc<AtomicBool>,
}

impl SendDetector {
    /// A flag that becomes true when bytes are sent.
    pub(super) fn sent(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.sent)
    }
}

impl<In: Transport> Connector<In> for SendDetector {
    type Out = DetectingConnection<In>;

    fn connect(
        &self,
        _details: &ConnectionDetails,
        chained: Option<In>,
    ) -> Result<Option<DetectingConnection<In>>, Error> {
        Ok(chained.map(|inner| DetectingConnection {
            inner,
            sent: self.sent(),
        }))
    }
}

/// A connection that sets the flag of [`SendDetector`].
#[derive(Debug)]
pub(super) struct DetectingConnection<In> {
    inner: In,
    sent: Arc<AtomicBool>,
}

impl<In: Transport> Transport for DetectingConnection<In> {
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
