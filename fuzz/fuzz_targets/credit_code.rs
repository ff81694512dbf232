//! A text is a credit code that prints as it is read, or is refused with a place within it.
#![no_main]

use domain::{InvalidUscc, Uscc};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    match Uscc::parse(text) {
        Ok(code) => assert_eq!(Uscc::parse(code.as_str()), Ok(code)),
        Err(InvalidUscc::UnusedLetter { position, .. } | InvalidUscc::Character { position, .. }) => {
            assert!((1..=text.chars().count()).contains(&position));
        }
        Err(_) => {}
    }
});
