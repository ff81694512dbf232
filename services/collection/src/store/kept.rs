//! Records of an import stream between being made ready and being written.
//!
//! Several messages write their records together, in the order of their ids: a page of the index over ids is then changed once for all of
//! them, and not once for each message.

use chrono::NaiveDate;
use db::bulk::Load;
use db::{Db, Tx};
use domain::{DivisionCode, DocumentNumber, FieldCode, LegalName, MicrosUtc, Uscc};
use service::Error as Common;

use super::record_row::{self, NewRow, Placed};
use crate::convert::Batch;
use crate::domain::{Kind, NaturalId, NewRecord};
use crate::machines::record::State;

/// Records that are encoded at a time: five statements of SQLite, one of PostgreSQL.
const AT_A_TIME: usize = 1_250;

/// A record without its message, which is many times as large: what its row says, and from what a second attempt recalls it.
#[derive(Debug)]
pub(super) struct KeptRecord {
    id: NaturalId,
    kind: Kind,
    /// As [`NewRecord::uscc`].
    pub(super) uscc: Option<Uscc>,
    party_name: LegalName,
    field: Option<FieldCode>,
    division: Option<DivisionCode>,
    producer: LegalName,
    document_no: DocumentNumber,
    decided_on: NaiveDate,
    /// As [`NewRecord::content`].
    pub(super) content: Vec<u8>,
    /// `None` where nothing is written: it is there already, or was refused.
    place: Option<Place>,
}

/// The place that a new record gets.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    state: State,
    publish_at: Option<MicrosUtc>,
}

/// A record that is to be written.
#[derive(Clone, Copy)]
pub(super) struct Fresh<'k> {
    kept: &'k KeptRecord,
    place: Place,
    received: MicrosUtc,
}

/// Where the rows of a message are placed; `placed` are those of them that are new, in their order.
pub(super) fn places(batch: &Batch<NewRecord>, placed: &[Placed<'_>]) -> Vec<Option<Place>> {
    let mut placed = placed.iter().peekable();
    let mut place = |new: &NewRecord| {
        let placed = placed.next_if(|placed| std::ptr::eq(placed.new, new))?;
        Some(Place { state: placed.state, publish_at: placed.publish_at })
    };
    batch.rows.iter().map(|row| place(&row.item)).collect()
}

impl KeptRecord {
    /// A record with the place that it gets, if it is new.
    pub(super) fn new(new: NewRecord, place: Option<Place>) -> Self {
        let NewRecord {
            id,
            kind,
            uscc,
            party_name,
            field,
            division,
            producer,
            document_no,
            decided_on,
            content,
            ..
        } = new;
        Self {
            id,
            kind,
            uscc,
            party_name,
            field,
            division,
            producer,
            document_no,
            decided_on,
            content,
            place,
        }
    }

    /// Has nothing written: it was taken by the message that this one repeats.
    pub(super) fn drop_place(&mut self) {
        self.place = None;
    }

    /// The record, if it is new; received at `received`.
    pub(super) fn fresh(&self, received: MicrosUtc) -> Option<Fresh<'_>> {
        self.place.map(|place| Fresh { kept: self, place, received })
    }
}

impl<'k> Fresh<'k> {
    /// Its row, for a party of this division.
    pub(super) fn row(self, party_division: Option<&'k str>) -> NewRow<'k> {
        let Self { kept, place, received } = self;
        NewRow {
            id: &kept.id,
            kind: kept.kind,
            uscc: kept.uscc.as_ref().map(Uscc::as_str),
            party_name: kept.party_name.as_str(),
            field: kept.field.as_ref().map_or("", FieldCode::as_str),
            division: kept.division.as_ref().map_or("", DivisionCode::as_str),
            producer: kept.producer.as_str(),
            document_no: kept.document_no.as_str(),
            decided_on: kept.decided_on,
            state: place.state,
            origin: "",
            received,
            publish_at: place.publish_at,
            content: &kept.content,
            party_division,
        }
    }
}

/// Writes new records, in the order of their ids. While the engine writes some, the next are encoded.
///
/// # Errors
/// As [`record_row::insert`].
pub(super) async fn write(db: &Db, tx: &mut Tx, mut records: Vec<Fresh<'_>>) -> Result<(), Common> {
    records.sort_unstable_by(|one, other| one.kept.id.cmp(&other.kept.id));
    let mut rest = records.chunks(AT_A_TIME);
    let mut load = rest.next().map(|some| encode(db, some));
    while let Some(ready) = load {
        let next = async { rest.next().map(|some| encode(db, some)) };
        let (written, encoded) = tokio::join!(record_row::insert(tx, ready), next);
        written?;
        load = encoded;
    }
    Ok(())
}

fn encode(db: &Db, records: &[Fresh<'_>]) -> Load {
    record_row::encode(db, records.iter().map(|record| record.row(None)))
}
