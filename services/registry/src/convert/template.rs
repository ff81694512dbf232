//! Versions of the texts of letters.

use chrono::NaiveDate;
use contract::registry::v1 as pb;
use domain::parse_date;
use rulebook::Rulebook;
use service::FieldErrors;

use super::commitment::parse_key_field;
use super::{free_text, letter_text};
use crate::domain::{Template, TemplateContent, TemplateKey};

/// Shortest and longest name of a template.
const TEMPLATE_LENGTH: std::ops::RangeInclusive<usize> = 2..=40;
/// Longest title, in characters.
const LONGEST_TITLE: usize = 100;
/// Longest letter, in characters.
const LONGEST_TEXT: usize = 20_000;

/// Reads the name of a template.
pub(crate) fn parse_template(errors: &mut FieldErrors, path: &str, text: &str) -> Option<String> {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if TEMPLATE_LENGTH.contains(&text.len()) && text.bytes().all(allowed) {
        return Some(text.to_owned());
    }
    errors.push(path, "is not 2 to 40 lower-case letters, digits and hyphens");
    None
}

/// Reads `commitmentTemplates/{template}/versions/{number}`.
pub(crate) fn parse_template_name(errors: &mut FieldErrors, path: &str, name: &str) -> Option<TemplateKey> {
    let parts = name.strip_prefix("commitmentTemplates/").and_then(|rest| rest.split_once("/versions/"));
    let key = parts.and_then(|(template, number)| {
        let template = parse_template(&mut FieldErrors::default(), path, template)?;
        Some(TemplateKey { template, number: number.parse().ok()? })
    });
    // One spelling only: the name is a key.
    let key = key.filter(|key| key.number >= 1 && key.name() == name);
    if key.is_none() {
        errors.push(path, "is not of the form `commitmentTemplates/{template}/versions/{number}`");
    }
    key
}

/// Reads what a version says; `None` when `errors` has got something.
pub(crate) fn parse_template_content(
    errors: &mut FieldErrors,
    sent: &pb::TemplateVersion,
    book: &Rulebook,
    today: NaiveDate,
) -> Option<TemplateContent> {
    let field = parse_key_field(errors, "field", &sent.field, book, today);
    let kind = book.code("commitment_kind", &sent.commitment_kind, today).map(|code| code.code.clone());
    if kind.is_none() {
        errors.push("commitment_kind", "is no code of the set `commitment_kind`");
    }
    let title = free_text(errors, "title", &sent.title, LONGEST_TITLE).filter(|title| !title.is_empty());
    if title.is_none() && sent.title.trim().is_empty() {
        errors.push("title", "must be given");
    }
    let text = letter_text(errors, "text", &sent.text, LONGEST_TEXT);
    let effective_from = errors.check("effective_from", parse_date(&sent.effective_from));
    let effective_to = match sent.effective_to.as_str() {
        "" => Some(None),
        text => errors.check("effective_to", parse_date(text)).map(Some),
    };
    if let (Some(first), Some(Some(last))) = (effective_from, effective_to)
        && last < first
    {
        errors.push("effective_to", "is before the first day");
        return None;
    }
    Some(TemplateContent {
        field: field?,
        kind: kind?,
        title: title?,
        text: text?,
        effective_from: effective_from?,
        effective_to: effective_to?,
    })
}

/// The version as the API shows it.
pub(crate) fn template_to_pb(version: &Template) -> pb::TemplateVersion {
    let content = &version.content;
    pb::TemplateVersion {
        name: version.key.name(),
        field: content.field.to_string(),
        commitment_kind: content.kind.clone(),
        title: content.title.clone(),
        text: content.text.clone(),
        effective_from: content.effective_from.to_string(),
        effective_to: content.effective_to.map(|day| day.to_string()).unwrap_or_default(),
        text_digest: version.text_digest().to_string(),
        used: version.used,
        revision: version.revision,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_one_spelling() {
        let mut errors = FieldErrors::default();
        let name = "commitmentTemplates/food-2025/versions/3";
        assert_eq!(parse_template_name(&mut errors, "name", name).unwrap().name(), name);
        for broken in
            ["food/1", "commitmentTemplates/food/versions/0", "commitmentTemplates/food/versions/01"]
        {
            assert_eq!(parse_template_name(&mut errors, "name", broken), None, "{broken}");
        }
    }

    #[test]
    fn every_bad_field_of_a_version_is_named_at_once() {
        let sent = pb::TemplateVersion {
            field: "NONE".into(),
            commitment_kind: "Sworn".into(),
            effective_to: "x".into(),
            ..pb::TemplateVersion::default()
        };
        let mut errors = FieldErrors::default();
        let today = parse_date("2025-06-02").unwrap();
        assert_eq!(parse_template_content(&mut errors, &sent, &Rulebook::builtin(), today), None);
        let paths: Vec<_> = errors.iter().map(|error| error.path.as_str()).collect();
        assert_eq!(paths, ["field", "commitment_kind", "title", "text", "effective_from", "effective_to"]);
    }

    #[test]
    fn a_version_does_not_end_before_it_begins() {
        let sent = pb::TemplateVersion {
            field: "FOOD".into(),
            commitment_kind: "Voluntary".into(),
            title: "承诺书".into(),
            text: "一、依法生产。\n二、如实报告。".into(),
            effective_from: "2025-02-01".into(),
            effective_to: "2025-01-31".into(),
            ..pb::TemplateVersion::default()
        };
        let mut errors = FieldErrors::default();
        let today = parse_date("2025-06-02").unwrap();
        assert_eq!(parse_template_content(&mut errors, &sent, &Rulebook::builtin(), today), None);
        assert_eq!(errors.iter().next().unwrap().path, "effective_to");
        let right = pb::TemplateVersion { effective_to: "2025-02-01".into(), ..sent };
        assert!(
            parse_template_content(&mut FieldErrors::default(), &right, &Rulebook::builtin(), today)
                .is_some()
        );
    }
}
