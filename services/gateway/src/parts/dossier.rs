//! What one service knows of an enterprise, in one answer: which parts of a profile it holds, and which it lacks.

use contract::{collection, common::v1::UnansweredPart, inspection, punishment, registry, risk};
use prost::Message;

use crate::{cache::Keep, forward::Home};

/// Code of a part that the caller may not read.
const REFUSED: &str = "PERMISSION_DENIED";

/// The answer of a service about one enterprise.
pub(super) trait Dossier: Message + Default {
    /// The service.
    const HOME: Home;
    /// The parts that it holds, by the names that they have here and in a profile, in the order in which missing ones are named.
    const PARTS: &'static [&'static str];
    /// Those of them whose every reading the service logs.
    const LOGGED: &'static [&'static str] = &[];

    /// The parts that it lacks.
    fn missing(&self) -> &[UnansweredPart];

    /// Parts that do not come the latest first and have more elements than were read: those may be later ones.
    fn unread(&self) -> Vec<&'static str>;

    /// Why a part is lacking; `None` for one that is there.
    fn lacks(&self, part: &str) -> Option<&UnansweredPart> {
        self.missing().iter().find(|missing| missing.part == part)
    }

    /// Whether it may be kept: nothing of it has failed, and all was read. What a caller may not read it may not read a moment later.
    fn keep(&self) -> Keep {
        let whole = self.unread().is_empty() && self.missing().iter().all(|missing| missing.code == REFUSED);
        if whole { Keep::With { logged: self.logged() } } else { Keep::No }
    }

    /// Parts that are in it and whose every reading the service logs.
    fn logged(&self) -> Vec<&'static str> {
        Self::LOGGED.iter().copied().filter(|part| self.lacks(part).is_none()).collect()
    }
}

/// The names of the parts that are said to be so.
fn named<const N: usize>(parts: [(&'static str, bool); N]) -> Vec<&'static str> {
    parts.into_iter().filter(|(_, so)| *so).map(|(part, _)| part).collect()
}

impl Dossier for registry::v1::Dossier {
    const HOME: Home = Home::Registry;
    const PARTS: &'static [&'static str] = &["enterprise", "licences", "marks", "commitments"];

    fn missing(&self) -> &[UnansweredPart] {
        &self.missing
    }

    fn unread(&self) -> Vec<&'static str> {
        named([
            ("licences", self.more_licences),
            ("marks", self.more_marks),
            ("commitments", self.more_commitments),
        ])
    }
}

impl Dossier for collection::v1::Dossier {
    const HOME: Home = Home::Collection;
    const PARTS: &'static [&'static str] = &["records", "tickets", "objections", "remedies"];

    fn missing(&self) -> &[UnansweredPart] {
        &self.missing
    }

    fn unread(&self) -> Vec<&'static str> {
        Vec::new()
    }
}

impl Dossier for risk::v1::Dossier {
    const HOME: Home = Home::Risk;
    const PARTS: &'static [&'static str] = &["classes", "flags"];
    const LOGGED: &'static [&'static str] = Self::PARTS;

    fn missing(&self) -> &[UnansweredPart] {
        &self.missing
    }

    fn unread(&self) -> Vec<&'static str> {
        named([("classes", self.more_classes)])
    }
}

impl Dossier for inspection::v1::Dossier {
    const HOME: Home = Home::Inspection;
    const PARTS: &'static [&'static str] = &["visits", "rectifications"];

    fn missing(&self) -> &[UnansweredPart] {
        &self.missing
    }

    fn unread(&self) -> Vec<&'static str> {
        named([("visits", self.more_visits), ("rectifications", self.more_rectifications)])
    }
}

impl Dossier for punishment::v1::Dossier {
    const HOME: Home = Home::Punishment;
    const PARTS: &'static [&'static str] =
        &["abnormal_entries", "serious_cases", "measures", "repairs", "entry_remedies", "check"];

    fn missing(&self) -> &[UnansweredPart] {
        &self.missing
    }

    fn unread(&self) -> Vec<&'static str> {
        named([
            ("abnormal_entries", self.more_abnormal_entries),
            ("serious_cases", self.more_serious_cases),
            ("measures", self.more_measures),
            ("repairs", self.more_repairs),
            ("entry_remedies", self.more_entry_remedies),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn without(part: &str, code: &str) -> UnansweredPart {
        UnansweredPart { part: part.to_owned(), code: code.to_owned(), ..UnansweredPart::default() }
    }

    #[test]
    fn what_a_caller_may_not_read_is_kept_and_only_what_is_there_is_logged() {
        let whole = risk::v1::Dossier::default();
        assert_eq!(whole.keep(), Keep::With { logged: vec!["classes", "flags"] });
        let missing = vec![without("flags", REFUSED)];
        let narrower = risk::v1::Dossier { missing, ..risk::v1::Dossier::default() };
        assert_eq!(narrower.keep(), Keep::With { logged: vec!["classes"] });
        assert_eq!(registry::v1::Dossier::default().keep(), Keep::With { logged: Vec::new() });
    }

    #[test]
    fn what_has_failed_or_was_not_read_to_its_end_is_not_kept() {
        let missing = vec![without("tickets", "INTERNAL")];
        let failed = collection::v1::Dossier { missing, ..collection::v1::Dossier::default() };
        assert_eq!(failed.keep(), Keep::No);
        let unread = inspection::v1::Dossier { more_visits: true, ..inspection::v1::Dossier::default() };
        assert_eq!(unread.keep(), Keep::No);
        let unread = punishment::v1::Dossier { more_repairs: true, ..punishment::v1::Dossier::default() };
        assert_eq!((unread.keep(), unread.unread()), (Keep::No, vec!["repairs"]));
        // These come the latest first: what was not read is older.
        let older = collection::v1::Dossier { more_records: true, ..collection::v1::Dossier::default() };
        assert_eq!(older.keep(), Keep::With { logged: Vec::new() });
    }
}
