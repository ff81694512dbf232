//! `xinjian risk explain`: from record to points to class, for an officer to follow. The read is logged like any other.

use std::process::ExitCode;

use contract::risk::v1::{
    Contribution, ExplainClassRequest, Explanation, ListClassesRequest, ModelResult, RiskClass,
};
use domain::Uscc;

use crate::cli::ExplainArgs;
use crate::commands::classify::said;
use crate::house::Officer;
use crate::output::Output;
use crate::session::Session;

/// What is written into the log of reads.
const PURPOSE: &str = "xinjian risk explain";

pub(super) async fn run(args: &ExplainArgs, output: &Output) -> anyhow::Result<ExitCode> {
    let uscc = Uscc::parse(&args.uscc)?;
    let session = Session::open(&args.data.data).await?;
    let explained = explain(&uscc, args, &session).await;
    session.close().await;
    let explained = explained?;
    if output.is_json() {
        let all = explained.iter().map(contract::json::to_value).collect::<Result<Vec<_>, _>>()?;
        output.object(&serde_json::json!({ "explanations": all }));
    } else {
        explained.iter().for_each(|explanation| show(explanation, output));
    }
    Ok(ExitCode::SUCCESS)
}

/// Every class of the enterprise, or that in one field.
async fn explain(uscc: &Uscc, args: &ExplainArgs, session: &Session) -> anyhow::Result<Vec<Explanation>> {
    let clients = session.clients(&Officer::of_city("command-line", "CREDIT"))?;
    let mut classes = clients.classes();
    let mut names = Vec::new();
    match &args.field {
        Some(field) => names.push(format!("enterprises/{uscc}/classes/{field}")),
        None => {
            let request = ListClassesRequest {
                uscc: uscc.to_string(),
                purpose: PURPOSE.to_owned(),
                ..ListClassesRequest::default()
            };
            let page = classes.list_classes(request).await.map_err(said)?.into_inner();
            names.extend(page.classes.into_iter().map(|class| class.name));
        }
    }
    anyhow::ensure!(!names.is_empty(), "enterprise {uscc} has no class; name a field with --field");
    let as_of = args.as_of.map(|day| day.to_string()).unwrap_or_default();
    let mut explained = Vec::new();
    for name in names {
        let request = ExplainClassRequest { name, purpose: PURPOSE.to_owned(), as_of: as_of.clone() };
        explained.push(classes.explain_class(request).await.map_err(said)?.into_inner());
    }
    Ok(explained)
}

fn show(explanation: &Explanation, output: &Output) {
    let class = explanation.risk_class.clone().unwrap_or_default();
    head(explanation, &class, output);
    for model in &explanation.models {
        of_model(explanation, model, output);
    }
    let rules: Vec<_> = explanation
        .rules
        .iter()
        .map(|rule| vec![rule.effect.clone(), rule.label.clone(), rule.source.clone()])
        .collect();
    if !rules.is_empty() {
        output.table("触发的规则", &["作用", "规则", "依据"], &rules);
    }
    output.line(format!("\n结论  {}", explanation.combination));
    output.line(format!("底线  否决和下限单独得出 {}类,任何调整不得低于此类。", explanation.floor_code));
    if explanation.superseded_by_evidence {
        output.line("注意  此后又有新的证据,类别尚待重新计算。");
    }
    output.line("本结果仅供内部监管使用,不公开,不作为惩戒依据。");
}

fn head(explanation: &Explanation, class: &RiskClass, output: &Output) {
    let kind =
        if explanation.looked_back { "回溯(按当日规则、当日已知证据)" } else { "现行类别" };
    output.line(format!("\n{} {} 信用风险类别 {}类  {kind}", class.uscc, class.field, class.code));
    let effect = if class.run.is_empty() { "事件触发" } else { class.run.as_str() };
    let source = if explanation.looked_back { String::new() } else { format!("  来源 {effect}") };
    output.line(format!(
        "截至 {}  证据位置 registry {} / collection {}{source}",
        class.as_of, explanation.registry_seq, class.known_seq
    ));
    if !class.class_override.is_empty() {
        output.line(format!(
            "人工调整  计算得出 {}类,调整为 {}类,至 {}({})",
            class.computed_code, class.code, class.override_ends_on, class.class_override
        ));
    }
    output.line(format!("规则库 {}", class.rulebook_hash.get(..16).unwrap_or_default()));
}

fn of_model(explanation: &Explanation, model: &ModelResult, output: &Output) {
    let name = format!("models/{}", model.model.split('@').next().unwrap_or_default());
    output.line(format!("\n模型 {}({})  {}", model.model, model.scheme, model.source));
    let counted = explanation.contributions.iter().filter(|line| line.model == name);
    let counted: Vec<_> = counted.filter(|line| line.points_e2 != 0 || !line.counted.is_empty()).collect();
    let rows: Vec<_> = counted.iter().map(|line| indicator(line)).collect();
    output.table("指标", &["得分", "指标", "维度", "计算", "时间窗", "依据"], &rows);
    let records: Vec<_> = counted.iter().flat_map(|line| records(line)).collect();
    output.table("证据", &["日期", "文号", "记录", "位置", "指标", "符合条件"], &records);
    let dimensions: Vec<_> = explanation
        .dimensions
        .iter()
        .filter(|line| line.model == name && line.sum_e2 != 0)
        .map(|line| vec![line.label.clone(), points(line.sum_e2), points(line.counted_e2), line.cut.clone()])
        .collect();
    output.table("维度", &["维度", "合计", "计入", "说明"], &dimensions);
    output.line(format!(
        "  基础分 {} + 维度 = 总分 {},按分值 {}级,最终 {}级",
        points(model.base_e2),
        points(model.points_e2),
        model.by_points,
        model.code
    ));
}

fn indicator(line: &Contribution) -> Vec<String> {
    let outside = match line.outside_window {
        0 => String::new(),
        some => format!("(窗外 {some} 条)"),
    };
    vec![
        points(line.points_e2),
        line.label.clone(),
        line.dimension.clone(),
        line.reckoning.clone(),
        format!("{}{outside}", line.window),
        line.source.clone(),
    ]
}

fn records(line: &Contribution) -> Vec<Vec<String>> {
    let row = |record: &contract::risk::v1::CountedRecord| {
        let days = match (record.day.as_str(), record.last_day.as_str()) {
            ("", _) => "-".to_owned(),
            (day, "") => day.to_owned(),
            (day, last) => format!("{day} 至 {last}"),
        };
        let number = if record.document_no.is_empty() { "-" } else { &record.document_no };
        let condition = if line.condition.is_empty() { "全部" } else { &line.condition };
        vec![
            days,
            number.to_owned(),
            record.name.clone(),
            record.known_seq.to_string(),
            line.label.clone(),
            condition.to_owned(),
        ]
    };
    line.counted.iter().map(row).collect()
}

/// Hundredths as people write them.
fn points(e2: i64) -> String {
    let (whole, rest) = (e2.abs() / 100, e2.abs() % 100);
    let sign = if e2 < 0 { "-" } else { "" };
    match rest {
        0 => format!("{sign}{whole}"),
        rest if rest % 10 == 0 => format!("{sign}{whole}.{}", rest / 10),
        rest => format!("{sign}{whole}.{rest:02}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_written_without_needless_digits() {
        let written: Vec<_> = [0, 2000, 1250, 1205, -50].into_iter().map(points).collect();
        assert_eq!(written, ["0", "20", "12.5", "12.05", "-0.5"]);
    }
}
