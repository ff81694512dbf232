//! A record that has been checked and may be taken.

use std::str::FromStr;

use chrono::NaiveDate;
use contract::collection::v1 as pb;
use contract::collection::v1::record::Content;
use domain::{DivisionCode, DocumentNumber, FieldCode, LegalName, Uscc};
use prost::Message;

use super::NaturalId;

/// What a record is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// An administrative permit (行政许可).
    Permit,
    /// An administrative penalty (行政处罚).
    Penalty,
    /// A supervisory inspection (监督检查).
    Inspection,
    /// A sampling result (监督抽查, 抽检).
    Sampling,
    /// An entry of a list, told by punishment.
    ListEntry,
}

/// The text names no kind of record.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a kind of record; kinds are permit, penalty, inspection, sampling and list_entry")]
pub struct UnknownKind(pub String);

impl Kind {
    const ALL: [Self; 5] = [Self::Permit, Self::Penalty, Self::Inspection, Self::Sampling, Self::ListEntry];

    /// The kind of what a record says.
    pub fn of(content: &Content) -> Self {
        match content {
            Content::Permit(_) => Self::Permit,
            Content::Penalty(_) => Self::Penalty,
            Content::Inspection(_) => Self::Inspection,
            Content::Sampling(_) => Self::Sampling,
            Content::ListEntry(_) => Self::ListEntry,
        }
    }

    /// The name in the database and in filters of lists.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Permit => "permit",
            Self::Penalty => "penalty",
            Self::Inspection => "inspection",
            Self::Sampling => "sampling",
            Self::ListEntry => "list_entry",
        }
    }
}

impl FromStr for Kind {
    type Err = UnknownKind;

    fn from_str(text: &str) -> Result<Self, UnknownKind> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or_else(|| UnknownKind(text.to_owned()))
    }
}

/// `records/{id}`.
pub fn record_name(id: &str) -> String {
    format!("records/{id}")
}

/// A record whose parts have all been checked. What the system sets (name, state, origin, revision, time of receipt) is
/// not part of it.
#[derive(Clone, Debug, PartialEq)]
pub struct NewRecord {
    /// Follows from kind, producer, document number and party. Two ways to write one number are one number.
    pub id: NaturalId,
    /// What the id would be if the number were taken as it is written, where that differs: so records were known that came before
    /// numbers were read as what they mean. They keep their ids.
    pub written_id: Option<NaturalId>,
    /// What it is about.
    pub kind: Kind,
    /// Credit code of the party, when the provider knows it.
    pub uscc: Option<Uscc>,
    /// Name of the party as written in the document.
    pub party_name: LegalName,
    /// Key field, when it belongs to one.
    pub field: Option<FieldCode>,
    /// Division that the provider names.
    pub division: Option<DivisionCode>,
    /// Unit that produced it.
    pub producer: LegalName,
    /// Document number, as written.
    pub document_no: DocumentNumber,
    /// Date of the decision, visit or sampling.
    pub decided_on: NaiveDate,
    /// The whole record in canonical form, without what the system sets.
    pub message: pb::Record,
    /// The same, encoded: two records with one id are the same if and only if these bytes are.
    pub content: Vec<u8>,
}

/// The typed parts of a record beside its message.
#[derive(Clone, Debug)]
pub struct Key {
    /// See [`NewRecord::uscc`].
    pub uscc: Option<Uscc>,
    /// See [`NewRecord::party_name`].
    pub party_name: LegalName,
    /// See [`NewRecord::field`].
    pub field: Option<FieldCode>,
    /// See [`NewRecord::division`].
    pub division: Option<DivisionCode>,
    /// See [`NewRecord::producer`].
    pub producer: LegalName,
    /// See [`NewRecord::document_no`].
    pub document_no: DocumentNumber,
    /// See [`NewRecord::decided_on`].
    pub decided_on: NaiveDate,
}

impl NewRecord {
    /// A record from its checked parts; `None` when `message` says nothing. Texts of the message are put into the form
    /// in which they were read, and what the system sets is cleared.
    pub fn new(key: Key, mut message: pb::Record) -> Option<Self> {
        let kind = Kind::of(message.content.as_ref()?);
        // A party without a code is known by its name only: the same name written otherwise is another party.
        let party = key.uscc.as_ref().map_or(key.party_name.as_str(), Uscc::as_str);
        let (id, written_id) = Self::ids_of(kind, &key.producer, &key.document_no, party);
        message = cleared(message);
        settle(&mut message.uscc, key.uscc.as_ref().map_or("", Uscc::as_str));
        settle(&mut message.party_name, key.party_name.as_str());
        settle(&mut message.field, key.field.as_ref().map_or("", FieldCode::as_str));
        settle(&mut message.division, key.division.as_ref().map_or("", DivisionCode::as_str));
        settle(&mut message.document_no, key.document_no.as_str());
        settle(&mut message.decided_on, &key.decided_on.to_string());
        let content = message.encode_to_vec();
        let Key { uscc, party_name, field, division, producer, document_no, decided_on } = key;
        Some(Self {
            id,
            written_id,
            kind,
            uscc,
            party_name,
            field,
            division,
            producer,
            document_no,
            decided_on,
            message,
            content,
        })
    }

    /// The id of the record with this natural key, `party` being its code or else its name, and the one under which it was taken before
    /// by its number as it is written, where that is another.
    pub fn ids_of(
        kind: Kind,
        producer: &LegalName,
        document_no: &DocumentNumber,
        party: &str,
    ) -> (NaturalId, Option<NaturalId>) {
        let id_of =
            |number: &str| NaturalId::of("record", &[kind.as_str(), producer.as_str(), number, party]);
        let (written, number) = (document_no.as_str(), document_no.key());
        (id_of(&number), (written != number).then(|| id_of(written)))
    }

    /// The record that has this [`content`](Self::content); `None` for bytes that no record has.
    pub fn recall(content: &[u8]) -> Option<Self> {
        let message = pb::Record::decode(content).ok()?;
        let key = Key {
            uscc: optional(&message.uscc, Uscc::parse)?,
            party_name: LegalName::parse(&message.party_name).ok()?,
            field: optional(&message.field, FieldCode::parse)?,
            division: optional(&message.division, DivisionCode::parse)?,
            producer: LegalName::parse(&message.provenance.as_ref()?.producer).ok()?,
            document_no: DocumentNumber::parse(&message.document_no).ok()?,
            decided_on: domain::parse_date(&message.decided_on).ok()?,
        };
        Self::new(key, message).filter(|record| record.content == content)
    }

    /// `records/{id}`.
    pub fn name(&self) -> String {
        record_name(self.id.as_str())
    }

    /// The same record with another code and another division of delivery.
    #[must_use]
    pub fn delivered_with(self, uscc: Option<Uscc>, division: Option<DivisionCode>) -> Self {
        let Self { party_name, field, producer, document_no, decided_on, .. } = self.clone();
        let key = Key { uscc, party_name, field, division, producer, document_no, decided_on };
        let message = self.message.clone();
        Self::new(key, message).unwrap_or(self)
    }

    /// The same record under the id that it is known by already.
    #[must_use]
    pub fn known_as(self, id: NaturalId) -> Self {
        Self { id, ..self }
    }

    /// Whether `content`, of a record of the same key, says what this one says: in which way the number is written says nothing.
    pub fn is_told_by(&self, content: &[u8]) -> bool {
        if self.content == content {
            return true;
        }
        let Ok(kept) = pb::Record::decode(content) else { return false };
        if kept.document_no == self.message.document_no || !same_number(&kept, &self.document_no) {
            return false;
        }
        pb::Record { document_no: self.message.document_no.clone(), ..kept } == self.message
    }

    /// Whether this is what `kept` says; what the system sets is not part of it.
    pub fn says(&self, kept: pb::Record) -> bool {
        cleared(kept) == self.message
    }

    /// Paths of what differs between the natural key of this record and that of `kept`, as it was delivered. With one key,
    /// both are the same record, whatever else they say.
    pub fn other_key(&self, kept: &pb::Record) -> Vec<String> {
        let mut paths = Vec::new();
        if kept.content.as_ref().map(Kind::of) != Some(self.kind) {
            paths.push(self.kind.as_str().to_owned());
        }
        if kept.provenance.as_ref().is_none_or(|kept| kept.producer != self.producer.as_str()) {
            paths.push("provenance.producer".to_owned());
        }
        if !same_number(kept, &self.document_no) {
            paths.push("document_no".to_owned());
        }
        if kept.uscc != text_of(self.uscc.as_ref()) {
            paths.push("uscc".to_owned());
        } else if kept.uscc.is_empty() && kept.party_name != self.party_name.as_str() {
            paths.push("party_name".to_owned());
        }
        paths
    }
}

/// What a text says, `Some(None)` for the empty one; `None` if it says nothing.
fn optional<T, E>(text: &str, parse: impl FnOnce(&str) -> Result<T, E>) -> Option<Option<T>> {
    if text.is_empty() { Some(None) } else { parse(text).ok().map(Some) }
}

/// Whether a record has this number, in whichever way it is written.
fn same_number(record: &pb::Record, number: &DocumentNumber) -> bool {
    DocumentNumber::parse(&record.document_no).is_ok_and(|kept| kept.key() == number.key())
}

/// The record without what the system sets.
fn cleared(record: pb::Record) -> pb::Record {
    pb::Record {
        name: String::new(),
        state: String::new(),
        origin: String::new(),
        revision: 0,
        receive_time: None,
        open_objection: String::new(),
        suspended_by: String::new(),
        erase_time: None,
        publications: Vec::new(),
        province_push: None,
        decision_text: String::new(),
        decision_text_digest: String::new(),
        ..record
    }
}

/// Puts a text into the form in which it was read. Most are in it: an import writes none of them anew.
pub(crate) fn settle(text: &mut String, read: &str) {
    if text.as_str() != read {
        read.clone_into(text);
    }
}

/// The text of an optional value; empty for none.
pub(super) fn text_of(value: Option<&impl AsRef<str>>) -> String {
    value.map_or_else(String::new, |value| value.as_ref().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(uscc: Option<&str>) -> Key {
        Key {
            uscc: uscc.map(|text| Uscc::parse(text).unwrap()),
            party_name: LegalName::parse("济南某某食品有限公司").unwrap(),
            field: None,
            division: None,
            producer: LegalName::parse("济南市市场监督管理局").unwrap(),
            document_no: DocumentNumber::parse("济市监罚〔2026〕1号").unwrap(),
            decided_on: domain::parse_date("2026-03-02").unwrap(),
        }
    }

    fn penalty() -> pb::Record {
        pb::Record { content: Some(Content::Penalty(pb::Penalty::default())), ..pb::Record::default() }
    }

    #[test]
    fn what_the_system_sets_is_not_part_of_what_a_record_says() {
        let plain = NewRecord::new(key(None), penalty()).unwrap();
        let sent_back = pb::Record {
            name: "records/x".to_owned(),
            state: "Attached".to_owned(),
            origin: "inspection".to_owned(),
            revision: 7,
            receive_time: Some(prost_types::Timestamp::default()),
            publications: vec![pb::Publication::default()],
            open_objection: "objections/x".to_owned(),
            suspended_by: "remedies/x".to_owned(),
            erase_time: Some(prost_types::Timestamp::default()),
            province_push: Some(pb::ProvincePush::default()),
            decision_text: "records/x/decisionText".to_owned(),
            decision_text_digest: "sm3:x".to_owned(),
            ..penalty()
        };
        assert_eq!(NewRecord::new(key(None), sent_back).unwrap(), plain);
    }

    #[test]
    fn two_ways_to_write_one_number_are_one_record_and_only_that_is_forgiven() {
        let with = |number: &str, day: &str| {
            let document_no = DocumentNumber::parse(number).unwrap();
            let decided_on = domain::parse_date(day).unwrap();
            let key = Key { document_no, decided_on, ..key(None) };
            let provenance =
                Some(pb::Provenance { producer: key.producer.to_string(), ..pb::Provenance::default() });
            NewRecord::new(key, pb::Record { provenance, ..penalty() }).unwrap()
        };
        let first = with("济市监罚〔2026〕1号", "2026-03-02");
        let other = with("济市监罚[2026] 1号", "2026-03-02");
        assert_eq!((&first.id, &first.written_id), (&other.id, &None));
        assert!(other.written_id.is_some());
        assert_eq!(other.message.document_no, "济市监罚[2026] 1号", "it is shown as it was written");
        assert!(first.is_told_by(&other.content) && other.is_told_by(&first.content));
        assert_eq!(other.other_key(&first.message), [""; 0]);
        let later = with("济市监罚[2026] 1号", "2026-03-03");
        assert!(!later.is_told_by(&first.content) && !first.is_told_by(&later.content));
        let next = with("济市监罚〔2026〕2号", "2026-03-02");
        assert!(!next.is_told_by(&first.content));
    }

    #[test]
    fn the_party_and_the_kind_are_part_of_the_identity() {
        let known = NewRecord::new(key(Some("91370102MA3C00011F")), penalty()).unwrap();
        let unknown = NewRecord::new(key(None), penalty()).unwrap();
        assert_ne!(known.id, unknown.id);
        let sampling = Some(Content::Sampling(pb::Sampling::default()));
        let sampled =
            NewRecord::new(key(None), pb::Record { content: sampling, ..pb::Record::default() }).unwrap();
        assert_ne!(unknown.id, sampled.id);
        assert_eq!(NewRecord::new(key(None), pb::Record::default()), None);
    }

    #[test]
    fn what_differs_in_the_key_is_named_and_nothing_else_is() {
        let provenance = Some(pb::Provenance {
            producer: "济南市市场监督管理局".to_owned(),
            ..pb::Provenance::default()
        });
        let kept = NewRecord::new(key(None), pb::Record { provenance, ..penalty() }).unwrap();
        let with = |change: fn(&mut Key)| {
            let mut key = key(None);
            change(&mut key);
            NewRecord::new(key, penalty()).unwrap().other_key(&kept.message)
        };
        assert_eq!(with(|key| key.decided_on = domain::parse_date("2026-01-01").unwrap()), [""; 0]);
        assert_eq!(
            with(|key| key.party_name = LegalName::parse("济南他人有限公司").unwrap()),
            ["party_name"]
        );
        let coded = |key: &mut Key| key.uscc = Uscc::parse("91370102MA3C00011F").ok();
        assert_eq!(with(coded), ["uscc"]);
        let sampling = Some(Content::Sampling(pb::Sampling::default()));
        let other = NewRecord::new(
            Key {
                producer: LegalName::parse("济南市公安局").unwrap(),
                document_no: DocumentNumber::parse("2号").unwrap(),
                ..key(None)
            },
            pb::Record { content: sampling, ..pb::Record::default() },
        );
        let paths = other.unwrap().other_key(&kept.message);
        assert_eq!(paths, ["sampling", "provenance.producer", "document_no"]);
    }

    #[test]
    fn kinds_have_names_and_back() {
        for kind in Kind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(kind));
        }
        assert!("Permit".parse::<Kind>().is_err());
    }
}
