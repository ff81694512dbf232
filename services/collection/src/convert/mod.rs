//! Protobuf to domain and back. What comes in is checked here, all fields of a row at once; past this module every value
//! is valid.

mod batch;
mod content;
mod decision;
mod handling;
mod list_entry;
mod objection;
mod permit;
mod push;
mod record;
mod remedy;
mod text;
mod ticket;

pub use batch::{Batch, Collected, Row, row_count};
pub use record::read_record;
pub use ticket::{read_ticket, read_tickets};

pub(crate) use batch::{differs, ids, is_city_wide, withdrawn};
pub(crate) use decision::read_decision;
pub(crate) use handling::{
    read_caller_erasure, read_extension_decision, read_extension_request, read_progress,
};
pub(crate) use objection::{read_answer, read_objection};
pub(crate) use push::read_push;
pub(crate) use record::read_record_at;
pub(crate) use remedy::{SentOrder, read_order, read_outcome, read_remedy};
pub(crate) use text::remark;

use chrono::NaiveDate;
use domain::{FieldCode, MicrosUtc, RequestId};
use rulebook::{Code, Rulebook};
use service::FieldErrors;

/// By what rows are judged: the rules, and the day on which they arrive.
#[derive(Clone, Copy, Debug)]
pub struct Judge<'a> {
    /// The rules.
    pub book: &'a Rulebook,
    /// The day of receipt.
    pub today: NaiveDate,
}

impl<'a> Judge<'a> {
    /// The code `sent` of a dictionary in which facts are delivered. Old facts are delivered in the dictionary of today,
    /// so the code must stand in the set on the day of the fact or on the day of receipt.
    fn delivered_code(
        &self,
        errors: &mut FieldErrors,
        path: &str,
        set: &str,
        sent: &str,
        on: NaiveDate,
    ) -> bool {
        let known = self.book.code(set, sent, on).or_else(|| self.book.code(set, sent, self.today)).is_some();
        if !known {
            errors.push(path, self.unknown(set, sent, self.today));
        }
        known
    }

    /// The code `sent` of a set of the law: it must stand there on the day of the fact itself.
    fn lawful_code(
        &self,
        errors: &mut FieldErrors,
        path: &str,
        set: &str,
        sent: &str,
        on: NaiveDate,
    ) -> Option<&'a Code> {
        let known = self.book.code(set, sent, on);
        if known.is_none() {
            errors.push(path, self.unknown(set, sent, on));
        }
        known
    }

    fn unknown(&self, set: &str, sent: &str, on: NaiveDate) -> String {
        if sent.is_empty() {
            return "must be given".to_owned();
        }
        let known: Vec<_> = self.book.codes(set, on).map(|code| code.code.as_str()).collect();
        format!("is not one of: {} (set `{set}` on {on})", known.join(", "))
    }

    /// The key field `sent`; none for the empty text.
    fn field(&self, errors: &mut FieldErrors, sent: &str) -> Option<FieldCode> {
        let field = errors.check_optional("field", sent, FieldCode::parse)?;
        if self.book.field(&field).is_some_and(|known| known.effective.on(self.today)) {
            return Some(field);
        }
        let known: Vec<_> = self.book.fields().iter().map(|field| field.code.as_str()).collect();
        errors.push("field", format!("is not one of: {}", known.join(", ")));
        None
    }

    /// The day `sent` of a fact: not after the day of receipt.
    fn past_day(&self, errors: &mut FieldErrors, path: &str, sent: &str) -> Option<NaiveDate> {
        let day = errors.check(path, domain::parse_date(sent))?;
        if day > self.today {
            errors.push(path, format!("lies in the future: today is {}", self.today));
            return None;
        }
        Some(day)
    }
}

/// Reads a request id.
pub(crate) fn request_id(errors: &mut FieldErrors, text: &str) -> Option<RequestId> {
    errors.check("request_id", RequestId::parse(text))
}

/// An instant as protobuf writes it.
pub(crate) fn timestamp(instant: MicrosUtc) -> prost_types::Timestamp {
    let micros = instant.micros();
    let nanos = i32::try_from(micros.rem_euclid(1_000_000) * 1_000).unwrap_or(0);
    prost_types::Timestamp { seconds: micros.div_euclid(1_000_000), nanos }
}

/// Reads an instant, if one is given.
pub(crate) fn instant(
    errors: &mut FieldErrors,
    path: &str,
    sent: Option<prost_types::Timestamp>,
) -> Option<MicrosUtc> {
    let sent = sent?;
    let micros = sent.seconds.checked_mul(1_000_000);
    let micros = micros.and_then(|micros| micros.checked_add(i64::from(sent.nanos) / 1_000));
    if micros.is_none() {
        errors.push(path, "lies out of all bounds");
    }
    micros.map(MicrosUtc)
}
