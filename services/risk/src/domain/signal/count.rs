//! What is counted: events, each once, with its weight.

use std::collections::HashMap;

use chrono::NaiveDate;

use super::settings::{Weights, Window};

/// How the handling of a ticket ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Finding {
    /// It was found untrue.
    Refuted,
    /// It has not ended, or nobody said.
    Open,
    /// It was found true.
    Substantiated,
}

/// An enterprise of a field.
#[derive(Clone, Debug, PartialEq)]
pub struct Producer {
    /// Credit code.
    pub uscc: String,
    /// Division.
    pub division: String,
    /// Sub-kinds of its licences in the field.
    pub category: String,
    /// Size in any unit that is the same for all; `None` when the register tells none.
    pub size: Option<f64>,
    /// For a topic, the day up to which its events were judged by a person.
    pub judged: Vec<(usize, NaiveDate)>,
    /// Topics with a signal or flag that is open.
    pub open: Vec<usize>,
}

/// A ticket about an enterprise of the field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// Place of the enterprise among the producers.
    pub producer: usize,
    /// Place of its topic.
    pub topic: usize,
    /// Resource name.
    pub ticket: String,
    /// What it is about: the same for all tickets of one caller on one matter.
    pub event: String,
    /// Day of acceptance.
    pub accepted_on: NaiveDate,
    /// How its handling ended.
    pub finding: Finding,
}

/// One matter of one caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matter {
    /// Place of the enterprise.
    pub producer: usize,
    /// Place of the topic, that of its first ticket.
    pub topic: usize,
    /// Day of its first ticket.
    pub day: NaiveDate,
    /// What it weighs.
    pub weight: u32,
    /// Names of its tickets, the first one first.
    pub tickets: Vec<String>,
}

/// Counts of one enterprise in one topic and window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Events with weight.
    pub events: u64,
    /// Their weights.
    pub weighted: u64,
}

impl Count {
    /// Adds an event.
    pub fn add(&mut self, weight: u32) {
        self.events += 1;
        self.weighted += u64::from(weight);
    }
}

/// Joins tickets of one event about one enterprise: the first gives day and topic, the gravest finding the weight. Events without
/// weight are left out. The order is that of day and ticket.
pub fn matters(complaints: &[Complaint], weights: Weights) -> Vec<Matter> {
    let mut sorted: Vec<&Complaint> = complaints.iter().collect();
    sorted.sort_by(|one, other| (one.accepted_on, &one.ticket).cmp(&(other.accepted_on, &other.ticket)));
    let mut places: HashMap<(usize, &str), usize> = HashMap::new();
    let mut joined: Vec<(Matter, Finding)> = Vec::new();
    for complaint in sorted {
        let place = *places.entry((complaint.producer, &complaint.event)).or_insert(joined.len());
        if let Some((matter, finding)) = joined.get_mut(place) {
            matter.tickets.push(complaint.ticket.clone());
            *finding = complaint.finding.max(*finding);
            continue;
        }
        let matter = Matter {
            producer: complaint.producer,
            topic: complaint.topic,
            day: complaint.accepted_on,
            weight: 0,
            tickets: vec![complaint.ticket.clone()],
        };
        joined.push((matter, complaint.finding));
    }
    let weighed =
        joined.into_iter().map(|(matter, finding)| Matter { weight: weights.of(finding), ..matter });
    weighed.filter(|matter| matter.weight > 0).collect()
}

impl Weights {
    /// What an event weighs.
    pub fn of(self, finding: Finding) -> u32 {
        match finding {
            Finding::Open => self.open,
            Finding::Substantiated => self.substantiated,
            Finding::Refuted => self.refuted,
        }
    }
}

impl Producer {
    /// First day of a window that counts for a topic: what lies up to the last judgement of it, or of `total`, does not.
    pub fn counts_from(&self, (topic, total): (usize, usize), window: Window) -> NaiveDate {
        let judged = self.judged.iter().filter(|(of, _)| [topic, total].contains(of));
        let after = judged.map(|(_, day)| *day).max().and_then(|day| day.succ_opt());
        after.map_or(window.first, |after| after.max(window.first))
    }

    /// Whether a signal on a topic can be raised: none on it is open. One on all topics and one on a single topic never stand
    /// side by side.
    pub fn is_free(&self, topic: usize, total: usize) -> bool {
        if topic == total {
            self.open.is_empty()
        } else {
            ![topic, total].iter().any(|one| self.open.contains(one))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WEIGHTS: Weights = Weights { open: 1, substantiated: 2, refuted: 0 };

    fn complaint(ticket: &str, event: &str, day: &str, finding: Finding) -> Complaint {
        Complaint {
            producer: 0,
            topic: 1,
            ticket: ticket.to_owned(),
            event: event.to_owned(),
            accepted_on: day.parse().unwrap(),
            finding,
        }
    }

    #[test]
    fn tickets_of_one_event_count_once_by_the_gravest_finding_and_the_first_day() {
        let tickets = [
            complaint("tickets/2", "e", "2026-03-02", Finding::Substantiated),
            complaint("tickets/1", "e", "2026-03-01", Finding::Open),
            complaint("tickets/3", "f", "2026-03-03", Finding::Open),
        ];
        let matters = matters(&tickets, WEIGHTS);
        assert_eq!(matters.iter().map(|matter| matter.weight).collect::<Vec<_>>(), [2, 1]);
        assert_eq!(matters[0].tickets, ["tickets/1", "tickets/2"]);
        assert_eq!(matters[0].day, "2026-03-01".parse::<NaiveDate>().unwrap());
    }

    #[test]
    fn what_was_found_untrue_has_no_weight_and_does_not_count() {
        let tickets = [complaint("tickets/1", "e", "2026-03-01", Finding::Refuted)];
        assert_eq!(matters(&tickets, WEIGHTS), []);
        let both = [tickets[0].clone(), complaint("tickets/2", "e", "2026-03-01", Finding::Open)];
        assert_eq!(matters(&both, WEIGHTS).len(), 1, "one of its tickets is still open");
    }

    #[test]
    fn the_same_event_about_two_enterprises_counts_for_each() {
        let other = Complaint { producer: 1, ..complaint("tickets/2", "e", "2026-03-01", Finding::Open) };
        assert_eq!(
            matters(&[complaint("tickets/1", "e", "2026-03-01", Finding::Open), other], WEIGHTS).len(),
            2
        );
    }

    fn producer(judged: &[(usize, &str)], open: &[usize]) -> Producer {
        Producer {
            uscc: String::new(),
            division: String::new(),
            category: String::new(),
            size: None,
            judged: judged.iter().map(|(topic, day)| (*topic, day.parse().unwrap())).collect(),
            open: open.to_vec(),
        }
    }

    #[test]
    fn what_was_judged_counts_no_longer_for_its_topic_and_after_the_total_for_none() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let window = Window { days: 90, first: day("2026-01-01") };
        let one = producer(&[(1, "2026-02-01"), (1, "2025-02-01")], &[]);
        assert_eq!(one.counts_from((1, 0), window), day("2026-02-02"));
        assert_eq!(one.counts_from((2, 0), window), day("2026-01-01"));
        let all = producer(&[(0, "2026-02-03"), (1, "2026-02-01")], &[]);
        assert_eq!(all.counts_from((1, 0), window), day("2026-02-04"));
        assert_eq!(all.counts_from((0, 0), window), day("2026-02-04"));
    }

    #[test]
    fn a_topic_and_all_topics_never_stand_side_by_side() {
        let free =
            |open: &[usize]| (0..3).map(|topic| producer(&[], open).is_free(topic, 0)).collect::<Vec<_>>();
        assert_eq!(free(&[]), [true, true, true]);
        assert_eq!(free(&[1]), [false, false, true]);
        assert_eq!(free(&[0]), [false, false, false]);
    }
}
