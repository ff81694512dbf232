//! The gRPC services of this service, a file for each resource.

pub(crate) mod convert;

mod abnormal;
mod parties;
mod receipts;
mod remedies;
mod serious;

pub use abnormal::AbnormalDirectoryApi;
pub use convert::receipt::receipt_from_pb;
pub use parties::PartiesApi;
pub use receipts::ReceiptsApi;
pub use remedies::EntryRemediesApi;
pub use serious::SeriousListApi;
