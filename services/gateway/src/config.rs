//! What the gateway reads from its surroundings.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use http::{HeaderName, HeaderValue, Uri};
use service::{
    config::{Limits, Secured, TokenTrust},
    telemetry,
};

use crate::{cache::Bounds, forward::Home, rates::Limit};

/// How long Redis may take to give or keep an answer: asking the services takes little longer.
const REDIS_PATIENCE: Duration = Duration::from_millis(10);

/// A caller may make the requests of this part of a minute at once, where no other burst is set: those of five seconds.
const BURSTS_A_MINUTE: u32 = 12;

/// All that the gateway reads from its surroundings, read once, in `main`.
#[derive(Clone, Debug, clap::Parser)]
#[command(
    name = "gateway",
    version,
    about = "Profile, timeline, party check and every RPC of the services; the public listener"
)]
pub struct Config {
    /// Address and port for officers and systems: gRPC and REST, with a token.
    #[arg(long, env = "XINJIAN_LISTEN", value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// Address and port for everyone: published data over gRPC and REST, without a token.
    #[arg(
        long,
        env = "XINJIAN_PUBLIC_LISTEN",
        value_name = "ADDRESS:PORT",
        default_value = "127.0.0.1:8081"
    )]
    pub public_listen: SocketAddr,
    /// Whose tokens are accepted.
    #[command(flatten)]
    pub trust: TokenTrust,
    /// File with the gateway's own token (office GATEWAY), by which it reads what is published, listens to the feeds and notes reads; read
    /// again every minute.
    #[arg(long, env = "XINJIAN_TOKEN_FILE", value_name = "FILE")]
    pub token_file: PathBuf,
    /// Longest wait for one service's part of an answer, in milliseconds.
    #[arg(long, env = "XINJIAN_PART_TIMEOUT_MS", value_name = "MILLISECONDS", default_value_t = 2000,
          value_parser = clap::value_parser!(u64).range(1..=60_000))]
    pub part_timeout_ms: u64,
    /// Requests a minute that one caller may make on the inner listener; no bound without it.
    #[arg(long, env = "XINJIAN_RATE_PER_MINUTE", value_name = "REQUESTS", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub rate_per_minute: Option<u32>,

    /// Requests that a caller may make at once after a pause; five seconds' worth without it.
    #[arg(long, env = "XINJIAN_RATE_BURST", value_name = "REQUESTS", value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    pub rate_burst: Option<u32>,

    /// Requests a minute that may come from one address to the public listener, of IPv6 from one network (/64); no bound without it. Each
    /// replica counts by itself. Behind a proxy all come from its address, unless `--public-address-header` is set.
    #[arg(long, env = "XINJIAN_PUBLIC_RATE_PER_MINUTE", value_name = "REQUESTS", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub public_rate_per_minute: Option<u32>,

    /// Requests that may come from an address at once after a pause; five seconds' worth without it.
    #[arg(long, env = "XINJIAN_PUBLIC_RATE_BURST", value_name = "REQUESTS", value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    pub public_rate_burst: Option<u32>,

    /// Header in which the proxy before the public listener names who calls, such as `x-forwarded-for`: the last address in it counts. Only
    /// where nobody reaches the listener but through the proxy, and the proxy writes the header itself; whoever calls writes it otherwise.
    #[arg(long, env = "XINJIAN_PUBLIC_ADDRESS_HEADER", value_name = "HEADER")]
    pub public_address_header: Option<HeaderName>,

    /// Seconds for which what a profile is made of may be kept, where no event tells of its party before; 0: nothing is kept.
    #[arg(long, env = "XINJIAN_CACHE_SECONDS", value_name = "SECONDS", default_value_t = 30,
          value_parser = clap::value_parser!(u64).range(0..=300))]
    pub cache_seconds: u64,

    /// Most MiB of it that this process keeps.
    #[arg(long, env = "XINJIAN_CACHE_MIB", value_name = "MIB", default_value_t = 64,
          value_parser = clap::value_parser!(u64).range(1..=65_536))]
    pub cache_mib: u64,

    /// Redis server in which the replicas of the gateway count requests and keep what profiles are made of together. None: each by itself.
    #[command(flatten)]
    pub redis: service::redis::Config,

    /// Origins whose pages may read what the inner listener answers, such as `https://desk.example.cn`; none without it.
    #[arg(long, env = "XINJIAN_CORS_ORIGINS", value_name = "ORIGIN,…", value_delimiter = ',', value_parser = origin)]
    pub cors_origins: Vec<HeaderValue>,
    /// The same for the public listener; `*` for every origin.
    #[arg(
        long,
        env = "XINJIAN_PUBLIC_CORS_ORIGINS",
        value_name = "ORIGIN,…|*",
        value_delimiter = ',',
        value_parser = origin_or_any
    )]
    pub public_cors_origins: Vec<HeaderValue>,
    /// Addresses of the services.
    #[command(flatten)]
    pub peers: PeerUrls,
    /// Folder of a rulebook that takes the place of the built-in one.
    #[arg(long, env = "XINJIAN_RULEBOOK", value_name = "FOLDER")]
    pub rulebook: Option<PathBuf>,
    /// Certificates of the gateway and of those who call it; both listeners speak TLS with them.
    #[command(flatten)]
    pub secured: Secured,
    /// Bounds of each of the two listeners.
    #[command(flatten)]
    pub limits: Limits,
    /// Logs, traces and metrics.
    #[command(flatten)]
    pub telemetry: telemetry::Config,
}

impl Config {
    /// Longest wait for one service's part of an answer.
    pub(crate) fn part_timeout(&self) -> Duration {
        Duration::from_millis(self.part_timeout_ms)
    }

    /// What is kept of profiles; `None` for nothing.
    pub(crate) fn cache(&self) -> Option<Bounds> {
        let Self { cache_seconds, cache_mib, .. } = *self;
        let life = Duration::from_secs(cache_seconds);
        (cache_seconds > 0).then_some(Bounds { life, bytes: cache_mib << 20, patience: REDIS_PATIENCE })
    }

    /// How many requests one caller may make; `None` for any number.
    pub(crate) fn rate(&self) -> Option<Limit> {
        self.rate_per_minute.map(|per_minute| limit(per_minute, self.rate_burst))
    }

    /// How many requests may come from one address to the public listener; `None` for any number.
    pub(crate) fn public_rate(&self) -> Option<Limit> {
        self.public_rate_per_minute.map(|per_minute| limit(per_minute, self.public_rate_burst))
    }
}

fn limit(per_minute: u32, burst: Option<u32>) -> Limit {
    Limit { per_minute, burst: burst.unwrap_or((per_minute / BURSTS_A_MINUTE).max(1)) }
}

/// An origin as browsers send it: scheme, host and port, nothing behind.
fn origin(text: &str) -> Result<HeaderValue, String> {
    let bad = || format!("`{text}` is not an origin such as `https://desk.example.cn`");
    let uri: Uri = text.parse().map_err(|_| bad())?;
    let is_web = uri.scheme_str().is_some_and(|scheme| ["http", "https"].contains(&scheme));
    // A path of its own is `/` to the parser, with and without the slash.
    if !is_web || uri.authority().is_none() || text.matches('/').count() != 2 || text.contains('@') {
        return Err(bad());
    }
    HeaderValue::from_str(text).map_err(|_| bad())
}

fn origin_or_any(text: &str) -> Result<HeaderValue, String> {
    if text == "*" { Ok(HeaderValue::from_static("*")) } else { origin(text) }
}

/// Where the services listen, each as `https://HOST:PORT`, or `http://…` in plain text.
#[derive(Clone, Debug, PartialEq, Eq, clap::Args)]
pub struct PeerUrls {
    /// Enterprises, licences, marks.
    #[arg(long, env = "XINJIAN_REGISTRY_URL", value_name = "URL")]
    pub registry_url: String,
    /// Records, tickets.
    #[arg(long, env = "XINJIAN_COLLECTION_URL", value_name = "URL")]
    pub collection_url: String,
    /// Classes.
    #[arg(long, env = "XINJIAN_RISK_URL", value_name = "URL")]
    pub risk_url: String,
    /// Visits.
    #[arg(long, env = "XINJIAN_INSPECTION_URL", value_name = "URL")]
    pub inspection_url: String,
    /// Lists, party check.
    #[arg(long, env = "XINJIAN_PUNISHMENT_URL", value_name = "URL")]
    pub punishment_url: String,
}

impl PeerUrls {
    /// The addresses, in the order of [`Home::ALL`].
    pub(crate) fn in_order(&self) -> [&str; Home::ALL.len()] {
        let Self { registry_url, collection_url, risk_url, inspection_url, punishment_url } = self;
        [registry_url, collection_url, risk_url, inspection_url, punishment_url]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_scheme_host_and_port_and_nothing_else() {
        for good in ["https://desk.example.cn", "http://127.0.0.1:3000"] {
            assert_eq!(origin(good).unwrap(), good);
        }
        for bad in [
            "",
            "*",
            "desk.example.cn",
            "https://",
            "https://a/",
            "https://a/b",
            "ftp://a",
            "https://u@a",
            "null",
        ] {
            assert!(origin(bad).is_err(), "{bad}");
        }
        assert_eq!(origin_or_any("*").unwrap(), "*");
    }
}
