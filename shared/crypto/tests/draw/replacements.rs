//! Replacements after the draw: who comes follows from the draw, and a proof shows that nobody else did.

use crypto::draw::{
    ClosingProof, Drawn, FullProof, Leaving, Proof, Replacement, ReplacementRefused, Step, Visits, verify,
};

use crate::common::{Prepared, vectors};

/// A draw of three of twelve objects in one stratum, two inspectors each.
fn prepared() -> Prepared {
    vectors()[0].case.prepared()
}

fn leaving(object: &str, slot: Option<u32>) -> Leaving {
    Leaving { ground: "Deregistered".into(), cited: "registry/7".into(), object: object.into(), slot }
}

/// The objects of a draw of one stratum in the order of their tickets, the drawn ones first.
fn by_ticket(prepared: &Prepared, drawn: &Drawn) -> Vec<String> {
    let seed = crypto::draw::Seed::new(&prepared.announcement.hash(), &prepared.secret, &prepared.entropy);
    let mut objects: Vec<_> = prepared.pool.entries().map(|e| (seed.ticket(e.object), e.object)).collect();
    objects.sort();
    assert_eq!(objects[0].1, drawn.objects[0].object);
    objects.into_iter().map(|(_, object)| object.to_owned()).collect()
}

/// An object gives way, then the lead inspector of another one, then the object that came.
fn replaced(prepared: &Prepared) -> (FullProof, Vec<Replacement>) {
    let (task, drawn) = (prepared.task(), prepared.run().unwrap());
    let objects = by_ticket(prepared, &drawn);
    let mut visits = Visits::drawn(&task, &drawn);
    for (object, slot) in [(&objects[1], None), (&objects[0], Some(1)), (&objects[3], None)] {
        visits.replace(&leaving(object, slot)).unwrap();
    }
    let replacements = visits.replacements().to_vec();
    (FullProof::of(&task, &drawn).with(&task, &replacements), replacements)
}

#[test]
fn the_next_tickets_come_with_inspectors_of_their_own_and_nobody_comes_twice() {
    let prepared = prepared();
    let (task, drawn) = (prepared.task(), prepared.run().unwrap());
    let objects = by_ticket(&prepared, &drawn);
    let mut visits = Visits::drawn(&task, &drawn);
    let mut left = objects[0].clone();
    for next in &objects[drawn.objects.len()..] {
        let came = visits.replace(&leaving(&left, None)).unwrap().clone();
        assert_eq!((&came.next, came.inspectors.len()), (next, 2));
        assert_eq!(visits.inspectors(next), Some(came.inspectors.as_slice()));
        assert_eq!(visits.inspectors(&left), None);
        left.clone_from(next);
    }
    // The stratum is used up: the last one leaves, and nobody comes.
    let came = visits.replace(&leaving(&left, None)).unwrap().clone();
    assert_eq!((came.next.as_str(), came.inspectors.len()), ("", 0));
    let again = visits.replace(&leaving(&left, None)).unwrap_err();
    assert_eq!(again, ReplacementRefused::NotVisited(left));
}

#[test]
fn a_replaced_inspector_comes_back_to_no_object_that_it_was_on() {
    let prepared = prepared();
    let (task, drawn) = (prepared.task(), prepared.run().unwrap());
    let object = &drawn.objects[0].object;
    let mut visits = Visits::drawn(&task, &drawn);
    let mut met: Vec<String> = visits.inspectors(object).unwrap().to_vec();
    let refused = loop {
        match visits.replace(&leaving(object, Some(1))) {
            Ok(came) => {
                let came = came.next.clone();
                assert!(!met.contains(&came), "{came} was there");
                assert_eq!(visits.inspectors(object).unwrap()[1], came);
                met.push(came);
            }
            Err(refused) => break refused,
        }
    };
    assert!(met.len() > 2, "somebody came");
    assert_eq!(refused, ReplacementRefused::NobodyLeft { object: object.clone(), slot: 1 });
    let refused = visits.replace(&leaving(object, Some(2))).unwrap_err();
    assert_eq!(refused, ReplacementRefused::NoSlot { object: object.clone(), slot: 2 });
}

#[test]
fn a_refused_replacement_changes_nothing() {
    let prepared = prepared();
    let (task, drawn) = (prepared.task(), prepared.run().unwrap());
    let mut visits = Visits::drawn(&task, &drawn);
    let object = &drawn.objects[0].object;
    let stranger = prepared
        .pool
        .entries()
        .map(|entry| entry.object)
        .find(|object| drawn.objects.iter().all(|drawn| drawn.object != *object));
    visits.replace(&leaving(stranger.unwrap(), None)).unwrap_err();
    let tab = Leaving { ground: "a\tb".into(), ..leaving(object, None) };
    assert!(matches!(visits.replace(&tab).unwrap_err(), ReplacementRefused::Word(_)));
    assert!(visits.replacements().is_empty());
    assert!(visits.inspectors(object).is_some());
}

#[test]
fn a_proof_with_replacements_holds_after_a_trip_through_its_file_and_ends_with_another_digest() {
    let prepared = prepared();
    let (proof, _) = replaced(&prepared);
    let read = Proof::parse(Proof::Full(proof.clone()).to_json().as_bytes()).unwrap();
    let verified = verify(&read).unwrap();
    assert_eq!(verified.final_hash, proof.replaced.unwrap().final_hash);
    assert_ne!(verified.final_hash, verified.published_hash);
    let none = FullProof::of(&prepared.task(), &prepared.run().unwrap()).with(&prepared.task(), &[]);
    assert_eq!(none.replaced, None);
    assert_eq!(verify(&Proof::Full(none)).unwrap().final_hash, verified.published_hash);
}

#[test]
fn a_closing_proof_tells_that_somebody_was_replaced_and_not_who() {
    let restricted = vectors()[1].case.prepared();
    let (task, drawn) = (restricted.task(), restricted.run().unwrap());
    let mut visits = Visits::drawn(&task, &drawn);
    let last = drawn.objects.last().unwrap().object.clone();
    let came = visits.replace(&leaving(&last, None)).unwrap().clone();
    let closing = ClosingProof::of(&task, &drawn).with(&task, visits.replacements());
    let text = Proof::Closing(closing.clone()).to_json();
    assert!(!came.next.is_empty() && !text.contains(&came.next));
    let verified = verify(&Proof::parse(text.as_bytes()).unwrap()).unwrap();
    assert_eq!(verified.final_hash, closing.replaced.as_ref().unwrap().final_hash);
    let full = FullProof::of(&task, &drawn).with(&task, visits.replacements());
    assert_eq!(verify(&Proof::Full(full)).unwrap().final_hash, verified.final_hash);
    let mut told = closing;
    told.replaced.as_mut().unwrap().replacements.push(came);
    assert_eq!(verify(&Proof::Closing(told)).unwrap_err().step(), Some(Step::Replacements));
}

#[test]
fn whatever_is_changed_in_a_replacement_is_refused() {
    type Change = fn(&mut Vec<Replacement>);
    let prepared = prepared();
    let (right, replacements) = replaced(&prepared);
    let changes: [(&str, Change); 8] = [
        ("another object comes", |all| all[0].next = all[2].next.clone()),
        ("another inspector comes", |all| all[1].next = all[0].inspectors[1].clone()),
        ("other inspectors of who comes", |all| all[0].inspectors.reverse()),
        ("another ground", |all| all[0].ground = "MovedOut".into()),
        ("another event is cited", |all| all[0].cited = "registry/8".into()),
        ("one is left out", |all| drop(all.remove(1))),
        ("the order", |all| all.swap(0, 1)),
        ("all are left out", Vec::clear),
    ];
    for (what, change) in changes {
        let mut changed = replacements.clone();
        change(&mut changed);
        assert_ne!(changed, replacements, "{what} changes nothing");
        let mut proof = right.clone();
        proof.replaced.as_mut().unwrap().replacements = changed;
        assert_eq!(verify(&Proof::Full(proof)).unwrap_err().step(), Some(Step::Replacements), "{what}");
    }
    let mut proof = right.clone();
    proof.replaced.as_mut().unwrap().final_hash = right.published_hash;
    assert_eq!(verify(&Proof::Full(proof)).unwrap_err().step(), Some(Step::FinalHash));
}
