//! Who stands in a pool, and with which chance, by what other services tell.

use std::collections::BTreeMap;

use contract::inspection::v1 as pb;
use db::on;
use inspection::store::{CheckRow, MarkRow, MeasureRow, OtherCheck, put_checks, put_marks, put_measures};

use crate::house::*;
use crate::plans::{ZHAO, drafted, published, visits, with_cap};

/// Supervises special equipment.
const SUN: Person = Person("sun", "SE_SUPERV", CITY);

/// The numbers of the enterprises in the announced pool of a task, each with its ratio.
async fn pool(house: &House, task: &str) -> BTreeMap<usize, (i64, i64)> {
    const SQL: &str = "
        SELECT o.object, s.p, s.q FROM pool_object o JOIN pool_stratum s ON s.task = o.task AND s.stratum = o.stratum
        WHERE o.task = $1";
    let rows: Vec<(String, i64, i64)> =
        on!(house.db, |pool| sqlx::query_as(SQL).bind(task).fetch_all(pool).await).unwrap();
    let number = |object: &str| (0..20).find(|at| uscc(*at).as_str() == object).unwrap();
    rows.into_iter().map(|(object, p, q)| (number(&object), (p, q))).collect()
}

async fn in_pool(house: &House, task: &str) -> Vec<usize> {
    pool(house, task).await.into_keys().collect()
}

fn measure(number: usize, at: usize, code: &str, starts_on: Option<&str>) -> MeasureRow {
    MeasureRow {
        measure: format!("measures/{number}"),
        uscc: uscc(at).to_string(),
        code: code.into(),
        starts_on: starts_on.map(|day| day.parse().unwrap()),
    }
}

async fn tell_measures(house: &House, rows: Vec<MeasureRow>) {
    let mut tx = house.db.begin_write().await.unwrap();
    put_measures(&mut tx, rows).await.unwrap();
    tx.commit().await.unwrap();
}

fn check(at: usize, field: &str, checked_on: &str) -> OtherCheck {
    OtherCheck {
        uscc: uscc(at).to_string(),
        field: field.into(),
        checked_on: checked_on.parse().unwrap(),
        superior: false,
        mode: String::new(),
    }
}

async fn tell_checks(house: &House, checks: Vec<OtherCheck>) {
    let row = |(number, check)| CheckRow { record: format!("records/{number}"), check: Some(check) };
    let mut tx = house.db.begin_write().await.unwrap();
    put_checks(&mut tx, checks.into_iter().enumerate().map(row).collect()).await.unwrap();
    tx.commit().await.unwrap();
}

/// The second and the seventh enterprise are of one class.
async fn key_supervision_raises_the_ratio_while_its_measure_is_in_force(house: House) {
    house.settle(10).await;
    house.employ(4).await;
    let rows = vec![
        measure(1, 2, "KeySupervision", Some("2026-11-09")),
        measure(2, 7, "KeySupervision", Some("2026-11-10")),
        measure(3, 7, "StrictPermitReview", Some("2026-01-05")),
    ];
    tell_measures(&house, rows).await;
    let ratios = pool(&house, &house.announced("CLASS", 0).await.name).await;
    let ((p, q), (ordinary_p, ordinary_q)) = (ratios[&2], ratios[&7]);
    assert_eq!(
        p * ordinary_q,
        2 * ordinary_p * q,
        "one begins tomorrow, one bears on no inspection: {ratios:?}"
    );

    tell_measures(&house, vec![measure(1, 2, "KeySupervision", None)]).await;
    let ratios = pool(&house, &house.announced("CLASS", 0).await.name).await;
    assert_eq!(ratios[&2], ratios[&7], "it has ended");
}

async fn what_a_higher_body_has_checked_is_drawn_again_after_three_months_or_where_the_law_asks_for_it(
    house: House,
) {
    house.settle(4).await;
    house.employ(4).await;
    let superior = |at, on| OtherCheck { superior: true, ..check(at, "FOOD", on) };
    let checks = vec![superior(0, "2026-08-10"), superior(1, "2026-08-09"), check(2, "FOOD", "2026-11-02")];
    tell_checks(&house, checks).await;
    let drawn = house.announced("UNIFORM", 100).await;
    assert_eq!(in_pool(&house, &drawn.name).await, [1, 2, 3]);

    let plan = published(&house, &drafted(&house, 2026, 100).await.name).await.name;
    let planned = visits(&house, &plan).await;
    let full_check = planned.iter().find(|visit| visit.uscc == uscc(0).to_string()).unwrap();
    assert_eq!(full_check.full_check_fields, ["FOOD"]);
    let request = pb::CreatePlannedTasksRequest { plan, month: full_check.month, request_id: id() };
    let tasks = house.plans(ZHAO).create_planned_tasks(request).await.unwrap().into_inner().tasks;
    let task = tasks.iter().find(|task| task.plan_item.ends_with("-FOOD-FOOD")).unwrap();
    house.before(WANG).announce_draw(announce(&task.name)).await.unwrap();
    assert!(in_pool(&house, &task.name).await.contains(&0));
}

async fn after_a_check_of_its_new_licence_equipment_is_not_drawn_in_the_same_year(house: House) {
    house.settle(3).await;
    let mark = |at| MarkRow { uscc: uscc(at).to_string(), field: "SE".into(), in_force: true };
    let mut tx = house.db.begin_write().await.unwrap();
    put_marks(&mut tx, (0..3).map(mark).collect()).await.unwrap();
    tx.commit().await.unwrap();
    let mut new = inspector(50, "SE_SUPERV");
    new.inspector.as_mut().unwrap().fields = vec!["SE".into()];
    house.inspectors(SUN).register_inspector(new).await.unwrap();
    let made = |mode: &str, at, on| OtherCheck { mode: mode.into(), ..check(at, "SE", on) };
    let checks = vec![
        made("PostLicence", 0, "2026-03-02"),
        made("PostLicence", 1, "2025-12-30"),
        made("Regular", 2, "2026-03-02"),
    ];
    tell_checks(&house, checks).await;
    let mut request = task("UNIFORM", 100);
    let new = request.task.as_mut().unwrap();
    (new.field, new.lead_office) = ("SE".into(), "SE_SUPERV".into());
    let name = house.before(SUN).create_task(request).await.unwrap().into_inner().name;
    house.before(SUN).announce_draw(announce(&name)).await.unwrap();
    assert_eq!(in_pool(&house, &name).await, [1, 2]);
}

async fn a_check_on_a_clue_uses_up_no_place_of_the_cap(house: House) {
    let house = house_by(house.db, with_cap(1)).await;
    house.settle(2).await;
    house.employ(4).await;
    let on_a_clue = OtherCheck { mode: "Unannounced".into(), ..check(0, "", "2026-03-02") };
    tell_checks(&house, vec![on_a_clue, check(1, "", "2026-03-02")]).await;
    let drawn = house.announced("UNIFORM", 100).await;
    assert_eq!(in_pool(&house, &drawn.name).await, [0]);
}

db::conformance! {
    open = house;
    cases = [
        key_supervision_raises_the_ratio_while_its_measure_is_in_force,
        what_a_higher_body_has_checked_is_drawn_again_after_three_months_or_where_the_law_asks_for_it,
        after_a_check_of_its_new_licence_equipment_is_not_drawn_in_the_same_year,
        a_check_on_a_clue_uses_up_no_place_of_the_cap,
    ];
}
