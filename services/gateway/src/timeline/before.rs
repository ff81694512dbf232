//! Before the event: licences, marks, letters of commitment, tickets of the hotline, and the key attention that they led to.

use contract::{
    collection::v1::Ticket,
    gateway::v1::{Stage, TimelineEvent},
    registry::v1::{Commitment, Licence, Mark},
    risk::v1::Flag,
};

use super::{Source, after_colon, day, in_brackets};
use crate::{labels::Labels, parts::Parts};

/// State of a flag that has ended.
const ATTENTION_OFF: &str = "AttentionOff";

pub(super) fn events<'a>(
    parts: &'a Parts,
    labels: Labels<'a>,
) -> impl Iterator<Item = TimelineEvent> + use<'a> {
    let licences = parts.licences.iter().map(move |licence| granted(licence, labels));
    let marks = parts.marks.iter().map(move |mark| published(mark, labels));
    let letters = parts.commitments.iter().flat_map(move |letter| promised(letter, labels));
    let tickets = parts.tickets.iter().flat_map(move |ticket| [accepted(ticket, labels), closed(ticket)]);
    let flags = parts.flags.iter().flat_map(attention);
    licences.chain(marks).chain(letters).chain(tickets).chain(flags)
}

/// The beginning of key attention, and its end once that has come.
fn attention(flag: &Flag) -> Vec<TimelineEvent> {
    let source = Source { stage: Stage::Before, service: "risk", resource: &flag.name };
    let begun = format!("列为重点关注对象{}", after_colon(&flag.topic_label_zh));
    let mut events = vec![source.event(flag.on_since.as_str(), begun)];
    if flag.state == ATTENTION_OFF {
        events.push(source.event(flag.on_until.as_str(), "重点关注结束".to_owned()));
    }
    events
}

fn granted(licence: &Licence, labels: Labels<'_>) -> TimelineEvent {
    let source = Source { stage: Stage::Before, service: "registry", resource: &licence.name };
    let kinds = after_colon(&labels.sub_kinds(&licence.sub_kinds).join("、"));
    let remark = in_brackets(&remark(licence, labels));
    let title = format!("取得{}许可{kinds} {}{remark}", labels.field(&licence.field), licence.licence_no);
    source.event(licence.valid_from.as_str(), title)
}

/// What there is to say about a licence that is not in force: the act that has ended it or, where none has, that the paper or the entry
/// that told of it was withdrawn. Empty for one in force.
fn remark(licence: &Licence, labels: Labels<'_>) -> String {
    if !licence.record_withdrawn_on.is_empty() {
        let withdrawn = if licence.source_record.is_empty() {
            "登记有误，已取消"
        } else {
            "许可信息已撤回"
        };
        return withdrawn.to_owned();
    }
    let state = labels.find("licence_state", &licence.state, &licence.valid_from);
    let ended = state.filter(|state| !state.has_tag("in_force"));
    ended.map_or(String::new(), |state| format!("现{}", state.label_zh))
}

fn published(mark: &Mark, labels: Labels<'_>) -> TimelineEvent {
    let source = Source { stage: Stage::Before, service: "registry", resource: &mark.name };
    let kinds = in_brackets(&labels.sub_kinds(&mark.sub_kinds).join("、"));
    source.event(day(mark.publish_time.as_ref()), format!("公示重点领域标记：{}{kinds}", mark.label))
}

/// The signature, the publication, and the end once that has come.
fn promised(letter: &Commitment, labels: Labels<'_>) -> [TimelineEvent; 3] {
    let source = Source { stage: Stage::Before, service: "registry", resource: &letter.name };
    let field = after_colon(&labels.field(&letter.field));
    let steps = [
        (&letter.signed_on, "签署信用承诺书"),
        (&letter.published_on, "公示信用承诺书"),
        (&letter.ended_on, "信用承诺终止"),
    ];
    steps.map(|(on, what)| source.event(on.as_str(), format!("{what}{field}")))
}

fn accepted(ticket: &Ticket, labels: Labels<'_>) -> TimelineEvent {
    let kind = labels.code("ticket_kind", &ticket.kind, &ticket.accepted_on);
    let repeated = if ticket.duplicate_of.is_empty() { "" } else { "（重复件）" };
    let title = format!("{}受理{kind}{}{repeated}", ticket.channel, after_colon(&ticket.topic));
    of_ticket(ticket).event(ticket.accepted_on.as_str(), title)
}

fn closed(ticket: &Ticket) -> TimelineEvent {
    let finding = match ticket.substantiated {
        Some(true) => "属实",
        Some(false) => "不属实",
        None => "",
    };
    let title = format!("{}工单办结{}", ticket.channel, after_colon(finding));
    of_ticket(ticket).event(ticket.closed_on.as_str(), title)
}

fn of_ticket(ticket: &Ticket) -> Source<'_> {
    Source { stage: Stage::Before, service: "collection", resource: &ticket.name }
}
