//! Overrides, from the proposal of the line office to the day behind their last one.

use contract::risk::v1 as pb;
use service::peer::Peer;
use tonic::{Code, Status};
use tonic_types::StatusExt;

use crate::grpc::server::{A, B, Risk, class_name, get, reason, request_id, today};

type Overrides = contract::risk::v1::overrides_client::OverridesClient<Peer>;

/// Zhao of the line office asks for another class of A.
fn proposal(number: u128) -> pb::ProposeOverrideRequest {
    pb::ProposeOverrideRequest {
        parent: class_name(A, "FOOD"),
        code: "C".into(),
        reason: "现场复查发现隐患未消除".into(),
        legal_basis: "国市监信发〔2022〕6号".into(),
        ends_on: (today() + chrono::Days::new(30)).to_string(),
        request_id: request_id(number),
    }
}

async fn propose(risk: &Risk, number: u128) -> pb::ClassOverride {
    risk.overrides("zhao", "FOOD_PROD").propose_override(proposal(number)).await.unwrap().into_inner()
}

async fn approve(mut by: Overrides, name: &str, number: u128) -> Result<pb::ClassOverride, Status> {
    let request = pb::ApproveOverrideRequest { name: name.into(), request_id: request_id(number) };
    by.approve_override(request).await.map(tonic::Response::into_inner)
}

async fn class(risk: &Risk) -> pb::RiskClass {
    risk.classes("CREDIT", &["370100"]).get_class(get(A, "FOOD", "test")).await.unwrap().into_inner()
}

/// What of a class an override changes: class, computed class, state and by what it is in effect.
fn standing(class: &pb::RiskClass) -> (&str, &str, &str, &str) {
    (&class.code, &class.computed_code, &class.state, &class.effect)
}

#[tokio::test]
async fn an_override_needs_a_reason_a_basis_and_a_last_day_that_is_not_too_far() {
    let risk = Risk::with_classes().await;
    let mut line = risk.overrides("zhao", "FOOD_PROD");
    let bare = pb::ProposeOverrideRequest { parent: class_name(A, "FOOD"), ..Default::default() };
    let status = line.propose_override(bare).await.unwrap_err();
    let violations = status.get_details_bad_request().unwrap().field_violations;
    let fields: Vec<_> = violations.iter().map(|one| one.field.as_str()).collect();
    assert_eq!(fields, ["request_id", "code", "reason", "legal_basis", "ends_on"]);
    let longest = today() + chrono::Months::new(12);
    let yesterday = today() - chrono::Days::new(1);
    for day in [yesterday, longest + chrono::Days::new(1)] {
        let request = pb::ProposeOverrideRequest { ends_on: day.to_string(), ..proposal(2) };
        let status = line.propose_override(request).await.unwrap_err();
        let violations = status.get_details_bad_request().unwrap().field_violations;
        assert_eq!(violations[0].field, "ends_on", "{day}");
    }
    let request = pb::ProposeOverrideRequest { ends_on: longest.to_string(), ..proposal(3) };
    assert_eq!(line.propose_override(request).await.unwrap().into_inner().state, "Proposed");
    risk.stop().await;
}

#[tokio::test]
async fn a_proposal_changes_nothing_until_another_person_of_credit_approves_it() {
    let risk = Risk::with_classes().await;
    let proposed = propose(&risk, 1).await;
    assert_eq!((proposed.proposed_by.as_str(), proposed.proposed_office.as_str()), ("zhao", "FOOD_PROD"));
    assert_eq!(standing(&class(&risk).await), ("A", "A", "UnderObjection", "RUN_APPROVED"));
    let again = risk.overrides("zhao", "FOOD_PROD").propose_override(proposal(2)).await.unwrap_err();
    assert_eq!(reason(&again), "OVERRIDE_PROPOSED");

    for (by, refused) in [
        (risk.overrides("zhao", "FOOD_PROD"), "ROLE_NOT_PERMITTED"),
        (risk.overrides("qian", "FOOD_PROD"), "ROLE_NOT_PERMITTED"),
        // The same person in another office.
        (risk.overrides("zhao", "CREDIT"), "FOUR_EYES"),
    ] {
        let status = approve(by, &proposed.name, 3).await.unwrap_err();
        assert_eq!((status.code(), reason(&status).as_str()), (Code::PermissionDenied, refused));
    }
    assert_eq!(class(&risk).await.code, "A");

    let approved = approve(risk.overrides("li", "CREDIT"), &proposed.name, 4).await.unwrap();
    assert_eq!((approved.state.as_str(), approved.decided_by.as_str()), ("InForce", "li"));
    let overridden = class(&risk).await;
    assert_eq!(standing(&overridden), ("C", "A", "Overridden", "OVERRIDE_APPROVED"));
    assert_eq!(overridden.national_code, "C", "told as it stands");
    assert_eq!((overridden.class_override, overridden.override_ends_on), (approved.name, approved.ends_on));
    risk.stop().await;
}

#[tokio::test]
async fn whoever_is_told_of_a_class_by_an_override_stands_in_the_log_also_after_a_refusal() {
    let risk = Risk::with_classes().await;
    let present = pb::ProposeOverrideRequest { code: "A".into(), reason: "试探".into(), ..proposal(1) };
    let status = risk.overrides("zhao", "FOOD_PROD").propose_override(present).await.unwrap_err();
    let violations = status.get_details_bad_request().unwrap().field_violations;
    assert!(violations[0].description.contains("is the present class"), "{violations:?}");
    let proposed = propose(&risk, 2).await;
    approve(risk.overrides("li", "CREDIT"), &proposed.name, 3).await.unwrap();
    let reads = risk.reads(&class_name(A, "FOOD")).await;
    let noted: Vec<_> = reads
        .iter()
        .map(|read| (read.reader.as_str(), read.method.rsplit('/').next().unwrap(), read.purpose.as_str()))
        .collect();
    let expected = [
        ("li", "ApproveOverride", "审批人工调整"),
        ("zhao", "ProposeOverride", "现场复查发现隐患未消除"),
        ("zhao", "ProposeOverride", "试探"),
    ];
    assert_eq!(noted, expected);
    risk.stop().await;
}

#[tokio::test]
async fn only_the_line_office_of_the_field_proposes_and_only_credit_refuses() {
    let risk = Risk::with_classes().await;
    for (office, refused) in [
        ("CREDIT", "ROLE_NOT_PERMITTED"),
        ("DISTRICT", "ROLE_NOT_PERMITTED"),
        ("SE_SUPERV", "FIELD_NOT_PERMITTED"),
    ] {
        let status = risk.overrides("sun", office).propose_override(proposal(1)).await.unwrap_err();
        assert_eq!(reason(&status), refused, "{office}");
    }
    let proposed = propose(&risk, 2).await;
    let refuse = |number| pb::RefuseOverrideRequest {
        name: proposed.name.clone(),
        reason: "证据不足".into(),
        request_id: request_id(number),
    };
    let status = risk.overrides("qian", "FOOD_PROD").refuse_override(refuse(3)).await.unwrap_err();
    assert_eq!(reason(&status), "ROLE_NOT_PERMITTED");
    let refused = risk.overrides("li", "CREDIT").refuse_override(refuse(4)).await.unwrap().into_inner();
    assert_eq!((refused.state.as_str(), refused.end_reason.as_str()), ("Refused", "证据不足"));
    assert_eq!(standing(&class(&risk).await), ("A", "A", "Effective", "RUN_APPROVED"));
    risk.stop().await;
}

#[tokio::test]
async fn behind_its_last_day_the_computed_class_stands_again() {
    let risk = Risk::with_classes().await;
    let proposed = propose(&risk, 1).await;
    approve(risk.overrides("li", "CREDIT"), &proposed.name, 2).await.unwrap();
    assert_eq!(class(&risk).await.code, "C");
    risk.let_overrides_end().await;
    let ended = class(&risk).await;
    assert_eq!(
        (ended.code.as_str(), ended.state.as_str(), ended.class_override.as_str()),
        ("A", "Effective", "")
    );
    let list = pb::ListOverridesRequest { uscc: A.into(), purpose: "核查".into(), ..Default::default() };
    let page = risk.overrides("li", "CREDIT").list_overrides(list).await.unwrap().into_inner();
    assert_eq!(page.overrides[0].state, "Expired");
    let lift =
        pb::LiftOverrideRequest {
            name: proposed.name, reason: "已整改".into(), request_id: request_id(3)
        };
    let late = risk.overrides("li", "CREDIT").lift_override(lift).await.unwrap_err();
    assert_eq!(reason(&late), "TRANSITION_NOT_ALLOWED");
    risk.stop().await;
}

#[tokio::test]
async fn an_override_never_lowers_below_a_veto_also_one_that_comes_later() {
    let risk = Risk::with_classes().await;
    let proposed = propose(&risk, 1).await;
    approve(risk.overrides("li", "CREDIT"), &proposed.name, 2).await.unwrap();
    risk.collection.tell_serious("collection.record.accepted", A).await;
    let vetoed = risk.wait_for_class(A, "E").await;
    assert_eq!(standing(&vetoed), ("E", "E", "Overridden", "OVERRIDE_APPROVED"));
    let lower = pb::ProposeOverrideRequest { code: "B".into(), ..proposal(3) };
    let status = risk.overrides("zhao", "FOOD_PROD").propose_override(lower).await.unwrap_err();
    assert_eq!(reason(&status), "OVERRIDE_BELOW_FLOOR");
    risk.stop().await;
}

#[tokio::test]
async fn overrides_of_other_enterprises_are_not_found_under_a_name() {
    let risk = Risk::with_classes().await;
    let proposed = propose(&risk, 1).await;
    let elsewhere = proposed.name.replace(A, B);
    let status = approve(risk.overrides("li", "CREDIT"), &elsewhere, 2).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::NotFound, "OVERRIDE_NOT_FOUND"));
    risk.stop().await;
}
