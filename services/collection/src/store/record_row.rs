//! The table `record`: writing new rows, reading them as the contract writes records.

use chrono::NaiveDate;
use contract::collection::v1 as pb;
use db::bulk::{Cell, Load};
use db::{Db, Tx};
use domain::{DivisionCode, FieldCode, MicrosUtc, OfficeCode};
use prost::Message;
use prost::encoding::{WireType, encode_key, encode_varint, encoded_len_varint, key_len};
use rulebook::Rulebook;
use service::obligation::Matter;
use service::{Error as Common, FieldErrors};

use crate::convert::timestamp;
use crate::domain::publication::answers_for;
use crate::domain::{Kind, NaturalId, NewRecord, home, record_name};
use crate::machines::record::State;

/// Revision of a record that was just taken.
const FIRST_REVISION: i64 = 1;
/// Number of the field `record` of `RecordEvent`.
const RECORD_OF_EVENT: u32 = 1;
/// Columns, in the order of [`NewRow::cells`].
const COLUMNS: [&str; 15] = [
    "key",
    "kind",
    "uscc",
    "party_name",
    "field",
    "division",
    "producer",
    "document_no",
    "decided_on",
    "state",
    "origin",
    "revision",
    "received_us",
    "publish_at_us",
    "content",
];

/// Reads records as [`RecordRow`]; a `WHERE` follows. The division of a registered party goes before the delivered one.
macro_rules! select_records {
    () => {
        "SELECT r.rowid, r.id, r.state, r.uscc, r.origin, r.revision, r.received_us, r.content,
                COALESCE(p.division, r.division) AS division, r.decided_on, r.objection, r.suspended_by, r.erased_us
         FROM record r LEFT JOIN party p ON p.uscc = r.uscc AND p.registered"
    };
}
pub(super) use select_records;

/// A new record with the place that it gets.
#[derive(Clone, Copy, Debug)]
pub(super) struct Placed<'a> {
    /// What was delivered.
    pub(super) new: &'a NewRecord,
    /// Attached or waiting.
    pub(super) state: State,
    /// Division of the registered party; `None` while it is not registered.
    pub(super) party_division: Option<&'a str>,
    /// Service that it is derived from; empty for imported ones.
    pub(super) origin: &'static str,
    /// When it was received.
    pub(super) received: MicrosUtc,
    /// From when on the job hands it over for publication; `None` when there is nothing to publish.
    pub(super) publish_at: Option<MicrosUtc>,
}

/// A new record as its row says it.
#[derive(Clone, Copy, Debug)]
pub(super) struct NewRow<'a> {
    pub(super) id: &'a NaturalId,
    pub(super) kind: Kind,
    pub(super) uscc: Option<&'a str>,
    pub(super) party_name: &'a str,
    /// Empty for none.
    pub(super) field: &'a str,
    /// As delivered; empty for none.
    pub(super) division: &'a str,
    pub(super) producer: &'a str,
    pub(super) document_no: &'a str,
    pub(super) decided_on: NaiveDate,
    pub(super) state: State,
    pub(super) origin: &'static str,
    pub(super) received: MicrosUtc,
    pub(super) publish_at: Option<MicrosUtc>,
    pub(super) content: &'a [u8],
    /// Division of the registered party, which its event says; no column.
    pub(super) party_division: Option<&'a str>,
}

impl<'a> NewRow<'a> {
    fn cells(self) -> [Cell<'a>; COLUMNS.len()] {
        [
            self.id.as_bytes().as_slice().into(),
            self.kind.as_str().into(),
            self.uscc.into(),
            self.party_name.into(),
            self.field.into(),
            home::here(self.division).into(),
            self.producer.into(),
            self.document_no.into(),
            self.decided_on.into(),
            self.state.as_str().into(),
            self.origin.into(),
            FIRST_REVISION.into(),
            self.received.micros().into(),
            self.publish_at.map(MicrosUtc::micros).into(),
            self.content.into(),
        ]
    }

    /// The event that tells the record as it stands now, encoded. Who reads a message merges its pieces: what the system adds
    /// stands behind what was delivered, which is not encoded a second time.
    pub(super) fn event(self) -> Vec<u8> {
        let (delivered, added) = (self.content, self.added());
        let length = delivered.len() + added.encoded_len();
        let mut event =
            Vec::with_capacity(length + 2 * key_len(RECORD_OF_EVENT) + encoded_len_varint(length as u64));
        encode_key(RECORD_OF_EVENT, WireType::LengthDelimited, &mut event);
        encode_varint(length as u64, &mut event);
        event.extend_from_slice(delivered);
        event.extend_from_slice(&added.encode_to_vec());
        event
    }

    /// What the system says of the record.
    fn added(self) -> pb::Record {
        pb::Record {
            name: record_name(self.id.as_str()),
            state: self.state.as_str().to_owned(),
            origin: self.origin.to_owned(),
            revision: FIRST_REVISION,
            receive_time: Some(timestamp(self.received)),
            division: self.party_division.unwrap_or_default().to_owned(),
            ..pb::Record::default()
        }
    }
}

impl<'a> Placed<'a> {
    /// Its row.
    pub(super) fn row(&self) -> NewRow<'a> {
        let new = self.new;
        NewRow {
            id: &new.id,
            kind: new.kind,
            uscc: new.uscc.as_ref().map(|uscc| uscc.as_str()),
            party_name: new.party_name.as_str(),
            field: new.message.field.as_str(),
            division: new.message.division.as_str(),
            producer: new.producer.as_str(),
            document_no: new.document_no.as_str(),
            decided_on: new.decided_on,
            state: self.state,
            origin: self.origin,
            received: self.received,
            publish_at: self.publish_at,
            content: new.content.as_slice(),
            party_division: self.party_division,
        }
    }
}

/// Encodes new records, in the order of their ids: an index over digests is then gone through once, from its beginning to its end.
pub(super) fn encode_sorted(db: &Db, records: &[Placed<'_>]) -> Load {
    let mut rows: Vec<_> = records.iter().map(Placed::row).collect();
    rows.sort_unstable_by(|one, other| one.id.cmp(other.id));
    encode(db, rows)
}

/// Encodes new records in the order that they come in.
pub(super) fn encode<'r>(db: &Db, rows: impl IntoIterator<Item = NewRow<'r>>) -> Load {
    Load::encode(db, "record", COLUMNS, rows.into_iter().map(NewRow::cells))
}

/// Writes new records. Losing against another transaction that took one of them since they were looked for is
/// [`Common::Contended`]; the caller's transaction then ends.
pub(super) async fn insert(tx: &mut Tx, records: Load) -> Result<(), Common> {
    match records.run(tx, &[]).await {
        Ok(_) => Ok(()),
        Err(error) if db::is_unique_violation(&error) => Err(Common::Contended),
        Err(error) => Err(error.into()),
    }
}

/// A record as stored.
#[derive(sqlx::FromRow)]
pub(super) struct RecordRow {
    /// Ascends as records are taken.
    pub(super) rowid: i64,
    pub(super) id: String,
    state: String,
    uscc: Option<String>,
    origin: String,
    revision: i64,
    received_us: i64,
    content: Vec<u8>,
    division: String,
    pub(super) decided_on: NaiveDate,
    objection: String,
    suspended_by: String,
    erased_us: Option<i64>,
}

/// A record as it stands now, with what decides who may see it and what may happen to it.
#[derive(Clone, Debug)]
pub(super) struct Stored {
    /// As the contract writes it.
    pub(super) record: pb::Record,
    /// The code that it was delivered with; empty for none.
    pub(super) delivered_uscc: String,
    /// The division that it was delivered with; empty for none.
    pub(super) delivered_division: String,
    /// When it was received.
    pub(super) received: MicrosUtc,
    /// Its state.
    pub(super) state: State,
    /// Its key field.
    pub(super) field: Option<FieldCode>,
    /// Its division.
    pub(super) division: Option<DivisionCode>,
}

impl TryFrom<RecordRow> for Stored {
    type Error = Common;

    fn try_from(row: RecordRow) -> Result<Self, Common> {
        let of = |problem: String| Common::corrupt(format!("record {}: {problem}", row.id));
        let mut record =
            pb::Record::decode(row.content.as_slice()).map_err(|problem| of(problem.to_string()))?;
        let state = row.state.parse::<State>().map_err(|problem| of(problem.to_string()))?;
        let field = optional(&record.field, FieldCode::parse).map_err(|problem| of(problem.to_string()))?;
        let division =
            optional(&row.division, DivisionCode::parse).map_err(|problem| of(problem.to_string()))?;
        record.name = record_name(&row.id);
        // The code as delivered, or that of the party which officers matched it with.
        let delivered_uscc = std::mem::replace(&mut record.uscc, row.uscc.unwrap_or_default());
        record.open_objection = named("objections", &row.objection);
        record.suspended_by = named("remedies", &row.suspended_by);
        record.erase_time = row.erased_us.map(|at| timestamp(MicrosUtc(at)));
        record.state = row.state;
        record.origin = row.origin;
        record.revision = row.revision;
        record.receive_time = Some(timestamp(MicrosUtc(row.received_us)));
        let delivered_division = record.division.clone();
        if !row.division.is_empty() {
            record.division = row.division;
        }
        let received = MicrosUtc(row.received_us);
        Ok(Self { record, delivered_uscc, delivered_division, received, state, field, division })
    }
}

impl Stored {
    /// Its id.
    pub(super) fn id(&self) -> &str {
        self.record.name.trim_start_matches("records/")
    }

    /// Date of the decision, visit or sampling.
    pub(super) fn decided_on(&self) -> Result<NaiveDate, Common> {
        domain::parse_date(&self.record.decided_on)
            .map_err(|problem| Common::corrupt(format!("{}: {problem}", self.record.name)))
    }

    /// Whether everything at these paths is said by a record of its kind.
    ///
    /// # Errors
    /// The paths that are said by records of other kinds only, all of them.
    pub(super) fn says_all(&self, paths: &[String]) -> Result<(), Common> {
        let kind = self.record.content.as_ref().map(Kind::of);
        let mut errors = FieldErrors::default();
        for (index, path) in paths.iter().enumerate() {
            let head = path.split('.').next().unwrap_or_default().parse::<Kind>().ok();
            if head.is_some() && head != kind {
                let said = kind.map_or("", Kind::as_str);
                errors.push(
                    format!("objection.contested_fields[{index}]"),
                    format!("is not a field of a record of kind {said}"),
                );
            }
        }
        errors.into_result().map_err(Common::from)
    }

    /// Office that provides it and answers for it.
    pub(super) fn owner(&self, book: &Rulebook) -> Option<OfficeCode> {
        let kind = self.record.content.as_ref().map_or(Kind::Inspection, Kind::of);
        OfficeCode::parse(&answers_for(book, kind, &self.record.field)).ok()
    }

    /// What a duty about it is about.
    pub(super) fn matter<'a>(&'a self, owner: Option<&'a OfficeCode>) -> Matter<'a> {
        let (field, division) = (self.field.as_ref(), self.division.as_ref());
        Matter { subject: &self.record.name, field, division, owner }
    }

    /// The record as it was delivered.
    pub(super) fn delivered(&self) -> pb::Record {
        let (uscc, division) = (self.delivered_uscc.clone(), self.delivered_division.clone());
        pb::Record { uscc, division, ..self.record.clone() }
    }
}

/// `collection/id`; empty for none.
pub(super) fn named(collection: &str, id: &str) -> String {
    if id.is_empty() { String::new() } else { format!("{collection}/{id}") }
}

/// What a text says; `None` for the empty one.
pub(super) fn optional<T, E>(text: &str, parse: impl FnOnce(&str) -> Result<T, E>) -> Result<Option<T>, E> {
    if text.is_empty() { Ok(None) } else { parse(text).map(Some) }
}

#[cfg(test)]
mod tests {
    use contract::collection::v1::record::Content;

    use super::*;

    #[test]
    fn an_event_is_what_was_delivered_and_what_the_system_says_of_it() {
        let unit = "济南市市场监督管理局".to_owned();
        let delivered = pb::Record {
            uscc: "91370102MA3C00011F".to_owned(),
            party_name: "济南某某食品有限公司".to_owned(),
            field: "FOOD".to_owned(),
            provenance: Some(pb::Provenance {
                producer: unit.clone(),
                provider: unit.clone(),
                responsible: unit,
            }),
            document_no: "济市监检〔2026〕1号".to_owned(),
            decided_on: "2026-02-27".to_owned(),
            division: "370100".to_owned(),
            content: Some(Content::Inspection(pb::Inspection {
                result: "1".to_owned(),
                ..Default::default()
            })),
            ..pb::Record::default()
        };
        let new = NewRecord::recall(&delivered.encode_to_vec()).unwrap();
        for (party_division, division) in [(Some("370102"), "370102"), (None, "370100")] {
            let placed = Placed {
                new: &new,
                state: State::Attached,
                party_division,
                origin: "",
                received: MicrosUtc(1_775_000_000_000_000),
                publish_at: None,
            };
            let event = pb::RecordEvent::decode(placed.row().event().as_slice()).unwrap();
            let expected = pb::Record {
                name: new.name(),
                state: "Attached".to_owned(),
                revision: FIRST_REVISION,
                receive_time: Some(timestamp(placed.received)),
                division: division.to_owned(),
                ..delivered.clone()
            };
            assert_eq!(event, pb::RecordEvent { record: Some(expected), ..Default::default() });
        }
    }
}
