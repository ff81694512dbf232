//! How many objects of a stratum are drawn, and which.

use rayon::prelude::*;

use super::{Pool, Ratio, Seed};
use crate::Digest;
use crate::sm3::{LANES, Messages};

/// Objects whose tickets one core computes at a time.
const PART: usize = 1_024;

/// A drawn object by its place in the pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Ticket {
    /// The ticket; first, so that the derived order is by ticket.
    pub(super) ticket: Digest,
    /// Place of the object in the pool.
    pub(super) place: u32,
}

/// The outcome of the selection.
pub(super) struct Selection {
    /// How many of each stratum are drawn, in the order of the pool's strata.
    pub(super) quotas: Vec<u64>,
    /// The drawn objects in ticket order over all strata.
    pub(super) drawn: Vec<Ticket>,
}

/// Draws from every stratum.
pub(super) fn select(pool: &Pool, seed: &Seed) -> Selection {
    let mut quotas = Vec::with_capacity(pool.strata().len());
    let mut drawn = Vec::new();
    for (stratum, places) in pool.strata().iter().zip(pool.places_by_stratum()) {
        let k = quota(&seed.quota_number(&stratum.name), stratum.size, stratum.ratio);
        quotas.push(k);
        drawn.extend(smallest(pool, seed, &places, usize::try_from(k).unwrap_or(usize::MAX)));
    }
    drawn.par_sort_unstable();
    Selection { quotas, drawn }
}

/// The objects with the k smallest tickets, in any order.
fn smallest(pool: &Pool, seed: &Seed, places: &[u32], k: usize) -> Vec<Ticket> {
    if k == 0 {
        return Vec::new();
    }
    let mut tickets = tickets_up_to(likely_bound(k, places.len()), pool, seed, places);
    if tickets.len() < k {
        tickets = tickets_up_to(u64::MAX, pool, seed, places);
    }
    if k < tickets.len() {
        tickets.select_nth_unstable(k);
        tickets.truncate(k);
    }
    tickets
}

/// A ticket's first eight bytes that more than k of n tickets stay below, but for chance: eight times the spread above what is expected.
fn likely_bound(k: usize, n: usize) -> u64 {
    let expected = k as u128 + 8 * k.isqrt() as u128 + 16;
    u64::try_from((expected << 64) / n.max(1) as u128).unwrap_or(u64::MAX)
}

/// All tickets of these objects that begin with no more than `bound` and no others, on all cores: were some beyond it among them, k of them
/// would not tell that k stay below it.
fn tickets_up_to(bound: u64, pool: &Pool, seed: &Seed, places: &[u32]) -> Vec<Ticket> {
    let alone = |place: &u32| {
        let ticket = seed.ticket(pool.entry(*place as usize).object);
        let beginning =
            ticket.as_bytes().iter().take(8).fold(0u64, |value, &byte| value << 8 | u64::from(byte));
        (beginning <= bound).then_some(Ticket { ticket, place: *place })
    };
    let of_part = |places: &[u32]| {
        let (mut found, mut room) = (Vec::new(), Messages::default());
        let (sixteens, rest) = places.as_chunks::<LANES>();
        for sixteen in sixteens {
            match seed.tickets(&sixteen.each_ref().map(|place| pool.object(*place)), &mut room) {
                Some(tickets) => {
                    let beginnings = (0..LANES).zip(tickets.beginnings());
                    let lanes = beginnings.filter(|(_, beginning)| *beginning <= bound);
                    found.extend(
                        lanes.map(|(lane, _)| Ticket { ticket: tickets.at(lane), place: sixteen[lane] }),
                    );
                }
                None => found.extend(sixteen.iter().filter_map(alone)),
            }
        }
        found.extend(rest.iter().filter_map(alone));
        found
    };
    places.par_chunks(PART).flat_map_iter(of_part).collect()
}

/// floor(n·p/q), and one more if U·q < ((n·p) mod q)·2^256: the inclusion probability is exactly p/q.
fn quota(u: &Digest, n: u64, ratio: Ratio) -> u64 {
    let q = u128::from(ratio.q());
    let product = u128::from(n) * u128::from(ratio.p());
    let (whole, fraction) = (product / q, product % q);
    // U·q = h·2^256 + l with l < 2^256, so U·q < fraction·2^256 exactly when h < fraction.
    let one_more = u128::from(top_limb(u, ratio.q())) < fraction;
    u64::try_from(whole).expect("p is at most q, so the quota is at most n") + u64::from(one_more)
}

/// floor(u·q / 2^256), by schoolbook multiplication over 64-bit limbs.
fn top_limb(u: &Digest, q: u64) -> u64 {
    let mut carry = 0u64;
    for limb in u.as_bytes().rchunks_exact(8) {
        let limb = limb.iter().fold(0u64, |value, &byte| value << 8 | u64::from(byte));
        let product = u128::from(limb) * u128::from(q) + u128::from(carry);
        carry = (product >> 64) as u64;
    }
    carry
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::draw::{Entropy, PoolObject, Secret};

    fn u(bytes: [u8; 32]) -> Digest {
        Digest::from_bytes(bytes)
    }

    fn ratio(p: u64, q: u64) -> Ratio {
        Ratio::new(p, q).unwrap()
    }

    /// Objects of one length but for every seventh, which has a licence: they are hashed sixteen at a time, and alone.
    fn pool(count: usize) -> Pool {
        let object = |number: usize| PoolObject {
            object: format!("91370102{number:010}{}", if number.is_multiple_of(7) { "/SC1" } else { "" }),
            stratum: "A".into(),
            field: "FOOD".into(),
            division: "370102".into(),
        };
        let ratios = BTreeMap::from([("A".into(), ratio(1, 2))]);
        Pool::new((0..count).map(object), &ratios).unwrap()
    }

    #[test]
    fn of_objects_of_any_length_exactly_the_tickets_up_to_the_bound_are_kept() {
        let entropy = Entropy::of_digits("2026300", "423").unwrap();
        let seed = Seed::new(&u([7; 32]), &Secret::from_bytes([9; 32]), &entropy);
        // Whole groups of sixteen of one length come only without licences; the last ones are no group.
        for (count, step) in [(100, 1), (2_000, 1), (2_000, 7)] {
            let pool = pool(count);
            let places: Vec<u32> = (0..count as u32).filter(|place| step == 1 || place % step != 0).collect();
            for bound in [0, 1 << 60, u64::MAX / 3, u64::MAX] {
                let ticket = |place: &u32| {
                    let ticket = seed.ticket(pool.entry(*place as usize).object);
                    Ticket { ticket, place: *place }
                };
                let beginning =
                    |one: &Ticket| u64::from_be_bytes(*one.ticket.as_bytes().first_chunk().unwrap());
                let expected: Vec<_> =
                    places.iter().map(ticket).filter(|one| beginning(one) <= bound).collect();
                let mut found = tickets_up_to(bound, &pool, &seed, &places);
                found.sort_unstable_by_key(|one| one.place);
                assert_eq!(found, expected, "{count} objects, {step}, up to {bound}");
            }
        }
    }

    const LEAST: [u8; 32] = [0; 32];
    const MOST: [u8; 32] = [0xff; 32];

    #[test]
    fn a_whole_quota_does_not_depend_on_chance() {
        for bytes in [LEAST, MOST] {
            assert_eq!(quota(&u(bytes), 12, ratio(1, 4)), 3);
            assert_eq!(quota(&u(bytes), 12, ratio(0, 1)), 0);
            assert_eq!(quota(&u(bytes), 12, ratio(1, 1)), 12);
        }
    }

    #[test]
    fn the_fraction_is_drawn_exactly_below_its_boundary() {
        // 3·1/2 = 1.5: one more exactly when U < 2^255.
        let mut boundary = LEAST;
        boundary[0] = 0x80;
        let mut below = MOST;
        below[0] = 0x7f;
        assert_eq!(quota(&u(below), 3, ratio(1, 2)), 2);
        assert_eq!(quota(&u(boundary), 3, ratio(1, 2)), 1);
        // 1·1/3: the boundary is between 0x55…55 and 0x55…56.
        assert_eq!(quota(&u([0x55; 32]), 1, ratio(1, 3)), 1);
        let mut above = [0x55; 32];
        above[31] = 0x56;
        assert_eq!(quota(&u(above), 1, ratio(1, 3)), 0);
    }

    #[test]
    fn the_largest_numbers_do_not_overflow() {
        let almost = ratio(u64::MAX - 1, u64::MAX);
        assert_eq!(quota(&u(MOST), u64::MAX, almost), u64::MAX - 1);
        assert_eq!(quota(&u(LEAST), u64::MAX - 1, almost), u64::MAX - 1);
        assert_eq!(quota(&u(MOST), u64::MAX - 1, almost), u64::MAX - 2);
    }

    /// The comparison as it is written, over decimal-free big integers of bytes, sharing nothing with `top_limb`.
    fn one_more_by_definition(u: &[u8; 32], q: u64, fraction: u64) -> bool {
        let mut left = [0u8; 40];
        let mut carry = 0u128;
        for i in (0..40).rev() {
            let digit = if i >= 8 { u128::from(u[i - 8]) } else { 0 };
            let value = digit * u128::from(q) + carry;
            left[i] = (value & 0xff) as u8;
            carry = value >> 8;
        }
        let mut right = [0u8; 40];
        right[..8].copy_from_slice(&fraction.to_be_bytes());
        left < right
    }

    proptest! {
        #[test]
        fn the_quota_follows_its_definition(
            bytes in any::<[u8; 32]>(), n in any::<u64>(), a in any::<u64>(), b in 1u64..,
        ) {
            let (p, q) = (a % b, b);
            let product = u128::from(n) * u128::from(p);
            let fraction = (product % u128::from(q)) as u64;
            let expected = (product / u128::from(q)) as u64
                + u64::from(one_more_by_definition(&bytes, q, fraction));
            prop_assert_eq!(quota(&u(bytes), n, ratio(p, q)), expected);
        }
    }
}
