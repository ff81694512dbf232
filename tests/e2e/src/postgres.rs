//! PostgreSQL schemas of one test: made by the services that open them, dropped with the test.

use db::{DatabaseUrl, Db, Engine};
use sqlx::AssertSqlSafe;

/// The schemas of one test on the server that `TEST_POSTGRES_URL` names, one a service. Dropped when this is dropped: keep it
/// longer than the processes that use it.
#[derive(Debug)]
pub struct Schemas {
    server: String,
    prefix: String,
    services: Vec<&'static str>,
}

impl Schemas {
    /// Names for new schemas of `services`; nothing is made yet.
    pub fn new(services: &[&'static str]) -> Self {
        let server =
            crate::variable("TEST_POSTGRES_URL").expect("TEST_POSTGRES_URL names a PostgreSQL database");
        let prefix = format!("e2e_{}", uuid::Uuid::new_v4().simple());
        Self { server, prefix, services: services.to_vec() }
    }

    /// Address of the database of a service, as its flag takes it.
    pub fn url(&self, service: &str) -> String {
        let sign = if self.server.contains('?') { '&' } else { '?' };
        format!("{}{sign}schema={}", self.server, self.name(service))
    }

    /// The database of a service.
    pub async fn open(&self, service: &str) -> Db {
        Db::open(&address(&self.url(service))).await.expect("the schema of a service opens")
    }

    /// The databases of all services, each with the name of its service.
    pub fn addresses(&self) -> Vec<(&'static str, DatabaseUrl)> {
        self.services.iter().map(|service| (*service, address(&self.url(service)))).collect()
    }

    fn name(&self, service: &str) -> String {
        format!("{}_{service}", self.prefix)
    }
}

impl Drop for Schemas {
    fn drop(&mut self) {
        let names: Vec<String> = self.services.iter().map(|service| self.name(service)).collect();
        let server = address(&self.server);
        // A test may end by a panic within its runtime, where nothing can be waited for: the clean-up has a thread of its own.
        let cleaner = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime can be built").block_on(drop_all(&server, &names));
        });
        if cleaner.join().is_err() && !std::thread::panicking() {
            panic!("the schemas of this test could not be dropped");
        }
    }
}

fn address(url: &str) -> DatabaseUrl {
    url.parse().expect("TEST_POSTGRES_URL is a database address")
}

async fn drop_all(server: &DatabaseUrl, names: &[String]) {
    let db = Db::open(server).await.expect("the PostgreSQL server still answers");
    let Engine::Postgres(pool) = db.engine() else { panic!("TEST_POSTGRES_URL names another database") };
    for name in names {
        let sql = AssertSqlSafe(format!("DROP SCHEMA IF EXISTS {name} CASCADE"));
        sqlx::query(sql).execute(pool).await.expect("a schema of this test can be dropped");
    }
    db.close().await;
}
