//! A receiver at an address, on and off.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use tokio::runtime::{Builder, Runtime};
use tokio_stream::wrappers::TcpListenerStream;
use tonic::transport::Server;

use crate::Inbox;
use crate::door::Door;

/// A receiver at an address of its own. It runs on a thread of its own, so that switching it off cuts every connection at
/// once, as a power cut does. Its address stays its own while it is off: nobody answers there.
#[derive(Debug)]
pub struct Running {
    inbox: Arc<Inbox>,
    listener: TcpListener,
    runtime: Option<Runtime>,
}

impl Running {
    /// A receiver that is on, with an empty inbox; port 0 takes a free one.
    ///
    /// # Errors
    /// When the address is taken or the operating system refuses a thread.
    pub fn start(address: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let mut running = Self { inbox: Arc::default(), listener, runtime: None };
        running.switch_on()?;
        Ok(running)
    }

    /// A receiver on a free port of the loopback interface.
    ///
    /// # Errors
    /// As [`Running::start`].
    pub fn on_a_free_port() -> io::Result<Self> {
        Self::start(SocketAddr::from(([127, 0, 0, 1], 0)))
    }

    /// What it has, and where it is told what to do.
    pub fn inbox(&self) -> &Arc<Inbox> {
        &self.inbox
    }

    /// Where it listens, on or off.
    ///
    /// # Errors
    /// When the operating system does not say.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Cuts every connection and answers nobody. What it has taken stays.
    pub fn switch_off(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }

    /// Answers again.
    ///
    /// # Errors
    /// When the operating system refuses a thread or a handle.
    pub fn switch_on(&mut self) -> io::Result<()> {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let listener = self.listener.try_clone()?;
        let door = Door(self.inbox.clone());
        let listener = {
            let _entered = runtime.enter();
            tokio::net::TcpListener::from_std(listener)?
        };
        runtime
            .spawn(Server::builder().add_service(door).serve_with_incoming(TcpListenerStream::new(listener)));
        self.runtime = Some(runtime);
        Ok(())
    }
}

/// A runtime must not be dropped where others wait for it.
impl Drop for Running {
    fn drop(&mut self) {
        self.switch_off();
    }
}
