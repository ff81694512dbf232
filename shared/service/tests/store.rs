//! Requests, duties and the access log on both engines.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use contract::common::v1::{
    CountFiguresRequest, CountTimelinessRequest, CountWorkRequest, CountWorkResponse, ListReadsRequest,
    ListReadsResponse, ListWorkRequest, Timeliness, figures_server::Figures, reads_server::Reads,
    work_server::Work,
};
use db::{Db, testing::assert_same_files};
use domain::{DivisionCode, FieldCode, MicrosUtc, OfficeCode, RequestId};
use rulebook::{Due, Rulebook};
use service::{
    Clock, Error, MIGRATIONS, access_log,
    auth::{Caller, Fields},
    error::reason_of,
    figures::FiguresService,
    idempotency::{self, Claim, Key},
    machine::{Actor, Machine, Office, start},
    obligation::{self, Matter, NewDuty, WorkService},
};
use tonic::{Request, Status};
use tonic_types::StatusExt;

const NOW: MicrosUtc = MicrosUtc(1_780_000_000_000_000);
const METHOD: &str = "/xinjian.registry.v1.Enterprises/CreateEnterprise";

fn id(n: u32) -> RequestId {
    RequestId::parse(&format!("6f1c0a52-0f0e-4b7e-9d57-2a0f{n:08x}")).unwrap()
}

fn key<'a>(caller: &'a str, request_id: &'a RequestId) -> Key<'a> {
    Key { caller, method: METHOD, request_id }
}

/// The body of a request; any message will do.
fn body(office: &str) -> CountWorkRequest {
    CountWorkRequest { office: office.to_owned() }
}

fn answer(open: i64) -> CountWorkResponse {
    CountWorkResponse { open, ..CountWorkResponse::default() }
}

/// One request as a handler runs it: claim, act, answer. `Ok(true)` when it acted.
async fn request(
    db: &Db,
    key: Key<'_>,
    body: &CountWorkRequest,
    result: i64,
) -> Result<(CountWorkResponse, bool), Error> {
    let mut tx = db.begin_write().await?;
    match idempotency::claim(&mut tx, &key, body, NOW).await? {
        Claim::Repeat(answer) => Ok((answer, false)),
        Claim::Fresh => {
            idempotency::store_answer(&mut tx, &key, &answer(result)).await?;
            tx.commit().await?;
            Ok((answer(result), true))
        }
    }
}

async fn a_repeated_request_gets_the_first_answer(db: Db) {
    let id = id(1);
    assert_eq!(request(&db, key("wang", &id), &body("A"), 1).await.unwrap(), (answer(1), true));
    assert_eq!(request(&db, key("wang", &id), &body("A"), 2).await.unwrap(), (answer(1), false));
}

async fn the_same_id_with_another_body_is_refused(db: Db) {
    let id = id(1);
    request(&db, key("wang", &id), &body("A"), 1).await.unwrap();
    let refused = request(&db, key("wang", &id), &body("B"), 2).await.unwrap_err();
    assert!(matches!(&refused, Error::RequestIdReused(reused) if *reused == id), "{refused:?}");
}

async fn the_same_id_of_another_caller_is_another_request(db: Db) {
    let id = id(1);
    request(&db, key("wang", &id), &body("A"), 1).await.unwrap();
    assert_eq!(request(&db, key("li", &id), &body("A"), 2).await.unwrap(), (answer(2), true));
}

async fn a_refused_request_leaves_its_id_free(db: Db) {
    let id = id(1);
    let mut tx = db.begin_write().await.unwrap();
    let claim: Claim<CountWorkResponse> =
        idempotency::claim(&mut tx, &key("wang", &id), &body("A"), NOW).await.unwrap();
    assert_eq!(claim, Claim::Fresh);
    tx.rollback().await.unwrap();
    assert_eq!(request(&db, key("wang", &id), &body("B"), 2).await.unwrap(), (answer(2), true));
}

async fn an_answer_without_a_claim_is_an_error(db: Db) {
    let mut tx = db.begin_write().await.unwrap();
    let stored = idempotency::store_answer(&mut tx, &key("wang", &id(1)), &answer(1)).await;
    assert!(matches!(stored, Err(Error::Corrupt(_))), "{stored:?}");
}

async fn old_requests_are_forgotten_and_young_ones_kept(db: Db) {
    request(&db, key("wang", &id(1)), &body("A"), 1).await.unwrap();
    assert_eq!(idempotency::purge(&db, NOW, 100).await.unwrap(), 0);
    assert_eq!(idempotency::purge(&db, NOW.plus_micros(1), 100).await.unwrap(), 1);
    assert_eq!(request(&db, key("wang", &id(1)), &body("B"), 2).await.unwrap(), (answer(2), true));
}

async fn requests_whose_answers_hold_a_text_are_forgotten_and_no_others(db: Db) {
    for n in [1, 2] {
        request(&db, key("wang", &id(n)), &body("A"), n.into()).await.unwrap();
    }
    // A number is one byte of the answer, behind the one that names its field.
    let mut tx = db.begin_write().await.unwrap();
    assert_eq!(idempotency::forget(&mut tx, "\u{2}").await.unwrap(), 1);
    assert_eq!(idempotency::forget(&mut tx, "\u{2}").await.unwrap(), 0);
    tx.commit().await.unwrap();
    assert_eq!(request(&db, key("wang", &id(1)), &body("A"), 3).await.unwrap(), (answer(1), false));
    assert_eq!(request(&db, key("wang", &id(2)), &body("A"), 3).await.unwrap(), (answer(3), true));
}

async fn of_eight_equal_requests_at_once_exactly_one_acts(db: Db) {
    let requests: Vec<_> = (0..8)
        .map(|n| {
            let db = db.clone();
            tokio::spawn(async move {
                let id = id(1);
                loop {
                    match request(&db, key("wang", &id), &body("A"), n).await {
                        Err(Error::Contended) => {}
                        done => return done.unwrap(),
                    }
                }
            })
        })
        .collect();
    let mut answers = Vec::new();
    for request in requests {
        answers.push(request.await.unwrap());
    }
    assert_eq!(answers.iter().filter(|(_, acted)| *acted).count(), 1);
    assert!(answers.iter().all(|(answer, _)| *answer == answers[0].0), "{answers:?}");
}

fn field(code: &str) -> FieldCode {
    FieldCode::parse(code).unwrap()
}

fn caller(office: &str, fields: Fields) -> Caller {
    let office = OfficeCode::parse(office).unwrap();
    Caller::new("wang", "", office, fields, vec![DivisionCode::parse("370100").unwrap()], "token")
}

fn food_officer() -> Caller {
    caller("FOOD_PROD", Fields::Set([field("FOOD")].into()))
}

async fn open_duty(db: &Db, subject: &str, office: &str, field: Option<&FieldCode>, start_on: &str) -> Due {
    let mut tx = db.begin_write().await.unwrap();
    let matter = Matter { subject, field, division: None, owner: None };
    let start_on = start_on.parse().unwrap();
    let duty = NewDuty { matter, kind: "mark.confirm", office, parameter: "mark.confirm", start_on };
    let due = obligation::open(&mut tx, &duty, &Rulebook::builtin()).await.unwrap();
    tx.commit().await.unwrap();
    due
}

/// Subjects that `caller` is shown on `today`, page by page.
async fn listed(db: &Db, caller: &Caller, today: &str, request: ListWorkRequest) -> Vec<String> {
    let clock = Clock::Fixed(MicrosUtc::start_of_shanghai_day(today.parse().unwrap()));
    let work = WorkService::new(db.clone(), Rulebook::builtin(), clock);
    let (mut subjects, mut page_token) = (Vec::new(), String::new());
    loop {
        let mut request = Request::new(ListWorkRequest { page_token, ..request.clone() });
        request.extensions_mut().insert(caller.clone());
        let page = work.list_work(request).await.unwrap().into_inner();
        subjects.extend(page.duties.into_iter().map(|duty| duty.subject));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return subjects;
        }
    }
}

async fn count(
    db: &Db,
    caller: &Caller,
    today: &str,
    office: &str,
) -> Result<CountWorkResponse, tonic::Status> {
    let clock = Clock::Fixed(MicrosUtc::start_of_shanghai_day(today.parse().unwrap()));
    let mut request = Request::new(body(office));
    request.extensions_mut().insert(caller.clone());
    WorkService::new(db.clone(), Rulebook::builtin(), clock)
        .count_work(request)
        .await
        .map(tonic::Response::into_inner)
}

async fn a_duty_is_due_by_the_rulebook_and_listed_until_it_is_done(db: Db) {
    let due = open_duty(&db, "enterprises/1", "FOOD_PROD", Some(&field("FOOD")), "2026-03-02").await;
    let book = Rulebook::builtin();
    let expected = book.deadline("2026-03-02".parse().unwrap(), "mark.confirm").unwrap().due;
    assert_eq!(due, expected);
    assert_eq!(
        listed(&db, &food_officer(), "2026-03-03", ListWorkRequest::default()).await,
        ["enterprises/1"]
    );

    let mut tx = db.begin_write().await.unwrap();
    let done_on = "2026-03-04".parse().unwrap();
    let done = obligation::fulfil(&mut tx, "enterprises/1", "mark.confirm", "wang", done_on).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(done, 1);
    assert!(listed(&db, &food_officer(), "2026-03-05", ListWorkRequest::default()).await.is_empty());
}

async fn a_duty_that_is_open_gets_no_new_time(db: Db) {
    open_duty(&db, "enterprises/1", "FOOD_PROD", None, "2026-03-02").await;
    open_duty(&db, "enterprises/1", "FOOD_PROD", None, "2026-06-01").await;
    let counted = count(&db, &food_officer(), "2026-06-01", "").await.unwrap();
    assert_eq!((counted.open, counted.overdue), (1, 1));
}

async fn timeliness(
    db: &Db,
    caller: &Caller,
    request: CountTimelinessRequest,
) -> Result<Vec<Timeliness>, Status> {
    let clock = Clock::Fixed(MicrosUtc::start_of_shanghai_day("2026-06-01".parse().unwrap()));
    let mut request = Request::new(request);
    request.extensions_mut().insert(caller.clone());
    let answer = WorkService::new(db.clone(), Rulebook::builtin(), clock).count_timeliness(request).await?;
    Ok(answer.into_inner().rows)
}

fn due_in(from: &str, to: &str) -> CountTimelinessRequest {
    CountTimelinessRequest { due_from: from.into(), due_to: to.into(), ..CountTimelinessRequest::default() }
}

async fn what_fell_due_counts_once_as_done_in_time_late_overdue_or_open(db: Db) {
    for subject in ["in time", "on the last day", "late", "overdue", "overdue too"] {
        open_duty(&db, subject, "FOOD_PROD", Some(&field("FOOD")), "2026-03-02").await;
    }
    open_duty(&db, "open", "FOOD_PROD", None, "2026-05-31").await;
    open_duty(&db, "of another office", "SE_SUPERV", Some(&field("SE")), "2026-03-02").await;
    let last_day = Rulebook::builtin().deadline("2026-03-02".parse().unwrap(), "mark.confirm").unwrap().due;
    let last_day = last_day.date().unwrap();
    let mut tx = db.begin_write().await.unwrap();
    let days = [
        ("in time", last_day.pred_opt()),
        ("on the last day", Some(last_day)),
        ("late", last_day.succ_opt()),
    ];
    for (subject, day) in days {
        obligation::fulfil(&mut tx, subject, "mark.confirm", "wang", day.unwrap()).await.unwrap();
    }
    tx.commit().await.unwrap();

    let rows = timeliness(&db, &food_officer(), due_in("2026-03-01", "2026-06-30")).await.unwrap();
    let expected = Timeliness {
        office: "FOOD_PROD".into(),
        kind: "mark.confirm".into(),
        in_time: 2,
        late: 1,
        overdue: 2,
        open: 1,
        late_share: 0.6,
    };
    assert_eq!(rows, [expected]);
    let all =
        timeliness(&db, &caller("CREDIT", Fields::All), due_in("2026-03-01", "2026-05-31")).await.unwrap();
    let all: Vec<_> = all.iter().map(|row| (row.office.as_str(), row.overdue, row.open)).collect();
    assert_eq!(all, [("FOOD_PROD", 2, 0), ("SE_SUPERV", 1, 0)]);
    let other_kind =
        CountTimelinessRequest { kind: "mark.push".into(), ..due_in("2026-03-01", "2026-06-30") };
    assert_eq!(timeliness(&db, &food_officer(), other_kind).await.unwrap(), []);
}

async fn a_period_that_ends_before_it_begins_is_refused_and_so_are_both_bad_days(db: Db) {
    let fields = async |from: &str, to: &str| {
        let refused = timeliness(&db, &food_officer(), due_in(from, to)).await.unwrap_err();
        let violations = refused.get_details_bad_request().unwrap().field_violations;
        violations.into_iter().map(|violation| violation.field).collect::<Vec<_>>()
    };
    assert_eq!(fields("2026-02-30", "").await, ["due_from", "due_to"]);
    assert_eq!(fields("2026-03-02", "2026-03-01").await, ["due_to"]);
}

async fn pages_cover_every_duty_once_the_earliest_first_and_the_undated_last(db: Db) {
    for (subject, start_on) in
        [("c", "2026-12-31"), ("b", "2026-05-06"), ("a", "2026-03-02"), ("d", "2026-12-31")]
    {
        open_duty(&db, subject, "FOOD_PROD", None, start_on).await;
    }
    for page_size in [0, 1, 2, 3] {
        let request = ListWorkRequest { page_size, ..ListWorkRequest::default() };
        let subjects = listed(&db, &food_officer(), "2026-03-03", request).await;
        assert_eq!(subjects, ["a", "b", "c", "d"], "page size {page_size}");
    }
    let counted = count(&db, &food_officer(), "2026-05-01", "").await.unwrap();
    assert_eq!((counted.open, counted.overdue, counted.awaiting_calendar), (4, 1, 2));
    let overdue = ListWorkRequest { only_overdue: true, ..ListWorkRequest::default() };
    assert_eq!(listed(&db, &food_officer(), "2026-05-01", overdue).await, ["a"]);
}

async fn an_officer_sees_the_work_of_the_own_office_and_field_credit_sees_all(db: Db) {
    open_duty(&db, "food", "FOOD_PROD", Some(&field("FOOD")), "2026-03-02").await;
    open_duty(&db, "foreign-field", "FOOD_PROD", Some(&field("SE")), "2026-03-02").await;
    open_duty(&db, "equipment", "SE_SUPERV", Some(&field("SE")), "2026-03-02").await;
    assert_eq!(listed(&db, &food_officer(), "2026-03-03", ListWorkRequest::default()).await, ["food"]);
    let credit = caller("CREDIT", Fields::All);
    assert_eq!(listed(&db, &credit, "2026-03-03", ListWorkRequest::default()).await.len(), 3);
    assert_eq!(count(&db, &credit, "2026-03-03", "SE_SUPERV").await.unwrap().open, 1);
    let refused = count(&db, &food_officer(), "2026-03-03", "SE_SUPERV").await.unwrap_err();
    assert_eq!(reason_of(&refused).as_deref(), Some("OFFICE_NOT_PERMITTED"));
}

async fn the_work_of_another_division_is_left_out(db: Db) {
    let mut tx = db.begin_write().await.unwrap();
    for code in ["370102", "370200"] {
        let division = DivisionCode::parse(code).unwrap();
        let matter = Matter { subject: code, field: None, division: Some(&division), owner: None };
        let start_on = "2026-03-02".parse().unwrap();
        let duty = NewDuty {
            matter,
            kind: "mark.confirm",
            office: "FOOD_PROD",
            parameter: "mark.confirm",
            start_on,
        };
        obligation::open(&mut tx, &duty, &Rulebook::builtin()).await.unwrap();
    }
    tx.commit().await.unwrap();
    assert_eq!(listed(&db, &food_officer(), "2026-03-03", ListWorkRequest::default()).await, ["370102"]);
}

async fn a_list_goes_on_behind_any_of_its_duties(db: Db) {
    for subject in ["a", "b", "c"] {
        open_duty(&db, subject, "FOOD_PROD", Some(&field("FOOD")), "2026-03-02").await;
    }
    let (clock, all) = (Clock::Fixed(NOW), ListWorkRequest::default());
    let page = async |request: ListWorkRequest| {
        let mut request = Request::new(request);
        request.extensions_mut().insert(food_officer());
        let page = WorkService::new(db.clone(), Rulebook::builtin(), clock).list_work(request).await;
        page.map(|page| page.into_inner().duties)
    };
    let duties = page(all.clone()).await.unwrap();
    let page_token = duties[1].page_token.clone();
    let rest = page(ListWorkRequest { page_token: page_token.clone(), ..all.clone() }).await.unwrap();
    assert_eq!(rest, duties[2..]);
    let other = ListWorkRequest { page_token, field: "FOOD".into(), ..all };
    assert!(page(other).await.is_err(), "the token is that of another list");
}

async fn a_list_is_of_one_field_or_of_a_division_and_what_is_below_it(db: Db) {
    let mut tx = db.begin_write().await.unwrap();
    for (subject, of, code) in
        [("a", "FOOD", "370102"), ("b", "SE", "370102"), ("c", "FOOD", "370103"), ("d", "FOOD", "370100")]
    {
        let (field, division) = (field(of), DivisionCode::parse(code).unwrap());
        let matter = Matter { subject, field: Some(&field), division: Some(&division), owner: None };
        let start_on = "2026-03-02".parse().unwrap();
        let (kind, office) = ("mark.confirm", "FOOD_PROD");
        let duty = NewDuty { matter, kind, office, parameter: kind, start_on };
        obligation::open(&mut tx, &duty, &Rulebook::builtin()).await.unwrap();
    }
    tx.commit().await.unwrap();
    let credit = caller("CREDIT", Fields::All);
    let listed = async |field: &str, division: &str| {
        let (field, division) = (field.to_owned(), division.to_owned());
        let request = ListWorkRequest { field, division, ..ListWorkRequest::default() };
        listed(&db, &credit, "2026-03-03", request).await.concat()
    };
    assert_eq!(listed("FOOD", "").await, "acd");
    assert_eq!(listed("", "370102").await, "ab");
    assert_eq!(listed("FOOD", "370100").await, "acd");
    assert_eq!(listed("SE", "370103").await, "");
}

/// Two figures of risk, as its statements give them.
const SIGNALS: &[&str] = &["
    SELECT 'signal.raised' AS code, '' AS office, 'FOOD' AS field, '370102' AS division FROM period
    UNION ALL SELECT 'flag.begun', '', 'FOOD', '370102' FROM period"];

async fn a_figure_needs_the_right_to_read_what_it_counts_and_is_named_where_it_is_left_out(db: Db) {
    let counted = async |office: &str| {
        let service =
            FiguresService::new("risk", db.clone(), SIGNALS, Rulebook::builtin(), Clock::Fixed(NOW));
        let (first_on, last_on) = ("2026-03-01".to_owned(), "2026-03-31".to_owned());
        let mut request = Request::new(CountFiguresRequest { first_on, last_on, division: String::new() });
        request.extensions_mut().insert(caller(office, Fields::All));
        let answer = service.count_figures(request).await.unwrap().into_inner();
        let told: Vec<_> = answer.figures.into_iter().map(|figure| (figure.code, figure.count)).collect();
        (told, answer.left_out)
    };
    let one = |code: &str| (code.to_owned(), 1);
    let (raised, begun) = ("signal.raised", "flag.begun");
    assert_eq!(counted("FOOD_PROD").await, (vec![one(begun), one(raised)], vec![]));
    assert_eq!(counted("DISTRICT").await, (vec![one(begun)], vec![raised.to_owned()]));
    assert_eq!(counted("LEGAL").await, (vec![], vec![begun.to_owned(), raised.to_owned()]));
}

async fn no_list_of_duties_is_cut_down_to_a_code_that_nobody_knows(db: Db) {
    let credit = caller("CREDIT", Fields::All);
    let wrong = |refused: Status| {
        let violations = refused.get_details_bad_request().unwrap().field_violations;
        violations.into_iter().map(|violation| violation.field).collect::<Vec<_>>()
    };
    let work = WorkService::new(db.clone(), Rulebook::builtin(), Clock::Fixed(NOW));
    let (office, field) = ("NOBODY".to_owned(), "FOO".to_owned());
    let mut request = Request::new(ListWorkRequest {
        office: office.clone(),
        field,
        division: "370200".into(),
        ..ListWorkRequest::default()
    });
    request.extensions_mut().insert(credit.clone());
    assert_eq!(wrong(work.list_work(request).await.unwrap_err()), ["office", "field", "division"]);
    assert_eq!(wrong(count(&db, &credit, "2026-03-02", &office).await.unwrap_err()), ["office"]);
    let period = due_in("2026-03-02", "2026-03-01");
    let request = CountTimelinessRequest { office, kind: "mark.lost".into(), ..period };
    assert_eq!(wrong(timeliness(&db, &credit, request).await.unwrap_err()), ["office", "kind", "due_to"]);
}

async fn a_duty_past_the_calendar_is_filled_when_the_calendar_is_loaded(db: Db) {
    assert_eq!(open_duty(&db, "late", "FOOD_PROD", None, "2026-12-31").await, Due::AwaitsCalendar);
    let book = Rulebook::builtin();
    assert_eq!(obligation::fill_awaiting(&db, &book).await.unwrap(), 0);
    assert_eq!(obligation::fill_awaiting(&db, &with_next_year(&book)).await.unwrap(), 1);
    let counted = count(&db, &food_officer(), "2027-06-01", "").await.unwrap();
    assert_eq!((counted.open, counted.overdue, counted.awaiting_calendar), (1, 1, 0));
}

/// Extends a duty that is due on `from`; answers the last day that it has then.
async fn extend(db: &Db, subject: &str, from: &str) -> Due {
    let mut tx = db.begin_write().await.unwrap();
    let (from, book) = (from.parse().unwrap(), Rulebook::builtin());
    obligation::extend(&mut tx, subject, "mark.confirm", from, "mark.confirm", &book).await.unwrap();
    let last_day = obligation::last_day(&mut tx, subject, "mark.confirm").await.unwrap();
    assert_eq!(obligation::last_day(&mut tx, subject, "mark.push").await.unwrap(), None);
    tx.commit().await.unwrap();
    last_day.unwrap()
}

async fn a_duty_is_extended_once_and_from_its_last_day(db: Db) {
    let day = |text: &str| Due::On(text.parse().unwrap());
    let subject = "enterprises/1";
    assert_eq!(open_duty(&db, subject, "FOOD_PROD", None, "2026-03-02").await, day("2026-03-09"));
    assert_eq!(extend(&db, subject, "2026-03-10").await, day("2026-03-09"), "it is not due on that day");
    assert_eq!(extend(&db, subject, "2026-03-09").await, day("2026-03-16"));
    assert_eq!(extend(&db, subject, "2026-03-16").await, day("2026-03-16"), "once");
    assert_eq!(count(&db, &food_officer(), "2026-03-16", "").await.unwrap().overdue, 0);
    assert_eq!(count(&db, &food_officer(), "2026-03-17", "").await.unwrap().overdue, 1);
}

async fn an_extension_past_the_calendar_is_filled_when_the_calendar_is_loaded(db: Db) {
    open_duty(&db, "late", "FOOD_PROD", None, "2026-12-22").await;
    assert_eq!(extend(&db, "late", "2026-12-29").await, Due::AwaitsCalendar);
    let next_year = with_next_year(&Rulebook::builtin());
    assert_eq!(obligation::fill_awaiting(&db, &next_year).await.unwrap(), 1);
    let mut tx = db.begin_read().await.unwrap();
    // Two days of 2026 and, after New Year's Day, three of 2027.
    let last_day = obligation::last_day(&mut tx, "late", "mark.confirm").await.unwrap();
    assert_eq!(last_day, Some(Due::On("2027-01-06".parse().unwrap())));
}

/// The built-in rulebook with a calendar of one more year, in which every weekday is worked but New Year's Day.
fn with_next_year(book: &Rulebook) -> Rulebook {
    let files = book.archive().into_iter().map(|(name, bytes)| {
        let text = String::from_utf8(bytes).unwrap();
        let text = match name.as_str() {
            "calendar.csv" => format!("{text}2027-01-01,holiday,元旦,Fri\n"),
            "parameters.csv" => {
                let last = book.calendar().last_loaded_year();
                text.replace(
                    &format!("calendar.last_loaded_year,{last}"),
                    &format!("calendar.last_loaded_year,{}", last + 1),
                )
            }
            _ => text,
        };
        (name, text.into_bytes())
    });
    Rulebook::from_archive(files).unwrap()
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Open;
#[derive(Clone, Copy, Debug, PartialEq)]
struct Begin;

const MACHINE: Machine<Open, Begin> = Machine(&[start(Begin)
    .to(Open)
    .system()
    .fulfils(&["mark.confirm"])
    .obliges("mark.push", Office::OWNER, "mark.push")]);

async fn a_step_fulfils_and_opens_the_duties_of_its_line(db: Db) {
    open_duty(&db, "enterprises/1", "FOOD_PROD", None, "2026-03-02").await;
    let step = MACHINE.step(None, Begin, &Actor::system()).unwrap();
    let owner = OfficeCode::parse("SE_SUPERV").unwrap();
    let matter = Matter { subject: "enterprises/1", field: None, division: None, owner: Some(&owner) };
    let on = "2026-03-04".parse().unwrap();
    let mut tx = db.begin_write().await.unwrap();
    obligation::follow(&mut tx, &step, &matter, "wang", on, &Rulebook::builtin()).await.unwrap();
    let ownerless = Matter { owner: None, ..matter };
    let lost = obligation::follow(&mut tx, &step, &ownerless, "wang", on, &Rulebook::builtin()).await;
    assert!(matches!(lost, Err(Error::Corrupt(_))), "{lost:?}");
    tx.commit().await.unwrap();
    assert_eq!(count(&db, &food_officer(), "2026-03-04", "").await.unwrap().open, 0);
    assert_eq!(count(&db, &caller("SE_SUPERV", Fields::All), "2026-03-04", "").await.unwrap().open, 1);
}

async fn many_duties_are_opened_and_fulfilled_at_once_by_the_same_rules(db: Db) {
    let start_on = "2026-02-13".parse().unwrap();
    let subjects: Vec<String> = (0..1_100).map(|number| format!("enterprises/{number}")).collect();
    let matter = |subject| Matter { subject, field: None, division: None, owner: None };
    let duty = |subject| NewDuty {
        matter: matter(subject),
        kind: "mark.confirm",
        office: "FOOD_PROD",
        parameter: "mark.confirm",
        start_on,
    };
    let duties: Vec<_> = subjects.iter().map(|subject| duty(subject)).collect();
    let mut tx = db.begin_write().await.unwrap();
    obligation::open_all(&mut tx, &duties, &Rulebook::builtin()).await.unwrap();
    obligation::open_all(&mut tx, &duties[..10], &Rulebook::builtin()).await.unwrap();
    let some: Vec<&str> = subjects[..1_000].iter().map(String::as_str).collect();
    let other = obligation::fulfil_all(&mut tx, &some, "mark.push", "wang", start_on).await.unwrap();
    let done = obligation::fulfil_all(&mut tx, &some, "mark.confirm", "wang", start_on).await.unwrap();
    let again = obligation::fulfil_all(&mut tx, &some, "mark.confirm", "wang", start_on).await.unwrap();
    assert_eq!((other, done, again), (0, 1_000, 0));
    tx.commit().await.unwrap();
    assert_eq!(count(&db, &food_officer(), "2026-02-14", "").await.unwrap().open, 100);
}

async fn each_read_of_confidential_data_is_logged(db: Db) {
    let read = access_log::Read { subject: "enterprises/1/class", method: METHOD, purpose: "strict review" };
    access_log::record(&db, &food_officer(), &read, NOW).await.unwrap();
    access_log::record(&db, &caller("CREDIT", Fields::All), &read, NOW.plus_micros(1)).await.unwrap();
    let reads = access_log::reads_of(&db, "enterprises/1/class", 10).await.unwrap();
    let offices: Vec<_> = reads.iter().map(|read| read.office.as_str()).collect();
    assert_eq!(offices, ["CREDIT", "FOOD_PROD"]);
    assert_eq!((reads[1].reader.as_str(), reads[1].read_at_us), ("wang", NOW.micros()));
}

async fn reads_that_come_at_once_are_each_in_the_log_when_their_answer_leaves(db: Db) {
    let log = access_log::Together::new(db.clone());
    let one = async |number: i64| {
        let subject = format!("enterprises/{number}/class");
        let read = access_log::Read { subject: &subject, method: METHOD, purpose: "strict review" };
        log.record(&food_officer(), &read, NOW.plus_micros(number)).await.unwrap();
        access_log::reads_of(&db, &subject, 10).await.unwrap()
    };
    let all = futures::future::join_all((0..100).map(one)).await;
    for (number, reads) in (0..).zip(&all) {
        let times: Vec<_> = reads.iter().map(|read| read.read_at_us).collect();
        assert_eq!(times, [NOW.plus_micros(number).micros()]);
    }
}

async fn reads_that_come_at_once_are_written_together(db: Db) {
    let log = access_log::Together::new(db.clone());
    let (subject, caller) = ("enterprises/1/class", food_officer());
    let read = access_log::Read { subject, method: METHOD, purpose: "strict review" };
    let all =
        futures::future::join_all((0..100).map(|number| log.record(&caller, &read, NOW.plus_micros(number))));
    // Whoever looks meanwhile sees what each transaction leaves: the first may be of one read alone, the next is of all that wait.
    let mut between = std::collections::BTreeSet::new();
    let watch = async {
        loop {
            match access_log::reads_of(&db, subject, 1_000).await.unwrap().len() {
                0 => {}
                100 => return,
                some => {
                    between.insert(some);
                }
            }
        }
    };
    let (written, ()) = futures::join!(all, watch);
    assert!(written.iter().all(Result::is_ok));
    assert!(between.len() <= 1, "numbers of reads that were seen: {between:?}");
}

async fn what_one_answer_shows_is_noted_together_and_nothing_of_one_that_shows_nothing(db: Db) {
    let log = access_log::Together::new(db.clone());
    let (classes, flags) = ("enterprises/1/classes/-", "enterprises/1/flags/-");
    let reads = [classes, flags].map(|subject| access_log::Read {
        subject,
        method: METHOD,
        purpose: "strict review",
    });
    log.record_all(&food_officer(), &[], NOW).await.unwrap();
    log.record_all(&food_officer(), &reads, NOW).await.unwrap();
    let listed = reads_listed(&db, ListReadsRequest::default()).await.unwrap().reads;
    let subjects: Vec<_> = listed.iter().map(|read| read.subject.as_str()).collect();
    assert_eq!(subjects, [flags, classes]);
}

/// What the log shows to who asks it.
async fn reads_listed(db: &Db, asked: ListReadsRequest) -> Result<ListReadsResponse, Status> {
    let mut request = Request::new(ListReadsRequest { purpose: "监督检查".to_owned(), ..asked });
    request.extensions_mut().insert(caller("LEGAL", Fields::All));
    let service = access_log::ReadsService::new(db.clone(), Clock::Fixed(NOW.plus_micros(9)));
    Ok(service.list_reads(request).await?.into_inner())
}

async fn the_log_is_read_by_subject_reader_and_day_page_by_page_and_that_is_a_read_too(db: Db) {
    let day_us = 86_400_000_000;
    for (number, subject) in
        (0..).zip(["enterprises/1/class", "enterprises/12/class", "enterprises/1/flags/-"])
    {
        let read = access_log::Read { subject, method: METHOD, purpose: "strict review" };
        access_log::record(&db, &food_officer(), &read, NOW.plus_micros(number * day_us)).await.unwrap();
    }
    let subjects = |page: &ListReadsResponse| -> Vec<String> {
        page.reads.iter().map(|read| read.subject.clone()).collect()
    };
    let below = ListReadsRequest { subject: "enterprises/1".to_owned(), page_size: 1, ..Default::default() };
    let first = reads_listed(&db, below.clone()).await.unwrap();
    assert_eq!(subjects(&first), ["enterprises/1/flags/-"]);
    let second = ListReadsRequest { page_token: first.next_page_token, ..below.clone() };
    let second = reads_listed(&db, second).await.unwrap();
    assert_eq!(
        (subjects(&second), second.next_page_token.as_str()),
        (vec!["enterprises/1/class".to_owned()], "")
    );
    assert_eq!(second.reads[0].read_time.as_ref().unwrap().seconds, NOW.micros() / 1_000_000);

    let day = domain::shanghai_date(NOW.plus_micros(day_us)).to_string();
    let of_day = ListReadsRequest { first_on: day.clone(), last_on: day, ..Default::default() };
    assert_eq!(subjects(&reads_listed(&db, of_day).await.unwrap()), ["enterprises/12/class"]);
    let by = ListReadsRequest { reader: "nobody".to_owned(), ..Default::default() };
    assert_eq!(subjects(&reads_listed(&db, by).await.unwrap()), Vec::<String>::new());
    let looks = ListReadsRequest { subject: "reads".to_owned(), ..Default::default() };
    assert_eq!(reads_listed(&db, looks).await.unwrap().reads.len(), 4, "each look before this one");
    let wrong = ListReadsRequest { first_on: "2026-02-30".to_owned(), page_size: -1, ..Default::default() };
    assert_eq!(reads_listed(&db, wrong).await.unwrap_err().code(), tonic::Code::InvalidArgument);
}

async fn a_reader_who_goes_away_takes_nobody_with_him(db: Db) {
    let log = access_log::Together::new(db.clone());
    let read = access_log::Read { subject: "enterprises/1/class", method: METHOD, purpose: "strict review" };
    let caller = food_officer();
    let mut writing = Box::pin(log.record(&caller, &read, NOW));
    let mut waiting = Box::pin(log.record(&caller, &read, NOW.plus_micros(1)));
    let mut last = Box::pin(log.record(&caller, &read, NOW.plus_micros(2)));
    assert!(futures::poll!(&mut writing).is_pending());
    // What the first has begun takes its row now; the others come later and stand in line.
    tokio::task::yield_now().await;
    assert!(futures::poll!(&mut waiting).is_pending());
    assert!(futures::poll!(&mut last).is_pending());
    drop(waiting);
    drop(writing);
    last.await.unwrap();
    let reads = access_log::reads_of(&db, "enterprises/1/class", 10).await.unwrap();
    assert!(reads.iter().any(|read| read.read_at_us == NOW.plus_micros(2).micros()), "{reads:?}");
}

db::conformance! {
    migrations = [&MIGRATIONS];
    cases = [
        a_repeated_request_gets_the_first_answer,
        the_same_id_with_another_body_is_refused,
        the_same_id_of_another_caller_is_another_request,
        a_refused_request_leaves_its_id_free,
        an_answer_without_a_claim_is_an_error,
        old_requests_are_forgotten_and_young_ones_kept,
        requests_whose_answers_hold_a_text_are_forgotten_and_no_others,
        a_duty_is_due_by_the_rulebook_and_listed_until_it_is_done,
        a_duty_that_is_open_gets_no_new_time,
        a_duty_is_extended_once_and_from_its_last_day,
        an_extension_past_the_calendar_is_filled_when_the_calendar_is_loaded,
        what_fell_due_counts_once_as_done_in_time_late_overdue_or_open,
        a_period_that_ends_before_it_begins_is_refused_and_so_are_both_bad_days,
        pages_cover_every_duty_once_the_earliest_first_and_the_undated_last,
        an_officer_sees_the_work_of_the_own_office_and_field_credit_sees_all,
        the_work_of_another_division_is_left_out,
        a_list_goes_on_behind_any_of_its_duties,
        a_list_is_of_one_field_or_of_a_division_and_what_is_below_it,
        a_figure_needs_the_right_to_read_what_it_counts_and_is_named_where_it_is_left_out,
        no_list_of_duties_is_cut_down_to_a_code_that_nobody_knows,
        a_duty_past_the_calendar_is_filled_when_the_calendar_is_loaded,
        a_step_fulfils_and_opens_the_duties_of_its_line,
        many_duties_are_opened_and_fulfilled_at_once_by_the_same_rules,
        each_read_of_confidential_data_is_logged,
        reads_that_come_at_once_are_each_in_the_log_when_their_answer_leaves,
        reads_that_come_at_once_are_written_together,
        what_one_answer_shows_is_noted_together_and_nothing_of_one_that_shows_nothing,
        the_log_is_read_by_subject_reader_and_day_page_by_page_and_that_is_a_read_too,
        a_reader_who_goes_away_takes_nobody_with_him,
    ]
}

db::races! {
    migrations = [&MIGRATIONS];
    cases = [of_eight_equal_requests_at_once_exactly_one_acts]
}

#[test]
fn both_engines_have_the_same_migrations() {
    assert_same_files(&MIGRATIONS, env!("CARGO_MANIFEST_DIR"));
}
