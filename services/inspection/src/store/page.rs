//! Pages of lists.

use db::{Fingerprint, PageToken};

/// Which page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// Names the list.
    pub fingerprint: Fingerprint,
    /// Key of the last row of the page before; `None` for the first page.
    pub after: Option<String>,
    /// Most rows of the page.
    pub size: i64,
}

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// Token of the next page; empty when this is the last.
    pub next_page_token: String,
}

impl<T> Page<T> {
    /// The page of rows that were read with `LIMIT size + 1`.
    pub(super) fn of(mut rows: Vec<T>, cut: &Cut, key: impl FnOnce(&T) -> String) -> Self {
        let next_page_token = PageToken::next(&mut rows, cut.size, cut.fingerprint, key);
        Self { rows, next_page_token }
    }
}
