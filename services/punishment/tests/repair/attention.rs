//! Key attention beside applications for repair (R13): read from risk's feed, shown to who may read flags, and nowhere else.

use contract::punishment::v1::{GetRepairRequest, ListRepairsRequest, Repair, RepairEvent};
use contract::risk::v1::{AttentionEvent, Flag};
use db::on;
use prost::Message;
use punishment::Flags;
use punishment::store::Store;
use service::access_log::reads_of;

use super::fixture::*;
use super::grpc::{House, TODAY, house, submission};
use crate::common::neighbour::tells;
use crate::common::*;

pub(super) fn flag(number: u32, field: &str, state: &str, on_until: &str) -> Flag {
    Flag {
        name: format!("flags/{number}"),
        uscc: PARTY.to_owned(),
        field: field.to_owned(),
        topic: "EXPIRED".to_owned(),
        state: state.to_owned(),
        on_until: on_until.to_owned(),
        ..Flag::default()
    }
}

/// Has risk tell of flags, in their order, and follows until they are read.
pub(super) async fn told_of(store: &Store, flags: Vec<Flag>) {
    let subject = format!("enterprises/{PARTY}");
    let event = |flag| (subject.clone(), AttentionEvent { flag: Some(flag) }.encode_to_vec());
    let events = flags.into_iter().map(event).collect();
    tells((store.db(), Flags), "risk", "risk.attention.changed", TODAY, events).await;
}

async fn shown_to(house: &House, office: &str, name: &str) -> Vec<String> {
    let request = GetRepairRequest { name: name.to_owned() };
    let repair = house.repairs("reader", office).get_repair(request).await.unwrap().into_inner();
    repair
        .attention
        .into_iter()
        .map(|flag| format!("{} {} {}", flag.name, flag.field, flag.on_until))
        .collect()
}

async fn key_attention_is_shown_beside_a_repair_to_who_may_read_flags_in_the_fields_that_are_his(
    house: House,
) {
    let name = house.begun(PENALTY).await;
    // The last day counts, one that is over does not, and neither does a flag that was ended.
    let flags = vec![
        flag(1, "FOOD", "AttentionOn", TODAY),
        flag(2, "SE", "AttentionOn", "2027-01-31"),
        flag(3, "FOOD", "AttentionOn", "2026-04-06"),
        flag(4, "FOOD", "AttentionOn", "2026-12-31"),
        flag(4, "FOOD", "AttentionOff", "2026-04-06"),
    ];
    told_of(&house.store, flags).await;

    let food = format!("flags/1 FOOD {TODAY}");
    assert_eq!(shown_to(&house, "CREDIT", &name).await, [food.clone(), "flags/2 SE 2027-01-31".to_owned()]);
    assert_eq!(shown_to(&house, "FOOD_PROD", &name).await, std::slice::from_ref(&food), "its own field");
    for office in ["LEGAL", "ENFORCEMENT"] {
        assert_eq!(
            shown_to(&house, office, &name).await,
            [""; 0],
            "{office} works on repairs, and reads no flags"
        );
    }
    let subject = format!("enterprises/{PARTY}/flags/-");
    let reads = reads_of(house.store.db(), &subject, 10).await.unwrap();
    let noted: Vec<_> = reads.iter().map(|read| (read.office.as_str(), read.purpose.as_str())).collect();
    let shown = [("FOOD_PROD", name.as_str()), ("CREDIT", name.as_str())];
    assert_eq!(noted, shown, "who was shown them, the latest first, among what was read of the party");

    let mut credit = house.repairs("reader", "CREDIT");
    let listed = credit.list_repairs(ListRepairsRequest::default()).await.unwrap().into_inner().repairs;
    assert_eq!((listed.len(), listed[0].attention.len()), (1, 2));
    assert_eq!(reads_of(house.store.db(), "repairs/-", 10).await.unwrap().len(), 1);
    let of_one = ListRepairsRequest { uscc: PARTY.to_owned(), ..ListRepairsRequest::default() };
    assert_eq!(credit.list_repairs(of_one).await.unwrap().into_inner().repairs, listed);
    assert_eq!(reads_of(house.store.db(), &subject, 10).await.unwrap().len(), 3);
}

async fn what_is_kept_and_told_of_a_repair_never_holds_key_attention(house: House) {
    const TOLD: &str = "SELECT payload FROM event WHERE kind LIKE 'punishment.repair.%'";
    let name = house.begun(PENALTY).await;
    told_of(&house.store, vec![flag(1, "FOOD", "AttentionOn", "2027-01-31")]).await;
    assert_eq!(shown_to(&house, "CREDIT", &name).await.len(), 1);
    let mut counter = house.repairs("counter", "CREDIT");
    let answer = counter.submit_repair(submission(&name, &ALL_PAPERS)).await.unwrap().into_inner();
    assert_eq!((answer.state.as_str(), answer.attention.len()), ("Submitted", 0));
    let payloads: Vec<(Vec<u8>,)> =
        on!(house.store.db(), |pool| sqlx::query_as(TOLD).fetch_all(pool).await).unwrap();
    let told =
        payloads.iter().filter_map(|(payload,)| RepairEvent::decode(payload.as_slice()).unwrap().repair);
    let told: Vec<Repair> = told.collect();
    assert!(!told.is_empty() && told.iter().all(|repair| repair.attention.is_empty()), "{told:?}");
}

async fn a_dossier_holds_repairs_without_key_attention_so_that_no_reading_of_it_is_to_be_noted(house: House) {
    let name = house.begun(PENALTY).await;
    told_of(&house.store, vec![flag(1, "FOOD", "AttentionOn", "2027-01-31")]).await;
    let of_one = ListRepairsRequest { uscc: PARTY.to_owned(), ..ListRepairsRequest::default() };
    let listed = house.repairs("reader", "CREDIT").list_repairs(of_one).await.unwrap().into_inner().repairs;
    assert_eq!((listed[0].name.as_str(), listed[0].attention.len()), (name.as_str(), 1));
    let subject = format!("enterprises/{PARTY}/flags/-");
    let noted = reads_of(house.store.db(), &subject, 10).await.unwrap().len();

    let dossier = house.dossier("CREDIT").await;
    assert_eq!((dossier.more_repairs, dossier.missing.len()), (false, 0));
    let without: Vec<_> =
        listed.into_iter().map(|repair| Repair { attention: Vec::new(), ..repair }).collect();
    assert_eq!(dossier.repairs, without);
    assert_eq!(reads_of(house.store.db(), &subject, 10).await.unwrap().len(), noted);
}

db::conformance! {
    open = house;
    cases = [
        key_attention_is_shown_beside_a_repair_to_who_may_read_flags_in_the_fields_that_are_his,
        what_is_kept_and_told_of_a_repair_never_holds_key_attention,
        a_dossier_holds_repairs_without_key_attention_so_that_no_reading_of_it_is_to_be_noted,
    ]
}
