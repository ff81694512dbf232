//! collection's feed: checks that others made, of all departments. They count for the annual cap, and what a higher body checked is
//! not checked again for some months.

use contract::collection::v1::{Record, RecordEvent, record::Content};
use db::{Tx, on};
use domain::{Uscc, parse_date};
use feed::{ApplyError, Event, Projection};

use super::OWN;
use crate::store::{CheckRow, OtherCheck, put_checks};

const ACCEPTED: &str = "collection.record.accepted";
const ATTACHED: &str = "collection.record.attached";
const CHANGED: &str = "collection.record.changed";
const CORRECTED: &str = "collection.record.corrected";
const DETACHED: &str = "collection.record.detached";
const WITHDRAWN: &str = "collection.record.withdrawn";

/// Code of the office of a higher body, as records name who provides or answers for them.
const SUPERIOR: &str = "SUPERIOR";

/// The copy of the checks of others.
#[derive(Clone, Copy, Debug)]
pub struct Checks;

/// What an event says of a check; `None` for records of another kind, and for those of our own visits. What has no enterprise yet does
/// not count: it is told again when it is attached.
fn check_row(kind: &str, record: Record) -> Result<Option<CheckRow>, ApplyError> {
    let Some(Content::Inspection(inspection)) = record.content else { return Ok(None) };
    // Our own are counted as visits.
    if record.origin == OWN {
        return Ok(None);
    }
    let gone = [DETACHED, WITHDRAWN].contains(&kind) || Uscc::parse(&record.uscc).is_err();
    if gone {
        return Ok(Some(CheckRow { record: record.name, check: None }));
    }
    let provenance = record.provenance.unwrap_or_default();
    let check = OtherCheck {
        uscc: record.uscc,
        field: record.field,
        checked_on: parse_date(&record.decided_on).map_err(ApplyError::poison)?,
        superior: [provenance.provider.as_str(), provenance.responsible.as_str()].contains(&SUPERIOR),
        mode: inspection.mode,
    };
    Ok(Some(CheckRow { record: record.name, check: Some(check) }))
}

impl Projection for Checks {
    const NAME: &'static str = "inspection-other-checks";
    const KINDS: &'static [&'static str] = &[ACCEPTED, ATTACHED, CHANGED, CORRECTED, DETACHED, WITHDRAWN];

    async fn apply(&self, tx: &mut Tx, event: &Event) -> Result<(), ApplyError> {
        self.apply_batch(tx, std::slice::from_ref(event)).await
    }

    async fn apply_batch(&self, tx: &mut Tx, events: &[Event]) -> Result<(), ApplyError> {
        let mut rows = Vec::new();
        for event in events {
            let Some(record) = event.payload::<RecordEvent>()?.and_then(|payload| payload.record) else {
                continue;
            };
            rows.extend(check_row(event.kind(), record)?);
        }
        Ok(put_checks(tx, rows).await?)
    }

    async fn clear(&self, tx: &mut Tx) -> Result<(), sqlx::Error> {
        on!(tx, |conn| sqlx::query("DELETE FROM other_check").execute(conn).await.map(drop))
    }
}

#[cfg(test)]
mod tests {
    use contract::collection::v1::{Inspection, Penalty, Provenance};

    use super::*;

    fn record(content: Content) -> Record {
        Record {
            name: "records/1".into(),
            uscc: "91370102MA3C00011F".into(),
            field: "FOOD".into(),
            decided_on: "2026-03-02".into(),
            content: Some(content),
            ..Record::default()
        }
    }

    fn check() -> Record {
        record(Content::Inspection(Inspection::default()))
    }

    #[test]
    fn only_checks_of_others_count_and_only_while_they_belong_to_an_enterprise() {
        let counts = |kind, record| check_row(kind, record).unwrap().map(|row| row.check.is_some());
        assert_eq!(counts(ACCEPTED, check()), Some(true));
        assert_eq!(counts(CORRECTED, check()), Some(true));
        assert_eq!(counts(DETACHED, check()), Some(false));
        assert_eq!(counts(WITHDRAWN, check()), Some(false));
        assert_eq!(counts(ACCEPTED, Record { uscc: String::new(), ..check() }), Some(false));
        assert_eq!(counts(ACCEPTED, Record { origin: OWN.into(), ..check() }), None);
        assert_eq!(counts(ACCEPTED, record(Content::Penalty(Penalty::default()))), None);
    }

    #[test]
    fn a_check_of_a_higher_body_is_known_by_who_provides_or_answers_for_it() {
        let superior = |provider: &str, responsible: &str| {
            let provenance = Provenance {
                producer: "省市场监督管理局".into(),
                provider: provider.into(),
                responsible: responsible.into(),
            };
            let record = Record { provenance: Some(provenance), ..check() };
            check_row(ACCEPTED, record).unwrap().and_then(|row| row.check).unwrap().superior
        };
        assert!(superior(SUPERIOR, "FOOD_PROD") && superior("FOOD_PROD", SUPERIOR));
        assert!(!superior("FOOD_PROD", "FOOD_PROD"));
    }
}
