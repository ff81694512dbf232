//! How a command reaches a city: the one that runs in the folder, or one started for the time of the command.

use std::path::Path;

use domain::MicrosUtc;
use service::auth::Issuer;

use crate::clients::{Addresses, Clients};
use crate::house::{Folder, FolderError, House, HouseError, Officer, Options};
use crate::wait::until;

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
    /// Reaches the city in `data`. If none runs there, it is started for the time of this command.
    ///
    /// # Errors
    /// When `data` holds no city: a mistyped folder is not filled with an empty one.
    pub async fn open(data: &Path) -> anyhow::Result<Self> {
        Self::reach(Folder::of_city(data)?).await
    }

    /// The same, but a folder that holds no city gets one.
    pub async fn open_or_found(data: &Path) -> anyhow::Result<Self> {
        Self::reach(Folder::open(data)?).await
    }

    async fn reach(folder: Folder) -> anyhow::Result<Self> {
        let what = format!("`{}` is used by another process that does not serve", folder.path().display());
        let (own, addresses) = until(&what, || start_or_join(&folder)).await?;
        let issuer = Issuer::load_or_generate(&folder.issuer_key())?;
        Ok(Self { folder, issuer, addresses, own })
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

/// A city of our own, or the addresses of the one that runs; `None` while another process is starting or stopping it.
async fn start_or_join(folder: &Folder) -> anyhow::Result<Option<(Option<House>, Addresses)>> {
    match House::start(&Options::on_free_ports(folder.path().to_owned())).await {
        Ok(house) => {
            let addresses = house.addresses().clone();
            Ok(Some((Some(house), addresses)))
        }
        Err(HouseError::Folder(FolderError::Taken { .. })) => {
            Ok(folder.addresses()?.map(|addresses| (None, addresses)))
        }
        Err(failed) => Err(failed.into()),
    }
}
