//! The request that is being answered, as a line of the log names it, where no collector is told of its span.
//!
//! A span is written out when it is made, and entered and closed, and nearly no request leaves a line. So a request is only named while
//! it is worked on; who writes a line asks.

use std::{
    fmt,
    sync::{Arc, OnceLock},
};

use serde_json::{Value, json};
use tracing::Span;

use crate::auth::Caller;

tokio::task_local! {
    static ASKED: Arc<Asked>;
}

/// A request, and who asks, once that is known.
#[derive(Debug)]
pub(crate) struct Asked {
    method: &'static str,
    caller: OnceLock<Caller>,
}

impl Asked {
    /// A request of somebody not known so far.
    pub(crate) fn of(method: &'static str) -> Arc<Self> {
        Arc::new(Self { method, caller: OnceLock::new() })
    }

    /// Runs `work`, whose lines are about this request.
    pub(crate) fn within<T>(self: &Arc<Self>, work: impl FnOnce() -> T) -> T {
        ASKED.sync_scope(self.clone(), work)
    }

    /// The request that is worked on here.
    pub(crate) fn here() -> Option<Arc<Self>> {
        ASKED.try_with(Arc::clone).ok()
    }

    /// As a span of the log in JSON.
    pub(super) fn to_json(&self) -> Value {
        let mut span = json!({ "rpc.method": self.method, "name": "rpc" });
        if let Some(caller) = self.caller.get() {
            span["caller"] = caller.subject().into();
            span["office"] = caller.office().as_str().into();
        }
        span
    }

    fn span(&self) -> Span {
        let span = tracing::info_span!(
            "rpc",
            rpc.method = self.method,
            caller = tracing::field::Empty,
            office = tracing::field::Empty
        );
        if let Some(caller) = self.caller.get() {
            let (subject, office) = (caller.subject(), caller.office().as_str());
            tracing::record_all!(span, caller = subject, office = office);
        }
        span
    }
}

/// As the fields of a span of the log for people.
impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "rpc.method={:?}", self.method)?;
        match self.caller.get() {
            Some(caller) => {
                write!(f, " caller={:?} office={:?}", caller.subject(), caller.office().as_str())
            }
            None => Ok(()),
        }
    }
}

/// Says who asks what is being answered here.
pub(crate) fn is_by(caller: &Caller) {
    // Outside of a request nobody has to know.
    let _ = ASKED.try_with(|asked| asked.caller.set(caller.clone()));
}

/// The span of the request that is being answered here, made if it had none: for work that goes on in another task or thread.
pub fn span_here() -> Span {
    Asked::here().map_or_else(Span::current, |asked| asked.span())
}
