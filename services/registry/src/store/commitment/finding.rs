//! What visits found about commitments: the office that sent the letter has to look into it.

use chrono::NaiveDate;
use db::{Tx, on};
use domain::{FieldCode, Uscc};
use service::obligation::{self, Matter, NewDuty};

use super::row::CommitmentViewRow;
use crate::domain::CommitmentView;
use crate::error::Error;
use crate::machines::commitment::FINDING;
use crate::store::{ENTERPRISES, Store};

impl Store {
    /// Opens the duty for each letter of an enterprise and field that is signed and in no breach: a visit found its commitment not kept, and
    /// the finding was approved on a day. A letter that is still to be published is checked after that. A duty that is open stays as it is.
    ///
    /// # Errors
    /// When the rulebook has no period for it on that day; what every change can meet.
    pub async fn have_letters_looked_into(
        &self,
        tx: &mut Tx,
        (uscc, field): (&Uscc, &FieldCode),
        approved_on: NaiveDate,
    ) -> Result<(), Error> {
        const SQL: &str = "
            SELECT c.*, e.legal_name, e.division
            FROM commitment c JOIN enterprise e ON e.uscc = c.uscc
            WHERE c.uscc = $1 AND c.field = $2 AND c.state IN ('Archived', 'Published', 'UnderCheck')
            ORDER BY c.id";
        obligation::stay(tx, ENTERPRISES).await?;
        let rows: Vec<CommitmentViewRow> = on!(tx, |conn| sqlx::query_as(SQL)
            .bind(uscc.as_str())
            .bind(field.as_str())
            .fetch_all(conn)
            .await)?;
        for row in rows {
            let CommitmentView { commitment: letter, division, .. } = CommitmentView::try_from(row)?;
            let subject = letter.key.name();
            let matter = Matter {
                subject: &subject,
                field: Some(&letter.field),
                division: Some(&division),
                owner: Some(&letter.office),
            };
            let duty = NewDuty {
                matter,
                kind: FINDING,
                office: letter.office.as_str(),
                parameter: FINDING,
                start_on: approved_on,
            };
            obligation::open(tx, &duty, &self.book).await?;
        }
        Ok(())
    }
}
