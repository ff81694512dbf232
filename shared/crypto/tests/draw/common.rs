//! The worked vectors of draw v1, read into the types of the crate. They were made by a program that shares no code
//! with it.

#![allow(dead_code, reason = "a vector is read whole")]

use std::collections::{BTreeMap, BTreeSet};

use chrono::DateTime;
use crypto::Digest;
use crypto::draw::{
    Announcement, Basis, Disclosure, DrawError, Drawn, Entropy, EntropyRule, Inspector, InspectorTable, Plan,
    Pool, PoolObject, Ratio, Recusal, Secret, Task, run,
};
use serde::Deserialize;

/// One vector: the input of a draw and every value that follows.
#[derive(Deserialize)]
pub(crate) struct Vector {
    pub(crate) case: Case,
    pub(crate) expected: Expected,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    pub(crate) task: String,
    pub(crate) attempt: u32,
    pub(crate) disclosure: String,
    pub(crate) secret: Digest,
    pub(crate) pool: Vec<PoolObject>,
    pub(crate) ratios: BTreeMap<String, (u64, u64)>,
    pub(crate) inspectors: Vec<InspectorCase>,
    pub(crate) recusals: Vec<(String, String)>,
    pub(crate) per_object: u32,
    pub(crate) lead_office: String,
    pub(crate) entropy_source: String,
    pub(crate) entropy_round: String,
    pub(crate) fallback_round: String,
    pub(crate) entropy: String,
    pub(crate) draw_at: String,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct InspectorCase {
    pub(crate) inspector: String,
    pub(crate) office: String,
    pub(crate) fields: BTreeSet<String>,
    pub(crate) divisions: BTreeSet<String>,
    pub(crate) cap: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Expected {
    pub(crate) blinds: BTreeMap<String, Digest>,
    pub(crate) pool_root: Digest,
    pub(crate) strata_lines: String,
    pub(crate) strata_hash: Digest,
    pub(crate) inspector_lines: String,
    pub(crate) inspectors_hash: Digest,
    pub(crate) commitment: Digest,
    pub(crate) announcement: String,
    pub(crate) seed: Digest,
    pub(crate) k: BTreeMap<String, u64>,
    pub(crate) tickets: BTreeMap<String, Digest>,
    pub(crate) drawn_by_ticket: Vec<String>,
    pub(crate) inspector_order_of_first: Vec<String>,
    pub(crate) assignment: Option<Vec<(String, u32, String)>>,
    pub(crate) objects_hash: Option<Digest>,
    pub(crate) assignment_hash: Option<Digest>,
    pub(crate) nonce: Option<Digest>,
    pub(crate) result_hash: Option<Digest>,
    pub(crate) inclusion_path_of_first: Vec<Digest>,
}

/// A vector's input as the crate's types, up to the announcement.
pub(crate) struct Prepared {
    pub(crate) secret: Secret,
    pub(crate) pool: Pool,
    pub(crate) inspectors: InspectorTable,
    pub(crate) announcement: Announcement,
    pub(crate) entropy: Entropy,
}

/// All vectors.
pub(crate) fn vectors() -> Vec<Vector> {
    #[derive(Deserialize)]
    struct File {
        vectors: Vec<Vector>,
    }
    let file: File = serde_json::from_str(include_str!("../data/draw-vectors.json")).unwrap();
    file.vectors
}

impl Case {
    pub(crate) fn secret(&self) -> Secret {
        Secret::from_bytes(*self.secret.as_bytes())
    }

    pub(crate) fn pool(&self) -> Pool {
        let ratio = |(name, &(p, q)): (&String, &(u64, u64))| (name.clone(), Ratio::new(p, q).unwrap());
        Pool::new(self.pool.clone(), &self.ratios.iter().map(ratio).collect()).unwrap()
    }

    pub(crate) fn inspectors(&self) -> InspectorTable {
        let inspector = |i: InspectorCase| Inspector {
            id: i.inspector,
            office: i.office,
            fields: i.fields,
            divisions: i.divisions,
            cap: i.cap,
        };
        let recusal = |(inspector, object): &(String, String)| Recusal {
            inspector: inspector.clone(),
            object: object.clone(),
        };
        InspectorTable::new(
            self.inspectors.iter().cloned().map(inspector).collect(),
            self.recusals.iter().map(recusal).collect(),
        )
        .unwrap()
    }

    pub(crate) fn plan(&self) -> Plan {
        Plan {
            task: self.task.clone(),
            attempt: self.attempt,
            inspectors_per_object: self.per_object,
            lead_office: self.lead_office.clone(),
            entropy_source: self.entropy_source.clone(),
            entropy_round: self.entropy_round.clone(),
            entropy_rule: EntropyRule::Digits,
            fallback_round: self.fallback_round.clone(),
            draw_at: DateTime::parse_from_rfc3339(&self.draw_at).unwrap(),
        }
    }

    pub(crate) fn entropy(&self) -> Entropy {
        EntropyRule::Digits.read(&self.entropy_round, &self.entropy).unwrap()
    }

    pub(crate) fn prepared(&self) -> Prepared {
        let (secret, pool, inspectors) = (self.secret(), self.pool(), self.inspectors());
        let basis = if self.disclosure == "PUBLIC" { Basis::Public } else { Basis::Internal };
        let disclosure = Disclosure::computed(&pool, |_| basis);
        let announcement =
            Announcement::build(&self.plan(), disclosure, &pool, &inspectors, &secret).unwrap();
        Prepared { secret, pool, inspectors, announcement, entropy: self.entropy() }
    }
}

impl Prepared {
    pub(crate) fn task(&self) -> Task<'_> {
        Task {
            announcement: &self.announcement,
            pool: &self.pool,
            inspectors: &self.inspectors,
            secret: &self.secret,
            entropy: &self.entropy,
        }
    }

    pub(crate) fn run(&self) -> Result<Drawn, DrawError> {
        run(&self.task())
    }
}

/// Everything of `count` objects is drawn; each needs two of the inspectors given as (id, office, cap).
pub(crate) fn all_drawn(count: usize, inspectors: &[(&str, &str, u32)], recusals: Vec<Recusal>) -> Prepared {
    let object = |n| PoolObject {
        object: format!("91370102MA{n:08}"),
        stratum: "ALL".into(),
        field: "FOOD".into(),
        division: "370102".into(),
    };
    let pool =
        Pool::new((0..count).map(object), &[("ALL".into(), Ratio::new(1, 1).unwrap())].into()).unwrap();
    let inspector = |&(id, office, cap): &(&str, &str, u32)| Inspector {
        id: id.into(),
        office: office.into(),
        fields: ["FOOD".into()].into(),
        divisions: ["370102".into()].into(),
        cap,
    };
    let inspectors = InspectorTable::new(inspectors.iter().map(inspector).collect(), recusals).unwrap();
    let secret = Secret::from_bytes([5; 32]);
    let disclosure = Disclosure::computed(&pool, |_| Basis::Public);
    let plan = vectors()[0].case.plan();
    let announcement = Announcement::build(&plan, disclosure, &pool, &inspectors, &secret).unwrap();
    Prepared { secret, pool, inspectors, announcement, entropy: Entropy::of_digits("2026321", "1").unwrap() }
}
