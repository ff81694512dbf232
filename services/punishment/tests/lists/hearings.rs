//! Hearings, and the days in which a party may defend itself: called, called anew, given up, and at the end of the calendar.

use contract::punishment::v1::SeriousCase;
use domain::DocumentNumber;
use outbox::{Entropy, Origin, Outbox};
use punishment::Error;
use punishment::domain::list::{Advance, EntryName};
use punishment::domain::papers::Paper;
use punishment::domain::serious::NewCase;
use punishment::machines::serious::Event;
use punishment::store::Store;
use rulebook::Rulebook;

use crate::common::{act, body, case, case_step, date, hearing, noticed, open, take};

/// Calls a hearing, by a step of somebody on a day: when it was asked for, when it is held, and before whom.
async fn call(
    store: &Store,
    name: &EntryName,
    event: Event,
    ((asked_on, held_on, by), (office, person, day)): (Sent<'_>, Who<'_>),
) -> Result<SeriousCase, Error> {
    let paper = Some(Paper::Hearing(hearing(asked_on, held_on, by)));
    let order = Advance { paper, ..case_step(event, day) };
    store.advance_case(&act(office, person, day), &body("h"), name, &order).await
}

type Sent<'a> = (&'a str, &'a str, &'a str);
type Who<'a> = (&'static str, &'static str, &'a str);

async fn anew(store: &Store, name: &EntryName, call_of: (Sent<'_>, Who<'_>)) -> Result<SeriousCase, Error> {
    call(store, name, Event::OrderHearingAnew, call_of).await
}

async fn a_hearing_is_called_anew_before_another_officer_and_who_was_named_before_stays_on_record(
    store: Store,
) {
    let name = noticed(&store, case(), "2026-02-05").await;
    let (wang, called) = (("ENFORCEMENT", "wang", "2026-02-13"), ("2026-02-12", "2026-03-02", "zheng"));
    let none = call(&store, &name, Event::OrderHearingAnew, (called, wang)).await.unwrap_err();
    assert!(matches!(none, Error::Common(service::Error::Refused(_))), "none is called yet: {none:?}");
    call(&store, &name, Event::OrderHearing, (called, wang)).await.unwrap();

    // On Friday 27 February the officer falls ill; seven working days from then the party is not told of another day in time.
    let zhou = ("ENFORCEMENT", "zhou", "2026-02-27");
    let early = anew(&store, &name, (("2026-02-12", "2026-03-03", "qin"), zhou)).await.unwrap_err();
    assert!(matches!(early, Error::HearingTooEarly { .. }), "{early:?}");
    for handler in ["wang", "lin", "zhou"] {
        let refused = anew(&store, &name, (("2026-02-12", "2026-03-02", handler), zhou)).await.unwrap_err();
        assert!(matches!(refused, Error::HearerHandlesCase { .. }), "{handler}: {refused:?}");
    }
    for unfit in [called, ("2026-02-11", "2026-03-02", "qin")] {
        let refused = anew(&store, &name, (unfit, zhou)).await.unwrap_err();
        assert!(matches!(refused, Error::Common(service::Error::Invalid(_))), "{unfit:?}: {refused:?}");
    }
    let credit = anew(&store, &name, (("2026-02-12", "2026-03-02", "qin"), ("CREDIT", "sun", "2026-02-27")))
        .await
        .unwrap_err();
    assert!(matches!(credit, Error::Common(service::Error::Refused(_))), "{credit:?}");
    assert_eq!(
        store.case(&name).await.unwrap().papers.former_hearings,
        [],
        "what is refused changes nothing"
    );

    // Of the day that it knows it was told in time.
    let again = anew(&store, &name, (("2026-02-12", "2026-03-02", "qin"), zhou)).await.unwrap();
    assert_eq!(again.state, "HearingOrdered");
    let papers = again.papers.unwrap();
    assert_eq!(papers.hearing.unwrap().conducted_by, "qin");
    let before: Vec<_> = papers
        .former_hearings
        .into_iter()
        .map(|former| (former.hearing.unwrap().conducted_by, former.set_aside_on, former.reason))
        .collect();
    let zheng = ("zheng".to_owned(), "2026-02-27".to_owned(), "事实清楚".to_owned());
    assert_eq!(before, [zheng]);
    let past =
        anew(&store, &name, (("2026-02-12", "2026-03-02", "han"), ("ENFORCEMENT", "zhou", "2026-03-03")))
            .await;
    assert!(matches!(past, Err(Error::HearingTooEarly { .. })), "that day is over: {past:?}");
    let put_off =
        anew(&store, &name, (("2026-02-12", "2026-03-31", "qin"), ("ENFORCEMENT", "zhou", "2026-03-03")))
            .await;
    put_off.unwrap();
    let stored = store.case(&name).await.unwrap().papers;
    let held: Vec<_> = stored.former_hearings.iter().map(|former| former.hearing.held_on).collect();
    assert_eq!((held, stored.hearing.unwrap().held_on), (vec![date("2026-03-02"); 2], date("2026-03-31")));
    let hold = case_step(Event::HoldHearing, "2026-03-30");
    let early = store.advance_case(&act("ENFORCEMENT", "wang", "2026-03-30"), &body("e"), &name, &hold).await;
    assert!(matches!(early, Err(Error::DateOutOfOrder { .. })), "{early:?}");
    let held = take(&store, &name, &[("ENFORCEMENT", "wang", Event::HoldHearing, "2026-03-31")]).await;
    assert_eq!(held.state, "HearingHeld");
}

async fn a_defence_is_put_on_file_while_a_hearing_is_called(store: Store) {
    let name = noticed(&store, case(), "2026-02-05").await;
    let paper = Some(Paper::Hearing(hearing("2026-02-06", "2026-03-02", "zheng")));
    let order = Advance { paper, ..case_step(Event::OrderHearing, "2026-02-06") };
    store.advance_case(&act("ENFORCEMENT", "wang", "2026-02-06"), &body("h"), &name, &order).await.unwrap();
    // Its days run to Thursday 12 February.
    let defended = take(&store, &name, &[("ENFORCEMENT", "wang", Event::RecordDefence, "2026-02-12")]).await;
    assert_eq!(defended.state, "HearingOrdered");
}

async fn a_hearing_that_is_called_is_given_up_and_the_days_for_a_defence_run_on(store: Store) {
    let name = noticed(&store, case(), "2026-02-05").await;
    let (called, wang) = (("2026-02-06", "2026-03-02", "zheng"), ("ENFORCEMENT", "wang", "2026-02-06"));
    call(&store, &name, Event::OrderHearing, (called, wang)).await.unwrap();
    let given_up =
        take(&store, &name, &[("ENFORCEMENT", "wang", Event::WithdrawHearing, "2026-02-09")]).await;
    assert_eq!((given_up.state.as_str(), given_up.due_on.as_str()), ("DefencePending", "2026-02-12"));
    let papers = store.case(&name).await.unwrap().papers;
    assert_eq!(papers.hearing, None);
    let former: Vec<_> = papers.former_hearings.iter().map(|former| former.set_aside_on).collect();
    assert_eq!(former, [date("2026-02-09")]);
    let early = consent(&store, &name, "2026-02-12").await;
    assert!(matches!(early, Err(Error::DefencePeriodRunning { .. })), "{early:?}");
    assert_eq!(consent(&store, &name, "2026-02-13").await.unwrap().state, "SuperiorConsentPending");
}

async fn a_hearing_is_given_up_until_its_day_and_no_longer_once_it_may_have_been_held(store: Store) {
    let called = ("2026-02-12", "2026-03-02", "zheng");
    let ordered = async |penalty: &str| {
        let penalty_document_no = DocumentNumber::parse(penalty).unwrap();
        let name = noticed(&store, NewCase { penalty_document_no, ..case() }, "2026-02-05").await;
        let wang = ("ENFORCEMENT", "wang", "2026-02-13");
        call(&store, &name, Event::OrderHearing, (called, wang)).await.unwrap();
        name
    };
    // Recorded on a later day, the step bears the day on which the party gave it up.
    let give_up = async |name: &EntryName, given_up_on: &str, day: &str| {
        let step = case_step(Event::WithdrawHearing, given_up_on);
        store.advance_case(&act("ENFORCEMENT", "wang", day), &body("g"), name, &step).await
    };
    let missed = ordered("济市监罚〔2026〕1号").await;
    let late = give_up(&missed, "2026-03-03", "2026-03-03").await.unwrap_err();
    let day = date("2026-03-03");
    assert!(matches!(late, Error::DateOutOfOrder { on, .. } if on == day), "{late:?}");
    assert_eq!(store.case(&missed).await.unwrap().papers.hearing.unwrap().held_on, date("2026-03-02"));
    let now = take(&store, &missed, &[("ENFORCEMENT", "wang", Event::MissHearing, "2026-03-03")]).await;
    assert_eq!(now.state, "HearingHeld");

    let on_its_day = ordered("济市监罚〔2026〕2号").await;
    let given_up = give_up(&on_its_day, "2026-03-02", "2026-03-03").await.unwrap();
    assert_eq!(given_up.state, "DefencePending");

    // For a party that had a reason to stay away it is called anew, and then given up until the new day.
    let excused = ordered("济市监罚〔2026〕3号").await;
    let wang = ("ENFORCEMENT", "wang", "2026-03-03");
    anew(&store, &excused, (("2026-02-12", "2026-03-31", "zheng"), wang)).await.unwrap();
    assert_eq!(give_up(&excused, "2026-03-30", "2026-03-30").await.unwrap().state, "DefencePending");
}

async fn consent(store: &Store, name: &EntryName, day: &str) -> Result<SeriousCase, Error> {
    let wang = act("ENFORCEMENT", "wang", day);
    store.advance_case(&wang, &body("consent"), name, &case_step(Event::AskConsent, day)).await
}

/// The same records, by a calendar that reaches a year further.
fn with_next_year(store: &Store) -> Store {
    let last = store.book().calendar().last_loaded_year();
    let files = store.book().archive().into_iter().map(|(name, bytes)| {
        let text = String::from_utf8(bytes).unwrap();
        let text = match name.as_str() {
            "calendar.csv" => format!("{text}2027-01-01,holiday,元旦,Fri\n"),
            "parameters.csv" => {
                let loaded = |year| format!("calendar.last_loaded_year,{year}");
                text.replace(&loaded(last), &loaded(last + 1))
            }
            _ => text,
        };
        (name, text.into_bytes())
    });
    let book = Rulebook::from_archive(files).unwrap().into();
    let origin = Origin { deployment: "test".to_owned(), service: "punishment".to_owned() };
    Store::new(store.db().clone(), Outbox::new(origin, Entropy::system()), book)
}

async fn a_notice_at_the_end_of_the_calendar_is_answered_once_the_next_year_is_loaded(store: Store) {
    let name = noticed(&store, case(), "2026-12-28").await;
    assert_eq!(store.case(&name).await.unwrap().due_on, None, "no calendar says");
    let ask = |day: &str| (act("ENFORCEMENT", "wang", day), case_step(Event::RequestHearing, day));
    let (wang, asked) = ask("2026-12-30");
    let unknown = store.advance_case(&wang, &body("a"), &name, &asked).await;
    assert!(matches!(unknown, Err(Error::DefencePeriodUnknown)), "{unknown:?}");
    let unknown = consent(&store, &name, "2026-12-30").await;
    assert!(matches!(unknown, Err(Error::DefencePeriodUnknown)), "{unknown:?}");

    // Three working days of 2026, and two of 2027.
    let store = with_next_year(&store);
    let early = consent(&store, &name, "2027-01-05").await;
    let until = date("2027-01-05");
    assert!(matches!(early, Err(Error::DefencePeriodRunning { until: last }) if last == until), "{early:?}");
    let (wang, asked) = ask("2027-01-06");
    let late = store.advance_case(&wang, &body("l"), &name, &asked).await;
    assert!(matches!(late, Err(Error::HearingRequestLate { until: last }) if last == until), "{late:?}");
    let (wang, asked) = ask("2027-01-05");
    let asked = store.advance_case(&wang, &body("t"), &name, &asked).await.unwrap();
    assert_eq!((asked.state.as_str(), asked.due_on.as_str()), ("HearingRequested", "2027-01-05"));
}

mod cases {
    use super::*;
    db::conformance! {
        open = open;
        cases = [
            a_hearing_is_called_anew_before_another_officer_and_who_was_named_before_stays_on_record,
            a_defence_is_put_on_file_while_a_hearing_is_called,
            a_hearing_that_is_called_is_given_up_and_the_days_for_a_defence_run_on,
            a_hearing_is_given_up_until_its_day_and_no_longer_once_it_may_have_been_held,
            a_notice_at_the_end_of_the_calendar_is_answered_once_the_next_year_is_loaded,
        ]
    }
}
