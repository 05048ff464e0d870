//! What surrounds one run of a connector: where its messages go, whether it shall stop, what it was told from outside.
//!
//! It belongs to the thread that serves the verb, so that parts deep inside (an HTTP client that waits, a token that was
//! renewed) find it without every signature between carrying it, and so that tests can run several at once.

use crate::output::{Sink, now_ms};
use crate::signal::StopFlag;
use serde_json::{Value, json};
use std::cell::RefCell;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Files with certificates to trust besides the ones compiled in.
#[derive(Debug, Clone, Default)]
#[cfg_attr(not(feature = "http"), allow(dead_code))]
pub(crate) struct Trust {
    /// A PEM file.
    pub(crate) file: Option<PathBuf>,
    /// A folder of PEM files.
    pub(crate) folder: Option<PathBuf>,
}

/// One run of a connector.
#[derive(Debug, Clone, Default)]
pub(crate) struct Invocation {
    pub(crate) sink: Sink,
    pub(crate) stop: StopFlag,
    #[cfg_attr(not(feature = "http"), allow(dead_code))]
    pub(crate) trust: Trust,
    /// A person waits for the answer: no longer than this is spent on trying again.
    pub(crate) patience: Option<Duration>,
    /// As it was read, for a source that changes it.
    config: Arc<Mutex<Value>>,
    #[cfg(feature = "http")]
    client: Arc<Mutex<Option<crate::http::Client>>>,
}

thread_local! {
    static CURRENT: RefCell<Invocation> = RefCell::default();
}

impl Invocation {
    pub(crate) fn new(sink: Sink, stop: StopFlag, trust: Trust) -> Self {
        Self { sink, stop, trust, ..Self::default() }
    }

    /// The one that this thread serves; one that goes to stdout and never stops when it serves none.
    pub(crate) fn current() -> Self {
        CURRENT.with_borrow(Clone::clone)
    }

    /// Makes it the one of this thread.
    pub(crate) fn enter(&self) {
        CURRENT.set(self.clone());
    }

    /// Remembers the configuration.
    pub(crate) fn note_config(&self, text: &str) {
        if let Ok(config) = serde_json::from_str(text) {
            *self.config.lock().unwrap_or_else(PoisonError::into_inner) = config;
        }
    }

    /// Sets a value of the configuration and tells the platform, so that the next run gets it.
    #[cfg_attr(not(feature = "http"), allow(dead_code))]
    pub(crate) fn change_config(&self, pointer: &str, value: &str) -> std::io::Result<()> {
        let mut config = self.config.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(place) = config.pointer_mut(pointer) else { return Ok(()) };
        *place = value.into();
        let message = json!({"type": "CONTROL", "control": {
            "type": "CONNECTOR_CONFIG", "emitted_at": now_ms(), "connectorConfig": {"config": &*config},
        }});
        self.sink.write(format!("{message}\n").as_bytes())
    }

    /// The client that all streams of the run share: they have one rate limit and one access token.
    #[cfg(feature = "http")]
    pub(crate) fn client(
        &self,
        make: impl FnOnce() -> Result<crate::http::Client, crate::Failure>,
    ) -> Result<crate::http::Client, crate::Failure> {
        let mut kept = self.client.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = &*kept {
            return Ok(client.clone());
        }
        Ok(kept.insert(make()?).clone())
    }
}
