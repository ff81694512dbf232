//! Figures for the periodic dispatch (R48): each service names its statements, this module runs them within what the caller may
//! see. Which right a figure needs stands beside its code in the rulebook (tag `needs:` of the set `dispatch_figure`): the right to read
//! what it counts, because a count by day, field and division may tell of one enterprise. A figure that names no right is told nobody.
//!
//! A statement of a service selects one row for each thing that counts, with the columns code, office, field and division. It may
//! read the days asked for from `period`, whose one row has them in the forms that columns have: `first_on` and `last_on` as days,
//! `first_day` and `last_day` as texts, `from_us` and `before_us` as instants.

use std::{collections::BTreeSet, sync::Arc};

use chrono::{Days, NaiveDate};
use contract::common::v1::{
    CountFiguresRequest, CountFiguresResponse, Figure,
    figures_server::{Figures, FiguresServer},
};
use db::{Db, on};
use domain::{MicrosUtc, parse_date};
use rulebook::{Code, Rulebook};
use sqlx::QueryBuilder;
use tonic::{Request, Response, Status};

use crate::{
    Clock, Error, FieldErrors,
    auth::{Caller, Scope},
    filter,
};

/// The rulebook's set of figures, and the tags that name who counts one and who may be told it.
const SET: &str = "dispatch_figure";
const SERVICE: &str = "service";
const NEEDS: &str = "needs";
/// Most days between the first and the last one.
const LONGEST_DAYS: i64 = 366;

/// Serves `Figures` from the statements of one service.
#[derive(Clone, Debug)]
pub struct FiguresService {
    /// The service, as the tag `service:` of its figures names it.
    name: &'static str,
    db: Db,
    statements: &'static [&'static str],
    book: Arc<Rulebook>,
    clock: Clock,
}

/// What to count.
#[derive(Clone, Debug)]
struct Question {
    first_on: NaiveDate,
    last_on: NaiveDate,
    /// Only what is of these divisions …
    divisions: Vec<String>,
    /// … or of none.
    anywhere: bool,
    /// Only what is of these fields, or of none; `None` for all.
    fields: Option<Vec<String>>,
}

#[derive(sqlx::FromRow)]
struct Row {
    code: String,
    office: String,
    field: String,
    division: String,
    count: i64,
}

impl FiguresService {
    /// Serves what `statements` count in `db` for the service `name`, to whom `book` gives the rights.
    pub fn new(
        name: &'static str,
        db: Db,
        statements: &'static [&'static str],
        book: Arc<Rulebook>,
        clock: Clock,
    ) -> Self {
        Self { name, db, statements, book, clock }
    }

    /// As a service of a server.
    pub fn into_service(self) -> FiguresServer<Self> {
        FiguresServer::new(self)
    }

    /// The figures of this service that the caller may be told, and those left out.
    fn told(&self, caller: &Caller) -> (BTreeSet<&str>, BTreeSet<&str>) {
        let today = self.clock.today();
        let own = self.book.codes_of(SET).filter(|code| code.tag_value(SERVICE) == Some(self.name));
        let may = |code: &&Code| {
            code.tag_value(NEEDS).is_some_and(|permission| caller.may(permission, &self.book, today))
        };
        let (told, left_out): (Vec<&Code>, Vec<&Code>) = own.partition(may);
        (told.into_iter().map(code_of).collect(), left_out.into_iter().map(code_of).collect())
    }

    async fn count(&self, question: &Question, told: &BTreeSet<&str>) -> Result<Vec<Figure>, Error> {
        let mut figures = Vec::new();
        // Nothing is asked for nobody.
        let statements: &'static [&'static str] = if told.is_empty() { &[] } else { self.statements };
        for statement in statements {
            figures.extend(self.rows(statement, question, told).await?.into_iter().map(figure));
        }
        figures.sort_by(|one, other| place(one).cmp(&place(other)));
        Ok(figures)
    }

    async fn rows(
        &self,
        statement: &'static str,
        question: &Question,
        told: &BTreeSet<&str>,
    ) -> Result<Vec<Row>, Error> {
        let (first_on, last_on) = (question.first_on, question.last_on);
        let from = MicrosUtc::start_of_shanghai_day(first_on);
        let before = MicrosUtc::start_of_shanghai_day(last_on + Days::new(1));
        Ok(on!(&self.db, |pool| {
            let mut sql = QueryBuilder::new("WITH period AS (SELECT ");
            sql.push_bind(first_on).push(" AS first_on, ").push_bind(last_on).push(" AS last_on, ");
            sql.push_bind(first_on.to_string()).push(" AS first_day, ");
            sql.push_bind(last_on.to_string()).push(" AS last_day, ");
            sql.push_bind(from.0).push(" AS from_us, ").push_bind(before.0).push(" AS before_us), ");
            sql.push("found (code, office, field, division) AS (").push(statement).push(") ");
            sql.push("SELECT code, office, field, division, COUNT(*) AS count FROM found WHERE code IN (");
            let mut codes = sql.separated(", ");
            for code in told {
                codes.push_bind(*code);
            }
            sql.push(") AND division IN (");
            sql.push(if question.anywhere { "''" } else { "NULL" });
            for division in &question.divisions {
                sql.push(", ").push_bind(division.as_str());
            }
            if let Some(fields) = &question.fields {
                sql.push(") AND field IN (''");
                for field in fields {
                    sql.push(", ").push_bind(field.as_str());
                }
            }
            sql.push(") GROUP BY code, office, field, division");
            sql.build_query_as().fetch_all(pool).await
        })?)
    }
}

fn code_of(code: &Code) -> &str {
    &code.code
}

fn place(figure: &Figure) -> (&str, &str, &str, &str) {
    (&figure.code, &figure.office, &figure.field, &figure.division)
}

fn figure(row: Row) -> Figure {
    let Row { code, office, field, division, count } = row;
    Figure { code, office, field, division, count }
}

fn question(sent: &CountFiguresRequest, scope: &Scope) -> Result<Question, FieldErrors> {
    let mut errors = FieldErrors::default();
    let first_on = errors.check("first_on", parse_date(&sent.first_on));
    let last_on = errors.check("last_on", parse_date(&sent.last_on));
    let asked = filter::division(&mut errors, &sent.division, scope);
    let (Some(first_on), Some(last_on)) = (first_on, last_on) else { return Err(errors) };
    if last_on < first_on {
        errors.push("last_on", "lies before `first_on`");
    } else if (last_on - first_on).num_days() > LONGEST_DAYS {
        errors.push("last_on", format!("lies more than {LONGEST_DAYS} days after `first_on`"));
    }
    errors.into_result()?;
    let divisions = match asked {
        None => scope.division_codes(),
        Some(asked) => Scope { divisions: vec![asked], ..scope.clone() }
            .division_codes()
            .into_iter()
            .filter(|code| scope.division_codes().contains(code))
            .collect(),
    };
    let anywhere = sent.division.is_empty();
    Ok(Question { first_on, last_on, divisions, anywhere, fields: scope.field_codes() })
}

#[tonic::async_trait]
impl Figures for FiguresService {
    async fn count_figures(
        &self,
        request: Request<CountFiguresRequest>,
    ) -> Result<Response<CountFiguresResponse>, Status> {
        let caller = Caller::of(&request)?;
        let question = question(request.get_ref(), &caller.scope()).map_err(Error::from)?;
        let (told, left_out) = self.told(&caller);
        let figures = self.count(&question, &told).await?;
        let left_out = left_out.into_iter().map(str::to_owned).collect();
        Ok(Response::new(CountFiguresResponse { figures, left_out }))
    }
}

#[cfg(test)]
mod tests {
    use domain::DivisionCode;

    use super::*;
    use crate::auth::Fields;

    fn scope(division: &str) -> Scope {
        Scope { fields: Fields::All, divisions: vec![DivisionCode::parse(division).unwrap()] }
    }

    fn asked(first_on: &str, last_on: &str, division: &str) -> CountFiguresRequest {
        CountFiguresRequest {
            first_on: first_on.to_owned(),
            last_on: last_on.to_owned(),
            division: division.to_owned(),
        }
    }

    fn faults(first_on: &str, last_on: &str, division: &str) -> Vec<String> {
        let errors = question(&asked(first_on, last_on, division), &scope("370100")).unwrap_err();
        errors.iter().map(|error| error.path.clone()).collect()
    }

    #[test]
    fn every_fault_of_a_period_is_named() {
        assert_eq!(faults("2026-02-30", "", "x"), ["first_on", "last_on", "division"]);
        assert_eq!(faults("2026-03-02", "2026-03-01", ""), ["last_on"]);
        assert_eq!(faults("2026-01-01", "2027-01-03", ""), ["last_on"]);
        assert!(question(&asked("2026-01-01", "2027-01-02", ""), &scope("370100")).is_ok());
    }

    #[test]
    fn a_division_that_the_caller_may_not_see_holds_nothing() {
        let divisions = |of: &str, caller: &str| {
            question(&asked("2026-01-01", "2026-01-31", of), &scope(caller)).unwrap().divisions
        };
        assert_eq!(divisions("370102", "370100"), ["370102"]);
        assert_eq!(divisions("370102", "370103"), Vec::<String>::new());
        assert_eq!(divisions("370100", "370102"), divisions("", "370102"));
    }
}
