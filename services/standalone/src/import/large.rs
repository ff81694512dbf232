//! A file of a million lines, more than any buffer holds: read from its first line to its last in little memory.

use std::io::{BufWriter, Write};
use std::process::Command;

use super::mapping::Mapping;
use super::{read, source};

const LINES: u64 = 1_000_000;
/// Most memory of the whole process, in kB.
const MOST_KB: u64 = 300 * 1024;
/// Named in the command line of the process that reads, alone: what other tests take meanwhile is not counted.
const NAME: &str = "import::large::a_million_lines_are_read_and_accounted_for_in_little_memory";

/// The most memory that this process has had, in kB.
fn peak_kb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches("kB").trim().parse().unwrap()
}

#[test]
#[ignore = "writes 60 MB and takes a while; the memory is that of the whole process"]
fn a_million_lines_are_read_and_accounted_for_in_little_memory() {
    if !std::env::args().any(|argument| argument == NAME) {
        let mut alone = Command::new(std::env::current_exe().unwrap());
        let ended = alone.args([NAME, "--exact", "--include-ignored", "--nocapture"]).output().unwrap();
        let said = String::from_utf8_lossy(&ended.stdout);
        assert!(ended.status.success() && said.contains("1 passed"), "{said}");
        return;
    }
    let mut file = tempfile::Builder::new().suffix(".csv").tempfile().unwrap();
    {
        let mut writer = BufWriter::new(file.as_file_mut());
        writeln!(writer, "no,name,day,result").unwrap();
        for line in 0..LINES {
            // Every tenth line is wrong, so that refusals are counted, too.
            let day = if line % 10 == 0 { "3/5/2024" } else { "2024/3/5" };
            writeln!(writer, "JN{line:08},济南泉福食品有限公司第{line:08}分公司,{day},1").unwrap();
        }
    }
    let mapping = "name: x\nattribution: y\noutputs:\n  - target: record\n    fields:\n      \
                   document_no: {column: no}\n      party_name: {column: name}\n      \
                   decided_on: {column: day, date: true}\n      inspection.result: {column: result}\n";
    let mapping = Mapping::parse(mapping, "m.yaml").unwrap();
    source::check(file.path()).unwrap();
    let (sent, refused) = read::read_only(&mapping.outputs[0], file.path());
    assert_eq!((sent, refused), (LINES / 10 * 9, LINES / 10));
    let peak = peak_kb();
    assert!(peak < MOST_KB, "{peak} kB");
    // The figure, for who asks: `cargo test … -- --ignored --nocapture`.
    writeln!(std::io::stderr(), "peak memory {} MB", peak / 1024).unwrap();
}
