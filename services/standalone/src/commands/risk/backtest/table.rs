//! The figures of a backtest as tables.

use contract::risk::v1::{
    BacktestBand, BacktestFigures, BacktestGroup, BacktestIndicator, BacktestInterval, BacktestSpread,
    LeakCheck, ReplayHistoryResponse,
};

use crate::cli::{BacktestArgs, By};
use crate::output::Output;

const NONE: &str = "–";
/// Findings of inspections among what is shuffled.
const FINDINGS: [&str; 2] = ["window", "past"];

pub(super) fn show(args: &BacktestArgs, answer: &ReplayHistoryResponse, output: Output) {
    let whole = answer.whole.clone().unwrap_or_default();
    orders(args, answer, &whole, output);
    lift(&whole, output);
    for by in &args.by {
        match by {
            By::Division => groups("division", &answer.divisions, output),
            By::Kind => groups("mode", &answer.modes, output),
            By::Indicator => indicators(answer, output),
        }
    }
    leak(answer, output);
}

/// The score's order beside others.
fn orders(args: &BacktestArgs, answer: &ReplayHistoryResponse, whole: &BacktestFigures, output: Output) {
    let title = format!(
        "Backtest of {}, {} to {}: {} inspections, {} found it",
        answer.model, args.from, args.to, whole.visits, whole.found
    );
    let Some(gain) = &whole.gain else {
        output.line(format!("\n{title}\n  nothing to compare: all of them found it, or none did"));
        return;
    };
    let row = |name: &str, cells: [String; 3]| std::iter::once(name.to_owned()).chain(cells).collect();
    let [days, half, auc] = cells(whole);
    let rows = [
        row("by score", [days, half, auc]),
        row("as it happened", [signed(0.0), percent(gain.happened_first_half), NONE.to_owned()]),
        row("by lot, expected", [signed(gain.lot_days_sooner), percent(0.5), "0.500".to_owned()]),
    ];
    output.table(&title, &["order", "days sooner", "found in first half", "AUC"], &rows);
    output.line(format!(
        "  in brackets: 95 % intervals, {} bootstrap samples with seed {}; AUC after DeLong",
        answer.resamples, answer.seed
    ));
}

fn lift(whole: &BacktestFigures, output: Output) {
    let Some(gain) = &whole.gain else { return };
    let names: Vec<String> = (1..=gain.lift.len()).map(|tenth| tenth.to_string()).collect();
    let header: Vec<&str> = names.iter().map(String::as_str).collect();
    let cells = gain.lift.iter().map(|lift| format!("{lift:.2}")).collect();
    output.table("Lift of each tenth, the riskiest first", &header, &[cells]);
}

fn groups(what: &str, groups: &[BacktestGroup], output: Output) {
    let row = |group: &BacktestGroup| {
        let figures = group.figures.clone().unwrap_or_default();
        let counts = [group.code.clone(), figures.visits.to_string(), figures.found.to_string()];
        counts.into_iter().chain(cells(&figures)).collect()
    };
    let rows: Vec<Vec<String>> = groups.iter().map(row).collect();
    let header = [what, "inspections", "found it", "days sooner", "found in first half", "AUC"];
    output.table(&format!("By {what}, each in an order of its own"), &header, &rows);
}

/// What each band of each indicator found.
fn indicators(answer: &ReplayHistoryResponse, output: Output) {
    let bands = answer
        .indicators
        .iter()
        .flat_map(|indicator| indicator.bands.iter().map(move |band| (indicator, band)));
    let row = |(indicator, band): (&BacktestIndicator, &BacktestBand)| {
        let or_none = |text: &str| if text.is_empty() { NONE.to_owned() } else { text.to_owned() };
        vec![
            indicator.indicator.clone(),
            or_none(&band.from),
            band.visits.to_string(),
            band.found.to_string(),
            percent(share(band.found, band.visits)),
            format!("{:+.1}", band.weight),
            or_none(&band.points),
        ]
    };
    let rows: Vec<_> = bands.map(row).collect();
    let header = ["indicator", "from", "inspections", "found it", "share", "weight", "points"];
    output.table("By band; the weight is 10 × ln(odds of the band / odds of all)", &header, &rows);
}

#[allow(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn share(found: i64, of: i64) -> f64 {
    if of == 0 { 0.0 } else { found as f64 / of as f64 }
}

fn leak(answer: &ReplayHistoryResponse, output: Output) {
    let Some(leak) = &answer.leak_check else { return };
    let title = format!("Leak check: what was found shuffled {} times, all scored anew", leak.shuffles);
    let row = |name: &str, spread: Option<BacktestSpread>, expected: &str| {
        let [mean, deviation] = spread.map_or([NONE.to_owned(), NONE.to_owned()], |spread| {
            [format!("{:+.3}", spread.mean), format!("{:.3}", spread.deviation)]
        });
        vec![name.to_owned(), mean, deviation, expected.to_owned()]
    };
    let rows = [
        row("days sooner", leak.days_sooner, "0"),
        row("found in first half", leak.first_half, "0.5"),
        row("AUC", leak.auc, "0.5"),
    ];
    output.table(&title, &["figure", "mean", "deviation of one", "without a leak"], &rows);
    output.line(format!("  {}", shuffled(leak)));
    output.line(format!(
        "  {} pieces of evidence added on the day of an inspection or later: {} scores changed",
        leak.later_records, leak.changed_scores
    ));
}

/// What changed places.
fn shuffled(leak: &LeakCheck) -> String {
    let pieces = |what: &str| {
        let of = leak.shuffled.iter().find(|outcomes| outcomes.what == what);
        of.map_or(0, |outcomes| outcomes.pieces)
    };
    let others = leak.shuffled.iter().filter(|outcomes| !FINDINGS.contains(&outcomes.what.as_str()));
    let others: Vec<_> = others.map(|outcomes| format!("{} {}", outcomes.pieces, outcomes.what)).collect();
    let [window, past] = FINDINGS.map(pieces);
    let with = if others.is_empty() { "nothing else".to_owned() } else { others.join(", ") };
    format!(
        "shuffled: {window} findings of the window, {past} before it; with those of the window, from the {} days before each: {with}",
        leak.days_before
    )
}

/// Days sooner, share in the first half and AUC, each with its interval.
fn cells(figures: &BacktestFigures) -> [String; 3] {
    let Some(gain) = &figures.gain else { return [NONE, NONE, NONE].map(str::to_owned) };
    let with = |interval: Option<BacktestInterval>, form: &dyn Fn(f64) -> String| {
        let interval = interval.unwrap_or_default();
        format!("{} ({} … {})", form(interval.value), form(interval.low), form(interval.high))
    };
    [
        with(gain.days_sooner, &signed),
        with(gain.first_half, &percent),
        with(gain.auc, &|area| format!("{area:.3}")),
    ]
}

fn signed(days: f64) -> String {
    format!("{days:+.2}")
}

fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}
