use super::*;
use crate::Digest;
use crate::signer::{KeyId, Sm2Signer};

fn signer() -> Sm2Signer {
    Sm2Signer::from_random(&[7; 32]).unwrap()
}

fn batch(size: usize) -> Batch {
    let facts: Vec<String> =
        (0..size).map(|party| format!("uscc: {party}\nadvice: STRICT_REVIEW\n")).collect();
    Batch::sign("b-1", &facts, "2024-06-03T08:00:00+08:00", &signer()).unwrap()
}

fn verified(receipt: &Receipt) -> Result<(), ReceiptRefused> {
    receipt.verify(signer().verifier())
}

#[test]
fn every_receipt_of_a_batch_of_any_size_is_accepted() {
    for size in [1, 2, 3, 7, 64, 100] {
        let batch = batch(size);
        for index in 0..size {
            let receipt = batch.receipt(index).unwrap();
            assert_eq!(verified(&receipt), Ok(()), "{index} of {size}");
            assert_eq!(place_of(&receipt.name), Some(("b-1", index)));
            let facts = format!("uscc: {index}\nadvice: STRICT_REVIEW\n");
            assert_eq!(attested(&receipt.statement), Some(facts.as_str()));
        }
        assert_eq!(batch.receipt(size), None);
    }
}

#[test]
fn a_text_that_does_not_name_its_receipt_attests_nothing() {
    for text in [
        "",
        "uscc: 1\n",
        "algorithm: xinjian-receipt-v1\nuscc: 1\n",
        "algorithm: xinjian-receipt-v12\nreceipt: r\n",
    ] {
        assert_eq!(attested(text), None, "{text}");
    }
}

#[test]
fn a_batch_that_was_kept_gives_the_same_receipts() {
    let made = batch(5);
    let statements = made.statements().to_vec();
    let kept = Batch::kept(made.id(), statements, made.text().to_owned(), made.signature().clone());
    for index in 0..5 {
        assert_eq!(kept.receipt(index), made.receipt(index));
    }
}

#[test]
fn whatever_is_changed_in_a_receipt_is_refused_and_named() {
    let right = batch(6).receipt(3).unwrap();
    let refused = |change: &dyn Fn(&mut Receipt)| {
        let mut changed = right.clone();
        change(&mut changed);
        assert_ne!(changed, right);
        verified(&changed).unwrap_err()
    };
    let replace = |text: &mut String, from: &str, to: &str| *text = text.replace(from, to);
    assert_eq!(refused(&|r| replace(&mut r.statement, "STRICT", "NORMAL")), ReceiptRefused::Path);
    assert_eq!(refused(&|r| r.statement.push('\n')), ReceiptRefused::Path);
    assert!(matches!(
        refused(&|r| replace(&mut r.statement, "algorithm: ", "x: ")),
        ReceiptRefused::Form("algorithm")
    ));
    assert!(matches!(refused(&|r| r.name = "receipts/b-1-4".into()), ReceiptRefused::Name(_)));
    assert!(matches!(refused(&|r| r.name = "receipts/b-1-03".into()), ReceiptRefused::Name(_)));
    assert!(matches!(refused(&|r| r.inclusion.index = 2), ReceiptRefused::Name(_)));
    assert_eq!(refused(&|r| r.inclusion.path.truncate(2)), ReceiptRefused::Path);
    assert_eq!(refused(&|r| r.inclusion.path[0] = Digest::from_bytes([0; 32])), ReceiptRefused::Path);
    assert_eq!(refused(&|r| replace(&mut r.batch, "size: 6", "size: 4")), ReceiptRefused::Path);
    assert_eq!(refused(&|r| replace(&mut r.batch, "size: ", "length: ")), ReceiptRefused::Form("size"));
    assert!(matches!(
        refused(&|r| replace(&mut r.batch, "batch: b-1", "batch: b-2")),
        ReceiptRefused::Name(_)
    ));
    for change in [
        &(|r: &mut Receipt| replace_instant(&mut r.batch)) as &dyn Fn(&mut Receipt),
        &|r| r.signature.bytes[40] ^= 1,
        &|r| r.signature.bytes.clear(),
        &|r| r.signature.key_id = KeyId::from_text("other"),
    ] {
        assert!(matches!(refused(change), ReceiptRefused::Signature(_)));
    }
}

fn replace_instant(text: &mut String) {
    *text = text.replace("2024-06-03", "2024-06-02");
}

#[test]
fn a_receipt_under_another_key_is_refused() {
    let other = Sm2Signer::from_random(&[8; 32]).unwrap();
    let refused = batch(2).receipt(0).unwrap().verify(other.verifier()).unwrap_err();
    assert!(matches!(refused, ReceiptRefused::Signature(_)), "{refused}");
}

#[test]
fn names_have_one_spelling() {
    assert_eq!(place_of("receipts/0190-ab-12"), Some(("0190-ab", 12)));
    for wrong in ["receipts/b", "receipts/-1", "receipts/b-+1", "receipts/b-01", "receipts/b/c-1", "b-1", ""]
    {
        assert_eq!(place_of(wrong), None, "{wrong}");
    }
}
