//! How a receiver is reached, as a service's configuration says: each has options of its own, all of the same form.

use std::io;
use std::path::Path;

use contract::client::{BadAddress, Timeouts, channel_over, shown};
use service::auth::TokenSource;
use service::peer::Peer;

use crate::{FolderSink, GrpcSink, Sink};

/// Why a receiver cannot be reached as configured.
#[derive(Debug, thiserror::Error)]
pub enum WayError {
    /// The address is none.
    #[error(transparent)]
    Address(#[from] BadAddress),
    /// The authority by which it is known cannot be used.
    #[error(transparent)]
    Authority(#[from] tls::TlsError),
    /// There is an authority to know the receiver by, and an address that does not use it: the token would go in plain text.
    #[error("`{0}` must begin with `https://`: there is an authority to know it by")]
    PlainText(String),
    /// The folder cannot be made.
    #[error("cannot make the folder of a receiver: {0}")]
    Folder(#[from] io::Error),
}

impl Sink {
    /// The way that is set: by calls where there is an address with its token, else by a folder; `None` where nothing is.
    ///
    /// # Errors
    /// The address is none, its authority cannot be used, or the folder cannot be made.
    pub fn configured(
        url: Option<&str>,
        ca: Option<&Path>,
        token_file: Option<&Path>,
        folder: Option<&Path>,
    ) -> Result<Option<Self>, WayError> {
        if let (Some(url), Some(token)) = (url, token_file) {
            if ca.is_some() && !url.starts_with("https://") {
                return Err(WayError::PlainText(shown(url)));
            }
            let tls = ca.map(|ca| tls::Trust::open(ca.to_owned())).transpose()?.map(tls::Connector::from);
            let channel = channel_over(tls.as_ref(), url, Timeouts::default())?;
            let peer = Peer::as_service(channel, TokenSource::file(token));
            return Ok(Some(Self::Grpc(GrpcSink::new(peer))));
        }
        let folder = folder.map(FolderSink::new).transpose()?;
        Ok(folder.map(Self::Folder))
    }
}

/// Declares the options of one receiver, for `#[command(flatten)]`: `--FLAG-folder`, `--FLAG-url`, `--FLAG-ca`, `--FLAG-token-file`,
/// and the variables `ENV_FOLDER`, `ENV_URL`, `ENV_CA`, `ENV_TOKEN_FILE`.
#[macro_export]
macro_rules! receiver_options {
    ($(#[$doc:meta])* $name:ident, $flag:literal, $env:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, clap::Args)]
        pub struct $name {
            /// Folder from which this receiver picks up what it is told.
            #[arg(
                id = concat!($flag, "-folder"),
                long = concat!($flag, "-folder"),
                env = concat!($env, "_FOLDER"),
                value_name = "FOLDER"
            )]
            pub folder: Option<std::path::PathBuf>,
            /// Its address where it serves `exchange.v1.Receiver`: it is told there, instead of by a folder.
            #[arg(
                id = concat!($flag, "-url"),
                long = concat!($flag, "-url"),
                env = concat!($env, "_URL"),
                value_name = "URL",
                requires = concat!($flag, "-token-file"),
                conflicts_with = concat!($flag, "-folder")
            )]
            pub url: Option<String>,
            /// Certificates of the authority that vouches for it (PEM); its address then begins with `https`.
            #[arg(
                id = concat!($flag, "-ca"),
                long = concat!($flag, "-ca"),
                env = concat!($env, "_CA"),
                value_name = "FILE",
                requires = concat!($flag, "-url")
            )]
            pub ca: Option<std::path::PathBuf>,
            /// File with the token that it gave us; ours is none of its business.
            #[arg(
                id = concat!($flag, "-token-file"),
                long = concat!($flag, "-token-file"),
                env = concat!($env, "_TOKEN_FILE"),
                value_name = "FILE"
            )]
            pub token_file: Option<std::path::PathBuf>,
        }

        impl $name {
            /// The way that is set; `None` where nothing is.
            ///
            /// # Errors
            /// The address is none, its authority cannot be used, or the folder cannot be made.
            pub fn sink(&self) -> Result<Option<$crate::Sink>, $crate::WayError> {
                $crate::Sink::configured(
                    self.url.as_deref(),
                    self.ca.as_deref(),
                    self.token_file.as_deref(),
                    self.folder.as_deref(),
                )
            }
        }
    };
}
