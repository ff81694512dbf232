//! What somebody might change in a proof: every part, and what a forger would make fit.

use crypto::draw::{
    ClosingProof, DrawnObject, FullProof, Replacement, Secret, final_hash, objects_hash, published_hash,
    replacements_hash,
};
use crypto::{Digest, sm3};

/// A digest with one bit changed.
fn other(digest: Digest) -> Digest {
    let mut bytes = *digest.as_bytes();
    bytes[31] ^= 1;
    Digest::from_bytes(bytes)
}

/// The sealed text with one line saying something else.
fn with_line(announcement: &str, key: &str, value: &str) -> String {
    let line = |line: &str| match line.split_once(": ") {
        Some((own, _)) if own == key => format!("{key}: {value}\n"),
        _ => format!("{line}\n"),
    };
    announcement.lines().map(line).collect()
}

/// Everything that is hashed from text, digits and result, made to fit what was changed.
macro_rules! refit {
    ($proof:expr, $objects:expr) => {{
        let proof = $proof;
        proof.announcement_hash = sm3::digest(proof.announcement.as_bytes());
        let mut objects: Vec<&str> = $objects;
        objects.sort_unstable();
        proof.objects_hash = objects_hash(objects.into_iter());
        let lines = format!("{}\n{}\n{}", proof.nonce, proof.objects_hash, proof.assignment_hash);
        proof.result_hash = sm3::digest(lines.as_bytes());
        let (round, digits) = (&proof.entropy.round, &proof.entropy.digits);
        proof.published_hash = published_hash(&proof.announcement_hash, round, digits, &proof.result_hash);
    }};
}

fn refit(proof: &mut FullProof) {
    let drawn = proof.drawn.clone();
    refit!(proof, drawn.iter().map(|one| one.object.as_str()).collect());
}

/// The object of the pool that comes next in the stratum of the last drawn one, if there is one.
fn next_of_stratum(proof: &FullProof) -> Option<DrawnObject> {
    let stratum = &proof.drawn.last()?.stratum;
    let is_drawn = |object: &str| proof.drawn.iter().any(|one| one.object == object);
    let free = proof.pool.iter().filter(|one| &one.stratum == stratum && !is_drawn(&one.object));
    let ticket = |object: &str| sm3::digest(&[proof.seed.as_bytes(), object.as_bytes()].concat());
    let (ticket, object) = free.map(|one| (ticket(&one.object), one.object.clone())).min()?;
    Some(DrawnObject { object, stratum: stratum.clone(), ticket })
}

/// A full proof, changed in every way that the words name.
pub(crate) fn full(right: &FullProof) -> Vec<(&'static str, FullProof)> {
    type Change = fn(&mut FullProof);
    let changes: [(&str, Change); 27] = [
        ("pool: an object is left out", |p| drop(p.pool.pop())),
        ("pool: an object is added", |p| {
            let mut object = p.pool[0].clone();
            object.object = "91370102MA99999999".into();
            p.pool.push(object);
        }),
        ("pool: an object is elsewhere", |p| p.pool[0].division = "370199".into()),
        ("pool: its size in the announcement", |p| {
            p.announcement = with_line(&p.announcement, "pool_size", "41");
            refit(p);
        }),
        ("stratum: an object stands in another", |p| p.pool[0].stratum = "S0".into()),
        ("stratum: one has another name", |p| p.strata[0].stratum = "S0".into()),
        ("stratum: one has another size", |p| p.strata[0].size += 1),
        ("stratum: one gave another number", |p| p.strata[0].k += 1),
        ("ratio: it is higher", |p| p.strata[0].q = p.strata[0].p.max(1) * 200 + 7),
        ("ratio: it is above 1", |p| p.strata[0].p = p.strata[0].q + 1),
        ("secret", |p| p.secret = other(p.secret)),
        ("entropy: other digits", |p| {
            p.entropy.digits.push('7');
            refit(p);
        }),
        ("entropy: a round that was not announced", |p| {
            p.entropy.round = "2026323".into();
            refit(p);
        }),
        ("entropy: no digits", |p| p.entropy.digits = "4 2".into()),
        ("order: two drawn objects are exchanged", |p| p.drawn.swap(0, 1)),
        ("order: two objects of the pool are exchanged", |p| p.pool.swap(0, 1)),
        ("order: two inspectors of the table are exchanged", |p| p.inspectors.swap(0, 1)),
        ("inspector: another one is assigned", |p| {
            let here = p.assignment[0].inspector.clone();
            p.assignment[0].inspector =
                p.inspectors.iter().find(|one| one.id != here).map(|one| one.id.clone()).unwrap();
        }),
        ("inspector: one may take more objects", |p| p.inspectors[0].cap += 1),
        ("inspector: one is left out", |p| drop(p.inspectors.pop())),
        ("inspector: a recusal is added", |p| {
            let object = p.pool[0].object.clone();
            p.recusals.insert(0, crypto::draw::Recusal { inspector: "I0000".into(), object });
        }),
        ("replacement: an object gives way to one of the pool", |p| {
            // A stratum that was drawn as a whole has nobody else: then its last object is left out.
            let next = next_of_stratum(p);
            p.drawn.pop();
            p.drawn.extend(next);
            refit(p);
        }),
        ("replacement: an object is drawn no more", |p| {
            p.drawn.pop();
            refit(p);
        }),
        ("announcement: another time", |p| {
            p.announcement = with_line(&p.announcement, "draw_at", "2026-12-01T10:00:01+08:00");
            refit(p);
        }),
        ("announcement: another attempt", |p| {
            p.announcement = with_line(&p.announcement, "attempt", "9");
            refit(p);
        }),
        ("announcement: another algorithm", |p| {
            p.announcement = with_line(&p.announcement, "algorithm", "xinjian-draw-v2");
            refit(p);
        }),
        ("published digest", |p| p.published_hash = other(p.published_hash)),
    ];
    changed(right, &changes)
}

/// The replacements of a full proof with at least two, changed in every way that the words name; every digest is made to fit.
pub(crate) fn replacements(right: &FullProof) -> Vec<(&'static str, FullProof)> {
    type Change = fn(&mut FullProof);
    fn all(proof: &mut FullProof) -> &mut Vec<Replacement> {
        &mut proof.replaced.as_mut().unwrap().replacements
    }
    let changes: [(&str, Change); 5] = [
        ("replacement: another one comes", |p| all(p)[0].next = "91370102MA99999999".into()),
        ("replacement: nobody comes", |p| all(p)[0].next = String::new()),
        ("replacement: somebody gives way twice", |p| {
            let twice = all(p).iter().find(|one| one.slot.is_none()).unwrap().clone();
            all(p).push(twice);
        }),
        ("replacement: a ground of two words", |p| all(p)[0].ground = "a b".into()),
        ("replacement: none at all", |p| all(p).clear()),
    ];
    let mut changed = changed(right, &changes);
    for (_, proof) in &mut changed {
        let secret = Secret::from_bytes(*proof.secret.as_bytes());
        let published = proof.published_hash;
        if let Some(replaced) = &mut proof.replaced {
            replaced.replacements_hash = replacements_hash(&replaced.replacements, &secret);
            replaced.final_hash = final_hash(&published, &replaced.replacements_hash);
        }
    }
    let mut other_digest = right.clone();
    other_digest.replaced.as_mut().unwrap().final_hash = right.published_hash;
    changed.push(("replacement: another last digest", other_digest));
    changed
}

/// A closing proof, changed in every way that the words name.
pub(crate) fn closing(right: &ClosingProof) -> Vec<(&'static str, ClosingProof)> {
    type Change = fn(&mut ClosingProof);
    let refit = |p: &mut ClosingProof| {
        let members = p.members.clone();
        refit!(p, members.iter().map(|one| one.object.as_str()).collect());
    };
    let changes: [(&str, Change); 8] = [
        ("order: two members are exchanged", |p| p.members.swap(0, 1)),
        ("pool: another place", |p| p.members[0].index += 1),
        ("pool: another blind", |p| p.members[0].blind = other(p.members[0].blind)),
        ("pool: a longer path", |p| p.members[0].path.push(p.nonce)),
        ("nonce", |p| p.nonce = other(p.nonce)),
        ("inspector: another assignment", |p| p.assignment_hash = other(p.assignment_hash)),
        ("published digest", |p| p.published_hash = other(p.published_hash)),
        ("a member is left out", |p| drop(p.members.pop())),
    ];
    let mut all = changed(right, &changes);
    let mut replaced = right.clone();
    replaced.members[0].object = "91370102MA00000000A".into();
    refit(&mut replaced);
    all.push(("replacement: a member gives way to a stranger, and every public hash fits", replaced));
    let mut public = right.clone();
    public.announcement = with_line(&public.announcement, "disclosure", "PUBLIC");
    refit(&mut public);
    all.push(("announcement: the form does not fit the disclosure", public));
    all
}

/// What is tampered with, and how.
type NamedChange<P> = (&'static str, fn(&mut P));

fn changed<P: Clone>(right: &P, changes: &[NamedChange<P>]) -> Vec<(&'static str, P)> {
    let change = |(what, change): &NamedChange<P>| {
        let mut proof = right.clone();
        change(&mut proof);
        (*what, proof)
    };
    changes.iter().map(change).collect()
}
