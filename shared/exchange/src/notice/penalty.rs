//! A penalty.

use chrono::NaiveDate;
use domain::{Money, Uscc};

use super::{Action, Facts, Notice, PartyCodes};

/// An administrative penalty with all that the double-publicity standard knows of it; the publicity system takes the digest
/// of order 45 art 4 from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PenaltyNotice<'a> {
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
    /// Number of the decision.
    pub decision_no: &'a str,
    /// Kind of breach.
    pub violation_type: &'a str,
    /// Facts of the breach.
    pub violation_facts: &'a str,
    /// Legal basis.
    pub legal_basis: &'a str,
    /// Codes of the set `penalty_kind`.
    pub penalty_kinds: &'a [String],
    /// What was decided.
    pub content: &'a str,
    /// Fine; `None` when none was imposed.
    pub fine: Option<Money>,
    /// Confiscated gains and goods; `None` when there are none.
    pub confiscated: Option<Money>,
    /// Certificate suspended or revoked; may be empty.
    pub affected_certificate: &'a str,
    /// Date of the decision.
    pub decided_on: NaiveDate,
    /// Last day of its validity, where it has one.
    pub valid_to: Option<NaiveDate>,
    /// Last day of its publication, where it is known.
    pub publication_end: Option<NaiveDate>,
    /// Authority that decided.
    pub authority: &'a str,
    /// Credit code of the authority.
    pub authority_uscc: &'a str,
    /// Unit that the data comes from.
    pub source_unit: &'a str,
    /// Credit code of that unit.
    pub source_unit_uscc: &'a str,
    /// Name under which everyone may have the text of the decision; may be empty.
    pub decision_text: &'a str,
    /// SM3 of that text; empty with it.
    pub decision_text_digest: &'a str,
    /// Anything else; may be empty.
    pub remark: &'a str,
    /// Revision of the record.
    pub revision: i64,
}

impl Notice for PenaltyNotice<'_> {
    const NAME: &'static str = "penalty";
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
        "decision_no",
        "violation_type",
        "violation_facts",
        "legal_basis",
        "penalty_kinds",
        "content",
        "fine",
        "confiscated",
        "affected_certificate",
        "decided_on",
        "valid_to",
        "publication_end",
        "authority",
        "authority_uscc",
        "source_unit",
        "source_unit_uscc",
        "decision_text",
        "decision_text_digest",
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
            .text("decision_no", self.decision_no)
            .text("violation_type", self.violation_type)
            .text("violation_facts", self.violation_facts)
            .text("legal_basis", self.legal_basis)
            .texts("penalty_kinds", self.penalty_kinds)
            .text("content", self.content)
            .money("fine", self.fine)
            .money("confiscated", self.confiscated)
            .text("affected_certificate", self.affected_certificate)
            .date("decided_on", self.decided_on)
            .date("valid_to", self.valid_to)
            .date("publication_end", self.publication_end)
            .text("authority", self.authority)
            .text("authority_uscc", self.authority_uscc)
            .text("source_unit", self.source_unit)
            .text("source_unit_uscc", self.source_unit_uscc)
            .text("decision_text", self.decision_text)
            .text("decision_text_digest", self.decision_text_digest)
            .text("remark", self.remark)
            .integer("revision", self.revision);
        self.party_codes.beside(facts)
    }
}
