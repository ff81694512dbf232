//! Special-equipment licence numbers: `TS`.

use super::InvalidLicenceNumber;

const LENGTH: usize = 14;

/// A special-equipment licence number such as `TS2210890-2028`: kind of permit (1), equipment (1), authority (2: `10`
/// national, else the province), serial (3, may hold letters), `-`, last year of validity. It has no check digit.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EquipmentLicence(String);

impl EquipmentLicence {
    /// `number` is cleared and begins with `TS`.
    pub(super) fn parse(number: &str) -> Result<Self, InvalidLicenceNumber> {
        for (index, found) in number.chars().enumerate().skip(2).take(LENGTH - 2) {
            let position = index + 1;
            let (fits, expected) = match position {
                3 => (matches!(found, '1'..='9'), "the kind of permit is a digit from 1 to 9"),
                4..=6 => (found.is_ascii_digit(), "equipment and authority are digits"),
                7..=9 => {
                    let fits = found.is_ascii_digit() || found.is_ascii_uppercase();
                    (fits, "the serial is digits or capital letters")
                }
                10 => (found == '-', "a hyphen stands before the year"),
                11 => (found == '2', "the year is 2000 to 2099"),
                12 => (found == '0', "the year is 2000 to 2099"),
                _ => (found.is_ascii_digit(), "the year is 2000 to 2099"),
            };
            if !fits {
                return Err(InvalidLicenceNumber::Character { position, found, expected });
            }
        }
        let found = number.chars().count();
        if found == LENGTH {
            Ok(Self(number.to_owned()))
        } else {
            Err(InvalidLicenceNumber::Length { expected: LENGTH, found })
        }
    }

    pub(super) fn compose(
        kind: u8,
        equipment: u8,
        authority: u8,
        serial: u16,
        expiry_year: u16,
    ) -> Result<Self, InvalidLicenceNumber> {
        Self::parse(&format!("TS{kind}{equipment}{authority:02}{serial:03}-{expiry_year:04}"))
    }

    /// The number, 14 characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Kind of permit: 1 design, 2 manufacture, 3 install, alter or repair, 4 cylinder filling, 6 operators,
    /// 7 inspection and testing, 9 mobile vessel filling.
    pub fn kind(&self) -> u8 {
        self.0.as_bytes()[2] - b'0'
    }

    /// Last year of validity, 2000 to 2099.
    pub fn expiry_year(&self) -> i32 {
        self.0[10..].parse().expect("the year of a valid number is four digits")
    }

    pub(super) fn sub_kinds(&self) -> &'static [&'static str] {
        match self.kind() {
            1 => &["SeDesign"],
            2 => &["SeManufacture"],
            3 => &["SeInstall", "SeAlter", "SeRepair"],
            4 => &["SeCylinderFilling"],
            7 => &["SeInspectionBody", "SeTestingBody"],
            9 => &["SeMobileVesselFilling"],
            _ => &[],
        }
    }
}
