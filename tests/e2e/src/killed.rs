//! A city in a process of its own, that can be killed.

use std::path::Path;
use std::process::{Child, Command, Stdio};

use standalone::clients::Addresses;

use crate::process::binary;
use crate::wait;

/// `xinjian standalone` in a process of its own. Dropped, it is killed.
#[derive(Debug)]
pub struct KilledCity {
    process: Child,
    addresses: Addresses,
}

impl KilledCity {
    /// Starts it on free ports and waits until it has said where it listens.
    ///
    /// # Panics
    /// When it ends before, or does not within five minutes.
    pub async fn start(folder: &Path) -> Self {
        let file = folder.join("addresses.json");
        // A killed city leaves its addresses behind.
        let _ = std::fs::remove_file(&file);
        let mut process = Command::new(binary("xinjian"))
            .args(["standalone", "--listen", "127.0.0.1:0", "--public-listen", "127.0.0.1:0", "--data"])
            .arg(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .expect("a built program starts");
        let addresses = wait::until("a city says where it listens", async || {
            let ended = process.try_wait().expect("a child can be asked");
            assert!(ended.is_none(), "the city ended before it served: {ended:?}");
            serde_json::from_str(&std::fs::read_to_string(&file).unwrap_or_default()).ok()
        });
        let addresses = addresses.await;
        Self { process, addresses }
    }

    /// Where it listens.
    pub fn addresses(&self) -> &Addresses {
        &self.addresses
    }

    /// Ends it at once (`kill -9`).
    ///
    /// # Panics
    /// When the process cannot be killed.
    pub fn kill(mut self) {
        self.process.kill().expect("the process can be killed");
        self.process.wait().expect("and waited for");
    }
}

impl Drop for KilledCity {
    fn drop(&mut self) {
        // It may have been killed already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
