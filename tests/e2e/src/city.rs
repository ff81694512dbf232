//! A city in one process, in a temporary folder, for one test.

use standalone::house::{Folder, House, Options};
use tempfile::TempDir;

use crate::people::People;

/// A running city; its folder goes with it.
#[derive(Debug)]
pub struct TestCity {
    house: House,
    people: People,
    folder: TempDir,
}

impl TestCity {
    /// Starts an empty city.
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let options = Options::on_free_ports(folder.path().to_owned());
        let house = House::start(&options).await.expect("the city starts");
        let people = People::of(house.addresses().clone(), &house.folder().keys()).in_folder(house.folder());
        Self { house, people, folder }
    }

    /// Its people.
    pub fn people(&self) -> &People {
        &self.people
    }

    /// Where it keeps what it has.
    pub fn folder(&self) -> &Folder {
        self.house.folder()
    }

    /// Stops it in order and leaves the folder for a look at its files.
    pub async fn stop(self) -> (Folder, TempDir) {
        let folder = self.house.folder().clone();
        self.house.stop().await;
        (folder, self.folder)
    }
}
