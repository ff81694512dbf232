//! A process that is observed: what one request leaves at the collector, and at the address where metrics are fetched.

use std::{
    collections::BTreeSet,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use axum::{Router, extract::State, http::Uri, serve::Listener};
use contract::common::v1::{
    CountTimelinessRequest, CountTimelinessResponse, CountWorkRequest, CountWorkResponse, ListWorkRequest,
    ListWorkResponse,
    work_client::WorkClient,
    work_server::{Work, WorkServer},
};
use service::{
    telemetry::{self, Config, LogFormat},
    testing::{TestServer, listener},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
};
use tonic::{Request, Response, Status, metadata::MetadataValue};
use tower::Service;

/// Trace and span of the caller.
const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const CALLER: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

/// Answers the trace context that it runs in.
struct Echo;

#[tonic::async_trait]
impl Work for Echo {
    async fn list_work(&self, _: Request<ListWorkRequest>) -> Result<Response<ListWorkResponse>, Status> {
        let next_page_token = telemetry::trace_context();
        Ok(Response::new(ListWorkResponse { duties: Vec::new(), next_page_token }))
    }

    async fn count_work(&self, _: Request<CountWorkRequest>) -> Result<Response<CountWorkResponse>, Status> {
        Err(Status::unimplemented("not asked for"))
    }

    async fn count_timeliness(
        &self,
        _: Request<CountTimelinessRequest>,
    ) -> Result<Response<CountTimelinessResponse>, Status> {
        Err(Status::unimplemented("not asked for"))
    }
}

type Seen = Arc<Mutex<BTreeSet<String>>>;

/// A collector that notes which signals arrive.
fn collector(listener: impl Listener<Addr = SocketAddr>) -> Seen {
    let seen = Seen::default();
    let note = |State(seen): State<Seen>, uri: Uri| async move {
        seen.lock().unwrap().insert(uri.path().to_owned());
        ([("content-type", "application/grpc"), ("grpc-status", "0")], Vec::new())
    };
    let router = Router::new().fallback(note).with_state(seen.clone());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    seen
}

/// What is told at the address; over TLS where the process has a certificate, and then never in plain text.
async fn metrics_at(address: SocketAddr, secured: Option<&tls::Files>) -> String {
    let plain = told_over(TcpStream::connect(address).await.unwrap()).await;
    let Some(ca) = secured.and_then(|files| files.tls_ca.clone()) else { return plain };
    assert!(!plain.contains("rpc_server"), "metrics are told in plain text, too: {plain}");
    let mut over_tls = tls::Connector::from(tls::Trust::open(ca).unwrap()).speaking_http1();
    let stream = over_tls.call(format!("https://{address}").parse().unwrap()).await.unwrap();
    told_over(stream.into_inner()).await
}

async fn told_over(mut stream: impl AsyncRead + AsyncWrite + Unpin) -> String {
    stream.write_all(b"GET /metrics HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n").await.unwrap();
    let mut bytes = Vec::new();
    // Whoever does not speak as he should is cut off.
    let _ = stream.read_to_end(&mut bytes).await;
    String::from_utf8_lossy(&bytes).into_owned()
}

/// One request leaves a trace, a log and a measurement: `config` says how the collector behind `incoming` is found, and `secured` is the
/// certificate by which the measurement is told.
pub(crate) async fn one_request(
    incoming: impl Listener<Addr = SocketAddr>,
    config: Config,
    secured: Option<&tls::Files>,
) {
    let seen = collector(incoming);
    // The port is free again once the listener is dropped; telemetry binds it by itself.
    let metrics = listener().await.local_addr().unwrap();
    let config = Config {
        log: "info".to_owned(),
        log_format: LogFormat::Json,
        metrics_listen: Some(metrics),
        ..config
    };
    let guard = telemetry::init("test", &config, secured).unwrap();
    assert!(telemetry::init("again", &Config::default(), None).is_err());

    let server = TestServer::start("probe", |server| server.with(WorkServer::new(Echo))).await;
    let mut client = WorkClient::new(server.peer("CREDIT", &["370100"]));
    let mut request = Request::new(ListWorkRequest::default());
    request.metadata_mut().insert("traceparent", MetadataValue::from_static(CALLER));
    let inside = client.list_work(request).await.unwrap().into_inner().next_page_token;
    assert!(inside.starts_with(&format!("00-{TRACE}-")), "{inside}");
    assert_ne!(inside, CALLER, "the server's span is the child of the caller's");
    let meanwhile = metrics_at(metrics, secured).await;
    assert!(meanwhile.contains("rpc_server_in_flight"), "{meanwhile}");
    server.stop().await;

    let text = metrics_at(metrics, secured).await;
    let line = text.lines().find(|line| line.starts_with("rpc_server_duration_seconds_count")).expect(&text);
    assert!(
        line.contains("rpc_method=\"/xinjian.common.v1.Work/ListWork\"") && line.ends_with(" 1"),
        "{line}"
    );
    assert!(line.contains("rpc_grpc_status_code=\"0\""), "{line}");
    assert!(text.contains("rpc_server_most_in_flight"), "{text}");

    tokio::task::spawn_blocking(move || drop(guard)).await.unwrap();
    let arrived = seen.lock().unwrap().clone();
    for signal in ["trace.v1.Trace", "logs.v1.Logs", "metrics.v1.Metrics"] {
        let path = format!("/opentelemetry.proto.collector.{signal}Service/Export");
        assert!(arrived.contains(&path), "{path} is not among {arrived:?}");
    }
}
