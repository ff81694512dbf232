//! Databases for one round each.

use std::path::PathBuf;

use db::{DatabaseUrl, Db, Engine};
use sqlx::AssertSqlSafe;

/// Where databases are made.
pub(crate) enum Places {
    /// Files in a folder.
    Sqlite(PathBuf),
    /// Schemas of a server.
    Postgres(DatabaseUrl),
}

/// An empty database for one round.
pub(crate) struct Place {
    /// As a service's configuration takes it.
    pub(crate) url: DatabaseUrl,
    schema: Option<String>,
}

impl Places {
    /// A new one; nothing is in it.
    pub(crate) async fn fresh(&self, name: &str) -> anyhow::Result<Place> {
        Ok(match self {
            Self::Sqlite(folder) => {
                Place { url: DatabaseUrl::sqlite(folder.join(format!("{name}.db"))), schema: None }
            }
            Self::Postgres(server) => {
                let schema = format!("bench_{}_{name}", std::process::id());
                Place { url: server.clone().with_schema(&schema)?, schema: Some(schema) }
            }
        })
    }
}

impl Place {
    /// Opens it, making it when it is not there.
    pub(crate) async fn open(&self) -> anyhow::Result<Db> {
        Ok(Db::open(&self.url).await?)
    }

    /// Throws it away. A file goes with its folder.
    pub(crate) async fn remove(self) -> anyhow::Result<()> {
        let Some(schema) = &self.schema else { return Ok(()) };
        let db = self.open().await?;
        if let Engine::Postgres(pool) = db.engine() {
            sqlx::raw_sql(AssertSqlSafe(format!("DROP SCHEMA {schema} CASCADE"))).execute(pool).await?;
        }
        db.close().await;
        Ok(())
    }
}
