//! Proofs of the worked vectors hold; whatever is changed in them is refused at the step it belongs to.

use crypto::draw::{ClosingProof, Entropy, FullProof, NOTICE, Proof, Refused, Step, published_hash, verify};
use crypto::{Digest, sm3};

use crate::common::{Prepared, vectors};

/// The vectors that have a result: PUBLIC, RESTRICTED, and RESTRICTED with nothing drawn.
fn prepared() -> Vec<Prepared> {
    vectors().iter().filter(|v| v.expected.assignment.is_some()).map(|v| v.case.prepared()).collect()
}

fn full(prepared: &Prepared) -> FullProof {
    FullProof::of(&prepared.task(), &prepared.run().unwrap())
}

fn closing(prepared: &Prepared) -> ClosingProof {
    ClosingProof::of(&prepared.task(), &prepared.run().unwrap())
}

fn refusal(proof: Proof) -> Refused {
    verify(&proof).unwrap_err()
}

#[test]
fn full_proofs_hold_after_a_trip_through_their_file() {
    for prepared in prepared() {
        let (drawn, proof) = (prepared.run().unwrap(), Proof::Full(full(&prepared)));
        let read = Proof::parse(proof.to_json().as_bytes()).unwrap();
        assert_eq!(read, proof);
        let verified = verify(&read).unwrap();
        assert_eq!(verified.result_hash, drawn.result_hash);
        assert_eq!(verified.drawn, drawn.objects.iter().map(|o| o.object.clone()).collect::<Vec<_>>());
        assert!(verified.not_shown.is_empty());
    }
}

#[test]
fn closing_proofs_of_restricted_draws_hold_and_reveal_no_secret() {
    for prepared in prepared().iter().skip(1) {
        let text = Proof::Closing(closing(prepared)).to_json();
        let verified = verify(&Proof::parse(text.as_bytes()).unwrap()).unwrap();
        let drawn = prepared.run().unwrap();
        assert_eq!((verified.result_hash, verified.drawn.len()), (drawn.result_hash, drawn.objects.len()));
        for hidden in [prepared.secret.reveal_hex(), drawn.seed.to_hex(), "JN0000".into(), "stratum".into()] {
            assert!(!text.contains(&hidden), "{hidden}");
        }
    }
}

#[test]
fn what_stands_in_for_a_proof_is_refused_as_what_it_is_and_what_is_none_by_its_format() {
    let said = |text: &str| Proof::parse(text.as_bytes()).unwrap_err();
    let notice =
        format!(r#"{{"announcement": [], "cancelled": false, "format": "{NOTICE}", "result_hash": null}}"#);
    assert_eq!(said(&notice), Refused::Notice);
    assert!(said(r#"{"format": "receipt"}"#).to_string().contains("format `receipt`"));
    assert!(said(r#"{"format": "xinjian-draw-proof-v1"}"#).to_string().contains("`form`"));
}

#[test]
fn a_public_draw_has_no_closing_form() {
    let refused = refusal(Proof::Closing(closing(&prepared()[0])));
    assert_eq!(refused.step(), Some(Step::Disclosure));
}

#[test]
fn the_published_digest_is_as_computed_elsewhere() {
    // By OpenSSL's SM3 over `xinjian-published-v1 LF hex(SM3(announcement)) LF round LF digits LF hex(result_hash)`.
    let expected = "ab0513c5c4ea3da80ee04155c5aa60f5281ba0a2221a2162c8d85c1fd7dc2505";
    assert_eq!(full(&prepared()[0]).published_hash.to_hex(), expected);
}

/// Parses and verifies; both are the way a stranger takes.
fn check(text: &[u8]) -> Result<(), Refused> {
    verify(&Proof::parse(text)?).map(|_| ())
}

/// Changes each byte of the text, by a single bit that differs from place to place and by a digit or letter that
/// keeps JSON intact as far as possible.
fn every_changed_byte_is_refused(text: &str) {
    assert_eq!(check(text.as_bytes()), Ok(()));
    let mut bytes = text.as_bytes().to_vec();
    for at in 0..bytes.len() {
        let original = bytes[at];
        let sibling = match original {
            b'9' => b'8',
            b'f' => b'e',
            b'F' => b'E',
            b' ' => b'\t',
            b'\n' => b' ',
            other => other.wrapping_add(1),
        };
        for changed in [original ^ (1 << (at % 8)), original ^ 0x20, sibling] {
            bytes[at] = changed;
            let refused = check(&bytes).expect_err(&format!("byte {at} changed to {changed:#x}"));
            assert!(!refused.to_string().is_empty());
        }
        bytes[at] = original;
    }
}

#[test]
fn every_changed_byte_of_a_public_proof_is_refused() {
    every_changed_byte_is_refused(&Proof::Full(full(&prepared()[0])).to_json());
}

#[test]
fn every_changed_byte_of_a_restricted_full_proof_is_refused() {
    every_changed_byte_is_refused(&Proof::Full(full(&prepared()[1])).to_json());
}

#[test]
fn every_changed_byte_of_a_proof_that_drew_nothing_is_refused() {
    every_changed_byte_is_refused(&Proof::Full(full(&prepared()[2])).to_json());
    every_changed_byte_is_refused(&Proof::Closing(closing(&prepared()[2])).to_json());
}

#[test]
fn every_changed_byte_of_a_closing_proof_is_refused() {
    every_changed_byte_is_refused(&Proof::Closing(closing(&prepared()[1])).to_json());
}

#[test]
fn every_removed_or_doubled_line_is_refused() {
    for proof in [Proof::Full(full(&prepared()[1])), Proof::Closing(closing(&prepared()[1]))] {
        let text = proof.to_json();
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        for at in 0..lines.len() {
            let without: String = [&lines[..at], &lines[at + 1..]].concat().concat();
            assert!(check(without.as_bytes()).is_err(), "without line {}", at + 1);
            let doubled: String = [&lines[..=at], &lines[at..]].concat().concat();
            assert!(check(doubled.as_bytes()).is_err(), "with line {} twice", at + 1);
        }
    }
}

#[test]
fn other_spellings_of_the_same_values_are_malformed() {
    let text = Proof::Full(full(&prepared()[0])).to_json();
    let seed = prepared()[0].run().unwrap().seed.to_hex();
    let cases = [
        (text.replace(&seed, &seed.to_uppercase()), "lower-case"),
        (text.replacen("\"FULL\",", "\"FULL\",\n  \"note\": \"x\",", 1), "unknown field `note`"),
        (text.replacen("\"cap\":5", "\"cap\":5.0", 1), "expected u32"),
        (text.replacen("\"cap\":5", "\"cap\": 5", 1), "canonical"),
        (text.replacen("370102", "37\\u003102", 1), "canonical"),
        (text.replacen("xinjian-draw-proof-v1", "xinjian-draw-proof-v2", 1), "format"),
        (text.trim_end().to_owned(), "canonical"),
        (text.replace('\n', "\r\n"), "canonical"),
        (format!("{text} "), "canonical"),
        ("{}".to_owned(), "missing field"),
    ];
    for (changed, reason) in cases {
        let refused = check(changed.as_bytes()).unwrap_err();
        assert!(matches!(refused, Refused::Malformed { .. }), "{refused}");
        assert!(refused.to_string().contains(reason), "{refused}, not {reason}");
    }
}

/// A digest with one bit changed.
fn other(digest: Digest) -> Digest {
    let mut bytes = *digest.as_bytes();
    bytes[31] ^= 1;
    Digest::from_bytes(bytes)
}

#[test]
fn each_change_of_a_full_proof_is_refused_at_its_own_step() {
    type Change = fn(&mut FullProof);
    let cases: [(Step, Change); 26] = [
        (Step::AnnouncementHash, |p| p.announcement = p.announcement.replace("2026-2", "2026-3")),
        (Step::Announcement, |p| {
            p.announcement = p.announcement.replace("attempt: 1", "attempt: 01");
            p.announcement_hash = sm3::digest(p.announcement.as_bytes());
        }),
        (Step::Entropy, |p| p.entropy.digits = "27 3".into()),
        (Step::Entropy, |p| p.entropy.round = "2026320".into()),
        (Step::Seed, |p| p.entropy.digits = "274".into()),
        (Step::PublishedHash, |p| p.entropy.round = "2026322".into()),
        (Step::Commitment, |p| p.secret = other(p.secret)),
        (Step::Pool, |p| p.pool.swap(3, 4)),
        (Step::Pool, |p| p.pool[0].object = "91370102".into()),
        (Step::Pool, |p| p.pool[0].stratum = "S9".into()),
        (Step::Pool, |p| p.pool.clear()),
        (Step::Strata, |p| p.strata[0].size += 1),
        (Step::Strata, |p| p.strata[0].q = 0),
        (Step::Strata, |p| p.strata.swap(0, 1)),
        (Step::PoolSize, |p| {
            let stratum = p.pool.remove(7).stratum;
            p.strata.iter_mut().filter(|row| row.stratum == stratum).for_each(|row| row.size -= 1);
        }),
        (Step::PoolRoot, |p| p.pool[5].division = "370199".into()),
        (Step::StrataHash, |p| p.strata[1].p += 1),
        (Step::Inspectors, |p| p.inspectors.swap(0, 1)),
        (Step::Inspectors, |p| p.recusals.swap(0, 2)),
        (Step::InspectorsHash, |p| p.inspectors[2].cap += 1),
        (Step::InspectorsHash, |p| drop(p.recusals.pop())),
        (Step::Quota, |p| p.strata[1].k += 1),
        (Step::Selection, |p| drop(p.drawn.pop())),
        (Step::Selection, |p| p.drawn[0].ticket = other(p.drawn[0].ticket)),
        (Step::Assignment, |p| p.assignment[0].inspector = "JN0004".into()),
        (Step::PublishedHash, |p| p.published_hash = other(p.published_hash)),
    ];
    for (at, (step, change)) in cases.into_iter().enumerate() {
        let mut proof = full(&prepared()[1]);
        change(&mut proof);
        let refused = refusal(Proof::Full(proof));
        assert_eq!(refused.step(), Some(step), "case {at}: {refused}");
    }
}

#[test]
fn each_changed_hash_of_a_result_is_refused_by_its_name() {
    type Field = fn(&mut FullProof) -> &mut Digest;
    let cases: [(Step, Field); 6] = [
        (Step::AnnouncementHash, |p| &mut p.announcement_hash),
        (Step::Seed, |p| &mut p.seed),
        (Step::ObjectsHash, |p| &mut p.objects_hash),
        (Step::AssignmentHash, |p| &mut p.assignment_hash),
        (Step::Nonce, |p| &mut p.nonce),
        (Step::ResultHash, |p| &mut p.result_hash),
    ];
    for (step, field) in cases {
        let mut proof = full(&prepared()[1]);
        let right = *field(&mut proof);
        *field(&mut proof) = other(right);
        let refused = refusal(Proof::Full(proof));
        let expected = format!("{step} disagrees: claimed {}, computed {right}", other(right));
        assert_eq!(refused.to_string(), expected);
    }
}

#[test]
fn each_change_of_a_closing_proof_is_refused_at_its_own_step() {
    type Change = fn(&mut ClosingProof);
    let cases: [(Step, Change); 12] = [
        (Step::AnnouncementHash, |p| p.announcement = p.announcement.replace("10:00:00", "10:00:01")),
        (Step::Entropy, |p| p.entropy.digits = String::new()),
        (Step::PublishedHash, |p| p.entropy.digits = "274".into()),
        (Step::ObjectsHash, |p| drop(p.members.pop())),
        (Step::ObjectsHash, |p| p.objects_hash = other(p.objects_hash)),
        (Step::ResultHash, |p| p.assignment_hash = other(p.assignment_hash)),
        (Step::ResultHash, |p| p.nonce = other(p.nonce)),
        (Step::Membership, |p| p.members.swap(0, 1)),
        (Step::Membership, |p| p.members[0].index += 1),
        (Step::Membership, |p| p.members[0].blind = other(p.members[0].blind)),
        (Step::Membership, |p| p.members[0].path.truncate(3)),
        (Step::PublishedHash, |p| p.published_hash = other(p.published_hash)),
    ];
    for (at, (step, change)) in cases.into_iter().enumerate() {
        let mut proof = closing(&prepared()[1]);
        change(&mut proof);
        let refused = refusal(Proof::Closing(proof));
        assert_eq!(refused.step(), Some(step), "case {at}: {refused}");
    }
}

#[test]
fn a_forger_who_recomputes_what_the_public_can_is_still_refused() {
    let mut proof = closing(&prepared()[1]);
    // Another object of the pool in place of a drawn one, with every public hash made to fit.
    proof.members[0].object = "91370102MA0AEGEL57".into();
    proof.objects_hash = crypto::draw::objects_hash(proof.members.iter().map(|m| m.object.as_str()));
    let lines = format!("{}\n{}\n{}", proof.nonce, proof.objects_hash, proof.assignment_hash);
    proof.result_hash = sm3::digest(lines.as_bytes());
    let (round, digits) = (proof.entropy.round.clone(), proof.entropy.digits.clone());
    proof.published_hash = published_hash(&proof.announcement_hash, &round, &digits, &proof.result_hash);
    assert_eq!(refusal(Proof::Closing(proof)).step(), Some(Step::Membership));
}

#[test]
fn a_proof_of_another_draw_holds_but_not_against_the_published_digest() {
    let real = prepared().remove(0);
    let published = verify(&Proof::Full(full(&real))).unwrap().published_hash;
    let forged = Prepared { entropy: Entropy::of_digits("2026321", "424").unwrap(), ..real };
    let verified = verify(&Proof::Full(full(&forged))).unwrap();
    assert_ne!(verified.published_hash, published);
}
