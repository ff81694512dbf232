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

/// Says who asks what is being answered here: where it has no span, the lines of the log that are about it say so.
pub(crate) fn is_by(caller: &Caller) {
    let named = ASKED.try_with(|asked| drop(asked.caller.set(caller.clone())));
    if named.is_err() {
        // Both at once: each record is written out by whoever prints.
        let (span, subject, office) = (Span::current(), caller.subject(), caller.office().as_str());
        tracing::record_all!(span, caller = subject, office = office);
    }
}

/// The span of the request that is being answered here, made if it had none: for work that goes on in another task or thread.
pub fn span_here() -> Span {
    Asked::here().map_or_else(Span::current, |asked| asked.span())
}

#[cfg(test)]
mod tests {
    use domain::OfficeCode;
    use tracing_subscriber::{Registry, layer::SubscriberExt as _};

    use super::*;
    use crate::{
        auth::Fields,
        telemetry::{LogFormat, printer_to},
        testing::Lines,
    };

    #[test]
    fn a_span_says_who_asks_where_the_request_has_one_and_no_other_span_does() {
        let lines = Lines::default();
        let writer = lines.clone();
        let printer = printer_to::<Registry, _>(LogFormat::Pretty, move || writer.clone(), false);
        let credit = OfficeCode::parse("CREDIT").unwrap();
        let caller = Caller::new("wang", "", credit, Fields::All, Vec::new(), "");
        let span =
            || tracing::info_span!("rpc", caller = tracing::field::Empty, office = tracing::field::Empty);
        tracing::subscriber::with_default(tracing_subscriber::registry().with(printer), || {
            span().in_scope(|| {
                is_by(&caller);
                tracing::info!("its own");
            });
            span().in_scope(|| {
                Asked::of("method").within(|| is_by(&caller));
                tracing::info!("another's");
            });
        });
        let said = lines.so_far();
        let [own, other] = said.as_slice() else { panic!("{said:?}") };
        assert!(own.contains("caller=\"wang\" office=\"CREDIT\""), "{own}");
        assert!(!other.contains("wang"), "{other}");
    }
}
