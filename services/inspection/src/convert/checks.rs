//! What was checked at a visit.

use chrono::NaiveDate;
use contract::inspection::v1 as pb;
use crypto::Digest;
use domain::MicrosUtc;
use prost::Message;
use rulebook::Rulebook;
use service::FieldErrors;

use super::{known_code, text, timestamp};
use crate::domain::ItemName;
use crate::domain::check::{Evidence, ItemCheck, VERDICT_SET, is_problem};

/// Most checks of a visit: no catalogue has as many items.
const MOST_CHECKS: usize = 200;
/// Most files of evidence of one item.
const MOST_EVIDENCE: usize = 20;
/// Longest note of an item, in characters.
const LONGEST_NOTE: usize = 500;
/// Longest label of a file, in characters.
const LONGEST_LABEL: usize = 100;
/// Longest name of a witness, in characters.
const LONGEST_WITNESS: usize = 200;

/// Reads the checks of a visit on a day. Whether their items are those of the task is judged where the task is known.
pub(crate) fn parse_checks(
    errors: &mut FieldErrors,
    sent: Option<&pb::VisitChecks>,
    (book, on, now): (&Rulebook, NaiveDate, MicrosUtc),
) -> Option<Vec<ItemCheck>> {
    let sent = &sent?.checks;
    if sent.len() > MOST_CHECKS {
        errors.push("checks.checks", format!("has more than {MOST_CHECKS} entries"));
        return None;
    }
    let checks = sent.iter().enumerate().map(|(at, sent)| {
        let path = |part: &str| format!("checks.checks[{at}].{part}");
        known_code(errors, &path("verdict"), &sent.verdict, (book, VERDICT_SET, on));
        let shortest = usize::from(is_problem(&sent.verdict, book, on));
        let note = text(errors, &path("note"), &sent.note, (shortest, LONGEST_NOTE));
        if sent.evidence.len() > MOST_EVIDENCE {
            errors.push(path("evidence"), format!("has more than {MOST_EVIDENCE} entries"));
        }
        let evidence: Vec<_> = sent
            .evidence
            .iter()
            .take(MOST_EVIDENCE)
            .enumerate()
            .map(|(place, sent)| evidence(errors, &path(&format!("evidence[{place}]")), sent, now))
            .collect();
        Some(ItemCheck {
            item: ItemName(sent.item.clone()),
            verdict: sent.verdict.clone(),
            note: note?,
            evidence: evidence.into_iter().collect::<Option<_>>()?,
        })
    });
    checks.collect::<Vec<_>>().into_iter().collect()
}

fn evidence(errors: &mut FieldErrors, path: &str, sent: &pb::Evidence, now: MicrosUtc) -> Option<Evidence> {
    let label = text(errors, &format!("{path}.label"), &sent.label, (1, LONGEST_LABEL));
    let digest: Option<Digest> = errors.check(format!("{path}.digest"), sent.digest.parse());
    let captured = errors.require(format!("{path}.capture_time"), sent.capture_time);
    let captured_at = captured.map(instant);
    if captured_at.is_some_and(|at| at > now) {
        errors.push(format!("{path}.capture_time"), "lies in the future");
    }
    Some(Evidence { label: label?, digest: digest?, captured_at: captured_at? })
}

fn instant(at: prost_types::Timestamp) -> MicrosUtc {
    MicrosUtc(at.seconds.saturating_mul(1_000_000).saturating_add(i64::from(at.nanos) / 1_000))
}

/// Reads who witnessed a refusal to sign: named with a refusal, and only then.
pub(crate) fn parse_refusal(errors: &mut FieldErrors, sent: &pb::EnterResultRequest) -> Option<String> {
    let shortest = usize::from(sent.signature_refused);
    let witness = text(errors, "refusal_witness", &sent.refusal_witness, (shortest, LONGEST_WITNESS))?;
    if !sent.signature_refused && !witness.is_empty() {
        errors.push("refusal_witness", "belongs to a refusal to sign");
    }
    sent.signature_refused.then_some(witness)
}

/// The checks as the API shows them.
pub(crate) fn checks_to_pb(checks: &[ItemCheck]) -> pb::VisitChecks {
    let evidence = |one: &Evidence| pb::Evidence {
        label: one.label.clone(),
        digest: one.digest.to_hex(),
        capture_time: Some(timestamp(one.captured_at)),
    };
    let check = |one: &ItemCheck| pb::ItemCheck {
        item: one.item.to_string(),
        verdict: one.verdict.clone(),
        note: one.note.clone(),
        evidence: one.evidence.iter().map(evidence).collect(),
    };
    pb::VisitChecks { checks: checks.iter().map(check).collect() }
}

/// The checks as they are stored.
pub(crate) fn write_checks(checks: &[ItemCheck]) -> Vec<u8> {
    checks_to_pb(checks).encode_to_vec()
}

/// Reads stored checks.
///
/// # Errors
/// Says what is damaged.
pub(crate) fn read_checks(stored: &[u8]) -> Result<Vec<ItemCheck>, String> {
    let stored = pb::VisitChecks::decode(stored).map_err(|problem| problem.to_string())?;
    let evidence = |one: pb::Evidence| {
        let digest = one.digest.parse().map_err(|_| format!("`{}` is no digest", one.digest))?;
        let captured_at = one.capture_time.map(instant).ok_or("evidence without a time")?;
        Ok(Evidence { label: one.label, digest, captured_at })
    };
    let check = |one: pb::ItemCheck| {
        let evidence = one.evidence.into_iter().map(evidence).collect::<Result<_, String>>()?;
        Ok(ItemCheck { item: ItemName(one.item), verdict: one.verdict, note: one.note, evidence })
    };
    stored.checks.into_iter().map(check).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: MicrosUtc = MicrosUtc(1_800_000_000_000_000);

    fn sent() -> pb::ItemCheck {
        pb::ItemCheck {
            item: "food.label".into(),
            verdict: "NotConforming".into(),
            note: "标签字号偏小".into(),
            evidence: vec![pb::Evidence {
                label: "标签照片".into(),
                digest: crypto::sm3::digest(b"photo").to_hex(),
                capture_time: Some(prost_types::Timestamp { seconds: 1_799_999_999, nanos: 5_000 }),
            }],
        }
    }

    fn parsed(checks: Vec<pb::ItemCheck>) -> Result<Vec<ItemCheck>, Vec<String>> {
        let mut errors = FieldErrors::default();
        let sent = pb::VisitChecks { checks };
        let judged_by = (&*Rulebook::builtin(), "2026-11-01".parse().unwrap(), NOW);
        let checks = parse_checks(&mut errors, Some(&sent), judged_by);
        if errors.is_empty() {
            Ok(checks.unwrap())
        } else {
            Err(errors.iter().map(|one| one.path.clone()).collect())
        }
    }

    #[test]
    fn checks_are_stored_and_shown_as_they_were_sent() {
        let checks = parsed(vec![sent()]).unwrap();
        assert_eq!(checks_to_pb(&checks).checks, [sent()]);
        assert_eq!(read_checks(&write_checks(&checks)).unwrap(), checks);
        assert!(read_checks(b"damaged").is_err());
    }

    #[test]
    fn a_problem_is_described_and_evidence_has_a_digest_and_a_time_that_has_come() {
        let mut bad = sent();
        bad.note = String::new();
        bad.evidence[0].digest = "ABC".into();
        bad.evidence[0].capture_time = Some(prost_types::Timestamp { seconds: 1_800_000_001, nanos: 0 });
        let odd = pb::ItemCheck { verdict: "Fine".into(), evidence: Vec::new(), ..sent() };
        assert_eq!(
            parsed(vec![bad, odd]).unwrap_err(),
            [
                "checks.checks[0].note",
                "checks.checks[0].evidence[0].digest",
                "checks.checks[0].evidence[0].capture_time",
                "checks.checks[1].verdict"
            ]
        );
    }

    #[test]
    fn a_refusal_names_its_witness_and_a_witness_belongs_to_a_refusal() {
        let problems = |signature_refused, witness: &str| {
            let sent = pb::EnterResultRequest {
                signature_refused,
                refusal_witness: witness.into(),
                ..Default::default()
            };
            let mut errors = FieldErrors::default();
            let read = parse_refusal(&mut errors, &sent);
            (read, errors.iter().count())
        };
        assert_eq!(problems(true, "见证人张三"), (Some("见证人张三".to_owned()), 0));
        assert_eq!(problems(false, ""), (None, 0));
        assert_eq!(problems(true, "").1, 1);
        assert_eq!(problems(false, "张三").1, 1);
    }
}
