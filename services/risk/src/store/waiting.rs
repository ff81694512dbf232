//! Results that wait for the next approved run, beside the classes in effect.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use db::bulk::{self, Cell};
use db::{Tx, on};
use domain::MicrosUtc;

use super::Store;
use super::sql::rows_of;
use crate::domain::class::Class;
use crate::domain::combine::effect::Why;
use crate::error::Error;

/// A result that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Combined class; empty where the class would end.
    pub code: String,
    /// General class.
    pub general_code: String,
    /// Grade by the professional model.
    pub professional_code: String,
    /// Day as of which it was computed.
    pub as_of: NaiveDate,
    /// Since when it waits.
    pub since: MicrosUtc,
    /// By which line of the combination it waits.
    pub why: Why,
}

/// Credit code and field.
pub(super) type ClassKey = (String, String);

#[derive(sqlx::FromRow)]
struct WaitingRow {
    uscc: String,
    field: String,
    code: String,
    general_code: String,
    professional_code: String,
    as_of: NaiveDate,
    since_us: i64,
    effect_kind: String,
    effect_label: String,
    effect_worse: bool,
    effect_cites: String,
}

impl From<WaitingRow> for (ClassKey, Waiting) {
    fn from(row: WaitingRow) -> Self {
        let why = Why {
            trigger: row.effect_kind,
            label: row.effect_label,
            worse: row.effect_worse,
            cites: row.effect_cites,
        };
        let waiting = Waiting {
            code: row.code,
            general_code: row.general_code,
            professional_code: row.professional_code,
            as_of: row.as_of,
            since: MicrosUtc(row.since_us),
            why,
        };
        ((row.uscc, row.field), waiting)
    }
}

impl Waiting {
    /// A class that waits.
    pub(super) fn of(class: &Class, since: MicrosUtc, why: Why) -> Self {
        Self {
            code: class.code.clone(),
            general_code: class.general_code.clone(),
            professional_code: class.professional_code.clone(),
            as_of: class.as_of,
            since,
            why,
        }
    }

    /// Whether it is this class, as far as codes go.
    pub(super) fn says(&self, class: &Class) -> bool {
        (&self.code, &self.general_code, &self.professional_code)
            == (&class.code, &class.general_code, &class.professional_code)
    }
}

impl Store {
    /// The result that waits beside a class, if there is one.
    pub async fn waiting(&self, uscc: &str, field: &str) -> Result<Option<Waiting>, Error> {
        const SQL: &str = "SELECT * FROM class_waiting WHERE uscc = $1 AND field = $2";
        let row: Option<WaitingRow> =
            on!(self.db, |pool| sqlx::query_as(SQL).bind(uscc).bind(field).fetch_optional(pool).await)?;
        Ok(row.map(|row| <(ClassKey, Waiting)>::from(row).1))
    }
}

/// Results of these enterprises that wait.
pub(super) async fn waiting_of(
    tx: &mut Tx,
    codes: &[&str],
) -> Result<BTreeMap<ClassKey, Waiting>, sqlx::Error> {
    let rows: Vec<WaitingRow> = rows_of(tx, "SELECT * FROM class_waiting WHERE uscc IN", codes, "").await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// Puts results in the place of those that waited: `None` for what waits no longer.
pub(super) async fn write_waiting(
    tx: &mut Tx,
    changes: &BTreeMap<ClassKey, Option<Waiting>>,
) -> Result<(), sqlx::Error> {
    const GONE: &str = "DELETE FROM class_waiting WHERE uscc = $1 AND field = $2";
    const COLUMNS: [&str; 11] = [
        "uscc",
        "field",
        "code",
        "general_code",
        "professional_code",
        "as_of",
        "since_us",
        "effect_kind",
        "effect_label",
        "effect_worse",
        "effect_cites",
    ];
    for (uscc, field) in changes.keys() {
        on!(tx, |conn| sqlx::query(GONE).bind(uscc).bind(field).execute(conn).await.map(drop))?;
    }
    let waits = changes.iter().filter_map(|(key, waiting)| Some((key, waiting.as_ref()?)));
    let rows = waits.map(|((uscc, field), waiting)| {
        [
            Cell::Text(uscc),
            Cell::Text(field),
            Cell::Text(&waiting.code),
            Cell::Text(&waiting.general_code),
            Cell::Text(&waiting.professional_code),
            Cell::Date(waiting.as_of),
            Cell::Int(waiting.since.micros()),
            Cell::Text(&waiting.why.trigger),
            Cell::Text(&waiting.why.label),
            Cell::Bool(waiting.why.worse),
            Cell::Text(&waiting.why.cites),
        ]
    });
    bulk::insert(tx, "class_waiting", COLUMNS, rows).await?;
    Ok(())
}

/// An approved run decides for everybody by what it read: what waits by that, waits no more. Call it before those of which something was
/// told since are set aside: theirs goes on to wait until it is judged anew.
pub(super) async fn clear_waiting(tx: &mut Tx, run: &str) -> Result<(), sqlx::Error> {
    const SQL: &str = "
        DELETE FROM class_waiting WHERE uscc NOT IN (SELECT uscc FROM run_touched WHERE run = $1)";
    on!(tx, |conn| sqlx::query(SQL).bind(run).execute(conn).await.map(drop))
}
