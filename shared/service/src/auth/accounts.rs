//! Service accounts: systems that are known by the certificate of their connection.
//!
//! Which certificate is which account, with its office, divisions and permissions, is data: a file that is read again while the
//! process runs. An account holds what its office holds, and no more of it than the file gives.

use std::{
    collections::{BTreeSet, HashMap},
    net::IpAddr,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
};

use domain::{DivisionCode, OfficeCode};
use serde::Deserialize;

/// Header in which a system that answers for others (the gateway) names the account that has asked it.
pub const ACCOUNT: http::HeaderName = http::HeaderName::from_static("xinjian-account");

/// Names in the verified certificate of the other side of a connection (`URI:…`, `DNS:…`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Presented(pub Arc<[String]>);

/// Where a request comes from; the server puts it into each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Came {
    /// Address of the other side of the connection: who calls, or the proxy before us. `None` where the connection has none.
    pub from: Option<IpAddr>,
    /// What the other side has shown.
    pub presented: Presented,
}

/// A system with an account.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Account {
    pub(super) name: String,
    pub(super) office: OfficeCode,
    pub(super) divisions: Vec<DivisionCode>,
    /// `None`: all that the office holds.
    pub(super) permissions: Option<BTreeSet<String>>,
    /// Whether it may ask in the name of other accounts.
    pub(super) relays: bool,
}

/// The accounts. Without a file there are none: a certificate then lets nobody in.
#[derive(Debug, Default)]
pub struct Accounts {
    path: Option<PathBuf>,
    table: RwLock<Table>,
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Table {
    by_certificate: HashMap<String, Arc<Account>>,
    by_name: HashMap<String, Arc<Account>>,
}

/// The file of accounts cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the service accounts in `{}` cannot be used: {problem}", path.display())]
pub struct AccountsError {
    path: PathBuf,
    problem: String,
}

/// The file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    accounts: Vec<Written>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    /// How the log and the records call it.
    name: String,
    /// A name in its certificate: `URI:spiffe://…` or `DNS:…`.
    certificate: String,
    office: String,
    divisions: Vec<String>,
    #[serde(default)]
    permissions: Option<BTreeSet<String>>,
    #[serde(default)]
    relays: bool,
}

impl Accounts {
    /// Reads a file.
    ///
    /// # Errors
    /// [`AccountsError`] names the account that is none.
    pub fn from_file(path: &Path) -> Result<Self, AccountsError> {
        Ok(Self { path: Some(path.to_owned()), table: RwLock::new(read(path)?) })
    }

    /// Reads the file again; whether something else stands in it. What cannot be read leaves the accounts as they were.
    pub(super) fn look_again(&self) -> Result<bool, AccountsError> {
        let Some(path) = &self.path else { return Ok(false) };
        let new = read(path)?;
        let mut table = self.table.write().unwrap_or_else(PoisonError::into_inner);
        let changed = *table != new;
        *table = new;
        Ok(changed)
    }

    /// The account of a certificate: the first of its names that has one.
    pub(super) fn presented(&self, names: &[String]) -> Option<Arc<Account>> {
        let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
        names.iter().find_map(|name| table.by_certificate.get(name).cloned())
    }

    /// The account with this name.
    pub(super) fn named(&self, name: &str) -> Option<Arc<Account>> {
        self.table.read().unwrap_or_else(PoisonError::into_inner).by_name.get(name).cloned()
    }
}

fn read(path: &Path) -> Result<Table, AccountsError> {
    let bad = |problem: String| AccountsError { path: path.to_owned(), problem };
    let text = std::fs::read_to_string(path).map_err(|error| bad(error.to_string()))?;
    let file: File = serde_json::from_str(&text).map_err(|error| bad(error.to_string()))?;
    let mut table = Table::default();
    for written in file.accounts {
        let (name, certificate) = (written.name.clone(), written.certificate.clone());
        let account =
            Arc::new(parse(written).map_err(|problem| bad(format!("account `{name}`: {problem}")))?);
        let twice = table.by_name.insert(name.clone(), account.clone()).is_some()
            || table.by_certificate.insert(certificate, account).is_some();
        if twice {
            return Err(bad(format!("account `{name}`, or its certificate, is there twice")));
        }
    }
    Ok(table)
}

fn parse(written: Written) -> Result<Account, String> {
    if written.name.is_empty()
        || written.name.len() > 200
        || !written.name.bytes().all(|b| b.is_ascii_graphic())
    {
        return Err("the name must have 1 to 200 visible ASCII characters".to_owned());
    }
    if !["URI:", "DNS:"]
        .iter()
        .any(|kind| written.certificate.len() > 4 && written.certificate.starts_with(kind))
    {
        return Err("`certificate` must be `URI:…` or `DNS:…`".to_owned());
    }
    let office = OfficeCode::parse(&written.office).map_err(|problem| problem.to_string())?;
    let divisions = written.divisions.iter().map(|code| DivisionCode::parse(code)).collect::<Result<_, _>>();
    let divisions = divisions.map_err(|problem| problem.to_string())?;
    let (name, permissions, relays) = (written.name, written.permissions, written.relays);
    Ok(Account { name, office, divisions, permissions, relays })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(accounts: &str) -> Result<Table, AccountsError> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), format!(r#"{{"accounts": [{accounts}]}}"#)).unwrap();
        read(file.path())
    }

    const APPROVAL: &str = r#"{"name": "approval", "certificate": "URI:spiffe://jinan/approval", "office": "SYSTEM",
        "divisions": ["370100"], "permissions": ["punishment.party.check"]}"#;

    #[test]
    fn an_account_is_found_by_its_certificate_and_by_its_name() {
        let accounts = Accounts { path: None, table: RwLock::new(table(APPROVAL).unwrap()) };
        let names = ["DNS:other".to_owned(), "URI:spiffe://jinan/approval".to_owned()];
        let account = accounts.presented(&names).unwrap();
        assert_eq!((account.name.as_str(), account.relays), ("approval", false));
        assert_eq!(accounts.named("approval"), Some(account));
        assert_eq!(accounts.presented(&names[..1]), None);
    }

    #[test]
    fn what_is_no_account_is_refused_by_name() {
        let slip = |from: &str, to: &str| table(&APPROVAL.replace(from, to)).unwrap_err().to_string();
        assert!(slip("URI:", "URL:").contains("account `approval`"));
        assert!(slip("370100", "37").contains("account `approval`"));
        assert!(slip("SYSTEM", "no office").contains("account `approval`"));
        assert!(slip("permissions", "permission").contains("unknown field"));
        assert!(table(&format!("{APPROVAL},{APPROVAL}")).unwrap_err().to_string().contains("twice"));
    }
}
