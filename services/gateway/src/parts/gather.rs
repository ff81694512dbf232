//! Everything that the services know of one enterprise, asked for at once.

use contract::{
    collection::v1::{
        ListObjectionsRequest, ListRecordsRequest, ListRemediesRequest, ListTicketsRequest, Objection,
        Record, Remedy, Ticket, objections_client::ObjectionsClient, records_client::RecordsClient,
        remedies_client::RemediesClient, tickets_client::TicketsClient,
    },
    gateway::v1::MissingPart,
    inspection::v1::{ListVisitsRequest, Visit, visits_client::VisitsClient},
    punishment::v1::{
        AbnormalEntry, CheckPartyRequest, ListAbnormalEntriesRequest, ListSeriousCasesRequest, PartyCheck,
        SeriousCase, abnormal_directory_client::AbnormalDirectoryClient, parties_client::PartiesClient,
        serious_list_client::SeriousListClient,
    },
    registry::v1::{
        Enterprise, GetEnterpriseRequest, Licence, ListLicencesRequest, ListMarksRequest, Mark,
        enterprises_client::EnterprisesClient, licences_client::LicencesClient, marks_client::MarksClient,
    },
    risk::v1::{
        Flag, ListClassesRequest, ListFlagsRequest, RiskClass, classes_client::ClassesClient,
        flags_client::FlagsClient,
    },
};
use domain::{DivisionCode, Uscc};
use prost::Message;
use service::{auth::Caller, error::reason_of};
use tonic::{Code, Response, Status};

use super::{
    Failure, Part,
    ask::answer,
    found::{Found, READ, list, one},
};
use crate::{
    Error,
    cache::{self, Cache},
    forward::Home,
    peers::Services,
};

const ENTERPRISE: Part = Part::new("enterprise", "registry");
const LICENCES: Part = Part::new("licences", "registry");
const MARKS: Part = Part::new("marks", "registry");
const RECORDS: Part = Part::new("records", "collection");
const TICKETS: Part = Part::new("tickets", "collection");
const OBJECTIONS: Part = Part::new("objections", "collection");
const REMEDIES: Part = Part::new("remedies", "collection");
const CLASSES: Part = Part::new("classes", "risk");
const FLAGS: Part = Part::new("flags", "risk");
const VISITS: Part = Part::new("visits", "inspection");
const ABNORMAL_ENTRIES: Part = Part::new("abnormal_entries", "punishment");
const SERIOUS_CASES: Part = Part::new("serious_cases", "punishment");
const CHECK: Part = Part::new("check", "punishment");

/// What a profile asks the party check for: no decision stands behind it.
const CHECK_PURPOSE: &str = "OTHER";

/// What is asked.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    /// The enterprise.
    pub(crate) uscc: Uscc,
    /// What for; risk writes it into its access log.
    pub(crate) purpose: &'static str,
    /// How many elements of each list, the latest; at most 500.
    pub(crate) latest: i32,
}

/// The parts as they were had; what is not among them is named in `missing`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Parts {
    pub(crate) enterprise: Option<Enterprise>,
    pub(crate) licences: Vec<Licence>,
    pub(crate) marks: Vec<Mark>,
    pub(crate) records: Vec<Record>,
    pub(crate) tickets: Vec<Ticket>,
    pub(crate) objections: Vec<Objection>,
    pub(crate) remedies: Vec<Remedy>,
    pub(crate) classes: Vec<RiskClass>,
    pub(crate) flags: Vec<Flag>,
    pub(crate) visits: Vec<Visit>,
    pub(crate) abnormal_entries: Vec<AbnormalEntry>,
    pub(crate) serious_cases: Vec<SeriousCase>,
    pub(crate) check: Option<PartyCheck>,
    pub(crate) missing: Vec<MissingPart>,
}

impl Parts {
    /// Whether a part could not be had.
    pub(crate) fn lacks(&self, part: &str) -> bool {
        self.missing.iter().any(|missing| missing.part == part)
    }
}

/// Asks for all parts in parallel; what is kept of them in `cache` is not asked for again.
///
/// Three parts are asked for every time: risk logs each reading of classes and flags, and what the party check says counts at the moment of
/// the question.
///
/// # Errors
/// [`Error::EnterpriseNotFound`], and the refusal of an enterprise outside the caller's divisions: the whole is refused then,
/// and at once. Any other failure is that of one part; even without the enterprise the others may be shown, as each service
/// has applied the caller's fields and divisions itself.
pub(crate) async fn gather(
    services: &Services,
    caller: &Caller,
    question: &Question,
    cache: Option<&Cache>,
) -> Result<Parts, Error> {
    let asking = Asking { services, caller, question, cache };
    let (
        enterprise,
        licences,
        marks,
        records,
        tickets,
        objections,
        remedies,
        classes,
        flags,
        visits,
        abnormal,
        serious,
        check,
    ) = tokio::try_join!(
        asking.enterprise(),
        had(asking.licences()),
        had(asking.marks()),
        had(asking.records()),
        had(asking.tickets()),
        had(asking.objections()),
        had(asking.remedies()),
        had(asking.classes()),
        had(asking.flags()),
        had(asking.visits()),
        had(asking.abnormal_entries()),
        had(asking.serious_cases()),
        had(asking.check()),
    )?;
    let mut missing = Vec::new();
    Ok(Parts {
        enterprise: one(enterprise, ENTERPRISE, &mut missing),
        licences: list(licences, LICENCES, &mut missing),
        marks: list(marks, MARKS, &mut missing),
        records: list(records, RECORDS, &mut missing),
        tickets: list(tickets, TICKETS, &mut missing),
        objections: list(objections, OBJECTIONS, &mut missing),
        remedies: list(remedies, REMEDIES, &mut missing),
        classes: list(classes, CLASSES, &mut missing),
        flags: list(flags, FLAGS, &mut missing),
        visits: list(visits, VISITS, &mut missing),
        abnormal_entries: list(abnormal, ABNORMAL_ENTRIES, &mut missing),
        serious_cases: list(serious, SERIOUS_CASES, &mut missing),
        check: one(check, CHECK, &mut missing),
        missing,
    })
}

/// A part that fails does not end the others.
async fn had<T>(part: impl Future<Output = Result<T, Failure>>) -> Result<Result<T, Failure>, Error> {
    Ok(part.await)
}

struct Asking<'a> {
    services: &'a Services,
    caller: &'a Caller,
    question: &'a Question,
    cache: Option<&'a Cache>,
}

impl Asking<'_> {
    fn uscc(&self) -> String {
        self.question.uscc.to_string()
    }

    /// The answer to a question for `size` elements: the one that is kept, or that of the service, which is kept when it is `whole`.
    async fn kept<T: Message + Default>(
        &self,
        (part, home): (Part, Home),
        size: i32,
        whole: fn(&T) -> bool,
        call: impl Future<Output = Result<Response<T>, Status>>,
    ) -> Result<T, Failure> {
        // Boxed: thirteen of these lie side by side in the future of one request, which must fit on the stack of a worker.
        let ask = Box::pin(answer(self.services.bound, call));
        let Some(cache) = self.cache else { return ask.await };
        let (uscc, caller) = (&self.question.uscc, self.caller);
        let question = cache::Question { part: part.name, home, uscc, size, caller };
        Box::pin(cache.answer(question, whole, ask)).await
    }

    /// The enterprise; the outer error refuses the whole.
    async fn enterprise(&self) -> Result<Result<Enterprise, Failure>, Error> {
        let mut client = EnterprisesClient::new(self.services.registry.clone());
        let request = GetEnterpriseRequest {
            name: format!("enterprises/{}", self.question.uscc),
            ..GetEnterpriseRequest::default()
        };
        let call = client.get_enterprise(request);
        let enterprise = match self.kept((ENTERPRISE, Home::Registry), 1, |_| true, call).await {
            Ok(enterprise) => enterprise,
            Err(Failure::Refused(status)) if status.code() == Code::NotFound => {
                return Err(Error::EnterpriseNotFound(self.question.uscc.clone()));
            }
            Err(Failure::Refused(status)) if outside_divisions(&status) => {
                let failure = Failure::Refused(status);
                return Err(Error::Part { service: ENTERPRISE.service, failure });
            }
            Err(failure) => return Ok(Err(failure)),
        };
        let division = DivisionCode::parse(&enterprise.division)
            .map_err(|problem| Error::Unreadable { service: ENTERPRISE.service, source: problem.into() })?;
        self.caller.may_act_in_division(&division)?;
        Ok(Ok(enterprise))
    }

    async fn licences(&self) -> Result<Found<Licence>, Failure> {
        let mut client = LicencesClient::new(self.services.registry.clone());
        let request =
            ListLicencesRequest { uscc: self.uscc(), page_size: READ, ..ListLicencesRequest::default() };
        let call = client.list_licences(request);
        let page =
            self.kept((LICENCES, Home::Registry), READ, |page| page.next_page_token.is_empty(), call).await?;
        Ok(Found::latest(page.licences, &page.next_page_token, self.question.latest, |licence| {
            &licence.valid_from
        }))
    }

    async fn marks(&self) -> Result<Found<Mark>, Failure> {
        let mut client = MarksClient::new(self.services.registry.clone());
        let request = ListMarksRequest { uscc: self.uscc(), page_size: READ, ..ListMarksRequest::default() };
        let call = client.list_marks(request);
        let page =
            self.kept((MARKS, Home::Registry), READ, |page| page.next_page_token.is_empty(), call).await?;
        // One mark for each key field: no date is needed to tell the latest.
        Ok(Found { elements: page.marks, unread: !page.next_page_token.is_empty() })
    }

    async fn records(&self) -> Result<Found<Record>, Failure> {
        let mut client = RecordsClient::new(self.services.collection.clone());
        let page_size = self.question.latest;
        let request = ListRecordsRequest { uscc: self.uscc(), page_size, ..ListRecordsRequest::default() };
        let call = client.list_records(request);
        let page = self.kept((RECORDS, Home::Collection), page_size, |_| true, call).await?;
        Ok(Found::ordered(page.records))
    }

    async fn tickets(&self) -> Result<Found<Ticket>, Failure> {
        let mut client = TicketsClient::new(self.services.collection.clone());
        let page_size = self.question.latest;
        let request = ListTicketsRequest { uscc: self.uscc(), page_size, ..ListTicketsRequest::default() };
        let call = client.list_tickets(request);
        let page = self.kept((TICKETS, Home::Collection), page_size, |_| true, call).await?;
        Ok(Found::ordered(page.tickets))
    }

    async fn objections(&self) -> Result<Found<Objection>, Failure> {
        let mut client = ObjectionsClient::new(self.services.collection.clone());
        let page_size = self.question.latest;
        let request =
            ListObjectionsRequest { uscc: self.uscc(), page_size, ..ListObjectionsRequest::default() };
        let call = client.list_objections(request);
        let page = self.kept((OBJECTIONS, Home::Collection), page_size, |_| true, call).await?;
        Ok(Found::ordered(page.objections))
    }

    async fn remedies(&self) -> Result<Found<Remedy>, Failure> {
        let mut client = RemediesClient::new(self.services.collection.clone());
        let page_size = self.question.latest;
        let request = ListRemediesRequest { uscc: self.uscc(), page_size, ..ListRemediesRequest::default() };
        let call = client.list_remedies(request);
        let page = self.kept((REMEDIES, Home::Collection), page_size, |_| true, call).await?;
        Ok(Found::ordered(page.remedies))
    }

    async fn classes(&self) -> Result<Found<RiskClass>, Failure> {
        let mut client = ClassesClient::new(self.services.risk.clone());
        let request = ListClassesRequest {
            uscc: self.uscc(),
            purpose: self.question.purpose.to_owned(),
            page_size: READ,
            ..ListClassesRequest::default()
        };
        let page = answer(self.services.bound, client.list_classes(request)).await?;
        Ok(Found::latest(page.classes, &page.next_page_token, self.question.latest, |class| &class.as_of))
    }

    async fn flags(&self) -> Result<Found<Flag>, Failure> {
        let mut client = FlagsClient::new(self.services.risk.clone());
        let request = ListFlagsRequest {
            uscc: self.uscc(),
            purpose: self.question.purpose.to_owned(),
            with_ended: true,
            page_size: self.question.latest,
            ..ListFlagsRequest::default()
        };
        let page = answer(self.services.bound, client.list_flags(request)).await?;
        Ok(Found::ordered(page.flags))
    }

    async fn visits(&self) -> Result<Found<Visit>, Failure> {
        let mut client = VisitsClient::new(self.services.inspection.clone());
        let request =
            ListVisitsRequest { uscc: self.uscc(), page_size: READ, ..ListVisitsRequest::default() };
        let call = client.list_visits(request);
        let page =
            self.kept((VISITS, Home::Inspection), READ, |page| page.next_page_token.is_empty(), call).await?;
        Ok(Found::latest(page.visits, &page.next_page_token, self.question.latest, |visit| &visit.visited_on))
    }

    async fn abnormal_entries(&self) -> Result<Found<AbnormalEntry>, Failure> {
        let mut client = AbnormalDirectoryClient::new(self.services.punishment.clone());
        let request = ListAbnormalEntriesRequest {
            uscc: self.uscc(),
            page_size: READ,
            ..ListAbnormalEntriesRequest::default()
        };
        let call = client.list_abnormal_entries(request);
        let page = self
            .kept((ABNORMAL_ENTRIES, Home::Punishment), READ, |page| page.next_page_token.is_empty(), call)
            .await?;
        Ok(Found::latest(page.entries, &page.next_page_token, self.question.latest, |entry| &entry.listed_on))
    }

    async fn serious_cases(&self) -> Result<Found<SeriousCase>, Failure> {
        let mut client = SeriousListClient::new(self.services.punishment.clone());
        let request = ListSeriousCasesRequest {
            uscc: self.uscc(),
            page_size: READ,
            ..ListSeriousCasesRequest::default()
        };
        let call = client.list_serious_cases(request);
        let page = self
            .kept((SERIOUS_CASES, Home::Punishment), READ, |page| page.next_page_token.is_empty(), call)
            .await?;
        Ok(Found::latest(page.cases, &page.next_page_token, self.question.latest, |case| &case.listed_on))
    }

    async fn check(&self) -> Result<PartyCheck, Failure> {
        let mut client = PartiesClient::new(self.services.punishment.clone());
        let (uscc, purpose) = (self.uscc(), CHECK_PURPOSE.to_owned());
        let request = CheckPartyRequest { uscc, purpose, ..CheckPartyRequest::default() };
        answer(self.services.bound, client.check_party(request)).await
    }
}

/// Whether the registry refused because of the enterprise's division, and not because of the caller's office.
fn outside_divisions(status: &Status) -> bool {
    reason_of(status).as_deref() == Some("DIVISION_NOT_PERMITTED")
}
