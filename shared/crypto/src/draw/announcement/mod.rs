//! The announcement: the exact text that is sealed before a draw and from which the seed follows.

mod parse;

use std::fmt::Write as _;

use chrono::{DateTime, Datelike, FixedOffset, SecondsFormat, Timelike};

use super::{Disclosure, DrawError, EntropyRule, InspectorTable, Pool, Secret, word};
use crate::{Digest, sm3};

pub use parse::MalformedAnnouncement;

/// The name of this algorithm, the first line's value.
pub const ALGORITHM: &str = "xinjian-draw-v1";
/// Most inspectors one object can be given.
pub(super) const MAX_PER_OBJECT: u32 = 64;

/// What an officer decides about a draw; everything else in the announcement is computed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The task's resource name, such as `tasks/2026-1`.
    pub task: String,
    /// The attempt, from 1; an attempt without a result is published as failed and the next keeps the pool.
    pub attempt: u32,
    /// Inspectors each object needs; the law's least number comes from the rulebook.
    pub inspectors_per_object: u32,
    /// The office of which the lead inspector must be.
    pub lead_office: String,
    /// Who publishes the figures, such as a lottery.
    pub entropy_source: String,
    /// The round whose figures decide; it lies in the future.
    pub entropy_round: String,
    /// How figures are read.
    pub entropy_rule: EntropyRule,
    /// The round that decides if the first does not take place.
    pub fallback_round: String,
    /// When the draw is to take place, in whole seconds.
    pub draw_at: DateTime<FixedOffset>,
}

/// The announced values, line by line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// What the officer decided.
    pub plan: Plan,
    /// Whether the secret is revealed after the draw.
    pub disclosure: Disclosure,
    /// Number of objects.
    pub pool_size: u64,
    /// Root of the pool's tree.
    pub pool_root: Digest,
    /// Keyed hash of the strata table.
    pub strata_hash: Digest,
    /// Keyed hash of the inspector table.
    pub inspectors_hash: Digest,
    /// Commitment to the secret.
    pub commitment: Digest,
}

/// One line of the strata table in a PUBLIC announcement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StratumLine {
    /// The stratum.
    pub name: String,
    /// Its objects.
    pub size: u64,
    /// Numerator of its ratio.
    pub p: u64,
    /// Denominator of its ratio.
    pub q: u64,
}

/// A valid announcement: its text, its values, and for a PUBLIC draw its strata table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announcement {
    header: Header,
    strata: Vec<StratumLine>,
    text: String,
}

impl Announcement {
    /// Computes roots, hashes and commitment and writes the text.
    ///
    /// # Errors
    /// When the plan holds a name that is not allowed, no inspector per object, attempt 0 or fractions of a second,
    /// or a recusal names an object outside the pool.
    pub fn build(
        plan: &Plan,
        disclosure: Disclosure,
        pool: &Pool,
        inspectors: &InspectorTable,
        secret: &Secret,
    ) -> Result<Self, DrawError> {
        check_plan(plan)?;
        if let Some(stray) = inspectors.recusals().iter().find(|r| pool.position(&r.object).is_none()) {
            let (inspector, object) = (stray.inspector.clone(), stray.object.clone());
            return Err(DrawError::RecusalOutsidePool { inspector, object });
        }
        let header = Header {
            plan: plan.clone(),
            disclosure,
            pool_size: pool.size(),
            pool_root: pool.root(secret),
            strata_hash: pool.strata_hash(secret),
            inspectors_hash: inspectors.hash(secret),
            commitment: secret.commitment(&plan.task, plan.attempt),
        };
        let strata = if disclosure.is_public() { strata_lines(pool) } else { Vec::new() };
        let text = write_text(&header, &strata);
        Ok(Self { header, strata, text })
    }

    /// Reads the text of an announcement and accepts only what [`Announcement::build`] could have written.
    ///
    /// # Errors
    /// Names the line and what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, MalformedAnnouncement> {
        let (header, strata) = parse::parse(text)?;
        Ok(Self { header, strata, text: text.to_owned() })
    }

    /// The announced values.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The strata table of a PUBLIC announcement; empty for a RESTRICTED one.
    pub fn strata(&self) -> &[StratumLine] {
        &self.strata
    }

    /// The exact text that is sealed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// SM3 of the text.
    pub fn hash(&self) -> Digest {
        sm3::digest(self.text.as_bytes())
    }
}

/// The rules of [`Announcement::build`] for what an officer decides.
fn check_plan(plan: &Plan) -> Result<(), DrawError> {
    word::check_ascii("task", &plan.task)?;
    word::check_ascii("lead office", &plan.lead_office)?;
    word::check_ascii("entropy source", &plan.entropy_source)?;
    word::check_ascii("entropy round", &plan.entropy_round)?;
    word::check_ascii("fallback round", &plan.fallback_round)?;
    if plan.attempt == 0 {
        return Err(DrawError::ZeroAttempt);
    }
    if !(1..=MAX_PER_OBJECT).contains(&plan.inspectors_per_object) {
        return Err(DrawError::InspectorsPerObject(plan.inspectors_per_object));
    }
    let (at, offset_s) = (plan.draw_at, plan.draw_at.offset().local_minus_utc());
    if at.nanosecond() != 0 || !(1..=9999).contains(&at.year()) || offset_s % 60 != 0 {
        return Err(DrawError::DrawAt(at.to_rfc3339()));
    }
    Ok(())
}

fn strata_lines(pool: &Pool) -> Vec<StratumLine> {
    let line = |s: &super::PoolStratum| StratumLine {
        name: s.name.clone(),
        size: s.size,
        p: s.ratio.p(),
        q: s.ratio.q(),
    };
    pool.strata().iter().map(line).collect()
}

/// The only form an instant has in an announcement, such as `2026-12-01T10:00:00+08:00`.
fn instant(at: &DateTime<FixedOffset>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, false)
}

/// The lines in their fixed order, as (key, value).
fn header_lines(header: &Header) -> [(&'static str, String); 16] {
    let plan = &header.plan;
    [
        ("algorithm", ALGORITHM.to_owned()),
        ("task", plan.task.clone()),
        ("attempt", plan.attempt.to_string()),
        ("disclosure", header.disclosure.to_string()),
        ("pool_size", header.pool_size.to_string()),
        ("pool_root", header.pool_root.to_hex()),
        ("strata_hash", header.strata_hash.to_hex()),
        ("inspectors_hash", header.inspectors_hash.to_hex()),
        ("inspectors_per_object", plan.inspectors_per_object.to_string()),
        ("lead_office", plan.lead_office.clone()),
        ("commitment", header.commitment.to_hex()),
        ("entropy_source", plan.entropy_source.clone()),
        ("entropy_round", plan.entropy_round.clone()),
        ("entropy_rule", plan.entropy_rule.as_str().to_owned()),
        ("fallback_round", plan.fallback_round.clone()),
        ("draw_at", instant(&plan.draw_at)),
    ]
}

fn write_text(header: &Header, strata: &[StratumLine]) -> String {
    let mut text = String::new();
    for (key, value) in header_lines(header) {
        let _ = writeln!(text, "{key}: {value}");
    }
    for StratumLine { name, size, p, q } in strata {
        let _ = writeln!(text, "{name}\t{size}\t{p}\t{q}");
    }
    text
}
