//! Runs, from their start to their approval, and the classes that they give.

use chrono::NaiveDate;
use contract::risk::v1 as pb;
use domain::{FieldCode, RequestId};
use risk::domain::run::Run;
use risk::domain::sample::{Sample, Verdict};
use risk::machines::sample::Event;
use risk::runner::compute_waiting;
use risk::store::{Act, ClassFilter, Said, Store, StoredClass};
use service::Clock;
use service::auth::Caller;
use service::idempotency::Key;

use super::{caller, credit, cut, noon, request, today};

/// Scores again whatever is due, on a day; answers how many enterprises.
pub(crate) async fn rescore(store: &Store, day: NaiveDate) -> usize {
    let act = Act::of_system("", noon(day), store.book());
    let mut all = 0;
    loop {
        match store.rescore_due(&act).await.unwrap() {
            0 => return all,
            some => all += some,
        }
    }
}

/// Asks for a run in the name of `by`.
pub(crate) async fn create(
    store: &Store,
    by: &Caller,
    number: u32,
    as_of: NaiveDate,
) -> Result<pb::Run, risk::Error> {
    create_on(store, by, number, as_of, as_of).await
}

/// Asks for a run as of a day, on another day.
pub(crate) async fn create_on(
    store: &Store,
    by: &Caller,
    number: u32,
    as_of: NaiveDate,
    day: NaiveDate,
) -> Result<pb::Run, risk::Error> {
    let request_id = request(number);
    let key = Key { caller: by.subject(), method: "CreateRun", request_id: &request_id };
    let body = pb::CreateRunRequest { as_of: as_of.to_string(), request_id: request_id.to_string() };
    let act = Act::of(by, request_id.as_str(), noon(day).plus_micros(number.into()), store.book());
    store.create_run(&key, &body, by, &act, &format!("run-{number}"), as_of).await
}

/// Computes the run that waits; the line offices agree with their samples of it.
pub(crate) async fn compute(store: &Store, day: NaiveDate) {
    compute_alone(store, day).await;
    for run in store.runs(&cut(10, "")).await.unwrap().rows {
        agree(store, &run.id, day).await;
    }
}

/// Computes the run that waits, and leaves its samples to others.
pub(crate) async fn compute_alone(store: &Store, day: NaiveDate) {
    assert!(compute_waiting(store, Clock::Fixed(noon(day))).await.unwrap(), "a run waits");
}

/// Every line office that has not looked yet agrees with its sample of a run.
pub(crate) async fn agree(store: &Store, run: &str, day: NaiveDate) {
    let samples = store.samples(run).await.unwrap();
    for sample in samples.into_iter().filter(|sample| sample.state.awaits(Event::Agree)) {
        let by = caller("sun", sample.office.as_str(), "370100");
        look_at(store, &by, &sample, None, day).await.unwrap();
    }
}

/// Looks at a sample in the name of `by`: agrees with every result but those of `differs`.
pub(crate) async fn look_at(
    store: &Store,
    by: &Caller,
    sample: &Sample,
    differs: Option<&str>,
    day: NaiveDate,
) -> Result<pb::SampleCheck, risk::Error> {
    let said = sample.results.iter().map(|one| {
        let result = &one.result;
        let verdict = match differs {
            Some(uscc) if result.uscc == uscc => Verdict::Differs("整改尚未完成".to_owned()),
            _ => Verdict::Agrees,
        };
        (format!("enterprises/{}/classes/{}", result.uscc, result.field), verdict)
    });
    say(store, by, sample, said.collect(), day).await
}

/// Says something of a sample in the name of `by`.
pub(crate) async fn say(
    store: &Store,
    by: &Caller,
    sample: &Sample,
    said: Said,
    day: NaiveDate,
) -> Result<pb::SampleCheck, risk::Error> {
    let request_id = RequestId::from_uuid(uuid::Uuid::new_v4());
    let key = Key { caller: by.subject(), method: "RecordSampleCheck", request_id: &request_id };
    let body = pb::RecordSampleCheckRequest { name: sample.name(), ..Default::default() };
    let act = Act::of(by, request_id.as_str(), noon(day), store.book());
    let field = FieldCode::parse(&sample.field).unwrap();
    store.record_sample_check(&key, &body, by, &act, (&sample.run, &field, said)).await
}

/// Approves a run in the name of `by`.
pub(crate) async fn approve(
    store: &Store,
    by: &Caller,
    number: u32,
    id: &str,
    day: NaiveDate,
) -> Result<pb::Run, risk::Error> {
    approve_because(store, by, number, (id, None), day).await
}

/// The same, with the reason why although a line office differs.
pub(crate) async fn approve_because(
    store: &Store,
    by: &Caller,
    number: u32,
    (id, reason): (&str, Option<&str>),
    day: NaiveDate,
) -> Result<pb::Run, risk::Error> {
    let request_id = request(number);
    let key = Key { caller: by.subject(), method: "ApproveRun", request_id: &request_id };
    let body = pb::ApproveRunRequest {
        name: format!("runs/{id}"),
        request_id: request_id.to_string(),
        reason: reason.unwrap_or_default().to_owned(),
    };
    let act = Act::of(by, request_id.as_str(), noon(day), store.book());
    store.approve_run(&key, &body, by, &act, (id, reason)).await
}

/// A run, from its start by wang to its approval by li.
pub(crate) async fn full_run(store: &Store, number: u32, day: NaiveDate) -> Run {
    let id = format!("run-{number}");
    create(store, &credit("wang"), number, day).await.unwrap();
    compute(store, day).await;
    approve(store, &credit("li"), number + 500_000, &id, day).await.unwrap();
    store.run(&id).await.unwrap()
}

/// All classes in effect.
pub(crate) async fn all_classes(store: &Store) -> Vec<StoredClass> {
    let filter = ClassFilter {
        scope: credit("li").scope(),
        uscc: String::new(),
        field: String::new(),
        code: String::new(),
        today: today(),
    };
    store.classes(&filter, &cut(10_000, "")).await.unwrap().rows
}

/// Gives a run up in the name of `by`.
pub(crate) async fn cancel(
    store: &Store,
    by: &Caller,
    number: u32,
    id: &str,
) -> Result<pb::Run, risk::Error> {
    let request_id = request(number);
    let key = Key { caller: by.subject(), method: "CancelRun", request_id: &request_id };
    let reason = "数据有误".to_owned();
    let body = pb::CancelRunRequest {
        name: format!("runs/{id}"),
        reason: reason.clone(),
        request_id: request_id.to_string(),
    };
    let act = Act::of(by, request_id.as_str(), noon(today()), store.book());
    store.cancel_run(&key, &body, by, &act, (id, &reason)).await
}
