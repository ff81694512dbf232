//! Marks.

use std::collections::BTreeSet;

use contract::registry::v1 as pb;
use domain::{FieldCode, Uscc};
use rulebook::Rulebook;
use service::FieldErrors;

use super::timestamp;
use crate::domain::{Mark, MarkKey, MarkView};

/// Most marks that one request decides about.
const MOST_MARKS: usize = 1_000;

/// Reads `enterprises/{uscc}/marks/{field}`.
pub(crate) fn parse_mark_name(errors: &mut FieldErrors, path: &str, name: &str) -> Option<MarkKey> {
    let parts = name.strip_prefix("enterprises/").and_then(|rest| rest.split_once("/marks/"));
    let Some((uscc, field)) = parts else {
        errors.push(path, "is not of the form `enterprises/{uscc}/marks/{field}`");
        return None;
    };
    let uscc = errors.check(path, Uscc::parse(uscc));
    let field = errors.check(path, FieldCode::parse(field));
    Some(MarkKey { uscc: uscc?, field: field? })
}

/// Reads the names of 1 to 1,000 marks, none twice.
pub(crate) fn parse_mark_names(
    errors: &mut FieldErrors,
    path: &str,
    names: &[String],
) -> Option<Vec<MarkKey>> {
    if names.is_empty() || names.len() > MOST_MARKS {
        errors.push(path, format!("holds {} names, not 1 to {MOST_MARKS}", names.len()));
        return None;
    }
    let (mut keys, mut seen) = (Vec::with_capacity(names.len()), BTreeSet::new());
    for (index, name) in names.iter().enumerate() {
        let path = format!("{path}[{index}]");
        let Some(key) = parse_mark_name(errors, &path, name) else { continue };
        if seen.insert(key.clone()) {
            keys.push(key);
        } else {
            errors.push(path, "stands twice");
        }
    }
    (keys.len() == names.len()).then_some(keys)
}

/// The mark as the API shows it, with the label that the rulebook gives its field.
pub(crate) fn mark_to_pb(view: &MarkView, book: &Rulebook) -> pb::Mark {
    let Mark { key, state, content, shown, confirmed_by, revision, published_at, .. } = &view.mark;
    pb::Mark {
        confirmed_by: confirmed_by.to_vec(),
        name: key.name(),
        uscc: key.uscc.to_string(),
        field: key.field.to_string(),
        label: book.field(&key.field).map(|field| field.mark_zh.clone()).unwrap_or_default(),
        sub_kinds: content.sub_kinds.to_vec(),
        licence_nos: content.licence_nos.to_vec(),
        state: state.as_str().to_owned(),
        division: view.division.to_string(),
        revision: *revision,
        publish_time: published_at.map(timestamp),
        legal_name: view.legal_name.to_string(),
        shown_sub_kinds: shown.sub_kinds.to_vec(),
        shown_licence_nos: shown.licence_nos.to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_survives_and_a_broken_one_is_refused() {
        let name = "enterprises/91370102MA3C00011F/marks/FOOD";
        let mut errors = FieldErrors::default();
        assert_eq!(parse_mark_name(&mut errors, "name", name).unwrap().name(), name);
        for broken in ["enterprises/91370102MA3C00011F", "enterprises/x/marks/FOOD", "marks/FOOD", ""] {
            assert_eq!(parse_mark_name(&mut errors, broken, broken), None);
        }
        assert_eq!(errors.iter().count(), 4);
    }

    #[test]
    fn every_bad_name_of_a_list_is_named_by_its_place() {
        let good = "enterprises/91370102MA3C00011F/marks/FOOD".to_owned();
        let mut errors = FieldErrors::default();
        assert_eq!(parse_mark_names(&mut errors, "names", &[good.clone(), "x".into(), good]), None);
        let paths: Vec<_> = errors.iter().map(|error| error.path.as_str()).collect();
        assert_eq!(paths, ["names[1]", "names[2]"]);
        assert_eq!(parse_mark_names(&mut FieldErrors::default(), "names", &[]), None);
    }
}
