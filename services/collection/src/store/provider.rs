//! Who acts on a record: the office that answers for it, or the bureau that provided it (谁提供、谁负责); which office has which part
//! for which kind of record is data of the rulebook.

use chrono::NaiveDate;
use contract::collection::v1 as pb;
use service::auth::Caller;
use service::machine::{Actor, Office};

use super::Store;
use super::record_row::Stored;
use crate::domain::Kind;
use crate::error::Error;
use crate::machines::record::PROVIDER;

/// Set of the acts; each code says by its tags which offices may do it to records of a kind.
const ACTS: &str = "record_act";
/// In the table, the offices that own the record's field, or the bureau of the district where it has none.
const OWNER: &str = "OWNER";
/// In the table, the bureau that produced or provided the record, or answers for it.
const UNIT: &str = "UNIT";

/// What is done to a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RecordAct {
    /// It is corrected.
    Correct,
    /// It is withdrawn.
    Withdraw,
    /// An objection to it is answered.
    Answer,
    /// A remedy against its decision is entered.
    Remedy,
    /// It is said by which of two laws its term on a chain runs.
    ChooseLaw,
    /// The province in which its party is registered is told of it.
    Push,
}

impl RecordAct {
    /// Its code in the rulebook.
    fn code(self) -> &'static str {
        match self {
            Self::Correct => "correct",
            Self::Withdraw => "withdraw",
            Self::Answer => "answer",
            Self::Remedy => "remedy",
            Self::ChooseLaw => "law",
            Self::Push => "push",
        }
    }
}

impl Store {
    /// The caller as one who provides the record, where the table of the day lets him do `what`.
    ///
    /// # Errors
    /// [`Error::NotProvider`], with the offices that may.
    pub(super) fn provider<'c>(
        &self,
        stored: &Stored,
        caller: &'c Caller,
        what: RecordAct,
        today: NaiveDate,
    ) -> Result<Actor<'c>, Error> {
        let kind = stored.record.content.as_ref().map_or(Kind::Inspection, Kind::of);
        let code = self.book.code(ACTS, what.code(), today);
        let named = code.and_then(|code| code.tag_value(kind.as_str())).unwrap_or_default();
        let owners: Vec<&str> = match stored.field.as_ref().and_then(|field| self.book.field(field)) {
            Some(field) => field.owner_offices.iter().map(domain::OfficeCode::as_str).collect(),
            None => vec![Office::DISTRICT.code()],
        };
        let mut offices: Vec<&str> = Vec::new();
        let mut by_unit = false;
        for name in named.split('+') {
            match name {
                OWNER => offices.extend(&owners),
                UNIT => by_unit = true,
                office => offices.push(office),
            }
        }
        let office = caller.office().as_str();
        if offices.contains(&office) || (by_unit && provided(caller, stored.record.provenance.as_ref())) {
            return Ok(Actor::person(PROVIDER.code(), caller.subject()));
        }
        let unit = stored.record.provenance.as_ref().filter(|_| by_unit);
        let offices: Vec<_> = offices.into_iter().chain(unit.map(|unit| unit.provider.as_str())).collect();
        Err(Error::NotProvider {
            name: stored.record.name.clone(),
            office: office.to_owned(),
            offices: offices.join(", "),
        })
    }
}

/// Whether the caller is of a bureau that produced the record, provided it, or answers for it: of a district whose name is in that of
/// the unit; or of the office that the service names which the record is derived from.
fn provided(caller: &Caller, provenance: Option<&pb::Provenance>) -> bool {
    let Some(provenance) = provenance else { return false };
    let office = caller.office().as_str();
    let units = [&provenance.producer, &provenance.provider, &provenance.responsible];
    let of_district = |unit: &str| {
        let own = |division: &domain::DivisionCode| {
            // The name of the city is in that of every bureau of it.
            let below = division.parent().is_some_and(|parent| parent.parent().is_some());
            below && division.name_zh().is_some_and(|name| unit.contains(name))
        };
        office == Office::DISTRICT.code() && caller.divisions().iter().any(own)
    };
    units.iter().any(|unit| unit.as_str() == office || of_district(unit))
}
