//! The stages of the main job, in the order in which they run.

pub(super) mod classify;
pub(super) mod collect;
pub(super) mod inspect;
pub(super) mod mark;
pub(super) mod profile;
pub(super) mod punish;
pub(super) mod register;

/// A request id of its own for each request.
fn id() -> String {
    uuid::Uuid::new_v4().to_string()
}

/// What a service said, for people.
fn said(status: tonic::Status) -> anyhow::Error {
    anyhow::anyhow!("{}", status.message())
}
