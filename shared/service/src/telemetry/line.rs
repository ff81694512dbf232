//! Lines of the log, which name the request that they are about where its span would stand.

use std::fmt;

use tracing::{Event, Subscriber};
use tracing_subscriber::{
    fmt::{FmtContext, FormatEvent, FormatFields, format::Writer},
    registry::LookupSpan,
};

use super::{LogFormat, asked::Asked};

/// Where the list of spans begins in a line of JSON: within a text its quotation marks would be escaped.
const SPANS: &str = ",\"spans\":[";

/// Writes a line as `plain` does, with its request.
#[derive(Debug)]
pub(super) struct Line<F> {
    pub(super) plain: F,
    /// The form in which `plain` writes.
    pub(super) format: LogFormat,
}

impl<S, N, F> FormatEvent<S, N> for Line<F>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
    F: FormatEvent<S, N>,
{
    fn format_event(&self, ctx: &FmtContext<'_, S, N>, writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let Some(asked) = Asked::here() else { return self.plain.format_event(ctx, writer, event) };
        let mut line = String::new();
        self.plain.format_event(ctx, Writer::new(&mut line), event)?;
        let level = event.metadata().level().as_str();
        match self.format {
            LogFormat::Pretty => for_people(writer, &line, (level, ctx.event_scope().is_some()), &asked),
            LogFormat::Json => for_machines(writer, &line, &asked),
        }
    }
}

/// The request stands behind the level, which may be painted, before the spans if there are any.
fn for_people(
    mut writer: Writer<'_>,
    line: &str,
    (level, has_spans): (&str, bool),
    asked: &Asked,
) -> fmt::Result {
    let behind = line.find(level).and_then(|at| Some(at + line[at..].find(' ')? + 1));
    let (head, rest) = line.split_at(behind.unwrap_or(0));
    let end = if has_spans { "" } else { " " };
    write!(writer, "{head}rpc{{{asked}}}:{end}{rest}")
}

/// The request is the first of the spans.
fn for_machines(mut writer: Writer<'_>, line: &str, asked: &Asked) -> fmt::Result {
    let span = asked.to_json();
    if let Some(at) = line.rfind(SPANS) {
        let (head, rest) = line.split_at(at + SPANS.len());
        return write!(writer, "{head}{span},{rest}");
    }
    let open = line.trim_end().strip_suffix('}').unwrap_or(line);
    writeln!(writer, "{open},\"span\":{span}{SPANS}{span}]}}")
}

#[cfg(test)]
mod tests {
    use domain::OfficeCode;
    use serde_json::Value;
    use tracing_subscriber::{Registry, layer::SubscriberExt as _};

    use super::*;
    use crate::{
        auth::{Caller, Fields},
        telemetry::{is_by, printer_to},
        testing::Lines,
    };

    const METHOD: &str = "/xinjian.punishment.v1.Parties/CheckParty";

    /// The lines of a request: before and after it is known who asks, and within a span of its own; and one that is about none.
    fn logged(format: LogFormat) -> Vec<String> {
        let lines = Lines::default();
        let writer = lines.clone();
        let printer = printer_to::<Registry, _>(format, move || writer.clone(), false);
        let credit = OfficeCode::parse("CREDIT").unwrap();
        let caller = Caller::new("wang", "", credit, Fields::All, Vec::new(), "");
        tracing::subscriber::with_default(tracing_subscriber::registry().with(printer), || {
            Asked::of(METHOD).within(|| {
                tracing::info!(number = 7, "before");
                is_by(&caller);
                tracing::info!("after");
                tracing::info_span!("inside").in_scope(|| tracing::info!("deep"));
            });
            tracing::info!("outside");
        });
        lines.so_far()
    }

    #[test]
    fn a_line_for_people_names_its_request_where_spans_stand() {
        let lines = logged(LogFormat::Pretty);
        let by = format!("rpc{{rpc.method=\"{METHOD}\" caller=\"wang\" office=\"CREDIT\"}}");
        let ends = [
            format!(" INFO rpc{{rpc.method=\"{METHOD}\"}}: before number=7"),
            format!(" INFO {by}: after"),
            format!(" INFO {by}:inside: deep"),
            " INFO outside".to_owned(),
        ];
        assert_eq!(lines.len(), ends.len(), "{lines:?}");
        for (line, end) in lines.iter().zip(ends) {
            assert!(line.ends_with(&end), "{line} does not end with {end}");
        }
    }

    #[test]
    fn a_line_for_machines_names_its_request_as_the_first_span() {
        let lines: Vec<Value> =
            logged(LogFormat::Json).iter().map(|line| serde_json::from_str(line).unwrap()).collect();
        let [before, after, deep, outside] = lines.as_slice() else { panic!("{lines:?}") };
        assert_eq!((&before["number"], &before["span"]["rpc.method"]), (&7.into(), &METHOD.into()));
        assert_eq!(before["span"].get("caller"), None);
        assert_eq!(
            (&after["span"]["caller"], &after["spans"][0]["office"]),
            (&"wang".into(), &"CREDIT".into())
        );
        let names = |line: &Value| -> Vec<String> {
            let spans = line["spans"].as_array().into_iter().flatten();
            spans.map(|span| span["name"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(
            (names(deep), &deep["span"]["name"]),
            (vec!["rpc".into(), "inside".into()], &"inside".into())
        );
        assert_eq!((names(outside), outside.get("span")), (Vec::new(), None));
    }
}
