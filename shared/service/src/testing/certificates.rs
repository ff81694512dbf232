//! Certificates for tests, by the script that makes those of a deployment.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;
use tls::{Files, Identity};

/// A folder with an authority, a certificate for each name and a table of service accounts; gone when dropped. Needs openssl.
#[derive(Debug)]
pub struct Certificates(TempDir);

impl Certificates {
    /// An authority of its own, certificates by it, and the text of `accounts` (JSON).
    ///
    /// # Panics
    /// When `deploy/certificates.sh` fails.
    pub fn new(names: &[&str], accounts: &str) -> Self {
        let folder = TempDir::new().expect("the temporary folder can be written");
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/certificates.sh");
        let made = Command::new("sh").arg(script).arg(folder.path()).args(names).output();
        let made = made.expect("there is a shell");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let certificates = Self(folder);
        std::fs::write(certificates.accounts(), accounts).expect("the temporary folder can be written");
        certificates
    }

    /// The table of accounts.
    pub fn accounts(&self) -> PathBuf {
        self.0.path().join("accounts.json")
    }

    /// A file of one of the names: `certificate.pem`, `key.pem` or `ca.pem`.
    pub fn file(&self, name: &str, file: &str) -> PathBuf {
        self.0.path().join(name).join(file)
    }

    /// The files of one of the names, as a configuration names them.
    pub fn files(&self, name: &str) -> Files {
        Files {
            tls_certificate: Some(self.file(name, "certificate.pem")),
            tls_key: Some(self.file(name, "key.pem")),
            tls_ca: Some(self.file(name, "ca.pem")),
        }
    }

    /// One of the names, ready to serve and to call.
    ///
    /// # Panics
    /// When the name has no certificate.
    pub fn identity(&self, name: &str) -> Identity {
        let identity = self.files(name).identity().expect("a certificate that was just made is good");
        identity.expect("every file is named")
    }
}
