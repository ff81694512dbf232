//! Decision documents of penalties, and the text of them that everyone may read.

use collection::Error;
use collection::domain::NaturalId;
use collection::domain::decision::{DocumentName, NewDecision, PublicText};
use collection::store::{RecordFilter, Store, VersionFilter};
use contract::collection::v1 as pb;
use files::FileId;
use service::auth::Denied;

use super::fixture::*;
use super::publish_house::*;

const FINE: &[&str] = &["3"];
const DAY: &str = "2026-03-02";
const TEXT: &str = "行政处罚决定书 罚1";

fn id_of(name: &str) -> NaturalId {
    NaturalId::from_name(name, "records").unwrap()
}

/// A scan of the decision about `record`, with the text for everyone or without.
fn decision(record: &str, scan: &[u8], text: Option<&str>) -> NewDecision {
    let text = text.map(|text| PublicText {
        text: text.to_owned(),
        redactions: vec![pb::Redaction { kind: "telephone".to_owned(), places: 2 }],
        secrecy_reviewer: "wang".to_owned(),
    });
    NewDecision {
        record: id_of(record),
        original: FileId::of(scan),
        media_type: "application/pdf".to_owned(),
        size_bytes: i64::try_from(scan.len()).unwrap(),
        text,
    }
}

async fn keep(store: &Store, n: u32, new: &NewDecision) -> Result<pb::DecisionDocument, Error> {
    let id = request(n);
    let sent = pb::UploadDecisionDocumentRequest { request_id: id.to_string(), ..Default::default() };
    let caller = officer("ENFORCEMENT", "370100");
    let act = act(&id, "");
    if let Some(kept) = store.takes_decision(&act, &key(&id), &caller, &sent, new).await? {
        return Ok(kept);
    }
    store.keep_decision(&act, &key(&id), &caller, &sent, new).await
}

async fn text_of(store: &Store, name: &str, on: &str) -> Result<String, Error> {
    store.decision_text(&id_of(name), &officer("CREDIT", "370100"), day(on)).await
}

async fn the_text_of_a_decision_is_told_to_who_shows_the_penalty_and_public_while_it_is_shown(store: Store) {
    let (name, receivers) = published(&store, whole_penalty("罚1", "2026-02-27", FINE), DAY).await;
    assert!(matches!(text_of(&store, &name, DAY).await, Err(Error::DecisionNotFound(_))));
    let kept = keep(&store, 2, &decision(&name, b"scan", Some(TEXT))).await.unwrap();
    assert_eq!(
        (kept.name.as_str(), kept.office.as_str()),
        (format!("{name}/documents/1").as_str(), "ENFORCEMENT")
    );
    assert_eq!((kept.digest, kept.retain_until.as_str()), (FileId::of(b"scan").to_string(), "2056-02-27"));
    let digest = FileId::of(TEXT.as_bytes()).to_string();
    let told = last_told(&store).await.record.unwrap();
    assert_eq!((told.decision_text, &told.decision_text_digest), (format!("{name}/decisionText"), &digest));
    receivers.carry_all(&store, DAY).await;
    let shown = receivers.told("publicity").pop().unwrap();
    assert_eq!(shown["行政处罚决定书"], format!("{name}/decisionText"));
    assert_eq!(shown["行政处罚决定书校验值"], digest);
    let filter = RecordFilter {
        uscc: None,
        kind: None,
        state: String::new(),
        only_public: true,
        size: 10,
        token: String::new(),
    };
    let page = store.list_records(&filter, &officer("CREDIT", "370100").scope(), day(DAY)).await.unwrap();
    assert_eq!(page.records[0].decision_text_digest, digest);
    assert_eq!(text_of(&store, &name, DAY).await.unwrap(), digest);
    // Its term is over; the law shows it no longer, whether or not that has been booked.
    assert!(matches!(text_of(&store, &name, "2027-03-03").await, Err(Error::DecisionNotFound(_))));
    withdraw(&store, 3, &name).await;
    assert!(matches!(text_of(&store, &name, DAY).await, Err(Error::DecisionNotFound(_))));
}

async fn a_text_that_is_there_before_the_penalty_is_published_is_told_with_it(store: Store) {
    let name = taken(&store, whole_penalty("罚1", "2026-02-27", FINE)).await;
    keep(&store, 2, &decision(&name, b"scan", Some(TEXT))).await.unwrap();
    assert!(matches!(text_of(&store, &name, DAY).await, Err(Error::DecisionNotFound(_))));
    let receivers = Receivers::new();
    submit(&store, DAY).await;
    receivers.carry_all(&store, DAY).await;
    assert_eq!(receivers.told("publicity")[0]["行政处罚决定书"], format!("{name}/decisionText"));
    assert!(text_of(&store, &name, DAY).await.is_ok());
}

async fn every_document_is_kept_and_the_latest_counts(store: Store) {
    let (name, _receivers) = published(&store, whole_penalty("罚1", "2026-02-27", FINE), DAY).await;
    let first = keep(&store, 2, &decision(&name, b"scan", Some(TEXT))).await.unwrap();
    assert_eq!(keep(&store, 2, &decision(&name, b"scan", Some(TEXT))).await.unwrap(), first, "one request");
    let second = keep(&store, 3, &decision(&name, b"better scan", None)).await.unwrap();
    assert_eq!((second.text_digest.as_str(), second.redactions.len()), ("", 0));
    assert_eq!(read(&store, &name, DAY).await.decision_text, "", "whose text nobody has compared with it");
    assert!(matches!(text_of(&store, &name, DAY).await, Err(Error::DecisionNotFound(_))));
    let reader = officer("LEGAL", "370100");
    let mut filter = VersionFilter { id: id_of(&name), size: 1, token: String::new() };
    let page = store.decision_documents(&filter, &reader).await.unwrap();
    assert_eq!(page.documents, [second]);
    filter.token = page.next_page_token;
    let page = store.decision_documents(&filter, &reader).await.unwrap();
    assert_eq!((page.documents.as_slice(), page.next_page_token.as_str()), (&[first.clone()][..], ""));
    let named = DocumentName::parse(&first.name).unwrap();
    assert_eq!(store.decision_document(&named, &reader).await.unwrap(), first);
    let absent = DocumentName { number: 3, ..named };
    assert!(matches!(store.decision_document(&absent, &reader).await, Err(Error::DecisionNotFound(_))));
}

async fn a_page_tells_of_each_record_its_own_publications_and_the_text_of_its_latest_document(store: Store) {
    let (name, receivers) = published(&store, whole_penalty("罚1", "2026-02-27", FINE), DAY).await;
    let before = decision(&name, b"scan", Some("行政处罚决定书 罚1 初稿"));
    keep(&store, 2, &before).await.unwrap();
    keep(&store, 3, &decision(&name, b"better scan", Some(TEXT))).await.unwrap();
    let others = vec![
        whole_penalty("罚2", "2026-02-26", FINE),
        inspection("检1", EQUIPMENT, "2026-02-28"),
        // Nobody is told of it.
        inspection("检2", FOOD, "2026-02-27"),
    ];
    import(&store, 4, others).await.unwrap();
    submit(&store, DAY).await;
    receivers.carry_all(&store, DAY).await;
    let filter = RecordFilter {
        uscc: None,
        kind: None,
        state: String::new(),
        only_public: false,
        size: 10,
        token: String::new(),
    };
    let page = store.list_records(&filter, &officer("CREDIT", "370100").scope(), day(DAY)).await.unwrap();
    let told = |record: &pb::Record| {
        let chains: Vec<_> = record.publications.iter().map(|one| one.chain.clone()).collect();
        (record.document_no.clone(), chains.join(" "), record.decision_text_digest.clone())
    };
    let told: Vec<_> = page.records.iter().map(told).collect();
    let digest = FileId::of(TEXT.as_bytes()).to_string();
    let (both, publicity) = ("credit-china publicity", "publicity");
    let expected =
        [("检1", publicity, ""), ("检2", "", ""), ("罚1", both, digest.as_str()), ("罚2", both, "")];
    assert_eq!(told, expected.map(|(no, chains, text)| (no.to_owned(), chains.to_owned(), text.to_owned())));
    for record in page.records {
        assert_eq!(record, read(&store, &record.name, DAY).await);
    }
}

async fn what_is_no_penalty_or_of_no_party_with_a_code_takes_no_decision(store: Store) {
    let nobody = pb::Record { uscc: String::new(), ..penalty("罚1", FOOD, "2026-02-27") };
    for (n, record) in [(1, inspection("检1", FOOD, "2026-02-27")), (2, nobody)] {
        import(&store, n, vec![record]).await.unwrap();
        let name = last_told(&store).await.record.unwrap().name;
        let refused = keep(&store, 10 + n, &decision(&name, b"scan", None)).await.unwrap_err();
        assert!(matches!(refused, Error::DecisionNotTaken(_)), "{refused:?}");
    }
}

async fn a_penalty_that_was_withdrawn_takes_no_decision_and_a_request_of_before_is_answered_as_before(
    store: Store,
) {
    let name = taken(&store, whole_penalty("罚1", "2026-02-27", FINE)).await;
    let new = decision(&name, b"scan", Some(TEXT));
    let kept = keep(&store, 2, &new).await.unwrap();
    withdraw(&store, 3, &name).await;
    let told = events(&store).await;
    let refused = keep(&store, 4, &new).await.unwrap_err();
    assert!(matches!(refused, Error::DecisionNotTaken(_)), "{refused:?}");
    assert_eq!(keep(&store, 2, &new).await.unwrap(), kept);
    assert_eq!(events(&store).await, told, "nothing was kept");
}

async fn the_decision_of_another_penalty_or_of_another_district_is_refused(store: Store) {
    let name = taken(&store, whole_penalty("罚1", "2026-02-27", FINE)).await;
    let refused = keep(&store, 2, &decision(&name, b"scan", Some("行政处罚决定书 罚2"))).await.unwrap_err();
    assert!(matches!(refused, Error::Common(service::Error::Invalid(_))), "{refused:?}");
    let elsewhere = officer("DISTRICT", "370102");
    let (id, sent) = (request(3), pb::UploadDecisionDocumentRequest::default());
    let new = decision(&name, b"scan", None);
    let denied = store.takes_decision(&act(&id, ""), &key(&id), &elsewhere, &sent, &new).await;
    let refused = denied.unwrap_err();
    assert!(
        matches!(&refused, Error::Common(service::Error::Denied(Denied::DivisionNotPermitted { .. }))),
        "{refused:?}"
    );
    assert_eq!(events(&store).await.len(), 1, "nothing was kept");
}

db::conformance! {
    open = open;
    cases = [
        the_text_of_a_decision_is_told_to_who_shows_the_penalty_and_public_while_it_is_shown,
        a_text_that_is_there_before_the_penalty_is_published_is_told_with_it,
        every_document_is_kept_and_the_latest_counts,
        a_page_tells_of_each_record_its_own_publications_and_the_text_of_its_latest_document,
        what_is_no_penalty_or_of_no_party_with_a_code_takes_no_decision,
        a_penalty_that_was_withdrawn_takes_no_decision_and_a_request_of_before_is_answered_as_before,
        the_decision_of_another_penalty_or_of_another_district_is_refused,
    ]
}
