//! collection's feed: penalties of a party, which its applications for repair are judged by. What is withdrawn, undone or erased
//! goes.

use contract::collection::v1::{LawChoice, Penalty, Publication, Record, RecordEvent, record::Content};
use db::Tx;
use domain::Uscc;
use feed::{ApplyError, Event, Projection};

use crate::store::{PenaltyRow, clear_penalties, put_penalties};

const DETACHED: &str = "collection.record.detached";
const ERASED: &str = "collection.record.erased";
const WITHDRAWN: &str = "collection.record.withdrawn";

/// States of a publication in which its chain shows nothing.
const NOT_SHOWN: [&str; 2] = ["Blocked", "Ended"];

/// Whether a chain shows a penalty: it did once, and has not confirmed that it stopped.
pub(crate) fn shows(publication: &Publication) -> bool {
    !publication.published_on.is_empty() && !NOT_SHOWN.contains(&publication.state.as_str())
}

/// The copy of the penalties.
#[derive(Clone, Copy, Debug)]
pub struct Penalties;

/// What an event says of a penalty; `None` for records of another kind.
fn penalty_row(kind: &str, record: Record) -> Option<PenaltyRow> {
    let Some(Content::Penalty(penalty)) = &record.content else { return None };
    let gone = [DETACHED, ERASED, WITHDRAWN].contains(&kind) || Uscc::parse(&record.uscc).is_err();
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
    const NAME: &'static str = "punishment-penalties";
    const KINDS: &'static [&'static str] = &[
        "collection.record.accepted",
        "collection.record.attached",
        "collection.record.changed",
        "collection.record.corrected",
        DETACHED,
        ERASED,
        "collection.record.publication_changed",
        "collection.record.resumed",
        "collection.record.suspended",
        WITHDRAWN,
    ];

    async fn apply(&self, tx: &mut Tx, event: &Event) -> Result<(), ApplyError> {
        self.apply_batch(tx, std::slice::from_ref(event)).await
    }

    async fn apply_batch(&self, tx: &mut Tx, events: &[Event]) -> Result<(), ApplyError> {
        let mut rows = Vec::new();
        for event in events {
            let record = event.payload::<RecordEvent>()?.and_then(|payload| payload.record);
            rows.extend(record.and_then(|record| penalty_row(event.kind(), record)));
        }
        Ok(put_penalties(tx, rows).await?)
    }

    async fn clear(&self, tx: &mut Tx) -> Result<(), sqlx::Error> {
        clear_penalties(tx).await
    }
}

#[cfg(test)]
mod tests {
    use contract::collection::v1::Inspection;

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
    fn the_facts_of_a_breach_are_not_copied() {
        let kept = penalty_row("collection.record.accepted", penalty()).unwrap().content.unwrap();
        let Some(Content::Penalty(penalty)) = kept.content else { panic!("it stays a penalty") };
        assert_eq!((penalty.violation_facts.as_str(), penalty.penalty_kinds.len()), ("", 1));
    }
}
