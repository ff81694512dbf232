//! What systems are told, in which order, and what becomes of it.

use contract::punishment::v1::{MeasureEvent, MeasureUseEvent};
use exchange::{DeliveryState, Filter};
use prost::Message;
use punishment::machines::measure::State;
use punishment::store::MeasureChange;
use rand::SeedableRng;
use rand::rngs::StdRng;
use receiver::Does;
use serde_json::Value;

use crate::measures::house::{House, SYSTEMS, who};

fn kinds(house: &House, system: &str, subject: &str) -> Vec<String> {
    let taken = house.inbox(system).taken();
    taken.into_iter().filter(|one| one.subject == subject).map(|one| one.kind).collect()
}

pub(crate) async fn a_measure_is_in_force_when_every_system_has_taken_it(mut house: House) {
    let listed = house.publish_case("2024-06-03").await;
    let measure = house.measure_of(&listed, "StrictPermitReview").await;
    house.confirm(&measure).await.unwrap();
    house.inbox("credit-platform").will([Does::Fails]);
    house.round().await;
    let some = house.measure_of(&listed, "StrictPermitReview").await;
    assert_eq!(some.state, State::Acknowledged);
    let told: Vec<_> = some.receivers.iter().map(|one| (one.name.as_str(), one.taken.is_some())).collect();
    assert_eq!(told, [("approval", true), ("credit-platform", false)]);
    house.later(3);
    house.inbox("credit-platform").will([Does::AnswersTwice]);
    house.until_quiet().await;
    let all = house.measure_of(&listed, "StrictPermitReview").await;
    assert_eq!(all.state, State::InForce);
    assert!(
        all.receivers.iter().all(|one| one.taken.as_ref().is_some_and(|taken| !taken.receipt.is_empty()))
    );
    // A quarter for the report of the office that answers for it.
    let duty = ("measure.feedback".to_owned(), "LEGAL".to_owned(), "2024-09-03".to_owned());
    assert_eq!(house.duties(&measure.name).await, [duty]);
    let shown = house.inbox("approval").shown();
    let content: Value = serde_json::from_slice(&shown[&measure.name.to_string()].content).unwrap();
    assert_eq!(
        (&content["操作类型"], &content["实施主体"], &content["列入名单"]),
        (&"实施".into(), &"法规处".into(), &"严重违法失信名单".into())
    );
    assert_eq!(house.inbox("procurement").calls(), 0);
}

pub(crate) async fn a_system_that_was_away_takes_the_measure_and_then_its_end(mut house: House) {
    let listed = house.publish_case("2024-06-03").await;
    for measure in house.measures_of(&listed).await {
        house.confirm(&measure).await.unwrap();
    }
    // One is off, one fails after taking and answers twice, one takes everything.
    house.system("credit-platform").switch_off();
    house.inbox("procurement").will([Does::TakesAndFails, Does::AnswersTwice]);
    house.round().await;
    house.later(3);
    house.round().await;
    assert_eq!(house.measure_of(&listed, "StrictPermitReview").await.state, State::Acknowledged);
    assert_eq!(house.measure_of(&listed, "NoHonours").await.state, State::Sent);

    house.later(24);
    house.revoke_case(&listed).await;
    let ended = house.measures_of(&listed).await;
    assert!(ended.iter().all(|measure| measure.state == State::EndSent));
    for measure in &ended {
        // Three working days after Tuesday 4 June.
        let duty = ("measure.end_push".to_owned(), "CREDIT".to_owned(), "2024-06-07".to_owned());
        assert_eq!(house.duties(&measure.name).await, [duty], "{}", measure.code);
    }
    house.round().await;
    // Where all were there, the end is taken; where one is away, it is owed.
    assert_eq!(house.measure_of(&listed, "KeySupervision").await.state, State::EndAcknowledged);
    let owed = house.measure_of(&listed, "StrictPermitReview").await;
    let taken: Vec<_> = owed.receivers.iter().map(|one| one.end_taken.is_some()).collect();
    assert_eq!((owed.state, taken), (State::EndSent, vec![true, false]));

    house.system("credit-platform").switch_on().unwrap();
    house.inbox("credit-platform").will([Does::AnswersTwice, Does::TakesAndFails, Does::NamesOtherContent]);
    house.until_quiet().await;
    for measure in house.measures_of(&listed).await {
        assert_eq!(measure.state, State::EndAcknowledged, "{}", measure.code);
        assert_eq!(house.duties(&measure.name).await, [], "{}", measure.code);
        let subject = measure.name.to_string();
        for receiver in &measure.receivers {
            assert_eq!(kinds(&house, &receiver.name, &subject), ["measure.published", "measure.withdrawn"]);
        }
    }
    assert!(SYSTEMS.iter().all(|system| house.inbox(system).shown().is_empty()));
}

pub(crate) async fn an_end_that_nobody_was_told_of_is_sent_to_nobody(mut house: House) {
    let listed = house.publish_case("2024-06-03").await;
    house.revoke_case(&listed).await;
    for measure in house.measures_of(&listed).await {
        assert_eq!((measure.state, measure.end_revision), (State::Ended, None));
        assert_eq!(house.duties(&measure.name).await, []);
    }
    house.round().await;
    assert!(SYSTEMS.iter().all(|system| house.inbox(system).calls() == 0));
}

pub(crate) async fn a_contested_measure_goes_on_where_it_stood_or_ends_everywhere(mut house: House) {
    let listed = house.publish_case("2024-06-03").await;
    // Before anybody confirmed it.
    let untold = house.measure_of(&listed, "NoHonours").await.name;
    house.contest(&untold).await.unwrap();
    let duty = ("measure.contest".to_owned(), "CREDIT".to_owned(), "2024-06-25".to_owned());
    assert_eq!(house.duties(&untold).await, [duty]);
    assert_eq!(house.answer(&untold, false).await.unwrap().state, "Derived");
    // On its way; it goes on being taken while it is contested.
    let measure = house.measure_of(&listed, "StrictPermitReview").await;
    house.confirm(&measure).await.unwrap();
    house.contest(&measure.name).await.unwrap();
    assert_eq!(house.answer(&measure.name, false).await.unwrap().state, "Sent");
    house.contest(&measure.name).await.unwrap();
    house.until_quiet().await;
    assert_eq!(house.measure_of(&listed, "StrictPermitReview").await.state, State::Contested);
    assert_eq!(house.answer(&measure.name, false).await.unwrap().state, "InForce");
    // The officer who confirmed it does not answer; another does, and the party is right.
    house.contest(&measure.name).await.unwrap();
    let own = punishment::store::ContestAnswer { founded: true, reason: "经核查".to_owned() };
    let own = house.change(who("CREDIT", "sun"), &measure.name, MeasureChange::Decide(own)).await;
    assert!(own.is_err());
    let lifted = house.answer(&measure.name, true).await.unwrap();
    assert_eq!((lifted.state.as_str(), lifted.end_reason.as_str()), ("EndSent", "经核查"));
    house.until_quiet().await;
    assert_eq!(house.measure_of(&listed, "StrictPermitReview").await.state, State::EndAcknowledged);
    // The entry ends later: what has ended stays as it is.
    house.revoke_case(&listed).await;
    assert_eq!(house.measure_of(&listed, "StrictPermitReview").await.state, State::EndAcknowledged);
}

pub(crate) async fn every_step_has_its_event_and_a_repeated_request_answers_as_before(mut house: House) {
    let listed = house.list_entry().await;
    let measure = house.measure_of(&listed, "StrictPermitReview").await;
    let credit = || who("CREDIT", "sun").citing(&measure.basis);
    let again = credit();
    let (first, second) = (again.repeated(), again.repeated());
    let answer = house.change(first, &measure.name, MeasureChange::Confirm).await.unwrap();
    assert_eq!(house.change(second, &measure.name, MeasureChange::Confirm).await.unwrap(), answer);
    assert!(house.change(credit(), &measure.name, MeasureChange::Confirm).await.is_err());
    house.until_quiet().await;
    house.report(who("APPROVAL", "licensing"), &measure.name, "approval", 2).await.unwrap();
    outbox::Sealer::new(house.store.db().clone()).seal_once().await.unwrap();
    let events = outbox::read(house.store.db(), 0, 100, &[]).await.unwrap().events;
    let moves: Vec<_> = events
        .iter()
        .filter(|event| event.header.kind == "punishment.measure.changed")
        .map(|event| MeasureEvent::decode(event.payload.as_deref().unwrap()).unwrap())
        .filter(|event| event.measure.as_ref().unwrap().name == measure.name.to_string())
        .map(|event| (event.previous_state, event.measure.unwrap().state))
        .collect();
    let expected = [
        ("", "Derived"),
        ("Derived", "Confirmed"),
        ("Confirmed", "Sent"),
        ("Sent", "Acknowledged"),
        ("Acknowledged", "InForce"),
    ];
    assert_eq!(moves, expected.map(|(from, to)| (from.to_owned(), to.to_owned())));
    let reported = events.iter().find(|event| event.header.kind == "punishment.measure.reported").unwrap();
    let reported = MeasureUseEvent::decode(reported.payload.as_deref().unwrap()).unwrap();
    assert_eq!(reported.report.unwrap().applied_count, 2);
}

pub(crate) async fn of_two_systems_that_take_it_at_once_one_is_the_last(mut house: House) {
    let listed = house.list_entry().await;
    let measure = house.measure_of(&listed, "StrictPermitReview").await;
    house.confirm(&measure).await.unwrap();
    let now = house.now;
    let race = |system: &'static str, seed: u64| {
        let dispatcher = house.dispatcher(system);
        tokio::spawn(async move {
            let mut rng = StdRng::seed_from_u64(seed);
            // One that loses to the other is attempted again after its lease.
            let _ = dispatcher.dispatch_once(now, &mut rng).await;
        })
    };
    let (one, other) = (race("approval", 1), race("credit-platform", 2));
    one.await.unwrap();
    other.await.unwrap();
    house.later(1);
    house.until_quiet().await;
    assert_eq!(house.measure_of(&listed, "StrictPermitReview").await.state, State::InForce);
    let filter = Filter { state: Some(DeliveryState::Acknowledged), ..Filter::default() };
    assert_eq!(exchange::list(house.store.db(), &filter, None, 10).await.unwrap().len(), 2);
}
