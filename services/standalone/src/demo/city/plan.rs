//! What is decided about an enterprise before any of its papers are written.

use chrono::{Days, NaiveDate};
use rand::Rng;

/// Years of history that the city has.
const HISTORY_DAYS: u64 = 5 * 365;

/// Where an enterprise stands, what it does and how much care it takes.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    /// Position in the city; makes codes and numbers unique.
    pub index: usize,
    /// Division of its bureau, and the GB code under which it is registered and produces.
    pub division: &'static str,
    pub gb_division: &'static str,
    /// What it is licensed for.
    pub trades: Vec<Trade>,
    /// 0 is reckless, 1 is spotless. Most take care; a few do not.
    pub care: f64,
    pub established_on: NaiveDate,
    pub today: NaiveDate,
}

/// A line of business that needs a licence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trade {
    /// Food production in a category of the licence catalogue (1 to 31), or an additive (1 to 3).
    Food { additive: bool, category: u8 },
    /// Special equipment: kind of permit and equipment digit of the licence number.
    Equipment { kind: u8, equipment: u8 },
}

impl Trade {
    /// Code of the key field.
    pub(super) fn field(self) -> &'static str {
        match self {
            Self::Food { .. } => "FOOD",
            Self::Equipment { .. } => "SE",
        }
    }
}

/// Division code, GB code, weight by number of enterprises.
const DIVISIONS: [(&str, &str, u32); 15] = [
    ("370102", "370102", 9),
    ("370103", "370103", 8),
    ("370104", "370104", 8),
    ("370105", "370105", 8),
    ("370112", "370112", 12),
    ("370113", "370113", 7),
    ("370114", "370114", 11),
    ("370115", "370115", 8),
    ("370116", "370116", 9),
    ("370117", "370117", 4),
    ("370124", "370124", 4),
    ("370126", "370126", 4),
    ("JN-GX", "370102", 5),
    ("JN-QBQ", "370115", 2),
    ("JN-NBSQ", "370112", 1),
];

impl Plan {
    /// Draws the plan of the enterprise at `index`.
    pub(super) fn draw(random: &mut impl Rng, index: usize, today: NaiveDate) -> Self {
        let (division, gb_division) = division(random);
        let age_days = random.random_range(30..HISTORY_DAYS * 4);
        Self {
            index,
            division,
            gb_division,
            trades: trades(random),
            care: care(random),
            established_on: today - Days::new(age_days),
            today,
        }
    }

    /// First day of the history: the beginning of the city's memory, or a month after the enterprise began.
    pub(super) fn history_start(&self) -> NaiveDate {
        (self.established_on + Days::new(20)).max(self.today - Days::new(HISTORY_DAYS))
    }

    /// A day of the history, evenly spread.
    pub(super) fn some_day(&self, random: &mut impl Rng) -> NaiveDate {
        let span = (self.today - self.history_start()).num_days().max(1);
        self.history_start() + Days::new(random.random_range(0..span).unsigned_abs())
    }

    /// A day within `days` after `date`, or yesterday if that lies in the future.
    pub(super) fn soon_after(&self, random: &mut impl Rng, date: NaiveDate, days: u64) -> NaiveDate {
        (date + Days::new(random.random_range(1..=days))).min(self.today - Days::new(1)).max(date)
    }
}

fn division(random: &mut impl Rng) -> (&'static str, &'static str) {
    let total: u32 = DIVISIONS.iter().map(|(_, _, weight)| weight).sum();
    let mut at = random.random_range(0..total);
    for (division, gb, weight) in DIVISIONS {
        if at < weight {
            return (division, gb);
        }
        at -= weight;
    }
    (DIVISIONS[0].0, DIVISIONS[0].1)
}

/// Six in ten make food, a third work on special equipment, the rest do both.
fn trades(random: &mut impl Rng) -> Vec<Trade> {
    match random.random_range(0..100) {
        0..60 => vec![food(random)],
        60..94 => vec![equipment(random)],
        _ => vec![food(random), equipment(random)],
    }
}

fn food(random: &mut impl Rng) -> Trade {
    if random.random_bool(0.04) {
        return Trade::Food { additive: true, category: random.random_range(1..=3) };
    }
    Trade::Food { additive: false, category: random.random_range(1..=31) }
}

fn equipment(random: &mut impl Rng) -> Trade {
    const KINDS: [u8; 12] = [1, 2, 2, 2, 3, 3, 3, 3, 4, 4, 7, 9];
    let kind = KINDS[random.random_range(0..KINDS.len())];
    Trade::Equipment { kind, equipment: random.random_range(1..=8) }
}

/// The better of two even draws: most enterprises take care, and one in a hundred is below 0.1.
fn care(random: &mut impl Rng) -> f64 {
    random.random::<f64>().max(random.random::<f64>())
}
