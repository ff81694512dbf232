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
use crate::domain::evidence::Item;
use crate::error::Error;

/// Enterprises whose pieces SQLite joins to one row.
const JOINED: usize = 500;
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
    /// Those of SQLite: codes and items, each joined.
    Joined { usccs: String, items: String },
    /// Bytes of PostgreSQL, cut anywhere.
    Copied(Vec<u8>),
}

/// Hands over the rows of each block, until nobody reads any more: that one then says why.
async fn hand_joined(
    connection: &mut SqliteConnection,
    blocks: &[[String; 2]],
    handing: &mpsc::Sender<Handed>,
) -> Result<(), sqlx::Error> {
    // It joins texts only, and rows that match a range in the order of the key: codes and items in the same.
    const SQL: &str = "
        SELECT GROUP_CONCAT(uscc), GROUP_CONCAT(HEX(items)) FROM projected WHERE uscc BETWEEN $1 AND $2";
    for [first, last] in blocks {
        let joined: (Option<String>, Option<String>) =
            sqlx::query_as(SQL).bind(first).bind(last).fetch_one(&mut *connection).await?;
        if let (Some(usccs), Some(items)) = joined
            && handing.send(Handed::Joined { usccs, items }).await.is_err()
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
            Handed::Joined { usccs, items } => arrived.take_joined(&usccs, &items)?,
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

    fn take_joined(&mut self, usccs: &str, items: &str) -> Result<(), service::Error> {
        let (mut packed, mut items) = (Vec::new(), items.split(','));
        for uscc in usccs.split(',') {
            let items = items.next().ok_or_else(in_other_form)?;
            packed.resize(items.len() / 2, 0);
            hex::decode_to_slice(items, &mut packed).map_err(|_| in_other_form())?;
            self.take(uscc, &packed)?;
        }
        if items.next().is_some() { Err(in_other_form()) } else { Ok(()) }
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
