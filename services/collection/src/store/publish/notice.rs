//! A record in the words of the exchange.
//!
//! What the record does not state falls back on what it does: an authority and a source unit on the provenance (but of what a service
//! told, which names the service), the code of one on that of the other where both are one unit, the kind of the party on its
//! credit code, the penalty in words on its kinds. What a receiver must have and nobody stated keeps the record from it; nothing
//! is invented.

use chrono::NaiveDate;
use contract::collection::v1 as pb;
use contract::collection::v1::record::Content;
use domain::{LONG_TERM_END, Money, Uscc};
use exchange::notice::{Action, CheckNotice, Notice, PartyCodes, PenaltyNotice, PermitNotice, Withdrawal};
use exchange::{Adapter, Unmappable};
use rulebook::{Rulebook, penalty_in_words};

use crate::domain::{Kind, privacy};
use crate::store::{Act, Store};

/// Kinds of check, in the words of the publicity system's result form: drawn, or any other.
const DRAWN: &str = "抽查";
const CHECK: &str = "检查";

/// What a receiver is told.
#[derive(Debug)]
pub(super) struct Message {
    /// Kind of the delivery.
    pub(super) kind: String,
    /// Its content.
    pub(super) content: Vec<u8>,
}

/// Why a receiver cannot be told. The words are for officers.
#[derive(Debug, thiserror::Error)]
pub(super) enum Untellable {
    /// The receiver asks for something that the record does not state.
    #[error("缺少必填项“{name}”")]
    Missing {
        /// The receiver's name of it.
        name: String,
        /// Our name of the fact.
        fact: String,
    },
    /// A text holds a number of a person: it must be taken out by a correction first (order 45 arts 5 to 7).
    #[error("“{name}”中疑似含有个人电话或身份证号码，须先更正后再公示")]
    Personal {
        /// The receiver's name of it.
        name: String,
        /// Our name of the fact.
        fact: String,
    },
    /// The receiver does not take such records on the day, or not with this code.
    #[error("对方不接收: {0}")]
    NotTaken(String),
    /// The party has no credit code: natural persons are not published.
    #[error("无统一社会信用代码的相对人不予公示")]
    NoCode,
}

impl Untellable {
    /// Where in a record of this kind an officer puts it right; `None` for what no correction helps.
    pub(super) fn path(&self, kind: Kind) -> Option<String> {
        let (Self::Missing { fact, .. } | Self::Personal { fact, .. }) = self else { return None };
        let of_content = |field: &str| format!("{}.{field}", kind.as_str());
        Some(match fact.as_str() {
            "party_name" | "party_kind" | "uscc" | "source_unit" | "source_unit_uscc" | "remark" => {
                fact.clone()
            }
            "legal_name" => "party_name".to_owned(),
            "decision_no" => "document_no".to_owned(),
            "decided_on" | "checked_on" => "decided_on".to_owned(),
            "fine" | "confiscated" => of_content(&format!("{fact}_fen")),
            other => of_content(other),
        })
    }
}

/// By what `receiver` is told to show a record no longer. It can always be told: see [`Withdrawal`].
pub(super) fn withdrawal(store: &Store, act: &Act, record: &pb::Record, receiver: &str) -> Message {
    let notice = match &record.content {
        Some(Content::Permit(_)) => PermitNotice::NAME,
        Some(Content::Inspection(_)) => CheckNotice::NAME,
        _ => PenaltyNotice::NAME,
    };
    let withdrawal = Withdrawal {
        notice,
        uscc: &record.uscc,
        document_no: &record.document_no,
        decided_on: day(&record.decided_on),
        revision: record.revision,
    };
    let content = Adapter::new(&store.book, receiver, act.today).withdrawal(&withdrawal);
    Message { kind: withdrawal.kind(), content }
}

/// What `receiver` is told of a record on the day of the act. `ends_on`: last day of the term, where it is known.
pub(super) fn message(
    store: &Store,
    act: &Act,
    record: &pb::Record,
    receiver: &str,
    ends_on: Option<NaiveDate>,
) -> Result<Message, Untellable> {
    let (Ok(uscc), Some(content)) = (Uscc::parse(&record.uscc), &record.content) else {
        return Err(Untellable::NoCode);
    };
    let told = Told { book: &store.book, receiver, today: act.today, record, uscc: &uscc };
    match content {
        Content::Permit(permit) => told.permit(permit),
        Content::Penalty(penalty) => told.penalty(penalty, ends_on),
        Content::Inspection(inspection) => told.check(inspection),
        Content::Sampling(_) | Content::ListEntry(_) => {
            Err(Untellable::NotTaken("sampling, list entry".to_owned()))
        }
    }
}

/// Who is told, when, and of what.
#[derive(Clone, Copy)]
struct Told<'a> {
    book: &'a Rulebook,
    receiver: &'a str,
    today: NaiveDate,
    record: &'a pb::Record,
    uscc: &'a Uscc,
}

impl Told<'_> {
    fn permit(self, permit: &pb::Permit) -> Result<Message, Untellable> {
        let units = Units::of(self.record, &permit.authority, &permit.authority_uscc);
        let decided_on = day(&self.record.decided_on).unwrap_or(self.today);
        self.write(&PermitNotice {
            action: Action::Publish,
            party_name: &self.record.party_name,
            party_kind: self.party_kind(),
            uscc: self.uscc,
            party_codes: self.party_codes(),
            decision_title: &permit.decision_title,
            decision_no: &self.record.document_no,
            permit_class: &permit.permit_class,
            certificate_name: &permit.certificate_name,
            permit_no: &permit.permit_no,
            content: &permit.content,
            decided_on,
            valid_from: day(&permit.valid_from).unwrap_or(decided_on),
            valid_to: day(&permit.valid_to).unwrap_or(LONG_TERM_END),
            authority: units.authority,
            authority_uscc: units.authority_uscc,
            state: &permit.state,
            source_unit: units.source,
            source_unit_uscc: units.source_uscc,
            remark: &self.record.remark,
            revision: self.record.revision,
        })
    }

    fn penalty(self, penalty: &pb::Penalty, ends_on: Option<NaiveDate>) -> Result<Message, Untellable> {
        let units = Units::of(self.record, &penalty.authority, &penalty.authority_uscc);
        let decided_on = day(&self.record.decided_on).unwrap_or(self.today);
        let amount = |fen: i64| Money::from_fen(fen).ok().filter(|money| *money != Money::ZERO);
        let (fine, confiscated) = (amount(penalty.fine_fen), amount(penalty.confiscated_fen));
        let kinds = penalty.penalty_kinds.iter();
        let kinds = kinds.filter_map(|kind| self.book.code("penalty_kind", kind, decided_on));
        let in_words = match penalty.content.as_str() {
            "" => penalty_in_words(kinds, fine, confiscated),
            stated => stated.to_owned(),
        };
        self.write(&PenaltyNotice {
            action: Action::Publish,
            party_name: &self.record.party_name,
            party_kind: self.party_kind(),
            uscc: self.uscc,
            party_codes: self.party_codes(),
            decision_no: &self.record.document_no,
            violation_type: &penalty.violation_type,
            violation_facts: &penalty.violation_facts,
            legal_basis: &penalty.legal_basis,
            penalty_kinds: &penalty.penalty_kinds,
            content: &in_words,
            fine,
            confiscated,
            affected_certificate: &penalty.affected_certificate,
            decided_on,
            valid_to: day(&penalty.valid_to),
            publication_end: ends_on,
            authority: units.authority,
            authority_uscc: units.authority_uscc,
            source_unit: units.source,
            source_unit_uscc: units.source_uscc,
            decision_text: &self.record.decision_text,
            decision_text_digest: &self.record.decision_text_digest,
            remark: &self.record.remark,
            revision: self.record.revision,
        })
    }

    fn check(self, inspection: &pb::Inspection) -> Result<Message, Untellable> {
        let units = Units::of(self.record, &inspection.authority, "");
        let drawn = !inspection.task.is_empty() || !inspection.task_no.is_empty();
        self.write(&CheckNotice {
            action: Action::Publish,
            uscc: self.uscc,
            legal_name: &self.record.party_name,
            authority: units.authority,
            kind: if drawn { DRAWN } else { CHECK },
            checked_on: day(&self.record.decided_on).unwrap_or(self.today),
            result: &inspection.result,
            plan_no: &inspection.plan_no,
            task_no: &inspection.task_no,
            plan_name: &inspection.plan_name,
            items: &inspection.items,
            revision: self.record.revision,
        })
    }

    /// A sole trader is registered as one; whoever else has a code is a legal person or other organisation.
    fn party_kind(&self) -> &str {
        const SOLE_TRADER: &str = "92";
        match self.record.party_kind.as_str() {
            "" if self.uscc.as_str().starts_with(SOLE_TRADER) => "sole_trader",
            "" => "legal_or_unincorporated",
            stated => stated,
        }
    }

    fn party_codes(&self) -> PartyCodes<'_> {
        let codes = self.record.party_codes.as_ref();
        codes
            .map(|codes| PartyCodes {
                registration_no: &codes.registration_no,
                organization_code: &codes.organization_code,
                tax_no: &codes.tax_no,
                institution_no: &codes.institution_no,
                society_no: &codes.society_no,
            })
            .unwrap_or_default()
    }

    fn write<N: Notice>(&self, notice: &N) -> Result<Message, Untellable> {
        let fields = self.book.exchange_fields(self.receiver, N::NAME, self.today);
        let facts = notice.facts();
        for field in fields.iter().filter(|field| privacy::FREE_TEXTS.contains(&field.fact.as_str())) {
            let mut texts = facts.texts_of(&field.fact).iter();
            if texts.any(|text| privacy::without_personal_numbers(text).is_err()) {
                return Err(Untellable::Personal { name: field.name.clone(), fact: field.fact.clone() });
            }
        }
        let content = Adapter::new(self.book, self.receiver, self.today).content(notice);
        let content = content.map_err(|problem| match problem {
            Unmappable::Missing { name, fact, .. } => Untellable::Missing { name, fact },
            other => Untellable::NotTaken(other.to_string()),
        })?;
        Ok(Message { kind: notice.kind(), content })
    }
}

/// Who decided, and whom the data comes from.
struct Units<'a> {
    authority: &'a str,
    authority_uscc: &'a str,
    source: &'a str,
    source_uscc: &'a str,
}

impl<'a> Units<'a> {
    fn of(record: &'a pb::Record, authority: &'a str, authority_uscc: &'a str) -> Self {
        let provenance = record.provenance.as_ref().filter(|_| record.origin.is_empty());
        let or = |stated: &'a str, other: Option<&'a String>| match stated {
            "" => other.map(String::as_str).unwrap_or_default(),
            stated => stated,
        };
        let authority = or(authority, provenance.map(|provenance| &provenance.producer));
        let source = or(&record.source_unit, provenance.map(|provenance| &provenance.provider));
        let (mut authority_uscc, mut source_uscc) = (authority_uscc, record.source_unit_uscc.as_str());
        if authority == source {
            // One unit has one code.
            let known = if authority_uscc.is_empty() { source_uscc } else { authority_uscc };
            authority_uscc = known;
            source_uscc = if source_uscc.is_empty() { known } else { source_uscc };
        }
        Self { authority, authority_uscc, source, source_uscc }
    }
}

fn day(text: &str) -> Option<NaiveDate> {
    domain::parse_date(text).ok()
}
