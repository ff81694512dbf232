//! Punishment's repairs: a granted one ends the publication of a penalty, a revoked one brings it back. Entries of the lists are told
//! by their own events.

use contract::punishment::v1::{Repair, RepairEvent};
use db::Tx;
use feed::{ApplyError, Event, Reaction};

use super::Hands;
use crate::domain::NaturalId;

const GRANTED: &str = "punishment.repair.granted";
const REVOKED: &str = "punishment.repair.revoked";

/// Carries repairs out.
#[derive(Debug)]
pub(crate) struct Repairs(pub(crate) Hands);

impl Reaction for Repairs {
    const NAME: &'static str = "collection.repairs";
    const KINDS: &'static [&'static str] = &[GRANTED, REVOKED];

    async fn react(&self, tx: &mut Tx, event: &Event) -> Result<(), ApplyError> {
        let Some(told) = event.payload::<RepairEvent>()? else { return Ok(()) };
        let repair = told.repair.ok_or_else(|| ApplyError::poison("the event tells no application"))?;
        let (store, act) = (&self.0.store, self.0.act(event));
        let granted = event.kind() == GRANTED;
        for record in records(&repair) {
            let id = NaturalId::from_name(record, "records").map_err(ApplyError::poison)?;
            let own = record == &repair.subject;
            // Its match was undone before this was read: whoever it is about now has repaired nothing.
            if own && !store.is_about(tx, &id, &repair.uscc).await? {
                continue;
            }
            if !own && !store.is_check_of(tx, &id, &repair.uscc).await? {
                // The subject does not wait for that: it has a period of its own.
                tracing::error!(repair = repair.name, record, "a repair names what is no check of its party");
                continue;
            }
            if !granted {
                store.show_repaired_again(tx, &act, &id, &repair.reason).await?;
                continue;
            }
            // What goes with the subject stops when the grant says so, on every chain.
            let stops_on = |chain: &str| {
                let end = repair.ends.iter().find(|end| end.chain == chain);
                end.and_then(|end| domain::parse_date(&end.stops_on).ok()).or((!own).then_some(act.today))
            };
            store.stop_repaired(tx, &act, &id, stops_on).await?;
        }
        Ok(())
    }
}

/// The records that a repair is about: the penalty, and the checks that go with its subject.
fn records(repair: &Repair) -> impl Iterator<Item = &String> {
    let subject = Some(&repair.subject).filter(|subject| subject.starts_with("records/"));
    subject.into_iter().chain(&repair.related_checks)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_of_a_list_is_no_record_but_its_checks_are() {
        let about = |subject: &str| Repair {
            subject: subject.to_owned(),
            related_checks: vec!["records/2".to_owned()],
            ..Repair::default()
        };
        let named = |repair: &Repair| records(repair).cloned().collect::<Vec<_>>();
        assert_eq!(named(&about("records/1")), ["records/1", "records/2"]);
        assert_eq!(named(&about("seriousCases/1")), ["records/2"]);
    }
}
