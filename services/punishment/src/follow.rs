//! What this service does on the events of others.

mod attention;
mod lists;
mod penalties;

pub use penalties::Penalties;
pub(crate) use penalties::shows;
mod names;

use std::sync::Arc;

use chrono::NaiveDate;
use contract::inspection::v1::{Visit, VisitEvent};
use db::Tx;
use domain::{DivisionCode, LegalName, RequestId, Uscc};
use feed::{ApplyError, Event, Reaction};
use rulebook::{Code, Rulebook};
use service::Clock;

use crate::domain::abnormal::{Kind, NewEntry};
use crate::error::Error;
use crate::store::{Act, Store};

pub use attention::Flags;
pub use lists::{BasisFell, PartyEnded};
pub use names::Names;

/// Tag of the results of an inspection that lead to the directory.
const DIRECTORY: &str = "directory";

/// Opens a suspicion when an inspection found what the directory has a ground for: nobody at the registered address, published
/// information that is false, information that is not published. The registering authority verifies and decides; nothing is listed here
/// (design invariant 7).
#[derive(Clone, Debug)]
pub struct SuspectByResult {
    store: Store,
    book: Arc<Rulebook>,
    clock: Clock,
}

impl SuspectByResult {
    /// Acts in `store`.
    pub fn new(store: Store, clock: Clock) -> Self {
        Self { book: store.book().clone(), store, clock }
    }
}

/// A result of an inspection and the ground that it leads to: the rulebook tags both with the same word. `None` for a result that leads
/// nowhere, and for one that is no ground for this kind of party.
fn ground<'b>(book: &'b Rulebook, result: &str, kind: Kind, on: NaiveDate) -> Option<(&'b Code, &'b Code)> {
    let found = book.code("inspection_result", result, on).filter(|code| code.has_tag(DIRECTORY))?;
    let leads_to = |ground: &&Code| ground.tags.iter().any(|tag| found.has_tag(tag));
    Some((found, book.codes(kind.grounds(), on).find(leads_to)?))
}

impl Reaction for SuspectByResult {
    // Where it stood when it knew of one result alone.
    const NAME: &'static str = "suspect-unreachable";
    const KINDS: &'static [&'static str] = &["inspection.result.approved"];

    async fn react(&self, tx: &mut Tx, event: &Event) -> Result<(), ApplyError> {
        let Some(visit) = event.payload::<VisitEvent>()?.and_then(|payload| payload.visit) else {
            return Ok(());
        };
        let poison = |problem: String| ApplyError::Poison(problem);
        let uscc = Uscc::parse(&visit.uscc).map_err(|problem| poison(problem.to_string()))?;
        let on = event.effective_on();
        let Some((result, ground)) = ground(&self.book, &visit.result, Kind::of(&uscc), on) else {
            return Ok(());
        };
        let new = NewEntry {
            uscc,
            party_name: LegalName::parse(name_in(&visit)).map_err(|problem| poison(problem.to_string()))?,
            division: DivisionCode::parse(&visit.division).map_err(|problem| poison(problem.to_string()))?,
            ground: ground.code.clone(),
            lapsed_on: None,
            facts: format!("检查 {} 于 {} 的结果：{}", visit.name, visit.visited_on, result.label_zh),
        };
        let request_id = RequestId::parse(event.id()).map_err(|problem| poison(problem.to_string()))?;
        let act = Act::of_system(Self::NAME, &request_id, self.clock.now());
        match self.store.suspect(tx, &act, new, (event.id(), on)).await {
            // A live entry on this ground stands already: the suspicion adds nothing.
            Ok(_) | Err(Error::EntryExists { .. }) => Ok(()),
            Err(Error::Common(service::Error::Contended)) => Err(sqlx::Error::PoolTimedOut.into()),
            Err(Error::Common(service::Error::Store(source))) => Err(source.into()),
            Err(error) => Err(poison(service::error::causes(&error))),
        }
    }
}

/// The name that a visit tells; the credit code when inspection did not know it.
fn name_in(visit: &Visit) -> &str {
    if visit.party_name.is_empty() { &visit.uscc } else { &visit.party_name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_results_two_three_and_four_lead_to_their_grounds_and_no_other_does() {
        let book = Rulebook::builtin();
        let on = domain::parse_date("2026-03-02").unwrap();
        let of = |kind| -> Vec<_> {
            let results = book.codes("inspection_result", on);
            let led = results.filter_map(|result| ground(&book, &result.code, kind, on));
            led.map(|(result, ground)| (result.code.as_str(), ground.code.as_str())).collect()
        };
        assert_eq!(of(Kind::Directory), [("2", "2"), ("3", "3"), ("4", "4")]);
        assert_eq!(of(Kind::Mark), [("3", "3"), ("4", "4")], "a sole trader owes no immediate information");
    }
}
