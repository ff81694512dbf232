//! The baseline of profiles: an axum server that asks the echo once for each request, and answers as many bytes as a profile has.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use http::StatusCode;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::echo::{self, Echo, Sizes};

/// Bytes of the question to the echo.
const QUESTION: usize = 32;

/// A running hop; it ends with the program.
pub(super) struct Hop {
    address: String,
    _echo: Echo,
    _serving: JoinHandle<std::io::Result<()>>,
}

impl Hop {
    /// Starts one that answers `size` bytes.
    pub(super) async fn start(size: usize) -> anyhow::Result<Self> {
        let echo = Echo::start().await?;
        let asking = echo.connect(&[Sizes { request: QUESTION, answer: size }])?;
        let (connections, question) = (asking.connections, asking.questions[0].clone());
        let next = Arc::new(AtomicUsize::new(0));
        let router = Router::new().fallback(move || {
            // Every connection by turns: none of them is what limits the baseline.
            let at = next.fetch_add(1, Ordering::Relaxed) % connections.len();
            let (mut connection, question) = (connections[at].clone(), question.clone());
            async move {
                let answer = echo::ask(&mut connection, question).await;
                answer.map(echo::Blob::into_payload).map_err(|_| StatusCode::BAD_GATEWAY)
            }
        });
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = format!("http://{}", listener.local_addr()?);
        let serving = tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self { address, _echo: echo, _serving: serving })
    }

    pub(super) fn address(&self) -> &str {
        &self.address
    }
}
