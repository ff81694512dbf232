//! Where a command finds the city that it asks.

use std::path::PathBuf;

use clap::Args;

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

impl RemoteArgs {
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
