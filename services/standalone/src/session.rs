//! How a command reaches a city: the one that runs in the folder, one started for the time of the command, or a deployed system.

use std::path::Path;

use anyhow::Context;
use domain::MicrosUtc;
use service::auth::Issuer;

use crate::cli::{CityArgs, RemoteArgs};
use crate::clients::{Addresses, Bearer, Clients};
use crate::house::{Folder, FolderError, House, HouseError, Officer, Options};
use crate::wait::until;

/// A city that can be called.
#[derive(Debug)]
pub struct Session {
    addresses: Addresses,
    who: Who,
    /// Started by this command, and stopped with it.
    own: Option<House>,
}

/// In whose name a city is asked.
#[derive(Debug)]
enum Who {
    /// Of any officer: the folder holds the key that signs tokens.
    Anybody(Issuer),
    /// Of the one whose token, or whose certificate, was given.
    One { bearer: Bearer, tls: Option<tls::Connector> },
}

impl Session {
    /// Reaches the city in `data`. If none runs there, it is started for the time of this command.
    ///
    /// # Errors
    /// When `data` holds no city: a mistyped folder is not filled with an empty one.
    pub async fn open(data: &Path) -> anyhow::Result<Self> {
        Self::join(Folder::of_city(data)?).await
    }

    /// Reaches the deployed system that was named, or else the city in the folder as [`open`](Self::open) does.
    ///
    /// # Errors
    /// As [`open`](Self::open); a file of the token or the certificates that cannot be used.
    pub async fn reach(city: &CityArgs) -> anyhow::Result<Self> {
        match &city.remote.gateway {
            Some(gateway) => Self::of_system(gateway, &city.remote),
            None => Self::open(&city.local.data).await,
        }
    }

    /// The same, but a folder that holds no city gets one.
    ///
    /// # Errors
    /// As [`reach`](Self::reach), but for a folder without a city.
    pub async fn reach_or_found(city: &CityArgs) -> anyhow::Result<Self> {
        match &city.remote.gateway {
            Some(gateway) => Self::of_system(gateway, &city.remote),
            None => Self::join(Folder::open(&city.local.data)?).await,
        }
    }

    fn of_system(gateway: &str, remote: &RemoteArgs) -> anyhow::Result<Self> {
        remote.refuse_in_clear(gateway)?;
        let bearer = match &remote.token_file {
            Some(file) => {
                let of_file = || format!("`{}` holds no token", file.display());
                let token = std::fs::read_to_string(file).with_context(of_file)?;
                Bearer::new(token.trim()).with_context(of_file)?
            }
            None => Bearer::of_certificate(),
        };
        let who = Who::One { bearer, tls: remote.connector()? };
        Ok(Self { addresses: Addresses::behind(gateway), who, own: None })
    }

    async fn join(folder: Folder) -> anyhow::Result<Self> {
        let what = format!("`{}` is used by another process that does not serve", folder.path().display());
        let (own, addresses) = until(&what, || start_or_join(&folder)).await?;
        let issuer = Issuer::load_or_generate(&folder.issuer_key())?;
        Ok(Self { addresses, who: Who::Anybody(issuer), own })
    }

    /// Clients in the name of an officer; of a deployed system, in the name of who was given.
    pub fn clients(&self, officer: &Officer) -> anyhow::Result<Clients> {
        Ok(match &self.who {
            Who::Anybody(issuer) => Clients::new(&self.addresses, officer.bearer(issuer, MicrosUtc::now())?)?,
            Who::One { bearer, tls } => Clients::over(tls.as_ref(), &self.addresses, bearer.clone())?,
        })
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
