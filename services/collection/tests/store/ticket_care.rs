//! Tickets in care: who called, what became of them, and by when.

use super::fixture::*;
use collection::Error;
use collection::domain::NaturalId;
use collection::domain::handling::Days;
use collection::store::{CallerErasure, Handled, KeyProblem, Store};
use contract::collection::v1 as pb;
use db::on;
use prost::Message;
use service::Error as Common;
use service::access_log::reads_of;
use service::auth::Caller;
use service::error::reason_of;

const PHONE: &str = "13812345678";

fn caller(phone: &str) -> pb::TicketCaller {
    pb::TicketCaller {
        name: "王先生".to_owned(), phone: phone.to_owned(), address: "泺源大街1号".to_owned()
    }
}

pub(crate) fn called(ticket_no: &str, phone: &str) -> pb::Ticket {
    pb::Ticket { caller: Some(caller(phone)), field: "FOOD".to_owned(), ..ticket(ticket_no, FOOD) }
}

pub(crate) fn tip(ticket_no: &str, phone: &str) -> pb::Ticket {
    pb::Ticket { kind: "Tip".to_owned(), ..called(ticket_no, phone) }
}

async fn take(store: &Store, tickets: Vec<pb::Ticket>) {
    let count = tickets.len();
    register(store, FOOD, "370102").await;
    let answer = import_tickets(store, 1, tickets).await.unwrap();
    assert_eq!(usize::try_from(answer.attached + answer.unmatched), Ok(count), "{answer:?}");
}

pub(crate) fn id(ticket_no: &str) -> NaturalId {
    NaturalId::of("ticket", &["12345", ticket_no])
}

async fn read(store: &Store, ticket_no: &str) -> pb::Ticket {
    let today = act(&request(1), "").today;
    store.ticket(&id(ticket_no), &officer("CREDIT", "370100"), today).await.unwrap()
}

fn day(text: &str) -> chrono::NaiveDate {
    domain::parse_date(text).unwrap()
}

pub(crate) fn accepted_on(text: &str) -> (pb::TicketProgress, Days) {
    let progress = pb::TicketProgress {
        acceptance_on: text.to_owned(),
        accepted: Some(true),
        ..pb::TicketProgress::default()
    };
    (progress, Days { acceptance: Some(day(text)), ..Days::default() })
}

pub(crate) fn filed_on(text: &str) -> (pb::TicketProgress, Days) {
    let progress =
        pb::TicketProgress { filing_on: text.to_owned(), filed: Some(true), ..pb::TicketProgress::default() };
    (progress, Days { filing: Some(day(text)), ..Days::default() })
}

pub(crate) async fn handle(
    store: &Store,
    n: u32,
    ticket_no: &str,
    (progress, days): (pb::TicketProgress, Days),
    revision: i64,
) -> Result<pb::Ticket, Error> {
    let request_id = request(n);
    let sent = pb::UpdateTicketRequest {
        name: format!("tickets/{}", id(ticket_no)),
        progress: Some(progress.clone()),
        revision,
        request_id: request_id.to_string(),
    };
    let handled = Handled { id: id(ticket_no), progress, days, revision };
    let caller = officer("FOOD_PROD", "370100");
    store.update_ticket(&act(&request_id, ""), &key(&request_id), &caller, &sent, &handled).await
}

fn reason(error: Error) -> Option<String> {
    reason_of(&error.into())
}

async fn a_caller_is_opened_by_the_key_and_every_read_is_logged_before_it_is_answered(store: Store) {
    take(&store, vec![called("T1", PHONE), ticket("T2", FOOD)]).await;
    let credit = officer("CREDIT", "370100");
    let opened = store.ticket_caller(&id("T1"), "回访", &credit, now()).await.unwrap();
    assert_eq!(opened, caller(PHONE));
    let subject = format!("tickets/{}/caller", id("T1"));
    let log = reads_of(store.db(), &subject, 10).await.unwrap();
    let [entry] = log.try_into().unwrap();
    assert_eq!(
        (entry.purpose.as_str(), entry.reader.as_str(), entry.office.as_str()),
        ("回访", "li", "CREDIT")
    );
    let none = store.ticket_caller(&id("T2"), "回访", &credit, now()).await.unwrap_err();
    assert_eq!(reason(none).as_deref(), Some("CALLER_NOT_KNOWN"));
    let missing = store.ticket_caller(&id("T9"), "回访", &credit, now()).await.unwrap_err();
    assert_eq!(reason(missing).as_deref(), Some("TICKET_NOT_FOUND"));
    // Also a read that then fails has been logged: the key here is another one.
    let other = reopened(&store, Some(seal(2)));
    assert!(other.ticket_caller(&id("T1"), "再看", &credit, now()).await.is_err());
    assert_eq!(reads_of(store.db(), &subject, 10).await.unwrap().len(), 2);
}

async fn a_database_keeps_to_the_key_that_it_was_first_used_with(store: Store) {
    assert!(reopened(&store, None).compare_key().await.is_ok(), "nothing was sealed yet");
    assert!(store.compare_key().await.is_ok());
    assert!(store.compare_key().await.is_ok());
    let wrong = reopened(&store, Some(seal(2))).compare_key().await;
    assert!(matches!(wrong, Err(KeyProblem::Wrong)), "{wrong:?}");
    let missing = reopened(&store, None).compare_key().await;
    assert!(matches!(missing, Err(KeyProblem::Missing)), "{missing:?}");
}

async fn nothing_that_is_stored_or_told_holds_the_caller(store: Store) {
    let said =
        pb::Ticket { text: format!("王先生 {PHONE} 家住泺源大街1号"), ..called("T1", PHONE) };
    take(&store, vec![said, tip("T2", PHONE)]).await;
    handle(&store, 2, "T1", accepted_on("2026-03-02"), 1).await.unwrap();
    const PLACES: [&str; 7] = [
        "SELECT payload FROM event",
        "SELECT content FROM ticket",
        "SELECT progress FROM ticket",
        "SELECT sealed FROM ticket_caller",
        "SELECT sealed FROM ticket_text",
        "SELECT answer FROM request",
        "SELECT body_hash FROM request",
    ];
    for sql in PLACES {
        let kept: Vec<Vec<u8>> =
            on!(store.db(), |pool| sqlx::query_scalar(sql).fetch_all(pool).await).unwrap();
        assert!(!kept.is_empty(), "{sql}");
        for told in [PHONE, "王先生", "泺源大街1号"] {
            let found = |kept: &Vec<u8>| kept.windows(told.len()).any(|part| part == told.as_bytes());
            assert!(!kept.iter().any(found), "{sql} holds {told}");
        }
    }
}

async fn a_message_is_known_by_a_mark_under_the_key_and_not_by_its_digest_alone(store: Store) {
    const KEPT: &str = "SELECT body_hash FROM request";
    let (said, id) = (vec![called("T1", PHONE)], request(1));
    let digest = crypto::sm3::digest(&ticket_batch(&id, said.clone()).body.encode_to_vec());
    let first = import_tickets(&store, 1, said.clone()).await.unwrap();
    let kept: Vec<Vec<u8>> = on!(store.db(), |pool| sqlx::query_scalar(KEPT).fetch_all(pool).await).unwrap();
    assert_eq!(kept.len(), 1);
    assert_ne!(kept[0], digest.as_bytes());
    assert_eq!(import_tickets(&store, 1, said).await.unwrap(), first);
    let other = import_tickets(&store, 1, vec![called("T1", "13812345679")]).await;
    assert!(matches!(other, Err(Common::RequestIdReused(_))), "{other:?}");
}

async fn a_message_that_was_taken_before_there_was_a_key_is_still_known(store: Store) {
    let said = vec![ticket("T1", FOOD)];
    let first = import_tickets(&reopened(&store, None), 1, said.clone()).await.unwrap();
    assert_eq!(import_tickets(&store, 1, said).await.unwrap(), first);
}

async fn what_was_said_is_opened_for_who_handles_the_ticket_and_every_read_is_logged(store: Store) {
    const SAID: &str = "我是王先生，在该店买到过期饼干，请回电13812345678";
    let said = pb::Ticket { text: SAID.to_owned(), ..called("T1", PHONE) };
    take(&store, vec![said, ticket("T2", FOOD)]).await;
    let handler = officer("FOOD_PROD", "370100");
    let opened = store.ticket_text(&id("T1"), "办理", &handler, now()).await.unwrap();
    assert_eq!(opened.text, SAID);
    let none = store.ticket_text(&id("T2"), "办理", &handler, now()).await.unwrap_err();
    assert_eq!(reason(none).as_deref(), Some("TICKET_TEXT_NOT_KNOWN"));
    let missing = store.ticket_text(&id("T9"), "办理", &handler, now()).await.unwrap_err();
    assert_eq!(reason(missing).as_deref(), Some("TICKET_NOT_FOUND"));
    for (office, division) in [("SE_SUPERV", "370100"), ("FOOD_PROD", "370114")] {
        let stranger = officer(office, division);
        assert!(store.ticket_text(&id("T1"), "办理", &stranger, now()).await.is_err(), "{office} {division}");
    }
    let subject = format!("tickets/{}/text", id("T1"));
    let log = reads_of(store.db(), &subject, 10).await.unwrap();
    let [entry] = log.try_into().unwrap();
    assert_eq!((entry.purpose.as_str(), entry.office.as_str()), ("办理", "FOOD_PROD"));
}

async fn what_was_said_is_no_part_of_what_a_ticket_is_known_by(store: Store) {
    let with = |text: &str| pb::Ticket { text: text.to_owned(), ..called("T1", PHONE) };
    take(&store, vec![with("买到过期饼干")]).await;
    let again = import_tickets(&store, 2, vec![with("来电补充：饼干发霉")]).await.unwrap();
    assert_eq!((again.duplicates, again.rejected.len()), (1, 0));
    let handler = officer("FOOD_PROD", "370100");
    let opened = store.ticket_text(&id("T1"), "办理", &handler, now()).await.unwrap();
    assert_eq!(opened.text, "买到过期饼干", "what was taken first stays");
    assert_eq!(read(&store, "T1").await.text, "");
}

async fn erase_caller(store: &Store, n: u32, ticket_no: &str, by: &Caller) -> Result<pb::Ticket, Error> {
    let request_id = request(n);
    let erasure = CallerErasure { id: id(ticket_no), reason: "来电人申请删除".to_owned() };
    let sent = pb::EraseTicketCallerRequest {
        name: format!("tickets/{}", erasure.id),
        reason: erasure.reason.clone(),
        request_id: request_id.to_string(),
    };
    store.erase_ticket_caller(&act(&request_id, ""), &key(&request_id), by, &sent, &erasure).await
}

async fn who_called_is_erased_once_nothing_is_due_and_does_not_come_back(store: Store) {
    let said = |ticket_no| pb::Ticket { text: "买到过期饼干".to_owned(), ..called(ticket_no, PHONE) };
    let closed = pb::Ticket { closed_on: "2026-03-01".to_owned(), ..said("T1") };
    take(&store, vec![closed.clone(), said("T2")]).await;
    let (credit, handler) = (officer("CREDIT", "370100"), officer("FOOD_PROD", "370100"));
    let open = erase_caller(&store, 2, "T2", &credit).await.unwrap_err();
    assert_eq!(reason(open).as_deref(), Some("TICKET_OPEN"));
    let elsewhere = officer("CREDIT", "370114");
    assert!(erase_caller(&store, 3, "T1", &elsewhere).await.is_err());
    let missing = erase_caller(&store, 4, "T9", &credit).await.unwrap_err();
    assert_eq!(reason(missing).as_deref(), Some("TICKET_NOT_FOUND"));

    let left = erase_caller(&store, 5, "T1", &credit).await.unwrap();
    assert_eq!((left.ticket_no.as_str(), left.revision), ("T1", 2));
    assert_eq!(read(&store, "T1").await, left);
    let told = events(&store).await.len();
    assert_eq!(erase_caller(&store, 5, "T1", &credit).await.unwrap(), left, "sent again");
    assert_eq!(erase_caller(&store, 6, "T1", &credit).await.unwrap(), left, "there is nothing left");
    let again = import_tickets(&store, 7, vec![closed]).await.unwrap();
    assert_eq!((again.duplicates, again.rejected.len()), (1, 0));
    assert_eq!(events(&store).await.len(), told);
    let none = store.ticket_caller(&id("T1"), "回访", &credit, now()).await.unwrap_err();
    assert_eq!(reason(none).as_deref(), Some("CALLER_NOT_KNOWN"));
    let none = store.ticket_text(&id("T1"), "办理", &handler, now()).await.unwrap_err();
    assert_eq!(reason(none).as_deref(), Some("TICKET_TEXT_NOT_KNOWN"));
    assert_eq!(store.ticket_caller(&id("T2"), "回访", &credit, now()).await.unwrap(), caller(PHONE));

    let log = reads_of(store.db(), &format!("tickets/{}/caller", id("T1")), 10).await.unwrap();
    let [entry] = log.try_into().unwrap();
    assert!(entry.method.ends_with("/EraseTicketCaller"), "{entry:?}");
    assert_eq!((entry.purpose.as_str(), entry.office.as_str()), ("来电人申请删除", "CREDIT"));
}

async fn calls_of_one_caller_about_one_event_are_joined_and_others_are_not(store: Store) {
    let later = pb::Ticket { accepted_on: "2026-02-28".to_owned(), ..called("T2", "138-1234-5678") };
    let earlier = pb::Ticket { accepted_on: "2026-01-05".to_owned(), ..called("T5", PHONE) };
    let told = pb::Ticket { duplicate_of: "T9".to_owned(), ..called("T6", PHONE) };
    take(
        &store,
        vec![earlier, called("T1", PHONE), later, called("T3", "13812345679"), tip("T4", PHONE), told],
    )
    .await;
    let firsts = async |ticket_no: &str| read(&store, ticket_no).await.duplicate_of;
    assert_eq!(firsts("T1").await, "", "the call of January is out of the window");
    assert_eq!(firsts("T2").await, "T1");
    assert_eq!(firsts("T3").await, "", "another caller");
    assert_eq!(firsts("T4").await, "", "another kind");
    assert_eq!(firsts("T6").await, "T9", "the hotline knows better");
    let next = pb::Ticket { accepted_on: "2026-03-01".to_owned(), ..called("T7", PHONE) };
    import_tickets(&store, 2, vec![next]).await.unwrap();
    assert_eq!(firsts("T7").await, "T1", "found in another message too");
}

async fn calls_are_joined_in_whichever_order_they_come(store: Store) {
    let on =
        |ticket_no: &str, day: &str| pb::Ticket { accepted_on: day.to_owned(), ..called(ticket_no, PHONE) };
    let firsts = async |ticket_no: &str| read(&store, ticket_no).await.duplicate_of;
    // A file that begins with the latest.
    take(&store, vec![on("T3", "2026-02-28"), on("T2", "2026-02-27"), on("T1", "2026-02-26")]).await;
    let joined = [firsts("T1").await, firsts("T2").await, firsts("T3").await];
    assert_eq!(joined, ["", "T1", "T1"], "the earliest of a message is the first");
    // A call before all of them comes later: the event keeps its first ticket, for whatever comes then.
    import_tickets(&store, 2, vec![on("T0", "2026-02-20")]).await.unwrap();
    import_tickets(&store, 3, vec![on("T4", "2026-03-01")]).await.unwrap();
    assert_eq!([firsts("T0").await, firsts("T1").await, firsts("T4").await], ["T1", "", "T1"]);
}

async fn the_periods_of_a_complaint_follow_one_another(store: Store) {
    take(&store, vec![called("T1", PHONE)]).await;
    let open = |kind: &str, due: &str| vec![(kind.to_owned(), "FOOD_PROD".to_owned(), Some(due.to_owned()))];
    assert_eq!(
        duties(&store).await,
        open("complaint.accept", "2026-03-09"),
        "2026-02-28 is a working Saturday"
    );
    let ticket = handle(&store, 2, "T1", accepted_on("2026-03-02"), 1).await.unwrap();
    assert_eq!(
        (ticket.revision, ticket.progress.as_ref().and_then(|progress| progress.accepted)),
        (2, Some(true))
    );
    assert_eq!(duties(&store).await[0].0, "complaint.mediation");
    assert_eq!(duties(&store).await.len(), 1);
    let (mut progress, mut days) = accepted_on("2026-03-02");
    progress.closed_on = "2026-03-02".to_owned();
    progress.substantiated = Some(true);
    days.closed = Some(day("2026-03-02"));
    let closed = handle(&store, 3, "T1", (progress, days), 2).await.unwrap();
    assert_eq!((closed.closed_on.as_str(), closed.substantiated), ("2026-03-02", Some(true)));
    assert_eq!(duties(&store).await, []);
    assert_eq!(read(&store, "T1").await, closed);
    let kinds: Vec<_> = events(&store).await.into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(
        kinds,
        ["collection.ticket.accepted", "collection.ticket.changed", "collection.ticket.changed"]
    );
}

/// The ticket that the last event tells.
async fn last_ticket_told(store: &Store) -> pb::Ticket {
    const SQL: &str = "SELECT payload FROM event ORDER BY outbox_id DESC LIMIT 1";
    let payload: Vec<u8> = on!(store.db(), |pool| sqlx::query_scalar(SQL).fetch_one(pool).await).unwrap();
    pb::TicketEvent::decode(payload.as_slice()).unwrap().ticket.unwrap()
}

async fn what_a_progress_says_no_more_is_told_no_more(store: Store) {
    take(&store, vec![called("T1", PHONE)]).await;
    let (mut progress, mut days) = accepted_on("2026-03-02");
    progress.closed_on = "2026-03-02".to_owned();
    progress.substantiated = Some(true);
    days.closed = Some(day("2026-03-02"));
    handle(&store, 2, "T1", (progress, days), 1).await.unwrap();
    // It was neither closed nor found true: somebody had another ticket before him.
    let open = handle(&store, 3, "T1", accepted_on("2026-03-02"), 2).await.unwrap();
    assert_eq!((open.closed_on.as_str(), open.substantiated, open.revision), ("", None, 3));
    assert_eq!(read(&store, "T1").await, open);
    assert_eq!(last_ticket_told(&store).await, open);
    assert_eq!(duties(&store).await[0].0, "complaint.mediation");
}

async fn what_the_hotline_has_closed_runs_no_period_whatever_is_found_later(store: Store) {
    let closed = pb::Ticket { closed_on: "2026-03-01".to_owned(), ..called("T1", PHONE) };
    take(&store, vec![closed]).await;
    let found = pb::TicketProgress { substantiated: Some(true), ..pb::TicketProgress::default() };
    let ticket = handle(&store, 2, "T1", (found, Days::default()), 1).await.unwrap();
    assert_eq!((ticket.closed_on.as_str(), ticket.substantiated), ("2026-03-01", Some(true)));
    assert_eq!(duties(&store).await, []);
}

async fn a_named_caller_of_a_tip_is_told_and_an_anonymous_one_cannot_be(store: Store) {
    let nameless = pb::Ticket { caller: None, ..tip("T2", "") };
    take(&store, vec![tip("T1", PHONE), nameless]).await;
    handle(&store, 2, "T1", filed_on("2026-03-02"), 1).await.unwrap();
    handle(&store, 3, "T2", filed_on("2026-03-02"), 1).await.unwrap();
    let open = duties(&store).await;
    assert_eq!(open.len(), 1, "{open:?}");
    assert_eq!(open[0].0, "tip.named.tell");
}

async fn a_change_rests_on_the_present_revision_and_on_steps_of_the_kind(store: Store) {
    take(&store, vec![called("T1", PHONE)]).await;
    let wrong = handle(&store, 2, "T1", filed_on("2026-03-02"), 1).await.unwrap_err();
    assert!(wrong.to_string().contains("invalid"), "{wrong}");
    let first = handle(&store, 3, "T1", accepted_on("2026-03-02"), 1).await.unwrap();
    assert_eq!(handle(&store, 3, "T1", accepted_on("2026-03-02"), 1).await.unwrap(), first, "sent again");
    let late = handle(&store, 4, "T1", accepted_on("2026-03-01"), 1).await.unwrap_err();
    assert_eq!(reason(late).as_deref(), Some("TICKET_CHANGED"));
    let elsewhere = handle(&store, 5, "T9", accepted_on("2026-03-02"), 1).await.unwrap_err();
    assert_eq!(reason(elsewhere).as_deref(), Some("TICKET_NOT_FOUND"));
    assert_eq!(events(&store).await.len(), 2);
}

async fn a_closed_or_archived_ticket_opens_no_period(store: Store) {
    let closed = pb::Ticket { closed_on: "2026-03-01".to_owned(), ..called("T1", PHONE) };
    let archived = pb::Ticket { accepted_on: "2022-03-01".to_owned(), ..called("T2", PHONE) };
    let question = pb::Ticket { kind: "Consultation".to_owned(), ..called("T3", PHONE) };
    take(&store, vec![closed, archived, question]).await;
    assert_eq!(duties(&store).await, []);
}

async fn the_caller_of_a_ticket_of_another_division_stays_sealed(store: Store) {
    let elsewhere = pb::Ticket { division: "370114".to_owned(), ..called("T1", PHONE) };
    take(&store, vec![elsewhere]).await;
    let lixia = officer("CREDIT", "370102");
    assert!(store.ticket_caller(&id("T1"), "回访", &lixia, now()).await.is_err());
    let subject = format!("tickets/{}/caller", id("T1"));
    assert_eq!(reads_of(store.db(), &subject, 10).await.unwrap(), []);
}

db::conformance! {
    open = open;
    cases = [
        a_caller_is_opened_by_the_key_and_every_read_is_logged_before_it_is_answered,
        a_database_keeps_to_the_key_that_it_was_first_used_with,
        nothing_that_is_stored_or_told_holds_the_caller,
        a_message_is_known_by_a_mark_under_the_key_and_not_by_its_digest_alone,
        a_message_that_was_taken_before_there_was_a_key_is_still_known,
        what_was_said_is_opened_for_who_handles_the_ticket_and_every_read_is_logged,
        what_was_said_is_no_part_of_what_a_ticket_is_known_by,
        who_called_is_erased_once_nothing_is_due_and_does_not_come_back,
        calls_of_one_caller_about_one_event_are_joined_and_others_are_not,
        calls_are_joined_in_whichever_order_they_come,
        the_periods_of_a_complaint_follow_one_another,
        what_a_progress_says_no_more_is_told_no_more,
        what_the_hotline_has_closed_runs_no_period_whatever_is_found_later,
        a_named_caller_of_a_tip_is_told_and_an_anonymous_one_cannot_be,
        a_change_rests_on_the_present_revision_and_on_steps_of_the_kind,
        a_closed_or_archived_ticket_opens_no_period,
        the_caller_of_a_ticket_of_another_division_stays_sealed,
    ]
}
