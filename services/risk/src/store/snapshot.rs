//! Everything that a full run reads, in one snapshot and packed into arrays.

use std::ops::Range;

use db::{Tx, on};
use futures::TryStreamExt;

use super::Store;
use crate::domain::evidence::{Item, unpack};
use crate::domain::scoring::Items;
use crate::error::Error;

/// An enterprise to class.
#[derive(Clone, Debug)]
pub struct Subject {
    /// Credit code.
    pub uscc: String,
    /// Division.
    pub division: String,
    /// Fields whose mark it carries, sorted.
    pub fields: Vec<String>,
    items: Range<usize>,
}

/// What a full run reads.
#[derive(Debug)]
pub struct Snapshot {
    /// Position in collection's feed.
    pub known_seq: i64,
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
        unpack(&self.items, items)
            .map_err(|problem| service::Error::corrupt(format!("projected {}: {problem}", self.uscc)))
    }
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
    /// Reads everything that a full run needs, as it stands at one moment.
    pub async fn snapshot(&self) -> Result<Snapshot, Error> {
        const POSITION: &str = "SELECT collection_seq FROM evidence_head WHERE id = 1";
        let mut tx = self.db.begin_read().await?;
        let known_seq = on!(tx, |conn| sqlx::query_scalar(POSITION).fetch_one(conn).await)?;
        let mut subjects = subjects(&mut tx).await?;
        let items = items(&mut tx, &mut subjects).await?;
        tx.rollback().await?;
        Ok(Snapshot { known_seq, subjects, items })
    }
}

/// Enterprises that carry a mark, in the order of their codes. One whose entry is not known yet waits for it.
async fn subjects(tx: &mut Tx) -> Result<Vec<Subject>, sqlx::Error> {
    const SQL: &str = "
        SELECT m.uscc, m.field, e.division
        FROM mark m JOIN enterprise e ON e.uscc = m.uscc
        WHERE m.carried
        ORDER BY m.uscc, m.field";
    let rows: Vec<MarkRow> = on!(tx, |conn| sqlx::query_as(SQL).fetch_all(conn).await)?;
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

/// All items of `subjects`, packed in their order; tells each where its own lie.
async fn items(tx: &mut Tx, subjects: &mut [Subject]) -> Result<Vec<Item>, Error> {
    const SQL: &str = "SELECT uscc, items FROM projected ORDER BY uscc";
    let mut packed = Packed { subjects, at: 0, items: Vec::new() };
    on!(tx, |conn| {
        let mut rows = sqlx::query_as::<_, PackedRow>(SQL).fetch(conn);
        while let Some(row) = rows.try_next().await? {
            packed.take(&row)?;
        }
    });
    packed.finish_before(None);
    Ok(packed.items)
}

/// Merges items, in the order of codes, into subjects in the same order.
struct Packed<'a> {
    subjects: &'a mut [Subject],
    at: usize,
    items: Vec<Item>,
}

impl Packed<'_> {
    fn take(&mut self, row: &PackedRow) -> Result<(), service::Error> {
        self.finish_before(Some(&row.uscc));
        if self.subjects.get(self.at).is_some_and(|subject| subject.uscc == row.uscc) {
            row.unpack(&mut self.items)?;
        }
        Ok(())
    }

    /// Closes the subjects whose code lies before `uscc` (all, for `None`), and sorts what each has.
    fn finish_before(&mut self, uscc: Option<&str>) {
        while let Some(subject) = self.subjects.get_mut(self.at) {
            if uscc.is_some_and(|uscc| subject.uscc.as_str() >= uscc) {
                break;
            }
            subject.items.end = self.items.len();
            self.items[subject.items.clone()].sort_unstable();
            self.at += 1;
            if let Some(next) = self.subjects.get_mut(self.at) {
                next.items = self.items.len()..self.items.len();
            }
        }
    }
}
