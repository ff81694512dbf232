//! A city that is killed at any moment of an import has lost nothing it acknowledged, and doubled nothing.

#![allow(missing_docs, reason = "a test's sentence is its name")]

use std::path::Path;
use std::time::Duration;

use contract::feed::v1::VerifyChainRequest;
use contract::registry::v1::Enterprise;
use e2e::killed::KilledCity;
use e2e::ledger::{Ledger, PARTY};
use e2e::people::People;
use e2e::{job, wait, xinjian_json};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Times that the city is killed.
const KILLS: usize = 50;
/// Rows of one message.
const ROWS: usize = 10;
/// New messages of each life; those that the life before left unanswered are sent again before them.
const MESSAGES: usize = 8;
/// Longest life after the import has begun, in microseconds.
const LONGEST_LIFE_US: u64 = 150_000;

#[tokio::test(flavor = "multi_thread")]
async fn a_city_killed_fifty_times_during_an_import_keeps_every_acknowledged_record_once() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let mut random = ChaCha8Rng::seed_from_u64(50);
    let (mut ledger, mut cut_off) = (Ledger::default(), 0);
    for life in 0..KILLS {
        let (city, people) = start(folder.path());
        if life == 0 {
            assert_eq!(job::enterprises(&people.officer("importer", "LEGAL"), vec![party()]).await.new, 1);
        }
        ledger.check(&people).await;
        every_chain_is_sound(&people).await;
        ledger.offer(MESSAGES, ROWS);
        let dies_after = Duration::from_micros(random.random_range(0..LONGEST_LIFE_US));
        let death = async move {
            // Not a wait for something: the moment of death is what the test varies.
            tokio::time::sleep(dies_after).await;
            city.kill();
        };
        tokio::join!(ledger.import(&people), death);
        cut_off += usize::from(ledger.pending() > 0);
    }
    assert!(cut_off > KILLS / 4, "only {cut_off} of {KILLS} imports were cut off");
    assert!(ledger.acknowledged() > 0, "nothing was acknowledged before a kill");

    let (city, people) = start(folder.path());
    ledger.import(&people).await;
    assert_eq!((ledger.pending(), ledger.acknowledged()), (0, KILLS * MESSAGES * ROWS));
    ledger.check(&people).await;
    wait::quiet(&people).await;
    every_chain_is_sound(&people).await;
    city.kill();
    let audit = xinjian_json(["audit", "verify", "--data", &folder.path().display().to_string()]);
    assert_eq!(audit["valid"], true, "{audit}");
}

fn start(folder: &Path) -> (KilledCity, People) {
    let city = KilledCity::start(folder);
    let people = People::of(city.addresses().clone(), &folder.join("keys"));
    (city, people)
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
