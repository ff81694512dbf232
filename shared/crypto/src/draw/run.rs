//! The draw itself: everything is held against the announcement, then the result follows.

use super::assign::assign;
use super::result::Objects;
use super::select::select;
use super::{
    Announcement, Disagreement, DrawError, Drawn, Entropy, EntropyRefused, InspectorTable, Pool, Secret,
    Seed, Step, StratumLine,
};

/// All that a draw depends on.
#[derive(Clone, Copy, Debug)]
pub struct Task<'a> {
    /// What was sealed before the draw.
    pub announcement: &'a Announcement,
    /// The announced pool.
    pub pool: &'a Pool,
    /// The announced inspectors and recusals.
    pub inspectors: &'a InspectorTable,
    /// The secret committed to.
    pub secret: &'a Secret,
    /// The published figures of the announced round or its fallback.
    pub entropy: &'a Entropy,
}

/// Draws objects and inspectors. The same task always gives the same result.
///
/// # Errors
/// When secret, pool, strata, inspectors or round are not those announced, or when no assignment of inspectors
/// exists; nothing is drawn then.
pub fn run(task: &Task<'_>) -> Result<Drawn, DrawError> {
    // The draw has steps that one core takes alone; the pool's root keeps the others busy meanwhile. What was drawn from something else than
    // was announced is given to nobody.
    let (held, drawn) = rayon::join(|| hold_against_announcement(task), || draw(task));
    held?;
    drawn
}

fn draw(task: &Task<'_>) -> Result<Drawn, DrawError> {
    let seed = Seed::new(&task.announcement.hash(), task.secret, task.entropy);
    let selection = select(task.pool, &seed);
    let header = task.announcement.header();
    let (objects, slots) = rayon::join(
        || Objects::of(task.pool, &selection),
        || assign(header, task.pool, task.inspectors, &seed, &selection),
    );
    Ok(Drawn::new(seed.digest(), task.pool, task.inspectors, task.secret, &selection, objects, &slots?))
}

/// Refuses whatever differs from the announcement, at the first step that does.
fn hold_against_announcement(task: &Task<'_>) -> Result<(), DrawError> {
    let Task { announcement, pool, inspectors, secret, entropy } = *task;
    let header = announcement.header();
    let plan = &header.plan;
    if secret.commitment(&plan.task, plan.attempt) != header.commitment {
        return Err(DrawError::SecretNotCommitted);
    }
    Disagreement::check(Step::PoolSize, header.pool_size, pool.size())?;
    Disagreement::check(Step::PoolRoot, header.pool_root, pool.root(secret))?;
    Disagreement::check(Step::StrataHash, header.strata_hash, pool.strata_hash(secret))?;
    if header.disclosure.is_public() {
        Disagreement::check(Step::Strata, table(announcement.strata()), pool.strata_lines())?;
    }
    Disagreement::check(Step::InspectorsHash, header.inspectors_hash, inspectors.hash(secret))?;
    check_round(announcement, entropy)?;
    Ok(())
}

/// The figures must come from the announced round or its announced fallback.
pub(super) fn check_round(announcement: &Announcement, entropy: &Entropy) -> Result<(), EntropyRefused> {
    let plan = &announcement.header().plan;
    if [plan.entropy_round.as_str(), plan.fallback_round.as_str()].contains(&entropy.round()) {
        return Ok(());
    }
    Err(EntropyRefused::OtherRound {
        found: entropy.round().to_owned(),
        announced: plan.entropy_round.clone(),
        fallback: plan.fallback_round.clone(),
    })
}

fn table(strata: &[StratumLine]) -> String {
    strata.iter().map(|s| format!("{}\t{}\t{}\t{}\n", s.name, s.size, s.p, s.q)).collect()
}
