//! The caller of a request, as handlers see it.

use std::{
    collections::BTreeSet,
    fmt,
    sync::{Arc, OnceLock},
};

use chrono::NaiveDate;
use domain::{DivisionCode, FieldCode, OfficeCode};
use http::HeaderValue;
use rulebook::Rulebook;
use tonic::Request;

use super::Denied;
use crate::machine::Actor;

/// Fields in which an office acts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fields {
    /// Every field (CREDIT, SYSTEM).
    All,
    /// These fields only.
    Set(BTreeSet<FieldCode>),
}

impl Fields {
    /// Whether `field` is among them.
    pub fn contain(&self, field: &FieldCode) -> bool {
        match self {
            Self::All => true,
            Self::Set(fields) => fields.contains(field),
        }
    }
}

/// Who calls: verified, with what the rulebook grants its office today. Cheap to clone.
#[derive(Clone)]
pub struct Caller(Arc<Identity>);

struct Identity {
    subject: String,
    name: String,
    office: OfficeCode,
    fields: Fields,
    divisions: Vec<DivisionCode>,
    /// Empty for a service account, which has none.
    token: String,
    /// The same as a header, once that was asked for; `None` in it: no header can hold the token.
    bearer: OnceLock<Option<HeaderValue>>,
    /// Permissions that a service account was given; `None`: all of the office's.
    permissions: Option<BTreeSet<String>>,
    /// [`Caller::rights`], once they were asked for.
    rights: OnceLock<String>,
}

/// Without the token.
impl fmt::Debug for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Caller")
            .field("subject", &self.0.subject)
            .field("office", &self.0.office)
            .field("fields", &self.0.fields)
            .field("divisions", &self.0.divisions)
            .finish_non_exhaustive()
    }
}

impl Caller {
    /// A caller whose token has been verified. `token` is kept so that the gateway can ask services in its name.
    pub fn new(
        subject: impl Into<String>,
        name: impl Into<String>,
        office: OfficeCode,
        fields: Fields,
        divisions: Vec<DivisionCode>,
        token: impl Into<String>,
    ) -> Self {
        Self::known((subject.into(), name.into(), token.into()), office, fields, divisions, None)
    }

    /// A system that is known by its certificate and has no token.
    pub(super) fn of_account(
        name: impl Into<String>,
        office: OfficeCode,
        fields: Fields,
        divisions: Vec<DivisionCode>,
        permissions: Option<BTreeSet<String>>,
    ) -> Self {
        let name = name.into();
        Self::known((name.clone(), name, String::new()), office, fields, divisions, permissions)
    }

    fn known(
        (subject, name, token): (String, String, String),
        office: OfficeCode,
        fields: Fields,
        divisions: Vec<DivisionCode>,
        permissions: Option<BTreeSet<String>>,
    ) -> Self {
        Self(Arc::new(Identity {
            subject,
            name,
            office,
            fields,
            divisions,
            token,
            bearer: OnceLock::new(),
            permissions,
            rights: OnceLock::new(),
        }))
    }

    /// Whether a permission of the office is also the caller's.
    ///
    /// # Errors
    /// [`Denied::AccountNotPermitted`].
    fn was_given(&self, permission: &str) -> Result<(), Denied> {
        if self.0.permissions.as_ref().is_none_or(|given| given.contains(permission)) {
            return Ok(());
        }
        let (account, permission) = (self.0.subject.clone(), permission.to_owned());
        Err(Denied::AccountNotPermitted { account, permission })
    }

    /// Whether the caller holds a permission: the office does on this day, and the account was given it.
    ///
    /// # Errors
    /// [`Denied::RoleNotPermitted`] or [`Denied::AccountNotPermitted`].
    pub fn holds(&self, permission: &str, book: &Rulebook, today: NaiveDate) -> Result<(), Denied> {
        if !book.may(permission, self.office(), today) {
            let (office, permission) = (self.office().clone(), permission.to_owned());
            return Err(Denied::RoleNotPermitted { office, permission });
        }
        self.was_given(permission)
    }

    /// Whether the caller [holds](Self::holds) a permission beside that of the RPC.
    pub fn may(&self, permission: &str, book: &Rulebook, today: NaiveDate) -> bool {
        self.holds(permission, book, today).is_ok()
    }

    /// The caller of a request, put there by the [`AuthLayer`](super::AuthLayer).
    ///
    /// # Errors
    /// [`Denied::TokenMissing`] on RPCs that are open to everyone, when no token was sent.
    pub fn of<T>(request: &Request<T>) -> Result<Self, Denied> {
        request.extensions().get::<Self>().cloned().ok_or(Denied::TokenMissing)
    }

    /// Stable id of the person or service account.
    pub fn subject(&self) -> &str {
        &self.0.subject
    }

    /// Name to show; may be empty.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Office in whose name it acts.
    pub fn office(&self) -> &OfficeCode {
        &self.0.office
    }

    /// Fields of the office.
    pub fn fields(&self) -> &Fields {
        &self.0.fields
    }

    /// Divisions of the caller; each covers those below it.
    pub fn divisions(&self) -> &[DivisionCode] {
        &self.0.divisions
    }

    /// The token, for calls in the caller's name; `None` for a service account, in whose name one asks by its
    /// [name](Self::subject). Never log it.
    pub fn token(&self) -> Option<&str> {
        Some(self.0.token.as_str()).filter(|token| !token.is_empty())
    }

    /// The token as the header `authorization` of a call, for a caller who has one, made once and marked so that no layer logs it; `None`
    /// when a header cannot hold it.
    pub(crate) fn bearer(&self) -> Option<HeaderValue> {
        self.0.bearer.get_or_init(|| bearer_of(&self.0.token)).clone()
    }

    /// Whether the caller may act on a subject of this field in this division.
    ///
    /// # Errors
    /// [`Denied::FieldNotPermitted`] or [`Denied::DivisionNotPermitted`].
    pub fn may_act_on(&self, field: &FieldCode, division: &DivisionCode) -> Result<(), Denied> {
        self.may_act_in_field(field)?;
        self.may_act_in_division(division)
    }

    /// Whether the caller may act in a field.
    ///
    /// # Errors
    /// [`Denied::FieldNotPermitted`].
    pub fn may_act_in_field(&self, field: &FieldCode) -> Result<(), Denied> {
        if self.0.fields.contain(field) {
            return Ok(());
        }
        Err(Denied::FieldNotPermitted { office: self.0.office.clone(), field: field.clone() })
    }

    /// Whether the caller may act in a division.
    ///
    /// # Errors
    /// [`Denied::DivisionNotPermitted`].
    pub fn may_act_in_division(&self, division: &DivisionCode) -> Result<(), Denied> {
        if self.0.divisions.iter().any(|own| own.covers(division)) {
            return Ok(());
        }
        Err(Denied::DivisionNotPermitted { division: division.clone() })
    }

    /// What the caller may see, for the filters of lists.
    pub fn scope(&self) -> Scope {
        Scope { fields: self.0.fields.clone(), divisions: self.0.divisions.clone() }
    }

    /// All that the caller may do and see, as one text: whoever has the same is shown the same by every read that does not ask who it
    /// is. For answers that are kept; it holds no name and no token. Written once for all requests by the same token.
    pub fn rights(&self) -> &str {
        self.0.rights.get_or_init(|| {
            let fields = match &self.0.fields {
                Fields::All => "*".to_owned(),
                Fields::Set(fields) => joined(fields),
            };
            let divisions: BTreeSet<_> = self.0.divisions.iter().collect();
            let permissions = self.0.permissions.as_ref().map_or_else(|| "*".to_owned(), joined);
            format!("{};{fields};{};{permissions}", self.0.office, joined(divisions))
        })
    }

    /// The caller as the actor of a state machine.
    pub fn actor(&self) -> Actor<'_> {
        Actor::person(self.0.office.as_str(), &self.0.subject)
    }
}

/// A token as the header `authorization`, marked so that no layer logs it; `None` when a header cannot hold it.
pub(crate) fn bearer_of(token: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::try_from(format!("Bearer {token}")).ok()?;
    value.set_sensitive(true);
    Some(value)
}

fn joined(codes: impl IntoIterator<Item = impl fmt::Display>) -> String {
    codes.into_iter().map(|code| code.to_string()).collect::<Vec<_>>().join(",")
}

/// What a caller may see. Lists leave out the rest, they do not refuse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// Fields.
    pub fields: Fields,
    /// Divisions; each covers those below it.
    pub divisions: Vec<DivisionCode>,
}

impl Scope {
    /// Whether a subject may be seen. One without a field, or without a division, is not hidden by that.
    pub fn admits(&self, field: Option<&FieldCode>, division: Option<&DivisionCode>) -> bool {
        field.is_none_or(|field| self.fields.contain(field))
            && division.is_none_or(|division| self.divisions.iter().any(|own| own.covers(division)))
    }

    /// Codes of the fields for an SQL `IN`, sorted; `None` when every field may be seen.
    pub fn field_codes(&self) -> Option<Vec<String>> {
        match &self.fields {
            Fields::All => None,
            Fields::Set(fields) => Some(fields.iter().map(ToString::to_string).collect()),
        }
    }

    /// Codes of all divisions within the scope for an SQL `IN`, sorted: those of Jinan's table that are covered, and
    /// those the caller names. A place outside Jinan is in the list only if the caller names it itself.
    pub fn division_codes(&self) -> Vec<String> {
        let covered =
            DivisionCode::known().filter(|known| self.divisions.iter().any(|own| own.covers(known)));
        let codes: BTreeSet<String> =
            covered.chain(self.divisions.iter().cloned()).map(|code| code.to_string()).collect();
        codes.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(divisions: &[&str], fields: Fields, permissions: Option<&[&str]>) -> Caller {
        let divisions = divisions.iter().map(|code| DivisionCode::parse(code).unwrap()).collect();
        let permissions = permissions.map(|given| given.iter().map(ToString::to_string).collect());
        Caller::of_account("approval", OfficeCode::parse("APPROVAL").unwrap(), fields, divisions, permissions)
    }

    #[test]
    fn rights_are_the_same_for_the_same_rights_and_differ_with_each_of_them() {
        let food = || Fields::Set([FieldCode::parse("FOOD").unwrap()].into());
        let one = with(&["370102", "370103"], food(), None);
        assert_eq!(one.rights(), with(&["370103", "370102"], food(), None).rights());
        assert_eq!(one.rights(), "APPROVAL;FOOD;370102,370103;*");
        for other in [
            with(&["370102"], food(), None),
            with(&["370102", "370103"], Fields::All, None),
            with(&["370102", "370103"], Fields::Set(BTreeSet::new()), None),
            with(&["370102", "370103"], food(), Some(&[])),
            with(&["370102", "370103"], food(), Some(&["punishment.party.check"])),
        ] {
            assert_ne!(one.rights(), other.rights(), "{other:?}");
        }
    }
}
