//! Duties: when they are due, what fulfils and extends them, and those whose day is past the calendar.

use contract::common::v1::ListWorkRequest;
use db::Db;
use domain::{DivisionCode, OfficeCode};
use rulebook::{Due, Rulebook};
use service::{
    Error, MIGRATIONS,
    auth::Fields,
    machine::{Actor, Machine, Office, start},
    obligation::{self, Matter, NewDuty},
};

use super::{caller, count, field, food_officer, listed, open_duty};

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

async fn open_duties_move_with_what_they_are_about(db: Db) {
    let (old, new) = (DivisionCode::parse("370102").unwrap(), DivisionCode::parse("370103").unwrap());
    let start_on = "2026-03-02".parse().unwrap();
    let duty = |subject, kind, division| NewDuty {
        matter: Matter { subject, field: None, division, owner: None },
        kind,
        office: "FOOD_PROD",
        parameter: "mark.confirm",
        start_on,
    };
    let [mark, letter, other, placeless] =
        ["enterprises/1/marks/FOOD", "enterprises/1/commitments/2", "enterprises/10/marks/FOOD", "tickets/3"];
    let duties = [
        duty(mark, "mark.confirm", Some(&old)),
        duty(mark, "mark.push", Some(&old)),
        duty(letter, "mark.push", None),
        duty(other, "mark.confirm", Some(&old)),
        duty(placeless, "mark.confirm", None),
    ];
    let mut tx = db.begin_write().await.unwrap();
    obligation::open_all(&mut tx, &duties, &Rulebook::builtin()).await.unwrap();
    obligation::fulfil(&mut tx, mark, "mark.push", "wang", start_on).await.unwrap();
    let due = obligation::last_day(&mut tx, mark, "mark.confirm").await.unwrap();
    assert_eq!(obligation::move_below(&mut tx, "enterprises/1", &new).await.unwrap(), 1);
    assert_eq!(obligation::move_below(&mut tx, "enterprises/1", &new).await.unwrap(), 0, "it lies there");
    let mut lies = Vec::new();
    for (subject, kind) in [(mark, "mark.confirm"), (letter, "mark.push"), (other, "mark.confirm")] {
        lies.push(obligation::division_of(&mut tx, subject, kind).await.unwrap());
    }
    assert_eq!(lies, [Some(Some(new.clone())), Some(None), Some(Some(old))]);
    assert_eq!(obligation::last_day(&mut tx, mark, "mark.confirm").await.unwrap(), due);
    assert_eq!(obligation::move_to(&mut tx, &[other, placeless], Some(&new)).await.unwrap(), 2);
    assert_eq!(obligation::move_to(&mut tx, &[other, mark], None).await.unwrap(), 2);
    assert_eq!(obligation::division_of(&mut tx, placeless, "mark.confirm").await.unwrap(), Some(Some(new)));
    assert_eq!(obligation::division_of(&mut tx, other, "mark.confirm").await.unwrap(), Some(None));
}

db::conformance! {
    migrations = [&MIGRATIONS];
    cases = [
        a_duty_is_due_by_the_rulebook_and_listed_until_it_is_done,
        a_duty_that_is_open_gets_no_new_time,
        a_duty_past_the_calendar_is_filled_when_the_calendar_is_loaded,
        a_duty_is_extended_once_and_from_its_last_day,
        an_extension_past_the_calendar_is_filled_when_the_calendar_is_loaded,
        a_step_fulfils_and_opens_the_duties_of_its_line,
        many_duties_are_opened_and_fulfilled_at_once_by_the_same_rules,
        open_duties_move_with_what_they_are_about,
    ]
}
