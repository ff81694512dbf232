//! The small language that turns the columns of a row into the text of a field.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use domain::parse_date_lenient;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::synthetic::{self, Synthetic};

/// What stands beside a field path: a plain text, or an expression over columns.
#[derive(Clone, Debug)]
pub enum FieldText {
    /// The same text for every row.
    Constant(String),
    /// A text computed from the row.
    Expression(Expression),
}

/// By hand: serde's own way to try one form after the other would forget which word of the second is wrong, and where it stands.
impl<'de> Deserialize<'de> for FieldText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextOrMap)
    }
}

struct TextOrMap;

impl<'de> Visitor<'de> for TextOrMap {
    type Value = FieldText;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .write_str("a text in quotes, or a map with `column`, `table`, `date`, `synthetic`, `prefix`, …")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<FieldText, E> {
        Ok(FieldText::Constant(text.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<FieldText, A::Error> {
        Expression::deserialize(MapAccessDeserializer::new(map)).map(FieldText::Expression)
    }
}

/// column → table → date | synthetic → prefix, suffix; an empty result becomes the default, or leaves the field out.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expression {
    /// Column that the text comes from; blanks around it are cut off.
    #[serde(default)]
    pub column: Option<String>,
    /// Replacement of whole values. A value that is not in the table is refused, unless `otherwise` is given.
    #[serde(default)]
    pub table: BTreeMap<String, String>,
    /// Replacement of values that are not in the table.
    #[serde(default)]
    pub otherwise: Option<String>,
    /// Reads the value as a date in any of the usual forms.
    #[serde(default)]
    pub date: bool,
    /// Moves the date by so many days, such as -1 for what was known on the evening before.
    #[serde(default)]
    pub days: i64,
    /// Cuts decimals off: `3.0` becomes `3`; anything but a number is refused.
    #[serde(default)]
    pub whole_number: bool,
    /// Makes a valid code from the value where the source has none.
    #[serde(default, deserialize_with = "serde_norway::with::singleton_map::deserialize")]
    pub synthetic: Option<Synthetic>,
    /// Text before the value; not added to an empty value.
    #[serde(default)]
    pub prefix: String,
    /// Text after the value; not added to an empty value.
    #[serde(default)]
    pub suffix: String,
    /// Value when the column is empty.
    #[serde(default)]
    pub default: Option<String>,
    /// Whether a row with an empty value is refused.
    #[serde(default)]
    pub required: bool,
}

impl Expression {
    /// Whether the expression can work at all.
    pub(super) fn check(&self) -> Result<(), String> {
        if self.column.is_none() {
            return Err("names no `column`; for the same text in every row write the text itself".to_owned());
        }
        if self.otherwise.is_some() && self.table.is_empty() {
            return Err("`otherwise` needs a `table`".to_owned());
        }
        if self.days != 0 && !self.date {
            return Err("`days` needs `date: true`".to_owned());
        }
        if usize::from(self.date) + usize::from(self.whole_number) + usize::from(self.synthetic.is_some()) > 1
        {
            return Err("`date`, `whole_number` and `synthetic` exclude each other".to_owned());
        }
        Ok(())
    }

    /// The text for a row whose column holds `value`; `None` leaves the field out.
    pub(super) fn evaluate(&self, value: &str) -> Result<Option<String>, String> {
        let value = value.trim();
        let value = if self.table.is_empty() { value } else { self.replaced(value)? };
        if value.is_empty() {
            return match &self.default {
                Some(default) => Ok(Some(default.clone())),
                None if self.required => Err("is empty".to_owned()),
                None => Ok(None),
            };
        }
        Ok(Some(format!("{}{}{}", self.prefix, self.converted(value)?, self.suffix)))
    }

    fn replaced<'a>(&'a self, value: &'a str) -> Result<&'a str, String> {
        match (self.table.get(value), &self.otherwise) {
            (Some(replacement), _) => Ok(replacement),
            (None, Some(otherwise)) => Ok(otherwise),
            (None, None) if value.is_empty() => Ok(value),
            (None, None) => Err(format!("`{value}` is not in the value table")),
        }
    }

    fn converted(&self, value: &str) -> Result<String, String> {
        if self.date {
            // Exports often carry a time of day behind the date; the day is what counts.
            let day = value.split(['T', ' ']).next().unwrap_or(value);
            let date = parse_date_lenient(day).map_err(|error| error.to_string())?;
            let moved = TimeDelta::try_days(self.days).and_then(|days| date.checked_add_signed(days));
            return moved
                .map(|date| date.to_string())
                .ok_or_else(|| format!("`{value}` moves off the calendar"));
        }
        if self.whole_number {
            let number: f64 = value.parse().map_err(|_| format!("`{value}` is not a number"))?;
            return Ok(format!("{:.0}", number.trunc()));
        }
        match &self.synthetic {
            Some(synthetic) => synthetic::code(synthetic, value),
            None => Ok(value.to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expression(yaml: &str) -> Expression {
        serde_norway::from_str(yaml).unwrap()
    }

    #[test]
    fn a_value_outside_the_table_is_refused_by_name() {
        let results = expression("{column: Results, table: {Pass: '1', Fail: '5'}}");
        assert_eq!(results.evaluate(" Pass "), Ok(Some("1".to_owned())));
        assert_eq!(
            results.evaluate("Out of Business"),
            Err("`Out of Business` is not in the value table".to_owned())
        );
    }

    #[test]
    fn dates_of_usual_forms_become_iso() {
        let date = expression("{column: D, date: true}");
        for text in ["2014-09-02", "2014/9/2", "2014-09-02T00:00:00", "2014年9月2日"] {
            assert_eq!(date.evaluate(text), Ok(Some("2014-09-02".to_owned())), "{text}");
        }
        assert!(date.evaluate("yesterday").unwrap_err().contains("yesterday"));
    }

    #[test]
    fn a_date_moves_by_days_and_nothing_else_does() {
        let eve = expression("{column: D, date: true, days: -1}");
        assert_eq!(eve.evaluate("2014-03-01"), Ok(Some("2014-02-28".to_owned())));
        assert!(expression("{column: D, days: -1}").check().unwrap_err().contains("needs `date: true`"));
    }

    #[test]
    fn an_empty_value_is_left_out_defaulted_or_refused() {
        assert_eq!(expression("{column: A, prefix: x-}").evaluate(""), Ok(None));
        assert_eq!(expression("{column: A, default: none}").evaluate("  "), Ok(Some("none".to_owned())));
        assert_eq!(expression("{column: A, required: true}").evaluate(""), Err("is empty".to_owned()));
    }

    #[test]
    fn decimals_of_whole_numbers_are_cut() {
        assert_eq!(
            expression("{column: A, whole_number: true}").evaluate("1006.0"),
            Ok(Some("1006".to_owned()))
        );
    }
}
