//! The model as a decision graph of zen-engine with one expression node.

use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};
use zen_engine::Decision;
use zen_engine::model::GraphContent;
use zen_expression::variable::Variable;

use crate::columns::Record;
use crate::spec::{Indicator, Spec};

pub struct Zen {
    decision: Decision,
    enterprises: Vec<Variable>,
    names: Vec<String>,
    runtime: Runtime,
}

impl Zen {
    pub fn new(spec: &Spec, sample: &[Vec<Record>]) -> anyhow::Result<Self> {
        let graph: GraphContent = serde_json::from_value(graph(spec))?;
        let mut decision = Decision::from(graph);
        decision.compile();
        let enterprises = sample.iter().map(|records| json!({"records": records}).into()).collect();
        let names = (0..spec.indicators.len()).map(|at| format!("p{at}")).collect();
        Ok(Self { decision, enterprises, names, runtime: Builder::new_current_thread().build()? })
    }
}

impl crate::Engine for Zen {
    fn points(&self, enterprise: usize) -> anyhow::Result<Vec<i32>> {
        let called = self.decision.evaluate(self.enterprises[enterprise].clone());
        let answer = self.runtime.block_on(called).map_err(|problem| anyhow::anyhow!("{problem:?}"))?;
        let result = answer.result.to_value();
        let point = |name: &String| result[name].as_f64().map(|number| number as i32);
        let points = self.names.iter().map(point).collect::<Option<_>>();
        points.ok_or_else(|| anyhow::anyhow!("zen gives no number: {result}"))
    }
}

fn graph(spec: &Spec) -> Value {
    let expression = |key: String, value: String| json!({"id": key, "key": key, "value": value});
    let expressions = spec.indicators.iter().enumerate().flat_map(|(at, indicator)| {
        [
            expression(format!("f{at}"), inside(indicator, spec.as_of)),
            expression(format!("v{at}"), value(indicator, &format!("$.f{at}"), spec.as_of)),
            expression(format!("p{at}"), indicator.points(&format!("$.v{at}"))),
        ]
    });
    let node =
        |kind: &str, content: Value| json!({"id": kind, "name": kind, "type": kind, "content": content});
    let edge = |from: &str, to: &str| json!({"id": from, "sourceId": from, "targetId": to, "type": "edge"});
    json!({
        "nodes": [
            node("inputNode", json!({})),
            node("expressionNode", json!({"expressions": expressions.collect::<Vec<_>>()})),
            node("outputNode", json!({})),
        ],
        "edges": [edge("inputNode", "expressionNode"), edge("expressionNode", "outputNode")],
    })
}

/// What the value is taken of: a number of records, or their field.
fn inside(indicator: &Indicator, as_of: i32) -> String {
    let condition = indicator.condition("#", as_of, " and ");
    let of = |field: &str| format!("map(filter(records, {condition}), #.{field})");
    match indicator.measure.as_str() {
        "count" => format!("count(records, {condition})"),
        "exists" => format!("some(records, {condition})"),
        "days_since" => of("day"),
        _ => of("amount"),
    }
}

/// The value in hundredths; below 0 where there is none.
fn value(indicator: &Indicator, inside: &str, as_of: i32) -> String {
    match indicator.measure.as_str() {
        "count" => format!("{inside} * 100"),
        "exists" => format!("{inside} ? 100 : 0"),
        "sum" => format!("len({inside}) > 0 ? sum({inside}) : 0"),
        "max" => format!("len({inside}) > 0 ? max({inside}) : 0"),
        _ => format!("len({inside}) > 0 ? ({as_of} - max({inside})) * 100 : -1"),
    }
}
