//! What a body above changes of a listing, which goes on otherwise as it was.

use chrono::NaiveDate;
use db::Tx;

use super::row::{find, update};
use super::standing;
use crate::domain::list::EntryName;
use crate::domain::remedy::Change;
use crate::domain::serious::{Case, NewCase};
use crate::error::Error;
use crate::store::{Act, Store};

/// Set of the rulebook with the grounds of the list.
const GROUNDS: &str = "serious_ground";

impl Store {
    /// Changes a listing, in a transaction of the caller; what the body says, and the day of it, go with the event. Where it is shown, it
    /// is shown anew.
    ///
    /// # Errors
    /// Field errors, where the change names no other ground, or no earlier day.
    pub(crate) async fn change_case(
        &self,
        tx: &mut Tx,
        act: &Act<'_>,
        name: &EntryName,
        change: &Change,
        (reason, on): (&str, NaiveDate),
    ) -> Result<(), Error> {
        let before = find(tx, name).await?;
        let ground =
            change.ground_of(&before.content.ground, (GROUNDS, before.listed_on.unwrap_or(on)), &self.book);
        let content = NewCase { ground: ground?, ..before.content.clone() };
        let term_ends_on = change.last_day_of(before.term_starts_on, before.term_ends_on)?;
        let revision = before.revision + 1;
        let after = Case { content, term_ends_on, revision, updated_at: act.now, ..before.clone() };
        update(tx, &after, before.revision).await?;
        // What is decided and not published yet has never stood; what was removed stood until then, and is told of those days.
        let has_stood = after.state.stands() || after.ended_on.is_some();
        if let (true, Some(changed)) = (has_stood, standing(&after)) {
            self.write_standing(tx, &changed, after.state.void()).await?;
        }
        self.show_case(tx, act, &before, &after).await?;
        self.have_change_told(tx, &before, on).await?;
        self.tell_case(tx, act, &after, Some(before.state), reason, on).await
    }
}
