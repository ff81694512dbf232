use rulebook::Rulebook;

use super::*;
use crate::rules;

fn shipped() -> Combiner {
    let rulebook = Rulebook::builtin();
    let file = rulebook.models().iter().find(|model| model.name == "combine").unwrap();
    Combiner::load("combine.yaml", &file.text, |id| rules::scheme(&rulebook, id)).unwrap()
}

fn refused(change: impl Fn(String) -> String) -> String {
    let rulebook = Rulebook::builtin();
    let file = rulebook.models().iter().find(|model| model.name == "combine").unwrap();
    let text = change(file.text.clone());
    assert_ne!(text, file.text, "the change changes something");
    Combiner::load("combine.yaml", &text, |id| rules::scheme(&rulebook, id)).unwrap_err().to_string()
}

/// The default of rules (f), in words: the grade; one up if general is in the top two; one down if general is A and the
/// grade at most B; a veto gives the highest. The highest of the combined scheme comes by veto only.
fn by_the_words(general: usize, professional: usize, vetoed: bool) -> usize {
    match (vetoed, general, professional) {
        (true, _, _) => 4,
        (false, 3 | 4, grade) => (grade + 1).min(3),
        (false, 0, grade @ 0..=1) => grade.saturating_sub(1),
        (false, _, grade) => grade,
    }
}

#[test]
fn the_whole_table_is_what_the_words_say() {
    let combiner = shipped();
    let mut tried = 0;
    for (general, _) in combiner.scheme.codes().enumerate() {
        for (professional, grade) in ["A", "B", "C", "D"].into_iter().enumerate() {
            for vetoed in [false, true] {
                let expected = by_the_words(general, professional, vetoed);
                assert_eq!(
                    combiner.combine(general, Some(grade), vetoed),
                    expected,
                    "{general} {grade} {vetoed}"
                );
                tried += 1;
            }
        }
    }
    assert_eq!(tried, 40);
}

#[test]
fn without_a_professional_model_the_general_class_stands() {
    let combiner = shipped();
    for general in 0..5 {
        assert_eq!(combiner.combine(general, None, false), general);
        assert_eq!(combiner.combine(general, None, true), 4);
    }
}

#[test]
fn the_national_scheme_writes_e_as_d() {
    let combiner = shipped();
    let national: Vec<_> = (0..5).map(|rank| combiner.national(rank)).collect();
    assert_eq!(national, ["A", "B", "C", "D", "D"]);
}

#[test]
fn the_sentence_says_what_happened() {
    let combiner = shipped();
    assert_eq!(
        combiner.sentence("D", "B", "C", false),
        "按组合矩阵(第1版):通用D类,专业B级,综合类别C类,在专业等级上调1级。"
    );
    assert_eq!(
        combiner.sentence("A", "B", "A", false),
        "按组合矩阵(第1版):通用A类,专业B级,综合类别A类,在专业等级下调1级。"
    );
    assert!(combiner.sentence("B", "B", "B", false).contains("与专业等级一致"));
    assert!(combiner.sentence("E", "A", "E", true).contains("一票否决"));
    assert!(combiner.sentence("C", "", "C", false).contains("没有专业模型"));
}

#[test]
fn a_table_with_a_hole_or_a_fall_is_refused() {
    assert!(refused(|text| text.replace("  C: {A: A, B: B, C: C, D: D}\n", "")).contains("matrix"));
    assert!(
        refused(|text| text.replace("D: {A: B, B: C, C: D, D: D}", "D: {A: B, B: C, C: D}"))
            .contains("column D")
    );
    assert!(
        refused(|text| text.replace("D: {A: B, B: C, C: D, D: D}", "D: {A: C, B: B, C: D, D: D}"))
            .contains("row D")
    );
    assert!(
        refused(|text| text.replace("C: {A: A, B: B, C: C, D: D}", "C: {A: A, B: A, C: C, D: D}"))
            .contains("row C")
    );
    assert!(refused(|text| text.replace("D: D, E: D}", "D: D, E: X}")).contains("national"));
    assert!(refused(|text| text.replace("version:", "versions:")).contains("versions"));
}
