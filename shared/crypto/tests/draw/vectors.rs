//! Every value of every worked vector of draw v1.

use std::collections::{BTreeMap, BTreeSet};

use crypto::draw::{Announcement, DrawError, Lack, Seed, next_object};
use crypto::merkle;

use crate::common::{Vector, vectors};

fn each(check: impl Fn(&Vector)) {
    let vectors = vectors();
    assert_eq!(vectors.len(), 4);
    vectors.iter().for_each(check);
}

#[test]
fn blinds_pool_root_and_inclusion_path_are_as_worked() {
    each(|Vector { case, expected }| {
        let (pool, secret) = (case.pool(), case.secret());
        let blinds: BTreeMap<_, _> = pool
            .entries()
            .enumerate()
            .map(|(place, entry)| (entry.object.to_owned(), pool.blind(place, &secret)))
            .collect();
        assert_eq!(blinds, expected.blinds);
        let tree = pool.tree(&secret);
        assert_eq!(tree.root(), expected.pool_root);
        // `first` is the first drawn object; the vector that draws nothing states no path.
        let Some(first) = expected.drawn_by_ticket.first() else {
            assert!(expected.inclusion_path_of_first.is_empty());
            return;
        };
        let inclusion = tree.inclusion(pool.position(first).unwrap() as u64).unwrap();
        assert_eq!(inclusion.path, expected.inclusion_path_of_first);
        let leaf = merkle::leaf_hash(format!("{first}\n{}", blinds[first]).as_bytes());
        assert!(merkle::verify(&leaf, &inclusion, pool.size(), &expected.pool_root));
    });
}

#[test]
fn tables_and_their_keyed_hashes_are_as_worked() {
    each(|Vector { case, expected }| {
        let (pool, inspectors, secret) = (case.pool(), case.inspectors(), case.secret());
        assert_eq!(pool.strata_lines(), expected.strata_lines);
        assert_eq!(pool.strata_hash(&secret), expected.strata_hash);
        assert_eq!(inspectors.lines(), expected.inspector_lines);
        assert_eq!(inspectors.hash(&secret), expected.inspectors_hash);
    });
}

#[test]
fn commitment_and_announcement_are_as_worked() {
    each(|Vector { case, expected }| {
        assert_eq!(case.secret().commitment(&case.task, case.attempt), expected.commitment);
        let announcement = case.prepared().announcement;
        assert_eq!(announcement.text(), expected.announcement);
        assert_eq!(announcement.header().disclosure.as_str(), case.disclosure);
        assert_eq!(Announcement::parse(&expected.announcement).unwrap(), announcement);
    });
}

#[test]
fn seed_and_tickets_are_as_worked() {
    each(|Vector { case, expected }| {
        let prepared = case.prepared();
        let seed = Seed::new(&prepared.announcement.hash(), &prepared.secret, &prepared.entropy);
        assert_eq!(seed.digest(), expected.seed);
        let tickets: BTreeMap<_, _> =
            prepared.pool.entries().map(|e| (e.object.to_owned(), seed.ticket(e.object))).collect();
        assert_eq!(tickets, expected.tickets);
        if let Some(first) = expected.drawn_by_ticket.first() {
            let mut order: Vec<_> = prepared.inspectors.inspectors().iter().map(|i| i.id.clone()).collect();
            order.sort_by_key(|id| seed.inspector_rank(first, id));
            assert_eq!(order, expected.inspector_order_of_first);
        }
    });
}

#[test]
fn numbers_selection_assignment_and_result_are_as_worked() {
    each(|Vector { case, expected }| {
        let Some(assignment) = &expected.assignment else { return };
        let drawn = case.prepared().run().unwrap();
        assert_eq!(drawn.seed, expected.seed);
        assert_eq!(
            drawn.strata.iter().map(|s| (s.name.clone(), s.k)).collect::<BTreeMap<_, _>>(),
            expected.k
        );
        assert_eq!(
            drawn.objects.iter().map(|o| o.object.clone()).collect::<Vec<_>>(),
            expected.drawn_by_ticket
        );
        for drawn in &drawn.objects {
            assert_eq!(drawn.ticket, expected.tickets[&drawn.object]);
        }
        let slots: Vec<_> =
            drawn.assignment.iter().map(|a| (a.object.clone(), a.slot, a.inspector.clone())).collect();
        assert_eq!(&slots, assignment);
        assert_eq!(Some(drawn.objects_hash), expected.objects_hash);
        assert_eq!(Some(drawn.assignment_hash), expected.assignment_hash);
        assert_eq!(Some(drawn.nonce), expected.nonce);
        assert_eq!(Some(drawn.result_hash), expected.result_hash);
    });
}

#[test]
fn the_vector_without_an_assignment_is_refused_with_what_is_missing() {
    let infeasible: Vec<Vector> = vectors().into_iter().filter(|v| v.expected.assignment.is_none()).collect();
    assert_eq!(infeasible.len(), 1);
    let Vector { case, expected } = &infeasible[0];
    let Err(DrawError::Infeasible(refused)) = case.prepared().run() else { panic!("must be infeasible") };
    for shortage in &refused.shortages {
        assert!(expected.drawn_by_ticket.contains(&shortage.object), "{shortage}");
    }
    // Nobody of FOOD_PROD may check special equipment in this vector.
    assert!(
        refused.shortages.iter().any(|s| s.field == "SE" && matches!(s.lack, Lack::NoLead { .. })),
        "{refused}"
    );
}

/// The selection of the infeasible vector cannot be read from a result, so its numbers are held against `k` here.
#[test]
fn an_infeasible_draw_selects_as_worked() {
    each(|Vector { case, expected }| {
        let prepared = case.prepared();
        let seed = Seed::new(&prepared.announcement.hash(), &prepared.secret, &prepared.entropy);
        let mut drawn = Vec::new();
        for (stratum, &k) in &expected.k {
            let mut taken = BTreeSet::new();
            for _ in 0..k {
                let next = next_object(&prepared.pool, &seed, stratum, &taken).unwrap();
                let entry = prepared.pool.entry(prepared.pool.position(&next.object).unwrap());
                taken.insert(entry.object);
                drawn.push((next.ticket, next.object));
            }
        }
        drawn.sort();
        assert_eq!(drawn.into_iter().map(|(_, object)| object).collect::<Vec<_>>(), expected.drawn_by_ticket);
    });
}
