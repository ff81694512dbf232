//! A text is a division that prints as it is read and covers itself, or none.
#![no_main]

use domain::DivisionCode;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(code) = DivisionCode::parse(text) {
        assert!(code.covers(&code));
        let _ = (code.kind(), code.name_zh(), code.successor(), code.last_year());
        if let Some(parent) = code.parent() {
            assert!(parent.covers(&code));
        }
        assert_eq!(DivisionCode::parse(code.as_str()), Ok(code));
    }
});
