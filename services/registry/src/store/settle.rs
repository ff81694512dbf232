//! Settling: after anything that may change what a licence carries, the marks are brought in line with the licences.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use db::Tx;

use super::Act;
use super::enterprise_row::enterprises_of;
use super::licence_row::licences_of_holders;
use super::mark_row::marks_of;
use super::outcome::Outcome;
use crate::domain::{Enterprise, Licence, Mark, MarkKey, derive};
use crate::error::Error;

/// Brings the marks `keys` in line with their licences on the day of the act. A holder who is not registered has no mark
/// yet; it comes when the enterprise does.
///
/// Repeatable: where nothing is out of line, nothing is written.
pub(super) async fn settle(
    tx: &mut Tx,
    outcome: &mut Outcome<'_>,
    act: &Act,
    keys: &BTreeSet<MarkKey>,
) -> Result<(), Error> {
    if keys.is_empty() {
        return Ok(());
    }
    let holders: BTreeSet<_> = keys.iter().map(|key| &key.uscc).collect();
    let registered = enterprises_of(tx, holders.iter().copied()).await?;
    let codes: Vec<&str> = registered.keys().map(domain::Uscc::as_str).collect();
    // Marks before licences: of two transactions that change licences of one holder, the later one then either sees the
    // licences of the first, or finds the mark moved when it writes, and is asked to try again.
    let marks = marks_of(tx, &codes).await?;
    let licences = by_mark(licences_of_holders(tx, &codes).await?);
    for key in keys {
        let Some(holder) = registered.get(&key.uscc) else { continue };
        let desired = derive(licences.get(key).into_iter().flatten(), act.today);
        let moved = Mark::follow(marks.get(key), key, desired.as_ref(), act.now);
        if let Some(moved) = moved.map_err(|refused| Error::MarkRefused { mark: key.name(), refused })? {
            outcome.mark(moved, holder);
        }
    }
    Ok(())
}

/// Fields of an enterprise that are told with its marks.
const TOLD_WITH_MARKS: [&str; 2] = ["legal_name", "division"];

/// Whether changed fields make what the publicity system was told about the marks of an enterprise untrue.
pub(super) fn concerns_marks(fields: &[&str]) -> bool {
    fields.iter().any(|field| TOLD_WITH_MARKS.contains(field))
}

/// Has the marks of enterprises told again that are called otherwise now, or lie elsewhere.
pub(super) async fn tell_again(
    tx: &mut Tx,
    outcome: &mut Outcome<'_>,
    act: &Act,
    holders: &[&Enterprise],
) -> Result<(), Error> {
    if holders.is_empty() {
        return Ok(());
    }
    let codes: Vec<&str> = holders.iter().map(|holder| holder.uscc.as_str()).collect();
    let holders: HashMap<_, _> = holders.iter().map(|holder| (&holder.uscc, *holder)).collect();
    let marks: BTreeMap<_, _> = marks_of(tx, &codes).await?.into_iter().collect();
    for (key, mark) in &marks {
        let Some(holder) = holders.get(&key.uscc) else { continue };
        let moved = mark.told_again(act.now);
        if let Some(moved) = moved.map_err(|refused| Error::MarkRefused { mark: key.name(), refused })? {
            outcome.mark(moved, holder);
        }
    }
    Ok(())
}

fn by_mark(licences: Vec<Licence>) -> HashMap<MarkKey, Vec<Licence>> {
    let mut by_mark: HashMap<MarkKey, Vec<Licence>> = HashMap::new();
    for licence in licences {
        by_mark.entry(licence.mark()).or_default().push(licence);
    }
    by_mark
}
