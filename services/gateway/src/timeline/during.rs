//! During: permits, inspections and sampling results collected, classes, visits, and how what they found was put right.

use contract::{
    collection::v1::{Inspection, Permit, Record, Sampling, record::Content},
    gateway::v1::{Stage, TimelineEvent},
    inspection::v1::{Rectification, Visit},
    risk::v1::RiskClass,
};

use super::{Source, after_colon, annulled, day, in_brackets, standing};
use crate::{labels::Labels, parts::Parts};

pub(super) fn events<'a>(
    parts: &'a Parts,
    labels: Labels<'a>,
) -> impl Iterator<Item = TimelineEvent> + use<'a> {
    let records = parts.records.iter().filter_map(move |record| collected(record, parts, labels));
    let classes = parts.classes.iter().map(move |class| classed(class, labels));
    let visits = parts.visits.iter().map(move |visit| visited(visit, labels));
    let rectifications = parts.rectifications.iter().flat_map(put_right);
    records.chain(classes).chain(visits).chain(rectifications)
}

/// A record of a supervision measure, unless the service that it comes from tells of it itself.
fn collected(record: &Record, parts: &Parts, labels: Labels<'_>) -> Option<TimelineEvent> {
    let title = match record.content.as_ref()? {
        Content::Permit(_) if parts.licences.iter().any(|licence| licence.source_record == record.name) => {
            return None;
        }
        Content::Inspection(_) if record.origin == "inspection" && !parts.lacks("visits") => return None,
        Content::Permit(permit) => permitted(permit, labels, &record.decided_on),
        Content::Inspection(inspection) => inspected(inspection, labels, &record.decided_on),
        Content::Sampling(sampling) => sampled(sampling, labels, &record.decided_on),
        Content::Penalty(_) | Content::ListEntry(_) => return None,
    };
    let source = Source { stage: Stage::During, service: "collection", resource: &record.name };
    Some(source.event(record.decided_on.as_str(), title + standing(record)))
}

fn permitted(permit: &Permit, labels: Labels<'_>, on: &str) -> String {
    let class = labels.code("permit_class", &permit.permit_class, on);
    let certificate = after_colon(&permit.certificate_name);
    format!("归集行政许可（{class}）{certificate} {}", permit.permit_no)
}

fn inspected(inspection: &Inspection, labels: Labels<'_>, on: &str) -> String {
    let mode = if inspection.mode.is_empty() {
        "监督检查".to_owned()
    } else {
        labels.code("inspection_mode", &inspection.mode, on)
    };
    format!("{mode}{}", after_colon(&labels.code("inspection_result", &inspection.result, on)))
}

fn sampled(sampling: &Sampling, labels: Labels<'_>, on: &str) -> String {
    // Whose product a failed sample is, its labelled producer may dispute: until that is confirmed it counts against nobody.
    let verdict = match (sampling.passed, sampling.producer_confirmed) {
        (true, _) => "合格",
        (false, true) => "不合格",
        (false, false) => "不合格（生产者待确认）",
    };
    let level = in_brackets(&labels.code("sampling_level", &sampling.level, on));
    let items = in_brackets(&sampling.failed_items.join("、"));
    format!("监督抽检{level}{verdict}{}{items}", after_colon(&sampling.product))
}

fn classed(class: &RiskClass, labels: Labels<'_>) -> TimelineEvent {
    let source = Source { stage: Stage::During, service: "risk", resource: &class.name };
    let on = Some(day(class.effective_time.as_ref())).filter(|on| !on.is_empty());
    let on = on.unwrap_or_else(|| class.as_of.clone());
    let label = labels.find(&format!("risk_class.{}", class.scheme), &class.code, &class.as_of);
    let label = label.map_or(String::new(), |label| in_brackets(&label.label_zh));
    let title = format!("{}信用风险分类：{}{label}", labels.field(&class.field), class.code);
    source.event(on, title)
}

fn visited(visit: &Visit, labels: Labels<'_>) -> TimelineEvent {
    let source = Source { stage: Stage::During, service: "inspection", resource: &visit.name };
    let result = labels.code("inspection_result", &visit.result, &visit.visited_on);
    let kind = if visit.clue_led { "线索检查" } else { "双随机检查" };
    source
        .event(visit.visited_on.as_str(), format!("{kind}{}{}", after_colon(&result), annulled(&visit.state)))
}

/// The report of the enterprise and the re-check, the last of each. The order is told with the visit that it follows from.
fn put_right(one: &Rectification) -> [TimelineEvent; 2] {
    let source = Source { stage: Stage::During, service: "inspection", resource: &one.name };
    let number = in_brackets(&one.order_no);
    [
        source.event(one.reported_on.as_str(), format!("提交整改报告{number}")),
        source.event(one.rechecked_on.as_str(), format!("整改复查{number}")),
    ]
}
