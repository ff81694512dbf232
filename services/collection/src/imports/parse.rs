//! Reading a file: the check from end to end, and the lines in batches.

use std::ops::ControlFlow;

use tokio::sync::mpsc;

use super::run::BATCH;
use crate::sheet::{self, Line};
use crate::template::{HeaderFault, Layout, Table};

/// What the check found.
#[derive(Debug)]
pub(super) struct Checked {
    /// The columns.
    pub(super) layout: Layout,
    /// Number of the line with the headers.
    header_line: u32,
    /// Lines below it.
    pub(super) lines: i64,
}

/// Reads a file from end to end: its headers, and how many lines it has.
///
/// # Errors
/// Why it is refused as a whole, for officers.
pub(super) fn check(table: Table, bytes: &[u8]) -> Result<Checked, String> {
    let mut seen = 0;
    let mut header: Option<(u32, Result<Layout, HeaderFault>)> = None;
    let mut lines = 0;
    sheet::read(bytes, |line| {
        match &header {
            Some((_, Ok(_))) => lines += 1,
            Some((_, Err(_))) => return ControlFlow::Break(()),
            None if Layout::is_header(table, &line) => header = Some((line.number, Layout::of(table, &line))),
            None => seen += 1,
        }
        if seen >= Layout::MOST_LINES_BEFORE { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })
    .map_err(|problem| problem.to_string())?;
    let missing = HeaderFault::NotFound { table: table.label_zh(), lines: Layout::MOST_LINES_BEFORE };
    let (header_line, layout) = header.ok_or_else(|| missing.to_string())?;
    let layout = layout.map_err(|problem| problem.to_string())?;
    if lines == 0 {
        return Err(HeaderFault::NothingBelow { line: header_line }.to_string());
    }
    Ok(Checked { layout, header_line, lines })
}

/// Bytes of text with which a batch ends before it has [`BATCH`] lines.
const LARGEST_BATCH: usize = 16 * 1024 * 1024;

/// Sends the lines below the headers in batches of at most [`BATCH`], until nobody receives them any more. The same file always
/// gives the same batches.
pub(super) fn send_lines(
    bytes: &[u8],
    checked: &Checked,
    batches: &mpsc::Sender<Vec<Line>>,
) -> Result<(), String> {
    let (mut batch, mut size) = (Vec::with_capacity(BATCH), 0);
    sheet::read(bytes, |line| {
        if line.number <= checked.header_line {
            return ControlFlow::Continue(());
        }
        size += line.size();
        batch.push(line);
        if batch.len() < BATCH && size < LARGEST_BATCH {
            return ControlFlow::Continue(());
        }
        size = 0;
        match batches.blocking_send(std::mem::replace(&mut batch, Vec::with_capacity(BATCH))) {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        }
    })
    .map_err(|problem| problem.to_string())?;
    if !batch.is_empty() {
        // Whoever received may be gone: the import was cancelled.
        let _ = batches.blocking_send(batch);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HEADERS: &str = "行政相对人名称,检查编号,检查日期,检查结果,检查实施机关,数据来源单位,责任单位";

    proptest! {
        #[test]
        fn every_line_below_the_headers_is_counted_and_sent_whatever_ends_it(
            rows in 1_usize..30,
            title in 0_usize..4,
            end in prop_oneof![Just("\n"), Just("\r\n"), Just("\r")],
            last in any::<bool>(),
            mark in any::<bool>(),
        ) {
            let mut all = vec!["一月检查信息".to_owned(); title];
            all.push(HEADERS.to_owned());
            all.extend((0..rows).map(|row| format!("济南泉福食品有限公司,检{row}")));
            let mark = if mark { "\u{FEFF}" } else { "" };
            let text = format!("{mark}{}{}", all.join(end), if last { end } else { "" });
            let checked = check(Table::Inspection, text.as_bytes()).unwrap();
            prop_assert_eq!(checked.lines, rows as i64);
            let (batches, mut received) = mpsc::channel(1);
            send_lines(text.as_bytes(), &checked, &batches).unwrap();
            let first = title as u32 + 2;
            let numbers: Vec<u32> = received.try_recv().unwrap().iter().map(|line| line.number).collect();
            prop_assert_eq!(numbers, (first..first + rows as u32).collect::<Vec<_>>());
        }
    }
}
