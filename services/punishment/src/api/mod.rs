//! The gRPC services of this service, a file for each resource.

pub(crate) mod convert;

mod abnormal;
mod dossiers;
mod measure;
mod parties;
mod receipts;
mod remedies;
mod repairs;
mod serious;
mod simulator;

pub use abnormal::AbnormalDirectoryApi;
pub use convert::receipt::{attests, receipt_from_pb};
pub use dossiers::DossiersApi;
pub use measure::JointMeasuresApi;
pub use parties::PartiesApi;
pub use receipts::ReceiptsApi;
pub use remedies::EntryRemediesApi;
pub use repairs::RepairsApi;
pub use serious::SeriousListApi;
pub use simulator::{SimulatorApi, simulate_penalty};

use std::sync::Arc;

use contract::punishment::v1::abnormal_directory_server::AbnormalDirectoryServer;
use contract::punishment::v1::dossiers_server::DossiersServer;
use contract::punishment::v1::entry_remedies_server::EntryRemediesServer;
use contract::punishment::v1::joint_measures_server::JointMeasuresServer;
use contract::punishment::v1::parties_server::PartiesServer;
use contract::punishment::v1::receipts_server::ReceiptsServer;
use contract::punishment::v1::repairs_server::RepairsServer;
use contract::punishment::v1::serious_list_server::SeriousListServer;
use contract::punishment::v1::simulator_server::SimulatorServer;
use service::{Clock, Server};

use crate::index::PartyIndex;
use crate::receipts::Receipts;
use crate::store::Store;

/// Adds every gRPC service of punishment to `server`, all over the same records: parties are checked by `index`, and `receipts` prove it.
pub fn add_all(
    server: Server,
    store: &Store,
    index: &Arc<PartyIndex>,
    receipts: Receipts,
    clock: Clock,
) -> Server {
    let abnormal = AbnormalDirectoryApi::new(store.clone(), index.clone(), clock);
    let serious = SeriousListApi::new(store.clone(), index.clone(), clock);
    let remedies = EntryRemediesApi::new(store.clone(), index.clone(), clock);
    let parties = PartiesApi::new(store.clone(), index.clone(), receipts, clock);
    let measures = JointMeasuresApi::new(store.clone(), clock);
    let repairs = RepairsApi::new(store.clone(), index.clone(), clock);
    let parts = dossiers::Parts {
        abnormal: abnormal.clone(),
        serious: serious.clone(),
        measures: measures.clone(),
        repairs: repairs.clone(),
        remedies: remedies.clone(),
        parties: parties.clone(),
    };
    let dossiers = DossiersApi::new(store.clone(), parts, clock);
    server
        .with(AbnormalDirectoryServer::new(abnormal))
        .with(SeriousListServer::new(serious))
        .with(EntryRemediesServer::new(remedies))
        .with(JointMeasuresServer::new(measures))
        .with(RepairsServer::new(repairs))
        .with(SimulatorServer::new(SimulatorApi::new(store.book().clone())))
        .with(ReceiptsServer::new(ReceiptsApi::new(store.clone())))
        .with(PartiesServer::new(parties))
        .with(DossiersServer::new(dossiers))
}
