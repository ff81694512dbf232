//! Over many seeds everybody is drawn as often as the ratio says, inspectors share the work, and no draw breaks a rule of assignment.
//!
//! The seeds are fixed, so the tests answer alike on every run. A fair draw passes each of them for all but one in a million
//! choices of seeds: the level is shared among all comparisons of a test (Bonferroni), each held to the normal bound `BOUND`.

use std::collections::BTreeMap;

use chrono::DateTime;
use crypto::draw::{
    Announcement, Basis, Disclosure, Drawn, Entropy, EntropyRule, Inspector, InspectorTable, Plan, Pool,
    PoolObject, Ratio, Recusal, Secret, Task, run,
};

/// Number of seeds.
const SEEDS: u32 = 5_000;
/// Standard deviations that a mean over the seeds may lie off. Beyond 6.0 lies a share of 2.0e-9 of the normal distribution: no test
/// makes more than 500 comparisons, and 500 times that share is one in a million.
const BOUND: f64 = 6.0;

/// The strata: name, size and ratio. Two of one object, one that is never drawn and one that always is.
const STRATA: [(&str, usize, u64, u64); 7] = [
    ("one", 1, 1, 3),
    ("one-rare", 1, 1, 50),
    ("two", 2, 1, 2),
    ("odd", 7, 1, 10),
    ("many", 30, 3, 10),
    ("never", 3, 0, 1),
    ("always", 3, 1, 1),
];

struct Prepared {
    announcement: Announcement,
    pool: Pool,
    inspectors: InspectorTable,
    secret: Secret,
}

fn objects() -> Vec<PoolObject> {
    let of_stratum = |(at, (stratum, size, _, _)): (usize, (&str, usize, u64, u64))| {
        let stratum = stratum.to_owned();
        (0..size).map(move |number| PoolObject {
            object: format!("91370102MA{at:02}{number:06}"),
            stratum: stratum.clone(),
            field: "FOOD".into(),
            division: if number % 2 == 0 { "370102" } else { "370103" }.into(),
        })
    };
    STRATA.into_iter().enumerate().flat_map(of_stratum).collect()
}

fn inspector(number: usize) -> Inspector {
    Inspector {
        id: format!("I{number:04}"),
        office: if number < 6 { "FOOD_PROD" } else { "DISTRICT" }.into(),
        fields: ["FOOD".into()].into(),
        divisions: ["370102".into(), "370103".into()].into(),
        cap: 9,
    }
}

fn prepared(inspectors: Vec<Inspector>, recusals: Vec<Recusal>) -> Prepared {
    let ratios = STRATA.map(|(stratum, _, p, q)| (stratum.to_owned(), Ratio::new(p, q).unwrap())).into();
    let pool = Pool::new(objects(), &ratios).unwrap();
    let inspectors = InspectorTable::new(inspectors, recusals).unwrap();
    let secret = Secret::from_bytes([7; 32]);
    let plan = Plan {
        task: "tasks/2026-1".into(),
        attempt: 1,
        inspectors_per_object: 2,
        lead_office: "FOOD_PROD".into(),
        entropy_source: "welfare-lottery-3d".into(),
        entropy_round: "2026321".into(),
        entropy_rule: EntropyRule::Digits,
        fallback_round: "2026322".into(),
        draw_at: DateTime::parse_from_rfc3339("2026-12-01T10:00:00+08:00").unwrap(),
    };
    let disclosure = Disclosure::computed(&pool, |_| Basis::Internal);
    let announcement = Announcement::build(&plan, disclosure, &pool, &inspectors, &secret).unwrap();
    Prepared { announcement, pool, inspectors, secret }
}

impl Prepared {
    /// The draw under each of the seeds: the figures differ, everything else is the same.
    fn draws(&self) -> impl Iterator<Item = Drawn> + '_ {
        (0..SEEDS).map(|figures| {
            let entropy = Entropy::of_digits("2026321", &figures.to_string()).unwrap();
            let Self { announcement, pool, inspectors, secret } = self;
            run(&Task { announcement, pool, inspectors, secret, entropy: &entropy }).unwrap()
        })
    }
}

/// Fails when a share over all seeds differs from its probability beyond chance.
fn assert_share(what: &str, hits: u32, probability: f64) {
    let seeds = f64::from(SEEDS);
    let off = f64::from(hits) - seeds * probability;
    let deviation = (seeds * probability * (1.0 - probability)).sqrt();
    assert!(off.abs() <= BOUND * deviation, "{what}: {hits} of {SEEDS}, expected a share of {probability}");
}

#[test]
fn every_object_is_drawn_with_the_ratio_of_its_stratum_also_in_strata_of_one() {
    let mut hits: BTreeMap<String, u32> = objects().into_iter().map(|object| (object.object, 0)).collect();
    for drawn in prepared((0..12).map(inspector).collect(), Vec::new()).draws() {
        for object in drawn.objects {
            *hits.get_mut(&object.object).unwrap() += 1;
        }
    }
    for object in objects() {
        let (_, _, p, q) = STRATA.into_iter().find(|row| row.0 == object.stratum).unwrap();
        assert_share(&object.object, hits[&object.object], p as f64 / q as f64);
    }
}

#[test]
fn every_two_objects_of_a_stratum_are_drawn_together_as_often_as_any_other_two() {
    // With n·p/q whole exactly k of n are drawn: a pair with probability k(k-1) / n(n-1).
    let ("many", size, p, q) = STRATA[4] else { panic!("the stratum of many stands fifth") };
    let (n, k) = (size as f64, (size as u64 * p / q) as f64);
    let mut hits = vec![0; size * size];
    for drawn in prepared((0..12).map(inspector).collect(), Vec::new()).draws() {
        let of_many = drawn.objects.iter().filter(|object| object.stratum == "many");
        let places: Vec<usize> = of_many.map(|object| object.object[12..].parse().unwrap()).collect();
        for one in &places {
            for other in places.iter().filter(|other| one < *other) {
                hits[one * size + other] += 1;
            }
        }
    }
    for one in 0..size {
        for other in one + 1..size {
            let together = k * (k - 1.0) / (n * (n - 1.0));
            assert_share(&format!("{one} with {other}"), hits[one * size + other], together);
        }
    }
}

#[test]
fn inspectors_who_differ_in_nothing_do_the_same_work_in_the_mean_and_never_more_than_their_cap() {
    let mut loads: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for drawn in prepared((0..12).map(inspector).collect(), Vec::new()).draws() {
        let mut own: BTreeMap<&str, u32> = BTreeMap::new();
        drawn.assignment.iter().for_each(|slot| *own.entry(&slot.inspector).or_default() += 1);
        for number in 0..12 {
            let id = inspector(number).id;
            let load = own.get(id.as_str()).copied().unwrap_or(0);
            assert!(load <= 9, "{id} has {load}");
            loads.entry(id).or_default().push(load.into());
        }
    }
    let mean = |loads: &[f64]| loads.iter().sum::<f64>() / loads.len() as f64;
    for office in [0..6, 6..12] {
        let own: Vec<Vec<f64>> = office.map(|number| loads[&inspector(number).id].clone()).collect();
        let together: Vec<f64> =
            (0..SEEDS as usize).map(|seed| own.iter().map(|loads| loads[seed]).sum::<f64>() / 6.0).collect();
        for loads in own {
            // Load less the mean of the office in the same draw: its mean over the seeds is 0.
            let differences: Vec<f64> = loads.iter().zip(&together).map(|(one, all)| one - all).collect();
            let squares: Vec<f64> = differences.iter().map(|difference| difference.powi(2)).collect();
            let deviation = (mean(&squares) / f64::from(SEEDS)).sqrt();
            assert!(mean(&differences).abs() <= BOUND * deviation, "{} off", mean(&differences));
        }
    }
}

#[test]
fn nobody_is_assigned_who_is_recused_elsewhere_or_of_another_field_and_the_lead_is_of_the_lead_office() {
    let mut inspectors: Vec<Inspector> = (0..16).map(inspector).collect();
    inspectors[2].divisions = ["370103".into()].into();
    inspectors[8].divisions = ["370102".into()].into();
    inspectors[9].fields = ["SE".into()].into();
    let recused = |(at, object): (usize, PoolObject)| {
        let inspector = |number| Recusal { inspector: inspector(number).id, object: object.object.clone() };
        [inspector(at % 5), inspector(6 + at % 7)]
    };
    let recusals: Vec<Recusal> = objects().into_iter().enumerate().flat_map(recused).collect();
    let prepared = prepared(inspectors, recusals);
    let mut assigned = 0;
    for drawn in prepared.draws() {
        for pair in drawn.assignment.chunks(2) {
            let [lead, other] = pair else { panic!("two for each object") };
            assert_eq!((&lead.object, lead.slot, other.slot), (&other.object, 0, 1));
            assert_ne!(lead.inspector, other.inspector);
            for slot in pair {
                let of_table =
                    &prepared.inspectors.inspectors()[prepared.inspectors.position(&slot.inspector).unwrap()];
                let entry = prepared.pool.entry(prepared.pool.position(&slot.object).unwrap());
                assert!(!prepared.inspectors.is_recused(&slot.inspector, &slot.object), "{slot:?}");
                assert!(of_table.fields.contains(entry.field), "{slot:?}");
                assert!(of_table.divisions.contains(entry.division), "{slot:?}");
                assert!(slot.slot > 0 || of_table.office == "FOOD_PROD", "{slot:?}");
                assigned += 1;
            }
        }
    }
    assert!(assigned > 100_000, "the draws have something to check: {assigned}");
}
