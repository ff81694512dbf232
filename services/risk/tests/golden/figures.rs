//! Every figure of a shipped model or parameter says where it comes from, or that it is local.

use risk::domain::model::names_a_source;
use rulebook::Rulebook;
use serde_norway::Value;

/// How a parameter is known that names no document as a model does.
const MARKS: [&str; 7] =
    ["sourced: ", "knowledge, ", "design default", "NOT FOUND", "order ", "〔", "State Council"];

/// What the source of a parameter looks like beside that: a mark of how it is known, or a document's number, such as `2016-115`.
fn parameter_says_where(source: &str) -> bool {
    let numbered = source
        .as_bytes()
        .windows(6)
        .any(|six| six[..4].iter().all(u8::is_ascii_digit) && six[4] == b'-' && six[5].is_ascii_digit());
    names_a_source(source) || numbered || MARKS.iter().any(|mark| source.contains(mark))
}

/// Figures below `value`, each with the nearest `cites` above it.
fn figures<'a>(
    value: &'a Value,
    path: &str,
    cites: Option<&'a str>,
    found: &mut Vec<(String, Option<&'a str>)>,
) {
    match value {
        Value::Number(_) => found.push((path.to_owned(), cites)),
        Value::Sequence(parts) => {
            for (at, part) in parts.iter().enumerate() {
                figures(part, &format!("{path}[{at}]"), cites, found);
            }
        }
        Value::Mapping(parts) => {
            let own = parts.get("cites").and_then(Value::as_str).or(cites);
            for (key, part) in parts {
                figures(part, &format!("{path}.{}", key.as_str().unwrap_or_default()), own, found);
            }
        }
        _ => {}
    }
}

/// Figures of a file without a source. In a combination the whole table has one.
fn without_source(name: &str, text: &str) -> (usize, Vec<String>) {
    let file: Value = serde_norway::from_str(text).unwrap();
    let whole = file.get("source").and_then(Value::as_str).filter(|_| name.starts_with("combine"));
    let mut found = Vec::new();
    figures(&file, name, whole, &mut found);
    let bare = found.iter().filter(|(_, cites)| !cites.is_some_and(names_a_source));
    (found.len(), bare.map(|(path, cites)| format!("{path} cites {cites:?}")).collect())
}

#[test]
fn every_figure_of_a_shipped_model_cites_a_document_or_says_that_it_is_local() {
    let book = Rulebook::builtin();
    let others = [
        ("combine_add", crate::golden::combinations::ADD),
        ("combine_weighted", crate::golden::combinations::WEIGHTED),
    ];
    let shipped = book.models().iter().map(|model| (model.name.as_str(), model.text.as_str()));
    let mut all = 0;
    for (name, text) in shipped.chain(others) {
        let (figures, bare) = without_source(name, text);
        assert_eq!(bare, [""; 0], "{name}");
        all += figures;
    }
    assert!(all > 300, "{all} figures");
}

#[test]
fn a_figure_that_cites_nothing_or_a_rumour_is_found() {
    let food =
        Rulebook::builtin().models().iter().find(|model| model.name == "food2016").unwrap().text.clone();
    let rumour = food
        .replace("cites: 海南省保健食品生产企业风险分级 (2018), its least total", "cites: somebody said so");
    assert_ne!(rumour, food);
    // The day count of `exists` and its points.
    assert_eq!(without_source("food2016", &rumour).1.len(), 2, "{:?}", without_source("food2016", &rumour).1);
    let bare = food.replacen("cites: 食药监食监一〔2016〕115号}", "cites: ''}", 1);
    assert_eq!(without_source("food2016", &bare).1, ["food2016.base.points cites Some(\"\")"]);
}

#[test]
fn the_sign_of_a_document_without_its_number_is_no_source() {
    for rumour in [
        "by order of the chief",
        "〔号",
        "某局〔22〕6号",
        "某局〔2022〕号",
        "食品安全法 art",
        "条例 art x",
        "order ",
    ] {
        assert!(!names_a_source(rumour), "{rumour}");
    }
    for source in [
        "order 45 art 11",
        "国市监信发〔2022〕6号",
        "食品安全法 art 134",
        "DB14/T 3556-2025",
        "local parameter",
    ] {
        assert!(names_a_source(source), "{source}");
    }
}

#[test]
fn every_parameter_says_where_it_comes_from_or_that_it_is_local() {
    let book = Rulebook::builtin();
    let mut checked = 0;
    for parameter in book.parameters() {
        assert!(parameter_says_where(&parameter.source), "{}: {}", parameter.name, parameter.source);
        checked += 1;
    }
    assert!(checked > 150, "{checked} parameters");
    assert!(!parameter_says_where("somebody said so") && !parameter_says_where(""));
}

#[test]
fn every_parameter_that_a_shipped_model_names_is_in_the_rulebook_on_its_days() {
    let models = crate::golden::facts::models(None);
    for model in models.models() {
        let last = model.effective_to.unwrap_or_else(|| crate::golden::facts::day("2026-12-31"));
        for day in [model.effective_from, last] {
            assert!(models.at(day, &*Rulebook::builtin()).is_ok(), "{} on {day}", model.key());
        }
    }
}
