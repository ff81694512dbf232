//! What the law asks of a step of a case beyond its place in the machine.

use chrono::NaiveDate;
use db::Tx;
use service::FieldErrors;

use super::row::{has_acted, served_on};
use crate::domain::assessment::{must_drop, unweighed};
use crate::domain::heavier::{arises_later, restricts};
use crate::domain::list::Advance;
use crate::domain::papers::{Assessment, Decision, Hearing, Paper};
use crate::domain::serious::Case;
use crate::error::Error;
use crate::machines::serious::{Event, defence_period};
use crate::store::{Store, corrupt};

/// How often a hearing may be called anew: so many former ones a case keeps.
const MOST_FORMER_HEARINGS: usize = 20;

impl Store {
    /// Compares a step of a person with the law of its day.
    ///
    /// # Errors
    /// The first thing that bars it.
    pub(super) async fn check_case(
        &self,
        tx: &mut Tx,
        before: &Case,
        advance: &Advance<Event>,
        (on, by): (NaiveDate, &str),
    ) -> Result<(), Error> {
        if before.state.waits_for_defence() && advance.event.ends_defence() {
            self.defence_is_over(tx, before, on).await?;
        }
        if advance.event.asks_for_hearing() {
            self.asked_in_time(tx, before, on).await?;
        }
        if advance.event.tells_elsewhere() {
            self.something_is_to_be_told(tx, before).await?;
        }
        if advance.event.keeps_listing() {
            self.basis_is_in_doubt(tx, before).await?;
        }
        if let (true, Some(assessment)) = (advance.event.goes_on(), &before.papers.assessment)
            && let Some(why) = must_drop(assessment, &self.book, on).map_err(service::Error::from)?
        {
            return Err(Error::MustBeDropped(why));
        }
        if let Some(hearing) = &before.papers.hearing {
            fits_hearing(advance.event, hearing, on)?;
        }
        match &advance.paper {
            Some(Paper::Assessment(assessment)) => self.weighed(assessment, on),
            Some(Paper::Hearing(hearing)) if advance.event.calls_anew() => {
                self.hearing_anew_is_fair(before, hearing, on)?;
                by_a_stranger(tx, before, hearing, by).await
            }
            Some(Paper::Hearing(hearing)) => {
                self.hearing_is_fair(tx, before, hearing, on).await?;
                by_a_stranger(tx, before, hearing, by).await
            }
            Some(Paper::Decision(decision)) => {
                self.with_penalty(&before.content.ground, decision, on)?;
                self.restricts_if_it_says_so(before, decision, on)
            }
            Some(Paper::Letter(_) | Paper::RemovalGround(_)) | None => Ok(()),
        }
    }

    fn weighed(&self, assessment: &Assessment, on: NaiveDate) -> Result<(), Error> {
        let missing = unweighed(assessment, &self.book, on);
        if missing.is_empty() { Ok(()) } else { Err(Error::FactorsUnweighed { factors: missing.join(", ") }) }
    }

    /// The party asked in time, from the day of the notice on, and is told so many working days before (行政处罚法 arts 64 and 85).
    async fn hearing_is_fair(
        &self,
        tx: &mut Tx,
        before: &Case,
        hearing: &Hearing,
        on: NaiveDate,
    ) -> Result<(), Error> {
        let asked = hearing.requested_on;
        self.asked_in_time(tx, before, asked).await?;
        if asked > on {
            return Err(Error::DateOutOfOrder {
                on: asked,
                problem: "the hearing is called before it was asked for",
            });
        }
        if served_on(tx, &before.name).await?.is_some_and(|served| asked < served) {
            return Err(Error::DateOutOfOrder { on: asked, problem: "it lies before the day of the notice" });
        }
        self.told_in_time(hearing, on)
    }

    /// What the party asked for stays, something else does not, and of another day it is told in time again: that somebody else conducts
    /// the hearing on the day that it knows gives it no less time.
    fn hearing_anew_is_fair(&self, before: &Case, hearing: &Hearing, on: NaiveDate) -> Result<(), Error> {
        let called = before.papers.hearing.as_ref();
        let called =
            called.ok_or_else(|| corrupt(before.name.id(), "no hearing is on file that was called"))?;
        let mut fields = FieldErrors::default();
        if hearing.requested_on != called.requested_on {
            let problem = format!("is {} in the hearing that was called", called.requested_on);
            fields.push("hearing.requested_on", problem);
        }
        if (&hearing.conducted_by, hearing.held_on) == (&called.conducted_by, called.held_on) {
            fields.push("hearing", "is called so already: neither the officer nor the day is another one");
        }
        if before.papers.former_hearings.len() >= MOST_FORMER_HEARINGS {
            fields.push("hearing", format!("was called anew {MOST_FORMER_HEARINGS} times already"));
        }
        fields.into_result()?;
        let is_told = hearing.held_on == called.held_on && on <= called.held_on;
        if is_told { Ok(()) } else { self.told_in_time(hearing, on) }
    }

    /// A party that is told on a day has so many working days until the hearing (行政处罚法 art 64 (2)).
    fn told_in_time(&self, hearing: &Hearing, on: NaiveDate) -> Result<(), Error> {
        let earliest = self.last_day("hearing.notice", on)?.ok_or(Error::DefencePeriodUnknown)?;
        if hearing.held_on < earliest { Err(Error::HearingTooEarly { earliest }) } else { Ok(()) }
    }

    /// Last day on which the party may defend itself and ask for a hearing: that of the notice. Where no calendar reached it then, or the
    /// clock of a later step took its place, it is computed by the calendar of now; `None` while that does not reach it, and before the
    /// notice.
    pub(super) async fn defence_until(&self, tx: &mut Tx, case: &Case) -> Result<Option<NaiveDate>, Error> {
        if let Some(until) = case.due_on.filter(|_| case.state.runs_for_defence()) {
            return Ok(Some(until));
        }
        match (defence_period(&case.procedure), served_on(tx, &case.name).await?) {
            (Some(parameter), Some(served_on)) => self.last_day(parameter, served_on),
            _ => Ok(None),
        }
    }

    /// A hearing is asked for while the party may defend itself.
    async fn asked_in_time(&self, tx: &mut Tx, before: &Case, asked: NaiveDate) -> Result<(), Error> {
        let until = self.defence_until(tx, before).await?.ok_or(Error::DefencePeriodUnknown)?;
        if asked > until { Err(Error::HearingRequestLate { until }) } else { Ok(()) }
    }

    /// The period that the law gives the party must be over before the case goes on without a hearing.
    async fn defence_is_over(&self, tx: &mut Tx, before: &Case, on: NaiveDate) -> Result<(), Error> {
        let until = self.defence_until(tx, before).await?.ok_or(Error::DefencePeriodUnknown)?;
        if on <= until { Err(Error::DefencePeriodRunning { until }) } else { Ok(()) }
    }

    /// Only a penalty that forbids something for a time, such as doing business, can make the term longer (order 44 art 21).
    fn restricts_if_it_says_so(
        &self,
        before: &Case,
        decision: &Decision,
        on: NaiveDate,
    ) -> Result<(), Error> {
        let problem = match decision.restricted_until {
            Some(_) if !restricts(&self.book, &before.content.penalty_kinds, on) => {
                "no kind of this penalty restricts anything"
            }
            Some(last) if last <= on => "lies not after the day of the decision",
            Some(_) | None => return Ok(()),
        };
        Err(service::Error::from(FieldErrors::one("decision.restricted_until", problem)).into())
    }

    /// Where the law of the day wants it so, listing and penalty are decided on one day; but nobody refuses to perform what is not decided
    /// yet.
    fn with_penalty(&self, ground: &str, decision: &Decision, on: NaiveDate) -> Result<(), Error> {
        let together = self.book.flag("serious.decided_with_penalty", on).map_err(service::Error::from)?;
        if arises_later(&self.book, ground, on) {
            if decision.penalty_decided_on >= on {
                let problem = "what the party did not perform was decided no earlier";
                return Err(Error::DateOutOfOrder { on, problem });
            }
        } else if together && decision.penalty_decided_on != on {
            return Err(Error::DateOutOfOrder { on, problem: "it is not the day of the penalty decision" });
        }
        Ok(())
    }
}

/// A hearing is held, or missed, from its day on, and given up until that day. Afterwards it was held; or the party stayed away, and has
/// waived it unless it had a reason (行政处罚法 art 64 (6)), for which it is called anew. None of these may be told as a hearing that the
/// party gave up before.
fn fits_hearing(event: Event, hearing: &Hearing, on: NaiveDate) -> Result<(), Error> {
    let problem = if event.hears() && on < hearing.held_on {
        "it lies before the day of the hearing"
    } else if event.gives_up_hearing() && on > hearing.held_on {
        "the day of the hearing is over: it was held, or missed, or is called anew"
    } else {
        return Ok(());
    };
    Err(Error::DateOutOfOrder { on, problem })
}

/// The party is heard by somebody who does not handle the case (行政处罚法 art 64 (4)); whoever calls the hearing does.
async fn by_a_stranger(tx: &mut Tx, before: &Case, hearing: &Hearing, by: &str) -> Result<(), Error> {
    let person = &hearing.conducted_by;
    if person == by || has_acted(tx, &before.name, person).await? {
        return Err(Error::HearerHandlesCase { person: person.clone() });
    }
    Ok(())
}
