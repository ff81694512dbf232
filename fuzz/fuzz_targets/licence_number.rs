//! A text is a licence number that prints as it is read, or is refused with a place within it.
#![no_main]

use domain::{InvalidLicenceNumber, LicenceNumber};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    match LicenceNumber::parse(text) {
        Ok(number) => {
            let _ = (number.sub_kind(), number.field());
            if let LicenceNumber::Food(food) = &number {
                let _ = (food.category(), food.site_division());
            }
            if let LicenceNumber::Equipment(equipment) = &number {
                let _ = (equipment.kind(), equipment.expiry_year());
            }
            assert_eq!(LicenceNumber::parse(number.as_str()), Ok(number));
        }
        Err(InvalidLicenceNumber::Character { position, .. }) => {
            assert!((1..=text.chars().count()).contains(&position));
        }
        Err(_) => {}
    }
});
