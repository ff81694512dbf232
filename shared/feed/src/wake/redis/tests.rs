//! Wake-ups against a stand-in that speaks as much of the Redis protocol as they use, and can be cut off; against a real
//! server too, when `TEST_REDIS_URL` names one.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::broadcast,
};

use super::*;
use crate::Wake;

/// A server of one channel. Cutting it drops every connection; it accepts new ones at once.
struct StandIn {
    url: String,
    messages: broadcast::Sender<(String, String)>,
    cut: broadcast::Sender<()>,
    /// Subscriptions so far.
    subscriptions: watch::Receiver<u64>,
}

impl StandIn {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("redis://{}", listener.local_addr().unwrap());
        let (messages, _) = broadcast::channel(100);
        let (cut, _) = broadcast::channel(1);
        let (subscribed, subscriptions) = watch::channel(0);
        let (to_all, cuts, count) = (messages.clone(), cut.clone(), Arc::new(AtomicU64::new(0)));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (to_all, subscribed, count, mut cut) =
                    (to_all.clone(), subscribed.clone(), count.clone(), cuts.subscribe());
                tokio::spawn(async move {
                    tokio::select! {
                        _ = serve(stream, to_all, subscribed, count) => {}
                        _ = cut.recv() => {}
                    }
                });
            }
        });
        Self { url, messages, cut, subscriptions }
    }
}

async fn serve(
    stream: TcpStream,
    messages: broadcast::Sender<(String, String)>,
    subscribed: watch::Sender<u64>,
    count: Arc<AtomicU64>,
) -> std::io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut read = BufReader::new(read);
    let mut subscription = None;
    loop {
        let command = tokio::select! {
            command = command(&mut read) => command?,
            (channel, seq) = next(&mut subscription) => {
                let message = format!("*3\r\n{}{}{}", bulk("message"), bulk(&channel), bulk(&seq));
                write.write_all(message.as_bytes()).await?;
                continue;
            }
        };
        let answer = match command.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
            ["SUBSCRIBE", channel] => {
                subscription = Some(messages.subscribe());
                subscribed.send_replace(count.fetch_add(1, Ordering::SeqCst) + 1);
                format!("*3\r\n{}{}:1\r\n", bulk("subscribe"), bulk(channel))
            }
            ["PUBLISH", channel, seq] => {
                let readers = messages.send(((*channel).to_owned(), (*seq).to_owned())).unwrap_or(0);
                format!(":{readers}\r\n")
            }
            _ => "+OK\r\n".to_owned(),
        };
        write.write_all(answer.as_bytes()).await?;
    }
}

/// One command: an array of bulk strings.
async fn command(read: &mut (impl AsyncBufReadExt + Unpin)) -> std::io::Result<Vec<String>> {
    let parts = length(read, '*').await?;
    let mut command = Vec::new();
    for _ in 0..parts {
        let mut bytes = vec![0; length(read, '$').await? + 2];
        read.read_exact(&mut bytes).await?;
        command.push(String::from_utf8_lossy(&bytes[..bytes.len() - 2]).into_owned());
    }
    Ok(command)
}

async fn length(read: &mut (impl AsyncBufReadExt + Unpin), mark: char) -> std::io::Result<usize> {
    let mut line = String::new();
    read.read_line(&mut line).await?;
    let number = line.trim_end().strip_prefix(mark).and_then(|number| number.parse().ok());
    number.ok_or_else(|| std::io::ErrorKind::UnexpectedEof.into())
}

fn bulk(text: &str) -> String {
    format!("${}\r\n{text}\r\n", text.len())
}

async fn next(subscription: &mut Option<broadcast::Receiver<(String, String)>>) -> (String, String) {
    match subscription {
        Some(messages) => match messages.recv().await {
            Ok(message) => message,
            Err(_) => std::future::pending().await,
        },
        None => std::future::pending().await,
    }
}

/// The server at an address in plain text, for which nobody vouches.
fn server(url: &str) -> RedisServer {
    RedisServer::new(url, PathBuf::new()).unwrap()
}

/// A process with a sealer and a wake that is shared through `url`.
struct Process {
    sealer: watch::Sender<i64>,
    hints: watch::Receiver<i64>,
}

impl Process {
    fn start(url: &str, service: &str, shutdown: &Shutdown) -> Self {
        let sealer = watch::Sender::new(0);
        let (wake, bridge) = Wake::shared(server(url), service, sealer.subscribe(), shutdown.clone());
        tokio::spawn(bridge);
        Self { sealer, hints: wake.listen() }
    }

    async fn hears(&mut self, seq: i64) {
        let heard = self.hints.wait_for(|heard| *heard >= seq);
        tokio::time::timeout(Duration::from_secs(60), heard).await.expect("the wake-up comes").unwrap();
    }
}

/// A cut may hit between a seal and its publication, and then the hint is lost by design: the next one comes through.
async fn hears_soon_after(teller: &Process, hearer: &mut Process, from: i64) -> i64 {
    for seq in from.. {
        teller.sealer.send_replace(seq);
        let heard = hearer.hints.wait_for(|heard| *heard >= seq);
        if tokio::time::timeout(Duration::from_millis(200), heard).await.is_ok() {
            return seq;
        }
        assert!(seq < from + 100, "wake-ups never came back");
    }
    unreachable!("the loop ends by itself")
}

#[tokio::test]
async fn what_one_process_seals_wakes_the_other_also_after_redis_was_lost() {
    let (redis, shutdown) = (StandIn::start().await, Shutdown::new());
    let mut one = Process::start(&redis.url, "registry", &shutdown);
    let mut two = Process::start(&redis.url, "registry", &shutdown);
    redis.subscriptions.clone().wait_for(|count| *count >= 2).await.unwrap();
    one.sealer.send_replace(5);
    two.hears(5).await;
    one.hears(5).await;

    redis.cut.send(()).unwrap();
    // Without Redis, a process still hears its own sealer.
    two.sealer.send_replace(6);
    two.hears(6).await;
    redis.subscriptions.clone().wait_for(|count| *count >= 4).await.unwrap();
    let reached = hears_soon_after(&one, &mut two, 7).await;
    hears_soon_after(&two, &mut one, reached + 1).await;
}

#[tokio::test]
async fn a_position_is_published_once_however_many_processes_hear_it() {
    let (redis, shutdown) = (StandIn::start().await, Shutdown::new());
    let processes = [(); 3].map(|()| Process::start(&redis.url, "registry", &shutdown));
    redis.subscriptions.clone().wait_for(|count| *count >= 3).await.unwrap();
    let mut published = redis.messages.subscribe();
    for seq in 1..=3 {
        processes[0].sealer.send_replace(seq);
        for process in &processes {
            process.hints.clone().wait_for(|heard| *heard >= seq).await.unwrap();
        }
    }
    let seen: Vec<_> = std::iter::from_fn(|| published.try_recv().ok()).map(|(_, seq)| seq).collect();
    assert_eq!(seen, ["1", "2", "3"]);
}

#[tokio::test]
async fn without_redis_a_process_still_wakes_its_own_readers() {
    let shutdown = Shutdown::new();
    // Nothing listens on port 1.
    let mut alone = Process::start("redis://127.0.0.1:1", "registry", &shutdown);
    for seq in [1, 2, 3] {
        alone.sealer.send_replace(seq);
        alone.hears(seq).await;
    }
}

#[tokio::test]
async fn the_bridge_ends_with_the_shutdown() {
    let (redis, shutdown) = (StandIn::start().await, Shutdown::new());
    for url in [redis.url.as_str(), "redis://127.0.0.1:1"] {
        let sealer = watch::Sender::new(0);
        let (_wake, bridge) = Wake::shared(server(url), "registry", sealer.subscribe(), shutdown.clone());
        let running = tokio::spawn(bridge);
        shutdown.begin();
        tokio::time::timeout(Duration::from_secs(60), running).await.expect("it ends").unwrap();
    }
}

#[tokio::test]
#[ignore = "needs TEST_REDIS_URL"]
async fn a_real_server_passes_wake_ups_on() {
    #[allow(clippy::disallowed_methods, reason = "a test has no Config; its one variable is read here")]
    let url = std::env::var("TEST_REDIS_URL").expect("TEST_REDIS_URL names a Redis server");
    let shutdown = Shutdown::new();
    // A channel of its own for each run of the test.
    let service = format!("test-{}", std::process::id());
    let one = Process::start(&url, &service, &shutdown);
    let mut two = Process::start(&url, &service, &shutdown);
    hears_soon_after(&one, &mut two, 1).await;
}
