//! The deadline of the request being answered, so that calls made for it never outlive it.

use std::time::Duration;

use http::{HeaderMap, HeaderValue};
use tokio::time::Instant;

/// Header in which gRPC carries the time that is left.
const GRPC_TIMEOUT: &str = "grpc-timeout";

tokio::task_local! {
    static DEADLINE: Instant;
}

/// Runs `work` with `deadline` known to everything it calls or polls (not to what it spawns).
pub(crate) fn known<T>(deadline: Instant, work: impl FnOnce() -> T) -> T {
    DEADLINE.sync_scope(deadline, work)
}

/// Time left for the request being answered; `None` outside a request.
pub fn remaining() -> Option<Duration> {
    DEADLINE.try_with(|deadline| deadline.saturating_duration_since(Instant::now())).ok()
}

/// Sends the time that is left along with an outgoing call, unless the call has a shorter deadline of its own.
pub(crate) fn shorten(headers: &mut HeaderMap) {
    let Some(left) = remaining() else { return };
    if asked(headers).is_none_or(|own| own > left) {
        // Eight digits of milliseconds are 27 hours; no request lasts longer.
        let millis = left.as_millis().min(99_999_999);
        let value =
            HeaderValue::try_from(format!("{millis}m")).expect("digits and a letter make a header value");
        headers.insert(GRPC_TIMEOUT, value);
    }
}

/// The time that a request gives, from its `grpc-timeout` header: up to eight digits and a unit.
pub(crate) fn asked(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(GRPC_TIMEOUT)?.to_str().ok()?;
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if digits.is_empty() || digits.len() > 8 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let amount: u64 = digits.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_secs(amount * 3600)),
        "M" => Some(Duration::from_secs(amount * 60)),
        "S" => Some(Duration::from_secs(amount)),
        "m" => Some(Duration::from_millis(amount)),
        "u" => Some(Duration::from_micros(amount)),
        "n" => Some(Duration::from_nanos(amount)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(timeout: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(
            http::HeaderName::from_static(GRPC_TIMEOUT),
            HeaderValue::from_static(timeout),
        )])
    }

    #[test]
    fn the_header_is_read_in_every_unit_and_refused_in_other_forms() {
        assert_eq!(asked(&headers("2H")), Some(Duration::from_secs(7200)));
        assert_eq!(asked(&headers("3M")), Some(Duration::from_secs(180)));
        assert_eq!(asked(&headers("5S")), Some(Duration::from_secs(5)));
        assert_eq!(asked(&headers("20m")), Some(Duration::from_millis(20)));
        assert_eq!(asked(&headers("7u")), Some(Duration::from_micros(7)));
        assert_eq!(asked(&headers("9n")), Some(Duration::from_nanos(9)));
        for bad in ["", "S", "5", "-5S", "123456789S", "5x"] {
            assert_eq!(asked(&headers(bad)), None, "{bad}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_outgoing_call_gets_what_is_left() {
        let deadline = Instant::now() + Duration::from_secs(2);
        tokio::time::advance(Duration::from_secs(1)).await;
        known(deadline, || {
            let mut later = headers("30S");
            shorten(&mut later);
            assert_eq!(asked(&later), Some(Duration::from_secs(1)));
            let mut sooner = headers("10m");
            shorten(&mut sooner);
            assert_eq!(asked(&sooner), Some(Duration::from_millis(10)));
        });
        assert_eq!(remaining(), None);
    }
}
