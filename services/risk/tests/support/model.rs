//! Versions of models: texts that differ from the shipped ones, and decisions about them.

use std::sync::Arc;

use chrono::NaiveDate;
use contract::risk::v1 as pb;
use risk::domain::engine::{ModelFile, Models};
use risk::domain::model_version::{ModelChange, Wanted};
use risk::rules;
use risk::store::{Act, Store};
use rulebook::Rulebook;
use service::auth::Caller;
use service::idempotency::Key;

use super::{noon, request, start};

/// The same store after a start with one more file of models in its rulebook.
pub(crate) async fn with_file(store: Store, name: &str, text: &str) -> Store {
    started_with(store, name, text).await.unwrap()
}

/// As [`with_file`], or why it does not start.
pub(crate) async fn started_with(store: Store, name: &str, text: &str) -> Result<Store, risk::Error> {
    let book = Rulebook::builtin();
    let hash = crypto::sm3::digest(text.as_bytes()).to_hex();
    let mut files = rules::model_files(&book);
    files.push(ModelFile { name, text, hash: &hash });
    let (models, _) = Models::load_registered(&files, |id| rules::scheme(&book, id)).unwrap();
    let store = store.with_models(Arc::new(models)).register_models(&files, &start()).await?;
    store.keep_up_with_models().await.unwrap();
    Ok(store)
}

/// The shipped text of a model, changed.
pub(crate) fn changed(name: &str, changes: &[(&str, &str)]) -> String {
    let book = Rulebook::builtin();
    let mut text = book.models().iter().find(|model| model.name == name).unwrap().text.clone();
    for (from, to) in changes {
        assert!(text.contains(from), "`{from}` stands in {name}");
        text = text.replace(from, to);
    }
    text
}

/// A food model that finds every producer riskier.
pub(crate) fn stricter_food() -> String {
    changed(
        "food2016",
        &[("version: \"3\"", "version: \"trial\""), ("base: {points: 0,", "base: {points: 40,")],
    )
}

/// Decides about a version, in the name of `by`, on a day.
pub(crate) async fn change_model(
    store: &Store,
    by: &Caller,
    (number, day): (u32, NaiveDate),
    name: &str,
    change: ModelChange,
) -> Result<pb::Model, risk::Error> {
    let request_id = request(number);
    let key = Key { caller: by.subject(), method: "ChangeModel", request_id: &request_id };
    let body = pb::ApproveModelRequest { name: format!("{name} {change:?}"), ..Default::default() };
    let act = Act::of(by, request_id.as_str(), noon(day).plus_micros(number.into()), store.book());
    store.change_model((&key, &body), by, &act, (name, &change)).await
}

/// What asks for a day.
pub(crate) fn wanted(day: NaiveDate) -> Wanted {
    Wanted {
        day: Some(day),
        reason: "试运行结果良好".to_owned(),
        legal_basis: "国市监信发〔2022〕6号".to_owned(),
    }
}
