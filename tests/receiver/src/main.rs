//! `receiver`: the reference receiver at an address, for trials by hand. It says what it takes, a line each.

use std::net::SocketAddr;
use std::time::Duration;

use clap::Parser;
use receiver::{Does, Running};

/// A system of another department that takes deliveries, or does not.
#[derive(Debug, Parser)]
#[command(name = "receiver", version)]
struct Config {
    /// Address to listen on.
    #[arg(long, default_value = "127.0.0.1:50090")]
    listen: SocketAddr,
    /// What the first calls meet, in order.
    #[arg(long, value_enum, value_delimiter = ',')]
    first: Vec<Does>,
    /// What every later call meets.
    #[arg(long, value_enum, default_value = "takes")]
    then: Does,
    /// Pause after which slow answers go out, in milliseconds.
    #[arg(long, default_value_t = 5_000)]
    slow_ms: u64,
}

#[tokio::main(flavor = "current_thread")]
#[allow(clippy::print_stdout, reason = "what was taken is what the program is for")]
async fn main() -> anyhow::Result<()> {
    let config = Config::parse();
    let running = Running::start(config.listen)?;
    let inbox = running.inbox();
    inbox.will(config.first);
    inbox.otherwise(config.then);
    println!("listening on {}", running.address()?);
    let mut told = 0;
    let mut release = tokio::time::interval(Duration::from_millis(config.slow_ms.max(1)));
    loop {
        tokio::select! {
            () = inbox.wait_for_calls(inbox.calls() + 1) => {}
            _ = release.tick() => inbox.release(),
            stopped = tokio::signal::ctrl_c() => return Ok(stopped?),
        }
        let taken = inbox.taken();
        for one in &taken[told..] {
            let content = String::from_utf8_lossy(&one.content);
            println!("{} {} {} {} {content}", one.receipt, one.subject, one.revision, one.kind);
        }
        told = taken.len();
    }
}
