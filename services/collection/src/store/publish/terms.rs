//! The terms of publications: by the law that governs, and by those among which an officer may choose. The former is stored, for
//! lists and for the job that ends it; the latter follow from the rulebook of the day.

use chrono::NaiveDate;
use contract::collection::v1 as pb;
use contract::collection::v1::record::Content;
use rulebook::Rulebook;
use rulebook::term::{Penalised, Shown, Terms, terms_of};
use service::Error as Common;
use service::machine::Actor;

use super::row::{Publication, is_past};
use crate::machines::record::{Event, RECORD};
use crate::store::Store;
use crate::store::record_row::Stored;

/// The terms on the chain of a publication, as they stand on a day; only negative information has any. What was repaired ends with
/// the day before it stops, whichever law governs, and nobody chooses any more.
pub(super) fn terms(
    book: &Rulebook,
    record: &pb::Record,
    publication: &Publication,
    today: NaiveDate,
) -> Result<Terms, Common> {
    let mut terms = by_law(book, record, publication, today)?;
    if let Some(last) = publication.stops_on.and_then(|day| day.pred_opt()) {
        let term = &mut terms.governing;
        term.ends_on = Some(term.ends_on.map_or(last, |end| end.min(last)));
        terms.open.clear();
    }
    Ok(terms)
}

fn by_law(
    book: &Rulebook,
    record: &pb::Record,
    publication: &Publication,
    today: NaiveDate,
) -> Result<Terms, Common> {
    let (Some(Content::Penalty(penalty)), Ok(decided_on)) =
        (&record.content, domain::parse_date(&record.decided_on))
    else {
        return Ok(Terms::default());
    };
    let valid_to = domain::parse_date(&penalty.valid_to).ok();
    let penalty = Penalised { kinds: &penalty.penalty_kinds, fine_fen: penalty.fine_fen, valid_to };
    let receiver = publication.chain.as_str();
    let (published_on, chosen) = (publication.published_on, publication.chosen());
    Ok(terms_of(book, Shown { receiver, penalty, decided_on, published_on, chosen }, today)?)
}

impl Store {
    /// The publications of a record as an act of a day leaves them.
    pub(super) fn written(
        &self,
        record: &pb::Record,
        publications: &[Publication],
        today: NaiveDate,
    ) -> Result<Vec<pb::Publication>, Common> {
        let written = |one: &Publication| -> Result<pb::Publication, Common> {
            Ok(one.to_pb(terms(&self.book, record, one, today)?.open))
        };
        publications.iter().map(written).collect()
    }

    /// The record as everyone reads it on a day, with its publications: once all terms are over it has expired, whether or not that
    /// has been booked.
    ///
    /// # Errors
    /// The rulebook lacks a parameter that it must have.
    pub(in crate::store) fn as_of(
        &self,
        stored: Stored,
        publications: &[Publication],
        today: NaiveDate,
    ) -> Result<pb::Record, Common> {
        let mut record = stored.record;
        record.publications = self.written(&record, publications, today)?;
        for (written, one) in record.publications.iter_mut().zip(publications) {
            one.state_on(today).word().clone_into(&mut written.state);
        }
        // What is only suspended is shown again, unless its term runs out meanwhile (X4).
        if is_past(publications, today)
            && let Ok(step) = RECORD.step(stored.state, Event::Expire, &Actor::system())
        {
            record.state = step.to.as_str().to_owned();
        }
        Ok(record)
    }
}
