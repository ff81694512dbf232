//! registry's feed: which enterprises carry which marks, and where they are.

use contract::registry::v1::{Enterprise, EnterpriseEvent, Mark, MarkEvent};
use db::{Tx, on};
use feed::{ApplyError, Event, Projection};

use crate::store::{MarkRow, SubjectRow, put_marks, put_subjects};

const REGISTERED: &str = "registry.enterprise.registered";
const CHANGED: &str = "registry.enterprise.changed";
const MARK_CHANGED: &str = "registry.mark.changed";

/// States of a mark in which the enterprise does not carry it: proposed only, or removed (state machine 1).
const NOT_CARRIED: [&str; 2] = ["Candidate", "Removed"];

/// The copy of the register.
#[derive(Clone, Copy, Debug)]
pub struct Register;

/// What one batch says, in order.
#[derive(Default)]
struct Rows {
    subjects: Vec<SubjectRow>,
    marks: Vec<MarkRow>,
}

impl Rows {
    fn take(&mut self, event: &Event) -> Result<(), ApplyError> {
        if event.kind() == MARK_CHANGED {
            let mark = event.payload::<MarkEvent>()?.and_then(|payload| payload.mark);
            self.marks.extend(mark.map(mark_row));
        } else {
            let enterprise = event.payload::<EnterpriseEvent>()?.and_then(|payload| payload.enterprise);
            self.subjects.extend(enterprise.map(subject_row));
        }
        Ok(())
    }

    async fn put(self, tx: &mut Tx) -> Result<(), ApplyError> {
        put_subjects(tx, self.subjects).await?;
        Ok(put_marks(tx, self.marks).await?)
    }
}

fn subject_row(enterprise: Enterprise) -> SubjectRow {
    SubjectRow {
        uscc: enterprise.uscc,
        name: enterprise.legal_name,
        division: enterprise.division,
        registration_state: enterprise.registration_state,
    }
}

fn mark_row(mark: Mark) -> MarkRow {
    let in_force = !NOT_CARRIED.contains(&mark.state.as_str());
    MarkRow { uscc: mark.uscc, field: mark.field, in_force }
}

impl Projection for Register {
    const NAME: &'static str = "inspection-register";
    const KINDS: &'static [&'static str] = &[REGISTERED, CHANGED, MARK_CHANGED];

    async fn apply(&self, tx: &mut Tx, event: &Event) -> Result<(), ApplyError> {
        self.apply_batch(tx, std::slice::from_ref(event)).await
    }

    async fn apply_batch(&self, tx: &mut Tx, events: &[Event]) -> Result<(), ApplyError> {
        let mut rows = Rows::default();
        events.iter().try_for_each(|event| rows.take(event))?;
        rows.put(tx).await
    }

    async fn clear(&self, tx: &mut Tx) -> Result<(), sqlx::Error> {
        for sql in ["DELETE FROM subject_mark", "DELETE FROM subject"] {
            on!(tx, |conn| sqlx::query(sql).execute(conn).await.map(drop))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_counts_from_its_confirmation_to_its_removal() {
        let in_force = |state: &str| mark_row(Mark { state: state.into(), ..Mark::default() }).in_force;
        for state in ["Marked", "PushPending", "Published", "PushFailed", "ChangePending"] {
            assert!(in_force(state), "{state}");
        }
        assert!(!in_force("Candidate") && !in_force("Removed"));
    }
}
