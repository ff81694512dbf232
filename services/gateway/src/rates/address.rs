//! Rates of the public listener, where nobody says who calls: by the address that a request comes from.
//!
//! Each replica counts by itself. Addresses are data of persons: they stay in the memory of the process, and the first request a minute
//! after their buckets are full has them forgotten.

use std::{
    net::{IpAddr, Ipv6Addr, SocketAddr},
    sync::Arc,
};

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use http::{HeaderMap, HeaderName};
use service::{Clock, auth::Came};

use super::{Limit, own::Own, refusal};

/// RPCs that a balancer asks, always from the same address.
const HEALTH: &str = "/grpc.health.v1.Health/";
/// Groups of an IPv6 address that name a network: whoever has one has all the addresses in it.
const NETWORK: usize = 4;

/// The buckets of all addresses. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Addresses(Arc<Kept>);

#[derive(Debug)]
struct Kept {
    limit: Limit,
    clock: Clock,
    own: Own,
    header: Option<HeaderName>,
}

impl Addresses {
    /// Full buckets. `header`: where the proxy before us names who calls; `None` where there is no proxy, or it is not believed.
    pub(crate) fn new(limit: Limit, header: Option<HeaderName>, clock: Clock) -> Self {
        Self(Arc::new(Kept { limit, clock, own: Own::default(), header }))
    }

    /// The address that counts: the last one in the header, which the proxy itself has written, or else that of the connection.
    fn of(&self, request: &Request) -> Option<IpAddr> {
        let named = self.0.header.as_ref().and_then(|header| last_named(request.headers(), header));
        named.or_else(|| request.extensions().get::<Came>().and_then(|came| came.from))
    }
}

/// Refuses requests from an address beyond its rate. One that comes from nowhere, as in a test, has none.
pub(crate) async fn within_address_rates(
    State(addresses): State<Addresses>,
    request: Request,
    next: Next,
) -> Response {
    let Kept { limit, clock, own, .. } = &*addresses.0;
    let counts = !request.uri().path().starts_with(HEALTH);
    let address = addresses.of(&request).filter(|_| counts);
    let pause = match address {
        Some(address) => own.take(&network_of(address).to_string(), *limit, clock.now()),
        None => return next.run(request).await,
    };
    if pause.is_zero() { next.run(request).await } else { refusal(*limit, pause) }
}

/// Says in a request that is not gRPC from which address it comes, for the RPC that answers it: the proxy's header does not come so far.
pub(crate) async fn with_address(
    State(addresses): State<Addresses>,
    mut request: Request,
    next: Next,
) -> Response {
    let from = addresses.of(&request);
    let came = request.extensions().get::<Came>().cloned().unwrap_or_default();
    request.extensions_mut().insert(Came { from, ..came });
    next.run(request).await
}

/// The last address that a header names, in however many lines it came, with a port or without.
fn last_named(headers: &HeaderMap, header: &HeaderName) -> Option<IpAddr> {
    let line = headers.get_all(header).iter().next_back()?.to_str().ok()?;
    let last = line.rsplit(',').next()?.trim();
    let bare = last.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(last);
    let with_port = || last.parse::<SocketAddr>().ok().map(|address| address.ip());
    bare.parse::<IpAddr>().ok().or_else(with_port)
}

/// The network whose addresses one caller may all have.
fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let mut groups = address.segments();
            groups[NETWORK..].fill(0);
            IpAddr::V6(Ipv6Addr::from(groups))
        }
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn named(lines: &[&str]) -> Option<String> {
        let header = HeaderName::from_static("x-forwarded-for");
        let lines = lines.iter().map(|line| (header.clone(), HeaderValue::from_str(line).unwrap()));
        last_named(&lines.collect(), &header).map(|address| address.to_string())
    }

    #[test]
    fn of_a_header_the_address_counts_that_the_nearest_proxy_has_written() {
        assert_eq!(named(&["10.0.0.1"]).as_deref(), Some("10.0.0.1"));
        assert_eq!(named(&["8.8.8.8, 10.0.0.1 "]).as_deref(), Some("10.0.0.1"));
        assert_eq!(named(&["8.8.8.8", "10.0.0.1:4711"]).as_deref(), Some("10.0.0.1"));
        assert_eq!(named(&["[2001:db8::1]:4711"]).as_deref(), Some("2001:db8::1"));
        assert_eq!(named(&["[2001:db8::1]"]).as_deref(), Some("2001:db8::1"));
        for nothing in [&[][..], &[""], &["10.0.0.1, unknown"]] {
            assert_eq!(named(nothing), None, "{nothing:?}");
        }
    }

    #[test]
    fn a_network_of_ipv6_is_one_caller_and_so_is_an_address_of_ipv4_however_it_is_written() {
        let network = |text: &str| network_of(text.parse().unwrap()).to_string();
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(network("::ffff:10.0.0.1"), "10.0.0.1");
        assert_eq!(network("10.0.0.1"), "10.0.0.1");
    }
}
