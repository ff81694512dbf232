//! Inspection's results: each becomes an inspection record of the enterprise when it is approved, and is handed to the publicity
//! system when it is published (谁检查、谁录入、谁公开), in the name of the bureau that checked. One that is withdrawn comes from
//! here: inspection withdraws its result because the record was.

use contract::collection::v1 as pb;
use contract::collection::v1::record::Content;
use contract::inspection::v1::{Visit, VisitEvent};
use db::Tx;
use domain::{DivisionCode, DocumentNumber, FieldCode, LegalName, Uscc};
use feed::{ApplyError, Event, Reaction};
use rulebook::Rulebook;

use super::Hands;
use crate::domain::bureau::bureau_of;
use crate::domain::{Key, Kind, NaturalId, NewRecord};

/// The service, as origin and as unit that provides the record.
const INSPECTION: &str = "inspection";
/// Mode of the visits of a drawn task.
const ROUTINE: &str = "Routine";
/// Mode of those that follow a clue.
const CLUE_LED: &str = "ClueLed";
const APPROVED: &str = "inspection.result.approved";
const PUBLISHED: &str = "inspection.result.published";

/// Takes results, and has them published.
#[derive(Debug)]
pub(crate) struct Results(pub(crate) Hands);

impl Reaction for Results {
    const NAME: &'static str = "collection.inspection-results";
    const KINDS: &'static [&'static str] = &[APPROVED, PUBLISHED];

    async fn react(&self, tx: &mut Tx, event: &Event) -> Result<(), ApplyError> {
        let Some(told) = event.payload::<VisitEvent>()? else { return Ok(()) };
        let visit = told.visit.ok_or_else(|| ApplyError::poison("the event tells no visit"))?;
        let (store, act) = (&self.0.store, self.0.act(event));
        let uscc = Uscc::parse(&visit.uscc).map_err(ApplyError::poison)?;
        let name = store.registered_name(tx, &uscc).await?;
        let key = key(&visit, uscc, name)?;
        let published = event.kind() == PUBLISHED;
        let id = store.id_of_result(tx, id_of(&key), &visit.result, key.decided_on).await?;
        // Who publishes a result need not be who approved it, and answers for it.
        let answers = if published { store.responsible(tx, &id).await? } else { None };
        let office = answers.unwrap_or_else(|| event.header().office.clone());
        let new = record(store.book(), key, visit, &office)?.known_as(id);
        store.take_derived(tx, &act, INSPECTION, &new).await?;
        if published {
            store.publish_derived(tx, &act, &new.id).await?;
        }
        Ok(())
    }
}

/// What the record of a visit is known by. `name` of the party as registered, its code while that is not known.
fn key(visit: &Visit, uscc: Uscc, name: Option<String>) -> Result<Key, ApplyError> {
    let party_name = name.unwrap_or_else(|| uscc.to_string());
    Ok(Key {
        party_name: LegalName::parse(&party_name).map_err(ApplyError::poison)?,
        field: Some(FieldCode::parse(&visit.field).map_err(ApplyError::poison)?),
        division: Some(DivisionCode::parse(&visit.division).map_err(ApplyError::poison)?),
        producer: LegalName::parse(INSPECTION).map_err(ApplyError::poison)?,
        document_no: DocumentNumber::parse(&visit.name).map_err(ApplyError::poison)?,
        decided_on: domain::parse_date(&visit.visited_on).map_err(ApplyError::poison)?,
        uscc: Some(uscc),
    })
}

fn id_of(key: &Key) -> NaturalId {
    let party = key.uscc.as_ref().map_or(key.party_name.as_str(), Uscc::as_str);
    NewRecord::ids_of(Kind::Inspection, &key.producer, &key.document_no, party).0
}

/// The record of a visit; `office` approved the result and answers for it.
fn record(book: &Rulebook, key: Key, visit: Visit, office: &str) -> Result<NewRecord, ApplyError> {
    // Nobody was drawn for a visit that follows a clue: who is told of it is told of a check, and of no draw.
    let drawn = visit.name.split_once("/visits/").filter(|_| !visit.clue_led);
    let task = drawn.map_or("", |(task, _)| task).to_owned();
    let authority = key.division.as_ref().and_then(|place| bureau_of(book, office, place, key.decided_on));
    let content = Content::Inspection(pb::Inspection {
        mode: if visit.clue_led { CLUE_LED } else { ROUTINE }.to_owned(),
        result: visit.result,
        critical_count: visit.critical_count,
        serious_count: visit.serious_count,
        minor_count: visit.minor_count,
        task,
        authority: authority.unwrap_or_default().to_owned(),
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

    fn of(visit: Visit) -> Result<NewRecord, ApplyError> {
        let uscc = Uscc::parse(&visit.uscc).unwrap();
        record(&Rulebook::builtin(), key(&visit, uscc, None)?, visit, "FOOD_PROD")
    }

    #[test]
    fn a_visit_becomes_a_record_that_names_its_task_its_bureau_and_who_answers_for_it() {
        let new = of(visit()).unwrap();
        assert_eq!(new.party_name.as_str(), visit().uscc);
        assert_eq!(new.message.provenance.unwrap().responsible, "FOOD_PROD");
        let Some(Content::Inspection(said)) = new.message.content else { panic!("a visit is an inspection") };
        assert_eq!((said.task.as_str(), said.result.as_str(), said.serious_count), ("tasks/t1", "5", 2));
        assert_eq!(said.authority, "济南市市场监督管理局");
    }

    #[test]
    fn a_visit_that_follows_a_clue_is_told_as_one_by_a_code_that_the_rulebook_has_and_as_no_draw() {
        let mode_and_task = |clue_led| {
            let new = of(Visit { clue_led, ..visit() }).unwrap();
            let Some(Content::Inspection(said)) = new.message.content else {
                panic!("a visit is an inspection")
            };
            (said.mode, said.task)
        };
        let told = |mode: &str, task: &str| (mode.to_owned(), task.to_owned());
        assert_eq!(mode_and_task(false), told(ROUTINE, "tasks/t1"));
        assert_eq!(mode_and_task(true), told(CLUE_LED, ""), "a record of a drawn task is told as 抽查");
        let code =
            |mode| Rulebook::builtin().code("inspection_mode", mode, "2026-02-27".parse().unwrap()).cloned();
        assert!(code(ROUTINE).is_some() && code(CLUE_LED).is_some_and(|code| code.has_tag("clue_led")));
    }

    #[test]
    fn a_record_is_found_by_what_its_visit_is_known_by() {
        let uscc = Uscc::parse(&visit().uscc).unwrap();
        let key = key(&visit(), uscc, Some("济南某某食品有限公司".to_owned())).unwrap();
        assert_eq!(id_of(&key), of(visit()).unwrap().id);
    }

    #[test]
    fn a_visit_without_a_date_is_poison() {
        let undated = Visit { visited_on: String::new(), ..visit() };
        assert!(matches!(of(undated), Err(ApplyError::Poison(_))));
    }
}
