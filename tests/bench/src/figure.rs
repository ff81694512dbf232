//! A figure, and how figures are printed.

use serde_json::json;

/// Which way is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Better {
    /// The ratio should reach the target.
    Higher,
    /// The ratio should stay at or below it.
    Lower,
}

/// One figure: ours, the baseline, and the target for their ratio.
#[derive(Clone, Debug)]
pub(crate) struct Figure {
    pub(crate) bench: &'static str,
    pub(crate) figure: &'static str,
    pub(crate) unit: &'static str,
    pub(crate) ours: f64,
    pub(crate) baseline: f64,
    pub(crate) baseline_name: &'static str,
    pub(crate) target: f64,
    pub(crate) better: Better,
}

impl Figure {
    fn ratio(&self) -> f64 {
        self.ours / self.baseline
    }

    fn verdict(&self) -> &'static str {
        let met = match self.better {
            Better::Higher => self.ratio() >= self.target,
            Better::Lower => self.ratio() <= self.target,
        };
        if met { "met" } else { "SHORT" }
    }
}

/// The figures of one run.
#[derive(Debug)]
pub(crate) struct Figures {
    json: bool,
    all: Vec<Figure>,
}

impl Figures {
    pub(crate) fn new(json: bool) -> Self {
        Self { json, all: Vec::new() }
    }

    pub(crate) fn add(&mut self, figure: Figure) {
        self.all.push(figure);
    }

    /// Says what is not measured, and why.
    #[allow(clippy::print_stderr, reason = "what is left out must be seen")]
    pub(crate) fn skip(&self, what: &str, why: &str) {
        eprintln!("SKIPPED: {what}: {why}");
    }

    #[allow(clippy::print_stdout, reason = "the answer of the tool")]
    pub(crate) fn print(&self) {
        if !self.json {
            println!(
                "{:8} {:11} {:>12} {:>12} {:>7} {:>8} {:7} unit; baseline",
                "bench", "figure", "ours", "baseline", "ratio", "target", ""
            );
        }
        for figure in &self.all {
            println!("{}", if self.json { object(figure) } else { row(figure) });
        }
    }
}

fn row(figure: &Figure) -> String {
    let sign = if figure.better == Better::Higher { ">=" } else { "<=" };
    format!(
        "{:8} {:11} {:>12.1} {:>12.1} {:>7.2} {:>8} {:7} {}; {}",
        figure.bench,
        figure.figure,
        figure.ours,
        figure.baseline,
        figure.ratio(),
        format!("{sign} {}", figure.target),
        figure.verdict(),
        figure.unit,
        figure.baseline_name,
    )
}

fn object(figure: &Figure) -> String {
    json!({
        "bench": figure.bench, "figure": figure.figure, "unit": figure.unit, "ours": figure.ours,
        "baseline": figure.baseline, "baseline_name": figure.baseline_name, "ratio": figure.ratio(),
        "target": figure.target, "better": if figure.better == Better::Higher { "higher" } else { "lower" },
    })
    .to_string()
}
