//! A service under a rulebook in which an office answers for one key field only. In the built-in one some offices answer for all, and
//! nobody could be of the wrong field: that the service looks would stay untried.

use std::path::Path;

use ::service::Shutdown;
use ::service::config::parse_from;
use contract::collection::v1::Record;
use domain::{FieldCode, Uscc};
use e2e::job::records;
use e2e::people::People;
use rulebook::Rulebook;
use standalone::clients::Addresses;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::access::fixture::case_by;

/// The database in the folder of a service.
const STORE: &str = "store.db";
/// The table of offices in a rulebook's folder.
const OFFICES: &str = "offices.csv";

/// A running service, with a database of its own.
pub(crate) struct Service {
    address: String,
    shutdown: Shutdown,
    serving: JoinHandle<anyhow::Result<()>>,
    folder: TempDir,
}

impl Service {
    /// Starts the service of an RPC; `office` answers for `field` alone. Inspection starts on what the city's has: a rectification comes
    /// of a draw and a visit, and an RPC that names one looks for it first.
    pub(crate) async fn start(rpc: &str, office: &str, field: &FieldCode, people: &People) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        write_rulebook(&folder.path().join("rulebook"), |table| narrowed(table, office, field));
        if rpc.starts_with("/xinjian.inspection.") {
            copy_of("inspection", &folder.path().join(STORE), people).await;
        }
        Self::on(folder, rpc, people).await
    }

    /// The same with a serious case, opened while the office still answered for all fields: an RPC that names one looks for it first.
    /// Answers its name, too.
    pub(crate) async fn start_with_case(
        rpc: &str,
        office: &str,
        field: &FieldCode,
        people: &People,
    ) -> (Self, String) {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        write_rulebook(&folder.path().join("rulebook"), <[u8]>::to_vec);
        let mut wide = Self::on(folder, rpc, people).await;
        let here = Addresses { punishment: wide.address.clone(), ..people.addresses().clone() };
        let uscc = Uscc::compose("91370102", "MA000001").expect("the parts are those of a code").to_string();
        let name = case_by(&people.officer_at(&here, "case-handler", "ENFORCEMENT"), &uscc).await;
        let folder = std::mem::replace(&mut wide.folder, tempfile::tempdir().expect("another can be made"));
        wide.stop().await;
        write_rulebook(&folder.path().join("rulebook"), |table| narrowed(table, office, field));
        (Self::on(folder, rpc, people).await, name)
    }

    /// Starts the service of an RPC by the rulebook in `folder`, on the database there.
    async fn on(folder: TempDir, rpc: &str, people: &People) -> Self {
        let path = |name: &str| folder.path().join(name).display().to_string();
        std::fs::write(folder.path().join("jwks.json"), people.jwks()).expect("a new folder can be written");
        let listener =
            TcpListener::bind("127.0.0.1:0").await.expect("the loopback interface has a free port");
        let address = format!("http://{}", listener.local_addr().expect("a bound listener has an address"));
        let shutdown = Shutdown::new();
        let flags = [
            "service".to_owned(),
            format!("--database=sqlite:{}", path(STORE)),
            format!("--jwks={}", path("jwks.json")),
            format!("--rulebook={}", path("rulebook")),
        ];
        let serving = match rpc.split('.').nth(1) {
            Some("punishment") => {
                let config = parse_from(flags).expect("the flags are those of the service");
                tokio::spawn(punishment::serve(listener, config, shutdown.clone()))
            }
            Some("collection") => {
                let config = parse_from(flags).expect("the flags are those of the service");
                tokio::spawn(collection::serve(listener, config, shutdown.clone()))
            }
            Some("risk") => {
                let config = parse_from(flags).expect("the flags are those of the service");
                tokio::spawn(risk::serve(listener, config, shutdown.clone()))
            }
            Some("inspection") => {
                let config = parse_from(flags).expect("the flags are those of the service");
                tokio::spawn(inspection::serve(listener, config, shutdown.clone()))
            }
            _ => panic!("{rpc}: start its service here, too: all who may call it answer for every field"),
        };
        Self { address, shutdown, serving, folder }
    }

    /// Takes the fixture's record, where it is of the service that keeps records: an RPC that names one looks for it first.
    pub(crate) async fn take(self, rpc: &str, record: Record, people: &People) -> Self {
        if rpc.starts_with("/xinjian.collection.") {
            let here = Addresses { collection: self.address.clone(), ..people.addresses().clone() };
            let taken = records(&people.officer_at(&here, "importer", "FOOD_PROD"), vec![record]).await;
            assert_eq!((taken.unmatched, taken.refused.len()), (1, 0), "{taken:?}");
        }
        self
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Stops it, and fails when it did not serve.
    pub(crate) async fn stop(self) {
        self.shutdown.begin();
        let served = self.serving.await.expect("the service ends without a panic");
        served.expect("the service has served");
    }
}

/// Copies the database of a service of the city, which goes on.
async fn copy_of(service: &str, to: &Path, people: &People) {
    let mut stores = people.open_stores().await.into_iter();
    let (_, store) = stores.find(|(name, _)| *name == service).expect("the databases of the city are known");
    let to = to.display().to_string();
    db::on!(store, |pool| sqlx::query("VACUUM INTO $1").bind(to).execute(pool).await.map(drop))
        .expect("the database can be copied");
}

/// Writes the built-in rulebook, with what `offices` makes of the table of offices.
fn write_rulebook(folder: &Path, offices: impl Fn(&[u8]) -> Vec<u8>) {
    for (name, bytes) in Rulebook::builtin().archive() {
        let bytes = if name == OFFICES { offices(&bytes) } else { bytes };
        let file = folder.join(name);
        let parent = file.parent().expect("a file lies in a folder");
        std::fs::create_dir_all(parent).expect("a new folder can be made");
        std::fs::write(file, bytes).expect("a new folder can be written");
    }
}

/// The table of offices with `*` of one row become `field`.
fn narrowed(table: &[u8], office: &str, field: &FieldCode) -> Vec<u8> {
    let table = std::str::from_utf8(table).expect("the table is UTF-8");
    let row = table.lines().find(|row| row.starts_with(&format!("{office},"))).expect("the office has a row");
    let narrow = row.replacen(",*,", &format!(",{field},"), 1);
    assert_ne!(narrow, row, "{office} answers for all fields until now");
    table.replace(row, &narrow).into_bytes()
}
