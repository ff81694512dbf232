//! Moving an entry by one event of its machine.

use chrono::NaiveDate;
use contract::punishment::v1::AbnormalEntry;
use db::Tx;
use domain::OfficeCode;
use prost::Message;
use rulebook::Due;
use service::idempotency::{self, Claim};
use service::machine::Step;
use service::obligation::{self, NewDuty};

use super::report::look_again;
use super::row::{add_letter, find, update};
use super::stay::begin_stay;
use super::{DECIDE_WITHIN, FROM_LAPSE, carries, matter, standing, trigger};
use crate::api::convert;
use crate::domain::abnormal::{Entry, LetterRule, Order, SentLetter, unreachable_by};
use crate::domain::list::{Advance, EntryName};
use crate::domain::papers::Paper;
use crate::error::Error;
use crate::machines::abnormal::{
    ABNORMAL, CONSIDER_RETURN, CONSIDER_REVOCATION, DECIDE, Event, REMOVE, REMOVE_WITHIN, SIDE_BY_SIDE,
    State, VERIFY_REMOVAL, authority,
};
use crate::store::{Act, Store, corrupt, day_of_act};

/// Tag of the ground that letters must verify.
const UNREACHABLE: &str = "unreachable";
/// Tag of the ground of what the party was ordered to publish, and the period that an order gives it.
const BY_ORDER: &str = "immediate_info";
const ORDER_PERIOD: &str = "abnormal.order_to_publish.limit";
/// Tag of the grounds whose removal is decided within a period that counts from verification, and not from the request.
const REMOVAL_FROM_VERIFICATION: &str = "removal_from_verification";
/// Set of the grounds of removal, and the tag that says for which ground of listing each is.
pub(super) const REMOVAL_GROUND: &str = "abnormal_removal_ground";
const FOR: &str = "for";
/// Ground of the removal that follows the end of the party.
pub(super) const DEREGISTERED: &str = "ended";

impl Store {
    /// Moves an entry by one event of its machine.
    ///
    /// # Errors
    /// A refusal of the machine, or of what the law asks of the step; a field error where a party is to be listed that is no more, or a
    /// removal is asked for it.
    pub async fn advance_entry(
        &self,
        act: &Act<'_>,
        body: &impl Message,
        name: &EntryName,
        advance: &Advance<Event>,
    ) -> Result<AbnormalEntry, Error> {
        let mut tx = self.db.begin_write().await?;
        if let Claim::Repeat(answer) = idempotency::claim(&mut tx, &act.key, body, act.now).await? {
            return Ok(answer);
        }
        if advance.event.lists() || advance.event.asks_removal() {
            let party = find(&mut tx, name).await?.content.uscc;
            self.party_is_there(&mut tx, &party, ("name", act.today())).await?;
        }
        let mut entry = self.step_entry(&mut tx, act, name, advance).await?;
        if advance.event.confirms_listing() && self.reports_came_meanwhile(&mut tx, act, &entry).await? {
            entry = find(&mut tx, name).await?;
        }
        let answer = convert::abnormal_entry(&entry);
        idempotency::store_answer(&mut tx, &act.key, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// Moves an entry in a transaction of the caller: state, standing, duties and event together. What the machine does not allow, or
    /// the paper of the step does not bear, is refused, and then the caller's transaction must not be committed.
    pub(crate) async fn step_entry(
        &self,
        tx: &mut Tx,
        act: &Act<'_>,
        name: &EntryName,
        advance: &Advance<Event>,
    ) -> Result<Entry, Error> {
        let before = find(tx, name).await?;
        let actor = act.actor.on_proposal_of(proposer(&before, advance.event));
        let step = ABNORMAL.step(before.state, advance.event, &actor)?;
        let on = day_of_act(advance.effective_on, act.today(), before.acted_on.or(before.listed_on))?;
        self.check_entry(&before, advance, (act.actor.office, on))?;
        if advance.event.grants_removal() {
            self.reports_have_come(tx, &before, on).await?;
        }
        is_waited_for(tx, name, advance.event).await?;
        let due_on = if advance.due_by.is_some() {
            advance.due_by
        } else if advance.event.asks_removal() {
            self.last_day(self.removal_duty(&before, on).1, on)?
        } else {
            self.due(step.due, on)?
        };
        let due_on = earliest_beside(tx, &before, &step, due_on).await?;
        let mut after = Entry {
            state: step.to,
            due_on: before.due_on.filter(|_| advance.event.keeps_clock()).or(due_on),
            acted_on: Some(on),
            revision: before.revision + 1,
            updated_at: act.now,
            ..before.clone()
        };
        note_actor(&mut after, before.state, advance.event, act.actor.person);
        self.note_entry(&mut after, (before.state, act.actor.office), advance, on);
        if advance.event.orders() {
            self.note_order(&mut after, advance, on)?;
        }
        update(tx, &after, before.revision).await?;
        if after.letters.len() > before.letters.len() {
            add_letter(tx, &after).await?;
        }
        if after.state.stands() && !before.state.stands() {
            begin_stay(tx, name).await?;
        }
        if before.state.stands() != after.state.stands() || before.state.void() != after.state.void() {
            let changed =
                standing(&after).ok_or_else(|| corrupt(name.id(), "it was listed without a day"))?;
            self.write_standing(tx, &changed, after.state.void()).await?;
        }
        self.show_entry(tx, act, &before, &after).await?;
        if after.state.ended() && !before.state.ended() && !advance.event.ends_with_party() {
            look_again(tx, name).await?;
        }
        let subject = after.name.to_string();
        let owner = authority(&after.decided_by, act.actor.office);
        // Before the listing the authority that acts answers, whichever was thought to when the suspicion arose.
        if before.listed_on.is_none() && owner == act.actor.office {
            obligation::hand_over(tx, &subject, DECIDE, owner).await?;
        }
        let owner = OfficeCode::parse(owner).map_err(|problem| corrupt(name.id(), problem))?;
        let matter = matter(&subject, &after, Some(&owner));
        if let (true, Some(lapses_on)) = (advance.event.orders(), after.content.lapsed_on) {
            self.have_decided(tx, act, &after, lapses_on).await?;
        }
        if advance.event.asks_removal() {
            let (kind, parameter) = self.removal_duty(&after, on);
            let duty = NewDuty { matter, kind, office: owner.as_str(), parameter, start_on: on };
            obligation::open(tx, &duty, &self.book).await?;
        }
        obligation::follow(tx, &step, &matter, act.actor.person, on, &self.book).await?;
        if before.state.stands() && !after.state.stands() {
            // Whoever stands no longer is nobody whose licence is revoked for the stay.
            obligation::fulfil(tx, &subject, CONSIDER_REVOCATION, act.actor.person, on).await?;
        }
        if let Some(last_day) = advance.due_by {
            for duty in step.obliges() {
                obligation::set_last_day(tx, &subject, duty.kind, last_day).await?;
            }
        }
        self.tell_entry(tx, act, &after, Some(before.state), &advance.reason, on).await?;
        self.measures_follow(tx, act, &trigger(&after), (carries(&before), carries(&after)), on).await?;
        Ok(after)
    }

    /// Suspends an entry since a day, or ends its suspension, in a transaction of the caller; `reason` and the day of the act go with the
    /// event. Changes nothing when it is so already.
    pub(crate) async fn suspend_entry(
        &self,
        tx: &mut Tx,
        act: &Act<'_>,
        name: &EntryName,
        since: Option<NaiveDate>,
        (reason, on): (&str, NaiveDate),
    ) -> Result<(), Error> {
        let before = find(tx, name).await?;
        if before.suspended_on == since {
            return Ok(());
        }
        let revision = before.revision + 1;
        let after = Entry { suspended_on: since, revision, updated_at: act.now, ..before.clone() };
        update(tx, &after, before.revision).await?;
        if let Some(changed) = standing(&after) {
            self.write_suspension(tx, &changed, after.state.void(), (before.suspended_on, on)).await?;
        }
        self.show_entry(tx, act, &before, &after).await?;
        self.tell_entry(tx, act, &after, Some(before.state), reason, on).await?;
        self.measures_follow(tx, act, &trigger(&after), (carries(&before), carries(&after)), on).await
    }

    /// What the law asks of a step beyond its place in the machine.
    fn check_entry(
        &self,
        before: &Entry,
        advance: &Advance<Event>,
        (office, on): (&str, NaiveDate),
    ) -> Result<(), Error> {
        let missing = |error| Error::Common(service::Error::Rule(error));
        let listed_by = &before.decided_by;
        // Of entries from before it was noted, nobody knows who listed them.
        if advance.event.is_of_who_listed() && !listed_by.is_empty() && listed_by != office {
            let (office, authority) = (office.to_owned(), listed_by.clone());
            return Err(Error::ListedByOther { name: before.name.clone(), office, authority });
        }
        if advance.event.proposes_listing() {
            let ground = before.content.ground_code(&self.book, on);
            let tagged = |tag| ground.is_some_and(|code| code.has_tag(tag));
            if tagged(UNREACHABLE) && !unreachable_by(&before.letters, &self.book).map_err(missing)? {
                let rule = LetterRule::of(&self.book, on).map_err(missing)?;
                return Err(Error::LettersMissing { letters: before.letters.len(), rule });
            }
            match before.content.lapsed_on {
                None if tagged(BY_ORDER) => return Err(Error::OrderMissing(before.name.clone())),
                Some(until) if tagged(FROM_LAPSE) && on <= until => {
                    return Err(Error::OrderRunning { until });
                }
                _ => {}
            }
        }
        if advance.event.orders() && (!self.is_by_order(before, on) || before.content.lapsed_on.is_some()) {
            return Err(Error::OrderUnfit(before.name.clone()));
        }
        if let (true, Some(listed_on)) = (advance.event.objects(), before.listed_on) {
            let until = self.last_day("abnormal.objection.request", listed_on)?;
            if let Some(until) = until.filter(|until| on > *until) {
                return Err(Error::ObjectionLate { until });
            }
        }
        if let Some(Paper::RemovalGround(ground)) = &advance.paper {
            let listed = before.content.ground.as_str();
            let fitting =
                self.book.codes(REMOVAL_GROUND, on).filter(|code| code.tag_value(FOR) == Some(listed));
            let fitting: Vec<_> = fitting.map(|code| code.code.as_str()).collect();
            if !fitting.contains(&ground.as_str()) {
                let (ground, listed, fitting) = (ground.clone(), listed.to_owned(), fitting.join(", "));
                return Err(Error::RemovalGroundUnfit { ground, listed, fitting });
            }
        }
        Ok(())
    }

    /// Whether what the party did not publish is first ordered of it (企业信息公示暂行条例 art 10; order 68).
    fn is_by_order(&self, entry: &Entry, on: NaiveDate) -> bool {
        entry.content.ground_code(&self.book, on).is_some_and(|code| code.has_tag(BY_ORDER))
    }

    /// Whether the period for the decision about a removal counts from the day on which what it was asked for is verified (order 68).
    fn removal_counts_from_verification(&self, entry: &Entry, on: NaiveDate) -> bool {
        let ground = entry.content.ground_code(&self.book, on);
        ground.is_some_and(|code| code.has_tag(REMOVAL_FROM_VERIFICATION))
    }

    /// What a request for removal makes due first: kind of the duty, and parameter of its period.
    fn removal_duty(&self, entry: &Entry, on: NaiveDate) -> (&'static str, &'static str) {
        if self.removal_counts_from_verification(entry, on) {
            (VERIFY_REMOVAL, VERIFY_REMOVAL)
        } else {
            (REMOVE, REMOVE_WITHIN)
        }
    }

    /// Notes an order to publish: from the end of its period the decision is due.
    fn note_order(&self, after: &mut Entry, advance: &Advance<Event>, on: NaiveDate) -> Result<(), Error> {
        let document_no = advance.document_no.clone();
        after.order = document_no.map(|document_no| Order { document_no, ordered_on: on });
        let lapses_on = self.last_day(ORDER_PERIOD, on)?;
        let lapses_on =
            lapses_on.ok_or(Error::DateOutOfOrder { on, problem: "its period ends past the calendar" })?;
        after.content.lapsed_on = Some(lapses_on);
        after.due_on = self.last_day(DECIDE_WITHIN, lapses_on)?;
        Ok(())
    }

    /// Notes what a step fixes: the day and document of a listing, the day and ground of a removal, a letter.
    fn note_entry(
        &self,
        after: &mut Entry,
        (before, office): (State, &str),
        advance: &Advance<Event>,
        on: NaiveDate,
    ) {
        if after.state.stands() && !before.stands() {
            after.listed_on = Some(on);
            after.decision_no.clone_from(&advance.document_no);
            office.clone_into(&mut after.decided_by);
            // Of a removal that was undone stays what it was asked for on: it may stand after all.
            after.removed_on = None;
        }
        if advance.event.asks_removal() {
            after.removal_verified_on = None;
        } else if advance.event.verifies_removal() {
            after.removal_verified_on = Some(on);
        } else if advance.event.refuses_removal() {
            after.removal_refused_on = Some(on);
        }
        if before.stands() && !after.state.stands() {
            after.removed_on = Some(on);
        }
        match (&advance.paper, &advance.document_no) {
            (Some(Paper::RemovalGround(ground)), _) => after.removal_ground.clone_from(ground),
            (Some(Paper::Letter(letter)), Some(document_no)) => after.letters.push(SentLetter {
                document_no: document_no.clone(),
                sent_on: on,
                unsigned: letter.unsigned,
            }),
            _ => {}
        }
        if advance.event.ends_with_party() && before.stands() {
            let ended = self.book.codes(REMOVAL_GROUND, on).find(|code| code.has_tag(DEREGISTERED));
            after.removal_ground = ended.map(|code| code.code.clone()).unwrap_or_default();
        }
    }
}

/// Refuses an answer that nobody waits for: a verification where the period for the decision runs already (from the request, from a
/// verification, or from the decision of a body above), and one about a licence, or about a party that has returned, where nobody asked.
async fn is_waited_for(tx: &mut Tx, name: &EntryName, event: Event) -> Result<(), Error> {
    let subject = name.to_string();
    if event.verifies_removal() && obligation::last_day(tx, &subject, REMOVE).await?.is_some() {
        return Err(Error::RemovalVerificationUnfit(name.clone()));
    }
    if event.considers_revocation()
        && obligation::last_day(tx, &subject, CONSIDER_REVOCATION).await?.is_none()
    {
        return Err(Error::RevocationNotAsked(name.clone()));
    }
    if event.considers_return() && obligation::last_day(tx, &subject, CONSIDER_RETURN).await?.is_none() {
        return Err(Error::ReturnNotAsked(name.clone()));
    }
    Ok(())
}

/// Who put forward what a step decides: about an objection, who took the step before about that. Of objections from before that was noted,
/// nobody knows more than who took the last step.
fn proposer(before: &Entry, event: Event) -> &str {
    if event.is_about_objection() && !before.objection_actor.is_empty() {
        &before.objection_actor
    } else {
        &before.last_actor
    }
}

/// Notes who took a step. Beside a removal, a step about an objection is none about the removal; one about the licence is about neither.
fn note_actor(after: &mut Entry, before: State, event: Event, person: &str) {
    if event.considers_revocation() {
        return;
    }
    let about_objection = event.is_about_objection();
    if !(about_objection && before.awaits_removal()) {
        person.clone_into(&mut after.last_actor);
    }
    if !after.state.is_objected() {
        after.objection_actor.clear();
    } else if about_objection {
        person.clone_into(&mut after.objection_actor);
    }
}

/// Last day of what is due after a step, by which `own` is: where an objection and a removal are open side by side before it or after it,
/// the earliest of `own` and of what goes on to be due.
async fn earliest_beside(
    tx: &mut Tx,
    before: &Entry,
    step: &Step<State>,
    own: Option<NaiveDate>,
) -> Result<Option<NaiveDate>, Error> {
    let mut earliest = own;
    if !(before.state.has_both_open() || step.to.has_both_open()) {
        return Ok(earliest);
    }
    let subject = before.name.to_string();
    for kind in SIDE_BY_SIDE {
        if step.fulfils.contains(&kind) {
            continue;
        }
        let day = obligation::last_day(tx, &subject, kind).await?.and_then(Due::date);
        earliest = [earliest, day].into_iter().flatten().min();
    }
    Ok(earliest)
}
