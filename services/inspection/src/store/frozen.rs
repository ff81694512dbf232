//! The frozen input of a draw: written once at the announcement, read for the draw and its proof. Pool and strata are those of the
//! task; inspectors and recusals those of the attempt.

use std::collections::BTreeMap;

use crypto::draw::{self, PoolObject, Ratio};
use db::bulk::{self, Cell};
use db::{Tx, on};
use service::Error as Common;

use crate::domain::{Frozen, InspectorNo, Numbered, Task, TaskName, split};

/// Writes pool and strata: once, whatever becomes of the first attempt.
pub(super) async fn save_pool(tx: &mut Tx, task: &TaskName, frozen: &Frozen) -> Result<(), Common> {
    let task = task.to_string();
    let name = Cell::Text(&task);
    let objects = frozen.objects.iter().map(|one| {
        [name, (&*one.object).into(), (&*one.stratum).into(), (&*one.field).into(), (&*one.division).into()]
    });
    bulk::insert(tx, "pool_object", ["task", "object", "stratum", "field", "division"], objects).await?;
    let int =
        |number: u64| i64::try_from(number).map(Cell::Int).map_err(|_| Common::corrupt("a ratio above 2^63"));
    let strata = frozen
        .ratios
        .iter()
        .map(|(stratum, ratio)| Ok([name, stratum.as_str().into(), int(ratio.p())?, int(ratio.q())?]));
    let strata = strata.collect::<Result<Vec<_>, Common>>()?;
    bulk::insert(tx, "pool_stratum", ["task", "stratum", "p", "q"], strata).await?;
    Ok(())
}

/// Writes who may inspect in the present attempt of a task.
pub(super) async fn save_attempt(tx: &mut Tx, task: &Task, frozen: &Frozen) -> Result<(), sqlx::Error> {
    let name = task.name.to_string();
    let attempt = [Cell::Text(&name), Cell::Int(task.attempt.into())];
    save_inspectors(tx, attempt, &frozen.inspectors).await?;
    let recusals = frozen.recusals.iter().map(|one| {
        let [task, attempt] = attempt;
        [task, attempt, one.inspector.as_str().into(), one.object.as_str().into()]
    });
    bulk::insert(tx, "attempt_recusal", ["task", "attempt", "local_no", "object"], recusals).await.map(drop)
}

async fn save_inspectors(
    tx: &mut Tx,
    [task, attempt]: [Cell<'_>; 2],
    inspectors: &[Numbered],
) -> Result<(), sqlx::Error> {
    const COLUMNS: [&str; 8] =
        ["task", "attempt", "local_no", "inspector_no", "office", "fields", "divisions", "cap"];
    let comma =
        |codes: &std::collections::BTreeSet<String>| codes.iter().cloned().collect::<Vec<_>>().join(",");
    let lists: Vec<_> = inspectors
        .iter()
        .map(|one| (comma(&one.inspector.fields), comma(&one.inspector.divisions)))
        .collect();
    let rows = inspectors.iter().zip(&lists).map(|(Numbered { no, inspector }, (fields, divisions))| {
        [
            task,
            attempt,
            inspector.id.as_str().into(),
            no.as_str().into(),
            inspector.office.as_str().into(),
            fields.as_str().into(),
            divisions.as_str().into(),
            Cell::Int(inspector.cap.into()),
        ]
    });
    bulk::insert(tx, "attempt_inspector", COLUMNS, rows).await.map(drop)
}

/// Reads the input of a task's present attempt.
pub(super) async fn load(tx: &mut Tx, task: &Task) -> Result<Frozen, Common> {
    Ok(Frozen {
        inspectors: inspectors(tx, task).await?,
        recusals: recusals(tx, task).await?,
        ..load_pool(tx, &task.name).await?
    })
}

/// Reads pool and strata of a task, for another attempt: without inspectors.
pub(super) async fn load_pool(tx: &mut Tx, task: &TaskName) -> Result<Frozen, Common> {
    let task = task.to_string();
    Ok(Frozen { objects: objects(tx, &task).await?, ratios: ratios(tx, &task).await?, ..Frozen::default() })
}

async fn objects(tx: &mut Tx, task: &str) -> Result<Vec<PoolObject>, sqlx::Error> {
    const SQL: &str = "SELECT object, stratum, field, division FROM pool_object WHERE task = $1";
    let rows: Vec<(String, String, String, String)> =
        on!(tx, |conn| sqlx::query_as(SQL).bind(task).fetch_all(conn).await)?;
    let object = |(object, stratum, field, division)| PoolObject { object, stratum, field, division };
    Ok(rows.into_iter().map(object).collect())
}

async fn ratios(tx: &mut Tx, task: &str) -> Result<BTreeMap<String, Ratio>, Common> {
    const SQL: &str = "SELECT stratum, p, q FROM pool_stratum WHERE task = $1";
    let rows: Vec<(String, i64, i64)> = on!(tx, |conn| sqlx::query_as(SQL).bind(task).fetch_all(conn).await)?;
    let ratio = |(stratum, p, q): (String, i64, i64)| {
        let ratio = u64::try_from(p).ok().zip(u64::try_from(q).ok()).and_then(|(p, q)| Ratio::new(p, q).ok());
        let ratio = ratio.ok_or_else(|| Common::corrupt(format!("{task}: ratio of stratum {stratum}")))?;
        Ok((stratum, ratio))
    };
    rows.into_iter().map(ratio).collect()
}

#[derive(sqlx::FromRow)]
struct InspectorRow {
    local_no: String,
    inspector_no: String,
    office: String,
    fields: String,
    divisions: String,
    cap: i64,
}

async fn inspectors(tx: &mut Tx, task: &Task) -> Result<Vec<Numbered>, Common> {
    const SQL: &str = "
        SELECT local_no, inspector_no, office, fields, divisions, cap FROM attempt_inspector
        WHERE task = $1 AND attempt = $2
        ORDER BY local_no";
    let (name, attempt) = (task.name.to_string(), i64::from(task.attempt));
    let rows: Vec<InspectorRow> =
        on!(tx, |conn| sqlx::query_as(SQL).bind(&name).bind(attempt).fetch_all(conn).await)?;
    let inspector = |row: InspectorRow| {
        let of = |problem: String| Common::corrupt(format!("{name}: inspector {}: {problem}", row.local_no));
        Ok(Numbered {
            no: InspectorNo::parse(&row.inspector_no).map_err(|problem| of(problem.to_string()))?,
            inspector: draw::Inspector {
                cap: u32::try_from(row.cap).map_err(|problem| of(problem.to_string()))?,
                office: row.office,
                fields: split(&row.fields).map(str::to_owned).collect(),
                divisions: split(&row.divisions).map(str::to_owned).collect(),
                id: row.local_no,
            },
        })
    };
    rows.into_iter().map(inspector).collect()
}

async fn recusals(tx: &mut Tx, task: &Task) -> Result<Vec<draw::Recusal>, sqlx::Error> {
    const SQL: &str = "SELECT local_no, object FROM attempt_recusal WHERE task = $1 AND attempt = $2";
    let (name, attempt) = (task.name.to_string(), i64::from(task.attempt));
    let rows: Vec<(String, String)> =
        on!(tx, |conn| sqlx::query_as(SQL).bind(&name).bind(attempt).fetch_all(conn).await)?;
    Ok(rows.into_iter().map(|(inspector, object)| draw::Recusal { inspector, object }).collect())
}
