//! A city in a process of its own that is kept to one core, and whoever asks it on another: nothing that asking costs is taken from what
//! is measured.
//!
//! The process is this program once more, as `bench city`. It says in one line of JSON where its gateway is and what may be asked there,
//! and stops when its standard input ends, as that does with whoever started it. `taskset` (util-linux) keeps both to their cores; the
//! runtime of a process that is kept to one core has one thread.

use std::io::Write as _;
use std::process::Stdio;
use std::time::Duration;

use anyhow::Context as _;
use domain::MicrosUtc;
use serde::{Deserialize, Serialize};
use standalone::clients::Bearer;
use standalone::house::{OFFICER_SECONDS, Officer};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::{City, OFFICE};

/// Longest wait for the city to begin, and to stop.
const PATIENCE: Duration = Duration::from_secs(60);

/// Two cores of this machine, by their numbers.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Cores {
    /// That of the city.
    pub(super) city: String,
    /// That of whoever asks.
    pub(super) asks: String,
}

impl Cores {
    /// Two that this process may use.
    ///
    /// # Errors
    /// What is missing.
    pub(super) fn found() -> Result<Self, &'static str> {
        let taskset = std::process::Command::new("taskset").arg("--version").stdout(Stdio::null()).status();
        if !taskset.is_ok_and(|ended| ended.success()) {
            return Err("it takes `taskset` (util-linux), which keeps a process to a core");
        }
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let list = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:"));
        list.and_then(Self::of).ok_or("it takes two cores, one of them for whoever asks")
    }

    /// The first and the last of a list such as `0-3,8`: neighbours may be two halves of one core.
    fn of(list: &str) -> Option<Self> {
        let (list, ends) = (list.trim(), [',', '-']);
        let (city, asks) = (list.split(ends).next()?.to_owned(), list.rsplit(ends).next()?.to_owned());
        (city != asks).then_some(Self { city, asks })
    }
}

/// What a city says of itself.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Lent {
    /// Address of its gateway.
    pub(super) gateway: String,
    /// Token of an officer who sees all parts of a profile.
    token: String,
    /// Paths of profiles, one an enterprise.
    pub(super) paths: Vec<String>,
}

impl Lent {
    /// The officer, ready for requests.
    pub(super) fn bearer(&self) -> anyhow::Result<Bearer> {
        Bearer::new(&self.token).context("a token is base64 text and dots")
    }
}

/// The process of a city; it ends when this is dropped.
pub(super) struct Apart(Child);

impl Apart {
    /// Starts a city that is kept to this core, and waits until it answers.
    pub(super) async fn start(core: &str) -> anyhow::Result<(Self, Lent)> {
        let mut process = Command::new("taskset")
            .args(["-c", core])
            .arg(std::env::current_exe()?)
            .arg("city")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let mut said = BufReader::new(process.stdout.take().context("what it says can be read")?).lines();
        let line = timeout(PATIENCE, said.next_line()).await.context("the city does not begin")??;
        let lent = serde_json::from_str(&line.context("the city ended at its start")?)?;
        Ok((Self(process), lent))
    }

    /// Stops it: to wait for the process ends its standard input.
    pub(super) async fn stop(mut self) -> anyhow::Result<()> {
        let ended = timeout(PATIENCE, self.0.wait()).await.context("the city does not stop")??;
        anyhow::ensure!(ended.success(), "the city ended with {ended}");
        Ok(())
    }
}

/// Runs a city for the process that started this one, until the standard input ends.
pub(crate) async fn lend_city() -> anyhow::Result<()> {
    // Nothing is kept: what is answered from memory costs the gateway less than the client.
    let city = City::start(vec!["--cache-seconds=0".to_owned()]).await?;
    let officer = Officer::of_city("bench", OFFICE);
    let token = officer.token(city.house.issuer(), MicrosUtc::now(), OFFICER_SECONDS)?;
    let gateway = city.house.addresses().gateway.clone();
    let lent = Lent { gateway, token, paths: city.paths("/profile") };
    writeln!(std::io::stdout(), "{}", serde_json::to_string(&lent)?)?;
    tokio::task::spawn_blocking(|| std::io::copy(&mut std::io::stdin(), &mut std::io::sink())).await??;
    city.house.stop().await;
    Ok(())
}

/// Does the work on a thread that is kept to this core, with a runtime that has no other, and never sleeps: to wake it would be work of
/// whoever answers, which answers to another machine do not have; and where two cores are halves of one, it takes as much of the other half
/// whether it asks much or little.
///
/// # Errors
/// Those of the work; the thread cannot be kept to the core.
pub(super) async fn on_core<T, W>(
    core: String,
    work: impl FnOnce() -> W + Send + 'static,
) -> anyhow::Result<T>
where
    T: Send + 'static,
    W: Future<Output = anyhow::Result<T>>,
{
    let (tell, told) = oneshot::channel();
    std::thread::spawn(move || {
        let done = keep_this_thread_to(&core).and_then(|()| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.spawn(stay_awake());
            runtime.block_on(work())
        });
        // Nobody waits for it any more where the program is ending.
        let _ = tell.send(done);
    });
    told.await.context("the work on a core of its own panicked")?
}

/// Always has something to do, once everybody else had their turn.
async fn stay_awake() {
    loop {
        tokio::task::yield_now().await;
    }
}

fn keep_this_thread_to(core: &str) -> anyhow::Result<()> {
    let thread = std::fs::read_link("/proc/thread-self")?;
    let thread = thread.file_name().context("a thread has a number")?;
    let mut taskset = std::process::Command::new("taskset");
    let kept = taskset.args(["-c", "-p", core]).arg(thread).stdout(Stdio::null()).status()?;
    anyhow::ensure!(kept.success(), "`taskset` does not keep whoever asks to core {core}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_cores_are_the_first_and_the_last_that_may_be_used() {
        let two = |city: &str, asks: &str| Some(Cores { city: city.to_owned(), asks: asks.to_owned() });
        assert_eq!(Cores::of("\t0-1"), two("0", "1"));
        assert_eq!(Cores::of("\t0,2-3\n"), two("0", "3"));
        assert_eq!(Cores::of("4-7,12"), two("4", "12"));
        assert_eq!(Cores::of("5"), None);
        assert_eq!(Cores::of(""), None);
    }
}
