//! Who calls, and whether they may (R6, R52).
//!
//! A bearer token (JWT of an OpenID Connect provider) names a person, an office and divisions, by claims that a [`ClaimMap`]
//! reads. [`Keys`] verifies it by the keys that the issuer publishes and by what was revoked, [`Authority`] remembers it until it
//! expires and looks up what the rulebook grants the office on the day, and [`AuthLayer`] refuses every RPC whose permission beside
//! it in the contract the office does not hold, and notes every refusal. A system may come with a certificate instead, which is one
//! of the [`Accounts`]; where there is a token, the token says who asks. Handlers get the [`Caller`] and check the subject's field
//! and division. A stream that is open ends when its caller would be let in no more, and whoever sends a file is looked at once more
//! when all of it has come. There is no switch that turns any of this off; only health and reflection answer without either, and the
//! RPCs of the public listener, which say so themselves.
//!
//! A bearer token may be presented as often as its holder likes until it expires: that a *request* is not done twice is the matter
//! of its `request_id`. Against theft stand TLS, short lives and [`Revocations`].

mod accounts;
mod audit;
mod authority;
mod caller;
mod claims;
mod denied;
mod fetch;
mod fresh;
mod issuer;
mod jwks;
mod keys;
mod layer;
mod mapping;
mod remembered;
mod revoked;
mod ring;
mod standing;
mod token;

pub use accounts::{ACCOUNT, Accounts, AccountsError, Came, Presented};
pub use authority::Authority;
pub(crate) use caller::bearer_of;
pub use caller::{Caller, Fields, Scope};
pub use claims::{Audience, Claims};
pub use denied::{Denied, TokenProblem};
pub use issuer::{Issuer, IssuerError};
pub use keys::{Keys, KeysError};
pub use layer::{AuthLayer, Authenticated, Noted};
pub use mapping::{ClaimMap, Role};
pub use revoked::{Revocations, RevocationsError};
pub use ring::Supply;
pub use token::TokenSource;

/// Audience that every token must name, unless the configuration names another.
pub const AUDIENCE: &str = "xinjian";

/// Issuer (claim `iss`) that every token must name, unless the configuration names another: that of the issuer in this
/// crate.
pub const ISSUER: &str = "xinjian";

/// Longest token accepted, in bytes.
pub const MAX_TOKEN_BYTES: usize = 8 * 1024;

#[cfg(test)]
mod tests;
