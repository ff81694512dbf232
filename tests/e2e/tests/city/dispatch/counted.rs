//! The figures of a report as the lists of the services give them.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use e2e::people::People;
use e2e::today;
use serde_json::Value;

use super::{all, json, list, number};

/// What the lists give for the days of a report.
pub(super) async fn counted(people: &People, report: &Value) -> BTreeMap<&'static str, i64> {
    let day = |name: &str| report[name].as_str().expect("a day").parse::<NaiveDate>().expect("a day");
    let (first, last) = (day("firstOn"), day("lastOn"));
    let mut counting = Counting { people, first, last, now: last == today(), counts: BTreeMap::new() };
    counting.registry().await;
    counting.collection().await;
    counting.risk().await;
    counting.inspection().await;
    counting.punishment().await;
    counting.counts
}

/// Figures of some days, as far as they are counted.
struct Counting<'a> {
    people: &'a People,
    first: NaiveDate,
    last: NaiveDate,
    /// All that moves on, here moves today: at the end of an earlier month there was nothing of it.
    now: bool,
    counts: BTreeMap<&'static str, i64>,
}

impl Counting<'_> {
    async fn registry(&mut self) {
        let marks = all(self.people, "/v1/marks", "marks").await;
        self.count("mark.candidate", &marks, |of, row| of.now && in_state(row, &["Candidate"]));
        self.count("mark.published", &marks, |of, row| of.now && in_state(row, &["Published"]));
        let at_rest = ["Candidate", "Published", "Removed"];
        self.count("mark.underway", &marks, |of, row| of.now && !in_state(row, &at_rest));
        let breaches = all(self.people, "/v1/breaches", "breaches").await;
        self.count("breach.suspected", &breaches, |of, row| of.has_day(&row["suspectedOn"]));
        self.count("breach.ordered", &breaches, |of, row| of.has_day(&row["orderedOn"]));
        let (mut due, mut signed) = (0, 0);
        for field in ["FOOD", "SE"] {
            let path = format!("/v1/commitments:coverage?field={field}&asOf={}", self.last);
            let coverage = json(self.people, &path).await;
            due += number(&coverage["due"]);
            signed += number(&coverage["signed"]);
        }
        self.counts.insert("list.enterprise", due);
        self.counts.insert("commitment.signed", signed);
    }

    async fn collection(&mut self) {
        let records = all(self.people, "/v1/records", "records").await;
        for (code, content) in [
            ("record.permit", "permit"),
            ("record.penalty", "penalty"),
            ("record.inspection", "inspection"),
            ("record.sampling", "sampling"),
            ("record.list_entry", "listEntry"),
        ] {
            self.count(code, &records, |of, row| {
                let valid = of.has_day(&row["decidedOn"]) && !in_state(row, &["Withdrawn"]);
                valid && row.get(content).is_some_and(Value::is_object)
            });
        }
        let publications: Vec<Value> =
            records.iter().flat_map(|record| list(record, "publications").to_vec()).collect();
        self.count("record.published", &publications, |of, row| of.has_day(&row["publishedOn"]));
        let tickets = all(self.people, "/v1/tickets", "tickets").await;
        self.count("ticket.accepted", &tickets, |of, row| of.has_day(&row["acceptedOn"]));
    }

    async fn risk(&mut self) {
        let signals = all(self.people, "/v1/signals?purpose=dispatch", "signals").await;
        self.count("signal.raised", &signals, |of, row| of.has_day(&row["raisedOn"]));
        let flags = all(self.people, "/v1/flags?purpose=dispatch&withEnded=true", "flags").await;
        self.count("flag.begun", &flags, |of, row| of.has_day(&row["onSince"]));
    }

    async fn inspection(&mut self) {
        let tasks = all(self.people, "/v1/tasks", "tasks").await;
        self.count("task.created", &tasks, |of, row| of.has_instant(&row["createTime"]));
        let visits = all(self.people, "/v1/visits", "visits").await;
        self.count("visit.made", &visits, |of, row| of.has_day(&row["visitedOn"]));
        self.count("visit.published", &visits, |of, row| of.has_instant(&row["publishTime"]));
        let rectifications = all(self.people, "/v1/rectifications", "rectifications").await;
        self.count("rectification.ordered", &rectifications, |of, row| {
            of.has_day(&row["orderedOn"]) && row["leadOnly"] != true
        });
        self.count("rectification.closed", &rectifications, |of, row| {
            in_state(row, &["Closed", "PutRight"]) && of.has_day(&row["recheckedOn"])
        });
    }

    async fn punishment(&mut self) {
        let entries = all(self.people, "/v1/abnormalEntries", "entries").await;
        self.count("abnormal.listed", &entries, |of, row| {
            of.has_day(&row["listedOn"]) && !in_state(row, &["RevokedByError"])
        });
        self.count("abnormal.removed", &entries, |of, row| {
            of.has_day(&row["removedOn"]) && in_state(row, &["Removed"])
        });
        let cases = all(self.people, "/v1/seriousCases", "cases").await;
        self.count("serious.listed", &cases, |of, row| {
            of.has_day(&row["listedOn"]) && !in_state(row, &["Revoked"])
        });
        self.count("serious.ended", &cases, |of, row| {
            of.has_day(&row["endedOn"]) && in_state(row, &["Removed", "RemovedEarly"])
        });
        let measures = all(self.people, "/v1/measures", "measures").await;
        self.count("measure.derived", &measures, |of, row| of.has_day(&row["startsOn"]));
        self.count("measure.ended", &measures, |of, row| of.has_day(&row["endedOn"]));
        let repairs = all(self.people, "/v1/repairs", "repairs").await;
        let (granted, refused) = (["Granted", "Executed", "Shared"], ["Refused", "Denied"]);
        let lapsed = ["Withdrawn", "RevokedForFraud"];
        let over = [&granted[..], &refused, &lapsed].concat();
        self.count("repair.granted", &repairs, |of, row| of.now && in_state(row, &granted));
        self.count("repair.refused", &repairs, |of, row| of.now && in_state(row, &refused));
        self.count("repair.lapsed", &repairs, |of, row| of.now && in_state(row, &lapsed));
        self.count("repair.open", &repairs, |of, row| of.now && !in_state(row, &over));
    }

    fn count(&mut self, code: &'static str, rows: &[Value], holds: impl Fn(&Self, &Value) -> bool) {
        let count = rows.iter().filter(|row| holds(self, row)).count();
        self.counts.insert(code, count as i64);
    }

    /// Whether a day is one of these days.
    fn has_day(&self, value: &Value) -> bool {
        let on = value.as_str().and_then(|text| text.parse::<NaiveDate>().ok());
        on.is_some_and(|on| self.first <= on && on <= self.last)
    }

    /// Whether an instant is on one of these days, in Shanghai.
    fn has_instant(&self, value: &Value) -> bool {
        let instant = value.as_str().and_then(|text| chrono::DateTime::parse_from_rfc3339(text).ok());
        instant.is_some_and(|instant| {
            let on = domain::shanghai_date(domain::MicrosUtc(instant.timestamp_micros()));
            self.first <= on && on <= self.last
        })
    }
}

fn in_state(row: &Value, states: &[&str]) -> bool {
    states.iter().any(|state| row["state"] == *state)
}
