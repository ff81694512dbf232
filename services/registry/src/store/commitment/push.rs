//! What the publicity system is told about letters, and what it answers.

use db::Tx;
use exchange::notice::{Action, CommitmentNotice, Notice};
use exchange::publicity::RECEIVER;
use exchange::{Adapter, Delivery, DeliveryState, NewDelivery};

use super::row::{CommitmentViewRow, update};
use super::step::{Told, letter};
use super::template::template_of;
use crate::convert::parse_commitment_name;
use crate::domain::{Commitment, CommitmentKey, CommitmentView};
use crate::error::Error;
use crate::store::publicity::delivery_id;
use crate::store::{Act, Store};

/// Hands a letter to the exchange: to be shown while it is in force, to be taken away when it has ended.
pub(super) async fn enqueue(
    tx: &mut Tx,
    store: &Store,
    act: &Act,
    view: &CommitmentView,
    letter: &Commitment,
    title: &str,
) -> Result<(), Error> {
    let subject = letter.key.name();
    let copy = letter.copy.as_ref();
    let notice = CommitmentNotice {
        action: if letter.ended_on.is_none() { Action::Publish } else { Action::Withdraw },
        title,
        uscc: &letter.key.uscc,
        legal_name: view.legal_name.as_str(),
        signed_on: copy.map_or(letter.issued_on, |copy| copy.signed_on),
        valid_to: letter.valid_to,
        digest: &copy.map(|copy| copy.file.to_string()).unwrap_or_default(),
        division: view.division.as_str(),
        revision: letter.revision,
    };
    let content = Adapter::new(&store.book, RECEIVER, act.today).content(&notice);
    let delivery = NewDelivery {
        delivery_id: delivery_id(&subject, letter.revision),
        receiver: RECEIVER.to_owned(),
        revision: letter.revision,
        kind: notice.kind(),
        content: content.map_err(|problem| Error::Exchange(Box::new(problem.into())))?,
        subject,
    };
    let enqueued = exchange::enqueue_all(tx, &[delivery], act.now).await;
    enqueued.map_err(|problem| Error::Exchange(Box::new(problem)))
}

impl Store {
    /// Has the published letters of enterprises told again that are called otherwise now, or lie elsewhere: `codes`, as they stand
    /// in the register.
    pub(in crate::store) async fn tell_letters_again(
        &self,
        tx: &mut Tx,
        act: &Act,
        codes: &[&str],
    ) -> Result<(), Error> {
        const SQL: &str = "
            SELECT c.*, e.legal_name, e.division
            FROM commitment c JOIN enterprise e ON e.uscc = c.uscc
            WHERE c.published_on IS NOT NULL AND c.ended_on IS NULL AND c.uscc IN";
        let rows: Vec<CommitmentViewRow> = db::rows_of(tx, SQL, codes).await?;
        let mut views: Vec<CommitmentView> =
            rows.into_iter().map(CommitmentView::try_from).collect::<Result<_, service::Error>>()?;
        views.sort_by(|one, other| one.commitment.key.cmp(&other.commitment.key));
        for view in views {
            let known = &view.commitment;
            let mut after = known.moved(known.state, act.today, act.now);
            after.pushed_revision = after.revision;
            // What was acknowledged is the letter under the name and in the division before.
            after.acknowledged_at = None;
            update(tx, &after).await?;
            let title = template_of(tx, &after.template).await?.content.title;
            enqueue(tx, self, act, &view, &after, &title).await?;
            let told = Told { previous_state: Some(known.state), reason: "", context: &act.context };
            let view = CommitmentView { commitment: after, ..view.clone() };
            self.tell(tx, act, &view, told).await?;
        }
        Ok(())
    }
}

/// The letter that a delivery is about; `None` when it is about something else.
pub(in crate::store) fn letter_of(delivery: &Delivery) -> Option<CommitmentKey> {
    parse_commitment_name(&mut service::FieldErrors::default(), "delivery.subject", &delivery.subject)
}

/// Notes that the publicity system shows a letter. Failures are the exchange's to repeat, and a withdrawal leaves the day on
/// which it was shown.
pub(in crate::store) async fn acknowledge(
    store: &Store,
    tx: &mut Tx,
    act: &Act,
    key: &CommitmentKey,
    delivery: &Delivery,
) -> Result<(), Error> {
    if delivery.state != DeliveryState::Acknowledged {
        return Ok(());
    }
    let view = letter(tx, key).await?;
    let known = &view.commitment;
    if known.pushed_revision != delivery.revision
        || known.ended_on.is_some()
        || known.acknowledged_at.is_some()
    {
        return Ok(());
    }
    let mut after = known.moved(known.state, act.today, act.now);
    after.acknowledged_at = Some(act.now);
    update(tx, &after).await?;
    let context = act.caused_by(&delivery.delivery_id.to_string());
    let told = Told { previous_state: Some(known.state), reason: "", context: &context };
    let view = CommitmentView { commitment: after, ..view.clone() };
    store.tell(tx, act, &view, told).await.map(drop)
}
