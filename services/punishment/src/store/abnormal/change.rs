//! What a body above changes of an entry, which goes on otherwise as it was.

use chrono::NaiveDate;
use db::Tx;

use super::report::look_again;
use super::row::{find, live_on_ground, update};
use super::standing;
use crate::domain::abnormal::{Entry, NewEntry};
use crate::domain::list::EntryName;
use crate::domain::remedy::Change;
use crate::error::Error;
use crate::store::{Act, Store};

impl Store {
    /// Changes an entry, in a transaction of the caller; what the body says, and the day of it, go with the event. Where it is shown, it is
    /// shown anew.
    ///
    /// # Errors
    /// [`Error::EntryExists`] when the party has a live entry on the new ground; field errors, where the change names no other ground.
    pub(crate) async fn change_entry(
        &self,
        tx: &mut Tx,
        act: &Act<'_>,
        name: &EntryName,
        change: &Change,
        (reason, on): (&str, NaiveDate),
    ) -> Result<(), Error> {
        let before = find(tx, name).await?;
        let grounds = (before.content.kind().grounds(), before.listed_on.unwrap_or(on));
        let ground = change.ground_of(&before.content.ground, grounds, &self.book)?;
        change.last_day_of(None, None)?;
        let content = NewEntry { ground, ..before.content.clone() };
        if !before.state.ended() && live_on_ground(tx, &content).await?.is_some() {
            let NewEntry { uscc, ground, .. } = content;
            return Err(Error::EntryExists { uscc, ground });
        }
        let revision = before.revision + 1;
        let after = Entry { content, revision, updated_at: act.now, ..before.clone() };
        update(tx, &after, before.revision).await?;
        if let Some(changed) = standing(&after) {
            self.write_standing(tx, &changed, after.state.void()).await?;
        }
        if after.content.ground != before.content.ground && !before.state.ended() {
            // It stands for no missing report any longer.
            look_again(tx, name).await?;
        }
        self.show_entry(tx, act, &before, &after).await?;
        self.tell_entry(tx, act, &after, Some(before.state), reason, on).await
    }
}
