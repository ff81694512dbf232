//! The announced round lies ahead, and nobody enters figures before their round has taken place.

use contract::inspection::v1 as pb;
use rulebook::Rulebook;

use crate::house::*;

async fn get(house: &House, name: &str) -> pb::Task {
    let request = pb::GetTaskRequest { name: name.to_owned() };
    house.tasks(WANG).get_task(request).await.unwrap().into_inner()
}

/// A task that nothing was announced for, in a house that has somebody to draw and to send.
async fn created(house: &House) -> pb::Task {
    house.settle(8).await;
    house.employ(6).await;
    house.before(WANG).create_task(task("UNIFORM", 50)).await.unwrap().into_inner()
}

async fn a_round_that_has_taken_place_is_refused_and_the_task_is_as_it_was(house: House) {
    let created = created(&house).await;
    let announce = announce(&created.name);
    let seconds = DRAW_SECONDS - 13 * 3_600;
    let evening = Some(prost_types::Timestamp { seconds, nanos: 0 });
    let refusals = [
        (pb::AnnounceDrawRequest { entropy_round: "2026299".into(), ..announce.clone() }, "entropy_round"),
        (pb::AnnounceDrawRequest { entropy_round: "300".into(), ..announce.clone() }, "entropy_round"),
        (pb::AnnounceDrawRequest { fallback_round: "2026299".into(), ..announce.clone() }, "fallback_round"),
        (pb::AnnounceDrawRequest { round_on: "2026-11-10".into(), ..announce.clone() }, "round_on"),
        (pb::AnnounceDrawRequest { round_on: "10.11.2026".into(), ..announce.clone() }, "round_on"),
        (pb::AnnounceDrawRequest { draw_time: evening, ..announce.clone() }, "draw_time"),
    ];
    for (request, field) in refusals {
        let request = pb::AnnounceDrawRequest { request_id: id(), ..request };
        let refused = house.before(WANG).announce_draw(request).await.unwrap_err();
        assert_eq!(fields(&refused), [field], "{refused}");
        assert_eq!(get(&house, &created.name).await, created);
    }
    let announced = house.before(WANG).announce_draw(announce).await.unwrap().into_inner();
    // 2026-11-09 and 2026-11-10, 21:15 in Shanghai.
    let seconds = |at: Option<prost_types::Timestamp>| at.unwrap().seconds - DRAW_SECONDS;
    assert_eq!(seconds(announced.round_time), -12 * 3_600 - 45 * 60);
    assert_eq!(seconds(announced.fallback_time), 11 * 3_600 + 15 * 60);
}

async fn without_a_calendar_only_a_round_that_cannot_have_taken_place_is_announced_on_a_day_that_is_stated(
    house: House,
) {
    let house = house_without_rounds(house.db, Rulebook::builtin()).await;
    let created = created(&house).await;
    // The moment of the announcement is the 313th day of the year, before the figures of that day; of ten days it is known that nothing is
    // drawn on them, and not whether there are more.
    let announcing = |round: &str, round_on: &str| pb::AnnounceDrawRequest {
        entropy_round: round.into(),
        fallback_round: "2026304".into(),
        round_on: round_on.into(),
        ..announce(&created.name)
    };
    let refused = async |round: &str, round_on: &str| {
        let refused = house.before(WANG).announce_draw(announcing(round, round_on)).await.unwrap_err();
        assert_eq!(get(&house, &created.name).await, created);
        fields(&refused)
    };
    assert_eq!(refused("2026302", "2026-11-09").await, ["entropy_round"], "it can be that of yesterday");
    assert_eq!(refused("2026303", "").await, ["round_on"]);
    assert_eq!(refused("2026303", "2026-11-08").await, ["round_on"]);
    assert_eq!(refused("2026303", "2026-11-10").await, ["draw_time"], "the round comes after the draw");
    house.before(WANG).announce_draw(announcing("2026303", "2026-11-09")).await.unwrap();
}

async fn a_source_for_demonstrations_is_announced_only_where_these_are_given(house: House) {
    let created = created(&house).await;
    let demonstration = || pb::AnnounceDrawRequest {
        entropy_source: "demo-beacon".into(),
        entropy_round: "1".into(),
        fallback_round: "2".into(),
        ..announce(&created.name)
    };
    let refused = house.before(WANG).announce_draw(demonstration()).await.unwrap_err();
    assert_eq!(fields(&refused), ["entropy_source"]);
    assert_eq!(get(&house, &created.name).await, created);
    let stage = house_for_demonstrations(house.db).await;
    let announced = stage.before(WANG).announce_draw(demonstration()).await.unwrap().into_inner();
    assert!(announced.announcement.contains("entropy_source: demo-beacon\n"), "{}", announced.announcement);
}

async fn more_or_fewer_figures_than_the_source_gives_are_refused(house: House) {
    let name = created(&house).await.name;
    let announced = house.before(WANG).announce_draw(announce(&name)).await.unwrap().into_inner();
    for wrong in ["4 2", "4 2 3 3"] {
        let wrong = pb::RecordEntropyRequest { published_figures: wrong.into(), ..figures(&name) };
        let refused = house.tasks(LI).record_entropy(wrong).await.unwrap_err();
        assert_eq!(fields(&refused), ["published_figures"]);
        assert_eq!(get(&house, &name).await, announced);
    }
}

db::conformance! {
    open = house;
    cases = [
        a_round_that_has_taken_place_is_refused_and_the_task_is_as_it_was,
        without_a_calendar_only_a_round_that_cannot_have_taken_place_is_announced_on_a_day_that_is_stated,
        a_source_for_demonstrations_is_announced_only_where_these_are_given,
        more_or_fewer_figures_than_the_source_gives_are_refused,
    ];
}
