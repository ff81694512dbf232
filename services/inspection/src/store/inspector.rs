//! The directory of inspectors.

use chrono::NaiveDate;
use contract::inspection::v1 as pb;
use db::{Tx, on};
use domain::{DivisionCode, FieldCode, OfficeCode, Uscc};
use service::Error as Common;
use service::fitting::Page;
use service::idempotency::Claim;
use sqlx::QueryBuilder;

use super::{Act, Cut, Store};
use crate::convert::inspector::{inspector_to_pb, recusal_to_pb};
use crate::domain::{Inspector, InspectorNo, Recusal, Visit, joined, split};
use crate::error::Error;

const COLUMNS: &str =
    "SELECT inspector_no, office, fields, divisions, cap, certificate_valid_to, available FROM inspector";

/// Kind of the event of a new or changed inspector.
const CHANGED: &str = "inspection.inspector.changed";
/// Kind of the event of a recusal.
const DECLARED: &str = "inspection.recusal.declared";

#[derive(sqlx::FromRow)]
struct InspectorRow {
    inspector_no: String,
    office: String,
    fields: String,
    divisions: String,
    cap: i64,
    certificate_valid_to: NaiveDate,
    available: bool,
}

impl TryFrom<InspectorRow> for Inspector {
    type Error = Common;

    fn try_from(row: InspectorRow) -> Result<Self, Common> {
        let of = |problem: String| Common::corrupt(format!("inspector {}: {problem}", row.inspector_no));
        let fields = split(&row.fields).map(FieldCode::parse).collect::<Result<_, _>>();
        let divisions = split(&row.divisions).map(DivisionCode::parse).collect::<Result<_, _>>();
        Ok(Self {
            no: InspectorNo::parse(&row.inspector_no).map_err(|problem| of(problem.to_string()))?,
            office: OfficeCode::parse(&row.office).map_err(|problem| of(problem.to_string()))?,
            fields: fields.map_err(|problem| of(problem.to_string()))?,
            divisions: divisions.map_err(|problem| of(problem.to_string()))?,
            cap: u32::try_from(row.cap).map_err(|problem| of(problem.to_string()))?,
            certificate_valid_to: row.certificate_valid_to,
            available: row.available,
        })
    }
}

impl Store {
    /// Enters an inspector, or brings the entry up to date. Draws that are announced keep what they froze.
    ///
    /// # Errors
    /// What every change can meet.
    pub async fn register_inspector(
        &self,
        act: &Act<'_>,
        body: &pb::RegisterInspectorRequest,
        inspector: &Inspector,
    ) -> Result<pb::Inspector, Error> {
        const SQL: &str = "
            INSERT INTO inspector (inspector_no, office, fields, divisions, cap, certificate_valid_to, available, revision)
            VALUES ($1, $2, $3, $4, $5, $6, $7, 1)
            ON CONFLICT (inspector_no) DO UPDATE SET
                office = excluded.office, fields = excluded.fields, divisions = excluded.divisions,
                cap = excluded.cap, certificate_valid_to = excluded.certificate_valid_to,
                available = excluded.available, revision = inspector.revision + 1";
        let mut tx = self.db.begin_write().await?;
        if let Claim::Repeat(answer) = act.claim(&mut tx, body).await? {
            return Ok(answer);
        }
        on!(tx, |conn| sqlx::query(SQL)
            .bind(inspector.no.as_str())
            .bind(inspector.office.as_str())
            .bind(joined(&inspector.fields))
            .bind(joined(&inspector.divisions))
            .bind(i64::from(inspector.cap))
            .bind(inspector.certificate_valid_to)
            .bind(inspector.available)
            .execute(conn)
            .await
            .map(drop))?;
        let payload = pb::InspectorChanged { inspector: Some(inspector_to_pb(inspector)) };
        let subject = format!("inspectors/{}", inspector.no);
        self.emit(&mut tx, act, (CHANGED, subject, act.today), &payload).await?;
        Ok(act.answer(tx, inspector_to_pb(inspector)).await?)
    }

    /// Inspectors in the order of their numbers; only those of `office`, if one is given.
    ///
    /// # Errors
    /// What every read can meet.
    pub async fn inspectors(&self, office: Option<&OfficeCode>, cut: &Cut) -> Result<Page<Inspector>, Error> {
        let after = cut.behind(|key| InspectorNo::parse(key).ok())?;
        let rows: Vec<InspectorRow> = on!(self.db, |pool| {
            let mut sql = QueryBuilder::new(COLUMNS);
            sql.push(" WHERE inspector_no > ").push_bind(after.as_ref().map_or("", InspectorNo::as_str));
            if let Some(office) = office {
                sql.push(" AND office = ").push_bind(office.as_str());
            }
            sql.push(" ORDER BY inspector_no LIMIT CAST(").push_bind(cut.size + 1).push(" AS BIGINT)");
            sql.build_query_as().fetch_all(pool).await
        })?;
        let rows = rows.into_iter().map(Inspector::try_from).collect::<Result<Vec<_>, _>>()?;
        Ok(cut.page(rows, |last| last.no.to_string()))
    }

    /// Declares that an inspector may not inspect an enterprise. Declared again, the latest relation and reason hold. A visit that was
    /// drawn before does not begin until somebody else comes in the inspector's place.
    ///
    /// # Errors
    /// [`Error::InspectorNotFound`].
    pub async fn declare_recusal(
        &self,
        act: &Act<'_>,
        body: &pb::DeclareRecusalRequest,
        recusal: &Recusal,
    ) -> Result<pb::Recusal, Error> {
        const KNOWN: &str = "SELECT COUNT(*) FROM inspector WHERE inspector_no = $1";
        const SQL: &str = "
            INSERT INTO recusal (inspector_no, uscc, relation, reason, declared_by) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (inspector_no, uscc) DO UPDATE SET
                relation = excluded.relation, reason = excluded.reason, declared_by = excluded.declared_by";
        let mut tx = self.db.begin_write().await?;
        // Relation and reason are personal: a repeated request brings them along again.
        if let Claim::Repeat(answer) = act.claim::<pb::Recusal>(&mut tx, body).await? {
            let (relation, reason) = (recusal.relation.clone(), recusal.reason.clone());
            return Ok(pb::Recusal { relation, reason, ..answer });
        }
        let no = recusal.inspector_no.as_str();
        let known: i64 = on!(tx, |conn| sqlx::query_scalar(KNOWN).bind(no).fetch_one(conn).await)?;
        if known == 0 {
            return Err(Error::InspectorNotFound(recusal.inspector_no.clone()));
        }
        on!(tx, |conn| sqlx::query(SQL)
            .bind(no)
            .bind(recusal.uscc.as_str())
            .bind(recusal.relation.as_str())
            .bind(recusal.reason.as_str())
            .bind(act.caller.subject())
            .execute(conn)
            .await
            .map(drop))?;
        let payload = pb::RecusalDeclared { inspector_no: no.to_owned(), uscc: recusal.uscc.to_string() };
        self.emit(&mut tx, act, (DECLARED, format!("inspectors/{no}"), act.today), &payload).await?;
        let stored = pb::Recusal { relation: String::new(), reason: String::new(), ..recusal_to_pb(recusal) };
        act.answer(tx, stored).await?;
        Ok(recusal_to_pb(recusal))
    }
}

/// The first inspector of a visit who was recused from its enterprise, also if that was after the draw.
pub(super) async fn recused(tx: &mut Tx, visit: &Visit) -> Result<Option<InspectorNo>, sqlx::Error> {
    Ok(all_recused(tx, visit).await?.into_iter().next())
}

/// All of them, in the order of their slots.
pub(super) async fn all_recused(tx: &mut Tx, visit: &Visit) -> Result<Vec<InspectorNo>, sqlx::Error> {
    const SQL: &str = "SELECT inspector_no FROM recusal WHERE uscc = $1";
    let recused: Vec<String> =
        on!(tx, |conn| sqlx::query_scalar(SQL).bind(visit.name.uscc.as_str()).fetch_all(conn).await)?;
    let is_recused = |no: &&InspectorNo| recused.iter().any(|recused| recused == no.as_str());
    Ok(visit.inspectors.iter().filter(is_recused).cloned().collect())
}

/// The whole directory.
pub(super) async fn directory(tx: &mut Tx) -> Result<Vec<Inspector>, Common> {
    let rows: Vec<InspectorRow> = on!(tx, |conn| sqlx::query_as(COLUMNS).fetch_all(conn).await)?;
    rows.into_iter().map(Inspector::try_from).collect()
}

/// The entries of these numbers, as far as the directory has them.
pub(super) async fn entries(tx: &mut Tx, nos: &[&str]) -> Result<Vec<Inspector>, Common> {
    let select = format!("{COLUMNS} WHERE inspector_no IN");
    let rows: Vec<InspectorRow> = db::rows_of(tx, &select, nos).await?;
    rows.into_iter().map(Inspector::try_from).collect()
}

/// All recusals, without relation and reason.
pub(super) async fn recusals(tx: &mut Tx) -> Result<Vec<Recusal>, Common> {
    const SQL: &str = "SELECT inspector_no, uscc FROM recusal";
    let rows: Vec<(String, String)> = on!(tx, |conn| sqlx::query_as(SQL).fetch_all(conn).await)?;
    rows.into_iter().map(recusal).collect()
}

/// Those of these inspectors.
pub(super) async fn recusals_of(tx: &mut Tx, nos: &[&str]) -> Result<Vec<Recusal>, Common> {
    const SQL: &str = "SELECT inspector_no, uscc FROM recusal WHERE inspector_no IN";
    let rows: Vec<(String, String)> = db::rows_of(tx, SQL, nos).await?;
    rows.into_iter().map(recusal).collect()
}

fn recusal((no, uscc): (String, String)) -> Result<Recusal, Common> {
    let of = |problem: String| Common::corrupt(format!("recusal of {no}: {problem}"));
    Ok(Recusal {
        inspector_no: InspectorNo::parse(&no).map_err(|problem| of(problem.to_string()))?,
        uscc: Uscc::parse(&uscc).map_err(|problem| of(problem.to_string()))?,
        relation: String::new(),
        reason: String::new(),
    })
}
