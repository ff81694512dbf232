//! Telemetry of a whole process, to a collector over TLS: one test, because a process starts telemetry once.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod observed;

use std::net::SocketAddr;

use service::{
    telemetry::Config,
    testing::{Certificates, listener},
};
use tls::Identity;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::server::TlsStream;

/// Connections that speak TLS.
struct Secured {
    listener: TcpListener,
    identity: Identity,
}

impl axum::serve::Listener for Secured {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let (stream, address) = self.listener.accept().await.unwrap();
            if let Ok(accepted) = self.identity.accept(stream).await {
                return (accepted.stream, address);
            }
        }
    }

    fn local_addr(&self) -> std::io::Result<Self::Addr> {
        self.listener.local_addr()
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs openssl in the PATH"]
async fn a_request_leaves_a_trace_a_log_and_a_measurement_over_tls() {
    let certificates = Certificates::new(&["collector"], "{}");
    let (listener, identity) = (listener().await, certificates.identity("collector"));
    let config = Config {
        otlp_endpoint: Some(format!("https://{}", listener.local_addr().unwrap())),
        otlp_ca: certificates.file("collector", "ca.pem"),
        ..Config::default()
    };
    let files = certificates.files("collector");
    observed::one_request(Secured { listener, identity }, config, Some(&files)).await;
}
