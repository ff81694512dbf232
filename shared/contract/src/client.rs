//! Channels to other services, with every wait bounded.

use std::time::Duration;

use tls::Connector;
use tonic::transport::{Channel, Endpoint};

/// Largest message that either side accepts, in bytes: tonic's own bound, 4 MiB. Imports cut their batches below it.
pub const MAX_MESSAGE_BYTES: usize = 4 * 1024 * 1024;

/// How long a channel waits, and for how much at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// Longest wait for a connection.
    pub connect: Duration,
    /// Longest wait for an answer to begin; also sent as the deadline of each call. `None` for channels that carry
    /// streams without end, such as the feed's.
    pub request: Option<Duration>,
    /// Pause between signs of life on an idle connection.
    pub keepalive: Duration,
    /// Longest wait for the answer to a sign of life; then the connection counts as lost.
    pub keepalive_answer: Duration,
    /// Bytes of one answer that may wait to be read; `None` for what the transport does by itself, 2 MiB. What waits for one reader
    /// counts against what all on the connection may have.
    pub stream_window: Option<u32>,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            request: Some(Duration::from_secs(30)),
            keepalive: Duration::from_secs(20),
            keepalive_answer: Duration::from_secs(10),
            stream_window: None,
        }
    }
}

impl Timeouts {
    /// For streams that stay open: no bound on the whole call, dead connections are found by signs of life.
    pub fn streaming() -> Self {
        Self { request: None, ..Self::default() }
    }
}

/// An address as it may be shown: what stands before an `@` may hold a password.
pub fn shown(address: &str) -> String {
    match address.rsplit_once('@') {
        Some((_, place)) => format!("…@{place}"),
        None => address.to_owned(),
    }
}

/// The address is not one of a gRPC server.
#[derive(Debug, thiserror::Error)]
#[error(
    "`{address}` is not an address such as `https://registry:50051` or `http://127.0.0.1:50051`: {problem}"
)]
pub struct BadAddress {
    address: String,
    problem: String,
}

/// A channel to `address` in plain text (`http://host:port`, or `host:port` for short). It connects at the first call
/// and again when the connection is lost; an unreachable peer fails the call, never this function.
pub fn channel(address: &str, timeouts: Timeouts) -> Result<Channel, BadAddress> {
    channel_over(None, address, timeouts)
}

/// The same, which goes by `tls` where the address begins with `https`. An address in plain text stays one: where TLS is wanted,
/// the address says so.
pub fn channel_over(
    tls: Option<&Connector>,
    address: &str,
    timeouts: Timeouts,
) -> Result<Channel, BadAddress> {
    let bad = |problem: String| BadAddress { address: shown(address), problem };
    let uri = if address.contains("://") { address.to_owned() } else { format!("http://{address}") };
    let mut endpoint = Endpoint::from_shared(uri).map_err(|error| bad(error.to_string()))?;
    let authority = endpoint.uri().authority();
    if authority.is_some_and(|authority| authority.as_str().contains('@')) {
        return Err(bad("it names a user, and who calls is told by a token or a certificate".to_owned()));
    }
    if authority.is_none_or(|authority| authority.port().is_none()) {
        return Err(bad("the port is missing".to_owned()));
    }
    endpoint = endpoint
        .connect_timeout(timeouts.connect)
        .tcp_nodelay(true)
        .tcp_keepalive(Some(timeouts.keepalive))
        .http2_keep_alive_interval(timeouts.keepalive)
        .keep_alive_timeout(timeouts.keepalive_answer)
        .keep_alive_while_idle(true)
        .initial_stream_window_size(timeouts.stream_window);
    if let Some(request) = timeouts.request {
        endpoint = endpoint.timeout(request);
    }
    match (endpoint.uri().scheme_str(), tls) {
        (Some("https"), Some(tls)) => Ok(endpoint.connect_with_connector_lazy(tls.clone())),
        (Some("https"), None) => Err(bad("there is no certificate to speak TLS with".to_owned())),
        _ => Ok(endpoint.connect_lazy()),
    }
}
