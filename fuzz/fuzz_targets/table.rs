//! Bytes are a table whose lines are records or have faults under their columns, or are refused as a whole.
#![no_main]

#[path = "../../services/collection/src/sheet/mod.rs"]
#[allow(dead_code, unused_imports, unreachable_pub)]
mod sheet;
#[path = "../../services/collection/src/template/mod.rs"]
#[allow(dead_code, unused_imports, unreachable_pub)]
mod template;

use std::ops::ControlFlow;
use std::sync::{Arc, LazyLock};

use libfuzzer_sys::fuzz_target;
use rulebook::Rulebook;
use sheet::{Cell, Line};
use template::{Layout, Table};

static BOOK: LazyLock<Arc<Rulebook>> = LazyLock::new(Rulebook::builtin);

fuzz_target!(|bytes: &[u8]| {
    let today = domain::parse_date("2026-03-02").unwrap();
    let mut layouts: Vec<Layout> = Table::ALL
        .into_iter()
        .map(|table| {
            let cells = table.columns().iter().map(|column| Cell::Text(column.header.to_owned()));
            Layout::of(table, &Line { number: 1, cells: cells.collect() }).unwrap()
        })
        .collect();
    let _ = sheet::read(bytes, |line| {
        layouts.extend(Table::ALL.into_iter().filter_map(|table| Layout::of(table, &line).ok()));
        for layout in &layouts {
            let faults = match layout.table {
                Table::Ticket => layout.ticket(&line, &BOOK, today).err(),
                _ => layout.record(&line, &BOOK, today).err(),
            };
            for fault in faults.unwrap_or_default() {
                assert!(fault.column.is_some() && !fault.problem.is_empty());
            }
        }
        layouts.truncate(10);
        ControlFlow::Continue(())
    });
});
