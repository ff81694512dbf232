//! Lists of duties, how many there are, and which were done in time.

use contract::common::v1::{CountTimelinessRequest, ListWorkRequest, Timeliness, work_server::Work};
use db::Db;
use domain::{DivisionCode, MicrosUtc};
use rulebook::Rulebook;
use service::{
    Clock, MIGRATIONS,
    auth::{Caller, Fields},
    error::reason_of,
    obligation::{self, Matter, NewDuty, WorkService},
};
use tonic::{Request, Status};
use tonic_types::StatusExt;

use super::{NOW, caller, count, field, food_officer, listed, open_duty};

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
    let refused = page(other).await.unwrap_err();
    assert_eq!(
        reason_of(&refused).as_deref(),
        Some("PAGE_TOKEN_INVALID"),
        "the token is that of another list"
    );
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
        page_size: -1,
        ..ListWorkRequest::default()
    });
    request.extensions_mut().insert(credit.clone());
    let named = wrong(work.list_work(request).await.unwrap_err());
    assert_eq!(named, ["office", "field", "division", "page_size"]);
    assert_eq!(wrong(count(&db, &credit, "2026-03-02", &office).await.unwrap_err()), ["office"]);
    let period = due_in("2026-03-02", "2026-03-01");
    let request = CountTimelinessRequest { office, kind: "mark.lost".into(), ..period };
    assert_eq!(wrong(timeliness(&db, &credit, request).await.unwrap_err()), ["office", "kind", "due_to"]);
}

db::conformance! {
    migrations = [&MIGRATIONS];
    cases = [
        what_fell_due_counts_once_as_done_in_time_late_overdue_or_open,
        a_period_that_ends_before_it_begins_is_refused_and_so_are_both_bad_days,
        pages_cover_every_duty_once_the_earliest_first_and_the_undated_last,
        an_officer_sees_the_work_of_the_own_office_and_field_credit_sees_all,
        the_work_of_another_division_is_left_out,
        a_list_goes_on_behind_any_of_its_duties,
        a_list_is_of_one_field_or_of_a_division_and_what_is_below_it,
        no_list_of_duties_is_cut_down_to_a_code_that_nobody_knows,
    ]
}
