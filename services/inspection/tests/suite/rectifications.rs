//! Rectification: from the order over report and re-check to its end.

use contract::inspection::v1 as pb;
use inspection::store::{FIGURES, Lists, MarkRow, put_marks};
use tonic::Code;
use tonic_types::StatusExt;

use crate::house::*;

const DISTRICT: Person = Person("qian", "DISTRICT", &["370102"]);
/// Of the body that handles cases.
const ZHAO: Person = Person("zhao", "ENFORCEMENT", CITY);

/// Visits of which each has an approved result.
async fn with_results(house: &House, results: &[&str]) -> Vec<pb::Visit> {
    house.settle(results.len()).await;
    house.employ(6).await;
    let task = house.drawn("UNIFORM", 100).await;
    let visits = house.visits_of(&task.name).await;
    for (visit, result) in visits.iter().zip(results) {
        house.approve(&visit.name, result).await;
    }
    visits
}

fn name_of(visit: &pb::Visit) -> String {
    format!("{}/rectification", visit.name)
}

async fn get(house: &House, visit: &pb::Visit) -> pb::Rectification {
    let request = pb::GetRectificationRequest { name: name_of(visit) };
    house.rectifications(WANG).get_rectification(request).await.unwrap().into_inner()
}

async fn report(house: &House, visit: &pb::Visit, on: &str) -> Result<pb::Rectification, tonic::Status> {
    let request = pb::ReportRectificationRequest {
        name: name_of(visit),
        reported_on: on.into(),
        report: "标签已更换".into(),
        request_id: id(),
    };
    Ok(house.rectifications(WANG).report_rectification(request).await?.into_inner())
}

fn recheck(visit: &pb::Visit, passed: bool) -> pb::RecheckRectificationRequest {
    let note = if passed { String::new() } else { "仍有旧标签".to_owned() };
    pb::RecheckRectificationRequest {
        name: name_of(visit),
        rechecked_on: DRAW_DAY.into(),
        passed,
        note,
        request_id: id(),
        ..Default::default()
    }
}

fn case(visit: &pb::Visit) -> pb::OpenCaseRequest {
    pb::OpenCaseRequest {
        name: name_of(visit), case_no: "济市监立案〔2026〕7号".into(), request_id: id()
    }
}

/// Open duties about rectifications: kind, office and last day.
async fn duties(house: &House) -> Vec<(String, String, String)> {
    const OPEN: &str = "
        SELECT kind, office, due_on FROM obligation
        WHERE kind LIKE 'inspection.rectification.%' AND done_on IS NULL
        ORDER BY kind, due_on";
    db::on!(house.db, |pool| sqlx::query_as(OPEN).fetch_all(pool).await).unwrap()
}

fn duty(kind: &str, last_day: &str) -> (String, String, String) {
    (format!("inspection.rectification.{kind}"), "FOOD_PROD".into(), last_day.into())
}

async fn only_a_result_that_orders_it_opens_a_rectification_with_a_duty(house: House) {
    let visits = with_results(&house, &["5", "1", "8"]).await;
    let request = pb::ListRectificationsRequest::default();
    let listed =
        house.rectifications(WANG).list_rectifications(request).await.unwrap().into_inner().rectifications;
    let names: Vec<_> = listed.iter().map(|one| one.name.clone()).collect();
    assert_eq!(names, [name_of(&visits[0])]);
    // 30 calendar days by the rulebook.
    assert_eq!((listed[0].state.as_str(), listed[0].rectify_by.as_str()), ("Ordered", "2026-12-10"));
    assert_eq!(duties(&house).await, [duty("limit", "2026-12-10")]);
    let none = pb::GetRectificationRequest { name: name_of(&visits[1]) };
    let none = house.rectifications(WANG).get_rectification(none).await.unwrap_err();
    assert_eq!((none.code(), reason(&none).as_str()), (Code::NotFound, "RECTIFICATION_NOT_FOUND"));
}

async fn which_lists_have_something_about_an_enterprise_is_told_by_one_statement(house: House) {
    let visits = with_results(&house, &["5", "1"]).await;
    let lists = async |code: &str| house.store.lists_of(&domain::Uscc::parse(code).unwrap()).await.unwrap();
    assert_eq!(lists(&visits[0].uscc).await, Lists { visits: true, rectifications: true });
    assert_eq!(lists(&visits[1].uscc).await, Lists { visits: true, rectifications: false });
    assert_eq!(lists(uscc(99).as_str()).await, Lists { visits: false, rectifications: false });
}

async fn the_last_day_that_inspectors_set_takes_the_place_of_the_rulebooks(house: House) {
    house.settle(1).await;
    house.employ(6).await;
    let task = house.drawn("UNIFORM", 100).await;
    let visit = house.visits_of(&task.name).await.remove(0);
    let result = pb::EnterResultRequest { rectify_by: "2026-11-20".into(), ..enter(&visit.name, "5") };
    let entered = house.visits(WANG).enter_result(result).await.unwrap().into_inner();
    assert_eq!(entered.rectify_by, "2026-11-20");
    house.visits(LI).review_result(review(&visit.name, true)).await.unwrap();
    assert_eq!(get(&house, &visit).await.rectify_by, "2026-11-20");
    assert_eq!(duties(&house).await, [duty("limit", "2026-11-20")]);
}

async fn a_report_is_re_checked_within_ten_working_days_and_a_passed_re_check_closes_it(house: House) {
    let visits = with_results(&house, &["5"]).await;
    let early = report(&house, &visits[0], "2026-11-09").await.unwrap_err();
    assert_eq!(early.code(), Code::InvalidArgument);
    let reported = report(&house, &visits[0], DRAW_DAY).await.unwrap();
    assert_eq!((reported.state.as_str(), reported.recheck_by.as_str()), ("Reported", "2026-11-24"));
    assert_eq!(duties(&house).await, [duty("recheck", "2026-11-24")]);
    let twice = report(&house, &visits[0], DRAW_DAY).await.unwrap_err();
    assert_eq!(reason(&twice), "TRANSITION_NOT_ALLOWED");
    let closed = house.rectifications(WANG).recheck_rectification(recheck(&visits[0], true)).await;
    assert_eq!(closed.unwrap().into_inner().state, "Closed");
    assert!(duties(&house).await.is_empty());
    let kinds: Vec<_> = house.events().await.into_iter().map(|event| event.header.kind).collect();
    let told: Vec<_> = kinds.iter().filter(|kind| kind.starts_with("inspection.rectification.")).collect();
    assert_eq!(
        told,
        ["ordered", "reported", "rechecked"]
            .map(|step| format!("inspection.rectification.{step}"))
            .each_ref()
    );
}

async fn a_failed_re_check_orders_it_again_and_allows_a_case(house: House) {
    let visits = with_results(&house, &["5"]).await;
    report(&house, &visits[0], DRAW_DAY).await.unwrap();
    let failed =
        pb::RecheckRectificationRequest { rectify_by: "2026-11-17".into(), ..recheck(&visits[0], false) };
    let again = house.rectifications(WANG).recheck_rectification(failed).await.unwrap().into_inner();
    assert_eq!((again.state.as_str(), again.rectify_by.as_str()), ("Ordered", "2026-11-17"));
    assert_eq!((again.failed_rechecks, again.reported_on.as_str()), (1, ""));
    let lead =
        ("inspection.rectification.case".to_owned(), "ENFORCEMENT".to_owned(), "2026-12-01".to_owned());
    assert_eq!(duties(&house).await, [lead, duty("limit", "2026-11-17")]);
    let opened = house.rectifications(WANG).open_case(case(&visits[0])).await.unwrap().into_inner();
    assert_eq!((opened.state.as_str(), opened.case_no.as_str()), ("CaseOpened", "济市监立案〔2026〕7号"));
    assert!(duties(&house).await.is_empty());
}

/// Every check of a full check of food conforms but that of one item, which is a key one or a general one.
fn failing(visit: &pb::Visit, item: &str) -> pb::EnterResultRequest {
    let mut request = enter(&visit.name, "5");
    let checks = request.checks.iter_mut().flat_map(|checks| &mut checks.checks);
    for check in checks.filter(|check| check.item == item) {
        (check.verdict, check.note) = ("NotConforming".into(), "关键控制点无记录".into());
    }
    request
}

async fn a_key_item_of_food_that_fails_is_a_case_lead_at_once_and_a_general_one_is_put_right(house: House) {
    house.settle(2).await;
    house.employ(6).await;
    let task = house.drawn("UNIFORM", 100).await;
    let visits = house.visits_of(&task.name).await;
    for (visit, (item, verdict)) in
        visits.iter().zip([("food.process", "Fails"), ("food.environment", "MostlyConforms")])
    {
        let entered = house.visits(WANG).enter_result(failing(visit, item)).await.unwrap().into_inner();
        assert_eq!(entered.verdict, verdict, "{item}");
        house.visits(LI).review_result(review(&visit.name, true)).await.unwrap();
    }
    let leads = [get(&house, &visits[0]).await.case_lead, get(&house, &visits[1]).await.case_lead];
    assert_eq!(leads, [true, false]);
    let lead =
        ("inspection.rectification.case".to_owned(), "ENFORCEMENT".to_owned(), "2026-12-01".to_owned());
    let limit = duty("limit", "2026-12-10");
    assert_eq!(duties(&house).await, [lead, limit.clone(), limit.clone()]);
    let refused = house.rectifications(WANG).open_case(case(&visits[1])).await.unwrap_err();
    assert_eq!(reason(&refused), "RECTIFICATION_NOT_OVERDUE");
    let opened = house.rectifications(WANG).open_case(case(&visits[0])).await.unwrap().into_inner();
    assert_eq!(opened.state, "CaseOpened");
    assert_eq!(duties(&house).await, [limit]);
}

async fn a_key_item_that_failed_before_verdicts_came_is_a_case_lead_once_its_result_is_approved(
    house: House,
) {
    const BEFORE: &str = "UPDATE visit SET verdict = ''";
    house.settle(1).await;
    house.employ(6).await;
    let task = house.drawn("UNIFORM", 100).await;
    let visit = house.visits_of(&task.name).await.remove(0);
    house.visits(WANG).enter_result(failing(&visit, "food.process")).await.unwrap();
    db::on!(house.db, |pool| sqlx::query(BEFORE).execute(pool).await.map(drop)).unwrap();
    let approved = house.visits(LI).review_result(review(&visit.name, true)).await.unwrap().into_inner();
    assert_eq!(approved.verdict, "Fails");
    assert!(get(&house, &visit).await.case_lead);
}

/// A visit with a case lead: a key item failed.
async fn with_lead(house: &House) -> pb::Visit {
    house.settle(1).await;
    house.employ(6).await;
    let task = house.drawn("UNIFORM", 100).await;
    let visit = house.visits_of(&task.name).await.remove(0);
    house.visits(WANG).enter_result(failing(&visit, "food.process")).await.unwrap();
    house.visits(LI).review_result(review(&visit.name, true)).await.unwrap();
    visit
}

fn decline(visit: &pb::Visit) -> pb::DeclineCaseRequest {
    pb::DeclineCaseRequest {
        name: name_of(visit), reason: "情节轻微，已改正".into(), request_id: id()
    }
}

async fn in_state(house: &House, state: &str) -> usize {
    let request = pb::ListRectificationsRequest { state: state.into(), ..Default::default() };
    let listed = house.rectifications(WANG).list_rectifications(request).await.unwrap();
    listed.into_inner().rectifications.len()
}

async fn what_is_put_right_leaves_a_case_lead_to_the_body_that_handles_cases(house: House) {
    let visit = with_lead(&house).await;
    report(&house, &visit, DRAW_DAY).await.unwrap();
    let passed = house.rectifications(WANG).recheck_rectification(recheck(&visit, true)).await.unwrap();
    assert_eq!(passed.into_inner().state, "PutRight");
    let lead =
        ("inspection.rectification.case".to_owned(), "ENFORCEMENT".to_owned(), "2026-12-01".to_owned());
    assert_eq!(duties(&house).await, [lead]);
    assert_eq!([in_state(&house, "PutRight").await, in_state(&house, "Closed").await], [1, 0]);
    let refused = house.rectifications(WANG).decline_case(decline(&visit)).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied, "of the office that led the visit");
    let closed = house.rectifications(ZHAO).decline_case(decline(&visit)).await.unwrap().into_inner();
    assert_eq!((closed.state.as_str(), closed.case_decline_reason.as_str()), ("Closed", "情节轻微，已改正"));
    assert!(duties(&house).await.is_empty());
    assert_eq!([in_state(&house, "PutRight").await, in_state(&house, "Closed").await], [0, 1]);
}

async fn a_case_about_a_lead_is_opened_also_once_its_rectification_is_reported(house: House) {
    let visit = with_lead(&house).await;
    report(&house, &visit, DRAW_DAY).await.unwrap();
    let opened = house.rectifications(ZHAO).open_case(case(&visit)).await.unwrap().into_inner();
    assert_eq!(opened.state, "CaseOpened");
    assert!(duties(&house).await.is_empty());
}

async fn a_lead_about_which_no_case_is_filed_is_still_put_right_and_then_closed(house: House) {
    let visit = with_lead(&house).await;
    let declined = house.rectifications(ZHAO).decline_case(decline(&visit)).await.unwrap().into_inner();
    assert_eq!(declined.state, "Ordered");
    assert_eq!(duties(&house).await, [duty("limit", "2026-12-10")]);
    let again = house.rectifications(ZHAO).decline_case(decline(&visit)).await.unwrap_err();
    assert_eq!((again.code(), reason(&again).as_str()), (Code::FailedPrecondition, "NO_CASE_LEAD"));
    report(&house, &visit, DRAW_DAY).await.unwrap();
    let passed = house.rectifications(WANG).recheck_rectification(recheck(&visit, true)).await.unwrap();
    assert_eq!(passed.into_inner().state, "Closed");
}

async fn whoever_keeps_inspectors_from_their_check_is_a_lead_for_the_body_that_handles_cases(house: House) {
    let visits = with_results(&house, &["6", "6", "4"]).await;
    let found = get(&house, &visits[0]).await;
    assert_eq!((found.state.as_str(), found.rectify_by.as_str()), ("LeadFound", ""));
    assert!(found.case_lead && found.lead_only && !found.overdue);
    let lead =
        || ("inspection.rectification.case".to_owned(), "ENFORCEMENT".to_owned(), "2026-12-01".to_owned());
    assert_eq!(duties(&house).await, [lead(), lead()]);
    assert_eq!([in_state(&house, "LeadFound").await, in_state(&house, "PutRight").await], [2, 0]);
    let told = house.events().await.into_iter().map(|event| event.header.kind);
    let told: Vec<_> = told.filter(|kind| kind.starts_with("inspection.rectification.")).collect();
    assert_eq!(told, ["inspection.rectification.lead_found"; 2]);
    // There is nothing that could be reported as put right.
    assert_eq!(reason(&report(&house, &visits[0], DRAW_DAY).await.unwrap_err()), "TRANSITION_NOT_ALLOWED");
    let opened = house.rectifications(ZHAO).open_case(case(&visits[0])).await.unwrap().into_inner();
    assert_eq!(opened.state, "CaseOpened");
    let closed = house.rectifications(ZHAO).decline_case(decline(&visits[1])).await.unwrap().into_inner();
    assert_eq!((closed.state.as_str(), closed.lead_only), ("Closed", true));
    assert!(duties(&house).await.is_empty());
    assert_eq!([in_state(&house, "LeadFound").await, in_state(&house, "Closed").await], [0, 1]);
    let none = pb::GetRectificationRequest { name: name_of(&visits[2]) };
    let none = house.rectifications(WANG).get_rectification(none).await.unwrap_err();
    assert_eq!(reason(&none), "RECTIFICATION_NOT_FOUND", "who cannot be reached is no such lead");
}

async fn an_order_about_equipment_has_a_number_and_is_re_checked_in_ten_working_days(house: House) {
    const SUN: Person = Person("sun", "SE_SUPERV", CITY);
    const QIAN: Person = Person("qian", "SE_SUPERV", CITY);
    house.settle(1).await;
    let mut tx = house.db.begin_write().await.unwrap();
    let mark = MarkRow { uscc: uscc(0).to_string(), field: "SE".into(), in_force: true };
    put_marks(&mut tx, vec![mark]).await.unwrap();
    tx.commit().await.unwrap();
    for number in 50..53 {
        let mut new = inspector(number, "SE_SUPERV");
        new.inspector.as_mut().unwrap().fields = vec!["SE".into()];
        house.inspectors(SUN).register_inspector(new).await.unwrap();
    }
    let mut request = task("UNIFORM", 100);
    let new = request.task.as_mut().unwrap();
    (new.field, new.lead_office) = ("SE".into(), "SE_SUPERV".into());
    let created = house.before(SUN).create_task(request).await.unwrap().into_inner();
    house.before(SUN).announce_draw(announce(&created.name)).await.unwrap();
    house.tasks(QIAN).record_entropy(figures(&created.name)).await.unwrap();
    let run = pb::RunDrawRequest { name: created.name.clone(), request_id: id() };
    house.tasks(SUN).run_draw(run).await.unwrap();
    let visit = format!("{}/visits/{}", created.name, uscc(0));
    let conforms = |item: &String| pb::ItemCheck {
        item: item.clone(),
        verdict: "Conforms".into(),
        ..Default::default()
    };
    let checks = pb::VisitChecks { checks: created.items.iter().map(conforms).collect() };
    let ordered = pb::EnterResultRequest { checks: Some(checks), ..enter(&visit, "5") };
    let refused = house.visits(SUN).enter_result(ordered.clone()).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::InvalidArgument, "INVALID_FIELDS"));
    let unchecked = pb::EnterResultRequest { checks: None, request_id: id(), ..ordered.clone() };
    let refused = house.visits(SUN).enter_result(unchecked).await.unwrap_err();
    let violations = refused.get_details_bad_request().unwrap().field_violations;
    let fields: Vec<_> = violations.iter().map(|one| one.field.as_str()).collect();
    assert_eq!(fields, ["checks.checks", "order_no"], "all that is wrong at once");
    let order_no = "济市监特令〔2026〕3号".to_owned();
    let numbered = pb::EnterResultRequest { order_no: order_no.clone(), request_id: id(), ..ordered };
    let entered = house.visits(SUN).enter_result(numbered).await.unwrap().into_inner();
    assert_eq!((entered.order_no.as_str(), entered.verdict.as_str()), (order_no.as_str(), ""));
    house.visits(QIAN).review_result(review(&visit, true)).await.unwrap();
    let request = pb::GetRectificationRequest { name: format!("{visit}/rectification") };
    let one = house.rectifications(SUN).get_rectification(request).await.unwrap().into_inner();
    assert_eq!((one.state, one.order_no), ("Ordered".to_owned(), order_no));
    let request = pb::ReportRectificationRequest {
        name: one.name,
        reported_on: DRAW_DAY.into(),
        report: "已完成定期检验".into(),
        request_id: id(),
    };
    let reported = house.rectifications(SUN).report_rectification(request).await.unwrap().into_inner();
    assert_eq!(reported.recheck_by, "2026-11-24");
}

async fn a_case_is_opened_only_after_the_last_day(house: House) {
    let visits = with_results(&house, &["5", "5"]).await;
    let early = house.rectifications(WANG).open_case(case(&visits[0])).await.unwrap_err();
    assert_eq!(
        (early.code(), reason(&early).as_str()),
        (Code::FailedPrecondition, "RECTIFICATION_NOT_OVERDUE")
    );
    assert_eq!(get(&house, &visits[0]).await.state, "Ordered");
    report(&house, &visits[1], DRAW_DAY).await.unwrap();
    let overdue = || pb::ListRectificationsRequest { only_overdue: true, ..Default::default() };
    let now = house.rectifications(WANG).list_rectifications(overdue()).await.unwrap().into_inner();
    assert!(now.rectifications.is_empty());
    let later = house.rectifications_later(WANG).list_rectifications(overdue()).await.unwrap().into_inner();
    let names: Vec<_> = later.rectifications.iter().map(|one| (one.name.clone(), one.overdue)).collect();
    assert_eq!(names, [(name_of(&visits[0]), true)]);
    let opened = house.rectifications_later(WANG).open_case(case(&visits[0])).await.unwrap().into_inner();
    assert_eq!(opened.state, "CaseOpened");
}

async fn another_district_neither_sees_nor_moves_it(house: House) {
    let visits = with_results(&house, &["5", "5"]).await;
    let foreign = visits.iter().find(|visit| visit.division == "370103").unwrap();
    let request = pb::GetRectificationRequest { name: name_of(foreign) };
    let refused = house.rectifications(DISTRICT).get_rectification(request).await.unwrap_err();
    assert_eq!(reason(&refused), "DIVISION_NOT_PERMITTED");
    let moved =
        house.rectifications(DISTRICT).recheck_rectification(recheck(foreign, true)).await.unwrap_err();
    assert_eq!(reason(&moved), "DIVISION_NOT_PERMITTED");
    let request = pb::ListRectificationsRequest::default();
    let own = house.rectifications(DISTRICT).list_rectifications(request).await.unwrap().into_inner();
    assert_eq!(own.rectifications.iter().map(|one| one.division.as_str()).collect::<Vec<_>>(), ["370102"]);
}

async fn those_of_one_enterprise_are_listed_alone(house: House) {
    let visits = with_results(&house, &["5", "5", "1"]).await;
    let of = |uscc: &str| pb::ListRectificationsRequest { uscc: uscc.to_owned(), ..Default::default() };
    let list = async |request: pb::ListRectificationsRequest| {
        house.rectifications(WANG).list_rectifications(request).await
    };
    for (visit, expected) in visits.iter().zip([1, 1, 0]) {
        let listed = list(of(&visit.uscc)).await.unwrap().into_inner();
        let names: Vec<_> = listed.rectifications.into_iter().map(|one| one.name).collect();
        assert_eq!(names, vec![name_of(visit); expected]);
    }
    let closed = pb::ListRectificationsRequest { state: "Closed".into(), ..of(&visits[0].uscc) };
    assert!(list(closed).await.unwrap().into_inner().rectifications.is_empty());
    // A token goes on in its own list alone.
    let all = pb::ListRectificationsRequest { page_size: 1, ..Default::default() };
    let page_token = list(all).await.unwrap().into_inner().next_page_token;
    assert_ne!(page_token, "");
    let elsewhere = pb::ListRectificationsRequest { page_token, ..of(&visits[0].uscc) };
    for (wrong, why) in [(of("1"), "INVALID_FIELDS"), (elsewhere, "PAGE_TOKEN_INVALID")] {
        let refused = list(wrong).await.unwrap_err();
        assert_eq!((refused.code(), reason(&refused).as_str()), (Code::InvalidArgument, why));
    }
}

async fn figures_count_tasks_visits_and_rectifications(house: House) {
    let visits = with_results(&house, &["5", "5", "6"]).await;
    report(&house, &visits[0], DRAW_DAY).await.unwrap();
    house.rectifications(WANG).recheck_rectification(recheck(&visits[0], true)).await.unwrap();
    let figures = async |first_on: &str, last_on: &str| {
        service::testing::figures("inspection", &house.db, FIGURES, first_on, last_on).await
    };
    let counted = figures("2026-01-01", "2026-12-31").await;
    let count = |code: &str| counted.get(code).copied().unwrap_or_default();
    assert_eq!((count("task.created"), count("visit.made"), count("visit.published")), (1, 3, 0));
    assert_eq!((count("rectification.ordered"), count("rectification.closed")), (2, 1));
    let before = figures("2025-01-01", "2025-12-31").await;
    assert!(before.is_empty(), "{before:?}");
}

async fn a_repeated_report_is_answered_alike(house: House) {
    let visits = with_results(&house, &["5"]).await;
    let request = pb::ReportRectificationRequest {
        name: name_of(&visits[0]),
        reported_on: DRAW_DAY.into(),
        report: "标签已更换".into(),
        request_id: id(),
    };
    let mut officer = house.rectifications(WANG);
    let first = officer.report_rectification(request.clone()).await.unwrap().into_inner();
    let again = officer.report_rectification(request.clone()).await.unwrap().into_inner();
    assert_eq!(first, again);
    let other = pb::ReportRectificationRequest { report: "另一份".into(), ..request };
    assert_eq!(reason(&officer.report_rectification(other).await.unwrap_err()), "REQUEST_ID_REUSED");
}

db::conformance! {
    open = house;
    cases = [
        only_a_result_that_orders_it_opens_a_rectification_with_a_duty,
        which_lists_have_something_about_an_enterprise_is_told_by_one_statement,
        the_last_day_that_inspectors_set_takes_the_place_of_the_rulebooks,
        a_report_is_re_checked_within_ten_working_days_and_a_passed_re_check_closes_it,
        a_failed_re_check_orders_it_again_and_allows_a_case,
        a_key_item_of_food_that_fails_is_a_case_lead_at_once_and_a_general_one_is_put_right,
        a_key_item_that_failed_before_verdicts_came_is_a_case_lead_once_its_result_is_approved,
        what_is_put_right_leaves_a_case_lead_to_the_body_that_handles_cases,
        a_case_about_a_lead_is_opened_also_once_its_rectification_is_reported,
        a_lead_about_which_no_case_is_filed_is_still_put_right_and_then_closed,
        whoever_keeps_inspectors_from_their_check_is_a_lead_for_the_body_that_handles_cases,
        an_order_about_equipment_has_a_number_and_is_re_checked_in_ten_working_days,
        a_case_is_opened_only_after_the_last_day,
        another_district_neither_sees_nor_moves_it,
        those_of_one_enterprise_are_listed_alone,
        figures_count_tasks_visits_and_rectifications,
        a_repeated_report_is_answered_alike,
    ];
}
