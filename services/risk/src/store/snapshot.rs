//! Everything that a full run reads, packed into arrays: the state of the evidence at the positions where the run was frozen,
//! whatever came since.

use std::collections::{BTreeMap, HashSet};
use std::ops::Range;

use db::{Tx, on};

use super::Store;
use super::history::marks_known;
use super::projection::items_of;
use super::sql::rows_of;
use crate::domain::class::Class;
use crate::domain::engine::Engine;
use crate::domain::evidence::{Item, unpack};
use crate::domain::run::Run;
use crate::domain::scoring::Items;
use crate::error::Error;

/// Enterprises looked back at in one statement.
const ANEW_AT_ONCE: usize = 1_000;

/// An enterprise to class.
#[derive(Clone, Debug)]
pub struct Subject {
    /// Credit code.
    pub uscc: String,
    /// Division.
    pub division: String,
    /// Fields whose mark it carries, sorted.
    pub fields: Vec<String>,
    pub(super) items: Range<usize>,
}

/// What a full run reads.
#[derive(Debug)]
pub struct Snapshot {
    /// Enterprises, in the order of their codes.
    pub subjects: Vec<Subject>,
    items: Vec<Item>,
}

#[derive(sqlx::FromRow)]
struct MarkRow {
    uscc: String,
    field: String,
    division: String,
}

/// A row of `projected`.
#[derive(sqlx::FromRow)]
pub(super) struct PackedRow {
    pub(super) uscc: String,
    items: Vec<u8>,
}

impl PackedRow {
    /// Adds its items to `items`.
    pub(super) fn unpack(&self, items: &mut Vec<Item>) -> Result<(), service::Error> {
        unpack_row(&self.uscc, &self.items, items)
    }
}

/// Adds the items of a row of `projected` to `items`.
pub(super) fn unpack_row(uscc: &str, packed: &[u8], items: &mut Vec<Item>) -> Result<(), service::Error> {
    unpack(packed, items).map_err(|problem| service::Error::corrupt(format!("projected {uscc}: {problem}")))
}

impl Snapshot {
    /// Number of classes to compute: one for each enterprise and field.
    pub fn total(&self) -> usize {
        self.subjects.iter().map(|subject| subject.fields.len()).sum()
    }

    /// The evidence of a subject of this snapshot.
    pub fn items(&self, subject: &Subject) -> Items<'_> {
        Items::sorted(&self.items[subject.items.clone()])
    }
}

impl Store {
    /// Reads what a run has still to class: the enterprises behind its cursor, as they were known where it was frozen. One that looks
    /// back to models whose time is over has to read every piece of evidence itself.
    pub async fn snapshot(&self, run: &Run) -> Result<Snapshot, Error> {
        let mut tx = self.db.begin_read().await?;
        let (mut subjects, mut items, anew) = if self.keeps_all_in_force(&mut tx, run.as_of).await? {
            let subjects = marked(&mut tx, &run.written_to).await?;
            let (subjects, items) = items_of(&mut tx, subjects, &run.written_to).await?;
            (subjects, items, touched(&mut tx, run).await?)
        } else {
            (Vec::new(), Vec::new(), ever_marked(&mut tx, &run.written_to).await?)
        };
        self.as_known(&mut tx, run, &anew, &mut subjects, &mut items).await?;
        tx.rollback().await?;
        Ok(Snapshot { subjects, items })
    }

    /// What a run says of single enterprises, by the evidence that was known to it.
    pub(super) async fn classes_known(
        &self,
        tx: &mut Tx,
        engine: &Engine,
        run: &Run,
        codes: &[String],
    ) -> Result<Vec<Class>, Error> {
        let mut snapshot = Snapshot { subjects: Vec::new(), items: Vec::new() };
        self.as_known(tx, run, codes, &mut snapshot.subjects, &mut snapshot.items).await?;
        let classes = snapshot.subjects.iter().flat_map(|subject| {
            let items = snapshot.items(subject);
            subject.fields.iter().map(move |field| {
                Class::new(engine, &subject.uscc, field, &subject.division, &engine.classify(field, items))
            })
        });
        Ok(classes.collect())
    }

    /// Puts what was known in the place of what is kept, for the enterprises of which something was told since, or which are to be
    /// read `anew` for another reason.
    async fn as_known(
        &self,
        tx: &mut Tx,
        run: &Run,
        anew: &[String],
        subjects: &mut Vec<Subject>,
        items: &mut Vec<Item>,
    ) -> Result<(), Error> {
        const DIVISIONS: &str = "SELECT uscc, division FROM enterprise WHERE uscc IN";
        if anew.is_empty() {
            return Ok(());
        }
        let gone: HashSet<&str> = anew.iter().map(String::as_str).collect();
        subjects.retain(|subject| !gone.contains(subject.uscc.as_str()));
        for codes in anew.chunks(ANEW_AT_ONCE) {
            let codes: Vec<&str> = codes.iter().map(String::as_str).collect();
            let mut known: BTreeMap<String, Vec<Item>> = BTreeMap::new();
            for piece in self.pieces_known(tx, &codes, run.known).await? {
                known.entry(piece.uscc).or_default().extend(piece.items);
            }
            let mut fields: BTreeMap<String, Vec<String>> = BTreeMap::new();
            for (uscc, field) in marks_known(tx, &codes, run.known).await? {
                fields.entry(uscc).or_default().push(field);
            }
            for (uscc, division) in rows_of::<(String, String)>(tx, DIVISIONS, &codes, "").await? {
                let Some(fields) = fields.remove(&uscc) else { continue };
                let from = items.len();
                items.extend(known.remove(&uscc).unwrap_or_default());
                items[from..].sort_unstable();
                subjects.push(Subject { uscc, division, fields, items: from..items.len() });
            }
        }
        subjects.sort_unstable_by(|one, other| one.uscc.cmp(&other.uscc));
        Ok(())
    }
}

/// Enterprises behind the cursor of a run of which something was told since it was frozen.
async fn touched(tx: &mut Tx, run: &Run) -> Result<Vec<String>, sqlx::Error> {
    const SQL: &str = "SELECT uscc FROM run_touched WHERE run = $1 AND uscc > $2 ORDER BY uscc";
    on!(tx, |conn| sqlx::query_scalar(SQL).bind(&run.id).bind(&run.written_to).fetch_all(conn).await)
}

/// Enterprises behind `after` that carry a mark, or ever did.
async fn ever_marked(tx: &mut Tx, after: &str) -> Result<Vec<String>, sqlx::Error> {
    const SQL: &str = "
        SELECT uscc FROM mark WHERE uscc > $1
        UNION SELECT uscc FROM mark_past WHERE uscc > $1
        ORDER BY uscc";
    on!(tx, |conn| sqlx::query_scalar(SQL).bind(after).fetch_all(conn).await)
}

/// Enterprises behind `after` that carry a mark, in the order of their codes. One whose entry is not known yet waits for it.
async fn marked(tx: &mut Tx, after: &str) -> Result<Vec<Subject>, sqlx::Error> {
    const SQL: &str = "
        SELECT m.uscc, m.field, e.division
        FROM mark m JOIN enterprise e ON e.uscc = m.uscc
        WHERE m.carried AND m.uscc > $1
        ORDER BY m.uscc, m.field";
    let rows: Vec<MarkRow> = on!(tx, |conn| sqlx::query_as(SQL).bind(after).fetch_all(conn).await)?;
    let mut subjects: Vec<Subject> = Vec::new();
    for row in rows {
        match subjects.last_mut().filter(|last| last.uscc == row.uscc) {
            Some(last) => last.fields.push(row.field),
            None => subjects.push(Subject {
                uscc: row.uscc,
                division: row.division,
                fields: vec![row.field],
                items: 0..0,
            }),
        }
    }
    Ok(subjects)
}
