//! Files that others read while they are written.

use std::fs::{OpenOptions, remove_file, rename};
use std::io::{self, Write};
use std::path::Path;

/// Writes beside the place and moves it there, so that a reader never sees half a file. `mode` is that of Unix.
pub(super) fn replace(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    let beside = path.with_extension("new");
    // Left over from a run that was cut off; `create_new` would refuse it, and with it the right mode.
    let _ = remove_file(&beside);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    rename(&beside, path)
}
