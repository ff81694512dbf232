//! Where a command finds the city that it asks.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::Args;
use contract::client::shown;
use tonic::transport::Endpoint;

use super::DataArgs;

/// A city: the one of a folder, or a deployed system behind its gateway.
#[derive(Clone, Debug, Args)]
pub struct CityArgs {
    /// Where the city is, when it is in a folder.
    #[command(flatten)]
    pub local: DataArgs,
    /// Where the city is, when it is deployed.
    #[command(flatten)]
    pub remote: RemoteArgs,
}

/// A deployed system, asked through its gateway by one officer or account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub struct RemoteArgs {
    /// Gateway of a deployed system, in place of the city of a folder: `https://HOST:PORT`.
    #[arg(long, env = "XINJIAN_GATEWAY", value_name = "URL")]
    pub gateway: Option<String>,
    /// File with the officer's token; without it, the certificate says who asks.
    #[arg(long, env = "XINJIAN_OFFICER_TOKEN", value_name = "FILE", requires = "gateway")]
    pub token_file: Option<PathBuf>,
    /// Certificates of the authority that vouches for the gateway (PEM).
    #[arg(long, env = "XINJIAN_CA", value_name = "FILE", requires = "gateway")]
    pub ca: Option<PathBuf>,
    /// Certificate of who asks (PEM).
    #[arg(long, value_name = "FILE", requires_all = ["gateway", "ca", "key"])]
    pub certificate: Option<PathBuf>,
    /// Private key of the certificate (PEM).
    #[arg(long, value_name = "FILE", requires = "certificate")]
    pub key: Option<PathBuf>,
}

/// A deployed system would be asked so that everybody on the way could read who asks, and what.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is plain text, in which no token goes to another machine: write `https://`")]
pub struct InClear(String);

impl RemoteArgs {
    /// Refuses a gateway in plain text that is to see a token, or to be known by an authority, unless it is on this machine.
    ///
    /// # Errors
    /// [`InClear`].
    pub fn refuse_in_clear(&self, gateway: &str) -> Result<(), InClear> {
        let shows_nothing = self.token_file.is_none() && self.ca.is_none();
        if shows_nothing || gateway.starts_with("https://") || is_this_machine(gateway) {
            return Ok(());
        }
        Err(InClear(shown(gateway)))
    }

    /// What calls go over; `None` for plain text.
    ///
    /// # Errors
    /// [`tls::TlsError`] names the file.
    pub fn connector(&self) -> Result<Option<tls::Connector>, tls::TlsError> {
        let files = tls::Files {
            tls_certificate: self.certificate.clone(),
            tls_key: self.key.clone(),
            tls_ca: self.ca.clone(),
        };
        match (files.identity()?, &self.ca) {
            (Some(identity), _) => Ok(Some(identity.into())),
            (None, Some(ca)) => Ok(Some(tls::Trust::open(ca.clone())?.into())),
            (None, None) => Ok(None),
        }
    }
}

/// Whether `http://HOST:PORT`, or `HOST:PORT` for short, leads nowhere but back here.
fn is_this_machine(gateway: &str) -> bool {
    let address = if gateway.contains("://") { gateway.to_owned() } else { format!("http://{gateway}") };
    let Ok(endpoint) = Endpoint::from_shared(address) else { return false };
    let host = endpoint.uri().host().unwrap_or_default();
    let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refuses(gateway: &str, token: bool, ca: bool) -> bool {
        let file = |given: bool| given.then(|| PathBuf::from("file"));
        let remote = RemoteArgs { token_file: file(token), ca: file(ca), ..RemoteArgs::default() };
        remote.refuse_in_clear(gateway).is_err()
    }

    #[test]
    fn no_token_goes_to_another_machine_in_clear() {
        for gateway in
            ["http://gateway:8080", "gateway:8080", "http://192.0.2.1:8080", "http://localhost.example.cn:1"]
        {
            assert!(refuses(gateway, true, false), "{gateway}");
        }
        for gateway in
            ["http://127.0.0.1:8080", "localhost:8080", "http://[::1]:8080", "https://gateway:8080"]
        {
            assert!(!refuses(gateway, true, false), "{gateway}");
        }
        assert!(!refuses("http://gateway:8080", false, false), "nothing is shown to anybody");
    }

    #[test]
    fn whoever_names_the_authority_of_a_gateway_wants_no_plain_text() {
        for token in [false, true] {
            assert!(refuses("http://gateway:8080", token, true));
            assert!(!refuses("https://gateway:8080", token, true));
        }
    }
}
