//! punishment's feed: the cases for the list of serious violators that are in progress. An enterprise under investigation gives way after
//! a draw; that it is, nobody is believed by his word.

use contract::punishment::v1::{SeriousCase, SeriousEvent};
use db::{Tx, on};
use domain::Uscc;
use feed::{ApplyError, Event, Projection};

use crate::store::{CaseRow, put_cases};

/// States of a case that nobody has decided yet (machine 8 of punishment).
const IN_PROGRESS: [&str; 11] = [
    "Triggered",
    "OpinionGiven",
    "Assessed",
    "Reviewed",
    "NoticeServed",
    "DefencePending",
    "HearingRequested",
    "HearingOrdered",
    "HearingHeld",
    "SuperiorConsentPending",
    "Consented",
];

/// The copy of the cases.
#[derive(Clone, Copy, Debug)]
pub struct Cases;

/// What an event says of a case; `None` for one about a party that has no credit code of ours.
fn case_row(case: SeriousCase) -> Option<CaseRow> {
    Uscc::parse(&case.uscc).ok()?;
    let in_progress = IN_PROGRESS.contains(&case.state.as_str());
    Some(CaseRow { name: case.name, uscc: case.uscc, in_progress })
}

impl Projection for Cases {
    const NAME: &'static str = "inspection-cases";
    const KINDS: &'static [&'static str] = &["punishment.serious.changed"];

    async fn apply(&self, tx: &mut Tx, event: &Event) -> Result<(), ApplyError> {
        self.apply_batch(tx, std::slice::from_ref(event)).await
    }

    async fn apply_batch(&self, tx: &mut Tx, events: &[Event]) -> Result<(), ApplyError> {
        let mut rows = Vec::with_capacity(events.len());
        for event in events {
            let Some(SeriousEvent { serious_case: Some(case), .. }) = event.payload()? else { continue };
            rows.extend(case_row(case));
        }
        Ok(put_cases(tx, rows).await?)
    }

    async fn clear(&self, tx: &mut Tx) -> Result<(), sqlx::Error> {
        on!(tx, |conn| sqlx::query("DELETE FROM subject_case").execute(conn).await.map(drop))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_is_in_progress_until_it_is_decided_or_dropped() {
        let in_progress = |state: &str| {
            let case = SeriousCase {
                uscc: "91370102MA3C00011F".into(),
                state: state.into(),
                ..SeriousCase::default()
            };
            case_row(case).unwrap().in_progress
        };
        assert!(IN_PROGRESS.iter().all(|state| in_progress(state)));
        for over in ["NotListed", "Decided", "Published", "Removed", "Revoked"] {
            assert!(!in_progress(over), "{over}");
        }
    }

    #[test]
    fn a_case_about_a_party_without_a_credit_code_is_about_nobody_who_is_drawn() {
        assert_eq!(case_row(SeriousCase::default()), None);
    }
}
