//! One message of an import: the rows that may be taken, and what is wrong with the others.

use std::collections::{HashMap, HashSet};

use contract::collection::v1 as pb;
use domain::{DivisionCode, DivisionKind, RequestId, Uscc};
use prost::Message;
use service::FieldErrors;
use service::auth::Scope;

use super::request_id;
use crate::domain::{NaturalId, NewRecord, NewTicket};

/// Most rows of one message, as the contract says.
const MOST_ROWS: usize = 5_000;
/// Most faults that are told of one row: the answer about a message of wrong rows must fit a message itself.
const MOST_FAULTS: usize = 5;

/// Something that is collected row by row and known by its natural key.
pub trait Collected {
    /// Path of the field that rows with one key and different contents are refused by.
    const KEY_FIELD: &'static str;
    /// Why such a row is refused.
    const DIFFERS: &'static str;
    /// Follows from the natural key.
    fn id(&self) -> &NaturalId;
    /// What it says, in the one form that equal contents have.
    fn content(&self) -> &[u8];
    /// The party, when its code is known.
    fn uscc(&self) -> Option<&Uscc>;
    /// Under which other id it may have been taken before.
    fn earlier_id(&self) -> Option<&NaturalId> {
        None
    }
    /// Whether `content`, of what has the same key, says the same.
    fn is_told_by(&self, content: &[u8]) -> bool {
        self.content() == content
    }
}

impl Collected for NewRecord {
    const KEY_FIELD: &'static str = "document_no";
    const DIFFERS: &'static str = "RECORD_DIFFERS: a record of this kind, producer, number and party was taken with other \
                                   content; a correction is an act of its own";

    fn id(&self) -> &NaturalId {
        &self.id
    }

    fn content(&self) -> &[u8] {
        &self.content
    }

    fn uscc(&self) -> Option<&Uscc> {
        self.uscc.as_ref()
    }

    fn earlier_id(&self) -> Option<&NaturalId> {
        self.written_id.as_ref()
    }

    fn is_told_by(&self, content: &[u8]) -> bool {
        NewRecord::is_told_by(self, content)
    }
}

impl Collected for NewTicket {
    const KEY_FIELD: &'static str = "ticket_no";
    const DIFFERS: &'static str =
        "TICKET_DIFFERS: a ticket of this channel and number was taken with other content";

    fn id(&self) -> &NaturalId {
        &self.id
    }

    fn content(&self) -> &[u8] {
        &self.content
    }

    fn uscc(&self) -> Option<&Uscc> {
        self.uscc.as_ref()
    }
}

/// A row and its position in the message.
#[derive(Clone, Debug, PartialEq)]
pub struct Row<T> {
    /// Position, from 0.
    pub index: i32,
    /// The row, checked.
    pub item: T,
}

/// One message of an import, checked.
#[derive(Clone, Debug)]
pub struct Batch<T> {
    /// The message's request id.
    pub request_id: RequestId,
    /// SM3 of the whole message: what makes a message sent again the same.
    pub body: Vec<u8>,
    /// Rows that may be taken, each natural key once, in the order sent.
    pub rows: Vec<Row<T>>,
    /// Positions and ids of the rows that repeat an earlier one of the message, in the order sent.
    pub repeats: Vec<(i32, NaturalId)>,
    /// What is wrong with the others.
    pub rejected: Vec<pb::RejectedRow>,
    /// What the rows may be about; `None`: anything.
    pub(crate) scope: Option<Scope>,
}

impl<T> Batch<T> {
    /// The same message with its rows in another form, or the first failure to give it one.
    pub fn try_map<U, E>(self, mut form: impl FnMut(T) -> Result<U, E>) -> Result<Batch<U>, E> {
        let Self { request_id, body, rows, repeats, rejected, scope } = self;
        // Not collected: that would be done in place, and the smaller rows would keep the room of the larger ones.
        let mut formed = Vec::with_capacity(rows.len());
        for Row { index, item } in rows {
            formed.push(Row { index, item: form(item)? });
        }
        Ok(Batch { request_id, body, rows: formed, repeats, rejected, scope })
    }
}

impl<T: Collected> Batch<T> {
    /// Checks the rows of `message` one by one with `read`; `rows` takes them out of it.
    ///
    /// # Errors
    /// The message as a whole is refused when its request id is not one or when it has too many rows.
    pub fn read<M: Message, R>(
        mut message: M,
        sent_id: impl Fn(&M) -> &str,
        rows: impl FnOnce(&mut M) -> (&'static str, Vec<R>),
        read: impl Fn(R) -> Result<T, FieldErrors>,
    ) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::default();
        let request_id = request_id(&mut errors, sent_id(&message));
        let body = crypto::sm3::digest(&message.encode_to_vec()).as_bytes().to_vec();
        let (path, rows) = rows(&mut message);
        if rows.len() > MOST_ROWS {
            errors.push(path, format!("has {} rows; a message has at most {MOST_ROWS}", rows.len()));
        }
        let request_id = request_id.filter(|_| errors.is_empty()).ok_or(errors)?;
        let mut batch = Self {
            request_id,
            body,
            rows: Vec::with_capacity(rows.len()),
            repeats: vec![],
            rejected: vec![],
            scope: None,
        };
        batch.take(rows, read);
        Ok(batch)
    }

    fn take<R>(&mut self, rows: Vec<R>, read: impl Fn(R) -> Result<T, FieldErrors>) {
        let mut places: HashMap<NaturalId, usize> = HashMap::with_capacity(rows.len());
        for (index, row) in (0..).zip(rows) {
            match read(row) {
                Err(errors) => self.rejected.extend(rejected(index, &errors)),
                Ok(item) => match places.get(item.id()).map(|place| &self.rows[*place].item) {
                    None => {
                        places.insert(item.id().clone(), self.rows.len());
                        self.rows.push(Row { index, item });
                    }
                    Some(first) if item.is_told_by(first.content()) => {
                        self.repeats.push((index, item.id().clone()));
                    }
                    Some(_) => self.rejected.push(differs::<T>(index)),
                },
            }
        }
    }
}

/// Ids under which rows may have been taken before.
pub(crate) fn ids<T: Collected>(rows: &[Row<T>]) -> Vec<&str> {
    rows.iter()
        .flat_map(|row| row.item.earlier_id().into_iter().chain([row.item.id()]))
        .map(NaturalId::as_str)
        .collect()
}

impl Batch<NewRecord> {
    /// The same batch, of which the caller brings only what is its business: rows of fields of other offices are refused, and those
    /// that name a division of others. The division of a registered party is looked at when the rows are taken.
    #[must_use]
    pub fn within(mut self, scope: Scope) -> Self {
        let mut refused = Vec::new();
        self.rows.retain(|row| {
            let refusal = outside_field(&scope, row).or_else(|| {
                row.item.division.as_ref().and_then(|division| outside_division(&scope, row.index, division))
            });
            let is_kept = refusal.is_none();
            refused.extend(refusal);
            is_kept
        });
        self.rejected.extend(refused);
        self.rejected.sort_by_key(|row| row.index);
        self.scope = Some(scope);
        self
    }
}

impl<T> Batch<T> {
    /// The refusal of a row whose registered party lies in `division`; none where the caller acts there.
    pub(crate) fn outside(&self, index: i32, division: &str) -> Option<pb::RejectedRow> {
        let division = DivisionCode::parse(division).ok()?;
        outside_division(self.scope.as_ref()?, index, &division)
    }

    /// Whether rows may be about every division.
    pub(crate) fn is_city_wide(&self) -> bool {
        self.scope.as_ref().is_none_or(is_city_wide)
    }
}

fn outside_field(scope: &Scope, row: &Row<NewRecord>) -> Option<pb::RejectedRow> {
    let field = row.item.field.as_ref().filter(|field| !scope.fields.contain(field))?;
    let problem = format!("FIELD_NOT_PERMITTED: your office does not act in field {field}");
    Some(pb::RejectedRow { index: row.index, field: "field".to_owned(), problem })
}

fn outside_division(scope: &Scope, index: i32, division: &DivisionCode) -> Option<pb::RejectedRow> {
    if is_city_wide(scope) || scope.divisions.iter().any(|own| own.covers(division)) {
        return None;
    }
    let problem = format!("DIVISION_NOT_PERMITTED: you do not act in division {division}");
    Some(pb::RejectedRow { index, field: "division".to_owned(), problem })
}

/// Whoever acts in the whole city also brings what is known there about others.
pub(crate) fn is_city_wide(scope: &Scope) -> bool {
    scope.divisions.iter().any(|own| matches!(own.kind(), DivisionKind::City | DivisionKind::Province))
}

impl<T: Collected> Batch<T> {
    /// Positions and ids of the rows that were taken, or were there, when these were refused besides.
    pub(crate) fn taken(&self, rejected: &[pb::RejectedRow]) -> Vec<(i32, NaturalId)> {
        let refused: HashSet<i32> = rejected.iter().map(|row| row.index).collect();
        let rows = self.rows.iter().map(|row| (row.index, row.item.id().clone()));
        let mut taken: Vec<_> = rows.chain(self.repeats.iter().cloned()).collect();
        taken.retain(|(index, _)| !refused.contains(index));
        taken.sort_unstable_by_key(|(index, _)| *index);
        taken
    }
}

/// The refusal of a row whose natural key was taken with other content.
pub(crate) fn differs<T: Collected>(index: i32) -> pb::RejectedRow {
    pb::RejectedRow { index, field: T::KEY_FIELD.to_owned(), problem: T::DIFFERS.to_owned() }
}

/// The refusal of a row whose natural key is that of what was withdrawn: machine 2 leads nowhere from there.
pub(crate) fn withdrawn<T: Collected>(index: i32) -> pb::RejectedRow {
    let problem = "RECORD_WITHDRAWN: was withdrawn on the ground of a document, and does not come back by an import: where the decision stands, the \
                   document that says so is imported under its own number";
    pb::RejectedRow { index, field: T::KEY_FIELD.to_owned(), problem: problem.to_owned() }
}

fn rejected(index: i32, errors: &FieldErrors) -> impl Iterator<Item = pb::RejectedRow> {
    let row = move |error: &service::error::FieldError| pb::RejectedRow {
        index,
        field: error.path.clone(),
        problem: error.problem.clone(),
    };
    errors.iter().take(MOST_FAULTS).map(row)
}

/// Rows that `rejected` speaks of: a row with several faults stands there several times.
pub fn row_count(rejected: &[pb::RejectedRow]) -> usize {
    let mut indexes: Vec<_> = rejected.iter().map(|row| row.index).collect();
    indexes.sort_unstable();
    indexes.dedup();
    indexes.len()
}
