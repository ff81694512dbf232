//! What punishment knows of one enterprise, each part as its own RPC answers.

use contract::punishment::v1::abnormal_directory_server::AbnormalDirectory;
use contract::punishment::v1::dossiers_server::Dossiers;
use contract::punishment::v1::entry_remedies_server::EntryRemedies;
use contract::punishment::v1::joint_measures_server::JointMeasures;
use contract::punishment::v1::parties_server::Parties;
use contract::punishment::v1::serious_list_server::SeriousList;
use contract::punishment::v1::{
    CheckPartyRequest, Dossier, GetDossierRequest, ListAbnormalEntriesRequest, ListEntryRemediesRequest,
    ListMeasuresRequest, ListRepairsRequest, ListSeriousCasesRequest,
};
use service::auth::Caller;
use service::dossier::{Asked, Asker, part};
use service::{Clock, FieldErrors};
use tonic::{Request, Response, Status};

use super::convert::party::Question;
use super::{
    AbnormalDirectoryApi, EntryRemediesApi, JointMeasuresApi, PartiesApi, RepairsApi, SeriousListApi,
};
use crate::error::Error;
use crate::store::{Lists, Store};

const ENTRIES: &str = "/xinjian.punishment.v1.AbnormalDirectory/ListAbnormalEntries";
const CASES: &str = "/xinjian.punishment.v1.SeriousList/ListSeriousCases";
const MEASURES: &str = "/xinjian.punishment.v1.JointMeasures/ListMeasures";
const REPAIRS: &str = "/xinjian.punishment.v1.Repairs/ListRepairs";
const REMEDIES: &str = "/xinjian.punishment.v1.EntryRemedies/ListEntryRemedies";
const CHECK: &str = "/xinjian.punishment.v1.Parties/CheckParty";

/// Who answers for the parts.
#[derive(Clone, Debug)]
pub(super) struct Parts {
    pub(super) abnormal: AbnormalDirectoryApi,
    pub(super) serious: SeriousListApi,
    pub(super) measures: JointMeasuresApi,
    pub(super) repairs: RepairsApi,
    pub(super) remedies: EntryRemediesApi,
    pub(super) parties: PartiesApi,
}

/// The service `Dossiers`.
#[derive(Clone, Debug)]
pub struct DossiersApi {
    store: Store,
    parts: Parts,
    clock: Clock,
}

impl DossiersApi {
    /// Answers what the services of the parts answer, by the rulebook of `store`.
    pub(super) fn new(store: Store, parts: Parts, clock: Clock) -> Self {
        Self { store, parts, clock }
    }
}

#[tonic::async_trait]
impl Dossiers for DossiersApi {
    async fn get_dossier(&self, request: Request<GetDossierRequest>) -> Result<Response<Dossier>, Status> {
        let caller = Caller::of(&request).map_err(Error::from)?;
        let body = request.into_inner();
        let (book, today) = (self.store.book(), self.clock.today());
        let mut fields = FieldErrors::default();
        let asked = Asked::read(&mut fields, &body.name, body.latest);
        // A purpose that nobody knows is no failure of one part.
        Question::read(&mut fields, book, (body.purpose.as_str(), ""), today);
        let Some(Asked { uscc, page_size }) = asked.filter(|_| fields.is_empty()) else {
            return Err(Error::from(fields).into());
        };
        // What fails here each list says for itself.
        let lists = self.store.lists_of(&uscc).await.unwrap_or(Lists::UNKNOWN);
        let uscc = || uscc.to_string();
        let entries = ListAbnormalEntriesRequest { uscc: uscc(), page_size, ..Default::default() };
        let cases = ListSeriousCasesRequest { uscc: uscc(), page_size, ..Default::default() };
        let measures = ListMeasuresRequest { uscc: uscc(), page_size, ..Default::default() };
        let repairs = ListRepairsRequest { uscc: uscc(), page_size, ..Default::default() };
        let remedies = ListEntryRemediesRequest { uscc: uscc(), page_size, ..Default::default() };
        let check = CheckPartyRequest { uscc: uscc(), purpose: body.purpose, ..Default::default() };

        let asker = Asker { caller: &caller, book, today };
        let of = &self.parts;
        let (entries, cases, measures, repairs, remedies, check) = tokio::join!(
            asker.ask_if(lists.entries, ENTRIES, entries, |request| {
                of.abnormal.list_abnormal_entries(request)
            }),
            asker.ask_if(lists.cases, CASES, cases, |request| of.serious.list_serious_cases(request)),
            asker.ask_if(lists.measures, MEASURES, measures, |request| of.measures.list_measures(request)),
            // Boxed, as the answers of the RPCs are.
            asker.ask_if(lists.repairs, REPAIRS, repairs, |request| Box::pin(of.repairs.list(request))),
            asker.ask_if(lists.remedies, REMEDIES, remedies, |request| {
                of.remedies.list_entry_remedies(request)
            }),
            asker.ask(CHECK, check, |request| of.parties.check_party(request)),
        );
        let mut missing = Vec::new();
        let entries = part("abnormal_entries", entries, &mut missing).unwrap_or_default();
        let cases = part("serious_cases", cases, &mut missing).unwrap_or_default();
        let measures = part("measures", measures, &mut missing).unwrap_or_default();
        let repairs = part("repairs", repairs, &mut missing).unwrap_or_default();
        let remedies = part("entry_remedies", remedies, &mut missing).unwrap_or_default();
        let check = part("check", check, &mut missing);
        Ok(Response::new(Dossier {
            more_abnormal_entries: !entries.next_page_token.is_empty(),
            abnormal_entries: entries.entries,
            more_serious_cases: !cases.next_page_token.is_empty(),
            serious_cases: cases.cases,
            more_measures: !measures.next_page_token.is_empty(),
            measures: measures.measures,
            more_repairs: !repairs.next_page_token.is_empty(),
            repairs: repairs.repairs,
            more_entry_remedies: !remedies.next_page_token.is_empty(),
            entry_remedies: remedies.remedies,
            check,
            missing,
        }))
    }
}
