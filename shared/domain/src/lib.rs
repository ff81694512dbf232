//! The words every service shares: credit codes, divisions, licence numbers, money, dates and open codes.
//!
//! A value is parsed once, at the edge; from then on it is valid by type and nobody checks it again. Parsing
//! normalises what people type (full-width characters, lower case, blanks around) and refuses what it would have to
//! guess, saying where and why. The crate does no I/O, knows no transport and no database, and holds no number of the
//! law: lengths of periods, grounds and permissions are data of the `rulebook`.
//!
//! Start at [`Uscc`], the key under which everything about an enterprise is collected.

mod date;
mod division;
mod document_number;
mod instant;
mod legal_form;
mod legal_name;
mod licence;
mod money;
mod open_code;
mod province;
mod request_id;
mod simplified;
mod text;
mod uscc;

pub use date::{
    InvalidDate, LONG_TERM_END, add_months, add_years, date_text, parse_date, parse_date_lenient,
};
pub use division::{DivisionCode, DivisionKind, InvalidDivisionCode};
pub use document_number::{DocumentNumber, InvalidDocumentNumber, document_key};
pub use instant::{MicrosUtc, shanghai_date};
pub use legal_form::{LONGEST_LEGAL_FORM, without_company_form, without_legal_form};
pub use legal_name::{InvalidLegalName, LegalName, comparison_key};
pub use licence::{EquipmentLicence, FoodLicence, InvalidLicenceNumber, LicenceNumber, licence_key};
pub use money::{InvalidMoney, Money};
pub use open_code::{FieldCode, InvalidOpenCode, OfficeCode};
pub use request_id::{InvalidRequestId, RequestId};
pub use simplified::simplified;
pub use text::{is_invisible, is_plainly_visible};
pub use uscc::{InvalidUscc, Uscc};
