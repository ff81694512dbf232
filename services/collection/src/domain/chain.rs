//! The chains on which records are published: to whom, and within which period.

use chrono::NaiveDate;
use rulebook::Rulebook;

use super::Kind;
use crate::machines::record::{PUBLISH_DOUBLE, PUBLISH_INSPECTION, PUBLISH_PENALTY};

/// A receiver that the law wants records of a kind published by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chain {
    /// Name of the receiver in the exchange.
    pub receiver: &'static str,
    /// The duty to publish there; also the parameter that gives the period.
    pub duty: &'static str,
}

const fn chain(receiver: &'static str, duty: &'static str) -> Chain {
    Chain { receiver, duty }
}

/// The chain of the publicity system: what it shows, our public listener shows too.
pub const PUBLICITY: &str = exchange::publicity::RECEIVER;
const CREDIT_CHINA: &str = exchange::credit_china::RECEIVER;

/// The chains of a kind of record; none for those that are not published here. Penalties are published twice (双公示); a
/// permit reaches the publicity system by the mark of its licence.
pub fn chains_of(kind: Kind) -> &'static [Chain] {
    match kind {
        Kind::Permit => const { &[chain(CREDIT_CHINA, PUBLISH_DOUBLE)] },
        Kind::Penalty => const { &[chain(PUBLICITY, PUBLISH_PENALTY), chain(CREDIT_CHINA, PUBLISH_DOUBLE)] },
        Kind::Inspection => const { &[chain(PUBLICITY, PUBLISH_INSPECTION)] },
        Kind::Sampling | Kind::ListEntry => &[],
    }
}

/// Of the chains of a kind, those that the law of the day `decided_on` asks for.
pub fn chains_on(book: &Rulebook, kind: Kind, decided_on: NaiveDate) -> impl Iterator<Item = Chain> {
    let chains = chains_of(kind).iter().copied();
    chains.filter(move |chain| book.parameter(chain.duty, decided_on).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_penalty_goes_to_both_chains_from_the_day_of_order_45_on() {
        let on = |day: &str| {
            let day = domain::parse_date(day).unwrap();
            chains_on(&Rulebook::builtin(), Kind::Penalty, day)
                .map(|chain| chain.receiver)
                .collect::<Vec<_>>()
        };
        assert_eq!(on("2021-08-31"), ["credit-china"]);
        assert_eq!(on("2021-09-01"), ["publicity", "credit-china"]);
    }

    #[test]
    fn every_receiver_takes_the_notices_of_its_kinds() {
        let (book, day) = (Rulebook::builtin(), domain::parse_date("2026-03-02").unwrap());
        for (kind, notice) in
            [(Kind::Permit, "permit"), (Kind::Penalty, "penalty"), (Kind::Inspection, "check")]
        {
            let takes = book.exchange_receivers(notice, day);
            for chain in chains_of(kind) {
                assert!(takes.contains(chain.receiver), "{} {notice}", chain.receiver);
            }
        }
    }
}
