//! Certificates: the server's own, and those of systems that call it.

use std::path::PathBuf;

use crate::{auth::Accounts, server::ServeError};

/// Certificates of the server and of those who call it.
#[derive(Clone, Debug, Default, PartialEq, Eq, clap::Args)]
pub struct Secured {
    /// The certificate of this process.
    #[command(flatten)]
    pub tls: tls::Files,
    /// File of the systems that may call with their certificate instead of a token (JSON); read again every two seconds.
    #[arg(long, env = "XINJIAN_SERVICE_ACCOUNTS", value_name = "FILE", requires = "tls_certificate")]
    pub service_accounts: Option<PathBuf>,
}

impl Secured {
    /// The identity of this process; `None` where everything goes in plain text.
    ///
    /// # Errors
    /// [`ServeError::Tls`] names the file.
    pub fn identity(&self) -> Result<Option<tls::Identity>, ServeError> {
        Ok(self.tls.identity()?)
    }

    /// What calls to other services go over; `None` where they go in plain text.
    ///
    /// # Errors
    /// As [`identity`](Self::identity).
    pub fn connector(&self) -> Result<Option<tls::Connector>, ServeError> {
        Ok(self.identity()?.map(Into::into))
    }

    /// The systems that are known by their certificates.
    ///
    /// # Errors
    /// [`ServeError::Accounts`] names the account that is none.
    pub fn accounts(&self) -> Result<Accounts, ServeError> {
        match &self.service_accounts {
            Some(file) => Ok(Accounts::from_file(file)?),
            None => Ok(Accounts::default()),
        }
    }
}
