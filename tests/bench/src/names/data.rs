//! The shared data that names are measured with.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use anyhow::Context as _;
use flate2::read::GzDecoder;
use serde::Deserialize;

/// Two names, and whether people say that they mean the same.
pub(crate) struct LabelledPair {
    pub(crate) one: String,
    pub(crate) other: String,
    pub(crate) same: bool,
}

#[derive(Deserialize)]
struct Row {
    name1: String,
    name2: String,
    is_match: String,
}

/// The labelled pairs, all of them.
pub(crate) fn pairs(folder: &Path) -> anyhow::Result<Vec<LabelledPair>> {
    let mut reader = csv::Reader::from_reader(open(&folder.join("name_pairs.csv.gz"))?);
    let pair = |row: Row| LabelledPair { one: row.name1, other: row.name2, same: row.is_match == "True" };
    reader.deserialize().map(|row| Ok(pair(row?))).collect()
}

/// Legal names made of the first `count` short names: with the trades, places and forms that registered names have.
pub(crate) fn names(folder: &Path, count: usize) -> anyhow::Result<Vec<String>> {
    const TRADES: [&str; 8] = ["食品", "机械", "电梯", "科技", "商贸", "饮料", "特种设备", "餐饮管理"];
    const PLACES: [&str; 4] = ["济南", "山东", "济南市", "山东省"];
    const FORMS: [&str; 3] = ["有限公司", "有限责任公司", "股份有限公司"];
    let lines =
        BufReader::new(open(&folder.join("cn_company_short_names.csv.gz"))?).lines().skip(1).take(count);
    lines
        .enumerate()
        .map(|(serial, line)| {
            let (place, trade) = (PLACES[serial % 4], TRADES[serial / 4 % 8]);
            Ok(format!("{place}{}{trade}{}", line?.trim(), FORMS[serial / 32 % 3]))
        })
        .collect()
}

fn open(path: &Path) -> anyhow::Result<GzDecoder<File>> {
    let file = File::open(path).with_context(|| format!("{} cannot be read", path.display()))?;
    Ok(GzDecoder::new(file))
}
