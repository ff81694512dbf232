//! Inspection tasks.

use chrono::NaiveDate;
use crypto::draw::{Basis, EntropyRule};
use domain::{DivisionCode, FieldCode, MicrosUtc, OfficeCode};

use super::clue::Clue;
use super::plan::PlanItem;
use super::{ItemName, RoundTimes, TaskName};
use crate::machines::task::State;

/// The disclosure under which the secret is revealed with the drawn list.
const PUBLIC: &str = "PUBLIC";

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
    /// Everybody of the pool.
    pub const ALL: Self = Self::Uniform { percent: 100 };

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
    /// What it carries out of a plan: then those are visited whom the plan names.
    pub plan_item: Option<PlanItem>,
    /// The task of another department whose visits it joins (进一次门、查多项事): then those are visited whom that task visits.
    pub joins: Option<TaskName>,
    /// The clue that it follows: then those are visited whom it names, and nobody is drawn.
    pub clue: Option<Clue>,
    /// Last day on which its visits are made; `None` for none.
    pub end_on: Option<NaiveDate>,
}

impl NewTask {
    /// On what the chances rest. That a plan has somebody visited by class tells its class.
    pub fn basis(&self) -> Basis {
        let is_public = self.plan_item.as_ref().is_none_or(PlanItem::is_asked_by_law);
        match self.stratify {
            Stratification::Uniform { .. } if is_public => Basis::Public,
            Stratification::Class | Stratification::Uniform { .. } => Basis::Internal,
        }
    }

    /// How many visits to each enterprise of its pool the annual cap of a year counts for it already; `None` when its visits use up no cap: the law
    /// asks for them, or they are made together with those of another task.
    pub fn counted_already(&self, year: i32) -> Option<u32> {
        match (&self.plan_item, &self.joins) {
            (None, None) => Some(0),
            (Some(item), None) if !item.is_asked_by_law() => Some(u32::from(item.plan.year() == year)),
            _ => None,
        }
    }

    /// Whether its visits are full checks that the law asks for: who checked what before does not stand in their way.
    pub fn is_full_check_of_law(&self) -> bool {
        self.plan_item.as_ref().is_some_and(|item| item.full_check.contains(&self.field))
    }

    /// The task that leads the visits of the one with this name: the one that it joins, else itself.
    pub fn leading<'a>(&'a self, own: &'a TaskName) -> &'a TaskName {
        self.joins.as_ref().unwrap_or(own)
    }

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
    /// The day on which the round is expected, as the officer states it; `None` where the calendar of the source tells.
    pub round_on: Option<NaiveDate>,
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
    /// Who announced the draw, also one that failed, or named whom a task visits that follows a clue; empty before the first.
    pub announced_by: String,
    /// When the draw may run; `None` before the announcement.
    pub draw_at: Option<MicrosUtc>,
    /// From when on the figures of the announced rounds may be entered.
    pub rounds: RoundTimes,
    /// Objects in the pool.
    pub pool_size: u64,
    /// Round of the recorded figures; empty before.
    pub entropy_round: String,
    /// Digits of the recorded figures; empty before.
    pub entropy_digits: String,
    /// Why the first round did not take place; empty unless they are those of the fallback.
    pub first_round_void: String,
    /// Who put them on record; empty before.
    pub recorded_by: String,
    /// Until when they are held before the system draws by them; `None` before.
    pub held_until: Option<MicrosUtc>,
    /// Objects drawn.
    pub drawn_count: u64,
    /// SM3 of the result, hex; empty before the draw.
    pub result_hash: String,
    /// SM3 of the draw with its replacements, hex; empty while nothing was replaced.
    pub final_hash: String,
    /// Rises by one with every change.
    pub revision: i64,
    /// When it was created.
    pub created_at: MicrosUtc,
    /// Why the last attempt failed; empty when none has, and from the next announcement on.
    pub failure: String,
    /// Why it was cancelled; empty when it was not.
    pub cancelled_for: String,
    /// Why the system could not run its draw when it was due; empty when nothing keeps it.
    pub draw_problem: String,
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
            rounds: RoundTimes::default(),
            pool_size: 0,
            entropy_round: String::new(),
            entropy_digits: String::new(),
            first_round_void: String::new(),
            recorded_by: String::new(),
            held_until: None,
            drawn_count: 0,
            result_hash: String::new(),
            final_hash: String::new(),
            revision: 1,
            created_at: now,
            failure: String::new(),
            cancelled_for: String::new(),
            draw_problem: String::new(),
        }
    }

    /// Takes back what was announced, for an attempt that cannot be completed. Attempt and pool stay, and so does who announced it: who
    /// may not cancel the draw alone may not do so once it has failed.
    pub fn withdraw_announcement(&mut self, failure: String) {
        self.disclosure.clear();
        self.announcement.clear();
        self.draw_at = None;
        self.rounds = RoundTimes::default();
        self.forget_figures();
        self.failure = failure;
    }

    /// Takes the figures off the record.
    pub fn forget_figures(&mut self) {
        self.entropy_round.clear();
        self.entropy_digits.clear();
        self.first_round_void.clear();
        self.recorded_by.clear();
        self.held_until = None;
    }

    /// Whether everything about its draw is disclosed when it closes.
    pub fn is_public(&self) -> bool {
        self.disclosure == PUBLIC
    }

    /// Whether the moment of the draw has come: from then on figures may be recorded and the draw run.
    pub fn draw_has_come(&self, now: MicrosUtc) -> bool {
        self.draw_at.is_some_and(|draw_at| draw_at <= now)
    }

    /// Whether its figures are held at `now`, so that whoever misread them can say so.
    pub fn is_held(&self, now: MicrosUtc) -> bool {
        self.held_until.is_some_and(|until| now < until)
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
    fn new_task(stratify: Stratification, plan_item: Option<&str>, joins: Option<TaskName>) -> NewTask {
        NewTask {
            title: "检查".into(),
            field: FieldCode::parse("FOOD").unwrap(),
            divisions: Vec::new(),
            stratify,
            per_object: 2,
            lead_office: OfficeCode::parse("FOOD_PROD").unwrap(),
            items: Vec::new(),
            full_check: false,
            plan_item: plan_item.map(|name| PlanItem::parse(name).unwrap()),
            joins,
            clue: None,
            end_on: None,
        }
    }

    #[test]
    fn only_what_the_law_asks_of_all_rests_on_public_attributes_in_a_plan() {
        let all = Stratification::Uniform { percent: 100 };
        let basis = |stratify, item| new_task(stratify, item, None).basis();
        assert_eq!(basis(all, None), Basis::Public);
        assert_eq!(basis(Stratification::Class, None), Basis::Internal);
        assert_eq!(basis(all, Some("plans/2027-1/items/3-FOOD-FOOD")), Basis::Public);
        assert_eq!(basis(all, Some("plans/2027-1/items/3-FOOD")), Basis::Internal);
    }

    #[test]
    fn full_checks_and_joined_visits_use_up_no_cap_and_a_planned_one_is_counted_already() {
        let all = Stratification::Uniform { percent: 100 };
        let counted = |item, joins| new_task(all, item, joins).counted_already(2027);
        assert_eq!(counted(None, None), Some(0));
        assert_eq!(counted(Some("plans/2027-1/items/3-FOOD"), None), Some(1));
        assert_eq!(counted(Some("plans/2026-1/items/12-FOOD"), None), Some(0), "the cap of another year");
        assert_eq!(counted(Some("plans/2027-1/items/3-FOOD-FOOD"), None), None);
        assert_eq!(counted(None, Some(TaskName::new(2027, 1))), None);
    }
}
