//! The main job in one process: permit → mark → record → class → draw → result → list → check → profile, on a generated city whose
//! figures are known before any service has seen it.

use std::collections::{BTreeMap, BTreeSet};

use contract::collection::v1::record::Content;
use contract::collection::v1::{ListRecordsRequest, ListTicketsRequest};
use contract::feed::v1::{Event, ListEventsRequest, VerifyChainRequest};
use contract::inspection::v1::{Task, Visit};
use contract::punishment::v1::{Advice, SeriousCase};
use crypto::draw::Proof;
use db::{Db, Engine};
use e2e::city::TestCity;
use e2e::flow::FLOW;
use e2e::people::People;
use e2e::{job, today, wait};
use outbox::VerifyError;
use standalone::demo::city::City;
use standalone::house::SERVICES;

use crate::city::dispatch;

/// Enterprises of the city.
const SIZE: usize = 300;
/// Seed of the city.
const SEED: u64 = 20;

#[tokio::test(flavor = "multi_thread")]
async fn the_main_job_runs_in_one_process_and_every_count_adds_up() {
    let generated = City::generate(SEED, SIZE, today());
    let city = TestCity::start().await;
    let people = city.people();

    let (registered, collected, called) = job::fill(people, &generated).await;
    assert_eq!((registered.new, registered.refused.len()), (SIZE as i64, 0), "{registered:?}");
    // Collection may not have read of an enterprise yet when its record comes: it waits then, and is attached later.
    assert_eq!(
        collected.new + collected.unmatched,
        generated.records.len() as i64,
        "{:?}",
        collected.refused
    );
    assert_eq!(called.new + called.unmatched, generated.tickets.len() as i64, "{:?}", called.refused);
    what_names_an_enterprise_stands_under_it(people, &generated).await;

    let marked = marks_follow_from_the_permits(people, &generated).await;
    let run = job::score(people).await;
    assert_eq!(run.total, marked as i64, "one class for each mark");
    let effective = job::approve(people, &run).await;
    assert_eq!(effective.state, "Effective");
    assert_eq!(effective.counts.iter().map(|count| count.count).sum::<i64>(), run.total);
    wait::quiet(people).await;

    let task = a_draw_is_proven(people, &generated).await;
    let visits = results_are_published_and_collected(people, &task).await;
    lists_are_told_to_who_asks(people, &generated, &visits).await;
    wait::quiet(people).await;
    dispatch::the_work_list_is_that_of_the_services(people).await;
    dispatch::reports_equal_the_lists(people).await;
    events_flow_as_the_table_says(people).await;
    every_chain_is_sound_and_a_changed_row_is_named(city).await;
}

/// When all is read, no record waits any more, and of the tickets only those whose caller knew no enterprise.
async fn what_names_an_enterprise_stands_under_it(people: &People, generated: &City) {
    let credit = people.officer("reader", "CREDIT");
    let request = ListRecordsRequest { state: "Unmatched".to_owned(), ..ListRecordsRequest::default() };
    let records =
        credit.records().list_records(request).await.expect("records are listed").into_inner().records;
    assert_eq!(records, [], "records that stand under nobody");
    let request = ListTicketsRequest {
        state: "Unmatched".to_owned(),
        page_size: 1_000,
        ..ListTicketsRequest::default()
    };
    let tickets =
        credit.tickets().list_tickets(request).await.expect("tickets are listed").into_inner().tickets;
    let nameless = generated.tickets.iter().filter(|ticket| ticket.uscc.is_empty()).count();
    assert_eq!(tickets.len(), nameless);
}

/// The marks are those that the permits in force give, each confirmed by the office whose duty it is.
async fn marks_follow_from_the_permits(people: &People, generated: &City) -> usize {
    let expected = job::marked_by(generated, today());
    let credit = people.officer("reader", "CREDIT");
    let candidates: BTreeSet<_> =
        job::marks_in(&credit, "Candidate").await.into_iter().map(|mark| (mark.uscc, mark.field)).collect();
    assert_eq!(candidates, expected);
    let confirmed = job::confirm_marks(people).await;
    assert!(confirmed.values().all(|count| *count > 0), "every office has marks of its own: {confirmed:?}");
    let published = job::marks_in(&credit, "Published").await;
    assert!(published.iter().all(|mark| !mark.licence_nos.is_empty() && mark.publish_time.is_some()));
    assert_eq!(published.len(), expected.len());
    wait::quiet(people).await;
    published.len()
}

/// Drawn by class; the proof verifies from its bytes alone, and not with one of them changed.
async fn a_draw_is_proven(people: &People, generated: &City) -> Task {
    job::register_inspectors(people, &generated.inspectors).await;
    let new = Task {
        title: "食品生产企业双随机抽查".to_owned(),
        field: "FOOD".to_owned(),
        stratify_by: "CLASS".to_owned(),
        lead_office: "FOOD_PROD".to_owned(),
        ..Task::default()
    };
    let task = job::draw(people, new).await;
    let food = job::marked_by(generated, today()).into_iter().filter(|(_, field)| field == "FOOD").count();
    assert_eq!((task.pool_size, task.disclosure.as_str()), (food as i64, "RESTRICTED"));
    assert!((3..=task.pool_size).contains(&task.drawn_count), "{} drawn", task.drawn_count);

    let file = job::full_proof(people, &task).await;
    let verified =
        Proof::parse(&file).and_then(|proof| crypto::draw::verify(&proof)).expect("the proof is sound");
    assert_eq!(verified.result_hash.to_string(), task.result_hash);
    assert_eq!(verified.drawn.len() as i64, task.drawn_count);
    for place in (0..file.len()).step_by(file.len() / 40) {
        let mut changed = file.clone();
        changed[place] ^= 1;
        let outcome = Proof::parse(&changed).and_then(|proof| crypto::draw::verify(&proof));
        let refused = outcome.expect_err("a proof with a changed byte is refused");
        assert!(!refused.to_string().is_empty(), "byte {place}");
    }
    task
}

/// One visit finds nobody, one finds something, the others nothing; all are approved, published, collected, and shown by the publicity
/// system in the name of the bureau.
async fn results_are_published_and_collected(people: &People, task: &Task) -> Vec<Visit> {
    let visits = job::visits_of(people, task).await;
    assert_eq!(visits.len() as i64, task.drawn_count);
    for (index, visit) in visits.iter().enumerate() {
        let (result, findings) = match index {
            0 => ("4", ""),
            1 => ("5", "生产记录不完整,责令改正。"),
            _ => ("1", ""),
        };
        job::enter_and_review(people, &task.lead_office, visit, result, findings).await;
    }
    let (published, closed) = job::close(people, task).await;
    assert_eq!((published, closed.state.as_str()), (task.drawn_count, "Closed"));
    let credit = people.officer("reader", "CREDIT");
    for visit in &visits {
        let records = wait::until("the result is a record that the publicity system shows", || async {
            let request = ListRecordsRequest {
                uscc: visit.uscc.clone(),
                kind: "inspection".to_owned(),
                ..Default::default()
            };
            let page = credit.records().list_records(request).await.expect("records are listed").into_inner();
            let told: Vec<_> =
                page.records.into_iter().filter(|record| record.origin == "inspection").collect();
            (!told.is_empty() && told.iter().all(|record| record.state == "Published")).then_some(told)
        })
        .await;
        assert_eq!(records.len(), 1, "{} has its result once", visit.uscc);
        let Some(Content::Inspection(told)) = &records[0].content else { panic!("an inspection is told") };
        assert_eq!(
            (told.task.as_str(), told.authority.as_str()),
            (task.name.as_str(), "济南市市场监督管理局")
        );
    }
    visits
}

/// Who could not be found is in the directory, a party with a heavier penalty on the list; both are told to a licensing system and
/// stand in the profile.
async fn lists_are_told_to_who_asks(people: &People, generated: &City, visits: &[Visit]) {
    let entry = job::decide_entry(people, &visits[0].uscc, "济市监异〔2026〕1号").await;
    assert_eq!(entry.state, "Listed");
    let unreachable = generated.enterprises.iter().find(|one| one.uscc == visits[0].uscc);
    assert_eq!(entry.party_name, unreachable.expect("who is visited is registered").legal_name);
    let check = job::check(people, &visits[0].uscc).await;
    // What its records trigger without a listing may be named beside it.
    let listed = check.entries.iter().filter(|entry| !entry.name.starts_with("records/"));
    assert_eq!(listed.map(|entry| entry.list.as_str()).collect::<Vec<_>>(), ["ABNORMAL"]);

    let case = job::list_serious(people, heavier_penalty(generated), "济市监列〔2026〕1号").await;
    assert_eq!(case.state, "Published");
    let check = job::check(people, &case.uscc).await;
    assert!(
        check.entries.iter().any(|entry| entry.list == "SERIOUS" && entry.name == case.name),
        "{check:?}"
    );
    assert_eq!(check.advice(), Advice::NoNotifyAndCommit);
    let clean = generated.enterprises.iter().find(|one| one.uscc != case.uscc && one.uscc != visits[0].uscc);
    assert_eq!(job::check(people, &clean.expect("the city has others").uscc).await.advice(), Advice::Normal);

    wait::quiet(people).await;
    let profile = job::profile(people, &case.uscc).await;
    assert!(profile.missing.is_empty(), "{:?}", profile.missing);
    assert_eq!(
        profile.enterprise.as_ref().map(|enterprise| enterprise.uscc.as_str()),
        Some(case.uscc.as_str())
    );
    assert_eq!(profile.serious_cases.len(), 1);
    let of_party = generated.records.iter().filter(|record| record.uscc == case.uscc).count();
    let derived = profile.records.iter().filter(|record| !record.origin.is_empty()).count();
    assert_eq!(profile.records.len(), of_party + derived);
    assert_eq!(
        profile.tickets.len(),
        generated.tickets.iter().filter(|ticket| ticket.uscc == case.uscc).count()
    );
}

fn heavier_penalty(generated: &City) -> SeriousCase {
    let found = generated.records.iter().rev().find_map(|record| {
        let Some(Content::Penalty(penalty)) = &record.content else { return None };
        (penalty.discretion_grade == "Heavier").then(|| SeriousCase {
            uscc: record.uscc.clone(),
            party_name: record.party_name.clone(),
            field: record.field.clone(),
            division: record.division.clone(),
            ground: if record.field == "FOOD" { "F4" } else { "Q1" }.to_owned(),
            penalty_document_no: record.document_no.clone(),
            penalty_kinds: penalty.penalty_kinds.clone(),
            discretion_grade: penalty.discretion_grade.clone(),
            ..SeriousCase::default()
        })
    });
    found.expect("the city has a penalty of the heavier grade")
}

/// What a service tells by reason of another's event carries that event's id: every such pair of kinds stands in the table, and the main
/// job has been through the better part of it.
async fn events_flow_as_the_table_says(people: &People) {
    let events = every_event(people).await;
    let kind_of: BTreeMap<&str, &str> =
        events.iter().map(|event| (event.event_id.as_str(), event.kind.as_str())).collect();
    let caused = events
        .iter()
        .filter_map(|event| Some((*kind_of.get(event.request_id.as_str())?, event.kind.as_str())));
    let seen: BTreeSet<(&str, &str)> = caused.collect();
    let table: BTreeSet<(&str, &str)> =
        FLOW.iter().flat_map(|one| one.tells.iter().map(move |told| (one.kind, *told))).collect();
    let unknown: Vec<_> = seen.difference(&table).collect();
    assert!(unknown.is_empty(), "effects that the table does not know: {unknown:?}");
    let expected = [
        ("collection.record.accepted", "registry.licence.recorded"),
        ("collection.record.accepted", "registry.mark.changed"),
        ("inspection.result.approved", "collection.record.accepted"),
        ("inspection.result.approved", "punishment.abnormal.changed"),
        ("punishment.serious.changed", "collection.record.accepted"),
    ];
    let missing: Vec<_> = expected.iter().filter(|pair| !seen.contains(*pair)).collect();
    assert!(missing.is_empty(), "effects that did not come: {missing:?}, seen {seen:?}");
}

async fn every_event(people: &People) -> Vec<Event> {
    let mut all = Vec::new();
    for (_, mut feed) in people.officer("reader", "SYSTEM").feeds() {
        let mut after_seq = 0;
        loop {
            let request = ListEventsRequest { after_seq, page_size: 500, ..ListEventsRequest::default() };
            let page = feed.list_events(request).await.expect("a service may read the feed").into_inner();
            let Some(last) = page.events.last() else { break };
            after_seq = last.seq;
            all.extend(page.events);
        }
    }
    all
}

/// The services find their own chains sound, so does who reads the files; of one changed row the position is named.
async fn every_chain_is_sound_and_a_changed_row_is_named(city: TestCity) {
    let auditor = city.people().officer("auditor", "CREDIT");
    for (service, mut feed) in auditor.feeds() {
        let answer =
            feed.verify_chain(VerifyChainRequest::default()).await.expect("CREDIT may verify").into_inner();
        assert!(answer.valid, "{service}: {}", answer.problem);
        assert!(answer.checked > 0, "{service} has told something");
    }
    let (folder, _files) = city.stop().await;
    for service in SERVICES {
        let url = format!("sqlite:{}", folder.database(service).display());
        let db = Db::open(&url.parse().expect("a file is an address")).await.expect("the file opens");
        let sound = outbox::verify(&db, 1, i64::MAX).await.expect("the chain is sound");
        let seq = (sound.to / 2).max(1);
        change_subject(&db, seq).await;
        match outbox::verify(&db, 1, i64::MAX).await {
            Err(VerifyError::Broken(broken)) => assert_eq!(broken.seq, seq, "{service}: {broken}"),
            other => panic!("{service}: a changed row went unseen: {other:?}"),
        }
        db.close().await;
    }
}

/// Somebody with a hand on the file lets one event be of something else.
async fn change_subject(db: &Db, seq: i64) {
    const SQL: &str =
        "UPDATE event SET subject = 'nobody' WHERE outbox_id = (SELECT outbox_id FROM seal WHERE seq = $1)";
    let Engine::Sqlite(pool) = db.engine() else { panic!("the city keeps its data in files") };
    let changed = sqlx::query(SQL).bind(seq).execute(pool).await.expect("the row can be changed");
    assert_eq!(changed.rows_affected(), 1);
}
