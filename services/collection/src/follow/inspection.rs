//! Inspection's approved results: each becomes an inspection record of the enterprise.

use contract::collection::v1 as pb;
use contract::collection::v1::record::Content;
use contract::inspection::v1::{Visit, VisitEvent};
use db::Tx;
use domain::{DivisionCode, DocumentNumber, FieldCode, LegalName, Uscc};
use feed::{ApplyError, Event, Reaction};

use super::Hands;
use crate::domain::{Key, NewRecord};

/// The service, as origin and as unit that provides the record.
const INSPECTION: &str = "inspection";
/// Mode of the visits of a drawn task.
const ROUTINE: &str = "Routine";

/// Takes approved results.
#[derive(Debug)]
pub(crate) struct Results(pub(crate) Hands);

impl Reaction for Results {
    const NAME: &'static str = "collection.inspection-results";
    const KINDS: &'static [&'static str] = &["inspection.result.approved"];

    async fn react(&self, tx: &mut Tx, event: &Event) -> Result<(), ApplyError> {
        let Some(told) = event.payload::<VisitEvent>()? else { return Ok(()) };
        let visit = told.visit.ok_or_else(|| ApplyError::poison("the event tells no visit"))?;
        let uscc = Uscc::parse(&visit.uscc).map_err(ApplyError::poison)?;
        let name = self.0.store.registered_name(tx, &uscc).await?;
        let new = record(visit, uscc, name, &event.header().office)?;
        self.0.store.take_derived(tx, &self.0.act(event), INSPECTION, &new).await?;
        Ok(())
    }
}

/// The record of a visit. `name` of the party as registered, its code while that is not known; `office` approved the
/// result and answers for it.
fn record(visit: Visit, uscc: Uscc, name: Option<String>, office: &str) -> Result<NewRecord, ApplyError> {
    let party_name = name.unwrap_or_else(|| uscc.to_string());
    let key = Key {
        party_name: LegalName::parse(&party_name).map_err(ApplyError::poison)?,
        field: Some(FieldCode::parse(&visit.field).map_err(ApplyError::poison)?),
        division: Some(DivisionCode::parse(&visit.division).map_err(ApplyError::poison)?),
        producer: LegalName::parse(INSPECTION).map_err(ApplyError::poison)?,
        document_no: DocumentNumber::parse(&visit.name).map_err(ApplyError::poison)?,
        decided_on: domain::parse_date(&visit.visited_on).map_err(ApplyError::poison)?,
        uscc: Some(uscc),
    };
    let task = visit.name.split_once("/visits/").map_or("", |(task, _)| task).to_owned();
    let content = Content::Inspection(pb::Inspection {
        mode: ROUTINE.to_owned(),
        result: visit.result,
        critical_count: visit.critical_count,
        serious_count: visit.serious_count,
        minor_count: visit.minor_count,
        task,
        ..pb::Inspection::default()
    });
    let provenance = pb::Provenance {
        producer: INSPECTION.to_owned(),
        provider: INSPECTION.to_owned(),
        responsible: office.to_owned(),
    };
    let message =
        pb::Record { content: Some(content), provenance: Some(provenance), ..pb::Record::default() };
    NewRecord::new(key, message).ok_or_else(|| ApplyError::poison("a visit says nothing"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn visit() -> Visit {
        Visit {
            name: "tasks/t1/visits/91370102MA3C00011F".to_owned(),
            uscc: "91370102MA3C00011F".to_owned(),
            field: "FOOD".to_owned(),
            division: "370102".to_owned(),
            result: "5".to_owned(),
            visited_on: "2026-02-27".to_owned(),
            serious_count: 2,
            ..Visit::default()
        }
    }

    #[test]
    fn a_visit_becomes_a_record_that_names_its_task_and_who_answers_for_it() {
        let uscc = Uscc::parse("91370102MA3C00011F").unwrap();
        let new = record(visit(), uscc.clone(), None, "FOOD_PROD").unwrap();
        assert_eq!(new.party_name.as_str(), uscc.as_str());
        assert_eq!(new.message.provenance.unwrap().responsible, "FOOD_PROD");
        let Some(Content::Inspection(said)) = new.message.content else { panic!("a visit is an inspection") };
        assert_eq!((said.task.as_str(), said.result.as_str(), said.serious_count), ("tasks/t1", "5", 2));
    }

    #[test]
    fn a_visit_without_a_date_is_poison() {
        let uscc = Uscc::parse("91370102MA3C00011F").unwrap();
        let undated = Visit { visited_on: String::new(), ..visit() };
        assert!(matches!(record(undated, uscc, None, "FOOD_PROD"), Err(ApplyError::Poison(_))));
    }
}
