//! The service as it runs: its own loops carry measures to three systems at the addresses of its configuration.

use contract::client::{Timeouts, channel};
use contract::punishment::v1 as pb;
use contract::punishment::v1::abnormal_directory_client::AbnormalDirectoryClient;
use contract::punishment::v1::joint_measures_client::JointMeasuresClient;
use punishment::Config;
use receiver::{Does, Running};
use service::auth::TokenSource;
use service::peer::Peer;
use service::testing::{listener, token, token_of, until, write_jwks};
use service::{Shutdown, config::parse_from};

use crate::common::PARTY;
use crate::measures::house::SYSTEMS;

fn id() -> String {
    uuid::Uuid::new_v4().to_string()
}

/// The flags of a service whose systems are these.
fn flags(folder: &std::path::Path, systems: &[Running]) -> Vec<String> {
    let path = |name: &str| folder.join(name).display().to_string();
    write_jwks(&folder.join("jwks.json"));
    std::fs::write(folder.join("token"), token("SYSTEM", &["370100"])).unwrap();
    std::fs::write(folder.join("theirs"), "given by the systems").unwrap();
    let mut flags = vec![
        "punishment".to_owned(),
        format!("--database=sqlite:{}", path("punishment.db")),
        format!("--jwks={}", path("jwks.json")),
        format!("--token-file={}", path("token")),
    ];
    for (name, system) in SYSTEMS.iter().zip(systems) {
        flags.push(format!("--punishment-{name}-url=http://{}", system.address().unwrap()));
        flags.push(format!("--punishment-{name}-token-file={}", path("theirs")));
    }
    flags
}

#[tokio::test(flavor = "multi_thread")]
async fn measures_of_an_entry_reach_their_systems_and_are_taken_back() {
    let systems = SYSTEMS.map(|_| Running::on_a_free_port().unwrap());
    systems[1].inbox().will([Does::Fails, Does::TakesAndFails]);
    let folder = tempfile::tempdir().unwrap();
    let config: Config = parse_from(flags(folder.path(), &systems)).unwrap();
    let listener = listener().await;
    let address = listener.local_addr().unwrap().to_string();
    let shutdown = Shutdown::new();
    let serving = tokio::spawn(punishment::serve(listener, config, shutdown.clone()));
    let peer = |person: &str, office: &str| {
        let token = token_of(person, office, &["370100"]);
        Peer::as_service(channel(&address, Timeouts::default()).unwrap(), TokenSource::fixed(token))
    };
    let entry = list(&peer).await;
    let mut credit = JointMeasuresClient::new(peer("sun", "CREDIT"));
    let request = pb::ListMeasuresRequest { entry: entry.clone(), ..pb::ListMeasuresRequest::default() };
    let measures = credit.list_measures(request.clone()).await.unwrap().into_inner().measures;
    for measure in &measures {
        let confirm = pb::ConfirmMeasureRequest {
            name: measure.name.clone(),
            legal_basis: measure.legal_basis.clone(),
            request_id: id(),
        };
        credit.confirm_measure(confirm).await.unwrap();
    }
    let mut all_in = async |state: &str| {
        until(state, async || {
            let page = credit.list_measures(request.clone()).await.unwrap().into_inner();
            page.measures.iter().all(|measure| measure.state == state).then_some(page.measures.len())
        })
        .await
    };
    assert_eq!(all_in("InForce").await, 2);
    assert!(systems.iter().all(|system| !system.inbox().shown().is_empty()));
    for (person, event) in [("li", "RequestRemoval"), ("wang", "Remove")] {
        advance(&peer, person, &entry, event).await;
    }
    assert_eq!(all_in("EndAcknowledged").await, 2);
    assert!(systems.iter().all(|system| system.inbox().shown().is_empty()));
    shutdown.begin();
    serving.await.unwrap().unwrap();
}

async fn list(peer: &impl Fn(&str, &str) -> Peer) -> String {
    let entry = pb::AbnormalEntry {
        uscc: PARTY.to_owned(),
        party_name: "济南泉福食品有限公司".to_owned(),
        division: "370102".to_owned(),
        ground: "3".to_owned(),
        ..pb::AbnormalEntry::default()
    };
    let request = pb::CreateAbnormalEntryRequest { entry: Some(entry), request_id: id() };
    let mut directory = AbnormalDirectoryClient::new(peer("wang", "DISTRICT"));
    let name = directory.create_abnormal_entry(request).await.unwrap().into_inner().name;
    for (person, event) in [("wang", "Verify"), ("wang", "Propose"), ("li", "Decide")] {
        advance(peer, person, &name, event).await;
    }
    name
}

async fn advance(peer: &impl Fn(&str, &str) -> Peer, person: &str, name: &str, event: &str) {
    let request = pb::AdvanceAbnormalEntryRequest {
        name: name.to_owned(),
        event: event.to_owned(),
        document_no: "济市监异〔2024〕1号".to_owned(),
        reason: "经核实公示信息不实".to_owned(),
        legal_basis: "《企业经营异常名录管理办法》".to_owned(),
        removal_ground: if event == "RequestRemoval" { "3" } else { "" }.to_owned(),
        request_id: id(),
        ..pb::AdvanceAbnormalEntryRequest::default()
    };
    AbnormalDirectoryClient::new(peer(person, "DISTRICT")).advance_abnormal_entry(request).await.unwrap();
}
