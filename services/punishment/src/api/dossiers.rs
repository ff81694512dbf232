//! What punishment knows of one enterprise, each part as its own RPC answers.

use contract::punishment::v1::abnormal_directory_server::AbnormalDirectory;
use contract::punishment::v1::dossiers_server::Dossiers;
use contract::punishment::v1::parties_server::Parties;
use contract::punishment::v1::serious_list_server::SeriousList;
use contract::punishment::v1::{
    CheckPartyRequest, Dossier, GetDossierRequest, ListAbnormalEntriesRequest, ListSeriousCasesRequest,
};
use service::auth::Caller;
use service::dossier::{Asked, Asker, part};
use service::{Clock, FieldErrors};
use tonic::{Request, Response, Status};

use super::convert::party::Question;
use super::{AbnormalDirectoryApi, PartiesApi, SeriousListApi};
use crate::error::Error;
use crate::store::{Lists, Store};

const ENTRIES: &str = "/xinjian.punishment.v1.AbnormalDirectory/ListAbnormalEntries";
const CASES: &str = "/xinjian.punishment.v1.SeriousList/ListSeriousCases";
const CHECK: &str = "/xinjian.punishment.v1.Parties/CheckParty";

/// The service `Dossiers`.
#[derive(Clone, Debug)]
pub struct DossiersApi {
    store: Store,
    abnormal: AbnormalDirectoryApi,
    serious: SeriousListApi,
    parties: PartiesApi,
    clock: Clock,
}

impl DossiersApi {
    /// Answers what `abnormal`, `serious` and `parties` answer, by the rulebook of `store`.
    pub fn new(
        store: Store,
        abnormal: AbnormalDirectoryApi,
        serious: SeriousListApi,
        parties: PartiesApi,
        clock: Clock,
    ) -> Self {
        Self { store, abnormal, serious, parties, clock }
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
        let check = CheckPartyRequest { uscc: uscc(), purpose: body.purpose, ..Default::default() };

        let asker = Asker { caller: &caller, book, today };
        let (entries, cases, check) = tokio::join!(
            asker.ask_if(lists.entries, ENTRIES, entries, |request| {
                self.abnormal.list_abnormal_entries(request)
            }),
            asker.ask_if(lists.cases, CASES, cases, |request| self.serious.list_serious_cases(request)),
            asker.ask(CHECK, check, |request| self.parties.check_party(request)),
        );
        let mut missing = Vec::new();
        let entries = part("abnormal_entries", entries, &mut missing).unwrap_or_default();
        let cases = part("serious_cases", cases, &mut missing).unwrap_or_default();
        let check = part("check", check, &mut missing);
        Ok(Response::new(Dossier {
            more_abnormal_entries: !entries.next_page_token.is_empty(),
            abnormal_entries: entries.entries,
            more_serious_cases: !cases.next_page_token.is_empty(),
            serious_cases: cases.cases,
            check,
            missing,
        }))
    }
}
