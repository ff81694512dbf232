//! The store's promises about repair, on both engines.

use std::slice::from_ref;

use contract::collection::v1::Record;
use contract::punishment::v1::RepairGap;
use db::on;
use domain::Uscc;
use punishment::RepairRefused;
use punishment::domain::repair::Subject;
use punishment::machines::repair::State;
use punishment::machines::serious::Event as CaseEvent;
use punishment::store::{
    Examination, FIGURES, PenaltyRow, RepairFilter, Store, Verification, clear_penalties, put_penalties,
};
use service::auth::{Fields, Scope};
use service::machine::Actor;

use super::fixture::*;
use crate::common::neighbour::registered_as;
use crate::common::*;

/// Kind, office, parameter and last day of each open duty, in the order of their kinds.
pub(super) async fn duties(store: &Store) -> Vec<(String, String, String, String)> {
    const SQL: &str = "
        SELECT kind, office, parameter, due_on FROM obligation
        WHERE done_on IS NULL AND subject LIKE 'repairs/%' ORDER BY kind";
    on!(store.db(), |pool| sqlx::query_as(SQL).fetch_all(pool).await).unwrap()
}

pub(super) fn duty(
    kind: &str,
    office: &str,
    parameter: &str,
    due_on: &str,
) -> (String, String, String, String) {
    (kind.to_owned(), office.to_owned(), parameter.to_owned(), due_on.to_owned())
}

async fn an_application_is_submitted_from_its_first_day_on_and_judged_by_what_is_known(store: Store) {
    told(&store, vec![fine()]).await;
    let name = begun(&store, PENALTY, "2026-03-02").await;
    let early = refused(submit(&store, &name, &ALL_PAPERS, "2026-04-05").await);
    assert!(
        matches!(&early, RepairRefused::NotEligible { eligible_from: Some(first), blocks, .. }
            if *first == date("2026-04-06") && blocks == "TOO_EARLY repair.penalty.general.min_published"),
        "{early:?}"
    );
    let submitted = submit(&store, &name, &ALL_PAPERS, "2026-04-06").await.unwrap();
    assert_eq!((submitted.state.as_str(), submitted.due_on.as_str()), ("Submitted", "2026-04-08"));
    let shown = submitted.eligibility.unwrap();
    assert!(shown.eligible && shown.conditions.len() == 2 && shown.clocks.len() == 3, "{shown:?}");
    assert_eq!(duties(&store).await, [duty("repair.accept", "ENFORCEMENT", "repair.accept", "2026-04-08")]);
}

async fn a_subject_that_is_not_there_is_not_found_and_has_one_application_at_a_time(store: Store) {
    let nothing = Subject::parse("records/none").unwrap();
    assert!(matches!(refused(store.repair_subject(&nothing).await), RepairRefused::SubjectNotFound(_)));
    told(&store, vec![fine()]).await;
    let first = begun(&store, PENALTY, "2026-04-07").await;
    let found = store.repair_subject(&Subject::parse(PENALTY).unwrap()).await.unwrap();
    let new =
        punishment::store::NewRepair { statement: String::new(), papers: vec![], related_checks: vec![] };
    let second = act("CREDIT", "counter", "2026-04-07");
    let again = store.begin_repair(&second, &body("second"), &found, new.clone()).await;
    assert!(matches!(refused(again), RepairRefused::Exists(_)));
    let withdraw = act("CREDIT", "counter", "2026-04-07");
    store.withdraw_repair(&withdraw, &body("withdraw"), &first, String::new()).await.unwrap();
    let third = act("CREDIT", "counter", "2026-04-07");
    store.begin_repair(&third, &body("third"), &found, new).await.unwrap();
}

async fn a_listing_says_from_its_decision_on_when_it_may_be_repaired(store: Store) {
    let name = noticed(&store, case(), "2023-03-01").await;
    let subject = Subject::parse(&name.to_string()).unwrap();
    let before = refused(store.repair_subject(&subject).await);
    assert!(matches!(before, RepairRefused::SubjectNotFound(_)), "nothing is decided: {before:?}");
    let decision = [
        ("ENFORCEMENT", "wang", CaseEvent::AskConsent, "2023-03-20"),
        ("SUPERIOR", "zhou", CaseEvent::Consent, "2023-03-31"),
        ("ENFORCEMENT", "feng", CaseEvent::Decide, "2023-04-03"),
    ];
    let publication = [("CREDIT", "sun", CaseEvent::Publish, "2023-04-24")];
    for (steps, told_on) in [(&decision[..], "2023-04-03"), (&publication[..], "2023-04-24")] {
        take(&store, &name, steps).await;
        let found = store.repair_subject(&subject).await.unwrap();
        let told = store.eligibility(&found, date(told_on)).await.unwrap();
        assert_eq!(told.eligible_from, Some(date("2024-04-04")), "{told_on}");
        assert_eq!(told.blocks.iter().map(|block| block.code).collect::<Vec<_>>(), ["TOO_EARLY"]);
    }
}

async fn a_listing_that_was_revoked_before_its_publication_is_nothing_to_repair(store: Store) {
    let name = noticed(&store, case(), "2023-03-01").await;
    let steps = [
        ("ENFORCEMENT", "wang", CaseEvent::AskConsent, "2023-03-20"),
        ("SUPERIOR", "zhou", CaseEvent::Consent, "2023-03-31"),
        ("ENFORCEMENT", "feng", CaseEvent::Decide, "2023-04-03"),
        ("ENFORCEMENT", "wang", CaseEvent::Revoke, "2023-04-06"),
    ];
    take(&store, &name, &steps).await;
    let subject = Subject::parse(&name.to_string()).unwrap();
    assert!(matches!(refused(store.repair_subject(&subject).await), RepairRefused::SubjectNotFound(_)));
}

async fn a_penalty_is_no_check_that_goes_with_another_repair(store: Store) {
    let other = penalty("records/2", "济市监罚〔2026〕2号", &["10"], "2026-01-05");
    told(&store, vec![fine(), other]).await;
    let found = store.repair_subject(&Subject::parse(PENALTY).unwrap()).await.unwrap();
    let with = async |checks: &[&str]| {
        let related_checks = checks.iter().map(ToString::to_string).collect();
        let new = punishment::store::NewRepair { statement: String::new(), papers: vec![], related_checks };
        let act = act("CREDIT", "counter", "2026-04-07");
        store.begin_repair(&act, &body("begin"), &found, new).await
    };
    match with(&["records/7", "records/2"]).await.unwrap_err() {
        punishment::Error::Common(service::Error::Invalid(fields)) => {
            let paths: Vec<_> = fields.iter().map(|field| field.path.as_str()).collect();
            assert_eq!(paths, ["repair.related_checks[1]"]);
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(with(&["records/7"]).await.unwrap().related_checks, ["records/7"]);
}

async fn all_gaps_are_asked_for_at_once_and_nothing_more_afterwards(store: Store) {
    told(&store, vec![fine()]).await;
    let name = begun(&store, PENALTY, "2026-04-07").await;
    submit(&store, &name, &["application"], "2026-04-07").await.unwrap();
    let unclear = RepairGap { kind: "application".to_owned(), problem: "缺少签章".to_owned() };
    let accept = examine(&store, &name, "ENFORCEMENT", Examination::Accept, "2026-04-08").await;
    assert!(matches!(refused(accept), RepairRefused::Incomplete { missing } if missing == "promise, proof"));
    let ask = Examination::Ask(vec![unclear.clone()]);
    let asked = examine(&store, &name, "ENFORCEMENT", ask, "2026-04-08").await.unwrap();
    let kinds: Vec<_> = asked.gaps.iter().map(|gap| gap.kind.as_str()).collect();
    assert_eq!((asked.state.as_str(), kinds), ("Incomplete", vec!["application", "promise", "proof"]));
    assert_eq!(duties(&store).await, []);

    submit(&store, &name, &["promise"], "2026-04-13").await.unwrap();
    // The proof is still missing: it was named, so that it may be asked for again, and the first list stays as it was.
    let again = examine(&store, &name, "ENFORCEMENT", Examination::Ask(vec![]), "2026-04-14").await.unwrap();
    assert_eq!(again.gaps, asked.gaps);
    submit(&store, &name, &["proof"], "2026-04-15").await.unwrap();
    let none = examine(&store, &name, "ENFORCEMENT", Examination::Ask(vec![]), "2026-04-16").await;
    assert_eq!(refused(none), RepairRefused::NoGaps);
    let accepted = examine(&store, &name, "ENFORCEMENT", Examination::Accept, "2026-04-16").await.unwrap();
    assert_eq!(accepted.accepted_on, "2026-04-16");
}

async fn what_the_first_list_did_not_name_is_not_asked_for_later(store: Store) {
    told(&store, vec![fine()]).await;
    let name = begun(&store, PENALTY, "2026-04-07").await;
    submit(&store, &name, &["application", "promise"], "2026-04-07").await.unwrap();
    examine(&store, &name, "ENFORCEMENT", Examination::Ask(vec![]), "2026-04-08").await.unwrap();
    submit(&store, &name, &["proof"], "2026-04-09").await.unwrap();
    let more =
        Examination::Ask(vec![RepairGap { kind: "promise".to_owned(), problem: "日期有误".to_owned() }]);
    let asked = refused(examine(&store, &name, "ENFORCEMENT", more, "2026-04-10").await);
    assert_eq!(asked, RepairRefused::GapNotNamedBefore { gaps: "promise".to_owned() });
}

async fn the_clock_of_the_decision_is_that_of_the_day_of_acceptance_and_of_the_kind_of_subject(store: Store) {
    told(&store, vec![penalty(PENALTY, "罚1", &["3"], "2024-06-03")]).await;
    let days = [("2025-12-24", "2026-01-15"), ("2025-12-25", "2026-01-06")];
    for (accepted_on, due_on) in days {
        let name = accepted(&store, PENALTY, "ENFORCEMENT", accepted_on).await;
        assert_eq!(duties(&store).await, [duty("repair.decide", "ENFORCEMENT", "repair.decide", due_on)]);
        assert_eq!(store.repair(&name).await.unwrap().said.due_on, due_on);
        let withdraw = act("CREDIT", "counter", accepted_on);
        store.withdraw_repair(&withdraw, &body("withdraw"), &name, String::new()).await.unwrap();
        assert_eq!(duties(&store).await, []);
    }
    let entry = listed_entry(&store, OTHER, "2024-06-03").await;
    accepted(&store, &entry.name, "DISTRICT", "2026-01-05").await;
    assert_eq!(
        duties(&store).await,
        [duty("repair.decide", "DISTRICT", "repair.abnormal.decide", "2026-01-12")]
    );
}

async fn only_who_decided_examines_and_decides_and_nobody_decides_what_he_took_in_or_verified(store: Store) {
    let entry = listed_entry(&store, PARTY, "2024-06-03").await;
    let name = submitted(&store, &entry.name, "2024-07-01").await;
    let other = examine(&store, &name, "ENFORCEMENT", Examination::Accept, "2024-07-01").await;
    assert!(matches!(refused(other), RepairRefused::NotAuthority { .. }));
    let foreign = refused(examine(&store, &name, "FOREIGN_REG", Examination::Accept, "2024-07-01").await);
    assert!(
        matches!(&foreign, RepairRefused::NotAuthority { authorities, .. } if authorities == "DISTRICT"),
        "who listed it repairs it: {foreign:?}"
    );
    examine(&store, &name, "DISTRICT", Examination::Accept, "2024-07-01").await.unwrap();
    let unverified = decide(&store, &name, ("DISTRICT", "zhao"), true, "2024-07-02").await;
    assert_eq!(reason(unverified), "TRANSITION_NOT_ALLOWED");
    verify(&store, &name, ("DISTRICT", "qian"), verified("Paper"), "2024-07-02").await.unwrap();
    for own in ["qian", "counter"] {
        assert_eq!(
            reason(decide(&store, &name, ("DISTRICT", own), true, "2024-07-02").await),
            "FOUR_EYES",
            "{own}"
        );
    }
    let granted = decide(&store, &name, ("DISTRICT", "zhao"), true, "2024-07-03").await.unwrap();
    assert_eq!((granted.state.as_str(), granted.executed_on.as_str()), ("Executed", "2024-07-03"));
    let standing = store.standing_of(&Uscc::parse(PARTY).unwrap()).await.unwrap();
    assert!(standing[0].stands_on(date("2024-07-02")) && !standing[0].stands_on(date("2024-07-03")));
    assert_eq!(duties(&store).await, [duty("repair.share", "CREDIT", "repair.share", "2024-07-08")]);
    let shared =
        store.share_repair(&act("CREDIT", "sun", "2024-07-04"), &body("share"), &name).await.unwrap();
    assert_eq!((shared.state.as_str(), duties(&store).await), ("Shared", vec![]));
}

async fn what_does_not_confirm_is_not_granted_but_denied_and_the_entry_stays(store: Store) {
    let entry = listed_entry(&store, PARTY, "2024-06-03").await;
    let name = accepted(&store, &entry.name, "DISTRICT", "2024-07-01").await;
    let Verification::Verified(found) = verified("Online") else { panic!("it is one") };
    let doubtful =
        Verification::Verified(contract::punishment::v1::RepairVerification { confirmed: false, ..found });
    verify(&store, &name, ("DISTRICT", "qian"), doubtful, "2024-07-02").await.unwrap();
    let granted = decide(&store, &name, ("DISTRICT", "zhao"), true, "2024-07-02").await;
    assert!(matches!(refused(granted), RepairRefused::NotVerified { .. }));
    let denied = decide(&store, &name, ("DISTRICT", "zhao"), false, "2024-07-02").await.unwrap();
    assert_eq!((denied.state.as_str(), duties(&store).await), ("Denied", vec![]));
    let remedies = denied.remedies.iter().map(|one| (one.label.as_str(), one.within.as_str()));
    assert_eq!(remedies.collect::<Vec<_>>(), [("行政复议", "60日"), ("行政诉讼", "6个月")]);
    let standing = store.standing_of(&Uscc::parse(PARTY).unwrap()).await.unwrap();
    assert!(standing[0].stands_on(date("2024-07-02")));
}

async fn a_repeated_breach_goes_to_the_panel_and_its_clock_is_unchanged(store: Store) {
    let other = |n: u8, day: &str| {
        let mut record = penalty(&format!("records/o{n}"), &format!("罚{n}"), &["3"], day);
        if let Some(contract::collection::v1::record::Content::Penalty(said)) = &mut record.content {
            "超范围经营".clone_into(&mut said.violation_type);
        }
        record
    };
    told(&store, vec![fine(), other(2, "2025-03-03"), other(3, "2025-06-03")]).await;
    let name = accepted(&store, PENALTY, "ENFORCEMENT", "2026-04-07").await;
    assert_eq!(duties(&store).await, [duty("repair.decide", "ENFORCEMENT", "repair.decide", "2026-04-16")]);
    verify(&store, &name, ("FOOD_PROD", "hu"), verified("Online"), "2026-04-08").await.unwrap();
    let decider = ("ENFORCEMENT", "feng");
    let panel = refused(decide(&store, &name, decider, true, "2026-04-08").await);
    assert_eq!(panel, RepairRefused::PanelRequired { reasons: "REPEATED".to_owned() });
    let referred = Verification::Referred("多次违法失信".to_owned());
    verify(&store, &name, ("CREDIT", "sun"), referred, "2026-04-08").await.unwrap();
    let unseen = refused(decide(&store, &name, decider, true, "2026-04-09").await);
    assert!(matches!(unseen, RepairRefused::NotVerified { .. }), "{unseen:?}");
    verify(&store, &name, ("DISTRICT", "qian"), verified("OnSite"), "2026-04-09").await.unwrap();
    for (office, person, missing) in [
        ("CREDIT", "sun", "CREDIT, LEGAL, the line office"),
        ("FOOD_PROD", "hu", "LEGAL, the line office"),
        ("LEGAL", "lin", "LEGAL"),
    ] {
        let incomplete = refused(decide(&store, &name, decider, true, "2026-04-10").await);
        assert_eq!(incomplete, RepairRefused::PanelIncomplete { missing: missing.to_owned() });
        verify(&store, &name, (office, person), opinion(), "2026-04-10").await.unwrap();
    }
    assert_eq!(store.repair(&name).await.unwrap().said.due_on, "2026-04-16");
    let granted = decide(&store, &name, decider, true, "2026-04-13").await.unwrap();
    assert_eq!(granted.state, "Granted");
}

async fn a_penalty_that_collection_takes_back_is_no_subject_any_more(store: Store) {
    told(&store, vec![fine()]).await;
    let subject = Subject::parse(PENALTY).unwrap();
    store.repair_subject(&subject).await.unwrap();
    let mut tx = store.db().begin_write().await.unwrap();
    let gone = PenaltyRow { record: PENALTY.to_owned(), content: None };
    put_penalties(&mut tx, vec![gone]).await.unwrap();
    tx.commit().await.unwrap();
    assert!(matches!(refused(store.repair_subject(&subject).await), RepairRefused::SubjectNotFound(_)));
    told(&store, vec![fine()]).await;
    let mut tx = store.db().begin_write().await.unwrap();
    clear_penalties(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    assert!(store.repair_subject(&subject).await.is_err());
}

async fn an_application_about_what_is_gone_is_denied_and_not_granted(store: Store) {
    told(&store, vec![fine()]).await;
    let name = accepted(&store, PENALTY, "ENFORCEMENT", "2026-04-07").await;
    verify(&store, &name, ("FOOD_PROD", "hu"), verified("Online"), "2026-04-08").await.unwrap();
    let mut tx = store.db().begin_write().await.unwrap();
    let gone = PenaltyRow { record: PENALTY.to_owned(), content: None };
    put_penalties(&mut tx, vec![gone]).await.unwrap();
    tx.commit().await.unwrap();
    let granted = decide(&store, &name, ("ENFORCEMENT", "feng"), true, "2026-04-09").await;
    assert!(matches!(refused(granted), RepairRefused::SubjectNotFound(_)));
    let denied = decide(&store, &name, ("ENFORCEMENT", "feng"), false, "2026-04-09").await.unwrap();
    assert_eq!((denied.state.as_str(), duties(&store).await), ("Denied", vec![]));
    assert!(denied.eligibility.is_some(), "as it was judged when it was submitted");
}

async fn a_repeated_request_answers_as_before_and_lists_hold_what_the_scope_and_the_filter_do(store: Store) {
    told(&store, vec![fine()]).await;
    let name = begun(&store, PENALTY, "2026-04-07").await;
    let submit = act("CREDIT", "counter", "2026-04-07");
    let first = store.submit_repair(&submit, &body("a"), &name, papers(&ALL_PAPERS)).await.unwrap();
    assert_eq!(store.submit_repair(&submit, &body("a"), &name, papers(&ALL_PAPERS)).await.unwrap(), first);
    let entry = listed_entry(&store, OTHER, "2024-06-03").await;
    let second = begun(&store, &entry.name, "2026-04-07").await;

    let scope = |fields: Fields, division: &str| Scope {
        fields,
        divisions: vec![domain::DivisionCode::parse(division).unwrap()],
    };
    let named = async |filter: RepairFilter, scope: Scope| {
        let page = store.repairs(&filter, &scope, 10, "").await.unwrap();
        page.rows.into_iter().map(|repair| repair.name).collect::<Vec<_>>()
    };
    let all = || scope(Fields::All, "370100");
    let se = || Fields::Set([domain::FieldCode::parse("SE").unwrap()].into());
    assert_eq!(named(RepairFilter::default(), all()).await, [name.clone(), second.clone()]);
    assert_eq!(named(RepairFilter::default(), scope(Fields::All, "370116")).await, []);
    assert_eq!(named(RepairFilter::default(), scope(se(), "370100")).await, from_ref(&second));
    let of_party = RepairFilter { uscc: Some(Uscc::parse(PARTY).unwrap()), ..RepairFilter::default() };
    assert_eq!(named(of_party, all()).await, from_ref(&name));
    let drafts = RepairFilter { state: Some("Draft".parse().unwrap()), ..RepairFilter::default() };
    assert_eq!(named(drafts, all()).await, from_ref(&second));
    let about = RepairFilter { subject: Some(Subject::parse(PENALTY).unwrap()), ..RepairFilter::default() };
    assert_eq!(named(about, all()).await, from_ref(&name));
    let page = store.repairs(&RepairFilter::default(), &all(), 1, "").await.unwrap();
    assert_eq!(page.rows[0].name, name);
    let next = page.next_page_token;
    let page = store.repairs(&RepairFilter::default(), &all(), 1, &next).await.unwrap();
    assert_eq!((page.rows[0].name.clone(), page.next_page_token.as_str()), (second, ""));
}

async fn the_end_of_a_party_closes_its_applications_with_a_reason_and_ends_their_duties(store: Store) {
    told(&store, vec![fine()]).await;
    let accepted = accepted(&store, PENALTY, "ENFORCEMENT", "2026-04-07").await;
    let of_another = Record {
        uscc: OTHER.to_owned(),
        ..penalty("records/3", "济市监罚〔2026〕3号", &["3"], "2026-01-05")
    };
    let second = penalty("records/2", "济市监罚〔2026〕2号", &["3"], "2026-01-05");
    told(&store, vec![second, of_another]).await;
    let draft = begun(&store, "records/2", "2026-04-07").await;
    let anothers = begun(&store, "records/3", "2026-04-07").await;
    let kinds = |duties: Vec<(String, String, String, String)>| -> Vec<String> {
        duties.into_iter().map(|(kind, ..)| kind).collect()
    };
    assert_eq!(kinds(duties(&store).await), ["repair.decide"]);
    for _ in 0..2 {
        let mut tx = store.db().begin_write().await.unwrap();
        let (party, on) = (Uscc::parse(PARTY).unwrap(), date("2026-04-08"));
        store.end_of_party(&mut tx, &system("2026-04-09"), &party, on).await.unwrap();
        tx.commit().await.unwrap();
    }
    for (name, revision) in [(&accepted, 4), (&draft, 2)] {
        let closed = store.repair(name).await.unwrap();
        assert_eq!((closed.state, closed.said.revision), (State::Withdrawn, revision), "{name}");
        assert_eq!(closed.said.last_actor, Actor::system().person);
        assert!(closed.said.reason.contains("注销"), "{}", closed.said.reason);
        assert_eq!(closed.said.due_on, "");
    }
    assert_eq!(duties(&store).await, []);
    assert_eq!(store.repair(&anothers).await.unwrap().state, State::Draft);
}

async fn no_application_is_begun_or_submitted_for_a_party_that_is_no_more(store: Store) {
    told(&store, vec![fine()]).await;
    let found = store.repair_subject(&Subject::parse(PENALTY).unwrap()).await.unwrap();
    let new =
        punishment::store::NewRepair { statement: String::new(), papers: vec![], related_checks: vec![] };
    registered_as(&store, PARTY, "Deregistered", "2026-04-07").await;
    let counter = act("CREDIT", "counter", "2026-04-07");
    let late = store.begin_repair(&counter, &body("late"), &found, new).await;
    assert_eq!(wrong_fields(late), ["repair.subject"]);
    let told = store.eligibility(&found, date("2026-04-07")).await.unwrap();
    let blocks: Vec<_> = told.blocks.iter().map(|block| (block.code, block.fact.as_str())).collect();
    assert_eq!((blocks, told.eligible_from), (vec![("PARTY_NO_MORE", "Deregistered")], None));

    // The register had ended it by mistake, and ends it for good while the application is a draft.
    registered_as(&store, PARTY, "InOperation", "2026-04-08").await;
    let draft = begun(&store, PENALTY, "2026-04-08").await;
    registered_as(&store, PARTY, "RegistrationRevoked", "2026-04-09").await;
    assert_eq!(wrong_fields(submit(&store, &draft, &ALL_PAPERS, "2026-04-09").await), ["name"]);
    assert_eq!(store.repair(&draft).await.unwrap().state, State::Draft);
    // Who has moved away still is.
    registered_as(&store, PARTY, "MovedOut", "2026-04-10").await;
    assert_eq!(submit(&store, &draft, &ALL_PAPERS, "2026-04-10").await.unwrap().state, "Submitted");
}

async fn figures_count_entries_measures_and_applications(store: Store) {
    told(&store, vec![fine()]).await;
    let name = begun(&store, PENALTY, "2026-04-06").await;
    submit(&store, &name, &ALL_PAPERS, "2026-04-07").await.unwrap();
    examine(&store, &name, "ENFORCEMENT", Examination::Refuse("材料虚假".to_owned()), "2026-05-06")
        .await
        .unwrap();
    listed_entry(&store, PARTY, "2024-04-01").await;
    published_case(&store).await;
    let figures = async |first_on: &str, last_on: &str| {
        service::testing::figures("punishment", store.db(), FIGURES, first_on, last_on).await
    };
    let of_case = figures("2023-01-01", "2023-12-31").await;
    assert_eq!((of_case["serious.listed"], of_case.get("repair.open")), (1, None));
    assert!(of_case["measure.derived"] > 0, "{of_case:?}");
    assert_eq!(of_case.get("abnormal.listed"), None);
    let of_entry = figures("2024-01-01", "2024-12-31").await;
    assert_eq!((of_entry["abnormal.listed"], of_entry.get("serious.listed")), (1, None));
    // An application counts in each month as it stood at the end of it.
    for (first_on, last_on, open, refused) in [
        ("2026-03-01", "2026-03-31", None, None),
        ("2026-04-01", "2026-04-30", Some(&1), None),
        ("2026-05-01", "2026-05-31", None, Some(&1)),
    ] {
        let month = figures(first_on, last_on).await;
        assert_eq!((month.get("repair.open"), month.get("repair.refused")), (open, refused), "{last_on}");
    }
}

db::conformance! {
    open = open;
    cases = [
        figures_count_entries_measures_and_applications,
        an_application_is_submitted_from_its_first_day_on_and_judged_by_what_is_known,
        a_subject_that_is_not_there_is_not_found_and_has_one_application_at_a_time,
        a_listing_says_from_its_decision_on_when_it_may_be_repaired,
        a_listing_that_was_revoked_before_its_publication_is_nothing_to_repair,
        a_penalty_is_no_check_that_goes_with_another_repair,
        all_gaps_are_asked_for_at_once_and_nothing_more_afterwards,
        what_the_first_list_did_not_name_is_not_asked_for_later,
        the_clock_of_the_decision_is_that_of_the_day_of_acceptance_and_of_the_kind_of_subject,
        only_who_decided_examines_and_decides_and_nobody_decides_what_he_took_in_or_verified,
        what_does_not_confirm_is_not_granted_but_denied_and_the_entry_stays,
        a_repeated_breach_goes_to_the_panel_and_its_clock_is_unchanged,
        a_penalty_that_collection_takes_back_is_no_subject_any_more,
        an_application_about_what_is_gone_is_denied_and_not_granted,
        the_end_of_a_party_closes_its_applications_with_a_reason_and_ends_their_duties,
        no_application_is_begun_or_submitted_for_a_party_that_is_no_more,
        a_repeated_request_answers_as_before_and_lists_hold_what_the_scope_and_the_filter_do,
    ];
}
