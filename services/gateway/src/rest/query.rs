//! What stands behind the question mark.

use percent_encoding::percent_decode_str;
use service::FieldErrors;

/// Name and value pairs, in the order sent.
///
/// # Errors
/// Names every one that is not UTF-8.
pub(super) fn pairs(query: &str) -> Result<Vec<(String, String)>, FieldErrors> {
    let mut errors = FieldErrors::default();
    let mut pairs = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let Ok(name) = decoded(name) else {
            errors.push("query", "holds a name that is not UTF-8");
            continue;
        };
        match decoded(value) {
            Ok(value) => pairs.push((name, value)),
            Err(()) => errors.push(name, "is not UTF-8"),
        }
    }
    errors.into_result().map(|()| pairs)
}

fn decoded(text: &str) -> Result<String, ()> {
    let spaced = text.replace('+', " ");
    percent_decode_str(&spaced).decode_utf8().map(|text| text.into_owned()).map_err(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_decoded_in_order() {
        let pairs = pairs("a=%E9%A3%9F+x&b&a=1%2B1&&c==").unwrap();
        let pairs: Vec<_> = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(pairs, [("a", "食 x"), ("b", ""), ("a", "1+1"), ("c", "=")]);
    }

    #[test]
    fn what_is_not_utf_8_is_named() {
        let errors = pairs("query=%ff&%fe=1&uscc=%c3%28").unwrap_err();
        let named: Vec<_> = errors.iter().map(|error| error.path.as_str()).collect();
        assert_eq!(named, ["query", "query", "uscc"]);
    }
}
