//! Records are looked up in indexes, by the digits of an id or by the code of a party, however many records there are.

use collection::store::Store;
use contract::collection::v1 as pb;
use db::{Engine, on};

use super::fixture::*;

async fn a_record_is_looked_up_by_its_key(store: Store) {
    let inspections: Vec<pb::Record> =
        (0..600).map(|n| inspection(&format!("检{n}"), "", "2026-02-25")).collect();
    import(&store, 1, inspections).await.unwrap();
    // Without figures of its own, PostgreSQL takes every table for a small one.
    on!(store.db(), |pool| sqlx::query("ANALYZE record").execute(pool).await.map(drop)).unwrap();
    let id = "0123456789abcdef".repeat(2);
    let plan = plan(&store, &format!("SELECT r.state FROM record r WHERE r.key = unhex('{id}')")).await;
    // The names that the engines give to the index of a primary key.
    let is_by_key = ["sqlite_autoindex_record_1", "record_pkey"].iter().any(|index| plan.contains(index));
    assert!(is_by_key, "{plan}");
}

async fn the_records_of_a_party_are_looked_up_by_its_code(store: Store) {
    let of = |n| if n == 300 { FOOD } else { "" };
    let inspections: Vec<pb::Record> =
        (0..600).map(|n| inspection(&format!("检{n}"), of(n), "2026-02-25")).collect();
    import(&store, 1, inspections).await.unwrap();
    // By its figures, SQLite would take one of two keys for half of the rows.
    if let Engine::Postgres(pool) = store.db().engine() {
        sqlx::query("ANALYZE record").execute(pool).await.unwrap();
    }
    // As the macro `under` of the store has it.
    let under =
        format!("substr(r.uscc, 13, 6) = substr('{FOOD}', 13, 6) AND r.uscc = CAST('{FOOD}' AS TEXT)");
    let plan = plan(&store, &format!("SELECT r.state FROM record r WHERE {under}")).await;
    assert!(plan.contains("record_by_party"), "{plan}");
}

async fn a_key_and_the_digits_of_its_id_say_the_same(store: Store) {
    const SQL: &str = "SELECT COUNT(*) FROM record WHERE key = unhex(id) AND length(id) = 32";
    import(&store, 1, vec![inspection("检1", "", "2026-02-25"), inspection("检2", "", "2026-02-25")])
        .await
        .unwrap();
    let same: i64 = on!(store.db(), |pool| sqlx::query_scalar(SQL).fetch_one(pool).await).unwrap();
    assert_eq!(same, 2);
}

db::conformance! {
    open = open;
    cases = [
        a_record_is_looked_up_by_its_key,
        the_records_of_a_party_are_looked_up_by_its_code,
        a_key_and_the_digits_of_its_id_say_the_same,
    ]
}
