//! A random walk: officers of all offices do whatever comes to their minds with one application after the other, and what the law
//! promises holds after each act.

use contract::punishment::v1::{Repair, RepairGap};
use db::on;
use punishment::Error;
use punishment::machines::repair::{REPAIR, State};
use punishment::store::{Application, Examination, Store, Verification};

use super::fixture::*;
use crate::common::*;

/// Acts of one walk.
const ACTS: usize = 250;
/// Everybody who may think of something.
const PEOPLE: [(&str, &str); 9] = [
    ("CREDIT", "counter"),
    ("CREDIT", "sun"),
    ("ENFORCEMENT", "feng"),
    ("ENFORCEMENT", "xu"),
    ("FOOD_PROD", "hu"),
    ("DISTRICT", "qian"),
    ("LEGAL", "lin"),
    ("SE_SUPERV", "cao"),
    ("PARTY", "boss"),
];

/// A small generator of numbers (the minimal standard of Park and Miller): the same walk every time.
struct Dice(u64);

impl Dice {
    /// A number below `bound`, from the upper part of the state, which is the more random one.
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0 * 48_271 % 0x7FFF_FFFF;
        usize::try_from(self.0 >> 8).unwrap() % bound
    }
}

/// What one can do with an application, by the number of the act, and who may.
const WAYS: [(&str, &str); 9] = [
    ("CREDIT", "counter"),
    ("ENFORCEMENT", "feng"),
    ("ENFORCEMENT", "feng"),
    ("FOOD_PROD", "hu"),
    ("CREDIT", "sun"),
    ("LEGAL", "lin"),
    ("ENFORCEMENT", "feng"),
    ("CREDIT", "sun"),
    ("ENFORCEMENT", "xu"),
];

/// Acts that lead on from a state, the likely ones more than once.
fn sensible(state: State) -> &'static [usize] {
    match state {
        State::Draft | State::Incomplete => &[0],
        State::Submitted => &[1, 1, 1, 2],
        State::Accepted => &[3, 4],
        State::Verifying => &[3, 4, 6, 6],
        State::PanelReview => &[3, 5, 5, 6],
        State::Executed | State::Shared => &[7, 8],
        _ => &[7],
    }
}

async fn act_at_random(
    store: &Store,
    before: &Application,
    dice: &mut Dice,
    day: &str,
) -> Result<Repair, Error> {
    let likely = sensible(before.state);
    let way = if dice.below(4) > 0 { likely[dice.below(likely.len())] } else { dice.below(WAYS.len()) };
    let (office, person) = if dice.below(4) > 0 { WAYS[way] } else { PEOPLE[dice.below(PEOPLE.len())] };
    let (name, body) = (&before.name, body("walk"));
    let act = act(office, person, day);
    match way {
        0 => store.submit_repair(&act, &body, name, papers(&ALL_PAPERS[..dice.below(5).min(3)])).await,
        1 => store.examine_repair(&act, &body, name, Examination::Accept).await,
        2 => {
            let gap =
                RepairGap { kind: ALL_PAPERS[dice.below(3)].to_owned(), problem: "不清楚".to_owned() };
            store.examine_repair(&act, &body, name, Examination::Ask(vec![gap])).await
        }
        3 => {
            let method = ["Online", "Paper", "OnSite"][dice.below(3)];
            store.verify_repair(&act, &body, name, verified(method)).await
        }
        4 => store.verify_repair(&act, &body, name, Verification::Referred("情节较重".to_owned())).await,
        5 => {
            let (office, person) = [("CREDIT", "sun"), ("LEGAL", "lin"), ("FOOD_PROD", "hu")][dice.below(3)];
            store.verify_repair(&crate::common::act(office, person, day), &body, name, opinion()).await
        }
        6 => {
            let ruling = ruling_on(store, name, dice.below(6) > 0).await;
            store.decide_repair(&act, &body, name, ruling).await
        }
        7 => match dice.below(9) {
            0 => store.withdraw_repair(&act, &body, name, String::new()).await,
            1 => store.examine_repair(&act, &body, name, Examination::Refuse("材料虚假".to_owned())).await,
            2..=4 => store.share_repair(&act, &body, name).await,
            _ => {
                store.execute_repairs(&system(day)).await.unwrap();
                Ok(store.repair(name).await?.said)
            }
        },
        _ => store.revoke_repair(&act, &body, name, revocation()).await,
    }
}

/// What holds of an application at any time.
async fn assert_lawful(store: &Store, repair: &Repair, strict: bool) {
    let state: State = repair.state.parse().unwrap();
    let ruled = [State::Granted, State::Executed, State::Shared, State::RevokedForFraud].contains(&state);
    if ruled {
        let others =
            repair.verifications.iter().map(|one| one.officer.as_str()).chain([repair.submitter.as_str()]);
        assert!(others.into_iter().all(|officer| officer != repair.decider), "{repair:?}");
        assert!(repair.verifications.last().unwrap().confirmed, "{repair:?}");
        assert!(repair.eligibility.as_ref().unwrap().eligible, "{repair:?}");
        assert!(!repair.ends.is_empty(), "{repair:?}");
    }
    if ruled && strict {
        let on_site = repair.verifications.iter().any(|one| one.method == "OnSite" && one.confirmed);
        let has = |office: &str| repair.opinions.iter().any(|opinion| opinion.office == office);
        assert!(on_site && has("CREDIT") && has("LEGAL") && has("FOOD_PROD"), "{repair:?}");
    }
    let examined = ![State::Draft, State::Submitted, State::Incomplete, State::Refused, State::Withdrawn]
        .contains(&state);
    assert!(!examined || !repair.accepted_on.is_empty(), "{repair:?}");
    assert_eq!(open_duties(store, &repair.name).await, due(state), "{repair:?}");
}

/// The one duty of each state.
fn due(state: State) -> Vec<String> {
    let kind = match state {
        State::Submitted => "repair.accept",
        State::Accepted | State::Verifying | State::PanelReview => "repair.decide",
        State::Granted => "repair.execute",
        State::Executed => "repair.share",
        _ => return Vec::new(),
    };
    vec![kind.to_owned()]
}

async fn open_duties(store: &Store, subject: &str) -> Vec<String> {
    const SQL: &str = "SELECT kind FROM obligation WHERE done_on IS NULL AND subject = $1";
    on!(store.db(), |pool| sqlx::query_scalar(SQL).bind(subject).fetch_all(pool).await).unwrap()
}

/// Whether the table leads from one state to the other, in one step or, where the system books at once, in two.
fn leads(from: State, to: State) -> bool {
    let reached = |from: State, to: State| {
        REPAIR.events_from(from).any(|event| {
            PEOPLE.iter().chain(&[("SYSTEM", "system")]).any(|(office, person)| {
                let actor = service::machine::Actor::person(office, person).on_proposal_of("x").citing("x");
                REPAIR.step(from, event, &actor).is_ok_and(|step| step.to == to)
            })
        })
    };
    reached(from, to)
}

/// Walks on a day on which the least term of a penalty of these kinds is over, and its term is not: it is shown since 2025-12-25.
async fn walk(store: &Store, kinds: &[&str], day: &str, seed: u64) {
    let mut dice = Dice(seed);
    let mut record = penalty(PENALTY, "罚1", kinds, "2025-12-25");
    told(store, vec![record.clone()]).await;
    let strict = kinds.contains(&"10");
    let mut name = begun(store, PENALTY, day).await;
    let mut before = store.repair(&name).await.unwrap();
    let (mut taken, mut granted) = (0, 0);
    for _ in 0..ACTS {
        // Now and then the chains of a granted penalty stop.
        let ended = if before.state == State::Granted && dice.below(2) == 0 { "Ended" } else { "Shown" };
        for publication in &mut record.publications {
            ended.clone_into(&mut publication.state);
        }
        told(store, vec![record.clone()]).await;
        let answer = act_at_random(store, &before, &mut dice, day).await;
        let after = store.repair(&name).await.unwrap();
        if answer.is_err() {
            assert_eq!(after.said, before.said, "a refusal has changed something");
        } else if after.said.revision != before.said.revision {
            taken += 1;
            granted += usize::from(after.state == State::Granted);
            assert!(leads(before.state, after.state), "{:?} {:?}", before.state, after.state);
            let first = &before.said.gaps;
            assert!(first.is_empty() || *first == after.said.gaps, "the list of gaps has grown");
        }
        assert_lawful(store, &after.said, strict).await;
        before = after;
        if before.state.is_closed() && dice.below(3) == 0 {
            "Shown".clone_into(&mut record.publications[0].state);
            "Shown".clone_into(&mut record.publications[1].state);
            told(store, vec![record.clone()]).await;
            name = begun(store, PENALTY, day).await;
            before = store.repair(&name).await.unwrap();
        }
    }
    assert!(taken > 60 && granted > 0, "the walk went somewhere: {taken} steps, {granted} grants");
}

async fn whatever_officers_do_an_ordinary_repair_is_lawful(store: Store) {
    walk(&store, &["4", "3"], "2026-06-08", 177).await;
}

async fn whatever_officers_do_a_grave_breach_is_seen_by_the_panel(store: Store) {
    walk(&store, &["10"], "2027-01-11", 42).await;
}

db::conformance! {
    open = open;
    cases = [
        whatever_officers_do_an_ordinary_repair_is_lawful,
        whatever_officers_do_a_grave_breach_is_seen_by_the_panel,
    ];
}
