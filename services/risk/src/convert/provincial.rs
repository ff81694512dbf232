//! Classes by the province.

use chrono::NaiveDate;
use contract::risk::v1 as pb;
use domain::{Uscc, parse_date};
use prost::Message;
use rulebook::Rulebook;
use service::FieldErrors;

use super::stated;
use crate::domain::provincial::ProvincialClass;
use crate::rules::{self, SCHEME_SET};

/// Kind of the event of a class that was taken, corrected or taken back.
pub(crate) const PROVINCIAL_CHANGED: &str = "risk.provincial.changed";

/// How a name ends: by this it is told apart from its scheme.
const DAY: &str = "-YYYY-MM-DD";

/// Reads one row of an import; a row that is refused says why, field by field.
pub(crate) fn provincial_row(
    index: usize,
    sent: &pb::ProvincialClass,
    book: &Rulebook,
    today: NaiveDate,
) -> Result<ProvincialClass, Vec<pb::RejectedClass>> {
    let mut errors = FieldErrors::default();
    let row = parse(&mut errors, sent, book, today);
    row.ok_or_else(|| {
        let index = i32::try_from(index).unwrap_or(i32::MAX);
        let rejected = |error: &service::error::FieldError| pb::RejectedClass {
            index,
            field: error.path.clone(),
            problem: error.problem.clone(),
        };
        errors.iter().map(rejected).collect()
    })
}

fn parse(
    errors: &mut FieldErrors,
    sent: &pb::ProvincialClass,
    book: &Rulebook,
    today: NaiveDate,
) -> Option<ProvincialClass> {
    let uscc = errors.check("uscc", Uscc::parse(&sent.uscc));
    let scheme = rules::scheme(book, &sent.scheme);
    if scheme.is_none() {
        errors.push("scheme", format!("`{}` is no class scheme of the rulebook", sent.scheme));
    }
    let rank = scheme.as_ref().map(|scheme| scheme.rank(&sent.code));
    if let (Some(scheme), Some(None)) = (&scheme, rank) {
        let known: Vec<_> = scheme.codes().collect();
        errors.push(
            "code",
            format!("`{}` is no class of `{}`; expected one of {}", sent.code, scheme.id, known.join(", ")),
        );
    }
    let classified_on = errors.check("classified_on", parse_date(&sent.classified_on));
    if let Some(day) = classified_on.filter(|day| *day > today) {
        errors.push("classified_on", format!("{day} lies after today, {today}"));
    }
    if let (Some(scheme), Some(Some(_)), Some(day)) = (&scheme, rank, classified_on)
        && book.code(&format!("{SCHEME_SET}{}", scheme.id), &sent.code, day).is_none()
    {
        errors.push("classified_on", format!("{day} is no day on which `{}` is in use", scheme.id));
    }
    let source_document = stated(errors, "source_document", &sent.source_document, "must be given");
    if !errors.is_empty() {
        return None;
    }
    Some(ProvincialClass {
        uscc: uscc?,
        scheme: scheme?.id,
        code: sent.code.clone(),
        rank: i32::try_from(rank?? + 1).unwrap_or(i32::MAX),
        classified_on: classified_on?,
        source_document: source_document?,
    })
}

/// Reads `enterprises/{uscc}`.
pub(crate) fn parse_parent(errors: &mut FieldErrors, parent: &str) -> Option<Uscc> {
    service::dossier::enterprise(errors, "parent", parent)
}

/// Reads `enterprises/{uscc}/provincialClasses/{scheme}-{classified_on}`.
pub(crate) fn parse_provincial_name(errors: &mut FieldErrors, name: &str) -> Option<String> {
    let parts = name.strip_prefix("enterprises/").and_then(|parts| parts.split_once("/provincialClasses/"));
    let is_one = |(uscc, id): (&str, &str)| {
        let of_day = id.len().checked_sub(DAY.len()).and_then(|at| id.split_at_checked(at));
        let is_day = |day: &str| day.strip_prefix('-').is_some_and(|day| parse_date(day).is_ok());
        Uscc::parse(uscc).is_ok() && of_day.is_some_and(|(scheme, day)| !scheme.is_empty() && is_day(day))
    };
    if parts.is_some_and(is_one) {
        return Some(name.to_owned());
    }
    errors.push("name", "is not of the form `enterprises/{uscc}/provincialClasses/{scheme}-{classified_on}`");
    None
}

/// The class as it is told and kept.
pub(crate) fn provincial_to_pb(of: &ProvincialClass) -> pb::ProvincialClass {
    pb::ProvincialClass {
        name: of.name(),
        uscc: of.uscc.to_string(),
        scheme: of.scheme.clone(),
        code: of.code.clone(),
        classified_on: of.classified_on.to_string(),
        source_document: of.source_document.clone(),
        rank: of.rank,
    }
}

/// Payload of [`PROVINCIAL_CHANGED`] for a class that stands.
pub(crate) fn provincial_event(class: pb::ProvincialClass) -> Vec<u8> {
    provincial_withdrawn_event(class, "")
}

/// The same for one that was taken back, and why.
pub(crate) fn provincial_withdrawn_event(class: pb::ProvincialClass, reason: &str) -> Vec<u8> {
    pb::ProvincialClassEvent { provincial_class: Some(class), withdrawn_reason: reason.to_owned() }
        .encode_to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row() -> pb::ProvincialClass {
        pb::ProvincialClass {
            uscc: "91370102MA3C00011F".into(),
            scheme: "shandong2020".into(),
            code: "C".into(),
            classified_on: "2026-03-01".into(),
            source_document: "省局2026年3月分类结果".into(),
            ..Default::default()
        }
    }

    fn read(row: &pb::ProvincialClass) -> Result<ProvincialClass, Vec<(i32, String)>> {
        let today = "2026-03-31".parse().unwrap();
        let refused = |rejected: Vec<pb::RejectedClass>| {
            rejected.into_iter().map(|fault| (fault.index, fault.field)).collect()
        };
        provincial_row(7, row, &Rulebook::builtin(), today).map_err(refused)
    }

    #[test]
    fn a_row_is_read_with_the_place_of_its_class_in_its_scheme() {
        let read_back = read(&row()).unwrap();
        assert_eq!(read_back.rank, 3);
        assert_eq!(
            read_back.name(),
            "enterprises/91370102MA3C00011F/provincialClasses/shandong2020-2026-03-01"
        );
        let national = pb::ProvincialClass { scheme: "national2022".into(), code: "D".into(), ..row() };
        assert_eq!(read(&national).unwrap().rank, 4);
    }

    #[test]
    fn every_bad_field_is_named_at_once() {
        let empty = read(&pb::ProvincialClass::default()).unwrap_err();
        let fields: Vec<_> = empty.iter().map(|(_, field)| field.as_str()).collect();
        assert_eq!(fields, ["uscc", "scheme", "classified_on", "source_document"]);
        assert!(empty.iter().all(|(index, _)| *index == 7));
        for (bad, field) in [
            (pb::ProvincialClass { code: "E".into(), scheme: "national2022".into(), ..row() }, "code"),
            (pb::ProvincialClass { classified_on: "2026-04-01".into(), ..row() }, "classified_on"),
            (pb::ProvincialClass { uscc: "91370102MA3C00012F".into(), ..row() }, "uscc"),
        ] {
            assert_eq!(read(&bad).unwrap_err(), [(7, field.to_owned())]);
        }
    }

    #[test]
    fn nobody_was_classed_by_a_scheme_before_its_first_day() {
        for (scheme, last_before, first) in
            [("shandong2020", "2020-06-30", "2020-07-01"), ("national2022", "2022-01-12", "2022-01-13")]
        {
            let on = |day: &str| {
                let row = pb::ProvincialClass { scheme: scheme.into(), classified_on: day.into(), ..row() };
                read(&row).map(|row| row.code)
            };
            assert_eq!(on(last_before), Err(vec![(7, "classified_on".to_owned())]), "{scheme}");
            assert_eq!(on(first), Ok("C".to_owned()), "{scheme}");
        }
    }

    #[test]
    fn a_name_survives_and_a_broken_one_is_refused() {
        let mut errors = FieldErrors::default();
        let name = read(&row()).unwrap().name();
        assert_eq!(parse_provincial_name(&mut errors, &name), Some(name));
        for bad in [
            "",
            "enterprises/91370102MA3C00011F",
            "enterprises/91370102MA3C00011F/provincialClasses/2026-03-01",
            "enterprises/91370102MA3C00011F/provincialClasses/shandong2020-2026-02-30",
            "enterprises/91370102MA3C00012F/provincialClasses/shandong2020-2026-03-01",
            "enterprises/91370102MA3C00011F/provincialClasses/山东",
        ] {
            assert_eq!(parse_provincial_name(&mut errors, bad), None, "{bad}");
        }
        assert_eq!(errors.iter().count(), 6);
    }
}
