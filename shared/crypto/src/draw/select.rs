//! How many objects of a stratum are drawn, and which.

use rayon::prelude::*;

use super::pool::Names;
use super::{Pool, PoolStratum, Ratio, Seed};
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

impl Ticket {
    /// The first eight bytes, as a number that has their order.
    fn beginning(&self) -> u64 {
        self.ticket.as_bytes().iter().take(8).fold(0, |value, &byte| value << 8 | u64::from(byte))
    }
}

/// The outcome of the selection.
pub(super) struct Selection {
    /// How many of each stratum are drawn, in the order of the pool's strata.
    pub(super) quotas: Vec<u64>,
    /// The drawn objects in ticket order over all strata.
    pub(super) drawn: Vec<Ticket>,
    /// Their names side by side: in the pool, where each is far from the one before it, they are read once.
    pub(super) names: Names,
}

/// Draws from every stratum. Each ticket is computed once, in the order in which the objects lie.
pub(super) fn select(pool: &Pool, seed: &Seed) -> Selection {
    let quota = |s: &PoolStratum| quota(&seed.quota_number(&s.name), s.size, s.ratio);
    let quotas: Vec<u64> = pool.strata().iter().map(quota).collect();
    let sizes = pool.strata().iter().map(|stratum| stratum.size);
    let likely: Vec<Option<u64>> =
        quotas.iter().zip(sizes).map(|(k, n)| (*k > 0).then(|| likely_bound(*k, n))).collect();
    let all = vec![Some(u64::MAX); quotas.len()];
    let drawn = drawn_within(&likely, &quotas, pool, seed)
        .or_else(|| drawn_within(&all, &quotas, pool, seed))
        .expect("the quota of a stratum is at most its size");
    let names = pool.names(drawn.iter().map(|ticket| ticket.place));
    Selection { quotas, drawn, names }
}

/// The k smallest tickets of each stratum, in ticket order over all strata, of those up to the stratum's bound; `None` where fewer than k
/// of a stratum stay within it.
fn drawn_within(bounds: &[Option<u64>], quotas: &[u64], pool: &Pool, seed: &Seed) -> Option<Vec<Ticket>> {
    let stratum_of = pool.strata_of_classes();
    let by_class: Vec<Option<u64>> = stratum_of.iter().map(|stratum| bounds[*stratum]).collect();
    let mut tickets = tickets_up_to(&by_class, pool, seed);
    // What the first bytes decide is not asked of all of them.
    tickets.par_sort_unstable_by(|a, b| a.beginning().cmp(&b.beginning()).then_with(|| a.cmp(b)));
    let mut left = quotas.to_vec();
    tickets.retain(|ticket| {
        let left = &mut left[stratum_of[pool.class(ticket.place)]];
        let is_drawn = *left > 0;
        *left -= u64::from(is_drawn);
        is_drawn
    });
    left.iter().all(|left| *left == 0).then_some(tickets)
}

/// A ticket's first eight bytes that more than k of n tickets stay below, but for chance: eight times the spread above what is expected.
fn likely_bound(k: u64, n: u64) -> u64 {
    let expected = u128::from(k) + 8 * u128::from(k.isqrt()) + 16;
    u64::try_from((expected << 64) / u128::from(n.max(1))).unwrap_or(u64::MAX)
}

/// All tickets that begin with no more than the bound of their object's class and no others, on all cores: were some beyond it among them,
/// k of them would not tell that k stay below it. A class without a bound has none.
fn tickets_up_to(bounds: &[Option<u64>], pool: &Pool, seed: &Seed) -> Vec<Ticket> {
    let size = pool.size() as usize;
    let is_kept =
        |place: u32, beginning: u64| bounds[pool.class(place)].is_some_and(|bound| beginning <= bound);
    let alone = |place: u32| {
        let ticket = Ticket { ticket: seed.ticket(pool.name(place)), place };
        is_kept(place, ticket.beginning()).then_some(ticket)
    };
    let of_part = |part: usize| {
        let (mut found, mut room) = (Vec::new(), Messages::default());
        let (mut first, end) = (part * PART, size.min((part + 1) * PART));
        while first + LANES <= end {
            let places: [u32; LANES] = std::array::from_fn(|lane| (first + lane) as u32);
            match seed.tickets(&places.map(|place| pool.object(place)), &mut room) {
                Some(tickets) => {
                    let lanes = places.into_iter().zip(tickets.beginnings()).enumerate();
                    let kept = lanes.filter(|(_, (place, beginning))| is_kept(*place, *beginning));
                    found.extend(kept.map(|(lane, (place, _))| Ticket { ticket: tickets.at(lane), place }));
                }
                None => found.extend(places.into_iter().filter_map(alone)),
            }
            first += LANES;
        }
        found.extend((first as u32..end as u32).filter_map(alone));
        found
    };
    (0..size.div_ceil(PART)).into_par_iter().flat_map_iter(of_part).collect()
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
    use crate::draw::{Entropy, Entry, PoolObject, Secret};

    fn u(bytes: [u8; 32]) -> Digest {
        Digest::from_bytes(bytes)
    }

    fn ratio(p: u64, q: u64) -> Ratio {
        Ratio::new(p, q).unwrap()
    }

    /// Objects of one length but, where there are licences, for every seventh: they are hashed sixteen at a time, and alone. Strata are
    /// mixed, and each has two classes.
    fn pool(count: usize, licences: bool) -> Pool {
        let object = |number: usize| {
            let licence = if licences && number.is_multiple_of(7) { "/SC1" } else { "" };
            PoolObject {
                object: format!("91370102{number:010}{licence}"),
                stratum: ["A", "B", "C"][number % 3].into(),
                field: "FOOD".into(),
                division: if number.is_multiple_of(2) { "370102" } else { "370103" }.into(),
            }
        };
        let ratios = [("A", ratio(1, 2)), ("B", ratio(0, 1)), ("C", ratio(1, 1))];
        let ratios = BTreeMap::from(ratios.map(|(name, ratio)| (name.to_owned(), ratio)));
        Pool::new((0..count).map(object), &ratios).unwrap()
    }

    fn seed() -> Seed {
        Seed::new(&u([7; 32]), &Secret::from_bytes([9; 32]), &Entropy::of_digits("2026300", "423").unwrap())
    }

    /// Every ticket of a pool, each computed alone.
    fn all_tickets(pool: &Pool, seed: &Seed) -> Vec<Ticket> {
        let ticket = |(place, entry): (u32, Entry<'_>)| Ticket { ticket: seed.ticket(entry.object), place };
        (0u32..).zip(pool.entries()).map(ticket).collect()
    }

    #[test]
    fn of_objects_of_any_length_exactly_the_tickets_up_to_the_bound_are_kept() {
        let seed = seed();
        // Whole groups of sixteen of one length come only without licences; the last ones are no group.
        for (count, licences) in [(5, false), (100, true), (2_000, true), (2_000, false)] {
            let pool = pool(count, licences);
            for bound in [0, 1 << 60, u64::MAX / 3, u64::MAX] {
                let mut bounds = vec![Some(bound); pool.strata_of_classes().len()];
                bounds[1] = None;
                let is_kept = |one: &Ticket| {
                    let beginning = u64::from_be_bytes(*one.ticket.as_bytes().first_chunk().unwrap());
                    pool.class(one.place) != 1 && beginning <= bound
                };
                let expected: Vec<_> = all_tickets(&pool, &seed).into_iter().filter(is_kept).collect();
                let mut found = tickets_up_to(&bounds, &pool, &seed);
                found.sort_unstable_by_key(|one| one.place);
                assert_eq!(found, expected, "{count} objects, licences: {licences}, up to {bound}");
            }
        }
    }

    #[test]
    fn the_smallest_tickets_of_each_stratum_are_drawn_in_ticket_order() {
        let seed = seed();
        for (count, licences) in [(5, false), (100, true), (4_000, false)] {
            let pool = pool(count, licences);
            let selection = select(&pool, &seed);
            let mut expected = Vec::new();
            for (stratum, k) in pool.strata().iter().zip(&selection.quotas) {
                let stands_in = |one: &Ticket| pool.entry(one.place as usize).stratum == stratum.name;
                let mut of_stratum: Vec<_> =
                    all_tickets(&pool, &seed).into_iter().filter(stands_in).collect();
                of_stratum.sort_unstable();
                expected.extend(of_stratum.into_iter().take(*k as usize));
            }
            expected.sort_unstable();
            assert_eq!(selection.drawn, expected, "{count} objects, licences: {licences}");
        }
    }

    #[test]
    fn bounds_that_keep_too_few_of_a_stratum_draw_nothing() {
        let (pool, seed) = (pool(100, false), seed());
        let quotas = select(&pool, &seed).quotas;
        let bounds = |of_last: u64| [Some(u64::MAX), None, Some(of_last)];
        assert!(drawn_within(&bounds(u64::MAX), &quotas, &pool, &seed).is_some());
        assert!(drawn_within(&bounds(u64::MAX / 2), &quotas, &pool, &seed).is_none(), "all of C are drawn");
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
