//! The codes that a model names: each must be one of the rulebook, for a misspelt one never matches and is never missed.

use super::{
    CHANGE, Condition, LICENCE, Measure, Model, ModelError, PROVINCIAL, Scope, TICKET, Test,
    error::Faults,
    source::{Source, is_record},
};

/// Set of the key fields.
pub const FIELD: &str = "field";
/// Set of the sub-kinds of licences.
pub const SUB_KIND: &str = "sub_kind";
/// Set of the class schemes.
pub const SCHEME: &str = "scheme";
/// Names of fields of the register entry, as the contract has them.
const CHANGED_FIELD: &str = "changed_field";
/// States of an entry of a list, as the contract has them.
const LIST_STATUS: &str = "list_status";
/// Stands for every kind of record.
const RECORD: &str = "record";

/// Fields that hold codes: source (empty: whichever has such a field), path, and the sets that their codes are of.
const CODED: [(&str, &str, &[&str]); 20] = [
    ("", "field", &[FIELD]),
    ("", "party_kind", &["party_kind"]),
    ("", "registration_state", &["registration_state"]),
    ("", "sub_kinds", &[SUB_KIND]),
    (CHANGE, "enterprise.party_kind", &["party_kind"]),
    (CHANGE, "enterprise.registration_state", &["registration_state"]),
    (CHANGE, "changed_fields", &[CHANGED_FIELD]),
    (LICENCE, "state", &["licence_state"]),
    (TICKET, "kind", &["ticket_kind"]),
    (PROVINCIAL, "scheme", &[SCHEME]),
    (RECORD, "permit.permit_class", &["permit_class"]),
    (RECORD, "permit.state", &["licence_state"]),
    (RECORD, "permit.sub_kinds", &[SUB_KIND]),
    (RECORD, "penalty.penalty_kinds", &["penalty_kind"]),
    (RECORD, "penalty.discretion_grade", &["discretion_grade"]),
    (RECORD, "inspection.mode", &["inspection_mode"]),
    (RECORD, "inspection.result", &["inspection_result"]),
    (RECORD, "sampling.level", &["sampling_level"]),
    (RECORD, "list_entry.list", &["list", "measure_trigger", "external_list"]),
    (RECORD, "list_entry.status", &[LIST_STATUS]),
];

impl Model {
    /// Whether every code that it names, and the field that it is made for, is known. `codes_of` gives the codes of a set, of key
    /// fields for [`FIELD`], sub-kinds for [`SUB_KIND`] and class schemes for [`SCHEME`]. `text` is the content of `file`.
    ///
    /// # Errors
    /// With every code that is not, and those that are.
    pub fn check_codes(
        &self,
        file: &str,
        text: &str,
        codes_of: impl Fn(&str) -> Vec<String>,
    ) -> Result<(), ModelError> {
        let mut faults = Faults::default();
        if let Scope::Field(code) = &self.scope {
            let fields = codes_of(FIELD);
            if !fields.contains(code) {
                let known = fields.join(", ");
                faults
                    .note("scope", format!("`{code}` is no key field; expected general, stand_in, {known}"));
            }
        }
        for (at, indicator) in self.indicators.iter().enumerate() {
            let checked = Coded { source: &indicator.source, codes_of: &codes_of };
            if let Some(condition) = &indicator.condition {
                checked.condition(format!("indicators[{at}].condition"), condition, &mut faults);
            }
            if let Measure::Share(condition) = &indicator.measure {
                checked.condition(format!("indicators[{at}].measure.share"), condition, &mut faults);
            }
        }
        faults.unless_any(file, text, Some(()))
    }
}

/// Checks the conditions of one indicator.
struct Coded<'a, F> {
    source: &'a Source,
    codes_of: &'a F,
}

impl<F: Fn(&str) -> Vec<String>> Coded<'_, F> {
    /// Walks the condition as its text is written, so that a fault has the place of its value.
    fn condition(&self, path: String, condition: &Condition, faults: &mut Faults) {
        match condition {
            Condition::All(parts) => self.parts(&format!("{path}.all"), parts, faults),
            Condition::Any(parts) => self.parts(&format!("{path}.any"), parts, faults),
            Condition::Not(part) => self.condition(format!("{path}.not"), part, faults),
            Condition::Test(field, test) => {
                let known = self.known(&field.name());
                if let (Some(known), Some(unknown)) =
                    (&known, known.as_ref().and_then(|all| strange(test, all)))
                {
                    let expected = known.join(", ");
                    let problem =
                        format!("`{}`: unknown code `{unknown}`; expected one of {expected}", field.name());
                    faults.note(format!("{path}.value"), problem);
                }
            }
        }
    }

    fn parts(&self, path: &str, parts: &[Condition], faults: &mut Faults) {
        for (at, part) in parts.iter().enumerate() {
            self.condition(format!("{path}[{at}]"), part, faults);
        }
    }

    /// The codes that the field at `path` may hold; `None` where it holds no codes.
    fn known(&self, path: &str) -> Option<Vec<String>> {
        let source = self.source.name();
        let is_of = |of: &str| of.is_empty() || of == source || (of == RECORD && is_record(source));
        let (.., sets) = CODED.iter().find(|(of, coded, _)| is_of(of) && *coded == path)?;
        Some(sets.iter().flat_map(|set| self.set(set)).collect())
    }

    fn set(&self, set: &str) -> Vec<String> {
        match set {
            CHANGED_FIELD => Source::named(super::ATTRIBUTE)
                .map(|source| source.message().fields().map(|field| field.name().to_owned()).collect())
                .unwrap_or_default(),
            LIST_STATUS => ["Listed", "Suspended", "Removed"].map(str::to_owned).to_vec(),
            _ => (self.codes_of)(set),
        }
    }
}

/// The first text of a test that is none of `known`; an empty one asks for what is not stated.
fn strange<'t>(test: &'t Test, known: &[String]) -> Option<&'t str> {
    let is_known = |text: &&String| text.is_empty() || known.contains(text);
    let begins = |start: &&String| known.iter().any(|code| code.starts_with(start.as_str()));
    let strange = match test {
        Test::StartsWith(starts) => starts.iter().find(|start| !begins(start)),
        _ => test.texts().iter().find(|text| !is_known(text)),
    };
    strange.map(String::as_str)
}
