//! What a token says.

use domain::{DivisionCode, MicrosUtc, OfficeCode};
use serde::{Deserialize, Serialize};

use super::AUDIENCE;

/// For whom a token was made; both forms of RFC 7519 are read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Audience {
    /// One system.
    One(String),
    /// Several.
    Many(Vec<String>),
}

impl Audience {
    /// Whether `system` is among them.
    pub fn names(&self, system: &str) -> bool {
        match self {
            Self::One(one) => one == system,
            Self::Many(many) => many.iter().any(|one| one == system),
        }
    }
}

impl std::fmt::Display for Audience {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::One(one) => f.write_str(one),
            Self::Many(many) => f.write_str(&many.join(", ")),
        }
    }
}

/// The claims of a token. Times are seconds since 1970 UTC (RFC 7519).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Stable id of the person or service account, at most 200 bytes.
    pub sub: String,
    /// Name to show in logs and audit; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Role code of the office; `SYSTEM` for service accounts.
    pub office: String,
    /// Divisions within which the caller acts; `370100` covers the whole city. None: no division at all.
    #[serde(default)]
    pub divisions: Vec<String>,
    /// Who issued the token.
    pub iss: String,
    /// For whom.
    pub aud: Audience,
    /// When it ends.
    pub exp: i64,
    /// When it was issued.
    pub iat: i64,
    /// Before when it is not good, where that is not the instant of issue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nbf: Option<i64>,
    /// Id of the token, by which it can be revoked.
    #[serde(default)]
    pub jti: String,
}

impl Claims {
    /// Claims of a token for Xinjian that is good from `now` for `lifetime_seconds`.
    pub fn new(
        subject: &str,
        office: &OfficeCode,
        divisions: &[DivisionCode],
        issuer: &str,
        now: MicrosUtc,
        lifetime_seconds: i64,
    ) -> Self {
        let iat = now.micros().div_euclid(1_000_000);
        Self {
            sub: subject.to_owned(),
            name: String::new(),
            office: office.to_string(),
            divisions: divisions.iter().map(ToString::to_string).collect(),
            iss: issuer.to_owned(),
            aud: Audience::One(AUDIENCE.to_owned()),
            exp: iat.saturating_add(lifetime_seconds),
            iat,
            nbf: None,
            jti: uuid::Uuid::new_v4().to_string(),
        }
    }
}
