//! Replacement after the draw (workflow machine 6): nobody gives way but on a recorded ground, and who comes follows from the draw.

use std::fmt;

use crypto::draw::Leaving;
use domain::MicrosUtc;

use super::{InspectorNo, InvalidName, TaskName, VisitName};
use crate::machines::replacement::State;

/// The code set of grounds.
pub const GROUND_SET: &str = "replacement_ground";
/// Tag of grounds on which an enterprise gives way.
const OF_OBJECT: &str = "object";
/// Tag of grounds on which an inspector does.
const OF_INSPECTOR: &str = "inspector";
/// Tag of grounds that hold only while the inspector who gives way is recused from the enterprise; where the enterprise gives way, while
/// one of the visit is whose place nobody can take.
pub const NEEDS_RECUSED: &str = "inspector_recused";
/// Tag of grounds that hold only while a case about the enterprise is in progress, as far as one is on record: one for the list of serious
/// violators, or one that a visit of ours led to. What ENFORCEMENT keeps in files of its own nobody here can look up, and nobody is
/// spared a visit for it.
pub const NEEDS_CASE: &str = "case_in_progress";
/// Tag of grounds that hold only while the register has the enterprise in the state of the same code.
pub const NEEDS_REGISTER: &str = "register_state";

/// The name of a replacement: `tasks/{task}/replacements/{number}`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ReplacementName {
    /// The task.
    pub task: TaskName,
    /// Its number within the task, from 1, in the order of proposals.
    pub number: i64,
}

impl ReplacementName {
    /// Reads `tasks/{task}/replacements/{number}` in its one spelling.
    ///
    /// # Errors
    /// [`InvalidName`] for every other text.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        const FORM: InvalidName = InvalidName("tasks/{task}/replacements/{number}");
        let (task, number) = text.split_once("/replacements/").ok_or(FORM)?;
        let name = Self {
            task: TaskName::parse(task).map_err(|_| FORM)?,
            number: number.parse().map_err(|_| FORM)?,
        };
        if name.number >= 1 && name.to_string() == text { Ok(name) } else { Err(FORM) }
    }
}

impl fmt::Display for ReplacementName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/replacements/{}", self.task, self.number)
    }
}

/// The event of a feed that a ground rests on: `{service}/{position}`, such as `registry/1204`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CitedEvent(String);

impl CitedEvent {
    /// Reads the name of an event.
    ///
    /// # Errors
    /// [`InvalidName`] for every other text.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        const FORM: InvalidName = InvalidName("{service}/{position}");
        let (service, position) = text.split_once('/').ok_or(FORM)?;
        let is_service =
            (1..=20).contains(&service.len()) && service.bytes().all(|byte| byte.is_ascii_lowercase());
        let is_position =
            position.parse::<i64>().is_ok_and(|number| number >= 1 && number.to_string() == position);
        if is_service && is_position { Ok(Self(text.to_owned())) } else { Err(FORM) }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Who is to give way, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewReplacement {
    /// The visit.
    pub visit: VisitName,
    /// The inspector who gives way; `None` when the enterprise does.
    pub inspector: Option<InspectorNo>,
    /// Code of the set [`GROUND_SET`].
    pub ground: String,
    /// The event that the ground rests on.
    pub cited: CitedEvent,
}

impl NewReplacement {
    /// Tag that the ground must carry.
    pub fn tag_of_ground(&self) -> &'static str {
        if self.inspector.is_some() { OF_INSPECTOR } else { OF_OBJECT }
    }
}

/// A replacement as it stands now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replacement {
    /// Its name.
    pub name: ReplacementName,
    /// What was proposed.
    pub proposed: NewReplacement,
    /// The slot of the inspector who gives way; `None` when the enterprise does.
    pub slot: Option<u32>,
    /// State of the machine.
    pub state: State,
    /// Who proposed it.
    pub proposed_by: String,
    /// Why it was rejected; empty otherwise.
    pub reason: String,
    /// Its place among the approved ones of the task, from 1; `None` before.
    pub position: Option<u32>,
    /// Credit code or number of who came; empty before, and when nobody was left.
    pub next: String,
    /// Rises by one with every change.
    pub revision: i64,
    /// When it was proposed.
    pub created_at: MicrosUtc,
}

impl Replacement {
    /// As the draw sees it.
    pub fn leaving(&self) -> Leaving {
        Leaving {
            ground: self.proposed.ground.clone(),
            cited: self.proposed.cited.as_str().to_owned(),
            object: self.proposed.visit.uscc.to_string(),
            slot: self.slot,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_cited_events_have_one_spelling() {
        let name = "tasks/2026-1/replacements/2";
        assert_eq!(ReplacementName::parse(name).unwrap().to_string(), name);
        for other in ["tasks/2026-1/replacements/0", "tasks/2026-1/replacements/02", "tasks/2026-1"] {
            assert!(ReplacementName::parse(other).is_err(), "{other}");
        }
        assert_eq!(CitedEvent::parse("registry/1204").unwrap().as_str(), "registry/1204");
        for other in ["registry", "registry/0", "registry/07", "/7", "Registry/7", "a\tb/7", "registry/+7"] {
            assert!(CitedEvent::parse(other).is_err(), "{other}");
        }
    }
}
