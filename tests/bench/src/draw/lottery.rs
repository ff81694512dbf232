//! The input of a draw: the same one for each size.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use chrono::DateTime;
use crypto::draw::{
    Announcement, Basis, Disclosure, Drawn, Entropy, EntropyRule, Inspector, InspectorTable, Plan, Pool,
    PoolObject, Ratio, Secret, Task,
};
use domain::Uscc;

const STRATA: [(&str, u64); 4] = [("S1", 2), ("S2", 5), ("S3", 10), ("S4", 20)];
/// Of a hundred objects, those in each stratum.
const SHARES: [u32; 4] = [50, 25, 15, 10];
/// The districts and counties of Jinan.
const DIVISIONS: [&str; 12] = [
    "370102", "370103", "370104", "370105", "370112", "370113", "370114", "370115", "370116", "370117",
    "370124", "370126",
];
const OFFICES: [&str; 2] = ["FOOD_PROD", "DISTRICT"];
const INSPECTORS: u32 = 2_000;
const PER_OBJECT: u32 = 2;
const ROUND: &str = "2026321";

/// A draw that can be run.
pub(super) struct Lottery {
    announcement: Announcement,
    pool: Pool,
    inspectors: InspectorTable,
    secret: Secret,
    entropy: Entropy,
}

impl Lottery {
    /// A draw from a pool of `objects`.
    pub(super) fn of(objects: u32) -> anyhow::Result<Self> {
        let mut ratios = BTreeMap::new();
        for (stratum, percent) in STRATA {
            ratios.insert(stratum.to_owned(), Ratio::new(percent, 100)?);
        }
        // One by one: a second copy of all would be counted as memory of the draw.
        let mut refused = None;
        let pool = Pool::new((0..objects).map_while(|number| object(number, &mut refused)), &ratios)?;
        if let Some(refused) = refused {
            return Err(refused);
        }
        let inspectors =
            InspectorTable::new((0..INSPECTORS).map(|no| inspector(no, objects)).collect(), Vec::new())?;
        let secret = Secret::from_bytes([7; 32]);
        let entropy = Entropy::of_digits(ROUND, "423")?;
        let disclosure = Disclosure::computed(&pool, |_| Basis::Internal);
        let announcement = Announcement::build(&plan()?, disclosure, &pool, &inspectors, &secret)?;
        Ok(Self { announcement, pool, inspectors, secret, entropy })
    }

    /// As the draw takes it.
    pub(super) fn task(&self) -> Task<'_> {
        let Self { announcement, pool, inspectors, secret, entropy } = self;
        Task { announcement, pool, inspectors, secret, entropy }
    }

    /// Each object with its stratum.
    pub(super) fn objects(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pool.entries().map(|entry| (entry.stratum, entry.object))
    }

    /// Writes pool and quotas for a peer.
    pub(super) fn write(&self, folder: &Path, drawn: &Drawn) -> anyhow::Result<()> {
        let mut text = String::new();
        for (stratum, object) in self.objects() {
            writeln!(text, "{stratum}\t{object}")?;
        }
        std::fs::write(folder.join("pool.tsv"), text)?;
        let quota = |stratum: &crypto::draw::DrawnStratum| format!("{}\t{}\n", stratum.name, stratum.k);
        std::fs::write(folder.join("quota.tsv"), drawn.strata.iter().map(quota).collect::<String>())?;
        Ok(())
    }
}

fn object(number: u32, refused: &mut Option<anyhow::Error>) -> Option<PoolObject> {
    let uscc = match Uscc::compose("91370102", &format!("{number:08}")) {
        Ok(uscc) => uscc,
        Err(problem) => {
            *refused = Some(problem.into());
            return None;
        }
    };
    let place = number * 37 % 100;
    let passed = SHARES.iter().scan(0, |sum, share| {
        *sum += share;
        Some(*sum)
    });
    let stratum = passed.take_while(|sum| *sum <= place).count();
    Some(PoolObject {
        object: uscc.to_string(),
        stratum: STRATA[stratum].0.to_owned(),
        field: "FOOD".to_owned(),
        division: DIVISIONS[number as usize % DIVISIONS.len()].to_owned(),
    })
}

/// An inspector works in one division; both offices have theirs in each. Everyone may take more than three times what falls to each on
/// average.
fn inspector(number: u32, objects: u32) -> Inspector {
    Inspector {
        // As the inspection service numbers them.
        id: format!("{:04}", number + 1),
        office: OFFICES[number as usize % OFFICES.len()].to_owned(),
        fields: ["FOOD".to_owned()].into(),
        divisions: [DIVISIONS[number as usize / OFFICES.len() % DIVISIONS.len()].to_owned()].into(),
        cap: objects * PER_OBJECT / INSPECTORS / 5 + 1,
    }
}

fn plan() -> anyhow::Result<Plan> {
    Ok(Plan {
        task: "tasks/2026-1".into(),
        attempt: 1,
        inspectors_per_object: PER_OBJECT,
        lead_office: "FOOD_PROD".into(),
        entropy_source: "welfare-lottery-3d".into(),
        entropy_round: ROUND.into(),
        entropy_rule: EntropyRule::Digits,
        fallback_round: "2026322".into(),
        draw_at: DateTime::parse_from_rfc3339("2026-12-01T10:00:00+08:00")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_lottery_can_be_drawn_and_has_every_stratum() {
        let lottery = Lottery::of(2_000).unwrap();
        let drawn = crypto::draw::run(&lottery.task()).unwrap();
        let sizes: Vec<u64> = drawn.strata.iter().map(|stratum| stratum.size).collect();
        assert_eq!(sizes, [1_000, 500, 300, 200]);
        assert_eq!(drawn.assignment.len(), drawn.objects.len() * 2);
    }
}
