//! A cable between reader and feed that can be pulled.

use std::net::SocketAddr;

use tokio::{
    net::{TcpListener, TcpStream},
    sync::broadcast,
};

/// Forwards connections; cutting it drops those that are open.
pub(crate) struct Cable {
    pub(crate) address: SocketAddr,
    cut: broadcast::Sender<()>,
}

impl Cable {
    pub(crate) async fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (cut, _) = broadcast::channel(1);
        let cuts = cut.clone();
        tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let mut cut = cuts.subscribe();
                tokio::spawn(async move {
                    let Ok(mut far) = TcpStream::connect(server).await else { return };
                    tokio::select! {
                        _ = tokio::io::copy_bidirectional(&mut near, &mut far) => {}
                        _ = cut.recv() => {}
                    }
                });
            }
        });
        Self { address, cut }
    }

    pub(crate) fn pull(&self) {
        // Nobody connected is nobody to cut off.
        let _ = self.cut.send(());
    }
}
