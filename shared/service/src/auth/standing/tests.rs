use contract::access::rpc_of;
use domain::{DivisionCode, MicrosUtc, OfficeCode};
use futures::{StreamExt, stream};
use http_body_util::{BodyExt, StreamBody};
use rulebook::Rulebook;

use super::{
    super::{Accounts, Authority, Claims, Fields, ISSUER, Keys, Revocations, audit::Audit},
    *,
};
use crate::{Clock, Shutdown, testing::issuer};

const SUBSCRIBE: &str = "/xinjian.feed.v1.Feed/Subscribe";
const IMPORT: &str = "/xinjian.collection.v1.Records/ImportRecords";

/// The guard of a server at an instant, and who has opened a stream with a token that ends at another.
fn opened(now: MicrosUtc, token_ends: MicrosUtc) -> (Arc<Guard>, Opened) {
    opened_by(issuer().keys(), now, token_ends)
}

fn opened_by(keys: Keys, now: MicrosUtc, token_ends: MicrosUtc) -> (Arc<Guard>, Opened) {
    opened_at((SUBSCRIBE, "SYSTEM"), keys, now, token_ends)
}

fn opened_at(
    (path, office): (&str, &str),
    keys: Keys,
    now: MicrosUtc,
    token_ends: MicrosUtc,
) -> (Arc<Guard>, Opened) {
    let authority = Authority::new(keys, Rulebook::builtin(), Clock::Fixed(now));
    let (office, city) = (OfficeCode::parse(office).unwrap(), DivisionCode::parse("370100").unwrap());
    let issued = token_ends.plus_micros(-60_000_000);
    let claims = Claims::new("desk", &office, std::slice::from_ref(&city), ISSUER, issued, 60);
    let token = issuer().issue(&claims).unwrap();
    let caller = Caller::new("desk", "", office, Fields::All, vec![city], token);
    // Asked while the token was good.
    let asked = now.min(token_ends.plus_micros(-1_000_000));
    let opened = Opened::at(&request(path), rpc_of(path).unwrap(), caller, asked);
    (Arc::new(Guard { authority, audit: Audit::new() }), opened)
}

fn request(path: &str) -> http::Request<()> {
    http::Request::post(path).body(()).unwrap()
}

const NOW: MicrosUtc = MicrosUtc(1_780_000_000_000_000);

/// A message as it is sent.
fn message(length: u8) -> Vec<u8> {
    [vec![0, 0, 0, 0, length], vec![7; length.into()]].concat()
}

/// A body of these frames, behind which it goes on without an end; and the sign that it is gone.
fn endless(frames: Vec<Vec<u8>>) -> (http::Response<Body>, Weak<()>) {
    let held = Arc::new(());
    let gone = Arc::downgrade(&held);
    let frames = stream::iter(frames).chain(stream::pending()).map(move |bytes| {
        let _held = &held;
        Ok::<_, Status>(Frame::data(Bytes::from(bytes)))
    });
    (http::Response::new(Body::new(StreamBody::new(frames))), gone)
}

async fn next(body: &mut Body) -> Frame<Bytes> {
    body.frame().await.unwrap().unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_stream_ends_with_the_token_of_its_caller_behind_a_whole_message() {
    let (guard, opened) = opened(NOW, NOW.plus_micros(-1_000_000));
    let (first, second) = (message(3), message(200));
    let frames = vec![[&first[..], &second[..4]].concat(), [&second[4..], &first[..]].concat()];
    let (answer, gone) = endless(frames);
    let mut body = watched(answer, opened, &guard).into_body();
    assert_eq!(next(&mut body).await.into_data().unwrap().len(), first.len() + 4);
    tokio::time::sleep(LOOK_EVERY * 2).await;
    assert_eq!(next(&mut body).await.into_data().unwrap(), second[4..], "the message under way is whole");
    let trailers = next(&mut body).await.into_trailers().unwrap();
    let status = Status::from_header_map(&trailers).unwrap();
    assert_eq!(status.code(), Code::Unauthenticated);
    assert_eq!(crate::error::reason_of(&status).as_deref(), Some("TOKEN_EXPIRED"));
    assert!(body.frame().await.is_none() && gone.upgrade().is_none(), "nothing is held any more");
}

#[tokio::test(start_paused = true)]
async fn a_stream_ends_when_its_token_is_revoked() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("revocations");
    std::fs::write(&file, "").unwrap();
    let keys = issuer().keys().without(Revocations::from_file(&file).unwrap());
    let (guard, opened) = opened_by(keys, NOW, NOW.plus_micros(1_000_000));
    let authority = guard.authority.clone();
    let looking = tokio::spawn(async move { authority.keep_fresh(&Shutdown::new()).await });
    let (answer, _) = endless(Vec::new());
    let mut body = watched(answer, opened, &guard).into_body();
    assert!(tokio::time::timeout(LOOK_EVERY * 10, body.frame()).await.is_err(), "it is good so far");
    std::fs::write(&file, "subject desk 2100-01-01T00:00:00Z\n").unwrap();
    let trailers = next(&mut body).await.into_trailers().unwrap();
    let status = Status::from_header_map(&trailers).unwrap();
    assert_eq!(crate::error::reason_of(&status).as_deref(), Some("TOKEN_REVOKED"));
    looking.abort();
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_has_an_end_is_not_cut_by_the_life_of_a_token_and_is_by_its_revocation() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("revocations");
    std::fs::write(&file, "").unwrap();
    let keys = issuer().keys().without(Revocations::from_file(&file).unwrap());
    let (guard, opened) = opened_at((IMPORT, "LEGAL"), keys, NOW, NOW.plus_micros(-1_000_000));
    let opened = Opened { caller: as_let_in(&guard, &opened), ..opened };
    let authority = guard.authority.clone();
    let looking = tokio::spawn(async move { authority.keep_fresh(&Shutdown::new()).await });
    let (answer, _) = endless(Vec::new());
    let mut body = watched(answer, opened, &guard).into_body();
    assert!(tokio::time::timeout(LOOK_EVERY * 10, body.frame()).await.is_err(), "the token is past its end");
    std::fs::write(&file, "subject desk 2100-01-01T00:00:00Z\n").unwrap();
    let trailers = next(&mut body).await.into_trailers().unwrap();
    let status = Status::from_header_map(&trailers).unwrap();
    assert_eq!(crate::error::reason_of(&status).as_deref(), Some("TOKEN_REVOKED"));
    assert!(status.message().contains("not whole"), "{status}");
    looking.abort();
}

/// The caller as the authority has let it in, with the fields of its office.
fn as_let_in(guard: &Guard, opened: &Opened) -> Caller {
    let shown = (&opened.account, &opened.presented);
    guard.authority.stands(opened.path, &opened.caller, shown, opened.asked).unwrap()
}

/// What a service account shows that follows a feed: its certificate, or that of the gateway, which asks in its name.
const ACCOUNTS: &str = r#"{"accounts": [
    {"name": "desk", "certificate": "URI:spiffe://jinan/desk", "office": "SYSTEM", "divisions": ["370102"]},
    {"name": "gateway", "certificate": "URI:spiffe://jinan/gateway", "office": "SYSTEM", "divisions": [],
     "permissions": [], "relays": true}
]}"#;

/// How the stream of an account ends, which showed the certificate of `name`, when `old` in the accounts becomes `new`.
async fn ending_of_account(name: &str, old: &str, new: &str) -> Option<String> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), ACCOUNTS).unwrap();
    let accounts = Accounts::from_file(file.path()).unwrap();
    let authority = Authority::new(issuer().keys(), Rulebook::builtin(), Clock::Fixed(NOW)).knowing(accounts);
    let mut asked = request(SUBSCRIBE);
    let presented = Presented(Arc::from([format!("URI:spiffe://jinan/{name}")]));
    asked.extensions_mut().insert(Came { from: None, presented: presented.clone() });
    if name == "gateway" {
        asked.headers_mut().insert(ACCOUNT, http::HeaderValue::from_static("desk"));
    }
    let caller = authority.decide(SUBSCRIBE, asked.headers(), Some(&presented)).unwrap().unwrap();
    let opened = Opened::at(&asked, rpc_of(SUBSCRIBE).unwrap(), caller, NOW);
    let guard = Arc::new(Guard { authority, audit: Audit::new() });
    let (answer, _) = endless(Vec::new());
    let mut body = watched(answer, opened, &guard).into_body();
    assert!(tokio::time::timeout(LOOK_EVERY * 10, body.frame()).await.is_err(), "it is good so far");

    std::fs::write(file.path(), ACCOUNTS.replace(old, new)).unwrap();
    let authority = guard.authority.clone();
    let looking = tokio::spawn(async move { authority.keep_fresh(&Shutdown::new()).await });
    let ended = tokio::time::timeout(LOOK_EVERY * 10, body.frame()).await;
    looking.abort();
    let trailers = ended.ok()?.unwrap().unwrap().into_trailers().unwrap();
    crate::error::reason_of(&Status::from_header_map(&trailers).unwrap())
}

#[tokio::test(start_paused = true)]
async fn the_stream_of_an_account_ends_with_its_certificate_its_scope_or_the_right_of_who_relays_it() {
    for (shown, old, new, reason) in [
        ("desk", "jinan/desk", "jinan/desk-2", Some("ACCOUNT_UNKNOWN")),
        ("desk", r#""name": "desk""#, r#""name": "desk-2""#, Some("SCOPE_CHANGED")),
        ("desk", "370102", "370103", Some("SCOPE_CHANGED")),
        ("gateway", r#""relays": true"#, r#""relays": false"#, Some("RELAY_NOT_PERMITTED")),
        ("gateway", "370102", "370103", Some("SCOPE_CHANGED")),
        ("gateway", r#""name": "desk""#, r#""name": "desk-2""#, Some("RELAY_NOT_PERMITTED")),
        // Nothing that it showed.
        ("desk", r#""relays": true"#, r#""relays": false"#, None),
    ] {
        assert_eq!(ending_of_account(shown, old, new).await.as_deref(), reason, "{shown}: {new}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_waits_for_news_is_told_at_once() {
    let (guard, opened) = opened(NOW, NOW);
    let (answer, gone) = endless(Vec::new());
    let mut body = watched(answer, opened, &guard).into_body();
    let trailers = next(&mut body).await.into_trailers().unwrap();
    assert_eq!(trailers[Status::GRPC_STATUS], "16");
    assert!(gone.upgrade().is_none());
}

#[tokio::test(start_paused = true)]
async fn a_stream_stays_open_while_its_token_is_good_and_its_messages_are_taken() {
    let (guard, opened) = opened(NOW, NOW.plus_micros(1_000_000));
    let (answer, gone) = endless(vec![message(1); 3]);
    let mut body = watched(answer, opened, &guard).into_body();
    for _ in 0..3 {
        assert!(next(&mut body).await.is_data());
        tokio::time::sleep(UNTAKEN / 2).await;
    }
    let waiting = tokio::time::timeout(UNTAKEN * 2, body.frame()).await;
    assert!(waiting.is_err() && gone.upgrade().is_some(), "whoever waits for news takes them");
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_nobody_reads_holds_nothing_for_long() {
    let (guard, opened) = opened(NOW, NOW.plus_micros(1_000_000));
    let (answer, gone) = endless(vec![message(1); 3]);
    let mut body = watched(answer, opened, &guard).into_body();
    next(&mut body).await;
    tokio::time::sleep(UNTAKEN + LOOK_EVERY * 2).await;
    assert!(gone.upgrade().is_none());
    assert_eq!(next(&mut body).await.into_trailers().unwrap()[Status::GRPC_STATUS], "4");
}

#[tokio::test]
async fn a_stream_that_goes_away_takes_what_it_held_along() {
    let (guard, opened) = opened(NOW, NOW.plus_micros(1_000_000));
    let (answer, gone) = endless(Vec::new());
    drop(watched(answer, opened, &guard));
    assert!(gone.upgrade().is_none());
}
