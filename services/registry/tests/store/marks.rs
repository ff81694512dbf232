//! Confirming and rejecting marks.

use db::Fingerprint;
use registry::Error;
use registry::machines::mark::State;
use registry::store::{Cut, Decided, EnterpriseFilter, MarkFilter};

use crate::store::house::{A, B, CYLINDER, HEALTH, House, ORDINARY, licence, mark, officer, open, today};

/// A with ordinary food, B with health food and cylinders, all proposed.
async fn proposed(house: &House) {
    house.import(1, &[(A, "甲"), (B, "乙")]).await.unwrap();
    house.record(2, ORDINARY, licence(A, "FOOD", "OrdinaryFood"), today()).await.unwrap();
    house.record(3, HEALTH, licence(B, "FOOD", "HealthFood"), today()).await.unwrap();
    house.record(4, CYLINDER, licence(B, "SE", "SeCylinderFilling"), today()).await.unwrap();
}

async fn a_confirmed_mark_is_handed_to_the_publicity_system_with_its_duty(house: House) {
    proposed(&house).await;
    let food = officer("FOOD_PROD", &["370100"]);
    let marks = house.decide(10, &food, Decided::Confirm, &[mark(A, "FOOD")]).await.unwrap();
    assert_eq!((marks[0].state.as_str(), marks[0].label.as_str()), ("PushPending", "食品生产企业"));
    assert_eq!(house.deliveries().await, [("mark.published".to_owned(), 2)]);
    assert!(house.duties().await.contains(&("mark.push".to_owned(), "FOOD_PROD".to_owned())));
}

async fn special_food_is_confirmed_by_its_own_office_and_nobody_confirms_out_of_turn(house: House) {
    proposed(&house).await;
    let refused = house
        .decide(10, &officer("FOOD_PROD", &["370100"]), Decided::Confirm, &[mark(B, "FOOD")])
        .await
        .unwrap_err();
    let Error::OfficeNotAllowed { offices, .. } = refused else { panic!("{refused:?}") };
    assert_eq!(offices, ["SAMPLING_SPECIAL_FOOD", "LEGAL"]);
    for (number, office, key) in [
        (11, "SAMPLING_SPECIAL_FOOD", mark(B, "FOOD")),
        (12, "SE_SUPERV", mark(B, "SE")),
        (13, "LEGAL", mark(A, "FOOD")),
    ] {
        house.decide(number, &officer(office, &["370100"]), Decided::Confirm, &[key]).await.unwrap();
    }
}

async fn a_mark_of_ordinary_and_special_food_waits_for_both_offices_or_for_the_legal_one(house: House) {
    proposed(&house).await;
    house.record(5, "SC12737010200049", licence(A, "FOOD", "HealthFood"), today()).await.unwrap();
    let (food, special) = (officer("FOOD_PROD", &["370100"]), officer("SAMPLING_SPECIAL_FOOD", &["370100"]));
    let confirm = |office: &str| ("mark.confirm".to_owned(), office.to_owned());
    let first = house.decide(10, &food, Decided::Confirm, &[mark(A, "FOOD")]).await.unwrap();
    assert_eq!(
        (first[0].state.as_str(), &first[0].confirmed_by[..]),
        ("Candidate", &["FOOD_PROD".to_owned()][..])
    );
    assert!(house.deliveries().await.is_empty(), "nobody is told before both have said so");
    let duties = house.duties().await;
    let open = duties.iter().filter(|duty| **duty == confirm("SAMPLING_SPECIAL_FOOD")).count();
    assert_eq!((open, duties.contains(&confirm("FOOD_PROD"))), (2, false), "of A and of B");
    let again = house.decide(11, &food, Decided::Confirm, &[mark(A, "FOOD")]).await.unwrap_err();
    let Error::OfficeNotAllowed { offices, .. } = again else { panic!("{again:?}") };
    assert_eq!(offices, ["SAMPLING_SPECIAL_FOOD"]);
    let second = house.decide(12, &special, Decided::Confirm, &[mark(A, "FOOD")]).await.unwrap();
    assert_eq!((second[0].state.as_str(), second[0].confirmed_by.len()), ("PushPending", 0));
}

async fn the_legal_office_confirms_a_mark_of_several_offices_alone(house: House) {
    proposed(&house).await;
    house.record(5, "SC12737010200049", licence(A, "FOOD", "HealthFood"), today()).await.unwrap();
    let legal = officer("LEGAL", &["370100"]);
    let confirmed = house.decide(10, &legal, Decided::Confirm, &[mark(A, "FOOD")]).await.unwrap();
    assert_eq!(confirmed[0].state, "PushPending");
}

async fn nobody_is_asked_to_confirm_what_is_added_to_a_mark_on_its_way(house: House) {
    house.import(1, &[(A, "甲")]).await.unwrap();
    house.record(2, HEALTH, licence(A, "FOOD", "HealthFood"), today()).await.unwrap();
    let special = officer("SAMPLING_SPECIAL_FOOD", &["370100"]);
    house.decide(10, &special, Decided::Confirm, &[mark(A, "FOOD")]).await.unwrap();
    house.record(3, ORDINARY, licence(A, "FOOD", "OrdinaryFood"), today()).await.unwrap();
    assert_eq!(house.state(A, "FOOD").await, "PushPending");
    assert_eq!(house.duties().await, [("mark.push".to_owned(), "FOOD_PROD".to_owned())]);
}

async fn another_field_or_division_is_refused(house: House) {
    proposed(&house).await;
    let of_field =
        house.decide(10, &officer("SE_SUPERV", &["370100"]), Decided::Confirm, &[mark(A, "FOOD")]).await;
    let of_division =
        house.decide(11, &officer("LEGAL", &["370103"]), Decided::Confirm, &[mark(A, "FOOD")]).await;
    for refused in [of_field, of_division] {
        assert!(matches!(refused, Err(Error::Common(service::Error::Denied(_)))), "{refused:?}");
    }
}

async fn one_refusal_refuses_all(house: House) {
    proposed(&house).await;
    let both = [mark(A, "FOOD"), mark(A, "SE")];
    let refused =
        house.decide(10, &officer("LEGAL", &["370100"]), Decided::Confirm, &both).await.unwrap_err();
    assert!(matches!(refused, Error::MarkNotFound(_)), "{refused:?}");
    assert_eq!(house.state(A, "FOOD").await, "Candidate");
    assert_eq!(house.deliveries().await, []);
}

async fn a_confirmation_is_answered_again_and_not_taken_twice(house: House) {
    proposed(&house).await;
    let legal = officer("LEGAL", &["370100"]);
    let first = house.decide(10, &legal, Decided::Confirm, &[mark(A, "FOOD")]).await.unwrap();
    assert_eq!(house.decide(10, &legal, Decided::Confirm, &[mark(A, "FOOD")]).await.unwrap(), first);
    let refused = house.decide(11, &legal, Decided::Confirm, &[mark(A, "FOOD")]).await.unwrap_err();
    assert!(matches!(refused, Error::MarkRefused { .. }), "{refused:?}");
}

async fn a_rejected_mark_leaves_no_duty_and_is_carried_by_nobody(house: House) {
    proposed(&house).await;
    let legal = officer("LEGAL", &["370100"]);
    house.decide(10, &legal, Decided::Reject, &[mark(A, "FOOD")]).await.unwrap();
    house.decide(11, &legal, Decided::Confirm, &[mark(B, "FOOD"), mark(B, "SE")]).await.unwrap();
    assert_eq!(house.state(A, "FOOD").await, "Removed");
    let duties = house.duties().await;
    assert!(!duties.is_empty() && duties.iter().all(|(kind, _)| kind == "mark.push"), "{duties:?}");
    let filter = EnterpriseFilter { divisions: vec!["370102".into()], field: "FOOD".into() };
    let cut = Cut { size: 10, fingerprint: Fingerprint::of(&[]), after: String::new() };
    let carrying = house.store.enterprises(&filter, &cut).await.unwrap();
    assert_eq!(carrying.rows.iter().map(|row| row.uscc.as_str()).collect::<Vec<_>>(), [B]);
}

async fn lists_of_marks_are_scoped_filtered_and_paged(house: House) {
    proposed(&house).await;
    let list = async |office: &str, divisions: &[&str], state: Option<State>| {
        let scope = officer(office, divisions).scope();
        let filter =
            MarkFilter { scope, uscc: String::new(), field: String::new(), state, only_public: false };
        let fingerprint = Fingerprint::of(&["marks"]);
        let (mut names, mut after) = (Vec::new(), String::new());
        loop {
            let page = house.store.marks(&filter, &Cut { size: 1, fingerprint, after }).await.unwrap();
            names.extend(page.rows.iter().map(|view| view.mark.key.name()));
            match db::PageToken::decode(&page.next_page_token, fingerprint).unwrap() {
                Some(next) => after = next,
                None => return names,
            }
        }
    };
    let all = [mark(A, "FOOD"), mark(B, "FOOD"), mark(B, "SE")].map(|key| key.name());
    assert_eq!(list("LEGAL", &["370100"], None).await, all);
    assert_eq!(list("LEGAL", &["370100"], Some(State::Candidate)).await, all);
    assert_eq!(list("SE_SUPERV", &["370102"], None).await, all[2..]);
    assert_eq!(list("LEGAL", &["370103"], None).await, [""; 0]);
    assert_eq!(list("LEGAL", &["370100"], Some(State::Published)).await, [""; 0]);
}

db::conformance! { open = open; cases = [
    a_confirmed_mark_is_handed_to_the_publicity_system_with_its_duty,
    special_food_is_confirmed_by_its_own_office_and_nobody_confirms_out_of_turn,
    a_mark_of_ordinary_and_special_food_waits_for_both_offices_or_for_the_legal_one,
    the_legal_office_confirms_a_mark_of_several_offices_alone,
    nobody_is_asked_to_confirm_what_is_added_to_a_mark_on_its_way,
    another_field_or_division_is_refused,
    one_refusal_refuses_all,
    a_confirmation_is_answered_again_and_not_taken_twice,
    a_rejected_mark_leaves_no_duty_and_is_carried_by_nobody,
    lists_of_marks_are_scoped_filtered_and_paged,
] }
