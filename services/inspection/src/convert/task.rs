//! Tasks and their draws.

use chrono::NaiveDate;
use contract::inspection::v1 as pb;
use crypto::draw::EntropyRule;
use domain::{FieldCode, MicrosUtc, OfficeCode, parse_date};
use rulebook::{RuleMissing, Rulebook};
use service::FieldErrors;

use super::{divisions, field, inspector::office, text, timestamp};
use crate::domain::{
    Announcing, ItemProblem, NewTask, Stratification, Task, TaskItems, TaskName, items_of_task,
};

/// The code set of public sources of figures.
pub(crate) const ENTROPY_SOURCE: &str = "entropy_source";
/// The parameter with the fewest inspectors of an object.
const FEWEST_INSPECTORS: &str = "inspection.inspectors.min";
/// Most inspectors of one object.
const MOST_INSPECTORS: u32 = 64;
/// Longest title, in characters.
const LONGEST_TITLE: usize = 100;
/// Longest name of a round, in characters.
const LONGEST_ROUND: usize = 40;

/// The fewest inspectors that an object may have on a day.
pub(crate) fn fewest_inspectors(book: &Rulebook, on: NaiveDate) -> Result<u32, RuleMissing> {
    Ok(u32::try_from(book.integer(FEWEST_INSPECTORS, on)?).unwrap_or(MOST_INSPECTORS))
}

/// Reads a task to create on `today`. One that joins the visits of another visits all of these.
///
/// # Errors
/// When the rulebook does not say how few inspectors an object may have.
pub(crate) fn parse_task(
    errors: &mut FieldErrors,
    sent: Option<pb::Task>,
    book: &Rulebook,
    today: NaiveDate,
) -> Result<Option<NewTask>, RuleMissing> {
    let fewest = fewest_inspectors(book, today)?;
    let Some(sent) = errors.require("task", sent) else { return Ok(None) };
    let title = text(errors, "task.title", &sent.title, (1, LONGEST_TITLE));
    let field = field(errors, "task.field", &sent.field, book);
    let divisions = divisions(errors, "task.divisions", &sent.divisions);
    let joins = errors.check_optional("task.joins", &sent.joins, TaskName::parse);
    let end_on = errors.check_optional("task.end_on", &sent.end_on, parse_date);
    if end_on.is_some_and(|day| day < today) {
        errors.push("task.end_on", "lies in the past");
    }
    let stratify = match sent.joins.is_empty() {
        true => Stratification::parse(&sent.stratify_by, sent.uniform_percent.into()),
        false => Ok(Stratification::ALL),
    };
    let stratify = stratify.map_err(|(path, problem)| errors.push(format!("task.{path}"), problem)).ok();
    let per_object = per_object(errors, sent.inspectors_per_object, fewest);
    let lead_office = lead_office(errors, &sent.lead_office, field.as_ref(), book);
    let items = field.as_ref().and_then(|field| items(errors, &sent.items, (field, book), today));
    let task = || {
        Some(NewTask {
            title: title?,
            field: field?,
            divisions: divisions?,
            stratify: stratify?,
            per_object: per_object?,
            lead_office: lead_office?,
            full_check: items.as_ref()?.is_whole,
            items: items?.items,
            plan_item: None,
            joins,
            clue: None,
            end_on,
        })
    };
    Ok(if errors.is_empty() { task() } else { None })
}

/// What is inspected, out of the catalogue of the field.
fn items(
    errors: &mut FieldErrors,
    sent: &[String],
    (field, book): (&FieldCode, &Rulebook),
    today: NaiveDate,
) -> Option<TaskItems> {
    let problems = match items_of_task(sent, field, book, today) {
        Ok(items) => return Some(items),
        Err(problems) => problems,
    };
    for problem in problems {
        let path = match &problem {
            ItemProblem::Outside { at, .. } => format!("task.items[{at}]"),
            ItemProblem::NoCommitment => "task.field".to_owned(),
        };
        errors.push(path, problem.to_string());
    }
    None
}

/// The office that leads, which must answer for the field.
fn lead_office(
    errors: &mut FieldErrors,
    sent: &str,
    field: Option<&FieldCode>,
    book: &Rulebook,
) -> Option<OfficeCode> {
    let lead = office(errors, "task.lead_office", sent, book)?;
    let stranger = field.filter(|field| book.office(&lead).is_some_and(|office| !office.fields.holds(field)));
    if let Some(field) = stranger {
        errors.push("task.lead_office", format!("office `{lead}` does not answer for field `{field}`"));
        return None;
    }
    Some(lead)
}

/// Inspectors of an object: at least the legal minimum, which also stands for 0.
fn per_object(errors: &mut FieldErrors, sent: i32, fewest: u32) -> Option<u32> {
    match u32::try_from(sent) {
        Ok(0) => Some(fewest),
        Ok(number) if (fewest..=MOST_INSPECTORS).contains(&number) => Some(number),
        _ => {
            errors.push("task.inspectors_per_object", format!("must be 0 or {fewest} to {MOST_INSPECTORS}"));
            None
        }
    }
}

/// Reads the decisions of an announcement. A moment between two seconds becomes the later one: the announcement writes
/// whole seconds, and the draw must not come earlier than asked.
pub(crate) fn parse_announcing(
    errors: &mut FieldErrors,
    sent: &pb::AnnounceDrawRequest,
    book: &Rulebook,
    today: NaiveDate,
) -> Option<Announcing> {
    let rule = entropy_rule(errors, &sent.entropy_source, book, today);
    let round = round(errors, "entropy_round", &sent.entropy_round);
    let fallback = self::round(errors, "fallback_round", &sent.fallback_round);
    if fallback.is_some() && round == fallback {
        errors.push("fallback_round", "must be another round than `entropy_round`");
    }
    let round_on = errors.check_optional("round_on", &sent.round_on, parse_date);
    let draw_at = errors.require("draw_time", sent.draw_time)?;
    let seconds = draw_at.seconds.saturating_add(i64::from(draw_at.nanos > 0));
    let draw_at = MicrosUtc(seconds.saturating_mul(1_000_000));
    Some(Announcing {
        source: sent.entropy_source.clone(),
        rule: rule?,
        round: round?,
        fallback: fallback?,
        round_on,
        draw_at,
    })
}

/// The parser that the rulebook names for a source.
fn entropy_rule(
    errors: &mut FieldErrors,
    source: &str,
    book: &Rulebook,
    today: NaiveDate,
) -> Option<EntropyRule> {
    let rule = book.code(ENTROPY_SOURCE, source, today).and_then(|code| code.tag_value("parser"));
    let rule = rule.and_then(EntropyRule::named);
    if rule.is_none() {
        let sources: Vec<_> =
            book.codes(ENTROPY_SOURCE, today).map(|own| format!("`{}`", own.code)).collect();
        let problem =
            format!("`{source}` is not a code of the set `{ENTROPY_SOURCE}`: {}", sources.join(", "));
        errors.push("entropy_source", problem);
    }
    rule
}

/// Reads the name of a round: printable ASCII without blanks, as it stands in the announcement.
pub(crate) fn round(errors: &mut FieldErrors, path: &str, sent: &str) -> Option<String> {
    if (1..=LONGEST_ROUND).contains(&sent.len()) && sent.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Some(sent.to_owned());
    }
    errors.push(path, format!("must be 1 to {LONGEST_ROUND} printable ASCII characters without blanks"));
    None
}

/// The task as the API shows it.
pub(crate) fn task_to_pb(task: &Task) -> pb::Task {
    let count = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let small = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
    pb::Task {
        name: task.name.to_string(),
        title: task.scope.title.clone(),
        field: task.scope.field.to_string(),
        divisions: task.scope.divisions.iter().map(ToString::to_string).collect(),
        stratify_by: task.scope.stratify.word().to_owned(),
        uniform_percent: small(task.scope.stratify.percent()),
        inspectors_per_object: small(task.scope.per_object),
        lead_office: task.scope.lead_office.to_string(),
        state: task.state.word().to_owned(),
        attempt: small(task.attempt),
        disclosure: task.disclosure.clone(),
        announcement: task.announcement.clone(),
        pool_size: count(task.pool_size),
        drawn_count: count(task.drawn_count),
        entropy: task.entropy_digits.clone(),
        result_hash: task.result_hash.clone(),
        final_hash: task.final_hash.clone(),
        draw_time: task.draw_at.map(timestamp),
        revision: task.revision,
        create_time: Some(timestamp(task.created_at)),
        failure: task.failure.clone(),
        items: task.scope.items.iter().map(ToString::to_string).collect(),
        plan_item: task.scope.plan_item.as_ref().map(ToString::to_string).unwrap_or_default(),
        joins: task.scope.joins.as_ref().map(ToString::to_string).unwrap_or_default(),
        clue_ground: task.scope.clue.as_ref().map(|clue| clue.ground.clone()).unwrap_or_default(),
        clue_reference: task.scope.clue.as_ref().map(|clue| clue.reference.clone()).unwrap_or_default(),
        hold_until_time: task.held_until.map(timestamp),
        cancel_reason: task.cancelled_for.clone(),
        draw_problem: task.draw_problem.clone(),
        end_on: task.scope.end_on.map(|day| day.to_string()).unwrap_or_default(),
        round_time: task.rounds.round_at.map(timestamp),
        fallback_time: task.rounds.fallback_at.map(timestamp),
        first_round_void_reason: task.first_round_void.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day() -> NaiveDate {
        "2026-11-01".parse().unwrap()
    }

    fn sent() -> pb::Task {
        pb::Task {
            title: "食品生产企业双随机抽查".into(),
            field: "FOOD".into(),
            stratify_by: "CLASS".into(),
            lead_office: "FOOD_PROD".into(),
            ..pb::Task::default()
        }
    }

    fn problems(sent: pb::Task) -> Vec<String> {
        let mut errors = FieldErrors::default();
        let parsed = parse_task(&mut errors, Some(sent), &Rulebook::builtin(), day()).unwrap();
        assert_eq!(parsed.is_none(), !errors.is_empty());
        errors.iter().map(|error| error.path.clone()).collect()
    }

    #[test]
    fn fewer_inspectors_than_the_law_asks_for_are_refused_and_none_means_the_minimum() {
        assert_eq!(problems(pb::Task { inspectors_per_object: 1, ..sent() }), ["task.inspectors_per_object"]);
        let mut errors = FieldErrors::default();
        let task = parse_task(&mut errors, Some(sent()), &Rulebook::builtin(), day()).unwrap().unwrap();
        assert_eq!(task.per_object, 2);
    }

    #[test]
    fn every_bad_field_of_a_task_is_named_at_once() {
        let bad = pb::Task {
            field: "TOYS".into(),
            divisions: vec!["370102".into(), "370199".into()],
            stratify_by: "BY_EYE".into(),
            inspectors_per_object: -1,
            lead_office: String::new(),
            ..pb::Task::default()
        };
        assert_eq!(
            problems(bad),
            [
                "task.title",
                "task.field",
                "task.divisions[1]",
                "task.stratify_by",
                "task.inspectors_per_object",
                "task.lead_office"
            ]
        );
    }

    #[test]
    fn items_outside_the_catalogue_are_refused_by_place_and_the_commitment_item_comes_by_itself() {
        let items = vec!["food.label".to_owned(), "se.licence".to_owned()];
        assert_eq!(problems(pb::Task { items, ..sent() }), ["task.items[1]"]);
        let sent = pb::Task { items: vec!["food.label".to_owned()], ..sent() };
        let mut errors = FieldErrors::default();
        let task = parse_task(&mut errors, Some(sent), &Rulebook::builtin(), day()).unwrap().unwrap();
        let items: Vec<_> = task.items.iter().map(|item| item.as_str()).collect();
        assert_eq!(items, ["food.label", "food.commitment"]);
    }

    #[test]
    fn a_task_ends_today_or_later() {
        let ending = |end_on: &str| problems(pb::Task { end_on: end_on.into(), ..sent() });
        assert_eq!(ending("2026-11-01"), Vec::<String>::new());
        for wrong in ["2026-10-31", "30.11.2026"] {
            assert_eq!(ending(wrong), ["task.end_on"], "{wrong}");
        }
    }

    #[test]
    fn the_lead_office_must_answer_for_the_field() {
        assert_eq!(problems(pb::Task { lead_office: "SE_SUPERV".into(), ..sent() }), ["task.lead_office"]);
    }

    #[test]
    fn a_draw_between_two_seconds_comes_at_the_later_one() {
        let request = pb::AnnounceDrawRequest {
            entropy_source: "welfare-lottery-3d".into(),
            entropy_round: "2026321".into(),
            fallback_round: "2026322".into(),
            draw_time: Some(prost_types::Timestamp { seconds: 1_000, nanos: 1 }),
            ..pb::AnnounceDrawRequest::default()
        };
        let mut errors = FieldErrors::default();
        let announcing = parse_announcing(&mut errors, &request, &Rulebook::builtin(), day()).unwrap();
        assert_eq!(announcing.draw_at, MicrosUtc(1_001_000_000));
        let unknown = pb::AnnounceDrawRequest {
            entropy_source: "my-dice".into(),
            fallback_round: "2026321".into(),
            ..request
        };
        assert_eq!(parse_announcing(&mut errors, &unknown, &Rulebook::builtin(), day()), None);
        let paths: Vec<_> = errors.iter().map(|error| error.path.as_str()).collect();
        assert_eq!(paths, ["entropy_source", "fallback_round"]);
    }
}
