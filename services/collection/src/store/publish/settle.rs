//! What receivers answer about records.

use db::Tx;
use exchange::{Delivery, DeliveryState, Owner, OwnerError};
use service::machine::Actor;
use service::{Clock, Error as Common, obligation};

use super::row::{self, Publication};
use super::terms::terms;
use super::{CHANGED, id_of};
use crate::domain::Kind;
use crate::domain::chain::chains_of;
use crate::machines::chain::{CHAIN, Event as ChainEvent};
use crate::machines::record::{Event, RECORD, WITHDRAWAL};
use crate::store::record::{lock_all, move_to};
use crate::store::record_row::Stored;
use crate::store::take::record_event;
use crate::store::{Act, Store};

/// Moves records by what receivers answer. A failed attempt moves nothing: the exchange tries again, and shows what is dead.
#[derive(Clone, Debug)]
pub struct PublicationOwner {
    store: Store,
    clock: Clock,
}

impl PublicationOwner {
    /// Moves what `store` holds, by `clock`.
    pub fn new(store: Store, clock: Clock) -> Self {
        Self { store, clock }
    }

    async fn settle(&self, tx: &mut Tx, deliveries: &[&Delivery]) -> Result<(), Common> {
        let taken = deliveries.iter().filter(|delivery| delivery.state == DeliveryState::Acknowledged);
        let acts: Vec<_> = taken.map(|delivery| (*delivery, self.act(delivery))).collect();
        self.store.acknowledged(tx, &acts).await
    }

    fn act(&self, delivery: &Delivery) -> Act {
        Act::of_system(&delivery.delivery_id.to_string(), self.clock.now(), self.store.book())
    }
}

impl Owner for PublicationOwner {
    async fn on_acknowledged(&self, tx: &mut Tx, delivery: &Delivery) -> Result<(), OwnerError> {
        Ok(self.settle(tx, &[delivery]).await?)
    }

    async fn on_settled(&self, tx: &mut Tx, deliveries: &[&Delivery]) -> Result<(), OwnerError> {
        Ok(self.settle(tx, deliveries).await?)
    }
}

impl Store {
    /// Takes acknowledgements, no two of one record, each with the act that it causes. One of an earlier revision than was told
    /// last changes nothing: the answer that counts is still to come.
    async fn acknowledged(&self, tx: &mut Tx, answers: &[(&Delivery, Act)]) -> Result<(), Common> {
        let ids: Vec<&str> =
            answers.iter().map(|(delivery, _)| delivery.subject.trim_start_matches("records/")).collect();
        let mut records = lock_all(tx, &ids).await?;
        let mut known = row::of_records(tx, &ids).await?;
        let mut events = Vec::with_capacity(answers.len());
        for (delivery, act) in answers {
            let at = records.iter().position(|stored| stored.record.name == delivery.subject);
            let Some(stored) = at.map(|at| records.swap_remove(at)) else { continue };
            let id = id_of(&stored.record).to_owned();
            let own = known.extract_if(.., |publication| publication.record_id == id).collect();
            events.extend(self.answered(tx, act, delivery, stored, own).await?);
        }
        if !events.is_empty() {
            self.outbox.append_all(tx, &events).await?;
        }
        Ok(())
    }

    async fn answered<'a>(
        &self,
        tx: &mut Tx,
        act: &'a Act,
        delivery: &Delivery,
        stored: Stored,
        mut publications: Vec<Publication>,
    ) -> Result<Option<outbox::NewEvent<'a>>, Common> {
        let Stored { mut record, state, .. } = stored;
        let meant =
            |one: &&mut Publication| one.chain == delivery.receiver && one.told_revision == delivery.revision;
        let Some(publication) = publications.iter_mut().find(meant) else { return Ok(None) };
        // A delivery that was sent again because its receiver had lost it is acknowledged again.
        let step = CHAIN.step(publication.state, ChainEvent::Acknowledge, &Actor::system());
        let Ok(step) = step else { return Ok(None) };
        publication.state = step.to;
        if step.to.is_shown() || step.to.is_outdated() {
            publication.published_on.get_or_insert(act.today);
            let term = terms(&self.book, &record, publication, act.today)?.governing;
            publication.run_by(term);
        }
        row::write(tx, publication).await?;
        self.fulfil_publication(tx, act, &record, publication).await?;
        let event = if is_published_anew(publications.iter()) { Event::Publish } else { Event::Note };
        let step = RECORD.step(state, event, &Actor::system());
        // What is published already, objected to or withdrawn stays what it is.
        let step = step.or_else(|_| RECORD.step(state, Event::Note, &Actor::system()))?;
        move_to(tx, id_of(&record), record.revision, step.to).await?;
        if !publications.iter().any(|publication| publication.state.is_awaited()) {
            obligation::fulfil(tx, &record.name, WITHDRAWAL, &act.context.actor, act.today).await?;
        }
        record.state = step.to.as_str().to_owned();
        record.revision += 1;
        record.publications = self.written(&record, &publications, act.today)?;
        Ok(Some(record_event(act, CHANGED, act.today, record, String::new())))
    }

    /// The duty to publish on a chain is fulfilled by what that chain shows.
    async fn fulfil_publication(
        &self,
        tx: &mut Tx,
        act: &Act,
        record: &contract::collection::v1::Record,
        publication: &Publication,
    ) -> Result<(), Common> {
        let chains = record.content.as_ref().map_or(&[][..], |content| chains_of(Kind::of(content)));
        let of_chain = chains.iter().filter(|chain| chain.receiver == publication.chain);
        for chain in of_chain.filter(|_| publication.state.is_shown()) {
            obligation::fulfil(tx, &record.name, chain.duty, &act.context.actor, act.today).await?;
        }
        Ok(())
    }
}

/// Whether a record is shown as it stands now: by one receiver at least, and otherwise by none. One that has shown nothing yet, or
/// cannot be told, keeps nobody from reading what another shows.
pub(super) fn is_published_anew<'p>(publications: impl Iterator<Item = &'p Publication>) -> bool {
    let mut shown = false;
    for one in publications {
        let shows_before = one.state.is_told() && !one.state.is_shown() && one.published_on.is_some();
        if one.state.is_outdated() || shows_before {
            return false;
        }
        shown |= one.state.is_shown();
    }
    shown
}
