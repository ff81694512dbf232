//! Random tasks, the same ones in each run: pools of one to forty objects, strata of one, tight caps, recusals, both disclosures.

use chrono::DateTime;
use crypto::draw::{
    Announcement, Basis, Disclosure, Drawn, Entropy, EntropyRule, Inspector, InspectorTable, Leaving, Plan,
    Pool, PoolObject, Ratio, Recusal, Replacement, Secret, Task, Visits, run,
};
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

const DIVISIONS: [&str; 3] = ["370102", "370103", "370112"];
const FIELDS: [&str; 2] = ["FOOD", "SE"];

/// A task whose draw was run.
pub(crate) struct RandomTask {
    announcement: Announcement,
    pool: Pool,
    inspectors: InspectorTable,
    secret: Secret,
    entropy: Entropy,
}

impl RandomTask {
    /// What the draw depends on.
    pub(crate) fn input(&self) -> Task<'_> {
        let Self { announcement, pool, inspectors, secret, entropy } = self;
        Task { announcement, pool, inspectors, secret, entropy }
    }

    /// What it gave.
    pub(crate) fn drawn(&self) -> Drawn {
        run(&self.input()).unwrap()
    }

    /// What comes of some who give way: the first object, an inspector of the last one, the one that came first, as far as somebody is
    /// left to come.
    pub(crate) fn replacements(&self) -> Vec<Replacement> {
        let (task, drawn) = (self.input(), self.drawn());
        let mut visits = Visits::drawn(&task, &drawn);
        let (first, last) = (&drawn.objects[0].object, &drawn.objects[drawn.objects.len() - 1].object);
        let leaving = |object: &str, slot| Leaving {
            ground: "MovedOut".into(),
            cited: "registry/7".into(),
            object: object.to_owned(),
            slot,
        };
        // Whoever cannot be replaced stays.
        let _ = visits.replace(&leaving(last, Some(0)));
        let came = visits.replace(&leaving(first, None)).map(|came| came.next.clone()).unwrap_or_default();
        let _ = visits.replace(&leaving(&came, None));
        visits.replacements().to_vec()
    }
}

/// The first `count` tasks that can be drawn and draw at least `least` objects.
pub(crate) fn random_tasks(count: usize, least: usize) -> Vec<RandomTask> {
    let feasible = |task: &RandomTask| run(&task.input()).is_ok_and(|drawn| drawn.objects.len() >= least);
    (0..).map(random_task).filter(feasible).take(count).collect()
}

fn random_task(number: u64) -> RandomTask {
    let random = &mut ChaCha8Rng::seed_from_u64(number);
    let strata: Vec<String> = (1..=random.random_range(1..=4)).map(|stratum| format!("S{stratum}")).collect();
    let ratio = |random: &mut ChaCha8Rng| {
        let q = random.random_range(1..=100);
        Ratio::new(random.random_range(0..=q), q).unwrap()
    };
    let ratios = strata.iter().map(|stratum| (stratum.clone(), ratio(random))).collect();
    let size = random.random_range(1..=40);
    let pool = Pool::new((0..size).map(|object| pool_object(random, object, &strata)), &ratios).unwrap();
    let inspectors = inspectors(random, &pool);
    let secret = Secret::from_bytes(random.random());
    let round = if random.random() { "2026321" } else { "2026322" };
    let entropy = Entropy::of_digits(round, &random.random_range(0..1_000).to_string()).unwrap();
    let basis = if random.random_bool(0.3) { Basis::Public } else { Basis::Internal };
    let disclosure = Disclosure::computed(&pool, |_| basis);
    let plan = plan(random, number);
    let announcement = Announcement::build(&plan, disclosure, &pool, &inspectors, &secret).unwrap();
    RandomTask { announcement, pool, inspectors, secret, entropy }
}

fn pool_object(random: &mut ChaCha8Rng, number: usize, strata: &[String]) -> PoolObject {
    let licence = if random.random_bool(0.2) { "/SC10137010200001" } else { "" };
    PoolObject {
        object: format!("91370102MA{number:08}{licence}"),
        stratum: strata.choose(random).unwrap().clone(),
        field: (*FIELDS.choose(random).unwrap()).to_owned(),
        division: (*DIVISIONS.choose(random).unwrap()).to_owned(),
    }
}

fn inspectors(random: &mut ChaCha8Rng, pool: &Pool) -> InspectorTable {
    let some = |random: &mut ChaCha8Rng, codes: &[&str]| {
        let number = random.random_range(1..=codes.len());
        codes.choose_multiple(random, number).map(|code| (*code).to_owned()).collect()
    };
    let inspector = |number| Inspector {
        id: format!("I{number:04}"),
        office: if random.random_bool(0.6) { "FOOD_PROD" } else { "ENFORCEMENT" }.to_owned(),
        fields: some(random, &FIELDS),
        divisions: some(random, &DIVISIONS),
        cap: random.random_range(1..=9),
    };
    let inspectors: Vec<Inspector> = (0..14).map(inspector).collect();
    let mut recusals = Vec::new();
    for entry in pool.entries() {
        if random.random_bool(0.2) {
            let inspector = inspectors.choose(random).unwrap().id.clone();
            recusals.push(Recusal { inspector, object: entry.object.to_owned() });
        }
    }
    InspectorTable::new(inspectors, recusals).unwrap()
}

fn plan(random: &mut ChaCha8Rng, number: u64) -> Plan {
    Plan {
        task: format!("tasks/2026-{}", number + 1),
        attempt: random.random_range(1..=3),
        inspectors_per_object: random.random_range(1..=3),
        lead_office: "FOOD_PROD".into(),
        entropy_source: "welfare-lottery-3d".into(),
        entropy_round: "2026321".into(),
        entropy_rule: EntropyRule::Digits,
        fallback_round: "2026322".into(),
        draw_at: DateTime::parse_from_rfc3339("2026-12-01T10:00:00+08:00").unwrap(),
    }
}
