//! What the stages share: officers, counts, times, the enterprise that is shown.

use std::time::Duration;

use chrono::NaiveDate;
use domain::MicrosUtc;
use serde_json::{Map, Value};
use service::auth::Issuer;

use crate::clients::{Bearer, Clients};
use crate::house::{Folder, House, Officer};
use crate::output::{Output, seconds};

/// A finished stage.
#[derive(Clone, Debug)]
pub(super) struct Stage {
    /// Its name.
    pub name: &'static str,
    /// How long it took.
    pub took: Duration,
    /// What was counted.
    pub counts: Map<String, Value>,
}

impl Stage {
    /// The counts in a line.
    pub(super) fn summary(&self) -> String {
        let plain = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        self.counts
            .iter()
            .map(|(name, value)| format!("{name} {}", plain(value)))
            .collect::<Vec<_>>()
            .join(", ")
    }
}

/// The demo while it runs.
pub(super) struct Demo {
    /// Where answers go.
    pub output: Output,
    /// The day.
    pub today: NaiveDate,
    /// The city's folder.
    pub folder: Folder,
    issuer: Issuer,
    channels: Clients,
    stages: Vec<Stage>,
    shown: String,
}

impl Demo {
    pub(super) fn new(house: &House, output: Output, today: NaiveDate) -> anyhow::Result<Self> {
        let issuer = Issuer::load_or_generate(&house.folder().issuer_key())?;
        Ok(Self {
            output,
            today,
            folder: house.folder().clone(),
            channels: house.clients(&Officer::of_city("demo", "SYSTEM"))?,
            issuer,
            stages: Vec::new(),
            shown: String::new(),
        })
    }

    /// Clients in the name of a person of an office.
    pub(super) fn person(&self, subject: &str, office: &str) -> anyhow::Result<Clients> {
        let bearer = Officer::of_city(subject, office).bearer(&self.issuer, MicrosUtc::now())?;
        Ok(self.channels.acting_as(bearer))
    }

    /// Clients in the name of an office's usual officer.
    pub(super) fn office(&self, office: &str) -> anyhow::Result<Clients> {
        self.person(&format!("demo-{}", office.to_lowercase()), office)
    }

    /// A token of an office, for people.
    pub(super) fn token(&self, office: &str) -> anyhow::Result<String> {
        let officer = Officer::of_city("demo-officer", office);
        let token = officer.token(&self.issuer, MicrosUtc::now(), crate::house::OFFICER_SECONDS)?;
        anyhow::ensure!(Bearer::new(&token).is_some(), "a token cannot stand in a header");
        Ok(token)
    }

    /// Notes a finished stage and says so.
    pub(super) fn note(&mut self, name: &'static str, took: Duration, counts: Value) {
        let counts = match counts {
            Value::Object(counts) => counts,
            other => Map::from_iter([("value".to_owned(), other)]),
        };
        let stage = Stage { name, took, counts };
        self.output.line(format!("  {:9} {:>7}  {}", stage.name, seconds(stage.took), stage.summary()));
        self.stages.push(stage);
    }

    /// The stages so far.
    pub(super) fn stages(&self) -> &[Stage] {
        &self.stages
    }

    /// Chooses the enterprise that is shown whole at the end.
    pub(super) fn show(&mut self, uscc: &str) {
        uscc.clone_into(&mut self.shown);
    }

    /// The enterprise that is shown.
    pub(super) fn shown_uscc(&self) -> &str {
        &self.shown
    }
}
