//! The monthly dispatch (R47-R49): what the services count, put together.
//!
//! Nothing is counted here: figures and scores are sums of the services' own rows, so that the report cannot differ from them. Who
//! may see what, each service decides for the caller in whose name it is asked.

mod sum;
mod workbook;

use chrono::{Datelike, Days, Months, NaiveDate};
use contract::{
    common::v1::{
        CountFiguresRequest, CountFiguresResponse, CountTimelinessRequest, CountTimelinessResponse,
        figures_client::FiguresClient, work_client::WorkClient,
    },
    gateway::v1::DispatchReport,
};

use crate::{
    Error,
    forward::Home,
    labels::Labels,
    parts::{Failure, answer, of_each},
    peers::Services,
};

pub(crate) use workbook::workbook;

/// Parts that each service gives.
const FIGURES: &str = "figures";
const DUTIES: &str = "offices";

/// A month that has begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Month {
    /// Its first day.
    pub(crate) first_on: NaiveDate,
    /// Its last day, or today.
    pub(crate) last_on: NaiveDate,
}

impl Month {
    /// Reads `YYYY-MM`; `None` for what is no month, or one that begins after `today`.
    pub(crate) fn parse(text: &str, today: NaiveDate) -> Option<Self> {
        let first_on = domain::parse_date(&format!("{text}-01")).ok().filter(|first| *first <= today)?;
        let last_on = first_on + Months::new(1) - Days::new(1);
        Some(Self { first_on, last_on: last_on.min(today) })
    }

    /// As resource names write it.
    pub(crate) fn text(self) -> String {
        self.first_on.format("%Y-%m").to_string()
    }

    /// As officers write it.
    pub(crate) fn text_zh(self) -> String {
        format!("{}年{}月", self.first_on.year(), self.first_on.month())
    }
}

/// What is asked.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    /// The month.
    pub(crate) month: Month,
    /// Only of this division and those below it; empty for all that the caller may see.
    pub(crate) division: String,
}

/// The report, asked for in the name of the caller that the services were opened for.
///
/// # Errors
/// The refusal of the request itself, as a service tells it.
pub(crate) async fn gather(
    services: &Services,
    question: &Question,
    labels: Labels<'_>,
) -> Result<DispatchReport, Error> {
    let (figures, duties) = tokio::try_join!(
        of_each(FIGURES, Home::ALL, |home| figures_of(services, question, home)),
        of_each(DUTIES, Home::ALL, |home| duties_of(services, question.month, home)),
    )?;
    let month = question.month;
    let offices = sum::offices(duties.answers.into_iter().flat_map(|(_, answer)| answer.rows), labels);
    Ok(DispatchReport {
        name: format!("dispatchReports/{}", month.text()),
        first_on: month.first_on.to_string(),
        last_on: month.last_on.to_string(),
        figures: sum::figures(&figures.answers, labels, month.last_on),
        coverage: sum::coverage(&figures.answers),
        total: Some(sum::total(&offices)),
        offices,
        missing: figures.missing.into_iter().chain(duties.missing).collect(),
    })
}

async fn figures_of(
    services: &Services,
    question: &Question,
    home: Home,
) -> Result<CountFiguresResponse, Failure> {
    let request = CountFiguresRequest {
        first_on: question.month.first_on.to_string(),
        last_on: question.month.last_on.to_string(),
        division: question.division.clone(),
    };
    answer(services.bound, FiguresClient::new(services.of(home)).count_figures(request)).await
}

async fn duties_of(
    services: &Services,
    month: Month,
    home: Home,
) -> Result<CountTimelinessResponse, Failure> {
    let request = CountTimelinessRequest {
        due_from: month.first_on.to_string(),
        due_to: month.last_on.to_string(),
        ..CountTimelinessRequest::default()
    };
    answer(services.bound, WorkClient::new(services.of(home)).count_timeliness(request)).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_ends_with_its_last_day_or_today_and_none_lies_ahead() {
        let day = |text| domain::parse_date(text).unwrap();
        let month = |text, today| {
            Month::parse(text, day(today))
                .map(|month| (month.first_on.to_string(), month.last_on.to_string()))
        };
        let whole = Some(("2024-02-01".to_owned(), "2024-02-29".to_owned()));
        assert_eq!(month("2024-02", "2026-11-26"), whole);
        assert_eq!(month("2024-02", "2024-02-29"), whole);
        assert_eq!(month("2024-02", "2024-02-01"), Some(("2024-02-01".to_owned(), "2024-02-01".to_owned())));
        for bad in ["2024-03", "2024", "2024-2", "2024-13", "2024-02-01", ""] {
            assert_eq!(month(bad, "2024-02-29"), None, "{bad}");
        }
        let month = Month::parse("2024-02", day("2026-01-01")).unwrap();
        assert_eq!((month.text().as_str(), month.text_zh().as_str()), ("2024-02", "2024年2月"));
    }
}
