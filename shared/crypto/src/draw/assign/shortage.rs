//! Why no assignment exists, in words an officer can act on.

use std::fmt;

use super::exact::Unserved;
use super::problem::Problem;
use crate::draw::select::Ticket;
use crate::draw::{InspectorTable, Pool};

/// Most shortages and inspectors a message lists; the value itself holds all.
const LISTED: usize = 10;

/// No assignment of inspectors satisfies every rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Infeasible {
    /// The slots that cannot be filled beside those before them, in ticket order.
    pub shortages: Vec<Shortage>,
}

/// One slot that cannot be filled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shortage {
    /// The drawn object.
    pub object: String,
    /// The slot, 0 for the lead.
    pub slot: u32,
    /// The field an inspector needs for it.
    pub field: String,
    /// The division in which an inspector must work for it.
    pub division: String,
    /// What is missing.
    pub lack: Lack,
}

/// What is missing for a slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lack {
    /// No inspector of the lead office is eligible.
    NoLead {
        /// The lead office.
        office: String,
    },
    /// Fewer inspectors are eligible than the object needs.
    TooFewEligible {
        /// Eligible inspectors.
        eligible: usize,
        /// Inspectors the object needs.
        needed: usize,
    },
    /// Everyone who could serve, directly or by handing over other objects, has reached the cap.
    CapsReached {
        /// Their ids.
        inspectors: Vec<String>,
    },
}

/// Turns numbers back into names.
pub(super) fn explain(
    unserved: &[Unserved],
    problem: &Problem,
    pool: &Pool,
    table: &InspectorTable,
    drawn: &[Ticket],
    lead_office: &str,
) -> Infeasible {
    let name = |&i: &u32| table.inspectors()[i as usize].id.clone();
    let shortage = |missing: &Unserved| {
        let entry = pool.entry(drawn[missing.object].place as usize);
        let eligible = problem.eligible(missing.object).len();
        let lack = if !missing.full.is_empty() {
            Lack::CapsReached { inspectors: missing.full.iter().map(name).collect() }
        } else if missing.slot == 0 {
            Lack::NoLead { office: lead_office.to_owned() }
        } else {
            Lack::TooFewEligible { eligible, needed: problem.per_object }
        };
        Shortage {
            object: entry.object.to_owned(),
            slot: missing.slot as u32,
            field: entry.field.to_owned(),
            division: entry.division.to_owned(),
            lack,
        }
    };
    Infeasible { shortages: unserved.iter().map(shortage).collect() }
}

impl fmt::Display for Infeasible {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no assignment of inspectors satisfies every rule")?;
        for (i, shortage) in self.shortages.iter().take(LISTED).enumerate() {
            write!(f, "{} {shortage}", if i == 0 { ":" } else { ";" })?;
        }
        match self.shortages.len().saturating_sub(LISTED) {
            0 => Ok(()),
            more => write!(f, "; and {more} more"),
        }
    }
}

impl fmt::Display for Shortage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { object, slot, field, division, lack } = self;
        write!(f, "`{object}` (field {field}, division {division}), slot {slot}: {lack}")
    }
}

impl fmt::Display for Lack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoLead { office } => write!(f, "no eligible inspector of lead office {office}"),
            Self::TooFewEligible { eligible, needed } => {
                write!(f, "{eligible} eligible inspectors, {needed} needed")
            }
            Self::CapsReached { inspectors } => {
                let listed =
                    inspectors.iter().take(LISTED).map(String::as_str).collect::<Vec<_>>().join(", ");
                let more = if inspectors.len() > LISTED { ", …" } else { "" };
                write!(f, "all {} who could serve have reached their cap ({listed}{more})", inspectors.len())
            }
        }
    }
}
