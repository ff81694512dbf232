//! The projection as a full run reads it: every item, by enterprise.
//!
//! What takes time is handing over rows, ten or more for each enterprise. SQLite keeps them in the order of enterprises, and joins
//! those of some hundred to one row. PostgreSQL keeps them as they came and sends them so, in binary: putting items in order here
//! costs less than following an index there. Either way another thread reads what has come while the database hands over more.

use std::collections::HashMap;

use db::{Engine, Tx};
use futures::TryStreamExt;
use rayon::prelude::*;
use sqlx::{PgConnection, SqliteConnection};
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

use super::snapshot::{Subject, unpack_row};
use crate::domain::evidence::{Item, PACKED_BYTES};
use crate::error::Error;

/// Enterprises whose pieces SQLite joins to one row.
const JOINED: usize = 500;
/// Bytes of a credit code.
const CODE_BYTES: usize = 18;
/// What stands between two joined rows. No item begins with it: as a last day (its lowest three bytes come first) it lies behind
/// [`FOREVER`](crate::domain::evidence::FOREVER).
const BETWEEN: &[u8; 3] = b"~~~";
/// Enterprises whose items one core sorts at once.
const AT_ONCE: usize = 4_096;
/// Bytes of rows of PostgreSQL that are handed over at once.
const WAITING: usize = 1 << 16;
/// How much may have come that nobody has read yet, in pieces of some hundred KiB.
const AHEAD: usize = 4;
/// What rows in PostgreSQL's binary form begin with: a signature, no flags, no extension.
const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";

/// Reads the items of `subjects`, who are all behind `after`, and tells each where its own lie.
pub(super) async fn items_of(
    tx: &mut Tx,
    subjects: Vec<Subject>,
    after: &str,
) -> Result<(Vec<Subject>, Vec<Item>), Error> {
    let blocks: Vec<[String; 2]> = subjects.chunks(JOINED).filter_map(ends).collect();
    let (handing, come) = mpsc::channel(AHEAD);
    let reading = spawn_blocking(move || read(subjects, come));
    match tx.engine() {
        Engine::Sqlite(connection) => hand_joined(connection, &blocks, &handing).await?,
        Engine::Postgres(connection) => hand_copied(connection, after, &handing).await?,
    }
    drop(handing);
    Ok(reading.await.map_err(|_| sqlx::Error::WorkerCrashed)??)
}

/// The codes of the first and of the last of them.
fn ends(subjects: &[Subject]) -> Option<[String; 2]> {
    Some([subjects.first()?.uscc.clone(), subjects.last()?.uscc.clone()])
}

/// Rows as the database hands them over.
enum Handed {
    /// Those of SQLite: each a code with its items right behind it, [`BETWEEN`] two of them.
    Joined(Vec<u8>),
    /// Bytes of PostgreSQL, cut anywhere.
    Copied(Vec<u8>),
}

/// Hands over the rows of each block, until nobody reads any more: that one then says why.
async fn hand_joined(
    connection: &mut SqliteConnection,
    blocks: &[[String; 2]],
    handing: &mpsc::Sender<Handed>,
) -> Result<(), sqlx::Error> {
    // Bytes that are joined to a text stay as they are, and the whole is no text: it is handed over as bytes.
    const SQL: &str = "
        SELECT CAST(GROUP_CONCAT(uscc || items, '~~~') AS BLOB) FROM projected WHERE uscc BETWEEN $1 AND $2";
    for [first, last] in blocks {
        let joined: Option<Vec<u8>> =
            sqlx::query_scalar(SQL).bind(first).bind(last).fetch_one(&mut *connection).await?;
        if let Some(rows) = joined
            && handing.send(Handed::Joined(rows)).await.is_err()
        {
            break;
        }
    }
    Ok(())
}

/// As [`hand_joined`].
async fn hand_copied(
    connection: &mut PgConnection,
    after: &str,
    handing: &mpsc::Sender<Handed>,
) -> Result<(), sqlx::Error> {
    // The statement takes no parameters.
    const AFTER: &str = "SELECT set_config('xinjian.after', $1, true)";
    const SQL: &str = "
        COPY (SELECT uscc, items FROM projected WHERE uscc > (SELECT current_setting('xinjian.after')))
        TO STDOUT (FORMAT binary)";
    sqlx::query(AFTER).bind(after).execute(&mut *connection).await?;
    let mut messages = connection.copy_out_raw(SQL).await?;
    let room = || Vec::with_capacity(2 * WAITING);
    let mut waiting = room();
    while let Some(message) = messages.try_next().await? {
        // A message has one row: too little to wake somebody for.
        waiting.extend_from_slice(&message);
        if waiting.len() >= WAITING {
            let full = std::mem::replace(&mut waiting, room());
            if handing.send(Handed::Copied(full)).await.is_err() {
                return Ok(());
            }
        }
    }
    // Whoever reads no more says why.
    handing.send(Handed::Copied(waiting)).await.ok();
    Ok(())
}

/// Reads all that is handed over.
fn read(
    subjects: Vec<Subject>,
    mut come: mpsc::Receiver<Handed>,
) -> Result<(Vec<Subject>, Vec<Item>), service::Error> {
    let mut arrived = Arrived::of(&subjects);
    let (mut waiting, mut header) = (Vec::new(), Some(HEADER));
    while let Some(handed) = come.blocking_recv() {
        match handed {
            Handed::Joined(rows) => arrived.take_joined(&rows)?,
            Handed::Copied(bytes) => {
                waiting.extend_from_slice(&bytes);
                let read = arrived.take_rows(&waiting, header.take())?;
                waiting.drain(..read);
            }
        }
    }
    let Arrived { pieces, items, .. } = arrived;
    Ok(by_subject(subjects, &pieces, items))
}

/// Items as they come.
struct Arrived<'a> {
    /// Where each subject stands, by its code.
    places: HashMap<&'a str, usize>,
    /// Of whom the last row was: most often the next one is, too.
    last: Option<(&'a str, usize)>,
    pieces: Vec<Piece>,
    /// Those of the first piece, then those of the second, and so on.
    items: Vec<Item>,
}

/// Items that came together.
#[derive(Clone, Copy)]
struct Piece {
    /// Place of the subject.
    subject: usize,
    count: usize,
}

impl<'a> Arrived<'a> {
    fn of(subjects: &'a [Subject]) -> Self {
        let places = subjects.iter().enumerate().map(|(at, subject)| (subject.uscc.as_str(), at)).collect();
        Self { places, last: None, pieces: Vec::new(), items: Vec::new() }
    }

    fn take_joined(&mut self, rows: &[u8]) -> Result<(), service::Error> {
        let mut rest = rows;
        loop {
            let (uscc, behind) = rest.split_at_checked(CODE_BYTES).ok_or_else(in_other_form)?;
            let (items, behind) = behind.split_at(joined_items(behind));
            self.take(str::from_utf8(uscc).map_err(|_| in_other_form())?, items)?;
            match behind.strip_prefix(BETWEEN) {
                Some(next) => rest = next,
                None => return Ok(()),
            }
        }
    }

    /// Takes the rows that are whole, behind the header if it is still to come; answers how many bytes they had.
    fn take_rows(&mut self, bytes: &[u8], header: Option<&[u8]>) -> Result<usize, service::Error> {
        let mut rest = bytes.strip_prefix(header.unwrap_or_default()).ok_or_else(in_other_form)?;
        while let Some((uscc, items, behind)) = row(rest) {
            self.take(str::from_utf8(uscc).map_err(|_| in_other_form())?, items)?;
            rest = behind;
        }
        Ok(bytes.len() - rest.len())
    }

    fn take(&mut self, uscc: &str, packed: &[u8]) -> Result<(), service::Error> {
        let subject = match self.last {
            Some((last, subject)) if last == uscc => subject,
            _ => {
                let Some((code, subject)) = self.places.get_key_value(uscc) else { return Ok(()) };
                self.last = Some((*code, *subject));
                *subject
            }
        };
        let before = self.items.len();
        unpack_row(uscc, packed, &mut self.items)?;
        self.pieces.push(Piece { subject, count: self.items.len() - before });
        Ok(())
    }
}

fn in_other_form() -> service::Error {
    service::Error::corrupt("projected comes in another form than asked for")
}

/// How many of these bytes are items of the row that they begin in: all, or as many as stand before the next row.
fn joined_items(bytes: &[u8]) -> usize {
    let ends = (0..bytes.len()).step_by(PACKED_BYTES).find(|end| bytes[*end..].starts_with(BETWEEN));
    ends.unwrap_or(bytes.len())
}

/// The first row (number of its fields, then each with its length) and what lies behind it; `None` unless it is whole.
fn row(bytes: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let fields = bytes.strip_prefix(&2_i16.to_be_bytes())?;
    let (uscc, behind) = field(fields)?;
    let (items, behind) = field(behind)?;
    Some((uscc, items, behind))
}

fn field(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, behind) = bytes.split_first_chunk()?;
    behind.split_at_checked(usize::try_from(i32::from_be_bytes(*length)).ok()?)
}

/// Puts items in the order of subjects, and those of each in their own.
fn by_subject(mut subjects: Vec<Subject>, pieces: &[Piece], items: Vec<Item>) -> (Vec<Subject>, Vec<Item>) {
    let mut counts = vec![0; subjects.len()];
    for piece in pieces {
        counts[piece.subject] += piece.count;
    }
    let mut end = 0;
    for (subject, count) in subjects.iter_mut().zip(counts) {
        subject.items = end..end + count;
        end += count;
    }
    let in_order = pieces.is_sorted_by_key(|piece| piece.subject);
    let mut items = if in_order { items } else { dealt(&subjects, pieces, &items) };
    sort_each(&subjects, &mut items);
    (subjects, items)
}

/// Deals pieces out to their subjects.
fn dealt(subjects: &[Subject], pieces: &[Piece], items: &[Item]) -> Vec<Item> {
    let mut next: Vec<usize> = subjects.iter().map(|subject| subject.items.start).collect();
    let mut dealt = items.to_vec();
    let mut from = 0;
    for Piece { subject, count } in pieces {
        let to = next[*subject];
        dealt[to..to + count].copy_from_slice(&items[from..from + count]);
        next[*subject] += count;
        from += count;
    }
    dealt
}

/// Sorts the items of each subject, on all cores.
fn sort_each(subjects: &[Subject], items: &mut [Item]) {
    let mut parts = Vec::with_capacity(subjects.len().div_ceil(AT_ONCE));
    let mut rest = items;
    for subjects in subjects.chunks(AT_ONCE) {
        let count = subjects.iter().map(|subject| subject.items.len()).sum();
        let (own, behind) = rest.split_at_mut(count);
        parts.push((subjects, own));
        rest = behind;
    }
    parts.into_par_iter().for_each(|(subjects, mut rest)| {
        for subject in subjects {
            let (own, behind) = rest.split_at_mut(subject.items.len());
            own.sort_unstable();
            rest = behind;
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::evidence::{ALWAYS, FOREVER, pack};
    use crate::domain::hundredths::Hundredths;

    fn item(indicator: u16) -> Item {
        Item::new(indicator, ALWAYS, FOREVER, Hundredths::whole(1))
    }

    fn subject(uscc: &str) -> Subject {
        Subject { uscc: uscc.to_owned(), division: String::new(), fields: Vec::new(), items: 0..0 }
    }

    fn of(subjects: &[Subject], items: &[Item]) -> Vec<Vec<u16>> {
        let own = subjects.iter().map(|subject| &items[subject.items.clone()]);
        own.map(|own| own.iter().map(|item| item.indicator()).collect()).collect()
    }

    #[test]
    fn pieces_in_any_order_come_to_their_subjects_and_are_sorted() {
        let pieces = [(2, 2), (0, 1), (2, 1)].map(|(subject, count)| Piece { subject, count });
        let subjects = ["A", "B", "C"].map(subject).to_vec();
        let items = [9, 7, 1, 8].map(item).to_vec();
        let (subjects, items) = by_subject(subjects, &pieces, items);
        assert_eq!(of(&subjects, &items), [vec![1], vec![], vec![7, 8, 9]]);
    }

    #[test]
    fn joined_rows_come_apart_whatever_their_items_hold() {
        let codes = ["91370102MA3C000001", "91370102MA3C000002", "91370102MA3C000003"];
        // Each byte of an item looks like what stands between rows, as far as it can.
        let values = [i64::from_le_bytes(*b"~~~~~~~~"), 0, -1];
        let items: Vec<Item> = values
            .into_iter()
            .flat_map(|value| [0x7e7e, 0, u16::MAX].map(|of| (of, Hundredths::from_e2(value))))
            .map(|(indicator, value)| Item::new(indicator, ALWAYS, FOREVER, value))
            .collect();
        let rows = [(codes[0], &items[..]), (codes[0], &items[..1]), (codes[2], &items[3..7])];
        let joined: Vec<Vec<u8>> =
            rows.iter().map(|(uscc, items)| [uscc.as_bytes(), &pack(items)].concat()).collect();
        let joined = joined.join(&BETWEEN[..]);
        let subjects = codes.map(subject).to_vec();
        let mut arrived = Arrived::of(&subjects);
        arrived.take_joined(&joined).unwrap();
        let taken: Vec<_> = arrived.pieces.iter().map(|piece| (piece.subject, piece.count)).collect();
        assert_eq!(taken, [(0, 9), (0, 1), (2, 4)]);
        assert_eq!(arrived.items, [&items[..], &items[..1], &items[3..7]].concat());
        for cut in [joined.len() - 1, CODE_BYTES - 1, 0] {
            Arrived::of(&subjects).take_joined(&joined[..cut]).unwrap_err();
        }
    }

    #[test]
    fn rows_are_taken_wherever_the_bytes_are_cut_and_those_of_nobody_are_left_out() {
        let mut sent = HEADER.to_vec();
        for (uscc, indicator) in [("B", 1), ("X", 2), ("A", 3), ("B", 0)] {
            let packed = pack(&[item(indicator)]);
            sent.extend(2_i16.to_be_bytes());
            for field in [uscc.as_bytes(), &packed] {
                sent.extend((field.len() as i32).to_be_bytes());
                sent.extend(field);
            }
        }
        sent.extend((-1_i16).to_be_bytes());
        let subjects = ["A", "B"].map(subject).to_vec();
        for cut in HEADER.len()..sent.len() {
            let mut arrived = Arrived::of(&subjects);
            let read = arrived.take_rows(&sent[..cut], Some(HEADER)).unwrap();
            arrived.take_rows(&sent[read..], None).unwrap();
            let Arrived { pieces, items, .. } = arrived;
            let (subjects, items) = by_subject(subjects.clone(), &pieces, items);
            assert_eq!(of(&subjects, &items), [vec![3], vec![0, 1]], "cut at {cut}");
        }
    }
}
