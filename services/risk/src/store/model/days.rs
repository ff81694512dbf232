//! Which days can be asked for, and whether a version can be used on them.

use chrono::NaiveDate;
use db::Tx;
use service::FieldErrors;

use super::row::{file_of, tenures};
use crate::domain::engine::NEEDED;
use crate::domain::model_version::ModelVersion;
use crate::error::Error;
use crate::rules::{self, Unusable};
use crate::store::Store;

/// Longest fault that is told, in characters: codes that are expected can be many.
const LONGEST_FAULT: usize = 500;

impl Store {
    /// Whether the version can be used on a day: no parameter is missing, every code is known, bounds rise. A service that starts takes
    /// a draft in which a code is misspelt; here nobody is classed by one that would be silently wrong.
    pub(super) async fn can_be_used(
        &self,
        tx: &mut Tx,
        version: &ModelVersion,
        day: NaiveDate,
    ) -> Result<(), Error> {
        let known = self.models.version(&version.key);
        let known = known.ok_or_else(|| Error::ModelNotFound(version.key.clone()))?;
        self.models.trial(known, &tenures(tx).await?, day, &*self.book)?;
        let (file, text) = file_of(tx, &version.key).await?;
        match rules::check(&self.book, &file, &text, Some(day)) {
            Ok(_) => Ok(()),
            Err(problem) => {
                let (model, problem) = (version.key.clone(), first_fault(&problem));
                Err(Error::ModelUnusable { model, day, problem })
            }
        }
    }

    /// The first day that is asked for: ahead, and one for which the version is written.
    pub(super) fn first_day(
        &self,
        version: &ModelVersion,
        day: Option<NaiveDate>,
        today: NaiveDate,
    ) -> Result<NaiveDate, Error> {
        let mut errors = FieldErrors::default();
        let known = self.models.version(&version.key);
        let (first, last) = known.map_or((today, None), |known| known.days());
        match day {
            Some(day) if day > today && day >= first && last.is_none_or(|last| day <= last) => {
                return Ok(day);
            }
            Some(day) if day <= today => {
                errors.push("effective_from", format!("{day} does not lie after today"))
            }
            _ => {
                let last = last.map(|last| format!(" to {last}")).unwrap_or_default();
                errors.push("effective_from", format!("the version is written for {first}{last}"));
            }
        }
        Err(errors.into())
    }
}

/// The first of all faults, and how many more there are.
fn first_fault(problem: &Unusable) -> String {
    let all = problem.to_string();
    let mut faults = all.lines();
    let first: String = faults.next().unwrap_or_default().chars().take(LONGEST_FAULT).collect();
    match faults.count() {
        0 => first,
        more => format!("{first} (and {more} more, which `xinjian model check` tells)"),
    }
}

/// The last day that is asked for, with the document that it must rest on.
pub(super) fn last_day(
    version: &ModelVersion,
    others: &[ModelVersion],
    (day, legal_basis): (Option<NaiveDate>, &str),
    today: NaiveDate,
) -> Result<NaiveDate, Error> {
    let mut errors = FieldErrors::default();
    if day.is_none() {
        errors.push("last_day", "must be given: the version is, or will be, in force");
    }
    if legal_basis.is_empty() {
        errors.push("legal_basis", "must be given: the version is, or will be, in force");
    }
    let (Some(day), true) = (day, errors.is_empty()) else { return Err(errors.into()) };
    check_last_day(version, others, day, today)?;
    Ok(day)
}

/// A last day lies ahead and within the time of the version; without the general model, or the combination, nobody can be classed.
pub(super) fn check_last_day(
    version: &ModelVersion,
    others: &[ModelVersion],
    day: NaiveDate,
    today: NaiveDate,
) -> Result<(), Error> {
    if day < today || version.effective_from.is_some_and(|first| day < first) {
        return Err(Error::ModelDayPassed { model: version.key.clone(), day });
    }
    let after = day.succ_opt().unwrap_or(day);
    let followed = others.iter().any(|other| other.tenure().since(after).is_some());
    if NEEDED.contains(&version.scope.as_str()) && !followed {
        return Err(Error::ModelNeeded { model: version.key.clone(), day: after });
    }
    Ok(())
}
