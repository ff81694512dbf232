//! Licences recorded by hand, and the marks that they propose.

use contract::registry::v1 as pb;
use registry::Error;
use registry::domain::LicenceContent;
use registry::store::{Act, Decided, Lists, PermitFact, TakeBack};
use service::idempotency::Key;

use crate::store::house::{
    A, B, CYLINDER, HEALTH, House, ORDINARY, day, licence, mark, noon, officer, open, request, today, told,
    uscc,
};

impl House {
    /// Takes the entry of a licence back, in the name of the legal office.
    pub(crate) async fn take_back(&self, number: u128, licence_no: &str) -> Result<pb::Licence, Error> {
        let (caller, request_id) = (officer("LEGAL", &["370100"]), request(number));
        let key = Key { caller: caller.subject(), method: "/take-back", request_id: &request_id };
        let body = pb::TakeBackLicenceRequest { name: licence_no.into(), ..Default::default() };
        let act = Act::of(&caller, &key, "", today(), self.store.book());
        let request = TakeBack { key: &key, body: &body, licence_no, reason: "录入有误" };
        self.store.take_back_licence(&request, &act, |_| Ok(())).await
    }
}

async fn a_licence_of_an_unknown_enterprise_is_not_recorded_by_hand(house: House) {
    let refused = house.record(1, ORDINARY, licence(A, "FOOD", "OrdinaryFood"), today()).await.unwrap_err();
    assert!(matches!(refused, Error::EnterpriseNotFound(_)), "{refused:?}");
}

async fn the_first_licence_proposes_a_mark_and_obliges_the_office_of_its_sub_kind(house: House) {
    house.create(1, A, "甲").await.unwrap();
    house.record(2, HEALTH, licence(A, "FOOD", "HealthFood"), today()).await.unwrap();
    house.record(3, CYLINDER, licence(A, "SE", "SeCylinderFilling"), today()).await.unwrap();
    assert_eq!(
        (house.state(A, "FOOD").await, house.state(A, "SE").await),
        ("Candidate".into(), "Candidate".into())
    );
    let expected = [("mark.confirm", "SAMPLING_SPECIAL_FOOD"), ("mark.confirm", "SE_SUPERV")];
    assert_eq!(house.duties().await, expected.map(|(kind, office)| (kind.to_owned(), office.to_owned())));
}

async fn the_licence_and_its_mark_are_told_in_the_same_transaction(house: House) {
    house.create(1, A, "甲").await.unwrap();
    house.record(2, ORDINARY, licence(A, "FOOD", "OrdinaryFood"), today()).await.unwrap();
    let events = house.events().await;
    let kinds: Vec<_> = events.iter().map(|(kind, _)| kind.as_str()).collect();
    assert_eq!(
        kinds,
        ["registry.enterprise.registered", "registry.licence.recorded", "registry.mark.changed"]
    );
    assert!(events.iter().all(|(_, subject)| *subject == format!("enterprises/{A}")));
}

async fn a_proposal_that_grows_into_another_office_hands_the_duty_on(house: House) {
    house.create(1, A, "甲").await.unwrap();
    house.record(2, HEALTH, licence(A, "FOOD", "HealthFood"), today()).await.unwrap();
    house.record(3, ORDINARY, licence(A, "FOOD", "OrdinaryFood"), today()).await.unwrap();
    assert_eq!(house.duties().await, [("mark.confirm".to_owned(), "FOOD_PROD".to_owned())]);
}

async fn a_repeated_record_answers_as_before(house: House) {
    house.create(1, A, "甲").await.unwrap();
    let first = house.record(2, ORDINARY, licence(A, "FOOD", "OrdinaryFood"), today()).await.unwrap();
    let again = house.record(2, ORDINARY, licence(A, "FOOD", "OrdinaryFood"), today()).await.unwrap();
    assert_eq!(again, first);
    assert_eq!(house.events().await.len(), 3);
}

async fn a_licence_never_passes_to_another_holder(house: House) {
    house.import(1, &[(A, "甲"), (B, "乙")]).await.unwrap();
    house.record(2, ORDINARY, licence(A, "FOOD", "OrdinaryFood"), today()).await.unwrap();
    let refused = house.record(3, ORDINARY, licence(B, "FOOD", "OrdinaryFood"), today()).await.unwrap_err();
    assert!(matches!(refused, Error::LicenceHeldByAnother { .. }), "{refused:?}");
    assert_eq!(house.state(B, "FOOD").await, "");
}

async fn an_entry_under_the_wrong_enterprise_is_taken_back_and_whoever_holds_the_number_gets_it(
    house: House,
) {
    house.import(1, &[(A, "甲"), (B, "乙")]).await.unwrap();
    house.record(2, ORDINARY, licence(A, "FOOD", "OrdinaryFood"), today()).await.unwrap();
    let gone = house.take_back(3, ORDINARY).await.unwrap();
    assert_eq!((gone.state.as_str(), gone.record_withdrawn_on.as_str()), ("Withdrawn", "2025-06-02"));
    assert_eq!((house.state(A, "FOOD").await.as_str(), house.duties().await), ("Removed", vec![]));
    assert_eq!(house.take_back(3, ORDINARY).await.unwrap(), gone, "the same request is answered again");
    assert_eq!(
        house.take_back(4, ORDINARY).await.unwrap().revision,
        gone.revision,
        "nothing is left to take"
    );
    house.permits(&[told("records/1", ORDINARY, licence(B, "FOOD", "OrdinaryFood"), "2025-03-01")]).await;
    assert_eq!(house.store.licence(ORDINARY).await.unwrap().licence.content.uscc, uscc(B));
    assert_eq!(house.state(B, "FOOD").await, "Candidate");
    let unknown = house.take_back(5, HEALTH).await.unwrap_err();
    assert!(matches!(unknown, Error::LicenceNotFound(_)), "{unknown:?}");
}

async fn what_rests_on_a_record_is_its_providers_to_withdraw_and_then_answered_by_taking_it_back(
    house: House,
) {
    house.create(1, A, "甲").await.unwrap();
    house.permits(&[told("records/1", ORDINARY, licence(A, "FOOD", "OrdinaryFood"), "2025-03-01")]).await;
    let refused = house.take_back(2, ORDINARY).await.unwrap_err();
    assert!(matches!(refused, Error::LicenceFromRecord { .. }), "{refused:?}");
    house.permits(&[PermitFact::Withdrawn { record: "records/1".into() }]).await;
    assert_eq!(house.duties().await, [("licence.record_withdrawn".to_owned(), "LEGAL".to_owned())]);
    let gone = house.take_back(3, ORDINARY).await.unwrap();
    assert_eq!((gone.source_record.as_str(), house.duties().await), ("", vec![]));
}

async fn a_mark_confirmed_on_an_entry_that_is_taken_back_waits_for_its_owner_and_then_goes(house: House) {
    house.create(1, A, "甲").await.unwrap();
    house.record(2, ORDINARY, licence(A, "FOOD", "OrdinaryFood"), today()).await.unwrap();
    let food = officer("FOOD_PROD", &["370100"]);
    house.decide(3, &food, Decided::Confirm, &[mark(A, "FOOD")]).await.unwrap();
    house.take_back(4, ORDINARY).await.unwrap();
    assert_eq!(house.state(A, "FOOD").await, "ChangePending");
    let confirm = ("mark.confirm".to_owned(), "FOOD_PROD".to_owned());
    assert_eq!(house.duties().await, [confirm], "nobody waits for the publicity system to take it");
    house.decide(5, &food, Decided::Confirm, &[mark(A, "FOOD")]).await.unwrap();
    assert_eq!(house.state(A, "FOOD").await, "Removed");
    let last = house.deliveries().await.pop().unwrap();
    assert_eq!(last.0, "mark.withdrawn");
}

async fn of_two_licences_the_one_that_is_not_taken_back_keeps_the_mark(house: House) {
    house.create(1, A, "甲").await.unwrap();
    house.record(2, ORDINARY, licence(A, "FOOD", "OrdinaryFood"), today()).await.unwrap();
    house.record(3, HEALTH, licence(A, "FOOD", "HealthFood"), today()).await.unwrap();
    let legal = officer("LEGAL", &["370100"]);
    house.decide(4, &legal, Decided::Confirm, &[mark(A, "FOOD")]).await.unwrap();
    house.take_back(5, HEALTH).await.unwrap();
    let kept = house.store.mark(&mark(A, "FOOD")).await.unwrap().mark;
    assert!(kept.state.is_carried());
    assert_eq!(kept.content.licence_nos.to_vec(), [ORDINARY]);
    assert_eq!(house.store.licence(ORDINARY).await.unwrap().licence.content.state, "Valid");
}

async fn an_entry_that_a_record_confirms_is_its_providers_to_withdraw(house: House) {
    house.create(1, A, "甲").await.unwrap();
    house.record(2, ORDINARY, licence(A, "FOOD", "OrdinaryFood"), today()).await.unwrap();
    house.permits(&[told("records/1", ORDINARY, licence(A, "FOOD", "OrdinaryFood"), "2025-06-02")]).await;
    let refused = house.take_back(3, ORDINARY).await.unwrap_err();
    assert!(
        matches!(&refused, Error::LicenceFromRecord { record, .. } if record == "records/1"),
        "{refused:?}"
    );
    assert_eq!(house.state(A, "FOOD").await, "Candidate");
    house.permits(&[PermitFact::Withdrawn { record: "records/1".into() }]).await;
    assert_eq!(house.state(A, "FOOD").await, "Removed");
}

async fn an_entry_that_was_changed_by_hand_is_taken_back_whole_and_may_be_recorded_anew(house: House) {
    house.create(1, A, "甲").await.unwrap();
    let valid = licence(A, "FOOD", "OrdinaryFood");
    let suspended = LicenceContent { state: "Suspended".into(), ..valid.clone() };
    house.record(2, ORDINARY, valid.clone(), today()).await.unwrap();
    house.record(3, ORDINARY, suspended, today()).await.unwrap();
    let gone = house.take_back(4, ORDINARY).await.unwrap();
    assert_eq!((gone.state.as_str(), gone.revision), ("Withdrawn", 3));
    // Of an earlier day than anything that was entered: nothing of that stands in its way.
    let anew = house.record_decided(5, ORDINARY, valid, today(), day("2023-01-01")).await.unwrap();
    assert_eq!((anew.state.as_str(), anew.revision), ("Valid", 4));
    assert_eq!(anew.record_withdrawn_on, "");
    assert_eq!(house.state(A, "FOOD").await, "Candidate");
    assert_eq!(
        house.take_back(4, ORDINARY).await.unwrap(),
        gone,
        "what was answered before is answered again"
    );
    assert_eq!(
        house.store.licence(ORDINARY).await.unwrap().licence.content.state,
        "Valid",
        "and changes nothing"
    );
}

async fn a_licence_that_a_record_told_is_put_right_by_hand_and_taken_back_only_once_that_is_withdrawn(
    house: House,
) {
    house.create(1, A, "甲").await.unwrap();
    let valid = licence(A, "FOOD", "OrdinaryFood");
    house.permits(&[told("records/1", ORDINARY, valid.clone(), "2023-01-01")]).await;
    // The number was mistyped: another licence was suspended.
    let suspended = LicenceContent { state: "Suspended".into(), ..valid.clone() };
    house.record(2, ORDINARY, suspended, today()).await.unwrap();
    let refused = house.take_back(3, ORDINARY).await.unwrap_err();
    assert!(
        matches!(&refused, Error::LicenceFromRecord { record, .. } if record == "records/1"),
        "{refused:?}"
    );
    house.record(4, ORDINARY, valid, today()).await.unwrap();
    assert!(house.take_back(5, ORDINARY).await.is_err(), "the record stands behind that, too");
    house.permits(&[PermitFact::Withdrawn { record: "records/1".into() }]).await;
    let stands = house.store.licence(ORDINARY).await.unwrap().licence;
    assert_eq!((stands.content.state.as_str(), stands.record_behind), ("Valid", None));
    assert_eq!(house.take_back(6, ORDINARY).await.unwrap().state, "Withdrawn");
}

async fn an_entry_of_which_a_record_tells_an_earlier_decision_is_not_taken_back_while_that_stands(
    house: House,
) {
    house.create(1, A, "甲").await.unwrap();
    let valid = licence(A, "FOOD", "OrdinaryFood");
    let suspended = LicenceContent { state: "Suspended".into(), ..valid.clone() };
    house.record(2, ORDINARY, suspended, today()).await.unwrap();
    house.permits(&[told("records/1", ORDINARY, valid, "2023-01-01")]).await;
    assert_eq!(house.store.licence(ORDINARY).await.unwrap().licence.content.state, "Suspended");
    let refused = house.take_back(3, ORDINARY).await.unwrap_err();
    assert!(
        matches!(&refused, Error::LicenceFromRecord { record, .. } if record == "records/1"),
        "{refused:?}"
    );
    house.permits(&[PermitFact::Withdrawn { record: "records/1".into() }]).await;
    assert_eq!(house.take_back(4, ORDINARY).await.unwrap().state, "Withdrawn");
}

async fn site_scope_and_authority_are_kept_and_a_later_decision_changes_them(house: House) {
    house.create(1, A, "甲").await.unwrap();
    let first = licence(A, "FOOD", "OrdinaryFood");
    house.record(2, ORDINARY, first.clone(), today()).await.unwrap();
    let kept = house.store.licence(ORDINARY).await.unwrap().licence;
    assert_eq!((kept.content.scope.as_str(), kept.decided_on), ("糕点", day("2025-06-02")));
    let wider =
        LicenceContent { scope: "糕点;饮料".into(), site_address: "二号路2号".into(), ..first };
    house.record(3, ORDINARY, wider.clone(), noon("2025-06-03")).await.unwrap();
    let changed = house.store.licence(ORDINARY).await.unwrap().licence;
    assert_eq!((changed.content, changed.revision), (wider, 2));
}

async fn a_licence_of_years_ago_that_is_recorded_today_ends_by_a_decision_that_is_told_late(house: House) {
    house.create(1, A, "甲").await.unwrap();
    let valid = licence(A, "FOOD", "OrdinaryFood");
    let recorded =
        house.record_decided(2, ORDINARY, valid.clone(), today(), day("2023-01-01")).await.unwrap();
    assert_eq!(
        (recorded.decided_on.as_str(), house.state(A, "FOOD").await),
        ("2023-01-01", "Candidate".into())
    );
    let revoked = LicenceContent { state: "Revoked".into(), ..valid };
    house.permits(&[told("records/1", ORDINARY, revoked, "2025-05-30")]).await;
    let kept = house.store.licence(ORDINARY).await.unwrap().licence;
    assert_eq!((kept.content.state.as_str(), kept.decided_on), ("Revoked", day("2025-05-30")));
    assert_eq!(house.state(A, "FOOD").await, "Removed");
}

async fn what_was_decided_before_a_later_decision_is_not_recorded_over_it(house: House) {
    house.create(1, A, "甲").await.unwrap();
    let valid = licence(A, "FOOD", "OrdinaryFood");
    let suspended = LicenceContent { state: "Suspended".into(), ..valid.clone() };
    house.record(2, ORDINARY, suspended, today()).await.unwrap();
    let refused =
        house.record_decided(3, ORDINARY, valid, noon("2025-06-03"), day("2025-06-01")).await.unwrap_err();
    let Error::LaterDecisionKnown { licence_no, decided_on } = refused else { panic!("{refused:?}") };
    assert_eq!((licence_no.as_str(), decided_on), (ORDINARY, day("2025-06-02")));
    assert_eq!(house.store.licence(ORDINARY).await.unwrap().licence.content.state, "Suspended");
}

async fn a_suspended_licence_takes_its_proposal_back_and_a_restored_one_proposes_it_again(house: House) {
    house.create(1, A, "甲").await.unwrap();
    let valid = licence(A, "FOOD", "OrdinaryFood");
    let suspended = LicenceContent { state: "Suspended".into(), ..valid.clone() };
    house.record(2, ORDINARY, valid.clone(), today()).await.unwrap();
    house.record(3, ORDINARY, suspended, noon("2025-06-03")).await.unwrap();
    assert_eq!(house.state(A, "FOOD").await, "Removed");
    assert_eq!(house.duties().await, []);
    let restored = house.record(4, ORDINARY, valid, noon("2025-06-04")).await.unwrap();
    assert_eq!((restored.revision, house.state(A, "FOOD").await), (3, "Candidate".to_owned()));
}

async fn expiry_is_read_from_the_term_without_any_job(house: House) {
    house.create(1, A, "甲").await.unwrap();
    let recorded =
        house.record(2, ORDINARY, licence(A, "FOOD", "OrdinaryFood"), noon("2026-01-01")).await.unwrap();
    assert_eq!(recorded.state, "Expired");
    assert_eq!(house.state(A, "FOOD").await, "", "an expired licence proposes nothing");
}

async fn an_enterprise_and_which_lists_have_something_about_it_are_told_by_one_statement(house: House) {
    let unknown = house.store.enterprise_with_lists(&uscc(A)).await.unwrap_err();
    assert!(matches!(unknown, Error::EnterpriseNotFound(_)), "{unknown:?}");
    house.import(1, &[(A, "甲"), (B, "乙")]).await.unwrap();
    house.record(2, ORDINARY, licence(A, "FOOD", "OrdinaryFood"), today()).await.unwrap();
    let nothing = Lists { licences: false, marks: false, commitments: false };
    let expected = [(A, Lists { licences: true, marks: true, ..nothing }), (B, nothing)];
    for (code, lists) in expected {
        let found = house.store.enterprise_with_lists(&uscc(code)).await.unwrap();
        assert_eq!(found, (house.store.enterprise(&uscc(code)).await.unwrap(), lists));
    }
}

db::conformance! { open = open; cases = [
    a_licence_of_an_unknown_enterprise_is_not_recorded_by_hand,
    the_first_licence_proposes_a_mark_and_obliges_the_office_of_its_sub_kind,
    the_licence_and_its_mark_are_told_in_the_same_transaction,
    a_proposal_that_grows_into_another_office_hands_the_duty_on,
    a_repeated_record_answers_as_before,
    a_licence_never_passes_to_another_holder,
    an_entry_under_the_wrong_enterprise_is_taken_back_and_whoever_holds_the_number_gets_it,
    what_rests_on_a_record_is_its_providers_to_withdraw_and_then_answered_by_taking_it_back,
    a_mark_confirmed_on_an_entry_that_is_taken_back_waits_for_its_owner_and_then_goes,
    of_two_licences_the_one_that_is_not_taken_back_keeps_the_mark,
    an_entry_that_a_record_confirms_is_its_providers_to_withdraw,
    an_entry_that_was_changed_by_hand_is_taken_back_whole_and_may_be_recorded_anew,
    a_licence_that_a_record_told_is_put_right_by_hand_and_taken_back_only_once_that_is_withdrawn,
    an_entry_of_which_a_record_tells_an_earlier_decision_is_not_taken_back_while_that_stands,
    site_scope_and_authority_are_kept_and_a_later_decision_changes_them,
    a_licence_of_years_ago_that_is_recorded_today_ends_by_a_decision_that_is_told_late,
    what_was_decided_before_a_later_decision_is_not_recorded_over_it,
    a_suspended_licence_takes_its_proposal_back_and_a_restored_one_proposes_it_again,
    expiry_is_read_from_the_term_without_any_job,
    an_enterprise_and_which_lists_have_something_about_it_are_told_by_one_statement,
] }
