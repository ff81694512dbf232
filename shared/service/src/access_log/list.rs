//! `xinjian.common.v1.Reads`: the log of reads, for those who supervise the readers. To look into it is a read as well.

use contract::common::v1::{
    ConfidentialRead, ListReadsRequest, ListReadsResponse,
    reads_server::{Reads, ReadsServer},
};
use db::{Db, Fingerprint, InvalidPageToken, PageToken, on, page_size, place_of};
use domain::{MicrosUtc, parse_date};
use tonic::{Request, Response, Status};

use super::{Read, record};
use crate::{Clock, Error, FieldErrors, auth::Caller};

const LIST: &str = "/xinjian.common.v1.Reads/ListReads";
/// What is read here.
const LOG: &str = "reads";
/// Rows of a page: usual and largest number.
const PAGE: (u32, u32) = (50, 500);
/// Longest purpose, in characters.
const LONGEST_PURPOSE: usize = 200;

/// Serves the log of one service.
#[derive(Clone, Debug)]
pub struct ReadsService {
    db: Db,
    clock: Clock,
}

/// Which rows to show.
#[derive(Debug)]
struct Question {
    subject: String,
    reader: String,
    from: MicrosUtc,
    before: MicrosUtc,
    purpose: String,
    size: i64,
    /// Only rows before this one.
    below: i64,
    fingerprint: Fingerprint,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    subject: String,
    method: String,
    purpose: String,
    reader: String,
    office: String,
    read_at_us: i64,
}

impl ReadsService {
    /// Serves the log in `db`.
    #[must_use]
    pub fn new(db: Db, clock: Clock) -> Self {
        Self { db, clock }
    }

    /// As a service of a server.
    pub fn into_service(self) -> ReadsServer<Self> {
        ReadsServer::new(self)
    }

    /// The latest first: rows are numbered as they are written.
    async fn page(&self, question: &Question) -> Result<(Vec<Row>, String), Error> {
        const SQL: &str = "
            SELECT id, subject, method, purpose, reader, office, read_at_us
            FROM confidential_read
            WHERE ($1 = '' OR subject = $1 OR substr(subject, 1, length($1) + 1) = $1 || '/')
              AND ($2 = '' OR reader = $2)
              AND read_at_us >= $3 AND read_at_us < $4
              AND id < $5
            ORDER BY id DESC
            LIMIT CAST($6 AS BIGINT)";
        let mut rows: Vec<Row> = on!(&self.db, |pool| sqlx::query_as(SQL)
            .bind(&question.subject)
            .bind(&question.reader)
            .bind(question.from.micros())
            .bind(question.before.micros())
            .bind(question.below)
            .bind(question.size + 1)
            .fetch_all(pool)
            .await)?;
        let next =
            PageToken::next(&mut rows, question.size, question.fingerprint, |row: &Row| row.id.to_string());
        Ok((rows, next))
    }
}

fn question(caller: &Caller, sent: ListReadsRequest) -> Result<Question, FieldErrors> {
    let mut errors = FieldErrors::default();
    let list = [LOG, caller.subject(), &sent.subject, &sent.reader, &sent.first_on, &sent.last_on];
    let fingerprint = Fingerprint::of(&list);
    let size = errors.check("page_size", page_size(sent.page_size, PAGE.0, PAGE.1));
    let after = errors.check("page_token", place(&sent.page_token, fingerprint));
    let first_on = errors.check_optional("first_on", &sent.first_on, parse_date);
    let last_on = errors.check_optional("last_on", &sent.last_on, parse_date);
    if first_on.zip(last_on).is_some_and(|(first, last)| last < first) {
        errors.push("last_on", "lies before `first_on`");
    }
    match sent.purpose.trim().chars().count() {
        0 => errors.push("purpose", "must be given"),
        1..=LONGEST_PURPOSE => {}
        _ => errors.push("purpose", format!("has more than {LONGEST_PURPOSE} characters")),
    }
    let (Some(size), Some(after)) = (size, after) else { return Err(errors) };
    errors.into_result()?;
    let end = last_on.and_then(|day| day.succ_opt());
    Ok(Question {
        subject: sent.subject,
        reader: sent.reader,
        from: first_on.map_or(MicrosUtc(0), MicrosUtc::start_of_shanghai_day),
        before: end.map_or(MicrosUtc(i64::MAX), MicrosUtc::start_of_shanghai_day),
        purpose: sent.purpose,
        size,
        below: after.unwrap_or(i64::MAX),
        fingerprint,
    })
}

/// The row that a page begins below; `None` for the first.
fn place(token: &str, fingerprint: Fingerprint) -> Result<Option<i64>, InvalidPageToken> {
    let id = PageToken::decode(token, fingerprint)?.unwrap_or_default();
    place_of(&id, |id| id.parse().ok())
}

fn shown(row: Row) -> ConfidentialRead {
    let nanos = i32::try_from(row.read_at_us.rem_euclid(1_000_000) * 1_000).unwrap_or_default();
    ConfidentialRead {
        subject: row.subject,
        method: row.method,
        purpose: row.purpose,
        reader: row.reader,
        office: row.office,
        read_time: Some(prost_types::Timestamp { seconds: row.read_at_us.div_euclid(1_000_000), nanos }),
    }
}

#[tonic::async_trait]
impl Reads for ReadsService {
    async fn list_reads(
        &self,
        request: Request<ListReadsRequest>,
    ) -> Result<Response<ListReadsResponse>, Status> {
        let caller = Caller::of(&request)?;
        let question = question(&caller, request.into_inner()).map_err(Error::from)?;
        let (rows, next_page_token) = self.page(&question).await?;
        let read = Read { subject: LOG, method: LIST, purpose: &question.purpose };
        record(&self.db, &caller, &read, self.clock.now()).await?;
        let reads = rows.into_iter().map(shown).collect();
        Ok(Response::new(ListReadsResponse { reads, next_page_token }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_that_holds_no_row_is_refused_and_begins_nothing_anew() {
        let list = Fingerprint::of(&[LOG]);
        assert_eq!(place("", list), Ok(None));
        assert_eq!(place(&PageToken::encode(list, "17"), list), Ok(Some(17)));
        for key in ["seventeen", "17 ", ""] {
            assert_eq!(place(&PageToken::encode(list, key), list), Err(InvalidPageToken), "{key}");
        }
    }
}
