//! A generated town and a year of its complaints: groups of other rates, enterprises of other sizes, seasons, one day on which
//! everybody complains, calls that repeat others, and complaints that turn out untrue; and in some enterprises a burst.

use chrono::{Days, NaiveDate};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use risk::domain::signal::{Complaint, Finding, Producer, Settings};

/// Days of complaints.
const YEAR: u32 = 365;
/// Divisions, as many as Jinan has.
const DIVISIONS: u32 = 12;
/// Categories with their shares among the enterprises.
const CATEGORIES: [(&str, f64); 5] = [
    ("OrdinaryFood", 0.6),
    ("HealthFood", 0.15),
    ("FsmpFood", 0.05),
    ("InfantFormula", 0.05),
    ("FoodAdditive", 0.15),
];
/// Topics with their shares among the complaints; the first stands for all.
const TOPICS: [(&str, f64); 7] = [
    ("ALL", 0.0),
    ("EXPIRED", 0.3),
    ("FOREIGN_MATTER", 0.25),
    ("LABEL", 0.2),
    ("HYGIENE", 0.1),
    ("ADDITIVE", 0.05),
    ("OTHER", 0.1),
];
/// Complaints a year of an ordinary enterprise.
const USUAL: f64 = 2.0;

/// What a town is like.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) enterprises: usize,
    /// Enterprises with a strong burst.
    pub(crate) bursts: usize,
    /// Enterprises with a weak one.
    pub(crate) weak: usize,
    /// Enterprises with one caller who calls again and again, and as many with a wave of untrue complaints.
    pub(crate) storms: usize,
}

impl Plan {
    /// A city of five thousand producers.
    pub(crate) fn city() -> Self {
        Self { enterprises: 5_000, bursts: 40, weak: 40, storms: 100 }
    }
}

/// The figures of the rulebook, for a fixed day.
pub(crate) fn settings() -> Settings {
    let book = rulebook::Rulebook::builtin();
    risk::rules::signal_settings(&book, last_day()).unwrap()
}

pub(crate) fn last_day() -> NaiveDate {
    "2026-03-31".parse().unwrap()
}

/// A town with its complaints.
pub(crate) struct Town {
    pub(crate) producers: Vec<Producer>,
    pub(crate) complaints: Vec<Complaint>,
    pub(crate) topics: Vec<String>,
    /// Places of the enterprises with a burst, the strong ones first.
    pub(crate) planted: Vec<usize>,
}

impl Town {
    pub(crate) fn generate(seed: u64, plan: &Plan) -> Self {
        let mut making = Making { chance: StdRng::seed_from_u64(seed), complaints: Vec::new(), events: 0 };
        let by_category: Vec<f64> = CATEGORIES.iter().map(|_| making.factor(0.6)).collect();
        let by_division: Vec<f64> = (0..DIVISIONS).map(|_| making.factor(0.4)).collect();
        let mut producers = Vec::new();
        let mut rates = Vec::new();
        for place in 0..plan.enterprises {
            let (category, division) = (making.pick(&CATEGORIES), making.chance.random_range(0..DIVISIONS));
            let size = making.factor(1.0);
            // Large enterprises have more complaints, but not in proportion, nor quite as the rulebook supposes.
            let rate = USUAL
                * by_category[category]
                * by_division[division as usize]
                * size.powf(0.4)
                * making.factor(0.4);
            producers.push(Producer {
                uscc: format!("{place:018}"),
                division: format!("3701{division:02}"),
                category: CATEGORIES[category].0.to_owned(),
                size: making.chance.random_bool(0.7).then_some(size * 1e6),
                judged: Vec::new(),
                open: Vec::new(),
            });
            making.usual_year(place, rate);
            rates.push(rate);
        }
        let planted = (0..plan.bursts + plan.weak).collect::<Vec<_>>();
        for place in &planted {
            making.burst(*place, rates[*place], *place < plan.bursts);
        }
        for place in planted.len()..planted.len() + plan.storms {
            making.one_caller(place);
            making.untrue(place + plan.storms);
        }
        let topics = TOPICS.iter().map(|(code, _)| (*code).to_owned()).collect();
        Self { producers, complaints: making.complaints, topics, planted }
    }
}

struct Making {
    chance: StdRng,
    complaints: Vec<Complaint>,
    events: u64,
}

impl Making {
    /// Complaints over the year: more in summer, three times as many in one week.
    fn usual_year(&mut self, place: usize, rate: f64) {
        for day in 0..YEAR {
            let season = 1.0 + 0.5 * (f64::from(day) / f64::from(YEAR) * std::f64::consts::TAU).sin();
            let week = if (10..17).contains(&day) { 3.0 } else { 1.0 };
            for _ in 0..self.poisson(rate / f64::from(YEAR) * season * week) {
                let topic = self.pick(&TOPICS);
                let finding = self.finding(0.25, 0.2);
                let calls = if self.chance.random_bool(0.1) { self.chance.random_range(2..5) } else { 1 };
                self.event(place, topic, day, finding, calls);
            }
        }
    }

    /// Complaints of one topic in sixty days: at least twelve and six times what is usual in them, or at least five and twice.
    fn burst(&mut self, place: usize, rate: f64, strong: bool) {
        let topic = self.pick(&TOPICS);
        let usual = rate * 60.0 / f64::from(YEAR);
        let (least, times) = if strong { (12, 6.0) } else { (5, 2.0) };
        let extra = least + self.poisson(times * usual);
        for _ in 0..extra {
            let (day, finding) = (self.chance.random_range(0..60), self.finding(0.4, 0.1));
            self.event(place, topic, day, finding, 1);
        }
    }

    /// One caller, one matter, twenty calls.
    fn one_caller(&mut self, place: usize) {
        let topic = self.pick(&TOPICS);
        let day = self.chance.random_range(0..30);
        self.event(place, topic, day, Finding::Open, 20);
    }

    /// A wave of complaints that were all found untrue.
    fn untrue(&mut self, place: usize) {
        let topic = self.pick(&TOPICS);
        for _ in 0..15 {
            let day = self.chance.random_range(0..30);
            self.event(place, topic, day, Finding::Refuted, 1);
        }
    }

    fn event(&mut self, producer: usize, topic: usize, days_ago: u32, finding: Finding, calls: u32) {
        self.events += 1;
        for call in 0..calls {
            self.complaints.push(Complaint {
                producer,
                topic,
                ticket: format!("tickets/{}-{call}", self.events),
                event: self.events.to_string(),
                accepted_on: last_day() - Days::new(days_ago.into()),
                finding,
            });
        }
    }

    fn finding(&mut self, substantiated: f64, refuted: f64) -> Finding {
        let drawn: f64 = self.chance.random();
        if drawn < substantiated {
            Finding::Substantiated
        } else if drawn < substantiated + refuted {
            Finding::Refuted
        } else {
            Finding::Open
        }
    }

    fn pick(&mut self, shares: &[(&str, f64)]) -> usize {
        let mut left: f64 = self.chance.random();
        let last = shares.len() - 1;
        shares
            .iter()
            .position(|(_, share)| {
                left -= share;
                left < 0.0
            })
            .unwrap_or(last)
    }

    /// A factor with median 1 whose logarithm has this standard deviation (Box and Muller).
    fn factor(&mut self, deviation: f64) -> f64 {
        let (one, other): (f64, f64) = (self.chance.random(), self.chance.random());
        let normal = (-2.0 * (1.0 - one).ln()).sqrt() * (std::f64::consts::TAU * other).cos();
        (normal * deviation).exp()
    }

    /// A Poisson number (Knuth); the mean is small.
    fn poisson(&mut self, mean: f64) -> u32 {
        let (bound, mut product, mut number) = ((-mean).exp(), self.chance.random::<f64>(), 0);
        while product > bound {
            product *= self.chance.random::<f64>();
            number += 1;
        }
        number
    }
}
