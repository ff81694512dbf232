//! Rates: how many requests one caller may make, or one address where nobody says who calls ([`Addresses`]). A token bucket for each caller, kept in Redis for all replicas of the gateway or,
//! without one, in this process.
//!
//! Redis is asked for a moment and never waited for: while it is away each replica counts by itself, which lets a caller that many
//! times the rate, and refuses nobody who keeps to it. The metric `gateway_rates_shared` tells which of both it is.

mod address;
mod bucket;
mod own;
mod shared;

use std::{sync::Arc, time::Duration};

use axum::{
    body::Body,
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use domain::MicrosUtc;
use service::{Clock, auth::Caller, error::Reason, redis::RedisServer};
use tonic::Code;

use crate::redis_link::RedisLink;
pub(crate) use address::{Addresses, with_address, within_address_rates};
pub(crate) use bucket::Limit;
use own::Own;
use shared::Shared;

/// The buckets of all callers. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Rates(Arc<Kept>);

#[derive(Debug)]
struct Kept {
    limit: Limit,
    clock: Clock,
    own: Own,
    shared: Option<Shared>,
}

impl Rates {
    /// Full buckets; shared by whoever uses the same Redis server, if there is one.
    pub(crate) fn new(limit: Limit, redis: Option<RedisServer>, clock: Clock) -> Self {
        let shared = redis.map(Shared::new);
        Self(Arc::new(Kept { limit, clock, own: Own::default(), shared }))
    }

    /// The link to Redis, if the buckets are shared.
    pub(crate) fn link(&self) -> Option<&RedisLink> {
        self.0.shared.as_ref().map(Shared::link)
    }

    /// Takes one request of a caller; or tells how long it has to wait for one.
    pub(crate) async fn take(&self, caller: &str, now: MicrosUtc) -> Result<(), Duration> {
        let Kept { limit, own, shared, .. } = &*self.0;
        let told = match shared {
            Some(shared) => shared.take(caller, *limit, now).await,
            None => None,
        };
        match told.unwrap_or_else(|| own.take(caller, *limit, now)) {
            Duration::ZERO => Ok(()),
            pause => Err(pause),
        }
    }
}

/// Refuses requests of a caller beyond its rate, behind the authority. What is open to everyone has no caller, and no rate.
pub(crate) async fn within_rates(State(rates): State<Rates>, request: Request, next: Next) -> Response {
    let caller = request.extensions().get::<Caller>().cloned();
    let pause = match &caller {
        Some(caller) => rates.take(caller.subject(), rates.0.clock.now()).await.err(),
        None => None,
    };
    match pause {
        Some(pause) => refusal(rates.0.limit, pause),
        None => next.run(request).await,
    }
}

/// What is answered beyond a rate: when to come again.
fn refusal(limit: Limit, pause: Duration) -> Response {
    let refused = Reason::new(Code::ResourceExhausted, "RATE_EXCEEDED").retry_after(pause);
    let text = format!("more than {} requests a minute; retry later", limit.per_minute);
    refused.into_status(text).into_http::<Body>()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Limit = Limit { per_minute: 600, burst: 3 };
    const NOON: MicrosUtc = MicrosUtc(1_780_000_000_000_000);

    fn rates(redis_url: Option<&str>) -> Rates {
        let redis = redis_url.map(|url| RedisServer::new(url, std::path::PathBuf::new()).unwrap());
        Rates::new(LIMIT, redis, Clock::Fixed(NOON))
    }

    /// A burst, a refusal, another caller's burst, and one more after the pause: the same whoever keeps the buckets.
    async fn a_burst_and_then_the_rate(rates: &Rates, caller: &str) {
        for _ in 0..LIMIT.burst {
            assert_eq!(rates.take(caller, NOON).await, Ok(()));
        }
        let pause = rates.take(caller, NOON).await.unwrap_err();
        assert_eq!(pause, Duration::from_millis(100));
        assert_eq!(rates.take(&format!("{caller}-other"), NOON).await, Ok(()));
        assert!(rates.take(caller, NOON.plus_micros(99_000)).await.is_err());
        assert_eq!(rates.take(caller, NOON.plus_micros(100_000)).await, Ok(()));
        assert!(rates.take(caller, NOON.plus_micros(100_000)).await.is_err());
    }

    #[tokio::test]
    async fn a_caller_has_a_burst_and_then_the_rate() {
        a_burst_and_then_the_rate(&rates(None), "wang").await;
    }

    #[tokio::test]
    async fn a_redis_that_is_away_refuses_nobody() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let away = format!("redis://{}", listener.local_addr().unwrap());
        drop(listener);
        a_burst_and_then_the_rate(&rates(Some(&away)), "wang").await;
    }

    #[tokio::test]
    async fn a_redis_that_never_answers_refuses_nobody() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let silent = format!("redis://{}", listener.local_addr().unwrap());
        a_burst_and_then_the_rate(&rates(Some(&silent)), "wang").await;
    }

    #[tokio::test]
    #[ignore = "needs TEST_REDIS_URL"]
    #[allow(clippy::disallowed_methods, reason = "a test has no Config; the server's address is read here")]
    async fn replicas_that_share_a_redis_share_the_buckets() {
        let url = std::env::var("TEST_REDIS_URL").unwrap();
        let caller = format!("caller-{}", std::process::id());
        a_burst_and_then_the_rate(&rates(Some(&url)), &caller).await;
        let now = NOON.plus_micros(100_000);
        assert!(rates(Some(&url)).take(&caller, now).await.is_err(), "another replica knows of it");
    }
}
