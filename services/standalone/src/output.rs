//! What the command line prints: tables and lines for people, one JSON object for machines, progress on standard error.

use std::fmt::Display;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// Where answers go, and in which form.
#[derive(Clone, Copy, Debug)]
pub struct Output {
    json: bool,
}

impl Output {
    /// JSON or tables.
    pub const fn new(json: bool) -> Self {
        Self { json }
    }

    /// Whether JSON is wanted.
    pub const fn is_json(self) -> bool {
        self.json
    }

    /// A line for people.
    pub fn line(self, text: impl Display) {
        if !self.json {
            print(&text);
        }
    }

    /// The answer for machines.
    pub fn object(self, value: &serde_json::Value) {
        if self.json {
            print(value);
        }
    }

    /// A text that is the answer in both forms.
    pub fn text(self, text: impl Display) {
        print(&text);
    }

    /// A table for people, each column as wide as its widest cell.
    pub fn table(self, title: &str, header: &[&str], rows: &[Vec<String>]) {
        if self.json {
            return;
        }
        let widths: Vec<usize> = (0..header.len())
            .map(|column| {
                let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| width(cell));
                cells.chain([width(header[column])]).max().unwrap_or_default()
            })
            .collect();
        let line = |cells: &mut dyn Iterator<Item = &str>| {
            let padded: Vec<_> = cells
                .zip(&widths)
                .map(|(cell, wide)| format!("{cell}{}", " ".repeat(wide.saturating_sub(width(cell)))))
                .collect();
            padded.join("  ").trim_end().to_owned()
        };
        self.line(format!("\n{title}"));
        self.line(format!("  {}", line(&mut header.iter().copied())));
        self.line(format!(
            "  {}",
            widths.iter().map(|wide| "─".repeat(*wide)).collect::<Vec<_>>().join("  ")
        ));
        for row in rows {
            self.line(format!("  {}", line(&mut row.iter().map(String::as_str))));
        }
    }

    /// A bar for `total` things, or a counter when the total is not known.
    pub fn progress(self, what: &str, total: Option<u64>) -> ProgressBar {
        if self.json {
            return ProgressBar::hidden();
        }
        let (bar, form) = match total {
            Some(total) => (ProgressBar::new(total), "{msg:22} {wide_bar} {human_pos}/{human_len} {per_sec}"),
            None => (ProgressBar::new_spinner(), "{msg:22} {spinner} {human_pos} {per_sec}"),
        };
        let style = ProgressStyle::with_template(form).unwrap_or_else(|_| ProgressStyle::default_bar());
        bar.with_style(style).with_message(what.to_owned())
    }
}

/// Prints a line. A reader that has left (`xinjian … | head`) is no failure.
fn print(text: &dyn Display) {
    use std::io::Write;
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}

/// Columns that a text takes on a terminal: Chinese characters and full-width signs take two.
fn width(text: &str) -> usize {
    text.chars()
        .map(|character| if u32::from(character) >= 0x1100 && !is_narrow(character) { 2 } else { 1 })
        .sum()
}

/// Signs above the Latin range that still take one column: dashes, arrows, box drawing.
fn is_narrow(character: char) -> bool {
    (0x2000..0x2E80).contains(&u32::from(character))
}

/// Seconds with one decimal.
pub fn seconds(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}
