//! The gRPC services of this service, a file for each resource.

pub(crate) mod convert;

mod abnormal;
mod measure;
mod parties;
mod remedies;
mod serious;

pub use abnormal::AbnormalDirectoryApi;
pub use measure::JointMeasuresApi;
pub use parties::PartiesApi;
pub use remedies::EntryRemediesApi;
pub use serious::SeriousListApi;
