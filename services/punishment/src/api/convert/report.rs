//! Annual reports as sent.

use chrono::{Datelike, NaiveDate};
use contract::punishment::v1 as pb;
use domain::{DivisionCode, LegalName, RequestId, Uscc};
use service::FieldErrors;

use crate::domain::report::Report;
use crate::error::Error;

/// Most reports of a request.
const MAX_REPORTS: usize = 1_000;
/// First year that reports are about (企业信息公示暂行条例 of 2014).
const FIRST_YEAR: i32 = 2013;

/// Annual reports, with their request id.
pub(crate) fn annual_reports(
    request: &pb::RecordAnnualReportsRequest,
    today: NaiveDate,
) -> Result<(RequestId, Vec<Report>), Error> {
    let mut fields = FieldErrors::default();
    let request_id = fields.check("request_id", RequestId::parse(&request.request_id));
    if request.reports.is_empty() || request.reports.len() > MAX_REPORTS {
        fields
            .push("reports", format!("has {} reports; 1 to {MAX_REPORTS} are taken", request.reports.len()));
    }
    let mut reports = Vec::with_capacity(request.reports.len());
    for (index, sent) in request.reports.iter().enumerate() {
        reports.extend(report(&mut fields, &format!("reports[{index}]"), sent, today));
    }
    match request_id {
        Some(id) if fields.is_empty() => Ok((id, reports)),
        _ => Err(fields.into()),
    }
}

fn report(fields: &mut FieldErrors, path: &str, sent: &pb::AnnualReport, today: NaiveDate) -> Option<Report> {
    let uscc = fields.check(format!("{path}.uscc"), Uscc::parse(&sent.uscc));
    let party_name = fields.check(format!("{path}.party_name"), LegalName::parse(&sent.party_name));
    let division = fields.check(format!("{path}.division"), DivisionCode::parse(&sent.division));
    let published_on =
        fields.check_optional(format!("{path}.published_on"), &sent.published_on, domain::parse_date);
    if !(FIRST_YEAR..today.year()).contains(&sent.year) {
        fields.push(
            format!("{path}.year"),
            format!("must lie between {FIRST_YEAR} and the last year that is over"),
        );
    }
    if published_on.is_some_and(|day| day > today || day.year() <= sent.year) {
        fields.push(format!("{path}.published_on"), "must lie after the year of the report and not ahead");
    }
    Some(Report { uscc: uscc?, party_name: party_name?, division: division?, year: sent.year, published_on })
}
