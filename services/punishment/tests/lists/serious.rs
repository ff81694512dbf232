//! The list of serious violators under order 44: assessment, hearing, decision, provinces, batches, early removal, restoration.

use domain::Uscc;
use punishment::Error;
use punishment::domain::assessment::MustDrop;
use punishment::domain::list::{Advance, EntryName, List};
use punishment::domain::papers::{Assessment, Decision, Paper};
use punishment::domain::serious::NewCase;
use punishment::machines::serious::Event;
use punishment::store::{Batch, Store};

use crate::common::{
    OTHER, PARTY, act, assessment, body, case, case_step, date, decision, hearing, noticed, open, opened,
    published_case, take,
};
use crate::lists::directory::duties;

async fn assessed(store: &Store, assessment: Assessment) -> Result<EntryName, Error> {
    let day = "2024-03-04";
    let name = opened(store, case(), day).await;
    take(store, &name, &[("FOOD_PROD", "hu", Event::GiveOpinion, day)]).await;
    let assess = Advance { paper: Some(Paper::Assessment(assessment)), ..case_step(Event::Assess, day) };
    store.advance_case(&act("ENFORCEMENT", "wang", day), &body("a"), &name, &assess).await?;
    take(store, &name, &[("LEGAL", "lin", Event::Review, day)]).await;
    Ok(name)
}

async fn an_assessment_that_weighs_less_than_every_factor_is_refused(store: Store) {
    let mut made = assessment();
    made.factors.retain(|(factor, _)| factor != "Malice");
    let refused = assessed(&store, made).await.unwrap_err();
    assert!(matches!(&refused, Error::FactorsUnweighed { factors } if factors == "Malice"), "{refused:?}");
}

async fn proven_lack_of_intent_and_a_breach_that_is_not_grave_can_only_be_dropped(store: Store) {
    for (made, why) in [
        (Assessment { no_intent_proven: true, ..assessment() }, MustDrop::NoIntent),
        (Assessment { grave: false, ..assessment() }, MustDrop::NotGrave),
    ] {
        let name = assessed(&store, made).await.unwrap();
        let notice = case_step(Event::ServeNotice, "2024-03-05");
        let refused = store
            .advance_case(&act("ENFORCEMENT", "wang", "2024-03-05"), &body("n"), &name, &notice)
            .await
            .unwrap_err();
        assert!(matches!(refused, Error::MustBeDropped(found) if found == why), "{refused:?}");
        let dropped = take(&store, &name, &[("ENFORCEMENT", "wang", Event::DropCase, "2024-03-05")]).await;
        assert_eq!(dropped.state, "NotListed");
        assert!(dropped.papers.unwrap().assessment.is_some(), "the reasons are kept");
    }
}

async fn a_hearing_is_asked_for_in_time_told_seven_working_days_before_and_held_by_a_stranger(store: Store) {
    // Notice on Thursday 5 February 2026: five working days end on Thursday 12 February.
    let name = noticed(&store, case(), "2026-02-05").await;
    let call = async |requested_on: &str, held_on: &str, by: &str| {
        let paper = Some(Paper::Hearing(hearing(requested_on, held_on, by)));
        let order = Advance { paper, ..case_step(Event::OrderHearing, "2026-02-13") };
        store.advance_case(&act("ENFORCEMENT", "wang", "2026-02-13"), &body("h"), &name, &order).await
    };
    let late = call("2026-02-13", "2026-03-05", "zheng").await.unwrap_err();
    assert!(matches!(late, Error::HearingRequestLate { until } if until == date("2026-02-12")), "{late:?}");
    let before = call("2026-02-04", "2026-03-05", "zheng").await.unwrap_err();
    assert!(matches!(before, Error::DateOutOfOrder { on, .. } if on == date("2026-02-04")), "{before:?}");
    let early = call("2026-02-12", "2026-02-28", "zheng").await.unwrap_err();
    assert!(
        matches!(early, Error::HearingTooEarly { earliest } if earliest == date("2026-03-02")),
        "{early:?}"
    );
    for handler in ["wang", "lin", "hu"] {
        let refused = call("2026-02-12", "2026-03-02", handler).await.unwrap_err();
        assert!(matches!(refused, Error::HearerHandlesCase { .. }), "{handler}: {refused:?}");
    }
    assert_eq!(call("2026-02-12", "2026-03-02", "zheng").await.unwrap().state, "HearingOrdered");
    let hold = async |day: &'static str| {
        let held = case_step(Event::HoldHearing, day);
        store.advance_case(&act("ENFORCEMENT", "wang", day), &body("held"), &name, &held).await
    };
    let refused = hold("2026-02-27").await.unwrap_err();
    assert!(matches!(refused, Error::DateOutOfOrder { .. }), "{refused:?}");
    assert_eq!(hold("2026-03-02").await.unwrap().state, "HearingHeld");
    let asked = take(&store, &name, &[("ENFORCEMENT", "wang", Event::AskConsent, "2026-03-03")]).await;
    assert_eq!(asked.state, "SuperiorConsentPending", "after a hearing nothing is waited for");
}

async fn a_hearing_that_the_party_asked_for_is_not_passed_over(store: Store) {
    let name = noticed(&store, case(), "2026-02-05").await;
    let step = async |event: Event, day: &'static str| {
        store.advance_case(&act("ENFORCEMENT", "wang", day), &body(day), &name, &case_step(event, day)).await
    };
    let late = step(Event::RequestHearing, "2026-02-13").await.unwrap_err();
    assert!(matches!(late, Error::HearingRequestLate { until } if until == date("2026-02-12")), "{late:?}");
    let asked = step(Event::RequestHearing, "2026-02-12").await.unwrap();
    assert_eq!((asked.state.as_str(), asked.due_on.as_str()), ("HearingRequested", "2026-02-12"));
    let passed_over = step(Event::AskConsent, "2026-02-24").await;
    assert!(matches!(passed_over, Err(Error::Common(service::Error::Refused(_)))), "{passed_over:?}");
    assert_eq!(step(Event::WithdrawHearing, "2026-02-24").await.unwrap().state, "DefencePending");
    assert_eq!(step(Event::AskConsent, "2026-02-25").await.unwrap().state, "SuperiorConsentPending");
}

async fn who_stays_away_from_the_hearing_is_deemed_to_have_waived_it(store: Store) {
    let name = noticed(&store, case(), "2026-02-05").await;
    let paper = Some(Paper::Hearing(hearing("2026-02-12", "2026-03-02", "zheng")));
    let order = Advance { paper, ..case_step(Event::OrderHearing, "2026-02-13") };
    store.advance_case(&act("ENFORCEMENT", "wang", "2026-02-13"), &body("h"), &name, &order).await.unwrap();
    let miss = async |day: &'static str| {
        let missed = case_step(Event::MissHearing, day);
        store.advance_case(&act("ENFORCEMENT", "wang", day), &body("m"), &name, &missed).await
    };
    let early = miss("2026-02-27").await.unwrap_err();
    assert!(matches!(early, Error::DateOutOfOrder { .. }), "{early:?}");
    let missed = miss("2026-03-02").await.unwrap();
    assert!(missed.state == "HearingHeld" && missed.papers.unwrap().hearing.unwrap().missed);
    assert!(store.case(&name).await.unwrap().papers.hearing.unwrap().missed, "as it is stored");
    let asked = take(&store, &name, &[("ENFORCEMENT", "wang", Event::AskConsent, "2026-03-03")]).await;
    assert_eq!(asked.state, "SuperiorConsentPending");
}

/// A case whose consent the next higher department gave on 2021-09-24.
pub(crate) async fn consented(store: &Store, new: NewCase) -> EntryName {
    let name = noticed(store, new, "2021-09-01").await;
    let steps = [
        ("ENFORCEMENT", "wang", Event::AskConsent, "2021-09-13"),
        ("SUPERIOR", "zhou", Event::Consent, "2021-09-24"),
    ];
    take(store, &name, &steps).await;
    name
}

async fn the_decision_goes_with_the_penalty_and_is_published_within_twenty_working_days(store: Store) {
    let name = consented(&store, case()).await;
    let day = "2021-09-27";
    let made = Decision { penalty_decided_on: date("2021-09-24"), ..decision(day) };
    let other_day = Advance { paper: Some(Paper::Decision(made)), ..case_step(Event::Decide, day) };
    let head = || act("ENFORCEMENT", "feng", day);
    let refused = store.advance_case(&head(), &body("d"), &name, &other_day).await.unwrap_err();
    assert!(matches!(refused, Error::DateOutOfOrder { .. }), "{refused:?}");
    let decided = take(&store, &name, &[("ENFORCEMENT", "feng", Event::Decide, day)]).await;
    assert_eq!((decided.due_on.as_str(), decided.term_ends_on.as_str()), ("2021-10-29", "2024-09-27"));
    let publish = ("serious.publish".to_owned(), Some("2021-10-29".to_owned()));
    assert_eq!(duties(&store, &name.to_string()).await, [publish]);
    assert_eq!(store.standing_of(&Uscc::parse(PARTY).unwrap()).await.unwrap(), [], "not yet published");
}

async fn who_did_not_perform_a_decision_is_listed_after_it_by_a_decision_of_its_own(store: Store) {
    let refused_to_perform =
        NewCase { ground: "N1".to_owned(), discretion_grade: "Ordinary".to_owned(), ..case() };
    let name = consented(&store, refused_to_perform).await;
    let day = "2021-09-27";
    let decided = async |penalty_decided_on: &str| {
        let made = Decision { penalty_decided_on: date(penalty_decided_on), ..decision(day) };
        let decide = Advance { paper: Some(Paper::Decision(made)), ..case_step(Event::Decide, day) };
        store.advance_case(&act("ENFORCEMENT", "feng", day), &body("d"), &name, &decide).await
    };
    for early in [day, "2021-09-28"] {
        let refused = decided(early).await.unwrap_err();
        assert!(matches!(refused, Error::DateOutOfOrder { .. }), "{early}: {refused:?}");
    }
    let listed = decided("2021-03-08").await.unwrap();
    assert_eq!((listed.state.as_str(), listed.listed_on.as_str()), ("Decided", day));
    assert_eq!(listed.papers.unwrap().decision.unwrap().penalty_decided_on, "2021-03-08");
}

async fn a_case_is_to_be_decided_or_dropped_within_ninety_days(store: Store) {
    let name = opened(&store, case(), "2024-03-04").await;
    // The ninetieth day after Monday 4 March is Sunday 2 June.
    let owed = ("serious.case_period".to_owned(), Some("2024-06-03".to_owned()));
    assert_eq!(duties(&store, &name.to_string()).await[0], owed);
    take(&store, &name, &[("ENFORCEMENT", "wang", Event::DropCase, "2024-03-05")]).await;
    assert_eq!(duties(&store, &name.to_string()).await, []);
}

/// Open duties of a case with the office of each, but for that to decide it.
async fn handed_over(store: &Store, name: &EntryName) -> Vec<(String, String)> {
    const SQL: &str = "
        SELECT kind, office FROM obligation
        WHERE subject = $1 AND done_on IS NULL AND kind <> 'serious.case_period'
        ORDER BY kind, office";
    let subject = name.to_string();
    db::on!(store.db(), |pool| sqlx::query_as(SQL).bind(&subject).fetch_all(pool).await).unwrap()
}

async fn what_waits_for_a_body_stands_in_the_work_list_of_that_body(store: Store) {
    const REVIEW: Option<(&str, &str)> = Some(("serious.review", "LEGAL"));
    const CONSENT: Option<(&str, &str)> = Some(("serious.consent", "SUPERIOR"));
    let of = |kind: &str, office: &str| (kind.to_owned(), office.to_owned());
    let name = opened(&store, case(), "2024-03-04").await;
    let opinion = ["FOOD_PROD", "SAMPLING_SPECIAL_FOOD"].map(|office| of("serious.opinion", office));
    assert_eq!(handed_over(&store, &name).await, opinion, "one of them answers for both");
    for (office, person, event, day, waits) in [
        ("FOOD_PROD", "hu", Event::GiveOpinion, "2024-03-04", None),
        ("ENFORCEMENT", "wang", Event::Assess, "2024-03-05", REVIEW),
        ("LEGAL", "lin", Event::ReturnCase, "2024-03-06", None),
        ("ENFORCEMENT", "wang", Event::Assess, "2024-03-07", REVIEW),
        ("LEGAL", "lin", Event::Review, "2024-03-08", None),
        ("ENFORCEMENT", "wang", Event::ServeNotice, "2024-03-11", None),
        ("ENFORCEMENT", "wang", Event::AskConsent, "2024-03-25", CONSENT),
        ("SUPERIOR", "zhou", Event::Consent, "2024-03-26", None),
    ] {
        take(&store, &name, &[(office, person, event, day)]).await;
        let waits: Vec<_> = waits.into_iter().map(|(kind, office)| of(kind, office)).collect();
        assert_eq!(handed_over(&store, &name).await, waits, "{event:?} on {day}");
    }
}

async fn a_batch_holds_decided_cases_alone_or_is_refused_whole(store: Store) {
    let decided = consented(&store, case()).await;
    take(&store, &decided, &[("ENFORCEMENT", "feng", Event::Decide, "2021-09-27")]).await;
    let other = NewCase { uscc: Uscc::parse("91370114MA3T7K2P9A").unwrap(), ..case() };
    let undecided = consented(&store, other).await;
    let batch = |names: &[&EntryName]| Batch {
        names: names.iter().map(|name| (*name).clone()).collect(),
        title: "重点领域第一批".to_owned(),
        effective_on: None,
    };
    let credit = || act("CREDIT", "sun", "2021-09-28");
    let refused = store.publish_cases(&credit(), &body("p"), &batch(&[&decided, &undecided])).await;
    let Err(Error::OfBatch { name, refused }) = refused else { panic!("{refused:?}") };
    assert_eq!(name, undecided, "the one that keeps the others waiting is named");
    assert!(matches!(*refused, Error::Common(service::Error::Refused(_))), "{refused:?}");
    assert_eq!(store.case(&decided).await.unwrap().state.word(), "Decided", "all or none");
    let published = store.publish_cases(&credit(), &body("p"), &batch(&[&decided])).await.unwrap();
    assert_eq!(published.cases[0].state, "Published");
}

async fn a_longer_restriction_of_the_law_takes_the_place_of_the_term(store: Store) {
    let made = |until: &str| Decision { restricted_until: Some(date(until)), ..decision("2021-09-27") };
    let decide = |until: &str| Advance {
        paper: Some(Paper::Decision(made(until))),
        ..case_step(Event::Decide, "2021-09-27")
    };
    let head = act("ENFORCEMENT", "feng", "2021-09-27");
    let fine = consented(&store, case()).await;
    let refused = store.advance_case(&head, &body("f"), &fine, &decide("2026-09-27")).await;
    assert!(refused.is_err(), "a fine restricts nothing: {refused:?}");
    let other = Uscc::parse(OTHER).unwrap();
    let banned = NewCase { uscc: other, penalty_kinds: vec!["12".to_owned()], ..case() };
    let name = consented(&store, banned).await;
    let over = store.advance_case(&head, &body("o"), &name, &decide("2021-09-27")).await;
    assert!(over.is_err(), "it ends on the day it begins: {over:?}");
    let decide = decide("2026-09-27");
    let decided = store.advance_case(&head, &body("d"), &name, &decide).await.unwrap();
    assert_eq!(decided.term_ends_on, "2026-09-27");
}

async fn fraud_restores_an_early_removal_for_a_new_term(store: Store) {
    let listed = published_case(&store).await;
    let name = EntryName::parse(List::Serious, &listed.name).unwrap();
    let removed = take(
        &store,
        &name,
        &[
            ("CREDIT", "sun", Event::RequestEarlyRemoval, "2024-05-06"),
            ("ENFORCEMENT", "feng", Event::RemoveEarly, "2024-05-20"),
        ],
    )
    .await;
    assert_eq!((removed.state.as_str(), removed.removal_ground.as_str()), ("RemovedEarly", "Early"));
    let uscc = Uscc::parse(PARTY).unwrap();
    assert!(!store.standing_of(&uscc).await.unwrap()[0].stands_on(date("2024-05-20")));
    let restored = take(&store, &name, &[("ENFORCEMENT", "zhou", Event::Restore, "2024-09-02")]).await;
    assert_eq!(restored.state, "Restored");
    assert_eq!((restored.listed_on.as_str(), restored.term_starts_on.as_str()), ("2023-04-03", "2024-09-02"));
    assert_eq!((restored.term_ends_on.as_str(), restored.ended_on.as_str()), ("2027-09-02", ""));
    assert!(store.standing_of(&uscc).await.unwrap()[0].stands_on(date("2026-04-04")), "past the old term");
    assert_eq!(duties(&store, &name.to_string()).await[0].0, "serious.publish");
    let again = take(&store, &name, &[("CREDIT", "sun", Event::Publish, "2024-09-03")]).await;
    assert_eq!(again.state, "Published");
}

async fn what_has_expired_is_not_restored(store: Store) {
    let listed = published_case(&store).await;
    let name = EntryName::parse(List::Serious, &listed.name).unwrap();
    store.expire_cases(&crate::common::system("2026-04-04")).await.unwrap();
    let restore = case_step(Event::Restore, "2026-05-06");
    let enforcement = act("ENFORCEMENT", "zhou", "2026-05-06");
    let refused = store.advance_case(&enforcement, &body("r"), &name, &restore).await.unwrap_err();
    assert!(matches!(refused, Error::Common(service::Error::Refused(_))), "{refused:?}");
}

mod cases {
    use super::*;
    db::conformance! {
        open = open;
        cases = [
            an_assessment_that_weighs_less_than_every_factor_is_refused,
            proven_lack_of_intent_and_a_breach_that_is_not_grave_can_only_be_dropped,
            a_hearing_is_asked_for_in_time_told_seven_working_days_before_and_held_by_a_stranger,
            a_hearing_that_the_party_asked_for_is_not_passed_over,
            who_stays_away_from_the_hearing_is_deemed_to_have_waived_it,
            the_decision_goes_with_the_penalty_and_is_published_within_twenty_working_days,
            who_did_not_perform_a_decision_is_listed_after_it_by_a_decision_of_its_own,
            a_case_is_to_be_decided_or_dropped_within_ninety_days,
            what_waits_for_a_body_stands_in_the_work_list_of_that_body,
            a_batch_holds_decided_cases_alone_or_is_refused_whole,
            a_longer_restriction_of_the_law_takes_the_place_of_the_term,
            fraud_restores_an_early_removal_for_a_new_term,
            what_has_expired_is_not_restored,
        ]
    }
}
