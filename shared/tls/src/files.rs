//! The files, and what may be wrong with them.

use std::path::PathBuf;

use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};

/// Where the certificate of a process, its key and the certificates of the authority lie. All or none of the three are set.
#[derive(Clone, Debug, Default, PartialEq, Eq, clap::Args)]
pub struct Files {
    /// Certificate of this process with those between it and the authority (PEM); for its own listeners and for its calls. Without
    /// it, everything goes in plain text.
    #[arg(long, env = "XINJIAN_TLS_CERTIFICATE", value_name = "FILE", requires_all = ["tls_key", "tls_ca"])]
    pub tls_certificate: Option<PathBuf>,
    /// Private key of the certificate (PEM).
    #[arg(long, env = "XINJIAN_TLS_KEY", value_name = "FILE", requires = "tls_certificate")]
    pub tls_key: Option<PathBuf>,
    /// Certificates of the authority that vouches for other services and for callers (PEM).
    #[arg(long, env = "XINJIAN_TLS_CA", value_name = "FILE", requires = "tls_certificate")]
    pub tls_ca: Option<PathBuf>,
}

/// The files cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("`{}` cannot be used for TLS: {problem}", path.display())]
pub struct TlsError {
    pub(crate) path: PathBuf,
    pub(crate) problem: Problem,
}

/// What is wrong with a file.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// It cannot be read.
    #[error("{0}")]
    Unreadable(#[from] std::io::Error),
    /// It is not PEM.
    #[error("it is not PEM with what is asked for: {0}")]
    Pem(#[from] rustls::pki_types::pem::Error),
    /// It holds no certificate.
    #[error("it holds no certificate")]
    Empty,
    /// Certificate and key do not go together, or the key is of a kind that is not supported.
    #[error("{0}")]
    Unsuitable(#[from] rustls::Error),
    /// The authority vouches for nobody.
    #[error("{0}")]
    Authority(#[from] rustls::server::VerifierBuilderError),
}

/// The certificates of a file, in its order.
pub(crate) fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, Problem> {
    let found = CertificateDer::pem_slice_iter(pem).collect::<Result<Vec<_>, _>>()?;
    if found.is_empty() { Err(Problem::Empty) } else { Ok(found) }
}

/// The private key of a file.
pub(crate) fn private_key(pem: &[u8]) -> Result<PrivateKeyDer<'static>, Problem> {
    Ok(PrivateKeyDer::from_pem_slice(pem)?)
}

/// Those whom the certificates of a file let one trust.
pub(crate) fn authority(pem: &[u8]) -> Result<RootCertStore, Problem> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(pem)? {
        roots.add(certificate)?;
    }
    Ok(roots)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_hold_no_certificate_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        let absent = folder.path().join("absent.pem");
        let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        for path in
            [file("empty.pem", ""), file("text.pem", "no certificate"), file("broken.pem", broken), absent]
        {
            let problem = crate::Trust::open(path.clone()).unwrap_err().to_string();
            assert!(problem.contains(&path.display().to_string()), "{problem}");
        }
    }

    #[test]
    fn without_a_certificate_there_is_no_identity() {
        assert!(Files::default().identity().unwrap().is_none());
    }
}
