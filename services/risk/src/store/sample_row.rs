//! Rows of samples and of the results that are in them, or may come to be.

use std::collections::BTreeMap;

use crypto::Digest;
use db::bulk::{self, Cell};
use db::{Tx, on};
use domain::{MicrosUtc, OfficeCode};
use service::Error as Common;

use super::sql::rows_of;
use crate::domain::sample::{Candidate, Candidates, ChosenAs, Place, Sample, Sampled, Verdict};
use crate::error::Error;

/// Names of verdicts in the database.
const AGREES: &str = "agrees";
const DIFFERS: &str = "differs";

/// A row of `run_sample`.
#[derive(sqlx::FromRow)]
struct SampleRow {
    run: String,
    field: String,
    office: String,
    state: String,
    checked_by: String,
    checked_at_us: i64,
}

impl TryFrom<SampleRow> for Sample {
    type Error = Common;

    fn try_from(row: SampleRow) -> Result<Self, Common> {
        let of = |problem: String| Common::corrupt(format!("sample {}/{}: {problem}", row.run, row.field));
        Ok(Self {
            office: OfficeCode::parse(&row.office).map_err(|problem| of(problem.to_string()))?,
            state: row.state.parse().map_err(of)?,
            run: row.run,
            field: row.field,
            checked_by: row.checked_by,
            checked_at: (row.checked_at_us > 0).then_some(MicrosUtc(row.checked_at_us)),
            results: Vec::new(),
        })
    }
}

/// A row of `run_sample_class`.
#[derive(sqlx::FromRow)]
struct ResultRow {
    field: String,
    uscc: String,
    division: String,
    code: String,
    general_code: String,
    professional_code: String,
    previous_code: String,
    class_rank: i64,
    moved: bool,
    lot: Vec<u8>,
    chosen_as: String,
    verdict: String,
    reason: String,
}

impl TryFrom<ResultRow> for Candidate {
    type Error = Common;

    fn try_from(row: ResultRow) -> Result<Self, Common> {
        let of = |problem: String| Common::corrupt(format!("result of {} in a sample: {problem}", row.uscc));
        let place = Place {
            rank: usize::try_from(row.class_rank).map_err(|problem| of(problem.to_string()))?,
            moved: row.moved,
            lot: Digest::try_from(row.lot.as_slice()).map_err(|problem| of(problem.to_string()))?,
        };
        Ok(Self {
            uscc: row.uscc,
            field: row.field,
            division: row.division,
            code: row.code,
            general_code: row.general_code,
            professional_code: row.professional_code,
            previous_code: row.previous_code,
            place,
        })
    }
}

impl TryFrom<ResultRow> for Sampled {
    type Error = Common;

    fn try_from(row: ResultRow) -> Result<Self, Common> {
        let chosen_as = ChosenAs::named(&row.chosen_as)
            .ok_or_else(|| Common::corrupt(format!("a result was chosen as `{}`", row.chosen_as)))?;
        let verdict = match row.verdict.as_str() {
            AGREES => Some(Verdict::Agrees),
            DIFFERS => Some(Verdict::Differs(row.reason.clone())),
            _ => None,
        };
        Ok(Self { chosen_as, verdict, result: Candidate::try_from(row)? })
    }
}

/// Keeps results of a run that may come to be in a sample.
pub(super) async fn add_candidates(tx: &mut Tx, run: &str, found: &Candidates) -> Result<(), Common> {
    let candidates: Vec<_> = found.all().map(|candidate| (None, candidate)).collect();
    insert_results(tx, run, &candidates).await
}

/// All results of a run that may come to be in a sample.
pub(super) async fn candidates_of(tx: &mut Tx, run: &str) -> Result<Vec<Candidate>, Error> {
    const SQL: &str = "SELECT * FROM run_sample_class WHERE run = $1 AND chosen_as = ''";
    let rows: Vec<ResultRow> = on!(tx, |conn| sqlx::query_as(SQL).bind(run).fetch_all(conn).await)?;
    Ok(rows.into_iter().map(Candidate::try_from).collect::<Result<_, _>>()?)
}

/// Puts the results that were chosen in the place of all that might have been.
pub(super) async fn put_results(
    tx: &mut Tx,
    run: &str,
    chosen: &[(ChosenAs, Candidate)],
) -> Result<(), Common> {
    let chosen: Vec<_> = chosen.iter().map(|(reason, candidate)| (Some(*reason), candidate)).collect();
    insert_results(tx, run, &chosen).await
}

/// Forgets what might have come to be in a sample of a run.
pub(super) async fn forget_candidates(tx: &mut Tx, run: &str) -> Result<(), sqlx::Error> {
    const SQL: &str = "DELETE FROM run_sample_class WHERE run = $1 AND chosen_as = ''";
    on!(tx, |conn| sqlx::query(SQL).bind(run).execute(conn).await.map(drop))
}

async fn insert_results(
    tx: &mut Tx,
    run: &str,
    results: &[(Option<ChosenAs>, &Candidate)],
) -> Result<(), Common> {
    const COLUMNS: [&str; 14] = [
        "run",
        "field",
        "uscc",
        "division",
        "code",
        "general_code",
        "professional_code",
        "previous_code",
        "class_rank",
        "moved",
        "lot",
        "chosen_as",
        "verdict",
        "reason",
    ];
    let rows = results.iter().map(|(chosen_as, result)| {
        [
            Cell::Text(run),
            Cell::Text(&result.field),
            Cell::Text(&result.uscc),
            Cell::Text(&result.division),
            Cell::Text(&result.code),
            Cell::Text(&result.general_code),
            Cell::Text(&result.professional_code),
            Cell::Text(&result.previous_code),
            Cell::Int(i64::try_from(result.place.rank).unwrap_or(i64::MAX)),
            Cell::Bool(result.place.moved),
            Cell::Bytes(result.place.lot.as_bytes()),
            Cell::Text(chosen_as.map_or("", ChosenAs::as_str)),
            Cell::Text(""),
            Cell::Text(""),
        ]
    });
    bulk::insert(tx, "run_sample_class", COLUMNS, rows).await?;
    Ok(())
}

/// Adds a sample, without its results.
pub(super) async fn insert_sample(tx: &mut Tx, sample: &Sample) -> Result<(), sqlx::Error> {
    const SQL: &str = "
        INSERT INTO run_sample (run, field, office, state, checked_by, checked_at_us)
        VALUES ($1, $2, $3, $4, $5, 0)";
    on!(tx, |conn| sqlx::query(SQL)
        .bind(&sample.run)
        .bind(&sample.field)
        .bind(sample.office.as_str())
        .bind(sample.state.word())
        .bind(&sample.checked_by)
        .execute(conn)
        .await
        .map(drop))
}

/// Writes what became of a sample, and what was said of its results.
pub(super) async fn update_sample(tx: &mut Tx, sample: &Sample) -> Result<(), sqlx::Error> {
    const SQL: &str = "
        UPDATE run_sample SET state = $3, checked_by = $4, checked_at_us = $5 WHERE run = $1 AND field = $2";
    const SAID: &str = "
        UPDATE run_sample_class SET verdict = $4, reason = $5 WHERE run = $1 AND field = $2 AND uscc = $3";
    on!(tx, |conn| sqlx::query(SQL)
        .bind(&sample.run)
        .bind(&sample.field)
        .bind(sample.state.word())
        .bind(&sample.checked_by)
        .bind(sample.checked_at.map_or(0, MicrosUtc::micros))
        .execute(conn)
        .await
        .map(drop))?;
    let said = sample.results.iter().filter_map(|one| Some((&one.result.uscc, one.verdict.as_ref()?)));
    for (uscc, verdict) in said {
        let (verdict, reason) = match verdict {
            Verdict::Agrees => (AGREES, ""),
            Verdict::Differs(reason) => (DIFFERS, reason.as_str()),
        };
        on!(tx, |conn| sqlx::query(SAID)
            .bind(&sample.run)
            .bind(&sample.field)
            .bind(uscc)
            .bind(verdict)
            .bind(reason)
            .execute(conn)
            .await
            .map(drop))?;
    }
    Ok(())
}

/// The samples of a run with their results, in the order of fields.
pub(super) async fn samples_of(tx: &mut Tx, run: &str) -> Result<Vec<Sample>, Error> {
    const SAMPLES: &str = "SELECT * FROM run_sample WHERE run = $1 ORDER BY field";
    const RESULTS: &str = "SELECT * FROM run_sample_class WHERE chosen_as <> '' AND run IN";
    let rows: Vec<SampleRow> = on!(tx, |conn| sqlx::query_as(SAMPLES).bind(run).fetch_all(conn).await)?;
    let mut samples = rows.into_iter().map(Sample::try_from).collect::<Result<Vec<_>, _>>()?;
    let mut results: BTreeMap<String, Vec<Sampled>> = BTreeMap::new();
    let rows: Vec<ResultRow> = rows_of(tx, RESULTS, &[run], "").await?;
    for row in rows {
        results.entry(row.field.clone()).or_default().push(Sampled::try_from(row)?);
    }
    for sample in &mut samples {
        sample.results = results.remove(&sample.field).unwrap_or_default();
        sample.results.sort_by_key(Sampled::order);
    }
    Ok(samples)
}
