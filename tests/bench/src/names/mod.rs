//! `names`: how well, and how fast, collection says which registered party a written name means.
//!
//! `f1` judges labelled pairs of names from all over the world by one fixed threshold. `recall` and `p99` search 130,000
//! registered names of Chinese companies for names as people write them: heard, cut short, with a slip. The searches of both
//! sides run by turns, in one process and on one thread.

pub(crate) mod data;
mod written;

use std::path::Path;
use std::time::Instant;

use collection::domain::matching::{Directory, Known, SAME_NAME, Sought, name_similarity};
use domain::DivisionCode;

use crate::report::{Better, Figure, Measure, median};
use data::LabelledPair;

/// Names that are searched.
const REGISTERED: usize = 130_000;
/// Names that are sought in one round.
const SOUGHT: usize = 2_000;
/// Of them, those that the scan of everything seeks too: it is slow.
const SCANNED: usize = 20;
/// Candidates that an officer is shown.
const SHOWN: usize = 10;
/// F1 that the shared labelled pairs are to be judged with.
const F1_TO_REACH: f64 = 0.80;
/// Time within which candidates are to be found, in milliseconds.
const P99_TO_REACH_MS: f64 = 5.0;

const F1: Measure = Measure {
    bench: "names",
    figure: "f1",
    unit: "F1",
    baseline_name: "what was asked for: 0.80",
    target: Some(1.0),
    better: Better::Higher,
};
const RECALL: Measure = Measure {
    figure: "recall",
    unit: "share",
    baseline_name: "names that hold the text sought, as LIKE finds them",
    target: Some(1.0),
    ..F1
};
const P99: Measure = Measure {
    figure: "p99",
    unit: "ms",
    baseline_name: "what was asked for: 5 ms",
    better: Better::Lower,
    ..F1
};
const SCAN: Measure = Measure {
    figure: "p99_scan",
    baseline_name: "median of comparing with every name",
    target: Some(0.1),
    ..P99
};

/// Measures with the shared data in `folder`.
pub(crate) fn run(rounds: u32, folder: &Path) -> anyhow::Result<Vec<Figure>> {
    let f1 = f1(&data::pairs(folder)?);
    let city = City::of(data::names(folder, REGISTERED)?)?;
    let sought = written::sought(&city.names, SOUGHT);
    let (mut p99s, mut scans, mut found, mut held) = (Vec::new(), Vec::new(), 0, 0);
    for round in 0..=rounds {
        let searched = city.search(&sought);
        let scanned = city.scan(&sought[..SCANNED]);
        // The first round warms up.
        if round > 0 {
            p99s.push(searched.p99_ms);
            scans.push(scanned);
            (found, held) = (searched.found, city.held(&sought));
        }
    }
    let (p99, scan) = (median(p99s), median(scans));
    let share = |count: usize| count as f64 / sought.len() as f64;
    Ok(vec![
        F1.figure(f1, F1_TO_REACH),
        RECALL.figure(share(found), share(held)),
        P99.figure(p99, P99_TO_REACH_MS),
        SCAN.figure(p99, scan),
    ])
}

/// The harmonic mean of precision and recall over the pairs, at the one threshold.
fn f1(pairs: &[LabelledPair]) -> f64 {
    let (mut right, mut wrong) = (0_u32, 0_u32);
    for pair in pairs {
        let said = name_similarity(&pair.one, &pair.other) >= SAME_NAME;
        right += u32::from(said && pair.same);
        wrong += u32::from(said != pair.same);
    }
    f64::from(2 * right) / f64::from(2 * right + wrong)
}

/// The registered names.
struct City {
    names: Vec<String>,
    directory: Directory,
}

/// What one round of searches came to.
struct Searched {
    p99_ms: f64,
    /// Searches that showed the right party.
    found: usize,
}

impl City {
    fn of(names: Vec<String>) -> anyhow::Result<Self> {
        anyhow::ensure!(names.len() == REGISTERED, "only {} names are there", names.len());
        let mut directory = Directory::default();
        let division = DivisionCode::parse("370102")?;
        for (serial, legal_name) in names.iter().enumerate() {
            directory.tell(Known {
                uscc: code(serial),
                legal_name: legal_name.clone(),
                address: String::new(),
                division: division.clone(),
            });
        }
        Ok(Self { names, directory })
    }

    fn search(&self, sought: &[written::Name]) -> Searched {
        let (mut times_ms, mut found) = (Vec::with_capacity(sought.len()), 0);
        for name in sought {
            let asked = Sought { name: name.text.clone(), ..Sought::default() };
            let begun = Instant::now();
            let candidates = self.directory.candidates(&asked, SHOWN);
            times_ms.push(begun.elapsed().as_secs_f64() * 1_000.0);
            let meant = code(name.meant);
            found += usize::from(candidates.iter().any(|candidate| candidate.party.uscc == meant));
        }
        times_ms.sort_by(f64::total_cmp);
        Searched { p99_ms: times_ms[times_ms.len() * 99 / 100], found }
    }

    /// The median time of a search that compares with every name, in milliseconds.
    fn scan(&self, sought: &[written::Name]) -> f64 {
        let scan = |name: &written::Name| {
            let begun = Instant::now();
            let best = self.names.iter().map(|known| name_similarity(&name.text, known)).fold(0.0, f32::max);
            std::hint::black_box(best);
            begun.elapsed().as_secs_f64() * 1_000.0
        };
        median(sought.iter().map(scan).collect())
    }

    /// Searches that find the right party because its name holds the text as it stands, and few others do.
    fn held(&self, sought: &[written::Name]) -> usize {
        let is_held = |name: &&written::Name| {
            let holders =
                self.names.iter().filter(|known| known.contains(&name.text)).take(SHOWN + 1).count();
            holders <= SHOWN && self.names[name.meant].contains(&name.text)
        };
        sought.iter().filter(is_held).count()
    }
}

fn code(serial: usize) -> String {
    format!("91370102{serial:010}")
}
