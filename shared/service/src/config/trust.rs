//! Whose tokens a server accepts, and how it reads them.

use std::{convert::Infallible, path::PathBuf, str::FromStr};

use clap::builder::NonEmptyStringValueParser;

use crate::auth::{self, ClaimMap, Keys, KeysError, Revocations, Role};

/// Where the certificates lie that Debian's `ca-certificates` keeps.
pub(crate) const PUBLIC_AUTHORITIES: &str = "/etc/ssl/certs/ca-certificates.crt";

/// Whose tokens a server accepts.
#[derive(Clone, Debug, PartialEq, Eq, clap::Args)]
pub struct TokenTrust {
    /// Public keys (JWKS) that tokens must be signed by: a file, a URL, or `discovery` for where the issuer says that they are.
    /// Files and URLs are read again while the server runs.
    #[arg(long, env = "XINJIAN_JWKS", value_name = "FILE|URL|discovery")]
    pub jwks: KeysAt,
    /// Issuer that tokens must name (claim `iss`); for `discovery`, its URL.
    #[arg(long, env = "XINJIAN_TOKEN_ISSUER", value_name = "NAME", default_value = auth::ISSUER,
          value_parser = NonEmptyStringValueParser::new())]
    pub token_issuer: String,
    /// Audience that tokens must name (claim `aud`).
    #[arg(long, env = "XINJIAN_TOKEN_AUDIENCE", value_name = "NAME", default_value = auth::AUDIENCE,
          value_parser = NonEmptyStringValueParser::new())]
    pub token_audience: String,
    /// Certificates of the authority that vouches for the issuer's own server (PEM), where keys come from a URL with `https`.
    #[arg(long, env = "XINJIAN_TOKEN_ISSUER_CA", value_name = "FILE", default_value = PUBLIC_AUTHORITIES)]
    pub token_issuer_ca: PathBuf,
    /// Claim that holds the office, or the roles that stand for offices; dots lead into objects (`realm_access.roles`).
    #[arg(long, env = "XINJIAN_TOKEN_OFFICE_CLAIM", value_name = "CLAIM", default_value = "office",
          value_parser = NonEmptyStringValueParser::new())]
    pub token_office_claim: String,
    /// Claim that holds the codes of divisions.
    #[arg(long, env = "XINJIAN_TOKEN_DIVISIONS_CLAIM", value_name = "CLAIM", default_value = "divisions",
          value_parser = NonEmptyStringValueParser::new())]
    pub token_divisions_claim: String,
    /// Offices for which roles stand, such as `xj-food=FOOD_PROD`; other roles stand for none. Without it, the claim holds the
    /// code of the office itself.
    #[arg(
        long = "token-role",
        env = "XINJIAN_TOKEN_ROLES",
        value_name = "ROLE=OFFICE,…",
        value_delimiter = ','
    )]
    pub token_roles: Vec<Role>,
    /// File of what was revoked before its time (`token ID`, `subject SUBJECT INSTANT`, `key ID`, a line each); read again every
    /// two seconds.
    #[arg(long, env = "XINJIAN_REVOCATIONS", value_name = "FILE")]
    pub revocations: Option<PathBuf>,
}

/// Where public keys are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeysAt {
    /// In a file.
    File(PathBuf),
    /// At an address.
    Url(String),
    /// Where the issuer says.
    Discovery,
}

impl FromStr for KeysAt {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(match text {
            "discovery" => Self::Discovery,
            url if url.starts_with("https://") || url.starts_with("http://") => Self::Url(url.to_owned()),
            file => Self::File(file.into()),
        })
    }
}

impl From<PathBuf> for TokenTrust {
    /// The keys of a file, and everything else as by default.
    fn from(jwks: PathBuf) -> Self {
        let ClaimMap { office, divisions, .. } = ClaimMap::default();
        Self {
            jwks: KeysAt::File(jwks),
            token_issuer: auth::ISSUER.to_owned(),
            token_audience: auth::AUDIENCE.to_owned(),
            token_issuer_ca: PUBLIC_AUTHORITIES.into(),
            token_office_claim: office,
            token_divisions_claim: divisions,
            token_roles: Vec::new(),
            revocations: None,
        }
    }
}

impl TokenTrust {
    /// The keys, read where they lie in a file; asked for once the server serves where they lie elsewhere.
    ///
    /// # Errors
    /// [`KeysError`] when a file or an address cannot be used.
    pub fn keys(&self) -> Result<Keys, KeysError> {
        let keys = match &self.jwks {
            KeysAt::File(path) => Keys::from_file(path)?,
            KeysAt::Url(url) => Keys::published_at(url, self.authority_for(url)?)?,
            KeysAt::Discovery => {
                let issuer = &self.token_issuer;
                Keys::published_by(issuer, self.authority_for(issuer)?)?
            }
        };
        let roles = self.token_roles.iter().map(|line| (line.role.clone(), line.office.clone()));
        let keys = keys.issued_by(&self.token_issuer).meant_for(&self.token_audience).read_by(ClaimMap {
            office: self.token_office_claim.clone(),
            divisions: self.token_divisions_claim.clone(),
            roles: roles.collect(),
        });
        Ok(match &self.revocations {
            Some(file) => keys.without(Revocations::from_file(file)?),
            None => keys,
        })
    }

    fn authority_for(&self, url: &str) -> Result<Option<tls::Connector>, KeysError> {
        if !url.starts_with("https://") {
            return Ok(None);
        }
        let connector = tls::Connector::from(tls::Trust::open(self.token_issuer_ca.clone())?);
        Ok(Some(connector.speaking_http1()))
    }
}
