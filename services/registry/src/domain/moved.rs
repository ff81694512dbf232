//! How a mark moves: each function takes the steps that the table of machine 1 allows and says what follows from them.

use domain::{MicrosUtc, OfficeCode};
use service::machine::{Actor, Refused, Step};

use super::{Codes, Mark, MarkContent, MarkKey};
use crate::machines::mark::{Event, MARK, State, confirm, reconcile};

/// A mark after it moved.
#[derive(Clone, Debug)]
pub struct Moved {
    /// The mark as it stands now, one revision later.
    pub mark: Mark,
    /// The mark before; `None` when it is new.
    pub before: Option<Mark>,
    /// The steps taken, in order: what they fulfil and oblige.
    pub steps: Vec<Step<State>>,
    /// What the publicity system is to be told.
    pub push: Option<Push>,
}

/// What the publicity system is told about a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Push {
    /// Show the mark with its present content.
    Show,
    /// Show it no longer.
    Withdraw,
}

impl Moved {
    /// One revision after `known`, or a new mark that says nothing yet.
    fn begin(known: Option<&Mark>, key: &MarkKey, now: MicrosUtc) -> Self {
        let mark = match known {
            Some(known) => Mark { revision: known.revision + 1, updated_at: now, ..known.clone() },
            None => Mark {
                key: key.clone(),
                state: State::Candidate,
                content: MarkContent::default(),
                shown: MarkContent::default(),
                confirmed_by: Codes::default(),
                revision: 1,
                pushed_revision: 0,
                published_at: None,
                updated_at: now,
            },
        };
        Self { mark, before: known.cloned(), steps: Vec::new(), push: None }
    }

    fn take(&mut self, step: Step<State>) {
        self.mark.state = step.to;
        if !step.to.is_carried() {
            self.mark.shown = MarkContent::default();
        }
        if step.publishes.is_some() {
            self.mark.pushed_revision = self.mark.revision;
            self.push = Some(if step.to.is_carried() { Push::Show } else { Push::Withdraw });
        }
        self.steps.push(step);
    }

    /// Hands the content over where the table allows it and there is something to say.
    fn hand_over(&mut self) {
        let enqueue = MARK.step(self.mark.state, Event::Enqueue, &Actor::system());
        if let (Ok(step), false) = (enqueue, self.mark.content.licence_nos.is_empty()) {
            self.take(step);
        }
    }
}

impl Mark {
    /// What becomes of the mark `key`, known as `known`, when its licences say `desired`; `None` when it stays as it is.
    ///
    /// # Errors
    /// [`Refused`] when the table lacks a step that it should have: a fault of the program.
    pub fn follow(
        known: Option<&Self>,
        key: &MarkKey,
        desired: Option<&MarkContent>,
        now: MicrosUtc,
    ) -> Result<Option<Moved>, Refused> {
        let said = known.map(|known| &known.content).filter(|content| !content.licence_nos.is_empty());
        let state = known.map(|known| known.state);
        let Some(event) = reconcile(state, said, desired) else { return Ok(None) };
        let mut moved = Moved::begin(known, key, now);
        moved.take(MARK.step(state, event, &Actor::system())?);
        moved.mark.content = desired.cloned().unwrap_or_default();
        moved.mark.confirmed_by = Codes::default();
        moved.mark.published_at = None;
        moved.hand_over();
        Ok(Some(moved))
    }

    /// Its enterprise has another name, or lies elsewhere: the publicity system is told the mark again, with what it says now. `None`
    /// while it shows nothing, and while the mark waits for its removal.
    ///
    /// # Errors
    /// As [`follow`](Self::follow).
    pub fn told_again(&self, now: MicrosUtc) -> Result<Option<Moved>, Refused> {
        if !self.state.is_carried() || self.content.licence_nos.is_empty() {
            return Ok(None);
        }
        let mut moved = Moved::begin(Some(self), &self.key, now);
        moved.take(MARK.step(self.state, Event::Change, &Actor::system())?);
        moved.mark.published_at = None;
        moved.hand_over();
        Ok(Some(moved))
    }

    /// The owner confirms the proposal, or the removal.
    ///
    /// # Errors
    /// [`Refused`] when neither is waiting, or `actor` is not one who may.
    pub fn confirm(&self, actor: &Actor<'_>, now: MicrosUtc) -> Result<Moved, Refused> {
        let (_, step) = confirm(self.state, actor)?;
        let mut moved = Moved::begin(Some(self), &self.key, now);
        moved.take(step);
        moved.mark.confirmed_by = Codes::default();
        moved.hand_over();
        Ok(moved)
    }

    /// Of several `owners` of the proposed content, those that have not confirmed it once `office` has; empty where its word is the
    /// last that is needed, and where no proposal waits.
    pub fn left_to_confirm<'o>(&self, owners: &'o [OfficeCode], office: &OfficeCode) -> Vec<&'o OfficeCode> {
        if !MARK.events_from(self.state).any(|event| event == Event::ConfirmPart) {
            return Vec::new();
        }
        let confirmed = |owner: &&OfficeCode| self.confirmed_by.iter().any(|one| one == owner.as_str());
        owners.iter().filter(|owner| *owner != office && !confirmed(owner)).collect()
    }

    /// One of several owners confirms what is its own.
    ///
    /// # Errors
    /// [`Refused`] when no proposal is waiting, or `actor` is not one who may.
    pub fn confirm_part(
        &self,
        actor: &Actor<'_>,
        office: &OfficeCode,
        now: MicrosUtc,
    ) -> Result<Moved, Refused> {
        let step = MARK.step(self.state, Event::ConfirmPart, actor)?;
        let mut moved = Moved::begin(Some(self), &self.key, now);
        moved.take(step);
        moved.mark.confirmed_by.extend(&[office.as_str()].into_iter().collect());
        Ok(moved)
    }

    /// The owner rejects the proposal. The content stays, so that the same licences do not propose it again.
    ///
    /// # Errors
    /// [`Refused`] when no proposal is waiting, or `actor` is not one who may.
    pub fn reject(&self, actor: &Actor<'_>, now: MicrosUtc) -> Result<Moved, Refused> {
        let step = MARK.step(self.state, Event::Reject, actor)?;
        let mut moved = Moved::begin(Some(self), &self.key, now);
        moved.take(step);
        moved.mark.confirmed_by = Codes::default();
        Ok(moved)
    }

    /// The publicity system took revision `pushed`, or failed to; `None` when the mark has moved on since.
    pub fn pushed(&self, pushed: i64, taken: bool, now: MicrosUtc) -> Option<Moved> {
        let event = if taken { Event::Acknowledge } else { Event::Fail };
        let step = MARK.step(self.state, event, &Actor::system()).ok()?;
        let same_again = !taken && step.to == self.state;
        if self.pushed_revision != pushed || same_again {
            return None;
        }
        let mut moved = Moved::begin(Some(self), &self.key, now);
        moved.take(step);
        if taken && moved.mark.state.is_carried() {
            moved.mark.published_at = Some(now);
            moved.mark.shown = moved.mark.content.clone();
        } else {
            moved.mark.published_at = None;
        }
        Some(moved)
    }
}

#[cfg(test)]
mod tests {
    use domain::{FieldCode, Uscc};

    use super::*;
    use crate::machines::mark::CONFIRMER;

    const NOW: MicrosUtc = MicrosUtc(7);
    const OWNER: Actor<'_> = Actor::person(CONFIRMER.code(), "wang");

    fn key() -> MarkKey {
        MarkKey { uscc: Uscc::parse("91370102MA3C00011F").unwrap(), field: FieldCode::parse("FOOD").unwrap() }
    }

    fn says(number: &str) -> MarkContent {
        MarkContent {
            sub_kinds: ["OrdinaryFood"].into_iter().collect(),
            licence_nos: [number].into_iter().collect(),
        }
    }

    fn follow(known: Option<&Mark>, desired: Option<&MarkContent>) -> Option<Moved> {
        Mark::follow(known, &key(), desired, NOW).unwrap()
    }

    fn duties(moved: &Moved) -> Vec<&str> {
        moved.steps.iter().flat_map(|step| step.obliges()).map(|duty| duty.kind).collect()
    }

    fn published() -> Mark {
        let proposed = follow(None, Some(&says("a"))).unwrap().mark;
        let confirmed = proposed.confirm(&OWNER, NOW).unwrap().mark;
        confirmed.pushed(confirmed.pushed_revision, true, NOW).unwrap().mark
    }

    #[test]
    fn the_first_licence_proposes_a_mark_and_obliges_its_owner() {
        let moved = follow(None, Some(&says("a"))).unwrap();
        assert_eq!(duties(&moved), ["mark.confirm"]);
        assert_eq!((moved.before, moved.mark.state, moved.push), (None, State::Candidate, None));
    }

    #[test]
    fn a_confirmed_mark_is_handed_over_at_once_with_its_revision() {
        let proposed = follow(None, Some(&says("a"))).unwrap().mark;
        let moved = proposed.confirm(&OWNER, NOW).unwrap();
        assert_eq!((moved.mark.state, moved.push), (State::PushPending, Some(Push::Show)));
        assert_eq!((moved.mark.revision, moved.mark.pushed_revision), (2, 2));
        assert_eq!(duties(&moved), ["mark.push"]);
    }

    #[test]
    fn an_acknowledgement_publishes_and_one_that_comes_too_late_does_not() {
        let mark = published();
        assert_eq!((mark.state, mark.published_at), (State::Published, Some(NOW)));
        let changed = follow(Some(&mark), Some(&says("b"))).unwrap().mark;
        assert!(changed.pushed(2, true, NOW).is_none(), "revision 2 is no longer what is waited for");
        assert!(changed.pushed(changed.pushed_revision, true, NOW).is_some());
    }

    #[test]
    fn a_failed_push_is_told_once_and_still_ends_in_publication() {
        let pending = follow(Some(&published()), Some(&says("b"))).unwrap().mark;
        let failed = pending.pushed(pending.pushed_revision, false, NOW).unwrap().mark;
        assert_eq!(failed.state, State::PushFailed);
        assert!(failed.pushed(failed.pushed_revision, false, NOW).is_none());
        assert_eq!(failed.pushed(failed.pushed_revision, true, NOW).unwrap().mark.state, State::Published);
    }

    #[test]
    fn a_change_of_licences_is_pushed_without_asking_again() {
        let moved = follow(Some(&published()), Some(&says("b"))).unwrap();
        assert_eq!((moved.mark.state, moved.push), (State::PushPending, Some(Push::Show)));
        assert_eq!(moved.mark.published_at, None);
    }

    #[test]
    fn a_mark_stays_public_as_it_was_until_the_change_is_acknowledged() {
        let proposed = follow(None, Some(&says("a"))).unwrap().mark.confirm(&OWNER, NOW).unwrap().mark;
        assert_eq!(
            proposed.shown,
            MarkContent::default(),
            "nothing is public before the first acknowledgement"
        );
        let pending = follow(Some(&published()), Some(&says("b"))).unwrap().mark;
        assert_eq!((pending.state, &pending.shown), (State::PushPending, &says("a")));
        let failed = pending.pushed(pending.pushed_revision, false, NOW).unwrap().mark;
        assert_eq!((failed.state, &failed.shown), (State::PushFailed, &says("a")));
        assert_eq!(failed.pushed(failed.pushed_revision, true, NOW).unwrap().mark.shown, says("b"));
    }

    #[test]
    fn a_mark_that_waits_for_its_removal_is_public_until_the_owner_confirms() {
        let waiting = follow(Some(&published()), None).unwrap().mark;
        assert_eq!(waiting.shown, says("a"));
        assert_eq!(waiting.confirm(&OWNER, NOW).unwrap().mark.shown, MarkContent::default());
    }

    #[test]
    fn the_last_licence_gone_proposes_the_removal_and_the_owner_confirms_it() {
        let waiting = follow(Some(&published()), None).unwrap();
        assert_eq!((waiting.mark.state, waiting.push), (State::ChangePending, None));
        assert_eq!(duties(&waiting), ["mark.confirm"]);
        assert!(follow(Some(&waiting.mark), None).is_none(), "the same again changes nothing");
        let removed = waiting.mark.confirm(&OWNER, NOW).unwrap();
        assert_eq!((removed.mark.state, removed.push), (State::Removed, Some(Push::Withdraw)));
        let told = removed.mark.pushed(removed.mark.pushed_revision, true, NOW).unwrap();
        assert_eq!((told.mark.state, told.mark.published_at), (State::Removed, None));
    }

    #[test]
    fn a_mark_that_is_shown_is_told_again_under_a_new_name_and_no_other_is() {
        let moved = published().told_again(NOW).unwrap().unwrap();
        assert_eq!((moved.mark.state, moved.push), (State::PushPending, Some(Push::Show)));
        assert_eq!((&moved.mark.content, &moved.mark.shown), (&says("a"), &says("a")));
        let pending = moved.mark.told_again(NOW).unwrap().unwrap().mark;
        assert_eq!((pending.state, pending.pushed_revision), (State::PushPending, pending.revision));
        let proposed = follow(None, Some(&says("a"))).unwrap().mark;
        let ending = follow(Some(&published()), None).unwrap().mark;
        let removed = ending.confirm(&OWNER, NOW).unwrap().mark;
        for other in [proposed, ending, removed] {
            assert!(other.told_again(NOW).unwrap().is_none(), "{:?}", other.state);
        }
    }

    #[test]
    fn a_licence_that_comes_back_before_the_removal_restores_the_mark() {
        let waiting = follow(Some(&published()), None).unwrap().mark;
        assert_eq!(follow(Some(&waiting), Some(&says("a"))).unwrap().mark.state, State::PushPending);
    }

    #[test]
    fn a_rejected_mark_is_proposed_again_only_with_other_licences() {
        let rejected = follow(None, Some(&says("a"))).unwrap().mark.reject(&OWNER, NOW).unwrap().mark;
        assert_eq!(rejected.state, State::Removed);
        assert!(follow(Some(&rejected), Some(&says("a"))).is_none());
        assert_eq!(follow(Some(&rejected), Some(&says("b"))).unwrap().mark.state, State::Candidate);
    }

    #[test]
    fn a_proposal_whose_licence_ends_goes_without_a_word() {
        let proposed = follow(None, Some(&says("a"))).unwrap().mark;
        let gone = follow(Some(&proposed), None).unwrap();
        assert_eq!((gone.mark.state, gone.push), (State::Removed, None));
    }
}
