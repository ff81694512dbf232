//! Placing visits in months: joint ones first, then each field for itself, as evenly as the windows allow.
//!
//! In one field every visit takes one place of a month, so the earliest-deadline-first rule finds a placement whenever there is one,
//! and names months that are too narrow when there is none. The smallest monthly number for which it succeeds is looked for, so that
//! the work is spread over the year. A joint visit takes a place in each of its fields. Where joint visits leave a field too narrow,
//! they are made apart and all is placed anew: what is then named as a conflict is one for every way of placing.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use domain::FieldCode;

use super::conflict::Conflict;
use super::need::Need;
use super::{Month, PlanRules, PlanSubject, PlannedVisit};

/// What was placed.
pub(super) struct Placed {
    pub(super) visits: Vec<PlannedVisit>,
    pub(super) conflicts: Vec<Conflict>,
}

/// Needs of one enterprise that are met by one visit.
struct Group<'a> {
    subject: &'a PlanSubject,
    needs: Vec<&'a Need>,
}

/// A window of months, and what stands in it.
#[derive(Clone, Copy)]
struct Window {
    first: Month,
    last: Month,
    overdue: bool,
    /// Place in the list of those who are placed.
    who: usize,
}

/// Places what every enterprise needs.
pub(super) fn place(subjects: &[PlanSubject], needs: &[Vec<Need>], rules: &PlanRules) -> Placed {
    let joined: Vec<Group<'_>> =
        subjects.iter().zip(needs).flat_map(|(subject, needs)| join(subject, needs)).collect();
    let placed = place_groups(joined, rules);
    if placed.conflicts.is_empty() {
        return placed;
    }
    let apart: Vec<Group<'_>> =
        subjects.iter().zip(needs).flat_map(|(subject, needs)| alone(subject, needs)).collect();
    place_groups(apart, rules)
}

/// A visit for each need.
fn alone<'a>(subject: &'a PlanSubject, needs: &'a [Need]) -> impl Iterator<Item = Group<'a>> {
    needs.iter().map(move |need| Group { subject, needs: vec![need] })
}

/// Needs of different fields with a month in common become one visit.
fn join<'a>(subject: &'a PlanSubject, needs: &'a [Need]) -> Vec<Group<'a>> {
    let mut groups: Vec<Group<'a>> = Vec::new();
    let mut by_last: Vec<&Need> = needs.iter().collect();
    by_last.sort_by_key(|need| (need.last, need.first));
    for need in by_last {
        let fits = |group: &&mut Group<'a>| {
            let (first, last) = group.window();
            let other_fields = group.needs.iter().all(|own| own.field != need.field);
            other_fields && need.first.max(first) <= need.last.min(last)
        };
        match groups.iter_mut().find(fits) {
            Some(group) => group.needs.push(need),
            None => groups.push(Group { subject, needs: vec![need] }),
        }
    }
    groups
}

impl Group<'_> {
    /// The months that suit every need.
    fn window(&self) -> (Month, Month) {
        let first = self.needs.iter().map(|need| need.first).max().unwrap_or(1);
        let last = self.needs.iter().map(|need| need.last).min().unwrap_or(12);
        (first, last)
    }

    fn visit(&self, month: Month) -> PlannedVisit {
        let mut fields: Vec<FieldCode> = self.needs.iter().map(|need| need.field.clone()).collect();
        fields.sort();
        let full = self.needs.iter().filter(|need| need.full_check);
        let mut full_check: Vec<FieldCode> = full.map(|need| need.field.clone()).collect();
        full_check.sort();
        let counts = full_check.len() < fields.len();
        PlannedVisit { month, uscc: self.subject.uscc.clone(), fields, full_check, counts }
    }
}

/// How many visits stand in each month of each field.
type Load = BTreeMap<FieldCode, [u64; 13]>;

fn place_groups(groups: Vec<Group<'_>>, rules: &PlanRules) -> Placed {
    let (joint, single): (Vec<_>, Vec<_>) = groups.into_iter().partition(|group| group.needs.len() > 1);
    let mut placed = Placed { visits: Vec::new(), conflicts: Vec::new() };
    let mut load = Load::new();
    place_joint(&joint, rules, &mut load, &mut placed);
    let mut by_field: BTreeMap<&FieldCode, Vec<&Group<'_>>> = BTreeMap::new();
    for group in &single {
        by_field.entry(&group.needs[0].field).or_default().push(group);
    }
    for (field, groups) in by_field {
        let taken = load.get(field).copied().unwrap_or_default();
        let most = rules.capacity.get(field).copied().unwrap_or(u64::MAX);
        match spread(&windows(&groups), &taken, most) {
            Ok(months) => {
                placed.visits.extend(groups.iter().zip(months).map(|(group, month)| group.visit(month)));
            }
            Err(narrow) => placed.conflicts.push(narrow.conflict(field, &taken, most)),
        }
    }
    placed
}

/// Places joint visits one by one, the tightest first, each in the month of its window with the least work.
fn place_joint(joint: &[Group<'_>], rules: &PlanRules, load: &mut Load, placed: &mut Placed) {
    let mut order: Vec<&Group<'_>> = joint.iter().collect();
    order.sort_by_key(|group| {
        let (first, last) = group.window();
        (last - first, last)
    });
    for group in order {
        let (first, last) = group.window();
        let work = |month: Month| {
            let of = |need: &&Need| load.get(&need.field).map_or(0, |months| months[month as usize]);
            group.needs.iter().map(of).max().unwrap_or(0)
        };
        let room = |month: &Month| {
            group.needs.iter().all(|need| {
                let most = rules.capacity.get(&need.field).copied().unwrap_or(u64::MAX);
                load.get(&need.field).map_or(0, |months| months[*month as usize]) < most
            })
        };
        match (first..=last).filter(room).min_by_key(|month| (work(*month), *month)) {
            Some(month) => {
                placed.visits.push(group.visit(month));
                for need in &group.needs {
                    load.entry(need.field.clone()).or_default()[month as usize] += 1;
                }
            }
            // No month for all of them: the caller places them apart.
            None => placed.conflicts.push(Conflict::Capacity {
                field: group.needs[0].field.clone(),
                first,
                last,
                wanted: 1,
                possible: 0,
            }),
        }
    }
}

fn windows(groups: &[&Group<'_>]) -> Vec<Window> {
    let window = |(who, group): (usize, &&Group<'_>)| {
        let (first, last) = group.window();
        Window { first, last, overdue: group.needs[0].overdue, who }
    };
    groups.iter().enumerate().map(window).collect()
}

/// Months that are too narrow: so many visits must be made within them.
struct Narrow {
    first: Month,
    last: Month,
    wanted: u64,
}

impl Narrow {
    fn conflict(&self, field: &FieldCode, taken: &[u64; 13], most: u64) -> Conflict {
        let of = |month: Month| most.saturating_sub(taken[month as usize]);
        Conflict::Capacity {
            field: field.clone(),
            first: self.first,
            last: self.last,
            wanted: self.wanted,
            possible: (self.first..=self.last).map(of).sum(),
        }
    }
}

/// A month for each window, with as few visits in the fullest month as possible and at most `most`.
fn spread(windows: &[Window], taken: &[u64; 13], most: u64) -> Result<Vec<Month>, Narrow> {
    let all = windows.len() as u64 + taken.iter().copied().max().unwrap_or(0);
    let mut best = earliest_deadline_first(windows, taken, most.min(all))?;
    let (mut low, mut high) = (0, most.min(all));
    while low < high {
        let middle = low.midpoint(high);
        match earliest_deadline_first(windows, taken, middle) {
            Ok(months) => (best, high) = (months, middle),
            Err(_) => low = middle + 1,
        }
    }
    Ok(best)
}

fn earliest_deadline_first(windows: &[Window], taken: &[u64; 13], most: u64) -> Result<Vec<Month>, Narrow> {
    let mut waiting: Vec<&Window> = windows.iter().collect();
    waiting.sort_by_key(|window| Reverse((window.first, window.who)));
    let mut open = BinaryHeap::new();
    let mut months = vec![0; windows.len()];
    for month in 1..=12 {
        while let Some(window) = waiting.pop_if(|window| window.first <= month) {
            open.push(Reverse((window.last, !window.overdue, window.who)));
        }
        for _ in taken[month as usize]..most {
            let Some(Reverse((_, _, who))) = open.pop() else { break };
            months[who] = month;
        }
        if let Some(Reverse((last, _, _))) = open.peek()
            && *last <= month
        {
            return Err(narrowest(windows, taken, most, month));
        }
    }
    Ok(months)
}

/// The months up to `last` in which the most visits find no place.
fn narrowest(windows: &[Window], taken: &[u64; 13], most: u64, last: Month) -> Narrow {
    let narrow = |first: Month| {
        let wanted = windows.iter().filter(|one| first <= one.first && one.last <= last).count() as u64;
        Narrow { first, last, wanted }
    };
    let free = |first: Month| -> u64 {
        (first..=last).map(|month| most.saturating_sub(taken[month as usize])).fold(0, u64::saturating_add)
    };
    let missing = |first: &Month| narrow(*first).wanted.saturating_sub(free(*first));
    narrow((1..=last).rev().max_by_key(missing).unwrap_or(last))
}
