//! Several parts of one thing in one answer, each as its own RPC would answer this caller.
//!
//! A part is asked of the very function that serves its RPC, behind the decision that is made at the door of that RPC: rights are
//! judged in one place. Of a list that has nothing about an enterprise, for whoever asks, only that decision is made: most enterprises have
//! no tickets, no objections and no cases, and one statement finds all of that. A part that the caller may not read, or that fails, does not
//! take the others with it; it is named as [missing](UnansweredPart). The reads of confidential parts are the service's to note, before the answer leaves.

use std::future::Future;

use chrono::NaiveDate;
use contract::{access::access_of, common::v1::UnansweredPart};
use domain::Uscc;
use futures::{
    TryFutureExt,
    future::{Either, ready},
};
use rulebook::Rulebook;
use tonic::{Request, Response, Status};

use crate::{
    FieldErrors,
    auth::{Caller, Denied},
    error::{code_name, reason_of},
};

/// Elements of each list: usual and largest number, as the contract says.
const LATEST: (i32, i32) = (50, 500);

/// Of whom a dossier is asked for, and how much.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The enterprise.
    pub uscc: Uscc,
    /// Largest number of elements of each list: a page size that the RPCs of the parts take.
    pub page_size: i32,
}

impl Asked {
    /// Reads the fields `name` and `latest` of a request.
    pub fn read(errors: &mut FieldErrors, name: &str, latest: i32) -> Option<Self> {
        let uscc = enterprise(errors, "name", name);
        let (usual, most) = LATEST;
        let page_size = match latest {
            ..0 => Err("is negative"),
            0 => Ok(usual),
            _ => Ok(latest.min(most)),
        };
        let page_size = errors.check("latest", page_size);
        Some(Self { uscc: uscc?, page_size: page_size? })
    }
}

/// Reads the name of an enterprise.
pub fn enterprise(errors: &mut FieldErrors, path: &str, name: &str) -> Option<Uscc> {
    match name.strip_prefix("enterprises/") {
        Some(code) => errors.check(path, Uscc::parse(code)),
        None => {
            errors.push(path, "is not of the form `enterprises/{uscc}`");
            None
        }
    }
}

/// Who asks for the parts of a dossier, and on which day.
#[derive(Clone, Copy, Debug)]
pub struct Asker<'a> {
    /// Who asks.
    pub caller: &'a Caller,
    /// What the offices hold.
    pub book: &'a Rulebook,
    /// The present day.
    pub today: NaiveDate,
}

impl Asker<'_> {
    /// Whether the door of the RPC at `path` would let the caller in.
    ///
    /// # Errors
    /// What it would refuse with.
    pub fn may(&self, path: &str) -> Result<(), Denied> {
        let access = access_of(path).ok_or_else(|| Denied::NoAccess(path.to_owned()))?;
        self.caller.holds(&access.permission, self.book, self.today)
    }

    /// What the RPC at `path` answers the caller; `serve` is the function that serves it. Decided at once: several of these lie side by side,
    /// and each would carry the question with it.
    ///
    /// # Errors
    /// What the RPC would refuse with, or fail with.
    pub fn ask<Q, A, F>(
        &self,
        path: &str,
        question: Q,
        serve: impl FnOnce(Request<Q>) -> F,
    ) -> impl Future<Output = Result<A, Status>>
    where
        F: Future<Output = Result<Response<A>, Status>>,
    {
        if let Err(denied) = self.may(path) {
            return Either::Left(ready(Err(Status::from(denied))));
        }
        let mut request = Request::new(question);
        request.extensions_mut().insert(self.caller.clone());
        Either::Right(serve(request).map_ok(Response::into_inner))
    }

    /// The same of a list that is empty unless there is `some` of it: then its RPC need not be asked to be known to say so.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub fn ask_if<Q, A: Default, F>(
        &self,
        some: bool,
        path: &str,
        question: Q,
        serve: impl FnOnce(Request<Q>) -> F,
    ) -> impl Future<Output = Result<A, Status>>
    where
        F: Future<Output = Result<Response<A>, Status>>,
    {
        if some {
            return Either::Left(self.ask(path, question, serve));
        }
        Either::Right(ready(self.may(path).map(|()| A::default()).map_err(Status::from)))
    }
}

/// The part called `name`, or a note in `missing` that it could not be had. Failures of ours were logged where they became a status.
pub fn part<A>(name: &str, answer: Result<A, Status>, missing: &mut Vec<UnansweredPart>) -> Option<A> {
    let note = |status: Status| UnansweredPart {
        part: name.to_owned(),
        code: code_name(status.code()).to_owned(),
        reason: reason_of(&status).unwrap_or_default(),
        problem: status.message().to_owned(),
    };
    answer.map_err(|status| missing.push(note(status))).ok()
}

#[cfg(test)]
mod tests {
    use contract::common::v1::{ListWorkRequest, work_server::Work};
    use domain::{DivisionCode, OfficeCode, parse_date};

    use super::*;
    use crate::{auth::Fields, testing::Who};

    const LIST_WORK: &str = "/xinjian.common.v1.Work/ListWork";
    const LIST_TICKETS: &str = "/xinjian.collection.v1.Tickets/ListTickets";

    fn officer(office: &str) -> Caller {
        let (office, city) = (OfficeCode::parse(office).unwrap(), DivisionCode::parse("370100").unwrap());
        Caller::new("wang", "", office, Fields::All, vec![city], "")
    }

    #[tokio::test]
    async fn a_part_is_what_its_rpc_answers_who_asks_for_the_dossier() {
        let (caller, book) = (officer("CREDIT"), Rulebook::builtin());
        let asker = Asker { caller: &caller, book: &book, today: parse_date("2026-03-02").unwrap() };
        let who = Who;
        let answer = asker.ask(LIST_WORK, ListWorkRequest::default(), |request| who.list_work(request)).await;
        let mut missing = Vec::new();
        let page = part("work", answer, &mut missing).unwrap();
        assert_eq!((page.next_page_token.as_str(), missing.len()), ("wang of CREDIT", 0));
    }

    #[tokio::test]
    async fn a_part_that_the_office_may_not_read_is_refused_as_at_its_door_and_not_asked() {
        let (caller, book) = (officer("FOREIGN_REG"), Rulebook::builtin());
        let asker = Asker { caller: &caller, book: &book, today: parse_date("2026-03-02").unwrap() };
        let never = |_: Request<()>| async { Err::<Response<()>, _>(Status::internal("it was asked")) };
        for some in [true, false] {
            let refused = asker.ask_if(some, LIST_TICKETS, (), never).await;
            let mut missing = Vec::new();
            assert_eq!(part("tickets", refused, &mut missing), None);
            assert_eq!(missing[0].part, "tickets");
            assert_eq!(
                (missing[0].code.as_str(), missing[0].reason.as_str()),
                ("PERMISSION_DENIED", "ROLE_NOT_PERMITTED")
            );
            assert!(missing[0].problem.contains("collection.ticket.read"), "{missing:?}");
        }
        assert!(matches!(asker.may("/xinjian.collection.v1.Tickets/Nothing"), Err(Denied::NoAccess(_))));
    }

    #[tokio::test]
    async fn of_a_list_that_has_nothing_about_an_enterprise_its_rpc_is_not_asked() {
        let (caller, book) = (officer("CREDIT"), Rulebook::builtin());
        let asker = Asker { caller: &caller, book: &book, today: parse_date("2026-03-02").unwrap() };
        let who = Who;
        let ask = |some| {
            asker.ask_if(some, LIST_WORK, ListWorkRequest::default(), |request| who.list_work(request))
        };
        assert_eq!(ask(true).await.unwrap().next_page_token, "wang of CREDIT");
        assert_eq!(ask(false).await.unwrap().next_page_token, "");
    }

    #[test]
    fn a_dossier_holds_fifty_of_each_list_or_as_many_as_are_asked_for_up_to_five_hundred() {
        let mut errors = FieldErrors::default();
        let mut read = |name: &str, latest: i32| {
            Asked::read(&mut errors, name, latest).map(|asked| (asked.uscc.to_string(), asked.page_size))
        };
        for (sent, size) in [(0, 50), (1, 1), (500, 500), (501, 500)] {
            let name = "enterprises/91370102MA3C00011F";
            assert_eq!(read(name, sent), Some(("91370102MA3C00011F".to_owned(), size)));
        }
        assert_eq!(read("91370102MA3C00011F", -1), None);
        assert_eq!(errors.iter().map(|error| error.path.as_str()).collect::<Vec<_>>(), ["name", "latest"]);
    }
}
