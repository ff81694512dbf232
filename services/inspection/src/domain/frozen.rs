//! The frozen input of a draw: who is in the pool, with which chance, and who may inspect. What is frozen is what the
//! announcement commits to; the draw and its proof are computed from nothing else.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use crypto::draw::{
    self, Announcement, Basis, Disclosure, DrawError, Drawn, Entropy, InspectorTable, Plan, Pool, PoolObject,
    Ratio, Secret,
};
use crypto::sm3::MacKey;
use domain::{DivisionCode, FieldCode, Uscc};

use super::{Care, Inspector, InspectorNo, NewTask, Recusal, Strata};

/// An enterprise that may stand in a pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Its credit code.
    pub uscc: Uscc,
    /// Its division.
    pub division: DivisionCode,
    /// Scheme and code of its risk class, if it has one.
    pub class: Option<(String, String)>,
    /// What raises its chance in the field of the task.
    pub care: Care,
}

/// An inspector of the draw with the number in the directory. The draw knows only the task-local number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Numbered {
    /// Number in the directory.
    pub no: InspectorNo,
    /// As the draw sees it.
    pub inspector: draw::Inspector,
}

/// All that a draw depends on besides announcement, secret and figures.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frozen {
    /// The objects.
    pub objects: Vec<PoolObject>,
    /// The ratio of each stratum.
    pub ratios: BTreeMap<String, Ratio>,
    /// The inspectors.
    pub inspectors: Vec<Numbered>,
    /// The recusals that concern both an inspector and an object of the draw.
    pub recusals: Vec<draw::Recusal>,
}

impl Frozen {
    /// Freezes pool and inspectors of a task whose draw is on `day`.
    ///
    /// Inspectors who are not available, whose certificate has run out by that day or does not cover the field, or who
    /// work in no division of the pool, are left out. Task-local numbers follow the keyed hash of the directory's number,
    /// so that they tell nothing about the person.
    pub fn new(
        task: &NewTask,
        candidates: &[Candidate],
        strata: &Strata,
        inspectors: &[Inspector],
        recusals: &[Recusal],
        secret: &Secret,
        day: NaiveDate,
    ) -> Self {
        let in_scope = candidates.iter().filter(|one| task.covers(&one.division));
        let objects = in_scope.map(|one| object(task, one, strata)).collect();
        let pool = Self { objects, ratios: strata.ratios().clone(), ..Self::default() };
        pool.staffed(&task.field, inspectors, recusals, secret, day)
    }

    /// The same pool with the inspectors of a draw on `day`, chosen and numbered as [`new`](Self::new) says: for another attempt.
    #[must_use]
    pub fn staffed(
        self,
        field: &FieldCode,
        inspectors: &[Inspector],
        recusals: &[Recusal],
        secret: &Secret,
        day: NaiveDate,
    ) -> Self {
        let places = self.objects.iter().filter_map(|one| DivisionCode::parse(&one.division).ok());
        let drawable = inspectors.iter().filter(|one| one.can_be_drawn(field, day));
        let inspectors = numbered(drawable, &places.collect(), secret);
        let recusals = concerned(recusals, &self.objects, &inspectors);
        Self { inspectors, recusals, ..self }
    }

    /// The pool of the draw.
    ///
    /// # Errors
    /// [`DrawError::EmptyPool`] when nobody is in it.
    pub fn pool(&self) -> Result<Pool, DrawError> {
        Pool::new(self.objects.iter().cloned(), &self.ratios)
    }

    /// The inspectors of the draw.
    ///
    /// # Errors
    /// [`DrawError`] when stored rows were damaged.
    pub fn table(&self) -> Result<InspectorTable, DrawError> {
        let inspectors = self.inspectors.iter().map(|one| one.inspector.clone()).collect();
        InspectorTable::new(inspectors, self.recusals.clone())
    }

    /// The announcement that commits to this input. What is disclosed is computed from what the strata rest on, never chosen.
    ///
    /// # Errors
    /// [`DrawError`].
    pub fn announce(&self, plan: &Plan, basis: Basis, secret: &Secret) -> Result<Announcement, DrawError> {
        let pool = self.pool()?;
        Announcement::build(plan, Disclosure::computed(&pool, |_| basis), &pool, &self.table()?, secret)
    }

    /// Runs the announced draw and hands input and result to `then`, such as the making of a proof.
    ///
    /// # Errors
    /// [`DrawError`], above all when no assignment of inspectors exists.
    pub fn run<T>(
        &self,
        announcement: &Announcement,
        secret: &Secret,
        entropy: &Entropy,
        then: impl FnOnce(&draw::Task<'_>, &Drawn) -> T,
    ) -> Result<T, DrawError> {
        let (pool, inspectors) = (self.pool()?, self.table()?);
        let task = draw::Task { announcement, pool: &pool, inspectors: &inspectors, secret, entropy };
        let drawn = draw::run(&task)?;
        Ok(then(&task, &drawn))
    }

    /// The number in the directory behind a task-local number.
    pub fn number_of(&self, local_no: &str) -> Option<&InspectorNo> {
        self.inspectors.iter().find(|one| one.inspector.id == local_no).map(|one| &one.no)
    }
}

fn object(task: &NewTask, one: &Candidate, strata: &Strata) -> PoolObject {
    let class = one.class.as_ref().map(|(scheme, code)| (scheme.as_str(), code.as_str()));
    PoolObject {
        object: one.uscc.to_string(),
        stratum: strata.of(class, one.care).to_owned(),
        field: task.field.to_string(),
        division: one.division.to_string(),
    }
}

/// The inspectors who work in at least one place of the pool, in the order of their task-local numbers. Their divisions are
/// written out as far as the pool has them: the draw compares codes and knows no tree of divisions.
fn numbered<'i>(
    drawable: impl Iterator<Item = &'i Inspector>,
    places: &BTreeSet<DivisionCode>,
    secret: &Secret,
) -> Vec<Numbered> {
    let key = MacKey::new(secret.as_bytes());
    let covered = |one: &Inspector| -> BTreeSet<String> {
        let works_in = |place: &&DivisionCode| one.divisions.iter().any(|own| own.covers(place));
        places.iter().filter(works_in).map(ToString::to_string).collect()
    };
    let mut found: Vec<_> =
        drawable.map(|one| (one, covered(one))).filter(|(_, divisions)| !divisions.is_empty()).collect();
    found.sort_by_cached_key(|(one, _)| {
        *key.mac(&[b"xinjian-inspector-v1\n", one.no.as_str().as_bytes()]).as_bytes()
    });
    let number = |(place, (one, divisions)): (usize, (&Inspector, BTreeSet<String>))| Numbered {
        no: one.no.clone(),
        inspector: draw::Inspector {
            // Four digits: the order of inspectors of an object without a licence is hashed in one block then, half the work of a draw.
            id: format!("{:04}", place + 1),
            office: one.office.to_string(),
            fields: one.fields.iter().map(ToString::to_string).collect(),
            divisions,
            cap: one.cap,
        },
    };
    found.into_iter().enumerate().map(number).collect()
}

fn concerned(recusals: &[Recusal], objects: &[PoolObject], inspectors: &[Numbered]) -> Vec<draw::Recusal> {
    let objects: BTreeSet<&str> = objects.iter().map(|object| object.object.as_str()).collect();
    let local: BTreeMap<&InspectorNo, &str> =
        inspectors.iter().map(|one| (&one.no, one.inspector.id.as_str())).collect();
    let concerned = |recusal: &Recusal| {
        let inspector = local.get(&recusal.inspector_no)?;
        let object = objects.get(recusal.uscc.as_str())?;
        Some(draw::Recusal { inspector: (*inspector).to_owned(), object: (*object).to_owned() })
    };
    recusals.iter().filter_map(concerned).collect()
}

#[cfg(test)]
#[path = "frozen_tests.rs"]
mod tests;
