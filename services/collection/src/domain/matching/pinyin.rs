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
        '胺' => "An",
        '鲅' => "Ba",
        '柏' => "Bai",
        '蒡' => "Bang",
        '碚' => "Bei",
        '甏' => "Beng",
        '蚕' => "Can",
        '掺' | '禅' => "Chan",
        '厂' => "Chang",
        '触' => "Chu",
        '赐' => "Ci",
        '炖' => "Dun",
        '啡' => "Fei",
        '莞' => "Guan",
        '广' => "Guang",
        '柜' | '硅' | '鳜' => "Gui",
        '汉' => "Han",
        '蚝' => "Hao",
        '阖' => "He",
        '坏' => "Huai",
        '浣' => "Huan",
        '荠' => "Ji",
        '茧' => "Jian",
        '胶' | '酵' => "Jiao",
        '洁' => "Jie",
        '惊' | '粳' => "Jing",
        '桔' => "Ju",
        '卡' | '喀' => "Ka",
        '亏' => "Kui",
        '蜡' => "La",
        '姥' | '烙' | '酪' => "Lao",
        '离' => "Li",
        '猎' => "Lie",
        '赁' => "Lin",
        '泺' | '漯' => "Luo",
        '冒' | '铆' => "Mao",
        '娜' => "Na",
        '宁' => "Ning",
        '邳' => "Pi",
        '埔' | '扑' | '朴' | '莆' => "Pu",
        '芍' => "Shao",
        '沈' | '莘' => "Shen",
        '晟' => "Sheng",
        '适' => "Shi",
        '熟' => "Shu",
        '焘' => "Tao",
        '万' => "Wan",
        '蜗' => "Wo",
        '携' | '械' | '蝎' => "Xie",
        '荥' => "Xing",
        '薛' | '血' => "Xue",
        '琊' => "Ya",
        '腌' => "Yan",
        '叶' | '掖' => "Ye",
        '莜' => "You",
        '仔' => "Zai",
        '曾' => "Zeng",
        '种' => "Zhong",
        '苎' => "Zhu",
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
            "曾增", "蚕残", "叶业", "械谢", "胶焦", "熟书", "啡飞", "酪劳", "赁林", "薛雪", "柏白", "邳皮",
            "莘深", "鲅巴", "腌烟", "炖顿",
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
