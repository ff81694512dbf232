//! A change of single fields of an enterprise.

use chrono::NaiveDate;
use domain::{DivisionCode, LegalName, Money, Uscc};

use super::Profile;

/// What an officer wants to change, and what it rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patch {
    /// Of which enterprise.
    pub uscc: Uscc,
    /// The new contents, each field at most once.
    pub fields: Vec<Field>,
    /// Revision of the content that the officer has seen.
    pub seen_revision: i64,
    /// First day on which the change is true; `None`: today.
    pub since: Option<NaiveDate>,
}

/// A field with its new content; what it means is said at [`Profile`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "named and explained as the fields of `Profile`")]
pub enum Field {
    LegalName(LegalName),
    PartyKind(String),
    Division(DivisionCode),
    RegisteredDivision(Option<DivisionCode>),
    RegisteringAuthority(String),
    Industry(String),
    Address(String),
    EstablishedOn(Option<NaiveDate>),
    Capital(Money),
    RegistrationState(String),
    ForeignInvested(bool),
    LegalRepresentative(String),
}

impl Patch {
    /// The name of the legal representative, where it is to be changed.
    pub fn person(&self) -> Option<String> {
        self.fields.iter().find_map(|field| match field {
            Field::LegalRepresentative(person) => Some(person.clone()),
            _ => None,
        })
    }

    /// `profile` with the change made.
    #[must_use]
    pub fn apply(&self, profile: &Profile) -> Profile {
        let mut changed = profile.clone();
        for field in self.fields.iter().cloned() {
            match field {
                Field::LegalName(name) => changed.legal_name = name,
                Field::PartyKind(kind) => changed.party_kind = kind,
                Field::Division(division) => changed.division = division,
                Field::RegisteredDivision(division) => changed.registered_division = division,
                Field::RegisteringAuthority(authority) => changed.registering_authority = authority,
                Field::Industry(industry) => changed.industry = industry,
                Field::Address(address) => changed.address = address,
                Field::EstablishedOn(day) => changed.established_on = day,
                Field::Capital(capital) => changed.capital = capital,
                Field::RegistrationState(state) => changed.registration_state = state,
                Field::ForeignInvested(invested) => changed.foreign_invested = invested,
                Field::LegalRepresentative(person) => changed.legal_representative = person,
            }
        }
        changed
    }
}
