//! Versions of models: brought by files, tried, begun and ended by two officers, never reaching back.

use chrono::{Days, NaiveDate};
use contract::risk::v1 as pb;
use db::on;
use prost::Message;
use risk::Error;
use risk::domain::drift::Part;
use risk::domain::model_version::{ModelChange, Wanted};
use risk::store::{Act, Batch, Store, When};
use service::machine::Refused;
use service::testing::Lines;

use crate::support::*;

const TRIAL: &str = "food2016@trial";

fn tomorrow() -> NaiveDate {
    today() + Days::new(1)
}

fn try_it() -> ModelChange {
    ModelChange::Try("试运行".to_owned())
}

fn propose(day: NaiveDate) -> ModelChange {
    ModelChange::Propose(wanted(day))
}

fn retire(day: NaiveDate) -> ModelChange {
    ModelChange::Retire(wanted(day))
}

async fn state(store: &Store, name: &str, day: NaiveDate) -> &'static str {
    store.model_version(name).await.unwrap().0.state_on(day).as_str()
}

/// Names of the versions in force on a day.
async fn in_force(store: &Store, day: NaiveDate) -> Vec<String> {
    let page = store.model_versions(Some(day), &cut(50, "")).await.unwrap();
    page.rows.into_iter().map(|version| version.key).collect()
}

/// What was told of versions, the oldest first: name and state.
async fn told_models(store: &Store) -> Vec<(String, String)> {
    let event = |(_, payload): (String, Vec<u8>)| {
        let model = pb::ModelEvent::decode(payload.as_slice()).unwrap().model.unwrap();
        (model.name, model.state)
    };
    events(store, "risk.model.changed").await.into_iter().map(event).collect()
}

async fn open_duties(store: &Store) -> Vec<String> {
    const SQL: &str = "SELECT subject FROM obligation WHERE kind = 'risk.model.decide' AND done_on IS NULL";
    on!(store.db(), |pool| sqlx::query_scalar(SQL).fetch_all(pool).await).unwrap()
}

fn refused(result: Result<pb::Model, Error>) -> Refused {
    match result {
        Err(Error::Common(service::Error::Refused(refused))) => refused,
        other => panic!("{other:?}"),
    }
}

/// Proposes a version by wang and approves it by li.
async fn begin(store: &Store, name: &str, day: NaiveDate, number: u32) {
    change_model(store, &credit("wang"), (number, today()), name, propose(day)).await.unwrap();
    change_model(store, &credit("li"), (number + 1, today()), name, ModelChange::Approve).await.unwrap();
}

async fn what_is_shipped_is_in_force_and_a_file_of_the_city_begins_as_a_draft(store: Store) {
    let shipped = in_force(&store, today()).await;
    assert!(
        ["combine@2", "food2016@3", "general@2", "se@4"]
            .iter()
            .all(|key| shipped.contains(&(*key).to_owned()))
    );
    let told = told_models(&store).await.len();
    assert_eq!(told, rulebook::Rulebook::builtin().models().len(), "superseded versions are told too");
    let store = with_file(store, "food_trial", &stricter_food()).await;
    assert_eq!(state(&store, TRIAL, today()).await, "Draft");
    assert_eq!(in_force(&store, today()).await, shipped);
    // A second start finds everything as it is.
    let store = with_file(store, "food_trial", &stricter_food()).await;
    assert_eq!(told_models(&store).await.len(), told + 1);
    let (version, text, steps) = store.model_version(TRIAL).await.unwrap();
    assert_eq!((text, version.shipped, version.revision), (stricter_food(), false, 1));
    assert_eq!((steps[0].event.as_str(), steps[0].office.as_str()), ("Register", "SYSTEM"));
    // The file may go: what was registered stays.
    let store = with_file(store, "other", &changed("se", &[("version: \"3\"", "version: \"other\"")])).await;
    assert!(store.models().version(TRIAL).is_some() && store.models().version("se@other").is_some());
}

async fn another_text_under_a_known_name_is_left_aside(store: Store) {
    let store = with_file(store, "food_trial", &stricter_food()).await;
    begin(&store, TRIAL, tomorrow(), 10).await;
    let softer = stricter_food().replace("base: {points: 40,", "base: {points: 1,");
    let store = with_file(store, "food_trial", &softer).await;
    let (version, text, _) = store.model_version(TRIAL).await.unwrap();
    assert_eq!((text, version.revision), (stricter_food(), 3));
    assert_eq!(store.models().version(TRIAL).unwrap().hash(), version.hash);
}

async fn a_draft_that_a_later_release_refuses_keeps_no_service_from_starting(store: Store) {
    const AS_ONCE_TAKEN: &str = "UPDATE model_version SET text = 'id: food2016' WHERE name = $1";
    let store = with_file(store, "food_trial", &stricter_food()).await;
    let shipped = in_force(&store, today()).await;
    on!(store.db(), |pool| sqlx::query(AS_ONCE_TAKEN).bind(TRIAL).execute(pool).await.map(drop)).unwrap();
    let store = with_file(store, "other", &changed("se", &[("version: \"3\"", "version: \"other\"")])).await;
    assert!(store.models().version(TRIAL).is_none() && store.models().version("se@other").is_some());
    assert_eq!(in_force(&store, today()).await, shipped);
    let tried = change_model(&store, &credit("wang"), (1, today()), TRIAL, try_it()).await.unwrap_err();
    assert!(matches!(tried, Error::ModelNotFound(_)), "{tried:?}");
}

async fn a_draft_is_tried_proposed_approved_and_classes_from_its_day_on(store: Store) {
    let store = with_file(store, "food_trial", &stricter_food()).await;
    let mut batch = Batch::default();
    batch.tell(risk::domain::known::Feed::Registry, today() - Days::new(1), 1);
    batch.tell(risk::domain::known::Feed::Collection, today() - Days::new(1), 1);
    producer(&mut batch, &uscc(1), "370102");
    apply(&store, &batch).await;
    let zhao = caller("zhao", "FOOD_PROD", "370100");
    let tried = change_model(&store, &zhao, (1, today()), TRIAL, try_it()).await.unwrap();
    assert_eq!((tried.state.as_str(), tried.effective_from.as_str()), ("Shadow", ""));

    let run = full_run(&store, 2, today()).await;
    let report = store.report(&run).await.unwrap();
    let shadow = report.drifts.iter().find(|drift| drift.part == Part::Shadow).unwrap();
    assert_eq!((shadow.model.as_str(), shadow.both, shadow.up), (TRIAL, 1, 1));
    let before = store.class(&uscc(1), "FOOD").await.unwrap().class;
    assert_eq!(
        (before.code.as_str(), before.detail.professional.as_ref().unwrap().model.as_str()),
        ("A", "food2016@3")
    );

    let proposed = change_model(&store, &zhao, (3, today()), TRIAL, propose(tomorrow())).await.unwrap();
    assert_eq!((proposed.state.as_str(), proposed.proposed_by.as_str()), ("Proposed", "zhao"));
    assert_eq!(proposed.proposed_day, tomorrow().to_string());
    assert_eq!(open_duties(&store).await, [format!("models/{TRIAL}")]);
    let approved =
        change_model(&store, &credit("li"), (4, today()), TRIAL, ModelChange::Approve).await.unwrap();
    assert_eq!((approved.state.as_str(), approved.effective_from), ("Effective", tomorrow().to_string()));
    assert!(open_duties(&store).await.is_empty());
    let earlier = store.model_version("food2016@3").await.unwrap().0;
    assert_eq!(earlier.effective_to, Some(today()), "it ends on the eve");
    assert!(in_force(&store, today()).await.contains(&"food2016@3".to_owned()));
    assert!(in_force(&store, tomorrow()).await.contains(&TRIAL.to_owned()));
    assert!(!in_force(&store, tomorrow()).await.contains(&"food2016@3".to_owned()));

    // Today nothing changes; tomorrow's run classes by the new version, without any trial beside it.
    assert_eq!(full_run(&store, 5, today()).await.changed, 0);
    create_on(&store, &credit("wang"), 6, tomorrow(), tomorrow()).await.unwrap();
    compute(&store, tomorrow()).await;
    approve(&store, &credit("li"), 7, "run-6", tomorrow()).await.unwrap();
    let run = store.run("run-6").await.unwrap();
    assert!(run.models.iter().any(|model| model.starts_with("models/food2016@trial ")), "{:?}", run.models);
    assert!(run.shadows.is_empty());
    let after = store.class(&uscc(1), "FOOD").await.unwrap().class;
    assert!(after.code > before.code, "{after:?}");
    assert_eq!(after.detail.professional.unwrap().model, TRIAL);

    // The day before is still explained by what was in force on it.
    let then = store.look_back(&uscc(1), "FOOD", When::Then(today())).await.unwrap();
    assert_eq!(then.class.code, before.code);
    let used: Vec<_> = then.explanation.models.iter().map(|model| model.model.clone()).collect();
    assert!(used.contains(&"food2016@3".to_owned()) && !used.contains(&TRIAL.to_owned()), "{used:?}");

    let act = Act::of_system("calendar", noon(tomorrow()), store.book());
    assert_eq!(state(&store, "food2016@3", tomorrow()).await, "Retired", "before anybody notes it");
    assert_eq!(store.end_models(&act).await.unwrap(), 3, "it, and two that ended long ago");
    assert_eq!(store.end_models(&act).await.unwrap(), 0);
    assert_eq!(told_models(&store).await.last().unwrap().1, "Retired");
    let steps: Vec<_> = store
        .model_version(TRIAL)
        .await
        .unwrap()
        .2
        .into_iter()
        .map(|step| (step.event, step.actor))
        .collect();
    let expected = [("Register", "SYSTEM"), ("Try", "zhao"), ("Propose", "zhao"), ("Approve", "li")];
    assert_eq!(steps, expected.map(|(event, actor)| (event.to_owned(), actor.to_owned())));
}

/// How many items are kept of what a version makes of the evidence of an enterprise.
async fn kept_for(store: &Store, key: &str) -> usize {
    let indicators = store.models().by_key(key).unwrap().indicators.len();
    let own: Vec<_> = (0..indicators).filter_map(|place| store.models().ordinal(key, place)).collect();
    let kept = store.evidence_of(&uscc(1)).await.unwrap();
    kept.iter().flat_map(|piece| &piece.items).filter(|item| own.contains(&item.indicator())).count()
}

async fn what_a_version_made_of_evidence_is_kept_only_up_to_its_end_and_a_look_back_finds_it_still(
    store: Store,
) {
    let mut batch = Batch::default();
    batch.tell(risk::domain::known::Feed::Registry, today(), 1);
    batch.tell(risk::domain::known::Feed::Collection, today(), 1);
    producer(&mut batch, &uscc(1), "370102");
    record(&mut batch, "p1", &uscc(1), 10, heavier_penalty());
    apply(&store, &batch).await;
    let now = full_run(&store, 1, today()).await;
    for (key, is_kept) in [("general@1", false), ("general@2", true), ("food2016@3", true)] {
        assert_eq!(kept_for(&store, key).await > 0, is_kept, "{key}");
    }

    // Another version follows, and a start after its beginning finds a reason to make everything anew.
    let store = with_file(store, "food_trial", &stricter_food()).await;
    begin(&store, TRIAL, tomorrow(), 10).await;
    let act = Act::of_system("start", noon(tomorrow()), store.book());
    let store = store.register_models(&[], &act).await.unwrap();
    const MADE_FOR_OTHERS: &str = "UPDATE evidence_head SET models = 'others'";
    on!(store.db(), |pool| sqlx::query(MADE_FOR_OTHERS).execute(pool).await.map(drop)).unwrap();
    assert!(store.keep_up_with_models().await.unwrap() > 0);
    for (key, is_kept) in [("food2016@3", false), (TRIAL, true), ("general@2", true)] {
        assert_eq!(kept_for(&store, key).await > 0, is_kept, "{key}");
    }
    create_on(&store, &credit("wang"), 20, today(), tomorrow()).await.unwrap();
    compute(&store, tomorrow()).await;
    let then = store.run("run-20").await.unwrap();
    assert_eq!((then.state.as_str(), &then.models, then.total), ("Reported", &now.models, 1));
    assert_eq!(then.changed, 0, "{:?}", store.report(&then).await.unwrap().matrix);
}

async fn nobody_approves_alone_and_a_refusal_leaves_a_draft(store: Store) {
    let store = with_file(store, "food_trial", &stricter_food()).await;
    let early = change_model(&store, &credit("li"), (1, today()), TRIAL, ModelChange::Approve).await;
    assert!(matches!(refused(early), Refused::Transition { .. }));
    change_model(&store, &credit("wang"), (2, today()), TRIAL, propose(tomorrow())).await.unwrap();
    let alone = change_model(&store, &credit("wang"), (3, today()), TRIAL, ModelChange::Approve).await;
    assert!(matches!(refused(alone), Refused::FourEyes { .. }));
    let line = caller("zhao", "FOOD_PROD", "370100");
    let office = change_model(&store, &line, (4, today()), TRIAL, ModelChange::Approve).await;
    assert!(matches!(refused(office), Refused::Office { .. }));
    let no = ModelChange::Reject("样本不足".to_owned());
    let rejected = change_model(&store, &credit("li"), (5, today()), TRIAL, no).await.unwrap();
    assert_eq!(
        (rejected.state.as_str(), rejected.proposed_by.as_str(), rejected.proposed_day.as_str()),
        ("Draft", "", "")
    );
    assert!(open_duties(&store).await.is_empty());
    let again = change_model(&store, &credit("li"), (2, today()), TRIAL, try_it()).await.unwrap();
    assert_eq!(again.state, "Shadow");
}

async fn a_repeated_request_gives_the_first_answer(store: Store) {
    let store = with_file(store, "food_trial", &stricter_food()).await;
    let first = change_model(&store, &credit("wang"), (1, today()), TRIAL, try_it()).await.unwrap();
    let again = change_model(&store, &credit("wang"), (1, today()), TRIAL, try_it()).await.unwrap();
    assert_eq!(first, again);
    let anew = change_model(&store, &credit("wang"), (2, today()), TRIAL, try_it()).await;
    assert!(matches!(refused(anew), Refused::Transition { .. }));
}

async fn a_day_that_is_over_taken_or_not_written_for_is_refused(store: Store) {
    let store = with_file(store, "food_trial", &stricter_food()).await;
    let late = changed("food2016", &[("version: \"3\"", "version: \"late\"\neffective_to: 2026-06-30")]);
    let store = with_file(store, "food_late", &late).await;
    for (number, name, day) in [(1, TRIAL, today()), (2, "food2016@late", "2026-07-01".parse().unwrap())] {
        let wrong = change_model(&store, &credit("wang"), (number, today()), name, propose(day)).await;
        assert!(matches!(wrong, Err(Error::Common(service::Error::Invalid(_)))), "{wrong:?}");
    }
    // The day passes while the proposal waits.
    change_model(&store, &credit("wang"), (3, today()), TRIAL, propose(tomorrow())).await.unwrap();
    let slow = change_model(&store, &credit("li"), (4, tomorrow()), TRIAL, ModelChange::Approve).await;
    assert!(matches!(slow, Err(Error::ModelDayPassed { .. })), "{slow:?}");
    change_model(&store, &credit("li"), (5, today()), TRIAL, ModelChange::Approve).await.unwrap();
    change_model(&store, &credit("wang"), (6, today()), "food2016@late", propose(tomorrow())).await.unwrap();
    let taken =
        change_model(&store, &credit("li"), (7, today()), "food2016@late", ModelChange::Approve).await;
    assert!(matches!(taken, Err(Error::ModelDayTaken { .. })), "{taken:?}");
}

async fn a_proposal_lapses_with_its_day_and_its_duty_ends(store: Store) {
    let store = with_file(store, "food_trial", &stricter_food()).await;
    change_model(&store, &credit("wang"), (1, today()), TRIAL, propose(tomorrow())).await.unwrap();
    change_model(&store, &credit("wang"), (2, today()), "se@4", retire(today())).await.unwrap();
    assert_eq!(
        (state(&store, TRIAL, today()).await, state(&store, "se@4", today()).await),
        ("Proposed", "EndProposed")
    );
    assert_eq!(open_duties(&store).await.len(), 2);
    let shown = (state(&store, TRIAL, tomorrow()).await, state(&store, "se@4", tomorrow()).await);
    assert_eq!(shown, ("Draft", "Effective"), "before anything is noted");

    let act = Act::of_system("calendar", noon(tomorrow()), store.book());
    assert_eq!(store.end_models(&act).await.unwrap(), 4, "both, and two that ended long ago");
    assert_eq!(store.end_models(&act).await.unwrap(), 0);
    assert!(open_duties(&store).await.is_empty());
    let version = store.model_version(TRIAL).await.unwrap().0;
    assert_eq!((version.proposed_day, version.proposed_by.as_str()), (None, ""));
    let later = tomorrow() + Days::new(1);
    let again = change_model(&store, &credit("wang"), (3, tomorrow()), TRIAL, propose(later)).await.unwrap();
    assert_eq!(again.state, "Proposed");
}

async fn of_two_that_are_to_come_the_earlier_ends_on_the_eve_of_the_later(store: Store) {
    let store = with_file(store, "food_trial", &stricter_food()).await;
    let late = changed("food2016", &[("version: \"3\"", "version: \"late\"")]);
    let store = with_file(store, "food_late", &late).await;
    let (may, june) = ("2026-05-01".parse().unwrap(), "2026-06-01".parse().unwrap());
    begin(&store, "food2016@late", june, 1).await;
    begin(&store, TRIAL, may, 3).await;
    for (day, key) in [
        ("2026-04-30", "food2016@3"),
        ("2026-05-01", TRIAL),
        ("2026-05-31", TRIAL),
        ("2026-06-01", "food2016@late"),
    ] {
        let found = in_force(&store, day.parse().unwrap()).await;
        let food: Vec<_> = found.iter().filter(|found| found.starts_with("food")).collect();
        assert_eq!(food, [key], "{day}");
    }
}

async fn the_end_of_a_version_needs_two_officers_and_the_general_model_a_successor(store: Store) {
    let without = ModelChange::Retire(Wanted { reason: "停用".to_owned(), ..Wanted::default() });
    let bare = change_model(&store, &credit("wang"), (1, today()), "se@4", without.clone()).await;
    assert!(matches!(refused(bare), Refused::BasisMissing { .. }));
    let ends = change_model(&store, &credit("wang"), (2, today()), "se@4", retire(today())).await.unwrap();
    assert_eq!((ends.state.as_str(), ends.effective_to.as_str()), ("EndProposed", ""));
    let alone = change_model(&store, &credit("wang"), (3, today()), "se@4", ModelChange::Approve).await;
    assert!(matches!(refused(alone), Refused::FourEyes { .. }));
    change_model(&store, &credit("li"), (4, today()), "se@4", ModelChange::Approve).await.unwrap();
    assert!(in_force(&store, today()).await.contains(&"se@4".to_owned()));
    assert!(!in_force(&store, tomorrow()).await.contains(&"se@4".to_owned()));
    for (number, name) in [(5, "general@2"), (6, "combine@2")] {
        let needed = change_model(&store, &credit("wang"), (number, today()), name, retire(today())).await;
        assert!(matches!(needed, Err(Error::ModelNeeded { .. })), "{needed:?}");
    }
    // What never was in force is given up at once.
    let store = with_file(store, "food_trial", &stricter_food()).await;
    let gone = change_model(&store, &credit("wang"), (7, today()), TRIAL, without).await.unwrap();
    assert_eq!(gone.state, "Retired");
}

async fn a_line_office_acts_for_its_own_field_alone(store: Store) {
    let general = changed("general", &[("version: \"1\"", "version: \"own\"")]);
    let store = with_file(store, "general_own", &general).await;
    let store = with_file(store, "food_trial", &stricter_food()).await;
    let of_food = service::auth::Fields::Set([domain::FieldCode::parse("FOOD").unwrap()].into());
    let office = domain::OfficeCode::parse("FOOD_PROD").unwrap();
    let division = domain::DivisionCode::parse("370100").unwrap();
    let zhao = service::auth::Caller::new("zhao", "zhao", office, of_food, vec![division], "token");
    for (number, name) in [(1, "general@own"), (2, "se@3")] {
        let denied = change_model(&store, &zhao, (number, today()), name, try_it()).await;
        assert!(matches!(denied, Err(Error::Common(service::Error::Denied(_)))), "{name}: {denied:?}");
    }
    change_model(&store, &zhao, (3, today()), TRIAL, try_it()).await.unwrap();
}

async fn a_version_that_lacks_a_parameter_is_not_tried(store: Store) {
    let broken = stricter_food().replace("base: {points: 40,", "base: {points: {parameter: risk.none},");
    let store = with_file(store, "food_broken", &broken).await;
    let refused = change_model(&store, &credit("wang"), (1, today()), TRIAL, try_it()).await;
    assert!(matches!(refused, Err(Error::NotReady(_))), "{refused:?}");
}

async fn a_version_that_would_be_silently_wrong_is_neither_tried_nor_proposed(store: Store) {
    let misspelt =
        stricter_food().replace("level, op: in, value: [National", "level, op: in, value: [Nationwide");
    let store = with_file(store, "food_misspelt", &misspelt).await;
    for (number, change) in [(1, try_it()), (2, propose(tomorrow()))] {
        let refused =
            change_model(&store, &credit("wang"), (number, today()), TRIAL, change).await.unwrap_err();
        let told = refused.to_string();
        assert!(matches!(refused, Error::ModelUnusable { .. }), "{refused:?}");
        assert!(told.contains("food_misspelt:") && told.contains("unknown code `Nationwide`"), "{told}");
    }
    assert_eq!(state(&store, TRIAL, today()).await, "Draft");
}

async fn the_combination_is_tried_and_begun_like_a_model(store: Store) {
    let up = changed(
        "combine",
        &[
            ("version: \"2\"", "version: \"up\""),
            ("    A: {A: A, B: A,", "    A: {A: B, B: B,"),
            ("    B: {A: A,", "    B: {A: B,"),
            ("    C: {A: A,", "    C: {A: B,"),
        ],
    );
    let store = with_file(store, "combine_up", &up).await;
    let mut batch = Batch::default();
    producer(&mut batch, &uscc(1), "370102");
    apply(&store, &batch).await;
    change_model(&store, &credit("wang"), (1, today()), "combine@up", try_it()).await.unwrap();
    let run = full_run(&store, 2, today()).await;
    let report = store.report(&run).await.unwrap();
    let shadow = report.drifts.iter().find(|drift| drift.part == Part::Shadow).unwrap();
    assert_eq!((shadow.model.as_str(), shadow.up), ("combine@up", 1));
    begin(&store, "combine@up", tomorrow(), 3).await;
    create_on(&store, &credit("wang"), 5, tomorrow(), tomorrow()).await.unwrap();
    compute(&store, tomorrow()).await;
    approve(&store, &credit("li"), 6, "run-5", tomorrow()).await.unwrap();
    let class = store.class(&uscc(1), "FOOD").await.unwrap().class;
    assert_eq!((class.code.as_str(), class.detail.combination.as_str()), ("B", "up"));
}

/// A combination that finds nobody below B, and one that says the same as an earlier release took it: its version stands without
/// quotes, its source names no document, and a riskier class is told as a lower one.
fn of_the_city() -> (String, String) {
    let rows = [
        ("    A: {A: A, B: A,", "    A: {A: B, B: B,"),
        ("    B: {A: A,", "    B: {A: B,"),
        ("    C: {A: A,", "    C: {A: B,"),
    ];
    let law = "source: notice of 2021-09-27, part 2 (2) 2 (1) (通用+专业), since 2022-01-13 also 国市监信发〔2022〕6号; ";
    let as_once_taken = [
        ("version: \"2\"", "version: 7"),
        (law, "source: "),
        ("the table itself is a local parameter", "somebody said"),
        ("D: D, E: D}\n# Which", "D: D, E: C}\n# Which"),
    ];
    let own = [[("version: \"2\"", "version: \"7\"")].as_slice(), rows.as_slice()].concat();
    (changed("combine", &own), changed("combine", &[as_once_taken.as_slice(), rows.as_slice()].concat()))
}

async fn a_combination_in_force_goes_on_under_a_release_that_asks_for_more_and_the_log_says_so(store: Store) {
    const AS_ONCE_TAKEN: &str = "UPDATE model_version SET text = $2, hash = $3 WHERE name = $1";
    let (own, as_once_taken) = of_the_city();
    let store = with_file(store, "combine_city", &own).await;
    let mut batch = Batch::default();
    producer(&mut batch, &uscc(1), "370102");
    apply(&store, &batch).await;
    begin(&store, "combine@7", tomorrow(), 1).await;
    let hash = crypto::sm3::digest(as_once_taken.as_bytes()).to_hex();
    let upgraded = on!(store.db(), |pool| sqlx::query(AS_ONCE_TAKEN)
        .bind("combine@7")
        .bind(&as_once_taken)
        .bind(&hash)
        .execute(pool)
        .await
        .map(|done| done.rows_affected()));
    assert_eq!(upgraded.unwrap(), 1);

    let lines = Lines::default();
    let store = {
        let _logging = tracing::dispatcher::set_default(&lines.dispatch());
        started_with(store, "combine_city", &as_once_taken).await.unwrap()
    };
    let said: Vec<_> = lines.so_far().into_iter().filter(|line| line.contains("combine@7")).collect();
    assert_eq!(said.len(), 1, "{said:?}");
    for part in
        ["WARN", ": version: expected a text", ": source: `somebody said` names no", ": national: a riskier"]
    {
        assert!(said[0].contains(part), "{part}: {said:?}");
    }
    assert_eq!(store.model_version("combine@7").await.unwrap().1, as_once_taken, "it stays readable");
    create_on(&store, &credit("wang"), 5, tomorrow(), tomorrow()).await.unwrap();
    compute(&store, tomorrow()).await;
    approve(&store, &credit("li"), 6, "run-5", tomorrow()).await.unwrap();
    let class = store.class(&uscc(1), "FOOD").await.unwrap().class;
    assert_eq!((class.code.as_str(), class.detail.combination.as_str()), ("B", "7"));
}

async fn a_combination_that_is_submitted_now_is_held_to_all_that_this_release_asks_for(store: Store) {
    let (_, as_once_taken) = of_the_city();
    let refused = started_with(store.clone(), "combine_city", &as_once_taken).await.unwrap_err();
    assert!(matches!(&refused, Error::ModelUnusable { model, .. } if model == "combine@7"), "{refused:?}");
    let told = refused.to_string();
    for part in [
        "models/combine_city.yaml:",
        "version: expected a text",
        "names no document",
        "is told as a lower one",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
    let unknown = store.model_version("combine@7").await;
    assert!(matches!(unknown, Err(Error::ModelNotFound(_))), "{unknown:?}");
}

async fn versions_are_listed_page_by_page_and_an_unknown_one_is_not_found(store: Store) {
    let all = store.model_versions(None, &cut(50, "")).await.unwrap().rows;
    let first = store.model_versions(None, &cut(2, "")).await.unwrap();
    assert_eq!(first.rows, all[..2]);
    let rest = store.model_versions(None, &cut(50, &all[1].key)).await.unwrap();
    assert_eq!((rest.rows, rest.next_page_token.as_str()), (all[2..].to_vec(), ""));
    assert_eq!(in_force(&store, "2016-11-30".parse().unwrap()).await, [""; 0]);
    let unknown = store.model_version("none@1").await;
    assert!(matches!(unknown, Err(Error::ModelNotFound(_))), "{unknown:?}");
}

db::conformance! {
    open = crate::support::store;
    cases = [
        what_is_shipped_is_in_force_and_a_file_of_the_city_begins_as_a_draft,
        another_text_under_a_known_name_is_left_aside,
        a_draft_that_a_later_release_refuses_keeps_no_service_from_starting,
        a_draft_is_tried_proposed_approved_and_classes_from_its_day_on,
        what_a_version_made_of_evidence_is_kept_only_up_to_its_end_and_a_look_back_finds_it_still,
        nobody_approves_alone_and_a_refusal_leaves_a_draft,
        a_repeated_request_gives_the_first_answer,
        a_day_that_is_over_taken_or_not_written_for_is_refused,
        a_proposal_lapses_with_its_day_and_its_duty_ends,
        of_two_that_are_to_come_the_earlier_ends_on_the_eve_of_the_later,
        the_end_of_a_version_needs_two_officers_and_the_general_model_a_successor,
        a_line_office_acts_for_its_own_field_alone,
        a_version_that_lacks_a_parameter_is_not_tried,
        a_version_that_would_be_silently_wrong_is_neither_tried_nor_proposed,
        the_combination_is_tried_and_begun_like_a_model,
        a_combination_in_force_goes_on_under_a_release_that_asks_for_more_and_the_log_says_so,
        a_combination_that_is_submitted_now_is_held_to_all_that_this_release_asks_for,
        versions_are_listed_page_by_page_and_an_unknown_one_is_not_found,
    ]
}
