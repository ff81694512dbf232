//! What the publicity system is told of entries, on both sides of the day on which removed ones stop being shown.

use db::on;
use punishment::domain::list::EntryName;
use punishment::domain::remedy::{Against, Change, NewRemedy, Order};
use punishment::machines::abnormal::Event;
use punishment::machines::remedy::Event as RemedyEvent;
use punishment::store::Store;

use crate::common::{PARTY, act, advance_entry, body, date, listed_entry, open, published_case, system};
use crate::lists::remedies::{end_with, order, registered};

/// Kinds and contents of what waits about a subject, in order.
async fn told(store: &Store, subject: &str) -> Vec<(String, String)> {
    const SQL: &str = "SELECT kind, content FROM delivery WHERE subject = $1 ORDER BY revision";
    let rows: Vec<(String, Vec<u8>)> =
        on!(store.db(), |pool| sqlx::query_as(SQL).bind(subject).fetch_all(pool).await).unwrap();
    rows.into_iter().map(|(kind, content)| (kind, String::from_utf8(content).unwrap())).collect()
}

async fn removed(store: &Store, uscc: &str, listed_on: &str, removed_on: &str) -> EntryName {
    let name = EntryName::parse_any(&listed_entry(store, uscc, listed_on).await.name).unwrap();
    for (person, event) in [("li", Event::RequestRemoval), ("wang", Event::Remove)] {
        advance_entry(store, &act("DISTRICT", person, removed_on), &name, event).await.unwrap();
    }
    name
}

async fn a_removed_entry_goes_on_being_shown_until_2025_05_01_and_no_longer_from_then(store: Store) {
    for (uscc, removed_on, last) in [
        (PARTY, "2025-04-30", "listing.published"),
        ("91370114MA3T7K2P9A", "2025-05-06", "listing.withdrawn"),
    ] {
        let name = removed(&store, uscc, "2024-04-01", removed_on).await;
        let told = told(&store, &name.to_string()).await;
        let kinds: Vec<_> = told.iter().map(|(kind, _)| kind.as_str()).collect();
        assert_eq!(kinds, ["listing.published", last], "{removed_on}");
        assert!(told[0].1.contains("通过登记的住所或者经营场所无法联系") && !told[0].1.contains("移出日期"));
        assert_eq!(
            told[1].1.contains("\"移出日期\":\"2025-04-30\""),
            last == "listing.published",
            "{}",
            told[1].1
        );
    }
}

async fn the_mark_of_a_sole_trader_is_taken_away_when_it_ends_on_any_day(store: Store) {
    let trader = domain::Uscc::compose("92370102", "MA000001").unwrap();
    let name = removed(&store, trader.as_str(), "2024-04-01", "2025-04-30").await;
    let told = told(&store, &name.to_string()).await;
    assert!(told[0].1.contains("经营异常状态"), "{}", told[0].1);
    assert_eq!(told[1].0, "listing.withdrawn");
}

async fn a_listing_is_shown_from_its_publication_and_not_while_an_order_suspends_it(store: Store) {
    let case = published_case(&store).await;
    let new = NewRemedy {
        against: Against::parse(&case.name, false).unwrap(),
        kind: "Litigation".to_owned(),
        body: "济南市历下区人民法院".to_owned(),
        document_no: domain::DocumentNumber::parse("鲁0102行初〔2024〕3号").unwrap(),
        accepted_on: date("2024-03-04"),
    };
    let legal = act("LEGAL", "lin", "2024-03-04");
    let remedy = store.register_remedy(&legal, &body("r"), new).await.unwrap().name;
    let name = punishment::domain::remedy::RemedyName::parse(&remedy).unwrap();
    for (event, day) in [(RemedyEvent::Suspend, "2024-03-11"), (RemedyEvent::Resume, "2024-04-01")] {
        let document_no = domain::DocumentNumber::parse("停〔2024〕1号").unwrap();
        let order = Order { document_no, ordered_on: date(day), reason: "裁定".to_owned() };
        let legal = act("LEGAL", "lin", day);
        store.order_remedy(&legal, &body("o"), &name, (event, &order)).await.unwrap();
    }
    store.expire_cases(&system("2026-04-04")).await.unwrap();
    let kinds: Vec<_> = told(&store, &case.name).await.into_iter().map(|(kind, _)| kind).collect();
    let (shown, taken) = ("listing.published", "listing.withdrawn");
    assert_eq!(kinds, [shown, taken, shown, taken]);
}

async fn a_suspended_listing_that_a_body_above_changes_is_shown_once_with_what_it_is_now(store: Store) {
    let case = published_case(&store).await;
    let remedy = registered(&store, &case.name, "济政复〔2024〕2号", "2024-03-04").await;
    order(&store, &remedy, RemedyEvent::Suspend, "2024-03-11").await.unwrap();
    let changed = Change { ground: Some("F4".to_owned()), term_ends_on: None };
    end_with(&store, &remedy, ("Changed", Some(changed)), "2024-04-01").await.unwrap();
    let told = told(&store, &case.name).await;
    let kinds: Vec<_> = told.iter().map(|(kind, _)| kind.as_str()).collect();
    assert_eq!(kinds, ["listing.published", "listing.withdrawn", "listing.published"]);
    let ground = |code: &str| {
        let book = rulebook::Rulebook::builtin();
        book.code("serious_ground", code, date("2023-04-03")).unwrap().label_zh.clone()
    };
    assert!(told[0].1.contains(&ground("F1")) && told[2].1.contains(&ground("F4")), "{}", told[2].1);
}

mod cases {
    use super::*;
    db::conformance! {
        open = open;
        cases = [
            a_removed_entry_goes_on_being_shown_until_2025_05_01_and_no_longer_from_then,
            the_mark_of_a_sole_trader_is_taken_away_when_it_ends_on_any_day,
            a_listing_is_shown_from_its_publication_and_not_while_an_order_suspends_it,
            a_suspended_listing_that_a_body_above_changes_is_shown_once_with_what_it_is_now,
        ]
    }
}
