//! What the evidence of one enterprise says, now or on a day that is over: nothing is read from what was stored as its class.

use chrono::NaiveDate;
use db::{Tx, on};

use super::Store;
use super::class_row::StoredClass;
use super::history::{known_now, known_on, marks_known};
use crate::domain::class::Class;
use crate::domain::engine::{Classification, Engine, Trial};
use crate::domain::evidence::Item;
use crate::domain::explain::{Explanation, explain};
use crate::domain::known::{Known, KnownPiece};
use crate::domain::scoring::Items;
use crate::error::Error;

/// The day of the law, and what of the evidence is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// As of the day, with all that is known now.
    Now(NaiveDate),
    /// As of the day, with what was known at its end.
    Then(NaiveDate),
    /// As of the day, with what was known at these positions: what a class in effect rests on.
    Known(NaiveDate, Known),
}

/// A class computed for an answer, with all that led to it.
#[derive(Debug)]
pub struct LookedBack {
    /// The class.
    pub class: Class,
    /// What was known.
    pub known: Known,
    /// SM3 of the rulebook by which it was computed, hex.
    pub rulebook_hash: String,
    /// From record to points to class.
    pub explanation: Explanation,
    /// How general and professional class were combined, in words.
    pub combination: String,
    /// Whether it was asked for as of a day that is over.
    pub then: bool,
    /// What versions on trial would say instead; empty for a day that is over.
    pub trials: Vec<TrialClass>,
}

/// What a version on trial would say in the place of the one in force.
#[derive(Debug)]
pub struct TrialClass {
    /// `id@version`.
    pub model: String,
    /// The class that it would give.
    pub class: Class,
    /// How general and professional class would be combined, in words.
    pub combination: String,
}

impl Store {
    /// Explains a class in effect by what it rests on, its own day, positions and models; and whether the evidence says something else
    /// by now. Where what it rested on is gone (a person was erased from it, the feeds are told anew), what is known now explains it.
    ///
    /// # Errors
    /// As [`look_back`](Self::look_back).
    pub async fn explain_stored(&self, stored: &StoredClass) -> Result<(LookedBack, bool), Error> {
        let class = &stored.class;
        let known = stored.known();
        let mut own = self.look_if_marked(class, When::Known(class.as_of, known)).await?;
        let says_so = |own: &LookedBack| own.class.same_codes(class);
        if !own.as_ref().is_some_and(says_so) {
            // What risk itself took in on that day may have come after the class: its positions are days.
            let eve = class.as_of.pred_opt().unwrap_or(class.as_of);
            own = self.look_if_marked(class, When::Known(class.as_of, known.own_by(eve))).await?;
        }
        let now = self.look_if_marked(class, When::Now(class.as_of)).await?;
        let superseded = now.as_ref().is_none_or(|now| !class.says_the_same(&now.class));
        let explained = own.filter(says_so).or(now);
        let not_found = || Error::ClassNotFound(crate::convert::class_name(&class.uscc, &class.field));
        Ok((explained.ok_or_else(not_found)?, superseded))
    }

    /// The same as [`look_back`](Self::look_back); `None` where the enterprise does not carry the mark.
    async fn look_if_marked(&self, class: &Class, when: When) -> Result<Option<LookedBack>, Error> {
        match self.look_back(&class.uscc, &class.field, when).await {
            Ok(looked) => Ok(Some(looked)),
            Err(Error::ClassNotFound(_)) => Ok(None),
            Err(problem) => Err(problem),
        }
    }

    /// Computes the class of one enterprise in a field whose mark it carries at that time, and explains it; beside it, as of a day
    /// that is not over, what versions on trial would say.
    ///
    /// # Errors
    /// [`Error::ClassNotFound`] when it does not carry the mark; [`Error::NotReady`] when no model is in force on the day.
    pub async fn look_back(&self, uscc: &str, field: &str, when: When) -> Result<LookedBack, Error> {
        let (When::Now(day) | When::Then(day) | When::Known(day, _)) = when;
        let mut tx = self.db.begin_read().await?;
        let known = match when {
            When::Now(_) => known_now(&mut tx).await?,
            When::Then(_) => known_on(&mut tx, day).await?,
            When::Known(_, known) => known,
        };
        // What stands now is known now, also where no position was noted.
        let within = if matches!(when, When::Now(_)) { Known::ALL } else { known };
        let marked = marks_known(&mut tx, &[uscc], within).await?.into_iter().any(|(_, of)| of == field);
        let division = division_of(&mut tx, uscc).await?;
        let (true, Some(division)) = (marked, division) else {
            return Err(Error::ClassNotFound(crate::convert::class_name(uscc, field)));
        };
        let pieces = self.pieces_known(&mut tx, &[uscc], within).await?;
        let (engine, on_trial) = match when {
            When::Now(_) | When::Known(..) => self.engine_and_trials(&mut tx, day).await?,
            When::Then(_) => (self.engine(&mut tx, day).await?, Vec::new()),
        };
        tx.rollback().await?;
        let classed = |engine: &Engine| {
            let given = classify(engine, field, &pieces);
            let class = Class::new(engine, uscc, field, &division, &given);
            let combination = engine.sentence(&given, &class);
            (given, class, combination)
        };
        let trial = |Trial { version, engine }: &Trial| {
            let (_, class, combination) = classed(engine);
            TrialClass { model: version.key(), class, combination }
        };
        let concerned = on_trial.iter().filter(|trial| trial.version.concerns(field));
        let trials = concerned.map(trial).collect();
        let (given, class, combination) = classed(&engine);
        Ok(LookedBack {
            explanation: explain(&engine, field, &given, &pieces, &*self.book),
            class,
            known,
            rulebook_hash: self.book.hash().to_owned(),
            combination,
            then: matches!(when, When::Then(_)),
            trials,
        })
    }
}

fn classify(engine: &Engine, field: &str, pieces: &[KnownPiece]) -> Classification {
    let mut items: Vec<Item> = pieces.iter().flat_map(|piece| piece.items.iter().copied()).collect();
    items.sort_unstable();
    engine.classify(field, Items::sorted(&items))
}

/// The division that the register names now: the reader's right to look hangs on it.
pub(super) async fn division_of(tx: &mut Tx, uscc: &str) -> Result<Option<String>, sqlx::Error> {
    const SQL: &str = "SELECT division FROM enterprise WHERE uscc = $1";
    on!(tx, |conn| sqlx::query_scalar(SQL).bind(uscc).fetch_optional(conn).await)
}
