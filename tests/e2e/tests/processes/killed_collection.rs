//! Collection as a process over PostgreSQL, killed at any moment of an import: it keeps what it acknowledged, and a client that
//! sends the rest again doubles nothing.

use std::path::Path;

use domain::MicrosUtc;
use e2e::ledger::{Ledger, Moment};
use e2e::people::People;
use e2e::postgres::Schemas;
use e2e::process::{Program, free_port, loopback};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use standalone::clients::Addresses;
use standalone::house::ServiceToken;

/// Times that the process is killed.
const KILLS: usize = 20;
/// Rows of one message.
const ROWS: usize = 50;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs TEST_POSTGRES_URL"]
async fn a_process_killed_twenty_times_during_an_import_keeps_every_acknowledged_record_once() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let schemas = Schemas::new(&["collection"]);
    let mut random = ChaCha8Rng::seed_from_u64(20);
    let mut ledger = Ledger::default();
    for _ in 0..KILLS {
        let (program, people) = start(folder.path(), &schemas).await;
        ledger.check(&people).await;
        ledger.import_until(&people, ROWS, Moment::random(&mut random), || program.kill()).await;
    }
    assert!(ledger.acknowledged() > 0, "no message was acknowledged before a kill");

    let (program, people) = start(folder.path(), &schemas).await;
    ledger.import(&people).await;
    assert_eq!((ledger.pending(), ledger.acknowledged()), (0, ledger.offered()));
    ledger.check(&people).await;
    assert_eq!(program.stop().await.code(), Some(0));

    let db = schemas.open("collection").await;
    let verified = outbox::verify(&db, 1, i64::MAX).await;
    db.close().await;
    assert!(verified.expect("the chain is sound").to > 0, "the chain is empty");
}

/// One life of the process.
async fn start(folder: &Path, schemas: &Schemas) -> (Program, People) {
    let (_, files) = ServiceToken::prepare(folder, MicrosUtc::now()).expect("keys can be made");
    let listen = loopback(free_port());
    let database = schemas.url("collection");
    let jwks = files.jwks.display().to_string();
    let flags = ["--listen", &listen, "--database", &database, "--jwks", &jwks, "--log", "error"];
    let flags: Vec<String> = flags.into_iter().map(str::to_owned).collect();
    let mut program = Program::start("collection", &flags);
    let address = format!("http://{listen}");
    program.until_serving(&address).await;
    (program, People::of(alone(&address), folder))
}

/// One service at `address` and nothing else.
fn alone(address: &str) -> Addresses {
    let address = || address.to_owned();
    Addresses {
        registry: address(),
        collection: address(),
        risk: address(),
        inspection: address(),
        punishment: address(),
        gateway: address(),
        public: address(),
    }
}
