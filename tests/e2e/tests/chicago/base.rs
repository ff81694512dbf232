//! The city that both tests on real data begin with: inspections and licences, imported once. Each test goes on with a copy.

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex, Weak};

use e2e::chicago::{INSPECTIONS, LICENCES, import};
use serde_json::Value;
use tempfile::TempDir;

/// A city that nobody runs, and what its imports became. The folder goes with the last test that holds it.
pub(crate) struct Base {
    city: TempDir,
    /// What the inspections became, output by output.
    pub inspections: Vec<Value>,
    /// What the licences became, output by output.
    pub licences: Vec<Value>,
}

impl Base {
    /// The city with the files in `data`; whoever asks while another test holds it gets the same.
    pub(crate) fn of(data: &Path) -> Arc<Self> {
        static SHARED: Mutex<Weak<Base>> = Mutex::new(Weak::new());
        let mut shared = SHARED.lock().expect("the imports of the other test have succeeded");
        let held = shared.upgrade();
        let base = held.unwrap_or_else(|| Arc::new(Self::import(data)));
        *shared = Arc::downgrade(&base);
        base
    }

    fn import(data: &Path) -> Self {
        let city = tempfile::tempdir().unwrap();
        let folder = city.path().to_str().unwrap();
        let inspections = import(folder, "chicago_inspections.yaml", &data.join(INSPECTIONS));
        let licences = import(folder, "chicago_licences.yaml", &data.join(LICENCES));
        Self { city, inspections, licences }
    }

    /// A city of its own in `folder`, which is made or empty.
    pub(crate) fn copy_to(&self, folder: &Path) {
        copy(self.city.path(), folder);
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let copied = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &copied);
        } else {
            fs::copy(entry.path(), copied).unwrap();
        }
    }
}
