//! The scan of one field: counts, baselines, tests, and what is raised.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::baseline::{self, Baseline, Deviations, Expected, Sum, expected_weighted, exposure, median};
use super::count::{Complaint, Count, Matter, Producer, matters};
use super::evidence::Evidence;
use super::fdr::q_values;
use super::settings::{Settings, Window};
use super::tail::upper;

/// Most tickets named by a signal.
const MOST_TICKETS: usize = 200;

/// What is looked at in a field.
#[derive(Clone, Copy, Debug)]
pub struct Field<'a> {
    /// Its enterprises.
    pub producers: &'a [Producer],
    /// The tickets about them.
    pub complaints: &'a [Complaint],
    /// Codes of the topics, by place.
    pub topics: &'a [String],
    /// Place of the topic that stands for all of them.
    pub total: usize,
}

/// What a scan found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scanned {
    /// Enterprises looked at.
    pub enterprises: u64,
    /// Events that counted, in the longest window.
    pub events: u64,
    /// Hypotheses tested.
    pub tests: u64,
    /// What is to be raised, the surest first.
    pub raised: Vec<Raised>,
}

/// A signal to be raised.
#[derive(Clone, Debug, PartialEq)]
pub struct Raised {
    /// Place of the enterprise.
    pub producer: usize,
    /// Place of the topic.
    pub topic: usize,
    /// Why.
    pub evidence: Evidence,
}

/// One hypothesis with at least one event.
struct Tested {
    producer: usize,
    topic: usize,
    p: f64,
    best: Best,
}

/// The window that speaks most clearly, with what it was held against.
struct Best {
    window: Window,
    count: Count,
    expected: Expected,
    shares: Vec<f64>,
}

/// Scans a field.
///
/// One signal is raised for each topic of an enterprise that stands out. All topics together speak only where none does alone: a
/// signal names what people complain about, and says it once.
pub fn scan(field: Field<'_>, settings: &Settings) -> Scanned {
    let matters = matters(field.complaints, settings.weights);
    let exposures = exposures(field.producers, settings);
    let mut best: HashMap<(usize, usize), (f64, Best)> = HashMap::new();
    let windows = u32::try_from(settings.windows.len()).unwrap_or(u32::MAX);
    for window in &settings.windows {
        let counted = Counted::new(field, &matters, &exposures, settings, *window);
        for (key, p, found) in counted.test(field, settings) {
            // Bonferroni over the windows.
            let p = (p * f64::from(windows)).min(1.0);
            match best.get(&key) {
                Some((known, _)) if *known <= p => {}
                _ => {
                    best.insert(key, (p, found));
                }
            }
        }
    }
    // What is open already is no question any more: in the family it would make room for false ones beside it, at each scan anew.
    let free = |producer: usize, topic: usize| field.producers[producer].is_free(topic, field.total);
    let tests: usize = (0..field.producers.len())
        .map(|producer| (0..field.topics.len()).filter(|topic| free(producer, *topic)).count())
        .sum();
    let asked = best.into_iter().filter(|((producer, topic), _)| free(*producer, *topic));
    let mut tested: Vec<Tested> =
        asked.map(|((producer, topic), (p, best))| Tested { producer, topic, p, best }).collect();
    tested.sort_by(|one, other| {
        one.p.total_cmp(&other.p).then((one.producer, one.topic).cmp(&(other.producer, other.topic)))
    });
    let q_values = q_values(&tested.iter().map(|one| one.p).collect::<Vec<_>>(), tests);
    let tests = u64::try_from(tests).unwrap_or(u64::MAX);
    let found: Vec<(Tested, f64)> =
        tested.into_iter().zip(q_values).filter(|(_, q)| *q <= settings.level).collect();
    let raised = choose(found, field, settings.most);
    Scanned {
        enterprises: count(field.producers.len()),
        events: count(matters.iter().filter(|matter| in_any(matter, &settings.windows)).count()),
        tests,
        raised: raised
            .into_iter()
            .map(|(one, q)| raise(field, &matters, &exposures, settings, (one, q, tests)))
            .collect(),
    }
}

/// Of all discoveries those that are raised: the total of an enterprise only where no topic of its own is among them.
fn choose(found: Vec<(Tested, f64)>, field: Field<'_>, most: usize) -> Vec<(Tested, f64)> {
    let total = field.total;
    let by_topic: HashSet<usize> =
        found.iter().filter(|(one, _)| one.topic != total).map(|(one, _)| one.producer).collect();
    let speaks = |one: &Tested| one.topic != total || !by_topic.contains(&one.producer);
    found.into_iter().filter(|(one, _)| speaks(one)).take(most).collect()
}

fn in_any(matter: &Matter, windows: &[Window]) -> bool {
    windows.iter().any(|window| matter.day >= window.first)
}

/// The exposure of each enterprise over a whole window.
fn exposures(producers: &[Producer], settings: &Settings) -> Vec<f64> {
    let sizes = producers.iter().filter_map(|producer| producer.size).collect();
    let median = median(sizes);
    let of =
        |producer: &Producer| exposure(producer.size, median, settings.size_exponent, settings.size_bound);
    producers.iter().map(of).collect()
}

/// All counts of one window: the baseline, frozen before the first test.
struct Counted<'a> {
    window: Window,
    /// Place of the topic that stands for all of them.
    total: usize,
    /// Group of each enterprise.
    groups: Vec<usize>,
    /// Exposure of each enterprise over a whole window.
    exposures: &'a [f64],
    /// By enterprise and topic, those with an event.
    counts: BTreeMap<(usize, usize), Count>,
    /// By group and topic.
    sums: HashMap<(usize, usize), Sum>,
    /// By topic.
    field: Vec<Sum>,
    /// Events of the field by weight, from 1.
    tallies: Vec<u64>,
    /// Events of an enterprise by weight.
    own: HashMap<usize, Vec<u64>>,
}

impl<'a> Counted<'a> {
    fn new(
        field: Field<'_>,
        matters: &[Matter],
        exposures: &'a [f64],
        settings: &Settings,
        window: Window,
    ) -> Self {
        let mut counts: BTreeMap<(usize, usize), Count> = BTreeMap::new();
        let weights = usize::try_from(settings.weights.largest()).unwrap_or(0);
        let (mut tallies, mut own) = (vec![0; weights], HashMap::new());
        for matter in
            matters.iter().filter(|matter| window.first <= matter.day && matter.day <= settings.as_of)
        {
            let producer = &field.producers[matter.producer];
            if matter.day >= producer.counts_from((matter.topic, field.total), window) {
                for topic in [matter.topic, field.total] {
                    counts.entry((matter.producer, topic)).or_default().add(matter.weight);
                }
            }
            let place = usize::try_from(matter.weight).unwrap_or(1) - 1;
            tallies[place] += 1;
            own.entry(matter.producer).or_insert_with(|| vec![0; weights])[place] += 1;
        }
        let mut counted = Self {
            window,
            total: field.total,
            groups: groups(field.producers),
            exposures,
            counts,
            sums: HashMap::new(),
            field: vec![Sum::default(); field.topics.len()],
            tallies,
            own,
        };
        counted.sum_up(field);
        counted
    }

    fn sum_up(&mut self, field: Field<'_>) {
        for (place, producer) in field.producers.iter().enumerate() {
            for topic in 0..field.topics.len() {
                let events = self.counts.get(&(place, topic)).map_or(0, |count| count.events);
                let exposure = self.exposure(place, producer, topic);
                self.sums.entry((self.groups[place], topic)).or_default().add(events, exposure);
                self.field[topic].add(events, exposure);
            }
        }
    }

    /// Exposure in this window: less where a part of it was judged already.
    fn exposure(&self, place: usize, producer: &Producer, topic: usize) -> f64 {
        let whole = self.exposures[place];
        if producer.judged.is_empty() {
            return whole;
        }
        let judged = (producer.counts_from((topic, self.total), self.window) - self.window.first).num_days();
        let left = (i64::from(self.window.days) - judged).max(0);
        whole * baseline::float(left.unsigned_abs()) / f64::from(self.window.days)
    }

    fn baseline(&self, place: usize, topic: usize, settings: &Settings) -> Baseline {
        Baseline {
            group: self.sums.get(&(self.groups[place], topic)).copied().unwrap_or_default(),
            field: self.field[topic],
            prior_events: settings.prior_events,
        }
    }

    /// How far the enterprises' events lie from what is expected, in a topic.
    fn deviations(&self, field: Field<'_>, topic: usize, settings: &Settings) -> Deviations {
        let mut all = Deviations::default();
        for (place, producer) in field.producers.iter().enumerate() {
            let events = self.counts.get(&(place, topic)).map_or(0, |count| count.events);
            let exposure = self.exposure(place, producer, topic);
            let expected =
                self.baseline(place, topic, settings).expected(events, exposure, settings.least_spread);
            all.add(Deviations::of(events, expected.rate.mean, settings.least_spread));
        }
        all
    }

    /// The p-value of each enterprise and topic with enough events.
    fn test(self, field: Field<'_>, settings: &Settings) -> Vec<((usize, usize), f64, Best)> {
        let least = settings.least_spread;
        let deviations: Vec<Deviations> =
            (0..field.topics.len()).map(|topic| self.deviations(field, topic, settings)).collect();
        let tested = self.counts.iter().filter(|(_, count)| count.events >= settings.min_events);
        let test = |(key, count): (&(usize, usize), &Count)| {
            let (place, topic) = *key;
            let exposure = self.exposure(place, &field.producers[place], topic);
            let baseline = self.baseline(place, topic, settings);
            let own = baseline.expected(count.events, exposure, least).rate.mean;
            let spread = deviations[topic].spread_without(Deviations::of(count.events, own, least), least);
            let expected = baseline.expected(count.events, exposure, spread);
            let shares = baseline::shares(&self.tallies, self.own.get(&place).map_or(&[], Vec::as_slice));
            let p = upper(expected.rate, &shares, count.weighted);
            (*key, p, Best { window: self.window, count: *count, expected, shares })
        };
        tested.map(test).collect()
    }
}

/// The group of each enterprise: those of one category and division.
fn groups(producers: &[Producer]) -> Vec<usize> {
    let mut known: HashMap<(&str, &str), usize> = HashMap::new();
    let mut places = Vec::with_capacity(producers.len());
    for producer in producers {
        let next = known.len();
        places.push(*known.entry((&producer.category, &producer.division)).or_insert(next));
    }
    places
}

fn raise(
    field: Field<'_>,
    matters: &[Matter],
    exposures: &[f64],
    settings: &Settings,
    (one, q, tests): (Tested, f64, u64),
) -> Raised {
    let producer = &field.producers[one.producer];
    let Best { window, count, expected, shares } = one.best;
    let from = producer.counts_from((one.topic, field.total), window);
    let counts = |matter: &&Matter| {
        matter.producer == one.producer
            && (one.topic == field.total || matter.topic == one.topic)
            && (producer.counts_from((matter.topic, field.total), window)..=settings.as_of)
                .contains(&matter.day)
    };
    let behind: Vec<&Matter> = matters.iter().filter(counts).collect();
    let evidence = Evidence {
        window_from: from,
        window_to: settings.as_of,
        events: count.events,
        weighted: count.weighted,
        expected: expected_weighted(expected.rate, &shares),
        expected_events: expected.rate.mean,
        spread: expected.rate.spread,
        weight_shares: shares,
        p: one.p,
        q,
        level: settings.level,
        tests,
        category: producer.category.clone(),
        division: producer.division.clone(),
        peers: expected.peers.enterprises,
        peer_events: whole(expected.peers.events),
        peer_exposure: expected.peers.exposure,
        exposure: exposures[one.producer],
        size_known: producer.size.is_some(),
        topics: by_topic(&behind, field.topics),
        tickets: behind.iter().rev().flat_map(|matter| matter.tickets.clone()).take(MOST_TICKETS).collect(),
    };
    Raised { producer: one.producer, topic: one.topic, evidence }
}

fn by_topic(behind: &[&Matter], topics: &[String]) -> Vec<(String, u64)> {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for matter in behind {
        *counts.entry(&topics[matter.topic]).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().map(|(topic, count)| (topic.to_owned(), count)).collect();
    counts.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
    counts
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a sum of counts, never negative")]
fn whole(sum: f64) -> u64 {
    sum.round() as u64
}
