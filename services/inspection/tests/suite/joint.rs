//! Visits that several departments make together: one letter, one day, and a reason for another one.

use contract::inspection::v1 as pb;
use tonic_types::StatusExt;

use crate::house::*;
use crate::letters::entry;
use crate::planned::{QIAN, SUN, draw, equip, joining};

/// What the second department says when it comes later.
const REASON: &str = "企业当日停产，设备无法检验";
/// 45 days after the draw.
const LATER: &str = "2026-12-25";

/// The visit of a task of a single enterprise.
async fn visit(house: &House, person: Person, task: &str) -> pb::Visit {
    let request = pb::ListVisitsRequest { task: task.into(), ..Default::default() };
    house.visits(person).list_visits(request).await.unwrap().into_inner().visits.remove(0)
}

async fn letter(house: &House, person: Person, visit: &pb::Visit) -> pb::TaskLetter {
    let request = pb::GetTaskLetterRequest { name: format!("{}/letter", visit.name) };
    house.visits(person).get_task_letter(request).await.unwrap().into_inner()
}

/// The visit of food, which leads.
async fn leading(house: &House) -> pb::Visit {
    house.settle(1).await;
    house.employ(6).await;
    equip(house, 1).await;
    let lead = house.drawn("UNIFORM", 100).await.name;
    visit(house, WANG, &lead).await
}

/// The visit of special equipment, which joins it.
async fn joined(house: &House, leading: &pb::Visit) -> pb::Visit {
    let lead = leading.name.split_once("/visits/").unwrap().0;
    let joined = house.before(SUN).create_task(joining(lead, "SE")).await.unwrap().into_inner().name;
    draw(house, &joined, [SUN, QIAN]).await;
    visit(house, SUN, &joined).await
}

async fn departments_that_come_together_have_one_letter_with_one_code(house: House) {
    let food = leading(&house).await;
    let alone = letter(&house, WANG, &food).await;
    assert!(!alone.text.contains("联合检查"), "{}", alone.text);
    let equipment = joined(&house, &food).await;
    let (one, other) = (letter(&house, WANG, &food).await, letter(&house, SUN, &equipment).await);
    assert_eq!((&one.text, &one.scan_code), (&other.text, &other.scan_code));
    let task = |visit: &pb::Visit| visit.name.split_once("/visits/").unwrap().0.to_owned();
    let tasks = [task(&food), task(&equipment)];
    let named = food.inspectors.iter().chain(&equipment.inspectors).chain(&tasks);
    for part in named {
        assert!(one.text.contains(part.as_str()), "{part}: {}", one.text);
    }
    assert!(one.text.contains("同日入企") && one.text.contains("食品生产处"), "{}", one.text);

    let stale = entry(&food, &alone.scan_code, &food.inspectors[0]);
    let refused = house.visits(WANG).scan_in(stale).await.unwrap_err();
    assert_eq!(fields(&refused), ["scan_code"], "it names only half of those who come");
    for (person, visit) in [(WANG, &food), (SUN, &equipment)] {
        let request = entry(visit, &one.scan_code, &visit.inspectors[0]);
        let entered = house.visits(person).scan_in(request).await.unwrap().into_inner();
        assert_eq!((&entered.scanned_in_by, entered.apart_reason.as_str()), (&visit.inspectors[0], ""));
    }
}

async fn a_department_that_comes_on_another_day_says_why_and_everybody_sees_it(house: House) {
    let food = leading(&house).await;
    let equipment = joined(&house, &food).await;
    let code = letter(&house, WANG, &food).await.scan_code;
    house.visits(WANG).scan_in(entry(&food, &code, &food.inspectors[0])).await.unwrap();

    let silent = || entry(&equipment, &code, &equipment.inspectors[0]);
    let refused = house.visits_later(SUN).scan_in(silent()).await.unwrap_err();
    assert_eq!(fields(&refused), ["apart_reason"]);
    let said = refused.get_details_bad_request().unwrap().field_violations.remove(0).description;
    assert!(said.contains(DRAW_DAY), "{said}");
    let task = equipment.name.split_once("/visits/").unwrap().0;
    assert_eq!(visit(&house, SUN, task).await, equipment);

    let reasoned = pb::ScanInRequest { apart_reason: REASON.into(), ..silent() };
    let entered = house.visits_later(SUN).scan_in(reasoned).await.unwrap().into_inner();
    assert_eq!(entered.apart_reason, REASON);
    let result = pb::EnterResultRequest { visited_on: LATER.into(), ..enter(&equipment.name, "4") };
    let found = house.visits_later(SUN).enter_result(result).await.unwrap().into_inner();
    assert_eq!((found.apart_reason.as_str(), found.visited_on.as_str()), (REASON, LATER));
    assert_eq!(visit(&house, SUN, task).await, found);
    // Who came apart sets no day for the others.
    let on_the_day = house.visits(WANG).enter_result(enter(&food.name, "1")).await.unwrap().into_inner();
    assert_eq!(on_the_day.apart_reason, "");
    let told = house.events().await.into_iter().rfind(|event| event.header.kind.ends_with("scanned_in"));
    let told: pb::VisitEvent = prost::Message::decode(told.unwrap().payload.as_deref().unwrap()).unwrap();
    assert_eq!(told.visit.unwrap().apart_reason, REASON);
}

async fn a_result_of_another_day_needs_a_reason_and_one_of_the_same_day_takes_none(house: House) {
    let food = leading(&house).await;
    let equipment = joined(&house, &food).await;
    house.visits(WANG).enter_result(enter(&food.name, "1")).await.unwrap();
    let result = |visited_on: &str, apart_reason: &str| pb::EnterResultRequest {
        visited_on: visited_on.into(),
        apart_reason: apart_reason.into(),
        ..enter(&equipment.name, "4")
    };
    for wrong in [result("2026-11-12", ""), result(DRAW_DAY, REASON), result("2026-11-12", &"因".repeat(201))]
    {
        let refused = house.visits_later(SUN).enter_result(wrong).await.unwrap_err();
        assert_eq!(fields(&refused), ["apart_reason"]);
    }
    let task = equipment.name.split_once("/visits/").unwrap().0;
    assert_eq!(visit(&house, SUN, task).await, equipment);
    let found = house.visits_later(SUN).enter_result(result(DRAW_DAY, "")).await.unwrap().into_inner();
    assert_eq!(found.apart_reason, "");
}

async fn of_two_departments_that_enter_two_days_at_once_one_is_refused(house: House) {
    let food = leading(&house).await;
    let equipment = joined(&house, &food).await;
    let later = pb::EnterResultRequest { visited_on: "2026-11-12".into(), ..enter(&equipment.name, "4") };
    let (mut one, mut other) = (house.visits_later(WANG), house.visits_later(SUN));
    let (one, other) = tokio::join!(one.enter_result(enter(&food.name, "1")), other.enter_result(later));
    assert_ne!(one.is_ok(), other.is_ok(), "{one:?}, {other:?}");
    let refused = one.err().or(other.err()).unwrap();
    assert_eq!(fields(&refused), ["apart_reason"]);
}

db::conformance! {
    open = house;
    cases = [
        departments_that_come_together_have_one_letter_with_one_code,
        a_department_that_comes_on_another_day_says_why_and_everybody_sees_it,
        a_result_of_another_day_needs_a_reason_and_one_of_the_same_day_takes_none,
    ];
}

db::races! {
    open = house;
    cases = [of_two_departments_that_enter_two_days_at_once_one_is_refused];
}
