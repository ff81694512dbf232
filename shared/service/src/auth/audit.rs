//! What is left of a refusal: a line in the log and a count by reason.
//!
//! Refusals of the authority and of handlers (field, division) alike end here. A caller that is known is named in the span around
//! the line. Lines are bounded in number, so that nobody fills the log by knocking; the count is of all of them.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use http::HeaderMap;
use opentelemetry::{KeyValue, metrics::Counter};
use tonic::{Code, Status};

use crate::error::reason_of;

/// Most lines within [`SPELL`].
const MOST_LINES: u32 = 100;
const SPELL: Duration = Duration::from_secs(1);

/// Notes refusals.
#[derive(Debug)]
pub(super) struct Audit {
    denied: Counter<u64>,
    /// When the spell began, and the refusals since then: of strangers, and of callers that are known. Strangers do not use up the lines
    /// that tell of an insider.
    lines: [Mutex<(Instant, u32)>; 2],
}

impl Audit {
    pub(super) fn new() -> Self {
        let denied = opentelemetry::global::meter("xinjian")
            .u64_counter("auth.denied")
            .with_description("Requests refused for who asked, by reason")
            .build();
        Self { denied, lines: [(); 2].map(|()| Mutex::new((Instant::now(), 0))) }
    }

    /// Notes the answer that begins with these headers, if it is a refusal.
    pub(super) fn note(&self, headers: &HeaderMap) {
        if !headers.contains_key(Status::GRPC_STATUS) {
            return;
        }
        let Some(status) = Status::from_header_map(headers) else { return };
        if !matches!(status.code(), Code::PermissionDenied | Code::Unauthenticated) {
            return;
        }
        let reason = reason_of(&status).unwrap_or_else(|| "OTHER".to_owned());
        self.denied.add(1, &[KeyValue::new("reason", reason.clone())]);
        if self.may_write(status.code() == Code::PermissionDenied) {
            // What a stranger has sent may stand in it.
            let message = status.message().escape_debug();
            tracing::warn!(audit = "denied", reason, "refused: {message}");
        }
    }

    fn may_write(&self, known: bool) -> bool {
        let mut lines = self.lines[usize::from(known)].lock().unwrap_or_else(PoisonError::into_inner);
        if lines.0.elapsed() >= SPELL {
            let left_out = lines.1.saturating_sub(MOST_LINES);
            if left_out > 0 {
                tracing::warn!(audit = "left out", left_out, "{left_out} refusals have no line");
            }
            *lines = (Instant::now(), 0);
        }
        lines.1 = lines.1.saturating_add(1);
        lines.1 <= MOST_LINES
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{error::Reason, testing::Lines};

    fn logged(statuses: impl IntoIterator<Item = Status>) -> Vec<String> {
        let lines = Lines::default();
        tracing::dispatcher::with_default(&lines.dispatch(), || {
            let audit = Audit::new();
            for status in statuses {
                audit.note(status.into_http::<()>().headers());
            }
        });
        lines.so_far()
    }

    #[test]
    fn refusals_for_who_asks_are_noted_with_their_reason_and_nothing_else_is() {
        let status = |code, name| Reason::new(code, name).into_status("no");
        let lines = logged([
            status(Code::PermissionDenied, "FIELD_NOT_PERMITTED"),
            status(Code::NotFound, "ENTERPRISE_NOT_FOUND"),
            status(Code::Unauthenticated, "TOKEN_MISSING"),
        ]);
        assert_eq!(lines.len(), 2, "{lines:?}");
        assert!(lines[0].contains("FIELD_NOT_PERMITTED") && lines[0].contains("denied"), "{lines:?}");
        assert!(lines[1].contains("TOKEN_MISSING"), "{lines:?}");
    }

    #[test]
    fn whoever_knocks_without_end_neither_fills_the_log_nor_hides_who_is_known() {
        let status = |code| Reason::new(code, "X").into_status("no\nway");
        let knocks = (0..10 * MOST_LINES).map(|_| status(Code::Unauthenticated));
        let lines = logged(knocks.chain([status(Code::PermissionDenied)]));
        assert!(lines.last().unwrap().contains("no\\nway"), "{lines:?}");
        let lines = lines.len();
        // A slow machine may begin a second spell, and a third.
        assert!((MOST_LINES as usize..10 * MOST_LINES as usize).contains(&lines), "{lines}");
    }
}
