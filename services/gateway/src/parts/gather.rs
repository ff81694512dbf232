//! Everything that the services know of one enterprise, asked for at once.

use std::time::Duration;

use contract::{
    client::MAX_MESSAGE_BYTES,
    collection::v1::{self as collection, Objection, Record, Remedy, Ticket},
    gateway::v1::MissingPart,
    inspection::v1::{self as inspection, Rectification, Visit},
    punishment::v1::{
        self as punishment, AbnormalEntry, EntryRemedy, Measure, PartyCheck, Repair, SeriousCase,
    },
    registry::v1::{self as registry, Commitment, Enterprise, Licence, Mark},
    risk::v1::{self as risk, Flag, RiskClass},
};
use domain::{DivisionCode, MicrosUtc, Uscc};
use futures::FutureExt;
use service::{auth::Caller, error::reason_of, peer::Peer};
use tonic::{Code, Response, Status};

use super::{
    Failure, Part,
    dossier::Dossier,
    found::{READ, first, latest_by},
};
use crate::{
    Error,
    cache::{self, Answered, Cache, Of},
    forward::Home,
    peers::Services,
};

/// What a profile asks the party check for: no decision stands behind it.
const CHECK_PURPOSE: &str = "OTHER";

/// Largest dossier in bytes: six parts, each as large as the answer of an RPC of its own may be.
const LARGEST: usize = 6 * MAX_MESSAGE_BYTES;

/// What is asked.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    /// The enterprise.
    pub(crate) uscc: Uscc,
    /// RPC that answers, such as `/xinjian.gateway.v1.Profiles/GetProfile`, and what for; risk writes both into its access log.
    pub(crate) method: &'static str,
    pub(crate) purpose: &'static str,
    /// How many elements of each list, the latest; at most 500.
    pub(crate) latest: i32,
}

impl Question {
    /// The same of what is kept, for an answer that is waited for at most for `bound`.
    pub(crate) fn of<'a>(
        &'a self,
        of: Of,
        size: i32,
        caller: &'a Caller,
        bound: Duration,
    ) -> cache::Question<'a> {
        let (uscc, method, purpose) = (&self.uscc, self.method, self.purpose);
        // Whoever asks the service after all still has most of the time for it.
        cache::Question { of, uscc, size, caller, method, purpose, patience: bound / 4 }
    }
}

/// The parts as they were had; what is not among them is named in `missing`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Parts {
    pub(crate) enterprise: Option<Enterprise>,
    pub(crate) licences: Vec<Licence>,
    pub(crate) marks: Vec<Mark>,
    pub(crate) commitments: Vec<Commitment>,
    pub(crate) records: Vec<Record>,
    pub(crate) tickets: Vec<Ticket>,
    pub(crate) objections: Vec<Objection>,
    pub(crate) remedies: Vec<Remedy>,
    pub(crate) classes: Vec<RiskClass>,
    pub(crate) flags: Vec<Flag>,
    pub(crate) visits: Vec<Visit>,
    pub(crate) rectifications: Vec<Rectification>,
    pub(crate) abnormal_entries: Vec<AbnormalEntry>,
    pub(crate) serious_cases: Vec<SeriousCase>,
    pub(crate) measures: Vec<Measure>,
    pub(crate) repairs: Vec<Repair>,
    pub(crate) entry_remedies: Vec<EntryRemedy>,
    pub(crate) check: Option<PartyCheck>,
    pub(crate) missing: Vec<MissingPart>,
    /// Until when what is made of them may be kept; `None`: not at all.
    pub(crate) good_until: Option<MicrosUtc>,
    /// Those that are there and whose every reading is logged.
    pub(crate) logged: Vec<&'static str>,
}

impl Parts {
    /// Whether a part could not be had.
    pub(crate) fn lacks(&self, part: &str) -> bool {
        self.missing.iter().any(|missing| missing.part == part)
    }
}

/// Asks each service for its dossier, all at once; one that is kept in `cache` is not asked for again.
///
/// # Errors
/// [`Error::EnterpriseNotFound`], and the refusal of an enterprise outside the caller's divisions: the whole is refused then,
/// and at once. Any other failure is that of one service, or of one part; even without the enterprise the others may be shown, as each
/// service has applied the caller's fields and divisions itself.
pub(crate) async fn gather(
    services: Services,
    caller: &Caller,
    question: &Question,
    cache: Option<&Cache>,
) -> Result<Parts, Error> {
    let Services { registry, collection, risk, inspection, punishment, bound } = services;
    let asking = Asking { bound, caller, question, cache };
    let mut had = Had::default();
    let all = async {
        tokio::try_join!(
            put(&mut had.registry, asking.registry(registry)),
            put(&mut had.collection, asking.collection(collection).map(Ok)),
            put(&mut had.risk, asking.risk(risk).map(Ok)),
            put(&mut had.inspection, asking.inspection(inspection).map(Ok)),
            put(&mut had.punishment, asking.punishment(punishment).map(Ok)),
        )
    };
    // One time for all. Boxed: five questions lie side by side, and the future of one request must fit on the stack of a worker.
    if let Ok(Err(refused)) = tokio::time::timeout(bound, Box::pin(all)).await {
        return Err(refused);
    }
    let mut together = Together::new(bound);
    let registry = together.take(had.registry);
    let collection = together.take(had.collection);
    together.missing.extend(cut_short(&collection, question.latest));
    let risk = together.take(had.risk);
    let inspection = together.take(had.inspection);
    let punishment = together.take(had.punishment);
    let latest = question.latest;
    let Together { missing, good_until, logged, .. } = together;
    Ok(Parts {
        enterprise: registry.enterprise,
        licences: latest_by(registry.licences, latest, |licence| &licence.valid_from),
        // One mark for each key field: no date is needed to tell the latest.
        marks: registry.marks,
        commitments: latest_by(registry.commitments, latest, |letter| &letter.issued_on),
        records: collection.records,
        tickets: collection.tickets,
        objections: collection.objections,
        remedies: collection.remedies,
        classes: latest_by(risk.classes, latest, |class| &class.as_of),
        flags: first(risk.flags, latest),
        visits: latest_by(told(inspection.visits), latest, |visit| &visit.visited_on),
        rectifications: latest_by(inspection.rectifications, latest, |one| &one.ordered_on),
        abnormal_entries: latest_by(punishment.abnormal_entries, latest, |entry| &entry.listed_on),
        serious_cases: latest_by(punishment.serious_cases, latest, |case| &case.listed_on),
        measures: latest_by(punishment.measures, latest, |measure| &measure.starts_on),
        repairs: latest_by(punishment.repairs, latest, |repair| &repair.submitted_on),
        entry_remedies: latest_by(punishment.entry_remedies, latest, |remedy| &remedy.accepted_on),
        check: punishment.check,
        missing,
        good_until,
        logged,
    })
}

/// The visits without those on a clue that have not begun: many an office reads profiles, and nobody shall be warned. Who makes them finds
/// them with their task.
fn told(visits: Vec<Visit>) -> Vec<Visit> {
    let begun = |visit: &Visit| !visit.visited_on.is_empty() || visit.scan_in_time.is_some();
    visits.into_iter().filter(|visit| !visit.clue_led || begun(visit)).collect()
}

/// Records as missing where fewer came than were asked for, though there are more: those that came fill an answer. That they are the latest
/// is no comfort to who looks for what happened before.
fn cut_short(dossier: &collection::Dossier, asked: i32) -> Option<MissingPart> {
    let fewer = usize::try_from(asked).is_ok_and(|asked| dossier.records.len() < asked);
    (dossier.more_records && fewer).then(|| Part::new("records", Home::Collection.name()).unread())
}

/// What a service answered; `None` where it has not.
type Told<D> = Option<Result<Answered<D>, Failure>>;

/// What was had when all had answered, or the time was over.
#[derive(Default)]
struct Had {
    registry: Told<registry::Dossier>,
    collection: Told<collection::Dossier>,
    risk: Told<risk::Dossier>,
    inspection: Told<inspection::Dossier>,
    punishment: Told<punishment::Dossier>,
}

/// Puts what a service answers into its place. A service that fails does not end the others; what refuses the whole does.
async fn put<D>(
    place: &mut Told<D>,
    asked: impl Future<Output = Result<Result<Answered<D>, Failure>, Error>>,
) -> Result<(), Error> {
    *place = Some(asked.await?);
    Ok(())
}

/// What is told of the dossiers, beside what is in them.
struct Together {
    /// How long each was waited for.
    bound: Duration,
    missing: Vec<MissingPart>,
    good_until: Option<MicrosUtc>,
    logged: Vec<&'static str>,
}

impl Together {
    /// Of none so far.
    fn new(bound: Duration) -> Self {
        Self { bound, missing: Vec::new(), good_until: Some(MicrosUtc(i64::MAX)), logged: Vec::new() }
    }

    /// The dossier, with what it lacks noted; an empty one, with all of it noted, when it could not be had.
    fn take<D: Dossier>(&mut self, told: Told<D>) -> D {
        let part = |name| Part::new(name, D::HOME.name());
        let (dossier, good_until) = match told.unwrap_or(Err(Failure::Late(self.bound))) {
            Ok(Answered { answer, good_until }) => (answer, good_until),
            Err(failure) => {
                self.good_until = None;
                self.missing.extend(D::PARTS.iter().copied().map(|name| part(name).missing(&failure)));
                return D::default();
            }
        };
        // `None`, which stands for not at all, is less than any instant.
        self.good_until = self.good_until.min(good_until);
        self.logged.extend(dossier.logged());
        let unread = dossier.unread();
        self.missing.extend(D::PARTS.iter().copied().filter_map(|name| match dossier.lacks(name) {
            Some(why) => Some(part(name).unanswered(why)),
            None => unread.contains(&name).then(|| part(name).unread()),
        }));
        dossier
    }
}

struct Asking<'a> {
    /// Longest wait for each of the services.
    bound: Duration,
    caller: &'a Caller,
    question: &'a Question,
    cache: Option<&'a Cache>,
}

impl Asking<'_> {
    fn name(&self) -> String {
        format!("enterprises/{}", self.question.uscc)
    }

    /// The dossier of `size` elements of each list: the one that is kept, or that of the service, which is kept when it may be. `call` is
    /// boxed by who makes it: a call over the wire is a large future, and each step here would hold and move the whole of it.
    async fn dossier<D: Dossier>(
        &self,
        size: i32,
        call: impl Future<Output = Result<Response<D>, Status>>,
    ) -> Result<Answered<D>, Failure> {
        let ask = async { call.await.map(Response::into_inner).map_err(Failure::from) };
        match self.cache {
            None => ask.await.map(|answer| Answered { answer, good_until: None }),
            Some(cache) => {
                let question = self.question.of(Of::Dossier(D::HOME), size, self.caller, self.bound);
                // Boxed, as it may ask Redis: nobody who keeps nothing has room for that five times.
                Box::pin(cache.answer(question, D::keep, ask)).await
            }
        }
    }

    /// What the registry knows; the outer error refuses the whole.
    async fn registry(&self, peer: Peer) -> Result<Result<Answered<registry::Dossier>, Failure>, Error> {
        const SERVICE: &str = "registry";
        let client = registry::dossiers_client::DossiersClient::new(peer);
        let mut client = client.max_decoding_message_size(LARGEST);
        let request = registry::GetDossierRequest { name: self.name(), latest: READ };
        let answered = match self.dossier(READ, Box::pin(client.get_dossier(request))).await {
            Ok(answered) => answered,
            Err(Failure::Refused(status)) if status.code() == Code::NotFound => {
                return Err(Error::EnterpriseNotFound(self.question.uscc.clone()));
            }
            Err(Failure::Refused(status)) if outside_divisions(&status) => {
                return Err(Error::Part { service: SERVICE, failure: Failure::Refused(status) });
            }
            Err(failure) => return Ok(Err(failure)),
        };
        if let Some(enterprise) = &answered.answer.enterprise {
            let division = DivisionCode::parse(&enterprise.division)
                .map_err(|problem| Error::Unreadable { service: SERVICE, source: problem.into() })?;
            self.caller.may_act_in_division(&division)?;
        }
        Ok(Ok(answered))
    }

    async fn collection(&self, peer: Peer) -> Result<Answered<collection::Dossier>, Failure> {
        let client = collection::dossiers_client::DossiersClient::new(peer);
        let mut client = client.max_decoding_message_size(LARGEST);
        let latest = self.question.latest;
        let request = collection::GetDossierRequest { name: self.name(), latest };
        self.dossier(latest, Box::pin(client.get_dossier(request))).await
    }

    async fn risk(&self, peer: Peer) -> Result<Answered<risk::Dossier>, Failure> {
        let client = risk::dossiers_client::DossiersClient::new(peer);
        let mut client = client.max_decoding_message_size(LARGEST);
        let (name, purpose) = (self.name(), self.question.purpose.to_owned());
        let request = risk::GetDossierRequest { name, latest: READ, purpose };
        self.dossier(READ, Box::pin(client.get_dossier(request))).await
    }

    async fn inspection(&self, peer: Peer) -> Result<Answered<inspection::Dossier>, Failure> {
        let client = inspection::dossiers_client::DossiersClient::new(peer);
        let mut client = client.max_decoding_message_size(LARGEST);
        let request = inspection::GetDossierRequest { name: self.name(), latest: READ };
        self.dossier(READ, Box::pin(client.get_dossier(request))).await
    }

    async fn punishment(&self, peer: Peer) -> Result<Answered<punishment::Dossier>, Failure> {
        let client = punishment::dossiers_client::DossiersClient::new(peer);
        let mut client = client.max_decoding_message_size(LARGEST);
        let (name, purpose) = (self.name(), CHECK_PURPOSE.to_owned());
        let request = punishment::GetDossierRequest { name, latest: READ, purpose };
        self.dossier(READ, Box::pin(client.get_dossier(request))).await
    }
}

/// Whether the registry refused because of the enterprise's division, and not because of the caller's office.
fn outside_divisions(status: &Status) -> bool {
    reason_of(status).as_deref() == Some("DIVISION_NOT_PERMITTED")
}

#[cfg(test)]
mod tests {
    use contract::common::v1::UnansweredPart;

    use super::*;

    const BOUND: Duration = Duration::from_millis(20);

    fn answered<D: Dossier>(answer: D, good_until: i64) -> Told<D> {
        Some(Ok(Answered { answer, good_until: Some(MicrosUtc(good_until)) }))
    }

    #[test]
    fn what_is_not_to_be_had_is_named_in_its_place_and_in_the_words_of_its_service() {
        let refused = UnansweredPart {
            part: "classes".to_owned(),
            code: "PERMISSION_DENIED".to_owned(),
            reason: "ROLE_NOT_PERMITTED".to_owned(),
            problem: "LEGAL may not".to_owned(),
        };
        let mut together = Together::new(BOUND);
        together.take(answered(risk::Dossier { missing: vec![refused], ..risk::Dossier::default() }, 9));
        let unread = inspection::Dossier { more_visits: true, ..inspection::Dossier::default() };
        together.take(Some(Ok(Answered { answer: unread, good_until: None })));
        let failed = Err(Failure::from(Status::unavailable("tcp connect error: 10.0.0.7")));
        together.take::<punishment::Dossier>(Some(failed));
        let missing: Vec<_> = together.missing.iter().map(|one| (&*one.part, &*one.code)).collect();
        assert_eq!(
            missing,
            [
                ("classes", "PERMISSION_DENIED"),
                ("visits", "OUT_OF_RANGE"),
                ("abnormal_entries", "UNAVAILABLE"),
                ("serious_cases", "UNAVAILABLE"),
                ("measures", "UNAVAILABLE"),
                ("repairs", "UNAVAILABLE"),
                ("entry_remedies", "UNAVAILABLE"),
                ("check", "UNAVAILABLE"),
            ]
        );
        assert_eq!(together.missing[0].problem, "LEGAL may not");
        assert_eq!((together.good_until, together.logged), (None, vec!["flags"]));
    }

    #[test]
    fn every_part_of_a_service_that_has_not_answered_in_time_is_late() {
        let mut together = Together::new(BOUND);
        together.take(answered(registry::Dossier::default(), 9));
        together.take::<collection::Dossier>(None);
        let missing: Vec<_> =
            together.missing.iter().map(|one| (&*one.part, &*one.code, &*one.problem)).collect();
        let late = |part| (part, "DEADLINE_EXCEEDED", "no answer within 20 ms");
        assert_eq!(missing, ["records", "tickets", "objections", "remedies"].map(late));
        assert_eq!(together.good_until, None, "it is not kept");
    }

    #[test]
    fn a_visit_on_a_clue_is_told_once_it_has_begun_and_a_drawn_one_before() {
        let (drawn, named) = (Visit::default(), Visit { clue_led: true, ..Visit::default() });
        let entered = Visit { scan_in_time: Some(prost_types::Timestamp::default()), ..named.clone() };
        let found = Visit { visited_on: "2026-11-10".to_owned(), ..named.clone() };
        let visits = vec![named, drawn.clone(), entered.clone(), found.clone()];
        assert_eq!(told(visits), [drawn, entered, found]);
    }

    #[test]
    fn records_that_fill_an_answer_are_said_not_to_be_all_of_those_that_were_asked_for() {
        let dossier = |more_records| {
            let records = vec![Record::default(); 3];
            collection::Dossier { records, more_records, ..collection::Dossier::default() }
        };
        let missing = cut_short(&dossier(true), 5).unwrap();
        assert_eq!((missing.part.as_str(), missing.code.as_str()), ("records", "OUT_OF_RANGE"));
        assert_eq!(cut_short(&dossier(true), 3), None, "older ones are not asked for");
        assert_eq!(cut_short(&dossier(false), 5), None);
    }

    #[test]
    fn what_is_made_of_dossiers_lives_as_long_as_the_first_that_ends() {
        let mut together = Together::new(BOUND);
        together.take(answered(registry::Dossier::default(), 9));
        together.take(answered(punishment::Dossier::default(), 5));
        together.take(answered(risk::Dossier::default(), 7));
        assert_eq!(together.good_until, Some(MicrosUtc(5)));
    }
}
