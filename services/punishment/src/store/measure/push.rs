//! What systems are told of measures (R46), and what they have taken.

use db::{Tx, on};
use domain::RequestId;
use exchange::notice::{Action, MeasureNotice, Notice};
use exchange::{Adapter, Delivery, NewDelivery, Owner, OwnerError};
use service::Clock;
use uuid::Uuid;

use super::row::{find, lock};
use super::step::by_system;
use crate::domain::measure::{Measure, MeasureName};
use crate::error::Error;
use crate::machines::measure::{Event, MEASURE};
use crate::store::{Act, Store};

impl Store {
    /// Hands a confirmed measure over to every system that is to take it.
    ///
    /// # Errors
    /// [`Error::ReceiverNotTold`] when one of them cannot be told in its own words today: then none is.
    pub(super) async fn send_measure(
        &self,
        tx: &mut Tx,
        act: &Act<'_>,
        confirmed: &Measure,
    ) -> Result<Measure, Error> {
        let act = by_system(act);
        let told = |measure: &mut Measure| measure.told_revision = Some(measure.revision);
        let sent = self.step_measure(tx, &act, confirmed, Event::Send, "", told).await?;
        let deliveries: Vec<_> = sent
            .receivers
            .iter()
            .map(|receiver| {
                let notice = self.notice(&sent, Action::Publish);
                let content = Adapter::new(&self.book, &receiver.name, act.today()).content(&notice);
                let content = content.map_err(|problem| Error::ReceiverNotTold {
                    receiver: receiver.name.clone(),
                    problem: Box::new(problem),
                })?;
                Ok(delivery(&sent, &receiver.name, &notice, content))
            })
            .collect::<Result<_, Error>>()?;
        enqueue(tx, &act, &deliveries).await?;
        Ok(sent)
    }

    /// Hands the end of a measure over to every system that was told of it; of one that nobody was told of, nobody is told the end. A
    /// system that has not taken the measure yet gets both, in this order.
    pub(super) async fn send_end(
        &self,
        tx: &mut Tx,
        act: &Act<'_>,
        ended: Measure,
    ) -> Result<Measure, Error> {
        if ended.told_revision.is_none() {
            return Ok(ended);
        }
        let act = by_system(act);
        let told = |measure: &mut Measure| measure.end_revision = Some(measure.revision);
        let sent = self.step_measure(tx, &act, &ended, Event::SendEnd, "", told).await?;
        let notice = self.notice(&sent, Action::Withdraw);
        let content = |receiver: &str| Adapter::new(&self.book, receiver, act.today()).end(&notice);
        let deliveries: Vec<_> = sent
            .receivers
            .iter()
            .map(|receiver| delivery(&sent, &receiver.name, &notice, content(&receiver.name)))
            .collect();
        enqueue(tx, &act, &deliveries).await?;
        Ok(sent)
    }

    fn notice<'m>(&'m self, measure: &'m Measure, action: Action) -> MeasureNotice<'m> {
        let office = self.book.office(&measure.implementer);
        MeasureNotice {
            action,
            measure: &measure.code,
            label: &measure.label,
            object: &measure.object,
            uscc: &measure.trigger.uscc,
            party_name: measure.trigger.party_name.as_str(),
            list: measure.trigger.entry.list().word(),
            decision_no: &measure.trigger.decision_no,
            basis: &measure.basis,
            rights_basis: measure.rights_basis.as_deref().unwrap_or_default(),
            implementer: office.map_or(measure.implementer.as_str(), |office| &office.label_zh),
            edition: &measure.edition,
            starts_on: measure.starts_on,
            ended_on: measure.ended_on,
            revision: measure.revision,
        }
    }

    /// Notes that a system has taken a measure or its end. A repetition changes nothing.
    async fn measure_taken(&self, tx: &mut Tx, act: &Act<'_>, delivery: &Delivery) -> Result<(), Error> {
        let name = MeasureName::parse(&delivery.subject)
            .map_err(|problem| service::Error::corrupt(format!("{}: {problem}", delivery.subject)))?;
        lock(tx, &name).await?;
        let before = find(tx, &name).await?;
        let revision = Some(delivery.revision);
        let (fresh, event) = if revision == before.told_revision {
            let others =
                before.receivers.iter().any(|one| one.taken.is_none() && one.name != delivery.receiver);
            let event = if others { Event::Acknowledge } else { Event::AcknowledgeLast };
            (note(tx, act, &name, delivery, TAKEN).await?, event)
        } else if revision == before.end_revision {
            let others =
                before.receivers.iter().any(|one| one.end_taken.is_none() && one.name != delivery.receiver);
            let event = if others { Event::AcknowledgeEnd } else { Event::AcknowledgeEndLast };
            (note(tx, act, &name, delivery, END_TAKEN).await?, event)
        } else {
            return Ok(());
        };
        if fresh && MEASURE.events_from(before.state).any(|possible| possible == event) {
            self.step_measure(tx, act, &before, event, &delivery.receiver, |_| {}).await?;
        }
        Ok(())
    }
}

fn delivery(measure: &Measure, receiver: &str, notice: &MeasureNotice<'_>, content: Vec<u8>) -> NewDelivery {
    NewDelivery {
        delivery_id: Uuid::now_v7(),
        receiver: receiver.to_owned(),
        subject: measure.name.to_string(),
        revision: measure.revision,
        kind: notice.kind(),
        content,
    }
}

async fn enqueue(tx: &mut Tx, act: &Act<'_>, deliveries: &[NewDelivery]) -> Result<(), Error> {
    let enqueued = exchange::enqueue_all(tx, deliveries, act.now).await;
    enqueued.map_err(|problem| Error::Exchange(Box::new(problem)))
}

const TAKEN: &str = "
    UPDATE measure_receiver SET acknowledged_at_us = $3, receipt = $4
    WHERE measure_id = $1 AND receiver = $2 AND acknowledged_at_us IS NULL";
const END_TAKEN: &str = "
    UPDATE measure_receiver SET end_acknowledged_at_us = $3, end_receipt = $4
    WHERE measure_id = $1 AND receiver = $2 AND end_acknowledged_at_us IS NULL";

/// Writes an acknowledgement; answers whether it is the first of this system.
async fn note(
    tx: &mut Tx,
    act: &Act<'_>,
    name: &MeasureName,
    delivery: &Delivery,
    sql: &'static str,
) -> Result<bool, Error> {
    let noted = on!(tx, |conn| sqlx::query(sql)
        .bind(name.id())
        .bind(&delivery.receiver)
        .bind(act.now.micros())
        .bind(delivery.receipt.as_deref().unwrap_or_default())
        .execute(conn)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(noted == 1)
}

/// Moves measures by what systems have taken.
#[derive(Clone, Debug)]
pub struct MeasureOwner {
    store: Store,
    clock: Clock,
}

impl MeasureOwner {
    /// Moves what `store` holds, by `clock`.
    pub fn new(store: Store, clock: Clock) -> Self {
        Self { store, clock }
    }
}

impl Owner for MeasureOwner {
    async fn on_acknowledged(&self, tx: &mut Tx, delivery: &Delivery) -> Result<(), OwnerError> {
        let request_id = RequestId::from_uuid(delivery.delivery_id);
        let act = Act::of_system("measure-delivery", &request_id, self.clock.now());
        Ok(self.store.measure_taken(tx, &act, delivery).await?)
    }
}
