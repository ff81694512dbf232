//! Importing enterprises: one message of the stream is one transaction of a few large statements.

use std::collections::HashMap;

use contract::registry::v1 as pb;
use domain::Uscc;
use service::auth::Caller;
use service::idempotency::{Claim, Key, claim, store_answer};

use super::enterprise::{enter_registration, settle_registered};
use super::enterprise_row::{enterprises_of, write_enterprises};
use super::outcome::Outcome;
use super::settle::{concerns_marks, tell_again};
use super::{Act, Store};
use crate::domain::{Change, Enterprise, Handed};
use crate::error::Error;

/// One message of an import, as far as it can be read.
#[derive(Debug, Default)]
pub struct ImportRows {
    /// Rows to take, in order.
    pub rows: Vec<ImportRow>,
    /// Rows refused; a row may appear several times, once for each field at fault.
    pub rejected: Vec<pb::RejectedRow>,
}

/// A row that can be read.
#[derive(Debug)]
pub struct ImportRow {
    /// Position in the message, from 0.
    pub index: i32,
    /// What it says.
    pub handed: Handed,
}

impl Store {
    /// Takes the rows of one message: registers what is new, brings up to date what says something else, leaves the rest. A
    /// code that comes again in the message with other content is refused there: only one of them can be true. So is a row by which
    /// an enterprise would come to, or leave, a division in which the caller does not act (R52).
    pub async fn import_enterprises(
        &self,
        key: &Key<'_>,
        caller: &Caller,
        body: &pb::ImportEnterprisesRequest,
        act: &Act,
        rows: ImportRows,
    ) -> Result<pb::ImportEnterprisesResponse, Error> {
        let answer = match self.try_import(key, caller, body, act, &rows, false).await? {
            // Few messages move anybody; those that do, take the table for themselves before they write.
            None => self.try_import(key, caller, body, act, &rows, true).await?,
            taken => taken,
        };
        Ok(answer.ok_or(service::Error::Contended)?)
    }

    /// Takes the rows, in a transaction that may move enterprises to other divisions; `None`, and nothing was taken, where one moves and it
    /// may not.
    async fn try_import(
        &self,
        key: &Key<'_>,
        caller: &Caller,
        body: &pb::ImportEnterprisesRequest,
        act: &Act,
        rows: &ImportRows,
        may_move: bool,
    ) -> Result<Option<pb::ImportEnterprisesResponse>, Error> {
        let mut tx = if may_move { self.begin_move().await? } else { self.begin_act().await? };
        if let Claim::Repeat(answer) = claim(&mut tx, key, body, act.now).await? {
            return Ok(Some(answer));
        }
        enter_registration(&mut tx).await?;
        let known = enterprises_of(&mut tx, rows.rows.iter().map(|row| &row.handed.uscc)).await?;
        let mut outcome = Outcome::of(act);
        let mut taken = take(&known, &mut outcome, &rows.rows, act, caller);
        if outcome.moves() && !may_move {
            tx.rollback().await?;
            return Ok(None);
        }
        write_enterprises(&mut tx, &taken.entries.values().collect::<Vec<_>>()).await?;
        settle_registered(&mut tx, &mut outcome, act, &taken.new).await?;
        let renamed: Vec<_> = taken.renamed.iter().filter_map(|uscc| taken.entries.get(uscc)).collect();
        tell_again(&mut tx, &mut outcome, act, &renamed).await?;
        outcome.write(&mut tx, self).await?;
        let renamed: Vec<_> = taken.renamed.iter().map(|uscc| uscc.as_str()).collect();
        self.tell_letters_again(&mut tx, act, &renamed).await?;
        taken.rejected.extend(rows.rejected.iter().cloned());
        taken.rejected.sort_by_key(|row| row.index);
        let answer = pb::ImportEnterprisesResponse {
            request_id: key.request_id.to_string(),
            created: taken.created,
            updated: taken.updated,
            unchanged: taken.unchanged,
            rejected: taken.rejected,
        };
        store_answer(&mut tx, key, &answer).await?;
        tx.commit().await?;
        Ok(Some(answer))
    }
}

/// What became of the rows.
#[derive(Default)]
struct Taken<'r> {
    created: i64,
    updated: i64,
    unchanged: i64,
    rejected: Vec<pb::RejectedRow>,
    /// Entries to write: new and changed ones.
    entries: HashMap<&'r Uscc, Enterprise>,
    /// Codes that were not registered before.
    new: Vec<&'r str>,
    /// Codes of those whose marks and letters say something else now, since they are called otherwise or lie elsewhere.
    renamed: Vec<&'r Uscc>,
}

/// Holds row after row against what is `known`, and tells the outcome of each change.
fn take<'r>(
    known: &HashMap<Uscc, Enterprise>,
    outcome: &mut Outcome<'_>,
    rows: &'r [ImportRow],
    act: &Act,
    caller: &Caller,
) -> Taken<'r> {
    let mut taken = Taken::default();
    for row in rows {
        let uscc = &row.handed.uscc;
        let lies = known.get(uscc).map(|entry| &entry.profile.division);
        let mut divisions = lies.into_iter().chain([&row.handed.profile.division]);
        if let Some(other) = divisions.find(|division| caller.may_act_in_division(division).is_err()) {
            let problem = format!("DIVISION_NOT_PERMITTED: you do not act in division {other}");
            taken.reject(row, "division", problem);
            continue;
        }
        if let Some(earlier) = taken.entries.get(uscc) {
            if earlier.profile == row.handed.profile {
                taken.unchanged += 1;
            } else {
                taken.reject(row, "uscc", "stands earlier in this message with other content".to_owned());
            }
            continue;
        }
        match Enterprise::accept(known.get(uscc), &row.handed, act.today, act.now) {
            Change::Unchanged => taken.unchanged += 1,
            Change::Registered(entry) => {
                taken.created += 1;
                taken.new.push(uscc.as_str());
                outcome.registered(&entry);
                taken.entries.insert(uscc, entry);
            }
            Change::Changed(entry, fields) => {
                taken.updated += 1;
                outcome.changed(&entry, &fields);
                if concerns_marks(&fields) {
                    taken.renamed.push(uscc);
                }
                taken.entries.insert(uscc, entry);
            }
            Change::TooEarly { present_since } => {
                let problem = format!("lies before {present_since}, from which the present content holds");
                taken.reject(row, "effective_on", problem);
            }
        }
    }
    taken
}

impl Taken<'_> {
    fn reject(&mut self, row: &ImportRow, field: &str, problem: String) {
        self.rejected.push(pb::RejectedRow { index: row.index, field: field.to_owned(), problem });
    }
}
