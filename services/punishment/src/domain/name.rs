//! What the names of all resources have in common: `{collection}/{id}`.

/// Most letters, digits and `-` of an id.
const LONGEST_ID: usize = 64;

/// Whether a text can be an id: 1 to 64 letters, digits or `-`.
pub(super) fn is_id(text: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    (1..=LONGEST_ID).contains(&text.len()) && text.bytes().all(known)
}

/// The id of the resource of this collection that a text names; `None` when it names none.
pub(super) fn id_in<'t>(text: &'t str, collection: &str) -> Option<&'t str> {
    text.strip_prefix(collection)?.strip_prefix('/').filter(|id| is_id(id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_an_id_of_1_to_64_letters_digits_or_dashes_below_its_collection() {
        let longest = "a".repeat(LONGEST_ID);
        for id in ["a", "0-Z", &longest] {
            assert_eq!(id_in(&format!("repairs/{id}"), "repairs"), Some(id));
        }
        let too_long = format!("repairs/{longest}a");
        for text in
            ["", "repairs", "repairs/", "repairs/a/b", "repairs/中", "repairsa", "measures/a", &too_long]
        {
            assert_eq!(id_in(text, "repairs"), None, "{text}");
        }
    }
}
