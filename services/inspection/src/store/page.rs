//! Pages of lists.

use db::Fingerprint;
use service::fitting::Page;

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

impl Cut {
    /// The page of rows that were read with `LIMIT size + 1`.
    pub(super) fn page<T>(&self, rows: Vec<T>, key: fn(&T) -> String) -> Page<T> {
        Page::of(rows, self.size, self.fingerprint, key)
    }
}
