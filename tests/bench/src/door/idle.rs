//! `idle`: the memory of a gateway process with 2,000 clients that follow a feed and hear nothing.
//!
//! Each client is another caller with a connection of its own, as 2,000 systems would be: server-sent events of the feeds of the
//! services of a city in this process, by turns, through a gateway that is a process of its own. What is told is by how much its
//! resident memory is larger than before the first of them came, over a time in which every client gets signs of life.

use std::process::Stdio;
use std::time::Duration;

use anyhow::Context as _;
use domain::MicrosUtc;
use futures::{StreamExt, TryStreamExt, stream};
use service::probe::probe;
use standalone::house::{House, Officer, Options, SERVICES};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

use crate::poll::until;
use crate::report::{self, Better, Figure, Measure};
use crate::startup::{free_address, resident_mb, stop};

/// Clients.
const CLIENTS: usize = 2_000;
/// Clients that connect at once.
const AT_ONCE: usize = 50;
/// Longest wait for anything.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long the memory is watched: longer than the time between two signs of life.
const WATCH: Duration = Duration::from_secs(15);
const BETWEEN_LOOKS: Duration = Duration::from_millis(250);
const MEMORY_MB: f64 = 100.0;
const MEMORY: Measure = Measure {
    bench: "idle",
    figure: "memory",
    unit: "MB",
    baseline_name: "the promise: 100 MB for 2,000 clients",
    target: Some(1.0),
    better: Better::Lower,
};

/// Measures; nothing when the gateway's own program was not built.
pub(crate) async fn idle() -> anyhow::Result<Vec<Figure>> {
    let program = std::env::current_exe()?.with_file_name("gateway");
    if !program.exists() {
        report::not_measured("idle memory", "cargo build --release -p gateway");
        return Ok(Vec::new());
    }
    let folder = tempfile::tempdir()?;
    let house = House::start(&Options::on_free_ports(folder.path().to_owned())).await?;
    let address = free_address().await?;
    let mut gateway = start(&program, &house, &address).await?;
    let pid = gateway.id().context("the gateway has ended")?;

    // Whatever the first requests make is made, and nobody follows any more.
    let first: Vec<_> = clients(&house, &address, SERVICES.len()).await?;
    drop(first);
    let before = most_mb(pid).await?;
    let following = clients(&house, &address, CLIENTS).await?;
    let after = most_mb(pid).await?;
    anyhow::ensure!(gateway.try_wait()?.is_none(), "the gateway has ended");
    for client in &following {
        anyhow::ensure!(still_follows(client), "a client was sent away");
    }
    drop(following);
    stop(gateway).await?;
    house.stop().await;
    Ok(vec![MEMORY.figure(after - before, MEMORY_MB)])
}

/// A gateway before the services of the city.
async fn start(program: &std::path::Path, house: &House, address: &str) -> anyhow::Result<Child> {
    let keys = house.folder().keys();
    let mut command = Command::new(program);
    command.args(["--listen", address, "--public-listen", "127.0.0.1:0", "--log", "error"]);
    command.arg("--jwks").arg(keys.join("jwks.json")).arg("--token-file").arg(keys.join("gateway.token"));
    for (name, url) in house.addresses().all() {
        if SERVICES.contains(&name) {
            command.args([format!("--{name}-url"), url.to_owned()]);
        }
    }
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true).spawn()?;
    until("the gateway serves", PATIENCE, || {
        let ended = child.try_wait();
        async move {
            anyhow::ensure!(ended?.is_none(), "the gateway ended at its start");
            Ok(probe(address, PATIENCE).await.ok())
        }
    })
    .await?;
    Ok(child)
}

/// This many clients, each of which has been let in.
async fn clients(house: &House, address: &str, number: usize) -> anyhow::Result<Vec<TcpStream>> {
    let clients = stream::iter(0..number).map(|at| follow(house, address, at));
    clients.buffer_unordered(AT_ONCE).try_collect().await
}

async fn follow(house: &House, address: &str, at: usize) -> anyhow::Result<TcpStream> {
    let officer = Officer::of_city(&format!("reader-{at}"), "SYSTEM");
    let token = officer.token(house.issuer(), MicrosUtc::now(), 3_600)?;
    let service = SERVICES[at % SERVICES.len()];
    let mut client = TcpStream::connect(address).await?;
    let request = format!(
        "GET /{service}/v1/events:subscribe HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\r\n"
    );
    client.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    while !answer.windows(4).any(|bytes| bytes == b"\r\n\r\n") {
        anyhow::ensure!(client.read_buf(&mut answer).await? > 0, "client {at} was sent away");
    }
    let head = String::from_utf8_lossy(&answer);
    anyhow::ensure!(head.starts_with("HTTP/1.1 200"), "client {at} was refused: {head}");
    Ok(client)
}

/// Whether the connection is open; what has come over it is not looked at.
fn still_follows(client: &TcpStream) -> bool {
    let mut bytes = [0; 64 * 1024];
    loop {
        match client.try_read(&mut bytes) {
            Ok(0) => return false,
            Ok(_) => {}
            Err(problem) => return problem.kind() == std::io::ErrorKind::WouldBlock,
        }
    }
}

/// The most resident memory of a process while it is watched, in megabytes.
async fn most_mb(pid: u32) -> anyhow::Result<f64> {
    let mut look = tokio::time::interval(BETWEEN_LOOKS);
    let begun = look.tick().await;
    let mut most: f64 = 0.0;
    while look.tick().await - begun < WATCH {
        most = most.max(resident_mb(pid)?);
    }
    Ok(most)
}
