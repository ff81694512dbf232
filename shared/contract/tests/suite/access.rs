//! What an RPC says of itself: who may call it, how it is asked and answered.

use contract::access::*;

#[test]
fn an_rpc_says_what_its_caller_needs() {
    let access = access_of("/xinjian.common.v1.Work/ListWork").unwrap();
    assert_eq!((access.permission.as_str(), access.by_field, access.open), ("work.duty.read", true, false));
}

#[test]
fn an_rpc_says_whether_it_answers_with_a_stream() {
    assert!(answers_with_a_stream("/xinjian.feed.v1.Feed/Subscribe"));
    assert!(!answers_with_a_stream("/xinjian.feed.v1.Feed/ListEvents"));
    assert!(!answers_with_a_stream("/xinjian.feed.v1.Feed/Nothing"));
}

#[test]
fn an_rpc_says_whether_its_stream_follows_what_happens_or_has_an_end() {
    for path in ["/xinjian.feed.v1.Feed/Subscribe", "/xinjian.inspection.v1.Tasks/WatchCeremony"] {
        assert!(follows(path) && answers_with_a_stream(path), "{path}");
    }
    for path in ["/xinjian.risk.v1.Backtests/ReplayHistory", "/xinjian.collection.v1.Records/ImportRecords"] {
        assert!(!follows(path) && answers_with_a_stream(path), "{path}");
    }
}

#[test]
fn an_rpc_says_whether_it_is_asked_with_a_stream() {
    assert!(is_asked_with_a_stream("/xinjian.collection.v1.Imports/CreateImport"));
    assert!(!is_asked_with_a_stream("/xinjian.feed.v1.Feed/Subscribe"));
}

#[test]
fn an_rpc_says_whether_it_brings_a_file() {
    for path in [
        "/xinjian.collection.v1.Imports/CreateImport",
        "/xinjian.collection.v1.DecisionDocuments/UploadDecisionDocument",
        "/xinjian.inspection.v1.EvidenceFiles/UploadEvidence",
        "/xinjian.registry.v1.Commitments/SignCommitment",
    ] {
        assert!(rpc_of(path).unwrap().brings_a_file, "{path}");
    }
    for path in ["/xinjian.common.v1.Work/ListWork", "/xinjian.inspection.v1.EvidenceFiles/GetEvidence"] {
        assert!(!rpc_of(path).unwrap().brings_a_file, "{path}");
    }
}

#[test]
fn rpcs_are_numbered_in_the_order_of_their_paths() {
    let numbers: Vec<_> = all().map(|(path, _)| rpc_of(path).unwrap().number).collect();
    assert_eq!(numbers, (0..count()).collect::<Vec<_>>());
}

#[test]
fn an_unknown_rpc_has_no_access() {
    assert_eq!(access_of("/xinjian.common.v1.Work/Nothing"), None);
}
