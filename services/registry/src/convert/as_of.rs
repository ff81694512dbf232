//! Points in both times, and names of many enterprises.

use chrono::NaiveDate;
use contract::registry::v1 as pb;
use domain::{MicrosUtc, Uscc};
use service::FieldErrors;

use super::enterprise::day_not_ahead;
use super::parse_enterprise_name;
use crate::store::AsOf;

/// Most enterprises that one request looks up.
const MOST_NAMES: usize = 1_000;

/// The point that is asked for; `Some(None)`: the present.
pub(crate) fn as_of(
    errors: &mut FieldErrors,
    sent: &pb::GetEnterpriseRequest,
    today: NaiveDate,
    now: MicrosUtc,
) -> Option<Option<AsOf>> {
    point(errors, (&sent.as_of, sent.known_at.as_ref()), today, now)
}

/// The same for a party without a code.
pub(crate) fn party_as_of(
    errors: &mut FieldErrors,
    sent: &pb::GetPartyRequest,
    today: NaiveDate,
    now: MicrosUtc,
) -> Option<Option<AsOf>> {
    point(errors, (&sent.as_of, sent.known_at.as_ref()), today, now)
}

fn point(
    errors: &mut FieldErrors,
    (as_of, known_at): (&str, Option<&prost_types::Timestamp>),
    today: NaiveDate,
    now: MicrosUtc,
) -> Option<Option<AsOf>> {
    let day = day_not_ahead(errors, "as_of", as_of, today)?;
    let known_at = match known_at {
        Some(instant) => Some(micros(errors, instant)?),
        None => None,
    };
    if day.is_none() && known_at.is_none() {
        return Some(None);
    }
    Some(Some(AsOf { day: day.unwrap_or(today), known_at: known_at.unwrap_or(now) }))
}

fn micros(errors: &mut FieldErrors, instant: &prost_types::Timestamp) -> Option<MicrosUtc> {
    let micros = instant.seconds.checked_mul(1_000_000);
    let micros = micros.and_then(|micros| micros.checked_add(i64::from(instant.nanos / 1_000)));
    if micros.is_none() {
        errors.push("known_at", "lies outside the range of instants");
    }
    micros.map(MicrosUtc)
}

/// Reads 1 to 1,000 names of enterprises, in order; some may stand twice.
pub(crate) fn parse_enterprise_names(
    errors: &mut FieldErrors,
    path: &str,
    names: &[String],
) -> Option<Vec<Uscc>> {
    if names.is_empty() || names.len() > MOST_NAMES {
        errors.push(path, format!("holds {} names, not 1 to {MOST_NAMES}", names.len()));
        return None;
    }
    let read =
        |(index, name): (usize, &String)| parse_enterprise_name(errors, &format!("{path}[{index}]"), name);
    let codes: Vec<Uscc> = names.iter().enumerate().filter_map(read).collect();
    (codes.len() == names.len()).then_some(codes)
}
