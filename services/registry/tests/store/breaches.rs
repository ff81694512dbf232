//! The way of a breach: check, hearing, order, correction or proposal.

use contract::registry::v1 as pb;
use db::{Fingerprint, on};
use domain::{FieldCode, MicrosUtc};
use prost::Message;
use registry::domain::{BreachFact, BreachKey, BreachUnfit, LicenceContent, Order};
use registry::store::commitment::{
    BreachFilter, BreachRequest, CoverageFilter, Covered, Found, LetterRequest,
};
use registry::store::{Act, Cut, Decided, FIGURES, PermitFact};
use registry::{CommitmentError, Error};
use service::auth::Caller;
use service::idempotency::Key;

use crate::store::commitments::{campaign, letter};
use crate::store::house::{
    A, CYLINDER, House, ORDINARY, day, licence, mark, noon, officer, open, request, today, told, uscc,
};

const BASIS: &str = "国发〔2021〕7号";

fn food() -> Caller {
    officer("FOOD_PROD", &["370100"])
}

fn breach(number: i64) -> BreachKey {
    BreachKey { letter: letter(A), number }
}

fn order(correct_by: &str) -> BreachFact {
    BreachFact::Ordered(Order {
        ordered_on: day("2025-06-23"),
        document_no: "济市监责改〔2025〕1号".into(),
        legal_basis: BASIS.into(),
        correct_by: day(correct_by),
    })
}

fn heard() -> BreachFact {
    BreachFact::Heard { on: day("2025-06-23"), statement: "已知悉,无异议".into() }
}

/// A working Monday after the letter was published.
fn monday() -> MicrosUtc {
    noon("2025-06-23")
}

impl House {
    async fn check(&self, number: u128, kept: bool, caller: &Caller) -> Result<pb::Commitment, Error> {
        let (begin, conclude) = (request(number), request(number + 1));
        let key = Key { caller: caller.subject(), method: "/begin", request_id: &begin };
        let body = pb::BeginCommitmentCheckRequest::default();
        let act = Act::of(caller, &key, "", monday(), self.store.book());
        let asked = LetterRequest { key, body: &body, caller, letter: &letter(A) };
        self.store.begin_check(&asked, "tasks/1", &act).await?;
        let key = Key { caller: caller.subject(), method: "/conclude", request_id: &conclude };
        let body = pb::ConcludeCommitmentCheckRequest { kept, ..Default::default() };
        let asked = LetterRequest { key, body: &body, caller, letter: &letter(A) };
        let found = Found { kept, finding: "未按承诺留样".into() };
        self.store.conclude_check(&asked, &found, &act).await
    }

    async fn tell(
        &self,
        number: u128,
        caller: &Caller,
        fact: BreachFact,
        now: MicrosUtc,
    ) -> Result<pb::Breach, Error> {
        let request_id = request(number);
        let key = Key { caller: caller.subject(), method: "/tell", request_id: &request_id };
        let body = pb::ConfirmBreachRequest::default();
        let act = Act::of(caller, &key, BASIS, now, self.store.book());
        let breach = &breach(1);
        let asked =
            BreachRequest { key: &key, body: &body, caller, breach, fact, legal_basis: BASIS, reason: "" };
        self.store.step_breach(&asked, &act).await
    }

    async fn notice(&self, on: &str) -> usize {
        let act = Act::of_system("licence-terms", noon(on), self.store.book());
        self.store.notice_limits(&act).await.unwrap()
    }

    /// Events of breaches, as told.
    async fn breach_events(&self) -> Vec<(String, pb::BreachEvent)> {
        const SQL: &str =
            "SELECT kind, payload FROM event WHERE kind LIKE 'registry.breach.%' ORDER BY outbox_id";
        let rows: Vec<(String, Vec<u8>)> =
            on!(self.db, |pool| sqlx::query_as(SQL).fetch_all(pool).await).unwrap();
        rows.into_iter()
            .map(|(kind, payload)| (kind, pb::BreachEvent::decode(payload.as_slice()).unwrap()))
            .collect()
    }

    /// States before and after, and revision, of the letter, as told.
    async fn letters_told(&self) -> Vec<(String, String, i64)> {
        const SQL: &str =
            "SELECT payload FROM event WHERE kind = 'registry.commitment.changed' ORDER BY outbox_id";
        let rows: Vec<Vec<u8>> = on!(self.db, |pool| sqlx::query_scalar(SQL).fetch_all(pool).await).unwrap();
        let told = |payload: Vec<u8>| {
            let event = pb::CommitmentEvent::decode(payload.as_slice()).unwrap();
            let letter = event.commitment.unwrap();
            (event.previous_state, letter.state, letter.revision)
        };
        rows.into_iter().map(told).collect()
    }

    async fn kinds(&self) -> Vec<String> {
        let kinds = self.breach_events().await.into_iter().map(|(kind, _)| kind);
        kinds.map(|kind| kind.trim_start_matches("registry.breach.").to_owned()).collect()
    }

    /// What letters wait for, at which office.
    async fn waits_for(&self) -> Vec<(String, String)> {
        let own = |(kind, office): (String, String)| {
            kind.strip_prefix("commitment.").map(|kind| (kind.to_owned(), office))
        };
        self.duties().await.into_iter().filter_map(own).collect()
    }

    async fn last_day(&self, kind: &str) -> String {
        const SQL: &str = "SELECT due_on FROM obligation WHERE kind = $1 AND done_on IS NULL";
        on!(self.db, |pool| sqlx::query_scalar(SQL).bind(kind).fetch_one(pool).await).unwrap()
    }
}

/// The letter of A, published.
async fn published(house: &House) {
    campaign(house).await;
    house.issue(10, &food(), &[A]).await.unwrap();
    house.sign(11, A, "2025-06-03").await.unwrap();
    house.publish(12, A).await.unwrap();
}

/// A breach of it, ordered to be corrected by 23 July.
async fn ordered(house: &House) {
    published(house).await;
    house.check(20, false, &food()).await.unwrap();
    house.tell(22, &food(), heard(), monday()).await.unwrap();
    house.tell(23, &food(), order("2025-07-23"), monday()).await.unwrap();
}

async fn a_kept_letter_stays_public_and_a_broken_one_opens_a_breach_once(house: House) {
    published(&house).await;
    assert_eq!(house.check(20, true, &food()).await.unwrap().state, "Published");
    let suspected = house.check(22, false, &food()).await.unwrap();
    assert_eq!((suspected.state.as_str(), suspected.check_task.as_str()), ("BreachSuspected", "tasks/1"));
    assert_eq!(house.kinds().await, ["suspected"]);
    assert!(house.store.breach(&breach(2)).await.is_err());
}

async fn nobody_confirms_before_the_party_was_heard(house: House) {
    published(&house).await;
    house.check(20, false, &food()).await.unwrap();
    let refused = house.tell(22, &food(), order("2025-07-23"), monday()).await.unwrap_err();
    let unheard = CommitmentError::Unfit(BreachUnfit::PartyNotHeard);
    assert_eq!(refused.to_string(), unheard.to_string());
    assert_eq!(house.letter_state(A).await, "BreachSuspected");
    house.tell(23, &food(), heard(), monday()).await.unwrap();
    house.tell(24, &food(), BreachFact::Dismissed, monday()).await.unwrap();
    assert_eq!(house.letter_state(A).await, "Published");
    assert_eq!(house.kinds().await, ["suspected", "changed", "closed"]);
}

async fn one_event_tells_the_order_with_its_limit_and_the_duty_has_its_day(house: House) {
    ordered(&house).await;
    let events = house.breach_events().await;
    let (kind, told) = events.last().unwrap();
    let told = told.breach.clone().unwrap();
    assert_eq!((kind.as_str(), told.state.as_str()), ("registry.breach.confirmed", "CorrectionOrdered"));
    assert_eq!((told.ordered_on.as_str(), told.correct_by.as_str()), ("2025-06-23", "2025-07-23"));
    assert!(events.iter().all(|(_, event)| event.breach.as_ref().unwrap().statement.is_empty()));
    assert_eq!(house.last_day("commitment.correct").await, "2025-07-23");
    assert!(house.duties().await.contains(&("commitment.correct".to_owned(), "FOOD_PROD".to_owned())));
}

async fn a_correction_closes_the_breach_and_its_duties(house: House) {
    ordered(&house).await;
    let closed = house.tell(30, &food(), BreachFact::Accepted, noon("2025-07-01")).await.unwrap();
    assert_eq!((closed.state.as_str(), closed.closed_on.as_str()), ("Corrected", "2025-07-01"));
    assert_eq!(house.letter_state(A).await, "Published");
    assert!(!house.duties().await.iter().any(|(kind, _)| kind.starts_with("commitment.")));
    assert_eq!(house.kinds().await.last().unwrap(), "closed");
    let after = house.tell(31, &food(), BreachFact::Accepted, noon("2025-07-02")).await.unwrap_err();
    assert!(matches!(after, Error::Commitment(CommitmentError::BreachClosed(_))), "{after:?}");
    let again = house.tell(30, &food(), BreachFact::Accepted, noon("2025-07-01")).await.unwrap();
    assert_eq!(again, closed, "the same request is answered again");
}

async fn a_passed_limit_is_noticed_once_and_an_officer_concludes(house: House) {
    ordered(&house).await;
    let early = house.tell(30, &food(), BreachFact::Rejected(None), noon("2025-07-23")).await.unwrap_err();
    assert!(matches!(early, Error::Commitment(CommitmentError::Unfit(_))), "{early:?}");
    assert_eq!(house.notice("2025-07-23").await, 0, "the last day belongs to the party");
    assert_eq!(house.notice("2025-07-24").await, 1);
    assert_eq!(house.notice("2025-07-24").await, 0, "repeatable");
    assert_eq!(house.letter_state(A).await, "CorrectionOrdered", "the system decides nothing");
    assert!(house.duties().await.contains(&("commitment.conclude".to_owned(), "FOOD_PROD".to_owned())));
    let found = house.tell(31, &food(), BreachFact::Rejected(None), noon("2025-07-24")).await.unwrap();
    assert_eq!((found.state.as_str(), found.overdue), ("NotCorrected", true));
    assert_eq!(house.waits_for().await, [("revocation.draft".to_owned(), "FOOD_PROD".to_owned())]);
}

async fn from_its_suspicion_to_its_end_a_breach_waits_for_somebody_whose_duty_it_is(house: House) {
    let waits_for = async |kind: &str, office: &str| {
        assert_eq!(house.waits_for().await, [(kind.to_owned(), office.to_owned())]);
    };
    let (food, legal, on) = (food(), officer("LEGAL", &["370100"]), noon("2025-07-24"));
    published(&house).await;
    house.check(20, false, &food).await.unwrap();
    waits_for("suspicion", "FOOD_PROD").await;
    house.tell(22, &food, heard(), monday()).await.unwrap();
    waits_for("suspicion", "FOOD_PROD").await;
    house.tell(23, &food, order("2025-07-23"), monday()).await.unwrap();
    waits_for("correct", "FOOD_PROD").await;
    house.tell(30, &food, BreachFact::Rejected(None), on).await.unwrap();
    waits_for("revocation.draft", "FOOD_PROD").await;
    house.tell(32, &food, BreachFact::Drafted(food.subject().to_owned()), on).await.unwrap();
    waits_for("revocation.propose", "LEGAL").await;
    house.tell(34, &legal, BreachFact::Proposed("济市监法〔2025〕1号".into()), on).await.unwrap();
    waits_for("revocation.decision", "FOOD_PROD").await;
    house.tell(35, &legal, revoked(&[]), on).await.unwrap();
    assert_eq!(house.waits_for().await, []);
}

async fn a_revocation_that_its_record_tells_first_is_still_entered_as_the_end_of_the_breach(house: House) {
    revocation_proposed(&house).await;
    let voided = LicenceContent { state: "Voided".into(), ..licence(A, "FOOD", "OrdinaryFood") };
    house.permits(&[told("records/9", ORDINARY, voided, "2025-07-22")]).await;
    assert_eq!(house.lapse(noon("2025-07-25")).await, 0);
    assert_eq!(house.letter_state(A).await, "RevocationProposed");
    let legal = officer("LEGAL", &["370100"]);
    let ended = house.tell(41, &legal, revoked(&[ORDINARY]), noon("2025-07-25")).await.unwrap();
    assert_eq!(ended.state, "PermitRevoked");
    let licence = house.store.licence(ORDINARY).await.unwrap().licence;
    assert_eq!((licence.content.state.as_str(), licence.source_record.as_str()), ("Voided", "records/9"));
}

async fn a_licence_that_ends_otherwise_ends_what_was_proposed_about_it(house: House) {
    revocation_proposed(&house).await;
    let cancelled = LicenceContent { state: "Cancelled".into(), ..licence(A, "FOOD", "OrdinaryFood") };
    house.record(40, ORDINARY, cancelled, noon("2025-07-25")).await.unwrap();
    assert_eq!(house.lapse(noon("2025-07-25")).await, 1);
    assert_eq!(house.letter_state(A).await, "Lapsed");
    assert_eq!(house.waits_for().await, []);
}

async fn a_revocation_is_drafted_by_one_and_proposed_by_the_legal_office(house: House) {
    ordered(&house).await;
    let (food, legal) = (food(), officer("LEGAL", &["370100"]));
    let on = noon("2025-07-24");
    house.tell(30, &food, BreachFact::Rejected(None), on).await.unwrap();
    let undrafted = house.tell(31, &legal, BreachFact::Proposed("1".into()), on).await.unwrap_err();
    assert!(undrafted.to_string().contains("four eyes"), "{undrafted}");
    house.tell(32, &food, BreachFact::Drafted(food.subject().to_owned()), on).await.unwrap();
    let by_line = house.tell(33, &food, BreachFact::Proposed("1".into()), on).await.unwrap_err();
    assert!(matches!(by_line, Error::Commitment(CommitmentError::Office { .. })), "{by_line:?}");
    let proposed =
        house.tell(34, &legal, BreachFact::Proposed("济市监法〔2025〕1号".into()), on).await.unwrap();
    assert_eq!((proposed.state.as_str(), proposed.closed_on.as_str()), ("RevocationProposed", ""));
    let revoked = house.tell(35, &legal, revoked(&[]), on).await.unwrap();
    assert_eq!(revoked.state, "PermitRevoked");
    assert_eq!(house.letter_state(A).await, "PermitRevoked");
    assert!(house.deliveries().await.iter().any(|(kind, _)| kind == "commitment.withdrawn"));
}

/// The authority revoked these licences on 22 July.
fn revoked(licences: &[&str]) -> BreachFact {
    BreachFact::Decided {
        revoked: true,
        authority: "审批局".into(),
        document_no: "济审批撤〔2025〕1号".into(),
        decided_on: day("2025-07-22"),
        licences: licences.iter().map(ToString::to_string).collect(),
    }
}

/// The revocation of the permit of A is proposed to the authority.
async fn revocation_proposed(house: &House) {
    ordered(house).await;
    let (food, legal, on) = (food(), officer("LEGAL", &["370100"]), noon("2025-07-24"));
    house.tell(30, &food, BreachFact::Rejected(None), on).await.unwrap();
    house.tell(32, &food, BreachFact::Drafted(food.subject().to_owned()), on).await.unwrap();
    house.tell(34, &legal, BreachFact::Proposed("济市监法〔2025〕1号".into()), on).await.unwrap();
}

async fn whoever_follows_letters_hears_of_each_step_of_a_breach_and_of_the_end(house: House) {
    revocation_proposed(&house).await;
    house.tell(35, &officer("LEGAL", &["370100"]), revoked(&[]), noon("2025-07-24")).await.unwrap();
    let told = house.letters_told().await;
    let revisions: Vec<_> = told.iter().map(|(.., revision)| *revision).collect();
    assert_eq!(revisions, (1..).take(revisions.len()).collect::<Vec<i64>>(), "none is left out");
    let (before, after, last) = told.last().unwrap();
    assert_eq!((before.as_str(), after.as_str()), ("RevocationProposed", "PermitRevoked"));
    assert_eq!(*last, house.store.commitment(&letter(A)).await.unwrap().commitment.revision);
}

async fn what_the_authority_revoked_is_in_the_register_by_its_decision_and_the_mark_waits_to_go(
    house: House,
) {
    revocation_proposed(&house).await;
    house.decide(40, &food(), Decided::Confirm, &[mark(A, "FOOD")]).await.unwrap();
    house.tell(35, &officer("LEGAL", &["370100"]), revoked(&[]), noon("2025-07-24")).await.unwrap();
    let licence = house.store.licence(ORDINARY).await.unwrap().licence;
    // 撤销, not the penalty 吊销.
    assert_eq!((licence.content.state.as_str(), licence.decided_on), ("Voided", day("2025-07-22")));
    assert_eq!(house.state(A, "FOOD").await, "ChangePending");
    assert!(house.duties().await.contains(&("mark.confirm".to_owned(), "FOOD_PROD".to_owned())));
    assert!(house.events().await.iter().any(|(kind, _)| kind == "registry.licence.recorded"));
}

async fn of_several_licences_those_that_were_revoked_are_named(house: House) {
    const OTHER: &str = "SC12737010200049";
    revocation_proposed(&house).await;
    let legal = officer("LEGAL", &["370100"]);
    house.record(40, OTHER, licence(A, "FOOD", "HealthFood"), noon("2025-07-01")).await.unwrap();
    let unnamed = house.tell(41, &legal, revoked(&[]), noon("2025-07-24")).await.unwrap_err();
    assert!(
        matches!(unnamed, Error::Commitment(CommitmentError::Unfit(BreachUnfit::LicenceNotNamed(_)))),
        "{unnamed:?}"
    );
    let strange = house.tell(42, &legal, revoked(&[CYLINDER]), noon("2025-07-24")).await.unwrap_err();
    assert!(
        matches!(strange, Error::Commitment(CommitmentError::Unfit(BreachUnfit::NotItsLicence(_)))),
        "{strange:?}"
    );
    house.tell(43, &legal, revoked(&[ORDINARY, ORDINARY]), noon("2025-07-24")).await.unwrap();
    let state = async |number| house.store.licence(number).await.unwrap().licence.content.state;
    assert_eq!((state(ORDINARY).await.as_str(), state(OTHER).await.as_str()), ("Voided", "Valid"));
}

async fn no_breach_ends_with_a_revocation_that_the_register_cannot_enter(house: House) {
    revocation_proposed(&house).await;
    let wider = LicenceContent { scope: "糕点;饮料".into(), ..licence(A, "FOOD", "OrdinaryFood") };
    house.record(40, ORDINARY, wider, noon("2025-07-23")).await.unwrap();
    let legal = officer("LEGAL", &["370100"]);
    let refused = house.tell(41, &legal, revoked(&[]), noon("2025-07-24")).await.unwrap_err();
    assert!(matches!(refused, Error::LaterDecisionKnown { .. }), "{refused:?}");
    assert_eq!(house.letter_state(A).await, "RevocationProposed");
}

async fn a_revocation_answers_what_was_asked_when_the_record_of_the_licence_was_withdrawn(house: House) {
    revocation_proposed(&house).await;
    let permit = told("records/1", ORDINARY, licence(A, "FOOD", "OrdinaryFood"), "2025-06-10");
    house.permits(&[permit, PermitFact::Withdrawn { record: "records/1".into() }]).await;
    let looked_at = ("licence.record_withdrawn".to_owned(), "LEGAL".to_owned());
    assert!(house.duties().await.contains(&looked_at));
    house.tell(41, &officer("LEGAL", &["370100"]), revoked(&[ORDINARY]), noon("2025-07-24")).await.unwrap();
    assert!(!house.duties().await.contains(&looked_at));
}

async fn a_withdrawn_record_ends_no_letter_and_no_breach_until_an_act_ends_the_licence(house: House) {
    ordered(&house).await;
    let permit = told("records/1", ORDINARY, licence(A, "FOOD", "OrdinaryFood"), "2025-06-10");
    house.permits(&[permit]).await;
    house.permits(&[PermitFact::Withdrawn { record: "records/1".into() }]).await;
    assert!(house.duties().await.contains(&("licence.record_withdrawn".to_owned(), "LEGAL".to_owned())));
    let lapse = |on| Act::of_system("licence-terms", noon(on), house.store.book());
    assert_eq!(house.store.lapse_commitments(&lapse("2025-07-01")).await.unwrap(), 0);
    assert_eq!(house.letter_state(A).await, "CorrectionOrdered");
    let mut content = licence(A, "FOOD", "OrdinaryFood");
    content.state = "Cancelled".into();
    house.record(40, ORDINARY, content, noon("2025-07-02")).await.unwrap();
    assert!(!house.duties().await.iter().any(|(kind, _)| kind == "licence.record_withdrawn"));
    assert_eq!(house.store.lapse_commitments(&lapse("2025-07-02")).await.unwrap(), 1);
    assert_eq!(house.letter_state(A).await, "Lapsed");
}

async fn the_loss_of_the_licence_closes_a_breach_and_the_end_of_the_term_does_not(house: House) {
    ordered(&house).await;
    let lapse = |on| Act::of_system("licence-terms", noon(on), house.store.book());
    assert_eq!(house.store.lapse_commitments(&lapse("2025-10-01")).await.unwrap(), 0, "its term is over");
    let mut content = licence(A, "FOOD", "OrdinaryFood");
    content.state = "Cancelled".into();
    house.record(40, ORDINARY, content, noon("2025-10-02")).await.unwrap();
    assert_eq!(house.store.lapse_commitments(&lapse("2025-10-02")).await.unwrap(), 1);
    let (_, closed) = house.store.breach(&breach(1)).await.unwrap();
    assert_eq!(closed.closed.unwrap().0, day("2025-10-02"));
    assert_eq!(house.kinds().await.last().unwrap(), "closed");
    assert!(!house.duties().await.iter().any(|(kind, _)| kind.starts_with("commitment.")));
}

async fn a_breach_ends_with_the_only_entry_of_a_licence_when_it_is_taken_back(house: House) {
    ordered(&house).await;
    house.take_back(40, ORDINARY).await.unwrap();
    assert_eq!(house.letter_state(A).await, "CorrectionOrdered", "until the daily run");
    assert_eq!(house.lapse(noon("2025-07-02")).await, 1);
    assert_eq!(house.letter_state(A).await, "Lapsed");
    let (_, closed) = house.store.breach(&breach(1)).await.unwrap();
    assert_eq!(closed.closed.unwrap().0, day("2025-07-02"));
    assert_eq!(house.waits_for().await, []);
    assert!(house.deliveries().await.iter().any(|(kind, _)| kind == "commitment.withdrawn"));
}

async fn an_entry_that_was_taken_back_is_nobodys_to_revoke(house: House) {
    const OTHER: &str = "SC12737010200049";
    revocation_proposed(&house).await;
    house.record(40, OTHER, licence(A, "FOOD", "HealthFood"), today()).await.unwrap();
    house.take_back(41, ORDINARY).await.unwrap();
    let legal = officer("LEGAL", &["370100"]);
    let never_was = house.tell(42, &legal, revoked(&[ORDINARY]), noon("2025-07-24")).await.unwrap_err();
    assert!(
        matches!(never_was, Error::Commitment(CommitmentError::Unfit(BreachUnfit::NotItsLicence(_)))),
        "{never_was:?}"
    );
    house.tell(43, &legal, revoked(&[]), noon("2025-07-24")).await.unwrap();
    let state = async |number| house.store.licence(number).await.unwrap().licence.content.state;
    assert_eq!((state(ORDINARY).await.as_str(), state(OTHER).await.as_str()), ("Withdrawn", "Voided"));
}

async fn a_district_checks_but_suspects_nobody_and_strangers_do_neither(house: House) {
    published(&house).await;
    let district = officer("DISTRICT", &["370102"]);
    let refused = house.check(20, false, &district).await.unwrap_err();
    assert!(matches!(refused, Error::Commitment(CommitmentError::Office { .. })), "{refused:?}");
    assert_eq!(house.letter_state(A).await, "UnderCheck", "it was included");
    assert_eq!(house.waits_for().await, [("check".to_owned(), "FOOD_PROD".to_owned())]);
    let elsewhere = house.tell(30, &officer("FOOD_PROD", &["370103"]), heard(), monday()).await.unwrap_err();
    assert!(matches!(elsewhere, Error::Commitment(CommitmentError::BreachNotFound(_))), "there is none yet");
}

async fn breaches_are_listed_by_scope_and_openness(house: House) {
    ordered(&house).await;
    let list = |office: &'static str, divisions: &'static [&'static str], only_open| {
        let house = house.clone();
        async move {
            let scope = officer(office, divisions).scope();
            let filter = BreachFilter { scope, field: String::new(), only_open };
            let cut = Cut { size: 9, fingerprint: Fingerprint::of(&["b"]), after: String::new() };
            let page = house.store.breaches(&filter, &cut).await.unwrap();
            page.rows.into_iter().map(|(_, breach)| breach.key).collect::<Vec<_>>()
        }
    };
    assert_eq!(list("FOOD_PROD", &["370100"], true).await, [breach(1)]);
    assert_eq!(list("SE_SUPERV", &["370100"], true).await, []);
    assert_eq!(list("LEGAL", &["370103"], false).await, []);
    house.tell(30, &food(), BreachFact::Accepted, monday()).await.unwrap();
    assert_eq!(list("FOOD_PROD", &["370100"], true).await, []);
    assert_eq!(list("FOOD_PROD", &["370100"], false).await, [breach(1)]);
}

async fn a_finding_of_a_visit_has_the_office_of_the_letter_look_into_it_until_it_has_checked(house: House) {
    published(&house).await;
    let found = async |field: &str| {
        let mut tx = house.db.begin_write().await.unwrap();
        let (uscc, field) = (uscc(A), FieldCode::parse(field).unwrap());
        house.store.have_letters_looked_into(&mut tx, (&uscc, &field), day("2025-06-16")).await.unwrap();
        tx.commit().await.unwrap();
    };
    let findings = async || {
        let mut duties = house.duties().await;
        duties.retain(|(kind, _)| kind == "commitment.finding");
        duties
    };
    found("SE").await;
    assert!(findings().await.is_empty(), "a letter of another field");
    found("FOOD").await;
    found("FOOD").await;
    assert_eq!(findings().await, [("commitment.finding".to_owned(), "FOOD_PROD".to_owned())]);
    assert_eq!(house.last_day("commitment.finding").await, "2025-06-30");
    assert!(house.kinds().await.is_empty(), "nobody is suspected by the system");
    house.check(20, false, &food()).await.unwrap();
    assert!(findings().await.is_empty());
    found("FOOD").await;
    assert!(findings().await.is_empty(), "it is looked into already");
}

async fn a_finding_about_a_letter_that_is_still_to_be_published_is_not_lost(house: House) {
    campaign(&house).await;
    house.issue(10, &food(), &[A]).await.unwrap();
    house.sign(11, A, "2025-06-03").await.unwrap();
    let mut tx = house.db.begin_write().await.unwrap();
    let (code, field) = (uscc(A), FieldCode::parse("FOOD").unwrap());
    house.store.have_letters_looked_into(&mut tx, (&code, &field), day("2025-06-16")).await.unwrap();
    tx.commit().await.unwrap();
    house.publish(12, A).await.unwrap();
    assert_eq!(house.waits_for().await, [("finding".to_owned(), "FOOD_PROD".to_owned())]);
    house.check(20, true, &food()).await.unwrap();
    assert_eq!(house.waits_for().await, []);
}

async fn figures_count_what_the_lists_hold(house: House) {
    ordered(&house).await;
    let june = service::testing::figures("registry", &house.db, FIGURES, "2025-06-01", "2025-06-30").await;
    let count = |code: &str| june.get(code).copied();
    let filter = CoverageFilter {
        divisions: food().scope().division_codes(),
        field: FieldCode::parse("FOOD").unwrap(),
        as_of: day("2025-06-30"),
    };
    let covered = house.store.coverage(&filter).await.unwrap();
    let sum = |of: fn(&Covered) -> i64| Some(covered.iter().map(of).sum::<i64>());
    assert_eq!(count("list.enterprise"), sum(|row| row.due));
    assert_eq!((count("commitment.signed"), sum(|row| row.signed)), (Some(1), Some(1)));
    assert_eq!((count("breach.suspected"), count("breach.ordered")), (Some(1), Some(1)));
    assert_eq!((count("mark.candidate"), count("mark.published")), (Some(2), None));
    let may = service::testing::figures("registry", &house.db, FIGURES, "2025-05-01", "2025-05-31").await;
    assert_eq!((may.get("breach.suspected"), may.get("commitment.signed")), (None, None));
    assert_eq!(may.get("mark.candidate"), None);
}

async fn figures_of_a_month_count_a_licence_until_the_day_of_the_decision_that_ended_it(house: House) {
    ordered(&house).await;
    let mut content = licence(A, "FOOD", "OrdinaryFood");
    content.state = "Cancelled".into();
    house.record(40, ORDINARY, content, noon("2025-07-02")).await.unwrap();
    let count = async |first: &str, last: &str| {
        let figures = service::testing::figures("registry", &house.db, FIGURES, first, last).await;
        ["list.enterprise", "commitment.signed"].map(|code| figures.get(code).copied())
    };
    assert_eq!(count("2025-06-01", "2025-06-30").await, [Some(2), Some(1)]);
    assert_eq!(count("2025-07-01", "2025-07-31").await, [Some(1), None]);
}

async fn two_who_conclude_at_once_are_not_both_heard(house: House) {
    ordered(&house).await;
    let (food, on) = (food(), noon("2025-07-24"));
    let both = tokio::join!(
        house.tell(30, &food, BreachFact::Accepted, on),
        house.tell(31, &food, BreachFact::Rejected(None), on)
    );
    assert_eq!([both.0.is_ok(), both.1.is_ok()].iter().filter(|ok| **ok).count(), 1);
}

db::conformance! { open = open; cases = [
    a_kept_letter_stays_public_and_a_broken_one_opens_a_breach_once,
    a_breach_ends_with_the_only_entry_of_a_licence_when_it_is_taken_back,
    an_entry_that_was_taken_back_is_nobodys_to_revoke,
    nobody_confirms_before_the_party_was_heard,
    one_event_tells_the_order_with_its_limit_and_the_duty_has_its_day,
    a_correction_closes_the_breach_and_its_duties,
    a_passed_limit_is_noticed_once_and_an_officer_concludes,
    a_revocation_is_drafted_by_one_and_proposed_by_the_legal_office,
    from_its_suspicion_to_its_end_a_breach_waits_for_somebody_whose_duty_it_is,
    a_revocation_that_its_record_tells_first_is_still_entered_as_the_end_of_the_breach,
    a_licence_that_ends_otherwise_ends_what_was_proposed_about_it,
    whoever_follows_letters_hears_of_each_step_of_a_breach_and_of_the_end,
    what_the_authority_revoked_is_in_the_register_by_its_decision_and_the_mark_waits_to_go,
    of_several_licences_those_that_were_revoked_are_named,
    no_breach_ends_with_a_revocation_that_the_register_cannot_enter,
    a_revocation_answers_what_was_asked_when_the_record_of_the_licence_was_withdrawn,
    a_withdrawn_record_ends_no_letter_and_no_breach_until_an_act_ends_the_licence,
    the_loss_of_the_licence_closes_a_breach_and_the_end_of_the_term_does_not,
    a_district_checks_but_suspects_nobody_and_strangers_do_neither,
    breaches_are_listed_by_scope_and_openness,
    a_finding_of_a_visit_has_the_office_of_the_letter_look_into_it_until_it_has_checked,
    a_finding_about_a_letter_that_is_still_to_be_published_is_not_lost,
    figures_count_what_the_lists_hold,
    figures_of_a_month_count_a_licence_until_the_day_of_the_decision_that_ended_it,
    two_who_conclude_at_once_are_not_both_heard,
] }
