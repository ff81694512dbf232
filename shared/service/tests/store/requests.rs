//! Requests that come again, and how long they are remembered.

use contract::common::v1::{CountWorkRequest, CountWorkResponse};
use db::{Db, on};
use domain::RequestId;
use service::{
    Error, MIGRATIONS,
    idempotency::{self, Claim, Key},
};

use super::{METHOD, NOW};

fn id(n: u32) -> RequestId {
    RequestId::parse(&format!("6f1c0a52-0f0e-4b7e-9d57-2a0f{n:08x}")).unwrap()
}

fn key<'a>(caller: &'a str, request_id: &'a RequestId) -> Key<'a> {
    Key { caller, method: METHOD, request_id }
}

/// The body of a request; any message will do.
fn body(office: &str) -> CountWorkRequest {
    CountWorkRequest { office: office.to_owned() }
}

fn answer(open: i64) -> CountWorkResponse {
    CountWorkResponse { open, ..CountWorkResponse::default() }
}

/// One request as a handler runs it: claim, act, answer. `Ok(true)` when it acted.
async fn request(
    db: &Db,
    key: Key<'_>,
    body: &CountWorkRequest,
    result: i64,
) -> Result<(CountWorkResponse, bool), Error> {
    let mut tx = db.begin_write().await?;
    match idempotency::claim(&mut tx, &key, body, NOW).await? {
        Claim::Repeat(answer) => Ok((answer, false)),
        Claim::Fresh => {
            idempotency::store_answer(&mut tx, &key, &answer(result)).await?;
            tx.commit().await?;
            Ok((answer(result), true))
        }
    }
}

async fn a_repeated_request_gets_the_first_answer(db: Db) {
    let id = id(1);
    assert_eq!(request(&db, key("wang", &id), &body("A"), 1).await.unwrap(), (answer(1), true));
    assert_eq!(request(&db, key("wang", &id), &body("A"), 2).await.unwrap(), (answer(1), false));
}

async fn the_same_id_with_another_body_is_refused(db: Db) {
    let id = id(1);
    request(&db, key("wang", &id), &body("A"), 1).await.unwrap();
    let refused = request(&db, key("wang", &id), &body("B"), 2).await.unwrap_err();
    assert!(matches!(&refused, Error::RequestIdReused(reused) if *reused == id), "{refused:?}");
}

async fn the_same_id_of_another_caller_is_another_request(db: Db) {
    let id = id(1);
    request(&db, key("wang", &id), &body("A"), 1).await.unwrap();
    assert_eq!(request(&db, key("li", &id), &body("A"), 2).await.unwrap(), (answer(2), true));
}

async fn a_refused_request_leaves_its_id_free(db: Db) {
    let id = id(1);
    let mut tx = db.begin_write().await.unwrap();
    let claim: Claim<CountWorkResponse> =
        idempotency::claim(&mut tx, &key("wang", &id), &body("A"), NOW).await.unwrap();
    assert_eq!(claim, Claim::Fresh);
    tx.rollback().await.unwrap();
    assert_eq!(request(&db, key("wang", &id), &body("B"), 2).await.unwrap(), (answer(2), true));
}

async fn an_answer_without_a_claim_is_an_error(db: Db) {
    let mut tx = db.begin_write().await.unwrap();
    let stored = idempotency::store_answer(&mut tx, &key("wang", &id(1)), &answer(1)).await;
    assert!(matches!(stored, Err(Error::Corrupt(_))), "{stored:?}");
}

async fn old_requests_are_forgotten_and_young_ones_kept(db: Db) {
    request(&db, key("wang", &id(1)), &body("A"), 1).await.unwrap();
    assert_eq!(idempotency::purge(&db, NOW, 100).await.unwrap(), 0);
    assert_eq!(idempotency::purge(&db, NOW.plus_micros(1), 100).await.unwrap(), 1);
    assert_eq!(request(&db, key("wang", &id(1)), &body("B"), 2).await.unwrap(), (answer(2), true));
}

async fn requests_whose_answers_hold_a_text_are_forgotten_and_no_others(db: Db) {
    for n in [1, 2] {
        request(&db, key("wang", &id(n)), &body("A"), n.into()).await.unwrap();
    }
    // A number is one byte of the answer, behind the one that names its field.
    let mut tx = db.begin_write().await.unwrap();
    assert_eq!(idempotency::forget(&mut tx, "\u{2}").await.unwrap(), 1);
    assert_eq!(idempotency::forget(&mut tx, "\u{2}").await.unwrap(), 0);
    tx.commit().await.unwrap();
    assert_eq!(request(&db, key("wang", &id(1)), &body("A"), 3).await.unwrap(), (answer(1), false));
    assert_eq!(request(&db, key("wang", &id(2)), &body("A"), 3).await.unwrap(), (answer(3), true));
}

async fn a_request_whose_body_is_forgotten_by_its_answer_is_refused_when_it_comes_again(db: Db) {
    for n in [1, 2] {
        request(&db, key("wang", &id(n)), &body("A"), n.into()).await.unwrap();
    }
    let mut tx = db.begin_write().await.unwrap();
    assert_eq!(idempotency::forget_bodies(&mut tx, "\u{2}").await.unwrap(), 1);
    tx.commit().await.unwrap();
    const DIGESTS: &str = "SELECT body_hash FROM request ORDER BY request_id";
    let digests: Vec<Vec<u8>> = on!(db, |pool| sqlx::query_scalar(DIGESTS).fetch_all(pool).await).unwrap();
    assert_eq!((digests[0] == [0_u8; 32], digests[1] == [0_u8; 32]), (false, true));
    assert_eq!(request(&db, key("wang", &id(1)), &body("A"), 3).await.unwrap(), (answer(1), false));
    let refused = request(&db, key("wang", &id(2)), &body("A"), 3).await.unwrap_err();
    assert!(matches!(&refused, Error::RequestIdReused(reused) if *reused == id(2)), "{refused:?}");
}

async fn of_eight_equal_requests_at_once_exactly_one_acts(db: Db) {
    let requests: Vec<_> = (0..8)
        .map(|n| {
            let db = db.clone();
            tokio::spawn(async move {
                let id = id(1);
                loop {
                    match request(&db, key("wang", &id), &body("A"), n).await {
                        Err(Error::Contended) => {}
                        done => return done.unwrap(),
                    }
                }
            })
        })
        .collect();
    let mut answers = Vec::new();
    for request in requests {
        answers.push(request.await.unwrap());
    }
    assert_eq!(answers.iter().filter(|(_, acted)| *acted).count(), 1);
    assert!(answers.iter().all(|(answer, _)| *answer == answers[0].0), "{answers:?}");
}

db::conformance! {
    migrations = [&MIGRATIONS];
    cases = [
        a_repeated_request_gets_the_first_answer,
        the_same_id_with_another_body_is_refused,
        the_same_id_of_another_caller_is_another_request,
        a_refused_request_leaves_its_id_free,
        an_answer_without_a_claim_is_an_error,
        old_requests_are_forgotten_and_young_ones_kept,
        requests_whose_answers_hold_a_text_are_forgotten_and_no_others,
        a_request_whose_body_is_forgotten_by_its_answer_is_refused_when_it_comes_again,
    ]
}

db::races! {
    migrations = [&MIGRATIONS];
    cases = [of_eight_equal_requests_at_once_exactly_one_acts]
}
