//! Lines that were taken: which record or ticket each became or repeats, and how that stands now.

use std::collections::{HashMap, HashSet};

use contract::collection::v1 as pb;
use db::{Fingerprint, InvalidPageToken, PageToken, Tx, on};
use service::Error as Common;
use service::auth::Caller;

use super::super::Store;
use crate::convert::{Batch, Collected, Row};
use crate::domain::{NaturalId, NewRecord, record_name, ticket_name};
use crate::error::Error;
use crate::template::Table;

/// Bytes of a line: its number and the id.
const LINE: usize = 20;
/// Batches that one answer goes through; when few lines stand in the state that is asked for, a page may hold fewer than it could.
const BATCHES: i64 = 50;

/// How records of these ids stand.
const STATES: &str = "SELECT id, state FROM record WHERE key IN";

/// A line that was taken, or was there already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakenLine {
    /// Its number in the file, from 1.
    pub number: u32,
    /// What it became, or repeats.
    pub id: NaturalId,
    /// Whether that was there already.
    pub duplicate: bool,
}

/// Which taken lines to list.
#[derive(Clone, Debug, Default)]
pub struct TakenFilter {
    /// Only lines whose record or ticket is in this state; empty means all.
    pub state: String,
    /// Only duplicates.
    pub only_duplicates: bool,
    /// Lines of a page.
    pub size: i64,
    /// Where to go on.
    pub token: String,
}

#[derive(sqlx::FromRow)]
struct Kept {
    last_line: i64,
    lines: Vec<u8>,
    duplicates: Vec<u8>,
}

#[derive(sqlx::FromRow)]
struct State {
    id: String,
    state: String,
}

/// Keeps what became of the lines of a batch.
pub(super) async fn keep(tx: &mut Tx, import: &NaturalId, taken: &[TakenLine]) -> Result<(), sqlx::Error> {
    const SQL: &str = "
        INSERT INTO file_import_taken (import_id, last_line, lines, duplicates) VALUES ($1, $2, $3, $4)
        ON CONFLICT (import_id, last_line) DO NOTHING";
    let Some(last) = taken.last() else { return Ok(()) };
    let (mut lines, mut duplicates) = (Vec::with_capacity(taken.len() * LINE), Vec::new());
    for line in taken {
        let number = line.number.to_be_bytes();
        lines.extend_from_slice(&number);
        lines.extend_from_slice(line.id.as_bytes());
        if line.duplicate {
            duplicates.extend_from_slice(&number);
        }
    }
    on!(tx, |conn| sqlx::query(SQL)
        .bind(import.as_str())
        .bind(i64::from(last.number))
        .bind(lines.as_slice())
        .bind(duplicates.as_slice())
        .execute(conn)
        .await
        .map(drop))
}

/// Reads what [`keep`] wrote.
fn read(kept: &Kept) -> impl Iterator<Item = TakenLine> {
    let duplicates = kept.duplicates.as_chunks::<4>().0.iter().map(|number| u32::from_be_bytes(*number));
    let duplicates: HashSet<u32> = duplicates.collect();
    kept.lines.as_chunks::<LINE>().0.iter().map(move |line| {
        let (number, id) = line.split_first_chunk::<4>().expect("a line begins with its number");
        let number = u32::from_be_bytes(*number);
        let id = id.first_chunk().expect("behind the number is the id");
        TakenLine { number, id: NaturalId::of_bytes(id), duplicate: duplicates.contains(&number) }
    })
}

impl Store {
    /// A page of the lines of an import that were taken or were there, in the order of the file, as they stand now.
    ///
    /// # Errors
    /// [`Error::ImportNotFound`], the caller may not see it, or the token is not from an earlier page.
    pub async fn list_taken_lines(
        &self,
        id: &NaturalId,
        filter: &TakenFilter,
        caller: &Caller,
    ) -> Result<pb::ListTakenLinesResponse, Error> {
        const SQL: &str = "
            SELECT last_line, lines, duplicates FROM file_import_taken
            WHERE import_id = $1 AND last_line > $2 ORDER BY last_line LIMIT CAST($3 AS BIGINT)";
        let import = self.seen(id, caller).await?;
        let state = filter.state.as_str();
        let only = if filter.only_duplicates { "duplicates" } else { "" };
        let fingerprint = Fingerprint::of(&["taken-lines", id.as_str(), state, only]);
        let after = PageToken::decode(&filter.token, fingerprint).map_err(Common::from)?;
        let after: Option<i64> =
            after.map(|key| key.parse().map_err(|_| InvalidPageToken)).transpose().map_err(Common::from)?;
        let after = after.unwrap_or(0);
        let batches: Vec<Kept> = on!(&self.db, |pool| sqlx::query_as(SQL)
            .bind(id.as_str())
            .bind(after)
            .bind(BATCHES)
            .fetch_all(pool)
            .await)
        .map_err(Common::from)?;
        let size = usize::try_from(filter.size).unwrap_or_default();
        let mut lines = Vec::new();
        // Behind the last batch nothing comes; behind the last of an answer, perhaps.
        let is_full = i64::try_from(batches.len()) == Ok(BATCHES);
        let mut next = batches.last().filter(|_| is_full).map(|kept| kept.last_line);
        for kept in &batches {
            let wanted = |line: &TakenLine| {
                i64::from(line.number) > after && (line.duplicate || !filter.only_duplicates)
            };
            let batch: Vec<_> = read(kept).filter(wanted).collect();
            let found = self.as_they_stand(&import.sort, &batch).await?;
            lines.extend(found.into_iter().filter(|line| state.is_empty() || line.state == state));
            if lines.len() > size {
                lines.truncate(size);
                next = lines.last().map(|line| line.line);
                break;
            }
        }
        let next_page_token =
            next.map_or_else(String::new, |line| PageToken::encode(fingerprint, &line.to_string()));
        Ok(pb::ListTakenLinesResponse { lines, next_page_token })
    }

    async fn as_they_stand(&self, sort: &str, lines: &[TakenLine]) -> Result<Vec<pb::TakenLine>, Common> {
        let is_ticket = sort == Table::Ticket.as_str();
        let name = if is_ticket { ticket_name } else { record_name };
        let ids: Vec<&str> = lines.iter().map(|line| line.id.as_str()).collect();
        let mut tx = self.db.begin_read().await?;
        let states: Vec<State> = match is_ticket {
            true => db::rows_of(&mut tx, "SELECT id, state FROM ticket WHERE id IN", &ids).await?,
            false => db::rows_of_bytes(&mut tx, STATES, &ids).await?,
        };
        let states: HashMap<_, _> = states.into_iter().map(|found| (found.id, found.state)).collect();
        // What a line of a dry run repeats may be another of its lines, which was not taken.
        let line = |taken: &TakenLine| {
            let id = taken.id.as_str();
            let state = states.get(id)?.clone();
            let TakenLine { number, duplicate, .. } = *taken;
            Some(pb::TakenLine { line: number.into(), subject: name(id), state, duplicate })
        };
        Ok(lines.iter().filter_map(line).collect())
    }

    /// Which of these are records of which it was erased who they are about.
    ///
    /// # Errors
    /// Failures of the database.
    pub async fn erased_among(&self, ids: &[NaturalId]) -> Result<HashSet<String>, Common> {
        const SQL: &str = "SELECT id FROM record WHERE erased_us IS NOT NULL AND key IN";
        if ids.is_empty() {
            return Ok(HashSet::new());
        }
        let asked: Vec<&str> = ids.iter().map(NaturalId::as_str).collect();
        let mut tx = self.db.begin_read().await?;
        let found: Vec<(String,)> = db::rows_of_bytes(&mut tx, SQL, &asked).await?;
        Ok(found.into_iter().map(|(id,)| id).collect())
    }

    /// The rows of a batch that are known under the id of an earlier time: their id, and that one.
    ///
    /// # Errors
    /// Failures of the database.
    pub async fn known_before(
        &self,
        batch: &Batch<NewRecord>,
    ) -> Result<HashMap<NaturalId, NaturalId>, Common> {
        let both = |row: &Row<NewRecord>| {
            row.item.earlier_id().map(|earlier| (row.item.id().clone(), earlier.clone()))
        };
        let mut earlier: HashMap<NaturalId, NaturalId> = batch.rows.iter().filter_map(both).collect();
        if earlier.is_empty() {
            return Ok(earlier);
        }
        let ids: Vec<&str> =
            earlier.iter().flat_map(|(id, before)| [id, before]).map(NaturalId::as_str).collect();
        let mut tx = self.db.begin_read().await?;
        let known: Vec<State> = db::rows_of_bytes(&mut tx, STATES, &ids).await?;
        let known: HashSet<String> = known.into_iter().map(|found| found.id).collect();
        earlier.retain(|id, before| !known.contains(id.as_str()) && known.contains(before.as_str()));
        Ok(earlier)
    }
}
