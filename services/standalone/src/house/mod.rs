//! A whole city in one process: every service over real gRPC on loopback, SQLite files in one folder.
//!
//! Owns the folder's layout and the issuer of tokens for people at the command line, and the keys of the services. The services speak over
//! the same sockets, with the same tokens, as six processes do; only what the gateway asks of them, and is answered at once, goes straight to
//! the layers of their servers, past the sockets (`service::peer::Neighbour`).

mod city;
mod file;
mod folder;
mod keys;
mod start;

pub use folder::{Folder, FolderError, SERVICES};
pub use keys::{OFFICER_SECONDS, Officer, SIGNING, ServiceToken, SigningKey, SigningKeyError};
pub use start::{House, HouseError, Options};
