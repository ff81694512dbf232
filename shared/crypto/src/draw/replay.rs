//! What the replacements of a draw come to. Each follows from the draw and from those before it, so nobody chooses who comes.
//!
//! An object gives way to the next ticket of its stratum, whose slots are filled in their order; an inspector gives way to the next one
//! of the object. Nobody comes twice, and a slot that nobody can take refuses the replacement. Lines, LF at the end of each:
//! `position TAB ground TAB cited TAB object TAB slot TAB next TAB inspectors`, positions from 1, slot `-` for an object that gives way,
//! `next` empty when its stratum is used up, inspectors of `next` joined by commas and empty for the replacement of an inspector.
//! `replacements_hash = HMAC-SM3(secret, lines)`; `final_hash = SM3("xinjian-replaced-v1" LF published_hash LF replacements_hash)`.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Drawn, InvalidWord, ObjectReplacement, Secret, Seed, Task, next_inspector, next_object, word};
use crate::{Digest, sm3};

/// Domain text of the digest over a draw and its replacements.
const REPLACED: &str = "xinjian-replaced-v1";

/// Who gives way, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaving {
    /// Code of the ground.
    pub ground: String,
    /// Name of the sealed event that it rests on.
    pub cited: String,
    /// The visited object.
    pub object: String,
    /// The slot whose inspector gives way; `None` when the object does.
    pub slot: Option<u32>,
}

/// One replacement, as a proof shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Replacement {
    /// Code of the ground.
    pub ground: String,
    /// Name of the sealed event that it rests on.
    pub cited: String,
    /// The object that gave way, or whose inspector did.
    pub object: String,
    /// The slot whose inspector gave way; `None` when the object did.
    pub slot: Option<u32>,
    /// The object or inspector that came; empty when the stratum was used up.
    pub next: String,
    /// The inspectors of an object that came, by slot.
    pub inspectors: Vec<String>,
}

/// Why nobody gives way.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReplacementRefused {
    /// The object is not visited, or not any more.
    #[error("`{0}` is not among the visited objects")]
    NotVisited(String),
    /// The visit has no such slot.
    #[error("the visit of `{object}` has no slot {slot}")]
    NoSlot {
        /// The object.
        object: String,
        /// The slot.
        slot: u32,
    },
    /// Nobody is left who may and can visit.
    #[error("no inspector is left who may and can take slot {slot} of `{object}`")]
    NobodyLeft {
        /// The object.
        object: String,
        /// The slot.
        slot: u32,
    },
    /// Ground or cited event hold a separator, are empty or too long.
    #[error(transparent)]
    Word(#[from] InvalidWord),
}

/// The visits of a draw as they stand, from the drawn ones on.
#[derive(Debug)]
pub struct Visits<'t> {
    task: Task<'t>,
    seed: Seed,
    /// The inspectors of each visited object, by slot.
    now: BTreeMap<String, Vec<String>>,
    /// Everyone who is or was on an object, for every object that is or was visited.
    met: BTreeMap<String, BTreeSet<String>>,
    replacements: Vec<Replacement>,
}

impl<'t> Visits<'t> {
    /// As they were drawn.
    pub fn drawn(task: &Task<'t>, drawn: &Drawn) -> Self {
        let mut now: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for slot in &drawn.assignment {
            now.entry(slot.object.clone()).or_default().push(slot.inspector.clone());
        }
        let met = now.iter().map(|(object, on)| (object.clone(), on.iter().cloned().collect())).collect();
        let seed = Seed::new(&task.announcement.hash(), task.secret, task.entropy);
        Self { task: *task, seed, now, met, replacements: Vec::new() }
    }

    /// Lets somebody give way. Nothing changes when it is refused.
    ///
    /// # Errors
    /// [`ReplacementRefused`].
    pub fn replace(&mut self, leaving: &Leaving) -> Result<&Replacement, ReplacementRefused> {
        let Leaving { ground, cited, object, slot } = leaving.clone();
        word::check_ascii("ground", &ground)?;
        word::check_ascii("cited event", &cited)?;
        if !self.now.contains_key(&object) {
            return Err(ReplacementRefused::NotVisited(object));
        }
        let (next, inspectors) = match slot {
            Some(slot) => (self.replace_inspector(&object, slot)?, Vec::new()),
            None => self.replace_object(&object)?,
        };
        self.replacements.push(Replacement { ground, cited, object, slot, next, inspectors });
        Ok(&self.replacements[self.replacements.len() - 1])
    }

    /// What was replaced so far, in order.
    pub fn replacements(&self) -> &[Replacement] {
        &self.replacements
    }

    /// The inspectors of a visited object, by slot.
    pub fn inspectors(&self, object: &str) -> Option<&[String]> {
        self.now.get(object).map(Vec::as_slice)
    }

    fn replace_inspector(&mut self, object: &str, slot: u32) -> Result<String, ReplacementRefused> {
        let no_slot = || ReplacementRefused::NoSlot { object: object.to_owned(), slot };
        let place = usize::try_from(slot).map_err(|_| no_slot())?;
        if self.now.get(object).is_none_or(|on| place >= on.len()) {
            return Err(no_slot());
        }
        let next = self.first(&self.now, object, slot, &self.met[object])?;
        if let Some(on) = self.now.get_mut(object) {
            on[place].clone_from(&next);
        }
        self.met.entry(object.to_owned()).or_default().insert(next.clone());
        Ok(next)
    }

    fn replace_object(&mut self, object: &str) -> Result<(String, Vec<String>), ReplacementRefused> {
        let mut now = self.now.clone();
        now.remove(object);
        let taken: BTreeSet<&str> = self.met.keys().map(String::as_str).collect();
        let pool = self.task.pool;
        let stratum = pool.position(object).map(|place| pool.entry(place).stratum);
        let next = stratum.and_then(|stratum| next_object(pool, &self.seed, stratum, &taken));
        let Some(next) = next else {
            self.now = now;
            return Ok((String::new(), Vec::new()));
        };
        let mut met = BTreeSet::new();
        for slot in 0..self.task.announcement.header().plan.inspectors_per_object {
            let inspector = self.first(&now, &next.object, slot, &met)?;
            met.insert(inspector.clone());
            now.entry(next.object.clone()).or_default().push(inspector);
        }
        let inspectors = now.get(&next.object).cloned().unwrap_or_default();
        self.now = now;
        self.met.insert(next.object.clone(), met);
        Ok((next.object, inspectors))
    }

    /// The first inspector in the order of an object who may and can take a slot beside what stands in `now`.
    fn first(
        &self,
        now: &BTreeMap<String, Vec<String>>,
        object: &str,
        slot: u32,
        met: &BTreeSet<String>,
    ) -> Result<String, ReplacementRefused> {
        let mut loads: BTreeMap<&str, u32> = BTreeMap::new();
        for inspector in now.values().flatten() {
            *loads.entry(inspector).or_default() += 1;
        }
        let on_object = met.iter().map(String::as_str).collect();
        let lead_office = &self.task.announcement.header().plan.lead_office;
        let place = self.task.pool.position(object);
        let next = place.and_then(|place| {
            let entry = self.task.pool.entry(place);
            let wanted = ObjectReplacement { entry, slot, lead_office, on_object: &on_object, loads: &loads };
            next_inspector(self.task.inspectors, &self.seed, &wanted)
        });
        let nobody = || ReplacementRefused::NobodyLeft { object: object.to_owned(), slot };
        next.map(str::to_owned).ok_or_else(nobody)
    }
}

/// The keyed hash of replacements, in their order.
pub fn replacements_hash(replacements: &[Replacement], secret: &Secret) -> Digest {
    let line = |(position, one): (usize, &Replacement)| {
        let Replacement { ground, cited, object, slot, next, inspectors } = one;
        let slot = slot.map_or_else(|| "-".to_owned(), |slot| slot.to_string());
        format!("{position}\t{ground}\t{cited}\t{object}\t{slot}\t{next}\t{}\n", inspectors.join(","))
    };
    let lines: String = (1..).zip(replacements).map(line).collect();
    secret.key().mac(&[lines.as_bytes()])
}

/// The digest that names a draw with its replacements to the public.
pub fn final_hash(published_hash: &Digest, replacements_hash: &Digest) -> Digest {
    sm3::digest(format!("{REPLACED}\n{published_hash}\n{replacements_hash}").as_bytes())
}
