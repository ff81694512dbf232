//! The directory of inspectors.

use chrono::{Days, NaiveDate};
use contract::inspection::v1::Inspector;

/// Offices with enforcement certificates and the fields they cover.
const OFFICES: [(&str, &[&str]); 4] = [
    ("FOOD_PROD", &["FOOD"]),
    ("SE_SUPERV", &["SE"]),
    ("ENFORCEMENT", &["FOOD", "SE"]),
    ("DISTRICT", &["FOOD", "SE"]),
];

/// One inspector for each fifty enterprises, at least twelve, spread over the offices; all work in the whole city.
pub(super) fn directory(size: usize, today: NaiveDate) -> Vec<Inspector> {
    let valid_to = today + Days::new(500);
    (0..(size / 50).max(12)).map(|index| inspector(index, valid_to)).collect()
}

fn inspector(index: usize, valid_to: NaiveDate) -> Inspector {
    let (office, fields) = OFFICES[index % OFFICES.len()];
    Inspector {
        inspector_no: format!("JN{index:04}"),
        office: office.to_owned(),
        fields: fields.iter().map(|field| (*field).to_owned()).collect(),
        divisions: vec!["370100".to_owned()],
        cap: 20,
        certificate_valid_to: valid_to.to_string(),
        available: true,
        ..Inspector::default()
    }
}
