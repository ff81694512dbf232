//! The table `visit`: reading and writing rows.

use chrono::NaiveDate;
use db::{Tx, on};
use domain::{DivisionCode, FieldCode, MicrosUtc};
use service::Error as Common;

use crate::convert::checks::{read_checks, write_checks};
use crate::domain::inspector::InvalidInspectorNo;
use crate::domain::visit::{ScannedIn, Withdrawn};
use crate::domain::{Finding, InspectorNo, Visit, VisitName, split};
use crate::machines::result::State;

/// All of a visit.
pub(super) const COLUMNS: &str = "
    SELECT task, uscc, position, field, division, inspectors, state, settled, result, visited_on, critical_count,
        serious_count, minor_count, findings, entered_by, review_reason, publish_by, published_at_us, revision, rectify_by,
        checks, signature_refused, refusal_witness, scanned_in_us, scanned_in_by, withdrawn_on, withdrawn_for, verdict, order_no, apart_for,
        clue_led, assigned_on, COALESCE((SELECT subject.name FROM subject WHERE subject.uscc = visit.uscc), '') AS party_name
    FROM visit";

/// A row as stored.
#[derive(sqlx::FromRow)]
pub(super) struct VisitRow {
    task: String,
    uscc: String,
    position: i64,
    field: String,
    division: String,
    inspectors: String,
    state: String,
    settled: bool,
    result: String,
    visited_on: Option<NaiveDate>,
    critical_count: i64,
    serious_count: i64,
    minor_count: i64,
    findings: String,
    entered_by: String,
    review_reason: String,
    publish_by: Option<NaiveDate>,
    published_at_us: Option<i64>,
    revision: i64,
    rectify_by: Option<NaiveDate>,
    checks: Option<Vec<u8>>,
    signature_refused: bool,
    refusal_witness: String,
    scanned_in_us: Option<i64>,
    scanned_in_by: String,
    withdrawn_on: Option<NaiveDate>,
    withdrawn_for: String,
    verdict: String,
    order_no: String,
    apart_for: String,
    clue_led: bool,
    assigned_on: Option<NaiveDate>,
    party_name: String,
}

impl TryFrom<VisitRow> for Visit {
    type Error = Common;

    fn try_from(row: VisitRow) -> Result<Self, Common> {
        let name = format!("{}/visits/{}", row.task, row.uscc);
        let of = |problem: String| Common::corrupt(format!("{name}: {problem}"));
        let small = |number: i64| u32::try_from(number).map_err(|problem| of(problem.to_string()));
        let inspectors = split(&row.inspectors).map(InspectorNo::parse).collect::<Result<_, _>>();
        let scanned_in = row.scanned_in_us.map(|at| {
            Ok::<_, InvalidInspectorNo>(ScannedIn {
                at: MicrosUtc(at),
                by: InspectorNo::parse(&row.scanned_in_by)?,
            })
        });
        let scanned_in = scanned_in.transpose();
        let finding = match row.visited_on {
            None => None,
            Some(visited_on) => Some(Finding {
                result: row.result,
                visited_on,
                critical_count: small(row.critical_count)?,
                serious_count: small(row.serious_count)?,
                minor_count: small(row.minor_count)?,
                findings: row.findings,
                rectify_by: row.rectify_by,
                order_no: row.order_no,
                checks: row.checks.as_deref().map(read_checks).transpose().map_err(of)?,
                refusal_witness: row.signature_refused.then_some(row.refusal_witness),
                verdict: row.verdict,
            }),
        };
        Ok(Self {
            field: FieldCode::parse(&row.field).map_err(|problem| of(problem.to_string()))?,
            division: DivisionCode::parse(&row.division).map_err(|problem| of(problem.to_string()))?,
            position: small(row.position)?,
            inspectors: inspectors.map_err(|problem| of(problem.to_string()))?,
            state: match row.withdrawn_on {
                None => row.state.parse().map_err(of)?,
                Some(_) => State::Withdrawn,
            },
            settled: row.settled,
            withdrawn: row.withdrawn_on.map(|on| Withdrawn { on, reason: row.withdrawn_for }),
            scanned_in: scanned_in.map_err(|problem| of(problem.to_string()))?,
            apart_for: row.apart_for,
            finding,
            entered_by: row.entered_by,
            review_reason: row.review_reason,
            publish_by: row.publish_by,
            published_at: row.published_at_us.map(MicrosUtc),
            revision: row.revision,
            clue_led: row.clue_led,
            assigned_on: row.assigned_on,
            party_name: row.party_name,
            name: VisitName::parse(&name).map_err(|problem| of(problem.to_string()))?,
        })
    }
}

/// Writes what changes in the life of a visit, and raises its revision: first in the row, then in `visit`. Losing against a
/// transaction that changed the visit since it was read is [`Common::Contended`].
pub(super) async fn update(tx: &mut Tx, visit: &mut Visit) -> Result<(), Common> {
    const SQL: &str = "
        UPDATE visit SET state = $4, settled = $5, result = $6, visited_on = $7, critical_count = $8, serious_count = $9,
            minor_count = $10, findings = $11, entered_by = $12, review_reason = $13, publish_by = $14,
            published_at_us = $15, rectify_by = $16, checks = $17,
            signature_refused = $18, refusal_witness = $19, scanned_in_us = $20, scanned_in_by = $21,
            withdrawn_on = $22, withdrawn_for = $23, verdict = $24, order_no = $25, apart_for = $26, revision = revision + 1
        WHERE task = $1 AND uscc = $2 AND revision = $3";
    let finding = visit.finding.as_ref();
    let count = |number: fn(&Finding) -> u32| finding.map_or(0, |finding| i64::from(number(finding)));
    let checks = finding.and_then(|finding| finding.checks.as_deref()).map(write_checks);
    let refusal = finding.and_then(|finding| finding.refusal_witness.as_deref());
    let written = on!(tx, |conn| sqlx::query(SQL)
        .bind(visit.name.task.to_string())
        .bind(visit.name.uscc.as_str())
        .bind(visit.revision)
        .bind(visit.state.stored())
        .bind(visit.settled)
        .bind(finding.map_or("", |finding| finding.result.as_str()))
        .bind(finding.map(|finding| finding.visited_on))
        .bind(count(|finding| finding.critical_count))
        .bind(count(|finding| finding.serious_count))
        .bind(count(|finding| finding.minor_count))
        .bind(finding.map_or("", |finding| finding.findings.as_str()))
        .bind(visit.entered_by.as_str())
        .bind(visit.review_reason.as_str())
        .bind(visit.publish_by)
        .bind(visit.published_at.map(MicrosUtc::micros))
        .bind(finding.and_then(|finding| finding.rectify_by))
        .bind(checks.as_deref())
        .bind(refusal.is_some())
        .bind(refusal.unwrap_or_default())
        .bind(visit.scanned_in.as_ref().map(|scanned| scanned.at.micros()))
        .bind(visit.scanned_in.as_ref().map_or("", |scanned| scanned.by.as_str()))
        .bind(visit.withdrawn.as_ref().map(|withdrawn| withdrawn.on))
        .bind(visit.withdrawn.as_ref().map_or("", |withdrawn| withdrawn.reason.as_str()))
        .bind(finding.map_or("", |finding| finding.verdict.as_str()))
        .bind(finding.map_or("", |finding| finding.order_no.as_str()))
        .bind(visit.apart_for.as_str())
        .execute(conn)
        .await
        .map(|done| done.rows_affected()))?;
    if written != 1 {
        return Err(Common::Contended);
    }
    visit.revision += 1;
    Ok(())
}
