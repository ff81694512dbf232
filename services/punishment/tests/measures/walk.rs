//! A random walk: entries come and go, officers decide, systems are away, days pass. After every step, what must always hold is held
//! against the records and against what the systems were told.

use std::collections::BTreeSet;

use punishment::domain::list::EntryName;
use punishment::domain::measure::Measure;
use punishment::machines::measure::State;
use punishment::store::{MeasureChange, MeasureFilter};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use receiver::Does;

use crate::measures::house::{House, SYSTEMS, city, who};

/// Steps of one walk.
const STEPS: usize = 120;

struct Walk {
    house: House,
    rng: StdRng,
    standing: Option<EntryName>,
    /// Names of what has ended: it never lives again.
    ended: BTreeSet<String>,
    /// How often a step was taken and not refused.
    taken: usize,
}

pub(crate) async fn whatever_happens_no_measure_outlives_its_entry_and_no_ended_one_is_sent(house: House) {
    let rng = StdRng::seed_from_u64(2024);
    let mut walk = Walk { house, rng, standing: None, ended: BTreeSet::new(), taken: 0 };
    for _ in 0..STEPS {
        walk.step().await;
        walk.check().await;
    }
    assert!(walk.taken > STEPS / 2, "most steps were refused: {}", walk.taken);
    walk.come_home().await;
}

impl Walk {
    async fn all(&self) -> Vec<Measure> {
        self.house.store.measures(&MeasureFilter::default(), &city(), 1_000, "").await.unwrap().rows
    }

    async fn step(&mut self) {
        let done = match self.rng.random_range(0..12) {
            0 => self.list_or_remove().await,
            1..=2 => self.on_one(Act::Confirm).await,
            3 => self.on_one(Act::Reject).await,
            4 => self.on_one(Act::Contest).await,
            5..=6 => self.on_one(Act::Answer).await,
            7 => self.on_one(Act::Report).await,
            8 => {
                // Up to forty days: reports fall due.
                let hours = self.rng.random_range(1..1_000);
                self.house.later(hours);
                self.house.care().await;
                true
            }
            _ => self.tell().await,
        };
        self.taken += usize::from(done);
    }

    async fn list_or_remove(&mut self) -> bool {
        match self.standing.take() {
            Some(entry) => self.house.remove_entry(&entry).await,
            None => self.standing = Some(self.house.list_entry().await),
        }
        true
    }

    /// Tries an act on any measure at all; whether it was taken is the table's business.
    async fn on_one(&mut self, act: Act) -> bool {
        let all = self.all().await;
        if all.is_empty() {
            return self.list_or_remove().await;
        }
        // Mostly one that lives.
        let live: Vec<_> = all.iter().filter(|measure| !measure.state.has_ended()).collect();
        let measure = match live.as_slice() {
            [] => &all[self.rng.random_range(0..all.len())],
            live => live[self.rng.random_range(0..live.len())],
        };
        let house = &self.house;
        match act {
            Act::Confirm => house.confirm(measure).await.is_ok(),
            Act::Reject => {
                let reason = "依据不适用".to_owned();
                let reject = MeasureChange::Reject { reason };
                self.rng.random_bool(0.3)
                    && house.change(who("CREDIT", "sun"), &measure.name, reject).await.is_ok()
            }
            Act::Contest => house.contest(&measure.name).await.is_ok(),
            Act::Answer => house.answer(&measure.name, self.rng.random_bool(0.2)).await.is_ok(),
            Act::Report => {
                let system = SYSTEMS[self.rng.random_range(0..SYSTEMS.len())];
                let own = if system == "approval" { "APPROVAL" } else { measure.implementer.as_str() };
                house.report(who(own, "zhao"), &measure.name, system, 1).await.is_ok()
            }
        }
    }

    /// A round of deliveries to systems that are well, away or confused.
    async fn tell(&mut self) -> bool {
        for system in SYSTEMS {
            let does = [Does::Takes, Does::Takes, Does::Fails, Does::TakesAndFails, Does::AnswersTwice];
            self.house.inbox(system).otherwise(does[self.rng.random_range(0..does.len())]);
        }
        self.house.later(3);
        self.house.round().await;
        true
    }

    async fn check(&mut self) {
        for measure in self.all().await {
            let name = measure.name.to_string();
            let live = !measure.state.has_ended();
            let of_standing = self.standing.as_ref() == Some(&measure.trigger.entry);
            assert!(!live || of_standing, "{name} is {:?}, and its entry has ended", measure.state);
            assert!(!(live && self.ended.contains(&name)), "{name} lives again");
            if !live {
                self.ended.insert(name.clone());
            }
            let everywhere = measure.receivers.iter().all(|receiver| receiver.taken.is_some());
            if matches!(measure.state, State::InForce | State::FeedbackDue) {
                assert!(everywhere, "{name} is in force, and not every system has it");
            }
            let ended_everywhere = measure.receivers.iter().all(|receiver| receiver.end_taken.is_some());
            assert_eq!(measure.state == State::EndAcknowledged, ended_everywhere, "{name}");
            let duties = self.house.duties(&measure.name).await;
            let owed = duties.iter().any(|(kind, ..)| kind == "measure.end_push");
            assert_eq!(owed, measure.state == State::EndSent, "{name}: {duties:?}");
            assert!(live || duties.len() == usize::from(owed), "{name}: {duties:?}");
            self.check_told(&measure, &name);
        }
    }

    /// No system was told twice, none after the end, and none of what was never confirmed.
    fn check_told(&self, measure: &Measure, name: &str) {
        for system in SYSTEMS {
            let taken = self.house.inbox(system).taken();
            let kinds: Vec<_> =
                taken.iter().filter(|one| one.subject == name).map(|one| one.kind.as_str()).collect();
            let right = ["measure.published", "measure.withdrawn"];
            assert!(right.starts_with(&kinds), "{system} was told of {name}: {kinds:?}");
            let meant = measure.receivers.iter().any(|receiver| receiver.name == system);
            let told = measure.told_revision.is_some() && meant;
            assert!(kinds.is_empty() || told, "{system} was told of {name}");
        }
    }

    /// All systems are well again and the entry ends: everything told is taken back, and nothing is owed.
    async fn come_home(mut self) {
        if let Some(entry) = self.standing.take() {
            self.house.remove_entry(&entry).await;
        }
        SYSTEMS.iter().for_each(|system| self.house.inbox(system).otherwise(Does::Takes));
        self.house.later(3);
        self.house.until_quiet().await;
        self.check().await;
        for measure in self.all().await {
            let told = measure.told_revision.is_some();
            let home = if told { State::EndAcknowledged } else { State::Ended };
            assert_eq!(measure.state, home, "{}", measure.name);
            assert_eq!(self.house.duties(&measure.name).await, []);
        }
        assert!(SYSTEMS.iter().all(|system| self.house.inbox(system).shown().is_empty()));
    }
}

/// What is tried on a measure.
#[derive(Clone, Copy)]
enum Act {
    Confirm,
    Reject,
    Contest,
    Answer,
    Report,
}
