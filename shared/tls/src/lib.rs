//! TLS between services, from files that may be replaced while the process runs.
//!
//! [`Identity`] is who this process is: its certificate, its key, and the authority (CA) by which it knows others. It serves
//! connections ([`Identity::accept`]) and opens them ([`Connector`]); each new connection is made by what the files hold at that
//! moment, so that a certificate is renewed by writing it. [`Trust`] knows others without being anybody itself; [`Roots`] are for
//! whoever speaks TLS by a library of its own.
//!
//! The crate decides nothing about who may do what: it says which names a verified certificate holds, and `service::auth` goes
//! on from there. rustls with ring; no protocol below TLS 1.2.

mod connector;
mod files;
mod identity;
mod roots;
mod watched;

pub use connector::{Connector, Stream};
pub use files::{Files, Problem, TlsError};
pub use identity::{Accepted, Identity, Trust};
pub use roots::Roots;
