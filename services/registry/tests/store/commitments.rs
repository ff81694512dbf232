//! Letters of commitment: texts, sending, signing, publishing, coverage, lapsing.

use contract::registry::v1 as pb;
use crypto::signer::{Signer, Sm2Signer, Verifier};
use db::Fingerprint;
use domain::{DivisionCode, FieldCode, MicrosUtc};
use files::FileId;
use registry::domain::{CommitmentKey, LicenceContent, Profile, TemplateContent, TemplateKey};
use registry::store::commitment::{
    CommitmentFilter, CoverageFilter, Covered, Issue, LetterRequest, NewVersion, Returned, TemplateFilter,
};
use registry::store::{Act, Cut};
use registry::{Attested, CommitmentError, Error};
use service::auth::Caller;
use service::idempotency::Key;
use uuid::Uuid;

use crate::store::house::{
    A, B, C, CYLINDER, HEALTH, House, ORDINARY, day, licence, noon, officer, open, profile, request, today,
    uscc,
};

fn text(text: &str) -> TemplateContent {
    TemplateContent {
        field: FieldCode::parse("FOOD").unwrap(),
        kind: "Voluntary".into(),
        title: "食品生产企业信用承诺书".into(),
        text: text.into(),
        effective_from: day("2025-01-01"),
        effective_to: None,
    }
}

fn version(number: i64) -> TemplateKey {
    TemplateKey { template: "food".into(), number }
}

pub(crate) fn food() -> Caller {
    officer("FOOD_PROD", &["370100"])
}

fn signer() -> Sm2Signer {
    Sm2Signer::from_random(&[7; 32]).unwrap()
}

fn attest(statement: &str) -> Result<Attested, CommitmentError> {
    let signature = signer().sign(statement.as_bytes()).unwrap();
    let digits = signature.bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let public_key = signer().verifier().to_pem().to_owned();
    Ok(Attested { signature: digits, key_id: signature.key_id.as_str().to_owned(), public_key })
}

/// The letter of an enterprise, the only one in these cases.
pub(crate) fn letter(code: &str) -> CommitmentKey {
    CommitmentKey { uscc: uscc(code), id: Uuid::from_u128(u128::from(code.as_bytes()[17])) }
}

impl House {
    async fn add_text(&self, number: u128, content: TemplateContent) -> Result<pb::TemplateVersion, Error> {
        let (caller, request_id) = (food(), request(number));
        let key = Key { caller: caller.subject(), method: "/text", request_id: &request_id };
        let body = pb::CreateTemplateVersionRequest::default();
        let act = Act::of(&caller, &key, "", today(), self.store.book());
        let new = NewVersion { key: &key, body: &body, content };
        self.store.create_template_version(new, "food", &act).await
    }

    async fn change_text(
        &self,
        number: u128,
        content: TemplateContent,
    ) -> Result<pb::TemplateVersion, Error> {
        let (caller, request_id) = (food(), request(number));
        let key = Key { caller: caller.subject(), method: "/change", request_id: &request_id };
        let body = pb::UpdateTemplateVersionRequest::default();
        let act = Act::of(&caller, &key, "", today(), self.store.book());
        let new = NewVersion { key: &key, body: &body, content };
        self.store.update_template_version(new, &version(1), &caller, &act).await
    }

    pub(crate) async fn issue(
        &self,
        number: u128,
        caller: &Caller,
        codes: &[&str],
    ) -> Result<Vec<pb::Commitment>, Error> {
        let request_id = request(number);
        let key = Key { caller: caller.subject(), method: "/issue", request_id: &request_id };
        let enterprises = codes.iter().map(|code| format!("enterprises/{code}")).collect();
        let body = pb::IssueCommitmentsRequest { enterprises, ..Default::default() };
        let letters: Vec<_> = codes.iter().map(|code| (uscc(code), letter(code).id)).collect();
        let act = Act::of(caller, &key, "", today(), self.store.book());
        let (letters, template) = (letters.as_slice(), &version(1));
        let valid_to = Some(day("2025-09-30"));
        let issue = Issue { key: &key, body: &body, caller, letters, template, valid_to };
        self.store.issue_commitments(&issue, &act).await.map(|issued| issued.commitments)
    }

    pub(crate) async fn sign(&self, number: u128, code: &str, on: &str) -> Result<pb::Commitment, Error> {
        let (caller, request_id) = (food(), request(number));
        let key = Key { caller: caller.subject(), method: "/sign", request_id: &request_id };
        let body = pb::SignCommitmentRequest { signed_on: on.into(), ..Default::default() };
        let act = Act::of(&caller, &key, "", noon("2025-06-20"), self.store.book());
        let file = FileId::of(b"%PDF-signed");
        let returned = Returned { file, bytes: 11, media_type: "application/pdf".into(), signed_on: day(on) };
        let request = LetterRequest { key, body: &body, caller: &caller, letter: &letter(code) };
        self.store.sign_commitment(&request, &returned, &act, attest).await
    }

    pub(crate) async fn publish(&self, number: u128, code: &str) -> Result<pb::Commitment, Error> {
        let (caller, request_id) = (food(), request(number));
        let key = Key { caller: caller.subject(), method: "/publish", request_id: &request_id };
        let body = pb::PublishCommitmentRequest::default();
        let act = Act::of(&caller, &key, "", noon("2025-06-20"), self.store.book());
        let request = LetterRequest { key, body: &body, caller: &caller, letter: &letter(code) };
        self.store.publish_commitment(&request, &act).await
    }

    pub(crate) async fn lapse(&self, now: MicrosUtc) -> usize {
        let act = Act::of_system("licence-terms", now, self.store.book());
        self.store.lapse_commitments(&act).await.unwrap()
    }

    async fn covered(&self, as_of: &str) -> Vec<Covered> {
        self.store.coverage(&coverage(as_of)).await.unwrap()
    }

    pub(crate) async fn letter_state(&self, code: &str) -> String {
        self.store.commitment(&letter(code)).await.unwrap().commitment.state.word().to_owned()
    }
}

fn coverage(as_of: &str) -> CoverageFilter {
    let field = FieldCode::parse("FOOD").unwrap();
    CoverageFilter { divisions: food().scope().division_codes(), field, as_of: day(as_of) }
}

fn every_letter() -> CommitmentFilter {
    let (uscc, field) = (String::new(), "FOOD".into());
    CommitmentFilter { scope: food().scope(), uscc, field, state: None, public_on: None }
}

fn cut(size: i64, after: &str) -> Cut {
    Cut { size, fingerprint: Fingerprint::of(&["list"]), after: after.into() }
}

/// A with ordinary food, B with health food, C without a licence; a text to send.
pub(crate) async fn campaign(house: &House) {
    house.import(1, &[(A, "甲"), (B, "乙"), (C, "丙")]).await.unwrap();
    house.record(2, ORDINARY, licence(A, "FOOD", "OrdinaryFood"), today()).await.unwrap();
    house.record(3, HEALTH, licence(B, "FOOD", "HealthFood"), today()).await.unwrap();
    house.add_text(4, text("本企业承诺依法生产。")).await.unwrap();
}

async fn a_version_that_a_letter_was_sent_with_never_changes_again(house: House) {
    campaign(&house).await;
    let changed = house.change_text(10, text("本企业承诺如实报告。")).await.unwrap();
    assert_eq!((changed.revision, changed.used), (2, false));
    house.issue(11, &food(), &[A]).await.unwrap();
    let refused = house.change_text(12, text("不再承诺。")).await.unwrap_err();
    assert!(matches!(refused, Error::Commitment(CommitmentError::TemplateInUse(_))), "{refused:?}");
    let kept = house.store.template(&version(1)).await.unwrap();
    assert_eq!((kept.content.text.as_str(), kept.used), ("本企业承诺如实报告。", true));
    let next = house.add_text(13, text("本企业再次承诺。")).await.unwrap();
    assert_eq!(next.name, "commitmentTemplates/food/versions/2");
}

async fn every_version_of_a_text_and_every_change_of_it_is_on_record_once(house: House) {
    campaign(&house).await;
    let told = async || {
        let events = house.events().await.into_iter();
        events.filter(|(kind, _)| kind == "registry.template.changed").map(|(_, subject)| subject)
    };
    assert_eq!(told().await.collect::<Vec<_>>(), [version(1).name()]);
    for _ in 0..2 {
        house.change_text(10, text("本企业承诺如实报告。")).await.unwrap();
        assert_eq!(told().await.count(), 2, "a repeated request tells nothing");
    }
    house.add_text(11, text("第二版")).await.unwrap();
    assert_eq!(told().await.next_back(), Some(version(2).name()));
    house.issue(12, &food(), &[A]).await.unwrap();
    house.change_text(13, text("不再承诺。")).await.unwrap_err();
    assert_eq!(told().await.count(), 3, "a refusal leaves no event");
}

async fn a_template_stays_in_its_field_and_out_of_its_days_it_is_not_sent(house: House) {
    campaign(&house).await;
    let se = TemplateContent { field: FieldCode::parse("SE").unwrap(), ..text("特种设备") };
    let refused = house.add_text(10, se).await.unwrap_err();
    assert!(
        matches!(refused, Error::Commitment(CommitmentError::TemplateOfAnotherField { .. })),
        "{refused:?}"
    );
    let later = TemplateContent { effective_from: day("2025-06-03"), ..text("以后") };
    house.change_text(11, later).await.unwrap();
    let refused = house.issue(12, &food(), &[A]).await.unwrap_err();
    assert!(matches!(refused, Error::Commitment(CommitmentError::TemplateNotEffective(_))), "{refused:?}");
}

async fn one_letter_is_in_force_for_an_enterprise_and_one_refusal_refuses_all(house: House) {
    campaign(&house).await;
    let refused = house.issue(10, &food(), &[A, C]).await.unwrap_err();
    assert!(matches!(refused, Error::Commitment(CommitmentError::LicenceRequired { .. })), "{refused:?}");
    assert!(house.store.commitment(&letter(A)).await.is_err(), "nothing was sent");
    let first = house.issue(11, &food(), &[A]).await.unwrap();
    assert_eq!((first[0].state.as_str(), first[0].office.as_str()), ("LetterIssued", "FOOD_PROD"));
    assert_eq!(house.issue(11, &food(), &[A]).await.unwrap(), first, "the same request is answered again");
    let refused = house.issue(12, &food(), &[A]).await.unwrap_err();
    assert!(matches!(refused, Error::Commitment(CommitmentError::InForce { .. })), "{refused:?}");
    let kinds: Vec<_> = house.events().await.into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds.iter().filter(|kind| *kind == "registry.commitment.changed").count(), 1);
}

async fn another_office_or_division_sends_no_letter(house: House) {
    campaign(&house).await;
    let refused = house.issue(10, &officer("FOOD_PROD", &["370103"]), &[A]).await;
    assert!(matches!(refused, Err(Error::Common(service::Error::Denied(_)))), "{refused:?}");
    let refused = house.issue(11, &officer("LEGAL", &["370100"]), &[A]).await.unwrap_err();
    let Error::Commitment(CommitmentError::Office { offices, .. }) = refused else { panic!("{refused:?}") };
    assert_eq!(offices, ["FOOD_PROD", "SAMPLING_SPECIAL_FOOD"]);
}

async fn a_signed_copy_is_attested_so_that_anybody_can_check_it(house: House) {
    campaign(&house).await;
    house.issue(10, &food(), &[A]).await.unwrap();
    let refused = house.sign(11, A, "2025-06-01").await.unwrap_err();
    assert!(matches!(refused, Error::Common(service::Error::Invalid(_))), "signed before it was sent");
    let signed = house.sign(12, A, "2025-06-03").await.unwrap();
    assert_eq!(signed.state, "Archived");
    assert!(signed.statement.contains(&format!("copy: {}\n", signed.signed_copy)), "{}", signed.statement);
    let bytes = (0..64).map(|at| u8::from_str_radix(&signed.signature[2 * at..2 * at + 2], 16).unwrap());
    let key_id = crypto::signer::KeyId::from_text(signed.key_id.clone());
    let signature = crypto::signer::Signature { key_id, bytes: bytes.collect() };
    let key = signer();
    assert_eq!(key.verifier().verify(signed.statement.as_bytes(), &signature), Ok(()));
    let forged = signed.statement.replace("2025-06-03", "2025-06-04");
    assert!(key.verifier().verify(forged.as_bytes(), &signature).is_err());
    assert!(house.duties().await.contains(&("commitment.publish".to_owned(), "FOOD_PROD".to_owned())));
    assert!(house.sign(13, A, "2025-06-03").await.is_err(), "a letter is signed once");
}

async fn a_signed_copy_is_kept_for_the_term_of_the_rulebook_counted_anew_from_the_end_of_the_letter(
    house: House,
) {
    campaign(&house).await;
    let issued = house.issue(10, &food(), &[A]).await.unwrap();
    assert_eq!(issued[0].retain_until, "", "there is nothing to keep yet");
    assert_eq!(house.sign(11, A, "2025-06-03").await.unwrap().retain_until, "2035-06-03");
    assert_eq!(house.publish(12, A).await.unwrap().retain_until, "2035-06-03");
    assert_eq!(house.lapse(noon("2025-10-01")).await, 1);
    let ended = house.store.commitment(&letter(A)).await.unwrap().commitment;
    assert_eq!(ended.copy.unwrap().retain_until, Some(day("2035-10-01")));
}

async fn the_key_of_a_signature_is_kept_once_with_the_day_on_which_it_first_signed(house: House) {
    campaign(&house).await;
    assert_eq!(house.store.signing_keys(&cut(9, "")).await.unwrap().rows, []);
    house.issue(10, &food(), &[A, B]).await.unwrap();
    house.sign(11, A, "2025-06-03").await.unwrap();
    let signed = house.sign(12, B, "2025-06-03").await.unwrap();
    let keys = house.store.signing_keys(&cut(9, "")).await.unwrap().rows;
    let [key] = keys.as_slice() else { panic!("{keys:?}") };
    assert_eq!((&key.key_id, key.first_used_at()), (&signed.key_id, noon("2025-06-20")));
    let verifier = crypto::signer::Sm2Verifier::from_pem(&key.public_key).unwrap();
    assert_eq!(verifier.key_id().as_str(), signed.key_id);
    assert_eq!(house.store.signing_keys(&cut(9, &signed.key_id)).await.unwrap().rows, []);
}

async fn a_published_letter_is_handed_to_the_publicity_system_with_its_duty_done(house: House) {
    campaign(&house).await;
    house.issue(10, &food(), &[A]).await.unwrap();
    let early = house.publish(11, A).await.unwrap_err();
    assert!(matches!(early, Error::Commitment(CommitmentError::Refused { .. })), "{early:?}");
    house.sign(12, A, "2025-06-03").await.unwrap();
    let published = house.publish(13, A).await.unwrap();
    assert_eq!((published.state.as_str(), published.published_on.as_str()), ("Published", "2025-06-20"));
    assert!(house.deliveries().await.contains(&("commitment.published".to_owned(), 3)));
    assert!(!house.duties().await.iter().any(|(kind, _)| kind == "commitment.publish"));
}

async fn a_published_letter_is_told_again_when_its_enterprise_is_called_otherwise(house: House) {
    campaign(&house).await;
    house.issue(10, &food(), &[A, B]).await.unwrap();
    for (number, code) in [(11, A), (12, B)] {
        house.sign(number, code, "2025-06-03").await.unwrap();
    }
    house.publish(13, A).await.unwrap();
    let told = async || {
        let deliveries = house.deliveries().await;
        deliveries
            .into_iter()
            .filter(|(kind, _)| kind == "commitment.published")
            .map(|(_, revision)| revision)
    };
    assert_eq!(told().await.collect::<Vec<_>>(), [3]);
    house.rename(14, 1, "丁").await.unwrap();
    assert_eq!(told().await.collect::<Vec<_>>(), [3, 4]);
    let view = house.store.commitment(&letter(A)).await.unwrap();
    assert_eq!((view.legal_name.as_str(), view.commitment.pushed_revision), ("丁", 4));
    assert_eq!(view.commitment.state.word(), "Published");
    for number in [15, 16] {
        let renamed = [(A, "戊"), (B, "己")];
        house.import_on(number, &renamed, noon("2025-06-21"), None).await.unwrap();
        assert_eq!(told().await.collect::<Vec<_>>(), [3, 4, 5], "once, and nothing that is not public");
    }
}

async fn only_published_letters_in_force_are_public_also_before_the_daily_job_has_run(house: House) {
    campaign(&house).await;
    house.issue(10, &food(), &[A, B]).await.unwrap();
    house.sign(11, A, "2025-06-03").await.unwrap();
    let public = async |on: &str| {
        let filter = CommitmentFilter { public_on: Some(day(on)), ..every_letter() };
        let page = house.store.commitments(&filter, &cut(9, "")).await.unwrap();
        page.rows.into_iter().map(|view| view.commitment.key).collect::<Vec<_>>()
    };
    assert_eq!(public("2025-06-20").await, [], "a letter that is signed is not published yet");
    house.publish(12, A).await.unwrap();
    assert_eq!(public("2025-06-20").await, [letter(A)]);
    assert_eq!(public("2025-09-30").await, [letter(A)], "the last day of its term");
    assert_eq!(public("2025-10-01").await, [], "nobody has run the daily job");
    house.lapse(noon("2025-10-01")).await;
    assert_eq!(public("2025-09-30").await, [], "it has ended");
}

async fn coverage_counts_who_should_have_signed_and_who_had_on_that_day(house: House) {
    campaign(&house).await;
    house.issue(10, &food(), &[A, B]).await.unwrap();
    house.sign(11, A, "2025-06-03").await.unwrap();
    let counted = |due, signed| [Covered { division: "370102".into(), due, signed }];
    assert_eq!(house.covered("2025-06-02").await, counted(2, 0), "the day before it was signed");
    assert_eq!(house.covered("2025-06-03").await, counted(2, 1));
    assert_eq!(house.covered("2025-09-30").await, counted(2, 1), "the last day of the letter");
    assert_eq!(house.covered("2025-10-01").await, counted(2, 0), "the term of the letter is over");
    assert_eq!(house.covered("2026-01-01").await, [], "the licences are over");
    assert_eq!(house.covered("2022-12-31").await, [], "nobody held a licence");
}

async fn coverage_counts_a_licence_until_the_day_of_the_decision_that_ended_it(house: House) {
    campaign(&house).await;
    let counted = |due| [Covered { division: "370102".into(), due, signed: 0 }];
    let ended = |code, field, sub_kind, state: &str| LicenceContent {
        state: state.into(),
        ..licence(code, field, sub_kind)
    };
    let revoked = ended(A, "FOOD", "OrdinaryFood", "Revoked");
    house.record(10, ORDINARY, revoked, noon("2025-07-01")).await.unwrap();
    assert_eq!(house.covered("2025-06-30").await, counted(2));
    assert_eq!(house.covered("2025-07-01").await, counted(1));
    let withdrawn = ended(B, "FOOD", "HealthFood", "Withdrawn");
    house.record(11, HEALTH, withdrawn, noon("2025-07-02")).await.unwrap();
    assert_eq!(house.covered("2025-06-30").await, counted(1), "withdrawn, it counts on no day");
    let missing = house.store.missing(&coverage("2025-06-30"), &cut(9, "")).await.unwrap();
    assert_eq!(missing.rows.iter().map(|row| row.uscc.as_str()).collect::<Vec<_>>(), [A]);
}

async fn coverage_is_counted_for_each_field_and_division_apart(house: House) {
    let zone = Profile { division: DivisionCode::parse("JN-GX").unwrap(), ..profile("乙") };
    house.create(1, A, "甲").await.unwrap();
    house.create_as(2, B, zone).await.unwrap();
    house.create(3, C, "丙").await.unwrap();
    house.record(4, ORDINARY, licence(A, "FOOD", "OrdinaryFood"), today()).await.unwrap();
    house.record(5, HEALTH, licence(B, "FOOD", "HealthFood"), today()).await.unwrap();
    house.record(6, CYLINDER, licence(C, "SE", "SeCylinderFilling"), today()).await.unwrap();
    house.add_text(7, text("本企业承诺依法生产。")).await.unwrap();
    house.issue(8, &food(), &[A, B]).await.unwrap();
    house.sign(9, A, "2025-06-03").await.unwrap();
    let counted = async |field: &str, divisions: &[&str]| {
        let scope = officer("CREDIT", divisions).scope();
        let field = FieldCode::parse(field).unwrap();
        let filter = CoverageFilter { divisions: scope.division_codes(), field, as_of: day("2025-06-03") };
        let counted = house.store.coverage(&filter).await.unwrap();
        counted.into_iter().map(|one| (one.division, one.due, one.signed)).collect::<Vec<_>>()
    };
    let row = |division: &str, due, signed| (division.to_owned(), due, signed);
    assert_eq!(counted("FOOD", &["370100"]).await, [row("370102", 1, 1), row("JN-GX", 1, 0)]);
    assert_eq!(counted("SE", &["370100"]).await, [row("370102", 1, 0)]);
    assert_eq!(counted("FOOD", &["JN-GX"]).await, [row("JN-GX", 1, 0)]);
    assert_eq!(counted("FOOD", &["370103"]).await, []);
}

async fn the_missing_are_listed_page_by_page_with_the_letter_that_waits(house: House) {
    campaign(&house).await;
    house.issue(10, &food(), &[B]).await.unwrap();
    let first = house.store.missing(&coverage("2025-06-03"), &cut(1, "")).await.unwrap();
    assert_eq!((first.rows[0].uscc.as_str(), first.rows[0].letter.as_str()), (A, ""));
    assert_ne!(first.next_page_token, "");
    let second = house.store.missing(&coverage("2025-06-03"), &cut(1, A)).await.unwrap();
    assert_eq!((second.rows[0].uscc.as_str(), &second.rows[0].letter), (B, &letter(B).id.to_string()));
    assert_eq!(second.next_page_token, "");
    house.sign(11, B, "2025-06-03").await.unwrap();
    let left = house.store.missing(&coverage("2025-06-03"), &cut(9, "")).await.unwrap();
    assert_eq!(left.rows.len(), 1);
}

async fn a_letter_lapses_after_its_term_and_another_may_be_sent(house: House) {
    campaign(&house).await;
    house.issue(10, &food(), &[A]).await.unwrap();
    house.sign(11, A, "2025-06-03").await.unwrap();
    house.publish(12, A).await.unwrap();
    assert_eq!(house.lapse(noon("2025-09-30")).await, 0);
    assert_eq!(house.lapse(noon("2025-10-01")).await, 1);
    assert_eq!(house.lapse(noon("2025-10-01")).await, 0, "repeatable");
    assert_eq!(house.letter_state(A).await, "Lapsed");
    assert!(house.deliveries().await.contains(&("commitment.withdrawn".to_owned(), 4)));
}

async fn a_letter_that_cannot_lapse_keeps_no_other_from_it(house: House) {
    const SPOIL: &str = "UPDATE commitment_template SET field = '!!'";
    campaign(&house).await;
    house.issue(10, &food(), &[A, B]).await.unwrap();
    house.sign(11, A, "2025-06-03").await.unwrap();
    house.publish(12, A).await.unwrap();
    db::on!(house.db, |pool| sqlx::query(SPOIL).execute(pool).await.map(drop)).unwrap();
    let act = Act::of_system("licence-terms", noon("2025-10-01"), house.store.book());
    let failed = house.store.lapse_commitments(&act).await;
    assert!(matches!(failed, Err(Error::Common(service::Error::Corrupt(_)))), "{failed:?}");
    assert_eq!(
        (house.letter_state(A).await.as_str(), house.letter_state(B).await.as_str()),
        ("Published", "Lapsed")
    );
}

async fn a_letter_lapses_with_the_last_licence_and_not_while_it_is_suspended(house: House) {
    campaign(&house).await;
    house.issue(10, &food(), &[A, B]).await.unwrap();
    let content = |state: &str| {
        let mut content = licence(A, "FOOD", "OrdinaryFood");
        content.state = state.into();
        content
    };
    house.record(11, ORDINARY, content("Suspended"), noon("2025-06-03")).await.unwrap();
    assert_eq!(house.lapse(noon("2025-06-03")).await, 0);
    house.record(12, ORDINARY, content("Revoked"), noon("2025-06-04")).await.unwrap();
    assert_eq!(house.lapse(noon("2025-06-04")).await, 1);
    assert_eq!(
        (house.letter_state(A).await, house.letter_state(B).await),
        ("Lapsed".into(), "LetterIssued".into())
    );
}

async fn a_letter_lapses_with_an_entry_that_was_taken_back_and_counts_on_no_day(house: House) {
    campaign(&house).await;
    house.issue(10, &food(), &[A]).await.unwrap();
    let counted = |due| [Covered { division: "370102".into(), due, signed: 0 }];
    assert_eq!(house.covered("2025-06-01").await, counted(2));
    house.take_back(11, ORDINARY).await.unwrap();
    assert_eq!(house.covered("2025-06-01").await, counted(1), "it never was, on days before, either");
    assert_eq!(house.lapse(noon("2025-06-03")).await, 1);
    assert_eq!(house.letter_state(A).await, "Lapsed");
}

async fn letters_and_texts_are_listed_once_in_their_order(house: House) {
    campaign(&house).await;
    house.add_text(10, text("第二版")).await.unwrap();
    house.issue(11, &food(), &[A, B]).await.unwrap();
    let filter = |state| CommitmentFilter { state, ..every_letter() };
    let first = house.store.commitments(&filter(None), &cut(1, "")).await.unwrap();
    assert_eq!(first.rows[0].commitment.key, letter(A));
    let after = format!("{A}/{}", letter(A).id);
    let second = house.store.commitments(&filter(None), &cut(1, &after)).await.unwrap();
    assert_eq!((&second.rows[0].commitment.key, second.next_page_token.as_str()), (&letter(B), ""));
    let archived = Some("Archived".parse().unwrap());
    assert!(house.store.commitments(&filter(archived), &cut(9, "")).await.unwrap().rows.is_empty());
    let texts = |field: &str| TemplateFilter { scope: food().scope(), field: field.into() };
    let page = house.store.templates(&texts(""), &cut(1, "food/1")).await.unwrap();
    assert_eq!((page.rows[0].key.number, page.next_page_token.as_str()), (2, ""));
    let se = TemplateFilter { scope: officer("SE_SUPERV", &["370100"]).scope(), field: String::new() };
    assert!(house.store.templates(&se, &cut(9, "")).await.unwrap().rows.is_empty());
}

async fn whether_there_is_a_letter_is_told_with_the_enterprise(house: House) {
    campaign(&house).await;
    house.issue(10, &food(), &[A]).await.unwrap();
    for (code, some) in [(A, true), (B, false)] {
        let (_, lists) = house.store.enterprise_with_lists(&uscc(code)).await.unwrap();
        assert_eq!(lists.commitments, some, "{code}");
    }
}

db::conformance! { open = open; cases = [
    a_version_that_a_letter_was_sent_with_never_changes_again,
    every_version_of_a_text_and_every_change_of_it_is_on_record_once,
    a_template_stays_in_its_field_and_out_of_its_days_it_is_not_sent,
    one_letter_is_in_force_for_an_enterprise_and_one_refusal_refuses_all,
    another_office_or_division_sends_no_letter,
    a_signed_copy_is_attested_so_that_anybody_can_check_it,
    a_signed_copy_is_kept_for_the_term_of_the_rulebook_counted_anew_from_the_end_of_the_letter,
    the_key_of_a_signature_is_kept_once_with_the_day_on_which_it_first_signed,
    a_published_letter_is_handed_to_the_publicity_system_with_its_duty_done,
    a_published_letter_is_told_again_when_its_enterprise_is_called_otherwise,
    only_published_letters_in_force_are_public_also_before_the_daily_job_has_run,
    coverage_counts_who_should_have_signed_and_who_had_on_that_day,
    coverage_counts_a_licence_until_the_day_of_the_decision_that_ended_it,
    coverage_is_counted_for_each_field_and_division_apart,
    the_missing_are_listed_page_by_page_with_the_letter_that_waits,
    a_letter_lapses_after_its_term_and_another_may_be_sent,
    a_letter_that_cannot_lapse_keeps_no_other_from_it,
    a_letter_lapses_with_the_last_licence_and_not_while_it_is_suspended,
    a_letter_lapses_with_an_entry_that_was_taken_back_and_counts_on_no_day,
    letters_and_texts_are_listed_once_in_their_order,
    whether_there_is_a_letter_is_told_with_the_enterprise,
] }
