//! A joint measure.

use chrono::NaiveDate;
use domain::Uscc;

use super::{Action, Facts, Notice};

/// A joint measure against a party (R46; state machine 10): take it, or stop it because its trigger has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeasureNotice<'a> {
    /// Take it or stop it.
    pub action: Action,
    /// Code of the measure in the city's list.
    pub measure: &'a str,
    /// Its name there.
    pub label: &'a str,
    /// Whom it is for.
    pub object: &'a str,
    /// Credit code of the party.
    pub uscc: &'a Uscc,
    /// Name of the party.
    pub party_name: &'a str,
    /// The list that triggers it: a code of the set `measure_trigger`.
    pub list: &'a str,
    /// Number of the listing decision.
    pub decision_no: &'a str,
    /// The law it rests on.
    pub basis: &'a str,
    /// The article that lets it reduce rights; empty where it reduces none.
    pub rights_basis: &'a str,
    /// Name of the office that answers for it.
    pub implementer: &'a str,
    /// Edition of the city's list.
    pub edition: &'a str,
    /// First day.
    pub starts_on: NaiveDate,
    /// Day on which it ended; `None` while it runs.
    pub ended_on: Option<NaiveDate>,
    /// Revision of the measure.
    pub revision: i64,
}

impl MeasureNotice<'_> {
    /// The kind of the delivery that tells an end.
    pub const END: &'static str = "measure.withdrawn";
}

impl Notice for MeasureNotice<'_> {
    const NAME: &'static str = "measure";
    const FACTS: &'static [&'static str] = &[
        "action",
        "measure",
        "label",
        "object",
        "uscc",
        "party_name",
        "list",
        "decision_no",
        "basis",
        "rights_basis",
        "implementer",
        "edition",
        "starts_on",
        "ended_on",
        "revision",
    ];

    fn action(&self) -> Action {
        self.action
    }

    fn facts(&self) -> Facts {
        Facts::default()
            .text("action", self.action.code())
            .text("measure", self.measure)
            .text("label", self.label)
            .text("object", self.object)
            .text("uscc", self.uscc.as_str())
            .text("party_name", self.party_name)
            .text("list", self.list)
            .text("decision_no", self.decision_no)
            .text("basis", self.basis)
            .text("rights_basis", self.rights_basis)
            .text("implementer", self.implementer)
            .text("edition", self.edition)
            .date("starts_on", self.starts_on)
            .date("ended_on", self.ended_on)
            .integer("revision", self.revision)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_is_known_by_its_kind() {
        let ending = Action::Withdraw.ending();
        assert_eq!(MeasureNotice::END, format!("{}.{ending}", MeasureNotice::NAME));
    }
}
