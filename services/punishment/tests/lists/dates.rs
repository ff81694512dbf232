//! What changes on a day: cases on both sides of each change of the law, by rows of the rulebook alone; and what the daily job, a
//! withdrawn penalty and the end of a party bring.

use contract::punishment::v1::OverstayedEvent;
use db::on;
use domain::{DivisionCode, DocumentNumber, LegalName, Uscc};
use prost::Message;
use punishment::Error;
use punishment::domain::list::{Advance, EntryName};
use punishment::domain::papers::Paper;
use punishment::domain::remedy::Change;
use punishment::domain::repair::Subject;
use punishment::domain::report::Report;
use punishment::machines::abnormal::Event;
use punishment::machines::remedy::Event as RemedyEvent;
use punishment::machines::serious::Event as CaseEvent;
use punishment::store::{EntryFilter, Store, Withdrawn};
use service::auth::{Fields, Scope};
use service::machine::Refused;

use crate::common::neighbour::registered_as;
use crate::common::{
    OTHER, PARTY, act, advance_entry, body, date, listed_entry, open, published_case, step, system,
};
use crate::lists::directory::duties;
use crate::lists::remedies::{end_with, order, registered};

fn report(uscc: &str, year: i32, published_on: Option<&str>) -> Report {
    Report {
        uscc: Uscc::parse(uscc).unwrap(),
        party_name: LegalName::parse("济南泉福食品有限公司").unwrap(),
        division: DivisionCode::parse("370102").unwrap(),
        year,
        published_on: published_on.map(date),
    }
}

async fn record(store: &Store, day: &str, reports: &[Report]) -> Vec<String> {
    let credit = act("CREDIT", "sun", day);
    store.record_reports(&credit, &body(day), reports).await.unwrap().removals_requested
}

/// Codes, grounds and states of all entries.
async fn entries(store: &Store) -> Vec<(String, String, String)> {
    let scope = Scope { fields: Fields::All, divisions: vec![DivisionCode::parse("370100").unwrap()] };
    let found = store.entries(&EntryFilter::default(), &scope, 100, "").await.unwrap().rows;
    found
        .into_iter()
        .map(|entry| {
            let kind = entry.content.kind().word().to_owned();
            (entry.content.uscc.to_string(), kind, entry.state.word().to_owned())
        })
        .collect()
}

async fn who_has_not_reported_by_the_last_of_june_is_suspected_the_day_after(store: Store) {
    let code =
        |number: usize, prefix: &str| Uscc::compose(prefix, &format!("MA00000{number}")).unwrap().to_string();
    let (in_time, late, never, trader) =
        (code(1, "91370102"), code(2, "91370102"), code(3, "91370102"), code(4, "92370102"));
    let reports = [
        report(&in_time, 2023, Some("2024-06-30")),
        report(&late, 2023, Some("2024-07-01")),
        report(&never, 2023, None),
        report(&trader, 2023, None),
        report(&never, 2024, None),
    ];
    record(&store, "2025-01-10", &reports).await;
    assert_eq!(
        store.suspect_missing_reports(&system("2024-06-30")).await.unwrap(),
        0,
        "the last day is theirs"
    );
    assert_eq!(store.suspect_missing_reports(&system("2024-07-01")).await.unwrap(), 4);
    assert_eq!(store.suspect_missing_reports(&system("2024-07-01")).await.unwrap(), 0);
    let mut found = entries(&store).await;
    found.sort();
    let suspected = |uscc: String, kind: &str| (uscc, kind.to_owned(), "Suspected".to_owned());
    let mut expected =
        vec![suspected(late, "DIRECTORY"), suspected(never, "DIRECTORY"), suspected(trader, "MARK")];
    expected.sort();
    assert_eq!(found, expected);
}

async fn the_removal_is_asked_for_once_the_last_missing_report_has_come(store: Store) {
    record(&store, "2025-07-01", &[report(PARTY, 2023, None), report(PARTY, 2024, None)]).await;
    while store.suspect_missing_reports(&system("2025-07-01")).await.unwrap() > 0 {}
    let scope = Scope { fields: Fields::All, divisions: vec![DivisionCode::parse("370100").unwrap()] };
    let found = store.entries(&EntryFilter::default(), &scope, 10, "").await.unwrap().rows;
    assert_eq!(found.len(), 1, "what stands for 2023 stands for 2024 too");
    let name = found[0].name.clone();
    assert_eq!(found[0].content.lapsed_on, Some(date("2024-06-30")));
    for (person, event) in [("wang", Event::Verify), ("wang", Event::Propose), ("li", Event::Decide)] {
        advance_entry(&store, &act("DISTRICT", person, "2025-07-02"), &name, event).await.unwrap();
    }
    let first = record(&store, "2025-08-01", &[report(PARTY, 2023, Some("2025-08-01"))]).await;
    assert_eq!(first, Vec::<String>::new(), "that of 2024 is still missing");
    let second = record(&store, "2025-08-04", &[report(PARTY, 2024, Some("2025-08-04"))]).await;
    assert_eq!(second, [name.to_string()]);
    let due = ("abnormal.remove".to_owned(), Some("2025-08-11".to_owned()));
    assert_eq!(duties(&store, &name.to_string()).await, [due]);
}

async fn nobody_is_removed_while_a_report_is_missing_for_which_the_entry_stands(store: Store) {
    record(&store, "2025-07-01", &[report(PARTY, 2023, None), report(PARTY, 2024, None)]).await;
    while store.suspect_missing_reports(&system("2025-07-01")).await.unwrap() > 0 {}
    let scope = Scope { fields: Fields::All, divisions: vec![DivisionCode::parse("370100").unwrap()] };
    let name = store.entries(&EntryFilter::default(), &scope, 10, "").await.unwrap().rows[0].name.clone();
    for (person, event) in [("wang", Event::Verify), ("wang", Event::Propose), ("li", Event::Decide)] {
        advance_entry(&store, &act("DISTRICT", person, "2025-07-02"), &name, event).await.unwrap();
    }
    record(&store, "2025-08-01", &[report(PARTY, 2024, Some("2025-08-01"))]).await;
    let asking = Advance { paper: Some(Paper::RemovalGround("1".to_owned())), ..step(Event::RequestRemoval) };
    let party = act("PARTY", "party", "2025-08-01");
    store.advance_entry(&party, &body("ask"), &name, &asking).await.unwrap();
    let early = advance_entry(&store, &act("DISTRICT", "li", "2025-08-04"), &name, Event::Remove).await;
    assert!(matches!(&early, Err(Error::ReportsMissing { years, .. }) if years == "2023"), "{early:?}");
    let subject = Subject::parse(&name.to_string()).unwrap();
    let found = store.repair_subject(&subject).await.unwrap();
    let judged = store.eligibility(&found, date("2025-08-04")).await.unwrap();
    let blocks: Vec<_> = judged.blocks.iter().map(|block| (block.code, block.fact.as_str())).collect();
    assert_eq!(blocks, [("REPORT_MISSING", "2023")]);

    record(&store, "2025-08-05", &[report(PARTY, 2023, Some("2025-08-05"))]).await;
    let removed = advance_entry(&store, &act("DISTRICT", "li", "2025-08-06"), &name, Event::Remove).await;
    assert_eq!(removed.unwrap().state, "Removed");
}

async fn the_removal_is_asked_for_after_an_objection_during_which_the_report_came(store: Store) {
    // As it was taken while nothing could be asked for beside an objection.
    const CAME: &str = "UPDATE annual_report SET published_on = '2025-08-04'";
    record(&store, "2025-07-01", &[report(PARTY, 2024, None)]).await;
    while store.suspect_missing_reports(&system("2025-07-01")).await.unwrap() > 0 {}
    let scope = Scope { fields: Fields::All, divisions: vec![DivisionCode::parse("370100").unwrap()] };
    let name = store.entries(&EntryFilter::default(), &scope, 10, "").await.unwrap().rows[0].name.clone();
    for (person, event) in [
        ("wang", Event::Verify),
        ("wang", Event::Propose),
        ("li", Event::Decide),
        ("wang", Event::Object),
        ("wang", Event::AcceptObjection),
    ] {
        advance_entry(&store, &act("DISTRICT", person, "2025-07-02"), &name, event).await.unwrap();
    }
    on!(store.db(), |pool| sqlx::query(CAME).execute(pool).await.map(drop)).unwrap();
    let li = act("DISTRICT", "li", "2025-08-05");
    let confirmed = advance_entry(&store, &li, &name, Event::RejectObjection).await.unwrap();
    assert_eq!((confirmed.state.as_str(), confirmed.removal_ground.as_str()), ("RemovalRequested", "1"));
    let due = ("abnormal.remove".to_owned(), Some("2025-08-12".to_owned()));
    assert_eq!(duties(&store, &name.to_string()).await, [due]);
}

async fn the_removal_is_asked_for_beside_an_objection_that_is_open(store: Store) {
    record(&store, "2025-07-01", &[report(PARTY, 2024, None)]).await;
    while store.suspect_missing_reports(&system("2025-07-01")).await.unwrap() > 0 {}
    let scope = Scope { fields: Fields::All, divisions: vec![DivisionCode::parse("370100").unwrap()] };
    let name = store.entries(&EntryFilter::default(), &scope, 10, "").await.unwrap().rows[0].name.clone();
    for (person, event) in
        [("wang", Event::Verify), ("wang", Event::Propose), ("li", Event::Decide), ("wang", Event::Object)]
    {
        advance_entry(&store, &act("DISTRICT", person, "2025-07-07"), &name, event).await.unwrap();
    }
    let asked = record(&store, "2025-07-14", &[report(PARTY, 2024, Some("2025-07-14"))]).await;
    assert_eq!(asked, [name.to_string()]);
    let due = |kind: &str, day: &str| (kind.to_owned(), Some(day.to_owned()));
    let open = [
        due("abnormal.objection", "2025-08-04"),
        due("abnormal.objection.accept", "2025-07-14"),
        due("abnormal.remove", "2025-07-21"),
    ];
    assert_eq!(duties(&store, &name.to_string()).await, open);
    let removed = advance_entry(&store, &act("DISTRICT", "li", "2025-07-16"), &name, Event::Remove).await;
    assert_eq!(removed.unwrap().removal_ground, "1");
    assert_eq!(duties(&store, &name.to_string()).await, []);
}

async fn a_report_that_waited_for_an_earlier_entry_is_looked_for_again_once_that_is_over(store: Store) {
    record(&store, "2025-07-01", &[report(PARTY, 2023, None), report(PARTY, 2024, None)]).await;
    while store.suspect_missing_reports(&system("2025-07-01")).await.unwrap() > 0 {}
    let scope = Scope { fields: Fields::All, divisions: vec![DivisionCode::parse("370100").unwrap()] };
    let found = async || store.entries(&EntryFilter::default(), &scope, 10, "").await.unwrap().rows;
    let first = found().await[0].name.clone();
    let dismiss = act("DISTRICT", "wang", "2025-07-02");
    advance_entry(&store, &dismiss, &first, Event::Dismiss).await.unwrap();
    assert_eq!(store.suspect_missing_reports(&system("2025-07-03")).await.unwrap(), 1, "that of 2024 alone");
    let second = found().await.into_iter().find(|entry| entry.name != first).unwrap();
    assert_eq!(second.content.lapsed_on, Some(date("2025-06-30")));
    assert_eq!(store.suspect_missing_reports(&system("2025-07-03")).await.unwrap(), 0);
}

async fn a_report_that_waited_for_an_entry_is_looked_for_again_once_that_has_another_ground(store: Store) {
    record(&store, "2025-07-01", &[report(PARTY, 2023, None), report(PARTY, 2024, None)]).await;
    while store.suspect_missing_reports(&system("2025-07-01")).await.unwrap() > 0 {}
    let scope = Scope { fields: Fields::All, divisions: vec![DivisionCode::parse("370100").unwrap()] };
    let found = async || store.entries(&EntryFilter::default(), &scope, 10, "").await.unwrap().rows;
    let first = found().await[0].name.clone();
    for (person, event) in [("wang", Event::Verify), ("wang", Event::Propose), ("li", Event::Decide)] {
        advance_entry(&store, &act("DISTRICT", person, "2025-07-02"), &first, event).await.unwrap();
    }
    let remedy = registered(&store, &first.to_string(), "济政复〔2025〕1号", "2025-07-03").await;
    let changed = Change { ground: Some("3".to_owned()), term_ends_on: None };
    end_with(&store, &remedy, ("Changed", Some(changed)), "2025-07-04").await.unwrap();
    assert_eq!(store.suspect_missing_reports(&system("2025-07-07")).await.unwrap(), 1, "that of 2024 alone");
    let second = found().await.into_iter().find(|entry| entry.name != first).unwrap();
    assert_eq!((second.content.ground.as_str(), second.content.lapsed_on), ("1", Some(date("2025-06-30"))));
}

async fn two_years_without_a_report_and_nobody_there_ask_for_the_licence_only_since_2024_05_01(store: Store) {
    let name = listed_entry(&store, PARTY, "2024-04-01").await.name;
    record(&store, "2024-04-02", &[report(PARTY, 2021, None)]).await;
    assert_eq!(store.ask_for_revocations(&system("2024-05-01")).await.unwrap(), 0, "one year is not two");
    record(&store, "2024-04-02", &[report(PARTY, 2022, None)]).await;
    assert_eq!(store.ask_for_revocations(&system("2024-04-30")).await.unwrap(), 0, "the day before the rule");
    assert_eq!(store.ask_for_revocations(&system("2024-05-01")).await.unwrap(), 1);
    assert_eq!(store.ask_for_revocations(&system("2024-05-02")).await.unwrap(), 0, "asked once");
    assert_eq!(duties(&store, &name).await[0].0, "abnormal.licence_revocation");
}

async fn whether_a_licence_is_revoked_is_answered_once_or_is_asked_no_more_once_the_entry_is_gone(
    store: Store,
) {
    let mut asked = Vec::new();
    for uscc in [PARTY, OTHER] {
        let name = listed_entry(&store, uscc, "2024-04-01").await.name;
        record(&store, "2024-04-02", &[report(uscc, 2021, None), report(uscc, 2022, None)]).await;
        asked.push(EntryName::parse_any(&name).unwrap());
    }
    let consider = async |office: &'static str, name: &EntryName| {
        let by = act(office, "feng", "2024-05-07");
        advance_entry(&store, &by, name, Event::ConsiderRevocation).await
    };
    let early = consider("ENFORCEMENT", &asked[0]).await.unwrap_err();
    assert!(matches!(&early, Error::RevocationNotAsked(of) if *of == asked[0]), "{early:?}");
    assert_eq!(store.ask_for_revocations(&system("2024-05-06")).await.unwrap(), 2);
    let others = consider("DISTRICT", &asked[0]).await;
    assert!(matches!(others, Err(Error::Common(service::Error::Refused(_)))), "{others:?}");
    let before = store.entry(&asked[0]).await.unwrap();
    assert_eq!(consider("ENFORCEMENT", &asked[0]).await.unwrap().state, "Listed");
    let after = store.entry(&asked[0]).await.unwrap();
    assert_eq!(after.last_actor, before.last_actor, "it is nobody's proposal");
    assert_eq!(duties(&store, &asked[0].to_string()).await, []);
    let again = consider("ENFORCEMENT", &asked[0]).await.unwrap_err();
    assert!(matches!(again, Error::RevocationNotAsked(_)), "{again:?}");

    for (person, event) in [("li", Event::RequestRemoval), ("wang", Event::Remove)] {
        advance_entry(&store, &act("DISTRICT", person, "2024-05-08"), &asked[1], event).await.unwrap();
    }
    assert_eq!(duties(&store, &asked[1].to_string()).await, [], "the stay is over");
}

async fn nothing_follows_from_the_stay_of_an_entry_while_an_order_suspends_it(store: Store) {
    let name = listed_entry(&store, PARTY, "2021-04-06").await.name;
    record(&store, "2024-04-02", &[report(PARTY, 2021, None), report(PARTY, 2022, None)]).await;
    let remedy = registered(&store, &name, "济政复〔2024〕1号", "2024-04-02").await;
    order(&store, &remedy, RemedyEvent::Suspend, "2024-04-03").await.unwrap();
    assert_eq!(store.ask_for_revocations(&system("2024-05-06")).await.unwrap(), 0);
    assert_eq!(store.tell_long_stays(&system("2024-05-06")).await.unwrap(), 0);
    order(&store, &remedy, RemedyEvent::Resume, "2024-05-07").await.unwrap();
    assert_eq!(store.ask_for_revocations(&system("2024-05-08")).await.unwrap(), 1);
    assert_eq!(store.tell_long_stays(&system("2024-05-08")).await.unwrap(), 1);
}

async fn nothing_is_told_of_the_stay_of_a_mark(store: Store) {
    let trader = Uscc::compose("92370102", "MA000001").unwrap();
    listed_entry(&store, trader.as_str(), "2018-08-31").await;
    assert_eq!(
        store.tell_long_stays(&system("2021-08-31")).await.unwrap(),
        0,
        "the list was for enterprises"
    );
}

/// What was told of long stays: the day on which each is full, what follows, and whether it is the notice.
async fn told_of_stays(store: &Store) -> Vec<(String, String, bool)> {
    while outbox::Sealer::new(store.db().clone()).seal_once().await.unwrap() > 0 {}
    let events = outbox::read(store.db(), 0, 1_000, &[]).await.unwrap().events;
    let stays = events.iter().filter(|event| event.header.kind == "punishment.abnormal.overstayed");
    stays
        .map(|event| OverstayedEvent::decode(event.payload.as_deref().unwrap()).unwrap())
        .map(|told| (told.full_on, told.consequence, told.notice))
        .collect()
}

async fn three_years_led_to_the_list_until_order_44_and_since_then_are_told_alone(store: Store) {
    listed_entry(&store, PARTY, "2018-08-31").await;
    listed_entry(&store, "91370114MA3T7K2P9A", "2018-09-03").await;
    assert_eq!(store.tell_long_stays(&system("2021-07-01")).await.unwrap(), 0);
    assert_eq!(store.tell_long_stays(&system("2021-07-02")).await.unwrap(), 1, "sixty days before");
    assert_eq!(
        store.tell_long_stays(&system("2021-08-31")).await.unwrap(),
        2,
        "one is full, one has its notice"
    );
    assert_eq!(store.tell_long_stays(&system("2021-09-02")).await.unwrap(), 0);
    assert_eq!(store.tell_long_stays(&system("2021-09-03")).await.unwrap(), 1);
    assert_eq!(store.tell_long_stays(&system("2022-09-03")).await.unwrap(), 0, "told once");
    let told =
        |full_on: &str, consequence: &str, notice| (full_on.to_owned(), consequence.to_owned(), notice);
    let expected = [
        told("2021-08-31", "SeriousList", true),
        told("2021-08-31", "SeriousList", false),
        told("2021-09-03", "Reminder", true),
        told("2021-09-03", "Reminder", false),
    ];
    let mut found = told_of_stays(&store).await;
    found.sort_by(|one, other| (&one.0, !one.2).cmp(&(&other.0, !other.2)));
    assert_eq!(found, expected);
}

async fn a_stay_that_begins_again_after_fraud_is_told_of_again(store: Store) {
    let entry = listed_entry(&store, PARTY, "2018-09-03").await;
    let name = EntryName::parse_any(&entry.name).unwrap();
    assert_eq!(store.tell_long_stays(&system("2021-09-03")).await.unwrap(), 1);
    for (person, event, on) in [
        ("li", Event::RequestRemoval, "2021-10-08"),
        ("wang", Event::Remove, "2021-10-11"),
        ("li", Event::Restore, "2021-12-02"),
    ] {
        advance_entry(&store, &act("DISTRICT", person, on), &name, event).await.unwrap();
    }
    assert_eq!(store.tell_long_stays(&system("2021-12-02")).await.unwrap(), 0, "the new stay is not long");
    assert_eq!(store.tell_long_stays(&system("2024-12-02")).await.unwrap(), 1);
    assert_eq!(store.tell_long_stays(&system("2024-12-03")).await.unwrap(), 0, "told once");
    let full: Vec<_> = told_of_stays(&store).await.into_iter().map(|(full_on, ..)| full_on).collect();
    assert_eq!(full, ["2021-09-03", "2024-12-02"]);
}

async fn a_withdrawn_penalty_is_to_take_the_listing_with_it_within_three_working_days(store: Store) {
    let name = EntryName::parse_any(&published_case(&store).await.name).unwrap();
    let withdrawn = |penalty: &str| Withdrawn {
        uscc: Uscc::parse(PARTY).unwrap(),
        penalty: DocumentNumber::parse(penalty).unwrap(),
        record: "records/1".to_owned(),
        reason: "复议撤销".to_owned(),
    };
    let on = date("2023-09-28");
    for (penalty, owed) in [("济市监罚〔2024〕8号", 0), ("济市监罚[2024]7号", 1), ("济市监罚〔2024〕7号", 1)]
    {
        let mut tx = store.db().begin_write().await.unwrap();
        store.basis_fell(&mut tx, &system("2023-09-28"), &withdrawn(penalty), on).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(duties(&store, &name.to_string()).await.len(), owed, "{penalty}");
    }
    let due = ("serious.revoke".to_owned(), Some("2023-10-09".to_owned()));
    assert_eq!(duties(&store, &name.to_string()).await, [due]);
    assert!(store.case(&name).await.unwrap().state.stands(), "officers revoke, not the system");
    let revoke = crate::common::case_step(CaseEvent::Revoke, "2023-10-09");
    let head = act("ENFORCEMENT", "feng", "2023-10-09");
    let revoked = store.advance_case(&head, &body("v"), &name, &revoke).await.unwrap();
    assert_eq!(revoked.state, "Revoked");
    assert_eq!(duties(&store, &name.to_string()).await, []);
}

async fn a_listing_whose_penalty_stands_after_all_is_kept_by_two_officers(store: Store) {
    let name = EntryName::parse_any(&published_case(&store).await.name).unwrap();
    let keep = async |person: &'static str| {
        let step = crate::common::case_step(CaseEvent::KeepListing, "2023-10-09");
        store.advance_case(&act("ENFORCEMENT", person, "2023-10-09"), &body(person), &name, &step).await
    };
    let unasked = keep("feng").await.unwrap_err();
    assert!(matches!(&unasked, Error::NothingToRevoke(of) if *of == name), "{unasked:?}");
    let withdrawn = Withdrawn {
        uscc: Uscc::parse(PARTY).unwrap(),
        penalty: DocumentNumber::parse("济市监罚〔2024〕7号").unwrap(),
        record: "records/1".to_owned(),
        reason: "数据重复报送".to_owned(),
    };
    let mut tx = store.db().begin_write().await.unwrap();
    store.basis_fell(&mut tx, &system("2023-09-28"), &withdrawn, date("2023-09-28")).await.unwrap();
    tx.commit().await.unwrap();
    let before = store.case(&name).await.unwrap();
    let publisher = keep("sun").await;
    let four_eyes =
        matches!(publisher, Err(Error::Common(service::Error::Refused(Refused::FourEyes { .. }))));
    assert!(four_eyes, "who published it does not keep it alone: {publisher:?}");
    assert_eq!(duties(&store, &name.to_string()).await.len(), 1);
    assert_eq!(keep("feng").await.unwrap().state, "Published");
    let after = store.case(&name).await.unwrap();
    assert_eq!((after.due_on, &after.proposed_by), (before.due_on, &before.proposed_by));
    assert_eq!(duties(&store, &name.to_string()).await, []);
}

async fn the_end_of_a_party_ends_what_stands_and_what_is_suspected(store: Store) {
    listed_entry(&store, PARTY, "2024-04-01").await;
    let lapsed = crate::common::lapsed(PARTY, "1", "2024-06-30");
    store.open_entry(&act("DISTRICT", "wang", "2024-07-03"), &body("o"), lapsed).await.unwrap();
    let uscc = Uscc::parse(PARTY).unwrap();
    for _ in 0..2 {
        let mut tx = store.db().begin_write().await.unwrap();
        store.end_of_party(&mut tx, &system("2024-07-05"), &uscc, date("2024-07-04")).await.unwrap();
        tx.commit().await.unwrap();
    }
    let states: Vec<_> = entries(&store).await.into_iter().map(|(_, _, state)| state).collect();
    assert_eq!(states, ["Removed", "Dismissed"]);
    assert!(!store.standing_of(&uscc).await.unwrap()[0].stands_on(date("2024-07-04")));
}

async fn of_a_party_that_is_no_more_no_report_is_missed(store: Store) {
    record(&store, "2024-01-10", &[report(PARTY, 2023, None), report(OTHER, 2023, None)]).await;
    let mut tx = store.db().begin_write().await.unwrap();
    let (ended, on) = (Uscc::parse(PARTY).unwrap(), date("2024-03-04"));
    store.end_of_party(&mut tx, &system("2024-03-05"), &ended, on).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(store.suspect_missing_reports(&system("2024-07-01")).await.unwrap(), 1);
    let suspected: Vec<_> = entries(&store).await.into_iter().map(|(uscc, ..)| uscc).collect();
    assert_eq!(suspected, [OTHER], "whoever is there");
}

async fn a_report_that_falls_due_once_its_party_is_registered_again_is_missed(store: Store) {
    record(&store, "2024-01-10", &[report(PARTY, 2022, None), report(PARTY, 2023, None)]).await;
    let mut tx = store.db().begin_write().await.unwrap();
    let (party, on) = (Uscc::parse(PARTY).unwrap(), date("2024-03-04"));
    store.end_of_party(&mut tx, &system("2024-03-05"), &party, on).await.unwrap();
    // By mistake, as is found before the period for the report of 2023 is over.
    store.party_returned(&mut tx, &system("2024-06-30"), &party).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(
        store.suspect_missing_reports(&system("2024-06-30")).await.unwrap(),
        0,
        "that of 2022 is over"
    );
    assert_eq!(store.suspect_missing_reports(&system("2024-07-01")).await.unwrap(), 1);
    assert_eq!(entries(&store).await, [(PARTY.to_owned(), "DIRECTORY".to_owned(), "Suspected".to_owned())]);
}

async fn a_report_that_is_told_as_owed_after_its_party_has_ended_is_not_missed(store: Store) {
    let mut tx = store.db().begin_write().await.unwrap();
    let (ended, on) = (Uscc::parse(PARTY).unwrap(), date("2024-03-04"));
    store.end_of_party(&mut tx, &system("2024-03-05"), &ended, on).await.unwrap();
    tx.commit().await.unwrap();
    registered_as(&store, PARTY, "Deregistered", "2024-03-04").await;
    let late = [report(PARTY, 2022, None), report(PARTY, 2023, None), report(OTHER, 2023, None)];
    record(&store, "2024-05-10", &late).await;
    while store.suspect_missing_reports(&system("2024-07-01")).await.unwrap() > 0 {}
    let suspected: Vec<_> = entries(&store).await.into_iter().map(|(uscc, ..)| uscc).collect();
    assert_eq!(suspected, [OTHER], "whoever is there");
    // Its registration was ended by mistake: what falls due from now on is asked of it again.
    registered_as(&store, PARTY, "", "2024-08-01").await;
    record(&store, "2025-01-10", &[report(PARTY, 2024, None)]).await;
    while store.suspect_missing_reports(&system("2025-07-01")).await.unwrap() > 0 {}
    assert!(entries(&store).await.iter().any(|(uscc, ..)| uscc == PARTY));
}

async fn whoever_ends_while_missing_reports_are_looked_for_is_suspected_of_none(store: Store) {
    record(&store, "2024-01-10", &[report(PARTY, 2023, None), report(OTHER, 2023, None)]).await;
    let ends = async {
        let mut tx = store.db().begin_write().await.unwrap();
        let (uscc, on) = (Uscc::parse(PARTY).unwrap(), date("2024-07-01"));
        store.end_of_party(&mut tx, &system("2024-07-01"), &uscc, on).await.unwrap();
        tx.commit().await.unwrap();
    };
    let looks = async { store.suspect_missing_reports(&system("2024-07-01")).await.unwrap() };
    tokio::join!(ends, looks);
    let found = entries(&store).await;
    for (uscc, _, state) in &found {
        assert_eq!(state, if uscc == PARTY { "Dismissed" } else { "Suspected" }, "{found:?}");
    }
    assert!(found.iter().any(|(uscc, ..)| uscc == OTHER), "{found:?}");
}

mod cases {
    use super::*;
    db::conformance! {
        open = open;
        cases = [
            who_has_not_reported_by_the_last_of_june_is_suspected_the_day_after,
            the_removal_is_asked_for_once_the_last_missing_report_has_come,
            nobody_is_removed_while_a_report_is_missing_for_which_the_entry_stands,
            the_removal_is_asked_for_after_an_objection_during_which_the_report_came,
            the_removal_is_asked_for_beside_an_objection_that_is_open,
            a_report_that_waited_for_an_earlier_entry_is_looked_for_again_once_that_is_over,
            a_report_that_waited_for_an_entry_is_looked_for_again_once_that_has_another_ground,
            two_years_without_a_report_and_nobody_there_ask_for_the_licence_only_since_2024_05_01,
            whether_a_licence_is_revoked_is_answered_once_or_is_asked_no_more_once_the_entry_is_gone,
            nothing_follows_from_the_stay_of_an_entry_while_an_order_suspends_it,
            nothing_is_told_of_the_stay_of_a_mark,
            three_years_led_to_the_list_until_order_44_and_since_then_are_told_alone,
            a_stay_that_begins_again_after_fraud_is_told_of_again,
            a_withdrawn_penalty_is_to_take_the_listing_with_it_within_three_working_days,
            a_listing_whose_penalty_stands_after_all_is_kept_by_two_officers,
            the_end_of_a_party_ends_what_stands_and_what_is_suspected,
            of_a_party_that_is_no_more_no_report_is_missed,
            a_report_that_falls_due_once_its_party_is_registered_again_is_missed,
            a_report_that_is_told_as_owed_after_its_party_has_ended_is_not_missed,
        ]
    }
}

mod races {
    use super::*;
    db::races! {
        open = open;
        cases = [whoever_ends_while_missing_reports_are_looked_for_is_suspected_of_none]
    }
}

#[test]
fn the_rules_of_the_lists_change_on_their_days() {
    let book = rulebook::Rulebook::builtin();
    let last = |on: &str, name: &str| book.deadline(date(on), name).unwrap().due.date().unwrap().to_string();
    // The check values of the working-day rules, by the periods of the lists.
    for (on, name, day) in [
        ("2021-09-27", "serious.publish.same_province", "2021-10-29"),
        ("2022-04-29", "serious.early_removal.decide", "2022-05-24"),
        ("2023-09-28", "serious.revoke.stop_publish", "2023-10-09"),
        ("2024-02-08", "hearing.request", "2024-02-21"),
        ("2025-01-24", "abnormal.list.after_trigger", "2025-02-13"),
        ("2026-02-13", "hearing.notice", "2026-03-02"),
        ("2026-09-24", "serious.publish.same_province", "2026-10-29"),
    ] {
        assert_eq!(last(on, name), day, "{name} from {on}");
    }
    // Order 107, 2025-12-25: early removals are decided in seven working days instead of fifteen.
    assert_eq!(last("2025-12-24", "serious.early_removal.decide"), "2026-01-15");
    assert_eq!(last("2025-12-25", "serious.early_removal.decide"), "2026-01-06");
    // Order 101, 2025-05-01: a removed entry stops being published, and names that were not changed are a ground.
    let shown = |on: &str| book.flag("abnormal.removed_entry_still_published", date(on)).unwrap();
    assert!(shown("2025-04-30") && !shown("2025-05-01"));
    let ground = |on: &str| book.code("abnormal_ground", "5", date(on)).is_some();
    assert!(!ground("2025-04-30") && ground("2025-05-01"));
    // Order 44, 2021-09-01: three years on the list instead of five.
    assert_eq!(last("2021-08-31", "serious.term"), "2026-08-31");
    assert_eq!(last("2021-09-01", "serious.term"), "2024-09-01");
}
