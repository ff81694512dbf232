//! The RPCs through a real channel: what the list says on a day, who is turned away, what a refusal says.

use contract::punishment::v1 as pb;
use contract::punishment::v1::joint_measures_client::JointMeasuresClient;
use contract::punishment::v1::joint_measures_server::JointMeasuresServer;
use db::{Db, Fingerprint, PageToken};
use punishment::api::JointMeasuresApi;
use service::Clock;
use service::error::reason_of;
use service::peer::Peer;
use service::testing::{TestServer, token_of};
use tonic::{Code, Status};
use tonic_types::StatusExt;

use crate::measures::house::House;

const CITY: &[&str] = &["370100"];

struct Served {
    house: House,
    server: TestServer,
}

async fn served(db: Db) -> Served {
    let house = House::open(db).await;
    let api = JointMeasuresApi::new(house.store.clone(), Clock::Fixed(house.now));
    let server = TestServer::start("punishment", |server| server.with(JointMeasuresServer::new(api))).await;
    Served { house, server }
}

impl Served {
    fn measures(&self, person: &str, office: &str, divisions: &[&str]) -> JointMeasuresClient<Peer> {
        JointMeasuresClient::new(self.server.peer_on_line(token_of(person, office, divisions)))
    }

    async fn items(&self, as_of: &str, trigger: &str) -> pb::ListMeasureItemsResponse {
        let request = pb::ListMeasureItemsRequest {
            as_of: as_of.to_owned(),
            trigger: trigger.to_owned(),
            ..pb::ListMeasureItemsRequest::default()
        };
        let mut client = self.measures("reader", "LEGAL", CITY);
        client.list_measure_items(request).await.unwrap().into_inner()
    }
}

fn id() -> String {
    uuid::Uuid::new_v4().to_string()
}

fn said(refused: &Status) -> (Code, String) {
    (refused.code(), reason_of(refused).unwrap_or_default())
}

#[test]
fn the_list_is_told_as_of_a_day_on_both_sides_of_order_44() {
    db::testing::on_sqlite(1, |db| async move {
        let served = served(db).await;
        let codes = async |as_of: &str, trigger: &str| {
            let items = served.items(as_of, trigger).await.items;
            items.into_iter().map(|item| item.measure).collect::<Vec<_>>()
        };
        assert_eq!(codes("2021-08-31", "SERIOUS").await, Vec::<String>::new());
        assert_eq!(codes("2021-09-01", "SERIOUS").await.len(), 7);
        // The notice of the city came into force on this day, and with it the exposure.
        assert_eq!(codes("2021-09-27", "SERIOUS").await.len(), 8);
        assert_eq!(codes("2014-09-30", "ABNORMAL").await, Vec::<String>::new());
        assert_eq!(codes("2014-10-01", "ABNORMAL").await, ["StrictPermitReview", "ProcurementBidding"]);
        let today = served.items("", "").await;
        assert_eq!(today.as_of, "2024-06-03");
        for item in &today.items {
            assert!(!item.legal_basis.is_empty() && !item.implementer.is_empty(), "{}", item.measure);
            assert_eq!(item.reduces_rights, !item.rights_basis.is_empty(), "{}", item.measure);
        }
    });
}

#[test]
fn the_list_is_paged_in_its_order() {
    db::testing::on_sqlite(1, |db| async move {
        let served = served(db).await;
        let mut client = served.measures("reader", "APPROVAL", CITY);
        let (mut token, mut items) = (String::new(), Vec::new());
        loop {
            let request = pb::ListMeasureItemsRequest {
                page_size: 4,
                page_token: token,
                ..pb::ListMeasureItemsRequest::default()
            };
            let page = client.list_measure_items(request).await.unwrap().into_inner();
            items.extend(page.items);
            if page.next_page_token.is_empty() {
                break;
            }
            token = page.next_page_token;
        }
        assert_eq!(items, served.items("", "").await.items);
    });
}

#[test]
fn a_token_of_the_list_that_holds_no_place_is_refused_and_begins_nothing_anew() {
    db::testing::on_sqlite(1, |db| async move {
        let served = served(db).await;
        let mut client = served.measures("reader", "APPROVAL", CITY);
        let (as_of, book) = ("2024-06-03", served.house.store.book());
        let list = Fingerprint::of(&["measureItems", as_of, "", book.hash()]);
        for key in ["first", "-1", "18446744073709551615"] {
            let request = pb::ListMeasureItemsRequest {
                as_of: as_of.to_owned(),
                page_token: PageToken::encode(list, key),
                ..pb::ListMeasureItemsRequest::default()
            };
            let refused = client.list_measure_items(request).await.unwrap_err();
            assert_eq!(said(&refused), (Code::InvalidArgument, "PAGE_TOKEN_INVALID".to_owned()), "{key}");
        }
    });
}

#[test]
fn a_measure_is_worked_by_those_whose_business_it_is() {
    db::testing::on_sqlite(1, |db| async move {
        let served = served(db).await;
        let listed = served.house.list_entry().await;
        let measure = served.house.measure_of(&listed, "StrictPermitReview").await;
        let name = measure.name.to_string();
        let confirm = |basis: &str| pb::ConfirmMeasureRequest {
            name: name.clone(),
            legal_basis: basis.to_owned(),
            request_id: id(),
        };
        for (office, divisions, reason) in [
            ("LEGAL", CITY, "ROLE_NOT_PERMITTED"),
            ("APPROVAL", CITY, "ROLE_NOT_PERMITTED"),
            ("CREDIT", &["370116"], "DIVISION_NOT_PERMITTED"),
        ] {
            let mut client = served.measures("sun", office, divisions);
            let refused = client.confirm_measure(confirm(&measure.basis)).await.unwrap_err();
            assert_eq!(said(&refused), (Code::PermissionDenied, reason.to_owned()));
        }
        let mut credit = served.measures("sun", "CREDIT", CITY);
        let refused = credit.confirm_measure(confirm("另一依据")).await.unwrap_err();
        assert_eq!(said(&refused), (Code::FailedPrecondition, "BASIS_DIFFERS".to_owned()));
        let sent = credit.confirm_measure(confirm(&measure.basis)).await.unwrap().into_inner();
        assert_eq!((sent.state.as_str(), sent.implementer.as_str()), ("Sent", "LEGAL"));
        let request =
            pb::ListMeasuresRequest { entry: listed.to_string(), ..pb::ListMeasuresRequest::default() };
        let page = credit.list_measures(request.clone()).await.unwrap().into_inner();
        assert!(page.measures.contains(&sent));
        let elsewhere = served.measures("sun", "CREDIT", &["370116"]).list_measures(request).await.unwrap();
        assert_eq!(elsewhere.into_inner().measures, []);
        let counted = credit.count_measure_use(pb::CountMeasureUseRequest::default()).await.unwrap();
        let told: Vec<_> =
            counted.into_inner().counts.into_iter().map(|row| (row.receiver, row.told)).collect();
        assert_eq!(told, [("approval".to_owned(), 1), ("credit-platform".to_owned(), 1)]);
    });
}

#[test]
fn every_wrong_field_of_a_request_is_named_at_once() {
    db::testing::on_sqlite(1, |db| async move {
        let served = served(db).await;
        let mut credit = served.measures("sun", "CREDIT", CITY);
        let fields = |refused: &Status| {
            let details = refused.get_details_bad_request().unwrap();
            details.field_violations.into_iter().map(|violation| violation.field).collect::<Vec<_>>()
        };
        let report = pb::MeasureUse { applied_count: 1, ..pb::MeasureUse::default() };
        let request = pb::ReportMeasureUseRequest {
            measure: "seriousCases/1".to_owned(),
            report: Some(report),
            request_id: String::new(),
        };
        let refused = credit.report_measure_use(request).await.unwrap_err();
        assert_eq!(fields(&refused), ["request_id", "measure", "report.receiver", "report.result"]);
        let refused = credit.contest_measure(pb::ContestMeasureRequest::default()).await.unwrap_err();
        assert_eq!(fields(&refused), ["request_id", "name", "reason"]);
        let request = pb::ListMeasuresRequest {
            uscc: "1".to_owned(),
            entry: "x".to_owned(),
            state: "Gone".to_owned(),
            implementer: "NOBODY".to_owned(),
            ..pb::ListMeasuresRequest::default()
        };
        let refused = credit.list_measures(request).await.unwrap_err();
        assert_eq!(fields(&refused), ["uscc", "entry", "state", "implementer"]);
        let request = pb::GetMeasureRequest { name: "measures/none".to_owned() };
        let refused = credit.get_measure(request).await.unwrap_err();
        assert_eq!(said(&refused), (Code::NotFound, "MEASURE_NOT_FOUND".to_owned()));
    });
}
