//! The gRPC service for officers and systems.

mod convert;
mod convert_report;
mod convert_work;
mod profiles;
mod reports;
mod work_lists;

pub(crate) use profiles::ProfilesApi;
pub(crate) use reports::DispatchReportsApi;
pub(crate) use work_lists::WorkListsApi;
