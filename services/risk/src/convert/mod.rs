//! Protobuf to domain and back. What comes in is checked here, all fields at once; past this module every value is valid.

mod attention;
mod backtest;
mod class;
mod explanation;
mod model;
mod overriding;
mod provincial;
mod read;
mod run;
mod sample;

pub(crate) use attention::{
    ATTENTION_CHANGED, SIGNAL_CHANGED, attention_event, flag_to_pb, outcome, parse_flag_name,
    parse_signal_name, reason, scan_to_pb, signal_event, signal_to_pb, states,
};
pub(crate) use backtest::{plan, replay_to_pb};
pub(crate) use class::{
    CLASS_CHANGED, check_class_code, class_event, class_name, class_to_pb, parse_class_name, waiting_to_pb,
};
pub(crate) use explanation::explanation_to_pb;
pub(crate) use model::{
    MODEL_CHANGED, model_event, model_reason, models_used, parse_model_name, step_to_pb, version_to_pb,
    version_used, wanted_beginning, wanted_end,
};
pub(crate) use overriding::{
    OVERRIDE_CHANGED, new_override, override_event, override_name, override_to_pb, parse_override_name,
    parse_scope,
};
pub(crate) use provincial::{
    PROVINCIAL_CHANGED, parse_parent, parse_provincial_name, provincial_event, provincial_row,
    provincial_to_pb, provincial_withdrawn_event,
};
pub(crate) use read::{listed_attention, listed_classes, noted_reads};
pub(crate) use run::{RUN_CHANGED, change_to_pb, parse_run_name, report_to_pb, run_event, run_to_pb};
pub(crate) use sample::{SAMPLE_CHANGED, check_to_pb, parse_sample_name, said, sample_event, sample_to_pb};

use chrono::NaiveDate;
use domain::{MicrosUtc, RequestId, parse_date};
use service::FieldErrors;

/// Longest purpose or reason, in characters.
const LONGEST_TEXT: usize = 200;

/// Reads a request id.
pub(crate) fn request_id(errors: &mut FieldErrors, text: &str) -> Option<RequestId> {
    errors.check("request_id", RequestId::parse(text))
}

/// Reads what a class is needed for: 1 to 200 characters, for the log of reads.
pub(crate) fn purpose(errors: &mut FieldErrors, text: &str) -> Option<String> {
    stated(errors, "purpose", text, "must be given: it is written into the log of reads")
}

/// Reads a text of 1 to 200 characters that must be given; `missing` says why.
pub(crate) fn stated(errors: &mut FieldErrors, field: &str, text: &str, missing: &str) -> Option<String> {
    let text = text.trim();
    match text.chars().count() {
        0 => errors.push(field, missing),
        1..=LONGEST_TEXT if !text.chars().any(char::is_control) => return Some(text.to_owned()),
        1..=LONGEST_TEXT => errors.push(field, "holds a control character"),
        _ => errors.push(field, format!("has more than {LONGEST_TEXT} characters")),
    }
    None
}

/// Reads a text of 1 to 200 characters that may be left out.
pub(crate) fn optional(errors: &mut FieldErrors, field: &str, text: &str) -> Option<String> {
    if text.is_empty() { None } else { stated(errors, field, text, "holds nothing but spaces") }
}

/// Reads the day as of which to compute; empty means today, and it must not lie in the future.
pub(crate) fn as_of(errors: &mut FieldErrors, text: &str, today: NaiveDate) -> Option<NaiveDate> {
    if text.is_empty() {
        return Some(today);
    }
    let day = errors.check("as_of", parse_date(text))?;
    if day > today {
        errors.push("as_of", format!("lies after today, {today}"));
        return None;
    }
    Some(day)
}

/// An instant as protobuf writes it.
pub(crate) fn timestamp(instant: MicrosUtc) -> prost_types::Timestamp {
    let micros = instant.micros();
    let nanos = i32::try_from(micros.rem_euclid(1_000_000) * 1_000).unwrap_or(0);
    prost_types::Timestamp { seconds: micros.div_euclid(1_000_000), nanos }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_purpose_is_required_and_bounded() {
        let mut errors = FieldErrors::default();
        assert_eq!(purpose(&mut errors, " 抽查计划 ").as_deref(), Some("抽查计划"));
        assert_eq!(purpose(&mut errors, &"查".repeat(200)).map(|text| text.chars().count()), Some(200));
        for bad in ["", "  ", &"查".repeat(201), "a\nb"] {
            assert_eq!(purpose(&mut errors, bad), None, "{bad}");
        }
        assert_eq!(errors.iter().count(), 4);
    }

    #[test]
    fn the_day_of_a_run_is_today_or_before() {
        let today = parse_date("2026-04-01").unwrap();
        let mut errors = FieldErrors::default();
        assert_eq!(as_of(&mut errors, "", today), Some(today));
        assert_eq!(as_of(&mut errors, "2026-04-01", today), Some(today));
        assert_eq!(as_of(&mut errors, "2026-04-02", today), None);
        assert_eq!(as_of(&mut errors, "yesterday", today), None);
        assert_eq!(errors.iter().count(), 2);
    }
}
