//! What every server of Xinjian does alike, so that a service holds only its own matter.
//!
//! A request comes in through [`server`] (limits, deadline, trace, metrics), is authenticated and checked against the
//! permission beside its RPC by [`auth`], claims its request id with [`idempotency`], takes a step of a [`machine`],
//! opens and fulfils duties ([`obligation`]) and leaves as an answer or as an [`error`] with a machine-readable reason.
//! [`config`] is read once in `main`, [`telemetry`] started once, [`shutdown`] watched by all; [`tasks`] keeps
//! background loops going; [`outcome`] is how a program ends; [`peer`] is how a service calls another; [`probe`] asks
//! whether one serves; [`redis`] is the server that processes share; [`access_log`] notes reads of confidential data; [`erasure`] has an officer look where another
//! service has erased somebody; [`filter`] reads what lists are cut down to, [`fitting`] how much of a page fits into an answer; [`dossier`] gives the answers of several RPCs as one, [`rounds`] has those who ask at the same time share one commit.
//!
//! The crate owns three small tables in each service's database (migrations 0020 to 0039) and no rule of the law: those
//! are data of the `rulebook`.

pub mod access_log;
pub mod auth;
pub mod clock;
pub mod config;
pub mod deadline;
pub mod dossier;
pub mod erasure;
pub mod error;
pub mod figures;
pub mod filter;
pub mod fitting;
pub mod idempotency;
pub mod machine;
pub mod obligation;
pub mod outcome;
pub mod peer;
pub mod probe;
pub mod redis;
pub mod rounds;
pub mod server;
pub mod shutdown;
pub mod tasks;
pub mod telemetry;
#[cfg(any(test, feature = "testing"))]
pub mod testing;

pub use clock::Clock;
pub use error::{Error, FieldErrors};
pub use server::Server;
pub use shutdown::Shutdown;
pub use tasks::Tasks;

/// The tables of this crate, for the service's call of `Db::migrate`.
pub static MIGRATIONS: db::Migrations = db::migrations![
    "0020_request",
    "0021_obligation",
    "0022_access_log",
    "0185_obligation_extended",
    "0260_obligation_passed",
    "0399_read_log",
    "0431_noted_once"
];
