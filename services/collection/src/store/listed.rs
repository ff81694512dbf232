//! Records of a page with their publications, as one statement reads them: both are of one state without a transaction.

use std::cmp::Reverse;

use chrono::NaiveDate;
use contract::collection::v1 as pb;
use db::Fingerprint;
use service::Error as Common;
use service::fitting::Page;

use super::list::key;
use super::publish::PublicationRow;
use super::record_row::{RecordRow, Stored};
use super::{Store, decision};

/// Ends a statement that begins with `WITH page AS (` and reads the records of a page by [`RecordRow`]. Its rows have no order of their
/// own: the engines would sort them with all that is in them.
pub(super) const WITH_PUBLICATIONS: &str = ")
    SELECT page.*, page.id AS record_id, COALESCE(c.chain, '') AS chain, COALESCE(c.state, '') AS chain_state,
           COALESCE(c.told_revision, 0) AS told_revision, c.published_on, c.ends_on, COALESCE(c.regime, '') AS regime,
           COALESCE(c.severity, '') AS severity, COALESCE(c.not_supplied, '') AS not_supplied,
           COALESCE(c.problem, '') AS problem, c.law_choice, c.stops_on,
           (SELECT d.text_digest FROM decision_document d WHERE d.record_id = page.id
            ORDER BY d.number DESC LIMIT 1) AS text_digest
    FROM page LEFT JOIN publication c ON c.record_id = page.id";

/// A record beside one of its publications, or beside none: one row for each that it has, and one where it has none.
#[derive(sqlx::FromRow)]
pub(super) struct Listed {
    #[sqlx(flatten)]
    record: RecordRow,
    #[sqlx(flatten)]
    publication: PublicationRow,
    /// Digest of the text that is for everyone, as the latest of its decision documents has it.
    text_digest: Option<String>,
}

/// A record with all of them.
struct Whole {
    record: RecordRow,
    publications: Vec<PublicationRow>,
    text_digest: String,
}

/// The records of these rows, the latest decision first and of one day the latest taken, with their publications in the order of the chains.
fn whole(mut rows: Vec<Listed>) -> Vec<Whole> {
    rows.sort_by(|one, other| {
        let place = |row: &Listed| Reverse((row.record.decided_on, row.record.rowid));
        place(one).cmp(&place(other)).then_with(|| one.publication.chain().cmp(other.publication.chain()))
    });
    let mut records: Vec<Whole> = Vec::new();
    for Listed { record, publication, text_digest } in rows {
        match records.last_mut().filter(|last| last.record.rowid == record.rowid) {
            Some(last) => last.publications.push(publication),
            None => records.push(Whole {
                record,
                publications: vec![publication],
                text_digest: text_digest.unwrap_or_default(),
            }),
        }
    }
    records
}

impl Store {
    /// The records of a page that was read with `LIMIT size + 1`, as many as fit into an answer, and the token of the next one.
    pub(super) fn page_of(
        &self,
        rows: Vec<Listed>,
        (size, fingerprint): (i64, Fingerprint),
        today: NaiveDate,
    ) -> Result<(Vec<pb::Record>, String), Common> {
        // The rows become the records, so that their contents are not copied: the page is one of their places.
        let mut records = whole(rows);
        let places: Vec<_> = records.iter().map(|one| (one.record.decided_on, one.record.rowid)).collect();
        let places = Page::of(places, size, fingerprint, |(day, rowid)| key(*day, rowid));
        records.truncate(places.rows.len());
        let told: Result<Vec<_>, Common> = records.into_iter().map(|one| self.told(one, today)).collect();
        Ok(places.cut(told?))
    }

    fn told(&self, whole: Whole, today: NaiveDate) -> Result<pb::Record, Common> {
        let Whole { record, publications, text_digest } = whole;
        let publications = publications.into_iter().filter_map(|row| row.publication().transpose());
        let publications = publications.collect::<Result<Vec<_>, Common>>()?;
        let mut record = self.as_of(Stored::try_from(record)?, &publications, today)?;
        // A text is named where somebody was told of the penalty, which is a small part of what is kept.
        if !record.publications.is_empty() {
            decision::name_text(&mut record, text_digest);
        }
        Ok(record)
    }
}
