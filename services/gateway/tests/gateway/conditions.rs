//! Headers that a path may not be able to keep: they are refused, never passed over.

use service::testing::token;

use crate::house::House;

#[tokio::test]
async fn a_condition_that_a_path_cannot_keep_is_refused() {
    let house = House::alone().await;
    for (condition, value) in [("if-match", "\"3\""), ("if-none-match", "*")] {
        let answer = house.post_as_officer("/v1/marks:confirm", &[(condition, value)]).await;
        assert_eq!((answer.status, answer.reason()), (400, "INVALID_FIELDS"));
        assert_eq!(answer.body["error"]["details"][1]["fieldViolations"][0]["field"], condition);
    }
}

#[tokio::test]
async fn a_read_without_a_version_is_answered_to_who_asks_for_any_and_not_for_one() {
    let house = House::alone().await;
    let read = async |path: &str, condition: &str| {
        let answer = house.get_outside(path, &[("if-match", condition)]).await;
        (answer.status, answer.reason().to_owned())
    };
    assert_eq!(read("/public/v1/parameters", "*").await, (200, String::new()));
    assert_eq!(read("/public/v1/parameters", "\"3\"").await, (412, "ETAG_MISMATCH".to_owned()));
    let refused = read("/public/v1/parameters?pageSize=-1", "\"3\"").await;
    assert_eq!(
        refused,
        (400, "INVALID_FIELDS".to_owned()),
        "what is refused anyway is refused by its reason"
    );
}

#[tokio::test]
async fn the_id_of_an_event_of_another_stream_is_refused() {
    let house = House::alone().await;
    let token = token("SYSTEM", &["370100"]);
    let answer = house.get_with("/registry/v1/events:subscribe", &token, &[("last-event-id", "x")]).await;
    assert_eq!((answer.status, answer.reason()), (400, "INVALID_FIELDS"));
    assert_eq!(answer.body["error"]["details"][1]["fieldViolations"][0]["field"], "last-event-id");
}

#[tokio::test]
async fn of_two_keys_of_one_request_none_is_taken() {
    let house = House::alone().await;
    let keys = [("idempotency-key", "a"), ("idempotency-key", "b")];
    let answer = house.post_as_officer("/v1/records/1:withdraw", &keys).await;
    assert_eq!((answer.status, answer.reason()), (400, "INVALID_FIELDS"));
    assert_eq!(answer.body["error"]["details"][1]["fieldViolations"][0]["field"], "idempotency-key");
}
