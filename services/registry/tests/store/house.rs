//! A registry without its server: a store on a fresh database, officers, and what can be seen from outside.

use std::sync::Arc;

use chrono::NaiveDate;
use contract::registry::v1 as pb;
use db::{Db, Fingerprint, on};
use domain::{DivisionCode, FieldCode, LegalName, MicrosUtc, Money, OfficeCode, RequestId, Uscc};
use outbox::{Entropy, Origin, Outbox};
use registry::Error;
use registry::domain::{Codes, Handed, LicenceContent, MarkKey, Profile, Refusal};
use registry::store::{
    Act, Cut, Decided, ImportRow, ImportRows, MIGRATIONS, MarkDecision, MarkFilter, NewLicence, PermitFact,
    RefusedPermit, Store, Told,
};
use rulebook::Rulebook;
use service::auth::{Caller, Fields};
use service::idempotency::Key;

/// Codes that are valid by form.
pub(crate) const A: &str = "91370102MA3C00011F";
pub(crate) const B: &str = "91370114MA3T7K2P9A";
pub(crate) const C: &str = "91370116MAC4R9X126";
/// Licence numbers: ordinary food, health food, special equipment.
pub(crate) const ORDINARY: &str = "SC10137010200018";
pub(crate) const HEALTH: &str = "SC12737011400238";
pub(crate) const CYLINDER: &str = "TS4210123-2028";

#[derive(Clone)]
pub(crate) struct House {
    pub(crate) store: Arc<Store>,
    pub(crate) db: Db,
}

pub(crate) async fn open(db: Db) -> House {
    open_by(db, Rulebook::builtin()).await
}

pub(crate) async fn open_by(db: Db, book: Arc<Rulebook>) -> House {
    let sets = [&outbox::MIGRATIONS, &service::MIGRATIONS, &exchange::MIGRATIONS, &MIGRATIONS];
    let db = db::testing::migrated(db, &sets).await;
    let origin = Origin { deployment: "test".into(), service: "registry".into() };
    let store = Store::new(db.clone(), Outbox::new(origin, Entropy::system()), book);
    House { store: Arc::new(store), db }
}

pub(crate) fn day(text: &str) -> NaiveDate {
    domain::parse_date(text).unwrap()
}

/// Noon of a day.
pub(crate) fn noon(text: &str) -> MicrosUtc {
    MicrosUtc::start_of_shanghai_day(day(text)).plus_micros(12 * 3600 * 1_000_000)
}

/// A working Monday, on which most cases play.
pub(crate) fn today() -> MicrosUtc {
    noon("2025-06-02")
}

pub(crate) fn request(number: u128) -> RequestId {
    RequestId::from_uuid(uuid::Uuid::from_u128(number))
}

pub(crate) fn uscc(text: &str) -> Uscc {
    Uscc::parse(text).unwrap()
}

pub(crate) fn mark(code: &str, field: &str) -> MarkKey {
    MarkKey { uscc: uscc(code), field: FieldCode::parse(field).unwrap() }
}

pub(crate) fn officer(office: &str, divisions: &[&str]) -> Caller {
    let divisions = divisions.iter().map(|code| DivisionCode::parse(code).unwrap()).collect();
    let fields = match office {
        "SE_SUPERV" => Fields::Set([FieldCode::parse("SE").unwrap()].into()),
        "FOOD_PROD" | "SAMPLING_SPECIAL_FOOD" => Fields::Set([FieldCode::parse("FOOD").unwrap()].into()),
        _ => Fields::All,
    };
    Caller::new(format!("{office}-officer"), "", OfficeCode::parse(office).unwrap(), fields, divisions, "")
}

pub(crate) fn profile(name: &str) -> Profile {
    Profile {
        legal_name: LegalName::parse(name).unwrap(),
        party_kind: "legal_or_unincorporated".into(),
        division: DivisionCode::parse("370102").unwrap(),
        registered_division: None,
        registering_authority: String::new(),
        industry: "C1491".into(),
        address: String::new(),
        established_on: Some(day("2015-03-01")),
        capital: Money::ZERO,
        registration_state: "InOperation".into(),
        foreign_invested: false,
        legal_representative: "王二".into(),
    }
}

/// A licence of `holder`, valid through 2025.
pub(crate) fn licence(holder: &str, field: &str, sub_kind: &str) -> LicenceContent {
    LicenceContent {
        uscc: uscc(holder),
        field: FieldCode::parse(field).unwrap(),
        sub_kinds: [sub_kind].into_iter().collect::<Codes>(),
        site_division: None,
        site_address: String::new(),
        scope: "糕点".into(),
        authority: "济南市行政审批服务局".into(),
        valid_from: day("2023-01-01"),
        valid_to: day("2025-12-31"),
        state: "Valid".into(),
    }
}

/// A permit record that tells `content`.
pub(crate) fn told(record: &str, licence_no: &str, content: LicenceContent, decided_on: &str) -> PermitFact {
    let refused = refused(record, licence_no, "");
    let refused =
        RefusedPermit { uscc: content.uscc.to_string(), field: content.field.to_string(), ..refused };
    let (record, licence_no, content) = (record.to_owned(), licence_no.to_owned(), Box::new(content));
    PermitFact::Told { record, licence_no, content, decided_on: day(decided_on), again: false, refused }
}

pub(crate) fn refused(record: &str, permit_no: &str, problem: &str) -> RefusedPermit {
    RefusedPermit {
        record: record.into(),
        uscc: A.into(),
        party_name: "济南甲食品有限公司".into(),
        field: "FOOD".into(),
        permit_no: permit_no.into(),
        division: "370102".into(),
        reason: Refusal::Unreadable,
        problem: problem.into(),
        refused_at: today(),
    }
}

impl House {
    /// How the database finds what a question asks for.
    pub(crate) async fn plan(&self, sql: &str) -> String {
        db::testing::plan(&self.db, sql).await
    }

    pub(crate) async fn create(&self, number: u128, code: &str, name: &str) -> Result<pb::Enterprise, Error> {
        self.create_as(number, code, profile(name)).await
    }

    pub(crate) async fn create_as(
        &self,
        number: u128,
        code: &str,
        profile: Profile,
    ) -> Result<pb::Enterprise, Error> {
        let caller = officer("LEGAL", &["370100"]);
        let request_id = request(number);
        let key = Key { caller: caller.subject(), method: "/create", request_id: &request_id };
        let enterprise = Some(pb::Enterprise {
            uscc: code.into(),
            legal_name: profile.legal_name.to_string(),
            ..Default::default()
        });
        let body = pb::CreateEnterpriseRequest { enterprise, request_id: request_id.to_string() };
        let act = Act::of(&caller, &key, "", today(), self.store.book());
        let handed = Handed { uscc: uscc(code), profile, since: None };
        self.store.create_enterprise(&key, &body, &act, &handed).await
    }

    pub(crate) async fn import(
        &self,
        number: u128,
        rows: &[(&str, &str)],
    ) -> Result<pb::ImportEnterprisesResponse, Error> {
        self.import_on(number, rows, today(), None).await
    }

    /// The same at another instant, with contents that hold from `since`.
    pub(crate) async fn import_on(
        &self,
        number: u128,
        rows: &[(&str, &str)],
        now: MicrosUtc,
        since: Option<NaiveDate>,
    ) -> Result<pb::ImportEnterprisesResponse, Error> {
        let caller = officer("LEGAL", &["370100"]);
        let request_id = request(number);
        let key = Key { caller: caller.subject(), method: "/import", request_id: &request_id };
        let sent = |(code, name): &(&str, &str)| pb::Enterprise {
            uscc: (*code).into(),
            legal_name: (*name).into(),
            ..Default::default()
        };
        let enterprises = rows.iter().map(sent).collect();
        let body = pb::ImportEnterprisesRequest { enterprises, request_id: request_id.to_string() };
        let row = |(index, (code, name)): (usize, &(&str, &str))| ImportRow {
            index: i32::try_from(index).unwrap(),
            handed: Handed { uscc: uscc(code), profile: profile(name), since },
        };
        let rows = ImportRows { rows: rows.iter().enumerate().map(row).collect(), rejected: Vec::new() };
        let act = Act::of(&caller, &key, "", now, self.store.book());
        self.store.import_enterprises(&key, &caller, &body, &act, rows).await
    }

    pub(crate) async fn record(
        &self,
        number: u128,
        licence_no: &str,
        content: LicenceContent,
        now: MicrosUtc,
    ) -> Result<pb::Licence, Error> {
        self.record_decided(number, licence_no, content, now, domain::shanghai_date(now)).await
    }

    /// The same by a decision of another day.
    pub(crate) async fn record_decided(
        &self,
        number: u128,
        licence_no: &str,
        content: LicenceContent,
        now: MicrosUtc,
        decided_on: NaiveDate,
    ) -> Result<pb::Licence, Error> {
        let caller = officer("LEGAL", &["370100"]);
        let request_id = request(number);
        let key = Key { caller: caller.subject(), method: "/record", request_id: &request_id };
        let sent = pb::Licence {
            licence_no: licence_no.into(),
            uscc: content.uscc.to_string(),
            state: content.state.clone(),
            ..Default::default()
        };
        let body = pb::RecordLicenceRequest {
            licence: Some(sent),
            request_id: request_id.to_string(),
            decided_on: decided_on.to_string(),
        };
        let act = Act::of(&caller, &key, "", now, self.store.book());
        let new = NewLicence { licence_no: licence_no.to_owned(), content, decided_on };
        self.store.record_licence(&key, &body, &act, new, |_| Ok(())).await
    }

    pub(crate) async fn permits(&self, facts: &[PermitFact]) {
        let act = Act::of_system("event", today(), self.store.book());
        let mut tx = self.db.begin_write().await.unwrap();
        let told = |fact: &PermitFact| Told { cause: "event".into(), fact: fact.clone() };
        self.store.take_permits(&mut tx, &act, &facts.iter().map(told).collect::<Vec<_>>()).await.unwrap();
        tx.commit().await.unwrap();
    }

    pub(crate) async fn decide(
        &self,
        number: u128,
        caller: &Caller,
        decided: Decided,
        marks: &[MarkKey],
    ) -> Result<Vec<pb::Mark>, Error> {
        let request_id = request(number);
        let key = Key { caller: caller.subject(), method: "/decide", request_id: &request_id };
        let names = marks.iter().map(MarkKey::name).collect();
        let body =
            pb::ConfirmMarksRequest { names, request_id: request_id.to_string(), ..Default::default() };
        let act = Act::of(caller, &key, "", today(), self.store.book());
        let decision = MarkDecision { key: &key, body: &body, caller, decided, reason: "", marks };
        self.store.decide_marks(&decision, &act).await.map(|decided| decided.marks)
    }

    pub(crate) async fn run_due(&self, on: &str) {
        let act = Act::of_system("licence-terms", noon(on), self.store.book());
        self.store.run_due(&act).await.unwrap();
    }

    /// State of a mark; empty when there is none.
    pub(crate) async fn state(&self, code: &str, field: &str) -> String {
        let found = self.store.mark(&mark(code, field)).await;
        found.map(|view| view.mark.state.as_str().to_owned()).unwrap_or_default()
    }

    /// Numbers of the licences that all public marks show.
    pub(crate) async fn public(&self) -> Vec<String> {
        let scope = officer("CREDIT", &["370100"]).scope();
        let (uscc, field) = (String::new(), String::new());
        let filter = MarkFilter { scope, uscc, field, state: None, only_public: true };
        let cut = Cut { size: 100, fingerprint: Fingerprint::of(&["public"]), after: String::new() };
        let page = self.store.marks(&filter, &cut).await.unwrap();
        page.rows.iter().flat_map(|view| view.mark.shown.licence_nos.to_vec()).collect()
    }

    /// Kind and subject of every event, in the order written.
    pub(crate) async fn events(&self) -> Vec<(String, String)> {
        const SQL: &str = "SELECT kind, subject FROM event ORDER BY outbox_id";
        on!(self.db, |pool| sqlx::query_as(SQL).fetch_all(pool).await).unwrap()
    }

    /// Kind and office of every open duty, by subject and kind.
    pub(crate) async fn duties(&self) -> Vec<(String, String)> {
        const SQL: &str =
            "SELECT kind, office FROM obligation WHERE done_on IS NULL ORDER BY subject, kind, office";
        on!(self.db, |pool| sqlx::query_as(SQL).fetch_all(pool).await).unwrap()
    }

    /// Kind and revision of every delivery, in order.
    pub(crate) async fn deliveries(&self) -> Vec<(String, i64)> {
        const SQL: &str = "SELECT kind, revision FROM delivery ORDER BY subject, revision";
        on!(self.db, |pool| sqlx::query_as(SQL).fetch_all(pool).await).unwrap()
    }
}
