//! Keyset paging: opaque page tokens and page sizes (AIP-158).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// What identifies a list request besides page size and token: a 64-bit FNV-1a hash of its other fields.
///
/// It is the same in every replica and release, so a token may be answered by another process than gave it. It guards
/// against mistakes, not against forgers: a forged token reads another page of a list its reader may read anyway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fingerprint(u64);

impl Fingerprint {
    /// The fingerprint of the request's other fields, in a fixed order, an absent one as the empty text.
    pub fn of(fields: &[&str]) -> Self {
        let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
        for field in fields {
            // The length first, so that ("ab", "c") and ("a", "bc") differ.
            for byte in (field.len() as u64).to_be_bytes().iter().chain(field.as_bytes()) {
                hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
            }
        }
        Self(hash)
    }
}

/// The token is not one we gave, or the request's other fields have changed since. Whoever gets this begins the list anew: services say it
/// with the reason `PAGE_TOKEN_INVALID`, where nothing else is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the page token is not from an earlier answer to this request")]
pub struct InvalidPageToken;

/// A page size below zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the page size {0} is negative")]
pub struct InvalidPageSize(i32);

/// Makes and reads page tokens: base64 of the request's fingerprint and the key of the last row.
#[derive(Clone, Copy, Debug)]
pub struct PageToken;

impl PageToken {
    /// The token of the page after the row with `key`, in the list that `fingerprint` names.
    pub fn encode(fingerprint: Fingerprint, key: &str) -> String {
        let mut bytes = fingerprint.0.to_be_bytes().to_vec();
        bytes.extend_from_slice(key.as_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The key to go on after, or `None` for the empty token of a first page.
    pub fn decode(token: &str, fingerprint: Fingerprint) -> Result<Option<String>, InvalidPageToken> {
        if token.is_empty() {
            return Ok(None);
        }
        let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| InvalidPageToken)?;
        let (sent, key) = bytes.split_first_chunk().ok_or(InvalidPageToken)?;
        // No row has an empty key: what looked like the first page would begin the list anew.
        if *sent != fingerprint.0.to_be_bytes() || key.is_empty() {
            return Err(InvalidPageToken);
        }
        String::from_utf8(key.to_vec()).map(Some).map_err(|_| InvalidPageToken)
    }

    /// Cuts rows that were read with `LIMIT size + 1` to the page, and gives the token of the next one: empty on the
    /// last page, so that no client asks for a page that holds nothing.
    pub fn next<T>(
        rows: &mut Vec<T>,
        size: i64,
        fingerprint: Fingerprint,
        key: impl FnOnce(&T) -> String,
    ) -> String {
        let size = usize::try_from(size).unwrap_or(0);
        if rows.len() <= size {
            return String::new();
        }
        rows.truncate(size);
        rows.last().map(|last| Self::encode(fingerprint, &key(last))).unwrap_or_default()
    }
}

/// The row that a page begins after, as `read` takes it out of the `key` of a token; `None` for the empty key, that of a first page.
///
/// # Errors
/// A key that `read` cannot take apart: it was none of ours. Whoever began the list anew for it would give its reader rows twice.
pub fn place_of<'k, K>(
    key: &'k str,
    read: impl FnOnce(&'k str) -> Option<K>,
) -> Result<Option<K>, InvalidPageToken> {
    if key.is_empty() {
        return Ok(None);
    }
    read(key).map(Some).ok_or(InvalidPageToken)
}

/// Both parts of a key such as `uscc/field`, cut at the first `/`, for [`place_of`]; `None` where one of them is missing.
pub fn pair(key: &str) -> Option<(&str, &str)> {
    key.split_once('/').filter(|(first, second)| !first.is_empty() && !second.is_empty())
}

/// The size of a page, ready for `LIMIT`: `default` for 0, `max` for anything above it; a negative size is refused.
pub fn page_size(requested: i32, default: u32, max: u32) -> Result<i64, InvalidPageSize> {
    match u32::try_from(requested) {
        Err(_) => Err(InvalidPageSize(requested)),
        Ok(0) => Ok(default.into()),
        Ok(size) => Ok(size.min(max).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_gives_back_its_key() {
        let list = Fingerprint::of(&["enterprises", "370102"]);
        for key in ["0", "91370100M000100Y43", "2026-04-01\u{0}济南"] {
            assert_eq!(PageToken::decode(&PageToken::encode(list, key), list).unwrap().as_deref(), Some(key));
        }
        assert_eq!(PageToken::decode("", list), Ok(None));
    }

    #[test]
    fn a_token_of_another_request_is_refused() {
        let token = PageToken::encode(Fingerprint::of(&["ab", "c"]), "key");
        assert_eq!(PageToken::decode(&token, Fingerprint::of(&["a", "bc"])), Err(InvalidPageToken));
    }

    #[test]
    fn a_broken_token_is_refused() {
        let list = Fingerprint::of(&[]);
        let not_utf8 = URL_SAFE_NO_PAD.encode([list.0.to_be_bytes().as_slice(), &[0xff]].concat());
        let of_no_row = PageToken::encode(list, "");
        for token in ["AAAA", "not base64!", &not_utf8, &of_no_row] {
            assert_eq!(PageToken::decode(token, list), Err(InvalidPageToken), "{token}");
        }
    }

    #[test]
    fn fingerprints_never_change_between_releases() {
        assert_eq!(Fingerprint::of(&["enterprises", "370102"]), Fingerprint(0x6e95_bf84_84a8_059d));
    }

    #[test]
    fn only_a_full_page_with_a_row_behind_it_has_a_next_one() {
        let list = Fingerprint::of(&["x"]);
        let mut exact = vec![1, 2];
        assert_eq!(PageToken::next(&mut exact, 2, list, i32::to_string), "");
        let mut more = vec![1, 2, 3];
        let token = PageToken::next(&mut more, 2, list, i32::to_string);
        assert_eq!(more, [1, 2]);
        assert_eq!(PageToken::decode(&token, list).unwrap().as_deref(), Some("2"));
    }

    #[test]
    fn a_key_that_cannot_be_read_is_no_place_and_an_empty_one_is_the_beginning() {
        let number = |key: &str| key.parse::<i64>().ok();
        assert_eq!(place_of("", number), Ok(None));
        assert_eq!(place_of("17", number), Ok(Some(17)));
        assert_eq!(place_of("seventeen", number), Err(InvalidPageToken));
        assert_eq!(place_of("91370100M000100Y43/FOOD", pair), Ok(Some(("91370100M000100Y43", "FOOD"))));
        for key in ["91370100M000100Y43", "/", "/FOOD", "91370100M000100Y43/"] {
            assert_eq!(place_of(key, pair), Err(InvalidPageToken), "{key}");
        }
    }

    #[test]
    fn page_sizes_have_a_default_and_a_ceiling() {
        assert_eq!(page_size(0, 50, 500), Ok(50));
        assert_eq!(page_size(7, 50, 500), Ok(7));
        assert_eq!(page_size(501, 50, 500), Ok(500));
        assert_eq!(page_size(-1, 50, 500), Err(InvalidPageSize(-1)));
    }

    proptest::proptest! {
        #[test]
        fn any_key_comes_back_from_its_token_and_from_no_other_request(key in ".{1,40}", other in ".{1,10}") {
            let list = Fingerprint::of(&["list"]);
            let token = PageToken::encode(list, &key);
            proptest::prop_assert_eq!(PageToken::decode(&token, list), Ok(Some(key)));
            proptest::prop_assert_eq!(PageToken::decode(&token, Fingerprint::of(&["list", &other])), Err(InvalidPageToken));
        }

        #[test]
        fn any_text_is_a_token_of_the_request_or_refused(token in "[-A-Za-z0-9_=]{0,40}|.{0,40}") {
            let list = Fingerprint::of(&["list"]);
            if let Ok(Some(key)) = PageToken::decode(&token, list) {
                proptest::prop_assert_eq!(PageToken::encode(list, &key), token);
            }
        }
    }
}
