//! Who this process is to others, and whom it trusts.

use std::{io, path::PathBuf, sync::Arc};

use rustls::{
    ClientConfig, ServerConfig,
    client::WantsClientCert,
    crypto::{CryptoProvider, ring},
    pki_types::CertificateDer,
    server::WebPkiClientVerifier,
};
use tokio::net::TcpStream;
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use crate::{
    Files, Problem, TlsError,
    files::{authority, certificates, private_key},
    watched::Watched,
};

/// HTTP/2 for gRPC, HTTP/1.1 for what the gateway answers beside it.
const SPOKEN: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// The certificate of this process, with its key and the authority that it trusts. Clones share it.
#[derive(Clone)]
pub struct Identity(Arc<Watched<Configs>>);

struct Configs {
    server: Arc<ServerConfig>,
    client: Arc<ClientConfig>,
}

/// Whom a client without a certificate of its own trusts. Clones share it.
#[derive(Clone)]
pub struct Trust(Arc<Watched<Arc<ClientConfig>>>);

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Identity")
    }
}

impl std::fmt::Debug for Trust {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Trust")
    }
}

/// A connection that was accepted, and whom the certificate of the other side names.
#[derive(Debug)]
pub struct Accepted {
    /// The connection.
    pub stream: TlsStream<TcpStream>,
    /// Names in a client's certificate, as the authority has vouched for them: `URI:…` and `DNS:…`. Empty for whoever showed none.
    pub names: Vec<String>,
}

impl Files {
    /// The identity that the files hold; `None` when none is set.
    ///
    /// # Errors
    /// [`TlsError`] names the file.
    pub fn identity(&self) -> Result<Option<Identity>, TlsError> {
        let (Some(certificate), Some(key), Some(ca)) = (&self.tls_certificate, &self.tls_key, &self.tls_ca)
        else {
            return Ok(None);
        };
        let watched = Watched::open(vec![certificate.clone(), key.clone(), ca.clone()], configs)?;
        Ok(Some(Identity(Arc::new(watched))))
    }
}

impl Identity {
    /// Greets whoever has connected: shows the certificate, and asks for one. Whoever shows one must have it from the authority;
    /// whoever shows none is let in without a name.
    ///
    /// # Errors
    /// When the other side does not speak TLS, or its certificate is not good.
    pub async fn accept(&self, stream: TcpStream) -> io::Result<Accepted> {
        let stream = TlsAcceptor::from(self.0.current().server.clone()).accept(stream).await?;
        let shown = stream.get_ref().1.peer_certificates().and_then(|chain| chain.first());
        let names = shown.map(names_of).unwrap_or_default();
        Ok(Accepted { stream, names })
    }

    pub(crate) fn client(&self) -> Arc<ClientConfig> {
        self.0.current().client.clone()
    }
}

impl Trust {
    /// Trusts whom the certificates in `ca` (PEM) vouch for.
    ///
    /// # Errors
    /// [`TlsError`] names the file.
    pub fn open(ca: PathBuf) -> Result<Self, TlsError> {
        Ok(Self(Arc::new(Watched::open(vec![ca], without_certificate)?)))
    }

    pub(crate) fn client(&self) -> Arc<ClientConfig> {
        Arc::clone(&self.0.current())
    }
}

/// Both sides of an identity from the contents of its three files.
fn configs(contents: &[Vec<u8>]) -> Result<Configs, Problem> {
    let [certificate, key, ca] = contents else { return Err(Problem::Empty) };
    let chain = certificates(certificate)?;
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(authority(ca)?), provider())
        .allow_unauthenticated()
        .build()?;
    let mut server = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()?
        .with_client_cert_verifier(verifier)
        .with_single_cert(chain.clone(), private_key(key)?)?;
    server.alpn_protocols = SPOKEN.iter().map(|name| name.to_vec()).collect();
    let mut client = trusting(ca)?.with_client_auth_cert(chain, private_key(key)?)?;
    client.alpn_protocols = vec![SPOKEN[0].to_vec()];
    Ok(Configs { server: Arc::new(server), client: Arc::new(client) })
}

/// A client that shows nothing, from the contents of the file of the authority.
fn without_certificate(contents: &[Vec<u8>]) -> Result<Arc<ClientConfig>, Problem> {
    let mut config = trusting(&contents[0])?.with_no_client_auth();
    config.alpn_protocols = vec![SPOKEN[0].to_vec()];
    Ok(Arc::new(config))
}

fn trusting(ca: &[u8]) -> Result<rustls::ConfigBuilder<ClientConfig, WantsClientCert>, Problem> {
    Ok(ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()?
        .with_root_certificates(authority(ca)?))
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

/// The names that a certificate holds (subject alternative names); one that cannot be read holds none.
fn names_of(certificate: &CertificateDer<'_>) -> Vec<String> {
    let Ok(certificate) = webpki::EndEntityCert::try_from(certificate) else { return Vec::new() };
    let uris = certificate.valid_uri_names().map(|name| format!("URI:{name}"));
    let hosts = certificate.valid_dns_names().map(|name| format!("DNS:{name}"));
    uris.chain(hosts).collect()
}
