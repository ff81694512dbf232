//! A page in a real browser that calls the gateway by gRPC-Web: whether the browser lets it is what no client of ours can tell.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use contract::registry::v1::Enterprise;
use e2e::city::TestCity;
use e2e::job;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Command;
use tokio::sync::mpsc;

use crate::city::second::gateway;

const PAGE: &str = include_str!("browser.html");
const USCC: &str = "91370102MA3C00011F";
/// Longest wait for what a page has to tell.
const PATIENCE: Duration = Duration::from_secs(120);

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs chromium in the PATH"]
async fn a_page_of_a_configured_origin_calls_and_follows_by_grpc_web_and_no_other_page_does() {
    let Some(chromium) = chromium() else { return };
    let city = TestCity::start().await;
    let taken = job::enterprises(&city.people().officer("importer", "LEGAL"), vec![party()]).await;
    assert_eq!(taken.new, 1);
    let (desk, stranger) = (Site::open().await, Site::open().await);
    let (_gateway, address) = gateway(&city, "gateway.token", &["--cors-origins", &desk.origin]).await;
    let profile = format!("enterprises/{USCC}/profile");
    let setup = json!({
        "gateway": address, "profile": profile,
        "officer": city.people().token("desk", "CREDIT", &["370100"]),
        "system": city.people().token("desk", "SYSTEM", &["370100"]),
    });
    let page = PAGE.replace("{{setup}}", &setup.to_string());

    let told = desk.visit(&chromium, &page).await;
    let [message, trailers] = told["unary"].as_array().expect("an answer").as_slice() else {
        panic!("{told}")
    };
    assert_eq!((&message["flag"], &trailers["flag"]), (&json!(0), &json!(128)), "{told}");
    assert!(text(message).contains(&profile) && text(trailers).contains("grpc-status:0"), "{told}");
    assert_eq!(told["streaming"]["flag"], 0, "{told}");
    assert!(text(&told["streaming"]).contains("registry.enterprise.registered"), "{told}");

    assert_eq!(stranger.visit(&chromium, &page).await, json!({ "refused": "TypeError" }));
}

/// The browser, or `None` with a line that says so.
#[allow(clippy::print_stderr, reason = "a skipped test says so")]
fn chromium() -> Option<PathBuf> {
    let path = e2e::variable("PATH").unwrap_or_default();
    let found = path.split(':').map(|folder| Path::new(folder).join("chromium")).find(|file| file.exists());
    if found.is_none() {
        eprintln!("SKIPPED: chromium is not in the PATH");
    }
    found
}

/// A place of its own for a page, which tells what it has seen by `POST /told`.
struct Site {
    listener: TcpListener,
    origin: String,
}

impl Site {
    async fn open() -> Self {
        let listener =
            TcpListener::bind("127.0.0.1:0").await.expect("the loopback interface has a free port");
        let origin = format!("http://{}", listener.local_addr().expect("a bound listener has an address"));
        Self { listener, origin }
    }

    /// What `page` tells when the browser shows it here.
    async fn visit(&self, chromium: &Path, page: &str) -> Value {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let mut browser = Command::new(chromium)
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--no-first-run",
            ])
            // Without it, it may end before the page has told anything.
            .arg("--remote-debugging-port=0")
            .arg(format!("--user-data-dir={}", folder.path().display()))
            .arg(&self.origin)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("the browser starts");
        let (tell, mut told) = mpsc::channel(1);
        let told = tokio::select! {
            () = self.serve(page, tell) => None,
            told = tokio::time::timeout(PATIENCE, told.recv()) => told.expect("the page tells in time"),
        };
        browser.kill().await.expect("the browser can be ended");
        serde_json::from_slice(&told.expect("the page tells something")).expect("the page tells JSON")
    }

    async fn serve(&self, page: &str, tell: mpsc::Sender<Vec<u8>>) {
        loop {
            let (stream, _) = self.listener.accept().await.expect("a browser connects");
            tokio::spawn(answer(stream, page.to_owned(), tell.clone()));
        }
    }
}

/// Answers one request of the browser: with the page at `/`, with nothing elsewhere.
async fn answer(stream: TcpStream, page: String, tell: mpsc::Sender<Vec<u8>>) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    let (mut asked, mut length) = (String::new(), 0);
    stream.read_line(&mut asked).await?;
    loop {
        let mut header = String::new();
        if stream.read_line(&mut header).await? <= "\r\n".len() {
            break;
        }
        if let Some(bytes) = header.to_ascii_lowercase().strip_prefix("content-length:") {
            length = bytes.trim().parse().unwrap_or(0);
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    if asked.starts_with("POST /told ") {
        // A second telling finds nobody who listens.
        let _ = tell.send(body).await;
    }
    let page = if asked.starts_with("GET / ") { page } else { String::new() };
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        page.len()
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(page.as_bytes()).await?;
    stream.flush().await
}

fn text(frame: &Value) -> &str {
    frame["text"].as_str().unwrap_or_default()
}

fn party() -> Enterprise {
    Enterprise {
        uscc: USCC.to_owned(),
        legal_name: "济南泉福食品有限公司".to_owned(),
        party_kind: "legal_or_unincorporated".to_owned(),
        division: "370102".to_owned(),
        ..Enterprise::default()
    }
}
