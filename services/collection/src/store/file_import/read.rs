//! Reading imports and what they refused.

use contract::collection::v1 as pb;
use db::{Fingerprint, InvalidPageToken, PageToken, on};
use domain::{MicrosUtc, shanghai_date};
use service::Error as Common;
use service::access_log::{self, Read};
use service::auth::Caller;
use service::fitting::Page;
use sqlx::QueryBuilder;

use super::super::Store;
use super::super::sql::push_list;
use super::keep::{MOST_KEPT_BYTES, count};
use super::row::{ImportRow, KeptFault, KeptLine, find, line_label, parse_list, select_imports};
use super::scope;
use crate::domain::NaturalId;
use crate::error::Error;
use crate::seal::Seal;
use crate::template::Table;

/// Permission to open the seal of callers.
const UNSEAL: &str = "collection.ticket.unseal";
/// The RPC that gives refused lines back, as the log of reads names it.
const METHOD: &str = "/xinjian.collection.v1.Imports/GetRefusedWorkbook";
/// Refused lines that are read at a time: each is bounded by the longest line of a file.
const AT_A_TIME: i64 = 100;
/// What stands beside a line whose cells are not given.
const MASKED: &str = "单元格可能含诉求人信息，未予给出；有权查看诉求人信息的单位写明用途后可取得";

/// The refused lines of an import as they are given back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedLines {
    /// The headers of the file.
    pub headers: Vec<String>,
    /// The lines, the first of the file.
    pub lines: Vec<KeptLine>,
    /// How many more were refused: they are counted alone.
    pub left_out: i64,
}

#[derive(sqlx::FromRow)]
struct RefusedRow {
    line: i64,
    cells: String,
    faults: String,
    sealed: Vec<u8>,
}

impl RefusedRow {
    /// Bytes that it takes.
    fn size(&self) -> usize {
        self.cells.len() + self.faults.len() + self.sealed.len()
    }

    /// The line as far as it is kept in clear.
    fn shown(&self) -> Result<KeptLine, Common> {
        let number = u32::try_from(self.line).unwrap_or(u32::MAX);
        Ok(KeptLine { number, cells: parse_list(&self.cells)?, faults: parse_list(&self.faults)? })
    }

    /// The line with its cells, which were sealed.
    fn opened(&self, id: &NaturalId, seal: &Seal) -> Result<KeptLine, Common> {
        let broken =
            |problem: String| Common::corrupt(format!("line {} of import {id}: {problem}", self.line));
        let opened = seal.open_bytes(&line_label(id.as_str(), self.line), &self.sealed);
        let cells = String::from_utf8(opened.map_err(|problem| broken(problem.to_string()))?)
            .map_err(|problem| broken(problem.to_string()))?;
        Ok(KeptLine { cells: parse_list(&cells)?, ..self.shown()? })
    }

    /// The line without its cells, and with a word about why.
    fn masked(&self) -> Result<KeptLine, Common> {
        let mut line = self.shown()?;
        line.faults.push(KeptFault { column: None, field: String::new(), problem: MASKED.to_owned() });
        Ok(line)
    }
}

impl Store {
    /// The import `id`, as far as the caller may see it.
    ///
    /// # Errors
    /// [`Error::ImportNotFound`], or it is another office's.
    pub async fn import(&self, id: &NaturalId, caller: &Caller) -> Result<pb::Import, Error> {
        Ok(self.seen(id, caller).await?.to_pb()?)
    }

    pub(super) async fn seen(&self, id: &NaturalId, caller: &Caller) -> Result<ImportRow, Error> {
        let mut tx = self.db.begin_read().await.map_err(Common::from)?;
        let row = find(&mut tx, id).await?;
        scope::may_be_seen(&mut tx, &row, caller).await?;
        Ok(row)
    }

    /// A page of imports, the latest first: those of the caller's office, or all for those who see all.
    ///
    /// # Errors
    /// The token is not from an earlier page of the same list.
    pub async fn list_imports(
        &self,
        state: &str,
        size: i64,
        token: &str,
        caller: &Caller,
    ) -> Result<pb::ListImportsResponse, Common> {
        const SELECT: &str = concat!(select_imports!(), "true");
        let fingerprint = Fingerprint::of(&["imports", state]);
        let after = place(token, fingerprint)?;
        let (sees_all, divisions) = (scope::sees_all(caller), caller.scope().division_codes());
        let divisions: Vec<&str> = divisions.iter().map(String::as_str).collect();
        let rows: Vec<ImportRow> = on!(&self.db, |pool| {
            let mut sql = QueryBuilder::new(SELECT);
            if !sees_all {
                sql.push(" AND i.office = ").push_bind(caller.office().as_str());
                sql.push(" AND (i.creator = ").push_bind(caller.subject());
                if !divisions.is_empty() {
                    sql.push(
                        " OR (EXISTS (SELECT 1 FROM file_import_division d WHERE d.import_id = i.id)
                          AND NOT EXISTS (SELECT 1 FROM file_import_division d WHERE d.import_id = i.id AND d.division NOT IN",
                    );
                    push_list(&mut sql, &divisions);
                    sql.push("))");
                }
                sql.push(")");
            }
            if !state.is_empty() {
                sql.push(" AND i.state = ").push_bind(state);
            }
            if let Some((micros, id)) = after {
                sql.push(" AND (i.created_us, i.id) < (")
                    .push_bind(micros)
                    .push(", ")
                    .push_bind(id)
                    .push(")");
            }
            sql.push(" ORDER BY i.created_us DESC, i.id DESC LIMIT CAST(")
                .push_bind(size + 1)
                .push(" AS BIGINT)");
            sql.build_query_as().fetch_all(pool).await
        })?;
        let page = Page::of(rows, size, fingerprint, |row| format!("{} {}", row.created_us, row.id));
        let (imports, next_page_token) = page.try_shown(ImportRow::to_pb)?;
        Ok(pb::ListImportsResponse { imports, next_page_token })
    }

    /// A page of the refused lines of an import, in the order of the file.
    ///
    /// # Errors
    /// [`Error::ImportNotFound`], it is another office's, or the token is not from an earlier page.
    pub async fn list_refused_lines(
        &self,
        id: &NaturalId,
        size: i64,
        token: &str,
        caller: &Caller,
    ) -> Result<pb::ListRefusedLinesResponse, Error> {
        let import = self.seen(id, caller).await?;
        let headers = import.headers()?;
        let fingerprint = Fingerprint::of(&["refused-lines", id.as_str()]);
        let after = PageToken::decode(token, fingerprint).map_err(Common::from)?;
        let after =
            after.map(|key| key.parse().map_err(|_| InvalidPageToken)).transpose().map_err(Common::from)?;
        let not_kept = self.not_kept(&import).await?;
        let lines = self.kept_lines(id, after.unwrap_or(0), size + 1).await?;
        let page = Page::of(lines, size, fingerprint, |line| line.number.to_string());
        let header =
            |column: Option<usize>| column.and_then(|at| headers.get(at)).cloned().unwrap_or_default();
        let fault = |fault: &KeptFault| pb::LineFault {
            header: header(fault.column),
            field: fault.field.clone(),
            problem: fault.problem.clone(),
        };
        let (lines, next_page_token) = page.shown(|line| pb::RefusedLine {
            line: line.number.into(),
            faults: line.faults.iter().map(fault).collect(),
        });
        Ok(pb::ListRefusedLinesResponse { lines, next_page_token, not_kept })
    }

    /// Headers and kept refused lines of an import: as many of the first as take 64 MiB. The cells of tickets are there only for an office
    /// that may open the seal of callers and says for which `purpose`; that read is logged before it is answered.
    ///
    /// # Errors
    /// [`Error::ImportNotFound`], or it is another office's; the seal does not open.
    pub async fn refused_lines(
        &self,
        id: &NaturalId,
        purpose: &str,
        caller: &Caller,
        now: MicrosUtc,
    ) -> Result<RefusedLines, Error> {
        let import = self.seen(id, caller).await?;
        let headers = import.headers()?;
        let rows = self.given_rows(id).await?;
        let may_open = !purpose.is_empty() && caller.may(UNSEAL, &self.book, shanghai_date(now));
        let lines: Result<Vec<_>, _> = match &self.seal {
            _ if import.sort != Table::Ticket.as_str() => rows.iter().map(RefusedRow::shown).collect(),
            Some(seal) if may_open => {
                let subject = format!("{}/refused", import.name());
                access_log::record(
                    &self.db,
                    caller,
                    &Read { subject: &subject, method: METHOD, purpose },
                    now,
                )
                .await?;
                let line = |row: &RefusedRow| match row.sealed.is_empty() {
                    // It was refused when there was no key.
                    true => row.masked(),
                    false => row.opened(id, seal),
                };
                rows.iter().map(line).collect()
            }
            _ => rows.iter().map(RefusedRow::masked).collect(),
        };
        let lines = lines?;
        let left_out = left_out(&import, i64::try_from(lines.len()).unwrap_or(i64::MAX));
        Ok(RefusedLines { headers, lines, left_out })
    }

    async fn not_kept(&self, import: &ImportRow) -> Result<i64, Common> {
        let mut tx = self.db.begin_read().await?;
        Ok(left_out(import, count(&mut tx, &import.id).await?))
    }

    async fn kept_lines(&self, id: &NaturalId, after: i64, most: i64) -> Result<Vec<KeptLine>, Common> {
        self.kept_rows(id, after, most).await?.iter().map(RefusedRow::shown).collect()
    }

    async fn given_rows(&self, id: &NaturalId) -> Result<Vec<RefusedRow>, Common> {
        let (mut rows, mut room) = (Vec::<RefusedRow>::new(), MOST_KEPT_BYTES);
        loop {
            let page = self.kept_rows(id, rows.last().map_or(0, |row| row.line), AT_A_TIME).await?;
            if page.is_empty() {
                return Ok(rows);
            }
            for row in page {
                let Some(left) = room.checked_sub(row.size()) else { return Ok(rows) };
                room = left;
                rows.push(row);
            }
        }
    }

    async fn kept_rows(&self, id: &NaturalId, after: i64, most: i64) -> Result<Vec<RefusedRow>, Common> {
        const SQL: &str = "
            SELECT line, cells, faults, sealed FROM file_import_refused WHERE import_id = $1 AND line > $2 ORDER BY line LIMIT CAST($3 AS BIGINT)";
        Ok(on!(&self.db, |pool| sqlx::query_as(SQL)
            .bind(id.as_str())
            .bind(after)
            .bind(most)
            .fetch_all(pool)
            .await)?)
    }
}

/// How many of an import's refused lines are not among `lines` of them. While it runs, more may be there than it had when it was read.
fn left_out(import: &ImportRow, lines: i64) -> i64 {
    (import.refused - lines).max(0)
}

/// Where the page before this one ended.
fn place(token: &str, fingerprint: Fingerprint) -> Result<Option<(i64, String)>, InvalidPageToken> {
    let Some(key) = PageToken::decode(token, fingerprint)? else { return Ok(None) };
    let (micros, id) = key.split_once(' ').ok_or(InvalidPageToken)?;
    Ok(Some((micros.parse().map_err(|_| InvalidPageToken)?, id.to_owned())))
}
