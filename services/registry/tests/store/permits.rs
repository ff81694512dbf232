//! Permits told by collection.

use db::{Fingerprint, on};
use registry::domain::{LicenceContent, Refusal};
use registry::store::{Cut, PermitFact, RefusedPermit, RefusedPermitFilter};

use crate::store::house::{A, B, C, HEALTH, House, ORDINARY, licence, officer, open, refused, today, told};

async fn refused_permits(house: &House) -> Vec<RefusedPermit> {
    let filter = RefusedPermitFilter { scope: officer("LEGAL", &["370100"]).scope(), field: String::new() };
    let cut = Cut { size: 10, fingerprint: Fingerprint::of(&[]), after: String::new() };
    house.store.refused_permits(&filter, &cut).await.unwrap().rows
}

async fn refused_records(house: &House) -> Vec<(String, String)> {
    refused_permits(house).await.into_iter().map(|permit| (permit.record, permit.problem)).collect()
}

async fn reasons(house: &House) -> Vec<Refusal> {
    refused_permits(house).await.into_iter().map(|permit| permit.reason).collect()
}

pub(crate) async fn problems(house: &House) -> Vec<String> {
    refused_records(house).await.into_iter().map(|(_, problem)| problem).collect()
}

async fn a_permit_becomes_a_licence_and_proposes_a_mark(house: House) {
    house.create(1, A, "甲").await.unwrap();
    house.permits(&[told("records/1", ORDINARY, licence(A, "FOOD", "OrdinaryFood"), "2023-01-01")]).await;
    let view = house.store.licence(ORDINARY).await.unwrap();
    assert_eq!((view.licence.source_record.as_str(), view.licence.revision), ("records/1", 1));
    assert_eq!(house.state(A, "FOOD").await, "Candidate");
}

async fn a_permit_told_twice_changes_nothing(house: House) {
    house.create(1, A, "甲").await.unwrap();
    let fact = told("records/1", ORDINARY, licence(A, "FOOD", "OrdinaryFood"), "2023-01-01");
    house.permits(&[fact.clone(), fact.clone()]).await;
    let events = house.events().await;
    house.permits(&[fact]).await;
    assert_eq!(house.events().await, events);
}

async fn a_permit_of_an_unknown_holder_waits_and_its_mark_comes_with_the_enterprise(house: House) {
    house.permits(&[told("records/1", ORDINARY, licence(A, "FOOD", "OrdinaryFood"), "2023-01-01")]).await;
    assert_eq!(house.state(A, "FOOD").await, "");
    house.import(1, &[(A, "甲")]).await.unwrap();
    assert_eq!(house.state(A, "FOOD").await, "Candidate");
    let kinds: Vec<_> = house.events().await.into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(
        kinds,
        ["registry.licence.recorded", "registry.enterprise.registered", "registry.mark.changed"]
    );
}

async fn the_latest_decision_counts_whatever_the_order_in_which_they_are_told(house: House) {
    house.create(1, A, "甲").await.unwrap();
    let valid = licence(A, "FOOD", "OrdinaryFood");
    let revoked = LicenceContent { state: "Revoked".into(), ..valid.clone() };
    let (first, last) = (
        told("records/1", ORDINARY, valid, "2023-01-01"),
        told("records/2", ORDINARY, revoked, "2024-05-01"),
    );
    house.permits(&[last, first]).await;
    assert_eq!(house.store.licence(ORDINARY).await.unwrap().licence.content.state, "Revoked");
    assert_eq!(house.state(A, "FOOD").await, "");
}

async fn a_withdrawn_record_ends_the_licence_that_rests_on_it_and_no_other(house: House) {
    house.create(1, A, "甲").await.unwrap();
    let content = licence(A, "FOOD", "OrdinaryFood");
    house
        .permits(&[
            told("records/1", ORDINARY, content.clone(), "2023-01-01"),
            told("records/2", ORDINARY, content, "2024-01-01"),
        ])
        .await;
    house.permits(&[PermitFact::Withdrawn { record: "records/1".into() }]).await;
    assert_eq!(house.state(A, "FOOD").await, "Candidate", "it rests on records/2 now");
    house.permits(&[PermitFact::Withdrawn { record: "records/2".into() }]).await;
    assert_eq!(house.store.licence(ORDINARY).await.unwrap().licence.content.state, "Withdrawn");
    assert_eq!(house.state(A, "FOOD").await, "Removed");
}

async fn a_licence_whose_only_record_was_withdrawn_is_taken_by_the_holder_that_it_belongs_to(house: House) {
    house.import(1, &[(A, "甲"), (B, "乙")]).await.unwrap();
    house.permits(&[told("records/1", ORDINARY, licence(B, "FOOD", "OrdinaryFood"), "2023-01-01")]).await;
    house.permits(&[PermitFact::Withdrawn { record: "records/1".into() }]).await;
    house.permits(&[told("records/2", ORDINARY, licence(A, "FOOD", "OrdinaryFood"), "2023-01-01")]).await;
    let licence = house.store.licence(ORDINARY).await.unwrap().licence;
    assert_eq!((licence.content.uscc.as_str(), licence.content.state.as_str()), (A, "Valid"));
    assert_eq!(refused_records(&house).await, []);
    assert_eq!(
        (house.state(A, "FOOD").await, house.state(B, "FOOD").await),
        ("Candidate".into(), "Removed".into())
    );
    assert!(tells_that_it_left(&house, B).await && !tells_that_it_left(&house, A).await);
}

/// Whether the holder was told that a licence is another's now.
async fn tells_that_it_left(house: &House, holder: &str) -> bool {
    house.events().await.contains(&("registry.licence.left".to_owned(), format!("enterprises/{holder}")))
}

async fn a_licence_whose_record_was_withdrawn_stands_again_by_the_day_of_the_record_that_is_right(
    house: House,
) {
    house.create(1, A, "甲").await.unwrap();
    let content = licence(A, "FOOD", "OrdinaryFood");
    house.permits(&[told("records/1", ORDINARY, content.clone(), "2025-05-20")]).await;
    house.permits(&[PermitFact::Withdrawn { record: "records/1".into() }]).await;
    let look = ("licence.record_withdrawn".to_owned(), "LEGAL".to_owned());
    assert!(house.duties().await.contains(&look));
    // Its number was wrong, its day was not.
    house.permits(&[told("records/2", ORDINARY, content, "2025-05-20")]).await;
    let licence = house.store.licence(ORDINARY).await.unwrap().licence;
    assert_eq!(
        (licence.content.state.as_str(), licence.decided_on.to_string()),
        ("Valid", "2025-05-20".into())
    );
    assert_eq!((licence.source_record.as_str(), licence.vacated_on), ("records/2", None));
    assert_eq!(house.state(A, "FOOD").await, "Candidate");
    assert!(!house.duties().await.contains(&look));
}

async fn a_refused_permit_leaves_the_list_when_its_licence_is_recorded_by_hand(house: House) {
    house.import(1, &[(A, "甲"), (B, "乙")]).await.unwrap();
    let number = |text: &str| PermitFact::Refused(refused("records/1", text, "sub_kinds: must be given"));
    house.permits(&[number(" sc10137010200018")]).await;
    house.record(2, HEALTH, licence(A, "FOOD", "HealthFood"), today()).await.unwrap();
    assert_eq!(refused_records(&house).await.len(), 1, "another number");
    house.record(3, ORDINARY, licence(A, "FOOD", "OrdinaryFood"), today()).await.unwrap();
    assert_eq!(refused_records(&house).await, []);
    house
        .permits(&[PermitFact::Refused(RefusedPermit {
            uscc: B.into(),
            ..refused("records/2", ORDINARY, "x")
        })])
        .await;
    house.record(4, ORDINARY, licence(A, "FOOD", "OrdinaryFood"), today()).await.unwrap();
    assert_eq!(refused_records(&house).await.len(), 1, "of another holder");
}

async fn a_permit_that_was_refused_for_a_number_says_so_once_that_is_free(house: House) {
    house.import(1, &[(A, "甲"), (B, "乙")]).await.unwrap();
    house.record(2, ORDINARY, licence(A, "FOOD", "OrdinaryFood"), today()).await.unwrap();
    let of_b = told("records/1", ORDINARY, licence(B, "FOOD", "OrdinaryFood"), "2025-03-01");
    let unreadable =
        RefusedPermit { uscc: B.into(), ..refused("records/2", ORDINARY, "sub_kinds: must be given") };
    house.permits(&[of_b.clone(), PermitFact::Refused(unreadable.clone())]).await;
    let belongs = format!("the number belongs to `enterprises/{A}/marks/FOOD`");
    assert_eq!(problems(&house).await, [belongs, unreadable.problem.clone()]);
    house.take_back(3, ORDINARY).await.unwrap();
    let now = problems(&house).await;
    let [freed, other] = now.as_slice() else { panic!("{now:?}") };
    assert!(freed.starts_with("the number is free"), "{freed}");
    assert_eq!(*other, unreadable.problem, "the number is not what was wrong with it");
    house.permits(&[of_b]).await;
    assert_eq!(refused_records(&house).await.len(), 1, "told again it is a licence");

    // So it is where the record behind the number is withdrawn.
    let of_a = told("records/3", ORDINARY, licence(A, "FOOD", "OrdinaryFood"), "2025-04-01");
    house.permits(&[of_a, PermitFact::Withdrawn { record: "records/1".into() }]).await;
    let now = problems(&house).await;
    let [_, freed] = now.as_slice() else { panic!("{now:?}") };
    assert!(freed.starts_with("the number is free"), "{freed}");
}

async fn a_permit_waits_for_a_number_by_its_reason_whatever_its_words_say(house: House) {
    house.import(1, &[(A, "甲"), (B, "乙")]).await.unwrap();
    let words = "the number belongs to nobody that can be read";
    house.permits(&[PermitFact::Refused(refused("records/1", ORDINARY, words))]).await;
    house.record(2, ORDINARY, licence(B, "FOOD", "OrdinaryFood"), today()).await.unwrap();
    assert_eq!(problems(&house).await, [words]);
    house.permits(&[told("records/2", ORDINARY, licence(A, "FOOD", "OrdinaryFood"), "2025-03-01")]).await;
    let both = [Refusal::Unreadable, Refusal::HeldByAnother];
    assert_eq!(reasons(&house).await, both);
    house.take_back(3, ORDINARY).await.unwrap();
    assert_eq!(reasons(&house).await, [Refusal::Unreadable, Refusal::NumberFree]);
    house.record(4, ORDINARY, licence(B, "FOOD", "OrdinaryFood"), today()).await.unwrap();
    assert_eq!(reasons(&house).await, both);
}

async fn whose_the_number_of_a_refused_permit_is_is_said_anew_whenever_that_changes(house: House) {
    let free = "the number is free";
    let belongs = |holder: &str| format!("the number belongs to `enterprises/{holder}/marks/FOOD`");
    let of = |holder: &str| licence(holder, "FOOD", "OrdinaryFood");
    let said = async || {
        let said = problems(&house).await;
        assert_eq!(said.len(), 1, "{said:?}");
        said.concat()
    };
    house.import(1, &[(A, "甲"), (B, "乙"), (C, "丙")]).await.unwrap();
    house.record(2, ORDINARY, of(A), today()).await.unwrap();
    let of_b = told("records/1", ORDINARY, of(B), "2025-03-01");
    house.permits(&[written(of_b, &format!(" {} ", ORDINARY.to_lowercase()))]).await;
    assert_eq!(said().await, belongs(A));
    house.take_back(3, ORDINARY).await.unwrap();
    assert!(said().await.starts_with(free));
    // The entry was right after all, and rests on a record from then on.
    house.record(4, ORDINARY, of(A), today()).await.unwrap();
    assert_eq!(said().await, belongs(A));
    house.permits(&[told("records/3", ORDINARY, of(A), "2025-06-02")]).await;
    // Free, and another's, at once.
    let withdrawn = PermitFact::Withdrawn { record: "records/3".into() };
    house.permits(&[withdrawn, told("records/4", ORDINARY, of(C), "2025-05-01")]).await;
    assert_eq!(said().await, belongs(C));
    // Its own holder's by another record: nothing keeps this one from being told again.
    let withdrawn = PermitFact::Withdrawn { record: "records/4".into() };
    house.permits(&[withdrawn, told("records/5", ORDINARY, of(B), "2025-05-02")]).await;
    assert!(said().await.starts_with(free));
}

/// The same permit, its number as its provider wrote it.
fn written(fact: PermitFact, permit_no: &str) -> PermitFact {
    match fact {
        PermitFact::Told { record, licence_no, content, decided_on, again, refused } => {
            let refused = RefusedPermit { permit_no: permit_no.to_owned(), ..refused };
            PermitFact::Told { record, licence_no, content, decided_on, again, refused }
        }
        other => other,
    }
}

async fn a_refused_permit_is_found_by_its_number_in_full_width_as_by_the_same_in_half_width(house: House) {
    const WIDE: &str = "　ｓｃ１０１３７０１０２０００１８";
    house.import(1, &[(A, "甲"), (B, "乙")]).await.unwrap();
    house.record(2, ORDINARY, licence(A, "FOOD", "OrdinaryFood"), today()).await.unwrap();
    let of_b = written(told("records/1", ORDINARY, licence(B, "FOOD", "OrdinaryFood"), "2025-03-01"), WIDE);
    let unreadable = PermitFact::Refused(refused("records/2", WIDE, "sub_kinds: must be given"));
    house.permits(&[of_b, unreadable]).await;
    assert_eq!(reasons(&house).await, [Refusal::HeldByAnother, Refusal::Unreadable]);
    house.take_back(3, ORDINARY).await.unwrap();
    assert_eq!(reasons(&house).await, [Refusal::NumberFree, Refusal::Unreadable]);
    // Each leaves the list once its own holder has the licence.
    house.record(4, ORDINARY, licence(B, "FOOD", "OrdinaryFood"), today()).await.unwrap();
    assert_eq!(reasons(&house).await, [Refusal::Unreadable]);
    house.take_back(5, ORDINARY).await.unwrap();
    house.record(6, ORDINARY, licence(A, "FOOD", "OrdinaryFood"), today()).await.unwrap();
    assert_eq!(refused_permits(&house).await, []);
}

async fn a_refused_permit_is_looked_up_by_its_number_in_an_index(house: House) {
    let permit = |n: usize| PermitFact::Refused(refused(&format!("records/{n}"), &format!("SC{n}"), "x"));
    house.permits(&(0..600).map(permit).collect::<Vec<_>>()).await;
    // Without figures of its own, PostgreSQL takes every table for a small one.
    on!(house.db, |pool| sqlx::query("ANALYZE refused_permit").execute(pool).await.map(drop)).unwrap();
    let plan = house.plan("SELECT record FROM refused_permit WHERE number = 'SC7'").await;
    assert!(plan.contains("refused_permit_by_number"), "{plan}");
}

async fn a_vacated_number_is_recorded_by_hand_for_another_holder(house: House) {
    house.import(1, &[(A, "甲"), (B, "乙")]).await.unwrap();
    house.permits(&[told("records/1", ORDINARY, licence(B, "FOOD", "OrdinaryFood"), "2023-01-01")]).await;
    house.permits(&[PermitFact::Withdrawn { record: "records/1".into() }]).await;
    let recorded = house.record(2, ORDINARY, licence(A, "FOOD", "OrdinaryFood"), today()).await.unwrap();
    assert_eq!((recorded.uscc.as_str(), recorded.record_withdrawn_on.as_str()), (A, ""));
    assert!(tells_that_it_left(&house, B).await && !tells_that_it_left(&house, A).await);
}

/// What the record says from now on.
fn corrected(fact: PermitFact) -> PermitFact {
    match fact {
        PermitFact::Told { record, licence_no, content, decided_on, refused, .. } => {
            PermitFact::Told { record, licence_no, content, decided_on, again: true, refused }
        }
        other => other,
    }
}

async fn a_corrected_record_changes_the_licence_that_rests_on_it(house: House) {
    house.create(1, A, "甲").await.unwrap();
    let content = licence(A, "FOOD", "OrdinaryFood");
    house.permits(&[told("records/1", ORDINARY, content.clone(), "2023-01-01")]).await;
    let wider = LicenceContent { scope: "糕点;饮料".into(), ..content };
    house.permits(&[corrected(told("records/1", ORDINARY, wider, "2022-12-01"))]).await;
    let licence = house.store.licence(ORDINARY).await.unwrap().licence;
    assert_eq!((licence.content.scope.as_str(), licence.revision), ("糕点;饮料", 2));
    assert!(!tells_that_it_left(&house, A).await);
    assert_eq!(licence.decided_on.to_string(), "2022-12-01");
    assert_eq!(house.state(A, "FOOD").await, "Candidate");
}

async fn a_corrected_number_ends_the_licence_of_the_wrong_one(house: House) {
    house.create(1, A, "甲").await.unwrap();
    let content = licence(A, "FOOD", "OrdinaryFood");
    house.permits(&[told("records/1", ORDINARY, content.clone(), "2023-01-01")]).await;
    house.permits(&[corrected(told("records/1", HEALTH, content, "2023-01-01"))]).await;
    assert_eq!(house.store.licence(ORDINARY).await.unwrap().licence.content.state, "Withdrawn");
    assert_eq!(house.store.licence(HEALTH).await.unwrap().licence.content.state, "Valid");
    assert_eq!(house.state(A, "FOOD").await, "Candidate");
    house.permits(&[PermitFact::Refused(refused("records/1", "SC1", "licence_no: too short"))]).await;
    assert_eq!(house.store.licence(HEALTH).await.unwrap().licence.content.state, "Withdrawn");
}

async fn a_licence_whose_field_is_corrected_leaves_the_mark_of_the_wrong_one(house: House) {
    house.create(1, A, "甲").await.unwrap();
    house.permits(&[told("records/1", ORDINARY, licence(A, "FOOD", "OrdinaryFood"), "2023-01-01")]).await;
    assert_eq!(house.state(A, "FOOD").await, "Candidate");
    let right = licence(A, "SE", "SeManufacture");
    house.permits(&[corrected(told("records/1", ORDINARY, right, "2023-01-01"))]).await;
    assert_eq!(
        (house.state(A, "FOOD").await, house.state(A, "SE").await),
        ("Removed".into(), "Candidate".into())
    );
}

async fn an_entry_changed_by_hand_whose_record_tells_another_holder_since_may_be_taken_back(house: House) {
    house.import(1, &[(A, "甲"), (B, "乙")]).await.unwrap();
    let of_a = licence(A, "FOOD", "OrdinaryFood");
    house.permits(&[told("records/1", ORDINARY, of_a.clone(), "2023-01-01")]).await;
    let suspended = LicenceContent { state: "Suspended".into(), ..of_a };
    house.record(2, ORDINARY, suspended, today()).await.unwrap();
    assert!(house.take_back(3, ORDINARY).await.is_err(), "the record tells it");
    let of_b = told("records/1", ORDINARY, licence(B, "FOOD", "OrdinaryFood"), "2023-01-01");
    house.permits(&[corrected(of_b)]).await;
    assert_eq!(problems(&house).await, [format!("the number belongs to `enterprises/{A}/marks/FOOD`")]);
    house.take_back(4, ORDINARY).await.unwrap();
    let now = problems(&house).await;
    assert!(now.iter().all(|problem| problem.starts_with("the number is free")) && now.len() == 1, "{now:?}");
    let recorded = house.record(5, ORDINARY, licence(B, "FOOD", "OrdinaryFood"), today()).await.unwrap();
    assert_eq!(recorded.uscc, B);
}

async fn a_permit_that_cannot_be_a_licence_is_listed_with_its_problem_until_it_is_in_order(house: House) {
    house.create(1, A, "甲").await.unwrap();
    house.permits(&[PermitFact::Refused(refused("records/1", "SC1", "licence_no: too short"))]).await;
    assert_eq!(refused_records(&house).await, [("records/1".to_owned(), "licence_no: too short".to_owned())]);
    house.permits(&[told("records/1", ORDINARY, licence(A, "FOOD", "OrdinaryFood"), "2023-01-01")]).await;
    assert_eq!(refused_records(&house).await, []);
}

async fn a_number_that_is_anothers_is_refused_visibly(house: House) {
    house.import(1, &[(A, "甲"), (B, "乙")]).await.unwrap();
    house.permits(&[told("records/1", ORDINARY, licence(A, "FOOD", "OrdinaryFood"), "2023-01-01")]).await;
    house.permits(&[told("records/2", ORDINARY, licence(B, "FOOD", "OrdinaryFood"), "2024-01-01")]).await;
    let refused = refused_records(&house).await;
    assert_eq!((refused.len(), refused[0].0.as_str()), (1, "records/2"));
    assert!(refused[0].1.contains(A), "{refused:?}");
}

async fn refused_permits_of_another_division_are_not_listed(house: House) {
    house.permits(&[PermitFact::Refused(refused("records/1", "SC1", "x"))]).await;
    let filter = RefusedPermitFilter { scope: officer("LEGAL", &["370103"]).scope(), field: String::new() };
    let cut = Cut { size: 10, fingerprint: Fingerprint::of(&[]), after: String::new() };
    assert_eq!(house.store.refused_permits(&filter, &cut).await.unwrap().rows, []);
}

db::conformance! { open = open; cases = [
    a_permit_becomes_a_licence_and_proposes_a_mark,
    a_permit_told_twice_changes_nothing,
    a_permit_of_an_unknown_holder_waits_and_its_mark_comes_with_the_enterprise,
    the_latest_decision_counts_whatever_the_order_in_which_they_are_told,
    a_withdrawn_record_ends_the_licence_that_rests_on_it_and_no_other,
    a_licence_whose_only_record_was_withdrawn_is_taken_by_the_holder_that_it_belongs_to,
    a_licence_whose_record_was_withdrawn_stands_again_by_the_day_of_the_record_that_is_right,
    a_refused_permit_leaves_the_list_when_its_licence_is_recorded_by_hand,
    a_permit_that_was_refused_for_a_number_says_so_once_that_is_free,
    a_permit_waits_for_a_number_by_its_reason_whatever_its_words_say,
    whose_the_number_of_a_refused_permit_is_is_said_anew_whenever_that_changes,
    a_refused_permit_is_found_by_its_number_in_full_width_as_by_the_same_in_half_width,
    a_refused_permit_is_looked_up_by_its_number_in_an_index,
    a_vacated_number_is_recorded_by_hand_for_another_holder,
    a_corrected_record_changes_the_licence_that_rests_on_it,
    a_corrected_number_ends_the_licence_of_the_wrong_one,
    a_licence_whose_field_is_corrected_leaves_the_mark_of_the_wrong_one,
    an_entry_changed_by_hand_whose_record_tells_another_holder_since_may_be_taken_back,
    a_permit_that_cannot_be_a_licence_is_listed_with_its_problem_until_it_is_in_order,
    a_number_that_is_anothers_is_refused_visibly,
    refused_permits_of_another_division_are_not_listed,
] }
