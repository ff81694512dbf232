//! The figures of a backtest as a picture: on the left what is found as the visits go on, on the right the lift of each tenth.

use contract::risk::v1::{BacktestGain, ReplayHistoryResponse};

use super::svg::{Anchor, Svg};
use crate::cli::BacktestArgs;

const WIDTH: u32 = 1000;
const HEIGHT: u32 = 520;
const MODEL: &str = "#1f6f8b";
const HAPPENED: &str = "#c0752b";
const LOT: &str = "#777";
const GRID: &str = "#e4e4e4";
/// Left, top, width and height of the two panels.
const CURVES: Panel = Panel { left: 80.0, top: 134.0, width: 380.0, height: 310.0 };
const LIFT: Panel = Panel { left: 570.0, top: 134.0, width: 390.0, height: 310.0 };

/// A part of the drawing with axes.
struct Panel {
    left: f64,
    top: f64,
    width: f64,
    height: f64,
}

impl Panel {
    /// A point, by its shares of width and height; the height is counted from below.
    fn at(&self, x: f64, y: f64) -> (f64, f64) {
        (self.left + x * self.width, self.top + (1.0 - y) * self.height)
    }

    /// A line across at a height, with its number.
    fn rule(&self, svg: &mut Svg, y: f64, number: &str) {
        svg.line(self.at(0.0, y), self.at(1.0, y), GRID, "");
        let (left, level) = self.at(0.0, y);
        svg.words((left - 8.0, level + 4.0), 12, Anchor::End, number);
    }

    fn axes(&self, svg: &mut Svg, across: &str, upwards: &str) {
        svg.line(self.at(0.0, 0.0), self.at(1.0, 0.0), "#222", "");
        svg.line(self.at(0.0, 0.0), self.at(0.0, 1.0), "#222", "");
        let (middle, bottom) = self.at(0.5, 0.0);
        svg.words((middle, bottom + 42.0), 13, Anchor::Middle, across);
        let (left, level) = self.at(0.0, 0.5);
        svg.words_upwards((left - 50.0, level), 13, upwards);
    }

    /// A number below the axis.
    fn below(&self, svg: &mut Svg, x: f64, number: &str) {
        let (across, bottom) = self.at(x, 0.0);
        svg.words((across, bottom + 19.0), 12, Anchor::Middle, number);
    }
}

pub(super) fn of(args: &BacktestArgs, answer: &ReplayHistoryResponse) -> String {
    let mut svg = Svg::new(WIDTH, HEIGHT);
    let title = format!("Backtest of model {}, {} to {}", answer.model, args.from, args.to);
    svg.words((30.0, 36.0), 20, Anchor::Start, &title);
    let whole = answer.whole.clone().unwrap_or_default();
    let counts = format!("{} inspections, {} found what is looked for", whole.visits, whole.found);
    svg.words((30.0, 60.0), 14, Anchor::Start, &counts);
    match &whole.gain {
        Some(gain) => {
            svg.words((30.0, 82.0), 14, Anchor::Start, &in_words(gain));
            curves(&mut svg, gain);
            lift(&mut svg, gain);
        }
        None => svg.words((30.0, 82.0), 14, Anchor::Start, "Nothing to compare"),
    }
    svg.finish()
}

fn in_words(gain: &BacktestGain) -> String {
    let (days, half, auc) = (
        gain.days_sooner.unwrap_or_default(),
        gain.first_half.unwrap_or_default(),
        gain.auc.unwrap_or_default(),
    );
    format!(
        "{:+.1} days sooner (95 %: {:+.1} … {:+.1}), {:.1} % of them in the first half (as it happened {:.1} %), AUC {:.2}",
        days.value,
        days.low,
        days.high,
        half.value * 100.0,
        gain.happened_first_half * 100.0,
        auc.value
    )
}

fn curves(svg: &mut Svg, gain: &BacktestGain) {
    let (left, top) = CURVES.at(0.0, 1.0);
    svg.words((left, top - 16.0), 14, Anchor::Start, "Found as the inspections go on");
    for fifth in 0..=5 {
        let (share, number) = (f64::from(fifth) / 5.0, format!("{} %", fifth * 20));
        CURVES.rule(svg, share, &number);
        CURVES.below(svg, share, &number);
    }
    svg.line(CURVES.at(0.5, 0.0), CURVES.at(0.5, 1.0), GRID, "");
    CURVES.axes(svg, "inspections made, share of all", "found, share of all that found it");
    svg.line(CURVES.at(0.0, 0.0), CURVES.at(1.0, 1.0), LOT, "5 4");
    for (curve, colour, width) in [(&gain.happened_curve, HAPPENED, 2.0), (&gain.curve, MODEL, 3.0)] {
        let last = f64::from(u32::try_from(curve.len()).unwrap_or(u32::MAX).max(2) - 1);
        let points: Vec<_> =
            (0_u32..).zip(curve).map(|(at, share)| CURVES.at(f64::from(at) / last, *share)).collect();
        svg.path(&points, colour, width);
    }
    let legend =
        [("by score", MODEL, ""), ("as it happened", HAPPENED, ""), ("by lot, expected", LOT, "5 4")];
    for (place, (name, colour, dash)) in (0..).zip(legend) {
        let (x, y) = CURVES.at(0.6, 0.24 - f64::from(place) * 0.07);
        if dash.is_empty() {
            svg.path(&[(x, y), (x + 26.0, y)], colour, 3.0);
        } else {
            svg.line((x, y), (x + 26.0, y), colour, dash);
        }
        svg.words((x + 34.0, y + 4.0), 12, Anchor::Start, name);
    }
}

fn lift(svg: &mut Svg, gain: &BacktestGain) {
    let (left, top) = LIFT.at(0.0, 1.0);
    svg.words((left, top - 16.0), 14, Anchor::Start, "Lift of each tenth, the riskiest first");
    let highest = gain.lift.iter().fold(1.0_f64, |highest, lift| highest.max(*lift));
    // Rules at halves while they are few, else at whole numbers.
    let step = if highest <= 3.0 { 0.5 } else { 1.0 };
    let top_rule = (highest / step).ceil() * step;
    let mut rule = 0.0;
    while rule <= top_rule {
        LIFT.rule(svg, rule / top_rule, &format!("{rule:.1}"));
        rule += step;
    }
    for (at, lift) in (0_u32..).zip(&gain.lift) {
        let share = |tenths: f64| tenths / 10.0;
        let corner = LIFT.at(share(f64::from(at) + 0.14), lift / top_rule);
        let size = (LIFT.width * share(0.72), LIFT.height * lift / top_rule);
        svg.bar(corner, size, MODEL);
        LIFT.below(svg, share(f64::from(at) + 0.5), &(at + 1).to_string());
        svg.words((corner.0 + size.0 / 2.0, corner.1 - 5.0), 11, Anchor::Middle, &format!("{lift:.2}"));
    }
    LIFT.axes(svg, "tenth of the inspections", "times the mean share that finds it");
    svg.line(LIFT.at(0.0, 1.0 / top_rule), LIFT.at(1.0, 1.0 / top_rule), HAPPENED, "5 4");
}
