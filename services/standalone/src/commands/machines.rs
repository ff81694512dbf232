//! `xinjian machines`: the state machines as a page; the same text stands in `docs/state-machines.md`.

use std::process::ExitCode;

use service::machine::to_markdown;

use crate::output::Output;

pub(super) fn run(output: &Output) -> ExitCode {
    output.text(page());
    ExitCode::SUCCESS
}

/// Every machine of every service, from the tables themselves.
pub fn page() -> String {
    let machines = [
        to_markdown(&registry::machines::mark::MARK, "Mark", "notice of 2021-09-27, part 2 (2) 1 (1)"),
        to_markdown(
            &registry::machines::commitment::COMMITMENT,
            "Letter of commitment",
            "notice of 2021-09-27, part 2 (1) 3 and (3) 1 (3)",
        ),
        to_markdown(
            &collection::machines::record::RECORD,
            "Collected record",
            "notice, part 2 (2) 1 (2); order 45",
        ),
        to_markdown(
            &collection::machines::push::PUSH,
            "Push of a penalty to the province of registration",
            "order 45 arts 10 and 11",
        ),
        to_markdown(
            &collection::machines::chain::CHAIN,
            "Publication of a record on one chain",
            "order 45; NDRC orders 58 and 36: two chains, two clocks",
        ),
        to_markdown(
            &collection::machines::objection::OBJECTION,
            "Objection to a record",
            "山东省社会信用条例 art 39",
        ),
        to_markdown(
            &collection::machines::remedy::REMEDY,
            "Remedy against the decision behind a record",
            "行政复议法, 行政诉讼法; 山东省社会信用条例 art 40",
        ),
        to_markdown(
            &collection::machines::matching::MATCH,
            "Match of a record or ticket with a party",
            "notice, part 2 (2) 1 (2)",
        ),
        to_markdown(
            &collection::machines::import::IMPORT,
            "Import of a file",
            "notice, part 2 (2) 1 (2): collection by those who provide records",
        ),
        to_markdown(
            &collection::machines::ticket::TICKET,
            "Hotline ticket",
            "notice, part 2 (1) 1; 投诉举报处理暂行办法",
        ),
        to_markdown(
            &collection::machines::extension::CHECK_EXTENSION,
            "Extension of the check of a tip",
            "投诉举报处理暂行办法 art 23",
        ),
        to_markdown(
            &risk::machines::attention::ATTENTION,
            "Complaint signal and key attention",
            "notice, part 2 (1) 1",
        ),
        to_markdown(
            &risk::machines::model::MODEL,
            "Version of a model",
            "notice, part 2 (2) 2 (1); four eyes and dates are of the design",
        ),
        to_markdown(&risk::machines::run::RUN, "Classification run", "notice, part 2 (2) 2 (1)"),
        to_markdown(
            &risk::machines::sample::SAMPLE,
            "Sample of a run, looked at by a line office",
            "notice, part 2 (2) 2 (1); sample and period are of the design",
        ),
        to_markdown(
            &risk::machines::overriding::OVERRIDE,
            "Override of a class",
            "notice, part 2 (2) 2 (1); 国市监信发〔2022〕6号",
        ),
        to_markdown(
            &inspection::machines::plan::PLAN,
            "Version of the annual plan of inspections",
            "notice, part 2 (2) 2 (2); 国发〔2019〕5号; 国办发〔2024〕54号",
        ),
        to_markdown(&inspection::machines::task::TASK, "Inspection task", "notice, part 2 (2) 2 (2)"),
        to_markdown(
            &inspection::machines::result::RESULT,
            "Result of a visit",
            "notice, part 2 (2) 2 (2); order 49 art 39",
        ),
        to_markdown(
            &inspection::machines::replacement::REPLACEMENT,
            "Replacement after the draw",
            "notice, part 2 (2) 2 (2); order 49 art 23",
        ),
        to_markdown(
            &inspection::machines::rectification::RECTIFICATION,
            "Rectification of what a visit found",
            "notice, part 2 (2) 2 (2); order 49 art 33; order 57 art 29",
        ),
        to_markdown(
            &punishment::machines::abnormal::ABNORMAL,
            "Entry in the directory of abnormal operations",
            "order 68",
        ),
        to_markdown(
            &punishment::machines::serious::SERIOUS,
            "Case for the list of serious violators",
            "order 44",
        ),
        to_markdown(
            &punishment::machines::serious::SERIOUS_DRAFT_2025,
            "Case for the list of serious violators, procedure draft-2025",
            "draft of 2025, in force only from the day that `serious.procedure` names",
        ),
        to_markdown(
            &punishment::machines::extension::CASE_EXTENSION,
            "Extension of the period of a case",
            "市场监督管理行政处罚程序规定 art 64",
        ),
        to_markdown(
            &punishment::machines::remedy::AGAINST_ENTRY,
            "Remedy against an entry in the directory",
            "行政复议法, 行政诉讼法",
        ),
        to_markdown(
            &punishment::machines::remedy::AGAINST_CASE,
            "Remedy against the listing of a serious violator",
            "行政复议法, 行政诉讼法",
        ),
        to_markdown(
            &punishment::machines::remedy::AGAINST_REMOVAL,
            "Remedy against the refusal to remove an entry from the directory",
            "行政复议法, 行政诉讼法",
        ),
        to_markdown(
            &punishment::machines::remedy::AGAINST_REPAIR,
            "Remedy against the answer to an application for credit repair",
            "行政复议法, 行政诉讼法",
        ),
        to_markdown(
            &punishment::machines::repair::REPAIR,
            "Application for credit repair",
            "notice, part 2 (3) 1 (4); 国市监信规〔2021〕3号; order 107",
        ),
        to_markdown(
            &punishment::machines::measure::MEASURE,
            "Joint measure against a party",
            "notice, part 2 (3) 2; 国办发〔2020〕49号; order 44 art 15",
        ),
    ];
    format!(
        "# State machines\n\nGenerated from the tables by `xinjian machines`; a test compares this page with them.\n\n{}",
        machines.join("\n")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `cargo run -- machines > docs/state-machines.md` brings the page up to date.
    #[test]
    fn the_page_in_the_docs_is_the_one_of_the_tables() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/state-machines.md");
        let stored = std::fs::read_to_string(path).unwrap();
        let page = page();
        let differs =
            stored.trim_end().lines().zip(page.trim_end().lines()).find(|(stored, now)| stored != now);
        assert_eq!(differs, None, "(stored, now): run `cargo run -- machines > docs/state-machines.md`");
        assert_eq!(stored.trim_end().lines().count(), page.trim_end().lines().count());
    }

    #[test]
    fn every_duty_that_a_table_opens_has_a_name_for_officers() {
        let (book, page) = (rulebook::Rulebook::builtin(), page());
        let named: Vec<_> = book.codes_of("duty_kind").map(|code| code.code.as_str()).collect();
        let opened = page.split("opens `").skip(1).filter_map(|rest| rest.split('`').next());
        let (known, unnamed): (Vec<_>, Vec<_>) = opened.partition(|kind| named.contains(kind));
        assert!(!known.is_empty());
        assert_eq!(unnamed, [""; 0]);
    }
}
