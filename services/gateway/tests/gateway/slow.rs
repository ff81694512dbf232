//! Clients that are slow, on purpose or by a bad line: each is ended at a bound of the server, and holds no place that others need.
//! Time is that of the test and runs ahead whenever nobody has anything to do.

use std::{future::pending, time::Duration};

use service::{config::Limits, testing::token};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{interval, timeout},
};

use crate::house::{House, closed_port, get};

/// Time between two bytes of a slow client: far shorter than any bound on silence.
const BETWEEN_BYTES: Duration = Duration::from_secs(1);
/// Longer than any bound.
const GUARD: Duration = Duration::from_secs(3_600);

/// Connects, sends `head` at once and then `byte` again and again; answers what the server said until it closed the connection.
async fn trickle(house: &House, head: &str, byte: Option<u8>) -> String {
    let mut stream = TcpStream::connect(house.inside).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    let (mut answers, mut asks) = stream.split();
    let slowly = async {
        let mut beats = interval(BETWEEN_BYTES);
        // What cannot be written any more has been answered, or closed.
        while let Some(byte) = byte
            && asks.write_all(&[byte]).await.is_ok()
        {
            beats.tick().await;
        }
        pending::<()>().await
    };
    let mut answer = Vec::new();
    let answered = async {
        tokio::select! {
            // Closed, or broken off because there were bytes on the way: either is the end.
            _ = answers.read_to_end(&mut answer) => {}
            () = slowly => {}
        }
    };
    timeout(GUARD, answered).await.expect("no connection stays for ever");
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test(start_paused = true)]
async fn whoever_says_nothing_or_no_whole_head_is_sent_away() {
    let house = House::alone().await;
    for (head, byte) in [
        ("", None),
        ("PRI * HTTP/2.0\r\n", None),
        ("GET /v1/duties HTTP/1.1\r\nHost: x\r\n", None),
        ("GET /v1/duties HTTP/1.1\r\nHost: x\r\nX: ", Some(b'a')),
        // A connection that was answered before keeps no place either.
        ("GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n", None),
    ] {
        let said = trickle(&house, head, byte).await;
        assert!(!said.contains("HTTP/1.1 5"), "{head:?}: {said}");
    }
    house.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_body_that_comes_a_byte_at_a_time_is_refused_at_its_bound() {
    let house = House::alone().await;
    let head = format!(
        "POST /v1/records/1:withdraw HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{{",
        token("LEGAL", &["370100"])
    );
    let said = trickle(&house, &head, Some(b' ')).await;
    assert!(said.starts_with("HTTP/1.1 408") && said.contains("BODY_TOO_SLOW"), "{said}");
}

#[tokio::test(start_paused = true)]
async fn a_body_that_comes_over_a_slow_line_is_read_to_its_end() {
    let house = House::alone().await;
    // Longer than any answer may take.
    let head = format!(
        "POST /v1/records/1:withdraw HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{{",
        token("LEGAL", &["370100"])
    );
    let said = trickle(&house, &head, Some(b' ')).await;
    assert!(said.starts_with("HTTP/1.1 400"), "it is no JSON in the end: {said}");
}

#[tokio::test(start_paused = true)]
async fn nothing_is_read_of_whoever_shows_something_that_is_no_right() {
    let house = House::alone().await;
    let party = token("PARTY", &["370100"]);
    for (shown, status) in [("x", 401), ("Bearer x", 401), (&format!("Bearer {party}"), 403)] {
        let head = format!(
            "POST /v1/records/1:withdraw HTTP/1.1\r\nHost: x\r\nAuthorization: {shown}\r\n\
             Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{{"
        );
        let said = trickle(&house, &head, None).await;
        assert!(said.starts_with(&format!("HTTP/1.1 {status}")), "{shown}: {said}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_rpc_whose_message_does_not_come_gives_its_place_back() {
    let limits = Limits { max_in_flight: 1, ..Limits::default() };
    let house = House::configured(&closed_port(), |config| config.limits = limits).await;
    // Nobody's request is refused as soon as it has a place: it finds out whether there is one, and keeps none.
    let probe = async || get(house.inside, "/v1/duties", None).await;
    assert_eq!(probe().await.status, 401);
    let head = format!(
        "POST /xinjian.gateway.v1.WorkLists/ListDuties HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/grpc-web+proto\r\nContent-Length: 1000\r\n\r\n",
        token("CREDIT", &["370100"])
    );
    let slow = async {
        let said = trickle(&house, &head, Some(0)).await;
        assert!(said.contains("grpc-status: 4"), "{said}");
    };
    let taken = async {
        let mut answer = probe().await;
        while answer.status == 401 {
            answer = probe().await;
        }
        assert_eq!((answer.status, answer.reason()), (429, "OVERLOADED"));
        assert_eq!(answer.headers["retry-after"], "1");
        assert_eq!(answer.headers["cache-control"], "no-store", "as everything that is answered here");
    };
    tokio::join!(slow, taken);
    assert_eq!(probe().await.status, 401, "the place is free again");
}
