//! Permits told by collection: what becomes a licence, what is refused, what is withdrawn.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDate;
use db::{Tx, on};
use domain::{MicrosUtc, Uscc, licence_key};
use service::machine::Office;
use service::obligation::{self, Matter, NewDuty, fulfil_all, open_all};
use sqlx::QueryBuilder;

use super::enterprise::enter_registration;
use super::licence_row::{licences_by_number, licences_by_record, write_licences};
use super::outcome::Outcome;
use super::settle::settle;
use super::sql::{push_list, rows_per_statement};
use super::{Act, ENTERPRISES, Store};
use crate::domain::{Decision, HeldByAnother, Licence, LicenceContent, MarkKey, Refusal};
use crate::error::Error;

/// Kind, and parameter, of the duty to look at a licence whose permit record was withdrawn: whether an act has ended it, which is then
/// recorded, or another paper stands behind it.
pub(super) const LOOK: &str = "licence.record_withdrawn";
/// What is wrong with a permit whose number was another holder's until nothing stood behind that any more.
const FREED: &str =
    "the number is free since: record the licence by hand, or have its provider tell the record again";
/// Columns of a refused permit, in the order in which they are written.
const COLUMNS: usize = 10;

/// One fact of collection, and the event that told it.
#[derive(Clone, Debug)]
pub struct Told {
    /// Identifier of the event.
    pub cause: String,
    /// What it told.
    pub fact: PermitFact,
}

/// What collection told about a permit of a key field.
#[derive(Clone, Debug)]
pub enum PermitFact {
    /// A permit that reads as a licence.
    Told {
        /// Record of collection.
        record: String,
        /// The number.
        licence_no: String,
        /// What it says.
        content: Box<LicenceContent>,
        /// Date of the decision.
        decided_on: NaiveDate,
        /// Whether the record said something else before, which stands no longer.
        again: bool,
        /// What to keep if it turns out that the number is another's.
        refused: RefusedPermit,
    },
    /// A permit that does not.
    Refused(RefusedPermit),
    /// The record was withdrawn: its basis was changed, revoked or found void.
    Withdrawn {
        /// Record of collection.
        record: String,
    },
}

/// A permit that could not become a licence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedPermit {
    /// Record of collection.
    pub record: String,
    /// Credit code of the holder, as told.
    pub uscc: String,
    /// Name of the holder, as told.
    pub party_name: String,
    /// Key field.
    pub field: String,
    /// Number, as told.
    pub permit_no: String,
    /// Division of the record; empty when not known.
    pub division: String,
    /// Why it is refused.
    pub reason: Refusal,
    /// What is wrong, in words.
    pub problem: String,
    /// When it was refused.
    pub refused_at: MicrosUtc,
}

/// A row as stored.
#[derive(sqlx::FromRow)]
pub(super) struct RefusedPermitRow {
    record: String,
    uscc: String,
    party_name: String,
    field: String,
    permit_no: String,
    division: String,
    #[sqlx(try_from = "String")]
    reason: Refusal,
    problem: String,
    refused_at_us: i64,
}

impl From<RefusedPermitRow> for RefusedPermit {
    fn from(row: RefusedPermitRow) -> Self {
        Self {
            record: row.record,
            uscc: row.uscc,
            party_name: row.party_name,
            field: row.field,
            permit_no: row.permit_no,
            division: row.division,
            reason: row.reason,
            problem: row.problem,
            refused_at: MicrosUtc(row.refused_at_us),
        }
    }
}

/// A refused permit, with its number as numbers are compared.
#[derive(sqlx::FromRow)]
struct RefusedNumber {
    record: String,
    uscc: String,
    field: String,
    #[sqlx(try_from = "String")]
    reason: Refusal,
    problem: String,
    number: String,
}

impl RefusedNumber {
    /// Why it is refused now that the licence of its number is as it is, also in words; `None` where that is said already, or where its
    /// number is not what is wrong.
    fn wrong_now(&self, licence: &Licence) -> Option<(Refusal, String)> {
        if !self.reason.is_for_number() {
            return None;
        }
        let mark = licence.mark();
        let is_its_own = mark.uscc.as_str() == self.uscc && mark.field.as_str() == self.field;
        let (reason, problem) = if is_its_own || licence.vacated_on.is_some() {
            (Refusal::NumberFree, FREED.to_owned())
        } else {
            (Refusal::HeldByAnother, HeldByAnother(mark).to_string())
        };
        ((self.reason, self.problem.as_str()) != (reason, problem.as_str())).then_some((reason, problem))
    }
}

/// What a batch of facts leaves to be written.
#[derive(Default)]
struct Batch {
    /// Licences as known or as changed so far, by number.
    licences: HashMap<String, Licence>,
    /// Numbers of those that changed, each with the event that changed it last.
    changed: BTreeMap<String, String>,
    /// Refused permits by record; `None`: no longer refused.
    refused: HashMap<String, Option<RefusedPermit>>,
    /// Marks of fields that a licence has left, each with the event by which it did.
    left: BTreeMap<MarkKey, String>,
    /// Holders under whose names licences were, each with the number.
    passed: BTreeSet<(Uscc, String)>,
}

impl Store {
    /// Takes facts of collection in their order, in the caller's transaction: licences, refused permits, and the marks that
    /// follow. Facts that are known already change nothing.
    pub async fn take_permits(&self, tx: &mut Tx, act: &Act, facts: &[Told]) -> Result<(), Error> {
        if facts.is_empty() {
            return Ok(());
        }
        obligation::stay(tx, ENTERPRISES).await?;
        enter_registration(tx).await?;
        let mut batch = Batch { licences: known(tx, facts).await?, ..Batch::default() };
        let known: HashMap<String, i64> =
            batch.licences.values().map(|licence| (licence.licence_no.clone(), licence.revision)).collect();
        for told in facts {
            batch.take(told, act, &known);
        }
        let changed: Vec<&Licence> =
            batch.changed.keys().filter_map(|number| batch.licences.get(number)).collect();
        write_licences(tx, &changed).await?;
        look_at(tx, self, act, &changed).await?;
        write_refused(tx, &batch.refused).await?;
        tell_whose(tx, &changed).await?;
        let causes = changed.iter().map(|licence| (licence.mark(), &batch.changed[&licence.licence_no]));
        let causes = batch.left.iter().map(|(mark, cause)| (mark.clone(), cause)).chain(causes);
        let contexts = causes.map(|(mark, cause)| (mark, act.caused_by(cause))).collect();
        let mut outcome = Outcome::of(act).in_contexts(&contexts);
        changed.iter().for_each(|licence| outcome.licence(licence));
        for (before, number) in &batch.passed {
            batch.licences.get(number).into_iter().for_each(|licence| outcome.licence_left(before, licence));
        }
        let marks = changed.iter().map(|licence| licence.mark()).chain(batch.left.keys().cloned());
        let marks: BTreeSet<MarkKey> = marks.collect();
        settle(tx, &mut outcome, act, &marks).await?;
        outcome.write(tx, self).await.map(drop)
    }
}

impl Batch {
    fn take(&mut self, Told { cause, fact }: &Told, act: &Act, known: &HashMap<String, i64>) {
        match fact {
            PermitFact::Told { record, licence_no, content, decided_on, again, refused } => {
                if *again {
                    self.end(record, licence_no, cause, act, known);
                }
                let decision = Decision { source_record: record, decided_on: *decided_on, now: act.now };
                let before = self.licences.get(licence_no);
                match Licence::accept(before, licence_no, (**content).clone(), decision) {
                    Ok(licence) => {
                        let leaves = before.map(Licence::mark);
                        let joins = licence.as_ref().map(Licence::mark);
                        if let (Some(leaves), Some(joins)) = (leaves, joins)
                            && leaves != joins
                        {
                            self.passed.insert((leaves.uscc.clone(), licence_no.clone()));
                            self.left.insert(leaves, cause.clone());
                        }
                        self.refused.insert(record.clone(), None);
                        self.put(licence, cause, known);
                    }
                    Err(problem @ HeldByAnother(_)) => {
                        let (reason, problem) = (Refusal::HeldByAnother, problem.to_string());
                        let refused = RefusedPermit { reason, problem, ..refused.clone() };
                        self.refused.insert(record.clone(), Some(refused));
                        // Where it told this licence before an officer changed the entry, it tells another's now: only he says so.
                        self.end(record, "", cause, act, known);
                    }
                }
            }
            PermitFact::Refused(refused) => {
                self.end(&refused.record, "", cause, act, known);
                self.refused.insert(refused.record.clone(), Some(refused.clone()));
            }
            PermitFact::Withdrawn { record } => {
                self.refused.insert(record.clone(), None);
                self.end(record, "", cause, act, known);
            }
        }
    }

    /// Ends the licence that rests on a record, unless it is that of the number `except`. What an officer has made of one that it told stands
    /// by itself from then on.
    fn end(&mut self, record: &str, except: &str, cause: &str, act: &Act, known: &HashMap<String, i64>) {
        let rests = |licence: &&Licence| {
            let resting = licence.source_record == *record && licence.licence_no != except;
            resting && licence.vacated_on.is_none()
        };
        let resting = self.licences.values().find(rests);
        self.put(resting.map(|licence| licence.vacated(act.today, act.now)), cause, known);
        let told = |licence: &&Licence| {
            licence.record_behind.as_deref() == Some(record) && licence.licence_no != except
        };
        let changed = self.licences.values().find(told);
        self.put(changed.map(|licence| licence.stands_alone(act.now)), cause, known);
    }

    /// Keeps a changed licence; several changes in one batch are one revision, so that the row is written once.
    fn put(&mut self, licence: Option<Licence>, cause: &str, known: &HashMap<String, i64>) {
        let Some(mut licence) = licence else { return };
        licence.revision = known.get(&licence.licence_no).map_or(1, |revision| revision + 1);
        self.changed.insert(licence.licence_no.clone(), cause.to_owned());
        self.licences.insert(licence.licence_no.clone(), licence);
    }
}

/// A licence was recorded by hand: the permits of its holder that were refused under its number have become one.
pub(super) async fn settle_refused(
    tx: &mut Tx,
    licence_no: &str,
    content: &LicenceContent,
) -> Result<(), sqlx::Error> {
    const SQL: &str = "DELETE FROM refused_permit WHERE number = $1 AND uscc = $2 AND field = $3";
    on!(tx, |conn| sqlx::query(SQL)
        .bind(licence_key(licence_no))
        .bind(content.uscc.as_str())
        .bind(content.field.as_str())
        .execute(conn)
        .await
        .map(drop))
}

/// Says of the permits that were refused for the number of one of these licences whose it is from now on, or that it is free: what they say
/// was not kept, and nobody tells it again by himself.
pub(super) async fn tell_whose(tx: &mut Tx, licences: &[&Licence]) -> Result<(), sqlx::Error> {
    const FIND: &str =
        "SELECT record, uscc, field, reason, problem, number FROM refused_permit WHERE number IN";
    const SQL: &str = "UPDATE refused_permit SET reason = $2, problem = $3 WHERE record = $1";
    let by_number: HashMap<String, &Licence> =
        licences.iter().map(|licence| (licence_key(&licence.licence_no), *licence)).collect();
    let numbers: Vec<&str> = by_number.keys().map(String::as_str).collect();
    let mut refused: Vec<RefusedNumber> = db::rows_of(tx, FIND, &numbers).await?;
    // Whoever writes several does so in this order.
    refused.sort_by(|one, other| one.record.cmp(&other.record));
    for permit in &refused {
        let wrong = by_number.get(&permit.number).and_then(|licence| permit.wrong_now(licence));
        let Some((reason, problem)) = wrong else { continue };
        on!(tx, |conn| sqlx::query(SQL)
            .bind(permit.record.as_str())
            .bind(reason.as_str())
            .bind(problem.as_str())
            .execute(conn)
            .await
            .map(drop))?;
    }
    Ok(())
}

/// Opens the duty to look at the licences whose record was withdrawn, and fulfils that of the others, at the office that keeps the
/// list of enterprises from permits.
pub(super) async fn look_at(
    tx: &mut Tx,
    store: &Store,
    act: &Act,
    changed: &[&Licence],
) -> Result<(), service::Error> {
    let names: Vec<_> = changed.iter().map(|licence| (licence.name(), *licence)).collect();
    let standing = names.iter().filter(|(_, licence)| licence.vacated_on.is_none());
    let standing: Vec<&str> = standing.map(|(name, _)| name.as_str()).collect();
    fulfil_all(tx, &standing, LOOK, &act.context.actor, act.today).await?;
    let vacated = names.iter().filter(|(_, licence)| licence.vacated_on.is_some());
    let duties: Vec<_> = vacated
        .map(|(name, licence)| NewDuty {
            matter: Matter {
                subject: name,
                field: Some(&licence.content.field),
                division: licence.content.site_division.as_ref(),
                owner: None,
            },
            kind: LOOK,
            office: Office::LEGAL.code(),
            parameter: LOOK,
            start_on: act.today,
        })
        .collect();
    open_all(tx, &duties, &store.book).await
}

async fn known(tx: &mut Tx, facts: &[Told]) -> Result<HashMap<String, Licence>, Error> {
    let (mut numbers, mut records) = (Vec::new(), Vec::new());
    for told in facts {
        match &told.fact {
            PermitFact::Told { licence_no, record, again, .. } => {
                numbers.push(licence_no.as_str());
                records.extend(again.then_some(record.as_str()));
            }
            PermitFact::Withdrawn { record } => records.push(record.as_str()),
            PermitFact::Refused(refused) => records.push(refused.record.as_str()),
        }
    }
    let mut licences = licences_by_number(tx, &numbers).await?;
    licences.extend(licences_by_record(tx, &records).await?);
    Ok(licences.into_iter().map(|licence| (licence.licence_no.clone(), licence)).collect())
}

async fn write_refused(
    tx: &mut Tx,
    refused: &HashMap<String, Option<RefusedPermit>>,
) -> Result<(), sqlx::Error> {
    const DELETE: &str = "DELETE FROM refused_permit WHERE record IN";
    const INSERT: &str = "
        INSERT INTO refused_permit (record, uscc, party_name, field, permit_no, number, division, reason, problem,
            refused_at_us) ";
    // All of them: a permit refused again is refused for what is wrong with it now.
    let records: Vec<&str> = refused.keys().map(String::as_str).collect();
    on!(tx, |conn| {
        let mut sql = QueryBuilder::new(DELETE);
        push_list(&mut sql, &records);
        sql.build().persistent(false).execute(conn).await.map(drop)
    })?;
    let rows: Vec<&RefusedPermit> = refused.values().flatten().collect();
    for rows in rows.chunks(rows_per_statement(COLUMNS)) {
        on!(tx, |conn| {
            let mut sql = QueryBuilder::new(INSERT);
            sql.push_values(rows, |mut row, permit| {
                row.push_bind(&permit.record)
                    .push_bind(&permit.uscc)
                    .push_bind(&permit.party_name)
                    .push_bind(&permit.field)
                    .push_bind(&permit.permit_no)
                    .push_bind(licence_key(&permit.permit_no))
                    .push_bind(&permit.division)
                    .push_bind(permit.reason.as_str())
                    .push_bind(&permit.problem)
                    .push_bind(permit.refused_at.micros());
            });
            sql.build().execute(conn).await.map(drop)
        })?;
    }
    Ok(())
}
