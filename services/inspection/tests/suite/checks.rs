//! What was checked at a visit, item by item; evidence; refusals to sign.

use contract::inspection::v1 as pb;
use tonic::Code;
use tonic_types::StatusExt;

use crate::house::*;

/// A visit of a task that inspects labels and commitments.
pub(crate) async fn visit(house: &House) -> pb::Visit {
    house.settle(1).await;
    house.employ(6).await;
    let mut request = task("UNIFORM", 100);
    request.task.as_mut().unwrap().items = vec!["food.label".into()];
    let name = house.before(WANG).create_task(request).await.unwrap().into_inner().name;
    house.before(WANG).announce_draw(announce(&name)).await.unwrap();
    house.tasks(LI).record_entropy(figures(&name)).await.unwrap();
    house.tasks(WANG).run_draw(pb::RunDrawRequest { name: name.clone(), request_id: id() }).await.unwrap();
    house.visits_of(&name).await.remove(0)
}

pub(crate) fn check(item: &str, verdict: &str) -> pb::ItemCheck {
    let evidence = pb::Evidence {
        label: "现场照片".into(),
        digest: crypto::sm3::digest(item.as_bytes()).to_hex(),
        capture_time: Some(prost_types::Timestamp { seconds: DRAW_SECONDS, nanos: 0 }),
    };
    pb::ItemCheck {
        item: item.into(),
        verdict: verdict.into(),
        note: "字号偏小".into(),
        evidence: vec![evidence],
    }
}

pub(crate) fn with_checks(
    visit: &pb::Visit,
    result: &str,
    checks: Vec<pb::ItemCheck>,
) -> pb::EnterResultRequest {
    pb::EnterResultRequest { checks: Some(pb::VisitChecks { checks }), ..enter(&visit.name, result) }
}

async fn checks_and_evidence_are_kept_with_the_visit(house: House) {
    let visit = visit(&house).await;
    assert_eq!(visit.checks, None);
    let checks = vec![check("food.label", "NotConforming"), check("food.commitment", "Conforms")];
    let entered =
        house.visits(WANG).enter_result(with_checks(&visit, "5", checks.clone())).await.unwrap().into_inner();
    assert_eq!(entered.checks, Some(pb::VisitChecks { checks: checks.clone() }));
    let listed = house.visits_of(visit.name.split("/visits/").next().unwrap()).await;
    assert_eq!(listed[0].checks, Some(pb::VisitChecks { checks }));
    assert!(!listed[0].signature_refused);
}

async fn checks_that_do_not_fit_the_task_or_the_result_are_refused_all_at_once(house: House) {
    let visit = visit(&house).await;
    let fields = async |result: &str, checks| {
        let refused = house.visits(WANG).enter_result(with_checks(&visit, result, checks)).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument);
        let violations = refused.get_details_bad_request().unwrap().field_violations;
        violations.into_iter().map(|one| one.field).collect::<Vec<_>>()
    };
    let strange = vec![check("food.label", "Conforms"), check("food.process", "Conforms")];
    assert_eq!(fields("1", strange).await, ["checks.checks[1].item", "checks.checks"]);
    let contradicting = vec![check("food.label", "NotConforming"), check("food.commitment", "Conforms")];
    assert_eq!(fields("1", contradicting).await, ["checks.checks[0].verdict"]);
    let without = pb::EnterResultRequest { checks: None, ..enter(&visit.name, "1") };
    let without = house.visits(WANG).enter_result(without).await.unwrap_err();
    assert_eq!(without.get_details_bad_request().unwrap().field_violations[0].field, "checks.checks");
    let task = visit.name.split("/visits/").next().unwrap();
    assert_eq!(house.visits_of(task).await[0].state, "NotEntered");
}

async fn a_refusal_to_sign_is_noted_with_its_witness(house: House) {
    let visit = visit(&house).await;
    let refusal = |witness: &str| pb::EnterResultRequest {
        signature_refused: true,
        refusal_witness: witness.into(),
        ..enter(&visit.name, "6")
    };
    let without = house.visits(WANG).enter_result(refusal("")).await.unwrap_err();
    assert_eq!(without.code(), Code::InvalidArgument);
    let noted = house.visits(WANG).enter_result(refusal("社区工作人员赵六")).await.unwrap().into_inner();
    assert_eq!((noted.signature_refused, noted.refusal_witness.as_str()), (true, "社区工作人员赵六"));
}

db::conformance! {
    open = house;
    cases = [
        checks_and_evidence_are_kept_with_the_visit,
        checks_that_do_not_fit_the_task_or_the_result_are_refused_all_at_once,
        a_refusal_to_sign_is_noted_with_its_witness,
    ];
}
