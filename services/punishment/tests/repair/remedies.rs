//! Remedies against the answer to an application for repair.

use domain::Uscc;
use punishment::domain::list::{EntryName, List};
use punishment::domain::remedy::{Against, Change, NewRemedy, Outcome, RemedyName};
use punishment::domain::repair::RepairName;
use punishment::machines::serious::Event as CaseEvent;
use punishment::store::{Examination, PenaltyRow, Store, put_penalties};
use punishment::{Error, RepairRefused};

use super::fixture::*;
use super::store::{duties, duty};
use crate::common::*;

/// An application about the fine that was denied on 2026-04-09.
async fn denied_fine(store: &Store) -> RepairName {
    told(store, vec![fine()]).await;
    let name = accepted(store, PENALTY, "ENFORCEMENT", "2026-04-07").await;
    verify(store, &name, ("FOOD_PROD", "hu"), verified("Online"), "2026-04-08").await.unwrap();
    decide(store, &name, ("ENFORCEMENT", "feng"), false, "2026-04-09").await.unwrap();
    name
}

/// An application about an entry in the directory that was denied on 2024-07-03.
async fn denied_entry(store: &Store) -> (EntryName, RepairName) {
    let entry = listed_entry(store, PARTY, "2024-06-03").await;
    let name = accepted(store, &entry.name, "DISTRICT", "2024-07-01").await;
    verify(store, &name, ("DISTRICT", "qian"), verified("Paper"), "2024-07-02").await.unwrap();
    decide(store, &name, ("DISTRICT", "zhao"), false, "2024-07-03").await.unwrap();
    (EntryName::parse(List::Abnormal, &entry.name).unwrap(), name)
}

fn remedy(name: &RepairName, accepted_on: &str) -> NewRemedy {
    NewRemedy {
        against: Against::Repair(name.clone()),
        kind: "Reconsideration".to_owned(),
        body: "济南市人民政府".to_owned(),
        document_no: number("济政复〔2026〕9号"),
        accepted_on: date(accepted_on),
    }
}

async fn registered(store: &Store, name: &RepairName, on: &str) -> RemedyName {
    let legal = act("LEGAL", "lin", on);
    let answer = store.register_remedy(&legal, &body("r"), remedy(name, on)).await.unwrap();
    assert_eq!((answer.state.as_str(), answer.entry.as_str()), ("Pending", name.to_string().as_str()));
    RemedyName::parse(&answer.name).unwrap()
}

async fn end(
    store: &Store,
    remedy: &RemedyName,
    (code, ground): (&str, Option<&str>),
    on: &str,
) -> Result<String, Error> {
    let change = ground.map(|ground| Change { ground: Some(ground.to_owned()), term_ends_on: None });
    let outcome = Outcome { change, ..outcome(code, on) };
    let entered = store.end_remedy(&act("LEGAL", "lin", on), &body("e"), remedy, &outcome).await?;
    Ok(entered.state)
}

/// An outcome that says no more than it must.
fn outcome(code: &str, on: &str) -> Outcome {
    Outcome {
        code: code.to_owned(),
        document_no: number("济政复决〔2026〕9号"),
        decided_on: date(on),
        summary: "复议决定".to_owned(),
        change: None,
        decide_again_by: None,
    }
}

/// Annuls an answer on 2026-05-11, with a last day for giving it again.
async fn annulled_until(store: &Store, name: &RepairName, day: &str) {
    let remedy = registered(store, name, "2026-04-20").await;
    let dated = Outcome { decide_again_by: Some(date(day)), ..outcome("Annulled", "2026-05-11") };
    store.end_remedy(&act("LEGAL", "lin", "2026-05-11"), &body("e"), &remedy, &dated).await.unwrap();
    assert_eq!(store.remedy(&remedy).await.unwrap().outcome, Some(dated));
}

async fn an_annulled_denial_is_decided_again_within_the_period_of_the_law(store: Store) {
    let name = denied_fine(&store).await;
    let remedy = registered(&store, &name, "2026-04-20").await;
    assert_eq!(end(&store, &remedy, ("Annulled", None), "2026-05-11").await.unwrap(), "Annulled");
    let again = store.repair(&name).await.unwrap().said;
    assert_eq!((again.state.as_str(), again.due_on.as_str()), ("Verifying", "2026-05-20"));
    assert_eq!((again.decision_no.as_str(), again.remedies.len()), ("", 0));
    assert_eq!(duties(&store).await, [duty("repair.decide", "ENFORCEMENT", "repair.decide", "2026-05-20")]);
    let granted = decide(&store, &name, ("ENFORCEMENT", "feng"), true, "2026-05-12").await.unwrap();
    assert_eq!(granted.state, "Granted");
}

async fn an_annulled_refusal_is_answered_again(store: Store) {
    told(&store, vec![fine()]).await;
    let name = submitted(&store, PENALTY, "2026-04-07").await;
    let refusal = Examination::Refuse("不属于本机关".to_owned());
    examine(&store, &name, "ENFORCEMENT", refusal, "2026-04-08").await.unwrap();
    let remedy = registered(&store, &name, "2026-04-20").await;
    end(&store, &remedy, ("Annulled", None), "2026-05-11").await.unwrap();
    assert_eq!(duties(&store).await, [duty("repair.accept", "ENFORCEMENT", "repair.accept", "2026-05-13")]);
    let taken = examine(&store, &name, "ENFORCEMENT", Examination::Accept, "2026-05-12").await.unwrap();
    assert_eq!(taken.state, "Accepted");
}

async fn a_day_that_a_court_set_takes_the_place_of_the_period_of_the_law(store: Store) {
    let name = denied_fine(&store).await;
    annulled_until(&store, &name, "2026-06-30").await;
    assert_eq!(store.repair(&name).await.unwrap().said.due_on, "2026-06-30");
    assert_eq!(duties(&store).await, [duty("repair.decide", "ENFORCEMENT", "repair.decide", "2026-06-30")]);
    verify(&store, &name, ("FOOD_PROD", "hu"), verified("Online"), "2026-05-12").await.unwrap();
    assert_eq!(store.repair(&name).await.unwrap().said.due_on, "2026-06-30", "a verification moves nothing");
}

async fn a_day_that_a_court_set_bounds_the_answer_to_a_refused_application(store: Store) {
    told(&store, vec![fine()]).await;
    let name = submitted(&store, PENALTY, "2026-04-07").await;
    let refusal = Examination::Refuse("不属于本机关".to_owned());
    examine(&store, &name, "ENFORCEMENT", refusal, "2026-04-08").await.unwrap();
    annulled_until(&store, &name, "2026-05-29").await;
    assert_eq!(store.repair(&name).await.unwrap().said.due_on, "2026-05-29");
    assert_eq!(duties(&store).await, [duty("repair.accept", "ENFORCEMENT", "repair.accept", "2026-05-29")]);
}

async fn a_changed_denial_takes_effect_as_a_grant(store: Store) {
    let name = denied_fine(&store).await;
    let remedy = registered(&store, &name, "2026-04-20").await;
    assert_eq!(end(&store, &remedy, ("Changed", None), "2026-05-11").await.unwrap(), "Changed");
    let granted = store.repair(&name).await.unwrap().said;
    let decision = (granted.decision_no.as_str(), granted.decided_on.as_str());
    assert_eq!((granted.state.as_str(), decision), ("Granted", ("济政复决〔2026〕9号", "2026-05-11")));
    assert!(granted.ends.iter().any(|end| end.chain == "publicity" && end.stops_on == "2026-05-11"));
    assert_eq!(duties(&store).await, [duty("repair.execute", "CREDIT", "repair.execute", "2026-05-14")]);
}

async fn a_changed_denial_about_what_is_gone_is_on_record_and_grants_nothing(store: Store) {
    let name = denied_fine(&store).await;
    let remedy = registered(&store, &name, "2026-04-20").await;
    let mut tx = store.db().begin_write().await.unwrap();
    let gone = PenaltyRow { record: PENALTY.to_owned(), content: None };
    put_penalties(&mut tx, vec![gone]).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(end(&store, &remedy, ("Changed", None), "2026-05-11").await.unwrap(), "Changed");
    assert_eq!(store.repair(&name).await.unwrap().said.state, "Denied");
    assert_eq!(duties(&store).await, []);
}

async fn a_changed_denial_takes_the_entry_off_the_directory_by_the_ground_that_the_body_found(store: Store) {
    let (entry, name) = denied_entry(&store).await;
    let remedy = registered(&store, &name, "2024-07-08").await;
    let unnamed = end(&store, &remedy, ("Changed", None), "2024-08-05").await;
    assert_eq!(reason(unnamed), "INVALID_FIELDS", "two grounds fit");
    end(&store, &remedy, ("Changed", Some("4")), "2024-08-05").await.unwrap();
    let removed = store.entry(&entry).await.unwrap();
    assert_eq!((removed.state.word(), removed.removal_ground.as_str()), ("Removed", "4"));
    assert_eq!(store.repair(&name).await.unwrap().said.state, "Executed");
    let standing = store.standing_of(&Uscc::parse(PARTY).unwrap()).await.unwrap();
    assert!(standing[0].stands_on(date("2024-08-02")) && !standing[0].stands_on(date("2024-08-05")));
}

async fn a_confirmed_denial_stays_and_another_application_is_answered_first(store: Store) {
    let (_, name) = denied_entry(&store).await;
    let first = registered(&store, &name, "2024-07-08").await;
    assert_eq!(end(&store, &first, ("Upheld", None), "2024-08-05").await.unwrap(), "Upheld");
    assert_eq!(store.repair(&name).await.unwrap().said.state, "Denied");
    let suit = NewRemedy { document_no: number("鲁01行初〔2024〕9号"), ..remedy(&name, "2024-08-12") };
    let legal = act("LEGAL", "lin", "2024-08-12");
    let suit = store.register_remedy(&legal, &body("s"), suit).await.unwrap().name;
    let subject = store.repair(&name).await.unwrap().subject.to_string();
    begun(&store, &subject, "2024-08-13").await;
    let suit = RemedyName::parse(&suit).unwrap();
    let second = end(&store, &suit, ("Annulled", None), "2024-09-02").await;
    assert!(matches!(refused(second), RepairRefused::Exists(_)));
}

async fn an_annulled_denial_leaves_nothing_to_decide_once_the_entry_is_off_the_directory(store: Store) {
    let (entry, name) = denied_entry(&store).await;
    let remedy = registered(&store, &name, "2024-07-08").await;
    let subject = store.repair(&name).await.unwrap().subject.to_string();
    let second = accepted(&store, &subject, "DISTRICT", "2024-07-15").await;
    verify(&store, &second, ("DISTRICT", "qian"), verified("Paper"), "2024-07-16").await.unwrap();
    decide(&store, &second, ("DISTRICT", "zhao"), true, "2024-07-17").await.unwrap();
    assert_eq!(store.entry(&entry).await.unwrap().state.word(), "Removed");
    assert_eq!(end(&store, &remedy, ("Annulled", None), "2024-08-05").await.unwrap(), "Annulled");
    assert_eq!(store.repair(&name).await.unwrap().said.state, "Denied");
}

async fn an_annulled_denial_leaves_nothing_to_decide_once_another_application_was_granted(store: Store) {
    let name = denied_fine(&store).await;
    let remedy = registered(&store, &name, "2026-04-20").await;
    let second = accepted(&store, PENALTY, "ENFORCEMENT", "2026-04-21").await;
    verify(&store, &second, ("FOOD_PROD", "hu"), verified("Online"), "2026-04-22").await.unwrap();
    let granted = decide(&store, &second, ("ENFORCEMENT", "feng"), true, "2026-04-23").await.unwrap();
    assert_eq!(granted.state, "Granted");
    assert_eq!(end(&store, &remedy, ("Annulled", None), "2026-05-11").await.unwrap(), "Annulled");
    assert_eq!(store.repair(&name).await.unwrap().said.state, "Denied");
}

/// On which of these days the party stands on a list.
async fn stood_on(store: &Store, days: &[&'static str]) -> Vec<&'static str> {
    let uscc = Uscc::parse(PARTY).unwrap();
    let periods = store.standings_of(std::slice::from_ref(&uscc)).await.unwrap().remove(&uscc).unwrap();
    let stood = |day: &&&'static str| periods.iter().any(|period| period.stands_on(date(day)));
    days.iter().filter(stood).copied().collect()
}

async fn an_annulled_revocation_takes_the_entry_off_the_directory_as_if_it_had_not_been_restored(
    store: Store,
) {
    let entry = listed_entry(&store, PARTY, "2024-06-03").await;
    let name = accepted(&store, &entry.name, "DISTRICT", "2024-07-01").await;
    verify(&store, &name, ("DISTRICT", "qian"), verified("Paper"), "2024-07-02").await.unwrap();
    decide(&store, &name, ("DISTRICT", "zhao"), true, "2024-07-03").await.unwrap();
    let fraud = act("DISTRICT", "li", "2024-07-05");
    store.revoke_repair(&fraud, &body("fraud"), &name, revocation()).await.unwrap();
    let legal = act("LEGAL", "lin", "2024-07-08");
    let early = store.register_remedy(&legal, &body("x"), remedy(&name, "2024-07-04")).await;
    assert_eq!(reason(early), "DATE_OUT_OF_ORDER", "it lies before the revocation");
    let remedy = registered(&store, &name, "2024-07-08").await;
    assert_eq!(stood_on(&store, &["2024-07-04", "2024-07-08"]).await, ["2024-07-08"]);

    assert_eq!(end(&store, &remedy, ("Annulled", None), "2024-08-05").await.unwrap(), "Annulled");
    let again = store.repair(&name).await.unwrap().said;
    assert_eq!((again.state.as_str(), again.revoked_on.as_str(), again.remedies.len()), ("Executed", "", 0));
    assert_eq!(again.decided_on, "2024-07-03", "the decision that stands again");
    let removed = store.entry(&EntryName::parse(List::Abnormal, &entry.name).unwrap()).await.unwrap();
    assert_eq!((removed.state.word(), removed.removed_on), ("Removed", Some(date("2024-08-05"))));
    assert_eq!(removed.removal_ground, "5", "that of the repair");
    let days =
        ["2024-06-03", "2024-07-02", "2024-07-03", "2024-07-05", "2024-07-22", "2024-08-04", "2024-08-05"];
    assert_eq!(stood_on(&store, &days).await, ["2024-06-03", "2024-07-02"]);
}

async fn an_annulled_revocation_takes_a_listing_off_again_before_or_after_its_publication(store: Store) {
    let case = published_case(&store).await;
    let name = accepted(&store, &case.name, "ENFORCEMENT", "2024-04-07").await;
    verify(&store, &name, ("FOOD_PROD", "hu"), verified("OnSite"), "2024-04-08").await.unwrap();
    decide(&store, &name, ("ENFORCEMENT", "xu"), true, "2024-04-09").await.unwrap();
    let entry = EntryName::parse(List::Serious, &case.name).unwrap();
    for (revoked_on, annulled_on, published) in
        [("2024-06-03", "2024-07-01", false), ("2024-07-03", "2024-08-01", true)]
    {
        store.share_repair(&act("CREDIT", "sun", revoked_on), &body("share"), &name).await.unwrap();
        let fraud = act("ENFORCEMENT", "wu", revoked_on);
        store.revoke_repair(&fraud, &body("fraud"), &name, revocation()).await.unwrap();
        if published {
            take(&store, &entry, &[("CREDIT", "sun", CaseEvent::Publish, "2024-07-04")]).await;
        }
        assert_eq!(stood_on(&store, &[revoked_on]).await, [revoked_on]);
        let new = NewRemedy {
            document_no: number(&format!("济政复〔2024〕{annulled_on}号")),
            ..remedy(&name, revoked_on)
        };
        let legal = act("LEGAL", "lin", revoked_on);
        let registered = store.register_remedy(&legal, &body("r"), new).await.unwrap().name;
        let against = RemedyName::parse(&registered).unwrap();
        end(&store, &against, ("Annulled", None), annulled_on).await.unwrap();
        let removed = store.case(&entry).await.unwrap();
        assert_eq!((removed.state.word(), removed.removal_ground.as_str()), ("RemovedEarly", "Early"));
        let said = store.repair(&name).await.unwrap().said;
        assert_eq!((said.state.as_str(), said.executed_on.as_str()), ("Executed", annulled_on));
        assert_eq!(said.shared_on, "", "it is to be shared once more");
        let none: [&str; 0] = [];
        assert_eq!(stood_on(&store, &[revoked_on, annulled_on]).await, none);
    }
}

async fn an_annulled_revocation_ends_the_publication_of_a_penalty_by_the_days_of_the_grant(store: Store) {
    told(&store, vec![fine()]).await;
    let name = accepted(&store, PENALTY, "ENFORCEMENT", "2026-04-07").await;
    verify(&store, &name, ("FOOD_PROD", "hu"), verified("Online"), "2026-04-08").await.unwrap();
    let granted = decide(&store, &name, ("ENFORCEMENT", "feng"), true, "2026-04-09").await.unwrap();
    let fraud = act("ENFORCEMENT", "wu", "2026-05-06");
    store.revoke_repair(&fraud, &body("fraud"), &name, revocation()).await.unwrap();
    let remedy = registered(&store, &name, "2026-05-11").await;
    let dated = Outcome { decide_again_by: Some(date("2026-06-30")), ..outcome("Annulled", "2026-06-01") };
    let legal = act("LEGAL", "lin", "2026-06-01");
    let nothing_again = store.end_remedy(&legal, &body("d"), &remedy, &dated).await;
    assert_eq!(reason(nothing_again), "INVALID_FIELDS", "nothing is decided again");
    end(&store, &remedy, ("Annulled", None), "2026-06-01").await.unwrap();
    let again = store.repair(&name).await.unwrap().said;
    assert_eq!((again.state.as_str(), &again.ends), ("Granted", &granted.ends));
    assert_eq!(duties(&store).await, [duty("repair.execute", "CREDIT", "repair.execute", "2026-06-04")]);
}

async fn a_revocation_stays_when_a_remedy_against_an_earlier_one_ends(store: Store) {
    told(&store, vec![fine()]).await;
    let name = accepted(&store, PENALTY, "ENFORCEMENT", "2026-04-07").await;
    verify(&store, &name, ("FOOD_PROD", "hu"), verified("Online"), "2026-04-08").await.unwrap();
    decide(&store, &name, ("ENFORCEMENT", "feng"), true, "2026-04-09").await.unwrap();
    let revoke = async |day: &str| {
        let fraud = act("ENFORCEMENT", "wu", day);
        store.revoke_repair(&fraud, &body("fraud"), &name, revocation()).await.unwrap()
    };
    revoke("2026-05-06").await;
    let first = registered(&store, &name, "2026-05-11").await;
    let suit = NewRemedy { document_no: number("鲁01行初〔2026〕9号"), ..remedy(&name, "2026-05-11") };
    let legal = act("LEGAL", "lin", "2026-05-11");
    let second = store.register_remedy(&legal, &body("s"), suit).await.unwrap().name;
    end(&store, &first, ("Annulled", None), "2026-06-01").await.unwrap();
    revoke("2026-06-03").await;
    let second = RemedyName::parse(&second).unwrap();
    assert_eq!(end(&store, &second, ("Annulled", None), "2026-07-01").await.unwrap(), "Annulled");
    assert_eq!(store.repair(&name).await.unwrap().said.state, "RevokedForFraud");
}

async fn a_confirmed_revocation_stays(store: Store) {
    told(&store, vec![fine()]).await;
    let name = accepted(&store, PENALTY, "ENFORCEMENT", "2026-04-07").await;
    verify(&store, &name, ("FOOD_PROD", "hu"), verified("Online"), "2026-04-08").await.unwrap();
    decide(&store, &name, ("ENFORCEMENT", "feng"), true, "2026-04-09").await.unwrap();
    let fraud = act("ENFORCEMENT", "wu", "2026-05-06");
    store.revoke_repair(&fraud, &body("fraud"), &name, revocation()).await.unwrap();
    let remedy = registered(&store, &name, "2026-05-11").await;
    assert_eq!(end(&store, &remedy, ("Upheld", None), "2026-06-01").await.unwrap(), "Upheld");
    assert_eq!(store.repair(&name).await.unwrap().said.state, "RevokedForFraud");
}

async fn only_who_answered_and_the_legal_office_enter_a_remedy_and_only_against_an_answer(store: Store) {
    let (_, name) = denied_entry(&store).await;
    let stranger = act("ENFORCEMENT", "feng", "2024-07-08");
    let entered = store.register_remedy(&stranger, &body("x"), remedy(&name, "2024-07-08")).await;
    assert!(matches!(refused(entered), RepairRefused::NotAuthority { .. }));
    let own = act("DISTRICT", "qian", "2024-07-08");
    store.register_remedy(&own, &body("y"), remedy(&name, "2024-07-08")).await.unwrap();

    let other = listed_entry(&store, OTHER, "2024-06-03").await;
    let other = accepted(&store, &other.name, "DISTRICT", "2024-07-01").await;
    let legal = act("LEGAL", "lin", "2024-07-08");
    let unanswered = store.register_remedy(&legal, &body("z"), remedy(&other, "2024-07-08")).await;
    assert_eq!(reason(unanswered), "NOT_REFUSED");
}

mod cases {
    use super::*;
    db::conformance! {
        open = open;
        cases = [
            an_annulled_denial_is_decided_again_within_the_period_of_the_law,
            an_annulled_refusal_is_answered_again,
            a_day_that_a_court_set_takes_the_place_of_the_period_of_the_law,
            a_day_that_a_court_set_bounds_the_answer_to_a_refused_application,
            a_changed_denial_takes_effect_as_a_grant,
            a_changed_denial_about_what_is_gone_is_on_record_and_grants_nothing,
            a_changed_denial_takes_the_entry_off_the_directory_by_the_ground_that_the_body_found,
            a_confirmed_denial_stays_and_another_application_is_answered_first,
            an_annulled_denial_leaves_nothing_to_decide_once_the_entry_is_off_the_directory,
            an_annulled_denial_leaves_nothing_to_decide_once_another_application_was_granted,
            an_annulled_revocation_takes_the_entry_off_the_directory_as_if_it_had_not_been_restored,
            an_annulled_revocation_takes_a_listing_off_again_before_or_after_its_publication,
            an_annulled_revocation_ends_the_publication_of_a_penalty_by_the_days_of_the_grant,
            a_revocation_stays_when_a_remedy_against_an_earlier_one_ends,
            a_confirmed_revocation_stays,
            only_who_answered_and_the_legal_office_enter_a_remedy_and_only_against_an_answer,
        ]
    }
}
