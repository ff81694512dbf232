//! The inspectors of a task, who may visit what, and who must not visit whom.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{DrawError, Entry, Secret, word};
use crate::Digest;

/// One inspector, named by a number that holds for this task only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inspector {
    /// The task-local number.
    #[serde(rename = "inspector")]
    pub id: String,
    /// The office, such as `FOOD_PROD`; the lead slot needs the lead office.
    pub office: String,
    /// The fields of the enforcement certificate.
    pub fields: BTreeSet<String>,
    /// The divisions in which the inspector may work.
    pub divisions: BTreeSet<String>,
    /// Most objects of this task the inspector takes.
    pub cap: u32,
}

impl Inspector {
    /// Whether field and division let the inspector visit.
    pub(super) fn is_qualified(&self, field: &str, division: &str) -> bool {
        self.fields.contains(field) && self.divisions.contains(division)
    }
}

/// An inspector who must not visit an object (direct interest).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recusal {
    /// The inspector.
    pub inspector: String,
    /// The object of the pool, with its licence if it has one.
    pub object: String,
}

/// The inspectors in byte order of their ids, each once, with all recusals.
#[derive(Clone, Debug)]
pub struct InspectorTable {
    inspectors: Vec<Inspector>,
    recusals: Vec<Recusal>,
}

impl InspectorTable {
    /// Takes inspectors and recusals in any order. A recusal stated twice stays in the table twice.
    ///
    /// # Errors
    /// When an inspector stands twice, a recusal names nobody of the table, or a name is not allowed.
    pub fn new(mut inspectors: Vec<Inspector>, mut recusals: Vec<Recusal>) -> Result<Self, DrawError> {
        inspectors.iter().try_for_each(check)?;
        inspectors.sort_unstable_by(|a, b| a.id.cmp(&b.id));
        recusals.sort_unstable();
        if let Some(pair) = inspectors.windows(2).find(|pair| pair[0].id == pair[1].id) {
            return Err(DrawError::DuplicateInspector(pair[0].id.clone()));
        }
        let table = Self { inspectors, recusals };
        for recusal in &table.recusals {
            word::check_object(&recusal.object)?;
            if table.position(&recusal.inspector).is_none() {
                let Recusal { inspector, object } = recusal.clone();
                return Err(DrawError::RecusalOfStranger { inspector, object });
            }
        }
        Ok(table)
    }

    /// The inspectors in byte order of their ids.
    pub fn inspectors(&self) -> &[Inspector] {
        &self.inspectors
    }

    /// The recusals in byte order.
    pub fn recusals(&self) -> &[Recusal] {
        &self.recusals
    }

    /// The place of an inspector in the byte order.
    pub fn position(&self, id: &str) -> Option<usize> {
        self.inspectors.binary_search_by(|inspector| inspector.id.as_str().cmp(id)).ok()
    }

    /// Whether the inspector must not visit the object.
    pub fn is_recused(&self, inspector: &str, object: &str) -> bool {
        let key = (inspector, object);
        self.recusals.binary_search_by(|r| (r.inspector.as_str(), r.object.as_str()).cmp(&key)).is_ok()
    }

    /// Whether field, division and recusals let the inspector visit the object; caps are not looked at.
    pub fn is_eligible(&self, inspector: &Inspector, entry: Entry<'_>) -> bool {
        inspector.is_qualified(entry.field, entry.division) && !self.is_recused(&inspector.id, entry.object)
    }

    /// The places of those whom field and division let visit, ascending.
    pub(super) fn qualified(&self, field: &str, division: &str) -> Vec<u32> {
        let places = (0u32..).zip(&self.inspectors);
        places.filter(|(_, one)| one.is_qualified(field, division)).map(|(place, _)| place).collect()
    }

    /// The inspector table as lines in byte order: `i` lines for inspectors, `r` lines for recusals.
    pub fn lines(&self) -> String {
        let inspectors = self.inspectors.iter().map(|i| {
            format!("i\t{}\t{}\t{}\t{}\t{}\n", i.id, i.office, joined(&i.fields), joined(&i.divisions), i.cap)
        });
        let recusals = self.recusals.iter().map(|r| format!("r\t{}\t{}\n", r.inspector, r.object));
        let mut lines: Vec<String> = inspectors.chain(recusals).collect();
        lines.sort_unstable();
        lines.concat()
    }

    /// The keyed hash of the inspector table.
    pub fn hash(&self, secret: &Secret) -> Digest {
        secret.key().mac(&[self.lines().as_bytes()])
    }
}

fn check(inspector: &Inspector) -> Result<(), word::InvalidWord> {
    word::check("inspector", &inspector.id)?;
    word::check_ascii("office", &inspector.office)?;
    inspector.fields.iter().try_for_each(|field| word::check_listed("field", field))?;
    inspector.divisions.iter().try_for_each(|division| word::check_listed("division", division))
}

fn joined(names: &BTreeSet<String>) -> String {
    names.iter().map(String::as_str).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    const X: &str = "91370102MA4J283FE6";

    fn inspector(id: &str) -> Inspector {
        Inspector {
            id: id.into(),
            office: "FOOD_PROD".into(),
            fields: ["SE".into(), "FOOD".into()].into(),
            divisions: ["370102".into()].into(),
            cap: 3,
        }
    }

    fn recusal(inspector: &str) -> Recusal {
        Recusal { inspector: inspector.into(), object: X.into() }
    }

    #[test]
    fn the_table_lists_sorted_names_and_keeps_a_doubled_recusal() {
        let table =
            InspectorTable::new(vec![inspector("2"), inspector("1")], vec![recusal("1"), recusal("1")])
                .unwrap();
        let i = |id| format!("i\t{id}\tFOOD_PROD\tFOOD,SE\t370102\t3\n");
        let r = format!("r\t1\t{X}\n");
        assert_eq!(table.lines(), format!("{}{}{r}{r}", i(1), i(2)));
    }

    #[test]
    fn eligible_means_field_division_and_no_recusal() {
        let table = InspectorTable::new(vec![inspector("1"), inspector("2")], vec![recusal("1")]).unwrap();
        let entry = Entry { object: X, stratum: "A", field: "SE", division: "370102" };
        let eligible =
            |entry| table.inspectors().iter().map(|i| table.is_eligible(i, entry)).collect::<Vec<_>>();
        assert_eq!(eligible(entry), [false, true]);
        assert_eq!(eligible(Entry { field: "DRUG", ..entry }), [false, false]);
        assert_eq!(eligible(Entry { division: "370103", ..entry }), [false, false]);
    }

    #[test]
    fn an_inspector_twice_is_refused_by_name() {
        let refused = InspectorTable::new(vec![inspector("1"), inspector("1")], vec![]).unwrap_err();
        assert_eq!(refused, DrawError::DuplicateInspector("1".into()));
    }

    #[test]
    fn a_recusal_of_nobody_is_refused() {
        let refused = InspectorTable::new(vec![inspector("1")], vec![recusal("7")]).unwrap_err();
        assert_eq!(refused, DrawError::RecusalOfStranger { inspector: "7".into(), object: X.into() });
    }
}
