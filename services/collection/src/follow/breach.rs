//! Registry's confirmed breaches of commitments: each becomes a record of the party, and its closing changes the record (R21).
//!
//! A breach stands in the records as an entry of the kind that lists have: what it triggers is a code of the rulebook, as for
//! the lists of punishment. A suspicion is no record.

use contract::collection::v1 as pb;
use contract::collection::v1::record::Content;
use contract::registry::v1::{Breach, BreachEvent};
use db::Tx;
use domain::{DivisionCode, DocumentNumber, FieldCode, LegalName, Uscc};
use feed::{ApplyError, Event, Reaction};

use super::Hands;
use crate::domain::{Key, NewRecord};

/// The service, as origin and as unit that provides the record.
const REGISTRY: &str = "registry";
/// Code of the rulebook's set `measure_trigger` for a broken commitment.
const BROKEN_COMMITMENT: &str = "BROKEN_COMMITMENT";

/// Takes breaches.
#[derive(Debug)]
pub(crate) struct Breaches(pub(crate) Hands);

impl Reaction for Breaches {
    const NAME: &'static str = "collection.breaches";
    const KINDS: &'static [&'static str] = &["registry.breach.confirmed", "registry.breach.closed"];

    async fn react(&self, tx: &mut Tx, event: &Event) -> Result<(), ApplyError> {
        let Some(told) = event.payload::<BreachEvent>()? else { return Ok(()) };
        let breach = told.breach.ok_or_else(|| ApplyError::poison("the event tells no breach"))?;
        if let Some(new) = record(&breach)? {
            self.0.store.take_derived(tx, &self.0.act(event), REGISTRY, &new).await?;
        }
        Ok(())
    }
}

/// The record of a breach; none of one that was closed without an order, since it was never confirmed.
fn record(breach: &Breach) -> Result<Option<NewRecord>, ApplyError> {
    if breach.ordered_on.is_empty() {
        return Ok(None);
    }
    let key = Key {
        uscc: Some(Uscc::parse(&breach.uscc).map_err(ApplyError::poison)?),
        party_name: LegalName::parse(&breach.legal_name).map_err(ApplyError::poison)?,
        field: Some(FieldCode::parse(&breach.field).map_err(ApplyError::poison)?),
        division: Some(DivisionCode::parse(&breach.division).map_err(ApplyError::poison)?),
        producer: LegalName::parse(REGISTRY).map_err(ApplyError::poison)?,
        document_no: DocumentNumber::parse(&breach.name).map_err(ApplyError::poison)?,
        decided_on: domain::parse_date(&breach.ordered_on).map_err(ApplyError::poison)?,
    };
    let status = if breach.closed_on.is_empty() { "Listed" } else { "Removed" };
    let content = Content::ListEntry(pb::ListEntry {
        list: BROKEN_COMMITMENT.to_owned(),
        entry: breach.name.clone(),
        ground: String::new(),
        status: status.to_owned(),
        removed_on: breach.closed_on.clone(),
    });
    let provenance = pb::Provenance {
        producer: REGISTRY.to_owned(),
        provider: REGISTRY.to_owned(),
        responsible: breach.office.clone(),
    };
    let message =
        pb::Record { content: Some(content), provenance: Some(provenance), ..pb::Record::default() };
    let new = NewRecord::new(key, message);
    new.map(Some).ok_or_else(|| ApplyError::poison("a breach says nothing"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn breach() -> Breach {
        Breach {
            name:
                "enterprises/91370102MA3C00011F/commitments/0192d3a0-0000-7000-8000-00000000000a/breaches/1"
                    .into(),
            uscc: "91370102MA3C00011F".into(),
            legal_name: "济南某某食品有限公司".into(),
            field: "FOOD".into(),
            division: "370102".into(),
            office: "FOOD_PROD".into(),
            ordered_on: "2026-02-02".into(),
            ..Breach::default()
        }
    }

    fn entry(new: &NewRecord) -> pb::ListEntry {
        match &new.message.content {
            Some(Content::ListEntry(entry)) => entry.clone(),
            other => panic!("a breach stands as an entry, not as {other:?}"),
        }
    }

    #[test]
    fn a_breach_and_its_closing_are_one_record_for_which_the_line_office_answers() {
        let open = record(&breach()).unwrap().unwrap();
        let closed = Breach { closed_on: "2026-03-02".into(), ..breach() };
        let closed = record(&closed).unwrap().unwrap();
        assert_eq!((&open.id, open.decided_on), (&closed.id, closed.decided_on));
        assert_eq!(open.message.provenance.as_ref().unwrap().responsible, "FOOD_PROD");
        assert_eq!((entry(&open).list.as_str(), entry(&open).status.as_str()), (BROKEN_COMMITMENT, "Listed"));
        assert_eq!(
            (entry(&closed).status.as_str(), entry(&closed).removed_on.as_str()),
            ("Removed", "2026-03-02")
        );
    }

    #[test]
    fn the_code_of_the_entry_is_one_of_the_rulebook() {
        let day = domain::parse_date("2026-02-02").unwrap();
        assert!(rulebook::Rulebook::builtin().code("measure_trigger", BROKEN_COMMITMENT, day).is_some());
    }

    #[test]
    fn a_suspicion_that_was_dismissed_is_no_record() {
        let dismissed = Breach { ordered_on: String::new(), closed_on: "2026-02-01".into(), ..breach() };
        assert!(record(&dismissed).unwrap().is_none());
    }
}
