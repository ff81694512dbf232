//! The programs of the workspace as processes of their own, and what can befall them.

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};

use contract::client::{Timeouts, channel};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

use crate::wait;

/// A program that was started; killed when dropped.
#[derive(Debug)]
pub struct Program {
    name: String,
    child: Child,
}

/// The file of a program that `cargo test --workspace` has built: it lies beside the folder of this test.
pub fn binary(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("a test knows its own file");
    let folder = test.ancestors().nth(2).expect("tests lie in target/PROFILE/deps");
    let file = folder.join(name);
    assert!(file.exists(), "`{}` is not built: run `cargo build --workspace` first", file.display());
    file
}

/// A port of the loopback interface that nobody listens on.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("the loopback interface has a free port");
    listener.local_addr().expect("a bound listener has an address").port()
}

impl Program {
    /// Starts a program with flags; its log goes to this test's standard error.
    pub fn start(name: &str, flags: &[String]) -> Self {
        let child = Command::new(binary(name))
            .args(flags)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .unwrap_or_else(|problem| panic!("{name} does not start: {problem}"));
        Self { name: name.to_owned(), child }
    }

    /// Waits until the server at `address` answers; fails at once when the program has ended.
    pub async fn until_serving(&mut self, address: &str) {
        let channel = channel(address, Timeouts::default()).expect("the address of a program is one");
        let what = format!("{} serves at {address}", self.name);
        wait::until(&what, || {
            self.assert_running();
            let mut health = HealthClient::new(channel.clone());
            async move { health.check(HealthCheckRequest { service: String::new() }).await.ok() }
        })
        .await;
    }

    /// Fails when the program has ended.
    pub fn assert_running(&mut self) {
        if let Some(status) = self.child.try_wait().expect("a child can be asked") {
            panic!("{} ended by itself: {status}", self.name);
        }
    }

    /// `kill -9`: the program gets no chance to do anything.
    pub fn kill(mut self) {
        self.child.kill().expect("our own child can be killed");
        self.child.wait().expect("a killed child ends");
    }

    /// Asks the program to end, and waits until it has.
    pub async fn stop(mut self) -> ExitStatus {
        let asked = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        assert!(asked.expect("`kill` is there").success(), "{} cannot be asked to end", self.name);
        let what = format!("{} ends when asked", self.name);
        wait::until(&what, || {
            let ended = self.child.try_wait().expect("a child can be asked");
            async move { ended }
        })
        .await
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Ended already, or a test failed: no program outlives its test.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The loopback address with `port`, as flags take it.
pub fn loopback(port: u16) -> String {
    SocketAddr::from(([127, 0, 0, 1], port)).to_string()
}
