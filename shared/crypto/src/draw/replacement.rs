//! Replacement without second randomness: the next ticket of the stratum, the next inspector of the object.
//!
//! Whether a replacement may happen (a ground that cites a sealed event, a second officer) is decided by the
//! inspection service; here is only who comes next.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::{DrawnObject, Entry, InspectorTable, Pool, Seed};

/// The object with the smallest ticket of the stratum that is not in `taken` (the drawn ones and those that already
/// came as replacements), or `None` when the stratum is used up.
pub fn next_object(pool: &Pool, seed: &Seed, stratum: &str, taken: &BTreeSet<&str>) -> Option<DrawnObject> {
    let index = pool.strata().iter().position(|s| s.name == stratum)?;
    let places = &pool.places_by_stratum()[index];
    let free =
        places.par_iter().map(|&place| pool.entry(place as usize).object).filter(|o| !taken.contains(o));
    let (ticket, object) = free.map(|object| (seed.ticket(object), object)).min()?;
    Some(DrawnObject { object: object.to_owned(), stratum: stratum.to_owned(), ticket })
}

/// What decides who replaces an inspector on an object.
#[derive(Clone, Copy, Debug)]
pub struct ObjectReplacement<'a> {
    /// The object.
    pub entry: Entry<'a>,
    /// The slot to fill, 0 for the lead.
    pub slot: u32,
    /// The announced lead office.
    pub lead_office: &'a str,
    /// Everyone who is or was on the object.
    pub on_object: &'a BTreeSet<&'a str>,
    /// How many objects of the task each inspector has now.
    pub loads: &'a BTreeMap<&'a str, u32>,
}

/// The first inspector in the object's order who is eligible, below the cap, not on the object, and for the lead
/// slot of the lead office; `None` when there is nobody.
pub fn next_inspector<'t>(
    table: &'t InspectorTable,
    seed: &Seed,
    wanted: &ObjectReplacement<'_>,
) -> Option<&'t str> {
    let possible = table.inspectors().iter().filter(|inspector| {
        let id = inspector.id.as_str();
        table.is_eligible(inspector, wanted.entry)
            && !wanted.on_object.contains(id)
            && wanted.loads.get(id).copied().unwrap_or(0) < inspector.cap
            && (wanted.slot > 0 || inspector.office == wanted.lead_office)
    });
    possible
        .map(|inspector| inspector.id.as_str())
        .min_by_key(|id| (seed.inspector_rank(wanted.entry.object, id), id.to_owned()))
}
