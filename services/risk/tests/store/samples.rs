//! Samples: what line offices look at before a run takes effect, and what becomes of it when they differ.

use db::on;
use risk::Error;
use risk::domain::sample::{ChosenAs, Sample, Verdict};
use risk::machines::run::State;
use risk::machines::sample;
use risk::store::{Batch, Store};
use service::machine::Refused;

use crate::support::*;

/// Plain producers, of which the last is careless, and a run over them that nobody has looked at.
async fn reviewed(store: &Store, producers: u32) -> Sample {
    let mut batch = Batch::default();
    for number in 1..=producers {
        producer(&mut batch, &uscc(number), "370102");
    }
    record(&mut batch, "p1", &uscc(producers), 100, heavier_penalty());
    record(&mut batch, "i1", &uscc(producers), 110, problem_inspection());
    apply(store, &batch).await;
    create(store, &credit("wang"), 1, today()).await.unwrap();
    compute_alone(store, today()).await;
    sample_of(store, "run-1").await
}

/// The only sample of a run.
async fn sample_of(store: &Store, run: &str) -> Sample {
    let mut samples = store.samples(run).await.unwrap();
    assert_eq!(samples.len(), 1, "every producer is of one field");
    samples.remove(0)
}

/// Open duties to look at samples: office, field, parameter and last day.
async fn open_checks(store: &Store) -> Vec<(String, String, String, String)> {
    const SQL: &str = "
        SELECT office, field, parameter, due_on FROM obligation
        WHERE kind = 'risk.run.check' AND done_on IS NULL ORDER BY subject";
    on!(store.db(), |pool| sqlx::query_as(SQL).fetch_all(pool).await).unwrap()
}

fn line(person: &str) -> service::auth::Caller {
    caller(person, "FOOD_PROD", "370100")
}

async fn a_run_waits_for_the_line_office_before_it_takes_effect(store: Store) {
    let sample = reviewed(&store, 2).await;
    assert_eq!((sample.office.as_str(), sample.results.len()), ("FOOD_PROD", 2), "a field of few is whole");
    let [office, field, parameter, due_on] =
        ["FOOD_PROD", "FOOD", "risk.review", "2026-04-08"].map(str::to_owned);
    assert_eq!(open_checks(&store).await, [(office, field, parameter, due_on)]);
    let early = approve(&store, &credit("li"), 2, "run-1", today()).await.unwrap_err();
    assert!(
        matches!(&early, Error::SampleOpen { fields, offices, .. } if fields == "FOOD" && offices == "FOOD_PROD"),
        "{early:?}"
    );
    assert_eq!(store.run("run-1").await.unwrap().state, State::Reviewed, "nothing has happened");

    let said = look_at(&store, &line("sun"), &sample, None, today()).await.unwrap();
    assert_eq!((said.state.as_str(), said.differing, said.checked_by.as_str()), ("Agreed", 0, "sun"));
    assert_eq!(open_checks(&store).await, []);
    let needless =
        approve_because(&store, &credit("li"), 3, ("run-1", Some("无")), today()).await.unwrap_err();
    assert!(matches!(needless, Error::Common(service::Error::Invalid(_))), "{needless:?}");
    let approved = approve(&store, &credit("li"), 4, "run-1", today()).await.unwrap();
    assert_eq!((approved.state.as_str(), approved.approval_reason.as_str()), ("Effective", ""));
    let kept = sample_of(&store, "run-1").await;
    assert!(kept.results.iter().all(|one| one.verdict == Some(Verdict::Agrees)), "it can be shown again");
    assert_eq!(events(&store, "risk.run.sample_changed").await.len(), 2, "drawn, and looked at");
}

async fn a_difference_holds_a_run_until_credit_says_why_it_counts_all_the_same(store: Store) {
    let sample = reviewed(&store, 3).await;
    let said = look_at(&store, &line("sun"), &sample, Some(&uscc(2)), today()).await.unwrap();
    assert_eq!((said.state.as_str(), said.size, said.differing), ("Disputed", 3, 1));
    let refused = approve(&store, &credit("li"), 2, "run-1", today()).await.unwrap_err();
    assert!(matches!(&refused, Error::SampleDisputed { fields, .. } if fields == "FOOD"), "{refused:?}");
    let because = ("run-1", Some("该企业另行申请人工调整"));
    let approved = approve_because(&store, &credit("li"), 3, because, today()).await.unwrap();
    assert_eq!(approved.approval_reason, "该企业另行申请人工调整");
    let run = store.run("run-1").await.unwrap();
    assert_eq!((run.state, run.approval_reason.as_str()), (State::Effective, "该企业另行申请人工调整"));
    let kept = sample_of(&store, "run-1").await;
    let differs = kept.results.iter().find(|one| one.result.uscc == uscc(2)).unwrap();
    assert_eq!(differs.verdict, Some(Verdict::Differs("整改尚未完成".to_owned())));
}

async fn nobody_looks_at_a_run_twice_in_two_roles(store: Store) {
    let sample = reviewed(&store, 2).await;
    let own = look_at(&store, &line("wang"), &sample, None, today()).await.unwrap_err();
    assert!(matches!(own, Error::Common(service::Error::Refused(Refused::FourEyes { .. }))), "{own:?}");
    for office in ["CREDIT", "SE_SUPERV", "SAMPLING_SPECIAL_FOOD"] {
        let other = caller("zhou", office, "370100");
        let other = look_at(&store, &other, &sample, None, today()).await.unwrap_err();
        assert!(matches!(other, Error::Common(service::Error::Refused(Refused::Office { .. }))), "{other:?}");
    }
    let elsewhere = caller("zhou", "FOOD_PROD", "370116");
    let elsewhere = look_at(&store, &elsewhere, &sample, None, today()).await.unwrap_err();
    assert!(matches!(elsewhere, Error::Common(service::Error::Denied(_))), "{elsewhere:?}");
    look_at(&store, &line("sun"), &sample, None, today()).await.unwrap();
    let again = look_at(&store, &line("zhou"), &sample, None, today()).await.unwrap_err();
    assert!(matches!(again, Error::Common(service::Error::Refused(Refused::Transition { .. }))), "{again:?}");
    let both = approve(&store, &credit("sun"), 2, "run-1", today()).await.unwrap_err();
    assert!(matches!(both, Error::Common(service::Error::Refused(Refused::FourEyes { .. }))), "{both:?}");
    approve(&store, &credit("li"), 3, "run-1", today()).await.unwrap();
}

async fn what_is_said_covers_the_sample_and_nothing_else(store: Store) {
    let sample = reviewed(&store, 2).await;
    let name = |number: u32| format!("enterprises/{}/classes/FOOD", uscc(number));
    for named in [vec![1], vec![1, 2, 3], vec![]] {
        let said = named.iter().map(|number| (name(*number), Verdict::Agrees)).collect();
        let refused = say(&store, &line("sun"), &sample, said, today()).await.unwrap_err();
        assert!(matches!(refused, Error::Common(service::Error::Invalid(_))), "{named:?}: {refused:?}");
        let told = format!("{refused:?}");
        assert!((1..=2).all(|number| !told.contains(uscc(number).as_str())), "unlogged, it tells {told}");
    }
    assert_eq!(sample_of(&store, "run-1").await, sample, "nothing was noted");
}

async fn the_riskiest_and_the_changed_are_in_a_sample_of_the_size_of_the_rulebook(store: Store) {
    let sample = reviewed(&store, 60).await;
    assert_eq!(sample.results.len(), store.sample_size(today()).unwrap());
    assert_eq!(sample.results[0].result.uscc, uscc(60), "the careless one comes first");
    look_at(&store, &line("sun"), &sample, None, today()).await.unwrap();
    approve(&store, &credit("li"), 2, "run-1", today()).await.unwrap();

    let mut batch = Batch::default();
    record(&mut batch, "l1", &uscc(7), 1, serious_listing());
    apply(&store, &batch).await;
    create(&store, &credit("wang"), 3, today()).await.unwrap();
    compute_alone(&store, today()).await;
    let sample = sample_of(&store, "run-3").await;
    let listed = sample.results.iter().find(|one| one.result.uscc == uscc(7)).unwrap();
    assert_eq!(listed.chosen_as, ChosenAs::Riskiest);
    assert_eq!((listed.result.previous_code.as_str(), listed.result.code.as_str()), ("A", "E"));
    assert!(listed.result.place.moved);
    let usccs: std::collections::BTreeSet<_> = sample.results.iter().map(|one| &one.result.uscc).collect();
    assert_eq!((usccs.len(), sample.results.len()), (30, 30), "each once, unchanged ones too");
}

async fn a_sample_that_nobody_looked_at_lapses_with_its_run(store: Store) {
    reviewed(&store, 2).await;
    create(&store, &credit("wang"), 2, today()).await.unwrap();
    compute_alone(&store, today()).await;
    create(&store, &credit("wang"), 3, today()).await.unwrap();
    compute_alone(&store, today()).await;
    assert_eq!(open_checks(&store).await.len(), 3);
    cancel(&store, &credit("wang"), 4, "run-1").await.unwrap();
    assert_eq!(sample_of(&store, "run-1").await.state, sample::State::Lapsed);
    agree(&store, "run-3", today()).await;
    approve(&store, &credit("li"), 5, "run-3", today()).await.unwrap();
    assert_eq!(sample_of(&store, "run-2").await.state, sample::State::Lapsed, "its run was replaced");
    assert_eq!(open_checks(&store).await, []);
}

async fn a_run_from_before_there_were_samples_is_not_approved(store: Store) {
    reviewed(&store, 2).await;
    for forget in ["DELETE FROM run_sample_class", "DELETE FROM run_sample"] {
        on!(store.db(), |pool| sqlx::query(forget).execute(pool).await.map(drop)).unwrap();
    }
    let refused = approve(&store, &credit("li"), 2, "run-1", today()).await.unwrap_err();
    assert!(matches!(&refused, Error::RunWithoutSample(run) if run == "run-1"), "{refused:?}");
}

/// By rules that ask line offices for nothing.
mod nobody_is_asked {
    use db::Db;

    use super::*;

    async fn asking_nobody(db: Db) -> Store {
        let book = book_with("risk.run.sample,30,", "risk.run.sample,0,");
        let models = risk::rules::models(&book).unwrap();
        store_by(db, book, models).await
    }

    async fn a_run_needs_no_sample_and_is_approved_by_a_second_officer_of_credit(store: Store) {
        assert_eq!(store.sample_size(today()).unwrap(), 0);
        let mut batch = Batch::default();
        producer(&mut batch, &uscc(1), "370102");
        apply(&store, &batch).await;
        create(&store, &credit("wang"), 1, today()).await.unwrap();
        compute_alone(&store, today()).await;
        assert_eq!((store.samples("run-1").await.unwrap(), open_checks(&store).await), (vec![], vec![]));
        let own = approve(&store, &credit("wang"), 2, "run-1", today()).await.unwrap_err();
        assert!(matches!(own, Error::Common(service::Error::Refused(Refused::FourEyes { .. }))), "{own:?}");
        let approved = approve(&store, &credit("li"), 3, "run-1", today()).await.unwrap();
        assert_eq!(approved.state, "Effective");
        assert_eq!(store.class(&uscc(1), "FOOD").await.unwrap().class.code, "A");
    }

    db::conformance! {
        open = asking_nobody;
        cases = [a_run_needs_no_sample_and_is_approved_by_a_second_officer_of_credit]
    }
}

db::conformance! {
    open = crate::support::store;
    cases = [
        a_run_waits_for_the_line_office_before_it_takes_effect,
        a_difference_holds_a_run_until_credit_says_why_it_counts_all_the_same,
        nobody_looks_at_a_run_twice_in_two_roles,
        what_is_said_covers_the_sample_and_nothing_else,
        the_riskiest_and_the_changed_are_in_a_sample_of_the_size_of_the_rulebook,
        a_sample_that_nobody_looked_at_lapses_with_its_run,
        a_run_from_before_there_were_samples_is_not_approved,
    ]
}
