//! Sums of what the services count.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use contract::{
    common::v1::{CountFiguresResponse, Figure, Timeliness},
    gateway::v1::{Coverage, DispatchFigure, OfficeScore, Score},
};

use crate::{forward::Home, labels::Labels};

/// The rulebook's set of figures; the tag `service:…` of each names who counts it.
const SET: &str = "dispatch_figure";
const SERVICE: &str = "service";
/// The figures that say how far the enterprises of a list are covered.
const LISTED: &str = "list.enterprise";
const MARKED: &str = "mark.published";
const SIGNED: &str = "commitment.signed";

/// What each service counted.
pub(super) type Counted = [(Home, CountFiguresResponse)];

/// Every figure of the services that answered, in the order of the rulebook; what it does not know, behind them.
pub(super) fn figures(counted: &Counted, labels: Labels<'_>, on: NaiveDate) -> Vec<DispatchFigure> {
    let mut found = Vec::new();
    for code in labels.codes_of(SET, on) {
        let service = code.tag_value(SERVICE).unwrap_or_default();
        let answer = counted.iter().find(|(home, _)| home.name() == service);
        if let Some((_, answer)) = answer {
            found.push(DispatchFigure {
                code: code.code.clone(),
                label: code.label_zh.clone(),
                service: service.to_owned(),
                left_out: answer.left_out.contains(&code.code),
                ..DispatchFigure::default()
            });
        }
    }
    for (home, answer) in counted {
        for row in answer.figures.iter().cloned() {
            let known = found.iter_mut().find(|one| one.code == row.code && one.service == home.name());
            match known {
                Some(figure) => add(figure, row),
                None => {
                    let (code, service) = (row.code.clone(), home.name().to_owned());
                    let mut figure =
                        DispatchFigure { label: code.clone(), code, service, ..DispatchFigure::default() };
                    add(&mut figure, row);
                    found.push(figure);
                }
            }
        }
    }
    found
}

fn add(figure: &mut DispatchFigure, row: Figure) {
    figure.count += row.count;
    figure.rows.push(row);
}

/// How far the enterprises of each list are covered, by field and division; nothing where one of the three figures is left out.
pub(super) fn coverage(counted: &Counted) -> Vec<Coverage> {
    const OF: [&str; 3] = [LISTED, MARKED, SIGNED];
    let mut left_out = counted.iter().flat_map(|(_, answer)| &answer.left_out);
    if left_out.any(|code| OF.contains(&code.as_str())) {
        return Vec::new();
    }
    let mut rows: BTreeMap<(&str, &str), Coverage> = BTreeMap::new();
    for figure in counted.iter().flat_map(|(_, answer)| &answer.figures) {
        if !OF.contains(&figure.code.as_str()) {
            continue;
        }
        let row = rows.entry((&figure.field, &figure.division)).or_default();
        row.field.clone_from(&figure.field);
        row.division.clone_from(&figure.division);
        let count = match figure.code.as_str() {
            LISTED => &mut row.enterprises,
            MARKED => &mut row.marked,
            _ => &mut row.signed,
        };
        *count += figure.count;
    }
    rows.into_values().collect()
}

/// The score of each office, with its kinds of duty in their order.
pub(super) fn offices(rows: impl Iterator<Item = Timeliness>, labels: Labels<'_>) -> Vec<OfficeScore> {
    let mut offices: BTreeMap<String, Vec<Timeliness>> = BTreeMap::new();
    for row in rows {
        offices.entry(row.office.clone()).or_default().push(row);
    }
    let score = |(office, mut kinds): (String, Vec<Timeliness>)| {
        kinds.sort_by(|one, other| one.kind.cmp(&other.kind));
        let each = kinds.iter().map(|kind| [kind.in_time, kind.late, kind.overdue, kind.open]);
        OfficeScore { label: labels.office(&office), score: Some(sum(each)), office, kinds }
    };
    offices.into_iter().map(score).collect()
}

/// The sum of the scores of all offices.
pub(super) fn total(offices: &[OfficeScore]) -> Score {
    let scores = offices.iter().filter_map(|office| office.score);
    sum(scores.map(|score| [score.in_time, score.late, score.overdue, score.open]))
}

/// Sums of counts in time, late, overdue and open.
fn sum(counts: impl Iterator<Item = [i64; 4]>) -> Score {
    let mut sums = [0; 4];
    for count in counts {
        for (sum, one) in sums.iter_mut().zip(count) {
            *sum += one;
        }
    }
    let [in_time, late, overdue, open] = sums;
    let (missed, judged) = (late + overdue, in_time + late + overdue);
    let late_share = if judged == 0 { 0.0 } else { missed as f64 / judged as f64 };
    Score { in_time, late, overdue, open, late_share }
}

#[cfg(test)]
mod tests {
    use rulebook::Rulebook;

    use super::*;

    fn figure(code: &str, field: &str, division: &str, count: i64) -> Figure {
        let (code, office) = (code.to_owned(), String::new());
        Figure { code, office, field: field.to_owned(), division: division.to_owned(), count }
    }

    fn counted(home: Home, figures: Vec<Figure>, left_out: &[&str]) -> Vec<(Home, CountFiguresResponse)> {
        let left_out = left_out.iter().map(ToString::to_string).collect();
        vec![(home, CountFiguresResponse { figures, left_out })]
    }

    fn on() -> NaiveDate {
        domain::parse_date("2026-11-26").unwrap()
    }

    #[test]
    fn a_figure_is_the_sum_of_its_rows_and_one_that_counts_nothing_is_shown() {
        let book = Rulebook::builtin();
        let rows = vec![figure(MARKED, "FOOD", "370102", 2), figure(MARKED, "SE", "370103", 3)];
        let counted = counted(Home::Registry, rows, &["breach.ordered"]);
        let figures = figures(&counted, Labels::of(&book), on());
        let count = |code| figures.iter().find(|one| one.code == code).map(|one| (one.count, one.rows.len()));
        assert_eq!((count(MARKED), count(SIGNED)), (Some((5, 2)), Some((0, 0))));
        let left_out: Vec<_> =
            figures.iter().filter(|one| one.left_out).map(|one| one.code.as_str()).collect();
        assert_eq!(left_out, ["breach.ordered"]);
        assert_eq!(count("visit.made"), None, "inspection did not answer");
    }

    #[test]
    fn a_figure_that_the_rulebook_does_not_know_is_shown_under_its_code() {
        let book = Rulebook::builtin();
        let figures =
            figures(&counted(Home::Risk, vec![figure("new.one", "", "", 7)], &[]), Labels::of(&book), on());
        let last = figures.last().unwrap();
        assert_eq!((last.label.as_str(), last.service.as_str(), last.count), ("new.one", "risk", 7));
    }

    #[test]
    fn coverage_stands_by_field_and_division() {
        let rows = vec![
            figure(LISTED, "FOOD", "370102", 4),
            figure(MARKED, "FOOD", "370102", 2),
            figure(SIGNED, "FOOD", "370102", 1),
            figure("mark.candidate", "FOOD", "370102", 9),
            figure(LISTED, "FOOD", "370103", 1),
        ];
        let covered = coverage(&counted(Home::Registry, rows.clone(), &["breach.ordered"]));
        let counts: Vec<_> = covered
            .iter()
            .map(|row| (row.division.as_str(), row.enterprises, row.marked, row.signed))
            .collect();
        assert_eq!(counts, [("370102", 4, 2, 1), ("370103", 1, 0, 0)]);
        assert_eq!(coverage(&counted(Home::Registry, rows, &[SIGNED])), []);
    }

    #[test]
    fn the_scores_of_the_offices_add_up_to_the_total() {
        let book = Rulebook::builtin();
        let row = |office: &str, kind: &str, counts: [i64; 4]| {
            let [in_time, late, overdue, open] = counts;
            let (office, kind) = (office.to_owned(), kind.to_owned());
            Timeliness { office, kind, in_time, late, overdue, open, late_share: 0.0 }
        };
        let rows = [
            row("SE_SUPERV", "mark.confirm", [1, 1, 1, 1]),
            row("FOOD_PROD", "mark.push", [6, 0, 0, 2]),
            row("FOOD_PROD", "mark.confirm", [0, 1, 0, 0]),
        ];
        let offices = offices(rows.into_iter(), Labels::of(&book));
        let names: Vec<_> = offices.iter().map(|office| office.label.as_str()).collect();
        assert_eq!(names.len(), 2);
        assert!(names.iter().all(|name| !name.is_ascii()), "{names:?}");
        let kinds: Vec<_> = offices[0].kinds.iter().map(|kind| kind.kind.as_str()).collect();
        assert_eq!(kinds, ["mark.confirm", "mark.push"]);
        let total = total(&offices);
        assert_eq!((total.in_time, total.late, total.overdue, total.open), (7, 2, 1, 3));
        assert!((total.late_share - 0.3).abs() < 1e-9);
        assert_eq!(sum(std::iter::empty()).late_share, 0.0);
    }
}
