//! RPCs passed on: the inner listener answers, besides its own, those of the five services, so that officers and systems
//! need one address.
//!
//! A message is passed on as the bytes that it is, in the name of who sent it: the service decides, as if it had been asked
//! itself. This server's authority, bounds and observation stand before it like before the gateway's own RPCs.

mod home;
mod pass;

pub(crate) use home::{Home, homes_of, passed_on};
pub(crate) use pass::{HOME, Pass};
