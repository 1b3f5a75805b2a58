//! The configuration, of which the owner can change settings while the server runs.

use std::sync::{Arc, Mutex, PoisonError};

use crate::config::Config;

/// The configuration in effect.
#[derive(Debug)]
pub(super) struct LiveConfig(Mutex<Arc<Config>>);

impl LiveConfig {
    pub(super) fn new(config: Config) -> LiveConfig {
        LiveConfig(Mutex::new(Arc::new(config)))
    }

    /// The present one.
    pub(super) fn get(&self) -> Arc<Config> {
        Arc::clone(&self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Replaces it.
    pub(super) fn set(&self, config: Config) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(config);
    }
}
