//! Receipts: what they say, that they can be had again, and that others verify them.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use contract::punishment::v1::{
    BatchCheckPartiesRequest, CheckPartyRequest, GetReceiptRequest, ListReceiptKeysRequest, Receipt,
};
use crypto::receipt::{attested, place_of};
use crypto::signer::Signer;
use punishment::Error;
use punishment::api::receipt_from_pb;
use punishment::receipts::Receipts;
use service::Clock;
use service::error::reason_of;
use tokio::task::JoinHandle;
use tonic::Code;

use super::house::{House, OTHER, PARTY, Replica, TODAY, at, open, question, serious};

fn wanting_receipt() -> CheckPartyRequest {
    CheckPartyRequest { receipt: true, ..question(PARTY, "") }
}

/// Receipts of a batch of three parties, the first of them listed.
async fn receipts_of_three(house: &House, replica: &Replica) -> Vec<Receipt> {
    house.stands(&serious(PARTY, "1", "2023-03-01", None), false).await;
    let request = BatchCheckPartiesRequest {
        usccs: vec![PARTY.to_owned(), OTHER.to_owned(), PARTY.to_owned()],
        purpose: "PERMIT".to_owned(),
        as_of: String::new(),
        receipt: true,
    };
    let checks = replica.parties().batch_check_parties(request).await.unwrap().into_inner().checks;
    checks.into_iter().map(|check| check.receipt.unwrap()).collect()
}

fn verified(house: &House, receipt: &Receipt) -> Result<(), String> {
    receipt_from_pb(receipt)?.verify(house.signer.verifier()).map_err(|refused| refused.to_string())
}

async fn a_receipt_says_what_was_answered_to_which_office_and_what_was_known(house: House) {
    house.stands(&serious(PARTY, "1", "2023-03-01", None), false).await;
    let check = house.signing().await.parties().check_party(wanting_receipt()).await.unwrap().into_inner();
    let receipt = check.receipt.unwrap();
    assert_eq!(verified(&house, &receipt), Ok(()));
    let expected = format!(
        "algorithm: xinjian-receipt-v1\nreceipt: {}\nuscc: {PARTY}\npurpose: PERMIT\nas_of: {TODAY}\n\
         checked_at: {TODAY}T00:00:00+08:00\noffice: APPROVAL\nadvice: NO_NOTIFY_AND_COMMIT\nknown_seq: 0\n\
         measures_edition: 2024\nrulebook: {}\n\
         entry: seriousCases/1 SERIOUS F1 2023-03-01 2026-03-01 济市监列〔2023〕1号\n\
         measure: StrictPermitReview seriousCases/1 市场监督管理严重违法失信名单管理办法 (order 44) art 15\n\
         measure: NoNotifyCommit seriousCases/1 市场监督管理严重违法失信名单管理办法 (order 44) art 15\n",
        receipt.name,
        house.store.book().hash(),
    );
    assert_eq!(receipt.statement, expected);
}

async fn a_receipt_can_be_had_again_and_its_key_too(house: House) {
    let replica = house.signing().await;
    for receipt in receipts_of_three(&house, &replica).await {
        assert_eq!(verified(&house, &receipt), Ok(()));
        let request = GetReceiptRequest { name: receipt.name.clone() };
        assert_eq!(replica.receipts().get_receipt(request).await.unwrap().into_inner(), receipt);
    }
    let other = receipts_of_three(&house, &replica).await.remove(0).name;
    let request = GetReceiptRequest { name: other };
    let refused = replica.receipts_of("LEGAL").get_receipt(request).await.unwrap_err();
    assert_eq!(reason_of(&refused).as_deref(), Some("RECEIPT_NOT_FOUND"), "it is another office's");
    let keys = replica.receipts().list_receipt_keys(ListReceiptKeysRequest::default()).await.unwrap();
    let keys = keys.into_inner().keys;
    let told: Vec<_> = keys
        .iter()
        .map(|key| (key.key_id.as_str(), key.public_key.as_str(), key.first_used_on.as_str()))
        .collect();
    let verifier = house.signer.verifier();
    assert_eq!(told, [(house.signer.key_id().as_str(), verifier.to_pem(), TODAY)]);

    let refused = async |name: &str| {
        let request = GetReceiptRequest { name: name.to_owned() };
        let status = replica.receipts().get_receipt(request).await.unwrap_err();
        (status.code(), reason_of(&status).unwrap_or_default())
    };
    let not_found = (Code::NotFound, "RECEIPT_NOT_FOUND".to_owned());
    assert_eq!(refused("receipts/none-0").await, not_found);
    let name = receipts_of_three(&house, &replica).await[0].name.clone();
    assert_eq!(refused(&name.replace("-0", "-3")).await.0, Code::NotFound);
    assert_eq!(refused("receipts/").await.0, Code::InvalidArgument);
}

async fn who_asks_at_the_same_time_shares_batches_and_each_receipt_is_sound(house: House) {
    let replica = house.signing().await;
    let asking = (0..40).map(|_| {
        let mut parties = replica.parties();
        tokio::spawn(
            async move { parties.check_party(wanting_receipt()).await.unwrap().into_inner().receipt },
        )
    });
    let mut batches = std::collections::BTreeSet::new();
    for asked in asking.collect::<Vec<_>>() {
        let receipt = asked.await.unwrap().unwrap();
        assert_eq!(verified(&house, &receipt), Ok(()));
        batches.insert(receipt.batch_statement);
    }
    // Each batch takes a signature and a commit: some of those who asked must have waited together.
    assert!(batches.len() < 40, "{}", batches.len());
}

/// Receipts of the house, and the loop that makes them.
fn making(house: &House) -> (Receipts, JoinHandle<()>) {
    let (signer, store) = (house.signer.clone(), house.store.clone());
    let (receipts, making) = Receipts::signed_by(signer, store, Clock::Fixed(at(0)));
    (receipts, tokio::spawn(making))
}

/// The facts of a request, one to three of them.
fn facts_of(request: usize) -> Vec<String> {
    (0..=request % 3).map(|fact| format!("request: {request}\nfact: {fact}\n")).collect()
}

async fn whoever_has_a_receipt_finds_it_kept_and_of_his_own_facts(house: House) {
    let (receipts, making) = making(&house);
    let asking = (0..60).map(|request| {
        let (receipts, store) = (receipts.clone(), house.store.clone());
        tokio::spawn(async move {
            let facts = facts_of(request);
            let issued = receipts.issue(facts.clone()).await.unwrap();
            for receipt in &issued {
                let (batch, place) = place_of(&receipt.name).unwrap();
                let kept = store.receipts(batch).await.unwrap().expect("it is kept before it is given");
                assert_eq!(kept.receipt(place).as_ref(), Some(receipt));
            }
            let attested: Vec<_> = issued.iter().map(|receipt| attested(&receipt.statement)).collect();
            assert_eq!(attested, facts.iter().map(|facts| Some(facts.as_str())).collect::<Vec<_>>());
        })
    });
    for asked in asking.collect::<Vec<_>>() {
        asked.await.unwrap();
    }
    drop(receipts);
    making.await.unwrap();
}

async fn whoever_has_asked_is_answered_though_nobody_can_ask_any_more(house: House) {
    let (receipts, making) = making(&house);
    let asking: Vec<_> = (0..20)
        .map(|request| {
            let receipts = receipts.clone();
            tokio::spawn(async move { receipts.issue(facts_of(request)).await })
        })
        .collect();
    drop(receipts);
    making.await.unwrap();
    for (request, asked) in asking.into_iter().enumerate() {
        assert_eq!(asked.await.unwrap().unwrap().len(), facts_of(request).len());
    }
}

async fn a_batch_that_cannot_be_kept_is_refused_to_all_and_its_key_comes_with_the_next(house: House) {
    let (receipts, making) = making(&house);
    let run = async |sql: &'static str| {
        let mut tx = house.store.db().begin_write().await.unwrap();
        db::on!(tx, |conn| sqlx::query(sql).execute(conn).await.map(drop)).unwrap();
        tx.commit().await.unwrap();
    };
    run("ALTER TABLE receipt_batch RENAME TO elsewhere").await;
    let (one, other) = tokio::join!(receipts.issue(facts_of(0)), receipts.issue(facts_of(1)));
    assert!(matches!((one, other), (Err(Error::ReceiptNotKept), Err(Error::ReceiptNotKept))));
    run("ALTER TABLE elsewhere RENAME TO receipt_batch").await;
    assert_eq!(receipts.issue(facts_of(2)).await.unwrap().len(), 3);
    let (keys, _) = house.store.receipt_keys(10, "").await.unwrap();
    assert_eq!(keys.len(), 1);
    drop(receipts);
    making.await.unwrap();
}

async fn without_a_key_a_receipt_is_refused_and_a_check_is_not(house: House) {
    let replica = house.replica(&house.index().await, at(0)).await;
    let refused = replica.parties().check_party(wanting_receipt()).await.unwrap_err();
    assert_eq!(reason_of(&refused).as_deref(), Some("RECEIPTS_NOT_SIGNED"));
    assert!(replica.parties().check_party(question(PARTY, "")).await.is_ok());
}

async fn nobody_gets_a_receipt_that_is_not_durable(house: House) {
    let replica = house.signing().await;
    house.store.db().close().await;
    let refused = replica.parties().check_party(wanting_receipt()).await.unwrap_err();
    assert_eq!(
        (refused.code(), reason_of(&refused).as_deref()),
        (Code::Unavailable, Some("RECEIPT_NOT_KEPT"))
    );
}

/// Files that somebody has taken home: the key, and a receipt.
struct Taken {
    folder: tempfile::TempDir,
}

impl Taken {
    fn home(house: &House) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("key.pem"), house.signer.verifier().to_pem()).unwrap();
        Self { folder }
    }

    fn write(&self, name: &str, content: &[u8]) {
        fs::write(self.folder.path().join(name), content).unwrap();
    }

    fn receipt(&self, name: &str, receipt: &Receipt) {
        self.write(name, contract::json::to_value(receipt).unwrap().to_string().as_bytes());
    }

    fn run(&self, program: &str, arguments: &[&str]) -> Output {
        let run = Command::new(program).current_dir(self.folder.path()).args(arguments).output();
        run.unwrap_or_else(|problem| panic!("{program}: {problem}"))
    }
}

/// Every part of a receipt, changed a little.
fn tampered(right: &Receipt) -> Vec<Receipt> {
    let flip = |digits: &str| {
        let first = if digits.starts_with('0') { '1' } else { '0' };
        format!("{first}{}", &digits[1..])
    };
    let changes: [&dyn Fn(&mut Receipt); 10] = [
        &|r| r.name = r.name.replace("-1", "-2"),
        &|r| r.statement = r.statement.replace("NORMAL", "STATUTORY_BAR"),
        &|r| r.statement.push_str("entry: seriousCases/2\n"),
        &|r| r.index = 2,
        &|r| r.path[0] = flip(&r.path[0]),
        &|r| drop(r.path.remove(0)),
        &|r| r.batch_statement = r.batch_statement.replace("size: 3", "size: 4"),
        &|r| r.batch_statement = r.batch_statement.replace("signed_at: 2", "signed_at: 1"),
        &|r| r.signature = flip(&r.signature),
        &|r| r.key_id = flip(&r.key_id),
    ];
    let changed = changes.into_iter().map(|change| {
        let mut receipt = right.clone();
        change(&mut receipt);
        assert_ne!(receipt, *right);
        receipt
    });
    changed.collect()
}

#[test]
fn a_verifier_in_another_language_accepts_every_receipt_and_refuses_each_that_was_changed() {
    db::testing::on_sqlite(1, |db| async move {
        let house = open(db).await;
        let receipts = receipts_of_three(&house, &house.signing().await).await;
        let changed = tampered(&receipts[1]);
        let taken = Taken::home(&house);
        let mut files = Vec::new();
        for (number, receipt) in receipts.iter().chain(&changed).enumerate() {
            files.push(format!("{number}.json"));
            taken.receipt(&files[number], receipt);
        }
        // As it comes: within the answer about a party, and within that of a question by name.
        let held = contract::json::to_value(&receipts[0]).unwrap();
        taken.write("answer.json", format!(r#"{{"receipt": {held}}}"#).as_bytes());
        taken.write("by_name.json", format!(r#"{{"check": {{"receipt": {held}}}}}"#).as_bytes());
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/receipt_verify.py");
        let answers = [script.to_str().unwrap(), "key.pem", "answer.json", "by_name.json"];
        let said = String::from_utf8(taken.run("python3", &answers).stdout).unwrap();
        assert_eq!(said, format!("sound {0}\nsound {0}\n", receipts[0].name));
        let mut arguments = vec![script.to_str().unwrap(), "key.pem"];
        arguments.extend(files.iter().map(String::as_str));
        let output = taken.run("python3", &arguments);
        let said = String::from_utf8(output.stdout).unwrap();
        let said: Vec<_> = said.lines().collect();
        assert_eq!(said.len(), files.len(), "{}", String::from_utf8_lossy(&output.stderr));
        for (said, receipt) in said.iter().zip(&receipts) {
            assert_eq!(*said, format!("sound {}", receipt.name));
        }
        for (said, receipt) in said[3..].iter().zip(&changed) {
            assert!(said.starts_with("REFUSED "), "{said}: {receipt:?}");
            assert!(verified(&house, receipt).is_err(), "{receipt:?}");
        }
        assert_eq!(output.status.code(), Some(1));
    });
}

#[test]
#[ignore = "needs openssl with SM2 and SM3 in the PATH"]
fn openssl_accepts_the_signature_of_a_batch_and_refuses_another_text() {
    db::testing::on_sqlite(1, |db| async move {
        let house = open(db).await;
        let receipt = receipts_of_three(&house, &house.signing().await).await.remove(0);
        let taken = Taken::home(&house);
        let (r, s) = receipt.signature.split_at(64);
        taken.write(
            "signature.cnf",
            format!("asn1=SEQUENCE:s\n[s]\nr=INTEGER:0x{r}\nv=INTEGER:0x{s}\n").as_bytes(),
        );
        let der = taken
            .run("openssl", &["asn1parse", "-genconf", "signature.cnf", "-noout", "-out", "signature.der"]);
        assert!(der.status.success(), "{der:?}");
        let accepted = |text: &str| {
            taken.write("batch", text.as_bytes());
            let key = ["pkeyutl", "-verify", "-pubin", "-inkey", "key.pem", "-rawin", "-digest", "sm3"];
            let files = ["-pkeyopt", "distid:1234567812345678", "-in", "batch", "-sigfile", "signature.der"];
            taken.run("openssl", &[&key[..], &files].concat()).status.success()
        };
        assert!(accepted(&receipt.batch_statement));
        assert!(!accepted(&receipt.batch_statement.replace("size: 3", "size: 4")));
    });
}

db::conformance! {
    open = open;
    cases = [
        a_receipt_says_what_was_answered_to_which_office_and_what_was_known,
        a_receipt_can_be_had_again_and_its_key_too,
        who_asks_at_the_same_time_shares_batches_and_each_receipt_is_sound,
        whoever_has_a_receipt_finds_it_kept_and_of_his_own_facts,
        whoever_has_asked_is_answered_though_nobody_can_ask_any_more,
        a_batch_that_cannot_be_kept_is_refused_to_all_and_its_key_comes_with_the_next,
        without_a_key_a_receipt_is_refused_and_a_check_is_not,
        nobody_gets_a_receipt_that_is_not_durable,
    ];
}
