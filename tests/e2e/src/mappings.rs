//! Imports through the mappings that come with the product.

use std::path::Path;

use standalone::import::{Mapping, Progress, Report, Target, run};

use crate::people::People;

struct Silent;

impl Progress for Silent {
    fn begin(&self, _target: &str) {}

    fn advance(&self, _rows: u64) {}
}

/// Imports `file` by the mapping called `mapping`.
pub async fn import(people: &People, mapping: &str, file: &Path) -> Report {
    let mapping = crate::workspace().join("services/standalone/mappings").join(mapping);
    let mapping = Mapping::load(&mapping).expect("a mapping that comes with the product can be used");
    let importer = |target| {
        let office = match target {
            Target::Enterprise | Target::Record => "LEGAL",
            Target::Ticket => "CREDIT",
        };
        Ok(people.officer("importer", office))
    };
    run(&importer, &mapping, file, &Silent).await.expect("the services take the import")
}
