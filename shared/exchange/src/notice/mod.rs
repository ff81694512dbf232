//! What can be told to others: facts in our words, each under its name. What a receiver makes of them (names, forms, order,
//! codes, what it leaves out) is data of the rulebook; [`Adapter`](crate::Adapter) applies it.

mod check;
mod codes;
mod commitment;
mod listing;
mod mark;
mod measure;
mod penalty;
mod permit;
mod withdrawal;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use domain::Money;

pub use check::CheckNotice;
pub use codes::PartyCodes;
pub use commitment::CommitmentNotice;
pub use listing::ListingNotice;
pub use mark::MarkNotice;
pub use measure::MeasureNotice;
pub use penalty::PenaltyNotice;
pub use permit::PermitNotice;
pub use withdrawal::Withdrawal;

/// Whether a message shows something or takes it away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Show it, or replace what is shown.
    Publish,
    /// Stop showing it; the history stays with us.
    Withdraw,
}

impl Action {
    /// The code in the set `action` of `exchange_codes.csv`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Publish => "publish",
            Self::Withdraw => "withdraw",
        }
    }

    /// The ending of the kind of a delivery: `mark.published`, `mark.withdrawn`.
    fn ending(self) -> &'static str {
        match self {
            Self::Publish => "published",
            Self::Withdraw => "withdrawn",
        }
    }
}

/// One fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// A text or a code.
    Text(String),
    /// Texts or codes, in their order.
    Texts(Vec<String>),
    /// A date.
    Date(NaiveDate),
    /// An amount.
    Money(Money),
    /// A whole number.
    Integer(i64),
}

/// The facts of a notice by name. What is not known is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts(BTreeMap<&'static str, Fact>);

impl Facts {
    /// The fact of this name.
    pub fn get(&self, name: &str) -> Option<&Fact> {
        self.0.get(name)
    }

    /// The texts of this name: one, or those of a list; none where it is not known or no text.
    pub fn texts_of(&self, name: &str) -> &[String] {
        match self.get(name) {
            Some(Fact::Text(text)) => std::slice::from_ref(text),
            Some(Fact::Texts(texts)) => texts,
            _ => &[],
        }
    }

    /// Adds a text; an empty one is not known.
    fn text(mut self, name: &'static str, text: &str) -> Self {
        if !text.is_empty() {
            self.0.insert(name, Fact::Text(text.to_owned()));
        }
        self
    }

    fn texts(mut self, name: &'static str, texts: &[String]) -> Self {
        self.0.insert(name, Fact::Texts(texts.to_vec()));
        self
    }

    fn date(mut self, name: &'static str, date: impl Into<Option<NaiveDate>>) -> Self {
        self.0.extend(date.into().map(|date| (name, Fact::Date(date))));
        self
    }

    fn money(mut self, name: &'static str, money: Option<Money>) -> Self {
        self.0.extend(money.map(|money| (name, Fact::Money(money))));
        self
    }

    fn integer(mut self, name: &'static str, number: i64) -> Self {
        self.0.insert(name, Fact::Integer(number));
        self
    }
}

/// Something that can be told to others.
pub trait Notice {
    /// Its name in `exchange_fields.csv`, such as `mark`.
    const NAME: &'static str;

    /// Names of all facts that it may have: what a receiver can be given.
    const FACTS: &'static [&'static str];

    /// Whether it shows or takes away.
    fn action(&self) -> Action;

    /// Its facts; their names are among [`FACTS`](Notice::FACTS).
    fn facts(&self) -> Facts;

    /// The kind of its delivery, such as `mark.published`.
    fn kind(&self) -> String {
        format!("{}.{}", Self::NAME, self.action().ending())
    }
}
