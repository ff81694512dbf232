//! How far the readers of this service have come, and what they had to set aside.

use contract::feed::v1::{
    ListParkedEventsRequest, ListParkedEventsResponse, ParkedEvent, Reader, ReaderState,
    RestartReaderRequest, RetryParkedEventsRequest,
};
use db::{Db, Fingerprint, InvalidPageToken, PageToken, on, page_size};
use domain::RequestId;
use service::{FieldErrors, auth::Caller};

use super::error::Error;
use crate::{Follower, Parked, State, list_parked};

/// Default and bound of a page of parked events.
const PAGE: (u32, u32) = (50, 500);

#[derive(sqlx::FromRow)]
struct Row {
    consumer: String,
    feed: String,
    seq: i64,
    parked: i64,
    first_seq: Option<i64>,
    first_error: Option<String>,
}

/// Every reader with its position and what it has parked; with its state, if it is one of `running`.
pub(super) async fn list(db: &Db, running: &[Follower]) -> Result<Vec<Reader>, sqlx::Error> {
    const SQL: &str = "
        SELECT c.consumer, c.feed, c.seq, COUNT(p.seq) AS parked, MIN(p.seq) AS first_seq,
            (SELECT f.error FROM feed_parked f
             WHERE f.consumer = c.consumer AND f.feed = c.feed ORDER BY f.seq LIMIT 1) AS first_error
        FROM feed_cursor c
        LEFT JOIN feed_parked p ON p.consumer = c.consumer AND p.feed = c.feed
        GROUP BY c.consumer, c.feed, c.seq
        ORDER BY c.consumer, c.feed";
    let rows: Vec<Row> = on!(db, |pool| sqlx::query_as(SQL).fetch_all(pool).await)?;
    Ok(rows.into_iter().map(|row| reader(row, running)).collect())
}

fn reader(row: Row, running: &[Follower]) -> Reader {
    let problem = |seq: i64| format!("event {seq}: {}", row.first_error.clone().unwrap_or_default());
    let (state, stop_reason) = match find(running, &row.consumer, &row.feed) {
        None => (ReaderState::Unspecified, String::new()),
        Some(follower) => match follower.status().borrow().state.clone() {
            State::Connecting => (ReaderState::Connecting, String::new()),
            State::Following => (ReaderState::Following, String::new()),
            State::Stopped(why) => (ReaderState::Stopped, why),
        },
    };
    Reader {
        first_problem: row.first_seq.map(problem).unwrap_or_default(),
        name: row.consumer,
        feed: row.feed,
        seq: row.seq,
        parked: row.parked,
        state: state.into(),
        stop_reason,
    }
}

fn find<'f>(running: &'f [Follower], reader: &str, feed: &str) -> Option<&'f Follower> {
    running.iter().find(|follower| follower.name() == reader && follower.feed() == feed)
}

/// A page of what a reader has parked.
pub(super) async fn parked(
    db: &Db,
    request: &ListParkedEventsRequest,
) -> Result<ListParkedEventsResponse, Error> {
    let size = page_size(request.page_size, PAGE.0, PAGE.1)?;
    let fingerprint = Fingerprint::of(&["parked events", &request.reader, &request.feed]);
    let after = match PageToken::decode(&request.page_token, fingerprint)? {
        Some(key) => key.parse().map_err(|_| InvalidPageToken)?,
        None => 0,
    };
    let mut rows = list_parked(db, &request.reader, &request.feed, after, size + 1).await?;
    let next_page_token = PageToken::next(&mut rows, size, fingerprint, |row| row.seq.to_string());
    Ok(ListParkedEventsResponse { events: rows.into_iter().map(event).collect(), next_page_token })
}

fn event(row: Parked) -> ParkedEvent {
    ParkedEvent {
        seq: row.seq,
        event_id: row.event_id,
        kind: row.kind,
        subject: row.subject,
        problem: row.error,
    }
}

/// Has a running reader handle the parked events of a subject again; answers how the reader stands then. What is handled is
/// no longer parked, so the request is safe to repeat without a note that it was made.
pub(super) async fn retry(
    db: &Db,
    running: &[Follower],
    caller: &Caller,
    request: &RetryParkedEventsRequest,
) -> Result<Reader, Error> {
    let RetryParkedEventsRequest { reader, feed, subject, request_id } = request;
    let mut fields = FieldErrors::default();
    fields.check("request_id", RequestId::parse(request_id));
    if subject.is_empty() {
        fields.push("subject", "must be given");
    }
    fields.into_result()?;
    let unknown = || Error::NoReader { reader: reader.clone(), feed: feed.clone() };
    let handled = find(running, reader, feed).ok_or_else(unknown)?.retry_parked(subject).await?;
    let officer = caller.subject();
    tracing::info!(
        consumer = reader,
        feed,
        subject,
        officer,
        "`{officer}` had `{reader}` handle {handled} parked events of `{feed}` about `{subject}` again"
    );
    stands(db, running, reader, feed).await?.ok_or_else(unknown)
}

/// Has a running reader begin again with the first event; answers how it stands then. To repeat the request only begins once
/// more, so it is safe without a note that it was made.
pub(super) async fn restart(
    db: &Db,
    running: &[Follower],
    caller: &Caller,
    request: &RestartReaderRequest,
) -> Result<Reader, Error> {
    let RestartReaderRequest { reader, feed, request_id } = request;
    let mut fields = FieldErrors::default();
    fields.check("request_id", RequestId::parse(request_id));
    fields.into_result()?;
    let unknown = || Error::NoReader { reader: reader.clone(), feed: feed.clone() };
    find(running, reader, feed).ok_or_else(unknown)?.start_over().await.map_err(service::Error::from)?;
    let officer = caller.subject();
    tracing::warn!(
        consumer = reader,
        feed,
        officer,
        "`{officer}` had `{reader}` read `{feed}` again from the beginning"
    );
    stands(db, running, reader, feed).await?.ok_or_else(unknown)
}

/// How one reader of one feed stands.
async fn stands(
    db: &Db,
    running: &[Follower],
    reader: &str,
    feed: &str,
) -> Result<Option<Reader>, sqlx::Error> {
    let all = list(db, running).await?;
    Ok(all.into_iter().find(|row| row.name == reader && row.feed == feed))
}
