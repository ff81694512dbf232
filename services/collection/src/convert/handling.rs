//! What became of a ticket, as an officer writes it.

use chrono::NaiveDate;
use contract::collection::v1::TicketProgress;
use service::FieldErrors;

use super::Judge;
use crate::domain::handling::Days;

/// Reads a progress, as far as it can be judged without its ticket. `None` when it is not there.
pub(crate) fn read_progress(
    judge: &Judge<'_>,
    errors: &mut FieldErrors,
    sent: Option<&TicketProgress>,
) -> Option<(TicketProgress, Days)> {
    let Some(sent) = sent else {
        errors.push("progress", "must be given");
        return None;
    };
    let mut day = |field: &str, text: &str| -> Option<NaiveDate> {
        if text.is_empty() { None } else { judge.past_day(errors, &format!("progress.{field}"), text) }
    };
    let days = Days {
        acceptance: day("acceptance_on", &sent.acceptance_on),
        filing: day("filing_on", &sent.filing_on),
        told: day("told_on", &sent.told_on),
        closed: day("closed_on", &sent.closed_on),
    };
    let text = |day: Option<NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
    let progress = TicketProgress {
        acceptance_on: text(days.acceptance),
        filing_on: text(days.filing),
        told_on: text(days.told),
        closed_on: text(days.closed),
        ..sent.clone()
    };
    Some((progress, days))
}
