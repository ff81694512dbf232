//! The table `objection`: the message as it stands, and beside it what lists and rules ask for.

use contract::collection::v1 as pb;
use db::{Tx, on};
use outbox::NewEvent;
use prost::Message;
use service::Error as Common;
use service::auth::Caller;
use service::machine::{Actor, Step};
use service::obligation::{self, NewDuty};

use super::super::record_row::Stored;
use super::super::take::subject_of;
use super::super::{Act, Store, record};
use crate::domain::NaturalId;
use crate::error::Error;
use crate::machines::objection::{Event, OBJECTION, State};

/// Kind of the event of an objection that was lodged, or went on.
const CHANGED: &str = "collection.objection.changed";

/// An objection with its record, as both stand now.
pub(super) struct Found {
    /// As the contract writes it.
    pub(super) objection: pb::Objection,
    /// Its state.
    pub(super) state: State,
    /// The record.
    pub(super) record: Stored,
}

/// Reads the message of a row.
pub(super) fn read(content: &[u8]) -> Result<pb::Objection, Common> {
    pb::Objection::decode(content).map_err(|problem| Common::corrupt(format!("objection: {problem}")))
}

/// The objection `id`, if it is there.
pub(super) async fn find(tx: &mut Tx, id: &NaturalId) -> Result<Option<Found>, Common> {
    const SQL: &str = "SELECT content FROM objection WHERE id = $1";
    let content: Option<Vec<u8>> =
        on!(tx, |conn| sqlx::query_scalar(SQL).bind(id.as_str()).fetch_optional(conn).await)?;
    let Some(content) = content else { return Ok(None) };
    let objection = read(&content)?;
    let corrupt = |problem: String| Common::corrupt(format!("{}: {problem}", objection.name));
    let state = objection.state.parse().map_err(corrupt)?;
    let of =
        NaturalId::from_name(&objection.record, "records").map_err(|problem| corrupt(problem.to_string()))?;
    let record = record::find(tx, &of).await?.ok_or_else(|| corrupt("it has no record".to_owned()))?;
    Ok(Some(Found { objection, state, record }))
}

/// The objection `id`, as far as the caller may see its record.
pub(super) async fn find_for(tx: &mut Tx, id: &NaturalId, caller: &Caller) -> Result<Found, Error> {
    let found = find(tx, id).await?.ok_or_else(|| Error::ObjectionNotFound(id.clone()))?;
    found.record.may_be_touched_by(caller)?;
    Ok(found)
}

/// Writes a new objection. `false` when another one to the record is open.
pub(super) async fn insert(
    tx: &mut Tx,
    id: &NaturalId,
    objection: &pb::Objection,
    created_us: i64,
) -> Result<bool, Common> {
    const SQL: &str = "
        INSERT INTO objection (id, record_id, state, revision, created_us, content) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT DO NOTHING";
    let written = on!(tx, |conn| sqlx::query(SQL)
        .bind(id.as_str())
        .bind(objection.record.trim_start_matches("records/"))
        .bind(objection.state.as_str())
        .bind(objection.revision)
        .bind(created_us)
        .bind(objection.encode_to_vec())
        .execute(conn)
        .await?
        .rows_affected());
    Ok(written == 1)
}

/// Writes an objection that was read one revision before.
async fn update(tx: &mut Tx, objection: &pb::Objection) -> Result<(), Common> {
    const SQL: &str = "
        UPDATE objection SET state = $3, revision = $2, content = $4 WHERE id = $1 AND revision = $2 - 1";
    let written = on!(tx, |conn| sqlx::query(SQL)
        .bind(objection.name.trim_start_matches("objections/"))
        .bind(objection.revision)
        .bind(objection.state.as_str())
        .bind(objection.encode_to_vec())
        .execute(conn)
        .await?
        .rows_affected());
    if written == 1 { Ok(()) } else { Err(Common::Contended) }
}

impl Store {
    /// Puts an objection into the state of `step`, opens and fulfils duties, and tells it.
    pub(super) async fn change_objection(
        &self,
        tx: &mut Tx,
        act: &Act,
        person: &str,
        step: &Step<State>,
        mut objection: pb::Objection,
        record: &Stored,
    ) -> Result<pb::Objection, Common> {
        objection.state = step.to.word().to_owned();
        objection.revision += 1;
        if !step.to.is_open() {
            objection.closed_on = act.today.to_string();
        }
        update(tx, &objection).await?;
        self.follow_objection(tx, act, person, step, &objection, record).await?;
        Ok(objection)
    }

    /// Does what a step says about duties, whose periods run from the day of the lodging, and tells the objection.
    pub(super) async fn follow_objection(
        &self,
        tx: &mut Tx,
        act: &Act,
        person: &str,
        step: &Step<State>,
        objection: &pb::Objection,
        record: &Stored,
    ) -> Result<(), Common> {
        let corrupt =
            |problem: &dyn std::fmt::Display| Common::corrupt(format!("{}: {problem}", objection.name));
        for kind in step.fulfils {
            obligation::fulfil(tx, &objection.name, kind, person, act.today).await?;
        }
        let owner = record.owner(&self.book);
        let owner = owner.as_ref().ok_or_else(|| corrupt(&"nobody answers for its record"))?;
        let start_on = domain::parse_date(&objection.lodged_on).map_err(|problem| corrupt(&problem))?;
        for duty in step.obliges() {
            let matter = obligation::Matter { subject: &objection.name, ..record.matter(Some(owner)) };
            let (kind, parameter) = (duty.kind, duty.parameter);
            let duty = NewDuty { matter, kind, office: owner.as_str(), parameter, start_on };
            obligation::open(tx, &duty, &self.book).await?;
        }
        let payload = pb::ObjectionEvent { objection: Some(objection.clone()) }.encode_to_vec();
        let subject = subject_of(&record.record);
        let (kind, effective_on, context) = (CHANGED, act.today, &act.context);
        let told = NewEvent { kind, subject, effective_on, context, payload };
        self.outbox.append(tx, &told).await?;
        Ok(())
    }

    /// Closes the open objection to a record that ends, or says something else, by another act.
    pub(in super::super) async fn lapse_objection(
        &self,
        tx: &mut Tx,
        act: &Act,
        record: &Stored,
        reason: &str,
    ) -> Result<(), Common> {
        let Ok(id) = NaturalId::from_name(&record.record.open_objection, "objections") else { return Ok(()) };
        let Some(mut found) = find(tx, &id).await? else { return Ok(()) };
        let system = Actor::system();
        let step = OBJECTION.step(found.state, Event::Lapse, &system)?;
        found.objection.remark = reason.to_owned();
        self.change_objection(tx, act, system.person, &step, found.objection, record).await?;
        Ok(())
    }
}
