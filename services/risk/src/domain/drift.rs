//! What a run would change, in figures: who goes from which class to which, and how far the whole has shifted.
//!
//! The population stability index of two distributions over the same classes is the sum of (q - p) · ln(q / p) over all
//! classes, where p is the share of a class before and q after; a class that nobody is in counts as [`NOBODY`]. By custom
//! less than 0.1 is stable, and 0.25 or more is a shift that must be explained. It counts only enterprises with a class.

use std::collections::{BTreeMap, BTreeSet};

use super::{class::Class, scheme::Scheme};

/// Share of a class that nobody is in, so that the logarithm exists.
const NOBODY: f64 = 0.000_1;

/// Which class is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The combined class.
    Combined,
    /// The class by the general model.
    General,
    /// The grade by the model of the field.
    Professional,
    /// The combined class by a model on trial; it is held against the run's own.
    Shadow,
}

/// Every part, by its name in the database and the API.
const PARTS: [(Part, &str); 4] = [
    (Part::Combined, "combined"),
    (Part::General, "general"),
    (Part::Professional, "professional"),
    (Part::Shadow, "shadow"),
];

impl Part {
    /// The name in the database and the API.
    pub fn as_str(self) -> &'static str {
        PARTS[self as usize].1
    }

    /// The part of this name.
    pub fn named(name: &str) -> Option<Self> {
        PARTS.iter().find(|(_, known)| *known == name).map(|(part, _)| *part)
    }
}

/// One way that enterprises go.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Way {
    /// What is looked at.
    pub part: Part,
    /// `id@version` of the model on trial; empty for the other parts.
    pub model: String,
    /// Key field.
    pub field: String,
    /// Class scheme of both codes.
    pub scheme: String,
    /// Class before; empty for an enterprise that had none.
    pub from: String,
    /// Class afterwards; empty for one that left the field.
    pub to: String,
}

/// How many enterprises go each way.
pub type Matrix = BTreeMap<Way, i64>;

/// The schemes of the codes of a class: combined, general, professional.
#[derive(Clone, Copy, Debug)]
pub struct Schemes<'a> {
    /// Of the combined class.
    pub combined: &'a str,
    /// Of the general class.
    pub general: &'a str,
    /// Of the professional grade; empty without a model of the field.
    pub professional: &'a str,
}

/// Counts how one enterprise goes, in all three parts.
pub fn count(
    matrix: &mut Matrix,
    field: &str,
    schemes: Schemes<'_>,
    before: Option<&Class>,
    now: Option<&Class>,
) {
    type CodeOf = fn(&Class) -> &str;
    let parts: [(_, _, CodeOf); 3] = [
        (Part::Combined, schemes.combined, |class| &class.code),
        (Part::General, schemes.general, |class| &class.general_code),
        (Part::Professional, schemes.professional, |class| &class.professional_code),
    ];
    for (part, scheme, code) in parts {
        let code = |class: Option<&Class>| class.map_or("", code).to_owned();
        let (from, to) = (code(before), code(now));
        if from.is_empty() && to.is_empty() {
            continue;
        }
        let (field, scheme) = (field.to_owned(), scheme.to_owned());
        *matrix.entry(Way { part, model: String::new(), field, scheme, from, to }).or_default() += 1;
    }
}

/// How far one part has shifted in one field.
#[derive(Clone, Debug, PartialEq)]
pub struct Drift {
    /// What is looked at.
    pub part: Part,
    /// `id@version` of the model on trial; empty for the other parts.
    pub model: String,
    /// Key field.
    pub field: String,
    /// Class scheme.
    pub scheme: String,
    /// Enterprises with a class before and afterwards.
    pub both: i64,
    /// Those of them that go to a riskier class.
    pub up: i64,
    /// Those of them that go to a less risky one.
    pub down: i64,
    /// Enterprises that had no class.
    pub entered: i64,
    /// Enterprises that have none any more.
    pub left: i64,
    /// Population stability index; `None` where nobody had, or has, a class.
    pub stability_index: Option<f64>,
}

/// Part, model on trial, field and scheme.
type Group<'a> = (Part, &'a str, &'a str, &'a str);
type Ways<'a> = Vec<(&'a Way, i64)>;

/// The shift of every part and field. `scheme` finds a class scheme by its identifier.
pub fn drift(matrix: &Matrix, scheme: impl Fn(&str) -> Option<Scheme>) -> Vec<Drift> {
    let mut groups: BTreeMap<Group<'_>, Ways<'_>> = BTreeMap::new();
    for (way, count) in matrix {
        let key = (way.part, way.model.as_str(), way.field.as_str(), way.scheme.as_str());
        groups.entry(key).or_default().push((way, *count));
    }
    let shift = |((part, model, field, id), ways): (Group<'_>, Ways<'_>)| {
        let ranks = scheme(id);
        let rank = |code: &str| ranks.as_ref().and_then(|scheme| scheme.rank(code));
        let sum = |wanted: &dyn Fn(&Way) -> bool| -> i64 {
            ways.iter().filter(|(way, _)| wanted(way)).map(|(_, count)| count).sum()
        };
        let both = |way: &Way| !way.from.is_empty() && !way.to.is_empty();
        let rises = |way: &Way| rank(&way.from).zip(rank(&way.to)).map(|(from, to)| to.cmp(&from));
        Drift {
            part,
            model: model.to_owned(),
            field: field.to_owned(),
            scheme: id.to_owned(),
            both: sum(&both),
            up: sum(&|way| rises(way).is_some_and(std::cmp::Ordering::is_gt)),
            down: sum(&|way| rises(way).is_some_and(std::cmp::Ordering::is_lt)),
            entered: sum(&|way| way.from.is_empty()),
            left: sum(&|way| way.to.is_empty()),
            stability_index: stability_index(&shares(&ways, |way| &way.from), &shares(&ways, |way| &way.to)),
        }
    };
    groups.into_iter().map(shift).collect()
}

fn shares<'a>(ways: &[(&'a Way, i64)], code: impl Fn(&'a Way) -> &'a String) -> BTreeMap<&'a str, i64> {
    let mut counts = BTreeMap::new();
    for (way, count) in ways {
        let code = code(way).as_str();
        if !code.is_empty() {
            *counts.entry(code).or_default() += count;
        }
    }
    counts
}

/// The population stability index of two distributions, given as enterprises by class. `None` when one of them is empty.
pub fn stability_index<K: Ord>(before: &BTreeMap<K, i64>, after: &BTreeMap<K, i64>) -> Option<f64> {
    let (all_before, all_after): (i64, i64) = (before.values().sum(), after.values().sum());
    if all_before == 0 || all_after == 0 {
        return None;
    }
    let share = |counts: &BTreeMap<K, i64>, all: i64, code: &K| {
        let count = counts.get(code).copied().unwrap_or(0);
        (count as f64 / all as f64).max(NOBODY)
    };
    let codes: BTreeSet<&K> = before.keys().chain(after.keys()).collect();
    let term = |code: &K| {
        let (p, q) = (share(before, all_before, code), share(after, all_after, code));
        (q - p) * (q / p).ln()
    };
    Some(codes.into_iter().map(term).sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn way(from: &str, to: &str) -> Way {
        Way {
            part: Part::Combined,
            model: String::new(),
            field: "FOOD".to_owned(),
            scheme: "x".to_owned(),
            from: from.to_owned(),
            to: to.to_owned(),
        }
    }

    fn scheme(_: &str) -> Option<Scheme> {
        let classes = ["A", "B", "C"].map(|code| (code.to_owned(), String::new()));
        Scheme::new("x", classes.to_vec())
    }

    #[test]
    fn who_rises_falls_enters_and_leaves_is_counted_apart() {
        let matrix: Matrix = [
            (way("A", "A"), 60),
            (way("A", "B"), 20),
            (way("A", "C"), 5),
            (way("C", "A"), 15),
            (way("", "A"), 4),
            (way("B", ""), 3),
        ]
        .into();
        let drift = &drift(&matrix, scheme)[0];
        assert_eq!((drift.both, drift.up, drift.down, drift.entered, drift.left), (100, 25, 15, 4, 3));
    }

    #[test]
    fn the_stability_index_is_the_one_of_the_definition() {
        let before = [("A", 70), ("B", 30)].into();
        assert_eq!(stability_index(&before, &before), Some(0.0));
        // (0.5 - 0.7) ln(0.5 / 0.7) + (0.5 - 0.3) ln(0.5 / 0.3)
        let index = stability_index(&before, &[("A", 5), ("B", 5)].into()).unwrap();
        assert!((index - 0.169_459_572).abs() < 1e-9, "{index}");
        // A class that nobody was in: (0.0001 instead of 0).
        let index = stability_index(&[("A", 1)].into(), &[("B", 1)].into()).unwrap();
        assert!((index - 2.0 * 0.9999 * (1.0_f64 / 0.0001).ln()).abs() < 1e-9, "{index}");
        assert_eq!(stability_index(&BTreeMap::new(), &before), None, "nobody was in a class");
    }

    #[test]
    fn every_part_reads_back_from_its_name() {
        for (part, name) in PARTS {
            assert_eq!((part.as_str(), Part::named(name)), (name, Some(part)));
        }
        assert_eq!(Part::named("all"), None);
    }
}
