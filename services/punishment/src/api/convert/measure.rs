//! Between messages about joint measures and this service's types.

use chrono::NaiveDate;
use contract::punishment::v1 as pb;
use domain::{RequestId, Uscc};
use rulebook::{Measure as Item, Rulebook};
use service::{FieldErrors, filter};

use super::{MAX_REASON, bounded, date, timestamp};
use crate::domain::list::{EntryName, List};
use crate::domain::measure::{Measure, MeasureName, NewUse, Receiver, Taken};
use crate::error::Error;
use crate::store::{MeasureFilter, UseCount, UseRow};

/// Most applications that one report may name: a bound against a slip of the pen.
const MAX_APPLIED: i64 = 1_000_000;

/// A request about one measure: its id and the measure.
pub(crate) fn named(
    fields: &mut FieldErrors,
    path: &str,
    name: &str,
    request_id: &str,
) -> Option<(RequestId, MeasureName)> {
    let request_id = fields.check("request_id", RequestId::parse(request_id));
    let name = fields.check(path, MeasureName::parse(name));
    Some((request_id?, name?))
}

/// A reason that must be given.
pub(crate) fn reason(fields: &mut FieldErrors, text: &str) -> Option<String> {
    if text.trim().is_empty() {
        fields.push("reason", "must be given");
    }
    fields.check("reason", bounded(text, MAX_REASON))
}

/// A report, with its request and measure.
pub(crate) fn new_use(
    request: &pb::ReportMeasureUseRequest,
) -> Result<(RequestId, MeasureName, NewUse), Error> {
    let mut fields = FieldErrors::default();
    let named = named(&mut fields, "measure", &request.measure, &request.request_id);
    let sent = fields.require("report", request.report.as_ref()).cloned().unwrap_or_default();
    if sent.receiver.is_empty() {
        fields.push("report.receiver", "must be given");
    }
    if !(0..=MAX_APPLIED).contains(&sent.applied_count) {
        fields.push("report.applied_count", format!("must lie between 0 and {MAX_APPLIED}"));
    }
    if sent.applied_count > 0 && sent.result.trim().is_empty() {
        fields.push("report.result", "must be given where the measure was applied");
    }
    let result = fields.check("report.result", bounded(&sent.result, MAX_REASON));
    match (named, result) {
        (Some((request_id, name)), Some(result)) if fields.is_empty() => {
            let new = NewUse { receiver: sent.receiver, applied_count: sent.applied_count, result };
            Ok((request_id, name, new))
        }
        _ => Err(fields.into()),
    }
}

/// Which measures to list.
pub(crate) fn filter(request: &pb::ListMeasuresRequest, book: &Rulebook) -> Result<MeasureFilter, Error> {
    let mut fields = FieldErrors::default();
    let filter = MeasureFilter {
        uscc: fields.check_optional("uscc", &request.uscc, Uscc::parse),
        entry: fields.check_optional("entry", &request.entry, entry),
        state: fields.check_optional("state", &request.state, str::parse),
        implementer: filter::office(&mut fields, ("implementer", &request.implementer), book),
    };
    fields.into_result()?;
    Ok(filter)
}

fn entry(name: &str) -> Result<EntryName, &'static str> {
    // Which of several things a record triggers does not matter to its name.
    let lists = [List::Serious, List::Abnormal, List::BrokenCommitment];
    let found = lists.into_iter().find_map(|list| EntryName::parse(list, name).ok());
    found.ok_or("must be `abnormalEntries/`, `seriousCases/` or `records/` and an id of 1 to 64 letters, digits or `-`")
}

/// A period to count: from 1970-01-01, before every report, and to `today` where no day is given.
pub(crate) fn period(
    request: &pb::CountMeasureUseRequest,
    today: NaiveDate,
) -> Result<(NaiveDate, NaiveDate), Error> {
    let mut fields = FieldErrors::default();
    let from = fields.check_optional("from", &request.from, domain::parse_date).unwrap_or_default();
    let to = fields.check_optional("to", &request.to, domain::parse_date).unwrap_or(today);
    if from > to {
        fields.push("to", "lies before `from`");
    }
    fields.into_result()?;
    Ok((from, to))
}

/// A measure as told.
pub(crate) fn told(measure: &Measure) -> pb::Measure {
    pb::Measure {
        name: measure.name.to_string(),
        measure: measure.code.clone(),
        label: measure.label.clone(),
        object: measure.object.clone(),
        entry: measure.trigger.entry.to_string(),
        list: measure.trigger.entry.list().word().to_owned(),
        uscc: measure.trigger.uscc.to_string(),
        party_name: measure.trigger.party_name.to_string(),
        division: measure.trigger.division.to_string(),
        legal_basis: measure.basis.clone(),
        reduces_rights: measure.rights_basis.is_some(),
        rights_basis: measure.rights_basis.clone().unwrap_or_default(),
        implementer: measure.implementer.to_string(),
        edition: measure.edition.clone(),
        state: measure.state.word().to_owned(),
        starts_on: measure.starts_on.to_string(),
        ended_on: date(measure.ended_on),
        end_reason: measure.end_reason.clone(),
        due_on: date(measure.due_on),
        contest: measure.contest.clone(),
        receivers: measure.receivers.iter().map(receiver).collect(),
        revision: measure.revision,
        update_time: timestamp(measure.updated_at.micros()),
    }
}

fn receiver(receiver: &Receiver) -> pb::MeasureReceiver {
    let time = |taken: &Option<Taken>| taken.as_ref().and_then(|taken| timestamp(taken.at.micros()));
    let receipt =
        |taken: &Option<Taken>| taken.as_ref().map(|taken| taken.receipt.clone()).unwrap_or_default();
    pb::MeasureReceiver {
        receiver: receiver.name.clone(),
        acknowledge_time: time(&receiver.taken),
        receipt: receipt(&receiver.taken),
        end_acknowledge_time: time(&receiver.end_taken),
        end_receipt: receipt(&receiver.end_taken),
        reported: receiver.reported,
    }
}

/// A report as told.
pub(crate) fn reported(row: &UseRow) -> pb::MeasureUse {
    pb::MeasureUse {
        name: format!("measures/{}/uses/{}", row.measure_id, row.id),
        receiver: row.receiver.clone(),
        applied_count: row.applied_count,
        result: row.result.clone(),
        reported_on: row.reported_on.clone(),
        office: row.office.clone(),
    }
}

/// An item of the city's list as told.
pub(crate) fn item(item: &Item) -> pb::MeasureItem {
    pb::MeasureItem {
        measure: item.code.clone(),
        label: item.label_zh.clone(),
        trigger: item.trigger.clone(),
        object: item.object_zh.clone(),
        legal_basis: item.basis.clone(),
        reduces_rights: item.reduces_rights,
        rights_basis: item.rights_basis.clone().unwrap_or_default(),
        implementer: item.implementer.to_string(),
        receivers: item.receivers.clone(),
        purposes: item.purposes.clone(),
        edition: item.edition.clone(),
        effective_from: date(item.effective.from),
        effective_to: date(item.effective.to),
        by_officer: item.by_officer,
    }
}

/// A row of the statistics as told.
pub(crate) fn count(count: UseCount) -> pb::MeasureUseCount {
    pb::MeasureUseCount {
        measure: count.code,
        list: count.list,
        implementer: count.implementer,
        receiver: count.receiver,
        told: count.told,
        acknowledged: count.acknowledged,
        ended: count.ended,
        end_acknowledged: count.end_acknowledged,
        reports: count.reports,
        applied_count: count.applied,
    }
}
