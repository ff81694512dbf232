//! A page token is one that was given for the request, or is refused.
#![no_main]

#[path = "../../shared/db/src/page.rs"]
#[allow(dead_code)]
mod page;

use libfuzzer_sys::fuzz_target;
use page::{Fingerprint, PageToken};

fuzz_target!(|parts: (&str, &str)| {
    let (sent, key) = parts;
    let list = Fingerprint::of(&["list"]);
    let given = PageToken::encode(list, key);
    // No row has an empty key.
    assert_eq!(
        PageToken::decode(&given, list).ok().flatten().as_deref(),
        Some(key).filter(|key| !key.is_empty())
    );
    assert!(PageToken::decode(&given, Fingerprint::of(&["another"])).is_err());
    if let Ok(Some(key)) = PageToken::decode(sent, list) {
        assert_eq!(PageToken::decode(&PageToken::encode(list, &key), list).unwrap(), Some(key));
    }
});
