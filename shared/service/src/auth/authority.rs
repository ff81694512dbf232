//! The decision on every request: who is it, and does the office hold the permission today.

use std::sync::Arc;

use chrono::NaiveDate;
use domain::{DivisionCode, MicrosUtc, OfficeCode, shanghai_date};
use http::{HeaderMap, header::AUTHORIZATION};
use rulebook::{FieldScope, Rulebook};

use super::remembered::RememberedCallers;
use super::{Caller, Claims, Denied, Fields, Keys, TokenProblem};
use crate::Clock;

/// Services that answer without a token: they tell nothing but that the server is there, and its contract.
const OPEN_SERVICES: [&str; 3] = [
    "/grpc.health.v1.Health/",
    "/grpc.reflection.v1.ServerReflection/",
    "/grpc.reflection.v1alpha.ServerReflection/",
];

/// Decides on requests. Clones share what they remember.
#[derive(Clone, Debug)]
pub struct Authority {
    keys: Arc<Keys>,
    rulebook: Arc<Rulebook>,
    clock: Clock,
    remembered: RememberedCallers,
}

impl Authority {
    /// An authority that trusts `keys` and asks `rulebook`.
    pub fn new(keys: Keys, rulebook: Arc<Rulebook>, clock: Clock) -> Self {
        Self { keys: Arc::new(keys), rulebook, clock, remembered: RememberedCallers::default() }
    }

    /// The same authority by another clock, for tests of what time does to remembered tokens.
    #[cfg(test)]
    pub(super) fn at(self, clock: Clock) -> Self {
        Self { clock, ..self }
    }

    /// Decides on a request to `path`. `Ok(None)`: open to everyone, nobody asked who it is.
    ///
    /// # Errors
    /// [`Denied`]; a path without access in the contract is always denied.
    pub fn decide(&self, path: &str, headers: &HeaderMap) -> Result<Option<Caller>, Denied> {
        if OPEN_SERVICES.iter().any(|service| path.starts_with(service)) {
            return Ok(None);
        }
        let access = contract::access::access_of(path).ok_or_else(|| Denied::NoAccess(path.to_owned()))?;
        if access.open {
            return Ok(None);
        }
        let now = self.clock.now();
        let today = shanghai_date(now);
        let caller = self.caller(bearer(headers)?, now, today)?;
        if self.rulebook.may(&access.permission, caller.office(), today) {
            return Ok(Some(caller));
        }
        Err(Denied::RoleNotPermitted {
            office: caller.office().clone(),
            permission: access.permission.clone(),
        })
    }

    /// Who holds this token; verified once, then remembered until it expires or the day ends.
    fn caller(&self, token: &str, now: MicrosUtc, today: NaiveDate) -> Result<Caller, Denied> {
        if let Some(caller) = self.remembered.get(token, now, today) {
            return Ok(caller);
        }
        let claims = self.keys.verify(token, now)?;
        let caller = self.identify(&claims, token, today)?;
        self.remembered.put(token, caller.clone(), claims.exp, (now, today));
        Ok(caller)
    }

    /// Reads the claims and looks up the office.
    fn identify(&self, claims: &Claims, token: &str, today: NaiveDate) -> Result<Caller, Denied> {
        let malformed = |problem: String| Denied::TokenInvalid(TokenProblem::Malformed(problem));
        if claims.sub.is_empty() || claims.sub.len() > 200 {
            return Err(malformed("`sub` must have 1 to 200 bytes".to_owned()));
        }
        let office = OfficeCode::parse(&claims.office).map_err(|problem| malformed(problem.to_string()))?;
        let divisions: Result<Vec<_>, _> =
            claims.divisions.iter().map(|code| DivisionCode::parse(code)).collect();
        let divisions = divisions.map_err(|problem| malformed(problem.to_string()))?;
        let known = self.rulebook.office(&office).filter(|office| office.effective.on(today));
        let fields = match known.map(|office| &office.fields) {
            None => return Err(Denied::OfficeUnknown(office)),
            Some(FieldScope::All) => Fields::All,
            Some(FieldScope::Some(fields)) => Fields::Set(fields.iter().cloned().collect()),
        };
        Ok(Caller::new(claims.sub.as_str(), claims.name.as_str(), office, fields, divisions, token))
    }
}

/// The token of an `authorization: Bearer …` header.
fn bearer(headers: &HeaderMap) -> Result<&str, Denied> {
    let value = headers.get(AUTHORIZATION).ok_or(Denied::TokenMissing)?;
    let (scheme, token) =
        value.to_str().ok().and_then(|text| text.split_once(' ')).ok_or(Denied::TokenMissing)?;
    if scheme.eq_ignore_ascii_case("bearer") { Ok(token.trim()) } else { Err(Denied::TokenMissing) }
}
