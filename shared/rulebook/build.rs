//! Lists the files of `data/`, so that a new table or model is embedded without being named in code.
#![allow(clippy::print_stdout, reason = "cargo reads its directives from standard output")]
#![allow(clippy::disallowed_methods, reason = "cargo tells a build script its folders by the environment")]

use std::{
    env,
    fmt::Write as _,
    fs, io,
    path::{Path, PathBuf},
};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=data");
    let folder = |name| env::var_os(name).map(PathBuf::from).ok_or(io::ErrorKind::NotFound);
    let data = folder("CARGO_MANIFEST_DIR")?.join("data");
    let mut list = String::from("&[\n");
    for (name, path) in files(&data, "")?.into_iter().chain(files(&data.join("models"), "models/")?) {
        writeln!(list, "    ({name:?}, include_bytes!({path:?})),").map_err(io::Error::other)?;
    }
    list.push_str("]\n");
    fs::write(folder("OUT_DIR")?.join("embedded.rs"), list)
}

/// Tables and models of one folder; the same kinds as `source::is_rule_file` reads at run time.
fn files(folder: &Path, prefix: &str) -> io::Result<Vec<(String, PathBuf)>> {
    let mut found = Vec::new();
    if !folder.is_dir() {
        return Ok(found);
    }
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let kind = path.extension().and_then(|kind| kind.to_str());
        if let (Some("csv" | "yaml"), Some(name)) = (kind, path.file_name().and_then(|name| name.to_str())) {
            found.push((format!("{prefix}{name}"), path));
        }
    }
    found.sort();
    Ok(found)
}
