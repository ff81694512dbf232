//! Compiles every file below `proto/` and generates the Rust side of the contract, without `protoc` on the machine.

use std::{
    error::Error,
    fs, io,
    path::{Path, PathBuf},
};

/// Root of the contract, relative to this crate.
const PROTO_ROOT: &str = "../../proto";

#[allow(clippy::disallowed_methods, reason = "a build script gets its folder from cargo by the environment")]
fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed={PROTO_ROOT}");
    let out = PathBuf::from(std::env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR for build scripts")?);

    let mut files = Vec::new();
    collect_protos(Path::new(PROTO_ROOT), &mut files)?;
    files.sort();

    // Source info carries the comments: they become Rust documentation, and the lint test reads them.
    let mut compiler = protox::Compiler::new([PROTO_ROOT])?;
    compiler.include_source_info(true).include_imports(true).open_files(files)?;
    // The encoded form keeps custom options (permissions); the typed form below would drop them.
    fs::write(out.join("contract.bin"), compiler.encode_file_descriptor_set())?;

    let descriptors = compiler.file_descriptor_set();
    let servers = descriptors
        .file
        .iter()
        .flat_map(|file| file.service.iter().map(move |service| compressed(file.package(), service.name())));
    fs::write(out.join("compressed.rs"), servers.collect::<String>())?;

    let mut config = tonic_prost_build::Config::new();
    config.enable_type_names();
    tonic_prost_build::configure()
        .build_client(true)
        .build_server(true)
        .build_transport(false)
        .codec_path("crate::MessageCodec")
        .include_file("contract.rs")
        .compile_fds_with_config(descriptors, config)?;
    Ok(())
}

/// The implementation of `Compressed` for the generated server of a service.
fn compressed(package: &str, service: &str) -> String {
    let mut module = String::new();
    for (at, letter) in service.char_indices() {
        if at > 0 && letter.is_uppercase() {
            module.push('_');
        }
        module.extend(letter.to_lowercase());
    }
    let path = package.replace('.', "::");
    format!(
        "impl<T> Compressed for crate::generated::{path}::{module}_server::{service}Server<T> {{
            fn compressed(self) -> Self {{ self.answering_compressed().accept_compressed(ENCODING) }}
            fn answering_compressed(self) -> Self {{ self.send_compressed(ENCODING) }}
        }}\n"
    )
}

/// Adds every `.proto` file at or below `folder`.
fn collect_protos(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect_protos(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "proto") {
            files.push(path);
        }
    }
    Ok(())
}
