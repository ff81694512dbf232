//! Reading measures.

use db::{Fingerprint, PageToken, on};
use domain::{OfficeCode, Uscc};
use service::auth::Scope;
use service::fitting::Page;
use sqlx::QueryBuilder;

use super::row::{COLUMNS, Listed, find, grouped};
use crate::domain::list::EntryName;
use crate::domain::measure::{Measure, MeasureName};
use crate::error::Error;
use crate::machines::measure::State;
use crate::store::Store;
use crate::store::sql::{push_among, push_equal};

/// Which measures to list.
#[derive(Clone, Debug, Default)]
pub struct MeasureFilter {
    /// Only against this party.
    pub uscc: Option<Uscc>,
    /// Only those that this entry triggers.
    pub entry: Option<EntryName>,
    /// Only in this state.
    pub state: Option<State>,
    /// Only those that this office answers for.
    pub implementer: Option<OfficeCode>,
}

impl Store {
    /// One measure.
    ///
    /// # Errors
    /// [`Error::MeasureNotFound`].
    pub async fn measure(&self, name: &MeasureName) -> Result<Measure, Error> {
        let mut tx = self.db.begin_read().await?;
        find(&mut tx, name).await
    }

    /// A page of measures in the order of their names. One statement reads the page and the systems of its measures, so that both are of
    /// one state.
    pub async fn measures(
        &self,
        filter: &MeasureFilter,
        scope: &Scope,
        size: i64,
        token: &str,
    ) -> Result<Page<Measure>, Error> {
        const WITH_RECEIVERS: &str = "
            SELECT page.*, page.id AS measure_id, COALESCE(r.receiver, '') AS receiver, r.acknowledged_at_us,
                   COALESCE(r.receipt, '') AS receipt, r.end_acknowledged_at_us,
                   COALESCE(r.end_receipt, '') AS end_receipt, COALESCE(r.reported, 0) AS reported
            FROM page LEFT JOIN measure_receiver r ON r.measure_id = page.id AND r.receiver > ''
            ORDER BY page.id, r.receiver";
        let uscc = filter.uscc.as_ref().map_or("", Uscc::as_str);
        let entry = filter.entry.as_ref().map(ToString::to_string).unwrap_or_default();
        let state = filter.state.map_or("", State::word);
        let implementer = filter.implementer.as_ref().map_or("", OfficeCode::as_str);
        let fingerprint = Fingerprint::of(&["measures", uscc, &entry, state, implementer]);
        let after = PageToken::decode(token, fingerprint)?.unwrap_or_default();
        let divisions = scope.division_codes();
        let rows: Vec<Listed> = on!(&self.db, |pool| {
            let mut sql = QueryBuilder::new("WITH page AS (");
            sql.push(COLUMNS).push(" WHERE m.id > ").push_bind(after.as_str());
            push_equal(&mut sql, "m.uscc", uscc);
            push_equal(&mut sql, "m.entry", entry.as_str());
            push_equal(&mut sql, "m.state", state);
            push_equal(&mut sql, "m.implementer", implementer);
            push_among(&mut sql, "m.division", &divisions);
            sql.push(" ORDER BY m.id LIMIT CAST(").push_bind(size + 1).push(" AS BIGINT))");
            sql.push(WITH_RECEIVERS);
            sql.build_query_as().fetch_all(pool).await
        })?;
        Ok(Page::of(grouped(rows)?, size, fingerprint, |last| last.name.id().to_owned()))
    }
}
