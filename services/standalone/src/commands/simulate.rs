//! `xinjian simulate`: what would follow from an act, by the law of its day. Offline.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use contract::punishment::v1::{RepairClock, SimulatePenaltyRequest, SimulatedPenalty};
use punishment::api::simulate_penalty;
use rulebook::Rulebook;

use crate::cli::{PenaltyArgs, SimulateCommand};
use crate::output::Output;

pub(super) fn run(command: &SimulateCommand, output: &Output) -> anyhow::Result<ExitCode> {
    let SimulateCommand::Penalty(args) = command;
    let book = match &args.rulebook {
        Some(folder) => Arc::new(Rulebook::from_dir(folder).context("cannot read the rulebook")?),
        None => Rulebook::builtin(),
    };
    let answer = simulate_penalty(&book, &request(args)).map_err(|error| anyhow::anyhow!(said(&error)))?;
    show(&answer, output);
    output.object(&contract::json::to_value(&answer)?);
    Ok(ExitCode::SUCCESS)
}

fn request(args: &PenaltyArgs) -> SimulatePenaltyRequest {
    let text = |day: Option<chrono::NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
    SimulatePenaltyRequest {
        decided_on: args.on.to_string(),
        penalty_kinds: args.kinds.clone(),
        fine_fen: args.fine.fen(),
        discretion_grade: args.grade.clone(),
        ground: args.ground.clone(),
        field: args.field.clone(),
        published_on: text(args.published),
        valid_to: text(args.valid_to),
    }
}

/// Every field that is wrong, on one line each.
fn said(error: &punishment::Error) -> String {
    let punishment::Error::Common(service::Error::Invalid(fields)) = error else { return error.to_string() };
    let faults: Vec<_> = fields.iter().map(|fault| format!("{}: {}", fault.path, fault.problem)).collect();
    faults.join("; ")
}

fn show(answer: &SimulatedPenalty, output: &Output) {
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
    output.line(format!(
        "公示期限  公示系统 {} 前，信用中国 {} 前",
        or_unknown(&answer.publish_by),
        or_unknown(&answer.publish_double_by)
    ));
    let rows: Vec<_> = answer.publications.iter().map(publication).collect();
    if rows.is_empty() {
        output.line("公示  依法不予公示");
    } else {
        let header = ["渠道", "规定", "类别", "起算", "最早修复", "期满停止", "未提供的参数"];
        output.table("公示与修复", &header, &rows);
    }
    if !answer.measures.is_empty() {
        let rows: Vec<_> = answer
            .measures
            .iter()
            .map(|measure| {
                vec![measure.label.clone(), measure.legal_basis.clone(), measure.implementer.clone()]
            })
            .collect();
        output.table("列入后的惩戒措施", &["措施", "依据", "责任单位"], &rows);
    }
    if !answer.strict_reasons.is_empty() {
        output.line(format!("修复从严  {}：合议并实地核实，期限不变", answer.strict_reasons.join("、")));
    }
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
    use clap::Parser;

    use super::*;
    use crate::cli::{Cli, Command};

    fn answer(words: &str) -> Result<SimulatedPenalty, String> {
        let cli = Cli::try_parse_from(words.split(' ')).map_err(|problem| problem.to_string())?;
        let Command::Simulate(SimulateCommand::Penalty(args)) = cli.command else {
            panic!("another command")
        };
        simulate_penalty(&Rulebook::builtin(), &request(&args)).map_err(|error| said(&error))
    }

    #[test]
    fn a_penalty_is_told_by_the_law_of_its_day() {
        let words =
            "xinjian simulate penalty --kind 3 --fine 50000 --grade Heavier --ground F1 --field FOOD --on";
        let before = answer(&format!("{words} 2025-12-24")).unwrap();
        let after = answer(&format!("{words} 2025-12-25")).unwrap();
        let first = |answer: &SimulatedPenalty| answer.publications[0].eligible_from.clone();
        assert_eq!((first(&before).as_str(), first(&after).as_str()), ("2026-12-25", "2026-03-26"));
        assert!(before.listable && !before.measures.is_empty());
    }

    #[test]
    fn every_wrong_code_is_named() {
        let said = answer("xinjian simulate penalty --kind 99 --grade Harsh --on 2026-01-05").unwrap_err();
        assert!(said.contains("penalty_kinds[0]") && said.contains("discretion_grade"), "{said}");
    }
}
