//! A text is a day that prints as a day, or none.
#![no_main]

use domain::{parse_date, parse_date_lenient};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let strict = parse_date(text);
    if let Ok(day) = &strict {
        assert_eq!(day.to_string(), text);
        assert_eq!(parse_date_lenient(text).as_ref(), Ok(day));
    }
    if let Ok(day) = parse_date_lenient(text) {
        assert_eq!(parse_date(&day.to_string()), Ok(day));
    }
});
