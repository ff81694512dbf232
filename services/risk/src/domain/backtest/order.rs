//! Visits handed out anew: the same days, in the order of a score.
//!
//! Visits with one score share their places evenly: what is told is the mean over every order of them, so that no order of
//! a file decides.

/// A visit of the past, as far as orders care.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Case {
    /// The higher, the earlier.
    pub score: i64,
    /// Day on which it was made, counted from any day.
    pub day: i64,
    /// Whether it found what is looked for.
    pub found: bool,
}

/// Visits, sorted once by score and once by day, so that many samples of them cost little.
#[derive(Clone, Debug)]
pub struct Cases<'a> {
    cases: &'a [Case],
    by_score: Vec<usize>,
    by_day: Vec<usize>,
}

/// Visits of one score, in the order of scores.
#[derive(Clone, Copy, Debug)]
struct Tie {
    /// Places before it.
    first: usize,
    /// How many visits.
    len: usize,
    /// How many of them found it.
    found: usize,
}

/// One sample of visits in the order of its scores.
#[derive(Clone, Debug)]
pub struct Order {
    ties: Vec<Tie>,
    /// Sum of the first n days to hand out, for n from 0 on.
    days: Vec<i64>,
    /// Sum of the days on which the visits that found it were made.
    found_days: i64,
    found: usize,
}

impl<'a> Cases<'a> {
    /// Sorts.
    pub fn new(cases: &'a [Case]) -> Self {
        let mut by_score: Vec<usize> = (0..cases.len()).collect();
        let mut by_day = by_score.clone();
        by_score.sort_by_key(|at| std::cmp::Reverse(cases[*at].score));
        by_day.sort_by_key(|at| cases[*at].day);
        Self { cases, by_score, by_day }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.cases.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.cases.is_empty()
    }

    /// The order of all of them.
    pub fn order(&self) -> Order {
        self.sample(&vec![1; self.cases.len()])
    }

    /// The order of a sample in which each case stands as often as `times` says.
    pub fn sample(&self, times: &[usize]) -> Order {
        let mut order = Order { ties: Vec::new(), days: vec![0], found_days: 0, found: 0 };
        let (mut total, mut place) = (0, 0);
        for at in &self.by_day {
            for _ in 0..times[*at] {
                total += self.cases[*at].day;
                order.days.push(total);
            }
        }
        for tied in self.by_score.chunk_by(|a, b| self.cases[*a].score == self.cases[*b].score) {
            let mut tie = Tie { first: place, len: 0, found: 0 };
            for at in tied.iter().filter(|at| times[**at] > 0) {
                let (case, times) = (self.cases[*at], times[*at]);
                tie.len += times;
                if case.found {
                    tie.found += times;
                    order.found_days += case.day * i64::try_from(times).unwrap_or(i64::MAX);
                }
            }
            place += tie.len;
            order.found += tie.found;
            if tie.len > 0 {
                order.ties.push(tie);
            }
        }
        order
    }
}

impl Order {
    /// How many visits there are.
    pub fn len(&self) -> usize {
        self.days.len() - 1
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many of them found it.
    pub fn found(&self) -> usize {
        self.found
    }

    /// Mean of the days by which visits that found it come sooner than they did; below zero: later. `None` if none found it.
    pub fn days_sooner(&self) -> Option<f64> {
        let handed_out: f64 = self.ties.iter().map(|tie| real(tie.found) * self.mean_day(tie)).sum();
        (self.found > 0).then(|| (whole(self.found_days) - handed_out) / real(self.found))
    }

    /// The same if the days are handed out by lot: its expectation.
    pub fn days_sooner_by_lot(&self) -> Option<f64> {
        let mean = whole(*self.days.last()?) / real(self.len());
        (self.found > 0).then(|| whole(self.found_days) / real(self.found) - mean)
    }

    /// Share, of all that found it, of those among the first `part` (0 to 1) of the visits. A visit on the edge counts in
    /// part. `None` if none found it.
    pub fn found_within(&self, part: f64) -> Option<f64> {
        (self.found > 0).then(|| self.found_before(part * real(self.len())) / real(self.found))
    }

    /// How many times more the visits in each tenth find than all do, the highest scores first. `None` if none found it.
    pub fn lift(&self) -> Option<[f64; 10]> {
        let mut lift = [0.0; 10];
        for (tenth, lift) in lift.iter_mut().enumerate() {
            let upto = |tenths: usize| self.found_within(real(tenths) / 10.0);
            *lift = (upto(tenth + 1)? - upto(tenth)?) * 10.0;
        }
        Some(lift)
    }

    /// How many that found it stand before a place.
    fn found_before(&self, place: f64) -> f64 {
        let part = |tie: &Tie| ((place - real(tie.first)) / real(tie.len)).clamp(0.0, 1.0);
        self.ties.iter().map(|tie| real(tie.found) * part(tie)).sum()
    }

    fn mean_day(&self, tie: &Tie) -> f64 {
        whole(self.days[tie.first + tie.len] - self.days[tie.first]) / real(tie.len)
    }
}

/// Counts of visits and sums of their days are far below 2^52: nothing is lost.
#[allow(clippy::cast_precision_loss, reason = "far below 2^52")]
pub(super) fn real(count: usize) -> f64 {
    count as f64
}

#[allow(clippy::cast_precision_loss, reason = "far below 2^52")]
fn whole(sum: i64) -> f64 {
    sum as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cases(rows: &[(i64, i64, bool)]) -> Vec<Case> {
        rows.iter().map(|&(score, day, found)| Case { score, day, found }).collect()
    }

    fn close(value: Option<f64>, expected: f64) {
        let value = value.unwrap();
        assert!((value - expected).abs() < 1e-9, "{value} is not {expected}");
    }

    #[test]
    fn the_days_are_handed_out_in_the_order_of_the_scores() {
        // Found on days 2 and 3; by score they get days 0 and 2: 2 and 1 days sooner.
        let cases = cases(&[(1, 0, false), (2, 1, false), (9, 2, true), (5, 3, true), (6, 4, false)]);
        let order = Cases::new(&cases).order();
        close(order.days_sooner(), 1.5);
        close(order.days_sooner_by_lot(), 0.5);
        // Of five visits the first half is two and a half: the first, and half of the third, found it.
        close(order.found_within(0.5), 0.75);
    }

    #[test]
    fn visits_of_one_score_share_their_places() {
        // All of one score: every order is as likely, as by lot.
        let cases = cases(&[(1, 0, true), (1, 2, false), (1, 4, false), (1, 6, false)]);
        let order = Cases::new(&cases).order();
        close(order.days_sooner(), -3.0);
        close(order.days_sooner_by_lot(), -3.0);
        close(order.found_within(0.5), 0.5);
        order.lift().unwrap().iter().for_each(|lift| close(Some(*lift), 1.0));
    }

    #[test]
    fn as_it_happened_is_the_order_of_the_days() {
        let cases = cases(&[(0, 0, true), (-1, 1, false), (-3, 3, true), (-3, 3, false)]);
        let order = Cases::new(&cases).order();
        close(order.days_sooner(), 0.0);
        close(order.found_within(0.5), 0.5);
    }

    #[test]
    fn a_tenth_that_finds_all_has_a_lift_of_ten() {
        let rows: Vec<_> = (0..20).map(|at| (100 - at, at, at < 2)).collect();
        let cases = cases(&rows);
        let lift = Cases::new(&cases).order().lift().unwrap();
        close(Some(lift[0]), 10.0);
        close(Some(lift[1..].iter().sum()), 0.0);
    }

    #[test]
    fn a_sample_counts_each_case_as_often_as_it_was_taken() {
        let cases = cases(&[(9, 5, true), (1, 0, false), (2, 7, true)]);
        let order = Cases::new(&cases).sample(&[2, 1, 0]);
        assert_eq!((order.len(), order.found()), (3, 2));
        // Days 0, 5, 5: the two that found it get 0 and 5, and had 5 and 5.
        close(order.days_sooner(), 2.5);
    }

    #[test]
    fn where_nothing_was_found_there_is_nothing_to_tell() {
        let cases = cases(&[(9, 5, false)]);
        let order = Cases::new(&cases).order();
        assert_eq!((order.days_sooner(), order.found_within(0.5), order.lift()), (None, None, None));
    }
}
