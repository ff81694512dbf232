//! A PostgreSQL server that speaks TLS: what is said to it is encrypted, and another in its place is refused.

use std::path::Path;

use db::{DatabaseUrl, Db, Engine};
use service::outcome::one_line;
use service::testing::Certificates;

/// The address of the server, to be trusted by whom the certificates in `ca` vouch for.
fn verified(ca: &Path) -> DatabaseUrl {
    let server = e2e::variable("TEST_POSTGRES_URL").expect("TEST_POSTGRES_URL names a PostgreSQL database");
    let place = server.split('?').next().expect("a text has a first part");
    let url = format!("{place}?sslmode=verify-full&sslrootcert={}&pool=1", ca.display());
    url.parse().expect("it is still the address of a database")
}

#[tokio::test]
#[ignore = "needs TEST_POSTGRES_URL and TEST_TLS_CA"]
async fn a_database_that_is_asked_over_tls_says_so_itself() {
    let ca = e2e::variable("TEST_TLS_CA").expect("TEST_TLS_CA names the authority of the server");
    let db = Db::open(&verified(Path::new(&ca))).await.unwrap();
    let Engine::Postgres(pool) = db.engine() else { panic!("TEST_POSTGRES_URL names another database") };
    let encrypted: bool = sqlx::query_scalar("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
        .fetch_one(pool)
        .await
        .unwrap();
    assert!(encrypted, "what is said to the server can be read on its way");
    db.close().await;
}

#[tokio::test]
#[ignore = "needs TEST_POSTGRES_URL and openssl in the PATH"]
async fn a_database_with_a_certificate_of_another_authority_is_refused() {
    let others = Certificates::new(&["postgres"], "{}");
    let refused = Db::open(&verified(&others.file("postgres", "ca.pem"))).await.unwrap_err();
    let said = one_line(&refused);
    assert!(said.contains("cannot open the database") && said.contains("invalid peer certificate"), "{said}");
}
