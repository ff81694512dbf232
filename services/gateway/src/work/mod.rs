//! The work of an office over all services (R47): each service lists its own duties, this module merges the lists and counts.
//!
//! It keeps nothing and judges nothing: what is due, overdue or urged, the services say. A page token holds a place in each of the
//! five lists, so that a page needs one question to each service, however far it is from the first.

mod merge;
mod place;

use contract::{
    common::v1::{
        CountWorkRequest, CountWorkResponse, ListWorkRequest, ListWorkResponse, work_client::WorkClient,
    },
    gateway::v1::MissingPart,
};
use db::Fingerprint;

use crate::{
    Error,
    forward::Home,
    parts::{Each, Failure, answer, of_each},
    peers::Services,
};

pub(crate) use merge::{Page, merge};
pub(crate) use place::Places;

/// Name of the part that a service's duties are.
const DUTIES: &str = "duties";

/// Which page of which duties.
#[derive(Debug)]
pub(crate) struct Question {
    /// What each service is asked, but for the place in its own list.
    pub(crate) asked: ListWorkRequest,
    /// Size of the page.
    pub(crate) size: usize,
    /// What the token of the next page is bound to.
    pub(crate) fingerprint: Fingerprint,
    /// Where the page begins in each list.
    pub(crate) places: Places,
}

/// A page of the duties of all services.
///
/// # Errors
/// The refusal of the request itself, as a service tells it.
pub(crate) async fn list(
    services: &Services,
    question: &Question,
) -> Result<(Page, Vec<MissingPart>), Error> {
    let homes = Home::ALL.into_iter().filter(|home| question.places.token(*home).is_some());
    let each = of_each(DUTIES, homes, |home| list_of(services, question, home)).await?;
    Ok((merge(&question.places, each.answers, question.size), each.missing))
}

async fn list_of(services: &Services, question: &Question, home: Home) -> Result<ListWorkResponse, Failure> {
    let page_token = question.places.token(home).unwrap_or_default().to_owned();
    let request = ListWorkRequest { page_token, ..question.asked.clone() };
    answer(services.bound, WorkClient::new(services.of(home)).list_work(request)).await
}

/// How much is due in each service.
///
/// # Errors
/// As [`list`].
pub(crate) async fn count(services: &Services, office: &str) -> Result<Each<CountWorkResponse>, Error> {
    of_each(DUTIES, Home::ALL, |home| count_of(services, office, home)).await
}

async fn count_of(services: &Services, office: &str, home: Home) -> Result<CountWorkResponse, Failure> {
    let request = CountWorkRequest { office: office.to_owned() };
    answer(services.bound, WorkClient::new(services.of(home)).count_work(request)).await
}
