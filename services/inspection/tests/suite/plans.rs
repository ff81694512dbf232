//! The annual plan: from the draft to publication, amendments, conflicts.

use std::sync::Arc;

use contract::inspection::v1 as pb;
use contract::inspection::v1::plans_client::PlansClient;
use inspection::store::{CheckRow, OtherCheck, put_checks};
use rulebook::Rulebook;
use service::peer::Peer;
use tonic::Code;

use crate::house::*;

/// Coordinates and decides.
pub(crate) const ZHAO: Person = Person("zhao", "CREDIT", CITY);

fn draft(year: i32, per_month: i32) -> pb::DraftPlanRequest {
    let capacity = pb::PlanCapacity { field: "FOOD".into(), visits_per_month: per_month };
    let plan =
        pb::Plan { title: "年度检查计划".into(), capacities: vec![capacity], ..Default::default() };
    pb::DraftPlanRequest { year, plan: Some(plan), request_id: id() }
}

pub(crate) async fn drafted(house: &House, year: i32, per_month: i32) -> pb::Plan {
    drafted_by(house.plans(WANG), year, per_month).await
}

/// The same at the server of another day.
pub(crate) async fn drafted_by(mut wang: PlansClient<Peer>, year: i32, per_month: i32) -> pb::Plan {
    wang.draft_plan(draft(year, per_month)).await.unwrap().into_inner()
}

pub(crate) async fn reviewed(house: &House, name: &str) -> pb::Plan {
    let request = pb::ReviewPlanRequest { name: name.into(), request_id: id() };
    house.plans(ZHAO).review_plan(request).await.unwrap().into_inner()
}

fn approval(name: &str) -> pb::ApprovePlanRequest {
    pb::ApprovePlanRequest { name: name.into(), request_id: id() }
}

pub(crate) async fn published(house: &House, name: &str) -> pb::Plan {
    reviewed(house, name).await;
    decided(house.plans(ZHAO), name).await
}

/// A reviewed plan, approved, filed and published at one server.
pub(crate) async fn decided(mut zhao: PlansClient<Peer>, name: &str) -> pb::Plan {
    zhao.approve_plan(approval(name)).await.unwrap();
    let file = pb::FilePlanRequest {
        name: name.into(),
        document_no: "济市监信〔2026〕12号".into(),
        request_id: id(),
    };
    zhao.file_plan(file).await.unwrap();
    let publish = pb::PublishPlanRequest { name: name.into(), request_id: id() };
    zhao.publish_plan(publish).await.unwrap().into_inner()
}

fn amendment(name: &str) -> pb::AmendPlanRequest {
    pb::AmendPlanRequest { name: name.into(), reason: "新增获证企业".into(), request_id: id() }
}

pub(crate) async fn amend(house: &House, name: &str) -> pb::Plan {
    house.plans(WANG).amend_plan(amendment(name)).await.unwrap().into_inner()
}

pub(crate) async fn visits(house: &House, plan: &str) -> Vec<pb::PlannedVisit> {
    let (mut all, mut token) = (Vec::new(), String::new());
    loop {
        let request = pb::ListPlannedVisitsRequest { plan: plan.into(), page_size: 7, page_token: token };
        let page = house.plans(WANG).list_planned_visits(request).await.unwrap().into_inner();
        all.extend(page.visits);
        token = page.next_page_token;
        if token.is_empty() {
            return all;
        }
    }
}

async fn a_plan_covers_everybody_visits_higher_classes_oftener_and_spreads_the_work(house: House) {
    house.settle(20).await;
    let plan = drafted(&house, 2027, 100).await;
    assert_eq!((plan.name.as_str(), plan.state.as_str(), plan.conflict_count), ("plans/2027-1", "Draft", 0));
    assert_eq!((plan.annual_cap_supplied, plan.annual_cap_status.as_str()), (false, "未提供"));
    let visits = visits(&house, &plan.name).await;
    assert_eq!(visits.len() as i64, plan.visit_count);
    let reads = service::access_log::reads_of(&house.db, "plans/2027-1/visits", 100).await.unwrap();
    assert_eq!(reads.len(), visits.len().div_ceil(7), "each page tells classes");
    assert!(
        reads.iter().all(|read| read.method.ends_with("/ListPlannedVisits") && read.reader == "wang"),
        "{reads:?}"
    );
    let of = |at: usize| visits.iter().filter(|visit| visit.uscc == uscc(at).to_string()).count();
    // Classes A to E in turn; nobody was ever checked in full: one visit is the full check.
    assert_eq!([0, 1, 2, 3, 4].map(of), [1, 1, 1, 2, 3]);
    for at in 0..20 {
        let full = |visit: &&pb::PlannedVisit| {
            visit.uscc == uscc(at).to_string() && visit.full_check_fields == ["FOOD"] && !visit.counts
        };
        assert_eq!(visits.iter().filter(full).count(), 1, "{at}");
    }
    let summed: i64 = plan.months.iter().map(|month| month.visits).sum();
    let full: i64 = plan.months.iter().map(|month| month.full_checks).sum();
    assert_eq!((summed, full), (plan.visit_count, 20));
    let most = plan.months.iter().map(|month| month.visits).max().unwrap();
    assert!(most <= 3, "32 visits over 12 months: {:?}", plan.months);
}

async fn a_plan_that_cannot_be_met_says_what_is_missing_and_is_not_approved(house: House) {
    house.settle(20).await;
    let plan = drafted(&house, 2027, 1).await;
    assert_eq!(plan.conflict_count, 1);
    let request = pb::ListPlanConflictsRequest { plan: plan.name.clone(), ..Default::default() };
    let conflicts = house.plans(ZHAO).list_plan_conflicts(request).await.unwrap().into_inner().conflicts;
    assert_eq!((conflicts[0].kind.as_str(), conflicts[0].uscc.as_str()), ("CAPACITY", ""));
    assert!(conflicts[0].excess > 0 && conflicts[0].description.contains("FOOD"), "{conflicts:?}");
    reviewed(&house, &plan.name).await;
    let refused = house.plans(ZHAO).approve_plan(approval(&plan.name)).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::FailedPrecondition, "PLAN_HAS_CONFLICTS"));
    // Drafted anew with more inspectors it can be.
    let again = drafted(&house, 2027, 100).await;
    assert_eq!(
        (again.name.as_str(), again.state.as_str(), again.conflict_count),
        ("plans/2027-1", "Draft", 0)
    );
    reviewed(&house, &again.name).await;
    let approved = house.plans(ZHAO).approve_plan(approval(&again.name)).await.unwrap().into_inner();
    assert_eq!(approved.state, "Approved");
    let late = house.plans(WANG).draft_plan(draft(2027, 50)).await.unwrap_err();
    assert_eq!(reason(&late), "TRANSITION_NOT_ALLOWED");
}

async fn an_amendment_is_a_version_of_its_own_and_the_old_one_holds_until_it_is_published(house: House) {
    house.settle(10).await;
    let first = published(&house, &drafted(&house, 2026, 100).await.name).await;
    assert_eq!((first.state.as_str(), first.document_no.as_str()), ("Published", "济市监信〔2026〕12号"));
    house.settle(12).await;
    let second = amend(&house, &first.name).await;
    let public = async || {
        let request = pb::ListPlansRequest { only_public: true, ..Default::default() };
        let plans = house.plans(ZHAO).list_plans(request).await.unwrap().into_inner().plans;
        plans.into_iter().map(|plan| plan.name).collect::<Vec<_>>()
    };
    assert_eq!(public().await, ["plans/2026-1"], "a draft is nobody's business outside");
    assert_eq!((second.name.as_str(), second.state.as_str()), ("plans/2026-2", "Draft"));
    assert_eq!((second.reason.as_str(), second.from_month), ("新增获证企业", 11));
    assert!(visits(&house, &second.name).await.iter().all(|visit| visit.month >= 11));
    let twice = house.plans(WANG).amend_plan(amendment(&first.name)).await.unwrap_err();
    assert_eq!(reason(&twice), "PLAN_NOT_LATEST");
    let of = async |name: &str| {
        let request = pb::GetPlanRequest { name: name.into() };
        house.plans(WANG).get_plan(request).await.unwrap().into_inner().state
    };
    assert_eq!(of(&first.name).await, "Published");
    published(&house, &second.name).await;
    assert_eq!(
        (of(&first.name).await, of(&second.name).await),
        ("Superseded".to_owned(), "Published".to_owned())
    );
    let listed =
        house.plans(ZHAO).list_plans(pb::ListPlansRequest::default()).await.unwrap().into_inner().plans;
    let names: Vec<_> = listed.iter().map(|plan| plan.name.as_str()).collect();
    assert_eq!(names, ["plans/2026-2", "plans/2026-1"]);
    assert_eq!(public().await, ["plans/2026-2", "plans/2026-1"]);
    let events = house.events().await;
    let kinds: Vec<_> = events.iter().map(|event| event.header.kind.as_str()).collect();
    let way = ["drafted", "reviewed", "approved", "filed", "published"]
        .map(|step| format!("inspection.plan.{step}"));
    assert_eq!(kinds, [way.clone(), way].concat());
}

fn cancellation(name: &str, reason: &str) -> pb::CancelPlanRequest {
    pb::CancelPlanRequest { name: name.into(), reason: reason.into(), request_id: id() }
}

async fn an_amendment_that_cannot_be_met_is_given_up_and_the_plan_goes_on(house: House) {
    house.settle(10).await;
    let first = published(&house, &drafted(&house, 2026, 15).await.name).await;
    // 40 producers, and 30 visits in what is left of the year.
    house.settle(40).await;
    let second = amend(&house, &first.name).await;
    assert!(second.conflict_count > 0, "{second:?}");
    let month = || pb::CreatePlannedTasksRequest { plan: first.name.clone(), month: 11, request_id: id() };
    let waits = house.plans(ZHAO).create_planned_tasks(month()).await.unwrap_err();
    assert_eq!(reason(&waits), "PLAN_NOT_LATEST");
    let blank = house.plans(WANG).cancel_plan(cancellation(&second.name, "")).await.unwrap_err();
    assert_eq!(blank.code(), Code::InvalidArgument);
    let request = cancellation(&second.name, "检查力量不足,维持原计划");
    let given_up = house.plans(WANG).cancel_plan(request.clone()).await.unwrap().into_inner();
    assert_eq!(
        (given_up.state.as_str(), given_up.cancel_reason.as_str()),
        ("Cancelled", "检查力量不足,维持原计划")
    );
    assert_eq!(house.plans(WANG).cancel_plan(request).await.unwrap().into_inner(), given_up);
    let kept = pb::GetPlanRequest { name: second.name.clone() };
    assert_eq!(house.plans(LI).get_plan(kept).await.unwrap().into_inner(), given_up, "it stays on record");
    let told = house.events().await.pop().unwrap().header;
    assert_eq!((told.kind.as_str(), told.subject.as_str()), ("inspection.plan.cancelled", "plans/2026-2"));
    // The plan gives tasks again, and is amended as a version with a number of its own, which takes its place.
    assert!(!house.plans(ZHAO).create_planned_tasks(month()).await.unwrap().into_inner().tasks.is_empty());
    let again = house.plans(WANG).amend_plan(amendment(&second.name)).await.unwrap_err();
    assert_eq!(reason(&again), "PLAN_NOT_LATEST");
    let third = amend(&house, &first.name).await;
    assert_eq!((third.name.as_str(), third.state.as_str()), ("plans/2026-3", "Draft"));
    let other = house.plans(WANG).cancel_plan(cancellation(&second.name, "重复")).await.unwrap_err();
    assert_eq!(reason(&other), "TRANSITION_NOT_ALLOWED");
}

async fn a_version_takes_the_place_of_the_one_in_force_over_one_that_was_given_up(house: House) {
    house.settle(10).await;
    let first = published(&house, &drafted(&house, 2026, 100).await.name).await;
    let second = amend(&house, &first.name).await;
    reviewed(&house, &second.name).await;
    house.plans(LI).cancel_plan(cancellation(&second.name, "无需调整")).await.unwrap();
    let third = published(&house, &amend(&house, &first.name).await.name).await;
    let list = |only_public: bool| pb::ListPlansRequest { only_public, ..Default::default() };
    let states = async |only_public: bool| {
        let plans = house.plans(ZHAO).list_plans(list(only_public)).await.unwrap().into_inner().plans;
        plans.into_iter().map(|plan| (plan.name, plan.state)).collect::<Vec<_>>()
    };
    let (old, void, new) = (
        (first.name, "Superseded".to_owned()),
        (second.name, "Cancelled".to_owned()),
        (third.name, "Published".to_owned()),
    );
    assert_eq!(states(false).await, [new.clone(), void, old.clone()]);
    assert_eq!(states(true).await, [new, old], "what never was in force is nobody's business outside");
    let late = house.plans(WANG).cancel_plan(cancellation("plans/2026-3", "太迟")).await.unwrap_err();
    assert_eq!(reason(&late), "TRANSITION_NOT_ALLOWED");
}

async fn a_plan_that_was_given_up_before_it_was_approved_is_drafted_as_another_version(house: House) {
    house.settle(5).await;
    let first = drafted(&house, 2027, 100).await;
    let other = house.plans(ZHAO).cancel_plan(cancellation(&first.name, "口径有误")).await.unwrap_err();
    assert_eq!(reason(&other), "ROLE_NOT_PERMITTED");
    house.plans(LI).cancel_plan(cancellation(&first.name, "口径有误")).await.unwrap();
    let second = drafted(&house, 2027, 100).await;
    assert_eq!((second.name.as_str(), second.reason.as_str()), ("plans/2027-2", ""));
    let published = published(&house, &second.name).await;
    assert_eq!(published.state, "Published");
}

async fn a_plan_is_closed_once_its_year_is_over(house: House) {
    house.settle(10).await;
    let plan = published(&house, &drafted(&house, 2026, 100).await.name).await;
    // 2026-12-31 and 2027-01-01.
    let (last_day, new_year) = (house.after_days(51).await, house.after_days(52).await);
    let amended = house.plans_at(&new_year, WANG).amend_plan(amendment(&plan.name)).await.unwrap_err();
    let december = || pb::CreatePlannedTasksRequest { plan: plan.name.clone(), month: 12, request_id: id() };
    let made = house.plans_at(&new_year, ZHAO).create_planned_tasks(december()).await.unwrap_err();
    assert_eq!((reason(&amended), reason(&made)), ("PLAN_OVER".to_owned(), "PLAN_OVER".to_owned()));
    house.plans_at(&last_day, ZHAO).create_planned_tasks(december()).await.unwrap();
    house.plans_at(&last_day, WANG).amend_plan(amendment(&plan.name)).await.unwrap();
}

async fn who_drafts_does_not_decide_and_who_decides_does_not_draft(house: House) {
    house.settle(5).await;
    let plan = drafted(&house, 2027, 100).await;
    let own = house.plans(WANG).approve_plan(approval(&plan.name)).await.unwrap_err();
    assert_eq!((own.code(), reason(&own).as_str()), (Code::PermissionDenied, "ROLE_NOT_PERMITTED"));
    let other = house.plans(ZHAO).draft_plan(draft(2027, 1)).await.unwrap_err();
    assert_eq!(reason(&other), "ROLE_NOT_PERMITTED");
    let early = house.plans(ZHAO).approve_plan(approval(&plan.name)).await.unwrap_err();
    assert_eq!(reason(&early), "TRANSITION_NOT_ALLOWED");
    let lost = pb::GetPlanRequest { name: "plans/2027-9".into() };
    let lost = house.plans(ZHAO).get_plan(lost).await.unwrap_err();
    assert_eq!((lost.code(), reason(&lost).as_str()), (Code::NotFound, "PLAN_NOT_FOUND"));
    let past = house.plans(WANG).draft_plan(draft(2025, 1)).await.unwrap_err();
    assert_eq!(past.code(), Code::InvalidArgument);
}

async fn a_full_check_that_was_made_is_not_planned_again_and_a_visit_is_not_repeated_in_its_share(
    house: House,
) {
    house.settle(2).await;
    house.employ(6).await;
    let task = house.drawn("UNIFORM", 100).await;
    let visits_of_task = house.visits_of(&task.name).await;
    house.approve(&visits_of_task[0].name, "1").await;
    let request = draft(2027, 100);
    let plan = house.plans_later(WANG).draft_plan(request).await.unwrap().into_inner();
    let planned = visits(&house, &plan.name).await;
    // The task inspected the whole catalogue: who was visited is covered until 2028, the other one is not.
    let uscc_of = |visit: &pb::Visit| visit.uscc.clone();
    let of = |uscc: String| planned.iter().filter(|visit| visit.uscc == uscc).count();
    assert_eq!((of(uscc_of(&visits_of_task[0])), of(uscc_of(&visits_of_task[1]))), (0, 1));
}

/// The rulebook with an annual cap, which nobody has set yet.
pub(crate) fn with_cap(cap: u32) -> Arc<Rulebook> {
    let changed = |(name, text): (String, Vec<u8>)| {
        let text = String::from_utf8(text).unwrap();
        let row = "inspection.annual_cap_per_enterprise,,count";
        (name, text.replace(row, &format!("inspection.annual_cap_per_enterprise,{cap},count")).into_bytes())
    };
    Arc::new(Rulebook::from_archive(Rulebook::builtin().archive().into_iter().map(changed)).unwrap())
}

async fn a_plan_over_the_cap_names_each_enterprise_and_by_how_much(house: House) {
    let house = house_by(house.db, with_cap(1)).await;
    house.settle(5).await;
    let plan = drafted(&house, 2027, 100).await;
    assert_eq!((plan.annual_cap, plan.annual_cap_status.as_str(), plan.conflict_count), (1, "1", 1));
    let request = pb::ListPlanConflictsRequest { plan: plan.name.clone(), ..Default::default() };
    let conflicts = house.plans(ZHAO).list_plan_conflicts(request).await.unwrap().into_inner().conflicts;
    // Class E: three visits, one of which is the full check that the law asks for.
    let named: Vec<_> =
        conflicts.iter().map(|one| (one.kind.as_str(), one.uscc.clone(), one.excess)).collect();
    assert_eq!(named, [("CAP", uscc(4).to_string(), 1)]);
}

async fn checks_of_all_departments_use_up_the_cap(house: House) {
    let house = house_by(house.db, with_cap(3)).await;
    house.settle(5).await;
    // Class E has two visits that count: with two checks of others of the year one is too many. One of the year before is none.
    let check = |record: &str, checked_on: &str| CheckRow {
        record: record.into(),
        check: Some(OtherCheck {
            uscc: uscc(4).to_string(),
            field: String::new(),
            checked_on: checked_on.parse().unwrap(),
            superior: false,
            mode: String::new(),
        }),
    };
    let mut tx = house.db.begin_write().await.unwrap();
    let checks = vec![
        check("records/1", "2027-01-04"),
        check("records/2", "2027-02-01"),
        check("records/3", "2026-12-31"),
    ];
    put_checks(&mut tx, checks).await.unwrap();
    tx.commit().await.unwrap();
    let plan = drafted(&house, 2027, 100).await;
    let request = pb::ListPlanConflictsRequest { plan: plan.name.clone(), ..Default::default() };
    let conflicts = house.plans(ZHAO).list_plan_conflicts(request).await.unwrap().into_inner().conflicts;
    let named: Vec<_> =
        conflicts.iter().map(|one| (one.kind.as_str(), one.uscc.clone(), one.excess)).collect();
    assert_eq!(named, [("CAP", uscc(4).to_string(), 1)]);
}

async fn whose_cap_is_used_up_stands_in_no_further_pool(house: House) {
    let house = house_by(house.db, with_cap(1)).await;
    house.settle(10).await;
    house.employ(6).await;
    // A label check: no full check, so it counts.
    let mut request = task("UNIFORM", 100);
    request.task.as_mut().unwrap().items = vec!["food.label".into()];
    let first = house.before(WANG).create_task(request).await.unwrap().into_inner();
    house.before(WANG).announce_draw(announce(&first.name)).await.unwrap();
    house.tasks(LI).record_entropy(figures(&first.name)).await.unwrap();
    house
        .tasks(WANG)
        .run_draw(pb::RunDrawRequest { name: first.name.clone(), request_id: id() })
        .await
        .unwrap();
    let second = house.before(WANG).create_task(task("UNIFORM", 100)).await.unwrap().into_inner();
    let empty = house.before(WANG).announce_draw(announce(&second.name)).await.unwrap_err();
    assert_eq!(reason(&empty), "POOL_EMPTY");
    house.settle(12).await;
    let announced = house.before(WANG).announce_draw(announce(&second.name)).await.unwrap().into_inner();
    assert_eq!(announced.pool_size, 2);
}

async fn a_repeated_draft_is_answered_alike_and_another_body_is_refused(house: House) {
    house.settle(5).await;
    let request = draft(2027, 100);
    let first = house.plans(WANG).draft_plan(request.clone()).await.unwrap().into_inner();
    let again = house.plans(WANG).draft_plan(request.clone()).await.unwrap().into_inner();
    assert_eq!(first, again);
    let other = pb::DraftPlanRequest { year: 2026, ..request };
    assert_eq!(reason(&house.plans(WANG).draft_plan(other).await.unwrap_err()), "REQUEST_ID_REUSED");
}

db::conformance! {
    open = house;
    cases = [
        a_plan_covers_everybody_visits_higher_classes_oftener_and_spreads_the_work,
        a_plan_that_cannot_be_met_says_what_is_missing_and_is_not_approved,
        an_amendment_is_a_version_of_its_own_and_the_old_one_holds_until_it_is_published,
        an_amendment_that_cannot_be_met_is_given_up_and_the_plan_goes_on,
        a_version_takes_the_place_of_the_one_in_force_over_one_that_was_given_up,
        a_plan_that_was_given_up_before_it_was_approved_is_drafted_as_another_version,
        a_plan_is_closed_once_its_year_is_over,
        who_drafts_does_not_decide_and_who_decides_does_not_draft,
        a_full_check_that_was_made_is_not_planned_again_and_a_visit_is_not_repeated_in_its_share,
        a_plan_over_the_cap_names_each_enterprise_and_by_how_much,
        checks_of_all_departments_use_up_the_cap,
        whose_cap_is_used_up_stands_in_no_further_pool,
        a_repeated_draft_is_answered_alike_and_another_body_is_refused,
    ];
}
