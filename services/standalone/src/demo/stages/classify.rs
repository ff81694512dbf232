//! During: class the risk of every marked enterprise; the line offices look at samples, and a second officer approves.

use std::collections::BTreeMap;
use std::time::Instant;

use contract::risk::v1::{ExplainClassRequest, ListClassesRequest, RiskClass};
use serde_json::{Value, json};

use super::said;
use crate::commands::classify::{agree, approve, score};
use crate::demo::facts::Demo;
use crate::wait::knows_records;

/// Contributions shown of the explained class.
const SHOWN: usize = 8;

pub(in crate::demo) async fn run(demo: &mut Demo) -> anyhow::Result<()> {
    let started = Instant::now();
    let services = demo.office("SYSTEM")?;
    knows_records(&services, "risk").await?;
    let maker = demo.person("credit-maker", "CREDIT")?;
    let run = score(&maker, String::new(), &demo.output).await?;
    for sample in &run.samples {
        agree(&demo.person("line-checker", &sample.office)?, &sample.name).await?;
    }
    let looked_at: i32 = run.samples.iter().map(|sample| sample.size).sum();
    let effective = approve(&demo.person("credit-checker", "CREDIT")?, &run).await?;
    let mut counts = BTreeMap::<String, i64>::new();
    for count in &effective.counts {
        *counts.entry(count.code.clone()).or_default() += count.count;
    }
    let mut told = json!({ "classed": effective.done, "looked_at": looked_at });
    for (code, count) in counts {
        told[code] = Value::from(count);
    }
    demo.note("classify", started.elapsed(), told);
    explain(demo).await
}

/// Explains the class of one enterprise of the riskiest class that has any.
async fn explain(demo: &mut Demo) -> anyhow::Result<()> {
    let clients = demo.person("credit-maker", "CREDIT")?;
    let mut found: Option<RiskClass> = None;
    for code in ["D", "C", "E", "B", "A"] {
        let request = ListClassesRequest {
            code: code.to_owned(),
            purpose: "demo: explain one class".to_owned(),
            page_size: 1,
            ..ListClassesRequest::default()
        };
        let page = clients.classes().list_classes(request).await.map_err(said)?.into_inner();
        if let Some(class) = page.classes.into_iter().next() {
            found = Some(class);
            break;
        }
    }
    let Some(class) = found else { anyhow::bail!("no enterprise has a class") };
    let request = ExplainClassRequest {
        name: class.name.clone(),
        purpose: "demo: explain one class".to_owned(),
        as_of: String::new(),
    };
    let explanation = clients.classes().explain_class(request).await.map_err(said)?.into_inner();
    let rows: Vec<_> = explanation
        .contributions
        .iter()
        .filter(|contribution| contribution.points_e2 != 0)
        .take(SHOWN)
        .map(|contribution| {
            vec![
                contribution.label.clone(),
                hundredths(contribution.value_e2),
                hundredths(contribution.points_e2),
                contribution.source.chars().take(40).collect(),
            ]
        })
        .collect();
    let title = format!(
        "Why {} has class {} in {} (general {}, professional {})",
        class.uscc, class.code, class.field, class.general_code, class.professional_code
    );
    demo.output.table(&title, &["indicator", "value", "points", "source"], &rows);
    for rule in explanation.overriding_rules.iter().chain([&explanation.combination]) {
        demo.output.line(format!("  {rule}"));
    }
    demo.output.line("");
    demo.show(&class.uscc);
    Ok(())
}

fn hundredths(value: i64) -> String {
    format!("{}.{:02}", value / 100, value.abs() % 100)
}
