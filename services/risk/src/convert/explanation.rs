//! Explanations.

use contract::risk::v1 as pb;

use super::class::class_name;
use crate::domain::class::Class;
use crate::domain::explain::{DimensionLine, EvidenceLine, Explanation, Line, ModelLine, RuleLine};
use crate::store::{LookedBack, TrialClass};

/// The explanation of a class in effect, as it is told, or of one that was computed for the answer. `superseded`: the evidence says
/// something else by now.
pub(crate) fn explanation_to_pb(
    looked: &LookedBack,
    in_effect: Option<pb::RiskClass>,
    superseded: bool,
) -> pb::Explanation {
    let Explanation { models, lines, dimensions, rules, overriding_rules } = &looked.explanation;
    let looked_back = in_effect.is_none();
    pb::Explanation {
        risk_class: Some(in_effect.unwrap_or_else(|| computed_to_pb(looked))),
        contributions: lines.iter().map(line_to_pb).collect(),
        overriding_rules: overriding_rules.clone(),
        combination: looked.combination.clone(),
        models: models.iter().map(model_to_pb).collect(),
        dimensions: dimensions.iter().map(dimension_to_pb).collect(),
        rules: rules.iter().map(rule_to_pb).collect(),
        floor_code: looked.class.floor_code.clone(),
        registry_seq: looked.known.registry,
        looked_back,
        superseded_by_evidence: superseded,
        trials: looked.trials.iter().map(trial_to_pb).collect(),
    }
}

/// A class that is nobody's: it was computed for the answer alone.
fn computed_to_pb(looked: &LookedBack) -> pb::RiskClass {
    let Class {
        uscc,
        field,
        division,
        scheme,
        code,
        general_code,
        professional_code,
        general_points_e2,
        professional_points_e2,
        as_of,
        ..
    } = looked.class.clone();
    pb::RiskClass {
        name: class_name(&uscc, &field),
        uscc,
        field,
        scheme,
        code: code.clone(),
        general_code,
        professional_code,
        general_points_e2,
        professional_points_e2,
        as_of: as_of.to_string(),
        known_seq: looked.known.collection,
        rulebook_hash: looked.rulebook_hash.clone(),
        division,
        computed_code: code,
        floor_code: looked.class.floor_code.clone(),
        ..pb::RiskClass::default()
    }
}

fn trial_to_pb(trial: &TrialClass) -> pb::TrialClass {
    pb::TrialClass {
        model: trial.model.clone(),
        code: trial.class.code.clone(),
        general_code: trial.class.general_code.clone(),
        professional_code: trial.class.professional_code.clone(),
        general_points_e2: trial.class.general_points_e2,
        professional_points_e2: trial.class.professional_points_e2,
        combination: trial.combination.clone(),
    }
}

fn model_to_pb(model: &ModelLine) -> pb::ModelResult {
    pb::ModelResult {
        model: model.model.clone(),
        scheme: model.scheme.clone(),
        base_e2: model.base_e2,
        points_e2: model.points_e2,
        by_points: model.by_points.clone(),
        code: model.code.clone(),
        source: model.source.clone(),
        hash: model.hash.clone(),
    }
}

fn line_to_pb(line: &Line) -> pb::Contribution {
    pb::Contribution {
        model: line.model.clone(),
        indicator: line.indicator.clone(),
        label: line.label.clone(),
        value_e2: line.value_e2,
        points_e2: line.points_e2,
        records: line.records.iter().map(|record| record.name.clone()).collect(),
        source: line.cites.clone(),
        dimension: line.dimension.clone(),
        condition: line.condition.clone(),
        window: line.window.clone(),
        reckoning: line.reckoning.clone(),
        counted: line.records.iter().map(record_to_pb).collect(),
        outside_window: i32::try_from(line.outside).unwrap_or(i32::MAX),
        left_out: i32::try_from(line.left_out).unwrap_or(i32::MAX),
    }
}

fn record_to_pb(record: &EvidenceLine) -> pb::CountedRecord {
    pb::CountedRecord {
        name: record.name.clone(),
        source: record.source.clone(),
        document_no: record.document_no.clone(),
        day: record.day.clone(),
        last_day: record.last_day.clone(),
        value_e2: record.value_e2,
        known_seq: record.known_seq,
    }
}

fn dimension_to_pb(dimension: &DimensionLine) -> pb::DimensionResult {
    pb::DimensionResult {
        model: dimension.model.clone(),
        dimension: dimension.dimension.clone(),
        label: dimension.label.clone(),
        sum_e2: dimension.sum_e2,
        counted_e2: dimension.counted_e2,
        cut: dimension.cut.clone(),
    }
}

fn rule_to_pb(rule: &RuleLine) -> pb::FiredRule {
    pb::FiredRule {
        model: rule.model.clone(),
        rule: rule.rule.clone(),
        label: rule.label.clone(),
        effect: rule.effect.clone(),
        source: rule.cites.clone(),
    }
}
