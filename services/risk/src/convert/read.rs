//! Reads of classes and flags, as the log of reads holds them.

use contract::access::known_path;
use contract::risk::v1 as pb;
use domain::{MicrosUtc, OfficeCode, Uscc};
use rulebook::Rulebook;
use service::access_log::LoggedRead;
use service::{FieldErrors, dossier};

/// Most reads of one note.
const MOST_READS: usize = 1_000;
/// Longest name of a reader, in characters, as tokens and accounts have it.
const LONGEST_READER: usize = 200;
/// How far the clock of another machine may be ahead of ours, in microseconds.
const SKEW_US: i64 = 60_000_000;
/// RPCs of the gateway, which answers from what it keeps.
const GATEWAY: &str = "/xinjian.gateway.v1.";

/// Names a list of classes in the log of reads; what is empty stands for any.
pub(crate) fn listed_classes(uscc: &str, field: &str, code: &str) -> String {
    format!("enterprises/{}/classes/{}?code={}", any(uscc), any(field), any(code))
}

/// Names a list of signals or flags (`what`) in the log of reads; what is empty stands for any.
pub(crate) fn listed_attention(what: &str, uscc: &str, field: &str) -> String {
    format!("enterprises/{}/{what}/{}", any(uscc), any(field))
}

fn any(text: &str) -> &str {
    if text.is_empty() { "-" } else { text }
}

/// Reads the reads that the gateway has answered: one row for each part that it showed, as the list of the part is noted.
pub(crate) fn noted_reads(
    errors: &mut FieldErrors,
    sent: &[pb::NotedRead],
    book: &Rulebook,
    now: MicrosUtc,
) -> Option<Vec<LoggedRead>> {
    if sent.is_empty() || sent.len() > MOST_READS {
        errors.push("reads", format!("holds {} reads, not 1 to {MOST_READS}", sent.len()));
        return None;
    }
    let (mut rows, mut all_are_good) = (Vec::with_capacity(sent.len()), true);
    for (index, read) in sent.iter().enumerate() {
        let mut part = FieldErrors::default();
        match noted_read(&mut part, read, book, now) {
            Some(noted) => rows.extend(noted),
            None => all_are_good = false,
        }
        errors.extend(&format!("reads[{index}]"), part);
    }
    all_are_good.then_some(rows)
}

fn noted_read(
    errors: &mut FieldErrors,
    sent: &pb::NotedRead,
    book: &Rulebook,
    now: MicrosUtc,
) -> Option<Vec<LoggedRead>> {
    let reader = errors.check("reader", reader(&sent.reader));
    let office = errors.check("office", office(&sent.office, book));
    let uscc = dossier::enterprise(errors, "name", &sent.name);
    let parts = parts(errors, &sent.parts);
    let method = known_path(&sent.method).filter(|path| path.starts_with(GATEWAY));
    let method = errors.check("method", method.ok_or("is no RPC of the gateway"));
    let purpose = super::purpose(errors, &sent.purpose);
    let read_time = errors.require("read_time", sent.read_time);
    let read_at = read_time.and_then(|at| errors.check("read_time", instant(at, now)));
    let (reader, office, uscc, parts) = (reader?, office?, uscc?, parts?);
    let (method, purpose, read_at) = (method?, purpose?, read_at?);
    let row = |part: &Part| LoggedRead {
        subject: part.subject(&uscc),
        method: method.to_owned(),
        purpose: purpose.clone(),
        reader: reader.clone(),
        office: office.to_string(),
        read_at_us: read_at.micros(),
    };
    Some(parts.iter().map(row).collect())
}

/// A part of a dossier that is not shown without a row in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Classes,
    Flags,
}

impl Part {
    fn parse(text: &str) -> Result<Self, &'static str> {
        match text {
            "classes" => Ok(Self::Classes),
            "flags" => Ok(Self::Flags),
            _ => Err("is neither `classes` nor `flags`"),
        }
    }

    /// What the log calls it, as it calls the list of its RPC.
    fn subject(self, uscc: &Uscc) -> String {
        match self {
            Self::Classes => listed_classes(uscc.as_str(), "", ""),
            Self::Flags => listed_attention("flags", uscc.as_str(), ""),
        }
    }
}

fn parts(errors: &mut FieldErrors, sent: &[String]) -> Option<Vec<Part>> {
    let mut parts = Vec::with_capacity(sent.len());
    for (index, text) in sent.iter().enumerate() {
        match errors.check(format!("parts[{index}]"), Part::parse(text)) {
            Some(part) if parts.contains(&part) => errors.push(format!("parts[{index}]"), "is named twice"),
            Some(part) => parts.push(part),
            None => {}
        }
    }
    if sent.is_empty() {
        errors.push("parts", "must be given");
    }
    (!parts.is_empty() && parts.len() == sent.len()).then_some(parts)
}

/// As the token or the account says it, to the letter: the log is asked by it.
fn reader(sent: &str) -> Result<String, String> {
    match sent.chars().count() {
        1..=LONGEST_READER => Ok(sent.to_owned()),
        _ => Err(format!("has not 1 to {LONGEST_READER} characters")),
    }
}

fn office(sent: &str, book: &Rulebook) -> Result<OfficeCode, String> {
    let office = OfficeCode::parse(sent).map_err(|problem| problem.to_string())?;
    book.office(&office).map(|_| office).ok_or_else(|| "is no office of the rulebook".to_owned())
}

fn instant(sent: prost_types::Timestamp, now: MicrosUtc) -> Result<MicrosUtc, &'static str> {
    let micros = sent.seconds.checked_mul(1_000_000);
    let micros = micros.and_then(|micros| micros.checked_add(i64::from(sent.nanos) / 1_000));
    match micros {
        Some(micros) if micros <= now.plus_micros(SKEW_US).micros() => Ok(MicrosUtc(micros)),
        _ => Err("lies in the future"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::convert::timestamp;

    const NOW: MicrosUtc = MicrosUtc(1_750_000_000_000_000);

    fn read() -> pb::NotedRead {
        pb::NotedRead {
            reader: "wang".to_owned(),
            office: "CREDIT".to_owned(),
            name: "enterprises/91370102MA3C00011F".to_owned(),
            parts: vec!["classes".to_owned(), "flags".to_owned()],
            method: "/xinjian.gateway.v1.Profiles/GetProfile".to_owned(),
            purpose: "全景查询".to_owned(),
            read_time: Some(timestamp(NOW.plus_micros(-5))),
        }
    }

    fn wrong(sent: &[pb::NotedRead]) -> Vec<String> {
        let mut errors = FieldErrors::default();
        assert_eq!(noted_reads(&mut errors, sent, &Rulebook::builtin(), NOW), None);
        errors.iter().map(|error| error.path.clone()).collect()
    }

    #[test]
    fn each_part_that_was_shown_is_a_row_as_the_list_of_the_part_leaves_it() {
        let mut errors = FieldErrors::default();
        let rows = noted_reads(&mut errors, &[read()], &Rulebook::builtin(), NOW).unwrap();
        let subjects: Vec<_> = rows.iter().map(|row| row.subject.as_str()).collect();
        let uscc = "enterprises/91370102MA3C00011F";
        assert_eq!(subjects, [format!("{uscc}/classes/-?code=-"), format!("{uscc}/flags/-")]);
        assert_eq!((rows[1].reader.as_str(), rows[1].office.as_str()), ("wang", "CREDIT"));
        assert_eq!(rows[1].read_at_us, NOW.micros() - 5);
        assert!(errors.is_empty(), "{errors}");
    }

    #[test]
    fn every_bad_field_of_every_read_is_named() {
        let parts = ["classes", "classes", "marks"].map(str::to_owned).to_vec();
        let other = pb::NotedRead { method: "/xinjian.risk.v1.Flags/ListFlags".to_owned(), parts, ..read() };
        let late = Some(timestamp(NOW.plus_micros(SKEW_US + 1)));
        let late = pb::NotedRead { office: "NOBODY".to_owned(), read_time: late, ..read() };
        let fields = ["reader", "office", "name", "parts", "method", "purpose", "read_time"];
        let expected: Vec<_> = ["parts[1]", "parts[2]", "method"]
            .map(|field| format!("reads[0].{field}"))
            .into_iter()
            .chain(["office", "read_time"].map(|field| format!("reads[1].{field}")))
            .chain(fields.map(|field| format!("reads[2].{field}")))
            .collect();
        assert_eq!(wrong(&[other, late, pb::NotedRead::default()]), expected);
    }

    #[test]
    fn a_note_holds_one_to_a_thousand_reads() {
        assert_eq!(wrong(&[]), ["reads"]);
        assert_eq!(wrong(&vec![read(); 1_001]), ["reads"]);
        let mut errors = FieldErrors::default();
        let rows = noted_reads(&mut errors, &vec![read(); 1_000], &Rulebook::builtin(), NOW);
        assert_eq!(rows.map(|rows| rows.len()), Some(2_000));
    }
}
