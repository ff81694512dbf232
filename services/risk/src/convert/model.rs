//! Models and their versions.

use chrono::NaiveDate;
use contract::risk::v1 as pb;
use domain::parse_date;
use prost::Message;
use service::FieldErrors;

use super::{stated, timestamp};
use crate::domain::engine::{Engine, Version};
use crate::domain::model_version::{ModelStep, ModelVersion, Wanted};

/// Kind of the event of a version that was registered, or decided about.
pub(crate) const MODEL_CHANGED: &str = "risk.model.changed";
/// Longest `id@version`, in bytes.
const LONGEST_KEY: usize = 80;

/// Reads `models/{id}@{version}`; answers `id@version`.
pub(crate) fn parse_model_name(errors: &mut FieldErrors, name: &str) -> Option<String> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b".-_@".contains(&byte);
    let plain = |key: &&str| {
        key.len() <= LONGEST_KEY
            && key.bytes().all(fits)
            && key.split_once('@').is_some_and(|(id, version)| !id.is_empty() && !version.is_empty())
    };
    let key = name.strip_prefix("models/").filter(plain).map(str::to_owned);
    if key.is_none() {
        errors.push("name", "is not of the form `models/{id}@{version}`");
    }
    key
}

/// Reads a reason.
pub(crate) fn model_reason(errors: &mut FieldErrors, text: &str) -> Option<String> {
    stated(errors, "reason", text, "must be given")
}

/// Reads a proposal to let a version take effect. Whether the day is possible, the store says.
pub(crate) fn wanted_beginning(errors: &mut FieldErrors, body: &pb::ProposeModelRequest) -> Option<Wanted> {
    let day = errors.check("effective_from", parse_date(&body.effective_from));
    let reason = model_reason(errors, &body.reason);
    let legal_basis = stated(errors, "legal_basis", &body.legal_basis, "must be given");
    Some(Wanted { day: Some(day?), reason: reason?, legal_basis: legal_basis? })
}

/// Reads a proposal to end a version. Day and basis may be left out for one that never was in force.
pub(crate) fn wanted_end(errors: &mut FieldErrors, body: &pb::RetireModelRequest) -> Option<Wanted> {
    let day = errors.check_optional("last_day", &body.last_day, parse_date);
    let reason = model_reason(errors, &body.reason);
    let legal_basis = match body.legal_basis.trim() {
        "" => Some(String::new()),
        given => stated(errors, "legal_basis", given, "must be given"),
    };
    Some(Wanted { day, reason: reason?, legal_basis: legal_basis? })
}

/// The version as the API shows it on a day, without text and steps. `known` is what its text says; `None` where this process does
/// not know it yet.
pub(crate) fn version_to_pb(of: &ModelVersion, known: Option<&Version>, today: NaiveDate) -> pb::Model {
    let text = |day: Option<NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
    let indicators = known.map_or(0, |known| match known {
        Version::Model(model) => model.indicators.len(),
        Version::Combination(_) => 0,
    });
    pb::Model {
        name: of.name(),
        version: of.key.split_once('@').map_or("", |(_, version)| version).to_owned(),
        scope: of.scope.clone(),
        scheme: known.map(|known| known.scheme().id.clone()).unwrap_or_default(),
        effective_from: text(of.effective_from),
        effective_to: text(of.effective_to),
        hash: of.hash.clone(),
        source: known.map(|known| known.source().to_owned()).unwrap_or_default(),
        indicator_count: i32::try_from(indicators).unwrap_or(i32::MAX),
        state: of.state_on(today).as_str().to_owned(),
        shipped: of.shipped,
        first_seen_time: Some(timestamp(of.first_seen)),
        proposed_day: text(of.proposed_day),
        proposed_by: of.proposed_by.clone(),
        revision: of.revision,
        text: String::new(),
        steps: Vec::new(),
    }
}

/// What was done about a version as the API shows it.
pub(crate) fn step_to_pb(step: &ModelStep) -> pb::ModelStep {
    pb::ModelStep {
        event: step.event.clone(),
        actor: step.actor.clone(),
        office: step.office.clone(),
        day: step.day.map(|day| day.to_string()).unwrap_or_default(),
        reason: step.reason.clone(),
        legal_basis: step.legal_basis.clone(),
        time: Some(timestamp(step.at)),
    }
}

/// Payload of [`MODEL_CHANGED`].
pub(crate) fn model_event(of: &ModelVersion, known: Option<&Version>, today: NaiveDate) -> Vec<u8> {
    pb::ModelEvent { model: Some(version_to_pb(of, known, today)) }.encode_to_vec()
}

/// How a run names a version that it used: name and hash.
pub(crate) fn version_used(version: &Version) -> String {
    format!("models/{} {}", version.key(), version.hash())
}

/// How a run names the models in force on its day, the general one first, and how they are combined.
pub(crate) fn models_used(engine: &Engine) -> Vec<String> {
    let models = engine.scorers().map(|scorer| Version::Model(scorer.model().clone()));
    let combination = Version::Combination(engine.combination().shared());
    models.chain([combination]).map(|version| version_used(&version)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_and_a_broken_one_is_refused() {
        let mut errors = FieldErrors::default();
        assert_eq!(parse_model_name(&mut errors, "models/food2016@3").as_deref(), Some("food2016@3"));
        for broken in ["models/food2016", "models/@1", "models/food@", "food@1", "models/a b@1", ""] {
            assert_eq!(parse_model_name(&mut errors, broken), None, "{broken}");
        }
        assert_eq!(errors.iter().count(), 6);
    }
}
