//! `xinjian simulate`: what would follow from an act, by the law of its day. Offline.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use contract::punishment::v1::{RepairClock, SimulatePenaltyRequest, SimulatedPenalty};
use domain::Money;
use punishment::api::simulate_penalty;
use rulebook::Rulebook;
use service::config::BadConfig;

use crate::cli::{PenaltyArgs, SimulateCommand};
use crate::output::Output;

/// By which flags the fields of the request are given.
const FLAGS: [(&str, &str); 7] = [
    ("decided_on", "--on"),
    ("penalty_kinds", "--kind"),
    ("discretion_grade", "--grade"),
    ("ground", "--ground"),
    ("field", "--field"),
    ("published_on", "--published"),
    ("valid_to", "--valid-to"),
];

/// Every flag whose value is none, with the reason.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.join("; "))]
struct WrongFlags(Vec<String>);

pub(super) fn run(command: &SimulateCommand, output: &Output) -> anyhow::Result<ExitCode> {
    let SimulateCommand::Penalty(args) = command;
    let book = match &args.rulebook {
        Some(folder) => Arc::new(Rulebook::from_dir(folder).context("cannot read the rulebook")?),
        None => Rulebook::builtin(),
    };
    let answer = answer(&book, args)?;
    show(&answer, &book, output);
    output.object(&contract::json::to_value(&answer)?);
    Ok(ExitCode::SUCCESS)
}

/// What would follow.
///
/// # Errors
/// [`BadConfig`] tells every flag that is wrong. Codes are judged by the law of the day, and so not at all where there is no day.
fn answer(book: &Rulebook, args: &PenaltyArgs) -> anyhow::Result<SimulatedPenalty> {
    let (fine, mut wrong) = match Money::parse_yuan(&args.fine) {
        Ok(fine) => (fine, Vec::new()),
        Err(problem) => (Money::ZERO, vec![format!("--fine: {problem}")]),
    };
    match simulate_penalty(book, &request(args, fine)) {
        Ok(answer) if wrong.is_empty() => return Ok(answer),
        Ok(_) => {}
        Err(punishment::Error::Common(service::Error::Invalid(fields))) => {
            wrong.extend(fields.iter().map(|fault| format!("{}: {}", flag(&fault.path), fault.problem)));
        }
        Err(error) => anyhow::bail!(error.to_string()),
    }
    Err(BadConfig::new(&WrongFlags(wrong)).into())
}

fn request(args: &PenaltyArgs, fine: Money) -> SimulatePenaltyRequest {
    SimulatePenaltyRequest {
        decided_on: args.on.clone(),
        penalty_kinds: args.kinds.clone(),
        fine_fen: fine.fen(),
        discretion_grade: args.grade.clone(),
        ground: args.ground.clone(),
        field: args.field.clone(),
        published_on: args.published.clone(),
        valid_to: args.valid_to.clone(),
    }
}

/// The flag of a field, such as `--kind` of `penalty_kinds[0]`.
fn flag(path: &str) -> &str {
    let field = path.split('[').next().unwrap_or(path);
    FLAGS.iter().find(|(of, _)| *of == field).map_or(path, |&(_, flag)| flag)
}

fn show(answer: &SimulatedPenalty, book: &Rulebook, output: &Output) {
    output.line(format!("假设 {} 作出处罚决定（按当日规定推算，不作为决定）", answer.decided_on));
    let heavier = if answer.heavier { "属于" } else { "不属于" };
    output.line(format!("较重行政处罚  {heavier}"));
    match &answer.listing {
        Some(listing) => output.line(format!(
            "严重违法失信名单  符合列入的形式条件；列入期至 {}，最早 {} 可以申请提前移出",
            or_unknown(&listing.term_ends_on),
            or_unknown(&listing.eligible_from)
        )),
        None => output.line(format!("严重违法失信名单  不能列入：{}", answer.not_listable)),
    }
    let rows: Vec<_> = answer.publications.iter().map(publication).collect();
    if rows.is_empty() {
        output.line("公示  依法不予公示");
    } else {
        output.line(format!(
            "公示期限  公示系统 {} 前，信用中国 {} 前",
            or_unknown(&answer.publish_by),
            or_unknown(&answer.publish_double_by)
        ));
        let header = ["渠道", "规定", "类别", "起算", "最早修复", "期满停止", "未提供的参数"];
        output.table("公示与修复", &header, &rows);
    }
    if !answer.measures.is_empty() {
        let rows: Vec<_> = answer
            .measures
            .iter()
            .map(|measure| {
                vec![
                    measure.label.clone(),
                    label(book, "measure_trigger", &measure.trigger),
                    measure.legal_basis.clone(),
                    measure.implementer.clone(),
                ]
            })
            .collect();
        output.table("惩戒措施", &["措施", "触发", "依据", "责任单位"], &rows);
    }
    if !answer.strict_reasons.is_empty() {
        let why = answer.strict_reasons.iter().map(|code| label(book, "repair_strict", code));
        let why = why.collect::<Vec<_>>().join("、");
        output.line(format!("修复从严  {why}：合议并实地核实，期限不变"));
    }
}

/// What a code of a set means, in Chinese.
fn label(book: &Rulebook, set: &str, code: &str) -> String {
    let known = book.codes_of(set).find(|known| known.code == code);
    known.map_or_else(|| code.to_owned(), |known| known.label_zh.clone())
}

fn publication(clock: &RepairClock) -> Vec<String> {
    let first =
        if clock.eligible_from.is_empty() { "期满前不适用" } else { clock.eligible_from.as_str() };
    vec![
        clock.chain.clone(),
        clock.regime.clone(),
        clock.severity.clone(),
        clock.starts_on.clone(),
        first.to_owned(),
        or_unknown(&clock.term_ends_on).to_owned(),
        clock.not_supplied.join(" "),
    ]
}

fn or_unknown(day: &str) -> &str {
    if day.is_empty() { "（尚不能确定）" } else { day }
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::*;
    use crate::cli::{Cli, Command};

    fn answered(words: &str) -> Result<SimulatedPenalty, String> {
        let cli = Cli::try_parse_from(words.split(' ')).map_err(|problem| problem.to_string())?;
        let Command::Simulate(SimulateCommand::Penalty(args)) = cli.command else {
            panic!("another command")
        };
        answer(&Rulebook::builtin(), &args).map_err(|error| error.to_string())
    }

    #[test]
    fn a_penalty_is_told_by_the_law_of_its_day() {
        let words =
            "xinjian simulate penalty --kind 3 --fine 50000 --grade Heavier --ground F1 --field FOOD --on";
        let before = answered(&format!("{words} 2025-12-24")).unwrap();
        let after = answered(&format!("{words} 2025-12-25")).unwrap();
        let first = |answer: &SimulatedPenalty| answer.publications[0].eligible_from.clone();
        assert_eq!((first(&before).as_str(), first(&after).as_str()), ("2026-12-25", "2026-03-26"));
        assert!(before.listable && !before.measures.is_empty());
    }

    #[test]
    fn every_flag_that_is_wrong_is_told_at_once_with_the_reason_and_what_is_expected() {
        let day_and_fine = "xinjian simulate penalty --kind 3 --on 2026-2-3 --fine 1,000";
        let codes = "xinjian simulate penalty --kind 99 --grade Harsh --ground ZZ --field NOWHERE --fine=-1 \
                     --published soon --valid-to 2026-02-30 --on 2026-01-05";
        for (words, told) in [
            (
                day_and_fine,
                &[
                    "--on: `2026-2-3` is not a date of the form YYYY-MM-DD",
                    "--fine: `1,000` is not an amount: digits, and at most one point with digits after it",
                ][..],
            ),
            (
                codes,
                &[
                    "--kind: `99` is not a code of `penalty_kind` on 2026-01-05; it has ",
                    "--grade: `Harsh` is not a code of",
                    "--ground: `ZZ` is not a code of",
                    "--field: `NOWHERE` is not a key field of the rulebook; it has FOOD",
                    "--fine: an amount of money is not negative",
                    "--published: `soon` is not a date of the form YYYY-MM-DD",
                    "--valid-to: `2026-02-30`: there is no such day",
                ],
            ),
        ] {
            let said = answered(words).unwrap_err();
            for part in told {
                assert!(said.contains(part), "{part}: {said}");
            }
        }
    }

    #[test]
    fn every_field_of_the_request_but_the_fine_has_its_flag() {
        let command = Cli::command();
        let penalty = command.find_subcommand("simulate").unwrap().find_subcommand("penalty").unwrap();
        for (field, flag) in FLAGS {
            assert!(penalty.get_arguments().any(|one| one.get_long() == flag.strip_prefix("--")), "{flag}");
            assert_eq!(super::flag(field), flag);
        }
        assert_eq!(flag("penalty_kinds[3]"), "--kind");
    }

    #[test]
    fn each_measure_says_what_brings_it() {
        let words = "xinjian simulate penalty --kind 8 --ground F1 --field FOOD --on 2026-01-05";
        let answer = answered(words).unwrap();
        let brought = |by: &str| answer.measures.iter().filter(|measure| measure.trigger == by).count();
        assert!(brought("SERIOUS") > 0);
        assert_eq!(brought("FOOD_LICENCE_REVOKED"), 1);
        let book = Rulebook::builtin();
        assert_eq!(label(&book, "measure_trigger", "FOOD_LICENCE_REVOKED"), "食品生产经营许可证被吊销");
    }

    #[test]
    fn a_ground_that_arises_later_and_a_grave_penalty_are_told_in_words() {
        let words = "xinjian simulate penalty --kind 8 --ground N1 --field FOOD --on 2026-01-05";
        let answer = answered(words).unwrap();
        assert!(!answer.listable && answer.listing.is_none());
        assert!(answer.not_listable.contains("拒不履行"), "{}", answer.not_listable);
        assert_eq!(answer.strict_reasons, ["GRAVE"]);
        assert_eq!(label(&Rulebook::builtin(), "repair_strict", "GRAVE"), "违法情节较重");
    }

    #[test]
    fn what_is_not_published_has_no_last_day_for_it() {
        let answer = answered("xinjian simulate penalty --kind 1 --on 2026-01-05").unwrap();
        assert!(answer.publications.is_empty());
        assert_eq!((answer.publish_by.as_str(), answer.publish_double_by.as_str()), ("", ""));
    }
}
