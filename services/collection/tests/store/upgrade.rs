//! What was kept by an earlier release stands after the tables are made anew.

use collection::store::MIGRATIONS;
use db::{Db, Engine, Migrations, on};

/// The tables as they were before a penalty could be another province's.
const BEFORE: &str = "0291_ticket_text";
/// The step that makes the table of records anew for it.
const ANEW: &str = "0292_province_push";

/// The last step before records were found by the bytes of their keys.
const BY_DIGITS: &str = "0391_record_of_party";

/// The steps up to the one of this name.
fn up_to(last: &str) -> Migrations {
    let steps = MIGRATIONS.steps();
    let at = steps.iter().position(|step| step.name() == last).unwrap();
    Migrations::new(&steps[..=at])
}

async fn migrate(db: &Db, own: &Migrations) {
    db.migrate(&[&outbox::MIGRATIONS, &service::MIGRATIONS, &exchange::MIGRATIONS, own]).await.unwrap();
}

/// The indexes of records as they were defined, without the order of blanks.
async fn indexes(db: &Db) -> Vec<String> {
    const SQLITE: &str = "
        SELECT sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'record' AND sql IS NOT NULL ORDER BY name";
    const POSTGRES: &str = "
        SELECT indexdef FROM pg_indexes WHERE tablename = 'record' AND schemaname = current_schema() ORDER BY indexname";
    let mut tx = db.begin_read().await.unwrap();
    let found: Vec<String> = match tx.engine() {
        Engine::Sqlite(conn) => sqlx::query_scalar(SQLITE).fetch_all(conn).await.unwrap(),
        Engine::Postgres(conn) => sqlx::query_scalar(POSTGRES).fetch_all(conn).await.unwrap(),
    };
    found.iter().map(|sql| sql.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

/// Names of the indexes of records.
async fn names_of_indexes(db: &Db) -> Vec<String> {
    let name = |sql: &String| {
        sql.split_once(" INDEX ").and_then(|(_, rest)| rest.split(' ').next()).map(str::to_owned)
    };
    indexes(db).await.iter().filter_map(name).collect()
}

/// Place, id and everything that a step may add to a record.
type Kept = (i64, String, String, Option<i64>, String, String, Option<i64>);

async fn kept(db: &Db) -> Vec<Kept> {
    const SQL: &str = "
        SELECT rowid, id, state, publish_at_us, objection, suspended_by, erased_us FROM record ORDER BY rowid";
    on!(db, |pool| sqlx::query_as(SQL).fetch_all(pool).await).unwrap()
}

async fn records_keep_their_place_their_columns_and_their_indexes(db: Db) {
    const TAKE: &str = "
        INSERT INTO record (id, kind, uscc, party_name, field, division, producer, document_no, decided_on, state, origin, revision,
            received_us, content, publish_at_us, objection, suspended_by, erased_us)
        VALUES ($1, 'penalty', '91370102MA3C00011F', '某厂', 'FOOD', '', '某局', '罚1', '2026-02-27', $2, '', 3, 7, $3, 9, $4, $5, 11)";
    const GAP: &str = "DELETE FROM record WHERE state = 'Expired'";
    migrate(&db, &up_to(BEFORE)).await;
    let content: &[u8] = &[];
    // Ids in another order than that in which they were taken, and a place that is free.
    for (sign, state) in [("c", "Expired"), ("b", "Objected"), ("a", "Unmatched")] {
        let (id, objection, remedy) = (sign.repeat(32), "d".repeat(32), "e".repeat(32));
        on!(&db, |pool| sqlx::query(TAKE)
            .bind(id.as_str())
            .bind(state)
            .bind(content)
            .bind(objection.as_str())
            .bind(remedy.as_str())
            .execute(pool)
            .await
            .map(drop))
        .unwrap();
    }
    on!(&db, |pool| sqlx::query(GAP).execute(pool).await.map(drop)).unwrap();
    let before = (kept(&db).await, indexes(&db).await);
    assert_eq!((before.0.len(), before.0[0].0), (2, 2));
    migrate(&db, &up_to(ANEW)).await;
    assert_eq!((kept(&db).await, indexes(&db).await), before);
    migrate(&db, &up_to(BY_DIGITS)).await;
    let names = names_of_indexes(&db).await;
    migrate(&db, &MIGRATIONS).await;
    assert_eq!((kept(&db).await, names_of_indexes(&db).await), (before.0, names));
    const FOUND: &str = "SELECT state FROM record WHERE key = unhex($1)";
    let id = "b".repeat(32);
    let state: String =
        on!(&db, |pool| sqlx::query_scalar(FOUND).bind(id.as_str()).fetch_one(pool).await).unwrap();
    assert_eq!(state, "Objected", "it is found by the digits of its id");
}

db::conformance![records_keep_their_place_their_columns_and_their_indexes];
