//! The key field and the number of a permit (concepts §5).

use domain::{FieldCode, InvalidLicenceNumber, LicenceNumber};

/// Certificates that have such a number, by what their names hold (concepts §5).
const CERTIFICATES: [&str; 2] = ["食品生产许可证", "特种设备生产许可证"];
/// Letters with which such numbers begin; a digit follows.
const LETTERS: [&str; 2] = ["SC", "TS"];
/// Key fields whose licences have numbers of a form of their own.
const FIELDS_WITH_A_FORM: [&str; 2] = ["FOOD", "SE"];

/// A permit's number in canonical form and the key field that follows from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identified {
    /// The number, cleared where it has a known form and as written otherwise.
    pub permit_no: String,
    /// The field that the number names; the given one where it names none.
    pub field: Option<FieldCode>,
}

/// What is wrong with the number or the field of a permit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The field has numbers of a form of their own, and this is none of them.
    #[error("{0}")]
    Number(#[from] InvalidLicenceNumber),
    /// The number is one of another field.
    #[error("is `{given}`, but the permit number is one of `{named}`")]
    Field {
        /// Field given with the record.
        given: FieldCode,
        /// Field that the number names.
        named: FieldCode,
    },
}

impl Fault {
    /// Path of the field of the record at fault.
    pub fn path(&self) -> &'static str {
        match self {
            Self::Number(_) => "permit.permit_no",
            Self::Field { .. } => "field",
        }
    }
}

/// Reads the number of a permit that was given with the field `given` and the name of its certificate. A number of a known form
/// decides the field; in a field that has such numbers, or on a certificate that has one, no other is taken, nor one that begins
/// like them; elsewhere a number is free.
pub fn identify(permit_no: &str, certificate: &str, given: Option<FieldCode>) -> Result<Identified, Fault> {
    match LicenceNumber::parse(permit_no) {
        Ok(number) => {
            let named =
                FieldCode::parse(number.field()).expect("a licence number names a field of the right form");
            match given {
                Some(given) if given != named => Err(Fault::Field { given, named }),
                _ => Ok(Identified { permit_no: number.as_str().to_owned(), field: Some(named) }),
            }
        }
        Err(problem) if has_a_form(permit_no, certificate, given.as_ref()) => Err(problem.into()),
        Err(_) => Ok(Identified { permit_no: permit_no.trim().to_owned(), field: given }),
    }
}

/// Whether the number must be of a known form.
fn has_a_form(permit_no: &str, certificate: &str, given: Option<&FieldCode>) -> bool {
    given.is_some_and(|field| FIELDS_WITH_A_FORM.contains(&field.as_str()))
        || CERTIFICATES.iter().any(|name| certificate.contains(name))
        || begins_like_one(permit_no)
}

/// Whether a number begins with the letters of a known form and a digit, however they are written.
fn begins_like_one(permit_no: &str) -> bool {
    let plain: String = domain::comparison_key(permit_no)
        .to_uppercase()
        .chars()
        .filter(|found| found.is_alphanumeric())
        .take(3)
        .collect();
    LETTERS.iter().any(|letters| {
        plain.strip_prefix(letters).is_some_and(|rest| rest.starts_with(|next: char| next.is_ascii_digit()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(code: &str) -> Option<FieldCode> {
        (!code.is_empty()).then(|| FieldCode::parse(code).unwrap())
    }

    #[test]
    fn the_number_names_the_field() {
        for (number, named) in [(" sc10137010200018", "FOOD"), ("TS2210890-2028", "SE")] {
            for given in ["", named] {
                assert_eq!(
                    identify(number, "", field(given)).unwrap().field,
                    field(named),
                    "{number} {given}"
                );
            }
        }
        assert_eq!(identify(" sc10137010200018", "", None).unwrap().permit_no, "SC10137010200018");
    }

    #[test]
    fn a_number_of_another_field_is_refused() {
        let refused = identify("SC10137010200018", "", field("SE")).unwrap_err();
        assert_eq!(refused.path(), "field");
        assert!(refused.to_string().contains("`SE`") && refused.to_string().contains("`FOOD`"), "{refused}");
    }

    #[test]
    fn key_fields_with_a_form_take_no_other_number() {
        for given in FIELDS_WITH_A_FORM {
            assert_eq!(
                identify("JY13701020001234", "", field(given)).unwrap_err().path(),
                "permit.permit_no"
            );
        }
        assert!(identify("SC10137010200019", "", field("FOOD")).is_err(), "the check digit is wrong");
    }

    #[test]
    fn a_number_that_begins_like_a_licence_or_stands_on_one_is_checked_without_a_field_too() {
        for (wrong, told) in [
            ("SC10137010200019", "position 16: the check digit is 9, the 13 before it need 8"),
            ("SC13237010200018", "positions 3 to 5: there is no food category `132`"),
            ("TS0210890-2028", "position 3: "),
            ("TS2210890-28", "position 12: "),
            ("sc 101 3701 0200 018", ""),
            ("ＳＣ10137010200019", "position 16: "),
        ] {
            let refused = identify(wrong, "", None).unwrap_err();
            assert_eq!(refused.path(), "permit.permit_no", "{wrong}");
            assert!(refused.to_string().starts_with(told), "{wrong}: {refused}");
        }
        for certificate in CERTIFICATES {
            assert!(identify("10137010200018", certificate, None).is_err(), "{certificate}");
            assert!(identify("SC10137010200018", certificate, None).is_ok());
        }
        for free in ["SCJDGL-1", "JY13701020001234", "TSG特设12", "济SC1"] {
            assert_eq!(identify(free, "食品经营许可证", None).unwrap().field, None, "{free}");
        }
    }

    #[test]
    fn elsewhere_a_number_is_free() {
        let free = identify(" 鲁药 123 ", "", field("DRUG")).unwrap();
        assert_eq!((free.permit_no.as_str(), free.field), ("鲁药 123", field("DRUG")));
        assert_eq!(identify("鲁药123", "", None).unwrap().field, None);
    }
}
