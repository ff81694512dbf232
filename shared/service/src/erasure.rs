//! What follows when another service erases who something is about (X5): an officer looks whether something here is about the same person,
//! erases it, and says so. Nothing on record tells that it is: a record holds a name and no number, and names are shared.

use chrono::NaiveDate;
use db::Tx;
use domain::DivisionCode;
use rulebook::Rulebook;

use crate::Error;
use crate::auth::Caller;
use crate::machine::Office;
use crate::obligation::{self, Matter, NewDuty};

/// Left out where names of persons are compared: blanks, and dots between the parts of a name.
const LEFT_OUT: [char; 8] = [' ', '\u{3000}', '\u{a0}', '.', '．', '·', '•', '・'];

/// A name as names of persons are compared; [`bare_sql`] does the same in the database.
pub fn bare(name: &str) -> String {
    name.chars().filter(|character| !LEFT_OUT.contains(character)).collect()
}

/// The text of a column as [`bare`] leaves it, in SQL.
pub fn bare_sql(column: &str) -> String {
    LEFT_OUT.iter().fold(column.to_owned(), |text, left_out| format!("REPLACE({text}, '{left_out}', '')"))
}

/// The duty to look, by its kind, which is the parameter of its period too.
#[derive(Clone, Copy, Debug)]
pub struct Look(pub &'static str);

impl Look {
    /// Opens the duty to look because of `erased`, a resource of the other service, at the office that answers for erasures. Opens none
    /// where no rule of the day asks for it.
    ///
    /// # Errors
    /// Failures of the database; [`Error::Rule`] when the rulebook lacks the period.
    pub async fn open(
        self,
        tx: &mut Tx,
        (erased, division): (&str, Option<&DivisionCode>),
        on: NaiveDate,
        rulebook: &Rulebook,
    ) -> Result<(), Error> {
        let matter = Matter { subject: erased, field: None, division, owner: None };
        let (office, kind) = (Office::LEGAL.code(), self.0);
        let duty = NewDuty { matter, kind, office, parameter: kind, start_on: on };
        obligation::open_in_force(tx, &duty, rulebook).await.map(drop)
    }

    /// Whether the duty because of `erased` is open.
    ///
    /// # Errors
    /// Failures of the database.
    pub async fn is_open(self, tx: &mut Tx, erased: &str) -> Result<bool, Error> {
        Ok(obligation::division_of(tx, erased, self.0).await?.is_some())
    }

    /// Ends the duty because of `erased`, in the name of the caller; answers whether it was open.
    ///
    /// # Errors
    /// The duty is another division's; failures of the database.
    pub async fn settle(
        self,
        tx: &mut Tx,
        erased: &str,
        caller: &Caller,
        on: NaiveDate,
    ) -> Result<bool, Error> {
        let Some(division) = obligation::division_of(tx, erased, self.0).await? else { return Ok(false) };
        if let Some(division) = &division {
            caller.may_act_in_division(division)?;
        }
        Ok(obligation::fulfil(tx, erased, self.0, caller.subject(), on).await? > 0)
    }
}
