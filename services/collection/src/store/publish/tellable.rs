//! What can be told. An officer is not let correct a record so that who shows it cannot be told: it would go on showing what was
//! wrong. Where it happens all the same, because the mapping changed, that reads so, is due, and is tried again.

use contract::collection::v1 as pb;
use db::Tx;
use domain::{DivisionCode, FieldCode};
use service::obligation::{self, NewDuty};
use service::{Error as Common, FieldErrors};

use super::row::{self, Publication};
use super::{AGAIN_US, look_again, notice};
use crate::domain::publication::answers_for;
use crate::domain::{Kind, NewRecord};
use crate::machines::record::{CORRECTION, RETELL};
use crate::store::record_row::Stored;
use crate::store::{Act, Store};

impl Store {
    /// Whether everybody who shows a record can be told that it says `new` from now on. `path`: where that stands in the request.
    ///
    /// # Errors
    /// Every field that keeps somebody from being told, with the reason.
    pub(in crate::store) async fn assert_tellable(
        &self,
        tx: &mut Tx,
        act: &Act,
        stored: &Stored,
        new: &NewRecord,
        path: &str,
    ) -> Result<(), Common> {
        let uscc = stored.record.uscc.clone();
        let record = pb::Record { name: stored.record.name.clone(), uscc, ..new.message.clone() };
        if !self.is_published(&record)? {
            return Ok(());
        }
        let mut errors = FieldErrors::default();
        for shown in row::of_record(tx, &record).await?.iter().filter(|one| one.state.is_told()) {
            let told = notice::message(self, act, &record, &shown.chain, shown.ends_on);
            let Some(problem) = told.err() else { continue };
            if let Some(field) = problem.path(new.kind) {
                errors.push(format!("{path}.{field}"), format!("{}: {problem}", shown.chain));
            }
        }
        Ok(errors.into_result()?)
    }

    /// Somebody who goes on showing what is no longer so is due to be told, and tried again daily.
    pub(super) async fn follow_outdated(
        &self,
        tx: &mut Tx,
        act: &Act,
        record: &pb::Record,
        publications: &[Publication],
    ) -> Result<(), Common> {
        if !publications.iter().any(|one| one.state.is_outdated()) {
            obligation::fulfil(tx, &record.name, RETELL, &act.context.actor, act.today).await?;
            return Ok(());
        }
        let (field, division) =
            (FieldCode::parse(&record.field).ok(), DivisionCode::parse(&record.division).ok());
        let kind = record.content.as_ref().map_or(Kind::Inspection, Kind::of);
        let office = answers_for(&self.book, kind, &record.field);
        let matter = obligation::Matter {
            subject: &record.name,
            field: field.as_ref(),
            division: division.as_ref(),
            owner: None,
        };
        let duty =
            NewDuty { matter, kind: RETELL, office: &office, parameter: CORRECTION, start_on: act.today };
        obligation::open_in_force(tx, &duty, &self.book).await?;
        Ok(look_again(tx, record, Some(act.now.plus_micros(AGAIN_US))).await?)
    }
}
