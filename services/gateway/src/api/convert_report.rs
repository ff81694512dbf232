//! Requests for reports: protobuf to domain, all faults at once.

use chrono::NaiveDate;
use service::{FieldErrors, auth::Caller, filter};

use crate::{
    Error,
    report::{Month, Question},
};

/// Reads `dispatchReports/{YYYY-MM}` and of which division it is to be.
pub(crate) fn question(
    name: &str,
    division: String,
    caller: &Caller,
    today: NaiveDate,
) -> Result<Question, Error> {
    let mut errors = FieldErrors::default();
    let month = name.strip_prefix("dispatchReports/").and_then(|month| Month::parse(month, today));
    let problem = "must have the form `dispatchReports/{YYYY-MM}` and name a month that has begun";
    let month = errors.check("name", month.ok_or(problem));
    filter::division(&mut errors, &division, &caller.scope());
    let Some(month) = month else { return Err(errors.into()) };
    errors.into_result()?;
    Ok(Question { month, division })
}

#[cfg(test)]
mod tests {
    use domain::{DivisionCode, OfficeCode};
    use service::auth::Fields;
    use tonic::Status;
    use tonic_types::StatusExt;

    use super::*;

    #[test]
    fn both_faults_of_a_request_are_named() {
        let today = domain::parse_date("2026-11-26").unwrap();
        let office = OfficeCode::parse("CREDIT").unwrap();
        let city = vec![DivisionCode::parse("370100").unwrap()];
        let caller = Caller::new("wang", "", office, Fields::All, city, "token");
        for name in ["", "dispatchReports/2026-12", "reports/2026-10", "dispatchReports/2026-10/x"] {
            let refused = Status::from(question(name, "370200".to_owned(), &caller, today).unwrap_err());
            let fields = refused.get_details_bad_request().unwrap().field_violations;
            let fields: Vec<_> = fields.iter().map(|violation| violation.field.as_str()).collect();
            assert_eq!(fields, ["name", "division"], "{name}");
        }
        assert!(question("dispatchReports/2026-11", "370102".to_owned(), &caller, today).is_ok());
    }
}
