//! The table `mark`: reading and writing rows.

use std::collections::HashMap;

use db::bulk::{self, Cell};
use db::{Tx, on};
use domain::{DivisionCode, LegalName, MicrosUtc};
use service::Error as Common;
use sqlx::QueryBuilder;

use super::sql::rows_per_statement;
use crate::domain::{Codes, Mark, MarkContent, MarkKey, MarkView};

/// Columns of a row, in the order in which they are written.
const COLUMNS: usize = 12;

/// A row as stored.
#[derive(sqlx::FromRow)]
pub(super) struct MarkRow {
    uscc: String,
    field: String,
    state: String,
    sub_kinds: String,
    licence_nos: String,
    revision: i64,
    pushed_revision: i64,
    published_at_us: Option<i64>,
    updated_at_us: i64,
    shown_sub_kinds: String,
    shown_licence_nos: String,
    confirmed_by: String,
}

impl TryFrom<MarkRow> for Mark {
    type Error = Common;

    fn try_from(row: MarkRow) -> Result<Self, Common> {
        let of =
            |problem: String| Common::corrupt(format!("mark of {} in {}: {problem}", row.uscc, row.field));
        Ok(Self {
            key: MarkKey::from_stored(&row.uscc, &row.field)?,
            state: row
                .state
                .parse()
                .map_err(|problem: crate::machines::mark::UnknownState| of(problem.to_string()))?,
            content: MarkContent {
                sub_kinds: Codes::from_text(&row.sub_kinds),
                licence_nos: Codes::from_text(&row.licence_nos),
            },
            shown: MarkContent {
                sub_kinds: Codes::from_text(&row.shown_sub_kinds),
                licence_nos: Codes::from_text(&row.shown_licence_nos),
            },
            confirmed_by: Codes::from_text(&row.confirmed_by),
            revision: row.revision,
            pushed_revision: row.pushed_revision,
            published_at: row.published_at_us.map(MicrosUtc),
            updated_at: MicrosUtc(row.updated_at_us),
        })
    }
}

/// A mark joined with what it shows of its enterprise.
#[derive(sqlx::FromRow)]
pub(super) struct MarkViewRow {
    #[sqlx(flatten)]
    mark: MarkRow,
    legal_name: String,
    division: String,
}

impl TryFrom<MarkViewRow> for MarkView {
    type Error = Common;

    fn try_from(row: MarkViewRow) -> Result<Self, Common> {
        let mark = Mark::try_from(row.mark)?;
        let of = |problem: String| Common::corrupt(format!("enterprise {}: {problem}", mark.key.uscc));
        Ok(Self {
            legal_name: LegalName::parse(&row.legal_name).map_err(|problem| of(problem.to_string()))?,
            division: DivisionCode::parse(&row.division).map_err(|problem| of(problem.to_string()))?,
            mark,
        })
    }
}

/// The marks of these enterprises, all fields.
pub(super) async fn marks_of(tx: &mut Tx, holders: &[&str]) -> Result<HashMap<MarkKey, Mark>, Common> {
    const SQL: &str = "SELECT * FROM mark WHERE uscc IN";
    let rows: Vec<MarkRow> = db::rows_of(tx, SQL, holders).await?;
    rows.into_iter().map(|row| Mark::try_from(row).map(|mark| (mark.key.clone(), mark))).collect()
}

/// Keeps what marks were before they moved, for counts as of a day; who is new was nothing.
pub(super) async fn keep_past<'m>(
    tx: &mut Tx,
    moved: impl Iterator<Item = (&'m Mark, &'m Mark)>,
) -> Result<(), Common> {
    const COLUMNS: [&str; 6] = ["uscc", "field", "revision", "state", "since_us", "until_us"];
    let rows = moved.map(|(before, after)| {
        [
            Cell::Text(before.key.uscc.as_str()),
            Cell::Text(before.key.field.as_str()),
            Cell::Int(before.revision),
            Cell::Text(before.state.as_str()),
            Cell::Int(before.updated_at.micros()),
            Cell::Int(after.updated_at.micros()),
        ]
    });
    Ok(bulk::insert(tx, "mark_past", COLUMNS, rows).await.map(drop)?)
}

/// Writes marks, new and changed ones, each at most once. Losing against another transaction that wrote one of them
/// since it was read is [`Common::Contended`].
pub(super) async fn write_marks(tx: &mut Tx, marks: &[&Mark]) -> Result<(), Common> {
    const INSERT: &str = "
        INSERT INTO mark (uscc, field, state, sub_kinds, licence_nos, revision, pushed_revision, published_at_us,
            updated_at_us, shown_sub_kinds, shown_licence_nos, confirmed_by) ";
    const BRING_UP_TO_DATE: &str = "
        ON CONFLICT (uscc, field) DO UPDATE SET
            state = excluded.state, sub_kinds = excluded.sub_kinds, licence_nos = excluded.licence_nos,
            revision = excluded.revision, pushed_revision = excluded.pushed_revision,
            published_at_us = excluded.published_at_us, updated_at_us = excluded.updated_at_us,
            shown_sub_kinds = excluded.shown_sub_kinds, shown_licence_nos = excluded.shown_licence_nos,
            confirmed_by = excluded.confirmed_by
        WHERE mark.revision = excluded.revision - 1";
    for marks in marks.chunks(rows_per_statement(COLUMNS)) {
        let written = on!(tx, |conn| {
            let mut sql = QueryBuilder::new(INSERT);
            sql.push_values(marks, |mut row, mark| {
                row.push_bind(mark.key.uscc.as_str())
                    .push_bind(mark.key.field.as_str())
                    .push_bind(mark.state.as_str())
                    .push_bind(mark.content.sub_kinds.to_text())
                    .push_bind(mark.content.licence_nos.to_text())
                    .push_bind(mark.revision)
                    .push_bind(mark.pushed_revision)
                    .push_bind(mark.published_at.map(MicrosUtc::micros))
                    .push_bind(mark.updated_at.micros())
                    .push_bind(mark.shown.sub_kinds.to_text())
                    .push_bind(mark.shown.licence_nos.to_text())
                    .push_bind(mark.confirmed_by.to_text());
            });
            sql.push(BRING_UP_TO_DATE);
            sql.build().execute(conn).await?.rows_affected()
        });
        if written != marks.len() as u64 {
            return Err(Common::Contended);
        }
    }
    Ok(())
}
