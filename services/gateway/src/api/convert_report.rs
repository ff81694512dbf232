//! Requests for reports: protobuf to domain, all faults at once.

use chrono::NaiveDate;
use domain::DivisionCode;
use service::FieldErrors;

use crate::{
    Error,
    report::{Month, Question},
};

/// Reads `dispatchReports/{YYYY-MM}` and of which division it is to be.
pub(crate) fn question(name: &str, division: String, today: NaiveDate) -> Result<Question, Error> {
    let mut errors = FieldErrors::default();
    let month = name.strip_prefix("dispatchReports/").and_then(|month| Month::parse(month, today));
    let problem = "must have the form `dispatchReports/{YYYY-MM}` and name a month that has begun";
    let month = errors.check("name", month.ok_or(problem));
    errors.check_optional("division", &division, DivisionCode::parse);
    let Some(month) = month else { return Err(errors.into()) };
    errors.into_result()?;
    Ok(Question { month, division })
}

#[cfg(test)]
mod tests {
    use tonic::Status;
    use tonic_types::StatusExt;

    use super::*;

    #[test]
    fn both_faults_of_a_request_are_named() {
        let today = domain::parse_date("2026-11-26").unwrap();
        for name in ["", "dispatchReports/2026-12", "reports/2026-10", "dispatchReports/2026-10/x"] {
            let refused = Status::from(question(name, "x".to_owned(), today).unwrap_err());
            let fields = refused.get_details_bad_request().unwrap().field_violations;
            let fields: Vec<_> = fields.iter().map(|violation| violation.field.as_str()).collect();
            assert_eq!(fields, ["name", "division"], "{name}");
        }
        assert!(question("dispatchReports/2026-11", "370102".to_owned(), today).is_ok());
    }
}
