//! Terms that began under one law and were running when another began: shown by both, chosen by officers, confirmed by the rulebook.

use std::path::Path;
use std::sync::Arc;

use collection::Error;
use collection::domain::NaturalId;
use collection::store::{Act, ChosenLaw, Store};
use contract::collection::v1 as pb;
use rulebook::Rulebook;

use super::fixture::*;
use super::publish_house::*;

const FINE: &[&str] = &["3"];

/// Takes and publishes a penalty on one day, whatever the day of the fixture.
async fn published_on(store: &Store, record: pb::Record, on: &str) -> (String, Receivers) {
    register(store, EQUIPMENT, "370114").await;
    let id = request(1);
    let act = Act::of(&officer("ENFORCEMENT", "370100"), &key(&id), "", noon(on), store.book());
    store.import_records(&act, &key(&id), &batch(&id, vec![record])).await.unwrap();
    let name = last_told(store).await.record.unwrap().name;
    let receivers = Receivers::new();
    submit(store, on).await;
    receivers.carry_all(store, on).await;
    (name, receivers)
}

/// Chooses in the name of `office`, on the revision of the day.
async fn choose_as(
    store: &Store,
    n: u32,
    office: &str,
    name: &str,
    (chain, regime): (&str, &str),
    on: &str,
) -> Result<pb::Record, Error> {
    let id = request(n);
    let chosen = ChosenLaw {
        id: NaturalId::from_name(name, "records").unwrap(),
        revision: read(store, name, on).await.revision,
        chain: chain.to_owned(),
        regime: regime.to_owned(),
        reason: "从旧兼从轻".to_owned(),
        legal_basis: "济市监法〔2026〕1号".to_owned(),
    };
    let sent = pb::ChoosePublicationLawRequest {
        chain: chosen.chain.clone(),
        regime: chosen.regime.clone(),
        ..Default::default()
    };
    let caller = officer(office, "370100");
    let act = Act::of(&caller, &key(&id), &chosen.legal_basis, noon(on), store.book());
    store.choose_publication_law(&act, &key(&id), &caller, &sent, &chosen).await
}

async fn choose(store: &Store, n: u32, name: &str, law: (&str, &str), on: &str) -> pb::Record {
    choose_as(store, n, "ENFORCEMENT", name, law, on).await.unwrap()
}

/// Law, state and last day of a publication, and the last days by the laws among which an officer may choose.
async fn standing(
    store: &Store,
    name: &str,
    on_chain: &str,
    on: &str,
) -> (String, String, String, Vec<String>) {
    let one = chain(store, name, on_chain, on).await;
    let terms = one.terms.iter().map(|term| format!("{} {}", term.regime, term.ends_on));
    (one.regime, one.state, one.ends_on, terms.collect())
}

fn stands(law: &str, state: &str, ends_on: &str, terms: &[&str]) -> (String, String, String, Vec<String>) {
    let terms = terms.iter().map(ToString::to_string).collect();
    (law.to_owned(), state.to_owned(), ends_on.to_owned(), terms)
}

const BY_45_AND_107: &[&str] = &["order45 2028-12-24", "order107 2026-12-24"];

async fn what_order_107_meets_running_is_shown_by_both_orders_until_somebody_chooses(store: Store) {
    let fine = whole_penalty("罚1", "2025-12-01", FINE);
    let (name, receivers) = published_on(&store, fine, "2025-12-24").await;
    let by_45 = |terms| stands("order45", "Shown", "2028-12-24", terms);
    assert_eq!(standing(&store, &name, "publicity", "2025-12-24").await, by_45(&[]));
    assert_eq!(standing(&store, &name, "publicity", "2025-12-25").await, by_45(BY_45_AND_107));

    let chosen = choose(&store, 2, &name, ("publicity", "order107"), "2026-02-02").await;
    let told = last_told(&store).await;
    assert_eq!((told.reason.as_str(), told.record.as_ref()), ("从旧兼从轻", Some(&chosen)));
    assert_eq!(choose(&store, 2, &name, ("publicity", "order107"), "2026-02-02").await, chosen);
    let by_107 = |state| stands("order107", state, "2026-12-24", BY_45_AND_107);
    assert_eq!(standing(&store, &name, "publicity", "2026-02-02").await, by_107("Pending"));
    receivers.carry_all(&store, "2026-02-03").await;
    assert_eq!(standing(&store, &name, "publicity", "2026-02-03").await, by_107("Shown"));
    // Only the chain that is meant was told again; its term counts from the same day as before.
    assert_eq!((receivers.told("publicity").len(), receivers.told("credit-china").len()), (2, 1));
    let shown = chain(&store, &name, "publicity", "2026-02-03").await;
    assert_eq!(shown.published_on, "2025-12-24");
    let choice = shown.law_choice.unwrap();
    assert_eq!((choice.officer.as_str(), choice.office.as_str()), ("li", "ENFORCEMENT"));
    assert_eq!((choice.regime.as_str(), choice.legal_basis.as_str()), ("order107", "济市监法〔2026〕1号"));

    // Another officer sees it otherwise.
    let again = choose_as(&store, 3, "LEGAL", &name, ("publicity", "order45"), "2026-02-04").await.unwrap();
    receivers.carry_all(&store, "2026-02-04").await;
    assert_eq!(standing(&store, &name, "publicity", "2026-02-04").await, by_45(BY_45_AND_107));
    assert_eq!((again.state.as_str(), receivers.told("publicity").len()), ("Published", 3));
    let choice = chain(&store, &name, "publicity", "2026-02-04").await.law_choice.unwrap();
    assert_eq!((choice.office.as_str(), choice.regime.as_str()), ("LEGAL", "order45"));
}

async fn credit_china_is_told_the_last_day_by_the_order_that_was_chosen(store: Store) {
    let (name, receivers) = published(&store, whole_penalty("罚1", "2026-02-27", FINE), "2026-03-02").await;
    let both = &["ndrc58 2029-02-27", "ndrc36 2027-02-27"];
    let by_58 = |terms| stands("ndrc58", "Shown", "2029-02-27", terms);
    assert_eq!(standing(&store, &name, "credit-china", "2026-03-31").await, by_58(&[]));
    assert_eq!(standing(&store, &name, "credit-china", "2026-04-01").await, by_58(both));
    choose(&store, 2, &name, ("credit-china", "ndrc36"), "2026-04-01").await;
    receivers.carry_all(&store, "2026-04-01").await;
    let by_36 = stands("ndrc36", "Shown", "2027-02-27", both);
    assert_eq!(standing(&store, &name, "credit-china", "2026-04-01").await, by_36);
    let told = receivers.told("credit-china");
    assert_eq!((told.len(), &told[1]["公示截止期"]), (2, &"2027-02-27".into()));
}

async fn a_law_by_which_the_term_is_over_ends_what_is_shown_and_another_choice_shows_it_again(store: Store) {
    let fine = whole_penalty("罚1", "2024-11-20", FINE);
    let (name, receivers) = published_on(&store, fine, "2024-12-02").await;
    let both = &["order45 2027-12-02", "order107 2025-12-02"];
    choose(&store, 2, &name, ("publicity", "order107"), "2026-02-02").await;
    let over = stands("order107", "Ended", "2025-12-02", both);
    assert_eq!(standing(&store, &name, "publicity", "2026-02-02").await, over);
    assert_eq!(store.expire_publications(&system(&store, "2026-02-02")).await.unwrap(), 1);
    receivers.carry_all(&store, "2026-02-02").await;
    let told = receivers.told("publicity");
    assert_eq!((told.len(), &told[1]["操作类型"]), (2, &"撤下".into()));
    // Credit China goes on by order 58, so that the record is still published and somebody may choose again.
    assert_eq!(read(&store, &name, "2026-02-02").await.state, "Published");
    choose(&store, 3, &name, ("publicity", "order45"), "2026-02-03").await;
    receivers.carry_all(&store, "2026-02-03").await;
    let shown = stands("order45", "Shown", "2027-12-02", both);
    assert_eq!(standing(&store, &name, "publicity", "2026-02-03").await, shown);
    assert_eq!(receivers.told("publicity").len(), 3);
}

async fn a_choice_while_enforcement_is_suspended_is_told_when_that_ends(store: Store) {
    const SUSPEND: &str = "UPDATE record SET suspended_by = $1";
    let fine = whole_penalty("罚1", "2025-12-01", FINE);
    let (name, receivers) = published_on(&store, fine, "2025-12-24").await;
    let remedy = "0".repeat(32);
    db::on!(store.db(), |pool| sqlx::query(SUSPEND).bind(&remedy).execute(pool).await.map(drop)).unwrap();
    choose(&store, 2, &name, ("publicity", "order107"), "2026-02-02").await;
    receivers.carry_all(&store, "2026-02-02").await;
    assert_eq!(chain(&store, &name, "publicity", "2026-02-02").await.ends_on, "2026-12-24");
    assert_eq!(receivers.told("publicity").len(), 1);
}

async fn only_a_law_that_is_open_is_chosen_and_only_by_those_who_answer_for_records(store: Store) {
    let fine = whole_penalty("罚1", "2025-12-01", FINE);
    let (name, _) = published_on(&store, fine, "2025-12-24").await;
    let choose = async |office: &str, law: (&str, &str), on: &str| {
        choose_as(&store, 2, office, &name, law, on).await.unwrap_err()
    };
    let not_open = async |law: (&str, &str), on: &str| match choose("ENFORCEMENT", law, on).await {
        Error::LawNotOpen { open, .. } => open,
        other => panic!("{other:?}"),
    };
    // Before the later law begins; a law of another chain; a chain on which the term is not in doubt; none.
    assert_eq!(not_open(("publicity", "order107"), "2025-12-24").await, "");
    assert_eq!(not_open(("publicity", "ndrc36"), "2026-02-02").await, "order45, order107");
    assert_eq!(not_open(("credit-china", "ndrc36"), "2026-02-02").await, "");
    assert_eq!(not_open(("elsewhere", "order45"), "2026-02-02").await, "");
    let by_credit = choose("CREDIT", ("publicity", "order107"), "2026-02-02").await;
    assert!(matches!(by_credit, Error::NotProvider { .. }), "{by_credit:?}");
    withdraw(&store, 3, &name).await;
    let withdrawn = choose("ENFORCEMENT", ("publicity", "order107"), "2026-03-02").await;
    assert!(matches!(withdrawn, Error::Common(service::Error::Refused(_))), "{withdrawn:?}");
}

async fn a_law_that_the_rulebook_confirms_takes_what_was_published_before_it_or_gives_it_back(store: Store) {
    let fine = whole_penalty("罚1", "2025-12-01", FINE);
    let (name, receivers) = published_on(&store, fine, "2025-12-24").await;
    let follow = async |store: &Store, on: &str| {
        let moved = store.follow_confirmed_laws(&system(store, on)).await.unwrap();
        receivers.carry_all(store, on).await;
        moved
    };
    assert_eq!(follow(&store, "2025-12-25").await, 0, "nobody has said yet");
    let applies = with_book(&store, confirmed_as("applies"));
    assert_eq!(follow(&applies, "2025-12-24").await, 0);
    assert_eq!((follow(&applies, "2025-12-25").await, follow(&applies, "2025-12-25").await), (1, 0));
    let by_107 = stands("order107", "Shown", "2026-12-24", &[]);
    assert_eq!(standing(&applies, &name, "publicity", "2025-12-25").await, by_107);
    assert_eq!((receivers.told("publicity").len(), receivers.told("credit-china").len()), (2, 1));
    let refused = choose_as(&applies, 2, "LEGAL", &name, ("publicity", "order45"), "2026-02-02").await;
    assert!(matches!(refused, Err(Error::LawNotOpen { .. })), "{refused:?}");
}

async fn a_choice_against_a_law_that_is_confirmed_later_is_undone(store: Store) {
    let fine = whole_penalty("罚1", "2025-12-01", FINE);
    let (name, receivers) = published_on(&store, fine, "2025-12-24").await;
    choose(&store, 2, &name, ("publicity", "order107"), "2026-02-02").await;
    receivers.carry_all(&store, "2026-02-02").await;
    let kept = with_book(&store, confirmed_as("kept"));
    for moved in [1, 0] {
        assert_eq!(kept.follow_confirmed_laws(&system(&kept, "2026-02-03")).await.unwrap(), moved);
        receivers.carry_all(&kept, "2026-02-03").await;
    }
    let by_45 = stands("order45", "Shown", "2028-12-24", &[]);
    assert_eq!(standing(&kept, &name, "publicity", "2026-02-03").await, by_45);
    assert_eq!(receivers.told("publicity").len(), 3);
}

/// The built-in rulebook, once somebody has said how order 107 treats what was published before it.
fn confirmed_as(word: &str) -> Arc<Rulebook> {
    let (open, said) = ("restriction|earlier:unconfirmed", format!("restriction|earlier:{word}"));
    let files = Rulebook::builtin().archive().into_iter().map(|(name, bytes)| {
        if Path::new(&name).file_name().is_some_and(|name| name == "codes.csv") {
            let text = String::from_utf8(bytes).unwrap();
            assert!(text.contains(open));
            (name, text.replace(open, &said).into_bytes())
        } else {
            (name, bytes)
        }
    });
    Arc::new(Rulebook::from_archive(files).unwrap())
}

db::conformance! {
    open = open;
    cases = [
        what_order_107_meets_running_is_shown_by_both_orders_until_somebody_chooses,
        credit_china_is_told_the_last_day_by_the_order_that_was_chosen,
        a_law_by_which_the_term_is_over_ends_what_is_shown_and_another_choice_shows_it_again,
        a_choice_while_enforcement_is_suspended_is_told_when_that_ends,
        only_a_law_that_is_open_is_chosen_and_only_by_those_who_answer_for_records,
        a_law_that_the_rulebook_confirms_takes_what_was_published_before_it_or_gives_it_back,
        a_choice_against_a_law_that_is_confirmed_later_is_undone,
    ]
}
