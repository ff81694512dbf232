//! Who has key attention, as those are told who plan with it in view (R13). Who reads is noted by the caller of these, before the
//! answer leaves.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use domain::{DivisionCode, FieldCode};
use service::Error as Common;
use service::auth::Scope;

use super::Store;
use crate::error::Error;

/// A flag, and where its enterprise is; an empty division where that is not known.
#[derive(sqlx::FromRow)]
struct Flagged {
    uscc: String,
    field: String,
    on_until: NaiveDate,
    division: String,
}

impl Flagged {
    /// Whether a flag counts on a day and may be seen.
    fn is_shown(&self, scope: &Scope, day: NaiveDate) -> Result<bool, Common> {
        let of = |problem: String| Common::corrupt(format!("key attention to {}: {problem}", self.uscc));
        let field = FieldCode::parse(&self.field).map_err(|problem| of(problem.to_string()))?;
        let division = Some(&self.division).filter(|code| !code.is_empty());
        let division = division.map(|code| DivisionCode::parse(code)).transpose();
        let division = division.map_err(|problem| of(problem.to_string()))?;
        Ok(self.on_until >= day && scope.admits(Some(&field), division.as_ref()))
    }
}

impl Store {
    /// The fields in which enterprises have key attention on a day, by credit code, as far as `scope` goes.
    pub async fn attention(
        &self,
        usccs: &[&str],
        scope: &Scope,
        day: NaiveDate,
    ) -> Result<BTreeMap<String, Vec<String>>, Error> {
        const SQL: &str = "
            SELECT a.uscc, a.field, a.on_until, COALESCE(s.division, '') AS division
            FROM subject_attention a LEFT JOIN subject s ON s.uscc = a.uscc
            WHERE a.uscc IN";
        let mut tx = self.db.begin_read().await?;
        let rows: Vec<Flagged> = db::rows_of(&mut tx, SQL, usccs).await?;
        let mut fields: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for row in rows {
            if row.is_shown(scope, day)? {
                fields.entry(row.uscc).or_default().push(row.field);
            }
        }
        for of_one in fields.values_mut() {
            of_one.sort_unstable();
            of_one.dedup();
        }
        Ok(fields)
    }
}
