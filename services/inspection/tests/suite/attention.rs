//! Key attention in view of those who plan and visit (R13): shown to who may read flags, noted, and told to nobody else.

use contract::inspection::v1 as pb;
use inspection::store::{AttentionRow, put_attention};
use service::access_log::reads_of;

use crate::house::*;
use crate::plans::{ZHAO, drafted};

/// Works on plans and tasks, and reads no flags.
const QIAN: Person = Person("qian", "LEGAL", CITY);
/// Reads flags, elsewhere.
const ZHOU: Person = Person("zhou", "CREDIT", &["370116"]);

fn flag(at: usize, field: &str, on_until: &str) -> AttentionRow {
    AttentionRow {
        flag: format!("flags/{at}-{field}"),
        uscc: uscc(at).to_string(),
        field: field.into(),
        on_until: Some(on_until.parse().unwrap()),
    }
}

async fn flagged(house: &House, flags: Vec<AttentionRow>) {
    let mut tx = house.db.begin_write().await.unwrap();
    put_attention(&mut tx, flags).await.unwrap();
    tx.commit().await.unwrap();
}

async fn key_attention_is_shown_beside_planned_visits_to_who_may_read_flags(house: House) {
    house.settle(3).await;
    // Today is 2026-11-09; the last day counts.
    let flags = [flag(0, "FOOD", "2026-11-09"), flag(0, "SE", "2027-01-31"), flag(1, "FOOD", "2026-11-08")];
    flagged(&house, flags.into()).await;
    let plan = drafted(&house, 2027, 100).await.name;
    let seen_by = async |person: Person| {
        let request = pb::ListPlannedVisitsRequest { plan: plan.clone(), ..Default::default() };
        let visits = house.plans(person).list_planned_visits(request).await.unwrap().into_inner().visits;
        let of = |at: usize| {
            let mut own = visits.iter().filter(|visit| visit.uscc == uscc(at).to_string());
            own.next().expect("everybody is visited").attention_fields.clone()
        };
        [0, 1, 2].map(of)
    };
    assert_eq!(seen_by(WANG).await.map(|fields| fields.concat()), ["FOOD", "", ""], "its own field");
    assert_eq!(seen_by(ZHAO).await[0], ["FOOD", "SE"]);
    for other in [ZHOU, QIAN] {
        assert_eq!(seen_by(other).await.concat(), [""; 0], "another division, or no right to read flags");
    }
    let reads = reads_of(&house.db, "plans/2027-1/visits", 10).await.unwrap();
    assert_eq!(reads.len(), 4, "each read is noted");
}

async fn the_visits_of_a_task_tell_who_has_key_attention_and_other_lists_do_not(house: House) {
    house.settle(3).await;
    house.employ(4).await;
    // Today is the day of the draw, 2026-11-10.
    let flags = [flag(0, "FOOD", "2026-11-10"), flag(1, "SE", "2027-01-31"), flag(2, "FOOD", "2026-11-09")];
    flagged(&house, flags.into()).await;
    let task = house.drawn("UNIFORM", 100).await.name;
    let seen_by = async |person: Person, request: pb::ListVisitsRequest| {
        let visits = house.visits(person).list_visits(request).await.unwrap().into_inner().visits;
        assert!(!visits.is_empty());
        let seen = visits.into_iter().filter(|visit| visit.key_attention);
        seen.map(|visit| visit.uscc).collect::<Vec<_>>()
    };
    let of_task = pb::ListVisitsRequest { task: task.clone(), ..Default::default() };
    assert_eq!(seen_by(WANG, of_task.clone()).await, [uscc(0).to_string()]);
    let one_of_task = pb::ListVisitsRequest { uscc: uscc(0).to_string(), ..of_task.clone() };
    assert_eq!(seen_by(QIAN, of_task).await, [""; 0], "LEGAL reads visits, not flags");
    assert_eq!(seen_by(LI, one_of_task).await, [uscc(0).to_string()]);
    let of_one = pb::ListVisitsRequest { uscc: uscc(0).to_string(), ..Default::default() };
    assert_eq!(seen_by(WANG, of_one).await, [""; 0], "a list that is kept elsewhere says nothing");
    let reads = reads_of(&house.db, &format!("{task}/visits"), 10).await.unwrap();
    assert_eq!(reads.iter().map(|read| read.reader.as_str()).collect::<Vec<_>>(), ["wang"]);
    let of_one = reads_of(&house.db, &format!("enterprises/{}/flags/-", uscc(0)), 10).await.unwrap();
    assert_eq!(of_one.iter().map(|read| read.reader.as_str()).collect::<Vec<_>>(), ["li"]);
}

db::conformance! {
    open = house;
    cases = [
        key_attention_is_shown_beside_planned_visits_to_who_may_read_flags,
        the_visits_of_a_task_tell_who_has_key_attention_and_other_lists_do_not,
    ];
}
