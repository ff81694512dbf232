//! Reads an announcement strictly: every line, in its order, in its one spelling.

use chrono::{DateTime, FixedOffset};

use super::{ALGORITHM, Header, Plan, StratumLine, check_plan, write_text};
use crate::Digest;
use crate::draw::{Disclosure, EntropyRule, Ratio, word};

/// A text that no announcement can have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("announcement line {line}: {reason}")]
pub struct MalformedAnnouncement {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub reason: String,
}

/// Reads header and, if PUBLIC, strata.
pub(super) fn parse(text: &str) -> Result<(Header, Vec<StratumLine>), MalformedAnnouncement> {
    let mut lines = Lines { rest: text, line: 0 };
    let header = header(&mut lines)?;
    let strata =
        if header.disclosure.is_public() { strata(&mut lines, header.pool_size)? } else { Vec::new() };
    if !lines.rest.is_empty() {
        lines.line += 1;
        return Err(lines.refuse("nothing may follow the last line"));
    }
    // The single spelling of every value is what makes the hash of a text the hash of its meaning.
    if write_text(&header, &strata) != text {
        return Err(lines.refuse("the text is not in its canonical spelling"));
    }
    Ok((header, strata))
}

fn header(lines: &mut Lines<'_>) -> Result<Header, MalformedAnnouncement> {
    lines
        .read("algorithm", |v| if v == ALGORITHM { Ok(()) } else { Err(format!("is not `{ALGORITHM}`")) })?;
    let task = lines.read("task", |v| ascii("task", v))?;
    let attempt = lines.read("attempt", |v| match number(v)? {
        0 => Err("counts from 1".to_owned()),
        n => u32::try_from(n).map_err(|_| "is too large".to_owned()),
    })?;
    let disclosure = lines.read("disclosure", |v| {
        Disclosure::announced(v).ok_or_else(|| "is neither PUBLIC nor RESTRICTED".to_owned())
    })?;
    let pool_size = lines.read("pool_size", positive)?;
    let pool_root = lines.read("pool_root", digest)?;
    let strata_hash = lines.read("strata_hash", digest)?;
    let inspectors_hash = lines.read("inspectors_hash", digest)?;
    let inspectors_per_object = lines.read("inspectors_per_object", |v| {
        u32::try_from(positive(v)?).map_err(|_| "is too large".to_owned())
    })?;
    let lead_office = lines.read("lead_office", |v| ascii("lead office", v))?;
    let commitment = lines.read("commitment", digest)?;
    let entropy_source = lines.read("entropy_source", |v| ascii("entropy source", v))?;
    let entropy_round = lines.read("entropy_round", |v| ascii("entropy round", v))?;
    let entropy_rule = lines.read("entropy_rule", |v| {
        EntropyRule::named(v).ok_or_else(|| "names a rule that is not known".to_owned())
    })?;
    let fallback_round = lines.read("fallback_round", |v| ascii("fallback round", v))?;
    let draw_at = lines.read("draw_at", instant)?;
    let plan = Plan {
        task,
        attempt,
        inspectors_per_object,
        lead_office,
        entropy_source,
        entropy_round,
        entropy_rule,
        fallback_round,
        draw_at,
    };
    check_plan(&plan).map_err(|refused| lines.refuse(refused.to_string()))?;
    Ok(Header { plan, disclosure, pool_size, pool_root, strata_hash, inspectors_hash, commitment })
}

fn strata(lines: &mut Lines<'_>, pool_size: u64) -> Result<Vec<StratumLine>, MalformedAnnouncement> {
    let mut strata: Vec<StratumLine> = Vec::new();
    let mut left = pool_size;
    while left > 0 {
        let stratum = stratum(lines.next()?).map_err(|reason| lines.refuse(reason))?;
        if strata.last().is_some_and(|before| before.name >= stratum.name) {
            return Err(lines.refuse("strata stand in byte order, each once"));
        }
        left = left
            .checked_sub(stratum.size)
            .ok_or_else(|| lines.refuse("the strata hold more objects than the pool"))?;
        strata.push(stratum);
    }
    Ok(strata)
}

fn stratum(line: &str) -> Result<StratumLine, String> {
    let columns: Vec<&str> = line.split('\t').collect();
    let [name, size, p, q] = columns.as_slice() else {
        return Err(format!("a stratum has 4 columns, this line has {}", columns.len()));
    };
    word::check("stratum", name).map_err(|refused| refused.to_string())?;
    let stratum =
        StratumLine { name: (*name).to_owned(), size: positive(size)?, p: number(p)?, q: number(q)? };
    Ratio::new(stratum.p, stratum.q).map_err(|refused| refused.to_string())?;
    Ok(stratum)
}

fn ascii(what: &'static str, value: &str) -> Result<String, String> {
    word::check_ascii(what, value).map_err(|refused| refused.reason.to_owned())?;
    Ok(value.to_owned())
}

fn digest(value: &str) -> Result<Digest, String> {
    value.parse().map_err(|refused: crate::InvalidDigest| format!("is no digest: {refused}"))
}

/// Decimal ASCII without sign and without leading zeros.
fn number(value: &str) -> Result<u64, String> {
    let canonical = value.bytes().all(|b| b.is_ascii_digit()) && (value == "0" || !value.starts_with('0'));
    let parsed = if canonical { value.parse().ok() } else { None };
    parsed.ok_or_else(|| format!("`{value}` is no decimal number in its shortest form"))
}

fn positive(value: &str) -> Result<u64, String> {
    match number(value)? {
        0 => Err("must be at least 1".to_owned()),
        n => Ok(n),
    }
}

fn instant(value: &str) -> Result<DateTime<FixedOffset>, String> {
    let at = DateTime::parse_from_rfc3339(value)
        .map_err(|refused| format!("is no RFC 3339 instant: {refused}"))?;
    if super::instant(&at) == value {
        Ok(at)
    } else {
        Err(format!("is spelled `{}`: whole seconds and a numeric offset", super::instant(&at)))
    }
}

/// The lines of a text, each ended by LF, counted from 1.
struct Lines<'t> {
    rest: &'t str,
    line: usize,
}

impl<'t> Lines<'t> {
    fn next(&mut self) -> Result<&'t str, MalformedAnnouncement> {
        self.line += 1;
        let (line, rest) =
            self.rest.split_once('\n').ok_or_else(|| self.refuse("is missing or does not end with LF"))?;
        self.rest = rest;
        Ok(line)
    }

    fn read<T>(
        &mut self,
        key: &str,
        value: impl FnOnce(&str) -> Result<T, String>,
    ) -> Result<T, MalformedAnnouncement> {
        let line = self.next()?;
        let text = line
            .strip_prefix(key)
            .and_then(|rest| rest.strip_prefix(": "))
            .ok_or_else(|| self.refuse(format!("must begin with `{key}: `")))?;
        value(text).map_err(|reason| self.refuse(format!("{key} {reason}")))
    }

    fn refuse(&self, reason: impl Into<String>) -> MalformedAnnouncement {
        MalformedAnnouncement { line: self.line, reason: reason.into() }
    }
}

#[cfg(test)]
mod tests {
    use crate::draw::Announcement;

    fn text(strata: &str) -> String {
        let hash = "0123456789abcdef".repeat(4);
        let disclosure = if strata.is_empty() { "RESTRICTED" } else { "PUBLIC" };
        format!(
            "algorithm: xinjian-draw-v1\ntask: tasks/2026-1\nattempt: 1\ndisclosure: {disclosure}\npool_size: 12\n\
             pool_root: {hash}\nstrata_hash: {hash}\ninspectors_hash: {hash}\ninspectors_per_object: 2\n\
             lead_office: FOOD_PROD\ncommitment: {hash}\nentropy_source: welfare-lottery-3d\n\
             entropy_round: 2026321\nentropy_rule: digits\nfallback_round: 2026322\n\
             draw_at: 2026-12-01T10:00:00+08:00\n{strata}"
        )
    }

    fn refusal(text: &str) -> (usize, String) {
        let refused = Announcement::parse(text).unwrap_err();
        (refused.line, refused.reason)
    }

    #[test]
    fn both_kinds_of_announcement_are_read() {
        assert!(Announcement::parse(&text("")).unwrap().strata().is_empty());
        let public = Announcement::parse(&text("A\t5\t1\t4\nB\t7\t0\t1\n")).unwrap();
        assert_eq!(public.strata().len(), 2);
        assert_eq!(public.header().pool_size, 12);
    }

    #[test]
    fn every_malformed_line_is_refused_by_number_and_reason() {
        let cases: [(&str, &str, usize, &str); 16] = [
            ("xinjian-draw-v1", "xinjian-draw-v2", 1, "algorithm is not"),
            ("tasks/2026-1", "tasks/2026 1", 2, "task holds a blank"),
            ("attempt: 1", "attempt: 01", 3, "shortest form"),
            ("attempt: 1", "attempt: 0", 3, "counts from 1"),
            ("RESTRICTED", "restricted", 4, "neither PUBLIC nor RESTRICTED"),
            ("pool_size: 12", "pool_size: +12", 5, "shortest form"),
            ("pool_size: 12", "pool-size: 12", 5, "must begin with `pool_size: `"),
            ("pool_root: 0", "pool_root: A", 6, "lower-case"),
            ("strata_hash: 0", "strata_hash: ", 7, "64 hexadecimal"),
            ("inspectors_per_object: 2", "inspectors_per_object: 0", 9, "at least 1"),
            ("inspectors_per_object: 2", "inspectors_per_object: 65", 16, "between 1 and 64"),
            ("entropy_rule: digits", "entropy_rule: dice", 14, "not known"),
            ("10:00:00+08:00", "10:00:00.0+08:00", 16, "is spelled `2026-12-01T10:00:00+08:00`"),
            ("10:00:00+08:00", "10:00:00Z", 16, "is spelled `2026-12-01T10:00:00+00:00`"),
            ("T10:00:00", "T25:00:00", 16, "no RFC 3339 instant"),
            ("+08:00\n", "+08:00", 16, "does not end with LF"),
        ];
        for (from, to, line, reason) in cases {
            let (at, why) = refusal(&text("").replacen(from, to, 1));
            assert_eq!(at, line, "{from} -> {to}: {why}");
            assert!(why.contains(reason), "{from} -> {to}: {why}");
        }
    }

    #[test]
    fn malformed_strata_are_refused_by_number_and_reason() {
        let cases = [
            ("A\t12\t1\n", 17, "4 columns"),
            ("A\t12\t5\t4\n", 17, "greater than 1"),
            ("A\t12\t1\t0\n", 17, "no value"),
            ("A\t13\t1\t4\n", 17, "more objects than the pool"),
            ("A\t5\t1\t4\n", 18, "missing"),
            ("B\t5\t1\t4\nA\t7\t1\t4\n", 18, "byte order"),
            ("A\t12\t1\t4\nB\t0\t1\t4\n", 18, "nothing may follow"),
            ("A\t0\t1\t4\nB\t12\t1\t4\n", 17, "at least 1"),
            ("A A\t12\t1\t4\n", 17, "blank"),
        ];
        for (strata, line, reason) in cases {
            let (at, why) = refusal(&text(strata));
            assert_eq!(at, line, "{strata:?}: {why}");
            assert!(why.contains(reason), "{strata:?}: {why}");
        }
    }

    #[test]
    fn a_restricted_announcement_carries_no_strata() {
        let (line, reason) = refusal(&format!("{}A\t12\t1\t4\n", text("")));
        assert_eq!((line, reason.as_str()), (17, "nothing may follow the last line"));
    }
}
