//! What a receiver has, and what it was told to do.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use contract::exchange::v1::{DeliverRequest, DeliverResponse};
use tokio::sync::watch;
use tonic::Status;

use crate::Does;

/// Ending of the kinds that take away what was shown.
const WITHDRAWN: &str = ".withdrawn";

/// A delivery that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// The sender's identifier.
    pub delivery_id: String,
    /// Resource that it is about.
    pub subject: String,
    /// Revision of the resource.
    pub revision: i64,
    /// What it is, such as `mark.published`.
    pub kind: String,
    /// The content.
    pub content: Vec<u8>,
    /// The number it was taken under.
    pub receipt: String,
}

/// Everything a receiver remembers; it survives being switched off.
#[derive(Debug)]
pub struct Inbox {
    state: Mutex<State>,
    calls: watch::Sender<u64>,
    releases: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct State {
    script: VecDeque<Does>,
    otherwise: Does,
    taken: Vec<Taken>,
    by_id: HashMap<String, usize>,
    latest: BTreeMap<String, usize>,
}

impl Default for Inbox {
    fn default() -> Self {
        Self { state: Mutex::default(), calls: watch::Sender::new(0), releases: watch::Sender::new(0) }
    }
}

/// Telling it what to do.
impl Inbox {
    /// What the next calls meet, in order, before what calls meet otherwise.
    pub fn will(&self, script: impl IntoIterator<Item = Does>) {
        self.state().script.extend(script);
    }

    /// What every call meets that no script speaks of.
    pub fn otherwise(&self, does: Does) {
        self.state().otherwise = does;
    }

    /// Lets every answer go that a slow call keeps back now.
    pub fn release(&self) {
        self.releases.send_modify(|count| *count += 1);
    }
}

/// Seeing what it has.
impl Inbox {
    /// What was taken, in the order in which it was: each delivery once.
    pub fn taken(&self) -> Vec<Taken> {
        self.state().taken.clone()
    }

    /// Revisions taken of a subject, in the order in which they were.
    pub fn revisions(&self, subject: &str) -> Vec<i64> {
        let state = self.state();
        state.taken.iter().filter(|one| one.subject == subject).map(|one| one.revision).collect()
    }

    /// What the public sees by it: the latest revision of each subject, without what was withdrawn.
    pub fn shown(&self) -> BTreeMap<String, Taken> {
        let state = self.state();
        let latest = state.latest.iter().map(|(subject, at)| (subject.clone(), state.taken[*at].clone()));
        latest.filter(|(_, taken)| !taken.kind.ends_with(WITHDRAWN)).collect()
    }

    /// Calls so far, whatever came of them.
    pub fn calls(&self) -> u64 {
        *self.calls.borrow()
    }

    /// Returns when there have been at least this many calls; what they took is there then.
    pub async fn wait_for_calls(&self, count: u64) {
        let mut calls = self.calls.subscribe();
        // The sender lives as long as this inbox: waiting cannot fail.
        let _ = calls.wait_for(|so_far| *so_far >= count).await;
    }
}

/// What the door asks.
impl Inbox {
    /// The answers to one call, in order.
    pub(crate) async fn call(&self, request: DeliverRequest) -> Result<Vec<DeliverResponse>, Status> {
        let mut releases = self.releases.subscribe();
        releases.mark_unchanged();
        let (does, answer) = self.react(&request);
        self.calls.send_modify(|count| *count += 1);
        if does == Does::IsSlow {
            // As above: the sender lives as long as this inbox.
            let _ = releases.changed().await;
        }
        answer
    }

    fn react(&self, request: &DeliverRequest) -> (Does, Result<Vec<DeliverResponse>, Status>) {
        let mut state = self.state();
        let does = state.script.pop_front().unwrap_or(state.otherwise);
        let honest = |receipt: String| DeliverResponse {
            receipt,
            delivery_id: request.delivery_id.clone(),
            content_digest: crypto::sm3::digest(&request.content).to_hex(),
        };
        let lie = || honest("receipt-0".to_owned());
        let answer = match does {
            Does::Takes | Does::IsSlow => Ok(vec![honest(state.take(request))]),
            Does::Fails => Err(Status::unavailable("closed for maintenance")),
            Does::TakesAndFails => {
                state.take(request);
                Err(Status::unknown("the answer was lost"))
            }
            Does::AnswersTwice => {
                let receipt = state.take(request);
                Ok(vec![honest(receipt), honest("receipt-0".to_owned())])
            }
            Does::NamesAnotherDelivery => Ok(vec![DeliverResponse {
                delivery_id: "00000000-0000-0000-0000-000000000000".into(),
                ..lie()
            }]),
            Does::NamesOtherContent => {
                Ok(vec![DeliverResponse { content_digest: crypto::sm3::digest(b"other").to_hex(), ..lie() }])
            }
            Does::GivesNoReceipt => Ok(vec![DeliverResponse { receipt: String::new(), ..lie() }]),
            Does::Forgets => Ok(vec![lie()]),
        };
        (does, answer)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing that holds the lock can panic half-way through a change.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Takes a delivery once and answers its receipt, which a repetition gets again. A revision behind the one that is there
    /// is taken for the record and changes nothing.
    fn take(&mut self, request: &DeliverRequest) -> String {
        if let Some(at) = self.by_id.get(&request.delivery_id) {
            return self.taken[*at].receipt.clone();
        }
        let at = self.taken.len();
        let receipt = format!("receipt-{}", at + 1);
        let DeliverRequest { delivery_id, subject, revision, kind, content } = request.clone();
        let latest = self.latest.get(&subject).map(|at| self.taken[*at].revision);
        if latest.is_none_or(|latest| latest < revision) {
            self.latest.insert(subject.clone(), at);
        }
        self.by_id.insert(delivery_id.clone(), at);
        self.taken.push(Taken { delivery_id, subject, revision, kind, content, receipt: receipt.clone() });
        receipt
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(id: &str, revision: i64, kind: &str) -> DeliverRequest {
        let content = revision.to_string().into_bytes();
        DeliverRequest {
            delivery_id: id.into(),
            subject: "marks/a".into(),
            revision,
            kind: kind.into(),
            content,
        }
    }

    #[tokio::test]
    async fn a_repetition_gets_the_receipt_it_had_and_is_taken_once() {
        let inbox = Inbox::default();
        let first = inbox.call(request("1", 1, "mark.published")).await.unwrap();
        assert_eq!(inbox.call(request("1", 1, "mark.published")).await.unwrap(), first);
        assert_eq!((inbox.taken().len(), inbox.calls()), (1, 2));
    }

    #[tokio::test]
    async fn what_comes_late_changes_nothing_and_what_is_withdrawn_is_not_shown() {
        let inbox = Inbox::default();
        for (id, revision) in [("2", 2), ("1", 1)] {
            inbox.call(request(id, revision, "mark.published")).await.unwrap();
        }
        assert_eq!(inbox.shown()["marks/a"].revision, 2);
        inbox.call(request("3", 3, "mark.withdrawn")).await.unwrap();
        assert!(inbox.shown().is_empty() && inbox.revisions("marks/a") == [2, 1, 3]);
    }

    #[tokio::test]
    async fn a_script_comes_before_what_it_does_otherwise() {
        let inbox = Inbox::default();
        inbox.otherwise(Does::Fails);
        inbox.will([Does::Forgets]);
        inbox.call(request("1", 1, "mark.published")).await.unwrap();
        inbox.call(request("1", 1, "mark.published")).await.unwrap_err();
        assert!(inbox.taken().is_empty());
    }
}
