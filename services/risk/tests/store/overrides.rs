//! Overrides: proposed by the line office, decided by a second person of CREDIT, ended by date, never below a floor.

use chrono::{Days, NaiveDate};
use contract::risk::v1 as pb;
use db::on;
use risk::Error;
use risk::store::{Act, Batch, ClassFilter, NewOverride, OverrideFilter, Store};
use service::auth::Caller;
use service::idempotency::Key;
use service::machine::Refused;

use crate::support::*;

/// A producer of class A, and one that is marked but worse.
async fn two_classes(store: &Store) {
    let mut batch = Batch::default();
    producer(&mut batch, &uscc(1), "370102");
    producer(&mut batch, &uscc(2), "370102");
    record(&mut batch, "p1", &uscc(2), 10, heavier_penalty());
    record(&mut batch, "i1", &uscc(2), 12, problem_inspection());
    apply(store, &batch).await;
    full_run(store, 1, today()).await;
}

fn line() -> Caller {
    caller("zhao", "FOOD_PROD", "370100")
}

fn ends_on() -> NaiveDate {
    today() + Days::new(30)
}

async fn propose(store: &Store, by: &Caller, number: u32, who: u32, code: &str) -> Result<String, Error> {
    let request_id = request(number);
    let key = Key { caller: by.subject(), method: "ProposeOverride", request_id: &request_id };
    let new = NewOverride {
        id: format!("o-{number}"),
        uscc: uscc(who),
        field: "FOOD".to_owned(),
        code: code.to_owned(),
        reason: "已完成整改并经复查".to_owned(),
        legal_basis: "国市监信发〔2022〕6号".to_owned(),
        ends_on: ends_on(),
    };
    let body = pb::ProposeOverrideRequest { code: code.to_owned(), ..Default::default() };
    let act = Act::of(by, request_id.as_str(), noon(today()), store.book());
    store.propose_override(&key, &body, by, &act, new).await.map(|proposed| proposed.state)
}

async fn decide(store: &Store, by: &Caller, number: u32, id: &str, day: NaiveDate) -> Result<String, Error> {
    let request_id = request(number);
    let key = Key { caller: by.subject(), method: "ApproveOverride", request_id: &request_id };
    let act = Act::of(by, request_id.as_str(), noon(day), store.book());
    let body = pb::ApproveOverrideRequest { name: id.to_owned(), ..Default::default() };
    store.approve_override(&key, &body, by, &act, id).await.map(|decided| decided.state)
}

async fn end(store: &Store, by: &Caller, number: u32, id: &str, refused: bool) -> Result<String, Error> {
    let request_id = request(number);
    let key = Key { caller: by.subject(), method: "LiftOverride", request_id: &request_id };
    let act = Act::of(by, request_id.as_str(), noon(today()), store.book());
    let body = pb::LiftOverrideRequest { name: id.to_owned(), ..Default::default() };
    store.end_override(&key, &body, by, &act, (id, refused, "情况有变")).await.map(|ended| ended.state)
}

async fn code(store: &Store, who: u32, day: NaiveDate) -> String {
    store.class(&uscc(who), "FOOD").await.unwrap().code_on(day).to_owned()
}

async fn open_duties(store: &Store) -> Vec<(String, String)> {
    const SQL: &str = "SELECT kind, due_on FROM obligation WHERE done_on IS NULL ORDER BY kind";
    on!(store.db(), |pool| sqlx::query_as(SQL).fetch_all(pool).await).unwrap()
}

async fn an_override_stands_when_a_second_person_of_credit_approves_it(store: Store) {
    two_classes(&store).await;
    let computed = code(&store, 2, today()).await;
    let refused = propose(&store, &credit("li"), 1, 2, "A").await.unwrap_err();
    assert!(matches!(refused, Error::Common(service::Error::Refused(Refused::Office { .. }))), "{refused:?}");
    assert_eq!(propose(&store, &line(), 2, 2, "A").await.unwrap(), "Proposed");
    let stored = store.class(&uscc(2), "FOOD").await.unwrap();
    assert_eq!((stored.code_on(today()), stored.state_on(today())), (computed.as_str(), "UnderObjection"));
    let again = propose(&store, &line(), 3, 2, "B").await.unwrap_err();
    assert!(matches!(again, Error::OverrideProposed(_)), "{again:?}");
    let alone = decide(&store, &caller("zhao", "CREDIT", "370100"), 4, "o-2", today()).await.unwrap_err();
    assert!(matches!(alone, Error::Common(service::Error::Refused(Refused::FourEyes { .. }))), "{alone:?}");
    let line_office = decide(&store, &line(), 5, "o-2", today()).await.unwrap_err();
    assert!(matches!(line_office, Error::Common(service::Error::Refused(Refused::Office { .. }))));

    let before = told(&store).await.len();
    assert_eq!(decide(&store, &credit("li"), 6, "o-2", today()).await.unwrap(), "InForce");
    assert_eq!(
        decide(&store, &credit("li"), 6, "o-2", today()).await.unwrap(),
        "InForce",
        "the first answer"
    );
    let stored = store.class(&uscc(2), "FOOD").await.unwrap();
    assert_eq!((stored.code_on(today()), stored.class.code.as_str()), ("A", computed.as_str()));
    assert_eq!((stored.state_on(today()), stored.effect_on(today())), ("Overridden", "OVERRIDE_APPROVED"));
    let told = told(&store).await;
    assert_eq!(
        told[before..].iter().map(|told| (&*told.0, &*told.1)).collect::<Vec<_>>(),
        [("A", &*computed)]
    );
    assert_eq!(open_duties(&store).await, [("risk.override.review".to_owned(), ends_on().to_string())]);
    let filter = ClassFilter {
        scope: credit("li").scope(),
        uscc: String::new(),
        field: String::new(),
        code: "A".to_owned(),
        today: today(),
    };
    assert_eq!(
        store.classes(&filter, &cut(10, "")).await.unwrap().rows.len(),
        2,
        "listed by what is in effect"
    );
}

async fn behind_its_last_day_the_computed_class_stands_also_when_the_job_is_late(store: Store) {
    two_classes(&store).await;
    let computed = code(&store, 2, today()).await;
    propose(&store, &line(), 1, 2, "A").await.unwrap();
    decide(&store, &credit("li"), 2, "o-1", today()).await.unwrap();
    let (last, behind) = (ends_on(), ends_on() + Days::new(1));
    assert_eq!(
        (code(&store, 2, last).await.as_str(), code(&store, 2, behind).await),
        ("A", computed.clone())
    );
    let filter = ClassFilter {
        scope: credit("li").scope(),
        uscc: String::new(),
        field: String::new(),
        code: "A".to_owned(),
        today: behind,
    };
    assert_eq!(store.classes(&filter, &cut(10, "")).await.unwrap().rows.len(), 1);
    assert_eq!(store.class_override("o-1").await.unwrap().state_on(behind).as_str(), "Expired");

    let on = |day| Act::of_system("calendar", noon(day), store.book());
    assert_eq!(store.expire_overrides(&on(last)).await.unwrap(), 0);
    assert_eq!(store.expire_overrides(&on(behind + Days::new(9))).await.unwrap(), 1, "late, and caught up");
    assert_eq!(store.expire_overrides(&on(behind + Days::new(9))).await.unwrap(), 0);
    let (now, before, _) = told(&store).await.pop().unwrap();
    assert_eq!((now, before.as_str()), (computed, "A"));
    assert_eq!(open_duties(&store).await, []);
}

async fn a_floor_that_comes_later_wins_and_somebody_must_look_again(store: Store) {
    two_classes(&store).await;
    propose(&store, &line(), 1, 2, "A").await.unwrap();
    decide(&store, &credit("li"), 2, "o-1", today()).await.unwrap();
    let mut batch = Batch::default();
    record(&mut batch, "l1", &uscc(2), 1, serious_listing());
    apply(&store, &batch).await;
    rescore(&store, today()).await;
    let stored = store.class(&uscc(2), "FOOD").await.unwrap();
    assert_eq!((stored.code_on(today()), stored.class.floor_code.as_str()), ("E", "E"));
    assert_eq!(stored.over.as_ref().unwrap().asked, "A", "the override goes on beside it");
    let kinds: Vec<_> = open_duties(&store).await.into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds, ["risk.override.recheck", "risk.override.review"]);
    let below = propose(&store, &line(), 3, 2, "B").await.unwrap_err();
    assert!(matches!(&below, Error::OverrideBelowFloor { floor, .. } if floor == "E"), "{below:?}");

    let mut batch = Batch::default();
    batch.withdraw("records/l1", 9);
    apply(&store, &batch).await;
    rescore(&store, today()).await;
    assert_eq!(code(&store, 2, today()).await, "A", "without the floor it stands as it was asked for");
}

async fn a_full_run_leaves_an_override_beside_the_class_that_it_computes(store: Store) {
    two_classes(&store).await;
    propose(&store, &line(), 1, 1, "D").await.unwrap();
    decide(&store, &credit("li"), 2, "o-1", today()).await.unwrap();
    let mut batch = Batch::default();
    record(&mut batch, "p2", &uscc(1), 10, heavier_penalty());
    record(&mut batch, "i2", &uscc(1), 12, problem_inspection());
    apply(&store, &batch).await;
    full_run(&store, 9, today()).await;
    let stored = store.class(&uscc(1), "FOOD").await.unwrap();
    assert_ne!(stored.class.code, "A", "computed anew");
    assert_eq!(stored.code_on(today()), "D");
}

async fn a_refused_a_withdrawn_and_a_lifted_one_leave_the_computed_class(store: Store) {
    two_classes(&store).await;
    let computed = code(&store, 2, today()).await;
    propose(&store, &line(), 1, 2, "A").await.unwrap();
    assert_eq!(end(&store, &credit("li"), 2, "o-1", true).await.unwrap(), "Refused");
    propose(&store, &line(), 3, 2, "A").await.unwrap();
    assert_eq!(end(&store, &line(), 4, "o-3", false).await.unwrap(), "Withdrawn");
    assert_eq!(store.class(&uscc(2), "FOOD").await.unwrap().state_on(today()), "Effective");
    propose(&store, &line(), 5, 2, "A").await.unwrap();
    decide(&store, &credit("li"), 6, "o-5", today()).await.unwrap();
    // A later one takes the place of the one in force.
    propose(&store, &line(), 7, 2, "E").await.unwrap();
    decide(&store, &credit("li"), 8, "o-7", today()).await.unwrap();
    assert_eq!(code(&store, 2, today()).await, "E");
    assert_eq!(end(&store, &credit("wang"), 9, "o-7", false).await.unwrap(), "Lifted");
    assert_eq!(code(&store, 2, today()).await, computed);
    assert_eq!(open_duties(&store).await, []);
    let filter = OverrideFilter { scope: line().scope(), uscc: uscc(2), field: String::new() };
    let history = store.overrides(&filter, &cut(10, "")).await.unwrap().rows;
    let states: Vec<_> = history.iter().map(|row| row.state.as_str()).collect();
    assert_eq!(states.len(), 4, "history is kept");
    assert!(["Lifted", "Replaced", "Withdrawn", "Refused"].iter().all(|state| states.contains(state)));
}

db::conformance! {
    open = crate::support::store;
    cases = [
        an_override_stands_when_a_second_person_of_credit_approves_it,
        behind_its_last_day_the_computed_class_stands_also_when_the_job_is_late,
        a_floor_that_comes_later_wins_and_somebody_must_look_again,
        a_full_run_leaves_an_override_beside_the_class_that_it_computes,
        a_refused_a_withdrawn_and_a_lifted_one_leave_the_computed_class,
    ]
}
