//! Models.

use contract::risk::v1 as pb;

use crate::domain::model::Model;

/// The model as the API shows it.
pub(crate) fn model_to_pb(model: &Model) -> pb::Model {
    pb::Model {
        name: model_name(model),
        version: model.version.clone(),
        scope: model.scope.as_str().to_owned(),
        scheme: model.scheme.id.clone(),
        effective_from: model.effective_from.to_string(),
        effective_to: model.effective_to.map(|day| day.to_string()).unwrap_or_default(),
        hash: model.hash.clone(),
        source: model.source.clone(),
        indicator_count: i32::try_from(model.indicators.len()).unwrap_or(i32::MAX),
    }
}

/// How a run names a model that it used: name, version and hash.
pub(crate) fn model_used(model: &Model) -> String {
    format!("{}@{} {}", model_name(model), model.version, model.hash)
}

fn model_name(model: &Model) -> String {
    format!("models/{}", model.id)
}
