//! Histories: what inspectors found, what laboratories found, what it led to, and who complained.

use chrono::{Datelike, Days, NaiveDate};
use contract::collection::v1::record::Content;
use contract::collection::v1::{Inspection, Penalty, Provenance, Record, Sampling, Ticket};
use contract::registry::v1::Enterprise;
use rand::Rng;

use super::City;
use super::plan::Plan;

/// Writes all that happened to one enterprise into `city`.
pub(super) fn write(random: &mut impl Rng, plan: &Plan, enterprise: &Enterprise, city: &mut City) {
    for trade in &plan.trades {
        let mut papers = Papers { plan, enterprise, field: trade.field(), city, count: 0 };
        papers.inspections(random);
        if trade.field() == "FOOD" {
            papers.samples(random);
        }
        papers.tickets(random);
    }
}

/// Tickets whose caller knew no more than a name or a place.
pub(super) fn write_stray_tickets(random: &mut impl Rng, count: usize, today: NaiveDate, city: &mut City) {
    for index in 0..count {
        let accepted_on = today - Days::new(random.random_range(1..700));
        city.tickets.push(Ticket {
            ticket_no: format!("JN{}X{index:06}", accepted_on.year()),
            channel: "12345".to_owned(),
            kind: "Complaint".to_owned(),
            topic: "食品安全".to_owned(),
            accepted_on: accepted_on.to_string(),
            target_name: "某食品厂".to_owned(),
            division: "370102".to_owned(),
            ..Ticket::default()
        });
    }
}

/// The papers of one enterprise in one field.
struct Papers<'a> {
    plan: &'a Plan,
    enterprise: &'a Enterprise,
    field: &'static str,
    city: &'a mut City,
    count: usize,
}

impl Papers<'_> {
    /// About one visit in two years. What a careless producer hides is found in one visit of two.
    fn inspections(&mut self, random: &mut impl Rng) {
        for _ in 0..random.random_range(1..=3) {
            let day = self.plan.some_day(random);
            let bad = random.random_bool((1.0 - self.plan.care) * 0.55);
            self.inspection(random, day, bad);
            if bad {
                let again = self.plan.soon_after(random, day, 40);
                let still_bad = random.random_bool((1.0 - self.plan.care) * 0.3);
                self.inspection(random, again, still_bad);
                if random.random_bool(0.25 + 0.3 * (1.0 - self.plan.care)) {
                    let decided = self.plan.soon_after(random, day, 90);
                    self.penalty(random, decided);
                }
            }
        }
    }

    fn inspection(&mut self, random: &mut impl Rng, day: NaiveDate, bad: bool) {
        let critical = if bad && random.random_bool(0.3) { random.random_range(1..=2) } else { 0 };
        let serious = if bad { random.random_range(1..=4) } else { 0 };
        let minor = if random.random_bool(0.4) { random.random_range(1..=3) } else { 0 };
        let content = Inspection {
            mode: "Routine".to_owned(),
            result: if bad { "5" } else { "1" }.to_owned(),
            critical_count: critical,
            serious_count: serious,
            minor_count: minor,
            ..Inspection::default()
        };
        self.push(day, "检", "济南市市场监督管理局", Content::Inspection(content));
    }

    fn samples(&mut self, random: &mut impl Rng) {
        for _ in 0..random.random_range(0..=2) {
            let day = self.plan.some_day(random);
            let failed = random.random_bool((1.0 - self.plan.care) * 0.12);
            let content = Sampling {
                product: "预包装食品".to_owned(),
                passed: !failed,
                failed_items: if failed { vec!["菌落总数".to_owned()] } else { Vec::new() },
                level: if random.random_bool(0.3) { "Province" } else { "City" }.to_owned(),
                producer_confirmed: failed,
                ..Sampling::default()
            };
            self.push(day, "抽", "济南市市场监督管理局抽检特食处", Content::Sampling(content));
            if failed && random.random_bool(0.7) {
                let decided = self.plan.soon_after(random, day, 120);
                self.penalty(random, decided);
            }
        }
    }

    /// Usually a fine; heavier for those who take least care.
    fn penalty(&mut self, random: &mut impl Rng, day: NaiveDate) {
        let heavy = random.random_bool((1.0 - self.plan.care) * 0.3);
        let content = Penalty {
            violation_type: if self.field == "FOOD" {
                "生产经营不符合食品安全标准的食品"
            } else {
                "未按规定进行检验"
            }
            .to_owned(),
            violation_facts: "检查发现违法行为,经查属实。".to_owned(),
            legal_basis: if self.field == "FOOD" {
                "《中华人民共和国食品安全法》第一百二十四条"
            } else {
                "《中华人民共和国特种设备安全法》第八十三条"
            }
            .to_owned(),
            penalty_kinds: if heavy { vec!["3".to_owned(), "10".to_owned()] } else { vec!["3".to_owned()] },
            content: if heavy { "罚款;责令停产停业" } else { "罚款" }.to_owned(),
            fine_fen: random.random_range(2..=60) * 100_000,
            discretion_grade: if heavy { "Heavier" } else { "Ordinary" }.to_owned(),
            ordinary_procedure: true,
            authority_uscc: "11370100MB0000115D".to_owned(),
            ..Penalty::default()
        };
        self.push(day, "罚", "济南市市场监管综合行政执法支队", Content::Penalty(content));
    }

    fn tickets(&mut self, random: &mut impl Rng) {
        let most = if self.plan.care < 0.3 { 6 } else { 1 };
        for _ in 0..random.random_range(0..=most) {
            let day = self.plan.some_day(random);
            let closed = self.plan.soon_after(random, day, 30);
            self.count += 1;
            self.city.tickets.push(Ticket {
                ticket_no: format!("JN{}{}{:06}{:02}", day.year(), self.field, self.plan.index, self.count),
                channel: "12345".to_owned(),
                kind: if random.random_bool(0.7) { "Complaint" } else { "Tip" }.to_owned(),
                topic: if self.field == "FOOD" { "食品安全" } else { "特种设备" }.to_owned(),
                accepted_on: day.to_string(),
                closed_on: closed.to_string(),
                target_name: self.enterprise.legal_name.clone(),
                uscc: self.enterprise.uscc.clone(),
                division: self.enterprise.division.clone(),
                field: self.field.to_owned(),
                substantiated: Some(random.random_bool(0.15 + 0.5 * (1.0 - self.plan.care))),
                ..Ticket::default()
            });
        }
    }

    fn push(&mut self, day: NaiveDate, word: &str, producer: &str, content: Content) {
        self.count += 1;
        self.city.records.push(Record {
            uscc: self.enterprise.uscc.clone(),
            party_name: self.enterprise.legal_name.clone(),
            field: self.field.to_owned(),
            provenance: Some(Provenance {
                producer: producer.to_owned(),
                provider: producer.to_owned(),
                responsible: producer.to_owned(),
            }),
            document_no: format!(
                "济市监{word}〔{}〕{:06}-{}{}",
                day.year(),
                self.plan.index,
                self.field,
                self.count
            ),
            decided_on: day.to_string(),
            content: Some(content),
            division: self.enterprise.division.clone(),
            ..Record::default()
        });
    }
}
