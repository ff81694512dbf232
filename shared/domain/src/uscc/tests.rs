use super::*;
use proptest::prelude::*;

/// Public codes and edge cases with the weighted sums worked by hand: (code, sum).
const WORKED: [(&str, u32); 7] = [
    ("91370000706266601D", 824),
    ("9144030071526726XG", 1782),
    ("91110000802100433B", 485),
    ("11320000MB151840XJ", 1966),
    ("91350100M000100Y43", 1640),
    ("91370102MAC0000090", 1550),
    ("91370102MAC000121Y", 1396),
];

#[test]
fn the_worked_examples_hold_with_their_weighted_sums() {
    for (text, sum) in WORKED {
        let code = Uscc::parse(text).unwrap();
        let found: u32 = code.0.iter().zip(WEIGHTS).map(|(byte, weight)| value_of(*byte) * weight).sum();
        assert_eq!((code.as_str(), found), (text, sum));
    }
}

#[test]
fn the_products_of_the_first_example_are_as_worked_by_hand() {
    let products: Vec<u32> =
        b"91370000706266601".iter().zip(WEIGHTS).map(|(byte, weight)| value_of(*byte) * weight).collect();
    assert_eq!(products, [9, 3, 27, 189, 0, 0, 0, 0, 140, 0, 150, 26, 48, 144, 60, 0, 28]);
}

#[test]
fn the_synthetic_codes_of_jinan_are_valid() {
    for text in ["91370102MA3C00011F", "91370114MA3T7K2P9A", "91370116MAC4R9X126"] {
        assert_eq!(Uscc::parse(text).unwrap().as_str(), text);
    }
}

#[test]
fn full_width_lower_case_and_blanks_around_are_cleared() {
    let typed = "　９１３５０１００m000100ｙ43\t";
    assert_eq!(Uscc::parse(typed).unwrap().as_str(), "91350100M000100Y43");
}

#[test]
fn the_misprint_of_the_standards_own_example_is_refused_as_an_unused_letter() {
    let refused = Uscc::parse("91350100M000100Y4Z").unwrap_err();
    assert_eq!(refused, InvalidUscc::UnusedLetter { position: 18, found: 'Z' });
}

#[test]
fn each_unused_letter_is_refused_with_its_position_and_never_mapped() {
    for letter in ['I', 'O', 'S', 'V', 'Z', 'i', 'o', 'ｚ'] {
        let refused = Uscc::parse(&format!("913701{letter}2MAC0000090")).unwrap_err();
        assert!(matches!(refused, InvalidUscc::UnusedLetter { position: 7, .. }), "{letter}: {refused}");
        assert!(refused.to_string().starts_with("position 7: the letter "), "{refused}");
    }
}

#[test]
fn a_blank_or_a_foreign_character_inside_is_refused_with_its_position() {
    for (text, position) in [("9137 102MAC0000090", 5), ("91370102MAC-000090", 12), ("企业370102MAC00090", 1)]
    {
        let refused = Uscc::parse(text).unwrap_err();
        assert!(matches!(refused, InvalidUscc::Character { position: p, .. } if p == position), "{refused}");
    }
}

#[test]
fn a_fifteen_digit_registration_number_and_an_empty_text_are_a_wrong_length() {
    assert_eq!(Uscc::parse("370102200012345"), Err(InvalidUscc::Length { found: 15 }));
    assert_eq!(Uscc::parse("91370102MAC00000900"), Err(InvalidUscc::Length { found: 19 }));
    assert_eq!(Uscc::parse("  "), Err(InvalidUscc::Length { found: 0 }));
}

#[test]
fn letters_in_the_division_and_unknown_provinces_are_refused() {
    let letter = Uscc::compose("9137A102", "MAC00000").unwrap_err();
    assert_eq!(letter, InvalidUscc::DivisionDigit { position: 5, found: 'A' });
    let province = Uscc::compose("91990102", "MAC00000").unwrap_err();
    assert_eq!(province, InvalidUscc::Province { found: "99".into() });
}

#[test]
fn a_wrong_check_character_is_named_with_the_one_needed() {
    let refused = Uscc::parse("91370000706266601C").unwrap_err();
    assert_eq!(refused.to_string(), "position 18: the check character is `C`, the 17 before it need `D`");
}

#[test]
fn a_wrong_organisation_check_is_found_when_the_last_check_agrees() {
    let mut code = Uscc::parse("91370000706266601D").unwrap().0;
    code[16] = b'2';
    code[17] = check_character(&code);
    let text = std::str::from_utf8(&code).unwrap();
    assert_eq!(Uscc::parse(text), Err(InvalidUscc::EntityCheck { expected: '1', found: '2' }));
}

#[test]
fn codes_of_the_national_authority_and_of_abolished_divisions_are_valid() {
    for prefix in ["91100000", "91370181", "91371202"] {
        let code = Uscc::compose(prefix, "70626660").unwrap();
        assert_eq!(code.registering_division(), &prefix[2..]);
    }
}

#[test]
fn a_part_of_wrong_length_is_refused_by_compose() {
    assert_eq!(Uscc::compose("9137010", "MAC00000"), Err(InvalidUscc::Length { found: 17 }));
    assert_eq!(Uscc::compose("91370102", "MAC000001"), Err(InvalidUscc::Length { found: 19 }));
}

#[test]
fn serde_writes_the_text_and_refuses_an_invalid_one() {
    let code = Uscc::parse("91370102MAC0000090").unwrap();
    assert_eq!(serde_json::to_string(&code).unwrap(), "\"91370102MAC0000090\"");
    assert_eq!(serde_json::from_str::<Uscc>("\"91370102MAC0000090\"").unwrap(), code);
    assert!(serde_json::from_str::<Uscc>("\"91370102MAC0000091\"").is_err());
}

fn any_code() -> impl Strategy<Value = Uscc> {
    ("[1-9AN][1239]37[0-9]{4}", "[0-9A-HJ-NPQRTUWXY]{8}")
        .prop_map(|(prefix, body)| Uscc::compose(&prefix, &body).unwrap())
}

proptest! {
    #[test]
    fn a_composed_code_always_parses_to_itself(code in any_code()) {
        prop_assert_eq!(Uscc::parse(code.as_str()).unwrap(), code);
    }

    #[test]
    fn any_change_of_one_character_is_refused(code in any_code(), at in 0..LENGTH, to in 0..ALPHABET.len()) {
        let mut changed = code.0;
        prop_assume!(changed[at] != ALPHABET[to]);
        changed[at] = ALPHABET[to];
        prop_assert!(Uscc::parse(std::str::from_utf8(&changed).unwrap()).is_err());
    }

    #[test]
    fn any_text_is_a_code_or_refused_with_a_place_within_it(text in "([ 　]{0,2}9137[0-9A-Zａ-ｚ济]{0,16}|.{0,40})") {
        match Uscc::parse(&text) {
            Ok(code) => prop_assert_eq!(Uscc::parse(code.as_str()), Ok(code)),
            Err(
                InvalidUscc::UnusedLetter { position, .. }
                | InvalidUscc::Character { position, .. }
                | InvalidUscc::DivisionDigit { position, .. },
            ) => prop_assert!((1..=text.chars().count()).contains(&position)),
            Err(_) => {}
        }
    }
}
