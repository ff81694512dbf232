//! The search for the records of a person by name asks an index, and reads neither what stands under a code nor what is called otherwise.

use collection::store::Store;
use contract::collection::v1 as pb;
use db::on;
use service::erasure::{bare, bare_sql};

use super::fixture::*;

/// How the database finds those who are called so, by the condition and the order of `records_called`.
async fn plan_of(store: &Store, called: &str) -> String {
    let condition = bare_sql("r.party_name");
    let sql = format!(
        "SELECT r.id FROM record r WHERE (r.uscc IS NULL OR r.state = 'Withdrawn') AND r.erased_us IS NULL AND {condition} = '{called}'
         ORDER BY r.decided_on DESC, r.rowid DESC LIMIT 51"
    );
    plan(store, &sql).await
}

async fn a_name_is_looked_up_in_an_index_of_what_stands_under_no_code(store: Store) {
    let named = |n: usize| pb::Record {
        party_name: format!("王二小{n}"),
        ..inspection(&format!("检{n}"), "", "2026-02-25")
    };
    import(&store, 1, (0..600).map(named).collect()).await.unwrap();
    // Without figures of its own, PostgreSQL takes every table for a small one.
    on!(store.db(), |pool| sqlx::query("ANALYZE record").execute(pool).await.map(drop)).unwrap();
    let plan = plan_of(&store, &bare("王二小 7")).await;
    assert!(plan.contains("record_called"), "{plan}");
    let legal = officer("LEGAL", "370100");
    let found = store.records_called(&bare("王二·小 7"), (9, ""), &legal.scope(), today()).await.unwrap();
    let numbers: Vec<_> = found.records.into_iter().map(|record| record.document_no).collect();
    assert_eq!(numbers, ["检7"]);
}

db::conformance! {
    open = open;
    cases = [a_name_is_looked_up_in_an_index_of_what_stands_under_no_code]
}
