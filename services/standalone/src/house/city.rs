//! With what each service of a city is started.

use std::path::Path;

use clap::Parser;
use service::config::parse_from;

use super::folder::Folder;
use super::keys::ServiceToken;
use super::start::HouseError;
use crate::clients::Addresses;

/// What the configurations of the services are made of. They are parsed from flags as in a process of their own, so that what
/// is tried here is what runs there.
pub(super) struct City<'a> {
    pub(super) folder: &'a Folder,
    pub(super) files: &'a ServiceToken,
    pub(super) addresses: &'a Addresses,
    /// Whether draws may be announced by sources for demonstrations.
    pub(super) demonstrations: bool,
}

impl City<'_> {
    /// The configuration of a service, which has a database, with its own flags.
    pub(super) fn config<C: Parser>(
        &self,
        service: &'static str,
        flags: Vec<String>,
    ) -> Result<C, HouseError> {
        let database = format!("sqlite:{}", self.folder.database(service).display());
        let common = [service.to_owned(), "--database".to_owned(), database];
        parse_from(common.into_iter().chain(self.keys(&self.files.token)).chain(flags))
            .map_err(|problem| HouseError::Config { service, problem })
    }

    fn keys(&self, token: &Path) -> Vec<String> {
        flags(&[
            ("--jwks", &self.files.jwks.display().to_string()),
            ("--token-file", &token.display().to_string()),
        ])
    }

    pub(super) fn registry(&self) -> Vec<String> {
        flags(&[
            ("--collection-url", &self.addresses.collection),
            ("--risk-url", &self.addresses.risk),
            ("--inspection-url", &self.addresses.inspection),
            ("--registry-publicity-folder", &self.folder.publicity().display().to_string()),
            ("--registry-archive-folder", &self.folder.archive().display().to_string()),
            ("--checkpoint-key", &self.folder.signing_key("registry").display().to_string()),
        ])
    }

    pub(super) fn collection(&self) -> Vec<String> {
        flags(&[
            ("--registry-url", &self.addresses.registry),
            ("--inspection-url", &self.addresses.inspection),
            ("--punishment-url", &self.addresses.punishment),
            ("--caller-key", &self.folder.caller_key().display().to_string()),
            ("--collection-archive-folder", &self.folder.archive().display().to_string()),
            ("--collection-publicity-folder", &self.folder.records_for("publicity").display().to_string()),
            (
                "--collection-credit-china-folder",
                &self.folder.records_for("credit-china").display().to_string(),
            ),
        ])
    }

    pub(super) fn risk(&self) -> Vec<String> {
        flags(&[
            ("--registry-url", &self.addresses.registry),
            ("--collection-url", &self.addresses.collection),
        ])
    }

    pub(super) fn inspection(&self) -> Vec<String> {
        flags(&[
            ("--registry-url", &self.addresses.registry),
            ("--collection-url", &self.addresses.collection),
            ("--risk-url", &self.addresses.risk),
            ("--punishment-url", &self.addresses.punishment),
            ("--inspection-archive-folder", &self.folder.archive().display().to_string()),
            ("--allow-demonstrations", &self.demonstrations.to_string()),
        ])
    }

    pub(super) fn punishment(&self) -> Vec<String> {
        let measures = |receiver: &str| self.folder.measures_for(receiver).display().to_string();
        flags(&[
            ("--inspection-url", &self.addresses.inspection),
            ("--collection-url", &self.addresses.collection),
            ("--registry-url", &self.addresses.registry),
            ("--risk-url", &self.addresses.risk),
            ("--punishment-publicity-folder", &self.folder.listings().display().to_string()),
            ("--punishment-approval-folder", &measures("approval")),
            ("--punishment-credit-platform-folder", &measures("credit-platform")),
            ("--punishment-procurement-folder", &measures("procurement")),
            ("--checkpoint-key", &self.folder.signing_key("punishment").display().to_string()),
        ])
    }

    /// The configuration of the gateway, which has no database, with further flags.
    pub(super) fn gateway<C: Parser>(&self, further: &[String]) -> Result<C, HouseError> {
        let peers = flags(&[
            ("--registry-url", &self.addresses.registry),
            ("--collection-url", &self.addresses.collection),
            ("--risk-url", &self.addresses.risk),
            ("--inspection-url", &self.addresses.inspection),
            ("--punishment-url", &self.addresses.punishment),
        ]);
        let line = std::iter::once("gateway".to_owned()).chain(self.keys(&self.files.gateway)).chain(peers);
        parse_from(line.chain(further.iter().cloned()))
            .map_err(|problem| HouseError::Config { service: "gateway", problem })
    }
}

fn flags(pairs: &[(&str, &String)]) -> Vec<String> {
    pairs.iter().flat_map(|(name, value)| [(*name).to_owned(), (*value).clone()]).collect()
}
