//! What follows for applications when their party is no more.

use contract::punishment::v1::Repair;
use db::{Tx, on};
use domain::Uscc;
use sqlx::QueryBuilder;

use super::super::sql::push_among;
use super::super::{Act, Store};
use super::{Application, COLUMNS, Row};
use crate::error::Error;
use crate::machines::repair::{Event, REPAIR, State};

/// Why an application is closed.
const NO_MORE: &str = "当事人已注销登记或者被撤销登记，信用修复申请终止";

impl Store {
    /// Closes the applications of a party that wait for an answer, in a transaction of the caller: nobody is there to be told it. Their
    /// duties end with them.
    pub(in crate::store) async fn close_repairs_of(
        &self,
        tx: &mut Tx,
        act: &Act<'_>,
        uscc: &Uscc,
    ) -> Result<(), Error> {
        for before in waiting_of(tx, uscc).await? {
            let step = REPAIR.step(before.state, Event::Deregister, &act.actor)?;
            let said = Repair { reason: NO_MORE.to_owned(), ..before.said.clone() };
            self.take_repair_step(tx, act, (&before, said), (Event::Deregister, &step)).await?;
        }
        Ok(())
    }
}

async fn waiting_of(tx: &mut Tx, uscc: &Uscc) -> Result<Vec<Application>, Error> {
    let waiting = State::ALL.iter().filter(|state| state.ends_with_party());
    let waiting: Vec<_> = waiting.map(|state| state.word().to_owned()).collect();
    let rows: Vec<Row> = on!(tx, |conn| {
        let mut sql = QueryBuilder::new(COLUMNS);
        sql.push(" WHERE uscc = ").push_bind(uscc.as_str());
        push_among(&mut sql, "state", &waiting);
        sql.push(" ORDER BY id");
        sql.build_query_as().fetch_all(conn).await
    })?;
    rows.into_iter().map(Application::try_from).collect()
}
