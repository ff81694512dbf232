//! Inspection tasks.

use crypto::draw::EntropyRule;
use domain::{DivisionCode, FieldCode, MicrosUtc, OfficeCode};

use super::{ItemName, TaskName};
use crate::machines::task::State;

/// How chances differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stratification {
    /// A ratio for each risk class; what is disclosed is then restricted.
    Class,
    /// One ratio for all.
    Uniform {
        /// The ratio in percent, 1 to 100.
        percent: u32,
    },
}

impl Stratification {
    /// The word in contract and database.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Class => "CLASS",
            Self::Uniform { .. } => "UNIFORM",
        }
    }

    /// The ratio of a uniform draw in percent; 0 for one by class.
    pub const fn percent(self) -> u32 {
        match self {
            Self::Class => 0,
            Self::Uniform { percent } => percent,
        }
    }

    /// Reads word and percentage.
    ///
    /// # Errors
    /// Says what is wrong with which of the two: the path within the task, and the problem.
    pub fn parse(word: &str, percent: i64) -> Result<Self, (&'static str, &'static str)> {
        match (word, u32::try_from(percent)) {
            ("CLASS", _) => Ok(Self::Class),
            ("UNIFORM", Ok(percent @ 1..=100)) => Ok(Self::Uniform { percent }),
            ("UNIFORM", _) => Err(("uniform_percent", "must be 1 to 100")),
            _ => Err(("stratify_by", "must be `CLASS` or `UNIFORM`")),
        }
    }
}

/// A task to create.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewTask {
    /// Title, 1 to 100 characters.
    pub title: String,
    /// Key field.
    pub field: FieldCode,
    /// Divisions, each with all below it; sorted; empty means the whole city.
    pub divisions: Vec<DivisionCode>,
    /// How chances differ.
    pub stratify: Stratification,
    /// Inspectors per object, at least the legal minimum.
    pub per_object: u32,
    /// Office of the first inspector of every object.
    pub lead_office: OfficeCode,
    /// What is inspected, in the order of the catalogue.
    pub items: Vec<ItemName>,
    /// Whether that is all of the catalogue: its visits are full checks.
    pub full_check: bool,
}

impl NewTask {
    /// Whether the task covers a division.
    pub fn covers(&self, division: &DivisionCode) -> bool {
        self.divisions.is_empty() || self.divisions.iter().any(|own| own.covers(division))
    }
}

/// What an officer decides about a draw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announcing {
    /// Code of the public source.
    pub source: String,
    /// How its figures are read.
    pub rule: EntropyRule,
    /// The round whose figures decide.
    pub round: String,
    /// The round that decides if the first does not take place.
    pub fallback: String,
    /// When the draw may run, in whole seconds.
    pub draw_at: MicrosUtc,
}

/// A task as it stands now. It does not hold the secret of its draw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// Its name.
    pub name: TaskName,
    /// What it was created with.
    pub scope: NewTask,
    /// State of the machine.
    pub state: State,
    /// Attempt of the draw, announced or failed; 0 before the first announcement.
    pub attempt: u32,
    /// `PUBLIC` or `RESTRICTED`; empty before.
    pub disclosure: String,
    /// The sealed text; empty before.
    pub announcement: String,
    /// Who announced the draw; empty before.
    pub announced_by: String,
    /// When the draw may run; `None` before the announcement.
    pub draw_at: Option<MicrosUtc>,
    /// Objects in the pool.
    pub pool_size: u64,
    /// Round of the recorded figures; empty before.
    pub entropy_round: String,
    /// Digits of the recorded figures; empty before.
    pub entropy_digits: String,
    /// Objects drawn.
    pub drawn_count: u64,
    /// SM3 of the result, hex; empty before the draw.
    pub result_hash: String,
    /// Rises by one with every change.
    pub revision: i64,
    /// When it was created.
    pub created_at: MicrosUtc,
    /// Why the last attempt failed; empty when none has, and from the next announcement on.
    pub failure: String,
}

impl Task {
    /// A new task.
    pub fn created(name: TaskName, scope: NewTask, state: State, now: MicrosUtc) -> Self {
        Self {
            name,
            scope,
            state,
            attempt: 0,
            disclosure: String::new(),
            announcement: String::new(),
            announced_by: String::new(),
            draw_at: None,
            pool_size: 0,
            entropy_round: String::new(),
            entropy_digits: String::new(),
            drawn_count: 0,
            result_hash: String::new(),
            revision: 1,
            created_at: now,
            failure: String::new(),
        }
    }

    /// Takes back what was announced, for an attempt that cannot be completed. Attempt and pool stay.
    pub fn withdraw_announcement(&mut self, failure: String) {
        self.disclosure.clear();
        self.announcement.clear();
        self.announced_by.clear();
        self.draw_at = None;
        self.entropy_round.clear();
        self.entropy_digits.clear();
        self.failure = failure;
    }

    /// Whether the moment of the draw has come: from then on figures may be recorded and the draw run.
    pub fn draw_has_come(&self, now: MicrosUtc) -> bool {
        self.draw_at.is_some_and(|draw_at| draw_at <= now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uniform_draw_needs_a_percentage_and_a_draw_by_class_ignores_it() {
        assert_eq!(Stratification::parse("UNIFORM", 30), Ok(Stratification::Uniform { percent: 30 }));
        for percent in [-1, 0, 101] {
            assert_eq!(Stratification::parse("UNIFORM", percent).unwrap_err().0, "uniform_percent");
        }
        assert_eq!(Stratification::parse("CLASS", 500), Ok(Stratification::Class));
        assert_eq!(Stratification::parse("", 30).unwrap_err().0, "stratify_by");
    }
}
