//! From what a file says to a combination that can be used.

use std::collections::BTreeMap;

use super::{
    Combiner, Otherwise,
    effect::Effects,
    method::{Bounds, Method},
    raw::{RawAdd, RawCombination, RawFirst, RawGeneral, RawMatrix, RawWeighted},
};
use crate::domain::{
    hundredths::Hundredths,
    model::{Faults, GENERAL, ModelError, Number, RawGrade, check_source, number, plain, unknown_scheme},
    scheme::{Rank, Scheme},
};

/// What could be read of a text.
pub(super) struct Read {
    /// The combination; `None` where a part of it is missing.
    pub(super) combiner: Option<Combiner>,
    /// Why it cannot be used.
    pub(super) faults: Faults,
    /// Why it cannot be submitted, though it can be used.
    pub(super) stricter: Faults,
}

/// Reads all of a text whose form can be read.
pub(super) fn combiner(
    file: &str,
    text: &str,
    scheme: impl Fn(&str) -> Option<Scheme>,
) -> Result<Read, ModelError> {
    let raw = serde_norway::from_str(text).map_err(|error| ModelError::form(file, &error))?;
    let (mut faults, mut stricter) = (Faults::default(), Faults::default());
    let hash = crypto::sm3::digest(text.as_bytes()).to_hex();
    let combiner = read(raw, hash, scheme, (&mut faults, &mut stricter));
    Ok(Read { combiner, faults, stricter })
}

fn read(
    raw: RawCombination,
    hash: String,
    scheme: impl Fn(&str) -> Option<Scheme>,
    (faults, stricter): (&mut Faults, &mut Faults),
) -> Option<Combiner> {
    let find = |id: &str| scheme(id).ok_or_else(|| unknown_scheme(id));
    faults.take("version", plain(&raw.version));
    // One source for the whole table.
    stricter.take("source", check_source(&raw.source));
    if raw.effective_to.is_some_and(|last| last < raw.effective_from) {
        faults.note("effective_to", "it ends before it begins");
    }
    let own = faults.take("scheme", find(&raw.scheme));
    let national = faults.take("national_scheme", find(&raw.national_scheme));
    let own = own?;
    let stand_in = match raw.general {
        None => None,
        Some(_) if raw.weighted.is_some() => {
            faults.note(
                "general",
                "`weighted` shares the points of the general model, which a stand-in has not",
            );
            None
        }
        Some(RawGeneral { first: RawFirst::StandIn, otherwise }) if otherwise == GENERAL => {
            Some(Otherwise::Model)
        }
        Some(RawGeneral { first: RawFirst::StandIn, otherwise }) => {
            faults.take("general.otherwise", class(&otherwise, &own)).map(Otherwise::Class)
        }
    };
    let effects = Effects::read(raw.effects, faults, stricter);
    let method = match (raw.matrix, raw.add, raw.weighted) {
        (Some(matrix), None, None) => faults.take("matrix", rows(&matrix, &own).map(Method::Matrix)),
        (None, Some(add), None) => added(add, &own, faults),
        (None, None, Some(weighted)) => shares(weighted, &own, faults),
        _ => {
            faults.note("", "exactly one of `matrix`, `add` and `weighted` says how two classes become one");
            None
        }
    };
    let told_in = national?;
    let national = faults.take("national", mapping(&raw.national, &own, &told_in));
    if let Some(national) = &national {
        stricter.take("national", rising(national, &own, &told_in));
    }
    Some(Combiner {
        method: method?,
        national: national?,
        national_from: raw.national_from,
        version: raw.version,
        effective_from: raw.effective_from,
        effective_to: raw.effective_to,
        scheme: own,
        effects,
        source: raw.source,
        stand_in,
        hash,
    })
}

fn rows(raw: &RawMatrix, scheme: &Scheme) -> Result<Vec<BTreeMap<String, Rank>>, String> {
    if raw.rows.len() != scheme.codes().len() {
        return Err(format!("it must have one row for each class of `{}`", scheme.id));
    }
    let mut rows: Vec<BTreeMap<String, Rank>> = Vec::new();
    for general in scheme.codes() {
        let written = raw.rows.get(general).ok_or_else(|| format!("row {general} is missing"))?;
        let mut row = BTreeMap::new();
        for grade in &raw.professional {
            let code = written.get(grade).ok_or_else(|| format!("row {general} has no column {grade}"))?;
            row.insert(grade.clone(), class(code, scheme)?);
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

fn class(code: &str, scheme: &Scheme) -> Result<Rank, String> {
    scheme.rank(code).ok_or_else(|| format!("`{code}` is no class of `{}`", scheme.id))
}

fn added(raw: RawAdd, scheme: &Scheme, faults: &mut Faults) -> Option<Method> {
    let general = faults.take("add.general_points", worth(raw.general_points, scheme));
    let bounds = faults.take("add.classes", bounds(raw.classes, scheme));
    Some(Method::Add { general: general?, bounds: bounds? })
}

fn worth(
    mut written: BTreeMap<String, crate::domain::model::RawNumber>,
    scheme: &Scheme,
) -> Result<Vec<Number>, String> {
    let mut worth = Vec::new();
    for code in scheme.codes() {
        let points = written.remove(code).ok_or_else(|| format!("class `{code}` has no points"))?;
        worth.push(number(points));
    }
    match written.keys().next() {
        Some(unknown) => Err(format!("`{unknown}` is no class of `{}`", scheme.id)),
        None if falls(&worth, |lower, higher| lower > higher) => {
            Err("a riskier class is worth less".to_owned())
        }
        None => Ok(worth),
    }
}

fn shares(raw: RawWeighted, scheme: &Scheme, faults: &mut Faults) -> Option<Method> {
    let (general, professional) = (number(raw.general), number(raw.professional));
    for (path, share) in [("weighted.general", &general), ("weighted.professional", &professional)] {
        if matches!(share, Number::Fixed(share) if *share < Hundredths::ZERO) {
            faults.note(path, "a share below 0 would let more risk give a lower class");
        }
    }
    let bounds = faults.take("weighted.classes", bounds(raw.classes, scheme))?;
    Some(Method::Weighted { general, professional, bounds })
}

/// Classes in the order of the scheme, not all of them: what is left out comes by veto only. All but the last have a bound.
fn bounds(raw: Vec<RawGrade>, scheme: &Scheme) -> Result<Bounds, String> {
    let last = raw.len().checked_sub(1).ok_or("it is empty")?;
    let mut bounds = Bounds { classes: Vec::new(), upper: Vec::new() };
    for (at, grade) in raw.into_iter().enumerate() {
        bounds.classes.push(class(&grade.code, scheme)?);
        match grade.upper_inclusive {
            Some(bound) if at < last => bounds.upper.push(number(bound)),
            None if at == last => {}
            _ => return Err(format!("`{}`: every class but the last has `upper_inclusive`", grade.code)),
        }
    }
    if bounds.classes.windows(2).any(|pair| pair[0] >= pair[1]) {
        return Err(format!("classes must stand in the order of `{}`, the lowest risk first", scheme.id));
    }
    if falls(&bounds.upper, |lower, higher| lower >= higher) {
        return Err("the bounds must rise".to_owned());
    }
    Ok(bounds)
}

fn falls(numbers: &[Number], wrong: impl Fn(Hundredths, Hundredths) -> bool) -> bool {
    numbers.windows(2).any(|pair| match (&pair[0], &pair[1]) {
        (Number::Fixed(lower), Number::Fixed(higher)) => wrong(*lower, *higher),
        _ => false,
    })
}

fn mapping(written: &BTreeMap<String, String>, from: &Scheme, to: &Scheme) -> Result<Vec<String>, String> {
    if written.len() != from.codes().len() {
        return Err(format!("it must map each class of `{}` once", from.id));
    }
    let map = |code: &str| {
        let target = written.get(code).ok_or_else(|| format!("`{code}` is not mapped"))?;
        class(target, to).map(|_| target.clone())
    };
    from.codes().map(map).collect()
}

/// Whether no riskier class is told as a lower one.
fn rising(mapped: &[String], from: &Scheme, to: &Scheme) -> Result<(), String> {
    if mapped.windows(2).any(|pair| to.rank(&pair[0]) > to.rank(&pair[1])) {
        return Err(format!("a riskier class of `{}` is told as a lower one", from.id));
    }
    Ok(())
}
