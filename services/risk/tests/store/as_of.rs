//! Golden cases of one story, told and judged on both sides of the days on which the law changed: a full run and an explanation as of
//! each day, asked for long after, go by the models and parameters of the day and by what was known at its end.

use chrono::NaiveDate;
use contract::collection::v1::{ListEntry, Penalty, Publication, Record as CollectedRecord, record::Content};
use contract::registry::v1::{Enterprise, Licence};
use risk::Error;
use risk::domain::known::Feed;
use risk::machines::run::State;
use risk::store::{Batch, LookedBack, Store, When};

use crate::store::runs::all_changes;
use crate::support::*;

/// The day on which everything is asked.
const ASKED: &str = "2026-05-01";

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn code() -> String {
    uscc(1)
}

/// One record of a day, as it is told.
fn told(name: &str, field: &str, on: &str, content: Content) -> CollectedRecord {
    CollectedRecord {
        name: format!("records/{name}"),
        uscc: code(),
        field: field.to_owned(),
        decided_on: on.to_owned(),
        content: Some(content),
        ..CollectedRecord::default()
    }
}

fn listed(name: &str, list: &str, ground: &str, on: &str, removed_on: &str) -> CollectedRecord {
    let entry = ListEntry {
        list: list.to_owned(),
        ground: ground.to_owned(),
        status: if removed_on.is_empty() { "Listed" } else { "Removed" }.to_owned(),
        removed_on: removed_on.to_owned(),
        ..ListEntry::default()
    };
    told(name, "FOOD", on, Content::ListEntry(entry))
}

/// A heavier fine of 30,000 yuan; its publication has a state.
fn fined(publication: &str) -> CollectedRecord {
    let penalty = Penalty {
        penalty_kinds: vec!["3".to_owned()],
        discretion_grade: "Heavier".to_owned(),
        fine_fen: 3_000_000,
        ..Penalty::default()
    };
    let shown = Publication { state: publication.to_owned(), ..Publication::default() };
    CollectedRecord {
        publications: vec![shown],
        ..told("fine", "FOOD", "2025-06-01", Content::Penalty(penalty))
    }
}

/// The enterprise with a licence for dairy and one for the design of equipment, known from the first day of the models on.
async fn producer_of_both(store: &Store) {
    let mut batch = Batch::default();
    batch.tell(Feed::Registry, day("2021-09-27"), 1);
    batch.divisions.insert(code(), "370102".to_owned());
    let enterprise = Enterprise {
        name: format!("enterprises/{}", code()),
        uscc: code(),
        division: "370102".to_owned(),
        established_on: "2005-01-01".to_owned(),
        registration_state: "InOperation".to_owned(),
        ..Enterprise::default()
    };
    put(&mut batch, &enterprise.name.clone(), &code(), "attribute", &enterprise);
    for (number, field, sub_kind) in
        [("SC10537010200010", "FOOD", "OrdinaryFood"), ("TS1110370-2029", "SE", "SeDesign")]
    {
        let licence = Licence {
            name: format!("licences/{number}"),
            licence_no: number.to_owned(),
            uscc: code(),
            field: field.to_owned(),
            sub_kinds: vec![sub_kind.to_owned()],
            valid_from: "2020-01-01".to_owned(),
            valid_to: "2029-12-31".to_owned(),
            state: "Valid".to_owned(),
            ..Licence::default()
        };
        put(&mut batch, &licence.name.clone(), &code(), "licence", &licence);
        batch.mark(&code(), field, true, 1);
    }
    apply(store, &batch).await;
}

/// What collection told on which day.
async fn story(store: &Store) {
    producer_of_both(store).await;
    let warning = Penalty { penalty_kinds: vec!["1".to_owned()], ..Penalty::default() };
    let events: [(&str, &str, CollectedRecord); 9] = [
        ("2021-10-08", "list_entry", listed("court", "COURT_DEFAULTER", "", "2021-10-01", "")),
        ("2022-05-12", "penalty", told("warning", "SE", "2022-05-10", Content::Penalty(warning))),
        ("2023-06-02", "list_entry", listed("abnormal", "ABNORMAL", "4", "2023-06-01", "")),
        ("2024-06-03", "list_entry", listed("abnormal", "ABNORMAL", "4", "2023-06-01", "2024-06-01")),
        // Known more than two months after its day.
        ("2025-05-10", "list_entry", listed("serious", "SERIOUS", "F1", "2025-03-01", "")),
        ("2025-06-05", "penalty", fined("Shown")),
        ("2025-09-03", "list_entry", listed("serious", "SERIOUS", "F1", "2025-03-01", "2025-09-01")),
        // Repaired: its publication ends, and the fact stays.
        ("2026-01-12", "penalty", fined("Ended")),
        // Annulled in court: see below.
        ("2026-04-02", "", fined("Ended")),
    ];
    for ((on, source, record), seq) in events.into_iter().zip(1..) {
        let mut batch = Batch::default();
        batch.tell(Feed::Collection, day(on), seq);
        if source.is_empty() {
            batch.withdraw(&record.name, seq);
        } else {
            put_at(&mut batch, &record.name.clone(), &code(), source, &record, seq);
        }
        apply(store, &batch).await;
    }
}

/// A day; the general model and class; for food and equipment the model, grade and combined class.
type Golden = (&'static str, [&'static str; 2], [&'static str; 3], [&'static str; 3]);

const FOOD: &str = "food2016@3";

/// Each class by hand; the comments say what it is made of.
const GOLDEN: [Golden; 18] = [
    // Dairy has 32 static points; nothing is known beside.
    ("2021-09-27", ["general@1", "A"], [FOOD, "B", "A"], ["se@3", "A", "A"]),
    // The national general model counts the court's list from its day on: 12 points.
    ("2022-01-12", ["general@1", "A"], [FOOD, "B", "A"], ["se@3", "A", "A"]),
    ("2022-01-13", ["general@2", "B"], [FOOD, "B", "B"], ["se@3", "A", "A"]),
    // Order 57: who was penalised in the last year is a key unit.
    ("2022-06-30", ["general@2", "B"], [FOOD, "B", "B"], ["se@3", "A", "A"]),
    ("2022-07-01", ["general@2", "B"], [FOOD, "B", "B"], ["se@4", "B", "B"]),
    // Court 12, warning 8, in the directory 20, unreachable 5. The new order of the directory changes nothing of it.
    ("2024-04-30", ["general@2", "C"], [FOOD, "B", "B"], ["se@4", "A", "A"]),
    ("2024-05-01", ["general@2", "C"], [FOOD, "B", "B"], ["se@4", "A", "A"]),
    // Removed on the first, which was known on the third.
    ("2024-06-02", ["general@2", "C"], [FOOD, "B", "B"], ["se@4", "A", "A"]),
    ("2024-06-03", ["general@2", "B"], [FOOD, "B", "B"], ["se@4", "A", "A"]),
    // Order 101. The listing of March is not known yet.
    ("2025-04-30", ["general@2", "B"], [FOOD, "B", "B"], ["se@4", "A", "A"]),
    ("2025-05-01", ["general@2", "B"], [FOOD, "B", "B"], ["se@4", "A", "A"]),
    ("2025-05-09", ["general@2", "B"], [FOOD, "B", "B"], ["se@4", "A", "A"]),
    ("2025-05-10", ["general@2", "E"], [FOOD, "B", "E"], ["se@4", "A", "E"]),
    // Court 12, unreachable 5, once listed 20, heavier fine 8 + 14 + 2; food one grade up. Order 107 changes what is published, and
    // so does the repair.
    ("2025-12-24", ["general@2", "D"], [FOOD, "C", "D"], ["se@4", "A", "B"]),
    ("2025-12-25", ["general@2", "D"], [FOOD, "C", "D"], ["se@4", "A", "B"]),
    ("2026-03-31", ["general@2", "D"], [FOOD, "C", "D"], ["se@4", "A", "B"]),
    // NDRC order 36.
    ("2026-04-01", ["general@2", "D"], [FOOD, "C", "D"], ["se@4", "A", "B"]),
    // The fine is annulled.
    ("2026-04-02", ["general@2", "C"], [FOOD, "B", "B"], ["se@4", "A", "A"]),
];

async fn looked(store: &Store, field: &str, on: &str) -> LookedBack {
    store.look_back(&code(), field, When::Then(day(on))).await.unwrap()
}

fn models(looked: &LookedBack) -> [String; 2] {
    let keys: Vec<_> = looked.explanation.models.iter().map(|line| line.model.clone()).collect();
    keys.try_into().unwrap()
}

async fn explanations_go_by_the_law_of_the_day_and_by_what_was_known_then(store: Store) {
    story(&store).await;
    for (on, [general_model, general], food, equipment) in GOLDEN {
        for (field, [model, grade, combined]) in [("FOOD", food), ("SE", equipment)] {
            let looked = looked(&store, field, on).await;
            assert_eq!(models(&looked), [general_model, model], "{on} {field}");
            let class = &looked.class;
            let found = [&class.general_code, &class.professional_code, &class.code];
            assert_eq!(found, [general, grade, combined], "{on} {field}: {:?}", class.detail);
            assert!(looked.then && looked.explanation.models[0].hash.len() == 64, "{on} {field}");
        }
    }
    let before = store.look_back(&code(), "FOOD", When::Then(day("2021-09-26"))).await.unwrap_err();
    assert!(matches!(before, Error::ClassNotFound(_)), "nobody was known: {before:?}");
}

async fn full_runs_as_of_each_day_find_the_same(store: Store) {
    story(&store).await;
    for ((on, [_, general], [_, food, of_food], [_, equipment, of_equipment]), number) in
        GOLDEN.into_iter().zip(1..)
    {
        create_on(&store, &credit("wang"), number, day(on), day(ASKED)).await.unwrap();
        compute(&store, day(ASKED)).await;
        let id = format!("run-{number}");
        let run = store.run(&id).await.unwrap();
        assert_eq!((run.state, run.total), (State::Reported, 2), "{on}: a look back never takes effect");
        let found: Vec<_> = all_changes(&store, &id, "")
            .await
            .into_iter()
            .map(|change| [change.field, change.general_code, change.professional_code, change.code])
            .collect();
        let expected = [["FOOD", general, food, of_food], ["SE", general, equipment, of_equipment]];
        assert_eq!(found, expected, "{on}");
    }
}

async fn an_explanation_names_the_rules_of_its_day_and_how_far_the_feeds_had_told(store: Store) {
    story(&store).await;
    let rules = async |field: &str, on: &str| -> Vec<String> {
        looked(&store, field, on).await.explanation.rules.into_iter().map(|rule| rule.rule).collect()
    };
    assert_eq!(rules("SE", "2022-06-30").await, [""; 0]);
    assert_eq!(rules("SE", "2022-07-01").await, ["key_unit_penalty"]);
    assert_eq!(rules("FOOD", "2025-05-09").await, [""; 0]);
    assert_eq!(rules("FOOD", "2025-05-10").await, ["serious_list"]);
    assert_eq!(rules("FOOD", "2026-04-01").await, ["grave_breach"]);
    for (on, collection) in
        [("2021-10-07", 0), ("2021-10-08", 1), ("2025-05-09", 4), ("2025-05-10", 5), ("2026-04-01", 8)]
    {
        let known = looked(&store, "FOOD", on).await.known;
        assert_eq!((known.registry, known.collection), (1, collection), "{on}");
    }
    // A version that was replaced later is read as it was: still in the directory.
    let line = |looked: &LookedBack, indicator: &str| {
        let found = looked.explanation.lines.iter().find(|line| line.indicator == indicator);
        found.map(|line| (line.points_e2, line.records.len())).unwrap()
    };
    let before = looked(&store, "FOOD", "2024-06-02").await;
    let after = looked(&store, "FOOD", "2024-06-03").await;
    assert_eq!((line(&before, "abnormal_open"), line(&after, "abnormal_open")), ((2000, 1), (0, 0)));
}

db::conformance! {
    open = crate::support::store;
    cases = [
        explanations_go_by_the_law_of_the_day_and_by_what_was_known_then,
        full_runs_as_of_each_day_find_the_same,
        an_explanation_names_the_rules_of_its_day_and_how_far_the_feeds_had_told,
    ]
}
