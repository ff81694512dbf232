//! Our facts in a receiver's words.
//!
//! Field names, forms, codes and what a receiver leaves out are rows of `exchange_fields.csv` and `exchange_codes.csv` in the
//! rulebook, each with its dates and source: the publicity system (国家企业信用信息公示系统, Shandong node) and Credit China
//! (信用中国) differ by data alone. The message is JSON in UTF-8, its fields in the order of the table.

use chrono::NaiveDate;
use rulebook::{ExchangeField, ExchangeForm, Rulebook};
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use crate::notice::{Fact, Facts, Notice, Withdrawal};

/// Between several values in one text, as the exchange standards have it.
const SEPARATOR: &str = ";";

/// Writes notices for one receiver, by the mapping of one day.
#[derive(Clone, Copy, Debug)]
pub struct Adapter<'a> {
    book: &'a Rulebook,
    receiver: &'a str,
    on: NaiveDate,
}

/// Why a notice cannot be written for a receiver.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unmappable {
    /// The rulebook gives it no field of the notice on the day.
    #[error("`{receiver}` takes no `{notice}` on {on}")]
    NotTaken {
        /// The receiver.
        receiver: String,
        /// The notice.
        notice: &'static str,
        /// The day.
        on: NaiveDate,
    },
    /// It takes no message without this fact, which is not known.
    #[error("`{receiver}` takes no `{notice}` without `{name}` ({fact})")]
    Missing {
        /// The receiver.
        receiver: String,
        /// The notice.
        notice: &'static str,
        /// The receiver's name of the field.
        name: String,
        /// Our name of the fact.
        fact: String,
    },
    /// Nobody has said what it writes for this code.
    #[error("`{receiver}` has no word for the code `{code}` of `{set}` on {on}")]
    Code {
        /// The receiver.
        receiver: String,
        /// The set.
        set: String,
        /// The code.
        code: String,
        /// The day.
        on: NaiveDate,
    },
    /// The table asks for a form that the fact does not have, such as a date in 万元.
    #[error("`{fact}` cannot be written in the form that `{receiver}` takes")]
    Form {
        /// The receiver.
        receiver: String,
        /// Our name of the fact.
        fact: String,
    },
}

impl<'a> Adapter<'a> {
    /// What `receiver` takes on the day `on`, on which it is told.
    pub fn new(book: &'a Rulebook, receiver: &'a str, on: NaiveDate) -> Self {
        Self { book, receiver, on }
    }

    /// The content of the notice's delivery.
    ///
    /// # Errors
    /// [`Unmappable`]; nothing half-written is ever sent.
    pub fn content<N: Notice>(&self, notice: &N) -> Result<Vec<u8>, Unmappable> {
        let fields = self.book.exchange_fields(self.receiver, N::NAME, self.on);
        if fields.is_empty() {
            return Err(Unmappable::NotTaken { receiver: self.receiver(), notice: N::NAME, on: self.on });
        }
        let facts = notice.facts();
        let mut written = Message::default();
        for field in fields {
            match facts.get(&field.fact) {
                Some(fact) => written.0.push((&*field.name, self.value(field, fact)?)),
                None if !field.required => {}
                None => {
                    let (name, fact) = (field.name.clone(), field.fact.clone());
                    return Err(Unmappable::Missing {
                        receiver: self.receiver(),
                        notice: N::NAME,
                        name,
                        fact,
                    });
                }
            }
        }
        Ok(written.to_json())
    }

    /// The content of a delivery by which something is to be shown no longer. Whatever the mapping of the day, there is one: a field
    /// that the receiver has no name or word for is left out, since the delivery itself names what it is about.
    pub fn withdrawal(&self, withdrawal: &Withdrawal<'_>) -> Vec<u8> {
        self.as_far_as_known(withdrawal.notice, &withdrawal.facts())
    }

    /// The content of a delivery by which a receiver is to stop what `notice` told it. There is one whatever the mapping of the day, as
    /// of a [`withdrawal`](Self::withdrawal): nothing may keep an end from going out.
    pub fn end<N: Notice>(&self, notice: &N) -> Vec<u8> {
        self.as_far_as_known(N::NAME, &notice.facts())
    }

    fn as_far_as_known(&self, notice: &str, facts: &Facts) -> Vec<u8> {
        let fields = self.book.exchange_fields(self.receiver, notice, self.on);
        let known = fields.into_iter().filter_map(|field| Some((field, facts.get(&field.fact)?)));
        let written = known.filter_map(|(field, fact)| Some((&*field.name, self.value(field, fact).ok()?)));
        Message(written.collect()).to_json()
    }

    fn value(&self, field: &ExchangeField, fact: &Fact) -> Result<Value, Unmappable> {
        Ok(match (&field.form, fact) {
            (ExchangeForm::Plain, Fact::Text(text)) => Value::Text(text.clone()),
            (ExchangeForm::Plain, Fact::Texts(texts)) => Value::Texts(texts.clone()),
            (ExchangeForm::Plain, Fact::Date(date)) => Value::Text(date.to_string()),
            (ExchangeForm::Plain, Fact::Integer(number)) => Value::Integer(*number),
            (ExchangeForm::Joined, Fact::Texts(texts)) => Value::Text(texts.join(SEPARATOR)),
            (ExchangeForm::Wan, Fact::Money(money)) => Value::Text(money.to_wan()),
            (ExchangeForm::Codes(set), Fact::Text(code)) => Value::Text(self.word(set, code)?),
            (ExchangeForm::Codes(set), Fact::Texts(codes)) => {
                let words: Vec<_> =
                    codes.iter().map(|code| self.word(set, code)).collect::<Result<_, _>>()?;
                Value::Text(words.join(SEPARATOR))
            }
            _ => return Err(Unmappable::Form { receiver: self.receiver(), fact: field.fact.clone() }),
        })
    }

    fn word(&self, set: &str, code: &str) -> Result<String, Unmappable> {
        let word = self.book.exchange_value(self.receiver, set, code, self.on).map(str::to_owned);
        let (set, code) = (set.to_owned(), code.to_owned());
        word.ok_or_else(|| Unmappable::Code { receiver: self.receiver(), set, code, on: self.on })
    }

    fn receiver(&self) -> String {
        self.receiver.to_owned()
    }
}

/// Fields in their order, which a map would lose.
#[derive(Default)]
struct Message<'a>(Vec<(&'a str, Value)>);

impl Message<'_> {
    fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("texts, lists of texts and whole numbers always become JSON")
    }
}

#[derive(Serialize)]
#[serde(untagged)]
enum Value {
    Text(String),
    Texts(Vec<String>),
    Integer(i64),
}

impl Serialize for Message<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests;
