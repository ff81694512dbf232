//! Enterprises: who is under supervision (R2, R14).

use chrono::NaiveDate;
use domain::{DivisionCode, LegalName, MicrosUtc, Money, Uscc};

/// An enterprise as the register knows it now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enterprise {
    /// The key under which everything about it is collected.
    pub uscc: Uscc,
    /// What is known of it.
    pub profile: Profile,
    /// 1 when registered; rises by one with every change.
    pub revision: i64,
    /// When the register first learned of it.
    pub created_at: MicrosUtc,
    /// When the entry last changed.
    pub updated_at: MicrosUtc,
}

/// What is known of an enterprise besides its code. Two equal profiles are the same content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Name in the register of market entities.
    pub legal_name: LegalName,
    /// Code of the rulebook's set `party_kind`.
    pub party_kind: String,
    /// Division of the supervising bureau; never derived from the credit code.
    pub division: DivisionCode,
    /// Industry by GB/T 4754-2017; empty when not known.
    pub industry: String,
    /// Registered address; may be empty.
    pub address: String,
    /// Date of establishment, when known.
    pub established_on: Option<NaiveDate>,
    /// Registered capital; zero when not known.
    pub capital: Money,
    /// Code of the rulebook's set `registration_state`.
    pub registration_state: String,
    /// Whether it is foreign-invested (R11).
    pub foreign_invested: bool,
    /// Name of the legal representative; may be empty. Personal data: it stays in this service.
    pub legal_representative: String,
}

/// What became of a profile that was handed in for a code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// The enterprise is new to the register.
    Registered(Enterprise),
    /// The entry was brought up to date.
    Changed(Enterprise),
    /// The entry said the same already.
    Unchanged,
}

impl Enterprise {
    /// `enterprises/{uscc}`.
    pub fn name(&self) -> String {
        enterprise_name(&self.uscc)
    }

    /// What handing in `profile` for `uscc` does, where `known` is the entry of that code, if there is one.
    pub fn accept(known: Option<&Self>, uscc: &Uscc, profile: &Profile, now: MicrosUtc) -> Change {
        match known {
            None => Change::Registered(Self {
                uscc: uscc.clone(),
                profile: profile.clone(),
                revision: 1,
                created_at: now,
                updated_at: now,
            }),
            Some(known) if known.profile == *profile => Change::Unchanged,
            Some(known) => Change::Changed(Self {
                uscc: uscc.clone(),
                profile: profile.clone(),
                revision: known.revision + 1,
                created_at: known.created_at,
                updated_at: now,
            }),
        }
    }
}

/// Resource name of the enterprise with `uscc`: `enterprises/{uscc}`.
pub fn enterprise_name(uscc: &Uscc) -> String {
    format!("enterprises/{uscc}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(name: &str) -> Profile {
        Profile {
            legal_name: LegalName::parse(name).unwrap(),
            party_kind: "legal_or_unincorporated".into(),
            division: DivisionCode::parse("370102").unwrap(),
            industry: String::new(),
            address: String::new(),
            established_on: None,
            capital: Money::ZERO,
            registration_state: "Operating".into(),
            foreign_invested: false,
            legal_representative: String::new(),
        }
    }

    fn accept(known: Option<&Enterprise>, name: &str, at: i64) -> Change {
        let uscc = Uscc::parse("91370102MA3C00011F").unwrap();
        Enterprise::accept(known, &uscc, &profile(name), MicrosUtc(at))
    }

    fn registered(name: &str, at: i64) -> Enterprise {
        match accept(None, name, at) {
            Change::Registered(enterprise) => enterprise,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_code_seen_first_is_registered_at_revision_one() {
        let enterprise = registered("济南甲食品有限公司", 5);
        assert_eq!(
            (enterprise.revision, enterprise.created_at, enterprise.updated_at),
            (1, MicrosUtc(5), MicrosUtc(5))
        );
    }

    #[test]
    fn the_same_content_again_changes_nothing() {
        let known = registered("济南甲食品有限公司", 5);
        assert_eq!(accept(Some(&known), "济南甲食品有限公司", 9), Change::Unchanged);
    }

    #[test]
    fn other_content_raises_the_revision_and_keeps_the_first_instant() {
        let known = registered("济南甲食品有限公司", 5);
        let Change::Changed(changed) = accept(Some(&known), "济南乙食品有限公司", 9) else {
            panic!("unchanged")
        };
        assert_eq!(
            (changed.revision, changed.created_at, changed.updated_at),
            (2, MicrosUtc(5), MicrosUtc(9))
        );
    }
}
