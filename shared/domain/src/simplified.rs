//! Chinese characters in their simplified form, by `data/simplified.txt`.

use std::sync::LazyLock;

const FILE: &str = include_str!("../data/simplified.txt");
/// The characters of the table lie from here …
const FIRST: char = '\u{3400}';
/// … to here; all between them are characters.
const LAST: char = '\u{9FFF}';

/// The simplified form of each character from [`FIRST`] to [`LAST`].
static FORMS: LazyLock<Vec<char>> = LazyLock::new(|| {
    let mut forms: Vec<char> = (FIRST..=LAST).collect();
    for group in groups() {
        let mut characters = group.chars();
        let Some(simplified) = characters.next() else { continue };
        for traditional in characters {
            if let Some(form) = forms.get_mut(place(traditional)) {
                *form = simplified;
            }
        }
    }
    forms
});

/// The simplified form of a traditional character or of a variant, such as 济 of 濟 and 台 of 檯, 臺 and 颱; any other character is its own.
///
/// For looking a name up that may be written in either form, and for nothing that counts as the name: which simplified character stands for
/// one that has several, the sense decides, and here it is the usual one (干 for 乾).
pub fn simplified(character: char) -> char {
    FORMS.get(place(character)).copied().unwrap_or(character)
}

/// Where a character stands in [`FORMS`]; behind its end when it comes before [`FIRST`].
fn place(character: char) -> usize {
    (character as usize).wrapping_sub(FIRST as usize)
}

/// The groups of the table: a simplified character, and behind it those that stand for it.
fn groups() -> impl Iterator<Item = &'static str> {
    FILE.lines().filter(|line| !line.starts_with('#')).flat_map(str::split_whitespace)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn text(traditional: &str) -> String {
        traditional.chars().map(simplified).collect()
    }

    #[test]
    fn a_name_in_traditional_characters_is_that_in_simplified_ones() {
        for (traditional, simplified) in [
            ("濟南食品", "济南食品"),
            ("臺灣麵業（濟南）有限責任公司", "台湾面业（济南）有限责任公司"),
            ("裏海鷄蛋廠", "里海鸡蛋厂"),
            ("滙豐銀行", "汇丰银行"),
        ] {
            assert_eq!(text(traditional), simplified);
        }
    }

    #[test]
    fn what_has_no_simplified_form_is_its_own() {
        let plain = "济南 Café 24號·\u{10FFFF}\u{0}";
        assert_eq!(text(plain), plain.replace('號', "号"));
    }

    #[test]
    fn every_character_of_the_table_stands_there_once_and_within_its_bounds() {
        let mut seen = HashSet::new();
        for character in groups().flat_map(str::chars) {
            assert!((FIRST..=LAST).contains(&character), "{character}");
            assert!(seen.insert(character), "{character}");
        }
        assert!(groups().all(|group| group.chars().count() > 1));
        assert!(seen.len() > 5_000, "{}", seen.len());
    }
}
