//! Party checks: questions and answers.

use chrono::NaiveDate;
use contract::punishment::v1 as pb;
use domain::{LegalName, Uscc, date_text};
use rulebook::{Advice, Rulebook};
use service::FieldErrors;

use super::{code, date};
use crate::domain::check::{self, Finding};
use crate::error::Error;

/// Most parties of a batch.
const MAX_BATCH: usize = 1_000;

/// What is asked about each party.
pub(crate) struct Question<'a> {
    /// What the answer is needed for, a code of the rulebook.
    pub purpose: &'a str,
    /// The day that is asked about.
    pub on: NaiveDate,
    /// Edition of the list of measures on that day.
    pub edition: &'a str,
    /// The day as it is told.
    as_of: String,
}

impl<'a> Question<'a> {
    /// Reads purpose and day; what is wrong goes to `fields`. Nobody knows what will stand on a day that has not come, and no receipt
    /// may attest it.
    pub(crate) fn read(
        fields: &mut FieldErrors,
        book: &'a Rulebook,
        (purpose, as_of): (&'a str, &str),
        today: NaiveDate,
    ) -> Self {
        let on = fields.check_optional("as_of", as_of, domain::parse_date).unwrap_or(today);
        if on > today {
            fields.push("as_of", "the day has not come");
        }
        // The quick look; the list of what would be right is made only for the error.
        if book.code("check_purpose", purpose, today).is_none() {
            fields.check("purpose", code(book, "check_purpose", purpose, today));
        }
        Self { purpose, on, edition: check::edition(book, on), as_of: date_text(on) }
    }

    /// The answer about one party.
    pub(crate) fn answer(&self, uscc: &Uscc, finding: &Finding<'_>, known_seq: i64) -> pb::PartyCheck {
        pb::PartyCheck {
            uscc: uscc.as_str().to_owned(),
            advice: advice(finding.advice).into(),
            entries: entries(finding),
            measures: measures(finding),
            as_of: self.as_of.clone(),
            known_seq,
            measures_edition: self.edition.to_owned(),
            receipt: None,
        }
    }
}

/// The codes of a batch; each that is none is named by its place.
pub(crate) fn batch(fields: &mut FieldErrors, sent: &[String]) -> Vec<Uscc> {
    if sent.len() > MAX_BATCH {
        fields.push("usccs", format!("has {} codes; at most {MAX_BATCH} are taken", sent.len()));
        return Vec::new();
    }
    let mut usccs = Vec::with_capacity(sent.len());
    for (index, text) in sent.iter().enumerate() {
        match Uscc::parse(text) {
            Ok(uscc) => usccs.push(uscc),
            Err(problem) => fields.push(format!("usccs[{index}]"), problem.to_string()),
        }
    }
    usccs
}

/// A code as the copy of the register holds it.
pub(crate) fn stored_code(text: &str) -> Result<Uscc, Error> {
    Uscc::parse(text)
        .map_err(|problem| service::Error::corrupt(format!("name of `{text}`: {problem}")).into())
}

/// The name of a party as asked for.
pub(crate) fn party_name(fields: &mut FieldErrors, sent: &str) -> Option<LegalName> {
    fields.check("party_name", LegalName::parse(sent))
}

fn entries(finding: &Finding<'_>) -> Vec<pb::PartyEntry> {
    let entry = |entry: &&crate::domain::list::Standing| pb::PartyEntry {
        name: entry.name.to_string(),
        list: entry.name.list().word().to_owned(),
        ground: entry.ground.clone(),
        listed_on: date_text(entry.listed_on),
        term_ends_on: date(entry.term_ends_on),
        decision_no: entry.decision_no.clone(),
    };
    finding.entries.iter().map(entry).collect()
}

fn measures(finding: &Finding<'_>) -> Vec<pb::PartyMeasure> {
    let measure =
        |(measure, entry): &(&rulebook::Measure, &crate::domain::list::Standing)| pb::PartyMeasure {
            measure: measure.code.clone(),
            label: measure.label_zh.clone(),
            legal_basis: measure.basis.clone(),
            entry: entry.name.to_string(),
        };
    finding.measures.iter().map(measure).collect()
}

const fn advice(advice: Advice) -> pb::Advice {
    match advice {
        Advice::Normal => pb::Advice::Normal,
        Advice::StrictReview => pb::Advice::StrictReview,
        Advice::NoNotifyAndCommit => pb::Advice::NoNotifyAndCommit,
        Advice::StatutoryBar => pb::Advice::StatutoryBar,
    }
}
