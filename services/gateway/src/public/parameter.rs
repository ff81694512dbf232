//! Parameters of the rulebook, with their sources (R1, R53).

use chrono::NaiveDate;
use contract::public::v1::{ListParametersResponse, PublicParameter};
use db::{Fingerprint, InvalidPageToken, PageToken};
use rulebook::{Parameter, Rulebook};

/// A page of the parameters in force on a day, in the order of their names. `asked` is the day as the request wrote it: the
/// pages of a list that asked for today stay together past midnight.
pub(super) fn page(
    book: &Rulebook,
    on: NaiveDate,
    asked: &str,
    size: i64,
    token: &str,
) -> Result<ListParametersResponse, InvalidPageToken> {
    let list = Fingerprint::of(&["parameters", asked]);
    let after = PageToken::decode(token, list)?;
    let follows = |parameter: &&Parameter| {
        after.as_deref().is_none_or(|after| parameter.name.as_str() > after) && parameter.effective.on(on)
    };
    let most = usize::try_from(size).unwrap_or(0).saturating_add(1);
    let mut rows: Vec<_> = book.parameters().filter(follows).take(most).collect();
    let next_page_token = PageToken::next(&mut rows, size, list, |parameter| parameter.name.clone());
    let parameters = rows.into_iter().map(to_public).collect();
    Ok(ListParametersResponse { parameters, next_page_token })
}

fn to_public(parameter: &Parameter) -> PublicParameter {
    let date = |date: Option<NaiveDate>| date.map(|date| date.to_string()).unwrap_or_default();
    PublicParameter {
        parameter: parameter.name.clone(),
        value: parameter.text.clone(),
        unit: parameter.unit.as_str().to_owned(),
        effective_from: date(parameter.effective.from),
        effective_to: date(parameter.effective.to),
        source: parameter.source.clone(),
    }
}

#[cfg(test)]
mod tests {
    use domain::parse_date;

    use super::*;

    #[test]
    fn pages_cover_every_parameter_in_force_once_and_in_the_order_of_names() {
        let (book, on) = (Rulebook::builtin(), parse_date("2026-04-01").unwrap());
        let (mut names, mut token) = (Vec::new(), String::new());
        loop {
            let page = page(&book, on, "", 7, &token).unwrap();
            assert!(page.parameters.len() <= 7);
            names.extend(page.parameters.into_iter().map(|parameter| parameter.parameter));
            token = page.next_page_token;
            if token.is_empty() {
                break;
            }
        }
        let in_force: Vec<_> =
            book.parameters().filter(|own| own.effective.on(on)).map(|own| own.name.clone()).collect();
        assert_eq!(names, in_force);
        assert!(names.is_sorted() && names.len() > 7);
    }

    #[test]
    fn a_parameter_is_that_of_its_day_with_its_source() {
        let book = Rulebook::builtin();
        let term = |day: &str| {
            let page = page(&book, parse_date(day).unwrap(), day, 500, "").unwrap();
            page.parameters.into_iter().find(|own| own.parameter == "serious.term").unwrap()
        };
        let (old, new) = (term("2021-08-31"), term("2021-09-01"));
        assert_ne!(old.value, new.value);
        assert_eq!((old.effective_to.as_str(), new.effective_from.as_str()), ("2021-08-31", "2021-09-01"));
        assert!(!new.source.is_empty() && new.unit == "calendar_year");
    }

    #[test]
    fn a_token_of_another_day_is_refused() {
        let (book, on) = (Rulebook::builtin(), parse_date("2026-04-01").unwrap());
        let token = page(&book, on, "2026-04-01", 1, "").unwrap().next_page_token;
        assert!(page(&book, on, "2026-04-02", 1, &token).is_err());
    }
}
