//! What an entry brings, and what is checked before anybody is told.

use domain::{DocumentNumber, Uscc};
use punishment::Error;
use punishment::domain::check::judge;
use punishment::domain::list::{EntryName, Standing};
use punishment::domain::remedy::{Against, NewRemedy, Order, Outcome, RemedyName};
use punishment::index::PartyIndex;
use punishment::machines::measure::State;
use punishment::machines::remedy::Event as RemedyEvent;
use punishment::machines::serious::Event as CaseEvent;
use punishment::store::{MeasureChange, MeasureFilter};
use service::machine::Refused;

use crate::common::{PARTY, act, body, date, listed_entry, take};
use crate::measures::house::{House, city, start_of, who};

fn refused(error: &Error) -> Option<&Refused> {
    match error {
        Error::Common(service::Error::Refused(refused)) => Some(refused),
        _ => None,
    }
}

pub(crate) async fn a_listing_brings_the_measures_of_the_list_in_force_on_that_day(house: House) {
    let listed = house.publish_case("2024-06-03").await;
    let measures = house.measures_of(&listed).await;
    let mut codes: Vec<_> = measures.iter().map(|measure| measure.code.as_str()).collect();
    codes.sort_unstable();
    assert_eq!(
        codes,
        [
            "KeySupervision",
            "NoHonours",
            "NoNotifyCommit",
            "NoPreferential",
            "PositionBan",
            "ProcurementBidding",
            "PublicExposure",
            "StrictPermitReview",
        ]
    );
    for measure in &measures {
        assert_eq!(measure.state, State::Derived);
        assert!(!measure.basis.is_empty() && !measure.receivers.is_empty(), "{}", measure.code);
        assert_eq!(measure.starts_on.to_string(), "2024-06-03");
        // The next working day.
        let duty = ("measure.confirm".to_owned(), "CREDIT".to_owned(), "2024-06-04".to_owned());
        assert_eq!(house.duties(&measure.name).await, [duty]);
        assert_eq!(measure.due_on.unwrap().to_string(), "2024-06-04");
    }
}

pub(crate) async fn a_directory_entry_brings_only_what_its_law_lets_it(house: House) {
    let listed = house.list_entry().await;
    let measures = house.measures_of(&listed).await;
    let mut found: Vec<_> =
        measures.iter().map(|measure| (measure.code.as_str(), measure.rights_basis.as_deref())).collect();
    found.sort_unstable();
    assert_eq!(
        found,
        [("ProcurementBidding", Some("企业信息公示暂行条例 art 18")), ("StrictPermitReview", None)]
    );
}

pub(crate) async fn the_mark_of_a_sole_trader_brings_nothing(house: House) {
    let trader = domain::Uscc::compose("92370102", "MA000001").unwrap();
    let marked = listed_entry(&house.store, trader.as_str(), &house.today()).await;
    assert_eq!(marked.state, "Listed");
    let measures = house.store.measures(&MeasureFilter::default(), &city(), 10, "").await.unwrap().rows;
    assert_eq!(measures, []);
}

pub(crate) async fn a_measure_is_confirmed_by_its_own_basis_and_by_somebody_else_than_who_published(
    house: House,
) {
    let listed = house.publish_case("2024-06-03").await;
    let measure = house.measure_of(&listed, "NoNotifyCommit").await;
    let confirm = async |office, person, basis| {
        let who = who(office, person).citing(basis);
        house.change(who, &measure.name, MeasureChange::Confirm).await
    };
    let other = confirm("CREDIT", "sun", "另一依据").await.unwrap_err();
    assert!(matches!(other, Error::BasisDiffers { .. }), "{other:?}");
    let none = confirm("CREDIT", "sun", " ").await.unwrap_err();
    assert!(matches!(refused(&none), Some(Refused::BasisMissing { .. })), "{none:?}");
    let publisher = confirm("CREDIT", "publisher", &measure.basis).await.unwrap_err();
    assert!(matches!(refused(&publisher), Some(Refused::FourEyes { .. })), "{publisher:?}");
    let legal = confirm("LEGAL", "sun", &measure.basis).await.unwrap_err();
    assert!(matches!(refused(&legal), Some(Refused::Office { .. })), "{legal:?}");
    let sent = confirm("CREDIT", "sun", &measure.basis).await.unwrap();
    assert_eq!(sent.state, "Sent");
    // Five working days for the office that answers for it; 10 June 2024 was a holiday.
    let duty = ("measure.ack".to_owned(), "LEGAL".to_owned(), "2024-06-11".to_owned());
    assert_eq!(house.duties(&measure.name).await, [duty]);
}

pub(crate) async fn a_rejected_measure_is_told_to_nobody(mut house: House) {
    let listed = house.list_entry().await;
    let measure = house.measure_of(&listed, "ProcurementBidding").await;
    let reason = "本案不涉及采购".to_owned();
    let rejected =
        house.change(who("CREDIT", "sun"), &measure.name, MeasureChange::Reject { reason }).await.unwrap();
    assert_eq!((rejected.state.as_str(), rejected.ended_on.as_str()), ("Ended", "2024-06-03"));
    assert_eq!(house.duties(&measure.name).await, []);
    house.round().await;
    assert_eq!(house.inbox("procurement").calls(), 0);
    // The entry still stands, and what was rejected is not derived again.
    assert!(house.confirm(&measure).await.is_err());
    assert_eq!(house.measures_of(&listed).await.len(), 2);
}

pub(crate) async fn an_entry_that_stands_again_gets_new_measures(mut house: House) {
    let first = house.list_entry().await;
    house.remove_entry(&first).await;
    house.later(24);
    let again = house.list_entry().await;
    let ended = house.measures_of(&first).await;
    assert!(ended.iter().all(|measure| measure.state == State::Ended));
    let new = house.measures_of(&again).await;
    assert_eq!(new.len(), 2);
    assert!(new.iter().all(|measure| measure.state == State::Derived));
    assert!(new.iter().all(|measure| ended.iter().all(|old| old.name != measure.name)));
}

pub(crate) async fn a_measure_whose_item_the_list_has_no_longer_ends(mut house: House) {
    let listed = house.list_entry().await;
    house.confirm(&house.measure_of(&listed, "ProcurementBidding").await).await.unwrap();
    house.until_quiet().await;
    // A later edition leaves one item out from 1 July on, and replaces the other.
    house.by_list(|list| {
        let lines = list.lines().map(|line| match line.contains(",ABNORMAL,") {
            true if line.starts_with("ProcurementBidding") => {
                line.replace("2014-10-01,,", "2014-10-01,2024-06-30,")
            }
            true => {
                let later = line.replace("2014-10-01,,", "2024-07-01,,").replace(",2024,", ",2025,");
                format!("{}\n{later}", line.replace("2014-10-01,,", "2014-10-01,2024-06-30,"))
            }
            false => line.to_owned(),
        });
        lines.collect::<Vec<_>>().join("\n")
    });
    house.now = start_of("2024-06-30");
    assert_eq!(house.care().await, 0);
    house.now = start_of("2024-07-01");
    assert_eq!((house.care().await, house.care().await), (1, 0));
    let ended = house.measure_of(&listed, "ProcurementBidding").await;
    assert_eq!((ended.state, ended.ended_on.unwrap().to_string().as_str()), (State::EndSent, "2024-07-01"));
    assert!(!house.measure_of(&listed, "StrictPermitReview").await.state.has_ended());
    house.until_quiet().await;
    assert_eq!(house.measure_of(&listed, "ProcurementBidding").await.state, State::EndAcknowledged);
}

pub(crate) async fn a_removal_by_fraud_is_undone_with_new_measures(mut house: House) {
    let listed = house.publish_case("2024-06-03").await;
    let first = house.measure_of(&listed, "NoHonours").await;
    house.confirm(&first).await.unwrap();
    house.until_quiet().await;
    let steps = [
        ("CREDIT", "sun", CaseEvent::RequestEarlyRemoval, "2025-06-09"),
        ("ENFORCEMENT", "feng", CaseEvent::RemoveEarly, "2025-06-10"),
    ];
    take(&house.store, &listed, &steps).await;
    house.now = start_of("2025-06-11");
    house.until_quiet().await;
    assert!(house.measures_of(&listed).await.iter().all(|measure| measure.state.has_ended()));
    assert!(house.inbox("credit-platform").shown().is_empty());

    take(&house.store, &listed, &[("ENFORCEMENT", "wang", CaseEvent::Restore, "2025-07-01")]).await;
    let all = house.measures_of(&listed).await;
    let (ended, new): (Vec<_>, Vec<_>) = all.iter().partition(|measure| measure.state.has_ended());
    assert_eq!((ended.len(), new.len()), (8, 8));
    assert!(new.iter().all(|measure| measure.state == State::Derived));
    assert!(new.iter().all(|measure| measure.starts_on == date("2025-07-01")));
    // It is published again: nothing more follows.
    take(&house.store, &listed, &[("CREDIT", "publisher", CaseEvent::Publish, "2025-07-02")]).await;
    assert_eq!(house.measures_of(&listed).await.len(), 16);
}

/// Has the listing contested on 1 July 2024.
async fn contested(house: &House, listed: &EntryName) -> RemedyName {
    let remedy = NewRemedy {
        against: Against::Listing(listed.clone()),
        kind: "Reconsideration".to_owned(),
        body: "济南市人民政府".to_owned(),
        document_no: document("济政复〔2024〕1号"),
        accepted_on: date("2024-07-01"),
    };
    let legal = act("LEGAL", "lin", "2024-07-01");
    let remedy = house.store.register_remedy(&legal, &body("register"), remedy).await.unwrap();
    RemedyName::parse(&remedy.name).unwrap()
}

/// Orders the suspension of an entry on 1 July 2024; answers what ends it.
async fn suspended(house: &House, listed: &EntryName) -> (RemedyName, Order) {
    let remedy = contested(house, listed).await;
    let order = Order {
        document_no: document("济政复停〔2024〕1号"),
        ordered_on: date("2024-07-01"),
        reason: "停止执行".to_owned(),
    };
    let suspend = (RemedyEvent::Suspend, &order);
    let legal = act("LEGAL", "lin", "2024-07-01");
    house.store.order_remedy(&legal, &body("suspend"), &remedy, suspend).await.unwrap();
    (remedy, order)
}

async fn resume(house: &House, (remedy, order): &(RemedyName, Order)) {
    let legal = act("LEGAL", "lin", "2024-07-01");
    let resume = (RemedyEvent::Resume, order);
    house.store.order_remedy(&legal, &body("resume"), remedy, resume).await.unwrap();
}

pub(crate) async fn a_suspended_listing_carries_no_measures(mut house: House) {
    let listed = house.publish_case("2024-06-03").await;
    let measure = house.measure_of(&listed, "NoHonours").await;
    house.confirm(&measure).await.unwrap();
    house.until_quiet().await;
    house.now = start_of("2024-07-01");
    let order = suspended(&house, &listed).await;
    assert!(house.measures_of(&listed).await.iter().all(|measure| measure.state.has_ended()));
    house.until_quiet().await;
    assert!(house.inbox("credit-platform").shown().is_empty());
    resume(&house, &order).await;
    assert_eq!(live_codes(&house, &listed).await.len(), 8);
}

pub(crate) async fn an_annulled_listing_takes_its_measures_from_every_system(mut house: House) {
    let listed = house.publish_case("2024-06-03").await;
    let measure = house.measure_of(&listed, "NoHonours").await;
    house.confirm(&measure).await.unwrap();
    house.until_quiet().await;
    assert_eq!(house.inbox("credit-platform").shown().len(), 1);
    house.now = start_of("2024-07-01");
    let remedy = contested(&house, &listed).await;
    let annulled = Outcome {
        code: "Annulled".to_owned(),
        document_no: document("济政复决〔2024〕1号"),
        decided_on: date("2024-07-01"),
        summary: "撤销列入决定".to_owned(),
        change: None,
        decide_again_by: None,
    };
    let legal = act("LEGAL", "lin", "2024-07-01");
    house.store.end_remedy(&legal, &body("annul"), &remedy, &annulled).await.unwrap();
    assert!(live_codes(&house, &listed).await.is_empty());
    house.until_quiet().await;
    assert!(house.inbox("credit-platform").shown().is_empty());
    assert_eq!(house.measure_of(&listed, "NoHonours").await.state, State::EndAcknowledged);
    assert_eq!(house.duties(&measure.name).await, []);
}

/// Codes of the measures of an entry that have not ended.
async fn live_codes(house: &House, listed: &EntryName) -> Vec<String> {
    let measures = house.measures_of(listed).await.into_iter();
    measures.filter(|measure| !measure.state.has_ended()).map(|measure| measure.code).collect()
}

/// What a check for a purpose names on a day: by the copy in memory that has followed, and from the database alike.
async fn named(house: &House, copy: &PartyIndex, purpose: &str, on: &str) -> Vec<String> {
    copy.refresh(&house.store, house.now).await.unwrap();
    let party = Uscc::parse(PARTY).unwrap();
    let codes = |standings: &[Standing]| {
        let found = judge(house.store.book(), standings, purpose, date(on)).measures;
        found.iter().map(|(measure, _)| measure.code.clone()).collect::<Vec<_>>()
    };
    let from_memory = copy.read(house.now, |known| codes(known.of(&party))).unwrap();
    let from_database = house.store.standings_of(std::slice::from_ref(&party)).await.unwrap();
    assert_eq!(from_memory, codes(&from_database[&party]), "{purpose} {on}");
    from_memory
}

pub(crate) async fn what_the_credit_office_rejected_or_lifted_is_named_to_nobody_from_that_day_and_stays_away(
    mut house: House,
) {
    let listed = house.publish_case("2024-06-03").await;
    let copy = PartyIndex::default();
    assert_eq!(
        named(&house, &copy, "HONOUR", "2024-06-03").await,
        ["NoHonours"],
        "before it is confirmed, too"
    );
    house.now = start_of("2024-06-05");
    let rejected = house.measure_of(&listed, "NoHonours").await;
    let reject = MeasureChange::Reject { reason: "依据不适用".to_owned() };
    house.change(who("CREDIT", "sun"), &rejected.name, reject).await.unwrap();
    let lifted = house.measure_of(&listed, "NoPreferential").await;
    house.confirm(&lifted).await.unwrap();
    house.until_quiet().await;
    house.contest(&lifted.name).await.unwrap();
    let since = house.today();
    house.answer(&lifted.name, true).await.unwrap();

    for (purpose, code, since) in
        [("HONOUR", "NoHonours", "2024-06-05"), ("FUNDING", "NoPreferential", since.as_str())]
    {
        let before = (date(since) - chrono::Days::new(1)).to_string();
        assert_eq!(named(&house, &copy, purpose, &before).await, [code], "what was told then");
        assert_eq!(named(&house, &copy, purpose, since).await, Vec::<String>::new());
    }
    house.now = start_of("2024-07-01");
    let order = suspended(&house, &listed).await;
    resume(&house, &order).await;
    let live = live_codes(&house, &listed).await;
    assert_eq!(live.len(), 6);
    assert!(live.iter().all(|code| code != "NoHonours" && code != "NoPreferential"), "{live:?}");
    assert_eq!(named(&house, &copy, "HONOUR", "2024-07-01").await, Vec::<String>::new());
}

fn document(number: &str) -> DocumentNumber {
    DocumentNumber::parse(number).unwrap()
}
