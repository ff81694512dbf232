//! How a text sounds when it is read aloud or typed: syllables of pinyin, without tones.
//!
//! Hotline clerks write down what they hear, and everyone types by sound: 全福 and 泉福 are one keystroke apart.

use deunicode::deunicode_char;

/// Whether a character is written in Chinese script.
pub(super) fn is_han(character: char) -> bool {
    matches!(character, '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}')
}

/// The sound of a Chinese character; of any other, its plain form in ASCII. Empty when it has none.
pub(super) fn sound(character: char) -> &'static str {
    common(character).unwrap_or_else(|| deunicode_char(character).map_or("", str::trim))
}

/// The syllable of a character that names of enterprises and streets are written with, where the table of `deunicode` has that of an older
/// character which is written alike (宁 zhù, 广 yǎn, 适 kuò), or a reading that no such name has.
const fn common(character: char) -> Option<&'static str> {
    Some(match character {
        '万' => "Wan",
        '亏' => "Kui",
        '厂' => "Chang",
        '蚕' => "Can",
        '坏' => "Huai",
        '宁' => "Ning",
        '广' => "Guang",
        '惊' => "Jing",
        '扑' => "Pu",
        '晟' => "Sheng",
        '曾' => "Zeng",
        '柜' => "Gui",
        '汉' => "Han",
        '沈' => "Shen",
        '泺' => "Luo",
        '洁' => "Jie",
        '猎' => "Lie",
        '离' => "Li",
        '种' => "Zhong",
        '茧' => "Jian",
        '蚝' => "Hao",
        '蜡' => "La",
        '蝎' => "Xie",
        '触' => "Chu",
        '适' => "Shi",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_of_one_sound_sound_alike() {
        assert_eq!(sound('泉'), sound('全'));
        assert_ne!(sound('泉'), sound('金'));
        assert!(is_han('泉') && !is_han('a') && !is_han('（'));
    }

    #[test]
    fn characters_sound_as_they_are_read_in_names() {
        for alike in [
            "万湾", "广光", "宁凝", "洁杰", "泺洛", "适世", "汉汗", "离理", "种中", "晟盛", "厂常", "沈神",
            "曾增", "蚕残",
        ] {
            let sounds: Vec<_> = alike.chars().map(sound).collect();
            assert_eq!(sounds[0], sounds[1], "{alike}");
        }
    }

    #[test]
    fn other_scripts_have_their_plain_form() {
        assert_eq!(['é', 'Г', 'z'].map(sound), ["e", "G", "z"]);
    }
}
