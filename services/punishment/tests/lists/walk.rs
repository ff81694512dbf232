//! Walks that try every event by every office, whatever stands: what is refused changes nothing, and what is allowed keeps the lists,
//! the duties and the machine in step.

use chrono::{Days, NaiveDate};
use domain::{DivisionCode, Uscc};
use punishment::domain::abnormal::Entry;
use punishment::domain::list::{Advance, EntryName, List};
use punishment::domain::serious::NewCase;
use punishment::machines::abnormal::{self as directory, ABNORMAL};
use punishment::machines::serious::{self as cases, SERIOUS};
use punishment::store::Store;
use service::machine::Actor;

use crate::common::{act, body, case, case_step, date, entry, entry_step, open, opened};
use crate::lists::directory::duties;

/// Steps of one walk, and walks.
const STEPS: usize = 60;
const WALKS: u64 = 3;

const PEOPLE: [&str; 3] = ["wang", "li", "zhao"];

/// A small generator: the same walk for the same seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.roll(of.len())]
    }
}

/// Duties that must be open in a state of the directory, for the ground of the unreachable.
fn owed_in_directory(entry: &Entry) -> &'static [&'static str] {
    use directory::State::*;
    match entry.state {
        ListProposed => &["abnormal.decide"],
        Objected => &["abnormal.objection"],
        RemovalRequested if entry.removal_verified_on.is_some() => &["abnormal.remove"],
        RemovalRequested => &["abnormal.remove.verify"],
        ObjectedRemovalRequested if entry.removal_verified_on.is_some() => {
            &["abnormal.objection", "abnormal.remove"]
        }
        ObjectedRemovalRequested => &["abnormal.objection", "abnormal.remove.verify"],
        _ => &[],
    }
}

/// Duties that must be open in a state of a case.
fn owed_in_case(state: cases::State) -> &'static [&'static str] {
    use cases::State::*;
    match state {
        // Two line offices answer for food.
        Triggered => &["serious.case_period", "serious.opinion", "serious.opinion"],
        Assessed => &["serious.case_period", "serious.review"],
        SuperiorConsentPending => &["serious.case_period", "serious.consent"],
        OpinionGiven | Reviewed | DefencePending | HearingRequested | HearingOrdered | HearingHeld
        | Consented => &["serious.case_period"],
        Decided | Restored => &["serious.publish"],
        DecidedElsewhere | RestoredElsewhere => &["serious.push"],
        PushedElsewhere | RestoredPushedElsewhere => &["serious.published_elsewhere"],
        _ => &[],
    }
}

/// The party of a walk.
fn party(seed: u64) -> Uscc {
    Uscc::compose("91370102", &format!("MA00000{seed}")).unwrap()
}

async fn listed(store: &Store, party: &Uscc, on: NaiveDate) -> bool {
    let standing = store.standing_of(party).await.unwrap();
    standing.iter().any(|entry| entry.stands_on(on))
}

async fn owed(store: &Store, name: &EntryName) -> Vec<String> {
    duties(store, &name.to_string()).await.into_iter().map(|(kind, _)| kind).collect()
}

/// An event that leads on, more often than one of all.
fn event_of<E: Copy>(dice: &mut Dice, leading_on: &[E], all: &[E]) -> E {
    if !leading_on.is_empty() && dice.roll(4) > 0 { dice.pick(leading_on) } else { dice.pick(all) }
}

/// Who acts: an office, and a person of it.
fn who(dice: &mut Dice, offices: &[&'static str]) -> (&'static str, &'static str) {
    let office = dice.pick(offices);
    (office, if office == "SYSTEM" { "system" } else { dice.pick(&PEOPLE) })
}

async fn an_entry_is_in_the_directory_exactly_when_its_state_says_so(store: Store) {
    const OFFICES: [&str; 5] = ["DISTRICT", "DISTRICT", "FOREIGN_REG", "LEGAL", "SYSTEM"];
    // Nobody orders who cannot be reached to publish anything, no body above has the removal decided again, and nobody asks about a licence.
    let of_ground = |event: &directory::Event| {
        use directory::Event::{ConsiderRevocation, DecideAgain, RecordOrder};
        ![RecordOrder, DecideAgain, ConsiderRevocation].contains(event)
    };
    let ending = [directory::Event::Dismiss, directory::Event::RemoveByOrder, directory::Event::Deregister];
    let all: Vec<_> = directory::Event::ALL.iter().copied().filter(of_ground).collect();
    let mut reached = std::collections::BTreeSet::new();
    for seed in 1..=WALKS {
        let (mut dice, mut today, party) = (Dice(seed), date("2021-10-08"), party(seed));
        let mut walk = store
            .open_entry(&act("DISTRICT", "wang", "2021-10-08"), &body("o"), entry(party.as_str()))
            .await
            .unwrap();
        let mut taken = 0;
        for _ in 0..STEPS * 2 {
            let name = EntryName::parse(List::Abnormal, &walk.name).unwrap();
            let before = store.entry(&name).await.unwrap();
            reached.insert(before.state);
            if before.state.ended() {
                let again = act("DISTRICT", "wang", &today.to_string());
                walk = store.open_entry(&again, &body("o"), entry(party.as_str())).await.unwrap();
                continue;
            }
            today = today + Days::new(u64::try_from(dice.roll(12)).unwrap());
            let leading_on: Vec<_> = ABNORMAL
                .events_from(before.state)
                .filter(|event| !ending.contains(event))
                .filter(of_ground)
                .collect();
            let event = event_of(&mut dice, &leading_on, &all);
            let (office, person) = who(&mut dice, &OFFICES);
            let step = Advance { effective_on: Some(today), ..entry_step(event) };
            let by = act(office, person, &today.to_string());
            let answer = store.advance_entry(&by, &body("s"), &name, &step).await;
            let after = store.entry(&name).await.unwrap();
            let proposer = if event.is_about_objection() && before.state.is_objected() {
                &before.objection_actor
            } else {
                &before.last_actor
            };
            let actor = Actor::person(office, person).on_proposal_of(proposer).citing("办法");
            match (answer, ABNORMAL.step(before.state, event, &actor)) {
                (Ok(_), Ok(allowed)) => assert_eq!(after.state, allowed.to),
                (Ok(_), Err(refused)) => panic!("{event:?} was taken though {refused}"),
                (Err(_), _) => assert_eq!(after, before, "what is refused changes nothing"),
            }
            taken += usize::from(after != before);
            let (state, shown) = (after.state, listed(&store, &party, today).await);
            assert_eq!(shown, state.stands(), "{state:?} on {today}");
            let owed = owed(&store, &name).await.into_iter();
            // Whether an objection was taken up, its state does not say.
            let (taking_up, owed): (Vec<_>, Vec<_>) =
                owed.partition(|kind| kind == "abnormal.objection.accept");
            assert_eq!(owed, owed_in_directory(&after), "{:?}", after.state);
            assert!(taking_up.is_empty() || after.state.is_objected(), "{:?}", after.state);
            assert_eq!(after.objection_actor.is_empty(), !after.state.is_objected(), "{:?}", after.state);
            assert_eq!(after.listed_on.is_some_and(|_| after.state.stands()), after.state.stands());
        }
        assert!(taken > STEPS / 4, "the walk of seed {seed} went nowhere: {taken}");
    }
    assert!(reached.len() >= 6 && reached.iter().any(|state| state.stands()), "the walks saw {reached:?}");
}

async fn a_case_is_on_the_list_exactly_when_its_state_says_so_and_the_term_runs(store: Store) {
    const OFFICES: [&str; 8] =
        ["ENFORCEMENT", "ENFORCEMENT", "ENFORCEMENT", "FOOD_PROD", "LEGAL", "SUPERIOR", "CREDIT", "SYSTEM"];
    // No penalty is withdrawn here, so nobody is to say that one stands; a hearing is called for the day itself, which is too early, so
    // none is called anew.
    let in_doubt =
        |event: &cases::Event| ![cases::Event::KeepListing, cases::Event::OrderHearingAnew].contains(event);
    let all: Vec<_> = cases::Event::ALL.iter().copied().filter(in_doubt).collect();
    for seed in 1..=WALKS {
        let (mut dice, mut today, party) = (Dice(seed * 7), date("2021-10-08"), party(seed));
        // The party of the last walk is registered in another province.
        let registered_in = (seed == WALKS).then(|| DivisionCode::parse("320102").unwrap());
        let new = || NewCase { uscc: party.clone(), registered_in: registered_in.clone(), ..case() };
        let mut name = opened(&store, new(), "2021-10-08").await;
        let mut reached = std::collections::BTreeSet::new();
        // Whether the other province shows what left the list, and is to be told.
        let mut telling = false;
        for _ in 0..STEPS * 3 {
            let before = store.case(&name).await.unwrap();
            let elsewhere = before.content.registered_elsewhere();
            reached.insert(before.state);
            if before.state.ended() {
                name = opened(&store, new(), &today.to_string()).await;
                telling = false;
                continue;
            }
            today = today + Days::new(u64::try_from(dice.roll(9)).unwrap());
            let leading_on: Vec<_> = SERIOUS
                .events_from(before.state)
                .filter(|event| ![cases::Event::DropCase, cases::Event::Expire].contains(event))
                .filter(in_doubt)
                .collect();
            let event = event_of(&mut dice, &leading_on, &all);
            let (office, person) = who(&mut dice, &OFFICES);
            if event == cases::Event::Expire && before.term_ends_on.is_none_or(|last| today <= last) {
                continue;
            }
            let day = today.to_string();
            let answer = store
                .advance_case(&act(office, person, &day), &body("s"), &name, &case_step(event, &day))
                .await;
            let after = store.case(&name).await.unwrap();
            let actor = Actor::person(office, person).on_proposal_of(&before.proposed_by).citing("办法");
            match (answer, SERIOUS.step(before.state, event.for_party(elsewhere), &actor)) {
                (Ok(_), Ok(allowed)) => assert_eq!(after.state, allowed.to),
                (Ok(_), Err(refused)) => panic!("{event:?} was taken though {refused}"),
                (Err(_), _) => assert_eq!(after, before, "what is refused changes nothing"),
            }
            let runs = after.term_ends_on.is_none_or(|last| today <= last);
            let (state, shown) = (after.state, listed(&store, &party, today).await);
            assert_eq!(shown, state.stands() && runs, "{state:?} on {today}");
            let mut owing = owed_in_case(after.state).to_vec();
            if after != before {
                let left = after.state.void() || after.state == cases::State::RemovedEarly;
                telling |= elsewhere && before.state.shown_elsewhere() && left;
                telling &= event != cases::Event::TellElsewhere && !after.state.stands();
            }
            if telling {
                owing.push(cases::TELL);
            }
            assert_eq!(owed(&store, &name).await, owing, "{:?}", after.state);
        }
        assert!(reached.len() >= 6, "the walk of seed {seed} saw {reached:?}");
    }
}

mod walks {
    use super::*;
    db::conformance! {
        open = open;
        cases = [
            an_entry_is_in_the_directory_exactly_when_its_state_says_so,
            a_case_is_on_the_list_exactly_when_its_state_says_so_and_the_term_runs,
        ]
    }
}
