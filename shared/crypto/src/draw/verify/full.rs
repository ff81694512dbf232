//! The FULL form: the draw is run again and everything is compared.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::{Refused, Verified, check_final, check_published, check_rows, opening};
use crate::draw::proof::{Form, FullProof, StratumRow};
use crate::draw::{
    Disagreement, Drawn, InspectorTable, Leaving, Pool, Ratio, Secret, Step, Task, Visits, replacements_hash,
    run,
};

/// Neighbours of a list that one core compares at a time, at least.
const PAIRS: usize = 4_096;

/// All steps: a revealed secret leaves nothing to belief.
const CHECKED: &[Step] = &[
    Step::AnnouncementHash,
    Step::Announcement,
    Step::Entropy,
    Step::Commitment,
    Step::Pool,
    Step::PoolSize,
    Step::PoolRoot,
    Step::Strata,
    Step::StrataHash,
    Step::Inspectors,
    Step::InspectorsHash,
    Step::Seed,
    Step::Quota,
    Step::Selection,
    Step::Assignment,
    Step::ObjectsHash,
    Step::AssignmentHash,
    Step::Nonce,
    Step::ResultHash,
    Step::PublishedHash,
    Step::Replacements,
    Step::FinalHash,
];

/// Runs the draw of the proof and compares every value.
pub(super) fn verify(proof: &FullProof) -> Result<Verified, Refused> {
    let (announcement, entropy) = opening(&proof.announcement, proof.announcement_hash, &proof.entropy)?;
    let secret = Secret::from_bytes(*proof.secret.as_bytes());
    let plan = &announcement.header().plan;
    let commitment = secret.commitment(&plan.task, plan.attempt);
    Disagreement::check(Step::Commitment, announcement.header().commitment, commitment)?;
    let pool = pool(proof)?;
    let inspectors = inspectors(proof)?;
    let task = Task {
        announcement: &announcement,
        pool: &pool,
        inspectors: &inspectors,
        secret: &secret,
        entropy: &entropy,
    };
    let drawn = run(&task).map_err(Refused::invalid(Step::Pool))?;
    compare(proof, &drawn)?;
    check_published(proof.published_hash, &proof.announcement_hash, &entropy, &drawn.result_hash)?;
    check_replacements(proof, &task, &drawn)?;
    let final_hash = check_final(proof.replaced.as_ref(), proof.published_hash)?;
    Ok(Verified {
        form: Form::Full,
        announcement_hash: announcement.hash(),
        announcement,
        entropy,
        drawn: drawn.objects.into_iter().map(|drawn| drawn.object).collect(),
        result_hash: drawn.result_hash,
        published_hash: proof.published_hash,
        final_hash,
        checked: CHECKED,
        not_shown: &[],
    })
}

/// The pool of the proof, which must already stand in byte order and fill exactly the strata listed.
fn pool(proof: &FullProof) -> Result<Pool, Refused> {
    let mut ratios = BTreeMap::new();
    for row in &proof.strata {
        let ratio = Ratio::new(row.p, row.q).map_err(|refused| Refused::Invalid {
            step: Step::Strata,
            reason: format!("stratum `{}`: {refused}", row.stratum),
        })?;
        ratios.insert(row.stratum.clone(), ratio);
    }
    let pairs = proof.pool.par_windows(2).with_min_len(PAIRS);
    if let Some(pair) = pairs.find_first(|pair| pair[0].object >= pair[1].object) {
        let reason = format!("`{}` before `{}` is not byte order", pair[0].object, pair[1].object);
        return Err(Refused::Invalid { step: Step::Pool, reason });
    }
    let pool = Pool::of_list(&proof.pool, &ratios).map_err(Refused::invalid(Step::Pool))?;
    let cut = |row: &StratumRow| (row.stratum.clone(), row.size);
    let claimed: Vec<_> = proof.strata.iter().map(cut).collect();
    let computed: Vec<_> = pool.strata().iter().map(|s| (s.name.clone(), s.size)).collect();
    check_rows(Step::Strata, &claimed, &computed)?;
    Ok(pool)
}

/// The inspectors of the proof, which must already stand in byte order.
fn inspectors(proof: &FullProof) -> Result<InspectorTable, Refused> {
    let table = InspectorTable::new(proof.inspectors.clone(), proof.recusals.clone())
        .map_err(Refused::invalid(Step::Inspectors))?;
    check_rows(Step::Inspectors, &proof.inspectors, table.inspectors())?;
    check_rows(Step::Inspectors, &proof.recusals, table.recusals())?;
    Ok(table)
}

fn compare(proof: &FullProof, drawn: &Drawn) -> Result<(), Disagreement> {
    Disagreement::check(Step::Seed, proof.seed, drawn.seed)?;
    let strata: Vec<StratumRow> = drawn.strata.iter().map(StratumRow::from).collect();
    check_rows(Step::Quota, &proof.strata, &strata)?;
    check_rows(Step::Selection, &proof.drawn, &drawn.objects)?;
    check_rows(Step::Assignment, &proof.assignment, &drawn.assignment)?;
    Disagreement::check(Step::ObjectsHash, proof.objects_hash, drawn.objects_hash)?;
    Disagreement::check(Step::AssignmentHash, proof.assignment_hash, drawn.assignment_hash)?;
    Disagreement::check(Step::Nonce, proof.nonce, drawn.nonce)?;
    Disagreement::check(Step::ResultHash, proof.result_hash, drawn.result_hash)
}

/// Lets everybody give way again who did: the same must come.
fn check_replacements(proof: &FullProof, task: &Task<'_>, drawn: &Drawn) -> Result<(), Refused> {
    let Some(replaced) = &proof.replaced else { return Ok(()) };
    let invalid = |reason: String| Refused::Invalid { step: Step::Replacements, reason };
    if replaced.replacements.is_empty() {
        return Err(invalid("there are none".to_owned()));
    }
    let mut visits = Visits::drawn(task, drawn);
    for one in &replaced.replacements {
        let leaving = Leaving {
            ground: one.ground.clone(),
            cited: one.cited.clone(),
            object: one.object.clone(),
            slot: one.slot,
        };
        visits.replace(&leaving).map_err(|refused| invalid(refused.to_string()))?;
    }
    check_rows(Step::Replacements, &replaced.replacements, visits.replacements())?;
    let computed = replacements_hash(visits.replacements(), task.secret);
    Ok(Disagreement::check(Step::Replacements, replaced.replacements_hash, computed)?)
}
