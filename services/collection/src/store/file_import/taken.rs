//! Lines that were taken: which record or ticket each became, and how that stands now.

use std::collections::HashMap;

use contract::collection::v1 as pb;
use db::{Fingerprint, InvalidPageToken, PageToken, Tx, on};
use service::Error as Common;
use service::auth::Caller;

use super::super::Store;
use crate::domain::{NaturalId, record_name, ticket_name};
use crate::error::Error;
use crate::template::Table;

/// Bytes of a line: its number and the id.
const LINE: usize = 20;
/// Batches that one answer goes through; when few lines stand in the state that is asked for, a page may hold fewer than it could.
const BATCHES: i64 = 50;

#[derive(sqlx::FromRow)]
struct State {
    id: String,
    state: String,
}

/// Keeps what became of the lines of a batch.
pub(super) async fn keep(
    tx: &mut Tx,
    import: &NaturalId,
    taken: &[(u32, NaturalId)],
) -> Result<(), sqlx::Error> {
    const SQL: &str = "
        INSERT INTO file_import_taken (import_id, last_line, lines) VALUES ($1, $2, $3)
        ON CONFLICT (import_id, last_line) DO NOTHING";
    let Some((last, _)) = taken.last() else { return Ok(()) };
    let mut lines = Vec::with_capacity(taken.len() * LINE);
    for (number, id) in taken {
        lines.extend_from_slice(&number.to_be_bytes());
        lines.extend_from_slice(&id.to_bytes());
    }
    on!(tx, |conn| sqlx::query(SQL)
        .bind(import.as_str())
        .bind(i64::from(*last))
        .bind(lines.as_slice())
        .execute(conn)
        .await
        .map(drop))
}

/// Reads what [`keep`] wrote.
fn read(lines: &[u8]) -> impl Iterator<Item = (u32, NaturalId)> {
    lines.as_chunks::<LINE>().0.iter().map(|line| {
        let (number, id) = line.split_first_chunk::<4>().expect("a line begins with its number");
        let id = id.first_chunk().expect("behind the number is the id");
        (u32::from_be_bytes(*number), NaturalId::of_bytes(id))
    })
}

impl Store {
    /// A page of the lines of an import that were taken or were there, in the order of the file, as they stand now; `state`: only
    /// those in this state, all when empty.
    ///
    /// # Errors
    /// [`Error::ImportNotFound`], the caller may not see it, or the token is not from an earlier page.
    pub async fn list_taken_lines(
        &self,
        id: &NaturalId,
        state: &str,
        size: i64,
        token: &str,
        caller: &Caller,
    ) -> Result<pb::ListTakenLinesResponse, Error> {
        const SQL: &str = "
            SELECT last_line, lines FROM file_import_taken WHERE import_id = $1 AND last_line > $2 ORDER BY last_line LIMIT $3";
        let import = self.seen(id, caller).await?;
        let fingerprint = Fingerprint::of(&["taken-lines", id.as_str(), state]);
        let after = PageToken::decode(token, fingerprint).map_err(Common::from)?;
        let after: Option<i64> =
            after.map(|key| key.parse().map_err(|_| InvalidPageToken)).transpose().map_err(Common::from)?;
        let after = after.unwrap_or(0);
        let batches: Vec<(i64, Vec<u8>)> = on!(&self.db, |pool| sqlx::query_as(SQL)
            .bind(id.as_str())
            .bind(after)
            .bind(BATCHES)
            .fetch_all(pool)
            .await)
        .map_err(Common::from)?;
        let size = usize::try_from(size).unwrap_or_default();
        let mut lines = Vec::new();
        // Behind the last batch nothing comes; behind the last of an answer, perhaps.
        let is_full = i64::try_from(batches.len()) == Ok(BATCHES);
        let mut next = batches.last().filter(|_| is_full).map(|(last, _)| *last);
        for (_, batch) in &batches {
            let batch: Vec<_> = read(batch).filter(|(number, _)| i64::from(*number) > after).collect();
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

    async fn as_they_stand(
        &self,
        sort: &str,
        lines: &[(u32, NaturalId)],
    ) -> Result<Vec<pb::TakenLine>, Common> {
        let is_ticket = sort == Table::Ticket.as_str();
        let states = match is_ticket {
            true => "SELECT id, state FROM ticket WHERE id IN",
            false => "SELECT id, state FROM record WHERE id IN",
        };
        let name = if is_ticket { ticket_name } else { record_name };
        let ids: Vec<&str> = lines.iter().map(|(_, id)| id.as_str()).collect();
        let mut tx = self.db.begin_read().await?;
        let states: Vec<State> = db::rows_of(&mut tx, states, &ids).await?;
        let states: HashMap<_, _> = states.into_iter().map(|found| (found.id, found.state)).collect();
        // What is known under an id of an earlier time is not found here, and not told under a name that nobody knows.
        let line = |(number, id): &(u32, NaturalId)| {
            let state = states.get(id.as_str())?.clone();
            Some(pb::TakenLine { line: (*number).into(), subject: name(id.as_str()), state })
        };
        Ok(lines.iter().filter_map(line).collect())
    }
}
