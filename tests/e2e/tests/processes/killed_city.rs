//! A city that is killed at any moment of an import has lost nothing it acknowledged, and doubled nothing.

use std::path::Path;

use contract::feed::v1::VerifyChainRequest;
use contract::registry::v1::Enterprise;
use e2e::killed::KilledCity;
use e2e::ledger::{Ledger, Moment, PARTY};
use e2e::people::People;
use e2e::{job, wait, xinjian_json};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use standalone::house::Folder;

/// Times that the city is killed.
const KILLS: usize = 50;
/// Rows of one message.
const ROWS: usize = 10;

#[tokio::test(flavor = "multi_thread")]
async fn a_city_killed_fifty_times_during_an_import_keeps_every_acknowledged_record_once() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let mut random = ChaCha8Rng::seed_from_u64(50);
    let mut ledger = Ledger::default();
    for life in 0..KILLS {
        let (city, people) = start(folder.path()).await;
        if life == 0 {
            assert_eq!(job::enterprises(&people.officer("importer", "LEGAL"), vec![party()]).await.new, 1);
        }
        ledger.check(&people).await;
        every_chain_is_sound(&people).await;
        ledger.import_until(&people, ROWS, Moment::random(&mut random), || city.kill()).await;
    }
    assert!(ledger.acknowledged() > 0, "nothing was acknowledged before a kill");

    let (city, people) = start(folder.path()).await;
    ledger.import(&people).await;
    assert_eq!((ledger.pending(), ledger.acknowledged()), (0, ledger.offered()));
    ledger.check(&people).await;
    wait::quiet(&people).await;
    every_chain_is_sound(&people).await;
    city.kill();
    let audit = xinjian_json(["audit", "verify", "--data", &folder.path().display().to_string()]);
    assert_eq!(audit["valid"], true, "{audit}");
}

async fn start(folder: &Path) -> (KilledCity, People) {
    let city = KilledCity::start(folder).await;
    let people = People::of(city.addresses().clone(), &folder.join("keys"));
    let folder = Folder::open(folder).expect("the city's folder is there");
    (city, people.in_folder(&folder))
}

async fn every_chain_is_sound(people: &People) {
    for (service, mut feed) in people.officer("auditor", "CREDIT").feeds() {
        let answer = feed.verify_chain(VerifyChainRequest::default()).await;
        let answer = answer.unwrap_or_else(|refused| panic!("{service}: {refused}")).into_inner();
        assert!(answer.valid, "{service}: event {}: {}", answer.broken_seq, answer.problem);
    }
}

fn party() -> Enterprise {
    Enterprise {
        uscc: PARTY.to_owned(),
        legal_name: "济南泉福食品有限公司".to_owned(),
        party_kind: "legal_or_unincorporated".to_owned(),
        division: "370102".to_owned(),
        ..Enterprise::default()
    }
}
