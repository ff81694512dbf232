//! The gRPC service for officers and systems.

mod convert;
mod profiles;

pub(crate) use profiles::ProfilesApi;
