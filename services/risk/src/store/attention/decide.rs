//! What persons decide about signals and flags, and the end of a term.

use chrono::NaiveDate;
use contract::risk::v1 as pb;
use db::{Tx, on};
use domain::{DivisionCode, FieldCode};
use outbox::NewEvent;
use prost::Message;
use service::auth::Caller;
use service::idempotency::{Claim, Key, claim, store_answer};
use service::machine::Actor;

use super::signal_row::{SignalRow, signal_of, update};
use crate::convert;
use crate::domain::attention::{Signal, Term};
use crate::domain::known::own_position;
use crate::domain::model::ATTENTION as SOURCE;
use crate::error::Error;
use crate::machines::attention::{ATTENTION, Event, RECHECK, State, TERM};
use crate::store::{Act, Batch, Piece, Store};

/// Flags ended in one transaction.
const BATCH: i64 = 200;

/// What an officer decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// To look at a signal.
    Take,
    /// To confirm it, with the reason.
    Confirm(String),
    /// To dismiss it, with the reason.
    Dismiss(String),
    /// To let a flag go on for another term, with the reason.
    Extend(String),
    /// To end it, with the reason.
    End(String),
}

impl Decision {
    /// The steps of the machine that it takes, in one transaction.
    fn events(&self) -> &'static [Event] {
        match self {
            Self::Take => &[Event::Take],
            Self::Confirm(_) => &[Event::Confirm],
            Self::Dismiss(_) => &[Event::Dismiss],
            Self::Extend(_) => &[Event::Review, Event::Extend],
            Self::End(_) => &[Event::Review, Event::End],
        }
    }

    fn reason(&self) -> &str {
        match self {
            Self::Take => "",
            Self::Confirm(reason) | Self::Dismiss(reason) | Self::Extend(reason) | Self::End(reason) => {
                reason
            }
        }
    }
}

impl Store {
    /// Decides about the signal or flag called `id`; `answer` says how it is shown then.
    ///
    /// # Errors
    /// [`Error::SignalNotFound`], [`service::Error::Denied`] outside the caller's field or division, [`service::Error::Refused`]
    /// when the machine does not allow it.
    pub async fn decide<A: Message + Default + Clone>(
        &self,
        (key, body): (&Key<'_>, &impl Message),
        caller: &Caller,
        act: &Act,
        (id, decision): (&str, &Decision),
        answer: impl FnOnce(&Signal) -> A,
    ) -> Result<A, Error> {
        let mut tx = self.db.begin_write().await?;
        if let Claim::Repeat(answer) = claim(&mut tx, key, body, act.now).await? {
            return Ok(answer);
        }
        let mut signal = signal_of(&mut tx, id).await?;
        caller.may_act_on(&field_of(&signal)?, &division_of(&signal)?)?;
        // A term that has ended is over also before the daily job says so.
        if signal.state != signal.state_on(act.today) {
            self.end_term(&mut tx, &mut signal, act).await?;
        }
        for event in decision.events() {
            self.take_step(&mut tx, &mut signal, *event, &caller.actor(), act).await?;
        }
        if *decision != Decision::Take {
            signal.decided_by = caller.subject().to_owned();
            signal.decided_on = Some(act.today);
            signal.reason = decision.reason().to_owned();
        }
        self.write(&mut tx, &mut signal, act).await?;
        let answer = answer(&signal);
        store_answer(&mut tx, key, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// Ends the flags whose term is over. Repeatable, and catches up days on which it did not run; reads go by the dates. Answers how
    /// many.
    pub async fn expire_flags(&self, act: &Act) -> Result<usize, Error> {
        const OVER: &str = "
            SELECT * FROM signal WHERE open AND on_until < $1 ORDER BY created_at_us, id LIMIT CAST($2 AS BIGINT)";
        let mut ended = 0;
        loop {
            let mut tx = self.db.begin_write().await?;
            let rows: Vec<SignalRow> =
                on!(tx, |conn| sqlx::query_as(OVER).bind(act.today).bind(BATCH).fetch_all(conn).await)?;
            if rows.is_empty() {
                return Ok(ended);
            }
            for row in rows {
                let mut signal = Signal::try_from(row)?;
                self.end_term(&mut tx, &mut signal, act).await?;
                self.write(&mut tx, &mut signal, act).await?;
                ended += 1;
            }
            tx.commit().await?;
        }
    }

    async fn end_term(&self, tx: &mut Tx, signal: &mut Signal, act: &Act) -> Result<(), Error> {
        self.take_step(tx, signal, Event::Expire, &Actor::system(), act).await
    }

    /// Takes a step of the machine, with its duties.
    async fn take_step(
        &self,
        tx: &mut Tx,
        signal: &mut Signal,
        event: Event,
        actor: &Actor<'_>,
        act: &Act,
    ) -> Result<(), Error> {
        let step = ATTENTION.step(signal.state, event, actor)?;
        signal.state = step.to;
        if step.due == Some(TERM) {
            signal.flag = Some(self.term(signal, act.today)?);
        } else if step.to == State::AttentionOff {
            signal.flag = signal.flag.map(|term| Term { until: term.until.min(act.today), ..term });
        }
        self.follow_duties(tx, &step, signal, act).await
    }

    /// The term that begins, or goes on, today.
    fn term(&self, signal: &Signal, today: NaiveDate) -> Result<Term, Error> {
        let last = |parameter: &str| -> Result<NaiveDate, Error> {
            let due = self.book.deadline(today, parameter).map_err(service::Error::from)?.due;
            Ok(due.date().ok_or_else(|| {
                service::Error::corrupt(format!(
                    "`{parameter}` is counted in days of a calendar that is not loaded"
                ))
            })?)
        };
        Ok(Term {
            since: signal.flag.map_or(today, |term| term.since),
            until: last(TERM)?,
            review_on: last(RECHECK)?,
        })
    }

    /// The models take a flag in force as a piece of evidence.
    async fn take_as_evidence(&self, tx: &mut Tx, signal: &Signal, act: &Act) -> Result<(), Error> {
        let known_seq = own_position(act.today);
        let flag = convert::flag_to_pb(signal, &self.book, act.today);
        self.apply(tx, &evidence(signal, &flag, known_seq)).await
    }

    /// Writes a signal that was changed, and tells it: as a flag once it is one.
    async fn write(&self, tx: &mut Tx, signal: &mut Signal, act: &Act) -> Result<(), Error> {
        signal.revision += 1;
        update(tx, signal).await?;
        let event = if signal.state.is_flag() {
            self.take_as_evidence(tx, signal, act).await?;
            NewEvent {
                kind: convert::ATTENTION_CHANGED,
                subject: format!("enterprises/{}", signal.uscc),
                effective_on: act.today,
                context: &act.context,
                payload: convert::attention_event(signal, &self.book, act.today),
            }
        } else {
            self.signal_event(signal, act)
        };
        self.outbox.append(tx, &event).await?;
        Ok(())
    }
}

/// How a flag is evidence: as it is told.
fn evidence(signal: &Signal, flag: &pb::Flag, known_seq: i64) -> Batch {
    let mut batch = Batch::default();
    let name = signal.flag_name();
    batch.causes.insert(signal.uscc.clone(), name.clone());
    if signal.state.is_on() {
        let piece = Piece {
            uscc: signal.uscc.clone(),
            source: SOURCE.to_owned(),
            known_seq,
            payload: flag.encode_to_vec(),
        };
        batch.piece(&name, piece);
    } else {
        batch.withdraw(&name, known_seq);
    }
    batch
}

/// The field of a signal.
pub(super) fn field_of(signal: &Signal) -> Result<FieldCode, service::Error> {
    FieldCode::parse(&signal.field)
        .map_err(|problem| service::Error::corrupt(format!("{}: {problem}", signal.name())))
}

/// The division of a signal.
pub(super) fn division_of(signal: &Signal) -> Result<DivisionCode, service::Error> {
    DivisionCode::parse(&signal.division)
        .map_err(|problem| service::Error::corrupt(format!("{}: {problem}", signal.name())))
}
