//! Divisions.

use chrono::NaiveDate;
use contract::registry::v1 as pb;
use domain::{DivisionCode, DivisionKind, parse_date};
use service::FieldErrors;

/// Reads a day of the past or the future; empty: `today`.
pub(crate) fn parse_as_of(errors: &mut FieldErrors, sent: &str, today: NaiveDate) -> Option<NaiveDate> {
    if sent.is_empty() { Some(today) } else { errors.check("as_of", parse_date(sent)) }
}

/// The division as the API shows it on `day`.
pub(crate) fn division_to_pb(division: &DivisionCode, day: NaiveDate) -> pb::Division {
    let text = |code: Option<DivisionCode>| code.map(|code| code.to_string()).unwrap_or_default();
    let ends = |year: Option<i32>, end: &str| year.map(|year| format!("{year}-{end}")).unwrap_or_default();
    pb::Division {
        name: format!("divisions/{division}"),
        code: division.to_string(),
        display_name: division.name_zh().unwrap_or_default().to_owned(),
        kind: kind(division.kind()).into(),
        parent: text(division.parent()),
        successor: text(division.successor()),
        valid_from: ends(division.first_year(), "01-01"),
        valid_to: ends(division.last_year(), "12-31"),
        in_force: division.in_force_on(day),
    }
}

fn kind(kind: DivisionKind) -> pb::DivisionKind {
    match kind {
        DivisionKind::Province => pb::DivisionKind::Province,
        DivisionKind::City => pb::DivisionKind::City,
        DivisionKind::District => pb::DivisionKind::District,
        DivisionKind::County => pb::DivisionKind::County,
        DivisionKind::Zone => pb::DivisionKind::Zone,
        DivisionKind::Abolished => pb::DivisionKind::Abolished,
        DivisionKind::Statistical => pb::DivisionKind::Statistical,
        // Not in the city's list.
        DivisionKind::Foreign => pb::DivisionKind::Unspecified,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(code: &str, day: &str) -> pb::Division {
        division_to_pb(&DivisionCode::parse(code).unwrap(), parse_date(day).unwrap())
    }

    #[test]
    fn a_code_that_was_given_up_names_its_successor_and_its_last_day() {
        let zhangqiu = shown("370181", "2026-01-05");
        assert_eq!((zhangqiu.kind(), zhangqiu.in_force), (pb::DivisionKind::Abolished, false));
        assert_eq!((zhangqiu.successor.as_str(), zhangqiu.valid_to.as_str()), ("370114", "2016-12-31"));
        assert!(shown("370181", "2016-12-31").in_force);
        assert_eq!(shown("370114", "2026-01-05").valid_from, "2017-01-01");
    }

    #[test]
    fn a_zone_has_a_local_code_and_the_division_that_it_lies_in() {
        let zone = shown("JN-LWGX", "2026-01-05");
        assert_eq!(
            (zone.kind(), zone.parent.as_str(), zone.in_force),
            (pb::DivisionKind::Zone, "370116", true)
        );
        assert_eq!((zone.name.as_str(), zone.valid_from.as_str()), ("divisions/JN-LWGX", "2021-01-01"));
    }
}
