//! The Redis server that processes share, and who vouches for it.

use std::{fmt, path::PathBuf, str::FromStr};

use redis::{Client, ConnectionAddr, RedisError, RedisResult, TlsCertificates};

use crate::config::{PUBLIC_AUTHORITIES, unshown};

/// Where the Redis server is.
#[derive(Clone, Debug, PartialEq, Eq, clap::Args)]
#[group(id = "redis")]
pub struct Config {
    /// Redis server that processes share, such as `rediss://HOST:PORT` over TLS, or `redis://…` in plain text: services wake each other by
    /// it, replicas of the gateway count requests and keep what profiles are made of together. None: each does by itself.
    #[arg(long, env = "XINJIAN_REDIS_URL", value_name = "URL", hide_env_values = true,
          value_parser = unshown::<RedisUrl>())]
    pub redis_url: Option<RedisUrl>,
    /// Certificates of the authority that vouches for the Redis server (PEM), where its address has `rediss`; read again when they change.
    #[arg(long, env = "XINJIAN_REDIS_CA", value_name = "FILE", default_value = PUBLIC_AUTHORITIES)]
    pub redis_ca: PathBuf,
}

impl Default for Config {
    fn default() -> Self {
        Self { redis_url: None, redis_ca: PUBLIC_AUTHORITIES.into() }
    }
}

impl Config {
    /// The server; `None` where none is set. Nobody is asked yet.
    ///
    /// # Errors
    /// [`BadRedis`]. A server that does not answer is no error.
    pub fn server(&self) -> Result<Option<RedisServer>, BadRedis> {
        let server = |RedisUrl(url): &RedisUrl| RedisServer::new(url, self.redis_ca.clone());
        self.redis_url.as_ref().map(server).transpose()
    }
}

/// The address of a Redis server, such as `rediss://:PASSWORD@HOST:PORT`. It may hold a password: nothing of it is shown.
#[derive(Clone, PartialEq, Eq)]
pub struct RedisUrl(String);

impl FromStr for RedisUrl {
    type Err = BadRedis;

    fn from_str(text: &str) -> Result<Self, BadRedis> {
        Client::open(text).map_err(BadRedis::Address)?;
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Debug for RedisUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RedisUrl(…)")
    }
}

/// The Redis server cannot be used as it is configured.
#[derive(Debug, thiserror::Error)]
pub enum BadRedis {
    /// The address is none.
    #[error("not the address of a Redis server; expected `redis://HOST:PORT` or `rediss://HOST:PORT`")]
    Address(#[source] RedisError),
    /// The authority cannot be used.
    #[error(transparent)]
    Authority(#[from] tls::TlsError),
}

/// A Redis server. Clones share what is known of its authority.
#[derive(Clone, Debug)]
pub struct RedisServer {
    client: Client,
    /// Who vouches for it; `None` in plain text.
    roots: Option<tls::Roots>,
}

impl RedisServer {
    /// The server at `url`, for which the certificates in `ca` (PEM) vouch; nobody looks at them for one in plain text.
    ///
    /// # Errors
    /// [`BadRedis`].
    pub fn new(url: &str, ca: PathBuf) -> Result<Self, BadRedis> {
        let client = Client::open(url).map_err(BadRedis::Address)?;
        let is_secured = matches!(client.get_connection_info().addr(), ConnectionAddr::TcpTls { .. });
        let roots = is_secured.then(|| tls::Roots::open(ca)).transpose()?;
        Ok(Self { client, roots })
    }

    /// What a new connection is made by: whom it trusts is what the file of the authority holds now.
    ///
    /// # Errors
    /// When the driver does not take the certificates.
    pub fn client(&self) -> RedisResult<Client> {
        let Some(roots) = &self.roots else { return Ok(self.client.clone()) };
        let certificates = TlsCertificates { client_tls: None, root_cert: Some(roots.pem().to_vec()) };
        Client::build_with_tls(self.client.get_connection_info().clone(), certificates)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Certificates, until};

    #[test]
    fn an_address_that_is_none_and_an_authority_that_is_missing_are_refused_at_the_start() {
        let absent = || PathBuf::from("/nonexistent/ca.pem");
        let refusal = |url: &str| RedisServer::new(url, absent()).unwrap_err().to_string();
        assert!(refusal("http://redis").contains("expected `redis://HOST:PORT`"));
        assert!(refusal("rediss://redis:6379").contains("`/nonexistent/ca.pem`"));
        assert!(RedisServer::new("redis://redis:6379", absent()).is_ok(), "nobody vouches for plain text");
    }

    #[test]
    fn without_an_address_there_is_no_server() {
        assert!(Config::default().server().unwrap().is_none());
    }

    #[allow(clippy::disallowed_methods, reason = "a test has no Config; its variables are read here")]
    fn variable(name: &str) -> String {
        std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set"))
    }

    async fn ping(url: &str, ca: PathBuf) -> RedisResult<String> {
        ping_at(&RedisServer::new(url, ca).unwrap()).await
    }

    async fn ping_at(server: &RedisServer) -> RedisResult<String> {
        let client = server.client()?;
        let mut connection = client.get_multiplexed_async_connection().await?;
        redis::cmd("PING").query_async(&mut connection).await
    }

    #[tokio::test]
    #[ignore = "needs TEST_REDIS_TLS_URL and TEST_TLS_CA"]
    async fn a_server_that_speaks_tls_answers_over_it_and_never_in_plain_text() {
        let (url, ca) = (variable("TEST_REDIS_TLS_URL"), PathBuf::from(variable("TEST_TLS_CA")));
        assert_eq!(ping(&url, ca.clone()).await.unwrap(), "PONG");
        let plain = ping(&url.replacen("rediss://", "redis://", 1), ca).await;
        assert!(plain.is_err(), "what is said to this port can be read on its way: {plain:?}");
    }

    #[tokio::test]
    #[ignore = "needs TEST_REDIS_TLS_URL and openssl in the PATH"]
    async fn a_server_with_a_certificate_of_another_authority_is_refused() {
        let others = Certificates::new(&["redis"], "{}");
        let refused =
            ping(&variable("TEST_REDIS_TLS_URL"), others.file("redis", "ca.pem")).await.unwrap_err();
        assert!(refused.to_string().contains("invalid peer certificate"), "{refused}");
    }

    #[tokio::test]
    #[ignore = "needs TEST_REDIS_TLS_URL, TEST_TLS_CA and openssl in the PATH"]
    async fn another_authority_is_believed_once_its_file_is_written_without_a_restart() {
        let others = Certificates::new(&["redis"], "{}");
        let ca = others.file("redis", "ca.pem");
        let server = RedisServer::new(&variable("TEST_REDIS_TLS_URL"), ca.clone()).unwrap();
        assert!(ping_at(&server).await.is_err());
        std::fs::copy(variable("TEST_TLS_CA"), &ca).unwrap();
        until("the server is believed", async || ping_at(&server).await.ok()).await;
    }
}
