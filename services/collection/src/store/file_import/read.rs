//! Reading imports and what they refused.

use contract::collection::v1 as pb;
use db::{Fingerprint, InvalidPageToken, PageToken, on};
use service::Error as Common;
use service::auth::Caller;
use service::machine::Office;
use sqlx::QueryBuilder;

use super::super::Store;
use super::row::{ImportRow, KeptLine, find, parse_list, select_imports};
use crate::domain::NaturalId;
use crate::error::Error;

#[derive(sqlx::FromRow)]
struct RefusedRow {
    line: i64,
    cells: String,
    faults: String,
}

impl TryFrom<RefusedRow> for KeptLine {
    type Error = Common;

    fn try_from(row: RefusedRow) -> Result<Self, Common> {
        let number = u32::try_from(row.line).unwrap_or(u32::MAX);
        Ok(Self { number, cells: parse_list(&row.cells)?, faults: parse_list(&row.faults)? })
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

    async fn seen(&self, id: &NaturalId, caller: &Caller) -> Result<ImportRow, Error> {
        let mut tx = self.db.begin_read().await.map_err(Common::from)?;
        let row = find(&mut tx, id).await?;
        row.may_be_seen_by(caller)?;
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
        let sees_all =
            [Office::CREDIT, Office::IT].iter().any(|office| office.code() == caller.office().as_str());
        let mut rows: Vec<ImportRow> = on!(&self.db, |pool| {
            let mut sql = QueryBuilder::new(SELECT);
            if !sees_all {
                sql.push(" AND i.office = ").push_bind(caller.office().as_str());
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
            sql.push(" ORDER BY i.created_us DESC, i.id DESC LIMIT ").push_bind(size + 1);
            sql.build_query_as().fetch_all(pool).await
        })?;
        let next_page_token =
            PageToken::next(&mut rows, size, fingerprint, |row| format!("{} {}", row.created_us, row.id));
        let imports = rows.iter().map(ImportRow::to_pb).collect::<Result<_, _>>()?;
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
        let headers = self.seen(id, caller).await?.headers()?;
        let fingerprint = Fingerprint::of(&["refused-lines", id.as_str()]);
        let after = PageToken::decode(token, fingerprint).map_err(Common::from)?;
        let after =
            after.map(|key| key.parse().map_err(|_| InvalidPageToken)).transpose().map_err(Common::from)?;
        let mut lines = self.kept_lines(id, after.unwrap_or(0), size + 1).await?;
        let next_page_token = PageToken::next(&mut lines, size, fingerprint, |line| line.number.to_string());
        let header =
            |column: Option<usize>| column.and_then(|at| headers.get(at)).cloned().unwrap_or_default();
        let refused = |line: KeptLine| pb::RefusedLine {
            line: line.number.into(),
            faults: line
                .faults
                .into_iter()
                .map(|fault| pb::LineFault {
                    header: header(fault.column),
                    field: fault.field,
                    problem: fault.problem,
                })
                .collect(),
        };
        Ok(pb::ListRefusedLinesResponse { lines: lines.into_iter().map(refused).collect(), next_page_token })
    }

    /// Headers and all kept refused lines of an import.
    ///
    /// # Errors
    /// [`Error::ImportNotFound`], or it is another office's.
    pub async fn refused_lines(
        &self,
        id: &NaturalId,
        caller: &Caller,
    ) -> Result<(Vec<String>, Vec<KeptLine>), Error> {
        let headers = self.seen(id, caller).await?.headers()?;
        Ok((headers, self.kept_lines(id, 0, i64::MAX).await?))
    }

    async fn kept_lines(&self, id: &NaturalId, after: i64, most: i64) -> Result<Vec<KeptLine>, Common> {
        const SQL: &str = "
            SELECT line, cells, faults FROM file_import_refused WHERE import_id = $1 AND line > $2 ORDER BY line LIMIT $3";
        let rows: Vec<RefusedRow> = on!(&self.db, |pool| sqlx::query_as(SQL)
            .bind(id.as_str())
            .bind(after)
            .bind(most)
            .fetch_all(pool)
            .await)?;
        rows.into_iter().map(KeptLine::try_from).collect()
    }
}

/// Where the page before this one ended.
fn place(token: &str, fingerprint: Fingerprint) -> Result<Option<(i64, String)>, InvalidPageToken> {
    let Some(key) = PageToken::decode(token, fingerprint)? else { return Ok(None) };
    let (micros, id) = key.split_once(' ').ok_or(InvalidPageToken)?;
    Ok(Some((micros.parse().map_err(|_| InvalidPageToken)?, id.to_owned())))
}
