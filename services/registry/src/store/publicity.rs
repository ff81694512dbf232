//! What the publicity system is told about marks (R23, R24), and what becomes of it. Its answers about letters go to
//! `commitment`.

use std::sync::Arc;

use db::{Tx, on};
use exchange::notice::{Action, MarkNotice, Notice};
use exchange::publicity::RECEIVER;
use exchange::{Adapter, Delivery, DeliveryState, NewDelivery, Owner, OwnerError};
use service::Clock;
use sqlx::QueryBuilder;
use uuid::Uuid;

use super::commitment::{acknowledge, letter_of};
use super::enterprise_row::enterprises_of;
use super::mark_row::marks_of;
use super::outcome::Outcome;
use super::sql::push_list;
use super::{Act, Store};
use crate::convert::parse_mark_name;
use crate::domain::{MarkKey, MarkView, Moved, Push};
use crate::error::Error;

/// Hands what the moves say to the exchange, in the transaction of the moves.
pub(super) async fn enqueue(
    tx: &mut Tx,
    store: &Store,
    act: &Act,
    marks: &[(Moved, MarkView)],
) -> Result<(), Error> {
    let pushes = marks.iter().filter_map(|(moved, view)| moved.push.map(|push| (push, view)));
    let deliveries: Vec<_> =
        pushes.map(|(push, view)| delivery(store, act, push, view)).collect::<Result<_, _>>()?;
    let enqueued = exchange::enqueue_all(tx, &deliveries, act.now).await;
    enqueued.map_err(|problem| Error::Exchange(Box::new(problem)))
}

fn delivery(store: &Store, act: &Act, push: Push, view: &MarkView) -> Result<NewDelivery, Error> {
    let action = match push {
        Push::Show => Action::Publish,
        Push::Withdraw => Action::Withdraw,
    };
    let mark = &view.mark;
    let subject = mark.key.name();
    let label =
        |kind: &str| store.book.sub_kind(kind).map_or_else(|| kind.to_owned(), |kind| kind.label_zh.clone());
    let notice = MarkNotice {
        action,
        label: store.book.field(&mark.key.field).map(|field| field.mark_zh.as_str()).unwrap_or_default(),
        uscc: &mark.key.uscc,
        legal_name: view.legal_name.as_str(),
        sub_kinds: &mark.content.sub_kinds.iter().map(label).collect::<Vec<_>>(),
        licence_nos: &mark.content.licence_nos.to_vec(),
        division: view.division.as_str(),
        effective_on: act.today,
        revision: mark.revision,
    };
    let content = Adapter::new(&store.book, RECEIVER, act.today).content(&notice);
    Ok(NewDelivery {
        delivery_id: delivery_id(&subject, mark.revision),
        receiver: RECEIVER.to_owned(),
        revision: mark.revision,
        kind: notice.kind(),
        content: content.map_err(|problem| Error::Exchange(Box::new(problem.into())))?,
        subject,
    })
}

/// One identifier for one content, whoever makes it: a digest of subject and revision.
pub(super) fn delivery_id(subject: &str, revision: i64) -> Uuid {
    let digest = crypto::sm3::digest(format!("{RECEIVER}\n{subject}\n{revision}").as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest.as_bytes()[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

/// Moves marks and letters by what the publicity system answered.
#[derive(Clone, Debug)]
pub struct PublicityOwner {
    store: Arc<Store>,
    clock: Clock,
}

impl PublicityOwner {
    /// Moves what `store` holds, by `clock`.
    pub fn new(store: Arc<Store>, clock: Clock) -> Self {
        Self { store, clock }
    }

    async fn settle(&self, tx: &mut Tx, deliveries: &[&Delivery]) -> Result<(), Error> {
        let act = Act::of_system("", self.clock.now(), self.store.book());
        let mut attempted = Vec::with_capacity(deliveries.len());
        for delivery in deliveries {
            if let Some(letter) = letter_of(delivery) {
                acknowledge(&self.store, tx, &act, &letter, delivery).await?;
                continue;
            }
            let mut errors = service::FieldErrors::default();
            let key = parse_mark_name(&mut errors, "delivery.subject", &delivery.subject).ok_or(errors)?;
            attempted.push((key, *delivery));
        }
        self.store.pushed(tx, &act, &attempted).await
    }
}

impl Owner for PublicityOwner {
    async fn on_acknowledged(&self, tx: &mut Tx, delivery: &Delivery) -> Result<(), OwnerError> {
        Ok(self.settle(tx, &[delivery]).await?)
    }

    async fn on_failed(&self, tx: &mut Tx, delivery: &Delivery) -> Result<(), OwnerError> {
        Ok(self.settle(tx, &[delivery]).await?)
    }

    async fn on_settled(&self, tx: &mut Tx, deliveries: &[&Delivery]) -> Result<(), OwnerError> {
        Ok(self.settle(tx, deliveries).await?)
    }
}

impl Store {
    /// Moves the marks of attempted deliveries, except those that have moved on since.
    async fn pushed(&self, tx: &mut Tx, act: &Act, attempted: &[(MarkKey, &Delivery)]) -> Result<(), Error> {
        let codes: Vec<&str> = attempted.iter().map(|(key, _)| key.uscc.as_str()).collect();
        lock_marks(tx, &codes).await?;
        let marks = marks_of(tx, &codes).await?;
        let holders = enterprises_of(tx, attempted.iter().map(|(key, _)| &key.uscc)).await?;
        let cause = |delivery: &Delivery| act.caused_by(&delivery.delivery_id.to_string());
        let contexts = attempted.iter().map(|(key, delivery)| (key.clone(), cause(delivery))).collect();
        let mut outcome = Outcome::of(act).in_contexts(&contexts);
        for (key, delivery) in attempted {
            let taken = delivery.state == DeliveryState::Acknowledged;
            let moved = marks.get(key).and_then(|mark| mark.pushed(delivery.revision, taken, act.now));
            let Some(moved) = moved else { continue };
            let holder = holders.get(&key.uscc).ok_or_else(|| Error::EnterpriseNotFound(key.uscc.clone()))?;
            outcome.mark(moved, holder);
        }
        outcome.write(tx, self).await.map(drop)
    }
}

/// Keeps other transactions from moving the marks of these enterprises between their reading and their writing, so that an
/// acknowledgement is not lost to a change of the same moment.
async fn lock_marks(tx: &mut Tx, codes: &[&str]) -> Result<(), sqlx::Error> {
    on!(tx, |conn| {
        let mut sql = QueryBuilder::new("UPDATE mark SET revision = revision WHERE uscc IN");
        push_list(&mut sql, codes);
        sql.build().persistent(false).execute(conn).await.map(drop)
    })
}
