//! A permit.

use chrono::NaiveDate;
use domain::Uscc;

use super::{Action, Facts, Notice, PartyCodes};

/// An administrative permit as the double-publicity standard knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PermitNotice<'a> {
    /// Show or take away.
    pub action: Action,
    /// Name of the party.
    pub party_name: &'a str,
    /// Kind of the party: a code of the set `party_kind`.
    pub party_kind: &'a str,
    /// Credit code of the party.
    pub uscc: &'a Uscc,
    /// Its other codes.
    pub party_codes: PartyCodes<'a>,
    /// Title of the decision.
    pub decision_title: &'a str,
    /// Number of the decision.
    pub decision_no: &'a str,
    /// Class: a code of the set `permit_class`.
    pub permit_class: &'a str,
    /// Name of the certificate; may be empty.
    pub certificate_name: &'a str,
    /// Number of the licence; may be empty.
    pub permit_no: &'a str,
    /// What is permitted.
    pub content: &'a str,
    /// Date of the decision.
    pub decided_on: NaiveDate,
    /// First day of validity.
    pub valid_from: NaiveDate,
    /// Last day of validity; [`domain::LONG_TERM_END`] when there is none.
    pub valid_to: NaiveDate,
    /// Authority that decided.
    pub authority: &'a str,
    /// Credit code of the authority.
    pub authority_uscc: &'a str,
    /// State: a code of the set `licence_state`.
    pub state: &'a str,
    /// Unit that the data comes from.
    pub source_unit: &'a str,
    /// Credit code of that unit.
    pub source_unit_uscc: &'a str,
    /// Anything else; may be empty.
    pub remark: &'a str,
    /// Revision of the record.
    pub revision: i64,
}

impl Notice for PermitNotice<'_> {
    const NAME: &'static str = "permit";
    const FACTS: &'static [&'static str] = &[
        "action",
        "party_name",
        "party_kind",
        "uscc",
        "registration_no",
        "organization_code",
        "tax_no",
        "institution_no",
        "society_no",
        "decision_title",
        "decision_no",
        "permit_class",
        "certificate_name",
        "permit_no",
        "content",
        "decided_on",
        "valid_from",
        "valid_to",
        "authority",
        "authority_uscc",
        "state",
        "source_unit",
        "source_unit_uscc",
        "remark",
        "revision",
    ];

    fn action(&self) -> Action {
        self.action
    }

    fn facts(&self) -> Facts {
        let facts = Facts::default()
            .text("action", self.action.code())
            .text("party_name", self.party_name)
            .text("party_kind", self.party_kind)
            .text("uscc", self.uscc.as_str())
            .text("decision_title", self.decision_title)
            .text("decision_no", self.decision_no)
            .text("permit_class", self.permit_class)
            .text("certificate_name", self.certificate_name)
            .text("permit_no", self.permit_no)
            .text("content", self.content)
            .date("decided_on", self.decided_on)
            .date("valid_from", self.valid_from)
            .date("valid_to", self.valid_to)
            .text("authority", self.authority)
            .text("authority_uscc", self.authority_uscc)
            .text("state", self.state)
            .text("source_unit", self.source_unit)
            .text("source_unit_uscc", self.source_unit_uscc)
            .text("remark", self.remark)
            .integer("revision", self.revision);
        self.party_codes.beside(facts)
    }
}
