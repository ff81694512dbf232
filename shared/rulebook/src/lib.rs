//! The law and the local rules as dated data: parameters, calendar, code sets, key fields, offices (who is above whom) and
//! permissions, joint measures, strict review, supervision items, topics of complaints, public sources of figures with their rounds,
//! what other systems are told, models.
//!
//! Every look-up names a rule and the date of the act, and every answer carries its source. The law changed on
//! 2022-01-13, 2024-05-01, 2025-05-01, 2025-12-25 and 2026-04-01; an act is judged by the rule of its own day. A rule
//! that nobody supplied is [`RuleMissing::NotSupplied`], never a default; a deadline past the loaded calendar waits as
//! [`Due::AwaitsCalendar`], never a guess.
//!
//! A [`Rulebook`] is read once and never changes; its [hash](Rulebook::hash) stands in every event, and its
//! [archive](Rulebook::archive) lets a decision be repeated years later. The crate decides nothing about a party and
//! keeps no state. Start at [`Rulebook::builtin`].

mod book;
mod calendar;
mod codes;
mod deadline;
mod entropy;
mod error;
mod exchange;
mod fields;
mod items;
mod measures;
mod models;
mod offices;
mod parameter;
mod penalty;
mod period;
mod reviews;
mod source;
mod superiors;
mod supervision;
mod table;
pub mod term;
mod topics;
mod unit;
mod value;

pub use book::Rulebook;
pub use calendar::{AwaitsCalendar, Calendar, CalendarWarning};
pub use codes::Code;
pub use deadline::{Deadline, Due};
pub use entropy::{EntropySource, Round, RoundDay, RoundForm, RoundProblem};
pub use error::{RowProblem, RuleMissing, RulebookError};
pub use exchange::{ExchangeField, ExchangeForm};
pub use fields::{Field, SubKind};
pub use items::{Attachment, CollectionItem, ItemLevel};
pub use measures::{Advice, Measure};
pub use models::Model;
pub use offices::{FieldScope, Office, Permission};
pub use parameter::Parameter;
pub use penalty::penalty_in_words;
pub use period::Effective;
pub use reviews::{ReviewPurpose, ReviewRule, ReviewRuleKind};
pub use supervision::{ItemCategory, SupervisionItem};
pub use topics::{ComplaintTopic, TopicWords};
pub use unit::{PeriodUnit, Unit};
pub use value::{Fraction, Value};
