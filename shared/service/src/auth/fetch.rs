//! The keys of an issuer, asked of the issuer itself.

use std::{net::IpAddr, time::Duration};

use bytes::Bytes;
use contract::client::shown;
use http::{
    Request, Uri,
    header::{ACCEPT, HOST},
};
use http_body_util::{BodyExt, Empty, Limited};
use hyper::{
    client::conn::http1,
    rt::{Read, Write},
};
use hyper_util::rt::TokioIo;
use tls::Connector;
use tokio::net::TcpStream;
use tower::Service;

use super::KeysError;

/// Longest wait for the issuer, from the first byte to the last.
const PATIENCE: Duration = Duration::from_secs(5);
/// Largest answer that is read, in bytes; key sets have a few thousand.
const MOST_BYTES: usize = 256 * 1024;

/// Where an issuer publishes its keys.
#[derive(Clone, Debug)]
pub(super) struct IssuerKeys {
    place: Place,
    tls: Option<Connector>,
}

#[derive(Clone, Debug)]
enum Place {
    /// The key set is there.
    At(Uri),
    /// The issuer says where, in its own description (OpenID Connect Discovery 1.0).
    SaidBy(String),
}

type BoxError = Box<dyn std::error::Error + Send + Sync>;

impl IssuerKeys {
    /// The key set at `address`, over `tls` where it begins with `https`.
    ///
    /// # Errors
    /// [`KeysError::Address`] when whoever sits between could put keys of his own there.
    pub(super) fn at(address: &str, tls: Option<Connector>) -> Result<Self, KeysError> {
        Ok(Self { place: Place::At(trusted(address)?), tls })
    }

    /// The key set that `issuer` names in its own description.
    ///
    /// # Errors
    /// As [`at`](Self::at): the issuer's name must be its address.
    pub(super) fn said_by(issuer: &str, tls: Option<Connector>) -> Result<Self, KeysError> {
        trusted(issuer)?;
        Ok(Self { place: Place::SaidBy(issuer.to_owned()), tls })
    }

    /// The text of the key set as it is published now.
    ///
    /// # Errors
    /// [`KeysError::Unanswered`].
    pub(super) async fn key_set(&self) -> Result<String, KeysError> {
        let address = match &self.place {
            Place::At(address) => address.to_string(),
            Place::SaidBy(issuer) => description_of(issuer),
        };
        let failed = |problem: BoxError| KeysError::Unanswered { address: address.clone(), problem };
        match tokio::time::timeout(PATIENCE, self.ask()).await {
            Ok(answer) => answer.map_err(failed),
            Err(_) => Err(failed(format!("no answer within {} s", PATIENCE.as_secs()).into())),
        }
    }

    async fn ask(&self) -> Result<String, BoxError> {
        let issuer = match &self.place {
            Place::At(address) => return self.get(address).await,
            Place::SaidBy(issuer) => issuer,
        };
        let said = self.get(&description_of(issuer).parse()?).await?;
        let said: Description = serde_json::from_str(&said)?;
        if said.issuer != *issuer {
            return Err(format!("the description is of `{}`, not of `{issuer}`", said.issuer).into());
        }
        self.get(&trusted(&said.jwks_uri)?).await
    }

    async fn get(&self, address: &Uri) -> Result<String, BoxError> {
        if address.scheme_str() == Some("https") {
            let mut tls = self.tls.clone().ok_or("there is no authority to know the issuer by")?;
            return exchange(tls.call(address.clone()).await?, address).await;
        }
        let (host, port) = (address.host().unwrap_or_default(), address.port_u16().unwrap_or(80));
        let host = host.trim_start_matches('[').trim_end_matches(']');
        exchange(TokioIo::new(TcpStream::connect((host, port)).await?), address).await
    }
}

/// One question and its answer over a connection of its own. Redirections are not followed.
async fn exchange(io: impl Read + Write + Unpin + Send + 'static, address: &Uri) -> Result<String, BoxError> {
    let (mut sender, connection) = http1::handshake(io).await?;
    // Ends with the sender.
    tokio::spawn(connection);
    let path = address.path_and_query().map_or("/", |path| path.as_str());
    let host = address.authority().map_or("", |authority| authority.as_str());
    let request = Request::get(path)
        .header(HOST, host)
        .header(ACCEPT, "application/json")
        .body(Empty::<Bytes>::new())?;
    let answer = sender.send_request(request).await?;
    if answer.status() != http::StatusCode::OK {
        return Err(format!("answered {}", answer.status()).into());
    }
    let body = Limited::new(answer.into_body(), MOST_BYTES).collect().await?.to_bytes();
    Ok(String::from_utf8(body.into())?)
}

/// What of an issuer's description is needed.
#[derive(serde::Deserialize)]
struct Description {
    issuer: String,
    jwks_uri: String,
}

fn description_of(issuer: &str) -> String {
    format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'))
}

/// An address from which keys may be taken: by TLS, or from this machine.
fn trusted(address: &str) -> Result<Uri, KeysError> {
    let bad = |problem: &str| KeysError::Address { address: shown(address), problem: problem.to_owned() };
    let uri: Uri = address.parse().map_err(|_| bad("it is no URL"))?;
    let host = uri.host().ok_or_else(|| bad("it names no host"))?;
    if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
        return Err(bad("it names a user, and keys are published to everybody"));
    }
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let here = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    match uri.scheme_str() {
        Some("https") => Ok(uri),
        Some("http") if here => Ok(uri),
        Some("http") => Err(bad("without TLS, anybody on the way could put keys of his own there")),
        _ => Err(bad("it begins neither with `https://` nor with `http://`")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_taken_over_tls_or_from_this_machine() {
        for good in
            ["https://id.example/keys", "http://127.0.0.1:1/keys", "http://[::1]:1/", "http://localhost:1"]
        {
            assert!(trusted(good).is_ok(), "{good}");
        }
        for bad in ["http://id.example/keys", "http://10.0.0.1/", "ftp://id.example", "/keys", "keys", ""] {
            assert!(trusted(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_address_with_a_user_is_refused_and_never_shown_whole() {
        for bad in ["https://officer:s3cret@id.example/keys", "ftp://officer:s3cret@id.example", "o:s3cret@"]
        {
            let refused = trusted(bad).unwrap_err();
            assert!(!format!("{refused} {refused:?}").contains("s3cret"), "{refused}");
        }
    }
}
