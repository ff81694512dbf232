//! Runs.

use std::collections::BTreeMap;

use contract::risk::v1 as pb;
use prost::Message;
use service::FieldErrors;

use super::{check_to_pb, class_name, timestamp};
use crate::domain::drift::{Drift, Part, Way};
use crate::domain::run::Run;
use crate::store::{ListedChange, Report};

/// Kind of the event of a run that entered another state.
pub(crate) const RUN_CHANGED: &str = "risk.run.changed";
/// Longest identifier, in bytes.
const LONGEST_ID: usize = 40;

/// Reads `runs/{id}`; answers the identifier.
pub(crate) fn parse_run_name(errors: &mut FieldErrors, name: &str) -> Option<String> {
    let plain = |id: &&str| {
        (1..=LONGEST_ID).contains(&id.len())
            && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let id = name.strip_prefix("runs/").filter(plain).map(str::to_owned);
    if id.is_none() {
        errors.push("name", "is not of the form `runs/{id}`");
    }
    id
}

/// The run as the API shows it.
pub(crate) fn run_to_pb(run: &Run) -> pb::Run {
    pb::Run {
        name: run.name(),
        as_of: run.as_of.to_string(),
        state: run.state.as_str().to_owned(),
        total: run.total,
        done: run.done,
        changed: run.changed,
        counts: Vec::new(),
        known_seq: run.known.collection,
        models: run.models.clone(),
        created_by: run.created_by.clone(),
        approved_by: run.approved_by.clone(),
        create_time: Some(timestamp(run.created_at)),
        problem: run.problem.clone(),
        period: run.period.map(|day| day.to_string()).unwrap_or_default(),
        registry_seq: run.known.registry,
        resumed: i32::try_from(run.resumed).unwrap_or(i32::MAX),
        shadow_models: run.shadows.clone(),
        migrations: Vec::new(),
        drifts: Vec::new(),
        samples: Vec::new(),
        approval_reason: run.approval_reason.clone(),
    }
}

/// The run with its counts and with what it would change, in figures.
pub(crate) fn report_to_pb(run: &Run, report: &Report) -> pb::Run {
    let migration = |(way, enterprises): (&Way, &i64)| pb::ClassMigration {
        part: way.part.as_str().to_owned(),
        shadow_model: way.model.clone(),
        field: way.field.clone(),
        scheme: way.scheme.clone(),
        from_code: way.from.clone(),
        to_code: way.to.clone(),
        enterprises: *enterprises,
    };
    let mut counts: BTreeMap<(&str, &str), i64> = BTreeMap::new();
    for (way, count) in &report.matrix {
        if way.part == Part::Combined && !way.to.is_empty() {
            *counts.entry((&way.field, &way.to)).or_default() += count;
        }
    }
    let counts = counts.into_iter().map(|((field, code), count)| pb::ClassCount {
        field: field.to_owned(),
        code: code.to_owned(),
        count,
    });
    pb::Run {
        counts: counts.collect(),
        migrations: report.matrix.iter().map(migration).collect(),
        drifts: report.drifts.iter().map(|drift| drift_to_pb(drift, report)).collect(),
        samples: report.samples.iter().map(|sample| check_to_pb(sample, sample.results.len())).collect(),
        ..run_to_pb(run)
    }
}

fn drift_to_pb(drift: &Drift, report: &Report) -> pb::ClassDrift {
    let since = report.index_since_previous(drift);
    pb::ClassDrift {
        part: drift.part.as_str().to_owned(),
        shadow_model: drift.model.clone(),
        field: drift.field.clone(),
        scheme: drift.scheme.clone(),
        both: drift.both,
        up: drift.up,
        down: drift.down,
        entered: drift.entered,
        left: drift.left,
        stability_index_e4: e4(drift.stability_index),
        previous_run_index_e4: e4(since),
        previous_run: since.map(|_| format!("runs/{}", report.previous)).unwrap_or_default(),
    }
}

/// In ten-thousandths.
fn e4(index: Option<f64>) -> i64 {
    (index.unwrap_or(0.0) * 10_000.0).round() as i64
}

/// A change as the API shows it.
pub(crate) fn change_to_pb(change: &ListedChange) -> pb::ClassChange {
    pb::ClassChange {
        name: class_name(&change.uscc, &change.field),
        division: change.division.clone(),
        previous_code: change.previous_code.clone(),
        code: change.code.clone(),
        general_code: change.general_code.clone(),
        professional_code: change.professional_code.clone(),
    }
}

/// Payload of [`RUN_CHANGED`].
pub(crate) fn run_event(run: &Run) -> Vec<u8> {
    pb::RunEvent { run: Some(run_to_pb(run)) }.encode_to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_and_a_broken_one_is_refused() {
        let mut errors = FieldErrors::default();
        assert_eq!(parse_run_name(&mut errors, "runs/0195-a").as_deref(), Some("0195-a"));
        for broken in ["runs/", "runs/a b", "run/1", "1", &format!("runs/{}", "1".repeat(41))] {
            assert_eq!(parse_run_name(&mut errors, broken), None, "{broken}");
        }
        assert_eq!(errors.iter().count(), 5);
    }
}
