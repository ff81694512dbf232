//! Figures, and how they are told.

use serde::Serialize;

/// Which way is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Better {
    Higher,
    Lower,
}

/// One figure beside its baseline.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Figure {
    pub(crate) bench: &'static str,
    pub(crate) figure: &'static str,
    /// Unit of `ours` and `baseline`.
    pub(crate) unit: &'static str,
    pub(crate) ours: f64,
    pub(crate) baseline: f64,
    pub(crate) baseline_name: &'static str,
    /// `ours` divided by `baseline`.
    pub(crate) ratio: f64,
    /// What the ratio should be at least or at most; `None` when nothing was promised.
    pub(crate) target: Option<f64>,
    pub(crate) better: Better,
}

/// What is measured, and what is promised of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Measure {
    pub(crate) bench: &'static str,
    pub(crate) figure: &'static str,
    pub(crate) unit: &'static str,
    pub(crate) baseline_name: &'static str,
    pub(crate) target: Option<f64>,
    pub(crate) better: Better,
}

impl Measure {
    /// The figure of these two numbers.
    pub(crate) fn figure(self, ours: f64, baseline: f64) -> Figure {
        let Self { bench, figure, unit, baseline_name, target, better } = self;
        Figure { bench, figure, unit, ours, baseline, baseline_name, ratio: ours / baseline, target, better }
    }
}

impl Figure {
    fn verdict(&self) -> &'static str {
        match (self.target, self.better) {
            (None, _) => "-",
            (Some(target), Better::Higher) if self.ratio >= target => "met",
            (Some(target), Better::Lower) if self.ratio <= target => "met",
            _ => "MISSED",
        }
    }

    fn cells(&self) -> [String; 8] {
        let sign = if self.better == Better::Higher { ">=" } else { "<=" };
        [
            format!("{} {}", self.bench, self.figure),
            self.unit.to_owned(),
            short(self.ours),
            short(self.baseline),
            format!("{:.2}", self.ratio),
            self.target.map_or_else(|| "-".to_owned(), |target| format!("{sign} {target}")),
            self.verdict().to_owned(),
            self.baseline_name.to_owned(),
        ]
    }
}

/// The middle of several measurements.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => f64::NAN,
        odd if odd % 2 == 1 => values[odd / 2],
        even => f64::midpoint(values[even / 2 - 1], values[even / 2]),
    }
}

/// Prints the figures as a table, or as one JSON object a line.
#[allow(clippy::print_stdout, reason = "the figures are what the program is for")]
pub(crate) fn print(figures: &[Figure], json: bool) {
    if json {
        for figure in figures {
            println!("{}", serde_json::to_string(figure).expect("numbers and texts can be written"));
        }
        return;
    }
    const HEADS: [&str; 8] =
        ["figure", "unit", "ours", "baseline", "ratio", "target", "verdict", "baseline is"];
    let rows: Vec<_> =
        std::iter::once(HEADS.map(str::to_owned)).chain(figures.iter().map(Figure::cells)).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
    let widths: [usize; HEADS.len()] = std::array::from_fn(width);
    for row in &rows {
        let line: Vec<_> = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        println!("{}", line.join("  ").trim_end());
    }
}

/// Says that a figure was not measured, and how it can be.
#[allow(clippy::print_stderr, reason = "what is not measured is said, and not among the figures")]
pub(crate) fn not_measured(figure: &str, remedy: &str) {
    eprintln!("NOT MEASURED: {figure}; {remedy}");
}

/// Three digits are what a measurement holds.
fn short(number: f64) -> String {
    match number.abs() {
        large if large >= 100.0 => format!("{number:.0}"),
        middle if middle >= 1.0 => format!("{number:.1}"),
        _ => format!("{number:.3}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measure(target: f64, better: Better) -> Measure {
        Measure { bench: "b", figure: "f", unit: "u", baseline_name: "n", target: Some(target), better }
    }

    #[test]
    fn a_figure_is_told_by_exactly_the_agreed_names() {
        let line = serde_json::to_string(&measure(0.5, Better::Higher).figure(3.0, 4.0)).unwrap();
        let expected = r#"{"bench":"b","figure":"f","unit":"u","ours":3.0,"baseline":4.0,"baseline_name":"n","ratio":0.75,"target":0.5,"better":"higher"}"#;
        assert_eq!(line, expected);
    }

    #[test]
    fn a_target_is_met_on_its_better_side_and_at_its_edge() {
        for (ours, better, verdict) in [
            (0.5, Better::Higher, "met"),
            (0.4, Better::Higher, "MISSED"),
            (0.5, Better::Lower, "met"),
            (0.6, Better::Lower, "MISSED"),
        ] {
            assert_eq!(measure(0.5, better).figure(ours, 1.0).verdict(), verdict, "{ours} {better:?}");
        }
    }

    #[test]
    fn the_median_is_the_middle_or_between_the_two_in_the_middle() {
        assert_eq!(median(vec![9.0, 1.0, 5.0]), 5.0);
        assert_eq!(median(vec![4.0, 1.0, 2.0, 9.0]), 3.0);
    }
}
