//! The decision on every request: who is it, and does the office hold the permission today.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use chrono::NaiveDate;
use contract::access::{Rpc, access_of, rpc_of};
use domain::{DivisionCode, MicrosUtc, OfficeCode, shanghai_date};
use http::{HeaderMap, header::AUTHORIZATION};
use rulebook::{FieldScope, Rulebook};

use super::accounts::{ACCOUNT, Account, Accounts, Presented};
use super::remembered::RememberedCallers;
use super::{Caller, Claims, Denied, Fields, Keys, TokenProblem};
use crate::{Clock, telemetry};

/// Services that answer without a token: they tell nothing but that the server is there, and its contract.
const OPEN_SERVICES: [&str; 3] = [
    "/grpc.health.v1.Health/",
    "/grpc.reflection.v1.ServerReflection/",
    "/grpc.reflection.v1alpha.ServerReflection/",
];

/// Decides on requests. Clones share keys, accounts and what they remember.
#[derive(Clone, Debug)]
pub struct Authority {
    pub(super) keys: Arc<Keys>,
    pub(super) accounts: Arc<Accounts>,
    rulebook: Arc<Rulebook>,
    pub(super) clock: Clock,
    /// Grows with every change of revocations and accounts.
    pub(super) changes: Arc<AtomicU64>,
    holders: RememberedCallers,
    systems: RememberedCallers,
}

impl Authority {
    /// An authority that trusts `keys` and asks `rulebook`.
    pub fn new(keys: Keys, rulebook: Arc<Rulebook>, clock: Clock) -> Self {
        Self {
            keys: Arc::new(keys),
            accounts: Arc::default(),
            rulebook,
            clock,
            changes: Arc::default(),
            holders: RememberedCallers::default(),
            systems: RememberedCallers::default(),
        }
    }

    /// The same authority, which knows these systems by their certificates.
    #[must_use]
    pub fn knowing(self, accounts: Accounts) -> Self {
        Self { accounts: Arc::new(accounts), ..self }
    }

    /// The same authority by another clock, for tests of what time does to remembered tokens.
    #[cfg(test)]
    pub(super) fn at(self, clock: Clock) -> Self {
        Self { clock, ..self }
    }

    /// Decides on a request to `path` over a connection with the certificate `presented`. `Ok(None)`: open to everyone, nobody
    /// asked who it is.
    ///
    /// # Errors
    /// [`Denied`]; a path without access in the contract is always denied.
    pub fn decide(
        &self,
        path: &str,
        headers: &HeaderMap,
        presented: Option<&Presented>,
    ) -> Result<Option<Caller>, Denied> {
        Ok(self.admit(path, headers, presented)?.map(|(_, caller)| caller))
    }

    /// The same, with the RPC that the caller asks for.
    pub(super) fn admit(
        &self,
        path: &str,
        headers: &HeaderMap,
        presented: Option<&Presented>,
    ) -> Result<Option<(&'static Rpc, Caller)>, Denied> {
        let Some(rpc) = rpc_of(path) else {
            let is_open = OPEN_SERVICES.iter().any(|service| path.starts_with(service));
            return if is_open { Ok(None) } else { Err(Denied::NoAccess(path.to_owned())) };
        };
        if rpc.access.open {
            return Ok(None);
        }
        let now = self.clock.now();
        let today = shanghai_date(now);
        let caller = self.caller(headers, presented, (now, today))?;
        telemetry::is_by(&caller);
        caller.holds(&rpc.access.permission, &self.rulebook, today)?;
        Ok(Some((rpc, caller)))
    }

    /// Decides as [`decide`](Self::decide) does, for who has to know before the request goes on its way; an issuer whose key nobody
    /// knows is asked for it first.
    ///
    /// # Errors
    /// [`Denied`], to be put into the extensions of the request: the [`AuthLayer`](super::AuthLayer) then refuses by it, and notes it.
    pub async fn decide_before(
        &self,
        path: &str,
        headers: &HeaderMap,
        presented: Option<&Presented>,
    ) -> Result<(), Denied> {
        match self.decide(path, headers, presented) {
            Err(denied) if self.may_learn(&denied) => {
                self.learn().await;
                self.decide(path, headers, presented).map(drop)
            }
            decided => decided.map(drop),
        }
    }

    /// Who a caller is now that was let in to the RPC at `path`, by what it showed then: its token, or the certificate `presented` and
    /// the account that the headers name. The life of a token is judged by the instant `asked`, where there is one. Nothing is said
    /// of it: nobody asks.
    ///
    /// # Errors
    /// [`Denied`], as [`decide`](Self::decide).
    pub(super) fn stands(
        &self,
        path: &str,
        caller: &Caller,
        (headers, presented): (&HeaderMap, &Presented),
        asked: Option<MicrosUtc>,
    ) -> Result<Caller, Denied> {
        let access = access_of(path).ok_or_else(|| Denied::NoAccess(path.to_owned()))?;
        let now = self.clock.now();
        let today = shanghai_date(now);
        let caller = match caller.token() {
            Some(token) => self.holder(token, (asked.unwrap_or(now), today), |_, _| ())?,
            None => self.system(headers, presented, (now, today), |_, _| ())?,
        };
        caller.holds(&access.permission, &self.rulebook, today)?;
        Ok(caller)
    }

    /// Who asks. A token says it, whatever the certificate: services show theirs on every call, and pass on the tokens of
    /// officers. A token that is not good is refused, and no certificate helps it.
    fn caller(
        &self,
        headers: &HeaderMap,
        presented: Option<&Presented>,
        at: (MicrosUtc, NaiveDate),
    ) -> Result<Caller, Denied> {
        match (bearer(headers)?, presented) {
            (Some(token), _) => self.holder(token, at, explain),
            (None, Some(presented)) if !presented.0.is_empty() => {
                self.system(headers, presented, at, explain)
            }
            (None, _) => Err(Denied::TokenMissing),
        }
    }

    /// Who holds this token; verified once, then remembered until it expires, the day ends or something is revoked.
    fn holder(
        &self,
        token: &str,
        (now, today): (MicrosUtc, NaiveDate),
        explain: impl FnOnce(&Caller, &str),
    ) -> Result<Caller, Denied> {
        let changes = self.changes();
        if let Some(caller) = self.holders.get(token, (now, today), changes) {
            return Ok(caller);
        }
        let claims = self.keys.verify(token, now)?;
        let caller = self.identify(&claims, token, today)?;
        explain(
            &caller,
            &format!(
                "a token of `{}`, id `{}`, good until {}",
                claims.iss,
                claims.jti.escape_debug(),
                claims.exp
            ),
        );
        self.holders.put(token, caller.clone(), claims.exp, (now, today), changes);
        Ok(caller)
    }

    /// The system whose certificate this is, or in whose name the gateway asks.
    fn system(
        &self,
        headers: &HeaderMap,
        presented: &Presented,
        (now, today): (MicrosUtc, NaiveDate),
        explain: impl FnOnce(&Caller, &str),
    ) -> Result<Caller, Denied> {
        let changes = self.changes();
        let unknown = || Denied::AccountUnknown { names: presented.0.join(", ") };
        let shown = self.accounts.presented(&presented.0).ok_or_else(unknown)?;
        let account = match headers.get(&ACCOUNT) {
            None => shown,
            Some(other) => {
                let other = other.to_str().unwrap_or("?");
                let known = self.accounts.named(other).filter(|_| shown.relays);
                let (account, other) = (shown.name.clone(), other.to_owned());
                known.ok_or(Denied::RelayNotPermitted { account, other })?
            }
        };
        if let Some(caller) = self.systems.get(&account.name, (now, today), changes) {
            return Ok(caller);
        }
        let caller = self.account(&account, today)?;
        explain(&caller, &format!("the certificate of `{}`", presented.0.join(", ").escape_debug()));
        self.systems.put(&account.name, caller.clone(), i64::MAX, (now, today), changes);
        Ok(caller)
    }

    fn account(&self, account: &Account, today: NaiveDate) -> Result<Caller, Denied> {
        let fields = self.fields_of(&account.office, today)?;
        let (office, divisions) = (account.office.clone(), account.divisions.clone());
        Ok(Caller::of_account(account.name.as_str(), office, fields, divisions, account.permissions.clone()))
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
        let fields = self.fields_of(&office, today)?;
        Ok(Caller::new(claims.sub.as_str(), claims.name.as_str(), office, fields, divisions, token))
    }

    fn fields_of(&self, office: &OfficeCode, today: NaiveDate) -> Result<Fields, Denied> {
        let known = self.rulebook.office(office).filter(|office| office.effective.on(today));
        match known.map(|office| &office.fields) {
            None => Err(Denied::OfficeUnknown(office.clone())),
            Some(FieldScope::All) => Ok(Fields::All),
            Some(FieldScope::Some(fields)) => Ok(Fields::Set(fields.iter().cloned().collect())),
        }
    }

    /// What was decided before this number changed is decided anew.
    fn changes(&self) -> u64 {
        self.keys.changes().wrapping_add(self.changes.load(Ordering::Acquire))
    }
}

/// Says once, when somebody is let in for the first time, why and as whom.
fn explain(caller: &Caller, by: &str) {
    let (subject, office) = (caller.subject(), caller.office());
    // Whoever chose it must not begin a line of his own.
    let shown = subject.escape_debug();
    let divisions: Vec<_> = caller.divisions().iter().map(ToString::to_string).collect();
    let (divisions, fields) = (divisions.join(","), caller.scope().field_codes());
    let fields = fields.map_or_else(|| "all".to_owned(), |codes| codes.join(","));
    tracing::info!(
        audit = "accepted",
        subject,
        %office,
        divisions,
        fields,
        "`{shown}` acts for `{office}` in fields {fields} and divisions {divisions}, by {by}"
    );
}

/// The token of the one `authorization: Bearer …` header; `None` when there is no such header at all.
fn bearer(headers: &HeaderMap) -> Result<Option<&str>, Denied> {
    let mut sent = headers.get_all(AUTHORIZATION).iter();
    let Some(value) = sent.next() else { return Ok(None) };
    if sent.next().is_some() {
        // Whoever stands in front may have looked at the other one.
        let problem = "there is more than one `authorization` header".to_owned();
        return Err(TokenProblem::Malformed(problem).into());
    }
    // Not by `to_str`, which looks at each of half a thousand bytes by itself.
    let text = std::str::from_utf8(value.as_bytes()).ok().filter(|text| text.is_ascii());
    let (scheme, token) = text.and_then(|text| text.split_once(' ')).ok_or(Denied::TokenMissing)?;
    if scheme.eq_ignore_ascii_case("bearer") { Ok(Some(token.trim())) } else { Err(Denied::TokenMissing) }
}
