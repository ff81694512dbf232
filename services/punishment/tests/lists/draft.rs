//! The procedure of the draft of 2025: a change of the law is rows of the rulebook, and no code.

use std::sync::Arc;

use db::Db;
use punishment::Error;
use punishment::machines::serious::Event;
use punishment::store::Store;
use rulebook::Rulebook;
use service::machine::Refused;

use crate::common::{act, body, case, case_step, date, noticed, open_by, take};
use crate::lists::directory::duties;

/// First day of the draft in the rulebook of these cases.
const FIRST_DAY: &str = "2026-01-01";

/// The rules of the program, and the draft in force from a day on.
fn amended() -> Arc<Rulebook> {
    let mut files = Rulebook::builtin().archive();
    let (_, bytes) = files.iter_mut().find(|(name, _)| name == "parameters.csv").unwrap();
    let text = String::from_utf8(bytes.clone()).unwrap();
    let kept = text.lines().filter(|line| {
        !["serious.procedure,", "serious.decided_with_penalty,", "serious.draft2025.objection,"]
            .iter()
            .any(|name| line.starts_with(name))
    });
    let rows = [
        "serious.procedure,order44,enum,2021-09-01,2025-12-31,order 44",
        "serious.procedure,draft-2025,enum,2026-01-01,,the draft as issued",
        "serious.decided_with_penalty,true,bool,2021-09-01,2025-12-31,order 44",
        "serious.decided_with_penalty,false,bool,2026-01-01,,the draft as issued",
        "serious.draft2025.objection,5,working_day,2026-01-01,,the draft as issued",
    ];
    let text: String = kept.chain(rows).map(|line| format!("{line}\n")).collect();
    *bytes = text.into_bytes();
    Arc::new(Rulebook::from_archive(files).unwrap())
}

async fn open(db: Db) -> Store {
    open_by(db, amended()).await
}

async fn from_its_first_day_the_credit_body_decides_with_nobodys_consent(store: Store) {
    let name = noticed(&store, case(), "2026-01-05").await;
    let served = store.case(&name).await.unwrap();
    assert_eq!((served.procedure.as_str(), served.state.word()), ("draft-2025", "NoticeServed"));
    let taken_over = take(&store, &name, &[("CREDIT", "sun", Event::TakeOver, "2026-01-07")]).await;
    assert_eq!((taken_over.state.as_str(), taken_over.due_on.as_str()), ("DefencePending", "2026-01-12"));
    for (office, event) in [("ENFORCEMENT", Event::AskConsent), ("ENFORCEMENT", Event::Decide)] {
        let step = case_step(event, "2026-01-13");
        let refused = store.advance_case(&act(office, "feng", "2026-01-13"), &body("x"), &name, &step).await;
        assert!(matches!(refused, Err(Error::Common(service::Error::Refused(_)))), "{event:?}");
    }
    let decide = |person, day: &str| (act("CREDIT", person, day), case_step(Event::Decide, day));
    let (early, step) = decide("qian", "2026-01-12");
    let refused = store.advance_case(&early, &body("early"), &name, &step).await.unwrap_err();
    assert!(
        matches!(refused, Error::DefencePeriodRunning { until } if until == date("2026-01-12")),
        "{refused:?}"
    );
    let (alone, step) = decide("sun", "2026-01-13");
    assert!(
        store.advance_case(&alone, &body("alone"), &name, &step).await.is_err(),
        "two officers of the body"
    );
    let (second, step) = decide("qian", "2026-01-13");
    assert_eq!(store.advance_case(&second, &body("second"), &name, &step).await.unwrap().state, "Decided");
    assert_eq!(duties(&store, &name.to_string()).await[0].0, "serious.publish");
}

async fn a_defence_is_put_on_file_before_the_credit_body_takes_the_case_over(store: Store) {
    let name = noticed(&store, case(), "2026-01-05").await;
    for (office, person) in [("ENFORCEMENT", "wang"), ("CREDIT", "sun")] {
        let defended = take(&store, &name, &[(office, person, Event::RecordDefence, "2026-01-06")]).await;
        let said = (defended.state.as_str(), defended.due_on.as_str());
        assert_eq!(said, ("NoticeServed", "2026-01-12"), "its days run from the notice");
    }
    let line = case_step(Event::RecordDefence, "2026-01-06");
    let refused = store.advance_case(&act("FOOD_PROD", "hu", "2026-01-06"), &body("x"), &name, &line).await;
    assert!(matches!(refused, Err(Error::Common(service::Error::Refused(_)))), "{refused:?}");
    assert!(duties(&store, &name.to_string()).await.iter().any(|(kind, _)| kind == "serious.take_over"));
    let taken_over = take(&store, &name, &[("CREDIT", "sun", Event::TakeOver, "2026-01-07")]).await;
    assert_eq!((taken_over.state.as_str(), taken_over.due_on.as_str()), ("DefencePending", "2026-01-12"));

    // Who took the case over does not decide it, whoever put a letter on file meanwhile.
    take(&store, &name, &[("CREDIT", "qian", Event::RecordDefence, "2026-01-08")]).await;
    let decide = case_step(Event::Decide, "2026-01-13");
    let own = store.advance_case(&act("CREDIT", "sun", "2026-01-13"), &body("own"), &name, &decide).await;
    let four_eyes = matches!(own, Err(Error::Common(service::Error::Refused(Refused::FourEyes { .. }))));
    assert!(four_eyes, "{own:?}");
    let decided = take(&store, &name, &[("CREDIT", "qian", Event::Decide, "2026-01-13")]).await;
    assert_eq!(decided.state, "Decided");
}

async fn what_was_opened_before_goes_on_by_order_44(store: Store) {
    let name = noticed(&store, case(), "2025-12-31").await;
    let asked = take(&store, &name, &[("ENFORCEMENT", "wang", Event::AskConsent, "2026-01-13")]).await;
    assert_eq!((asked.procedure.as_str(), asked.state.as_str()), ("order44", "SuperiorConsentPending"));
    let steps = [
        ("SUPERIOR", "zhou", Event::Consent, "2026-01-14"),
        ("ENFORCEMENT", "feng", Event::Decide, "2026-01-15"),
    ];
    assert_eq!(take(&store, &name, &steps).await.state, "Decided");
}

mod cases {
    use super::*;
    db::conformance! {
        open = open;
        cases = [
            from_its_first_day_the_credit_body_decides_with_nobodys_consent,
            a_defence_is_put_on_file_before_the_credit_body_takes_the_case_over,
            what_was_opened_before_goes_on_by_order_44,
        ]
    }
}

#[test]
fn the_draft_is_not_in_force_in_the_rules_of_the_program() {
    for day in [FIRST_DAY, "2026-12-31"] {
        assert_eq!(Rulebook::builtin().text("serious.procedure", date(day)).unwrap(), "order44");
    }
}
