//! Work lists and reports of the gateway beside what the services themselves list and count (R47-R49). The main job calls these on
//! its city, where everything has happened.

mod counted;

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use chrono::Datelike;
use e2e::people::People;
use e2e::rest::{Answer, send};
use e2e::today;
use serde_json::Value;
use standalone::house::SERVICES;

use counted::counted;

const CITY: &[&str] = &["370100"];

async fn ask(people: &People, path: &str, office: &str) -> Answer {
    let token = people.token("dispatcher", office, CITY);
    let url = format!("{}{path}", people.addresses().gateway);
    send("GET", &url, Some(&token), &[], Bytes::new()).await
}

async fn json(people: &People, path: &str) -> Value {
    let answer = ask(people, path, "CREDIT").await;
    assert_eq!(answer.status, 200, "{path}: {answer:?}");
    answer.json()
}

fn list<'a>(answer: &'a Value, name: &str) -> &'a [Value] {
    answer[name].as_array().unwrap_or_else(|| panic!("{name}: {answer}"))
}

/// Everything that a list holds, page by page.
async fn all(people: &People, path: &str, name: &str) -> Vec<Value> {
    let (mut found, mut token) = (Vec::new(), String::new());
    loop {
        let join = if path.contains('?') { '&' } else { '?' };
        let page = json(people, &format!("{path}{join}pageSize=500&pageToken={token}")).await;
        found.extend(list(&page, name).iter().cloned());
        token = page["nextPageToken"].as_str().expect("a list has pages").to_owned();
        if token.is_empty() {
            return found;
        }
    }
}

fn number(value: &Value) -> i64 {
    value.as_str().and_then(|text| text.parse().ok()).unwrap_or_else(|| panic!("{value} is no count"))
}

/// One list of what is due over all services, whole and in order, whatever the size of its pages; its counts are theirs.
pub(crate) async fn the_work_list_is_that_of_the_services(people: &People) {
    let mut expected = BTreeSet::new();
    let mut counts = [0; 3];
    for service in SERVICES {
        for duty in all(people, &format!("/{service}/v1/work"), "duties").await {
            expected.insert(key(service, &duty));
        }
        let count = json(people, &format!("/{service}/v1/work:count")).await;
        for (sum, name) in counts.iter_mut().zip(["open", "overdue", "awaitingCalendar"]) {
            *sum += number(&count[name]);
        }
    }
    let pages = [all(people, "/v1/duties", "duties").await, by_small_pages(people).await];
    for merged in &pages {
        let found: Vec<_> =
            merged.iter().map(|one| key(one["service"].as_str().expect("a name"), &one["duty"])).collect();
        assert_eq!(found.iter().cloned().collect::<BTreeSet<_>>(), expected);
        assert_eq!(found.len(), expected.len(), "no duty comes twice");
        assert!(found.is_sorted_by_key(|key| key.0.clone()), "the earliest due come first");
    }
    let total = json(people, "/v1/duties:count").await["total"].clone();
    let found = ["open", "overdue", "awaitingCalendar"].map(|name| number(&total[name]));
    assert_eq!((found, found[0]), (counts, expected.len() as i64));

    let overdue = all(people, "/v1/duties?onlyOverdue=true", "duties").await;
    assert_eq!(overdue.len() as i64, counts[1]);
    let some = pages[0]
        .iter()
        .map(|one| &one["duty"])
        .find(|duty| duty["field"] != "" && duty["division"] != "" && duty["division"] != "370100");
    let some = some.expect("there are duties in a field");
    let text = |name: &str| some[name].as_str().expect("a text").to_owned();
    let (office, field, division) = (text("office"), text("field"), text("division"));
    let path = format!("/v1/duties?office={office}&field={field}&division={division}");
    let alike = |duty: &Value| ["office", "field", "division"].iter().all(|name| duty[*name] == some[*name]);
    let filtered = all(people, &path, "duties").await;
    assert!(filtered.iter().all(|one| alike(&one["duty"])), "{path}");
    assert_eq!(filtered.len(), pages[0].iter().filter(|one| alike(&one["duty"])).count(), "{path}");
    let other = ask(people, "/v1/duties?office=FOOD_PROD", "SE_SUPERV").await;
    assert_eq!((other.status, other.reason().as_str()), (403, "OFFICE_NOT_PERMITTED"));
}

/// The merged list in pages that end within the list of each service.
async fn by_small_pages(people: &People) -> Vec<Value> {
    let (mut found, mut token) = (Vec::new(), String::new());
    loop {
        let page = json(people, &format!("/v1/duties?pageSize=37&pageToken={token}")).await;
        found.extend(list(&page, "duties").iter().cloned());
        token = page["nextPageToken"].as_str().expect("a list has pages").to_owned();
        if token.is_empty() {
            return found;
        }
    }
}

/// What tells a duty from every other one, the day first.
fn key(service: &str, duty: &Value) -> (String, String, String) {
    let text = |name: &str| duty[name].as_str().unwrap_or_default().to_owned();
    let due = if text("dueOn").is_empty() { "9999-12-31".to_owned() } else { text("dueOn") };
    (due, service.to_owned(), format!("{} {} {}", text("subject"), text("kind"), text("office")))
}

/// The reports of this month and of the last one hold what the lists of the services hold.
pub(crate) async fn reports_equal_the_lists(people: &People) {
    let first = today().with_day(1).expect("a month has a first day");
    let last_month = first.pred_opt().expect("a day has one before it");
    for month in [first, last_month] {
        let path = format!("/v1/dispatchReports/{}", month.format("%Y-%m"));
        let report = json(people, &path).await;
        assert_eq!(list(&report, "missing"), [] as [Value; 0]);
        let figures: BTreeMap<_, _> = list(&report, "figures")
            .iter()
            .map(|one| (one["code"].as_str().expect("a code").to_owned(), number(&one["count"])))
            .collect();
        let expected = counted(people, &report).await;
        for (code, count) in &figures {
            assert_eq!(Some(count), expected.get(code.as_str()), "{code} of {path}: {expected:?}");
        }
        assert_eq!(figures.len(), expected.len());
        parts_add_up(&report);
        scores_add_up(people, &report).await;
        let workbook = ask(people, &format!("{path}/workbook"), "CREDIT").await;
        assert_eq!((workbook.status, &workbook.body[..2]), (200, &b"PK"[..]));
    }
    let month = format!("/v1/dispatchReports/{}", first.format("%Y-%m"));
    let legal = ask(people, &month, "LEGAL").await.json();
    let left_out: Vec<_> =
        list(&legal, "figures").iter().filter(|one| one["leftOut"] == true).map(|one| &one["code"]).collect();
    assert_eq!(left_out, ["ticket.accepted", "signal.raised", "flag.begun"]);
    let narrow = ask(people, &month, "SE_SUPERV").await.json();
    assert!(!list(&narrow, "coverage").is_empty());
    assert!(list(&narrow, "coverage").iter().all(|row| row["field"] == "SE"), "{narrow}");
    let offices: Vec<_> = list(&narrow, "offices").iter().map(|one| one["office"].clone()).collect();
    assert!(offices.iter().all(|office| office == "SE_SUPERV"), "{offices:?}");
}

fn parts_add_up(report: &Value) {
    for figure in list(report, "figures") {
        let rows: i64 = list(figure, "rows").iter().map(|row| number(&row["count"])).sum();
        assert_eq!(rows, number(&figure["count"]), "{figure}");
        let label = figure["label"].as_str().unwrap_or_default();
        assert!(!label.is_ascii(), "{figure} has no label");
    }
    let sum = |name: &str| list(report, "coverage").iter().map(|row| number(&row[name])).sum::<i64>();
    let figure = |code: &str| {
        let figures = list(report, "figures");
        number(&figures.iter().find(|one| one["code"] == code).expect("it is there")["count"])
    };
    assert_eq!(sum("enterprises"), figure("list.enterprise"));
    assert_eq!(sum("marked"), figure("mark.published"));
    assert_eq!(sum("signed"), figure("commitment.signed"));
}

/// The scores of the offices add up to the total, and that to what the services count.
async fn scores_add_up(people: &People, report: &Value) {
    const COUNTS: [&str; 4] = ["inTime", "late", "overdue", "open"];
    let days = [&report["firstOn"], &report["lastOn"]].map(|day| day.as_str().expect("a day").to_owned());
    let mut counted = [0; 4];
    for service in SERVICES {
        let path = format!("/{service}/v1/work:timeliness?dueFrom={}&dueTo={}", days[0], days[1]);
        for row in list(&json(people, &path).await, "rows") {
            for (sum, name) in counted.iter_mut().zip(COUNTS) {
                *sum += number(&row[name]);
            }
        }
    }
    let total = COUNTS.map(|name| number(&report["total"][name]));
    let offices = list(report, "offices");
    let of_offices =
        COUNTS.map(|name| offices.iter().map(|office| number(&office["score"][name])).sum::<i64>());
    assert_eq!((total, of_offices), (counted, counted));
}
