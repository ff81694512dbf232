//! More time for the check of a tip, and telling the parties of an ended mediation: until when, by which rule, and decided by whom.

use std::path::Path;
use std::sync::Arc;

use collection::Error;
use collection::domain::handling::Days;
use collection::store::{Act, ExtensionDecision, ExtensionRequest, Handled, Store};
use contract::collection::v1 as pb;
use contract::common::v1::work_server::Work;
use contract::common::v1::{Duty, ListWorkRequest};
use rulebook::Rulebook;
use service::Clock;
use service::error::reason_of;
use service::obligation::WorkService;
use tonic::Request;

use super::fixture::*;
use super::publish_house::{day, noon};
use super::ticket_care::{called, filed_on, id, tip};

const PHONE: &str = "13812345678";

/// Takes, on the day of the fixture, a ticket that the hotline accepted on another.
async fn take(store: &Store, ticket: pb::Ticket, accepted_on: &str) {
    register(store, FOOD, "370102").await;
    let request = request(1);
    let act = Act::of(&officer("CREDIT", "370100"), &key(&request), "", now(), store.book());
    let ticket = pb::Ticket { accepted_on: accepted_on.to_owned(), ..ticket };
    store.import_tickets(&act, &key(&request), &ticket_batch(&request, vec![ticket])).await.unwrap();
}

/// The answer, or the reason of the refusal.
fn told(answer: Result<pb::Ticket, Error>) -> Result<pb::Ticket, String> {
    answer.map_err(|error| reason_of(&error.into()).unwrap_or_default())
}

/// Asks for more time for the check of T1, on a day.
async fn ask(store: &Store, n: u32, who: &str, on: &str, revision: i64) -> Result<pb::Ticket, String> {
    let request_id = request(n);
    let asked = ExtensionRequest { id: id("T1"), reason: "需外地协查".to_owned(), revision };
    let sent =
        pb::RequestCheckExtensionRequest { reason: asked.reason.clone(), revision, ..Default::default() };
    let caller = person("FOOD_PROD", who);
    let act = Act::of(&caller, &key(&request_id), "", noon(on), store.book());
    told(store.request_check_extension(&act, &key(&request_id), &caller, &sent, &asked).await)
}

/// Decides about it.
async fn decide(
    store: &Store,
    n: u32,
    (who, granted): (&str, bool),
    on: &str,
    revision: i64,
) -> Result<pb::Ticket, String> {
    let request_id = request(n);
    let decided = ExtensionDecision { id: id("T1"), granted, remark: "情况特殊".to_owned(), revision };
    let sent = pb::DecideCheckExtensionRequest { granted, revision, ..Default::default() };
    let caller = person("FOOD_PROD", who);
    let act = Act::of(&caller, &key(&request_id), "", noon(on), store.book());
    told(store.decide_check_extension(&act, &key(&request_id), &caller, &sent, &decided).await)
}

/// Records what became of T1, on a day.
async fn handle(
    store: &Store,
    n: u32,
    (progress, days): (pb::TicketProgress, Days),
    on: &str,
    revision: i64,
) -> pb::Ticket {
    let request_id = request(n);
    let sent = pb::UpdateTicketRequest { progress: Some(progress.clone()), revision, ..Default::default() };
    let handled = Handled { id: id("T1"), progress, days, revision };
    let caller = officer("FOOD_PROD", "370100");
    let act = Act::of(&caller, &key(&request_id), "", noon(on), store.book());
    store.update_ticket(&act, &key(&request_id), &caller, &sent, &handled).await.unwrap()
}

/// An accepted complaint whose mediation was ended, and the parties perhaps told.
fn ended(accepted: &str, ended: &str, told: Option<&str>) -> (pb::TicketProgress, Days) {
    let progress = pb::TicketProgress {
        acceptance_on: accepted.to_owned(),
        accepted: Some(true),
        mediation_ended_on: ended.to_owned(),
        parties_told_on: told.unwrap_or_default().to_owned(),
        ..pb::TicketProgress::default()
    };
    let days = Days {
        acceptance: Some(day(accepted)),
        mediation_ended: Some(day(ended)),
        parties_told: told.map(day),
        ..Days::default()
    };
    (progress, days)
}

fn nothing() -> (pb::TicketProgress, Days) {
    (pb::TicketProgress::default(), Days::default())
}

/// The work list of FOOD_PROD on a day.
async fn work(store: &Store, on: &str, only_overdue: bool) -> Vec<Duty> {
    let work = WorkService::new(store.db().clone(), Rulebook::builtin(), Clock::Fixed(noon(on)));
    let mut request = Request::new(ListWorkRequest { only_overdue, ..ListWorkRequest::default() });
    request.extensions_mut().insert(officer("FOOD_PROD", "370100"));
    work.list_work(request).await.unwrap().into_inner().duties
}

/// The one duty of that list: kind, last day, and the last day before it was extended.
async fn only_duty(store: &Store, on: &str) -> (String, String, String) {
    let [duty] = work(store, on, false).await.try_into().unwrap();
    (duty.kind, duty.due_on, duty.extended_from)
}

fn duty(kind: &str, due_on: &str, extended_from: &str) -> (String, String, String) {
    (kind.to_owned(), due_on.to_owned(), extended_from.to_owned())
}

/// How many duties are overdue on a day.
async fn overdue(store: &Store, on: &str) -> usize {
    work(store, on, true).await.len()
}

async fn a_check_that_is_extended_on_its_last_day_is_overdue_only_after_the_second_one(store: Store) {
    take(&store, tip("T1", PHONE), "2026-02-27").await;
    assert_eq!(only_duty(&store, "2026-03-19").await, duty("complaint.clue.check", "2026-03-19", ""));
    assert_eq!((overdue(&store, "2026-03-19").await, overdue(&store, "2026-03-20").await), (0, 1));
    let asked = ask(&store, 2, "li", "2026-03-19", 1).await.unwrap();
    assert_eq!(overdue(&store, "2026-03-20").await, 1, "who asks has no more time yet");
    let granted = decide(&store, 3, ("wang", true), "2026-03-19", asked.revision).await.unwrap();
    let extension = granted.check_extension.clone().unwrap();
    assert_eq!((extension.state.as_str(), extension.reason.as_str()), ("Granted", "需外地协查"));
    assert_eq!((extension.requester.as_str(), extension.decider.as_str()), ("li", "wang"));
    // Fifteen working days from 2026-03-19, of which 2026-04-06 is none.
    assert_eq!(
        (extension.extended_from.as_str(), extension.extended_to.as_str()),
        ("2026-03-19", "2026-04-10")
    );
    let extended = duty("complaint.clue.check", "2026-04-10", "2026-03-19");
    assert_eq!(only_duty(&store, "2026-03-20").await, extended);
    assert_eq!((overdue(&store, "2026-04-10").await, overdue(&store, "2026-04-11").await), (0, 1));
    let read = store.ticket(&id("T1"), &officer("CREDIT", "370100"), today()).await.unwrap();
    assert_eq!(read, granted);
    let kinds: Vec<_> = events(&store).await.into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(
        kinds,
        ["collection.ticket.accepted", "collection.ticket.changed", "collection.ticket.changed"]
    );
}

async fn on_the_day_after_the_last_nothing_is_asked_for_or_granted_any_more(store: Store) {
    take(&store, tip("T1", PHONE), "2026-02-27").await;
    assert_eq!(ask(&store, 2, "li", "2026-03-20", 1).await.unwrap_err(), "CHECK_OVER");
    let asked = ask(&store, 3, "li", "2026-03-19", 1).await.unwrap();
    let late = decide(&store, 4, ("wang", true), "2026-03-20", asked.revision).await;
    assert_eq!(late.unwrap_err(), "CHECK_OVER");
    let refused = decide(&store, 5, ("wang", false), "2026-03-20", asked.revision).await.unwrap();
    assert_eq!(refused.check_extension.unwrap().state, "Refused");
    assert_eq!(only_duty(&store, "2026-03-20").await, duty("complaint.clue.check", "2026-03-19", ""));
}

async fn a_second_officer_decides_and_a_check_is_extended_once(store: Store) {
    take(&store, tip("T1", PHONE), "2026-02-27").await;
    let early = decide(&store, 2, ("wang", true), "2026-03-02", 1).await;
    assert_eq!(early.unwrap_err(), "TRANSITION_NOT_ALLOWED", "nobody asked");
    let asked = ask(&store, 3, "li", "2026-03-02", 1).await.unwrap();
    assert_eq!(ask(&store, 3, "li", "2026-03-02", 1).await.unwrap(), asked, "sent again");
    let own = decide(&store, 4, ("li", true), "2026-03-02", 2).await;
    assert_eq!(own.unwrap_err(), "FOUR_EYES");
    assert_eq!(decide(&store, 5, ("wang", true), "2026-03-02", 1).await.unwrap_err(), "TICKET_CHANGED");
    decide(&store, 6, ("wang", false), "2026-03-02", 2).await.unwrap();
    ask(&store, 7, "li", "2026-03-03", 3).await.unwrap();
    let granted = decide(&store, 8, ("wang", true), "2026-03-03", 4).await.unwrap();
    assert_eq!(decide(&store, 8, ("wang", true), "2026-03-03", 4).await.unwrap(), granted, "sent again");
    assert_eq!(ask(&store, 9, "li", "2026-03-20", 5).await.unwrap_err(), "TRANSITION_NOT_ALLOWED");
    let extended = duty("complaint.clue.check", "2026-04-10", "2026-03-19");
    assert_eq!(only_duty(&store, "2026-03-20").await, extended);
}

async fn only_a_check_that_runs_is_extended(store: Store) {
    take(&store, called("T1", PHONE), "2026-02-27").await;
    assert_eq!(ask(&store, 2, "li", "2026-03-02", 1).await.unwrap_err(), "CHECK_NOT_RUNNING");
}

async fn a_check_that_ended_is_not_extended_and_one_that_begins_again_keeps_its_time(store: Store) {
    take(&store, tip("T1", PHONE), "2026-02-27").await;
    ask(&store, 2, "li", "2026-03-02", 1).await.unwrap();
    handle(&store, 3, filed_on("2026-03-03"), "2026-03-03", 2).await;
    assert_eq!(decide(&store, 4, ("wang", true), "2026-03-03", 3).await.unwrap_err(), "CHECK_NOT_RUNNING");
    // The day of filing was a mistake.
    handle(&store, 5, nothing(), "2026-03-04", 3).await;
    decide(&store, 6, ("wang", true), "2026-03-04", 4).await.unwrap();
    let extended = duty("complaint.clue.check", "2026-04-10", "2026-03-19");
    handle(&store, 7, filed_on("2026-03-05"), "2026-03-05", 5).await;
    handle(&store, 8, nothing(), "2026-03-06", 6).await;
    let mut open = work(&store, "2026-03-06", false).await;
    open.retain(|duty| duty.kind == "complaint.clue.check");
    let [again] = open.try_into().unwrap();
    assert_eq!((again.kind, again.due_on, again.extended_from), extended);
}

async fn a_check_is_extended_by_the_rule_of_its_last_day(store: Store) {
    take(&store, tip("T1", PHONE), "2026-02-27").await;
    let later = with_book(&store, extension_from("2026-03-20"));
    ask(&later, 2, "li", "2026-03-19", 1).await.unwrap();
    let refused = decide(&later, 3, ("wang", true), "2026-03-19", 2).await;
    assert_eq!(refused.unwrap_err(), "RULE_MISSING");
    let from_that_day = with_book(&store, extension_from("2026-03-19"));
    decide(&from_that_day, 4, ("wang", true), "2026-03-19", 2).await.unwrap();
    assert_eq!(only_duty(&store, "2026-03-20").await.1, "2026-04-10");
}

/// The built-in rulebook, had the extension been introduced on another day.
fn extension_from(first_day: &str) -> Arc<Rulebook> {
    let row = |from: &str| format!("complaint.clue.check.extension,15,working_day,{from}");
    let files = Rulebook::builtin().archive().into_iter().map(|(name, bytes)| {
        if Path::new(&name).file_name().is_some_and(|name| name == "parameters.csv") {
            let text = String::from_utf8(bytes).unwrap();
            assert!(text.contains(&row("2020-01-01")));
            (name, text.replace(&row("2020-01-01"), &row(first_day)).into_bytes())
        } else {
            (name, bytes)
        }
    });
    Arc::new(Rulebook::from_archive(files).unwrap())
}

async fn a_tip_from_before_the_rule_is_handled_without_a_check_that_could_be_extended(store: Store) {
    take(&store, tip("T1", PHONE), "2019-12-31").await;
    handle(&store, 2, nothing(), "2026-03-02", 1).await;
    assert_eq!(work(&store, "2026-03-02", false).await, []);
    assert_eq!(ask(&store, 3, "li", "2026-03-02", 2).await.unwrap_err(), "CHECK_NOT_RUNNING");
    let filed = handle(&store, 4, filed_on("2019-12-31"), "2026-03-02", 2).await;
    assert_eq!(filed.progress.unwrap().filed, Some(true));
    assert_eq!(work(&store, "2026-03-02", false).await, [], "nor was anybody to be told");
}

async fn a_tip_from_the_first_day_of_the_rule_has_a_check_whose_end_the_calendar_does_not_tell(store: Store) {
    take(&store, tip("T1", PHONE), "2020-01-01").await;
    handle(&store, 2, nothing(), "2026-03-02", 1).await;
    assert_eq!(only_duty(&store, "2026-03-02").await, duty("complaint.clue.check", "", ""));
    assert_eq!(ask(&store, 3, "li", "2026-03-02", 2).await.unwrap_err(), "CHECK_AWAITS_CALENDAR");
}

async fn a_complaint_from_before_the_rule_is_accepted_mediated_and_closed_without_a_period(store: Store) {
    take(&store, called("T1", PHONE), "2019-12-30").await;
    let ticket = handle(&store, 2, ended("2019-12-31", "2019-12-31", None), "2026-03-02", 1).await;
    assert_eq!(ticket.progress.unwrap().mediation_ended_on, "2019-12-31");
    assert_eq!(work(&store, "2026-03-02", false).await, []);
    // What was ended under the rule is told under it, however old the complaint.
    handle(&store, 3, ended("2019-12-31", "2020-01-01", None), "2026-03-02", 2).await;
    assert_eq!(only_duty(&store, "2026-03-02").await, duty("complaint.end_mediation.tell", "", ""));
}

async fn both_parties_are_told_within_seven_working_days_of_the_end_of_the_mediation(store: Store) {
    take(&store, called("T1", PHONE), "2026-02-27").await;
    handle(&store, 2, ended("2026-03-02", "2026-05-08", None), "2026-05-08", 1).await;
    // 2026-05-09 is a Saturday on which everybody works.
    assert_eq!(only_duty(&store, "2026-05-08").await, duty("complaint.end_mediation.tell", "2026-05-18", ""));
    assert_eq!((overdue(&store, "2026-05-18").await, overdue(&store, "2026-05-19").await), (0, 1));
    let told = ended("2026-03-02", "2026-05-08", Some("2026-05-18"));
    let ticket = handle(&store, 3, told, "2026-05-18", 2).await;
    assert_eq!(ticket.progress.unwrap().parties_told_on, "2026-05-18");
    assert_eq!(work(&store, "2026-05-18", false).await, []);
}

db::conformance! {
    open = open;
    cases = [
        a_check_that_is_extended_on_its_last_day_is_overdue_only_after_the_second_one,
        on_the_day_after_the_last_nothing_is_asked_for_or_granted_any_more,
        a_second_officer_decides_and_a_check_is_extended_once,
        only_a_check_that_runs_is_extended,
        a_check_that_ended_is_not_extended_and_one_that_begins_again_keeps_its_time,
        a_check_is_extended_by_the_rule_of_its_last_day,
        a_tip_from_before_the_rule_is_handled_without_a_check_that_could_be_extended,
        a_tip_from_the_first_day_of_the_rule_has_a_check_whose_end_the_calendar_does_not_tell,
        a_complaint_from_before_the_rule_is_accepted_mediated_and_closed_without_a_period,
        both_parties_are_told_within_seven_working_days_of_the_end_of_the_mediation,
    ]
}
