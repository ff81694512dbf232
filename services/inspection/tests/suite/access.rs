//! Who is turned away, and with which reason.

use contract::inspection::v1 as pb;
use tonic::Code;
use tonic_types::StatusExt;

use crate::house::*;

const SE: Person = Person("sun", "SE_SUPERV", CITY);
const DISTRICT: Person = Person("qian", "DISTRICT", &["370102"]);

async fn another_field_is_refused_and_left_out_of_lists(house: House) {
    house.settle(10).await;
    house.employ(6).await;
    let task = house.drawn("UNIFORM", 100).await;
    let refused = house.tasks(SE).get_task(pb::GetTaskRequest { name: task.name.clone() }).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::PermissionDenied, "FIELD_NOT_PERMITTED"));
    let create = house.before(SE).create_task(crate::house::task("CLASS", 0)).await.unwrap_err();
    assert_eq!(reason(&create), "FIELD_NOT_PERMITTED");
    let tasks = house.tasks(SE).list_tasks(pb::ListTasksRequest::default()).await.unwrap().into_inner().tasks;
    assert!(tasks.is_empty());
    let visits =
        house.visits(SE).list_visits(pb::ListVisitsRequest::default()).await.unwrap().into_inner().visits;
    assert!(visits.is_empty());
}

async fn another_division_is_refused_and_left_out_of_lists(house: House) {
    house.settle(10).await;
    house.employ(6).await;
    let task = house.drawn("UNIFORM", 100).await;
    let visits = house.visits_of(&task.name).await;
    let own = house
        .visits(DISTRICT)
        .list_visits(pb::ListVisitsRequest::default())
        .await
        .unwrap()
        .into_inner()
        .visits;
    assert_eq!(own.len(), 5);
    assert!(own.iter().all(|visit| visit.division == "370102"));
    let foreign = visits.iter().find(|visit| visit.division == "370103").unwrap();
    let refused = house.visits(DISTRICT).enter_result(enter(&foreign.name, "1")).await.unwrap_err();
    assert_eq!(reason(&refused), "DIVISION_NOT_PERMITTED");
    house.visits(DISTRICT).enter_result(enter(&own[0].name, "1")).await.unwrap();
}

async fn a_dossier_holds_what_the_lists_of_its_parts_answer_or_says_why_it_does_not(house: House) {
    house.settle(10).await;
    house.employ(6).await;
    let task = house.drawn("UNIFORM", 100).await;
    let visit = house.visits_of(&task.name).await.remove(0);
    house.approve(&visit.name, "5").await;
    let dossier = |latest: i32| {
        let name = format!("enterprises/{}", visit.uscc);
        pb::GetDossierRequest { name, latest }
    };
    let list = pb::ListVisitsRequest { uscc: visit.uscc.clone(), page_size: 500, ..Default::default() };
    let listed = house.visits(LI).list_visits(list.clone()).await.unwrap().into_inner();
    let to_put_right =
        pb::ListRectificationsRequest { uscc: visit.uscc.clone(), page_size: 500, ..Default::default() };
    let to_put_right = house.rectifications(LI).list_rectifications(to_put_right).await.unwrap().into_inner();
    let whole = house.dossiers(LI).get_dossier(dossier(500)).await.unwrap().into_inner();
    let parts = pb::Dossier {
        visits: listed.visits,
        rectifications: to_put_right.rectifications,
        ..pb::Dossier::default()
    };
    assert_eq!(whole, parts);
    assert_eq!((whole.visits.len(), whole.visits[0].result.as_str()), (1, "5"));
    assert_eq!(whole.rectifications[0].name, format!("{}/rectification", visit.name));
    let other = house.visits_of(&task.name).await.into_iter().find(|other| other.uscc != visit.uscc).unwrap();
    let (visited, nobody) = (format!("enterprises/{}", other.uscc), format!("enterprises/{}", uscc(99)));
    let visited = pb::GetDossierRequest { name: visited, latest: 500 };
    let visited = house.dossiers(LI).get_dossier(visited).await.unwrap().into_inner();
    let visits: Vec<_> = visited.visits.iter().map(|visit| visit.name.as_str()).collect();
    assert_eq!((visits, visited.rectifications.len()), (vec![other.name.as_str()], 0));
    let nobody = pb::GetDossierRequest { name: nobody, latest: 500 };
    let nobody = house.dossiers(LI).get_dossier(nobody).await.unwrap().into_inner();
    assert_eq!(nobody, pb::Dossier::default());
    let elsewhere = Person("qian", "DISTRICT", &["370116"]);
    for stranger in [SE, elsewhere] {
        let hidden = house.dossiers(stranger).get_dossier(dossier(500)).await.unwrap().into_inner();
        assert_eq!(hidden, pb::Dossier::default(), "{}", stranger.1);
    }

    let abroad = Person("zhao", "FOREIGN_REG", CITY);
    let refused = house.visits(abroad).list_visits(list).await.unwrap_err();
    let without = house.dossiers(abroad).get_dossier(dossier(500)).await.unwrap().into_inner();
    let parts: Vec<_> = without.missing.iter().map(|missing| missing.part.as_str()).collect();
    assert_eq!(parts, ["visits", "rectifications"]);
    for missing in &without.missing {
        assert_eq!(
            (missing.code.as_str(), missing.reason.as_str(), missing.problem.as_str()),
            ("PERMISSION_DENIED", "ROLE_NOT_PERMITTED", refused.message())
        );
    }
    assert!(without.visits.is_empty() && without.rectifications.is_empty());
    let bad = pb::GetDossierRequest { name: visit.uscc.clone(), latest: -1 };
    let bad = house.dossiers(LI).get_dossier(bad).await.unwrap_err();
    let violations = bad.get_details_bad_request().unwrap().field_violations;
    assert_eq!(violations.iter().map(|one| one.field.as_str()).collect::<Vec<_>>(), ["name", "latest"]);
}

async fn an_office_without_the_permission_is_refused(house: House) {
    let refused = house.before(DISTRICT).create_task(crate::house::task("CLASS", 0)).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::PermissionDenied, "ROLE_NOT_PERMITTED"));
}

async fn what_does_not_exist_is_not_found(house: House) {
    let request = pb::GetTaskRequest { name: "tasks/2026-99".into() };
    let refused = house.tasks(WANG).get_task(request).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::NotFound, "TASK_NOT_FOUND"));
    let visit = format!("tasks/2026-99/visits/{}", uscc(1));
    let refused = house.visits(WANG).enter_result(enter(&visit, "1")).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::NotFound, "VISIT_NOT_FOUND"));
    let recusal = recusal("JN9", 1);
    let declare = pb::DeclareRecusalRequest { recusal: Some(recusal), request_id: id() };
    assert_eq!(
        reason(&house.inspectors(WANG).declare_recusal(declare).await.unwrap_err()),
        "INSPECTOR_NOT_FOUND"
    );
}

async fn every_bad_field_of_a_request_is_named_at_once(house: House) {
    let request = pb::AnnounceDrawRequest { name: "tasks/1".into(), ..Default::default() };
    let refused = house.before(WANG).announce_draw(request).await.unwrap_err();
    let named: Vec<_> = refused
        .get_details_bad_request()
        .unwrap()
        .field_violations
        .into_iter()
        .map(|one| one.field)
        .collect();
    assert_eq!(
        named,
        ["request_id", "name", "entropy_source", "entropy_round", "fallback_round", "draw_time"]
    );
}

async fn no_list_is_cut_down_to_a_code_that_nobody_knows(house: House) {
    let wrong = |refused: tonic::Status| {
        let violations = refused.get_details_bad_request().unwrap().field_violations;
        violations.into_iter().map(|violation| violation.field).collect::<Vec<_>>()
    };
    let request = pb::ListInspectorsRequest { office: "NOBODY".into(), ..Default::default() };
    assert_eq!(wrong(house.inspectors(WANG).list_inspectors(request).await.unwrap_err()), ["office"]);
    let request = pb::ListTasksRequest { field: "FOO".into(), ..Default::default() };
    assert_eq!(wrong(house.tasks(WANG).list_tasks(request).await.unwrap_err()), ["field"]);
    let request = pb::ListTasksRequest { page_size: -1, page_token: "x".into(), ..Default::default() };
    let both = wrong(house.tasks(WANG).list_tasks(request).await.unwrap_err());
    assert_eq!(both, ["page_token", "page_size"]);
    let request = pb::ListVisitsRequest { state: "Lost".into(), ..Default::default() };
    assert_eq!(wrong(house.visits(WANG).list_visits(request).await.unwrap_err()), ["state"]);
}

async fn inspectors_are_listed_once_each_in_the_order_of_their_numbers(house: House) {
    house.employ(7).await;
    let (mut numbers, mut token) = (Vec::new(), String::new());
    loop {
        let request = pb::ListInspectorsRequest { page_size: 3, page_token: token, ..Default::default() };
        let page = house.inspectors(WANG).list_inspectors(request).await.unwrap().into_inner();
        numbers.extend(page.inspectors.into_iter().map(|inspector| inspector.inspector_no));
        token = page.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(numbers, (0..7).map(|number| format!("JN{number:04}")).collect::<Vec<_>>());
    let request = pb::ListInspectorsRequest { office: "DISTRICT".into(), ..Default::default() };
    let of_district = house.inspectors(WANG).list_inspectors(request).await.unwrap().into_inner().inspectors;
    assert_eq!(of_district.len(), 3);
}

db::conformance! {
    open = house;
    cases = [
        another_field_is_refused_and_left_out_of_lists,
        another_division_is_refused_and_left_out_of_lists,
        a_dossier_holds_what_the_lists_of_its_parts_answer_or_says_why_it_does_not,
        an_office_without_the_permission_is_refused,
        what_does_not_exist_is_not_found,
        every_bad_field_of_a_request_is_named_at_once,
        no_list_is_cut_down_to_a_code_that_nobody_knows,
        inspectors_are_listed_once_each_in_the_order_of_their_numbers,
    ];
}
