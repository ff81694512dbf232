//! What is to be told about one record, worked out before anything is written.

use contract::collection::v1 as pb;
use db::Tx;
use exchange::NewDelivery;
use service::Error as Common;
use service::machine::{Actor, Refused};
use uuid::Uuid;

use super::notice::{self, Message, Untellable};
use super::row::{self, Publication};
use super::terms::terms;
use super::{exchange_failed, id_of};
use crate::domain::Kind;
use crate::domain::chain::chains_on;
use crate::machines::chain::{CHAIN, Event, State};
use crate::store::{Act, Store};

/// The publications of a record as they will stand, and what their receivers are told.
#[derive(Debug)]
pub(super) struct Plan {
    /// Every publication of the record; `true`: other than before.
    publications: Vec<(Publication, bool)>,
    deliveries: Vec<NewDelivery>,
}

impl Plan {
    /// Tells the record to the chains that the law asks for and that, with their state (`None`: none yet), are `due`, and has those stop
    /// for which no law asks: the day of its decision may have been put right. The revision of `record` is the one that is told.
    pub(super) fn to_tell(
        store: &Store,
        act: &Act,
        record: &pb::Record,
        known: Vec<Publication>,
        due: impl Fn(&str, Option<State>) -> bool,
    ) -> Result<Self, Common> {
        let mut plan = Self::unchanged(known);
        let (Some(content), Ok(decided_on)) = (&record.content, domain::parse_date(&record.decided_on))
        else {
            return Ok(plan);
        };
        let asked: Vec<&str> =
            chains_on(&store.book, Kind::of(content), decided_on).map(|chain| chain.receiver).collect();
        for receiver in asked.iter().copied() {
            let at = plan.position(record, receiver);
            let before = plan.publications.get(at).map(|(before, _)| before.clone());
            if !due(receiver, before.as_ref().map(|before| before.state)) {
                continue;
            }
            let next = told(store, act, record, receiver, before.as_ref())?;
            plan.put(at, before, next);
        }
        plan.end(store, act, record, |one| {
            !asked.contains(&one.chain.as_str()) && due(one.chain.as_str(), Some(one.state))
        });
        Ok(plan)
    }

    /// Tells those chains to stop that may be showing the record and are `due`; revisions as in [`to_tell`](Self::to_tell).
    pub(super) fn to_end(
        store: &Store,
        act: &Act,
        record: &pb::Record,
        known: Vec<Publication>,
        due: impl Fn(&Publication) -> bool,
    ) -> Result<Self, Common> {
        let mut plan = Self::unchanged(known);
        plan.end(store, act, record, due);
        Ok(plan)
    }

    fn end(&mut self, store: &Store, act: &Act, record: &pb::Record, due: impl Fn(&Publication) -> bool) {
        for at in 0..self.publications.len() {
            let before = self.publications[at].0.clone();
            let Some(state) = step(Some(before.state), Event::End).ok().filter(|_| due(&before)) else {
                continue;
            };
            let mut after = Publication { state, problem: String::new(), ..before.clone() };
            let delivery = if before.state.is_told() {
                let message = notice::withdrawal(store, act, record, &before.chain);
                after.told_revision = record.revision;
                Some(delivery(record, &before.chain, message))
            } else {
                None
            };
            self.put(at, Some(before), (after, delivery));
        }
    }

    /// Whether anybody is told anything.
    pub(super) fn tells(&self) -> bool {
        !self.deliveries.is_empty()
    }

    /// Whether anything is other than before.
    pub(super) fn changes(&self) -> bool {
        self.publications.iter().any(|(_, changed)| *changed)
    }

    /// The publications as they will stand.
    pub(super) fn publications(&self) -> impl Iterator<Item = &Publication> {
        self.publications.iter().map(|(publication, _)| publication)
    }

    /// Writes what changed and hands over what is told; answers the publications as they stand now.
    pub(super) async fn write(self, tx: &mut Tx, act: &Act) -> Result<Vec<Publication>, Common> {
        for (publication, _) in self.publications.iter().filter(|(_, changed)| *changed) {
            row::write(tx, publication).await?;
        }
        exchange::enqueue_all(tx, &self.deliveries, act.now).await.map_err(exchange_failed)?;
        Ok(self.publications.into_iter().map(|(publication, _)| publication).collect())
    }

    fn unchanged(known: Vec<Publication>) -> Self {
        let publications = known.into_iter().map(|publication| (publication, false)).collect();
        Self { publications, deliveries: Vec::new() }
    }

    /// Where the publication on a chain stands, or would stand.
    fn position(&self, record: &pb::Record, receiver: &str) -> usize {
        debug_assert!(self.publications().all(|one| one.record_id == id_of(record)));
        self.publications().position(|one| one.chain == receiver).unwrap_or(self.publications.len())
    }

    fn put(
        &mut self,
        at: usize,
        before: Option<Publication>,
        (after, delivery): (Publication, Option<NewDelivery>),
    ) {
        let changed = before.as_ref() != Some(&after);
        self.publications.splice(at..(at + 1).min(self.publications.len()), [(after, changed)]);
        self.deliveries.extend(delivery);
    }
}

/// One chain, told; or why it is not.
fn told(
    store: &Store,
    act: &Act,
    record: &pb::Record,
    receiver: &str,
    before: Option<&Publication>,
) -> Result<(Publication, Option<NewDelivery>), Common> {
    let mut after = before.cloned().unwrap_or_else(|| Publication::new(id_of(record), receiver));
    after.problem = String::new();
    let term = terms(&store.book, record, &after, act.today)?.governing;
    after.run_by(term);
    let state = before.map(|before| before.state);
    if after.is_past(act.today) {
        // Its term was over before it came to be told; what is shown is ended by the job for terms.
        after.state = step(state, Event::End).ok().filter(|to| !to.is_awaited()).unwrap_or(after.state);
        return Ok((after, None));
    }
    match notice::message(store, act, record, receiver, after.ends_on) {
        Ok(message) => {
            after.state = step(state, Event::Tell)?;
            after.told_revision = record.revision;
            Ok((after, Some(delivery(record, receiver, message))))
        }
        Err(problem) => Ok((blocked(after, state, &problem), None)),
    }
}

/// What cannot be told waits where it was not shown; where it is, the receiver goes on showing what it has.
fn blocked(after: Publication, state: Option<State>, problem: &Untellable) -> Publication {
    let to = step(state, Event::Block).unwrap_or(after.state);
    Publication { state: to, problem: problem.to_string(), ..after }
}

fn step(state: Option<State>, event: Event) -> Result<State, Refused> {
    CHAIN.step(state, event, &Actor::system()).map(|step| step.to)
}

fn delivery(record: &pb::Record, receiver: &str, message: Message) -> NewDelivery {
    let (subject, revision) = (record.name.clone(), record.revision);
    NewDelivery {
        delivery_id: delivery_id(receiver, &subject, revision),
        receiver: receiver.to_owned(),
        revision,
        kind: message.kind,
        content: message.content,
        subject,
    }
}

/// One identifier for one content, whoever makes it: a digest of receiver, subject and revision.
fn delivery_id(receiver: &str, subject: &str, revision: i64) -> Uuid {
    let digest = crypto::sm3::digest(format!("{receiver}\n{subject}\n{revision}").as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest.as_bytes()[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}
