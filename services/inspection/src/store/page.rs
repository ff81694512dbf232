//! Pages of lists.

use db::{Fingerprint, InvalidPageToken};
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
    /// Where the page begins: what `read` takes from the key of the row before it; `None` for the first page.
    ///
    /// # Errors
    /// A key that `read` does not know: no answer of this list gave its token, and the list is not begun anew instead.
    pub(super) fn behind<T>(
        &self,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, InvalidPageToken> {
        self.after.as_deref().map(|key| read(key).ok_or(InvalidPageToken)).transpose()
    }

    /// The page of rows that were read with `LIMIT size + 1`.
    pub(super) fn page<T>(&self, rows: Vec<T>, key: fn(&T) -> String) -> Page<T> {
        Page::of(rows, self.size, self.fingerprint, key)
    }
}
