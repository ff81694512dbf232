//! A city that never was: enterprises of the two key fields in Jinan's divisions with valid codes and licences, and histories
//! that hang together. Everything follows from the seed; the same seed and day give the same city, byte for byte.
//!
//! Each enterprise has a hidden care between 0 and 1 that nobody outside this module sees. Inspections, samples, penalties and
//! complaints are drawn from it, so that a risk model has something to find and a draw by class hits more of what is wrong.

mod enterprise;
mod history;
mod inspectors;
mod names;
mod permit;
mod plan;

use chrono::NaiveDate;
use contract::collection::v1::{Record, Ticket};
use contract::inspection::v1::Inspector;
use contract::registry::v1::Enterprise;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use plan::Plan;

/// A generated city, ready to be imported.
#[derive(Clone, Debug, Default)]
pub struct City {
    /// The enterprises, in no particular order.
    pub enterprises: Vec<Enterprise>,
    /// Permits, penalties, inspections and sampling results, the earliest decision first.
    pub records: Vec<Record>,
    /// Hotline tickets, the earliest accepted first. About one in ten names no enterprise.
    pub tickets: Vec<Ticket>,
    /// Inspectors of the bureau and its districts.
    pub inspectors: Vec<Inspector>,
}

impl City {
    /// A city of `size` enterprises with five years of history up to the day before `today`.
    pub fn generate(seed: u64, size: usize, today: NaiveDate) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut city = Self { inspectors: inspectors::directory(size, today), ..Self::default() };
        let mut numbers = std::collections::HashSet::new();
        for index in 0..size {
            let plan = Plan::draw(&mut random, index, today);
            let enterprise = enterprise::of(&mut random, &plan);
            city.records.extend(permit::of(&mut random, &plan, &enterprise, &mut numbers));
            history::write(&mut random, &plan, &enterprise, &mut city);
            city.enterprises.push(enterprise);
        }
        history::write_stray_tickets(&mut random, size / 10, today, &mut city);
        city.records.sort_by(|a, b| (&a.decided_on, &a.document_no).cmp(&(&b.decided_on, &b.document_no)));
        city.tickets.sort_by(|a, b| (&a.accepted_on, &a.ticket_no).cmp(&(&b.accepted_on, &b.ticket_no)));
        city
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use contract::collection::v1::record::Content;
    use domain::{DivisionCode, LicenceNumber, Uscc, parse_date};

    use super::*;

    fn city(seed: u64) -> City {
        City::generate(seed, 400, parse_date("2026-11-23").unwrap())
    }

    #[test]
    fn the_same_seed_gives_the_same_city() {
        assert_eq!(city(7).records, city(7).records);
        assert_ne!(city(7).records, city(8).records);
    }

    #[test]
    fn every_code_and_licence_number_is_valid_and_codes_are_not_shared() {
        let city = City::generate(1, 25_000, parse_date("2026-11-23").unwrap());
        let mut codes = BTreeSet::new();
        for enterprise in &city.enterprises {
            assert!(codes.insert(Uscc::parse(&enterprise.uscc).unwrap()), "{}", enterprise.uscc);
            DivisionCode::parse(&enterprise.division).unwrap();
        }
        let mut numbers = BTreeSet::new();
        for record in &city.records {
            assert!(codes.contains(&Uscc::parse(&record.uscc).unwrap()), "{}", record.uscc);
            if let Some(Content::Permit(permit)) = &record.content {
                let number = LicenceNumber::parse(&permit.permit_no).unwrap();
                assert_eq!(number.field(), record.field);
                assert!(numbers.insert(permit.permit_no.clone()), "{} is used twice", permit.permit_no);
            }
        }
    }

    #[test]
    fn document_and_ticket_numbers_are_not_shared() {
        let city = city(3);
        let documents: BTreeSet<_> =
            city.records.iter().map(|record| (kind(record), &record.document_no)).collect();
        assert_eq!(documents.len(), city.records.len());
        let tickets: BTreeSet<_> = city.tickets.iter().map(|ticket| &ticket.ticket_no).collect();
        assert_eq!(tickets.len(), city.tickets.len());
    }

    fn kind(record: &Record) -> &'static str {
        match record.content {
            Some(Content::Permit(_)) => "permit",
            Some(Content::Penalty(_)) => "penalty",
            Some(Content::Inspection(_)) => "inspection",
            _ => "other",
        }
    }

    #[test]
    fn nothing_happens_before_the_enterprise_exists_or_after_yesterday() {
        let city = city(4);
        let founded: std::collections::BTreeMap<_, _> =
            city.enterprises.iter().map(|e| (e.uscc.clone(), e.established_on.clone())).collect();
        for record in &city.records {
            assert!(record.decided_on >= founded[&record.uscc], "{}", record.document_no);
            assert!(record.decided_on.as_str() < "2026-11-23", "{}", record.document_no);
        }
    }

    #[test]
    fn a_larger_city_has_every_kind_of_record_and_both_fields() {
        let city = city(5);
        let kinds: BTreeSet<_> = city.records.iter().map(kind).collect();
        assert_eq!(kinds.len(), 4);
        let fields: BTreeSet<_> = city.records.iter().map(|record| record.field.as_str()).collect();
        assert_eq!(fields, BTreeSet::from(["FOOD", "SE"]));
    }
}
