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
    /// First day on which the profile is true; never falls from revision to revision.
    pub effective_on: NaiveDate,
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
    /// Division of the supervising bureau, in use today; never derived from the credit code, nor from who registered it.
    pub division: DivisionCode,
    /// Division of the registering authority, as the papers say; may be one that was given up.
    pub registered_division: Option<DivisionCode>,
    /// Name of the registering authority; may be empty.
    pub registering_authority: String,
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
    /// The entry was brought up to date, in these fields.
    Changed(Enterprise, Vec<&'static str>),
    /// The entry said the same already.
    Unchanged,
    /// The content would hold from before the first day of the present one: the past is not rewritten.
    TooEarly {
        /// First day of the present content.
        present_since: NaiveDate,
    },
}

/// A profile as handed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handed {
    /// The code.
    pub uscc: Uscc,
    /// What it says.
    pub profile: Profile,
    /// First day on which it is true, where that was said; not after the day on which it is handed in.
    pub since: Option<NaiveDate>,
}

impl Enterprise {
    /// `enterprises/{uscc}`.
    pub fn name(&self) -> String {
        enterprise_name(&self.uscc)
    }

    /// What handing something in does on the day `today`, where `known` is the entry of its code, if there is one.
    pub fn accept(known: Option<&Self>, handed: &Handed, today: NaiveDate, now: MicrosUtc) -> Change {
        let Handed { uscc, profile, since } = handed;
        let Some(known) = known else {
            let effective_on = since.or(profile.established_on).unwrap_or(today);
            return Change::Registered(Self {
                uscc: uscc.clone(),
                profile: profile.clone(),
                effective_on,
                revision: 1,
                created_at: now,
                updated_at: now,
            });
        };
        if known.profile == *profile {
            return Change::Unchanged;
        }
        if since.is_some_and(|since| since < known.effective_on) {
            return Change::TooEarly { present_since: known.effective_on };
        }
        let entry = Self {
            profile: profile.clone(),
            effective_on: since.unwrap_or(today).max(known.effective_on),
            revision: known.revision + 1,
            updated_at: now,
            ..known.clone()
        };
        Change::Changed(entry, profile.fields_unlike(&known.profile))
    }
}

impl Profile {
    /// Fields that say something else than in `other`, by their names in the contract, in its order.
    fn fields_unlike(&self, other: &Self) -> Vec<&'static str> {
        let fields = [
            ("legal_name", self.legal_name != other.legal_name),
            ("party_kind", self.party_kind != other.party_kind),
            ("division", self.division != other.division),
            ("industry", self.industry != other.industry),
            ("address", self.address != other.address),
            ("established_on", self.established_on != other.established_on),
            ("capital_fen", self.capital != other.capital),
            ("registration_state", self.registration_state != other.registration_state),
            ("foreign_invested", self.foreign_invested != other.foreign_invested),
            ("legal_representative", self.legal_representative != other.legal_representative),
            ("registered_division", self.registered_division != other.registered_division),
            ("registering_authority", self.registering_authority != other.registering_authority),
        ];
        fields.into_iter().filter(|(_, unlike)| *unlike).map(|(name, _)| name).collect()
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
            registered_division: None,
            registering_authority: String::new(),
            industry: String::new(),
            address: String::new(),
            established_on: None,
            capital: Money::ZERO,
            registration_state: "Operating".into(),
            foreign_invested: false,
            legal_representative: String::new(),
        }
    }

    fn day(text: &str) -> NaiveDate {
        domain::parse_date(text).unwrap()
    }

    fn accept(known: Option<&Enterprise>, name: &str, at: i64) -> Change {
        accept_since(known, name, at, None)
    }

    fn accept_since(known: Option<&Enterprise>, name: &str, at: i64, since: Option<&str>) -> Change {
        let uscc = Uscc::parse("91370102MA3C00011F").unwrap();
        let handed = Handed { uscc, profile: profile(name), since: since.map(day) };
        Enterprise::accept(known, &handed, day("2025-06-02"), MicrosUtc(at))
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
        let Change::Changed(changed, fields) = accept(Some(&known), "济南乙食品有限公司", 9) else {
            panic!("unchanged")
        };
        assert_eq!(
            (changed.revision, changed.created_at, changed.updated_at),
            (2, MicrosUtc(5), MicrosUtc(9))
        );
        assert_eq!(fields, ["legal_name"]);
    }

    #[test]
    fn every_field_that_says_something_else_is_named_as_the_contract_names_it() {
        let other = Profile {
            party_kind: "sole_trader".into(),
            division: DivisionCode::parse("370104").unwrap(),
            registered_division: Some(DivisionCode::parse("370102").unwrap()),
            registering_authority: "济南市市场监督管理局".into(),
            industry: "C1491".into(),
            address: "历下区".into(),
            established_on: Some(day("2015-03-01")),
            capital: Money::from_fen(1).unwrap(),
            registration_state: "Dormant".into(),
            foreign_invested: true,
            legal_representative: "王某".into(),
            ..profile("乙")
        };
        let fields = other.fields_unlike(&profile("甲"));
        let message = contract::descriptors().get_message_by_name("xinjian.registry.v1.Enterprise").unwrap();
        // Not changeable: its names and code, what the register assigns, and from when on it holds.
        const FIXED: [&str; 7] =
            ["name", "uscc", "revision", "create_time", "update_time", "effective_on", "etag"];
        let named = message.fields().map(|field| field.name().to_owned());
        let changeable: Vec<_> = named.filter(|name| !FIXED.contains(&name.as_str())).collect();
        assert_eq!(fields, changeable);
        assert!(profile("甲").fields_unlike(&profile("甲")).is_empty());
    }

    #[test]
    fn a_change_holds_from_the_day_said_and_never_from_before_the_present_content() {
        let known = registered("甲", 5);
        let Change::Changed(changed, _) = accept_since(Some(&known), "乙", 9, Some("2025-06-02")) else {
            panic!("not changed")
        };
        assert_eq!(changed.effective_on, day("2025-06-02"));
        let early = accept_since(Some(&changed), "丙", 10, Some("2025-06-01"));
        assert_eq!(early, Change::TooEarly { present_since: day("2025-06-02") });
    }

    #[test]
    fn a_new_entry_holds_from_the_day_of_establishment_or_from_today() {
        assert_eq!(registered("甲", 5).effective_on, day("2025-06-02"));
        let uscc = Uscc::parse("91370102MA3C00011F").unwrap();
        let profile = Profile { established_on: Some(day("2015-03-01")), ..profile("甲") };
        let change =
            Enterprise::accept(None, &Handed { uscc, profile, since: None }, day("2025-06-02"), MicrosUtc(1));
        assert!(matches!(change, Change::Registered(entry) if entry.effective_on == day("2015-03-01")));
    }
}
