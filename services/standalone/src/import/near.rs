//! What somebody may have meant by a name that is not known.

/// How like a known name must be, from 0 to 1, to be named.
const LIKE: f64 = 0.7;

/// ` (did you mean `License`?)`, or nothing when no known name is like `name`.
pub(super) fn hint<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> String {
    let likeness =
        |known: &str| strsim::normalized_damerau_levenshtein(&name.to_lowercase(), &known.to_lowercase());
    known
        .map(|known| (likeness(known), known))
        .filter(|(likeness, _)| *likeness >= LIKE)
        .max_by(|one, other| one.0.total_cmp(&other.0))
        .map(|(_, known)| format!(" (did you mean `{known}`?)"))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_most_like_it_is_offered_and_none_that_is_not_like_it() {
        let known = || ["document_no", "decided_on", "检查结果"].into_iter();
        assert_eq!(hint("documnet_no", known()), " (did you mean `document_no`?)");
        assert_eq!(hint("检察结果", known()), " (did you mean `检查结果`?)");
        assert_eq!(hint("Decided_On", known()), " (did you mean `decided_on`?)");
        assert_eq!(hint("colour", known()), "");
    }
}
