//! Proofs of closed tasks, which are kept.

use contract::inspection::v1 as pb;

use crate::draw::published;
use crate::house::*;

async fn the_proof_of_a_task_that_was_closed_before_proofs_were_kept_is_computed_once(house: House) {
    house.settle(40).await;
    house.employ(6).await;
    let task = house.drawn("CLASS", 0).await;
    for visit in house.visits_of(&task.name).await {
        house.approve(&visit.name, "1").await;
    }
    let close = pb::CloseTaskRequest { name: task.name.clone(), request_id: id() };
    house.tasks(WANG).close_task(close).await.unwrap();
    let told = published(&house, &task.name).await.unwrap();
    forget_proofs(&house).await;
    let (one, other) = tokio::join!(published(&house, &task.name), published(&house, &task.name));
    assert_eq!((one.unwrap(), other.unwrap()), (told.clone(), told.clone()));
    assert_eq!(kept_parts(&house).await, [told.into_bytes()]);
    // What is kept is what is answered, however many parts it has.
    forget_proofs(&house).await;
    for (at, part) in [(1_i64, "ends"), (0, "begins and ")] {
        const PART: &str = "INSERT INTO public_proof_part (task, part, bytes) VALUES ($1, $2, $3)";
        db::on!(house.db, |pool| sqlx::query(PART)
            .bind(&task.name)
            .bind(at)
            .bind(part.as_bytes())
            .execute(pool)
            .await
            .map(drop))
        .unwrap();
    }
    assert_eq!(published(&house, &task.name).await.unwrap(), "begins and ends");
}

async fn a_proof_that_fits_no_message_is_read_in_parts_and_each_full_one_is_logged(house: House) {
    const KEEP: &str = "INSERT INTO public_proof_part (task, part, bytes) VALUES ($1, $2, $3)";
    house.settle(40).await;
    house.employ(6).await;
    let task = house.drawn("UNIFORM", 20).await.name;
    for visit in house.visits_of(&task).await {
        house.approve(&visit.name, "1").await;
    }
    let close = pb::CloseTaskRequest { name: task.clone(), request_id: id() };
    house.tasks(WANG).close_task(close).await.unwrap();
    let verifier = Person("zhao", "CREDIT", CITY);
    let whole = async |full: bool| {
        let purpose = if full { "复核抽签".to_owned() } else { String::new() };
        let request = pb::GetProofRequest { name: task.clone(), full, purpose };
        house.tasks(verifier).get_proof(request).await.map(|proof| proof.into_inner().file)
    };
    let parts = async |full: bool| {
        let purpose = if full { "复核抽签".to_owned() } else { String::new() };
        let request = pb::GetProofFileRequest { name: task.clone(), full, purpose };
        let mut parts = house.tasks(verifier).get_proof_file(request).await.unwrap().into_inner();
        let mut sizes = Vec::new();
        let mut file = Vec::new();
        while let Some(next) = parts.message().await.unwrap() {
            sizes.push(next.part.len());
            file.extend(next.part);
        }
        (file, sizes)
    };
    for full in [false, true] {
        assert_eq!(parts(full).await.0, whole(full).await.unwrap());
    }
    let reads = service::access_log::reads_of(&house.db, &format!("{task}/proof"), 10).await.unwrap();
    assert_eq!(reads.len(), 2, "{reads:?}");

    // A pool of a million makes as much.
    forget_proofs(&house).await;
    let part = vec![b'7'; 1 << 20];
    for at in 0_i64..5 {
        db::on!(house.db, |pool| sqlx::query(KEEP)
            .bind(&task)
            .bind(at)
            .bind(part.as_slice())
            .execute(pool)
            .await
            .map(drop))
        .unwrap();
    }
    assert_eq!(reason(&whole(false).await.unwrap_err()), "PROOF_TOO_LARGE");
    assert_eq!(parts(false).await, (vec![b'7'; 5 << 20], vec![1 << 20; 5]));
}

/// As if every task had been closed before proofs were kept.
async fn forget_proofs(house: &House) {
    db::on!(house.db, |pool| sqlx::query("DELETE FROM public_proof_part").execute(pool).await.map(drop))
        .unwrap();
}

async fn kept_parts(house: &House) -> Vec<Vec<u8>> {
    const PARTS: &str = "SELECT bytes FROM public_proof_part ORDER BY task, part";
    db::on!(house.db, |pool| sqlx::query_scalar(PARTS).fetch_all(pool).await).unwrap()
}

db::conformance! {
    open = house;
    cases = [
        the_proof_of_a_task_that_was_closed_before_proofs_were_kept_is_computed_once,
        a_proof_that_fits_no_message_is_read_in_parts_and_each_full_one_is_logged,
    ];
}
