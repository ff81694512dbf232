//! How a command reaches a city: the one that runs in the folder, or one started for the time of the command.

use std::path::Path;

use domain::MicrosUtc;
use service::auth::Issuer;

use crate::clients::{Addresses, Clients};
use crate::house::{Folder, House, Officer, Options};

/// A city that can be called.
#[derive(Debug)]
pub struct Session {
    folder: Folder,
    issuer: Issuer,
    addresses: Addresses,
    /// Started by this command, and stopped with it.
    own: Option<House>,
}

impl Session {
    /// Reaches the city in `data`. If none answers there, one is started for the time of this command.
    pub async fn open(data: &Path) -> anyhow::Result<Self> {
        let folder = Folder::open(data)?;
        let issuer = Issuer::load_or_generate(&folder.keys().join("issuer.pem"))?;
        if let Some(addresses) = folder.addresses()?
            && is_reachable(&addresses.gateway).await
        {
            return Ok(Self { folder, issuer, addresses, own: None });
        }
        let house = House::start(&Options::on_free_ports(data.to_owned())).await?;
        Ok(Self { folder, issuer, addresses: house.addresses().clone(), own: Some(house) })
    }

    /// Clients in the name of an officer.
    pub fn clients(&self, officer: &Officer) -> anyhow::Result<Clients> {
        Ok(Clients::new(&self.addresses, officer.bearer(&self.issuer, MicrosUtc::now())?)?)
    }

    /// The folder.
    pub fn folder(&self) -> &Folder {
        &self.folder
    }

    /// Leaves: a city started for the command is stopped in order.
    pub async fn close(self) {
        if let Some(house) = self.own {
            house.stop().await;
        }
    }
}

/// Whether somebody listens at the address: a file of addresses may be left over from a city that was killed.
async fn is_reachable(address: &str) -> bool {
    let Some(authority) = address.strip_prefix("http://") else { return false };
    tokio::net::TcpStream::connect(authority).await.is_ok()
}
