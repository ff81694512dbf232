//! Connections that no case has, over which the schemas of cases are put away. They live as long as the program: the same schemas come back
//! to them, and what the server has once read about their tables it knows there, while each new connection reads it again.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{LazyLock, Mutex, MutexGuard};

use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Executor, PgConnection};
use tokio::runtime::{Builder, Runtime};

use super::stock;

/// Where they are served: each case has a runtime of its own, which ends with it.
static ROOM: LazyLock<Runtime> = LazyLock::new(|| {
    Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime can be built")
});

/// Those that wait for a schema: as many as there were cases at once.
fn desks() -> MutexGuard<'static, Vec<PgConnection>> {
    static DESKS: Mutex<Vec<PgConnection>> = Mutex::new(Vec::new());
    DESKS.lock().expect("nobody panics with the desks in hand")
}

/// Keeps the schema of a case that ended well for another, where it can; drops all others.
pub(super) async fn put_away(options: PgConnectOptions, schema: String, ended_well: bool) {
    let done = ROOM.spawn(async move {
        let waiting = desks().pop();
        let mut desk = match waiting {
            Some(desk) => desk,
            None => opened(&options).await,
        };
        if !ended_well || !stock::keep(&mut desk, &schema).await {
            let sql = AssertSqlSafe(format!("DROP SCHEMA {schema} CASCADE"));
            Executor::execute(&mut desk, sql).await.expect("the test schema can be dropped");
        }
        desks().push(desk);
    });
    done.await.expect("a schema can be put away");
}

/// A new one. The first also drops what programs before this one have left.
async fn opened(options: &PgConnectOptions) -> PgConnection {
    static DROPPED: AtomicBool = AtomicBool::new(false);
    let mut desk = options.connect().await.expect("the PostgreSQL server answers");
    if !DROPPED.swap(true, Ordering::Relaxed) {
        stock::drop_old(&mut desk).await;
    }
    desk
}
