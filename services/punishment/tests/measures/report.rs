//! The use that is made of measures, and what is read of them.

use punishment::Error;
use punishment::machines::measure::State;
use punishment::store::MeasureFilter;
use rand::SeedableRng;
use rand::rngs::StdRng;
use receiver::Does;
use service::auth::{Fields, Scope};

use crate::common::neighbour::registered_as;
use crate::common::{PARTY, date};
use crate::measures::house::{House, city, start_of, who};

pub(crate) async fn reports_are_owed_by_every_system_each_quarter(mut house: House) {
    let listed = house.list_entry().await;
    let measure = house.measure_of(&listed, "StrictPermitReview").await;
    // Nobody reports on what its system has not taken.
    house.confirm(&measure).await.unwrap();
    let early = house.report(who("APPROVAL", "licensing"), &measure.name, "approval", 1).await.unwrap_err();
    assert!(matches!(early, Error::ReceiverHasNotTaken { .. }), "{early:?}");
    house.until_quiet().await;
    let due = async |house: &House| house.duties(&measure.name).await.remove(0).2;
    assert_eq!(due(&house).await, "2024-09-03");

    house.now = start_of("2024-09-03");
    house.report(who("APPROVAL", "licensing"), &measure.name, "approval", 3).await.unwrap();
    assert_eq!((house.care().await, due(&house).await.as_str()), (0, "2024-09-03"));
    house.now = start_of("2024-09-04");
    assert_eq!((house.care().await, house.care().await), (1, 0));
    assert_eq!(house.measure_of(&listed, "StrictPermitReview").await.state, State::FeedbackDue);
    // The one that has reported may do so again; only the other one ends the period.
    house.report(who("APPROVAL", "licensing"), &measure.name, "approval", 1).await.unwrap();
    assert_eq!(house.measure_of(&listed, "StrictPermitReview").await.state, State::FeedbackDue);
    house.report(who("LEGAL", "zhao"), &measure.name, "credit-platform", 0).await.unwrap();
    let anew = house.measure_of(&listed, "StrictPermitReview").await;
    assert_eq!((anew.state, due(&house).await.as_str()), (State::InForce, "2024-12-04"));
    assert!(anew.receivers.iter().all(|receiver| !receiver.reported));
}

pub(crate) async fn a_system_that_has_taken_a_measure_reports_whoever_has_still_to_take_it(mut house: House) {
    let listed = house.list_entry().await;
    let measure = house.measure_of(&listed, "StrictPermitReview").await;
    house.confirm(&measure).await.unwrap();
    house.inbox("credit-platform").will([Does::Fails]);
    house.round().await;
    let report = async |house: &House| {
        house.report(who("APPROVAL", "licensing"), &measure.name, "approval", 2).await.unwrap();
        let told = house.measure_of(&listed, "StrictPermitReview").await;
        assert!(told.receivers.iter().all(|receiver| !receiver.reported), "no period runs yet");
        told.state
    };
    assert_eq!(report(&house).await, State::Acknowledged);
    let other = house.report(who("LEGAL", "zhao"), &measure.name, "credit-platform", 1).await.unwrap_err();
    assert!(matches!(other, Error::ReceiverHasNotTaken { .. }), "{other:?}");
    house.contest(&measure.name).await.unwrap();
    assert_eq!(report(&house).await, State::Contested);
    house.answer(&measure.name, false).await.unwrap();
    assert_eq!(report(&house).await, State::Sent);

    // Once all have it each of them owes a report, whatever it told before.
    house.later(3);
    house.until_quiet().await;
    let kinds = async |house: &House| -> Vec<String> {
        house.duties(&measure.name).await.into_iter().map(|(kind, ..)| kind).collect()
    };
    assert_eq!(kinds(&house).await, ["measure.feedback"]);
    house.report(who("LEGAL", "zhao"), &measure.name, "credit-platform", 0).await.unwrap();
    let one = house.measure_of(&listed, "StrictPermitReview").await;
    let reported: Vec<_> = one.receivers.iter().map(|one| (one.name.as_str(), one.reported)).collect();
    assert_eq!(reported, [("approval", false), ("credit-platform", true)]);
    let counts = house.store.count_use(&city(), date("2024-01-01"), date("2024-12-31")).await.unwrap();
    let counts: Vec<_> = counts.iter().map(|row| (row.receiver.as_str(), row.reports, row.applied)).collect();
    assert_eq!(counts, [("approval", 3, 6), ("credit-platform", 1, 0)]);

    // What was reported in a period that a contest has ended counts for none after it.
    house.contest(&measure.name).await.unwrap();
    house.answer(&measure.name, false).await.unwrap();
    let anew = house.measure_of(&listed, "StrictPermitReview").await;
    assert_eq!(anew.state, State::InForce);
    assert!(anew.receivers.iter().all(|receiver| !receiver.reported));
    house.remove_entry(&listed).await;
    let ended = house.report(who("APPROVAL", "licensing"), &measure.name, "approval", 1).await.unwrap_err();
    assert!(matches!(ended, Error::Common(service::Error::Refused(_))), "{ended:?}");
}

pub(crate) async fn on_a_measure_against_a_party_that_is_registered_after_all_reports_are_owed_again(
    mut house: House,
) {
    let listed = house.publish_case("2024-06-03").await;
    let measure = house.measure_of(&listed, "StrictPermitReview").await;
    house.confirm(&measure).await.unwrap();
    house.until_quiet().await;
    house.report(who("APPROVAL", "licensing"), &measure.name, "approval", 1).await.unwrap();
    registered_as(&house.store, PARTY, "Deregistered", "2024-06-04").await;
    assert_eq!((house.care().await, house.duties(&measure.name).await), (1, vec![]));

    registered_as(&house.store, PARTY, "InOperation", "2024-07-08").await;
    house.now = start_of("2024-07-08");
    assert_eq!((house.care().await, house.care().await), (1, 0));
    let owed = ("measure.feedback".to_owned(), "LEGAL".to_owned(), "2024-10-08".to_owned());
    assert_eq!(house.duties(&measure.name).await, [owed]);
    let anew = house.measure_of(&listed, "StrictPermitReview").await;
    assert_eq!(anew.state, State::InForce);
    assert!(anew.receivers.iter().all(|receiver| !receiver.reported), "the period began anew for all");
    house.now = start_of("2024-10-09");
    assert_eq!(house.care().await, 1);
    assert_eq!(house.measure_of(&listed, "StrictPermitReview").await.state, State::FeedbackDue);
}

pub(crate) async fn on_a_measure_against_a_party_that_is_no_more_no_report_is_owed(mut house: House) {
    let listed = house.publish_case("2024-06-03").await;
    let measure = house.measure_of(&listed, "StrictPermitReview").await;
    house.confirm(&measure).await.unwrap();
    house.until_quiet().await;
    house.now = start_of("2024-09-04");
    assert_eq!(house.care().await, 1);
    assert_eq!(house.measure_of(&listed, "StrictPermitReview").await.state, State::FeedbackDue);

    registered_as(&house.store, PARTY, "Deregistered", "2024-09-04").await;
    assert_eq!((house.care().await, house.care().await), (1, 0));
    assert_eq!(house.measure_of(&listed, "StrictPermitReview").await.state, State::InForce);
    assert_eq!(house.duties(&measure.name).await, []);
    // Whoever reports all the same owes no further report.
    for (office, system) in [("APPROVAL", "approval"), ("LEGAL", "credit-platform")] {
        house.report(who(office, "zhao"), &measure.name, system, 0).await.unwrap();
    }
    assert_eq!((house.care().await, house.duties(&measure.name).await), (1, vec![]));
    house.now = start_of("2025-03-04");
    assert_eq!(house.care().await, 0);
}

pub(crate) async fn a_report_comes_from_the_office_of_its_system_alone(mut house: House) {
    let listed = house.list_entry().await;
    let measure = house.measure_of(&listed, "StrictPermitReview").await;
    house.confirm(&measure).await.unwrap();
    house.until_quiet().await;
    // The licensing systems speak for themselves, and for nobody else; for a platform that is nobody's here speaks LEGAL, which answers
    // for the measure.
    for (office, system, speaker) in [
        ("CREDIT", "approval", "APPROVAL"),
        ("LEGAL", "approval", "APPROVAL"),
        ("APPROVAL", "credit-platform", "LEGAL"),
        ("CREDIT", "credit-platform", "LEGAL"),
    ] {
        let refused = house.report(who(office, "zhao"), &measure.name, system, 1).await.unwrap_err();
        assert!(
            matches!(&refused, Error::NotReceiversOffice { speaker: named, .. } if named == speaker),
            "{office} for {system}: {refused:?}"
        );
    }
    let before = house.measure_of(&listed, "StrictPermitReview").await;
    assert!(before.receivers.iter().all(|receiver| !receiver.reported), "what is refused is not noted");
    let stranger = house.report(who("LEGAL", "zhao"), &measure.name, "procurement", 1).await.unwrap_err();
    assert!(matches!(stranger, Error::ReceiverUnknown { .. }), "{stranger:?}");
    for (office, system) in [("APPROVAL", "approval"), ("LEGAL", "credit-platform")] {
        let own = house.report(who(office, "zhao"), &measure.name, system, 1).await.unwrap();
        assert_eq!((own.office.as_str(), own.receiver.as_str()), (office, system));
    }
}

pub(crate) async fn what_one_system_takes_no_other_has_acknowledged(house: House) {
    let listed = house.list_entry().await;
    let measure = house.measure_of(&listed, "StrictPermitReview").await;
    house.confirm(&measure).await.unwrap();
    for system in ["approval", "credit-platform"] {
        let now = house.now;
        house.dispatcher(system).dispatch_once(now, &mut StdRng::seed_from_u64(1)).await.unwrap();
        let told = house.measure_of(&listed, "StrictPermitReview").await;
        let taken: Vec<_> =
            told.receivers.iter().filter(|one| one.taken.is_some()).map(|one| one.name.as_str()).collect();
        let expected: &[&str] =
            if system == "approval" { &["approval"] } else { &["approval", "credit-platform"] };
        assert_eq!(taken, expected);
    }
}

pub(crate) async fn use_is_counted_by_item_and_system(mut house: House) {
    let listed = house.list_entry().await;
    let measure = house.measure_of(&listed, "StrictPermitReview").await;
    assert_eq!(house.store.count_use(&city(), date("2024-01-01"), date("2024-12-31")).await.unwrap(), []);
    house.confirm(&measure).await.unwrap();
    house.until_quiet().await;
    for (day, count) in [("2024-07-01", 2), ("2024-08-01", 5)] {
        house.now = start_of(day);
        house.report(who("APPROVAL", "licensing"), &measure.name, "approval", count).await.unwrap();
    }
    house.remove_entry(&listed).await;
    house.system("credit-platform").switch_off();
    house.round().await;
    let counts = house.store.count_use(&city(), date("2024-07-02"), date("2024-12-31")).await.unwrap();
    let rows: Vec<_> = counts
        .iter()
        .map(|row| {
            let told = (row.told, row.acknowledged, row.ended, row.end_acknowledged);
            (row.code.as_str(), row.receiver.as_str(), told, (row.reports, row.applied))
        })
        .collect();
    assert_eq!(
        rows,
        [
            ("StrictPermitReview", "approval", (1, 1, 1, 1), (1, 5)),
            ("StrictPermitReview", "credit-platform", (1, 1, 1, 0), (0, 0)),
        ]
    );
    let nowhere = Scope { fields: Fields::All, divisions: Vec::new() };
    assert_eq!(house.store.count_use(&nowhere, date("2024-01-01"), date("2024-12-31")).await.unwrap(), []);
}

pub(crate) async fn pages_cover_every_measure_once(house: House) {
    let listed = house.publish_case("2024-06-03").await;
    let all = house.measures_of(&listed).await;
    // Rows of one measure stand for its systems.
    assert!(all.iter().any(|measure| measure.receivers.len() > 1), "{all:?}");
    let all: Vec<_> = all.into_iter().map(|measure| measure.name).collect();
    let (mut token, mut names) = (String::new(), Vec::new());
    loop {
        let page = house.store.measures(&MeasureFilter::default(), &city(), 3, &token).await.unwrap();
        for measure in &page.rows {
            let alone = house.store.measure(&measure.name).await.unwrap();
            assert_eq!(*measure, alone, "it is told with its own systems");
        }
        names.extend(page.rows.into_iter().map(|measure| measure.name));
        if page.next_page_token.is_empty() {
            break;
        }
        token = page.next_page_token;
    }
    assert_eq!((names.len(), &names), (8, &all));
    let of_state = async |state: &str| {
        let filter = MeasureFilter { state: Some(state.parse().unwrap()), ..MeasureFilter::default() };
        house.store.measures(&filter, &city(), 100, "").await.unwrap().rows.len()
    };
    assert_eq!((of_state("Derived").await, of_state("InForce").await), (8, 0));
}
