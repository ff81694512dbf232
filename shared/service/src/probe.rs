//! Asks a server from the outside whether it serves: for the health checks of containers, and for whoever waits for a start.

use std::time::Duration;

use contract::client::{BadAddress, Timeouts, channel_over};
use tls::Connector;
use tonic_health::{
    ServingStatus,
    pb::{HealthCheckRequest, health_client::HealthClient},
};

/// The server does not serve.
#[derive(Debug, thiserror::Error)]
pub enum NotServing {
    /// The address is none.
    #[error(transparent)]
    Address(#[from] BadAddress),
    /// Nothing answered in time.
    #[error("no answer within {} s", .0.as_secs())]
    Late(Duration),
    /// There is no server, or it does not know the question.
    #[error("{}: {}", .0.code(), .0.message())]
    Refused(Box<tonic::Status>),
    /// It runs, and says that it does not serve: its database is away, or it is shutting down.
    #[error("the server says that it does not serve")]
    Away,
}

/// Asks the server at `address` (`HOST:PORT` or a URL) once, in plain text, and waits at most `patience` for the answer. No token is
/// needed.
///
/// # Errors
/// [`NotServing`], with the reason.
pub async fn probe(address: &str, patience: Duration) -> Result<(), NotServing> {
    probe_over(None, address, patience).await
}

/// The same, over `tls` where the address begins with `https`.
///
/// # Errors
/// [`NotServing`], with the reason.
pub async fn probe_over(
    tls: Option<&Connector>,
    address: &str,
    patience: Duration,
) -> Result<(), NotServing> {
    let mut client = HealthClient::new(channel_over(tls, address, Timeouts::default())?);
    // The empty name asks for the server as a whole.
    let question = HealthCheckRequest { service: String::new() };
    let answer = tokio::time::timeout(patience, client.check(question))
        .await
        .map_err(|_| NotServing::Late(patience))?
        .map_err(|status| NotServing::Refused(Box::new(status)))?;
    let serving = answer.into_inner().status == ServingStatus::Serving as i32;
    if serving { Ok(()) } else { Err(NotServing::Away) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::TestServer;

    const PATIENCE: Duration = Duration::from_secs(10);

    #[tokio::test]
    async fn a_server_says_that_it_serves_until_it_is_stopped() {
        let server = TestServer::start("probed", |server| server).await;
        let address = server.address().to_string();
        // The answer of a server that has just begun is "unknown" for a moment.
        while probe(&address, PATIENCE).await.is_err() {
            tokio::task::yield_now().await;
        }
        server.stop().await;
        let gone = probe(&address, PATIENCE).await.unwrap_err();
        assert!(matches!(gone, NotServing::Refused(_)), "{gone}");
    }

    #[tokio::test]
    async fn an_address_without_a_port_is_refused() {
        assert!(matches!(probe("registry", PATIENCE).await, Err(NotServing::Address(_))));
    }
}
