//! Food producers of one division with their permits, for tests that need a few of them and no generated city.

use contract::collection::v1::record::Content;
use contract::collection::v1::{Permit, Provenance, Record};
use contract::registry::v1::Enterprise;
use domain::{LicenceNumber, Uscc};

/// Their division.
pub const DIVISION: &str = "370102";

/// Credit code of a producer.
pub fn uscc(number: u16) -> String {
    Uscc::compose("91370102", &format!("MA{number:06}")).expect("the parts are of the alphabet").to_string()
}

/// The producer as the register takes it.
pub fn enterprise(number: u16) -> Enterprise {
    Enterprise {
        uscc: uscc(number),
        legal_name: name(number),
        party_kind: "legal_or_unincorporated".to_owned(),
        division: DIVISION.to_owned(),
        ..Enterprise::default()
    }
}

/// Its permit as collection takes it: an ordinary food licence in force, which brings a mark.
pub fn permit(number: u16) -> Record {
    let licence = LicenceNumber::compose_food(false, 1, DIVISION, number).expect("the parts are in bounds");
    let content = Permit {
        permit_class: "普通".to_owned(),
        permit_no: licence.as_str().to_owned(),
        valid_from: "2025-01-01".to_owned(),
        valid_to: "2029-12-31".to_owned(),
        state: "Valid".to_owned(),
        ..Permit::default()
    };
    let unit = "济南市市场监督管理局".to_owned();
    Record {
        uscc: uscc(number),
        party_name: name(number),
        field: "FOOD".to_owned(),
        provenance: Some(Provenance { producer: unit.clone(), provider: unit.clone(), responsible: unit }),
        document_no: licence.as_str().to_owned(),
        decided_on: "2025-01-01".to_owned(),
        division: DIVISION.to_owned(),
        content: Some(Content::Permit(content)),
        ..Record::default()
    }
}

fn name(number: u16) -> String {
    format!("济南第{number}食品有限公司")
}
