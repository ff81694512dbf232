//! What the public gets of a RESTRICTED draw tells nobody's class: a reader who learns from hundreds of such draws, with the true classes
//! of half of them at hand, guesses no better than one who knows only which classes are drawn how often.
//!
//! The same reader is also given the order by ticket, which is not public: there it guesses better. So the test can fail.

use std::collections::BTreeMap;

use chrono::DateTime;
use crypto::draw::{
    Announcement, Basis, ClosingProof, Disclosure, Drawn, Entropy, EntropyRule, Inspector, InspectorTable,
    Plan, Pool, PoolObject, Proof, Ratio, Secret, Task, run,
};
use crypto::{Digest, sm3};

const DRAWS: u32 = 300;
const POOL: usize = 400;
/// Classes with their share of the pool in percent, and the ratio in percent.
const CLASSES: [(&str, usize, u64); 5] =
    [("S1", 50, 2), ("S2", 25, 5), ("S3", 15, 10), ("S4", 7, 20), ("S5", 3, 30)];
/// Visits that are made on one day, in the order of the list that a restricted draw gives: by object.
const VISITS_A_DAY: usize = 3;
/// Guesses may exceed the baseline by so many standard deviations: chance does in one of a million cases.
const BOUND: f64 = 4.9;

/// A drawn object: what a reader sees of it, and its class.
struct Seen {
    features: Vec<(&'static str, u32)>,
    class: String,
}

fn class_of(number: usize, draw: u32) -> &'static str {
    // Classes lie elsewhere in each draw: nothing can be learnt by heart.
    let place = (number * 37 + draw as usize * 101) % 100;
    let mut below = 0;
    CLASSES
        .iter()
        .find(|(_, share, _)| {
            below += share;
            place < below
        })
        .unwrap()
        .0
}

fn objects(draw: u32) -> impl Iterator<Item = PoolObject> {
    (0..POOL).map(move |number| PoolObject {
        object: format!("91370102MA{number:08}"),
        stratum: class_of(number, draw).into(),
        field: "FOOD".into(),
        division: "370102".into(),
    })
}

fn drawn(draw: u32) -> (ClosingProof, Drawn, Secret) {
    let ratios: BTreeMap<String, Ratio> = CLASSES
        .iter()
        .map(|(class, _, percent)| ((*class).into(), Ratio::new(*percent, 100).unwrap()))
        .collect();
    let pool = Pool::new(objects(draw), &ratios).unwrap();
    let inspector = |number: u32| Inspector {
        id: format!("I{number:04}"),
        office: "FOOD_PROD".into(),
        fields: ["FOOD".into()].into(),
        divisions: ["370102".into()].into(),
        cap: 1_000,
    };
    let inspectors = InspectorTable::new((0..6).map(inspector).collect(), Vec::new()).unwrap();
    let secret = Secret::from_bytes(*sm3::digest(format!("secret {draw}").as_bytes()).as_bytes());
    let plan = Plan {
        task: format!("tasks/2026-{}", draw + 1),
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
    let entropy = Entropy::of_digits("2026321", &draw.to_string()).unwrap();
    let task = Task {
        announcement: &announcement,
        pool: &pool,
        inspectors: &inspectors,
        secret: &secret,
        entropy: &entropy,
    };
    let drawn = run(&task).unwrap();
    (ClosingProof::of(&task, &drawn), drawn, secret)
}

/// What a closing proof shows of each member, and the publication of its visit, cut into few values that can be learnt from. What was found
/// is left out: it says something of the enterprise, and nothing of the draw.
fn public_features(draw: u32, proof: &ClosingProof) -> Vec<Seen> {
    let count = proof.members.len();
    let member = |(at, member): (usize, &crypto::draw::Member)| {
        let blind = member.blind.as_bytes();
        let number: usize = member.object[10..].parse().unwrap();
        let digest = sm3::digest(&[member.object.as_bytes(), proof.nonce.as_bytes()].concat());
        Seen {
            features: vec![
                ("first bits of the blind", u32::from(blind[0] >> 5)),
                ("last bits of the blind", u32::from(blind[31] & 7)),
                ("place in the list", (at * 8 / count) as u32),
                ("place in the pool", member.index as u32 * 8 / POOL as u32),
                ("siblings", u32::from(member.path[0].as_bytes()[0] >> 5)),
                ("result hash", u32::from(proof.result_hash.as_bytes()[0] >> 5)),
                ("object with the nonce", u32::from(digest.as_bytes()[0] >> 5)),
                ("day of the visit", (at / VISITS_A_DAY) as u32 % 8),
                ("visits before in the same task", (at as u32).min(7)),
            ],
            class: class_of(number, draw).to_owned(),
        }
    };
    proof.members.iter().enumerate().map(member).collect()
}

/// The same members in the order by ticket.
fn secret_features(drawn: &Drawn) -> Vec<Seen> {
    let count = drawn.objects.len();
    let object = |(at, object): (usize, &crypto::draw::DrawnObject)| Seen {
        features: vec![("place by ticket", (at * 8 / count) as u32)],
        class: object.stratum.clone(),
    };
    drawn.objects.iter().enumerate().map(object).collect()
}

type Counts = BTreeMap<String, f64>;

/// Naive Bayes with one imaginary case of each value: a reader who has learnt from cases guesses the class of others. Answers how many
/// guesses are right, and how many would be by the most frequent class alone.
fn guessed(learnt: &[Seen], asked: &[Seen]) -> (f64, f64) {
    let mut classes = Counts::new();
    let mut values: BTreeMap<(&str, u32), Counts> = BTreeMap::new();
    for seen in learnt {
        *classes.entry(seen.class.clone()).or_default() += 1.0;
        for feature in &seen.features {
            *values.entry(*feature).or_default().entry(seen.class.clone()).or_default() += 1.0;
        }
    }
    let score = |seen: &Seen, class: &str| -> f64 {
        let of_value =
            |feature: &(&str, u32)| values.get(feature).and_then(|of| of.get(class)).copied().unwrap_or(0.0);
        let likelihood = |feature| ((of_value(feature) + 1.0) / (classes[class] + 8.0)).ln();
        classes[class].ln() + seen.features.iter().map(likelihood).sum::<f64>()
    };
    let guess = |seen: &Seen| {
        classes.keys().max_by(|one, other| score(seen, one).total_cmp(&score(seen, other))).unwrap()
    };
    let most = classes.iter().max_by(|one, other| one.1.total_cmp(other.1)).unwrap().0;
    let right = asked.iter().filter(|seen| *guess(seen) == seen.class).count();
    let baseline = asked.iter().filter(|seen| *most == seen.class).count();
    (right as f64, baseline as f64)
}

/// By how many standard deviations the guesses exceed those by shares alone.
fn advantage(cases: &[Vec<Seen>]) -> f64 {
    let mut all: Vec<Seen> = Vec::new();
    cases.iter().for_each(|seen| {
        all.extend(seen.iter().map(|one| Seen { features: one.features.clone(), class: one.class.clone() }))
    });
    let (learnt, asked) = all.split_at(all.len() / 2);
    let (right, baseline) = guessed(learnt, asked);
    let count = asked.len() as f64;
    let share = baseline / count;
    (right - baseline) / (count * share * (1.0 - share)).sqrt()
}

#[test]
fn a_reader_of_closing_proofs_guesses_classes_no_better_than_by_their_shares() {
    let draws: Vec<_> = (0..DRAWS).map(drawn).collect();
    let public: Vec<Vec<Seen>> =
        draws.iter().zip(0..).map(|((proof, _, _), draw)| public_features(draw, proof)).collect();
    let secret: Vec<Vec<Seen>> = draws.iter().map(|(_, drawn, _)| secret_features(drawn)).collect();
    let (by_public, by_ticket) = (advantage(&public), advantage(&secret));
    assert!(by_public <= BOUND, "{by_public} deviations above the shares");
    assert!(by_ticket > BOUND, "the reader can learn: {by_ticket} deviations from the order by ticket");
}

#[test]
fn a_blind_cannot_be_recomputed_from_a_guessed_class_and_anything_public() {
    for draw in 0..5 {
        let (proof, _, secret) = drawn(draw);
        let text = Proof::Closing(proof.clone()).to_json();
        // Every digest of the file, tried as the key under which each class would give the blind.
        let digests: Vec<Digest> = text.split('"').filter_map(|part| part.parse().ok()).collect();
        assert!(digests.len() > proof.members.len());
        for member in &proof.members {
            let number: usize = member.object[10..].parse().unwrap();
            let blind = |key: &Digest, class: &str| {
                let text = format!("{}\n{class}\nFOOD\n370102", member.object);
                crypto::sm3::MacKey::new(key.as_bytes()).mac(&[text.as_bytes()])
            };
            for (class, _, _) in CLASSES {
                assert!(digests.iter().all(|key| blind(key, class) != member.blind), "{class}");
            }
            let right = Digest::from_bytes(*secret.as_bytes());
            assert_eq!(blind(&right, class_of(number, draw)), member.blind, "with the secret it can be");
        }
    }
}
