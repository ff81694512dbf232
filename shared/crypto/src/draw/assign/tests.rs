//! The assignment against brute force on small cases, and its size on a large one.

use proptest::prelude::*;

use super::problem::Problem;
use super::{exact, greedy};

/// Tries slot after slot, inspector after inspector: the first complete assignment found is the first of all.
fn brute_force(problem: &Problem, orders: &[Vec<u32>]) -> Option<Vec<u32>> {
    fn go(problem: &Problem, orders: &[Vec<u32>], slots: &mut Vec<u32>) -> bool {
        let m = problem.per_object;
        if slots.len() == problem.objects() * m {
            return true;
        }
        let (object, slot) = (slots.len() / m, slots.len() % m);
        for &i in &orders[object] {
            let load = slots.iter().filter(|&&s| s == i).count() as u32;
            let repeated = slots[object * m..].contains(&i);
            if load < problem.caps[i as usize] && !repeated && problem.fits_slot(i, slot) {
                slots.push(i);
                if go(problem, orders, slots) {
                    return true;
                }
                slots.pop();
            }
        }
        false
    }
    let mut slots = Vec::new();
    go(problem, orders, &mut slots).then_some(slots)
}

/// Small problems whose caps are about as large as what is needed, so that many have just one way or none.
fn problem() -> impl Strategy<Value = (Problem, Vec<Vec<u32>>)> {
    (1usize..=3, 2usize..=5, 1usize..=5).prop_flat_map(|(m, inspectors, objects)| {
        let caps = prop::collection::vec(0u32..=3, inspectors);
        let leads = prop::collection::vec(prop::bool::weighted(0.6), inspectors);
        let eligible = prop::collection::vec(prop::bool::weighted(0.7), inspectors);
        let classes = prop::collection::vec(eligible, 3);
        let class_of = prop::collection::vec(0u32..3, objects);
        let shuffled = Just((0..inspectors as u32).collect::<Vec<_>>()).prop_shuffle();
        let shuffles = prop::collection::vec(shuffled, objects);
        (Just(m), caps, leads, classes, class_of, shuffles).prop_map(
            |(per_object, caps, is_lead, classes, class_of, shuffles)| {
                let list =
                    |flags: Vec<bool>| (0u32..).zip(flags).filter(|(_, f)| *f).map(|(i, _)| i).collect();
                let classes: Vec<Vec<u32>> = classes.into_iter().map(list).collect();
                let orders = shuffles
                    .into_iter()
                    .zip(&class_of)
                    .map(|(order, &class)| {
                        order.into_iter().filter(|i| classes[class as usize].contains(i)).collect()
                    })
                    .collect();
                (Problem { caps, is_lead, per_object, classes, class_of }, orders)
            },
        )
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn the_exact_answer_is_the_first_that_brute_force_finds((problem, orders) in problem()) {
        let expected = brute_force(&problem, &orders);
        let order = |object: usize| orders[object].clone();
        prop_assert_eq!(&exact::solve(&problem, &order).ok(), &expected);
        // Also where the beginning of an order is too short to do.
        for length in [0, 1, usize::MAX] {
            let first = |object: usize| orders[object].iter().copied().take(length).collect();
            if let Some(short) = greedy::solve(&problem, &|objects| objects.map(first).collect(), &order) {
                prop_assert_eq!(Some(short), expected.clone());
            }
        }
    }

    #[test]
    fn an_infeasible_case_names_slots_that_really_cannot_be_filled((problem, orders) in problem()) {
        let order = |object: usize| orders[object].clone();
        let Err(unserved) = exact::solve(&problem, &order) else { return Ok(()) };
        // Up to the first object named all can be served; together with it they cannot.
        let first = unserved[0].object;
        let part = |objects: usize| {
            Problem { class_of: problem.class_of[..objects].to_vec(), ..problem.clone() }
        };
        prop_assert!(brute_force(&part(first), &orders).is_some());
        prop_assert!(brute_force(&part(first + 1), &orders).is_none());
    }
}

/// A city in which every cap is used up: 3 classes of inspectors, capacity exactly what is needed.
fn tight(objects: usize, inspectors: usize) -> (Problem, impl Fn(usize) -> Vec<u32> + Sync) {
    let cap = (objects * 2 / inspectors) as u32;
    let all: Vec<u32> = (0..inspectors as u32).collect();
    let half: Vec<u32> = all.iter().copied().filter(|i| i % 2 == 0).collect();
    let problem = Problem {
        caps: vec![cap; inspectors],
        is_lead: vec![true; inspectors],
        per_object: 2,
        classes: vec![all, half],
        class_of: (0..objects).map(|o| u32::from(o.is_multiple_of(4))).collect(),
    };
    let classes = problem.classes.clone();
    let order = move |o: usize| {
        let mut order = classes[usize::from(o.is_multiple_of(4))].clone();
        order.sort_by_key(|&i| {
            (u64::from(i) + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(o as u32 % 64)
        });
        order
    };
    (problem, order)
}

#[test]
fn a_city_without_a_single_spare_place_is_served_to_the_last_one() {
    let (problem, order) = tight(2_000, 80);
    let all = |objects: std::ops::Range<usize>| objects.map(&order).collect();
    assert_eq!(greedy::solve(&problem, &all, &order), None, "the case must need the exact way");
    let slots = exact::solve(&problem, &order).ok().unwrap();
    for (inspector, &cap) in problem.caps.iter().enumerate() {
        assert_eq!(slots.iter().filter(|&&s| s as usize == inspector).count() as u32, cap);
    }
    for (object, pair) in slots.chunks(2).enumerate() {
        assert_ne!(pair[0], pair[1]);
        assert!(pair.iter().all(|i| problem.eligible(object).contains(i)));
    }
}
