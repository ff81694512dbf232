//! Records of generated enterprises, as columns: what the peers are given, and what the messages for ours are made of.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use chrono::{Datelike, NaiveDate};
use contract::collection::v1::{Inspection, ListEntry, Penalty, Record, Sampling, Ticket, record::Content};
use prost::Message;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Records of an enterprise, on average; each has up to twice as many.
const RECORDS_EACH: usize = 10;
/// Days over which records are spread: some lie outside of every window.
const DAYS: i32 = 2_000;
/// Days of them that lie behind the day of the run: they count for nothing.
const AHEAD: i32 = 20;

/// A source of evidence: its codes, each with its share, and how many of a hundred records come from it.
pub(super) struct Source {
    pub(super) name: &'static str,
    pub(super) codes: &'static [&'static str],
    shares: &'static [u32],
    of_hundred: u32,
}

/// The sources; the columns name source and code by their places here.
pub(super) const SOURCES: [Source; 5] = [
    Source {
        name: "penalty",
        codes: &["1", "2", "3", "4", "7", "8", "9", "10"],
        shares: &[30, 10, 40, 10, 4, 3, 2, 1],
        of_hundred: 10,
    },
    Source {
        name: "inspection",
        codes: &["1", "2", "3", "4", "5", "6", "8"],
        shares: &[70, 8, 8, 6, 4, 2, 2],
        of_hundred: 30,
    },
    Source {
        name: "sampling",
        codes: &["County", "City", "Province", "National"],
        shares: &[50, 30, 15, 5],
        of_hundred: 17,
    },
    Source { name: "list_entry", codes: &["ABNORMAL", "SERIOUS"], shares: &[90, 10], of_hundred: 3 },
    Source {
        name: "ticket",
        codes: &["Complaint", "Tip", "Consultation"],
        shares: &[50, 20, 30],
        of_hundred: 40,
    },
];

/// The records of all enterprises, those of one together.
#[derive(Default)]
pub(super) struct Columns {
    pub(super) enterprise: Vec<u32>,
    pub(super) source: Vec<u8>,
    /// Number of the day in the common era.
    pub(super) day: Vec<i32>,
    pub(super) code: Vec<u8>,
    /// A fine in fen, or critical findings; 0 otherwise.
    pub(super) amount: Vec<i64>,
    pub(super) flag: Vec<u8>,
    /// Where the records of each enterprise begin, and where the last one's end.
    pub(super) begin: Vec<usize>,
}

impl Columns {
    /// The records of so many enterprises as of a day; the same for the same seed.
    pub(super) fn generate(enterprises: usize, as_of: NaiveDate, seed: u64) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut columns = Self { begin: vec![0], ..Self::default() };
        let mut spare = RECORDS_EACH;
        for enterprise in 0..enterprises {
            // Of two neighbours one has as many more than the average as the other has less.
            let many = if enterprise % 2 == 0 {
                random.random_range(0..=2 * RECORDS_EACH)
            } else {
                2 * RECORDS_EACH - spare
            };
            spare = many;
            for _ in 0..many {
                columns.add(enterprise as u32, as_of.num_days_from_ce(), &mut random);
            }
            columns.begin.push(columns.day.len());
        }
        columns
    }

    fn add(&mut self, enterprise: u32, as_of: i32, random: &mut ChaCha8Rng) {
        let source = drawn(SOURCES.iter().map(|source| source.of_hundred), random);
        let code = drawn(SOURCES[source].shares.iter().copied(), random);
        let amount = match (SOURCES[source].name, SOURCES[source].codes[code]) {
            ("penalty", "3") => random.random_range(10_000..30_000_000),
            ("inspection", result) if result != "1" => random.random_range(0..5),
            _ => 0,
        };
        let flag = match SOURCES[source].name {
            "penalty" | "ticket" => random.random_bool(0.4),
            "sampling" => random.random_bool(0.9),
            _ => false,
        };
        self.enterprise.push(enterprise);
        self.source.push(source as u8);
        self.day.push(as_of + AHEAD - random.random_range(0..DAYS));
        self.code.push(code as u8);
        self.amount.push(amount);
        self.flag.push(flag.into());
    }

    /// Number of enterprises.
    pub(super) fn enterprises(&self) -> usize {
        self.begin.len() - 1
    }

    /// The record at a place as it comes by the feed: its source and its message, encoded.
    pub(super) fn message(&self, at: usize) -> (&'static str, Vec<u8>) {
        let source = &SOURCES[usize::from(self.source[at])];
        let code = source.codes[usize::from(self.code[at])].to_owned();
        let (amount, flag) = (self.amount[at], self.flag[at] == 1);
        let day = NaiveDate::from_num_days_from_ce_opt(self.day[at]).unwrap_or_default().to_string();
        let content = match source.name {
            "ticket" => {
                let ticket =
                    Ticket { kind: code, accepted_on: day, substantiated: Some(flag), ..Ticket::default() };
                return (source.name, ticket.encode_to_vec());
            }
            "penalty" => Content::Penalty(Penalty {
                penalty_kinds: vec![code],
                fine_fen: amount,
                ordinary_procedure: flag,
                ..Penalty::default()
            }),
            "inspection" => Content::Inspection(Inspection {
                result: code,
                critical_count: amount as i32,
                ..Inspection::default()
            }),
            "sampling" => Content::Sampling(Sampling { level: code, passed: flag, ..Sampling::default() }),
            _ => Content::ListEntry(ListEntry { list: code, ..ListEntry::default() }),
        };
        let record = Record { decided_on: day, content: Some(content), ..Record::default() };
        (source.name, record.encode_to_vec())
    }

    /// Writes one file a column, numbers in native byte order.
    pub(super) fn write(&self, folder: &Path) -> anyhow::Result<()> {
        write(folder, "enterprise", self.enterprise.iter().map(|number| number.to_ne_bytes()))?;
        write(folder, "source", self.source.iter().map(|number| [*number]))?;
        write(folder, "day", self.day.iter().map(|number| number.to_ne_bytes()))?;
        write(folder, "code", self.code.iter().map(|number| [*number]))?;
        write(folder, "amount", self.amount.iter().map(|number| number.to_ne_bytes()))?;
        write(folder, "flag", self.flag.iter().map(|number| [*number]))
    }
}

/// A place, drawn by the shares of all.
fn drawn(shares: impl Iterator<Item = u32> + Clone, random: &mut ChaCha8Rng) -> usize {
    let mut left = random.random_range(0..shares.clone().sum());
    let stays = |share: u32| {
        let here = left < share;
        left = left.saturating_sub(share);
        here
    };
    shares.map(stays).position(|here| here).unwrap_or_default()
}

fn write<const N: usize>(
    folder: &Path,
    name: &str,
    numbers: impl Iterator<Item = [u8; N]>,
) -> anyhow::Result<()> {
    let mut file = BufWriter::new(File::create(folder.join(name))?);
    for number in numbers {
        file.write_all(&number)?;
    }
    Ok(file.flush()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_even_number_of_enterprises_has_ten_records_each_on_average() {
        let columns = Columns::generate(100, NaiveDate::default(), 1);
        assert_eq!((columns.enterprises(), columns.day.len()), (100, 1_000));
        assert!(columns.enterprise.is_sorted());
        assert_eq!(columns.begin.last(), Some(&1_000));
    }

    #[test]
    fn every_code_has_a_share_and_the_sources_share_a_hundred() {
        assert!(SOURCES.iter().all(|source| source.codes.len() == source.shares.len()));
        assert_eq!(SOURCES.iter().map(|source| source.of_hundred).sum::<u32>(), 100);
    }
}
