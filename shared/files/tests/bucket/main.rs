//! What an archive in a bucket promises, over HTTP with a peer that speaks the part of S3 that it needs.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod peer;

use files::{Archive, Bucket, FileId, FilesError};
use peer::Peer;

async fn opened() -> (Peer, Archive) {
    let peer = Peer::start().await;
    let bucket = Bucket::parse(&format!("{}/letters", peer.address), "cn-north-1", "ACCESS\nSECRET").unwrap();
    (peer, Archive::in_bucket(&bucket).unwrap())
}

#[tokio::test]
async fn what_is_put_is_got_from_under_its_digest_and_every_request_is_signed() {
    let (peer, archive) = opened().await;
    let id = archive.put(b"decision 1").await.unwrap();
    assert_eq!(id, FileId::of(b"decision 1"));
    assert_eq!(archive.get(&id).await.unwrap(), b"decision 1");
    let digits = id.digest().to_hex();
    assert_eq!(peer.names(), [format!("letters/{}/{}", &digits[..2], &digits[2..])]);
    assert_eq!(peer.unsigned(), 0);
}

#[tokio::test]
async fn putting_the_same_content_again_writes_nothing() {
    let (peer, archive) = opened().await;
    let first = archive.put(b"the same").await.unwrap();
    assert_eq!(archive.put(b"the same").await.unwrap(), first);
    assert_eq!(peer.writes(), 1);
}

#[tokio::test]
async fn a_byte_that_was_changed_in_the_bucket_is_refused_and_the_right_content_heals_it() {
    let (peer, archive) = opened().await;
    let id = archive.put(b"decision 1").await.unwrap();
    peer.change_all(b"decision 2");
    let refused = archive.get(&id).await.unwrap_err();
    assert!(matches!(refused, FilesError::Damaged { found, .. } if found == FileId::of(b"decision 2")));
    archive.put(b"decision 1").await.unwrap();
    assert_eq!(archive.get(&id).await.unwrap(), b"decision 1");
}

#[tokio::test]
async fn an_unknown_id_is_not_found_and_a_file_above_the_bound_is_not_read() {
    let (peer, archive) = opened().await;
    let missing = FileId::of(b"never stored");
    assert!(matches!(archive.get(&missing).await.unwrap_err(), FilesError::NotFound(id) if id == missing));
    let id = archive.put(b"abc").await.unwrap();
    peer.change_all(b"abcd");
    let small = archive.with_max_bytes(3);
    assert!(matches!(
        small.get(&id).await.unwrap_err(),
        FilesError::TooLarge { size_bytes: 4, max_bytes: 3 }
    ));
}

#[tokio::test]
async fn a_peer_that_fails_for_a_moment_is_asked_again_and_one_that_goes_on_failing_is_named() {
    let (peer, archive) = opened().await;
    peer.fail(2);
    let id = archive.put(b"decision 1").await.unwrap();
    assert_eq!(archive.get(&id).await.unwrap(), b"decision 1");
    peer.fail(usize::MAX);
    let refused = archive.get(&id).await.unwrap_err();
    assert!(matches!(refused, FilesError::Store { .. }), "{refused:?}");
    assert!(refused.to_string().contains(&peer.address), "{refused}");
}
