//! The work list of an office: every duty that collection opens, at whom, by when, until what; and who is late.

use collection::machines::remedy::Event;
use collection::store::Store;
use contract::collection::v1 as pb;
use contract::common::v1::work_server::Work;
use contract::common::v1::{CountTimelinessRequest, ListWorkRequest, Timeliness};
use rulebook::Rulebook;
use service::Clock;
use service::auth::Caller;
use service::obligation::WorkService;
use tonic::Request;

use super::fixture::*;
use super::matching::{decide, propose, register_named, request_undo};
use super::publish_house::*;
use super::{correct, objections, remedies, ticket_care};

const FINE: &[&str] = &["3"];

/// A duty as its office reads it: kind, subject, office, last day.
type Due = (String, String, String, String);

fn due(kind: &str, subject: &str, office: &str, due_on: &str) -> Due {
    (kind.to_owned(), subject.to_owned(), office.to_owned(), due_on.to_owned())
}

fn work(store: &Store, on: &str) -> WorkService {
    WorkService::new(store.db().clone(), Rulebook::builtin(), Clock::Fixed(noon(on)))
}

async fn listed(store: &Store, caller: &Caller, on: &str, only_overdue: bool) -> Vec<Due> {
    let mut request = Request::new(ListWorkRequest { only_overdue, ..ListWorkRequest::default() });
    request.extensions_mut().insert(caller.clone());
    let answer = work(store, on).list_work(request).await.unwrap().into_inner();
    let one = |duty: contract::common::v1::Duty| (duty.kind, duty.subject, duty.office, duty.due_on);
    answer.duties.into_iter().map(one).collect()
}

/// What an office of the whole city sees on 2026-03-02.
async fn of_office(store: &Store, office: &str) -> Vec<Due> {
    listed(store, &officer(office, "370100"), "2026-03-02", false).await
}

/// Duties that were due from 2026-02-01 to 2026-06-30, by office and kind, as CREDIT counts them on a day.
async fn timeliness(store: &Store, on: &str) -> Vec<Timeliness> {
    let request = CountTimelinessRequest {
        due_from: "2026-02-01".to_owned(),
        due_to: "2026-06-30".to_owned(),
        ..CountTimelinessRequest::default()
    };
    let mut request = Request::new(request);
    request.extensions_mut().insert(officer("CREDIT", "370100"));
    work(store, on).count_timeliness(request).await.unwrap().into_inner().rows
}

async fn both_publications_of_a_penalty_are_due_at_enforcement_until_their_chain_shows_it(store: Store) {
    let name = taken(&store, whole_penalty("罚1", "2026-02-27", FINE)).await;
    let double = due("double_publicity.publish", &name, "ENFORCEMENT", "2026-03-09");
    let order_45 = due("penalty.publish.same_province", &name, "ENFORCEMENT", "2026-03-26");
    assert_eq!(of_office(&store, "ENFORCEMENT").await, [double.clone(), order_45.clone()]);
    // CREDIT sees the work of all; other offices, and districts in which the party is not, see none of it.
    assert_eq!(of_office(&store, "CREDIT").await.len(), 2);
    assert_eq!(of_office(&store, "LEGAL").await, []);
    let elsewhere = officer("ENFORCEMENT", "370116");
    assert_eq!(listed(&store, &elsewhere, "2026-03-02", false).await, []);
    // The last day is still in time.
    let enforcement = officer("ENFORCEMENT", "370100");
    assert_eq!(listed(&store, &enforcement, "2026-03-09", true).await, []);
    assert_eq!(listed(&store, &enforcement, "2026-03-10", true).await, [double]);
    submit(&store, "2026-03-10").await;
    let receivers = Receivers::new();
    receivers.carry(&store, "credit-china", "2026-03-10").await;
    assert_eq!(of_office(&store, "ENFORCEMENT").await, [order_45]);
    receivers.carry(&store, "publicity", "2026-03-11").await;
    assert_eq!(of_office(&store, "ENFORCEMENT").await, []);
}

async fn an_inspection_is_due_at_the_owner_of_its_field_until_it_is_shown(store: Store) {
    register(&store, EQUIPMENT, "370114").await;
    import(&store, 1, vec![inspection("检1", EQUIPMENT, "2026-02-27")]).await.unwrap();
    let name = last_told(&store).await.record.unwrap().name;
    let expected = [due("inspection.result.publish", &name, "SE_SUPERV", "2026-03-26")];
    assert_eq!(of_office(&store, "SE_SUPERV").await, expected);
    submit(&store, "2026-03-02").await;
    Receivers::new().carry(&store, "publicity", "2026-03-02").await;
    assert_eq!(of_office(&store, "SE_SUPERV").await, []);
}

async fn a_withdrawal_is_due_in_three_working_days_until_everybody_stopped(store: Store) {
    let (name, receivers) = published(&store, whole_penalty("罚1", "2026-02-27", FINE), "2026-03-02").await;
    withdraw(&store, 2, &name).await;
    let expected = [due("penalty.withdraw", &name, "ENFORCEMENT", "2026-03-05")];
    assert_eq!(of_office(&store, "ENFORCEMENT").await, expected);
    receivers.carry_all(&store, "2026-03-03").await;
    assert_eq!(of_office(&store, "ENFORCEMENT").await, []);
}

async fn the_party_of_a_record_is_searched_for_by_its_provider_until_it_is_found(store: Store) {
    register_named(&store, FOOD, "济南泉福食品有限公司").await;
    let named = pb::Record {
        party_name: "泉福食品".to_owned(),
        // An archived inspection: nothing else is due for it.
        ..inspection("检1", "", "2019-01-02")
    };
    import(&store, 1, vec![named]).await.unwrap();
    let name = last_told(&store).await.record.unwrap().name;
    let search = [due("collection.match", &name, "FOOD_PROD", "2026-03-09")];
    assert_eq!(of_office(&store, "FOOD_PROD").await, search);
    let found = propose(&store, 2, "li", &name, FOOD).await.unwrap().name;
    decide(&store, 3, "wang", &found, true).await.unwrap();
    assert_eq!(of_office(&store, "FOOD_PROD").await, []);
    request_undo(&store, 4, "wang", &found).await.unwrap();
    let decision = [due("collection.match.undo", &found, "FOOD_PROD", "2026-03-05")];
    assert_eq!(of_office(&store, "FOOD_PROD").await, decision);
    decide(&store, 5, "li", &found, true).await.unwrap();
    assert_eq!(of_office(&store, "FOOD_PROD").await, search);
}

async fn an_objection_is_due_at_the_provider_until_it_is_answered(store: Store) {
    let record = correct::with_penalty(&store).await;
    let answers = async |store: &Store| {
        let mut duties = of_office(store, "ENFORCEMENT").await;
        duties.retain(|(kind, ..)| kind.starts_with("objection."));
        duties
    };
    let credit = officer("CREDIT", "370100");
    let objection = objections::lodge(&store, 2, &record, "2026-03-02", &credit).await.unwrap().name;
    let in_three = due("objection.answer", &objection, "ENFORCEMENT", "2026-03-05");
    assert_eq!(answers(&store).await, [in_three]);
    objections::extend(&store, 3, &objection, "2026-03-02").await.unwrap();
    let in_seven = due("objection.answer.needs_others", &objection, "ENFORCEMENT", "2026-03-11");
    assert_eq!(answers(&store).await, [in_seven]);
    objections::propose(&store, 4, &objection, None).await.unwrap();
    assert_eq!(answers(&store).await.len(), 1, "a proposal answers nothing");
    objections::decide(&store, 5, &objection, true, "wang").await.unwrap();
    assert_eq!(answers(&store).await, []);
}

async fn what_is_due_goes_where_the_enterprise_lies(store: Store) {
    let (first, second, third) = ("370102", "370114", "370116");
    let of =
        async |division: &str| listed(&store, &officer("ENFORCEMENT", division), "2026-03-02", false).await;
    let delivered = pb::Record { division: first.to_owned(), ..whole_penalty("罚1", "2026-02-27", FINE) };
    import(&store, 1, vec![delivered]).await.unwrap();
    let record = last_told(&store).await.record.unwrap().name;
    let mut waiting = of(first).await;
    waiting.retain(|(kind, ..)| kind != "collection.match");
    assert!(!waiting.is_empty());
    assert_eq!(register(&store, EQUIPMENT, second).await, 1);
    assert_eq!((of(first).await, of(second).await), (vec![], waiting.clone()), "it lies there");
    let credit = officer("CREDIT", "370100");
    let objection = objections::lodge(&store, 2, &record, "2026-03-02", &credit).await.unwrap().name;
    let answer = due("objection.answer", &objection, "ENFORCEMENT", "2026-03-05");
    assert!(of(second).await.contains(&answer));
    let all = of(second).await;
    register(&store, EQUIPMENT, third).await;
    assert_eq!((of(second).await, of(third).await), (vec![], all), "it has moved");
}

/// What an office of a district sees of tickets of food on 2026-03-02.
async fn tickets_in(store: &Store, division: &str) -> Vec<Due> {
    listed(store, &officer("FOOD_PROD", division), "2026-03-02", false).await
}

async fn what_is_due_of_a_ticket_that_names_no_place_is_due_where_its_party_lies(store: Store) {
    let (first, second) = ("370102", "370116");
    import_tickets(&store, 1, vec![ticket_care::called("T1", "13812345678")]).await.unwrap();
    assert_eq!(tickets_in(&store, first).await, tickets_in(&store, second).await, "its party is not known");
    register(&store, FOOD, first).await;
    import_tickets(&store, 2, vec![ticket_care::called("T2", "13812345679")]).await.unwrap();
    let due = tickets_in(&store, first).await;
    let kinds: Vec<_> = due.iter().map(|(kind, ..)| kind.as_str()).collect();
    assert_eq!(kinds, ["complaint.accept"; 2]);
    assert_eq!(tickets_in(&store, second).await, []);
    register(&store, FOOD, second).await;
    assert_eq!((tickets_in(&store, first).await, tickets_in(&store, second).await), (vec![], due));
}

async fn what_is_due_of_a_ticket_that_names_a_place_stays_there(store: Store) {
    let place = "370105";
    let ticket = pb::Ticket { division: place.to_owned(), ..ticket_care::called("T1", "13812345678") };
    register(&store, FOOD, "370102").await;
    import_tickets(&store, 1, vec![ticket]).await.unwrap();
    let due = tickets_in(&store, place).await;
    assert_eq!(due.len(), 1);
    register(&store, FOOD, "370116").await;
    assert_eq!((tickets_in(&store, place).await, tickets_in(&store, "370116").await), (due, vec![]));
}

async fn a_ticket_that_is_matched_is_due_where_its_party_lies_until_that_is_undone(store: Store) {
    let (there, elsewhere) = ("370102", "370116");
    register_named(&store, FOOD, "济南泉福食品有限公司").await;
    let ticket = pb::Ticket {
        uscc: String::new(),
        target_name: "泉福食品".to_owned(),
        ..ticket_care::called("T1", "13812345678")
    };
    import_tickets(&store, 1, vec![ticket]).await.unwrap();
    let subject = format!("tickets/{}", ticket_care::id("T1"));
    let waiting = tickets_in(&store, elsewhere).await;
    assert!(!waiting.is_empty(), "whose it is nobody knows");
    let found = propose(&store, 2, "li", &subject, FOOD).await.unwrap().name;
    decide(&store, 3, "wang", &found, true).await.unwrap();
    assert_eq!(tickets_in(&store, elsewhere).await, []);
    assert!(!tickets_in(&store, there).await.is_empty());
    request_undo(&store, 4, "wang", &found).await.unwrap();
    decide(&store, 5, "li", &found, true).await.unwrap();
    assert_eq!(tickets_in(&store, elsewhere).await, tickets_in(&store, there).await);
    assert_eq!(tickets_in(&store, elsewhere).await.len(), waiting.len());
}

async fn putting_a_record_right_after_a_remedy_is_in_time_or_late_by_the_day_of_the_outcome(store: Store) {
    let record = correct::with_penalty(&store).await;
    let remedy =
        remedies::register(&store, 2, &record, ("Reconsideration", "济政复〔2026〕1号")).await.unwrap().name;
    // Entered on 2026-03-02: three working days from 2026-02-28, a Saturday on which everybody works, end on 2026-03-04.
    remedies::end(&store, 3, &remedy, ("Annulled", Event::Annul, "2026-02-28"), None).await.unwrap();
    assert_eq!(of_office(&store, "ENFORCEMENT").await, [], "what was annulled is neither published nor due");
    let counted = timeliness(&store, "2026-03-02").await;
    let right = counted.iter().find(|row| row.kind == "revoked_basis.correct").unwrap();
    assert_eq!((right.office.as_str(), right.in_time, right.late), ("ENFORCEMENT", 1, 0));
}

async fn tickets_are_due_at_who_handles_their_field_step_by_step(store: Store) {
    register(&store, FOOD, "370102").await;
    let tickets = vec![ticket_care::called("T1", "13812345678"), ticket_care::tip("T2", "13812345679")];
    import_tickets(&store, 1, tickets).await.unwrap();
    let name = |no: &str| format!("tickets/{}", ticket_care::id(no));
    let accept = due("complaint.accept", &name("T1"), "FOOD_PROD", "2026-03-09");
    let check = due("complaint.clue.check", &name("T2"), "FOOD_PROD", "2026-03-19");
    assert_eq!(of_office(&store, "FOOD_PROD").await, [accept, check.clone()]);
    ticket_care::handle(&store, 2, "T1", ticket_care::accepted_on("2026-03-02"), 1).await.unwrap();
    let mediate = due("complaint.mediation", &name("T1"), "FOOD_PROD", "2026-05-08");
    assert_eq!(of_office(&store, "FOOD_PROD").await, [check, mediate.clone()]);
    ticket_care::handle(&store, 3, "T2", ticket_care::filed_on("2026-03-02"), 1).await.unwrap();
    let tell = due("tip.named.tell", &name("T2"), "FOOD_PROD", "2026-03-09");
    assert_eq!(of_office(&store, "FOOD_PROD").await, [tell, mediate]);
    for (n, no) in [(4, "T1"), (5, "T2")] {
        let (mut progress, mut days) = match no {
            "T1" => ticket_care::accepted_on("2026-03-02"),
            _ => ticket_care::filed_on("2026-03-02"),
        };
        (progress.closed_on, days.closed) = ("2026-03-02".to_owned(), Some(day("2026-03-02")));
        (progress.told_on, days.told) = match no {
            "T1" => (String::new(), None),
            _ => ("2026-03-02".to_owned(), Some(day("2026-03-02"))),
        };
        ticket_care::handle(&store, n, no, (progress, days), 2).await.unwrap();
    }
    assert_eq!(of_office(&store, "FOOD_PROD").await, []);
}

async fn the_late_share_of_an_office_is_of_what_was_done_or_should_have_been(store: Store) {
    register(&store, EQUIPMENT, "370114").await;
    let rows = ["罚1", "罚2"].map(|no| whole_penalty(no, "2026-02-27", FINE));
    import(&store, 1, rows.into()).await.unwrap();
    let by_kind = async |on: &str| {
        let row = |row: Timeliness| {
            assert_eq!(row.office, "ENFORCEMENT");
            (row.kind, [row.in_time, row.late, row.overdue, row.open], row.late_share)
        };
        timeliness(&store, on).await.into_iter().map(row).collect::<Vec<_>>()
    };
    let is = |kind: &str, counts: [i64; 4], share: f64| (kind.to_owned(), counts, share);
    let (double, order_45) = ("double_publicity.publish", "penalty.publish.same_province");
    assert_eq!(by_kind("2026-03-09").await, [is(double, [0, 0, 0, 2], 0.0), is(order_45, [0, 0, 0, 2], 0.0)]);
    assert_eq!(by_kind("2026-03-10").await, [is(double, [0, 0, 2, 0], 1.0), is(order_45, [0, 0, 0, 2], 0.0)]);
    submit(&store, "2026-03-10").await;
    Receivers::new().carry_all(&store, "2026-03-10").await;
    assert_eq!(by_kind("2026-03-27").await, [is(double, [0, 2, 0, 0], 1.0), is(order_45, [2, 0, 0, 0], 0.0)]);
    let third = vec![whole_penalty("罚3", "2026-02-27", FINE)];
    import(&store, 2, third).await.unwrap();
    assert_eq!(
        by_kind("2026-03-27").await,
        [is(double, [0, 2, 1, 0], 1.0), is(order_45, [2, 0, 1, 0], 1.0 / 3.0)]
    );
}

db::conformance! {
    open = open;
    cases = [
        both_publications_of_a_penalty_are_due_at_enforcement_until_their_chain_shows_it,
        an_inspection_is_due_at_the_owner_of_its_field_until_it_is_shown,
        a_withdrawal_is_due_in_three_working_days_until_everybody_stopped,
        the_party_of_a_record_is_searched_for_by_its_provider_until_it_is_found,
        an_objection_is_due_at_the_provider_until_it_is_answered,
        what_is_due_goes_where_the_enterprise_lies,
        what_is_due_of_a_ticket_that_names_no_place_is_due_where_its_party_lies,
        what_is_due_of_a_ticket_that_names_a_place_stays_there,
        a_ticket_that_is_matched_is_due_where_its_party_lies_until_that_is_undone,
        putting_a_record_right_after_a_remedy_is_in_time_or_late_by_the_day_of_the_outcome,
        tickets_are_due_at_who_handles_their_field_step_by_step,
        the_late_share_of_an_office_is_of_what_was_done_or_should_have_been,
    ]
}
