//! punishment's feed: joint measures against enterprises. Those of key supervision (列为重点监管对象) raise the ratio of a stratum.

use contract::punishment::v1::{Measure, MeasureEvent};
use db::{Tx, on};
use domain::{Uscc, parse_date};
use feed::{ApplyError, Event, Projection};

use crate::store::{MeasureRow, put_measures};

/// State of a measure whose basis nobody has checked yet (machine 10 of punishment): it is proposed, and not in force.
const DERIVED: &str = "Derived";
/// State of a contested measure: it goes on until that is answered, unless it was only proposed.
const CONTESTED: &str = "Contested";
/// States of a measure that has ended.
const ENDED: [&str; 3] = ["Ended", "EndSent", "EndAcknowledged"];

/// The copy of the measures.
#[derive(Clone, Copy, Debug)]
pub struct Measures;

/// What an event says of a measure; `None` for one against a party that has no credit code of ours.
fn measure_row(measure: Measure, previous_state: &str) -> Result<Option<MeasureRow>, ApplyError> {
    if Uscc::parse(&measure.uscc).is_err() {
        return Ok(None);
    }
    let state = measure.state.as_str();
    let is_proposed = state == DERIVED || (state == CONTESTED && previous_state == DERIVED);
    let starts_on = match is_proposed || ENDED.contains(&state) {
        true => None,
        false => Some(parse_date(&measure.starts_on).map_err(ApplyError::poison)?),
    };
    Ok(Some(MeasureRow { measure: measure.name, uscc: measure.uscc, code: measure.measure, starts_on }))
}

impl Projection for Measures {
    const NAME: &'static str = "inspection-measures";
    const KINDS: &'static [&'static str] = &["punishment.measure.changed"];

    async fn apply(&self, tx: &mut Tx, event: &Event) -> Result<(), ApplyError> {
        self.apply_batch(tx, std::slice::from_ref(event)).await
    }

    async fn apply_batch(&self, tx: &mut Tx, events: &[Event]) -> Result<(), ApplyError> {
        let mut rows = Vec::with_capacity(events.len());
        for event in events {
            let Some(MeasureEvent { measure: Some(measure), previous_state, .. }) = event.payload()? else {
                continue;
            };
            rows.extend(measure_row(measure, &previous_state)?);
        }
        Ok(put_measures(tx, rows).await?)
    }

    async fn clear(&self, tx: &mut Tx) -> Result<(), sqlx::Error> {
        on!(tx, |conn| sqlx::query("DELETE FROM subject_measure").execute(conn).await.map(drop))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_measure_is_in_force_from_its_confirmation_to_its_end_also_while_it_is_contested() {
        let in_force = |state: &str, previous: &str| {
            let measure = Measure {
                uscc: "91370102MA3C00011F".into(),
                state: state.into(),
                starts_on: "2026-03-02".into(),
                ..Measure::default()
            };
            measure_row(measure, previous).unwrap().unwrap().starts_on.is_some()
        };
        for state in ["Confirmed", "Sent", "Acknowledged", "InForce", "FeedbackDue"] {
            assert!(in_force(state, "Derived"), "{state}");
            assert!(in_force("Contested", state), "contested in {state}");
        }
        assert!(in_force("Contested", "Contested"), "a system has taken it meanwhile");
        assert!(!in_force("Derived", "") && !in_force("Contested", "Derived"), "nobody has confirmed it");
        for state in ENDED {
            assert!(!in_force(state, "InForce"), "{state}");
        }
    }

    #[test]
    fn a_measure_against_a_party_without_a_credit_code_says_nothing_of_a_pool() {
        assert_eq!(measure_row(Measure::default(), "").unwrap(), None);
    }
}
