//! Whoever has the database but not the past is found out, by place and by what they changed.

use outbox::{Break, ChainBroken, VerifyError, hash_at, verify};

use crate::common::{Store, open};

/// Seven sealed events; the middle one, the first and the last are tampered with below.
async fn seven(store: &Store) {
    for n in 1..=7 {
        store.write(&format!("enterprises/{n}")).await;
    }
    store.seal_all().await;
    assert_eq!(verify(&store.db, 1, i64::MAX).await.unwrap().to, 7);
}

async fn found(store: &Store) -> ChainBroken {
    match verify(&store.db, 1, i64::MAX).await {
        Err(VerifyError::Broken(broken)) => broken,
        other => panic!("expected a broken chain: {other:?}"),
    }
}

async fn finds(store: &Store, sql: &'static str, seq: i64, what: Break) {
    store.tamper(sql).await;
    assert_eq!(found(store).await, ChainBroken { seq, what }, "{sql}");
}

/// One case a tampering: what is done to a sealed chain, where it must be found, and as what.
macro_rules! tamperings {
    ($($case:ident: $sql:literal => $seq:literal, $what:ident;)+) => {
        $(async fn $case(store: Store) {
            seven(&store).await;
            finds(&store, $sql, $seq, Break::$what).await;
        })+
        db::conformance! { open = open; cases = [$($case),+] }
    };
}

tamperings! {
    a_changed_event_id: "UPDATE event SET event_id = '00000000-0000-7000-8000-000000000000' WHERE subject = 'enterprises/4'" => 4, HeaderChanged;
    a_changed_deployment: "UPDATE event_context SET deployment = 'jinam' WHERE context_id IN (SELECT context_id FROM event WHERE subject = 'enterprises/4')" => 4, HeaderChanged;
    a_changed_service: "UPDATE event_context SET service = 'registrx' WHERE context_id IN (SELECT context_id FROM event WHERE subject = 'enterprises/4')" => 4, HeaderChanged;
    a_changed_kind: "UPDATE event SET kind = 'registry.enterprise.removed' WHERE subject = 'enterprises/4'" => 4, HeaderChanged;
    a_changed_subject: "UPDATE event SET subject = 'enterprises/9' WHERE subject = 'enterprises/4'" => 4, HeaderChanged;
    a_changed_effective_on: "UPDATE event SET effective_on = '2026-04-02' WHERE subject = 'enterprises/4'" => 4, HeaderChanged;
    a_changed_instant: "UPDATE event_context SET recorded_at_us = recorded_at_us + 1 WHERE context_id IN (SELECT context_id FROM event WHERE subject = 'enterprises/4')" => 4, HeaderChanged;
    a_changed_actor: "UPDATE event_context SET actor = 'officers/8' WHERE context_id IN (SELECT context_id FROM event WHERE subject = 'enterprises/4')" => 4, HeaderChanged;
    a_changed_office: "UPDATE event_context SET office = 'CREDIT' WHERE context_id IN (SELECT context_id FROM event WHERE subject = 'enterprises/4')" => 4, HeaderChanged;
    a_changed_request_id: "UPDATE event_context SET request_id = '' WHERE context_id IN (SELECT context_id FROM event WHERE subject = 'enterprises/4')" => 4, HeaderChanged;
    a_changed_legal_basis: "UPDATE event_context SET legal_basis = '办法第十一条' WHERE context_id IN (SELECT context_id FROM event WHERE subject = 'enterprises/4')" => 4, HeaderChanged;
    a_changed_rulebook_hash: "UPDATE event_context SET rulebook_hash = 'ab13' WHERE context_id IN (SELECT context_id FROM event WHERE subject = 'enterprises/4')" => 4, HeaderChanged;
    a_changed_trace_context: "UPDATE event_context SET trace_context = '' WHERE context_id IN (SELECT context_id FROM event WHERE subject = 'enterprises/4')" => 4, HeaderChanged;
    a_changed_first_header: "UPDATE event_context SET actor = '' WHERE context_id IN (SELECT context_id FROM event WHERE subject = 'enterprises/1')" => 1, HeaderChanged;
    a_changed_last_header: "UPDATE event_context SET actor = '' WHERE context_id IN (SELECT context_id FROM event WHERE subject = 'enterprises/7')" => 7, HeaderChanged;
    the_first_of_two_changes: "UPDATE event_context SET actor = '' WHERE context_id IN (SELECT context_id FROM event WHERE subject IN ('enterprises/3', 'enterprises/5'))" => 3, HeaderChanged;
    a_changed_payload: "UPDATE event SET payload = salt WHERE subject = 'enterprises/4'" => 4, PayloadChanged;
    a_changed_salt: "UPDATE event SET salt = payload WHERE subject = 'enterprises/4'" => 4, PayloadChanged;
    a_changed_digest: "UPDATE event SET payload_digest = (SELECT hash FROM seal WHERE seq = 2) WHERE subject = 'enterprises/4'" => 4, DigestChanged;
    a_changed_hash: "UPDATE seal SET hash = (SELECT payload_digest FROM event WHERE subject = 'enterprises/1') WHERE seq = 4" => 4, HashChanged;
    a_changed_last_hash: "UPDATE seal SET hash = (SELECT payload_digest FROM event WHERE subject = 'enterprises/1') WHERE seq = 7" => 7, HashChanged;
    a_changed_head_hash: "UPDATE feed_head SET hash = (SELECT hash FROM seal WHERE seq = 6)" => 7, HeadChanged;
    a_head_set_back: "UPDATE feed_head SET seq = 6, hash = (SELECT hash FROM seal WHERE seq = 6)" => 7, HeadChanged;
    a_head_set_forward: "UPDATE feed_head SET seq = 8" => 8, SealMissing;
    a_deleted_event: "DELETE FROM event WHERE subject = 'enterprises/4'" => 4, EventMissing;
    a_deleted_context: "DELETE FROM event_context WHERE context_id IN (SELECT context_id FROM event WHERE subject = 'enterprises/4')" => 4, EventMissing;
    a_deleted_seal: "DELETE FROM seal WHERE seq = 4" => 4, SealMissing;
    a_deleted_last_seal: "DELETE FROM seal WHERE seq = 7" => 7, SealMissing;
    an_event_sealed_in_place_of_another: "UPDATE seal SET outbox_id = 1000 WHERE seq = 4" => 4, EventMissing;
}

mod combined {
    use super::*;

    async fn two_events_that_change_places_are_found(store: Store) {
        seven(&store).await;
        store.tamper("UPDATE seal SET outbox_id = outbox_id + 1000 WHERE seq IN (3, 4)").await;
        store.tamper("UPDATE event SET outbox_id = outbox_id + 1001 WHERE subject = 'enterprises/3'").await;
        store.tamper("UPDATE event SET outbox_id = outbox_id + 999 WHERE subject = 'enterprises/4'").await;
        assert_eq!(found(&store).await, ChainBroken { seq: 3, what: Break::HeaderChanged });
    }

    async fn events_deleted_with_their_seals_are_found(store: Store) {
        seven(&store).await;
        store.tamper("DELETE FROM event WHERE subject IN ('enterprises/4', 'enterprises/5')").await;
        store.tamper("DELETE FROM seal WHERE seq IN (4, 5)").await;
        assert_eq!(found(&store).await, ChainBroken { seq: 4, what: Break::SealMissing });
    }

    async fn a_stretch_is_checked_from_the_hash_before_it(store: Store) {
        seven(&store).await;
        store.tamper("UPDATE event_context SET actor = '' WHERE context_id IN (SELECT context_id FROM event WHERE subject = 'enterprises/4')").await;
        let before = verify(&store.db, 1, 3).await.unwrap();
        let after = verify(&store.db, 5, 7).await.unwrap();
        assert_eq!((before.to, after.from, after.to), (3, 5, 7));
        assert_eq!(Some(before.hash), hash_at(&store.db, 3).await.unwrap());
        assert!(verify(&store.db, 4, 4).await.is_err());
    }

    async fn beyond_the_end_there_is_nothing_to_check(store: Store) {
        seven(&store).await;
        let whole = verify(&store.db, 1, i64::MAX).await.unwrap();
        for from in [8, 9, i64::MAX] {
            let verified = verify(&store.db, from, i64::MAX).await.unwrap();
            assert_eq!((verified.from, verified.to, verified.hash), (8, 7, whole.hash), "from {from}");
        }
    }

    async fn an_empty_chain_is_valid(store: Store) {
        let verified = verify(&store.db, 1, i64::MAX).await.unwrap();
        assert_eq!((verified.from, verified.to, verified.hash), (1, 0, outbox::ChainHash::GENESIS));
    }

    async fn a_break_across_two_steps_of_verification_is_named_alike(store: Store) {
        store.write_many("enterprises", 1_001).await;
        store.seal_all().await;
        store.tamper("UPDATE event SET kind = 'another' WHERE subject = 'enterprises 499'").await;
        assert_eq!(found(&store).await, ChainBroken { seq: 500, what: Break::HeaderChanged });
    }

    db::conformance! {
        open = open;
        cases = [
            two_events_that_change_places_are_found,
            events_deleted_with_their_seals_are_found,
            a_stretch_is_checked_from_the_hash_before_it,
            beyond_the_end_there_is_nothing_to_check,
            an_empty_chain_is_valid,
            a_break_across_two_steps_of_verification_is_named_alike,
        ]
    }
}
