//! Results of visits, approved elsewhere: where a commitment was found not kept, its letters have to be looked into (R38). Nobody is
//! suspected by this: that is for an officer to say.

use std::sync::Arc;

use contract::inspection::v1::{Visit, VisitEvent};
use db::Tx;
use domain::{FieldCode, Uscc, parse_date, shanghai_date};
use feed::{ApplyError, Event, Reaction};
use rulebook::Rulebook;

use crate::store::Store;

/// The code set of verdicts of one item.
const VERDICT_SET: &str = "item_verdict";
/// Tag of verdicts that are a problem.
const PROBLEM: &str = "problem";

/// Opens a duty for each letter that a visit found not kept.
#[derive(Clone, Debug)]
pub(crate) struct Findings {
    store: Arc<Store>,
}

impl Findings {
    /// A reaction that writes into `store`.
    pub(crate) fn new(store: Arc<Store>) -> Self {
        Self { store }
    }
}

impl Reaction for Findings {
    const NAME: &'static str = "commitment-findings";
    const KINDS: &'static [&'static str] = &["inspection.result.approved"];

    async fn react(&self, tx: &mut Tx, event: &Event) -> Result<(), ApplyError> {
        let Some(visit) = event.payload::<VisitEvent>()?.and_then(|told| told.visit) else { return Ok(()) };
        let field = FieldCode::parse(&visit.field).map_err(ApplyError::poison)?;
        if !finds_commitment_broken(&visit, &field, self.store.book())? {
            return Ok(());
        }
        let uscc = Uscc::parse(&visit.uscc).map_err(ApplyError::poison)?;
        // The office can look into it from the day on which the finding was approved; the visit may lie weeks before.
        let on = shanghai_date(event.recorded_at());
        Ok(self.store.have_letters_looked_into(tx, (&uscc, &field), on).await?)
    }
}

/// Whether a check of the item for the keeping of commitments is a problem, by the catalogue of the day of the visit.
fn finds_commitment_broken(visit: &Visit, field: &FieldCode, book: &Rulebook) -> Result<bool, ApplyError> {
    let Some(checks) = &visit.checks else { return Ok(false) };
    let on = parse_date(&visit.visited_on).map_err(ApplyError::poison)?;
    let is_problem =
        |verdict: &str| book.code(VERDICT_SET, verdict, on).is_some_and(|code| code.has_tag(PROBLEM));
    let of_commitment =
        |name: &str| book.supervision_items(field, on).any(|item| item.commitment && item.item == name);
    Ok(checks.checks.iter().any(|check| is_problem(&check.verdict) && of_commitment(&check.item)))
}

#[cfg(test)]
mod tests {
    use contract::inspection::v1::{ItemCheck, VisitChecks};

    use super::*;

    #[test]
    fn only_the_item_of_commitments_counts_and_only_when_it_does_not_conform() {
        let finds = |item: &str, verdict: &str| {
            let check = ItemCheck { item: item.into(), verdict: verdict.into(), ..Default::default() };
            let visit = Visit {
                visited_on: "2026-11-10".into(),
                checks: Some(VisitChecks { checks: vec![check] }),
                ..Default::default()
            };
            finds_commitment_broken(&visit, &FieldCode::parse("FOOD").unwrap(), &Rulebook::builtin()).unwrap()
        };
        assert!(finds("food.commitment", "NotConforming"));
        assert!(!finds("food.commitment", "Conforms"));
        assert!(!finds("food.label", "NotConforming"));
        assert!(!finds("se.commitment", "NotConforming"), "an item of another field");
    }
}
