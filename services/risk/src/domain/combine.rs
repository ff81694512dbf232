//! How general and professional class become one ("通用+专业", rules (f)): a table of the rulebook, not code.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Deserialize;

use super::{
    model::ModelError,
    scheme::{Rank, Scheme},
};

/// The combination in force over a period.
#[derive(Clone, Debug)]
pub struct Combiner {
    /// Version, such as `1`.
    pub version: String,
    /// First day in force.
    pub effective_from: NaiveDate,
    /// Last day in force; `None` while open.
    pub effective_to: Option<NaiveDate>,
    /// Scheme of the combined class; the general model answers in it too.
    pub scheme: Scheme,
    /// Whether the re-score that an event causes takes effect at once; otherwise only approved runs change classes.
    pub event_rescore_effective: bool,
    /// Where the table comes from.
    pub source: String,
    /// One row for each general class, one column for each professional grade.
    matrix: Vec<BTreeMap<String, Rank>>,
    national: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    version: String,
    effective_from: NaiveDate,
    effective_to: Option<NaiveDate>,
    source: String,
    scheme: String,
    professional: Vec<String>,
    matrix: BTreeMap<String, BTreeMap<String, String>>,
    national_scheme: String,
    national: BTreeMap<String, String>,
    event_rescore_effective: bool,
}

impl Combiner {
    /// Reads and checks the table in `text`. It must be complete, and no riskier input may give a lower class.
    ///
    /// # Errors
    /// [`ModelError`] with the file, the place and what is wrong there.
    pub fn load(file: &str, text: &str, scheme: impl Fn(&str) -> Option<Scheme>) -> Result<Self, ModelError> {
        let raw: Raw = serde_norway::from_str(text)
            .map_err(|error| ModelError::Form { file: file.to_owned(), problem: error.to_string() })?;
        let wrong = |place: &str, problem: String| ModelError::Content {
            file: file.to_owned(),
            place: place.to_owned(),
            problem,
        };
        let find =
            |id: &str| scheme(id).ok_or_else(|| wrong("scheme", format!("unknown class scheme `{id}`")));
        let (own, national) = (find(&raw.scheme)?, find(&raw.national_scheme)?);
        Ok(Self {
            matrix: matrix(&raw, &own).map_err(|problem| wrong("matrix", problem))?,
            national: mapping(&raw.national, &own, &national)
                .map_err(|problem| wrong("national", problem))?,
            version: raw.version,
            effective_from: raw.effective_from,
            effective_to: raw.effective_to,
            scheme: own,
            event_rescore_effective: raw.event_rescore_effective,
            source: raw.source,
        })
    }

    /// Whether it is in force on `day`.
    pub fn in_force(&self, day: NaiveDate) -> bool {
        self.effective_from <= day && self.effective_to.is_none_or(|last| day <= last)
    }

    /// The combined class. A veto of either model gives the highest; without a professional model the general class
    /// stands; a grade that the table does not have counts as the highest.
    pub fn combine(&self, general: Rank, professional: Option<&str>, vetoed: bool) -> Rank {
        match (vetoed, professional) {
            (true, _) => self.scheme.highest(),
            (false, None) => general,
            (false, Some(grade)) => {
                let row = &self.matrix[general.min(self.scheme.highest())];
                row.get(grade).copied().unwrap_or_else(|| self.scheme.highest())
            }
        }
    }

    /// Whether every grade of `scheme` has a column.
    pub fn covers(&self, scheme: &Scheme) -> bool {
        scheme.codes().all(|code| self.matrix.iter().all(|row| row.contains_key(code)))
    }

    /// The class as the national scheme of four classes writes it, for exchange.
    pub fn national(&self, rank: Rank) -> &str {
        &self.national[rank.min(self.scheme.highest())]
    }

    /// How `code` came about, in words for the officer. All codes are those stored with the class.
    pub fn sentence(&self, general: &str, professional: &str, code: &str, vetoed: bool) -> String {
        let version = &self.version;
        if vetoed {
            return format!(
                "触发一票否决,综合类别直接定为{code}类(通用{general}类,专业{}级)。",
                or_none(professional)
            );
        }
        if professional.is_empty() {
            return format!("该领域没有专业模型,综合类别即通用类别{code}类。");
        }
        let change = match (self.scheme.rank(professional), self.scheme.rank(code)) {
            (Some(before), Some(after)) if after > before => format!("在专业等级上调{}级", after - before),
            (Some(before), Some(after)) if after < before => format!("在专业等级下调{}级", before - after),
            _ => "与专业等级一致".to_owned(),
        };
        format!("按组合矩阵(第{version}版):通用{general}类,专业{professional}级,综合类别{code}类,{change}。")
    }
}

fn or_none(code: &str) -> &str {
    if code.is_empty() { "无" } else { code }
}

fn matrix(raw: &Raw, scheme: &Scheme) -> Result<Vec<BTreeMap<String, Rank>>, String> {
    if raw.matrix.len() != scheme.codes().len() {
        return Err(format!("it must have one row for each class of `{}`", scheme.id));
    }
    let mut rows: Vec<BTreeMap<String, Rank>> = Vec::new();
    for general in scheme.codes() {
        let written = raw.matrix.get(general).ok_or_else(|| format!("row {general} is missing"))?;
        let mut row = BTreeMap::new();
        for grade in &raw.professional {
            let code = written.get(grade).ok_or_else(|| format!("row {general} has no column {grade}"))?;
            let rank = scheme.rank(code).ok_or_else(|| format!("`{code}` is no class of `{}`", scheme.id))?;
            row.insert(grade.clone(), rank);
        }
        let rising = raw.professional.windows(2).all(|pair| row[&pair[0]] <= row[&pair[1]]);
        let above = rows.last().is_none_or(|before| row.iter().all(|(grade, rank)| before[grade] <= *rank));
        if written.len() != row.len() || !rising || !above {
            return Err(format!(
                "row {general}: a riskier grade or class gives a lower one, or a column is unknown"
            ));
        }
        rows.push(row);
    }
    Ok(rows)
}

fn mapping(written: &BTreeMap<String, String>, from: &Scheme, to: &Scheme) -> Result<Vec<String>, String> {
    if written.len() != from.codes().len() {
        return Err(format!("it must map each class of `{}` once", from.id));
    }
    let map = |code: &str| {
        let target = written.get(code).ok_or_else(|| format!("`{code}` is not mapped"))?;
        to.rank(target)
            .map(|_| target.clone())
            .ok_or_else(|| format!("`{target}` is no class of `{}`", to.id))
    };
    from.codes().map(map).collect()
}

#[cfg(test)]
mod tests;
