//! Why a caller is turned away.

use std::time::Duration;

use domain::{DivisionCode, FieldCode, OfficeCode};
use tonic::{Code, Status};

use crate::error::{Reason, ServiceError};

/// Pause that a client is told to make while the issuer's keys are not there.
const KEYS_PAUSE: Duration = Duration::from_secs(5);

/// What is wrong with a token. Says enough to mend it, and nothing of the token itself but what its holder wrote.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenProblem {
    /// It is not a JSON web token, or a claim is missing or of the wrong form.
    #[error("it is malformed: {0}")]
    Malformed(String),
    /// It was signed by an algorithm that is not accepted, or not at all.
    #[error("its algorithm `{0}` is not accepted; EdDSA, ES256 and RS256 are")]
    Algorithm(String),
    /// It was signed by another algorithm than the one its key is for.
    #[error("its algorithm `{algorithm}` is not that of key `{key}`")]
    NotOfItsKey {
        /// The algorithm that its header names.
        algorithm: String,
        /// The key that its header names.
        key: String,
    },
    /// It names a key that is not ours.
    #[error("its key `{0}` is not one of ours")]
    UnknownKey(String),
    /// The signature does not fit.
    #[error("its signature does not fit: it was changed, or signed by another key")]
    Signature,
    /// It was made by another issuer.
    #[error("its issuer is `{found}`, not `{expected}`")]
    Issuer {
        /// The `iss` claim.
        found: String,
        /// The issuer that is trusted.
        expected: String,
    },
    /// It was made for another system.
    #[error("its audience is `{found}`, not `{expected}`")]
    Audience {
        /// The `aud` claim.
        found: String,
        /// The audience that tokens must name here.
        expected: String,
    },
    /// It says it was issued, or begins, in the future.
    #[error("it was issued in the future, or begins there")]
    NotYetValid,
}

/// Why a caller is turned away.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// No `authorization: Bearer …` header.
    #[error(
        "a bearer token, or a certificate with an account, is needed: send `authorization: Bearer TOKEN`"
    )]
    TokenMissing,
    /// The token is not good.
    #[error("the token is not accepted: {0}")]
    TokenInvalid(TokenProblem),
    /// The token was good once.
    #[error("the token expired at {expired_at} (seconds since 1970 UTC); get a new one")]
    TokenExpired {
        /// Its `exp` claim.
        expired_at: i64,
    },
    /// The token was revoked before its time.
    #[error("the token was revoked; get a new one")]
    TokenRevoked,
    /// The issuer has not told us its keys yet.
    #[error("the issuer of tokens has not told its keys yet; retry")]
    KeysMissing,
    /// The token's roles do not stand for one office.
    #[error("the token's roles (`{roles}`) do not stand for one office")]
    NoOffice {
        /// What the claim holds.
        roles: String,
    },
    /// A certificate from our authority, of nobody who has an account.
    #[error("the certificate names no service account: {names}")]
    AccountUnknown {
        /// Names in the certificate.
        names: String,
    },
    /// One account asked in the name of another, and may not, or the other is none.
    #[error("service account `{account}` may not ask in the name of `{other}`")]
    RelayNotPermitted {
        /// The account of the certificate.
        account: String,
        /// In whose name it asked.
        other: String,
    },
    /// The service account was not given the permission, whatever its office holds.
    #[error("service account `{account}` was not given permission `{permission}`")]
    AccountNotPermitted {
        /// The account.
        account: String,
        /// What the RPC needs.
        permission: String,
    },
    /// What the caller of an open stream has shown stands for another one, another office, or other fields or divisions, than then.
    #[error("the caller's name, office, fields or divisions have changed")]
    ScopeChanged,
    /// The token's office is not in the rulebook on this day.
    #[error("office `{0}` is not known to the rulebook")]
    OfficeUnknown(OfficeCode),
    /// The office does not hold the permission on this day.
    #[error("office `{office}` does not hold permission `{permission}`")]
    RoleNotPermitted {
        /// The caller's office.
        office: OfficeCode,
        /// What the RPC needs.
        permission: String,
    },
    /// The RPC states no permission: nobody may call it.
    #[error("`{0}` is not open to anybody")]
    NoAccess(String),
    /// The work of another office.
    #[error("office `{office}` may not see the work of office `{other}`")]
    OfficeNotPermitted {
        /// The caller's office.
        office: OfficeCode,
        /// Whose work was asked for.
        other: OfficeCode,
    },
    /// The subject's field is not one of the office's.
    #[error("office `{office}` does not act in field `{field}`")]
    FieldNotPermitted {
        /// The caller's office.
        office: OfficeCode,
        /// The subject's field.
        field: FieldCode,
    },
    /// The subject's division is not within the caller's.
    #[error("division `{division}` is not within the caller's divisions")]
    DivisionNotPermitted {
        /// The subject's division.
        division: DivisionCode,
    },
}

impl From<TokenProblem> for Denied {
    fn from(problem: TokenProblem) -> Self {
        Self::TokenInvalid(problem)
    }
}

impl ServiceError for Denied {
    fn reason(&self) -> Reason {
        let unauthenticated = |name| Reason::new(Code::Unauthenticated, name);
        let denied = |name| Reason::new(Code::PermissionDenied, name);
        match self {
            Self::TokenMissing => unauthenticated("TOKEN_MISSING"),
            Self::TokenInvalid(problem) => unauthenticated("TOKEN_INVALID").with("problem", problem),
            Self::TokenExpired { expired_at } => {
                unauthenticated("TOKEN_EXPIRED").with("expired_at", expired_at)
            }
            Self::TokenRevoked => unauthenticated("TOKEN_REVOKED"),
            Self::KeysMissing => Reason::new(Code::Unavailable, "TOKEN_KEYS_MISSING").retry_after(KEYS_PAUSE),
            Self::NoOffice { roles } => denied("ROLE_NOT_PERMITTED").with("roles", roles),
            Self::AccountUnknown { names } => unauthenticated("ACCOUNT_UNKNOWN").with("names", names),
            Self::RelayNotPermitted { account, other } => {
                denied("RELAY_NOT_PERMITTED").with("account", account).with("other", other)
            }
            Self::AccountNotPermitted { account, permission } => {
                denied("ACCOUNT_NOT_PERMITTED").with("account", account).with("permission", permission)
            }
            Self::ScopeChanged => unauthenticated("SCOPE_CHANGED"),
            Self::OfficeUnknown(office) => denied("ROLE_NOT_PERMITTED").with("office", office),
            Self::RoleNotPermitted { office, permission } => {
                denied("ROLE_NOT_PERMITTED").with("office", office).with("permission", permission)
            }
            Self::NoAccess(method) => denied("METHOD_NOT_OPEN").with("method", method),
            Self::OfficeNotPermitted { office, other } => {
                denied("OFFICE_NOT_PERMITTED").with("office", office).with("other", other)
            }
            Self::FieldNotPermitted { office, field } => {
                denied("FIELD_NOT_PERMITTED").with("office", office).with("field", field)
            }
            Self::DivisionNotPermitted { division } => {
                denied("DIVISION_NOT_PERMITTED").with("division", division)
            }
        }
    }
}

impl From<Denied> for Status {
    fn from(denied: Denied) -> Self {
        crate::error::status(&denied)
    }
}
