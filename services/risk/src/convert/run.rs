//! Runs.

use contract::risk::v1 as pb;
use prost::Message;
use service::FieldErrors;

use super::timestamp;
use crate::domain::run::Run;

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
    let counts = run.counts.iter();
    pb::Run {
        name: run.name(),
        as_of: run.as_of.to_string(),
        state: run.state.as_str().to_owned(),
        total: run.total,
        done: run.done,
        changed: run.changed,
        counts: counts
            .map(|(field, code, count)| pb::ClassCount {
                field: field.clone(),
                code: code.clone(),
                count: *count,
            })
            .collect(),
        known_seq: run.known_seq,
        models: run.models.clone(),
        created_by: run.created_by.clone(),
        approved_by: run.approved_by.clone(),
        create_time: Some(timestamp(run.created_at)),
        problem: run.problem.clone(),
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
