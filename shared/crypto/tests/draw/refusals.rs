//! What a draw refuses to do, its replacements, and the chance it gives each object.

use std::collections::{BTreeMap, BTreeSet};

use crypto::draw::{
    Announcement, Basis, Disclosure, DrawError, Entropy, EntropyRefused, Inspector, InspectorTable, Lack,
    ObjectReplacement, Plan, Pool, PoolObject, Ratio, Recusal, Secret, Seed, Step, next_inspector,
    next_object,
};

use crate::common::{Prepared, all_drawn, vectors};

fn vector(index: usize) -> Prepared {
    vectors()[index].case.prepared()
}

fn step(refused: DrawError) -> Step {
    let DrawError::NotAsAnnounced(disagreement) = refused else { panic!("{refused}") };
    disagreement.step
}

#[test]
fn a_secret_that_was_not_committed_to_is_refused() {
    let changed = Prepared { secret: Secret::from_bytes([1; 32]), ..vector(0) };
    assert_eq!(changed.run().unwrap_err(), DrawError::SecretNotCommitted);
}

#[test]
fn pool_strata_and_inspectors_must_be_those_announced() {
    let case = &vectors()[0].case;
    let ratios = |p, q| [("ALL".to_owned(), Ratio::new(p, q).unwrap())].into();
    let fewer = Pool::new(case.pool[1..].iter().cloned(), &ratios(1, 4)).unwrap();
    assert_eq!(step(Prepared { pool: fewer, ..vector(0) }.run().unwrap_err()), Step::PoolSize);
    let mut moved = case.pool.clone();
    moved[0].division = "370199".into();
    let moved = Pool::new(moved, &ratios(1, 4)).unwrap();
    assert_eq!(step(Prepared { pool: moved, ..vector(0) }.run().unwrap_err()), Step::PoolRoot);
    let other_ratio = Pool::new(case.pool.clone(), &ratios(1, 3)).unwrap();
    assert_eq!(step(Prepared { pool: other_ratio, ..vector(0) }.run().unwrap_err()), Step::StrataHash);
    let inspectors = InspectorTable::new(vector(0).inspectors.inspectors().to_vec(), vec![]).unwrap();
    assert_eq!(step(Prepared { inspectors, ..vector(0) }.run().unwrap_err()), Step::InspectorsHash);
}

#[test]
fn figures_of_a_round_that_was_not_announced_are_refused_and_the_fallback_is_taken() {
    let entropy = Entropy::of_digits("2026999", "423").unwrap();
    let refused = Prepared { entropy, ..vector(0) }.run().unwrap_err();
    assert!(matches!(refused, DrawError::Entropy(EntropyRefused::OtherRound { .. })), "{refused}");
    let entropy = Entropy::of_digits("2026322", "423").unwrap();
    assert!(Prepared { entropy, ..vector(0) }.run().is_ok());
}

fn announce(change: impl FnOnce(&mut Plan)) -> Result<Announcement, DrawError> {
    let (prepared, mut plan) = (vector(0), vectors()[0].case.plan());
    change(&mut plan);
    let disclosure = Disclosure::computed(&prepared.pool, |_| Basis::Public);
    Announcement::build(&plan, disclosure, &prepared.pool, &prepared.inspectors, &prepared.secret)
}

#[test]
fn a_plan_that_cannot_be_announced_is_refused() {
    assert!(announce(|_| ()).is_ok());
    assert_eq!(announce(|p| p.inspectors_per_object = 0).unwrap_err(), DrawError::InspectorsPerObject(0));
    assert_eq!(announce(|p| p.inspectors_per_object = 65).unwrap_err(), DrawError::InspectorsPerObject(65));
    assert_eq!(announce(|p| p.attempt = 0).unwrap_err(), DrawError::ZeroAttempt);
    assert!(matches!(announce(|p| p.task = "a\nb".into()), Err(DrawError::Word(_))));
    let half_a_second = chrono::TimeDelta::milliseconds(500);
    assert!(matches!(announce(|p| p.draw_at += half_a_second), Err(DrawError::DrawAt(_))));
}

#[test]
fn a_recusal_from_an_object_outside_the_pool_is_refused() {
    let prepared = vector(0);
    let stray = Recusal { inspector: "JN0000".into(), object: "91370102MA4J283FE7".into() };
    let table = InspectorTable::new(prepared.inspectors.inspectors().to_vec(), vec![stray]).unwrap();
    let disclosure = Disclosure::computed(&prepared.pool, |_| Basis::Public);
    let plan = vectors()[0].case.plan();
    let refused =
        Announcement::build(&plan, disclosure, &prepared.pool, &table, &prepared.secret).unwrap_err();
    assert!(matches!(refused, DrawError::RecusalOutsidePool { .. }), "{refused}");
}

fn lacks(prepared: &Prepared) -> Vec<Lack> {
    let Err(DrawError::Infeasible(refused)) = prepared.run() else { panic!("must be infeasible") };
    refused.shortages.into_iter().map(|shortage| shortage.lack).collect()
}

#[test]
fn what_is_missing_for_an_assignment_is_named() {
    let nobody_leads = all_drawn(1, &[("1", "OTHER", 9), ("2", "OTHER", 9)], vec![]);
    assert_eq!(lacks(&nobody_leads), [Lack::NoLead { office: "FOOD_PROD".into() }]);
    let recusal = Recusal { inspector: "2".into(), object: "91370102MA00000000".into() };
    let recused = all_drawn(1, &[("1", "FOOD_PROD", 9), ("2", "OTHER", 9)], vec![recusal]);
    assert_eq!(lacks(&recused), [Lack::TooFewEligible { eligible: 1, needed: 2 }]);
    let tired = all_drawn(3, &[("1", "FOOD_PROD", 3), ("2", "OTHER", 2)], vec![]);
    assert_eq!(lacks(&tired), [Lack::CapsReached { inspectors: vec!["2".into()] }]);
    let message = tired.run().unwrap_err().to_string();
    assert!(message.contains("reached their cap (2)"), "{message}");
}

#[test]
fn an_object_is_replaced_by_the_next_ticket_of_its_stratum() {
    let prepared = vector(0);
    let drawn = prepared.run().unwrap();
    let seed = Seed::new(&prepared.announcement.hash(), &prepared.secret, &prepared.entropy);
    let mut by_ticket: Vec<_> = prepared.pool.entries().map(|e| (seed.ticket(e.object), e.object)).collect();
    by_ticket.sort();
    let mut taken: BTreeSet<&str> = drawn.objects.iter().map(|o| o.object.as_str()).collect();
    for (ticket, object) in &by_ticket[drawn.objects.len()..] {
        let next = next_object(&prepared.pool, &seed, "ALL", &taken).unwrap();
        assert_eq!((&next.ticket, next.object.as_str()), (ticket, *object));
        taken.insert(object);
    }
    assert_eq!(next_object(&prepared.pool, &seed, "ALL", &taken), None);
    assert_eq!(next_object(&prepared.pool, &seed, "NONE", &BTreeSet::new()), None);
}

#[test]
fn an_inspector_is_replaced_by_the_next_who_may_and_can() {
    let vector = &vectors()[0];
    let prepared = vector.case.prepared();
    let seed = Seed::new(&prepared.announcement.hash(), &prepared.secret, &prepared.entropy);
    let first = &vector.expected.drawn_by_ticket[0];
    let entry = prepared.pool.entry(prepared.pool.position(first).unwrap());
    let next = |slot, on_object: &[&str], loads: &[(&str, u32)]| {
        let (on_object, loads) = (on_object.iter().copied().collect(), loads.iter().copied().collect());
        let wanted =
            ObjectReplacement { entry, slot, lead_office: "FOOD_PROD", on_object: &on_object, loads: &loads };
        next_inspector(&prepared.inspectors, &seed, &wanted).map(str::to_owned)
    };
    // Order of the first object: JN0005, JN0003, JN0004, JN0000, JN0001 (not of the lead office), JN0002.
    let eligible: Vec<&str> = vector
        .expected
        .inspector_order_of_first
        .iter()
        .map(String::as_str)
        .filter(|id| {
            let place = prepared.inspectors.position(id).unwrap();
            prepared.inspectors.is_eligible(&prepared.inspectors.inspectors()[place], entry)
        })
        .collect();
    assert_eq!(next(1, &[], &[]).as_deref(), eligible.first().copied());
    assert_eq!(next(1, &eligible[..1], &[]).as_deref(), eligible.get(1).copied());
    assert_eq!(next(1, &[], &[(eligible[0], 5)]).as_deref(), eligible.get(1).copied());
    let before_last: Vec<&str> = eligible.iter().copied().filter(|id| *id != "JN0001").collect();
    assert_eq!(next(1, &before_last, &[]).as_deref(), Some("JN0001"));
    assert_eq!(next(0, &before_last, &[]), None);
}

#[test]
fn every_object_has_the_announced_chance() {
    const DRAWS: u32 = 2_000;
    let object = |n| PoolObject {
        object: format!("91370102MA{n:08}"),
        stratum: "ALL".into(),
        field: "FOOD".into(),
        division: "370102".into(),
    };
    let pool = Pool::new((0..5).map(object), &[("ALL".into(), Ratio::new(1, 3).unwrap())].into()).unwrap();
    let table = InspectorTable::new(
        vec![Inspector {
            id: "1".into(),
            office: "FOOD_PROD".into(),
            fields: ["FOOD".into()].into(),
            divisions: ["370102".into()].into(),
            cap: 5,
        }],
        vec![],
    )
    .unwrap();
    let plan = Plan { inspectors_per_object: 1, ..vectors()[0].case.plan() };
    let mut times: BTreeMap<String, u32> = BTreeMap::new();
    for draw in 0..DRAWS {
        let mut bytes = [0; 32];
        bytes[..4].copy_from_slice(&draw.to_be_bytes());
        let secret = Secret::from_bytes(bytes);
        let disclosure = Disclosure::computed(&pool, |_| Basis::Public);
        let announcement = Announcement::build(&plan, disclosure, &pool, &table, &secret).unwrap();
        let entropy = Entropy::of_digits("2026321", "423").unwrap();
        let prepared =
            Prepared { secret, pool: pool.clone(), inspectors: table.clone(), announcement, entropy };
        for drawn in prepared.run().unwrap().objects {
            *times.entry(drawn.object).or_default() += 1;
        }
    }
    // 2,000 draws at 1/3: 667 expected, standard deviation 21; five of them on either side.
    assert_eq!(times.len(), 5);
    for (object, times) in times {
        assert!((562..=772).contains(&times), "{object} was drawn {times} times");
    }
}
