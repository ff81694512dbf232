//! Dossiers: each part is what its own RPC answers to the same caller, and no read of one is missing in the log, whoever answers it.

use contract::risk::v1 as pb;
use prost_types::Timestamp;
use service::testing::until;
use tonic::Code;
use tonic_types::StatusExt;

use crate::grpc::server::{A, Risk, reason, request_id};
use crate::grpc::signals::COMPLAINTS;

const CITY: &[&str] = &["370100"];
const GET: &str = "/xinjian.risk.v1.Dossiers/GetDossier";
const PROFILE: &str = "/xinjian.gateway.v1.Profiles/GetProfile";

impl Risk {
    async fn dossier(&self, office: &str, divisions: &[&str], purpose: &str) -> pb::Dossier {
        let (name, purpose) = (format!("enterprises/{A}"), purpose.to_owned());
        let request = pb::GetDossierRequest { name, latest: 500, purpose };
        self.dossiers(office, divisions).get_dossier(request).await.unwrap().into_inner()
    }

    /// The same as the RPCs of the parts answer it to CREDIT.
    async fn parts_of_a_dossier(&self) -> pb::Dossier {
        let (uscc, purpose) = (|| A.to_owned(), || "test".to_owned());
        let request =
            pb::ListClassesRequest { uscc: uscc(), purpose: purpose(), page_size: 500, ..Default::default() };
        let classes = self.classes("CREDIT", CITY).list_classes(request).await.unwrap().into_inner();
        let request = pb::ListFlagsRequest {
            uscc: uscc(),
            purpose: purpose(),
            with_ended: true,
            page_size: 500,
            ..Default::default()
        };
        let flags = self.flags("CREDIT").list_flags(request).await.unwrap().into_inner();
        pb::Dossier {
            classes: classes.classes,
            more_classes: !classes.next_page_token.is_empty(),
            flags: flags.flags,
            more_flags: !flags.next_page_token.is_empty(),
            missing: Vec::new(),
        }
    }

    /// Method and reader of each read of the classes and of the flags of A for a purpose.
    async fn noted(&self, purpose: &str) -> [Vec<(String, String)>; 2] {
        let mut noted = [Vec::new(), Vec::new()];
        for (noted, part) in noted.iter_mut().zip(["classes/-?code=-", "flags/-"]) {
            let reads = self.reads(&format!("enterprises/{A}/{part}")).await;
            let reads = reads.into_iter().filter(|read| read.purpose == purpose);
            noted.extend(reads.map(|read| (read.method, read.reader)));
        }
        noted
    }
}

#[tokio::test]
async fn a_dossier_holds_what_the_lists_of_classes_and_flags_answer_and_notes_a_read_of_each() {
    let risk = Risk::with_classes().await;
    risk.tell_complaints().await;
    risk.scan_of(2, COMPLAINTS.into()).await;
    let (name, mut signals) = (risk.signal().await.name, risk.signals("FOOD_PROD", CITY));
    let take = pb::TakeSignalRequest { name: name.clone(), request_id: request_id(1) };
    signals.take_signal(take).await.unwrap();
    let reason = "多人投诉同一问题".to_owned();
    let confirm = pb::ConfirmSignalRequest { name, reason, request_id: request_id(2) };
    signals.confirm_signal(confirm).await.unwrap();

    // What the feeds still tell may score the enterprise again between two questions.
    let whole = until("the dossier as its parts are answered", async || {
        let whole = risk.dossier("CREDIT", CITY, "test").await;
        (whole == risk.parts_of_a_dossier().await).then_some(whole)
    })
    .await;
    assert_eq!((whole.classes.len(), whole.flags.len(), whole.missing.len()), (1, 1, 0));
    risk.dossier("FOOD_PROD", CITY, "抽查").await;
    let read = || vec![(GET.to_owned(), "food_prod-officer".to_owned())];
    assert_eq!(risk.noted("抽查").await, [read(), read()]);

    let elsewhere = risk.dossier("DISTRICT", &["370114"], "巡查").await;
    assert_eq!(elsewhere, pb::Dossier::default());
    let legal = risk.dossier("LEGAL", CITY, "好奇").await;
    let refused: Vec<_> = legal.missing.iter().map(|part| (&*part.part, &*part.reason)).collect();
    assert_eq!(refused, [("classes", "ROLE_NOT_PERMITTED"), ("flags", "ROLE_NOT_PERMITTED")]);
    assert_eq!((legal.classes.len(), legal.flags.len()), (0, 0));
    assert_eq!(risk.noted("好奇").await.concat(), [], "nothing was shown");
    risk.stop().await;
}

#[tokio::test]
async fn the_reading_of_an_enterprise_of_which_nothing_is_known_is_noted_too() {
    let risk = Risk::start().await;
    assert_eq!(risk.dossier("CREDIT", CITY, "抽查").await, pb::Dossier::default());
    let read = || vec![(GET.to_owned(), "credit-officer".to_owned())];
    assert_eq!(risk.noted("抽查").await, [read(), read()]);
    risk.stop().await;
}

/// A profile that the gateway shows from what it keeps.
fn shown_to(reader: &str) -> pb::NotedRead {
    pb::NotedRead {
        reader: reader.to_owned(),
        office: "CREDIT".to_owned(),
        name: format!("enterprises/{A}"),
        parts: vec!["classes".to_owned(), "flags".to_owned()],
        method: PROFILE.to_owned(),
        purpose: "全景查询".to_owned(),
        read_time: Some(Timestamp { seconds: 1_750_000_000, nanos: 5_000 }),
    }
}

#[tokio::test]
async fn reads_that_the_gateway_answers_are_noted_once_for_who_read_and_by_nobody_else() {
    let risk = Risk::start().await;
    let note = |number, reads| pb::NoteReadsRequest { reads, request_id: request_id(number) };
    let mut gateway = risk.dossiers("GATEWAY", CITY);
    for _ in 0..2 {
        gateway.note_reads(note(1, vec![shown_to("wang"), shown_to("li")])).await.unwrap();
    }
    let of_both = || ["li", "wang"].map(|reader| (PROFILE.to_owned(), reader.to_owned())).to_vec();
    assert_eq!(risk.noted("全景查询").await, [of_both(), of_both()]);
    let read = risk.reads(&format!("enterprises/{A}/flags/-")).await.remove(0);
    assert_eq!((read.office.as_str(), read.read_at_us), ("CREDIT", 1_750_000_000_000_005));

    let too_many = gateway.note_reads(note(2, vec![shown_to("wang"); 1_001])).await.unwrap_err();
    assert_eq!(too_many.code(), Code::InvalidArgument);
    let violations = too_many.get_details_bad_request().unwrap().field_violations;
    let [violation] = &violations[..] else { panic!("{violations:?}") };
    assert_eq!(violation.field, "reads");
    assert!(violation.description.contains("1001 reads, not 1 to 1000"), "{violation:?}");
    for office in ["CREDIT", "IT", "FOOD_PROD", "SUPERIOR", "SYSTEM"] {
        let own = note(3, vec![shown_to("wang")]);
        let refused = risk.dossiers(office, CITY).note_reads(own).await.unwrap_err();
        assert_eq!(reason(&refused), "ROLE_NOT_PERMITTED", "{office}");
    }
    assert_eq!(risk.noted("全景查询").await, [of_both(), of_both()]);
    risk.stop().await;
}

#[tokio::test]
async fn a_bad_question_names_every_field() {
    let risk = Risk::start().await;
    let bad = pb::GetDossierRequest { name: A.to_owned(), latest: -1, purpose: String::new() };
    let refused = risk.dossiers("CREDIT", CITY).get_dossier(bad).await.unwrap_err();
    let violations = refused.get_details_bad_request().unwrap().field_violations;
    let fields: Vec<_> = violations.iter().map(|violation| violation.field.as_str()).collect();
    assert_eq!(fields, ["name", "latest", "purpose"]);
    risk.stop().await;
}
