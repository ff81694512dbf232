//! Tasks that carry a plan out, and tasks that join the visits of another department.

use std::collections::BTreeSet;

use contract::inspection::v1 as pb;
use db::on;
use inspection::store::{MarkRow, put_marks};
use tonic::Code;

use crate::house::*;
use crate::plans::{ZHAO, amend, decided, drafted, drafted_by, published, reviewed, visits, with_cap};

/// Supervises special equipment.
pub(crate) const SUN: Person = Person("sun", "SE_SUPERV", CITY);
pub(crate) const QIAN: Person = Person("qian", "SE_SUPERV", CITY);

async fn create(house: &House, plan: &str, month: i32) -> Result<Vec<pb::Task>, tonic::Status> {
    let request = pb::CreatePlannedTasksRequest { plan: plan.into(), month, request_id: id() };
    Ok(house.plans(ZHAO).create_planned_tasks(request).await?.into_inner().tasks)
}

/// Has the first `count` enterprises carry the mark of special equipment, too.
pub(crate) async fn equip(house: &House, count: usize) {
    let mark = |at| MarkRow { uscc: uscc(at).to_string(), field: "SE".into(), in_force: true };
    let mut tx = house.db.begin_write().await.unwrap();
    put_marks(&mut tx, (0..count).map(mark).collect()).await.unwrap();
    tx.commit().await.unwrap();
    for number in 50..54 {
        let mut new = inspector(number, "SE_SUPERV");
        new.inspector.as_mut().unwrap().fields = vec!["SE".into()];
        house.inspectors(SUN).register_inspector(new).await.unwrap();
    }
}

pub(crate) async fn draw(house: &House, task: &str, [first, second]: [Person; 2]) -> Vec<String> {
    house.before(first).announce_draw(announce(task)).await.unwrap();
    house.tasks(second).record_entropy(figures(task)).await.unwrap();
    house.tasks(first).run_draw(pb::RunDrawRequest { name: task.into(), request_id: id() }).await.unwrap();
    let request = pb::ListVisitsRequest { task: task.into(), page_size: 1_000, ..Default::default() };
    let listed = house.visits(first).list_visits(request).await.unwrap().into_inner().visits;
    let mut visited: Vec<String> = listed.into_iter().map(|visit| visit.uscc).collect();
    visited.sort();
    visited
}

/// Whom a plan has visited in November in exactly these fields.
async fn planned(house: &House, plan: &str, fields: &[&str], full_check: &[&str]) -> Vec<String> {
    let alike = |visit: &pb::PlannedVisit| {
        visit.month == 11 && visit.fields == fields && visit.full_check_fields == full_check
    };
    visits(house, plan).await.into_iter().filter(alike).map(|visit| visit.uscc).collect()
}

/// What the present duties to carry tasks out are about, with office and last day.
async fn duties(house: &House) -> Vec<(String, String, String)> {
    const OPEN: &str = "
        SELECT subject, office, due_on FROM obligation
        WHERE kind = 'inspection.plan.task' AND done_on IS NULL ORDER BY subject";
    on!(house.db, |pool| sqlx::query_as(OPEN).fetch_all(pool).await).unwrap()
}

async fn a_month_of_a_published_plan_becomes_tasks_that_visit_whom_it_names(house: House) {
    house.settle(20).await;
    house.employ(6).await;
    let plan = published(&house, &drafted(&house, 2026, 100).await.name).await.name;
    let tasks = create(&house, &plan, 11).await.unwrap();
    // Everybody is due for a full check within the year, and what class asks for is met by it.
    assert_eq!(tasks.len(), 1, "{tasks:?}");
    let task = &tasks[0];
    assert_eq!(task.plan_item, format!("{plan}/items/11-FOOD-FOOD"));
    assert_eq!(
        (task.title.as_str(), task.lead_office.as_str()),
        ("2026年11月食品生产全项目检查", "FOOD_PROD")
    );
    assert_eq!((task.uniform_percent, task.state.as_str(), task.joins.as_str()), (100, "Created", ""));
    assert!(task.items.contains(&"food.commitment".to_owned()) && task.items.len() == 9, "{task:?}");
    let due = (task.name.clone(), "FOOD_PROD".to_owned(), "2026-11-30".to_owned());
    assert_eq!(duties(&house).await, [due]);

    let visited = draw(&house, &task.name, [WANG, LI]).await;
    assert_eq!(visited, planned(&house, &plan, &["FOOD"], &["FOOD"]).await);
    for visit in house.visits_of(&task.name).await {
        house.approve(&visit.name, "1").await;
    }
    assert!(duties(&house).await.is_empty());
    assert!(create(&house, &plan, 11).await.unwrap().is_empty(), "what has its task gets no other");
    let events = house.events().await;
    let created = events.iter().filter(|event| event.header.kind == "inspection.task.created");
    assert_eq!(created.count(), 1);
}

/// The months whose tasks are still to be made, as duties: subject, office and last day.
async fn months_due(house: &House) -> Vec<(String, String, String)> {
    const OPEN: &str = "
        SELECT subject, office, due_on FROM obligation
        WHERE kind = 'inspection.plan.month' AND done_on IS NULL ORDER BY due_on";
    on!(house.db, |pool| sqlx::query_as(OPEN).fetch_all(pool).await).unwrap()
}

/// The months of a plan with visits.
async fn months_of(house: &House, plan: &str) -> BTreeSet<i32> {
    visits(house, plan).await.into_iter().map(|visit| visit.month).collect()
}

async fn each_month_of_a_plan_in_force_is_a_duty_of_who_coordinates_until_its_tasks_are_made(house: House) {
    house.settle(20).await;
    let draft = drafted(&house, 2026, 100).await.name;
    assert!(months_due(&house).await.is_empty(), "nothing is decided yet");
    let first = published(&house, &draft).await.name;
    // Published on 9 November: of a month that has begun the period of the rulebook holds.
    let due = |plan: &str, month: i32| {
        let day = if month == 11 { "2026-11-16" } else { "2026-12-01" };
        (format!("{plan}/months/{month}"), "CREDIT".to_owned(), day.to_owned())
    };
    let all = async |plan: &str| -> Vec<_> {
        months_of(&house, plan).await.into_iter().map(|month| due(plan, month)).collect()
    };
    let of_first = all(&first).await;
    assert!(!of_first.is_empty());
    assert_eq!(months_due(&house).await, of_first);
    // What an amendment plans takes the place of what is still to be made.
    let second = published(&house, &amend(&house, &first).await.name).await.name;
    assert_eq!(months_due(&house).await, all(&second).await);
    create(&house, &second, 11).await.unwrap();
    let mut left = all(&second).await;
    left.retain(|one| *one != due(&second, 11));
    assert_eq!(months_due(&house).await, left);
    create(&house, &second, 12).await.unwrap();
    assert!(months_due(&house).await.is_empty());
}

async fn what_is_left_of_a_year_that_is_over_is_due_by_the_next_plan_alone(house: House) {
    house.settle(10).await;
    let old = published(&house, &drafted(&house, 2026, 100).await.name).await.name;
    let new = published(&house, &drafted(&house, 2027, 100).await.name).await.name;
    let of = |due: &[(String, String, String)], plan: &str| -> Vec<String> {
        let about = format!("{plan}/months/");
        due.iter().filter_map(|(subject, ..)| Some(subject.strip_prefix(&about)?.to_owned())).collect()
    };
    let due = months_due(&house).await;
    assert!(!of(&due, &old).is_empty(), "the year goes on");
    let months: Vec<String> = months_of(&house, &new).await.iter().map(i32::to_string).collect();
    assert_eq!(of(&due, &new), months);
    let first = due.iter().find(|(subject, ..)| *subject == format!("{new}/months/{}", months[0])).unwrap();
    assert_eq!(first.2, format!("2027-{:0>2}-01", months[0]));
    let new_year = house.after_days(52).await;
    let month = months[0].parse().unwrap();
    let made = pb::CreatePlannedTasksRequest { plan: new.clone(), month, request_id: id() };
    house.plans_at(&new_year, ZHAO).create_planned_tasks(made).await.unwrap();
    let due = months_due(&house).await;
    assert_eq!((of(&due, &old), of(&due, &new)), (Vec::new(), months[1..].to_vec()));
}

async fn nothing_of_a_year_that_is_over_stays_or_becomes_a_duty_whichever_plan_comes_next(house: House) {
    house.settle(10).await;
    let old = published(&house, &drafted(&house, 2026, 100).await.name).await.name;
    // An amendment that is decided too late.
    let late = amend(&house, &old).await.name;
    reviewed(&house, &late).await;
    assert!(!months_due(&house).await.is_empty());
    let new_year = house.after_days(52).await;
    decided(house.plans_at(&new_year, ZHAO), &late).await;
    assert!(months_due(&house).await.is_empty(), "nobody can make its tasks any more");

    // There is no plan of the year between.
    published(&house, &drafted(&house, 2027, 100).await.name).await;
    let years_later = house.after_days(52 + 365).await;
    let next = drafted_by(house.plans_at(&years_later, WANG), 2029, 100).await.name;
    reviewed(&house, &next).await;
    decided(house.plans_at(&years_later, ZHAO), &next).await;
    let due = months_due(&house).await;
    assert!(!due.is_empty());
    assert!(due.iter().all(|(subject, ..)| subject.starts_with(&next)), "{due:?}");
}

async fn a_joint_visit_becomes_a_task_of_each_department_of_which_the_first_leads(house: House) {
    house.settle(10).await;
    house.employ(6).await;
    equip(&house, 10).await;
    let plan = published(&house, &drafted(&house, 2026, 100).await.name).await.name;
    let joint = planned(&house, &plan, &["FOOD", "SE"], &["FOOD"]).await;
    assert!(!joint.is_empty());
    let tasks = create(&house, &plan, 11).await.unwrap();
    let item = format!("{plan}/items/11-FOOD.SE-FOOD");
    let [food, se] = tasks.iter().filter(|task| task.plan_item == item).collect::<Vec<_>>()[..] else {
        panic!("a task for each department: {tasks:?}");
    };
    assert_eq!((food.field.as_str(), food.joins.as_str()), ("FOOD", ""));
    assert_eq!((se.field.as_str(), se.joins.as_str()), ("SE", food.name.as_str()));
    assert_eq!((se.lead_office.as_str(), se.title.as_str()), ("SE_SUPERV", "2026年11月特种设备监督检查"));
    assert_eq!(se.items, ["se.personnel", "se.registration", "se.commitment"], "key items, and commitments");
    assert_eq!(draw(&house, &se.name, [SUN, QIAN]).await, joint);
    assert_eq!(draw(&house, &food.name, [WANG, LI]).await, joint);
    // That somebody is visited by class in one of the fields tells its class.
    for (person, name) in [(SUN, &se.name), (WANG, &food.name)] {
        let request = pb::GetTaskRequest { name: name.clone() };
        let drawn = house.tasks(person).get_task(request).await.unwrap().into_inner();
        assert_eq!(drawn.disclosure, "RESTRICTED");
    }
}

async fn a_cancelled_task_of_a_month_that_is_taken_up_again_is_made_again(house: House) {
    house.settle(10).await;
    house.employ(6).await;
    equip(&house, 10).await;
    let plan = published(&house, &drafted(&house, 2026, 100).await.name).await.name;
    let item = format!("{plan}/items/11-FOOD.SE-FOOD");
    let of_item = |tasks: Vec<pb::Task>| -> Vec<pb::Task> {
        tasks.into_iter().filter(|task| task.plan_item == item).collect()
    };
    let cancel = async |task: &pb::Task| {
        let name = task.name.clone();
        let request = pb::CancelTaskRequest { name, reason: "任务有误".into(), request_id: id() };
        house.before(ZHAO).cancel_task(request).await.unwrap();
    };
    let first = of_item(create(&house, &plan, 11).await.unwrap());
    cancel(&first[1]).await;
    let second = create(&house, &plan, 11).await.unwrap();
    assert_eq!(second.len(), 1, "{second:?}");
    assert_eq!((second[0].field.as_str(), second[0].joins.as_str()), ("SE", first[0].name.as_str()));
    cancel(&first[0]).await;
    let third = create(&house, &plan, 11).await.unwrap();
    assert_eq!(third.len(), 1, "{third:?}");
    // What is live of the visit stays together, though the task that led it is gone.
    assert_eq!((third[0].field.as_str(), third[0].joins.as_str()), ("FOOD", first[0].name.as_str()));
    cancel(&second[0]).await;
    cancel(&third[0]).await;
    let anew = create(&house, &plan, 11).await.unwrap();
    assert_eq!((anew.len(), anew[0].joins.as_str()), (2, ""));
    assert_eq!(anew[1].joins, anew[0].name);
    assert!(create(&house, &plan, 11).await.unwrap().is_empty(), "both stand");
}

async fn an_amendment_plans_nobody_again_who_stands_in_a_task(house: House) {
    house.settle(10).await;
    let first = published(&house, &drafted(&house, 2026, 100).await.name).await.name;
    let standing = planned(&house, &first, &["FOOD"], &["FOOD"]).await;
    assert_eq!(create(&house, &first, 11).await.unwrap().len(), 1);
    house.settle(14).await;
    let second = amend(&house, &first).await.name;
    let waits = create(&house, &first, 12).await.unwrap_err();
    assert_eq!(reason(&waits), "PLAN_NOT_LATEST");
    assert_eq!(reason(&create(&house, &second, 11).await.unwrap_err()), "TRANSITION_NOT_ALLOWED");
    published(&house, &second).await;
    let again: Vec<_> = visits(&house, &second).await.into_iter().map(|visit| visit.uscc).collect();
    assert!(standing.iter().all(|uscc| !again.contains(uscc)), "{again:?}");
    assert_eq!(again.len() + standing.len(), 14, "everybody stands somewhere, once");
    let tasks = create(&house, &second, 12).await.unwrap();
    assert_eq!(tasks[0].plan_item, format!("{second}/items/12-FOOD-FOOD"));
}

async fn a_task_for_which_nobody_is_left_is_closed_without_a_draw(house: House) {
    house.settle(6).await;
    let plan = published(&house, &drafted(&house, 2026, 100).await.name).await.name;
    let task = create(&house, &plan, 11).await.unwrap().remove(0);
    let close = || pb::CloseTaskRequest { name: task.name.clone(), request_id: id() };
    let somebody = house.before(WANG).close_task(close()).await.unwrap_err();
    assert_eq!(reason(&somebody), "TRANSITION_NOT_ALLOWED");
    let gone = |at| MarkRow { uscc: uscc(at).to_string(), field: "FOOD".into(), in_force: false };
    let mut tx = house.db.begin_write().await.unwrap();
    put_marks(&mut tx, (0..6).map(gone).collect()).await.unwrap();
    tx.commit().await.unwrap();
    let empty = house.before(WANG).announce_draw(announce(&task.name)).await.unwrap_err();
    assert_eq!(reason(&empty), "POOL_EMPTY");
    let closed = house.before(WANG).close_task(close()).await.unwrap().into_inner();
    assert_eq!((closed.state.as_str(), closed.drawn_count), ("Closed", 0));
    assert!(duties(&house).await.is_empty());
    for full in [true, false] {
        let request = pb::GetProofRequest { name: task.name.clone(), full, purpose: "复核".into() };
        let none = house.tasks(WANG).get_proof(request).await.unwrap_err();
        assert_eq!(reason(&none), "PROOF_NOT_AVAILABLE");
    }
    // Who comes back is planned again.
    house.settle(6).await;
    let again = amend(&house, &plan).await;
    assert_eq!(again.visit_count, 6, "{again:?}");
}

async fn tasks_of_a_plan_are_made_by_who_coordinates_and_of_months_only(house: House) {
    house.settle(5).await;
    let plan = published(&house, &drafted(&house, 2026, 100).await.name).await.name;
    let request = pb::CreatePlannedTasksRequest { plan: plan.clone(), month: 11, request_id: id() };
    let other = house.plans(WANG).create_planned_tasks(request.clone()).await.unwrap_err();
    assert_eq!(reason(&other), "ROLE_NOT_PERMITTED");
    assert_eq!(create(&house, &plan, 13).await.unwrap_err().code(), Code::InvalidArgument);
    assert_eq!(reason(&create(&house, "plans/2026-7", 11).await.unwrap_err()), "PLAN_NOT_FOUND");
    let answered = house.plans(ZHAO).create_planned_tasks(request.clone()).await.unwrap().into_inner();
    let again = house.plans(ZHAO).create_planned_tasks(request).await.unwrap().into_inner();
    assert_eq!(answered, again);
    assert_eq!(answered.tasks.len(), 1);
}

pub(crate) fn joining(lead: &str, field: &str) -> pb::CreateTaskRequest {
    let office = if field == "SE" { "SE_SUPERV" } else { "FOOD_PROD" };
    let task = pb::Task {
        title: "综合查一次".into(),
        field: field.into(),
        joins: lead.into(),
        lead_office: office.into(),
        ..Default::default()
    };
    pb::CreateTaskRequest { task: Some(task), request_id: id() }
}

async fn a_task_joins_the_drawn_visits_of_another_department_with_inspectors_of_its_own(house: House) {
    house.settle(20).await;
    house.employ(6).await;
    equip(&house, 20).await;
    let lead = house.announced("CLASS", 0).await.name;
    let joined = house.before(SUN).create_task(joining(&lead, "SE")).await.unwrap().into_inner();
    let early = house.before(SUN).announce_draw(announce(&joined.name)).await.unwrap_err();
    assert_eq!((early.code(), reason(&early).as_str()), (Code::FailedPrecondition, "LEAD_NOT_DRAWN"));
    house.tasks(LI).record_entropy(figures(&lead)).await.unwrap();
    let run = pb::RunDrawRequest { name: lead.clone(), request_id: id() };
    house.tasks(WANG).run_draw(run).await.unwrap();
    let mut led: Vec<String> = house.visits_of(&lead).await.into_iter().map(|visit| visit.uscc).collect();
    led.sort();
    assert_eq!(draw(&house, &joined.name, [SUN, QIAN]).await, led);
    let request = pb::ListVisitsRequest { task: joined.name.clone(), ..Default::default() };
    let visits = house.visits(SUN).list_visits(request).await.unwrap().into_inner().visits;
    assert!(visits.iter().flat_map(|visit| &visit.inspectors).all(|no| no.starts_with("JN005")));
    let request = pb::GetTaskRequest { name: joined.name };
    let drawn = house.tasks(SUN).get_task(request).await.unwrap().into_inner();
    assert_eq!(drawn.disclosure, "RESTRICTED", "the list rests on classes, whoever shows it");

    let own = house.before(WANG).create_task(joining(&lead, "FOOD")).await.unwrap_err();
    assert_eq!(own.code(), Code::InvalidArgument);
    let gone = house.before(WANG).create_task(task("CLASS", 0)).await.unwrap().into_inner().name;
    let joined = house.before(SUN).create_task(joining(&gone, "SE")).await.unwrap().into_inner();
    let cancel = pb::CancelTaskRequest { name: gone, reason: "任务有误".into(), request_id: id() };
    house.before(ZHAO).cancel_task(cancel).await.unwrap();
    let never = house.before(SUN).announce_draw(announce(&joined.name)).await.unwrap_err();
    assert_eq!(reason(&never), "LEAD_CANCELLED");
    let lost = house.before(SUN).create_task(joining("tasks/2026-99", "SE")).await.unwrap_err();
    assert_eq!(reason(&lost), "TASK_NOT_FOUND");
}

/// A task of one item: no full check, so it uses the cap up.
fn named(mut request: pb::CreateTaskRequest, item: &str) -> pb::CreateTaskRequest {
    request.task.as_mut().unwrap().items = vec![item.into()];
    request
}

async fn who_of_two_departments_comes_alone_or_on_another_day_uses_up_a_place_of_the_cap(house: House) {
    let house = house_by(house.db, with_cap(2)).await;
    house.settle(3).await;
    house.employ(6).await;
    equip(&house, 3).await;
    let create = named(task("UNIFORM", 100), "food.label");
    let lead = house.before(WANG).create_task(create.clone()).await.unwrap().into_inner().name;
    let all = draw(&house, &lead, [WANG, LI]).await;
    let create_joined = named(joining(&lead, "SE"), "se.personnel");
    let joined = house.before(SUN).create_task(create_joined).await.unwrap().into_inner().name;
    draw(&house, &joined, [SUN, QIAN]).await;
    crate::replacements::put_case(&house, &all[0], true).await;
    // The first department does not come to the first enterprise, and the second comes to another one two days after it.
    let gives_way = pb::ProposeReplacementRequest {
        visit: format!("{lead}/visits/{}", all[0]),
        ground: "CaseInProgress".into(),
        cited_event: "registry/7".into(),
        request_id: id(),
        ..Default::default()
    };
    let name = house.replacements(WANG).propose_replacement(gives_way).await.unwrap().into_inner().name;
    let approve =
        pb::DecideReplacementRequest { name, approve: true, request_id: id(), ..Default::default() };
    house.replacements(LI).decide_replacement(approve).await.unwrap();
    house.visits(WANG).enter_result(enter(&format!("{lead}/visits/{}", all[1]), "4")).await.unwrap();
    let later = pb::EnterResultRequest {
        visited_on: "2026-11-12".into(),
        apart_reason: "企业当日停产".into(),
        ..enter(&format!("{joined}/visits/{}", all[1]), "4")
    };
    house.visits_later(SUN).enter_result(later).await.unwrap();

    let further = async || {
        let again = pb::CreateTaskRequest { request_id: id(), ..create.clone() };
        house.before(WANG).create_task(again).await.unwrap().into_inner().name
    };
    assert_eq!(draw(&house, &further().await, [WANG, LI]).await, [all[0].clone(), all[2].clone()]);
    let empty = house.before(WANG).announce_draw(announce(&further().await)).await.unwrap_err();
    assert_eq!(reason(&empty), "POOL_EMPTY");
}

async fn a_visit_of_two_departments_uses_up_one_place_of_the_cap(house: House) {
    let house = house_by(house.db, with_cap(2)).await;
    house.settle(4).await;
    house.employ(6).await;
    equip(&house, 4).await;
    let create = named(task("UNIFORM", 100), "food.label");
    let lead = house.before(WANG).create_task(create.clone()).await.unwrap().into_inner().name;
    assert_eq!(draw(&house, &lead, [WANG, LI]).await.len(), 4);
    let create_joined = named(joining(&lead, "SE"), "se.personnel");
    let joined = house.before(SUN).create_task(create_joined).await.unwrap().into_inner().name;
    assert_eq!(draw(&house, &joined, [SUN, QIAN]).await.len(), 4);
    // Two places, one used: a further draw still finds everybody, and the one after it nobody.
    for found in [true, false] {
        let again = pb::CreateTaskRequest { request_id: id(), ..create.clone() };
        let further = house.before(WANG).create_task(again).await.unwrap().into_inner().name;
        if found {
            assert_eq!(draw(&house, &further, [WANG, LI]).await.len(), 4);
        } else {
            let empty = house.before(WANG).announce_draw(announce(&further)).await.unwrap_err();
            assert_eq!(reason(&empty), "POOL_EMPTY");
        }
    }
}

db::conformance! {
    open = house;
    cases = [
        a_month_of_a_published_plan_becomes_tasks_that_visit_whom_it_names,
        each_month_of_a_plan_in_force_is_a_duty_of_who_coordinates_until_its_tasks_are_made,
        what_is_left_of_a_year_that_is_over_is_due_by_the_next_plan_alone,
        nothing_of_a_year_that_is_over_stays_or_becomes_a_duty_whichever_plan_comes_next,
        a_joint_visit_becomes_a_task_of_each_department_of_which_the_first_leads,
        a_cancelled_task_of_a_month_that_is_taken_up_again_is_made_again,
        an_amendment_plans_nobody_again_who_stands_in_a_task,
        a_task_for_which_nobody_is_left_is_closed_without_a_draw,
        tasks_of_a_plan_are_made_by_who_coordinates_and_of_months_only,
        a_task_joins_the_drawn_visits_of_another_department_with_inspectors_of_its_own,
        a_visit_of_two_departments_uses_up_one_place_of_the_cap,
        who_of_two_departments_comes_alone_or_on_another_day_uses_up_a_place_of_the_cap,
    ];
}
