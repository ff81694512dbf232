//! What everyone may see: the RPCs of the public listener.
//!
//! Published data is read from the services in the gateway's own name, only in the states in which it is published, and
//! copied field by field into the messages of `xinjian.public.v1`. What has no field there cannot leave.

mod api;
mod closed;
mod commitment;
mod convert;
mod dataset;
mod decision;
mod draw;
mod parameter;
mod plan;
mod walk;

pub(crate) use api::PublicationsApi;
