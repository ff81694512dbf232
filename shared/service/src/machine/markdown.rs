//! The page of a machine for the documentation.

use std::fmt::{Debug, Write};

use super::{Machine, Rule, shown};

/// A machine as a Markdown section: `title`, where its law comes from, and one line a rule. The page in `docs/` is made
/// by this and compared by a test, so it never differs from what the handlers do.
pub fn to_markdown<S, E>(machine: &Machine<S, E>, title: &str, source: &str) -> String
where
    S: Copy + Debug,
    E: Copy + Debug,
{
    let mut page = format!(
        "## {title}\n\nSource: {source}.\n\n\
         | from | event | to | who | conditions | deadline | published | duties |\n\
         | --- | --- | --- | --- | --- | --- | --- | --- |\n"
    );
    for rule in machine.0 {
        let who: Vec<_> = rule.offices().map(|office| office.code()).collect();
        // Writing to a String cannot fail.
        let _ = writeln!(
            page,
            "| {} | {:?} | {:?} | {} | {} | {} | {} | {} |",
            shown(rule.from),
            rule.event,
            rule.to,
            who.join(", "),
            conditions(rule),
            code(rule.due),
            code(rule.publishes),
            duties(rule),
        );
    }
    page
}

fn code(parameter: Option<&str>) -> String {
    parameter.map_or_else(String::new, |name| format!("`{name}`"))
}

fn conditions<S, E>(rule: &Rule<S, E>) -> String {
    let four_eyes = rule.four_eyes.then_some("four eyes");
    let basis = rule.basis.then_some("legal basis");
    four_eyes.into_iter().chain(basis).collect::<Vec<_>>().join(", ")
}

fn duties<S, E>(rule: &Rule<S, E>) -> String {
    let opened = rule
        .duties
        .iter()
        .flatten()
        .map(|duty| format!("opens `{}` of {} by `{}`", duty.kind, duty.office.code(), duty.parameter));
    let closed = rule.fulfils.iter().map(|kind| format!("fulfils `{kind}`"));
    opened.chain(closed).collect::<Vec<_>>().join("; ")
}
