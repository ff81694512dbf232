//! Trials of models on the past.

use std::sync::Arc;

use chrono::NaiveDate;
use contract::risk::v1 as pb;
use domain::parse_date;
use rulebook::Rulebook;
use service::FieldErrors;

use crate::domain::backtest::bands::{Band, IndicatorBands};
use crate::domain::backtest::figures::{Figures, Gain};
use crate::domain::backtest::interval::Interval;
use crate::domain::backtest::leak::{LeakCheck, Spread};
use crate::domain::backtest::outcomes::{DAYS_BEFORE, Moved};
use crate::domain::backtest::replay::{INSPECTION, Knowledge};
use crate::domain::backtest::{Plan, Report};
use crate::domain::model::{Condition, LONGEST_TEXT, Number};
use crate::rules;

/// Samples behind each interval: usual and largest number.
const RESAMPLES: (usize, usize) = (1_000, 10_000);
/// Shuffles of the leak check: usual and largest number.
const SHUFFLES: (usize, usize) = (100, 1_000);

/// Reads what to play again.
pub(crate) fn plan(
    errors: &mut FieldErrors,
    sent: &pb::ReplayHistoryRequest,
    book: &Rulebook,
    today: NaiveDate,
) -> Option<Plan> {
    let model = bounded(errors, "model", &sent.model)
        .and_then(|text| errors.check("model", rules::model(book, "model", text, "")));
    let outcome = condition(errors, "outcome", &sent.outcome);
    let visits =
        if sent.visits.is_empty() { Some(None) } else { condition(errors, "visits", &sent.visits).map(Some) };
    let first_day = errors.check("first_day", parse_date(&sent.first_day));
    let last_day = errors.check("last_day", parse_date(&sent.last_day));
    let resamples = count(errors, "resamples", sent.resamples, RESAMPLES);
    let shuffles = count(errors, "shuffles", sent.shuffles, SHUFFLES);
    if first_day.zip(last_day).is_some_and(|(first, last)| first > last) {
        errors.push("last_day", "lies before `first_day`");
    }
    if last_day.is_some_and(|last| last > today) {
        errors.push("last_day", format!("lies after today, {today}: nobody was inspected then"));
    }
    let plan = Plan {
        model: Arc::new(model?),
        outcome: outcome?,
        visits: visits?,
        first_day: first_day?,
        last_day: last_day?,
        knowledge: if sent.as_received { Knowledge::AsReceived } else { Knowledge::ByDate },
        resamples: resamples?,
        shuffles: shuffles?,
        seed: sent.seed.cast_unsigned(),
    };
    errors.is_empty().then_some(plan)
}

fn condition(errors: &mut FieldErrors, path: &str, text: &str) -> Option<Condition> {
    let text = bounded(errors, path, text)?;
    errors.check(path, Condition::parse(text, INSPECTION))
}

fn bounded<'t>(errors: &mut FieldErrors, path: &str, text: &'t str) -> Option<&'t str> {
    match text.len() {
        0 => errors.push(path, "must be given"),
        1..=LONGEST_TEXT => return Some(text),
        _ => errors.push(path, format!("has more than {LONGEST_TEXT} bytes")),
    }
    None
}

fn count(errors: &mut FieldErrors, path: &str, sent: i32, (usual, most): (usize, usize)) -> Option<usize> {
    match usize::try_from(sent) {
        Ok(0) => Some(usual),
        Ok(count) if count <= most => Some(count),
        _ => {
            errors.push(path, format!("is not between 0 and {most}"));
            None
        }
    }
}

/// The answer of a trial.
pub(crate) fn replay_to_pb(plan: &Plan, report: &Report) -> pb::ReplayHistoryResponse {
    let groups = |groups: &[(String, Figures)]| {
        let group = |(code, figures): &(String, Figures)| pb::BacktestGroup {
            code: code.clone(),
            figures: Some(figures_to_pb(figures)),
        };
        groups.iter().map(group).collect()
    };
    pb::ReplayHistoryResponse {
        model: plan.model.key(),
        whole: Some(figures_to_pb(&report.whole)),
        divisions: groups(&report.divisions),
        modes: groups(&report.modes),
        indicators: report.indicators.iter().map(bands_to_pb).collect(),
        leak_check: Some(leak_to_pb(&report.leak)),
        resamples: i32::try_from(plan.resamples).unwrap_or(i32::MAX),
        seed: plan.seed.cast_signed(),
    }
}

fn figures_to_pb(figures: &Figures) -> pb::BacktestFigures {
    pb::BacktestFigures {
        visits: whole(figures.visits),
        found: whole(figures.found),
        gain: figures.gain.as_ref().map(gain_to_pb),
    }
}

fn bands_to_pb(indicator: &IndicatorBands) -> pb::BacktestIndicator {
    let band = |band: &Band| pb::BacktestBand {
        from: band.from.as_ref().map(told).unwrap_or_default(),
        points: band.points.as_ref().map(told).unwrap_or_default(),
        visits: whole(band.visits),
        found: whole(band.found),
        weight: band.weight,
    };
    pb::BacktestIndicator {
        indicator: indicator.indicator.clone(),
        label: indicator.label.clone(),
        bands: indicator.bands.iter().map(band).collect(),
    }
}

fn told(number: &Number) -> String {
    match number {
        Number::Fixed(number) => number.to_string(),
        Number::Parameter(name) => name.clone(),
    }
}

fn gain_to_pb(gain: &Gain) -> pb::BacktestGain {
    let interval = |interval: Interval| pb::BacktestInterval {
        value: interval.value,
        low: interval.low,
        high: interval.high,
    };
    pb::BacktestGain {
        days_sooner: Some(interval(gain.days_sooner)),
        first_half: Some(interval(gain.first_half)),
        auc: Some(interval(gain.auc)),
        lift: gain.lift.to_vec(),
        curve: gain.curve.to_vec(),
        happened_first_half: gain.happened_first_half,
        happened_curve: gain.happened_curve.to_vec(),
        lot_days_sooner: gain.lot_days_sooner,
    }
}

fn leak_to_pb(leak: &LeakCheck) -> pb::LeakCheck {
    let spread = |spread: Spread| pb::BacktestSpread { mean: spread.mean, deviation: spread.deviation };
    let moved =
        |moved: &Moved| pb::ShuffledOutcomes { what: moved.what.clone(), pieces: whole(moved.pieces) };
    pb::LeakCheck {
        shuffles: i32::try_from(leak.shuffles).unwrap_or(i32::MAX),
        days_sooner: leak.days_sooner.map(spread),
        first_half: leak.first_half.map(spread),
        auc: leak.auc.map(spread),
        later_records: whole(leak.later_records),
        changed_scores: whole(leak.changed_scores),
        shuffled: leak.moved.iter().map(moved).collect(),
        days_before: i32::try_from(DAYS_BEFORE).unwrap_or(i32::MAX),
    }
}

fn whole(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
