//! One line of a table, and the words to write it with.

use super::{Office, Step};

/// Most duties one step opens.
pub(super) const MOST_DUTIES: usize = 3;

/// A duty that a step opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Duty {
    /// What is to be done, such as `mark.confirm`.
    pub kind: &'static str,
    /// Office that answers for it.
    pub office: Office,
    /// Parameter of the rulebook that gives the length of the period.
    pub parameter: &'static str,
}

/// One line of a table: from where, by what, to where, by whom, and what follows. Made by [`on`] and [`start`].
#[derive(Clone, Copy, Debug)]
pub struct Rule<S, E> {
    pub(super) from: Option<S>,
    pub(super) event: E,
    pub(super) to: S,
    pub(super) by: &'static [Office],
    pub(super) system: bool,
    pub(super) four_eyes: bool,
    pub(super) basis: bool,
    pub(super) due: Option<&'static str>,
    pub(super) publishes: Option<&'static str>,
    pub(super) fulfils: &'static [&'static str],
    pub(super) duties: [Option<Duty>; MOST_DUTIES],
}

/// A line that still lacks its target; see [`Begun::to`].
#[derive(Clone, Copy, Debug)]
pub struct Begun<S, E> {
    from: Option<S>,
    event: E,
}

/// Begins a line: in state `from`, `event` …
pub const fn on<S: Copy, E: Copy>(from: S, event: E) -> Begun<S, E> {
    Begun { from: Some(from), event }
}

/// Begins a line for what does not exist yet: `event` …
pub const fn start<S: Copy, E: Copy>(event: E) -> Begun<S, E> {
    Begun { from: None, event }
}

impl<S: Copy, E: Copy> Begun<S, E> {
    /// … leads to state `to`. Until [`by`](Rule::by) or [`system`](Rule::system) follows, nobody may.
    pub const fn to(self, to: S) -> Rule<S, E> {
        Rule {
            from: self.from,
            event: self.event,
            to,
            by: &[],
            system: false,
            four_eyes: false,
            basis: false,
            due: None,
            publishes: None,
            fulfils: &[],
            duties: [None; MOST_DUTIES],
        }
    }
}

impl<S: Copy, E: Copy> Rule<S, E> {
    /// Offices whose officers may take the step.
    #[must_use]
    pub const fn by(mut self, offices: &'static [Office]) -> Self {
        self.by = offices;
        self
    }

    /// The system may take the step by itself (design §3.7: only where the law leaves nothing to decide).
    #[must_use]
    pub const fn system(mut self) -> Self {
        self.system = true;
        self
    }

    /// A second person decides: not the one who proposed it.
    #[must_use]
    pub const fn four_eyes(mut self) -> Self {
        self.four_eyes = true;
        self
    }

    /// The officer must cite a legal basis.
    #[must_use]
    pub const fn basis(mut self) -> Self {
        self.basis = true;
        self
    }

    /// Parameter of the rulebook for how long the new state may last.
    #[must_use]
    pub const fn due(mut self, parameter: &'static str) -> Self {
        self.due = Some(parameter);
        self
    }

    /// The step is published, within the period of this parameter.
    #[must_use]
    pub const fn publishes(mut self, parameter: &'static str) -> Self {
        self.publishes = Some(parameter);
        self
    }

    /// The step opens a duty of `office`, due by `parameter`. May be said up to three times.
    #[must_use]
    pub const fn obliges(mut self, kind: &'static str, office: Office, parameter: &'static str) -> Self {
        let mut free = 0;
        while self.duties[free].is_some() {
            free += 1;
        }
        self.duties[free] = Some(Duty { kind, office, parameter });
        self
    }

    /// The step fulfils the open duties of these kinds.
    #[must_use]
    pub const fn fulfils(mut self, kinds: &'static [&'static str]) -> Self {
        self.fulfils = kinds;
        self
    }

    /// Everyone who may take the step, the system last.
    pub(super) fn offices(&self) -> impl Iterator<Item = Office> {
        self.by.iter().copied().chain(self.system.then_some(Office::SYSTEM))
    }

    pub(super) fn admits(&self, office: &str) -> bool {
        self.offices().any(|admitted| admitted.code() == office)
    }

    pub(super) fn step(&self) -> Step<S> {
        Step {
            to: self.to,
            due: self.due,
            publishes: self.publishes,
            fulfils: self.fulfils,
            duties: self.duties,
        }
    }
}
