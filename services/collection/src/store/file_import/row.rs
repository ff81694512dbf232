//! The table `file_import`.

use contract::collection::v1 as pb;
use db::{Tx, on};
use domain::MicrosUtc;
use serde::{Deserialize, Serialize};
use service::Error as Common;

use crate::convert::timestamp;
use crate::domain::NaturalId;
use crate::error::Error;
use crate::machines::import::State;

/// Columns of an import, in the order of [`ImportRow`]; a condition follows.
macro_rules! select_imports {
    () => {
        "SELECT i.id, i.sort, i.file_name, i.dry_run, i.state, i.problem, i.office, i.creator, i.request_id, i.size_bytes,
                i.digest, i.lines, i.attached, i.unmatched, i.duplicates, i.refused, i.headers, i.ignored, i.next_batch,
                i.revision, i.created_us, i.updated_us
         FROM file_import i WHERE "
    };
}
pub(super) use select_imports;

/// An import as stored.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(super) struct ImportRow {
    pub(super) id: String,
    pub(super) sort: String,
    pub(super) file_name: String,
    pub(super) dry_run: bool,
    pub(super) state: String,
    pub(super) problem: String,
    pub(super) office: String,
    pub(super) creator: String,
    pub(super) request_id: String,
    pub(super) size_bytes: i64,
    pub(super) digest: String,
    pub(super) lines: i64,
    pub(super) attached: i64,
    pub(super) unmatched: i64,
    pub(super) duplicates: i64,
    pub(super) refused: i64,
    pub(super) headers: String,
    pub(super) ignored: String,
    pub(super) next_batch: i64,
    pub(super) revision: i64,
    pub(super) created_us: i64,
    pub(super) updated_us: i64,
}

/// A refused line as kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptLine {
    /// Its number in the file.
    pub number: u32,
    /// Its cells, as shown.
    pub cells: Vec<String>,
    /// What is wrong with it.
    pub faults: Vec<KeptFault>,
}

/// A fault of a line as kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptFault {
    /// Column of the file, from 0; none for the whole line.
    pub column: Option<usize>,
    /// Field of the contract.
    pub field: String,
    /// What is wrong, in Chinese.
    pub problem: String,
}

impl ImportRow {
    /// `imports/{id}`.
    pub(super) fn name(&self) -> String {
        format!("imports/{}", self.id)
    }

    pub(super) fn state(&self) -> Result<State, Common> {
        self.state.parse().map_err(|problem| Common::corrupt(format!("import {}: {problem}", self.id)))
    }

    /// Lines that are taken or refused.
    pub(super) fn lines_done(&self) -> i64 {
        self.attached + self.unmatched + self.duplicates + self.refused
    }

    pub(super) fn headers(&self) -> Result<Vec<String>, Common> {
        parse_list(&self.headers)
    }

    /// The import as the contract writes it.
    pub(super) fn to_pb(&self) -> Result<pb::Import, Common> {
        Ok(pb::Import {
            name: self.name(),
            table: self.sort.clone(),
            file_name: self.file_name.clone(),
            dry_run: self.dry_run,
            state: self.state.clone(),
            problem: self.problem.clone(),
            office: self.office.clone(),
            creator: self.creator.clone(),
            size_bytes: self.size_bytes,
            digest: self.digest.clone(),
            lines: self.lines,
            lines_done: self.lines_done(),
            attached: self.attached,
            unmatched: self.unmatched,
            duplicates: self.duplicates,
            refused: self.refused,
            ignored_columns: parse_list(&self.ignored)?,
            revision: self.revision,
            create_time: Some(timestamp(MicrosUtc(self.created_us))),
            update_time: Some(timestamp(MicrosUtc(self.updated_us))),
        })
    }
}

/// A list as the table holds it.
pub(super) fn list_text<T: Serialize>(list: &[T]) -> String {
    serde_json::to_string(list).expect("texts and numbers can be written as JSON")
}

/// Reads what [`list_text`] wrote.
pub(super) fn parse_list<T: for<'de> Deserialize<'de>>(text: &str) -> Result<Vec<T>, Common> {
    serde_json::from_str(text).map_err(|problem| Common::corrupt(format!("a list of an import: {problem}")))
}

/// What the sealed cells of a refused line are bound to.
pub(super) fn line_label(id: &str, line: i64) -> String {
    format!("imports/{id} line {line}")
}

/// What a sealed part of a file is bound to.
pub(super) fn part_label(id: &str, number: i64) -> String {
    format!("imports/{id} part {number}")
}

/// The import `id`.
pub(super) async fn find(tx: &mut Tx, id: &NaturalId) -> Result<ImportRow, Error> {
    const SQL: &str = concat!(select_imports!(), "i.id = $1");
    let row: Option<ImportRow> =
        on!(tx, |conn| sqlx::query_as(SQL).bind(id.as_str()).fetch_optional(conn).await)
            .map_err(Common::from)?;
    row.ok_or_else(|| Error::ImportNotFound(id.clone()))
}
