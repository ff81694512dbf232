//! What this service does on the events of others.

mod attention;
mod lists;
mod penalties;

pub use penalties::Penalties;
pub(crate) use penalties::shows;
mod names;

use std::sync::Arc;

use contract::inspection::v1::{Visit, VisitEvent};
use db::Tx;
use domain::{DivisionCode, LegalName, RequestId, Uscc};
use feed::{ApplyError, Event, Reaction};
use rulebook::Rulebook;
use service::Clock;
use service::idempotency::Key;
use service::machine::Actor;

use crate::domain::abnormal::{Kind, NewEntry};
use crate::error::Error;
use crate::store::{Act, Store};

pub use attention::Flags;
pub use lists::{BasisFell, PartyEnded};
pub use names::Names;

/// Opens a suspicion when an inspection found nobody at the registered address. The registering authority verifies and
/// decides; nothing is listed here (design invariant 7).
#[derive(Clone, Debug)]
pub struct SuspectUnreachable {
    store: Store,
    book: Arc<Rulebook>,
    clock: Clock,
}

impl SuspectUnreachable {
    /// Acts in `store`.
    pub fn new(store: Store, clock: Clock) -> Self {
        Self { book: store.book().clone(), store, clock }
    }

    /// The ground of the directory that a result leads to: the rulebook tags both with the same word.
    fn ground(&self, result: &str, kind: Kind, event: &Event) -> Option<String> {
        let on = event.effective_on();
        self.book.code("inspection_result", result, on).filter(|code| code.has_tag("unreachable"))?;
        self.book
            .codes(kind.grounds(), on)
            .find(|code| code.has_tag("unreachable"))
            .map(|code| code.code.clone())
    }
}

impl Reaction for SuspectUnreachable {
    const NAME: &'static str = "suspect-unreachable";
    const KINDS: &'static [&'static str] = &["inspection.result.approved"];

    async fn react(&self, tx: &mut Tx, event: &Event) -> Result<(), ApplyError> {
        let Some(visit) = event.payload::<VisitEvent>()?.and_then(|payload| payload.visit) else {
            return Ok(());
        };
        let poison = |problem: String| ApplyError::Poison(problem);
        let uscc = Uscc::parse(&visit.uscc).map_err(|problem| poison(problem.to_string()))?;
        let Some(ground) = self.ground(&visit.result, Kind::of(&uscc), event) else { return Ok(()) };
        let new = NewEntry {
            uscc,
            party_name: LegalName::parse(name_in(&visit)).map_err(|problem| poison(problem.to_string()))?,
            division: DivisionCode::parse(&visit.division).map_err(|problem| poison(problem.to_string()))?,
            ground,
            lapsed_on: None,
            facts: format!("检查 {} 于 {} 发现通过登记的住所无法联系", visit.name, visit.visited_on),
        };
        let request_id = RequestId::parse(event.id()).map_err(|problem| poison(problem.to_string()))?;
        let key = Key { caller: "system", method: Self::NAME, request_id: &request_id };
        let act = Act { actor: Actor::system(), key, now: self.clock.now() };
        match self.store.suspect(tx, &act, new, (event.id(), event.effective_on())).await {
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
