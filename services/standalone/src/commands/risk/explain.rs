//! `xinjian risk explain`: from record to points to class, for an officer to follow. The read is logged like any other.

use std::process::ExitCode;

use contract::risk::v1::{
    Contribution, CountedRecord, ExplainClassRequest, Explanation, ListClassesRequest, ListRunsRequest,
    ModelResult, RiskClass, Run, TrialClass,
};
use domain::Uscc;
use tonic::{Code, Status};

use crate::cli::ExplainArgs;
use crate::commands::classify::said;
use crate::house::Officer;
use crate::output::Output;
use crate::session::Session;

/// What is written into the log of reads.
const PURPOSE: &str = "xinjian risk explain";

pub(super) async fn run(args: &ExplainArgs, output: &Output) -> anyhow::Result<ExitCode> {
    let uscc = Uscc::parse(&args.uscc)?;
    let session = Session::reach(&args.data).await?;
    let explained = explain(&uscc, args, &session).await;
    let waiting = if args.as_of.is_none() { waiting(&session).await } else { Ok(Vec::new()) };
    session.close().await;
    let (explained, waiting) = (explained?, waiting?);
    if output.is_json() {
        let classes = explained.iter().map(|of| contract::json::to_value(&of.class));
        let classes = classes.collect::<Result<Vec<_>, _>>()?;
        let waits = explained.iter().filter_map(|of| of.waiting.as_ref()).map(contract::json::to_value);
        let waits = waits.collect::<Result<Vec<_>, _>>()?;
        output.object(&serde_json::json!({ "explanations": classes, "waiting": waits }));
    } else {
        for Explained { class, waiting } in &explained {
            show(class, kind(class), output);
            if let Some(waiting) = waiting {
                show(waiting, "待审结果(未生效,按当时已知证据)", output);
            }
        }
        for run in waiting {
            output.line(format!(
                "注意  运行 {}(截至 {})已经算出,等待审批,批准前不影响现行类别。",
                run.name, run.as_of
            ));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// A class, and the result that waits beside it for the next approved run: each explained by what it rests on.
struct Explained {
    class: Explanation,
    waiting: Option<Explanation>,
}

/// Every class of the enterprise, or that in one field.
async fn explain(uscc: &Uscc, args: &ExplainArgs, session: &Session) -> anyhow::Result<Vec<Explained>> {
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
        let request = |as_of| ExplainClassRequest { name: name.clone(), purpose: PURPOSE.to_owned(), as_of };
        let answer = classes.explain_class(request(as_of.clone())).await;
        let class = answer.map_err(|status| nothing_known(status, &as_of))?.into_inner();
        let waits = class.risk_class.as_ref().and_then(|class| class.waiting.as_ref());
        // Without a code it waits for its end, which nothing explains.
        let waiting = match waits.filter(|waits| !waits.code.is_empty()) {
            Some(waits) => {
                Some(classes.explain_class(request(waits.as_of.clone())).await.map_err(said)?.into_inner())
            }
            None => None,
        };
        explained.push(Explained { class, waiting });
    }
    Ok(explained)
}

/// Why there is no explanation: as of a day that is over, what counts is what the system had been told by its end.
fn nothing_known(status: Status, as_of: &str) -> anyhow::Error {
    let unknown = status.code() == Code::NotFound && !as_of.is_empty();
    let why =
        format!("by the end of {as_of} the system had not been told that the enterprise carries this mark");
    if unknown { said(status).context(why) } else { said(status) }
}

/// Runs that have been computed and wait for their approval.
async fn waiting(session: &Session) -> anyhow::Result<Vec<Run>> {
    let clients = session.clients(&Officer::of_city("command-line", "CREDIT"))?;
    let page = clients.runs().list_runs(ListRunsRequest::default()).await.map_err(said)?.into_inner();
    Ok(page.runs.into_iter().filter(|run| run.state == "Reviewed").collect())
}

/// What an explanation is about.
fn kind(explanation: &Explanation) -> &'static str {
    if explanation.looked_back { "回溯(按当日规则、当日已知证据)" } else { "现行类别" }
}

fn show(explanation: &Explanation, kind: &str, output: &Output) {
    let class = explanation.risk_class.clone().unwrap_or_default();
    head(explanation, &class, kind, output);
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
    if let Some(rule) = &class.effect_rule {
        output.line(format!("生效  {}", rule.sentence));
    }
    if let Some((waiting, rule)) =
        class.waiting.as_ref().and_then(|waiting| Some((waiting, waiting.rule.as_ref()?)))
    {
        output.line(format!("待审  {}类(通用{}类):{}", waiting.code, waiting.general_code, rule.sentence));
    }
    if explanation.superseded_by_evidence {
        output.line(if class.waiting.is_some() {
            "注意  此后又有新的证据:以上仅说明现行类别,新证据得出的待审结果另行说明如下。"
        } else {
            "注意  此后又有新的证据,类别尚待重新计算。"
        });
    }
    let trials: Vec<_> = explanation.trials.iter().map(of_trial).collect();
    if !trials.is_empty() {
        output.table("试行版本(仅供比较,不产生类别)", &["版本", "综合", "通用", "专业", "说明"], &trials);
    }
    output.line("本结果仅供内部监管使用,不公开,不作为惩戒依据。");
}

/// What a version on trial would say, beside the class in effect.
fn of_trial(trial: &TrialClass) -> Vec<String> {
    let with_points = |code: &str, e2| format!("{code}({} 分)", points(e2));
    let professional = match trial.professional_code.as_str() {
        "" => "-".to_owned(),
        code => with_points(code, trial.professional_points_e2),
    };
    vec![
        trial.model.clone(),
        trial.code.clone(),
        with_points(&trial.general_code, trial.general_points_e2),
        professional,
        trial.combination.clone(),
    ]
}

fn head(explanation: &Explanation, class: &RiskClass, kind: &str, output: &Output) {
    output.line(format!("\n{} {} 信用风险类别 {}类  {kind}", class.uscc, class.field, class.code));
    if !explanation.looked_back {
        output.line(format!("来源 {}", in_effect_by(class)));
    }
    let national = match class.national_code.as_str() {
        "" => "当日尚无".to_owned(),
        code => format!("{code}类"),
    };
    output.line(format!(
        "截至 {}  国家口径 {national}  证据位置 registry {} / collection {}",
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

/// By what a class is in effect, and whether somebody asks for another.
fn in_effect_by(class: &RiskClass) -> String {
    let by = match class.effect.as_str() {
        "RUN_APPROVED" => format!("经审批的运行 {}", class.run),
        "RESCORED_WITHOUT_REVIEW" => {
            "事件发生或者时间窗到期后重算,按规则库的组合规则不经审批即生效".to_owned()
        }
        "OVERRIDE_APPROVED" => "经审批的人工调整".to_owned(),
        other => other.to_owned(),
    };
    if class.state == "UnderObjection" { format!("{by}(已有人提请调整,尚未决定)") } else { by }
}

fn of_model(explanation: &Explanation, model: &ModelResult, output: &Output) {
    let name = format!("models/{}", model.model.split('@').next().unwrap_or_default());
    let hash = model.hash.get(..16).unwrap_or_default();
    output.line(format!("\n模型 {}(等级 {})  依据 {}  摘要 {hash}", model.model, model.scheme, model.source));
    let counted = explanation.contributions.iter().filter(|line| line.model == name);
    let counted: Vec<_> = counted.filter(|line| line.points_e2 != 0 || !line.counted.is_empty()).collect();
    counted.iter().for_each(|line| indicator(line, output));
    let dimensions: Vec<_> = explanation
        .dimensions
        .iter()
        .filter(|line| line.model == name && line.sum_e2 != 0)
        .map(|line| vec![line.label.clone(), points(line.sum_e2), points(line.counted_e2), line.cut.clone()])
        .collect();
    // Of a model whose points count, every dimension is told, also one that gave nothing.
    if !explanation.dimensions.iter().any(|line| line.model == name) {
        output.line("  分值不采用:通用类别另有来源,本模型仅否决和下限有效");
        return;
    }
    output.table("维度", &["维度", "合计", "计入", "说明"], &dimensions);
    output.line(format!(
        "  基础分 {} + 维度 = 总分 {},按分值 {}级,最终 {}级",
        points(model.base_e2),
        points(model.points_e2),
        model.by_points,
        model.code
    ));
}

/// An indicator with what it counted, one below the other, so that the eye goes from record to points.
fn indicator(line: &Contribution, output: &Output) {
    let outside = match line.outside_window {
        0 => String::new(),
        some => format!("(窗外 {some} 条)"),
    };
    output.line(format!("\n  {} 分  {}({})", points(line.points_e2), line.label, line.dimension));
    output.line(format!("      计算    {}", line.reckoning));
    output.line(format!("      时间窗  {}{outside}", line.window));
    if !line.condition.is_empty() {
        output.line(format!("      条件    {}", line.condition));
    }
    output.line(format!("      依据    {}", line.source));
    for record in &line.counted {
        output.line(format!("      证据    {}", counted(record)));
    }
    if line.left_out > 0 {
        output.line(format!("      证据    另有 {} 条计入,未逐条列出", line.left_out));
    }
}

/// One record: day, number of the document, resource, position in its feed, and what it counts where that is not one.
fn counted(record: &CountedRecord) -> String {
    let days = match (record.day.as_str(), record.last_day.as_str()) {
        ("", _) => "-".to_owned(),
        (day, "") => day.to_owned(),
        (day, last) => format!("{day} 至 {last}"),
    };
    let number = if record.document_no.is_empty() { "-" } else { &record.document_no };
    let value = match record.value_e2 {
        100 => String::new(),
        value => format!("  计 {}", points(value)),
    };
    format!("{days}  {number}  {}  位置 {}{value}", record.name, record.known_seq)
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
