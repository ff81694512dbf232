//! The store of risk on both engines: runs, approvals, re-scores.

mod as_of;
mod daily;
mod effects;
mod history;
mod models;
mod noted;
mod overrides;
mod places;
mod provincial;
mod runs;
mod samples;

use std::collections::BTreeSet;

use crate::support::{self, *};
use chrono::Days;
use db::on;
use domain::OfficeCode;
use risk::Error;
use risk::domain::drift::Part;
use risk::domain::known::Feed;
use risk::machines::run::State;
use risk::store::{Batch, ClassFilter, Lists, Store};
use service::auth::{Caller, Fields};
use service::machine::Refused;

/// One producer of plain food and one of two careless years.
async fn two_producers(store: &Store) -> (String, String) {
    let (careful, careless) = (uscc(1), uscc(2));
    let mut batch = Batch::default();
    producer(&mut batch, &careful, "370102");
    producer(&mut batch, &careless, "370103");
    record(&mut batch, "p1", &careless, 100, heavier_penalty());
    record(&mut batch, "i1", &careless, 110, problem_inspection());
    apply(store, &batch).await;
    (careful, careless)
}

async fn a_run_takes_effect_when_a_second_person_approves_it(store: Store) {
    let (careful, careless) = two_producers(&store).await;
    create(&store, &credit("wang"), 1, today()).await.unwrap();
    compute(&store, today()).await;
    let reviewed = store.run("run-1").await.unwrap();
    assert_eq!((reviewed.state, reviewed.total, reviewed.done, reviewed.changed), (State::Reviewed, 2, 2, 2));
    let report = store.report(&reviewed).await.unwrap();
    let entered: i64 =
        report.drifts.iter().filter(|drift| drift.part == Part::Combined).map(|drift| drift.entered).sum();
    assert_eq!(entered, 2);
    assert!(
        matches!(store.class(&careful, "FOOD").await, Err(Error::ClassNotFound(_))),
        "nothing counts yet"
    );
    assert!(told(&store).await.is_empty());

    approve(&store, &credit("li"), 2, "run-1", today()).await.unwrap();
    let (good, bad) =
        (store.class(&careful, "FOOD").await.unwrap(), store.class(&careless, "FOOD").await.unwrap());
    assert_eq!((good.class.code.as_str(), good.run.as_str(), good.revision), ("A", "run-1", 1));
    assert!(bad.class.code > good.class.code, "{bad:?}");
    assert_eq!(told(&store).await.len(), 2);
    assert_eq!(store.run("run-1").await.unwrap().state, State::Effective);
    assert_eq!(store.run("run-1").await.unwrap().approved_by, "li");
}

async fn who_started_a_run_may_not_approve_it(store: Store) {
    two_producers(&store).await;
    create(&store, &credit("wang"), 1, today()).await.unwrap();
    let early = approve(&store, &credit("li"), 2, "run-1", today()).await.unwrap_err();
    assert!(matches!(early, Error::Common(service::Error::Refused(Refused::Transition { .. }))), "{early:?}");
    compute(&store, today()).await;
    let alone = approve(&store, &credit("wang"), 3, "run-1", today()).await.unwrap_err();
    assert!(matches!(alone, Error::Common(service::Error::Refused(Refused::FourEyes { .. }))), "{alone:?}");
    let line =
        approve(&store, &caller("zhao", "FOOD_PROD", "370100"), 4, "run-1", today()).await.unwrap_err();
    assert!(matches!(line, Error::Common(service::Error::Refused(Refused::Office { .. }))), "{line:?}");
}

async fn a_repeated_request_gives_the_first_answer_and_another_body_is_refused(store: Store) {
    let first = create(&store, &credit("wang"), 1, today()).await.unwrap();
    compute(&store, today()).await;
    assert_eq!(create(&store, &credit("wang"), 1, today()).await.unwrap(), first);
    let other = create(&store, &credit("wang"), 1, today() - Days::new(1)).await.unwrap_err();
    assert!(matches!(other, Error::Common(service::Error::RequestIdReused(_))), "{other:?}");
    let approved = approve(&store, &credit("li"), 2, "run-1", today()).await.unwrap();
    let again = approve(&store, &credit("li"), 2, "run-1", today()).await.unwrap();
    assert_eq!(approved, again);
}

async fn only_one_run_is_computed_at_a_time(store: Store) {
    create(&store, &credit("wang"), 1, today()).await.unwrap();
    let refused = create(&store, &credit("li"), 2, today()).await.unwrap_err();
    assert!(matches!(refused, Error::RunInProgress(id) if id == "run-1"));
    compute(&store, today()).await;
    create(&store, &credit("li"), 3, today()).await.unwrap();
}

async fn a_day_without_a_model_is_refused(store: Store) {
    let day = "2021-09-26".parse().unwrap();
    let refused = create(&store, &credit("wang"), 1, day).await.unwrap_err();
    assert!(matches!(refused, Error::NotReady(_)), "{refused:?}");
}

async fn a_later_run_takes_the_place_of_the_earlier_and_tells_nothing_new(store: Store) {
    two_producers(&store).await;
    full_run(&store, 1, today()).await;
    let before = told(&store).await.len();
    let second = full_run(&store, 2, today()).await;
    assert_eq!(second.changed, 0);
    assert_eq!(store.run("run-1").await.unwrap().state, State::Superseded);
    assert_eq!(told(&store).await.len(), before);
    let classes = all_classes(&store).await;
    assert_eq!(classes.len(), 2);
    assert!(
        classes.iter().all(|class| class.run == "run-1" && class.revision == 1),
        "only changes are written"
    );
}

async fn an_event_scores_one_enterprise_again_and_names_its_cause(store: Store) {
    let (careful, careless) = two_producers(&store).await;
    full_run(&store, 1, today()).await;
    let other = store.class(&careless, "FOOD").await.unwrap();
    let before = told(&store).await.len();
    let mut batch = Batch::default();
    batch.tell(Feed::Collection, today(), 77);
    record(&mut batch, "l1", &careful, 1, serious_listing());
    apply(&store, &batch).await;
    assert_eq!(rescore(&store, today()).await, 1);

    let class = store.class(&careful, "FOOD").await.unwrap();
    assert_eq!((class.class.code.as_str(), class.class.general_code.as_str()), ("E", "E"));
    assert_eq!((class.run.as_str(), class.revision, class.known_seq), ("", 2, 77));
    let told = told(&store).await;
    assert_eq!(told[before..], [("E".into(), "A".into(), "event of records/l1".into())]);
    assert_eq!(store.class(&careless, "FOOD").await.unwrap(), other, "nobody else is touched");
}

async fn a_withdrawn_record_counts_no_longer(store: Store) {
    let (careful, _) = two_producers(&store).await;
    full_run(&store, 1, today()).await;
    let before = store.class(&careful, "FOOD").await.unwrap();
    let mut batch = Batch::default();
    record(&mut batch, "p9", &careful, 10, heavier_penalty());
    apply(&store, &batch).await;
    rescore(&store, today()).await;
    assert_ne!(store.class(&careful, "FOOD").await.unwrap().class, before.class);

    let mut batch = Batch::default();
    batch.withdraw("records/p9", 2);
    apply(&store, &batch).await;
    rescore(&store, today()).await;
    assert_eq!(store.class(&careful, "FOOD").await.unwrap().class, before.class);
}

async fn before_the_first_run_in_effect_nobody_is_scored(store: Store) {
    two_producers(&store).await;
    assert_eq!(rescore(&store, today()).await, 0);
    create(&store, &credit("wang"), 1, today()).await.unwrap();
    compute(&store, today()).await;
    assert_eq!(rescore(&store, today()).await, 0);
}

async fn what_comes_while_a_run_waits_for_approval_counts_when_it_takes_effect(store: Store) {
    let (careful, _) = two_producers(&store).await;
    create(&store, &credit("wang"), 1, today()).await.unwrap();
    compute(&store, today()).await;
    let mut batch = Batch::default();
    record(&mut batch, "l1", &careful, 1, serious_listing());
    apply(&store, &batch).await;
    approve(&store, &credit("li"), 2, "run-1", today()).await.unwrap();
    assert_eq!(store.class(&careful, "FOOD").await.unwrap().class.code, "E");
}

async fn an_enterprise_that_leaves_its_field_has_no_class(store: Store) {
    let (careful, careless) = two_producers(&store).await;
    full_run(&store, 1, today()).await;
    let mut batch = Batch::default();
    batch.mark(&careful, "FOOD", false, 2);
    apply(&store, &batch).await;
    rescore(&store, today()).await;
    assert!(matches!(store.class(&careful, "FOOD").await, Err(Error::ClassNotFound(_))));
    let (code, before, _) = told(&store).await.pop().unwrap();
    assert_eq!((code.as_str(), before.as_str()), ("", "A"));
    let run = full_run(&store, 2, today()).await;
    assert_eq!((run.total, run.changed), (1, 0));
    assert!(store.class(&careless, "FOOD").await.is_ok());
}

async fn a_batch_applied_twice_changes_nothing(store: Store) {
    let careful = uscc(1);
    let mut batch = Batch::default();
    producer(&mut batch, &careful, "370102");
    record(&mut batch, "p1", &careful, 100, heavier_penalty());
    apply(&store, &batch).await;
    let once = store.evidence_of(&careful).await.unwrap();
    apply(&store, &batch).await;
    assert!(!once.is_empty());
    assert_eq!(store.evidence_of(&careful).await.unwrap(), once);
}

async fn other_models_make_what_is_kept_anew(store: Store) {
    let (careful, careless) = two_producers(&store).await;
    let before = (store.evidence_of(&careful).await.unwrap(), store.evidence_of(&careless).await.unwrap());
    assert_eq!(store.keep_up_with_models().await.unwrap(), 0, "the models are the same");
    for sql in ["UPDATE evidence_head SET models = 'others'", "DELETE FROM projected"] {
        on!(store.db(), |pool| sqlx::query(sql).execute(pool).await.map(drop)).unwrap();
    }
    assert_eq!(store.keep_up_with_models().await.unwrap(), 6);
    assert_eq!(
        (store.evidence_of(&careful).await.unwrap(), store.evidence_of(&careless).await.unwrap()),
        before
    );
}

async fn a_cleared_copy_leaves_runs_and_classes(store: Store) {
    let (careful, _) = two_producers(&store).await;
    full_run(&store, 1, today()).await;
    let mut tx = store.db().begin_write().await.unwrap();
    store.clear_evidence(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    assert!(store.evidence_of(&careful).await.unwrap().is_empty());
    assert!(store.class(&careful, "FOOD").await.is_ok());
}

async fn a_copy_of_many_is_cleared_of_all_that_was_made_of_it(store: Store) {
    let mut batch = Batch::default();
    for number in 0..700 {
        producer(&mut batch, &uscc(number), "370102");
    }
    apply(&store, &batch).await;
    let made = async || -> i64 {
        let sql = "SELECT COUNT(*) FROM projected";
        on!(store.db(), |pool| sqlx::query_scalar(sql).fetch_one(pool).await).unwrap()
    };
    assert!(made().await > 1_000, "more than one statement goes through");
    let mut tx = store.db().begin_write().await.unwrap();
    store.clear_evidence(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(made().await, 0);
}

async fn pages_cover_every_class_once_in_byte_order(store: Store) {
    let mut batch = Batch::default();
    for number in 0..23 {
        producer(&mut batch, &uscc(number), "370102");
    }
    apply(&store, &batch).await;
    full_run(&store, 1, today()).await;
    let filter = ClassFilter {
        scope: credit("li").scope(),
        uscc: String::new(),
        field: "FOOD".to_owned(),
        code: "A".to_owned(),
        today: today(),
    };
    let (mut seen, mut after) = (Vec::new(), String::new());
    loop {
        let page = store.classes(&filter, &cut(5, &after)).await.unwrap();
        seen.extend(page.rows.iter().map(|row| row.class.uscc.clone()));
        if page.next_page_token.is_empty() {
            break;
        }
        after = format!("{}/FOOD", seen.last().unwrap());
    }
    let sorted: BTreeSet<_> = seen.iter().cloned().collect();
    assert_eq!((seen.len(), sorted.len()), (23, 23));
    assert!(seen.is_sorted());
}

async fn lists_leave_out_other_divisions_and_fields(store: Store) {
    let (careful, _) = two_producers(&store).await;
    full_run(&store, 1, today()).await;
    let seen = async |caller: Caller| {
        let filter = ClassFilter {
            scope: caller.scope(),
            uscc: String::new(),
            field: String::new(),
            code: String::new(),
            today: today(),
        };
        let page = store.classes(&filter, &cut(50, "")).await.unwrap();
        page.rows.into_iter().map(|row| row.class.uscc).collect::<Vec<_>>()
    };
    assert_eq!(seen(caller("sun", "DISTRICT", "370102")).await, [careful]);
    assert_eq!(seen(caller("sun", "DISTRICT", "370104")).await, [""; 0]);
    let se = Fields::Set(["SE".parse_field()].into());
    let division = domain::DivisionCode::parse("370100").unwrap();
    let office = OfficeCode::parse("SE_SUPERV").unwrap();
    assert_eq!(seen(Caller::new("he", "", office, se, vec![division], "")).await, [""; 0]);
}

async fn which_lists_have_something_about_an_enterprise_is_told_by_one_statement(store: Store) {
    let (careful, _) = two_producers(&store).await;
    full_run(&store, 1, today()).await;
    let lists = async |code: &str| store.lists_of(&domain::Uscc::parse(code).unwrap()).await.unwrap();
    assert_eq!(lists(&careful).await, Lists { classes: true, signals: false });
    assert_eq!(lists(&uscc(3)).await, Lists { classes: false, signals: false });
}

/// Short for a field's code.
trait ParseField {
    fn parse_field(&self) -> domain::FieldCode;
}

impl ParseField for str {
    fn parse_field(&self) -> domain::FieldCode {
        domain::FieldCode::parse(self).unwrap()
    }
}

async fn runs_are_listed_the_latest_first(store: Store) {
    for number in 1..=3 {
        full_run(&store, number, today()).await;
    }
    let first = store.runs(&cut(2, "")).await.unwrap();
    assert_eq!(first.rows.iter().map(|run| run.id.as_str()).collect::<Vec<_>>(), ["run-3", "run-2"]);
    let last = &first.rows[1];
    let rest = store.runs(&cut(2, &format!("{}/{}", last.created_at.micros(), last.id))).await.unwrap();
    assert_eq!(rest.rows.iter().map(|run| run.id.as_str()).collect::<Vec<_>>(), ["run-1"]);
    assert_eq!(rest.next_page_token, "");
}

async fn a_reviewed_run_is_a_duty_until_it_is_decided(store: Store) {
    const OPEN: &str = "SELECT COUNT(*) FROM obligation WHERE kind = 'risk.run.approve' AND done_on IS NULL";
    let open =
        async || -> i64 { on!(store.db(), |pool| sqlx::query_scalar(OPEN).fetch_one(pool).await).unwrap() };
    create(&store, &credit("wang"), 1, today()).await.unwrap();
    assert_eq!(open().await, 0);
    compute(&store, today()).await;
    assert_eq!(open().await, 1);
    create(&store, &credit("wang"), 2, today()).await.unwrap();
    compute(&store, today()).await;
    assert_eq!(open().await, 2);
    approve(&store, &credit("li"), 3, "run-2", today()).await.unwrap();
    assert_eq!(open().await, 0, "the run that nobody approved is superseded");
    assert_eq!(store.run("run-1").await.unwrap().state, State::Superseded);
}

async fn history_holds_all_evidence_of_whoever_was_inspected_in_the_window(store: Store) {
    let (_, careless) = two_producers(&store).await;
    let day = |days: u64| today() - Days::new(days);
    assert!(store.inspected(day(109), day(0)).await.unwrap().is_empty());
    let firms = store.inspected(day(110), day(110)).await.unwrap();
    assert_eq!(firms.len(), 1);
    assert_eq!(firms[0].division, "370103");
    let mut sources: Vec<_> = firms[0].pieces.iter().map(|piece| piece.source.as_str()).collect();
    sources.sort_unstable();
    assert_eq!(sources, ["attribute", "inspection", "licence", "penalty"], "{careless}");
}

db::conformance! {
    open = support::store;
    cases = [
        a_run_takes_effect_when_a_second_person_approves_it,
        which_lists_have_something_about_an_enterprise_is_told_by_one_statement,
        who_started_a_run_may_not_approve_it,
        a_repeated_request_gives_the_first_answer_and_another_body_is_refused,
        only_one_run_is_computed_at_a_time,
        a_day_without_a_model_is_refused,
        a_later_run_takes_the_place_of_the_earlier_and_tells_nothing_new,
        an_event_scores_one_enterprise_again_and_names_its_cause,
        a_withdrawn_record_counts_no_longer,
        before_the_first_run_in_effect_nobody_is_scored,
        what_comes_while_a_run_waits_for_approval_counts_when_it_takes_effect,
        an_enterprise_that_leaves_its_field_has_no_class,
        a_batch_applied_twice_changes_nothing,
        other_models_make_what_is_kept_anew,
        a_cleared_copy_leaves_runs_and_classes,
        a_copy_of_many_is_cleared_of_all_that_was_made_of_it,
        pages_cover_every_class_once_in_byte_order,
        lists_leave_out_other_divisions_and_fields,
        runs_are_listed_the_latest_first,
        a_reviewed_run_is_a_duty_until_it_is_decided,
        history_holds_all_evidence_of_whoever_was_inspected_in_the_window,
    ]
}

async fn of_two_runs_asked_for_at_once_exactly_one_starts(store: Store) {
    let (wang, li) = (credit("wang"), credit("li"));
    let (first, second) = tokio::join!(create(&store, &wang, 1, today()), create(&store, &li, 2, today()));
    assert_eq!(usize::from(first.is_ok()) + usize::from(second.is_ok()), 1, "{first:?} {second:?}");
}

async fn of_two_approvals_at_once_exactly_one_counts(store: Store) {
    two_producers(&store).await;
    create(&store, &credit("wang"), 1, today()).await.unwrap();
    compute(&store, today()).await;
    let (li, zhao) = (credit("li"), credit("zhao"));
    let (first, second) =
        tokio::join!(approve(&store, &li, 2, "run-1", today()), approve(&store, &zhao, 3, "run-1", today()));
    assert_eq!(usize::from(first.is_ok()) + usize::from(second.is_ok()), 1, "{first:?} {second:?}");
    assert_eq!(told(&store).await.len(), 2);
}

async fn evidence_that_comes_during_an_approval_is_never_missed(store: Store) {
    let (careful, _) = two_producers(&store).await;
    create(&store, &credit("wang"), 1, today()).await.unwrap();
    compute(&store, today()).await;
    let mut batch = Batch::default();
    record(&mut batch, "l1", &careful, 1, serious_listing());
    let li = credit("li");
    let (approved, ()) = tokio::join!(approve(&store, &li, 2, "run-1", today()), apply(&store, &batch));
    approved.unwrap();
    rescore(&store, today()).await;
    assert_eq!(store.class(&careful, "FOOD").await.unwrap().class.code, "E");
}

db::races! {
    open = support::store;
    cases = [
        of_two_runs_asked_for_at_once_exactly_one_starts,
        of_two_approvals_at_once_exactly_one_counts,
        evidence_that_comes_during_an_approval_is_never_missed,
    ]
}

#[test]
fn both_engines_have_the_same_migrations() {
    db::testing::assert_same_files(&risk::store::MIGRATIONS, env!("CARGO_MANIFEST_DIR"));
}
