//! A gateway on free ports, and a client for its REST side.

use std::{net::SocketAddr, sync::LazyLock};

use contract::client::{Timeouts, channel};
use gateway::{Config, PeerUrls};
use http_body_util::{BodyExt, Empty};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use serde_json::Value;
use service::{
    Shutdown,
    auth::TokenSource,
    config::{Limits, Secured, TokenTrust, parse_from},
    peer::Peer,
    telemetry,
    testing::{listener, token, write_jwks},
};
use tempfile::TempDir;
use tokio::{
    net::{TcpListener, TcpSocket},
    task::JoinHandle,
};
use tonic::transport::Channel;

/// A running gateway; it ends when the test does.
pub(crate) struct House {
    pub(crate) inside: SocketAddr,
    pub(crate) outside: SocketAddr,
    shutdown: Shutdown,
    serving: JoinHandle<anyhow::Result<()>>,
    _folder: TempDir,
}

/// An answer over HTTP.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: http::HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    /// Reason of the error, by its `ErrorInfo`.
    pub(crate) fn reason(&self) -> &str {
        self.body["error"]["details"][0]["reason"].as_str().unwrap_or_default()
    }
}

/// A port that is taken and not listened on, so that no server of another test gets it.
static TAKEN: LazyLock<TcpSocket> = LazyLock::new(|| {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    socket
});

/// Address of a port that nobody listens on.
pub(crate) fn closed_port() -> String {
    url(TAKEN.local_addr().unwrap())
}

/// A listener that takes connections and never says a word.
pub(crate) async fn silent() -> (TcpListener, String) {
    let listener = listener().await;
    let url = url(listener.local_addr().unwrap());
    (listener, url)
}

fn url(address: SocketAddr) -> String {
    format!("http://{address}")
}

impl House {
    /// A gateway whose services all are at `peer`, with a wait of `part_timeout_ms` for each.
    pub(crate) async fn start(peer: &str, part_timeout_ms: u64) -> Self {
        Self::start_with(peer, part_timeout_ms, None, Secured::default()).await
    }

    /// The same with certificates.
    pub(crate) async fn secured(peer: &str, part_timeout_ms: u64, secured: Secured) -> Self {
        Self::start_with(peer, part_timeout_ms, None, secured).await
    }

    /// A gateway whose services all are away, and whose callers have a rate and a burst.
    pub(crate) async fn with_rate(per_minute: u32, burst: u32) -> Self {
        Self::start_with(&closed_port(), 2000, Some((per_minute, burst)), Secured::default()).await
    }

    async fn start_with(
        peer: &str,
        part_timeout_ms: u64,
        rate: Option<(u32, u32)>,
        secured: Secured,
    ) -> Self {
        Self::configured(peer, |config| {
            config.part_timeout_ms = part_timeout_ms;
            config.rate_per_minute = rate.map(|(per_minute, _)| per_minute);
            config.rate_burst = rate.map(|(_, burst)| burst);
            config.secured = secured;
        })
        .await
    }

    /// A gateway whose services all are at `peer`, with what `change` makes of its configuration.
    pub(crate) async fn configured(peer: &str, change: impl FnOnce(&mut Config)) -> Self {
        let folder = TempDir::new().unwrap();
        let (jwks, token_file) = (folder.path().join("jwks.json"), folder.path().join("token"));
        write_jwks(&jwks);
        std::fs::write(&token_file, token("GATEWAY", &["370100"])).unwrap();
        let (inner, outer) = (listener().await, listener().await);
        let (inside, outside) = (inner.local_addr().unwrap(), outer.local_addr().unwrap());
        let at = || peer.to_owned();
        let mut config = Config {
            listen: inside,
            public_listen: outside,
            trust: TokenTrust::from(jwks),
            secured: Secured::default(),
            token_file,
            part_timeout_ms: 2000,
            rate_per_minute: None,
            rate_burst: None,
            public_rate_per_minute: None,
            public_rate_burst: None,
            public_address_header: None,
            cache_seconds: 30,
            cache_mib: 1,
            redis: service::redis::Config::default(),
            cors_origins: vec!["https://desk.example.cn".parse().unwrap()],
            public_cors_origins: Vec::new(),
            peers: PeerUrls {
                registry_url: at(),
                collection_url: at(),
                risk_url: at(),
                inspection_url: at(),
                punishment_url: at(),
            },
            rulebook: None,
            limits: Limits::default(),
            telemetry: telemetry::Config::default(),
        };
        change(&mut config);
        let shutdown = Shutdown::new();
        let serving = tokio::spawn(gateway::serve(inner, outer, config, shutdown.clone()));
        Self { inside, outside, shutdown, serving, _folder: folder }
    }

    /// A gateway whose services all are away.
    pub(crate) async fn alone() -> Self {
        Self::start(&closed_port(), 2000).await
    }

    /// The inner listener in the name of an officer of CREDIT.
    pub(crate) fn officer(&self) -> Peer {
        self.peer_with(token("CREDIT", &["370100"]))
    }

    /// The inner listener with this token.
    pub(crate) fn peer_with(&self, token: String) -> Peer {
        Peer::as_service(open(self.inside), TokenSource::fixed(token))
    }

    /// The public listener, without a token.
    pub(crate) fn anyone(&self) -> Channel {
        open(self.outside)
    }

    /// GET on the inner listener as an officer of CREDIT.
    pub(crate) async fn get_as_officer(&self, path: &str) -> Answer {
        get(self.inside, path, Some(&token("CREDIT", &["370100"]))).await
    }

    /// GET on the inner listener with a token and headers.
    pub(crate) async fn get_with(&self, path: &str, token: &str, headers: &[(&str, &str)]) -> Answer {
        send_with("GET", self.inside, path, Some(token), headers).await
    }

    /// POST without a body on the inner listener as an officer of CREDIT.
    pub(crate) async fn post_as_officer(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        send_with("POST", self.inside, path, Some(&token("LEGAL", &["370100"])), headers).await
    }

    /// GET on the public listener with headers.
    pub(crate) async fn get_outside(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        send_with("GET", self.outside, path, None, headers).await
    }

    /// Stops it; both listeners end in order.
    pub(crate) async fn stop(self) {
        self.shutdown.begin();
        self.serving.await.unwrap().unwrap();
    }
}

fn open(address: SocketAddr) -> Channel {
    channel(&address.to_string(), Timeouts::default()).unwrap()
}

/// GET by HTTP/1.1.
pub(crate) async fn get(address: SocketAddr, path: &str, token: Option<&str>) -> Answer {
    send("GET", address, path, token).await
}

/// A request without a body by HTTP/1.1.
pub(crate) async fn send(method: &str, address: SocketAddr, path: &str, token: Option<&str>) -> Answer {
    send_with(method, address, path, token, &[]).await
}

async fn send_with(
    method: &str,
    address: SocketAddr,
    path: &str,
    token: Option<&str>,
    headers: &[(&str, &str)],
) -> Answer {
    let client = Client::builder(TokioExecutor::new()).build_http::<Empty<bytes::Bytes>>();
    let mut request = http::Request::builder().method(method).uri(format!("http://{address}{path}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let answer = client.request(request.body(Empty::new()).unwrap()).await.unwrap();
    let (parts, body) = answer.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let body = serde_json::from_slice(&body).unwrap_or_default();
    Answer { status: parts.status.as_u16(), headers: parts.headers, body }
}

#[test]
fn defaults_are_the_documented_ones_and_every_address_is_asked_for() {
    let given = ["gateway", "--jwks", "keys.json", "--token-file", "token"];
    let line = parse_from::<Config>(given).unwrap_err().to_string();
    for name in ["--registry-url", "--collection-url", "--risk-url", "--inspection-url", "--punishment-url"] {
        assert!(line.contains(name), "{name}: {line}");
    }
    let urls = ["registry", "collection", "risk", "inspection", "punishment"];
    let urls = urls.iter().flat_map(|name| [format!("--{name}-url"), "http://127.0.0.1:1".to_owned()]);
    let config: Config = parse_from(given.map(str::to_owned).into_iter().chain(urls)).unwrap();
    assert_eq!((config.listen.port(), config.public_listen.port()), (8080, 8081));
    assert_eq!(config.part_timeout_ms, 2000);
    assert_eq!((config.cache_seconds, config.cache_mib), (30, 64));
}
