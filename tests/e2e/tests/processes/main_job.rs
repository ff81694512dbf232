//! The main job through six processes over PostgreSQL and Redis, as a deployment runs them; Redis is lost on the way.

use std::collections::BTreeMap;

use chrono::Days;
use contract::collection::v1::record::Content;
use contract::collection::v1::{ListRecordsRequest, Penalty, Provenance, Record};
use contract::gateway::v1::Profile;
use contract::inspection::v1::{Task, Visit};
use contract::punishment::v1::{Advice, SeriousCase};
use e2e::people::People;
use e2e::{job, today, wait};
use standalone::demo::city::City;
use standalone::house::SERVICES;

use super::six::Six;

/// Enterprises of the city.
const SIZE: usize = 200;
/// Share of the pool that is drawn, in percent.
const PERCENT: i32 = 30;
/// Number of the penalty that follows the first visit.
const PENALTY_NO: &str = "济市监罚〔2026〕第1号";
/// Number of the listing decision.
const LISTING_NO: &str = "济市监列〔2026〕第1号";

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs TEST_POSTGRES_URL and TEST_REDIS_URL"]
async fn six_processes_do_the_main_job_and_nothing_is_lost_when_redis_goes_away() {
    let mut six = Six::start().await;
    let city = City::generate(5, SIZE, today());
    collect(six.people(), &city).await;
    six.lose_redis().await;
    wait::quiet(six.people()).await;
    every_collected_row_is_there_once(six.people(), &city).await;
    mark_and_class(six.people(), &city).await;
    let (task, visits) = inspect(six.people(), &city).await;
    let (listed, unreachable) = (&visits[0], &visits[1]);
    let entry = job::decide_entry(six.people(), &unreachable.uscc, "济市监异〔2026〕第1号").await;
    assert_eq!(entry.state, "Listed");
    list(six.people(), &city, listed).await;
    seen_whole(six.people(), &city, listed, &task).await;
    let schemas = six.stop().await;
    for service in SERVICES {
        let db = schemas.open(service).await;
        let verified = outbox::verify(&db, 1, i64::MAX).await;
        db.close().await;
        assert!(
            verified.unwrap_or_else(|broken| panic!("{service}: {broken}")).to > 0,
            "{service} told nothing"
        );
    }
}

/// Every row of the city is acknowledged; nobody waits until it has gone through the feeds.
async fn collect(people: &People, city: &City) {
    let importer = people.officer("importer", "LEGAL");
    let registered = job::enterprises(&importer, city.enterprises.clone()).await;
    assert_eq!((registered.new, registered.refused), (count(city.enterprises.len()), Vec::new()));
    let collected = job::records(&importer, city.records.clone()).await;
    assert_eq!(
        (collected.new + collected.unmatched, collected.refused),
        (count(city.records.len()), Vec::new())
    );
    let called = job::tickets(&people.officer("hotline", "CREDIT"), city.tickets.clone()).await;
    assert_eq!((called.new + called.unmatched, called.refused), (count(city.tickets.len()), Vec::new()));
}

async fn every_collected_row_is_there_once(people: &People, city: &City) {
    let found = all_records(people).await;
    let expected =
        city.records.iter().map(|record| (record.document_no.clone(), 1)).collect::<BTreeMap<_, _>>();
    assert!(found.values().all(|(_, state)| state != "Unmatched"), "a record did not find its enterprise");
    let found = found.into_iter().map(|(number, (times, _))| (number, times)).collect::<BTreeMap<_, _>>();
    assert_eq!(found, expected);
}

/// Every record by its document number: how often it is there, and a state.
async fn all_records(people: &People) -> BTreeMap<String, (usize, String)> {
    let mut client = people.officer("reader", "CREDIT").records();
    let (mut found, mut page_token) = (BTreeMap::new(), String::new());
    loop {
        let request = ListRecordsRequest { page_size: 1_000, page_token, ..ListRecordsRequest::default() };
        let page = client.list_records(request).await.unwrap().into_inner();
        for record in page.records {
            let entry: &mut (usize, String) = found.entry(record.document_no).or_default();
            *entry = (entry.0 + 1, record.state);
        }
        if page.next_page_token.is_empty() {
            return found;
        }
        page_token = page.next_page_token;
    }
}

/// Every licence in force has given a mark, and every mark is classed.
async fn mark_and_class(people: &People, city: &City) {
    let marks = job::marked_by(city, today()).len();
    let confirmed = job::confirm_marks(people).await;
    assert_eq!(confirmed.values().sum::<usize>(), marks);
    wait::quiet(people).await;
    let run = job::score(people).await;
    assert_eq!(run.total, count(marks));
    assert_eq!(job::approve(people, &run).await.state, "Effective");
    wait::quiet(people).await;
}

/// The first visit finds much, the second finds nobody, the others nothing.
async fn inspect(people: &People, city: &City) -> (Task, Vec<Visit>) {
    job::register_inspectors(people, &city.inspectors).await;
    let task = Task {
        title: "食品生产企业双随机抽查".to_owned(),
        field: "FOOD".to_owned(),
        stratify_by: "UNIFORM".to_owned(),
        uniform_percent: PERCENT,
        lead_office: "FOOD_PROD".to_owned(),
        ..Task::default()
    };
    let task = job::draw(people, task).await;
    let in_food = job::marked_by(city, today()).into_iter().filter(|(_, field)| field == "FOOD").count();
    assert_eq!(task.pool_size, count(in_food));
    let visits = job::visits_of(people, &task).await;
    assert_eq!(visits.len(), usize::try_from(task.drawn_count).unwrap());
    // A stratum whose share is no whole number draws one more or one fewer, by lot: the chance of each is then exact.
    let share = in_food * usize::try_from(PERCENT).unwrap();
    assert!(
        visits.len() == share / 100 || visits.len() == share.div_ceil(100),
        "{} drawn of {in_food}",
        visits.len()
    );
    for (index, visit) in visits.iter().enumerate() {
        let (result, findings) = match index {
            0 => ("5", "生产记录不完整。"),
            1 => ("4", ""),
            _ => ("1", ""),
        };
        job::enter_and_review(people, "FOOD_PROD", visit, result, findings).await;
    }
    let (published, closed) = job::close(people, &task).await;
    assert_eq!(published, count(visits.len()));
    (closed, visits)
}

/// A penalty of the heavier grade follows the visit, and a listing follows the penalty.
async fn list(people: &People, city: &City, visit: &Visit) {
    let enterprise = city.enterprises.iter().find(|enterprise| enterprise.uscc == visit.uscc).unwrap();
    let kinds = vec!["3".to_owned(), "10".to_owned()];
    let unit = "济南市市场监管综合行政执法支队".to_owned();
    let penalty = Record {
        uscc: visit.uscc.clone(),
        party_name: enterprise.legal_name.clone(),
        field: "FOOD".to_owned(),
        provenance: Some(Provenance { producer: unit.clone(), provider: unit.clone(), responsible: unit }),
        document_no: PENALTY_NO.to_owned(),
        decided_on: (today() - Days::new(30)).to_string(),
        content: Some(Content::Penalty(Penalty {
            violation_type: "生产经营不符合食品安全标准的食品".to_owned(),
            legal_basis: "《中华人民共和国食品安全法》第一百二十四条".to_owned(),
            penalty_kinds: kinds.clone(),
            fine_fen: 5_000_000,
            discretion_grade: "Heavier".to_owned(),
            ordinary_procedure: true,
            ..Penalty::default()
        })),
        division: enterprise.division.clone(),
        ..Record::default()
    };
    let taken = job::records(&people.officer("importer", "LEGAL"), vec![penalty]).await;
    assert_eq!((taken.new, taken.refused), (1, Vec::new()));
    let case = SeriousCase {
        uscc: visit.uscc.clone(),
        party_name: enterprise.legal_name.clone(),
        field: "FOOD".to_owned(),
        division: enterprise.division.clone(),
        ground: "F4".to_owned(),
        penalty_document_no: PENALTY_NO.to_owned(),
        penalty_kinds: kinds,
        discretion_grade: "Heavier".to_owned(),
        ..SeriousCase::default()
    };
    assert_eq!(job::list_serious(people, case, LISTING_NO).await.state, "Published");
    assert_eq!(job::check(people, &visit.uscc).await.advice(), Advice::NoNotifyAndCommit);
}

/// The profile over REST holds every part, and what was done above.
async fn seen_whole(people: &People, city: &City, visit: &Visit, task: &Task) {
    wait::quiet(people).await;
    let profile = job::profile(people, &visit.uscc).await;
    assert!(profile.missing.is_empty(), "{:?}", profile.missing);
    assert_eq!(profile.enterprise.as_ref().unwrap().uscc, visit.uscc);
    assert!(profile.licences.iter().any(|licence| licence.field == "FOOD"));
    assert!(profile.marks.iter().any(|mark| mark.field == "FOOD" && mark.state == "Published"));
    assert!(profile.classes.iter().any(|class| class.field == "FOOD" && !class.code.is_empty()));
    assert!(profile.visits.iter().any(|seen| seen.name.starts_with(&task.name) && seen.result == "5"));
    let ordered = format!("{}/visits/{}/rectification", task.name, visit.uscc);
    assert!(profile.rectifications.iter().any(|one| one.name == ordered && one.state == "Ordered"));
    let case = profile.serious_cases.iter().find(|case| case.decision_no == LISTING_NO).unwrap();
    assert!(profile.measures.iter().any(|measure| measure.entry == case.name));
    assert!(profile.check.as_ref().unwrap().entries.iter().any(|entry| entry.decision_no == LISTING_NO));
    let tickets = city.tickets.iter().filter(|ticket| ticket.uscc == visit.uscc).count();
    assert_eq!(profile.tickets.len(), tickets);
    assert_eq!(origins(&profile), origins_expected(city, visit));
}

/// Records of a profile by the service that told them; imported ones have none.
fn origins(profile: &Profile) -> BTreeMap<&str, usize> {
    let mut origins = BTreeMap::new();
    for record in &profile.records {
        *origins.entry(record.origin.as_str()).or_default() += 1;
    }
    origins
}

/// The city's own records and the penalty, one result of a visit, one entry of a list.
fn origins_expected(city: &City, visit: &Visit) -> BTreeMap<&'static str, usize> {
    let imported = city.records.iter().filter(|record| record.uscc == visit.uscc).count() + 1;
    BTreeMap::from([("", imported), ("inspection", 1), ("punishment", 1)])
}

fn count(rows: usize) -> i64 {
    i64::try_from(rows).unwrap()
}
