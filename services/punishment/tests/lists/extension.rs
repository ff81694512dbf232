//! More time for a case: who asks for it, who approves it, and what it does to the duty to decide.

use domain::DocumentNumber;
use punishment::domain::extension::ExtensionDecision;
use punishment::domain::list::EntryName;
use punishment::machines::serious::Event;
use punishment::store::Store;
use punishment::{Error, ExtensionRefused};
use service::machine::Refused;

use crate::common::{act, body, case, date, open, opened, take};
use crate::lists::directory::duties;

const GRANTED: ExtensionDecision =
    ExtensionDecision { granted: true, document_no: None, extended_to: None, remark: String::new() };

fn by_heads(day: &str) -> ExtensionDecision {
    let document_no = Some(DocumentNumber::parse("济市监集体讨论〔2024〕3号").unwrap());
    ExtensionDecision { document_no, extended_to: Some(date(day)), ..GRANTED }
}

async fn ask(store: &Store, name: &EntryName, person: &'static str, day: &str) -> Result<String, Error> {
    let act = act("ENFORCEMENT", person, day);
    let answer = store.request_case_extension(&act, &body(day), name, "案情复杂").await?;
    Ok(answer.extensions.last().unwrap().state.clone())
}

async fn decide(
    store: &Store,
    name: &EntryName,
    (person, day): (&'static str, &str),
    decided: &ExtensionDecision,
) -> Result<String, Error> {
    let act = act("ENFORCEMENT", person, day);
    let answer = store.decide_case_extension(&act, &body(day), name, decided).await?;
    Ok(answer.extensions.last().unwrap().extended_to.clone())
}

/// The last day to decide a case.
async fn last_day(store: &Store, name: &EntryName) -> String {
    let mut days = duties(store, &name.to_string()).await;
    days.retain(|(kind, _)| kind == "serious.case_period");
    assert_eq!(days.len(), 1);
    days.remove(0).1.unwrap()
}

async fn the_period_of_a_case_is_extended_by_a_second_officer_once_and_further_by_the_heads(store: Store) {
    // To Monday 3 June 2024.
    let name = opened(&store, case(), "2024-03-04").await;
    assert_eq!(ask(&store, &name, "wang", "2024-05-27").await.unwrap(), "Requested");
    let own = decide(&store, &name, ("wang", "2024-05-28"), &GRANTED).await.unwrap_err();
    assert!(matches!(own, Error::Common(service::Error::Refused(Refused::FourEyes { .. }))), "{own:?}");
    let day = decide(&store, &name, ("feng", "2024-05-28"), &by_heads("2024-12-31")).await;
    assert!(matches!(day, Err(Error::Common(service::Error::Invalid(_)))), "the rule fixes the day: {day:?}");
    let numbered = ExtensionDecision { extended_to: None, ..by_heads("2024-12-31") };
    let numbered = decide(&store, &name, ("feng", "2024-05-28"), &numbered).await;
    assert!(matches!(numbered, Err(Error::Common(service::Error::Invalid(_)))), "of no heads: {numbered:?}");
    assert_eq!(decide(&store, &name, ("feng", "2024-05-28"), &GRANTED).await.unwrap(), "2024-07-03");
    assert_eq!(last_day(&store, &name).await, "2024-07-03");
    // More than that is for the heads, with their record and a day.
    assert_eq!(ask(&store, &name, "wang", "2024-07-01").await.unwrap(), "FurtherRequested");
    let bare = decide(&store, &name, ("feng", "2024-07-02"), &GRANTED).await;
    assert!(matches!(bare, Err(Error::Common(service::Error::Invalid(_)))), "{bare:?}");
    let earlier = decide(&store, &name, ("feng", "2024-07-02"), &by_heads("2024-07-03")).await;
    assert!(matches!(earlier, Err(Error::Common(service::Error::Invalid(_)))), "{earlier:?}");
    decide(&store, &name, ("feng", "2024-07-02"), &by_heads("2024-09-02")).await.unwrap();
    assert_eq!(last_day(&store, &name).await, "2024-09-02");
    let third = ask(&store, &name, "wang", "2024-08-05").await.unwrap_err();
    assert!(matches!(third, Error::Common(service::Error::Refused(Refused::Transition { .. }))), "{third:?}");
    // What the first one said stays beside the second.
    let stored = store.case(&name).await.unwrap().extensions;
    let days: Vec<_> = stored.iter().map(|own| (own.extended_from, own.extended_to)).collect();
    let day = |text: &str| Some(date(text));
    assert_eq!(days, [(day("2024-06-03"), day("2024-07-03")), (day("2024-07-03"), day("2024-09-02"))]);
    assert_eq!((stored[0].document_no.is_some(), stored[1].document_no.is_some()), (false, true));
}

async fn what_is_over_is_not_extended_and_may_be_refused(store: Store) {
    let name = opened(&store, case(), "2024-03-04").await;
    ask(&store, &name, "wang", "2024-06-03").await.unwrap();
    let late = decide(&store, &name, ("feng", "2024-06-04"), &GRANTED).await.unwrap_err();
    assert!(matches!(late, Error::Extension(ExtensionRefused::Over { .. })), "{late:?}");
    let refused = ExtensionDecision { granted: false, remark: "应当及时办结".to_owned(), ..GRANTED };
    assert_eq!(decide(&store, &name, ("feng", "2024-06-04"), &refused).await.unwrap(), "");
    assert_eq!(last_day(&store, &name).await, "2024-06-03");
    take(&store, &name, &[("ENFORCEMENT", "wang", Event::DropCase, "2024-06-05")]).await;
    let dropped = ask(&store, &name, "wang", "2024-06-05").await.unwrap_err();
    assert!(matches!(dropped, Error::Extension(ExtensionRefused::NotRunning(_))), "{dropped:?}");
}

mod cases {
    use super::*;
    db::conformance! {
        open = open;
        cases = [
            the_period_of_a_case_is_extended_by_a_second_officer_once_and_further_by_the_heads,
            what_is_over_is_not_extended_and_may_be_refused,
        ];
    }
}
