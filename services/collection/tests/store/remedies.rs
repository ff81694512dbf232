use super::correct::{fined, id_of, with_penalty};
use super::fixture::*;
use super::withdraw::withdraw;
use collection::Error;
use collection::convert::{Judge, read_record};
use collection::domain::NaturalId;
use collection::machines::remedy::Event;
use collection::store::{AboutFilter, NewRemedy, Order, RemedyOutcome as Outcome, Store};
use contract::collection::v1 as pb;
use db::on;
use domain::{DocumentNumber, LegalName};
use rulebook::Rulebook;
use service::auth::Caller;
use service::machine::Refused;

fn legal() -> Caller {
    officer("LEGAL", "370100")
}

fn day(text: &str) -> chrono::NaiveDate {
    domain::parse_date(text).unwrap()
}

fn number(text: &str) -> DocumentNumber {
    DocumentNumber::parse(text).unwrap()
}

fn of(name: &str) -> NaturalId {
    NaturalId::from_name(name, "remedies").unwrap()
}

pub(crate) async fn register(
    store: &Store,
    n: u32,
    record: &str,
    (kind, no): (&str, &str),
) -> Result<pb::Remedy, Error> {
    register_by(store, n, record, (kind, no), &legal()).await
}

/// The same in the name of another.
pub(crate) async fn register_by(
    store: &Store,
    n: u32,
    record: &str,
    (kind, no): (&str, &str),
    caller: &Caller,
) -> Result<pb::Remedy, Error> {
    let id = request(n);
    let new = NewRemedy {
        record: id_of(record),
        kind: kind.to_owned(),
        body: LegalName::parse("济南市人民政府").unwrap(),
        document_no: number(no),
        accepted_on: day("2026-02-28"),
    };
    let request = pb::RegisterRemedyRequest {
        remedy: Some(pb::Remedy {
            record: record.to_owned(),
            document_no: no.to_owned(),
            ..pb::Remedy::default()
        }),
        request_id: id.to_string(),
    };
    store.register_remedy(&act(&id, no), &key(&id), caller, &request, &new).await
}

pub(crate) async fn order(
    store: &Store,
    n: u32,
    remedy: &str,
    suspends: bool,
    on: &str,
) -> Result<pb::Remedy, Error> {
    let id = request(n);
    let order = Order {
        id: of(remedy),
        suspends,
        document_no: number("济政复停〔2026〕1号"),
        ordered_on: day(on),
        reason: "可能造成难以弥补的损失".to_owned(),
    };
    let request = pb::SuspendEnforcementRequest {
        name: remedy.to_owned(),
        ordered_on: on.to_owned(),
        request_id: id.to_string(),
        ..pb::SuspendEnforcementRequest::default()
    };
    store.order_enforcement(&act(&id, "济政复停〔2026〕1号"), &key(&id), &legal(), &request, &order).await
}

pub(crate) async fn end(
    store: &Store,
    n: u32,
    remedy: &str,
    (code, event, on): (&str, Event, &str),
    corrected: Option<pb::Record>,
) -> Result<pb::Remedy, Error> {
    end_by(store, n, remedy, (code, event, on), corrected, &legal()).await
}

/// The same in the name of another.
async fn end_by(
    store: &Store,
    n: u32,
    remedy: &str,
    (code, event, on): (&str, Event, &str),
    corrected: Option<pb::Record>,
    caller: &Caller,
) -> Result<pb::Remedy, Error> {
    let id = request(n);
    let act = act(&id, "济政复决〔2026〕1号");
    let judge = Judge { book: &Rulebook::builtin(), today: act.today };
    let outcome = Outcome {
        id: of(remedy),
        code: code.to_owned(),
        event,
        document_no: number("济政复决〔2026〕1号"),
        decided_on: day(on),
        summary: "主要事实不清".to_owned(),
        corrected: corrected.map(|record| read_record(&judge, record).unwrap()),
    };
    let request = pb::RecordRemedyOutcomeRequest {
        name: remedy.to_owned(),
        request_id: id.to_string(),
        ..pb::RecordRemedyOutcomeRequest::default()
    };
    store.enter_outcome(&act, &key(&id), caller, &request, &outcome).await
}

async fn record(store: &Store, name: &str) -> pb::Record {
    store.record(&id_of(name), &officer("CREDIT", "370100"), crate::store::fixture::today()).await.unwrap()
}

async fn kinds(store: &Store) -> Vec<String> {
    let remedies = |kind: &String| kind != "collection.remedy.changed";
    events(store).await.into_iter().map(|(kind, _)| kind).skip(1).filter(remedies).collect()
}

/// First day, last day and day of fulfilment of every duty to put a record right.
async fn put_right(store: &Store) -> Vec<(String, String, String)> {
    const SQL: &str = "
        SELECT start_on, due_on, COALESCE(done_on, '') FROM obligation WHERE kind = 'revoked_basis.correct' ORDER BY id";
    on!(store.db(), |pool| sqlx::query_as(SQL).fetch_all(pool).await).unwrap()
}

const FIRST: (&str, &str) = ("Reconsideration", "济政复〔2026〕1号");
const SECOND: (&str, &str) = ("Litigation", "（2026）鲁01行初1号");

async fn a_remedy_alone_suspends_nothing(store: Store) {
    let name = with_penalty(&store).await;
    let remedy = register(&store, 2, &name, FIRST).await.unwrap();
    assert_eq!((remedy.state.as_str(), remedy.revision), ("Pending", 1));
    let stored = record(&store, &name).await;
    assert_eq!((stored.suspended_by.as_str(), stored.state.as_str()), ("", "Attached"));
    assert_eq!(kinds(&store).await, [""; 0]);
    let last = events(&store).await.pop().unwrap();
    assert_eq!(last, ("collection.remedy.changed".to_owned(), format!("enterprises/{EQUIPMENT}")));
    assert_eq!(register(&store, 2, &name, FIRST).await.unwrap(), remedy);
    let again = register(&store, 3, &name, FIRST).await;
    assert!(matches!(again, Err(Error::RemedyExists(_))), "{again:?}");
}

async fn an_order_suspends_the_record_until_another_ends_it(store: Store) {
    let name = with_penalty(&store).await;
    let remedy = register(&store, 2, &name, FIRST).await.unwrap().name;
    let suspended = order(&store, 3, &remedy, true, "2026-03-01").await.unwrap();
    assert_eq!((suspended.state.as_str(), suspended.orders.len()), ("Suspended", 1));
    assert_eq!(record(&store, &name).await.suspended_by, remedy);
    let told = last_told(&store).await;
    assert_eq!(
        (told.record.unwrap().suspended_by, told.reason.as_str()),
        (remedy.clone(), "可能造成难以弥补的损失")
    );
    let twice = order(&store, 4, &remedy, true, "2026-03-01").await;
    assert!(
        matches!(twice, Err(Error::Common(service::Error::Refused(Refused::Transition { .. })))),
        "{twice:?}"
    );
    let resumed = order(&store, 5, &remedy, false, "2026-03-02").await.unwrap();
    assert_eq!((resumed.state.as_str(), resumed.orders.len()), ("Pending", 2));
    assert_eq!(last_told(&store).await.record, Some(record(&store, &name).await));
    assert_eq!(record(&store, &name).await.suspended_by, "");
    assert_eq!(kinds(&store).await, ["collection.record.suspended", "collection.record.resumed"]);
}

async fn of_two_remedies_that_suspend_the_last_to_end_lets_it_count_again(store: Store) {
    let name = with_penalty(&store).await;
    let first = register(&store, 2, &name, FIRST).await.unwrap().name;
    let second = register(&store, 3, &name, SECOND).await.unwrap().name;
    order(&store, 4, &first, true, "2026-03-01").await.unwrap();
    order(&store, 5, &second, true, "2026-03-01").await.unwrap();
    end(&store, 6, &first, ("Upheld", Event::Uphold, "2026-03-02"), None).await.unwrap();
    assert_eq!(record(&store, &name).await.suspended_by, second);
    end(&store, 7, &second, ("Discontinued", Event::Discontinue, "2026-03-02"), None).await.unwrap();
    assert_eq!(record(&store, &name).await.suspended_by, "");
    assert_eq!(kinds(&store).await, ["collection.record.suspended", "collection.record.resumed"]);
    assert_eq!(put_right(&store).await, []);
}

async fn an_upheld_decision_counts_as_before(store: Store) {
    let name = with_penalty(&store).await;
    let remedy = register(&store, 2, &name, FIRST).await.unwrap().name;
    let before = record(&store, &name).await;
    let upheld = end(&store, 3, &remedy, ("Upheld", Event::Uphold, "2026-03-02"), None).await.unwrap();
    assert_eq!(
        (upheld.state.as_str(), upheld.outcome.unwrap().document_no.as_str()),
        ("Upheld", "济政复决〔2026〕1号")
    );
    let after = record(&store, &name).await;
    assert_eq!(pb::Record { revision: before.revision, ..after }, before);
    assert_eq!(kinds(&store).await, [""; 0]);
    let again = end(&store, 4, &remedy, ("Annulled", Event::Annul, "2026-03-02"), None).await;
    assert!(
        matches!(again, Err(Error::Common(service::Error::Refused(Refused::Transition { .. })))),
        "{again:?}"
    );
}

/// 2026-02-28 is a Saturday on which everybody works.
async fn an_annulled_decision_withdraws_its_record_and_shows_whether_that_came_in_time(store: Store) {
    let name = with_penalty(&store).await;
    let remedy = register(&store, 2, &name, FIRST).await.unwrap().name;
    order(&store, 3, &remedy, true, "2026-02-28").await.unwrap();
    let annulled = end(&store, 4, &remedy, ("Annulled", Event::Annul, "2026-02-28"), None).await.unwrap();
    assert_eq!(annulled.state, "Annulled");
    let stored = record(&store, &name).await;
    assert_eq!((stored.state.as_str(), stored.suspended_by.as_str()), ("Withdrawn", ""));
    assert_eq!(kinds(&store).await, ["collection.record.suspended", "collection.record.withdrawn"]);
    assert_eq!((last_told(&store).await.reason.as_str(), duties(&store).await), ("主要事实不清", vec![]));
    let expected = [("2026-02-28", "2026-03-04", "2026-03-02")];
    assert_eq!(put_right(&store).await, expected.map(|(a, b, c)| (a.to_owned(), b.to_owned(), c.to_owned())));
}

async fn the_record_of_an_annulled_decision_is_due_within_three_working_days(store: Store) {
    let name = with_penalty(&store).await;
    import(&store, 2, vec![penalty("罚2", EQUIPMENT, "2026-02-13")]).await.unwrap();
    let other = last_told(&store).await.record.unwrap().name;
    for (n, record, code) in [(3, &name, "Illegal"), (6, &other, "Void")] {
        let remedy = register(&store, n, record, FIRST).await.unwrap().name;
        let outcome = (code, Event::Annul, if code == "Void" { "2026-03-02" } else { "2026-02-28" });
        end(&store, n + 1, &remedy, outcome, None).await.unwrap();
        assert_eq!(self::record(&store, record).await.state, "Withdrawn");
    }
    let due: Vec<_> = put_right(&store).await.into_iter().map(|(start, due, _)| (start, due)).collect();
    let expected = [("2026-02-28", "2026-03-04"), ("2026-03-02", "2026-03-05")];
    assert_eq!(due, expected.map(|(start, due)| (start.to_owned(), due.to_owned())));
}

async fn an_outcome_from_before_the_rule_about_its_time_is_entered_and_had_no_time_to_be_in(store: Store) {
    crate::store::fixture::register(&store, EQUIPMENT, "370114").await;
    import(&store, 1, vec![penalty("罚1", EQUIPMENT, "2018-06-01")]).await.unwrap();
    let name = last_told(&store).await.record.unwrap().name;
    let id = request(2);
    let new = NewRemedy {
        record: id_of(&name),
        kind: "Litigation".to_owned(),
        body: LegalName::parse("济南市中级人民法院").unwrap(),
        document_no: number("（2018）鲁01行初1号"),
        accepted_on: day("2018-07-02"),
    };
    let sent =
        pb::RegisterRemedyRequest { request_id: id.to_string(), ..pb::RegisterRemedyRequest::default() };
    let remedy = store.register_remedy(&act(&id, "1"), &key(&id), &legal(), &sent, &new).await.unwrap().name;
    end(&store, 3, &remedy, ("Annulled", Event::Annul, "2018-12-03"), None).await.unwrap();
    assert_eq!(record(&store, &name).await.state, "Withdrawn");
    assert_eq!(duties(&store).await, []);
}

async fn a_changed_decision_corrects_its_record_and_ends_the_suspension(store: Store) {
    let name = with_penalty(&store).await;
    let remedy = register(&store, 2, &name, SECOND).await.unwrap().name;
    order(&store, 3, &remedy, true, "2026-03-01").await.unwrap();
    let outcome = ("Changed", Event::Change, "2026-03-02");
    let without = end(&store, 4, &remedy, outcome, None).await.unwrap_err();
    assert!(matches!(&without, Error::Common(service::Error::Invalid(_))), "{without:?}");
    end(&store, 5, &remedy, outcome, Some(fined(30_000))).await.unwrap();
    let corrected = record(&store, &name).await;
    assert_eq!((&corrected.content, corrected.suspended_by.as_str()), (&fined(30_000).content, ""));
    let told = ["suspended", "corrected", "resumed"].map(|what| format!("collection.record.{what}"));
    assert_eq!(kinds(&store).await, told, "a record counts again by the event that says so");
    assert_eq!(last_told(&store).await.record, Some(corrected));
    assert_eq!(put_right(&store).await.len(), 1);
    let filter = collection::store::VersionFilter { id: id_of(&name), size: 50, token: String::new() };
    let past = store.record_versions(&filter, &legal()).await.unwrap().versions.remove(1);
    assert_eq!((past.cause.as_str(), past.legal_basis.as_str()), (remedy.as_str(), "济政复决〔2026〕1号"));
}

async fn a_changed_decision_whose_record_was_corrected_before_is_entered_and_ends_the_suspension(
    store: Store,
) {
    let name = with_penalty(&store).await;
    let remedy = register(&store, 2, &name, SECOND).await.unwrap().name;
    order(&store, 3, &remedy, true, "2026-03-01").await.unwrap();
    let revision = record(&store, &name).await.revision;
    let enforcer = officer("ENFORCEMENT", "370100");
    super::correct::correct(&store, 4, (&name, revision), fined(30_000), &enforcer).await.unwrap();
    let changed = ("Changed", Event::Change, "2026-03-02");
    assert_eq!(end(&store, 5, &remedy, changed, Some(fined(30_000))).await.unwrap().state, "Changed");
    let stands = record(&store, &name).await;
    assert_eq!((&stands.content, stands.suspended_by.as_str()), (&fined(30_000).content, ""));
    let told = ["suspended", "corrected", "resumed"].map(|what| format!("collection.record.{what}"));
    assert_eq!(kinds(&store).await, told);
    assert_eq!(put_right(&store).await.len(), 1);
}

async fn an_outcome_puts_the_record_into_no_division_of_others(store: Store) {
    let name = with_penalty(&store).await;
    let remedy = register(&store, 2, &name, FIRST).await.unwrap().name;
    let outcome = ("Changed", Event::Change, "2026-03-02");
    let away = pb::Record { division: "370102".to_owned(), ..fined(30_000) };
    let district = officer("LEGAL", "370114");
    let refused = end_by(&store, 3, &remedy, outcome, Some(away), &district).await;
    assert!(matches!(refused, Err(Error::Common(service::Error::Denied(_)))), "{refused:?}");
    let here = pb::Record { division: "370114".to_owned(), ..fined(30_000) };
    end_by(&store, 4, &remedy, outcome, Some(here), &district).await.unwrap();
    assert_eq!(record(&store, &name).await.content, fined(30_000).content);
}

async fn a_remedy_goes_on_after_its_record_was_withdrawn_and_lets_it_count_no_more(store: Store) {
    let name = with_penalty(&store).await;
    let first = register(&store, 2, &name, FIRST).await.unwrap().name;
    order(&store, 3, &first, true, "2026-03-01").await.unwrap();
    withdraw(&store, 4, &name, &officer("ENFORCEMENT", "370100")).await.unwrap();
    end(&store, 5, &first, ("Upheld", Event::Uphold, "2026-03-02"), None).await.unwrap();
    assert_eq!(record(&store, &name).await.state, "Withdrawn");
    assert_eq!(kinds(&store).await, ["collection.record.suspended", "collection.record.withdrawn"]);
    let second = register(&store, 6, &name, SECOND).await.unwrap().name;
    end(&store, 7, &second, ("Annulled", Event::Annul, "2026-03-02"), None).await.unwrap();
    assert_eq!(kinds(&store).await.len(), 2);
}

async fn an_open_objection_lapses_when_a_court_changes_the_decision(store: Store) {
    let name = with_penalty(&store).await;
    let objection =
        super::objections::lodge(&store, 2, &name, "2026-03-02", &officer("CREDIT", "370100")).await.unwrap();
    let remedy = register(&store, 3, &name, SECOND).await.unwrap().name;
    end(&store, 4, &remedy, ("Changed", Event::Change, "2026-03-02"), Some(fined(30_000))).await.unwrap();
    let id = NaturalId::from_name(&objection.name, "objections").unwrap();
    assert_eq!(store.objection(&id, &legal()).await.unwrap().state, "Lapsed");
    assert_eq!(record(&store, &name).await.open_objection, "");
}

async fn days_before_what_they_follow_and_entries_of_lists_are_refused(store: Store) {
    let name = with_penalty(&store).await;
    import(&store, 2, vec![penalty("罚2", EQUIPMENT, "2026-03-01")]).await.unwrap();
    let later = last_told(&store).await.record.unwrap().name;
    let path = |error: Error| match error {
        Error::Common(service::Error::Invalid(fields)) => fields.iter().next().unwrap().path.clone(),
        other => format!("{other:?}"),
    };
    assert_eq!(path(register(&store, 3, &later, FIRST).await.unwrap_err()), "remedy.accepted_on");
    let remedy = register(&store, 4, &name, FIRST).await.unwrap().name;
    assert_eq!(path(order(&store, 5, &remedy, true, "2026-02-27").await.unwrap_err()), "ordered_on");
    let early = end(&store, 6, &remedy, ("Upheld", Event::Uphold, "2026-02-27"), None).await.unwrap_err();
    assert_eq!(path(early), "outcome.decided_on");

    let entry = super::derived::listed(&store).await;
    let refused = register(&store, 7, &entry, FIRST).await;
    assert!(matches!(refused, Err(Error::ListedElsewhere { .. })), "{refused:?}");
    let corrected =
        super::correct::correct(&store, 8, (&entry, 1), fined(1), &officer("DISTRICT", "370100")).await;
    assert!(matches!(corrected, Err(Error::DerivedRecord { .. })), "{corrected:?}");
}

async fn remedies_are_listed_within_field_and_division(store: Store) {
    let name = with_penalty(&store).await;
    let first = register(&store, 2, &name, FIRST).await.unwrap().name;
    let second = register(&store, 3, &name, SECOND).await.unwrap().name;
    let filter = |token: &str| AboutFilter {
        record: Some(id_of(&name)),
        uscc: domain::Uscc::parse(EQUIPMENT).ok(),
        state: "Pending".to_owned(),
        size: 1,
        token: token.to_owned(),
    };
    let page = store.list_remedies(&filter(""), &legal()).await.unwrap();
    let next = store.list_remedies(&filter(&page.next_page_token), &legal()).await.unwrap();
    let mut found = [page.remedies[0].name.clone(), next.remedies[0].name.clone()];
    found.sort();
    let mut expected = [first.clone(), second];
    expected.sort();
    assert_eq!((found, next.next_page_token.as_str()), (expected, ""));
    let elsewhere = store.list_remedies(&filter(""), &officer("FOOD_PROD", "370100")).await.unwrap();
    assert_eq!(elsewhere.remedies, []);
    let unseen = store.remedy(&of(&first), &officer("DISTRICT", "370102")).await;
    assert!(matches!(unseen, Err(Error::Common(service::Error::Denied(_)))), "{unseen:?}");
    let unknown = store.remedy(&of(&format!("remedies/{}", "0".repeat(32))), &legal()).await;
    assert!(matches!(unknown, Err(Error::RemedyNotFound(_))), "{unknown:?}");
}

db::conformance! {
    open = open;
    cases = [
        a_remedy_alone_suspends_nothing,
        an_order_suspends_the_record_until_another_ends_it,
        of_two_remedies_that_suspend_the_last_to_end_lets_it_count_again,
        an_upheld_decision_counts_as_before,
        an_annulled_decision_withdraws_its_record_and_shows_whether_that_came_in_time,
        the_record_of_an_annulled_decision_is_due_within_three_working_days,
        an_outcome_from_before_the_rule_about_its_time_is_entered_and_had_no_time_to_be_in,
        a_changed_decision_corrects_its_record_and_ends_the_suspension,
        a_changed_decision_whose_record_was_corrected_before_is_entered_and_ends_the_suspension,
        an_outcome_puts_the_record_into_no_division_of_others,
        a_remedy_goes_on_after_its_record_was_withdrawn_and_lets_it_count_no_more,
        an_open_objection_lapses_when_a_court_changes_the_decision,
        days_before_what_they_follow_and_entries_of_lists_are_refused,
        remedies_are_listed_within_field_and_division,
    ]
}
