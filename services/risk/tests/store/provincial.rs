//! Classes by the province: imported, corrected, taken back, kept as they were known, and taken for the general class.

use chrono::{Days, NaiveDate};
use contract::risk::v1 as pb;
use domain::Uscc;
use prost::Message;
use risk::Error;
use risk::domain::known::Feed;
use risk::domain::provincial::ProvincialClass;
use risk::machines::run::State;
use risk::store::{Act, Batch, ProvincialRows, Store, When};
use service::idempotency::Key;

use crate::store::effects::with_new_model;
use crate::support::*;

fn row(who: u32, code: &str, days: u32) -> ProvincialClass {
    let rank = "ABCDE".find(code).unwrap();
    ProvincialClass {
        uscc: Uscc::parse(&uscc(who)).unwrap(),
        scheme: "shandong2020".to_owned(),
        code: code.to_owned(),
        rank: i32::try_from(rank).unwrap() + 1,
        classified_on: today() - Days::new(days.into()),
        source_document: "省局2026年3月分类结果".to_owned(),
    }
}

async fn import(
    store: &Store,
    (number, day): (u32, NaiveDate),
    rows: Vec<ProvincialClass>,
) -> Result<pb::ImportProvincialClassesResponse, Error> {
    let request_id = request(number);
    let key = Key { caller: "wang", method: "Import", request_id: &request_id };
    let act = Act::of(&credit("wang"), request_id.as_str(), noon(day), store.book());
    let body = pb::ImportProvincialClassesRequest { request_id: format!("{rows:?}"), ..Default::default() };
    store.import_provincial(&key, &body, &act, ProvincialRows { rows, rejected: Vec::new() }).await
}

fn counts(answer: &pb::ImportProvincialClassesResponse) -> (i64, i64, i64) {
    (answer.taken, answer.corrected, answer.duplicates)
}

/// Two producers of class A, with a run in effect.
async fn two_producers(store: &Store) {
    let mut batch = Batch::default();
    batch.tell(Feed::Registry, today() - Days::new(20), 1);
    batch.tell(Feed::Collection, today() - Days::new(20), 1);
    producer(&mut batch, &uscc(1), "370102");
    producer(&mut batch, &uscc(2), "370103");
    apply(store, &batch).await;
    full_run(store, 100, today()).await;
}

async fn general(store: &Store, who: u32) -> (String, String) {
    let class = store.class(&uscc(who), "FOOD").await.unwrap().class;
    (class.general_code, class.code)
}

async fn an_import_is_idempotent_and_a_correction_takes_the_place_of_what_was_said(store: Store) {
    let first =
        import(&store, (1, today()), vec![row(1, "C", 10), row(2, "A", 10), row(1, "C", 10)]).await.unwrap();
    assert_eq!(counts(&first), (2, 0, 1));
    let again =
        import(&store, (1, today()), vec![row(1, "C", 10), row(2, "A", 10), row(1, "C", 10)]).await.unwrap();
    assert_eq!(first, again, "the same request");
    let repeated = import(&store, (2, today()), vec![row(1, "C", 10)]).await.unwrap();
    assert_eq!(counts(&repeated), (0, 0, 1));
    let corrected = import(&store, (3, today()), vec![row(1, "D", 10), row(1, "B", 5)]).await.unwrap();
    assert_eq!(counts(&corrected), (1, 1, 0));
    let reused = import(&store, (3, today()), vec![row(2, "D", 10)]).await;
    assert!(matches!(reused, Err(Error::Common(service::Error::RequestIdReused(_)))), "{reused:?}");
    assert_eq!(events(&store, "risk.provincial.changed").await.len(), 4);
}

async fn the_general_class_of_a_run_is_that_of_the_province_and_of_the_own_model_without_one(store: Store) {
    two_producers(&store).await;
    import(&store, (1, today()), vec![row(1, "D", 10)]).await.unwrap();
    let run = full_run(&store, 2, today()).await;
    assert!(run.models.iter().any(|model| model.starts_with("models/provincial@2 ")), "{:?}", run.models);
    assert_eq!(general(&store, 1).await, ("D".to_owned(), "B".to_owned()));
    assert_eq!(general(&store, 2).await, ("A".to_owned(), "A".to_owned()));
    let told = store.look_back(&uscc(1), "FOOD", When::Now(today())).await.unwrap();
    assert!(told.combination.ends_with("通用D类取自省局分类。"), "{}", told.combination);
    let line = told.explanation.lines.iter().find(|line| line.indicator == "shandong").unwrap();
    assert_eq!(line.records[0].document_no, "省局2026年3月分类结果");
    assert!(line.records[0].name.ends_with("/provincialClasses/shandong2020-2026-03-21"), "{line:?}");
    let other = store.look_back(&uscc(2), "FOOD", When::Now(today())).await.unwrap();
    assert!(
        other.combination.ends_with("没有有效的省局分类,通用类别按本市通用模型。"),
        "{}",
        other.combination
    );
}

/// One officer imports a file about everybody: what it changes waits for those who review a run, also while one is reviewed.
async fn what_the_province_says_changes_no_class_before_a_run_that_read_it_is_approved(store: Store) {
    two_producers(&store).await;
    import(&store, (1, today()), vec![row(1, "D", 10)]).await.unwrap();
    rescore(&store, today()).await;
    assert_eq!(general(&store, 1).await, ("A".to_owned(), "A".to_owned()));
    let waits = async |who| store.waiting(&uscc(who), "FOOD").await.unwrap().unwrap();
    let imported = waits(1).await;
    assert_eq!((imported.general_code.as_str(), imported.code.as_str()), ("D", "B"));
    assert_eq!((imported.why.trigger.as_str(), imported.why.worse), ("provincial_class", true));

    create(&store, &credit("wang"), 2, today()).await.unwrap();
    compute(&store, today()).await;
    let tomorrow = today() + Days::new(1);
    import(&store, (3, tomorrow), vec![row(2, "E", 10)]).await.unwrap();
    rescore(&store, tomorrow).await;
    // Of this one nobody has looked at the class when the run is approved.
    import(&store, (4, tomorrow), vec![row(1, "E", 5)]).await.unwrap();
    approve(&store, &credit("li"), 5, "run-2", tomorrow).await.unwrap();
    assert_eq!(general(&store, 1).await, ("D".to_owned(), "B".to_owned()), "as it was reviewed");
    assert_eq!(general(&store, 2).await, ("A".to_owned(), "A".to_owned()));
    for who in [1, 2] {
        assert_eq!(waits(who).await.general_code, "E", "{who}");
    }
    full_run(&store, 6, tomorrow).await;
    assert_eq!(general(&store, 2).await, ("E".to_owned(), "B".to_owned()));
}

async fn what_is_imported_on_the_day_of_a_run_after_it_waits_and_explains_nothing_yet(store: Store) {
    two_producers(&store).await;
    create(&store, &credit("wang"), 2, today()).await.unwrap();
    compute(&store, today()).await;
    import(&store, (3, today()), vec![row(2, "E", 10)]).await.unwrap();
    assert_eq!(rescore(&store, today()).await, 1);
    // This one is not even looked at when the run is approved.
    import(&store, (4, today()), vec![row(1, "E", 10)]).await.unwrap();
    approve(&store, &credit("li"), 5, "run-2", today()).await.unwrap();
    for who in [1, 2] {
        assert_eq!(general(&store, who).await, ("A".to_owned(), "A".to_owned()), "{who}");
        assert_eq!(store.waiting(&uscc(who), "FOOD").await.unwrap().unwrap().general_code, "E", "{who}");
        let class = store.class(&uscc(who), "FOOD").await.unwrap();
        let (explained, superseded) = store.explain_stored(&class).await.unwrap();
        assert_eq!((explained.class.general_code.as_str(), superseded), ("A", true), "{who}");
    }
}

/// The classes of a file end together: whom that makes riskier nobody has looked at.
async fn when_classes_by_the_province_become_too_old_what_gets_riskier_waits(store: Store) {
    let mut batch = Batch::default();
    producer(&mut batch, &uscc(1), "370102");
    producer(&mut batch, &uscc(2), "370103");
    record(&mut batch, "p1", &uscc(2), 500, heavier_penalty());
    apply(&store, &batch).await;
    import(&store, (1, today()), vec![row(1, "D", 10), row(2, "A", 10)]).await.unwrap();
    full_run(&store, 100, today()).await;
    assert_eq!((general(&store, 1).await.0, general(&store, 2).await.0), ("D".to_owned(), "A".to_owned()));

    let later = today() + Days::new(360);
    let act = Act::of_system("calendar", noon(later), store.book());
    assert_eq!(store.look_daily(&act).await.unwrap(), 2);
    assert_eq!(rescore(&store, later).await, 2);
    assert_eq!(general(&store, 1).await.0, "A", "what is past its term is not used any longer");
    assert_eq!(general(&store, 2).await.0, "A");
    let waits = store.waiting(&uscc(2), "FOOD").await.unwrap().unwrap();
    assert_eq!((waits.general_code.as_str(), waits.why.trigger.as_str()), ("C", "provincial_class"));
    full_run(&store, 200, later).await;
    assert_eq!(general(&store, 2).await.0, "C");
}

/// What the day has changed takes effect though a version has begun since the run, but not this.
async fn what_gets_riskier_without_the_province_waits_though_a_version_has_begun(store: Store) {
    let store = with_new_model(store).await;
    let mut batch = Batch::default();
    producer(&mut batch, &uscc(2), "370103");
    record(&mut batch, "p1", &uscc(2), 500, heavier_penalty());
    apply(&store, &batch).await;
    import(&store, (1, today()), vec![row(2, "A", 10)]).await.unwrap();
    full_run(&store, 100, today()).await;
    let on = |day: NaiveDate| Act::of_system("calendar", noon(day), store.book());
    let (begun, later) = (today() + Days::new(3), today() + Days::new(360));
    assert_eq!(store.look_daily(&on(begun)).await.unwrap(), 0, "the version alone is no reason");

    assert_eq!(store.look_daily(&on(later)).await.unwrap(), 1);
    assert_eq!(rescore(&store, later).await, 1);
    assert_eq!(general(&store, 2).await.0, "A");
    let waits = store.waiting(&uscc(2), "FOOD").await.unwrap().unwrap();
    assert_eq!((waits.general_code.as_str(), waits.why.trigger.as_str()), ("C", "provincial_class"));
}

async fn a_day_that_is_over_knows_what_was_imported_by_then(store: Store) {
    two_producers(&store).await;
    let then = today() - Days::new(5);
    import(&store, (1, then), vec![row(1, "D", 10)]).await.unwrap();
    import(&store, (2, today()), vec![row(1, "C", 10)]).await.unwrap();
    let on = async |day| store.look_back(&uscc(1), "FOOD", When::Then(day)).await.unwrap().class.general_code;
    assert_eq!(on(then - Days::new(1)).await, "A", "nothing was imported yet");
    assert_eq!(on(then).await, "D", "as it was said first");
    assert_eq!(on(today() - Days::new(1)).await, "D");
    let now = store.look_back(&uscc(1), "FOOD", When::Now(today())).await.unwrap();
    assert_eq!(now.class.general_code, "C", "as it was corrected");

    create_on(&store, &credit("wang"), 3, then, today()).await.unwrap();
    compute(&store, today()).await;
    let run = store.run("run-3").await.unwrap();
    assert_eq!(run.state, State::Reported);
    assert_eq!(run.known.own, risk::domain::known::own_position(then));
    let way = store.report(&run).await.unwrap().matrix;
    let general = way.keys().filter(|way| way.part == risk::domain::drift::Part::General && way.to == "D");
    assert_eq!(general.count(), 1, "{way:?}");
}

async fn what_was_imported_is_listed_and_survives_a_cleared_copy(store: Store) {
    two_producers(&store).await;
    import(&store, (1, today()), vec![row(1, "D", 40), row(1, "C", 10), row(2, "A", 10)]).await.unwrap();
    let listed = async |size, after: &str| {
        let (division, page) = store.provincial_classes(&uscc(1), &cut(size, after)).await.unwrap();
        let codes: Vec<_> = page.rows.iter().map(|class| class.code.clone()).collect();
        (division, codes.join(""), page.next_page_token.is_empty())
    };
    assert_eq!(listed(10, "").await, ("370102".to_owned(), "CD".to_owned(), true));
    assert_eq!(listed(1, "").await.1, "C");
    let unknown = store.provincial_classes(&uscc(9), &cut(10, "")).await;
    assert!(matches!(unknown, Err(Error::ClassNotFound(_))), "{unknown:?}");
    let kept = store.evidence_of(&uscc(1)).await.unwrap().len();
    let mut tx = store.db().begin_write().await.unwrap();
    store.clear_evidence(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!((kept, store.evidence_of(&uscc(1)).await.unwrap().len()), (4, 2));
}

async fn withdraw(
    store: &Store,
    number: u32,
    name: &str,
) -> Result<pb::WithdrawProvincialClassResponse, Error> {
    let request_id = request(number);
    let key = Key { caller: "wang", method: "Withdraw", request_id: &request_id };
    let act = Act::of(&credit("wang"), request_id.as_str(), noon(today()), store.book());
    let body = pb::WithdrawProvincialClassRequest { name: name.to_owned(), ..Default::default() };
    store.withdraw_provincial(&key, &body, &act, (name, "录错企业")).await
}

async fn a_class_that_was_taken_back_counts_no_longer_and_what_was_known_then_is_kept(store: Store) {
    two_producers(&store).await;
    let then = today() - Days::new(5);
    import(&store, (1, then), vec![row(1, "D", 10)]).await.unwrap();
    full_run(&store, 2, today()).await;
    assert_eq!(general(&store, 1).await, ("D".to_owned(), "B".to_owned()));

    let name = row(1, "D", 10).name();
    let first = withdraw(&store, 3, &name).await.unwrap();
    assert_eq!(
        (first.name.as_str(), withdraw(&store, 3, &name).await.unwrap()),
        (name.as_str(), first.clone())
    );
    let again = withdraw(&store, 4, &name).await.unwrap_err();
    assert!(matches!(&again, Error::ProvincialClassNotFound(gone) if *gone == name), "{again:?}");
    let told = events(&store, "risk.provincial.changed").await;
    let last = pb::ProvincialClassEvent::decode(told.last().unwrap().1.as_slice()).unwrap();
    assert_eq!((told.len(), last.withdrawn_reason.as_str()), (2, "录错企业"));
    let (_, page) = store.provincial_classes(&uscc(1), &cut(10, "")).await.unwrap();
    assert!(page.rows.is_empty(), "{:?}", page.rows);

    // Nobody has reviewed the lower class yet.
    rescore(&store, today()).await;
    assert_eq!(general(&store, 1).await.0, "D");
    let waits = store.waiting(&uscc(1), "FOOD").await.unwrap().unwrap();
    assert_eq!((waits.general_code.as_str(), waits.why.worse), ("A", false));
    full_run(&store, 5, today()).await;
    assert_eq!(general(&store, 1).await, ("A".to_owned(), "A".to_owned()));
    let yesterday = When::Then(today() - Days::new(1));
    let looked = store.look_back(&uscc(1), "FOOD", yesterday).await.unwrap();
    assert_eq!(looked.class.general_code, "D", "that is what was known");
}

db::conformance! {
    open = crate::support::store;
    cases = [
        an_import_is_idempotent_and_a_correction_takes_the_place_of_what_was_said,
        the_general_class_of_a_run_is_that_of_the_province_and_of_the_own_model_without_one,
        what_the_province_says_changes_no_class_before_a_run_that_read_it_is_approved,
        what_is_imported_on_the_day_of_a_run_after_it_waits_and_explains_nothing_yet,
        when_classes_by_the_province_become_too_old_what_gets_riskier_waits,
        what_gets_riskier_without_the_province_waits_though_a_version_has_begun,
        a_day_that_is_over_knows_what_was_imported_by_then,
        what_was_imported_is_listed_and_survives_a_cleared_copy,
        a_class_that_was_taken_back_counts_no_longer_and_what_was_known_then_is_kept,
    ]
}
