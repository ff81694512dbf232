//! Food inspections of Chicago, as public data. They lie outside the project: `XINJIAN_SHARED_DATA` names their folder
//! (`tests/run` sets it when it finds them).

use std::path::PathBuf;

use serde_json::Value;

use crate::{variable, workspace, xinjian_json};

/// Routine inspections.
pub const INSPECTIONS: &str = "chicago_food_inspections_2011_2014.csv.gz";
/// Licences in force at each of them.
pub const LICENCES: &str = "chicago_business_licences_at_inspection.csv.gz";
/// Sanitation complaints.
pub const COMPLAINTS: &str = "chicago_sanitation_complaints.csv.gz";

/// The folder of the data, or `None` with a line that says so.
#[allow(clippy::print_stderr, reason = "a skipped test says so")]
pub fn data() -> Option<PathBuf> {
    let found = variable("XINJIAN_SHARED_DATA").map(PathBuf::from).filter(|at| at.join(INSPECTIONS).exists());
    if found.is_none() {
        eprintln!("SKIPPED: the Chicago data are not here (XINJIAN_SHARED_DATA)");
    }
    found
}

/// Imports a file of [`data`] into the city in `city` by a shipped mapping; what became of it, output by output.
///
/// # Panics
/// When the command fails.
pub fn import(city: &str, mapping: &str, file: &std::path::Path) -> Vec<Value> {
    let mapping = workspace().join("services/standalone/mappings").join(mapping).display().to_string();
    let report = xinjian_json(["import", "--data", city, "--mapping", &mapping, &file.display().to_string()]);
    report["outputs"].as_array().expect("a report has outputs").clone()
}
