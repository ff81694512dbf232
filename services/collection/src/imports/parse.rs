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
