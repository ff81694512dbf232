//! The model as one expression of the Common Expression Language: a list of the points of all indicators. The language knows no sum
//! and no maximum of a list; these two are functions of the host, as its users write them.

use std::sync::Arc;

use anyhow::anyhow;
use cel::{Context, Program, Value};

use crate::columns::Record;
use crate::spec::{Indicator, Spec};

pub struct Cel {
    program: Program,
    /// Each with the records of one enterprise.
    enterprises: Vec<Context<'static, 'static>>,
}

impl Cel {
    pub fn new(spec: &Spec, sample: &[Vec<Record>]) -> anyhow::Result<Self> {
        let points: Vec<_> = spec.indicators.iter().map(|indicator| points(indicator, spec.as_of)).collect();
        let program = Program::compile(&format!("[{}]", points.join(", ")));
        let program = program.map_err(|problem| anyhow!("cel does not read the model: {problem}"))?;
        let enterprises = sample.iter().map(|records| context(records)).collect::<anyhow::Result<_>>()?;
        Ok(Self { program, enterprises })
    }
}

impl crate::Engine for Cel {
    fn points(&self, enterprise: usize) -> anyhow::Result<Vec<i32>> {
        let answer = self.program.execute(&self.enterprises[enterprise]);
        let Value::List(points) = answer.map_err(|problem| anyhow!("cel: {problem}"))? else {
            return Err(anyhow!("cel gives no list"));
        };
        let point = |value: &Value| match value {
            Value::Int(number) => i32::try_from(*number).ok(),
            _ => None,
        };
        points.iter().map(point).collect::<Option<_>>().ok_or_else(|| anyhow!("cel gives no number"))
    }
}

fn context(records: &[Record]) -> anyhow::Result<Context<'static, 'static>> {
    let mut context = Context::default();
    context.add_function("sum_of", |list: Arc<Vec<Value>>| -> i64 { integers(&list).sum() })?;
    context.add_function("max_of", |list: Arc<Vec<Value>>, of_none: i64| -> i64 {
        integers(&list).max().unwrap_or(of_none)
    })?;
    let added = context.add_variable("records", records);
    added.map_err(|problem| anyhow!("cel does not take the records: {problem}"))?;
    Ok(context)
}

fn integers(list: &[Value]) -> impl Iterator<Item = i64> {
    list.iter().filter_map(|value| if let Value::Int(number) = value { Some(*number) } else { None })
}

/// The expression of one indicator's points.
fn points(indicator: &Indicator, as_of: i32) -> String {
    let value = value(indicator, as_of);
    // A list of one, because a list is the only thing that gives a value a name.
    format!("[{value}].map(x, {})[0]", indicator.points("x"))
}

/// The value in hundredths; below 0 where there is none.
fn value(indicator: &Indicator, as_of: i32) -> String {
    let condition = indicator.condition("r", as_of, " && ");
    match indicator.measure.as_str() {
        "count" => format!("records.filter(r, {condition}).size() * 100"),
        "exists" => format!("records.exists(r, {condition}) ? 100 : 0"),
        "sum" => format!("sum_of(records.map(r, {condition}, r.amount))"),
        "max" => format!("max_of(records.map(r, {condition}, r.amount), 0)"),
        _ => format!("({as_of} - max_of(records.map(r, {condition}, r.day), {})) * 100", as_of + 1),
    }
}
