//! collection's feed: penalties of a party, which its applications for repair are judged by, and what penalties and broken commitments
//! trigger without a listing. What is withdrawn, undone or erased goes.

use std::collections::BTreeSet;

use contract::collection::v1::{LawChoice, Penalty, Publication, Record, RecordEvent, record::Content};
use db::Tx;
use domain::Uscc;
use feed::{ApplyError, Event, Projection};

use super::lists::failed;
use crate::domain::list::{EntryName, List, Standing};
use crate::error::Error;
use crate::store::{
    Breach, PenaltyRow, Store, clear_penalties, forget_suspension, owners_of, put_penalties, turn_suspension,
};

const DETACHED: &str = "collection.record.detached";
const ERASED: &str = "collection.record.erased";
const RESUMED: &str = "collection.record.resumed";
const SUSPENDED: &str = "collection.record.suspended";
const WITHDRAWN: &str = "collection.record.withdrawn";

/// States of a publication in which its chain shows nothing.
const NOT_SHOWN: [&str; 2] = ["Blocked", "Ended"];

/// Whether a chain shows a penalty: it did once, and has not confirmed that it stopped.
pub(crate) fn shows(publication: &Publication) -> bool {
    !publication.published_on.is_empty() && !NOT_SHOWN.contains(&publication.state.as_str())
}

/// The copy of the penalties, and what records trigger.
#[derive(Clone, Debug)]
pub struct Penalties(Store);

impl Penalties {
    /// Writes through `store`.
    pub fn new(store: Store) -> Self {
        Self(store)
    }

    /// Copies penalties, and brings what they trigger up to date for whoever they are about now, or were before.
    async fn take(&self, tx: &mut Tx, rows: Vec<PenaltyRow>) -> Result<(), ApplyError> {
        let records: Vec<_> = rows.iter().map(|row| row.record.as_str()).collect();
        let mut parties: BTreeSet<String> = owners_of(tx, &records).await?.into_iter().collect();
        parties.extend(rows.iter().filter_map(|row| row.content.as_ref()).map(|record| record.uscc.clone()));
        put_penalties(tx, rows).await.map_err(failed)?;
        for party in parties {
            let uscc = Uscc::parse(&party).map_err(ApplyError::poison)?;
            self.0.triggers_follow(tx, &uscc).await.map_err(failed)?;
        }
        Ok(())
    }
}

fn is_gone(kind: &str) -> bool {
    [DETACHED, ERASED, WITHDRAWN].contains(&kind)
}

/// What a record says of a broken commitment; `None` for other records, and for those of nobody.
fn breach(record: &Record) -> Result<Option<Breach>, ApplyError> {
    let Some(Content::ListEntry(entry)) = &record.content else { return Ok(None) };
    if entry.list != List::BrokenCommitment.word() || record.uscc.is_empty() {
        return Ok(None);
    }
    let day = |text: &str| domain::parse_date(text).map_err(ApplyError::poison);
    let standing = Standing {
        name: EntryName::parse(List::BrokenCommitment, &record.name).map_err(ApplyError::poison)?,
        uscc: Uscc::parse(&record.uscc).map_err(ApplyError::poison)?,
        ground: entry.ground.clone(),
        listed_on: day(&record.decided_on)?,
        term_ends_on: None,
        removed_on: Some(entry.removed_on.as_str()).filter(|text| !text.is_empty()).map(day).transpose()?,
        suspended_on: None,
        decision_no: record.document_no.clone(),
        suspensions: Vec::new(),
        lifted: Vec::new(),
    };
    Ok(Some(Breach {
        standing,
        suspended: !record.suspended_by.is_empty(),
        party_name: record.party_name.clone(),
        division: record.division.clone(),
    }))
}

/// What an event says of a breach.
#[derive(Debug)]
enum BreachTold {
    /// How it stands.
    Stands(Box<Breach>),
    /// Its record tells none, or none any more: it is gone, about nobody, or of another list.
    Gone,
    /// The record is of another kind.
    Nothing,
}

fn breach_told(kind: &str, record: &Record) -> Result<BreachTold, ApplyError> {
    if is_gone(kind) {
        return Ok(BreachTold::Gone);
    }
    let of_a_list = matches!(record.content, Some(Content::ListEntry(_)));
    let otherwise = if of_a_list { BreachTold::Gone } else { BreachTold::Nothing };
    Ok(breach(record)?.map_or(otherwise, |breach| BreachTold::Stands(Box::new(breach))))
}

/// What an event says of the days on which the decision of a record is suspended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum OrderTold {
    /// From the day of the event on it is suspended, or is not any more. The day is that of the order, whoever the record is about by
    /// then; no other event tells it.
    Turned(bool),
    /// It was erased who the record is about: of its orders nothing is kept either.
    Forgotten,
    /// Nothing.
    Nothing,
}

fn order_told(kind: &str, record: &Record) -> OrderTold {
    if record.erase_time.is_some() {
        OrderTold::Forgotten
    } else if [RESUMED, SUSPENDED].contains(&kind) {
        OrderTold::Turned(!record.suspended_by.is_empty())
    } else {
        OrderTold::Nothing
    }
}

/// What an event says of a penalty; `None` for records of another kind.
fn penalty_row(kind: &str, record: Record) -> Option<PenaltyRow> {
    let Some(Content::Penalty(penalty)) = &record.content else { return None };
    let gone = is_gone(kind) || Uscc::parse(&record.uscc).is_err();
    let content = (!gone).then(|| what_counts(&record, penalty));
    Some(PenaltyRow { record: record.name, content })
}

/// Of a record, what repair needs: no facts of the breach and no names of units.
fn what_counts(record: &Record, penalty: &Penalty) -> Record {
    let penalty = Penalty {
        violation_type: penalty.violation_type.clone(),
        penalty_kinds: penalty.penalty_kinds.clone(),
        fine_fen: penalty.fine_fen,
        discretion_grade: penalty.discretion_grade.clone(),
        valid_to: penalty.valid_to.clone(),
        ..Penalty::default()
    };
    let publications = record.publications.iter().map(|one| Publication {
        chain: one.chain.clone(),
        state: one.state.clone(),
        published_on: one.published_on.clone(),
        law_choice: one
            .law_choice
            .as_ref()
            .map(|choice| LawChoice { regime: choice.regime.clone(), ..LawChoice::default() }),
        ..Publication::default()
    });
    Record {
        name: record.name.clone(),
        uscc: record.uscc.clone(),
        party_name: record.party_name.clone(),
        field: record.field.clone(),
        division: record.division.clone(),
        document_no: record.document_no.clone(),
        decided_on: record.decided_on.clone(),
        publications: publications.collect(),
        suspended_by: record.suspended_by.clone(),
        content: Some(Content::Penalty(penalty)),
        ..Record::default()
    }
}

impl Projection for Penalties {
    // Not a name that it had while it copied less (`punishment-penalties`, then `punishment-records`): whoever had followed so far reads
    // all records once more.
    const NAME: &'static str = crate::store::RECORDS_READER;
    const KINDS: &'static [&'static str] = &[
        "collection.record.accepted",
        "collection.record.attached",
        "collection.record.changed",
        "collection.record.corrected",
        DETACHED,
        ERASED,
        "collection.record.publication_changed",
        RESUMED,
        SUSPENDED,
        WITHDRAWN,
    ];

    async fn apply(&self, tx: &mut Tx, event: &Event) -> Result<(), ApplyError> {
        self.apply_batch(tx, std::slice::from_ref(event)).await
    }

    async fn apply_batch(&self, tx: &mut Tx, events: &[Event]) -> Result<(), ApplyError> {
        let mut rows = Vec::new();
        for event in events {
            let Some(record) = event.payload::<RecordEvent>()?.and_then(|payload| payload.record) else {
                continue;
            };
            match order_told(event.kind(), &record) {
                OrderTold::Turned(suspended) => {
                    let turned = (suspended, event.effective_on());
                    turn_suspension(tx, &record.name, turned).await.map_err(failed)?;
                }
                OrderTold::Forgotten => forget_suspension(tx, &record.name).await?,
                OrderTold::Nothing => {}
            }
            match breach_told(event.kind(), &record)? {
                BreachTold::Stands(breach) => self.0.breach_follows(tx, &breach).await.map_err(failed)?,
                BreachTold::Gone => self.0.breach_is_gone(tx, &record.name).await.map_err(failed)?,
                BreachTold::Nothing => {}
            }
            rows.extend(penalty_row(event.kind(), record));
        }
        self.take(tx, rows).await
    }

    async fn clear(&self, tx: &mut Tx) -> Result<(), sqlx::Error> {
        clear_penalties(tx).await?;
        self.0.clear_triggers(tx).await.map_err(|problem| match problem {
            Error::Common(service::Error::Store(source)) => source,
            other => sqlx::Error::Protocol(service::error::causes(&other)),
        })
    }
}

#[cfg(test)]
mod tests {
    use contract::collection::v1::{Inspection, ListEntry};

    use super::*;

    fn record(content: Content) -> Record {
        Record {
            name: "records/1".into(),
            uscc: "91370102MA3C00011F".into(),
            decided_on: "2026-03-02".into(),
            content: Some(content),
            ..Record::default()
        }
    }

    fn penalty() -> Record {
        let facts = Penalty {
            violation_facts: "经查,张某".into(),
            penalty_kinds: vec!["3".into()],
            ..Penalty::default()
        };
        record(Content::Penalty(facts))
    }

    #[test]
    fn only_penalties_of_known_parties_are_kept_and_only_while_they_stand() {
        let kept = |kind, record| penalty_row(kind, record).map(|row| row.content.is_some());
        assert_eq!(kept("collection.record.accepted", penalty()), Some(true));
        for kind in [DETACHED, ERASED, WITHDRAWN] {
            assert_eq!(kept(kind, penalty()), Some(false), "{kind}");
        }
        let nobody = Record { uscc: String::new(), ..penalty() };
        assert_eq!(kept("collection.record.accepted", nobody), Some(false));
        assert_eq!(
            kept("collection.record.accepted", record(Content::Inspection(Inspection::default()))),
            None
        );
    }

    #[test]
    fn a_broken_commitment_stands_from_the_order_to_its_closing() {
        let told = |list: &str, removed_on: &str| {
            let entry =
                ListEntry { list: list.into(), removed_on: removed_on.into(), ..ListEntry::default() };
            breach(&record(Content::ListEntry(entry))).unwrap().map(|breach| breach.standing)
        };
        let closed = told("BROKEN_COMMITMENT", "2026-04-01").unwrap();
        for (on, stands) in
            [("2026-03-01", false), ("2026-03-02", true), ("2026-03-31", true), ("2026-04-01", false)]
        {
            assert_eq!(closed.stands_on(domain::parse_date(on).unwrap()), stands, "{on}");
        }
        assert_eq!(told("BROKEN_COMMITMENT", "").unwrap().removed_on, None);
        // What is told of our own lists stands already.
        assert_eq!(told("SERIOUS", ""), None);
        assert!(breach(&penalty()).unwrap().is_none());
    }

    #[test]
    fn a_breach_of_nobody_or_of_another_list_is_gone() {
        let told = |list: &str, uscc: &str, kind: &str| {
            let entry = ListEntry { list: list.into(), ..ListEntry::default() };
            let record = record(Content::ListEntry(entry));
            breach_told(kind, &Record { uscc: uscc.into(), ..record }).unwrap()
        };
        let (list, party) = (List::BrokenCommitment.word(), "91370102MA3C00011F");
        let accepted = "collection.record.accepted";
        assert!(matches!(told(list, party, accepted), BreachTold::Stands(_)));
        for gone in [told(list, "", accepted), told("SERIOUS", party, accepted), told(list, party, DETACHED)]
        {
            assert!(matches!(gone, BreachTold::Gone), "{gone:?}");
        }
        assert!(matches!(breach_told(accepted, &penalty()).unwrap(), BreachTold::Nothing));
    }

    #[test]
    fn a_breach_says_whether_its_decision_is_suspended() {
        let breach_of = |suspended_by: &str| {
            let entry = ListEntry { list: List::BrokenCommitment.word().into(), ..ListEntry::default() };
            let record = record(Content::ListEntry(entry));
            breach(&Record { suspended_by: suspended_by.into(), ..record }).unwrap().unwrap().suspended
        };
        assert!(breach_of("remedies/1") && !breach_of(""));
    }

    #[test]
    fn of_a_record_that_was_erased_no_order_is_kept() {
        let suspended = Record { suspended_by: "remedies/1".into(), ..penalty() };
        assert_eq!(order_told(SUSPENDED, &suspended), OrderTold::Turned(true));
        assert_eq!(order_told(RESUMED, &penalty()), OrderTold::Turned(false));
        assert_eq!(order_told("collection.record.changed", &suspended), OrderTold::Nothing);
        for kind in [ERASED, SUSPENDED, RESUMED] {
            let erased = Record { erase_time: Some(prost_types::Timestamp::default()), ..suspended.clone() };
            assert_eq!(order_told(kind, &erased), OrderTold::Forgotten, "{kind}");
        }
    }

    #[test]
    fn the_facts_of_a_breach_are_not_copied() {
        let kept = penalty_row("collection.record.accepted", penalty()).unwrap().content.unwrap();
        let Some(Content::Penalty(penalty)) = kept.content else { panic!("it stays a penalty") };
        assert_eq!((penalty.violation_facts.as_str(), penalty.penalty_kinds.len()), ("", 1));
    }
}
