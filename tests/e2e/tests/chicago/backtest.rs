//! Does it help? Models on real history: the inspections of Chicago, on the city's own window, and those of a generated city.

use std::io::Read;
use std::path::Path;

use e2e::{chicago, workspace, xinjian, xinjian_json};
use serde_json::Value;

use crate::chicago::base::Base;

/// The city's own list of what it scored; `Test` marks its window.
const SCORES: &str = "chicago_city_model_scores.csv.gz";

fn value(answer: &Value, path: &str) -> f64 {
    answer.pointer(path).and_then(Value::as_f64).unwrap_or_else(|| panic!("{path} in {answer}"))
}

/// Counts are 64 bits wide: JSON writes them as texts.
fn count(answer: &Value, path: &str) -> i64 {
    answer.pointer(path).and_then(Value::as_str).unwrap_or("0").parse().unwrap()
}

/// Document numbers of the inspections in the city's window.
fn window(folder: &Path) -> String {
    let mut text = String::new();
    let file = std::fs::File::open(folder.join(SCORES)).unwrap();
    flate2::read::MultiGzDecoder::new(file).read_to_string(&mut text).unwrap();
    let mut rows = csv::Reader::from_reader(text.as_bytes());
    let header = rows.headers().unwrap().clone();
    let at = |name: &str| header.iter().position(|column| column == name).unwrap();
    let (id, test) = (at("Inspection_ID"), at("Test"));
    let in_window = rows.records().map(Result::unwrap).filter(|row| row[test] == *"1");
    in_window.map(|row| format!("CHI-INS-{}\n", &row[id])).collect()
}

#[test]
#[ignore = "needs XINJIAN_SHARED_DATA"]
fn critical_violations_of_chicago_are_found_days_sooner_without_the_inspector_and_without_a_leak() {
    let Some(data) = chicago::data() else { return };
    let folder = tempfile::tempdir().unwrap();
    let (city, only) = (folder.path().join("city"), folder.path().join("window.txt"));
    let picture = folder.path().join("backtest.svg");
    let base = Base::of(&data);
    base.copy_to(&city);
    let city = city.to_str().unwrap();
    std::fs::write(&only, window(&data)).unwrap();
    let model = workspace().join("services/standalone/models/chicago.yaml").display().to_string();

    let backtest = |more: &[&str]| {
        let command = ["risk", "backtest", "--data", city, "--model", &model];
        xinjian_json(command.into_iter().chain(more.iter().copied()))
    };
    let (only, svg) = (only.to_str().unwrap(), picture.to_str().unwrap());
    let window = ["--from", "2014-09-02", "--to", "2014-10-31", "--only", only, "--svg", svg];
    let answer = backtest(&window);
    assert_eq!((count(&answer, "/whole/visits"), count(&answer, "/whole/found")), (1_637, 258));
    // What the visits found as they happened, and by lot: known from the data alone.
    assert!((value(&answer, "/whole/gain/lotDaysSooner") + 1.48).abs() < 0.01, "{answer}");
    let days = value(&answer, "/whole/gain/daysSooner/value");
    assert!(days >= 2.5, "{days} days sooner");
    assert!(days <= 4.0, "{days} days sooner is a leak until proven otherwise");
    assert!(value(&answer, "/whole/gain/firstHalf/value") >= 0.59, "{answer}");

    // A model that knows only the past gains nothing from shuffled findings: the mean of 100 lies within three of its errors.
    let spread = |figure: &str| {
        let of = |part: &str| value(&answer, &format!("/leakCheck/{figure}/{part}"));
        (of("mean"), of("deviation") / f64::from(100_u8).sqrt())
    };
    for (figure, expected) in [("daysSooner", 0.0), ("firstHalf", 0.5), ("auc", 0.5)] {
        let (mean, error) = spread(figure);
        assert!((mean - expected).abs() < 3.0 * error, "{figure}: {mean} ± {error}");
    }
    // On three days, of the three sources that the model reads.
    assert_eq!(count(&answer, "/leakCheck/laterRecords"), 3 * 3 * 1_637);
    assert_eq!(count(&answer, "/leakCheck/changedScores"), 0);

    // The same city, model and seed give the same answer and picture.
    let drawn = || std::fs::read_to_string(&picture).unwrap();
    assert!(drawn().contains("258 found what is looked for"), "{}", drawn());
    let short: Vec<_> = window.into_iter().chain(["--resamples", "20", "--shuffles", "2"]).collect();
    let (first, first_drawn) = (backtest(&short), drawn());
    assert_eq!((backtest(&short), drawn()), (first, first_drawn));

    the_points_are_what_the_visits_before_the_window_say(&backtest(&[
        "--from",
        "2011-09-02",
        "--to",
        "2014-09-01",
        "--resamples",
        "1",
        "--shuffles",
        "1",
    ]));
}

/// Each figure of the model can be made again from the visits before the window.
fn the_points_are_what_the_visits_before_the_window_say(answer: &Value) {
    let mut checked = 0;
    for indicator in answer["indicators"].as_array().unwrap() {
        for band in indicator["bands"].as_array().unwrap() {
            let Some(points) = band["points"].as_str().filter(|points| !points.is_empty()) else { continue };
            let weight = band["weight"].as_f64().unwrap_or(0.0);
            assert_eq!(points.parse::<f64>().unwrap(), weight.round() + 0.0, "{indicator}");
            checked += 1;
        }
    }
    assert_eq!(checked, 22);
}

#[test]
fn a_model_counted_in_a_generated_city_finds_its_careless_producers_sooner() {
    let folder = tempfile::tempdir().unwrap();
    let city = folder.path().join("city").display().to_string();
    let demo = xinjian(["--json", "demo", "--enterprises", "2000", "--data", &city]);
    assert!(demo.status.success(), "{}", String::from_utf8_lossy(&demo.stderr));
    let model = workspace().join("services/standalone/models/demo.yaml").display().to_string();
    let today = e2e::today();
    let day = |days: u64| (today - chrono::Days::new(days)).to_string();
    let (from, to) = (day(365), day(1));
    let picture = folder.path().join("backtest.svg");
    let answer = xinjian_json([
        "risk",
        "backtest",
        "--data",
        &city,
        "--model",
        &model,
        "--from",
        &from,
        "--to",
        &to,
        "--outcome",
        "{field: inspection.result, op: eq, value: '5'}",
        "--svg",
        picture.to_str().unwrap(),
    ]);
    let drawn = std::fs::read_to_string(&picture).unwrap();
    for title in ["Found as the inspections go on", "Lift of each tenth, the riskiest first"] {
        assert!(drawn.contains("<svg") && drawn.contains(title), "{title}: {drawn}");
    }
    // The careless stay careless in the generated history: the model finds them sooner than the lot does, beyond doubt.
    let low = value(&answer, "/whole/gain/daysSooner/low");
    assert!(low > value(&answer, "/whole/gain/lotDaysSooner"), "{answer}");
    assert!(value(&answer, "/whole/gain/auc/low") > 0.5, "{answer}");
    assert!(answer["divisions"].as_array().unwrap().len() > 1, "{answer}");
    assert_eq!(count(&answer, "/leakCheck/changedScores"), 0);
    // The answer names what was shuffled: all that were put in order, among themselves.
    assert_eq!(answer.pointer("/leakCheck/shuffled/0/what").and_then(Value::as_str), Some("window"));
    assert_eq!(count(&answer, "/leakCheck/shuffled/0/pieces"), count(&answer, "/whole/visits"));
    let auc = value(&answer, "/leakCheck/auc/mean");
    assert!((auc - 0.5).abs() < 0.02, "{auc}");

    let wrong = xinjian([
        "risk",
        "backtest",
        "--data",
        &city,
        "--model",
        &model,
        "--from",
        &from,
        "--to",
        &to,
        "--outcome",
        "{field: inspection.verdict, op: exists}",
    ]);
    assert!(!wrong.status.success());
    let said = String::from_utf8_lossy(&wrong.stderr).into_owned();
    assert!(said.contains("outcome") && said.contains("no field `verdict`"), "{said}");
}
