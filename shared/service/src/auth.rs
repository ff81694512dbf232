//! Who calls, and whether they may (R6, R52).
//!
//! A bearer token (JWT, Ed25519) names a person or a service account, its office and its divisions. [`Keys`] verifies it,
//! [`Authority`] remembers it until it expires and looks up what the rulebook grants the office on the day, and
//! [`AuthLayer`] refuses every RPC whose permission beside it in the contract the office does not hold. Handlers get the
//! [`Caller`] and check the subject's field and division. There is no switch that turns any of this off; only health and
//! reflection answer without a token, and the RPCs of the public listener, which say so themselves.

mod authority;
mod caller;
mod claims;
mod denied;
mod issuer;
mod keys;
mod layer;
mod remembered;
mod token;

pub use authority::Authority;
pub use caller::{Caller, Fields, Scope};
pub use claims::{Audience, Claims};
pub use denied::{Denied, TokenProblem};
pub use issuer::{Issuer, IssuerError};
pub use keys::{Keys, KeysError};
pub use layer::{AuthLayer, Authenticated};
pub use token::TokenSource;

/// Audience that every token must name.
pub const AUDIENCE: &str = "xinjian";

/// Issuer (claim `iss`) that every token must name, unless the configuration names another: that of the issuer in this
/// crate.
pub const ISSUER: &str = "xinjian";

/// Longest token accepted, in bytes.
pub const MAX_TOKEN_BYTES: usize = 8 * 1024;

#[cfg(test)]
mod tests;
