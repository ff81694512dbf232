//! The records of the first enterprises, from one file a column.

use std::path::Path;

use serde::Serialize;

/// A record.
#[derive(Clone, Serialize)]
pub struct Record {
    pub source: i64,
    pub day: i64,
    pub code: i64,
    pub amount: i64,
    pub flag: bool,
}

/// The records of each of the first `enterprises`.
pub fn read(folder: &Path, enterprises: usize) -> anyhow::Result<Vec<Vec<Record>>> {
    let column = |name: &str| std::fs::read(folder.join(name));
    let (whose, day, amount) = (column("enterprise")?, column("day")?, column("amount")?);
    let (source, code, flag) = (column("source")?, column("code")?, column("flag")?);
    let rows = whose.as_chunks::<4>().0.iter().zip(day.as_chunks::<4>().0).zip(amount.as_chunks::<8>().0);
    let mut records = vec![Vec::new(); enterprises];
    for (at, ((whose, day), amount)) in rows.enumerate() {
        let Some(own) = records.get_mut(u32::from_ne_bytes(*whose) as usize) else { break };
        own.push(Record {
            source: source[at].into(),
            day: i32::from_ne_bytes(*day).into(),
            code: code[at].into(),
            amount: i64::from_ne_bytes(*amount),
            flag: flag[at] == 1,
        });
    }
    Ok(records)
}
