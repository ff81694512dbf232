//! Samples of runs.

use contract::risk::v1 as pb;
use domain::FieldCode;
use prost::Message;
use service::FieldErrors;

use super::run::parse_run_name;
use super::{class_name, parse_class_name, stated, timestamp};
use crate::domain::sample::{Sample, Sampled, Verdict};
use crate::store::Said;

/// Kind of the event of a sample that took a step.
pub(crate) const SAMPLE_CHANGED: &str = "risk.run.sample_changed";

/// Reads `runs/{run}/samples/{field}`; answers the identifier of the run, and the field.
pub(crate) fn parse_sample_name(errors: &mut FieldErrors, name: &str) -> Option<(String, FieldCode)> {
    let Some((run, field)) = name.split_once("/samples/") else {
        errors.push("name", "is not of the form `runs/{run}/samples/{field}`");
        return None;
    };
    let run = parse_run_name(errors, run);
    let field = errors.check("name", FieldCode::parse(field));
    run.zip(field)
}

/// Reads what an office says of results: of each once, and why where it differs.
pub(crate) fn said(errors: &mut FieldErrors, findings: &[pb::SampleFinding]) -> Said {
    let mut said = Said::new();
    for (at, finding) in findings.iter().enumerate() {
        let mut of_one = FieldErrors::default();
        let named = parse_class_name(&mut of_one, &finding.name);
        let verdict = verdict(&mut of_one, finding);
        if let (Some((uscc, field)), Some(verdict)) = (named, verdict)
            && said.insert(class_name(uscc.as_str(), field.as_str()), verdict).is_some()
        {
            of_one.push("name", "stands twice");
        }
        errors.extend(&format!("findings[{at}]"), of_one);
    }
    said
}

fn verdict(errors: &mut FieldErrors, finding: &pb::SampleFinding) -> Option<Verdict> {
    match finding.verdict() {
        pb::SampleVerdict::Agrees if finding.reason.is_empty() => Some(Verdict::Agrees),
        pb::SampleVerdict::Agrees => {
            errors.push("reason", "is given where the office agrees");
            None
        }
        pb::SampleVerdict::Differs => {
            stated(errors, "reason", &finding.reason, "must be given where the office differs")
                .map(Verdict::Differs)
        }
        pb::SampleVerdict::Unspecified => {
            errors.push("verdict", "must be given");
            None
        }
    }
}

/// What the office is asked, and what it said, as the API shows it; `size` results are in the sample.
pub(crate) fn check_to_pb(sample: &Sample, size: usize) -> pb::SampleCheck {
    pb::SampleCheck {
        name: sample.name(),
        office: sample.office.to_string(),
        state: sample.state.word().to_owned(),
        size: as_i32(size),
        differing: as_i32(sample.differing()),
        checked_by: sample.checked_by.clone(),
        check_time: sample.checked_at.map(timestamp),
    }
}

/// The sample with its results.
pub(crate) fn sample_to_pb(sample: &Sample) -> pb::RunSample {
    pb::RunSample {
        check: Some(check_to_pb(sample, sample.results.len())),
        results: sample.results.iter().map(result_to_pb).collect(),
    }
}

fn result_to_pb(sampled: &Sampled) -> pb::SampledResult {
    let result = &sampled.result;
    let (verdict, reason) = match &sampled.verdict {
        None => (pb::SampleVerdict::Unspecified, ""),
        Some(Verdict::Agrees) => (pb::SampleVerdict::Agrees, ""),
        Some(Verdict::Differs(reason)) => (pb::SampleVerdict::Differs, reason.as_str()),
    };
    pb::SampledResult {
        name: class_name(&result.uscc, &result.field),
        division: result.division.clone(),
        chosen_as: sampled.chosen_as.as_str().to_owned(),
        previous_code: result.previous_code.clone(),
        code: result.code.clone(),
        general_code: result.general_code.clone(),
        professional_code: result.professional_code.clone(),
        verdict: verdict.into(),
        reason: reason.to_owned(),
    }
}

/// Payload of [`SAMPLE_CHANGED`].
pub(crate) fn sample_event(sample: &Sample, size: usize) -> Vec<u8> {
    pb::RunSampleEvent { check: Some(check_to_pb(sample, size)) }.encode_to_vec()
}

fn as_i32(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLASS: &str = "enterprises/91370102MA3C00011F/classes/FOOD";

    fn finding(name: &str, verdict: pb::SampleVerdict, reason: &str) -> pb::SampleFinding {
        pb::SampleFinding { name: name.into(), verdict: verdict.into(), reason: reason.into() }
    }

    #[test]
    fn a_name_is_read_and_a_broken_one_is_refused() {
        let mut errors = FieldErrors::default();
        let (run, field) = parse_sample_name(&mut errors, "runs/0195-a/samples/FOOD").unwrap();
        assert_eq!((run.as_str(), field.as_str()), ("0195-a", "FOOD"));
        for broken in ["runs/0195-a", "runs/0195-a/samples/", "runs/a b/samples/FOOD", ""] {
            assert_eq!(parse_sample_name(&mut errors, broken), None, "{broken}");
        }
        assert_eq!(errors.iter().count(), 4);
    }

    #[test]
    fn a_difference_has_a_reason_and_nothing_else_has() {
        use pb::SampleVerdict::{Agrees, Differs, Unspecified};
        let mut errors = FieldErrors::default();
        let differs = said(&mut errors, &[finding(CLASS, Differs, " 近期整改未完成 ")]);
        assert_eq!(differs[CLASS], Verdict::Differs("近期整改未完成".into()));
        assert_eq!(said(&mut errors, &[finding(CLASS, Agrees, "")])[CLASS], Verdict::Agrees);
        assert_eq!(errors.iter().count(), 0);
        let wrong = [
            finding(CLASS, Differs, ""),
            finding(CLASS, Agrees, "无"),
            finding(CLASS, Unspecified, ""),
            finding("classes/FOOD", Agrees, ""),
            finding(CLASS, Agrees, ""),
            finding(CLASS, Agrees, ""),
        ];
        said(&mut errors, &wrong);
        let paths: Vec<_> = errors.iter().map(|error| error.path.as_str()).collect();
        let expected = [
            "findings[0].reason",
            "findings[1].reason",
            "findings[2].verdict",
            "findings[3].name",
            "findings[5].name",
        ];
        assert_eq!(paths, expected);
    }
}
