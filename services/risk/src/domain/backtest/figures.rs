//! The figures of one set of visits.

use super::{
    auc::auc,
    interval::{Interval, bootstrap},
    order::{Case, Cases, Order},
};

/// Points of the curve of what is found: after each twentieth of the visits, from none to all.
pub const CURVE: usize = 21;

/// What an order of visits is worth.
#[derive(Clone, Debug, PartialEq)]
pub struct Figures {
    /// Visits.
    pub visits: usize,
    /// Those that found what is looked for.
    pub found: usize,
    /// The comparison; `None` where every visit found it or none did: no order is better than another.
    pub gain: Option<Gain>,
}

/// The order of the scores beside the order as it happened and one by lot.
#[derive(Clone, Debug, PartialEq)]
pub struct Gain {
    /// Mean of the days by which visits that found it come sooner than they did.
    pub days_sooner: Interval,
    /// Share of them in the first half of the visits.
    pub first_half: Interval,
    /// Area under the ROC curve.
    pub auc: Interval,
    /// How many times more each tenth of the visits finds than all do.
    pub lift: [f64; 10],
    /// Share found after each twentieth of the visits.
    pub curve: [f64; CURVE],
    /// As it happened: share in the first half. Visits of one day share their places.
    pub happened_first_half: f64,
    /// As it happened: share found after each twentieth of the visits.
    pub happened_curve: [f64; CURVE],
    /// By lot, as expected: days sooner. The share in the first half is then one half.
    pub lot_days_sooner: f64,
}

impl Figures {
    /// The figures of `cases`, with intervals from `resamples` samples drawn by `seed`.
    pub fn of(cases: &[Case], resamples: usize, seed: u64) -> Self {
        let found = cases.iter().filter(|case| case.found).count();
        Self { visits: cases.len(), found, gain: gain(cases, resamples, seed) }
    }
}

fn gain(cases: &[Case], resamples: usize, seed: u64) -> Option<Gain> {
    let auc = auc(cases)?;
    let scored = Cases::new(cases);
    let order = scored.order();
    let both = |order: &Order| Some([order.days_sooner()?, order.found_within(0.5)?]);
    let [days_sooner, first_half] = bootstrap(&scored, resamples, seed, both)?;
    let happened: Vec<Case> = cases.iter().map(|case| Case { score: -case.day, ..*case }).collect();
    let happened = Cases::new(&happened).order();
    Some(Gain {
        days_sooner,
        first_half,
        auc,
        lift: order.lift()?,
        curve: curve(&order)?,
        happened_first_half: happened.found_within(0.5)?,
        happened_curve: curve(&happened)?,
        lot_days_sooner: order.days_sooner_by_lot()?,
    })
}

fn curve(order: &Order) -> Option<[f64; CURVE]> {
    let mut curve = [0.0; CURVE];
    for (twentieths, share) in (0_u32..).zip(&mut curve) {
        *share = order.found_within(f64::from(twentieths) / 20.0)?;
    }
    Some(curve)
}
