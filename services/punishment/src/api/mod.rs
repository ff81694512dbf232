//! The gRPC services of this service, a file for each resource.

pub(crate) mod convert;

mod abnormal;
mod dossiers;
mod measure;
mod parties;
mod receipts;
mod remedies;
mod repairs;
mod serious;
mod simulator;

pub use abnormal::AbnormalDirectoryApi;
pub use convert::receipt::{attests, receipt_from_pb};
pub use dossiers::DossiersApi;
pub use measure::JointMeasuresApi;
pub use parties::PartiesApi;
pub use receipts::ReceiptsApi;
pub use remedies::EntryRemediesApi;
pub use repairs::RepairsApi;
pub use serious::SeriousListApi;
pub use simulator::{SimulatorApi, simulate_penalty};
