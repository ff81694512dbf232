//! The letter of a visit, and the entry with it.

use contract::inspection::v1 as pb;
use tonic_types::StatusExt;

use crate::house::*;

async fn letter(house: &House, visit: &pb::Visit) -> pb::TaskLetter {
    let request = pb::GetTaskLetterRequest { name: format!("{}/letter", visit.name) };
    house.visits(WANG).get_task_letter(request).await.unwrap().into_inner()
}

pub(crate) fn entry(visit: &pb::Visit, scan_code: &str, inspector_no: &str) -> pb::ScanInRequest {
    pb::ScanInRequest {
        name: visit.name.clone(),
        scan_code: scan_code.into(),
        inspector_no: inspector_no.into(),
        request_id: id(),
        ..Default::default()
    }
}

async fn a_letter_names_who_comes_to_whom_and_what_for_and_opens_the_door_once(house: House) {
    house.settle(2).await;
    house.employ(6).await;
    let task = house.drawn("UNIFORM", 100).await;
    let visits = house.visits_of(&task.name).await;
    let (visit, other) = (&visits[0], &visits[1]);
    let letter = letter(&house, visit).await;
    for part in [&visit.party_name, &visit.uscc, &visit.inspectors[0], &visit.inspectors[1]] {
        assert!(letter.text.contains(part.as_str()), "{part}: {}", letter.text);
    }
    assert!(
        letter.text.contains("食品生产处") && letter.text.contains("信用承诺履行情况"),
        "{}",
        letter.text
    );
    assert!(letter.scan_image.contains("<svg"), "{}", letter.scan_image);
    assert_eq!(letter.scan_uri, format!("xinjian:{}?code={}", visit.name, letter.scan_code));

    let scan = async |request: pb::ScanInRequest| house.visits(WANG).scan_in(request).await;
    let fields = |refused: tonic::Status| {
        let violations = refused.get_details_bad_request().unwrap().field_violations;
        violations.into_iter().map(|one| one.field).collect::<Vec<_>>()
    };
    let stranger = entry(other, &letter.scan_code, "JN9999");
    assert_eq!(fields(scan(stranger).await.unwrap_err()), ["inspector_no", "scan_code"]);
    let request = entry(visit, &letter.scan_code, &visit.inspectors[1]);
    let entered = scan(request.clone()).await.unwrap().into_inner();
    assert_eq!((entered.state.as_str(), &entered.scanned_in_by), ("NotEntered", &visit.inspectors[1]));
    assert!(entered.scan_in_time.is_some());
    assert_eq!(scan(request).await.unwrap().into_inner(), entered, "a repeated request is answered alike");
    let again = entry(visit, &letter.scan_code, &visit.inspectors[0]);
    assert_eq!(fields(scan(again).await.unwrap_err()), ["scan_code"], "it opens the door once");
    let giving_way = pb::ProposeReplacementRequest {
        visit: visit.name.clone(),
        ground: "Deregistered".into(),
        cited_event: "registry/7".into(),
        request_id: id(),
        ..Default::default()
    };
    let entered_already = house.replacements(WANG).propose_replacement(giving_way).await.unwrap_err();
    assert_eq!(fields(entered_already), ["visit"]);
    let told = house.events().await.pop().unwrap();
    assert_eq!(told.header.kind, "inspection.visit.scanned_in");
    assert!(!told.payload.unwrap().windows(15).any(|window| window == letter.scan_code.as_bytes()));

    house.visits(WANG).enter_result(enter(&visit.name, "1")).await.unwrap();
    let late = scan(entry(visit, &letter.scan_code, &visit.inspectors[1])).await.unwrap_err();
    assert_eq!(reason(&late), "TRANSITION_NOT_ALLOWED");
    let listed = house.visits_of(&task.name).await;
    assert_eq!(listed[0].scan_in_time, entered.scan_in_time, "a result does not undo it");
}

/// Has the leading inspector of a visit give way.
async fn replace_inspector(house: &House, visit: &pb::Visit, ground: &str) {
    let proposal = pb::ProposeReplacementRequest {
        visit: visit.name.clone(),
        inspector_no: visit.inspectors[0].clone(),
        ground: ground.into(),
        cited_event: "inspection/7".into(),
        request_id: id(),
    };
    let name = house.replacements(WANG).propose_replacement(proposal).await.unwrap().into_inner().name;
    let approve =
        pb::DecideReplacementRequest { name, approve: true, request_id: id(), ..Default::default() };
    house.replacements(LI).decide_replacement(approve).await.unwrap();
}

async fn an_inspector_who_gives_way_makes_the_letter_void(house: House) {
    house.settle(1).await;
    house.employ(8).await;
    let task = house.drawn("UNIFORM", 100).await;
    let visit = house.visits_of(&task.name).await.remove(0);
    let old = letter(&house, &visit).await;
    replace_inspector(&house, &visit, "Ill").await;
    let refused = house.visits(WANG).scan_in(entry(&visit, &old.scan_code, &visit.inspectors[1])).await;
    assert_eq!(reason(&refused.unwrap_err()), "INVALID_FIELDS");
    let new = letter(&house, &visit).await;
    assert_ne!(new.scan_code, old.scan_code);
    house.visits(WANG).scan_in(entry(&visit, &new.scan_code, &visit.inspectors[1])).await.unwrap();
}

async fn who_is_recused_after_the_draw_gives_way_before_the_visit_begins(house: House) {
    house.settle(1).await;
    house.employ(8).await;
    let task = house.drawn("UNIFORM", 100).await;
    let visit = house.visits_of(&task.name).await.remove(0);
    let old = letter(&house, &visit).await;
    let (lead, second) = (&visit.inspectors[0], &visit.inspectors[1]);
    let recusal = pb::Recusal { uscc: visit.uscc.clone(), ..recusal(lead, 0) };
    let declare = pb::DeclareRecusalRequest { recusal: Some(recusal), request_id: id() };
    house.inspectors(WANG).declare_recusal(declare).await.unwrap();

    let asked = pb::GetTaskLetterRequest { name: format!("{}/letter", visit.name) };
    let no_letter = house.visits(WANG).get_task_letter(asked).await.unwrap_err();
    let no_entry = house.visits(WANG).scan_in(entry(&visit, &old.scan_code, second)).await.unwrap_err();
    let no_result = house.visits(WANG).enter_result(enter(&visit.name, "1")).await.unwrap_err();
    for refused in [no_letter, no_entry, no_result] {
        assert_eq!(reason(&refused), "INSPECTOR_RECUSED");
    }
    replace_inspector(&house, &visit, "Recused").await;
    let new = letter(&house, &visit).await;
    house.visits(WANG).scan_in(entry(&visit, &new.scan_code, second)).await.unwrap();
    house.visits(WANG).enter_result(enter(&visit.name, "1")).await.unwrap();
}

async fn nothing_was_found_before_the_inspectors_entered(house: House) {
    house.settle(1).await;
    house.employ(4).await;
    let task = house.drawn("UNIFORM", 100).await;
    let visit = house.visits_of(&task.name).await.remove(0);
    let code = letter(&house, &visit).await.scan_code;
    // On 2026-12-25.
    house.visits_later(WANG).scan_in(entry(&visit, &code, &visit.inspectors[0])).await.unwrap();
    let result = |on: &str| pb::EnterResultRequest { visited_on: on.into(), ..enter(&visit.name, "1") };
    for early in [DRAW_DAY, "2026-12-24"] {
        let refused = house.visits_later(WANG).enter_result(result(early)).await.unwrap_err();
        assert_eq!(fields(&refused), ["visited_on"], "{early}");
    }
    house.visits_later(WANG).enter_result(result("2026-12-25")).await.unwrap();
}

db::conformance! {
    open = house;
    cases = [
        nothing_was_found_before_the_inspectors_entered,
        a_letter_names_who_comes_to_whom_and_what_for_and_opens_the_door_once,
        an_inspector_who_gives_way_makes_the_letter_void,
        who_is_recused_after_the_draw_gives_way_before_the_visit_begins,
    ];
}
