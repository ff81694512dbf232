//! The directory: grounds, letters, deadlines, objections, removals, marks.

use contract::punishment::v1::AbnormalEntry;
use db::on;
use domain::Uscc;
use punishment::Error;
use punishment::domain::abnormal::NewEntry;
use punishment::domain::list::{Advance, EntryName, List};
use punishment::domain::papers::{Letter, Paper};
use punishment::machines::abnormal::Event;
use punishment::store::Store;
use service::machine::Refused;

use crate::common::neighbour::registered_as;
use crate::common::{
    OTHER, PARTY, act, advance_entry, body, date, entry, entry_step, lapsed, listed_entry, open, system,
};

fn name_of(entry: &AbnormalEntry) -> EntryName {
    EntryName::parse(List::Abnormal, &entry.name).unwrap()
}

/// Open duties of a subject, with their last days.
pub(crate) async fn duties(store: &Store, subject: &str) -> Vec<(String, Option<String>)> {
    const SQL: &str =
        "SELECT kind, due_on FROM obligation WHERE subject = $1 AND done_on IS NULL ORDER BY kind";
    on!(store.db(), |pool| sqlx::query_as(SQL).bind(subject).fetch_all(pool).await).unwrap()
}

fn due(kind: &str, day: &str) -> Vec<(String, Option<String>)> {
    vec![(kind.to_owned(), Some(day.to_owned()))]
}

async fn the_unreachable_are_proposed_only_after_two_letters_fifteen_to_thirty_days_apart(store: Store) {
    let opened = store.open_entry(&act("DISTRICT", "wang", "2024-03-01"), &body("o"), entry(PARTY)).await;
    let name = name_of(&opened.unwrap());
    advance_entry(&store, &act("DISTRICT", "wang", "2024-03-01"), &name, Event::Verify).await.unwrap();
    for (day, letters) in [("2024-03-04", 1), ("2024-03-15", 2)] {
        advance_entry(&store, &act("DISTRICT", "wang", day), &name, Event::RecordLetter).await.unwrap();
        let refused = advance_entry(&store, &act("DISTRICT", "wang", day), &name, Event::Propose).await;
        let refused = refused.unwrap_err();
        assert!(
            matches!(refused, Error::LettersMissing { letters: on_file, .. } if on_file == letters),
            "{refused:?}"
        );
    }
    // A letter that was signed for says that somebody is there.
    let signed =
        Advance { paper: Some(Paper::Letter(Letter { unsigned: false })), ..entry_step(Event::RecordLetter) };
    store.advance_entry(&act("DISTRICT", "wang", "2024-04-02"), &body("s"), &name, &signed).await.unwrap();
    let refused = advance_entry(&store, &act("DISTRICT", "wang", "2024-04-02"), &name, Event::Propose).await;
    let why = refused.unwrap_err();
    assert!(matches!(why, Error::LettersMissing { letters: 3, .. }), "{why:?}");
    assert!(
        why.to_string()
            .ends_with("the last 2 must be unsigned, each sent 15 to 30 days after the one before")
    );
    for day in ["2024-04-10", "2024-04-25"] {
        advance_entry(&store, &act("DISTRICT", "wang", day), &name, Event::RecordLetter).await.unwrap();
    }
    let proposed =
        advance_entry(&store, &act("DISTRICT", "wang", "2024-04-26"), &name, Event::Propose).await.unwrap();
    assert_eq!((proposed.state.as_str(), proposed.letters.len()), ("ListProposed", 5));
}

async fn decisions_and_removals_are_due_by_the_check_values_of_the_calendar(store: Store) {
    let opened = store.open_entry(&act("DISTRICT", "wang", "2024-11-01"), &body("o"), entry(PARTY)).await;
    let name = name_of(&opened.unwrap());
    for (event, day) in [
        (Event::Verify, "2024-12-20"),
        (Event::RecordLetter, "2024-12-20"),
        (Event::RecordLetter, "2025-01-10"),
        (Event::Propose, "2025-01-24"),
    ] {
        advance_entry(&store, &act("DISTRICT", "wang", day), &name, event).await.unwrap();
    }
    assert_eq!(duties(&store, &name.to_string()).await, due("abnormal.decide", "2025-02-13"));
    advance_entry(&store, &act("DISTRICT", "li", "2025-02-13"), &name, Event::Decide).await.unwrap();
    assert_eq!(duties(&store, &name.to_string()).await, []);

    let other = name_of(&listed_entry(&store, "91370116MAC4R9X126", "2024-02-05").await);
    let asked =
        advance_entry(&store, &act("DISTRICT", "li", "2024-02-08"), &other, Event::RequestRemoval).await;
    assert_eq!(asked.unwrap().due_on, "2024-02-28");
    assert_eq!(duties(&store, &other.to_string()).await, due("abnormal.remove.verify", "2024-02-28"));
    let refuse = Event::RefuseRemoval;
    let refused = advance_entry(&store, &act("DISTRICT", "zhao", "2024-02-21"), &other, refuse).await;
    assert_eq!(refused.unwrap().state, "Listed");
    assert_eq!(duties(&store, &other.to_string()).await, []);
}

async fn a_missing_report_is_to_be_decided_ten_working_days_after_the_period_not_after_the_proposal(
    store: Store,
) {
    let new = lapsed(PARTY, "1", "2024-06-30");
    let opened = store.open_entry(&act("DISTRICT", "wang", "2024-07-03"), &body("o"), new).await.unwrap();
    assert_eq!(opened.due_on, "2024-07-12", "ten working days from Sunday 30 June");
    let name = name_of(&opened);
    for event in [Event::Verify, Event::Propose] {
        let moved =
            advance_entry(&store, &act("DISTRICT", "wang", "2024-07-10"), &name, event).await.unwrap();
        assert_eq!(moved.due_on, "2024-07-12", "{event:?}");
    }
    assert_eq!(duties(&store, &name.to_string()).await, due("abnormal.decide", "2024-07-12"));
    let decided =
        advance_entry(&store, &act("DISTRICT", "li", "2024-07-12"), &name, Event::Decide).await.unwrap();
    assert_eq!((decided.state.as_str(), decided.lapsed_on.as_str()), ("Listed", "2024-06-30"));
}

async fn the_order_to_publish_has_lapsed_before_a_listing_is_proposed_and_starts_its_period(store: Store) {
    let wang = |day| act("DISTRICT", "wang", day);
    let new = NewEntry { ground: "2".to_owned(), ..entry(PARTY) };
    let name = name_of(&store.open_entry(&wang("2026-03-02"), &body("o"), new).await.unwrap());
    advance_entry(&store, &wang("2026-03-02"), &name, Event::Verify).await.unwrap();
    let missing = advance_entry(&store, &wang("2026-03-02"), &name, Event::Propose).await.unwrap_err();
    assert!(matches!(missing, Error::OrderMissing(_)), "{missing:?}");

    let ordered = advance_entry(&store, &wang("2026-03-02"), &name, Event::RecordOrder).await.unwrap();
    assert_eq!((ordered.lapsed_on.as_str(), ordered.due_on.as_str()), ("2026-03-12", "2026-03-26"));
    assert_eq!(duties(&store, &name.to_string()).await, due("abnormal.decide", "2026-03-26"));
    let twice = advance_entry(&store, &wang("2026-03-03"), &name, Event::RecordOrder).await.unwrap_err();
    assert!(matches!(twice, Error::OrderUnfit(_)), "{twice:?}");
    let early = advance_entry(&store, &wang("2026-03-12"), &name, Event::Propose).await.unwrap_err();
    assert!(matches!(early, Error::OrderRunning { until } if until == date("2026-03-12")), "{early:?}");
    let proposed = advance_entry(&store, &wang("2026-03-13"), &name, Event::Propose).await.unwrap();
    assert_eq!(proposed.due_on, "2026-03-26", "from the end of the order, not from the proposal");
    let li = act("DISTRICT", "li", "2026-03-26");
    let decided = advance_entry(&store, &li, &name, Event::Decide).await.unwrap();
    let order = (decided.order_no.as_str(), decided.ordered_on.as_str());
    assert_eq!((decided.state.as_str(), order), ("Listed", ("济市监列〔2024〕1号", "2026-03-02")));

    let other = store.open_entry(&wang("2026-03-02"), &body("p"), entry(OTHER)).await.unwrap();
    let other = name_of(&other);
    advance_entry(&store, &wang("2026-03-02"), &other, Event::Verify).await.unwrap();
    let unfit = advance_entry(&store, &wang("2026-03-02"), &other, Event::RecordOrder).await.unwrap_err();
    assert!(matches!(unfit, Error::OrderUnfit(_)), "nobody orders who cannot be reached: {unfit:?}");
}

/// The offices at which duties about an entry are open.
async fn offices(store: &Store, name: &EntryName) -> Vec<String> {
    const SQL: &str = "SELECT DISTINCT office FROM obligation WHERE subject = $1 AND done_on IS NULL";
    let subject = name.to_string();
    on!(store.db(), |pool| sqlx::query_scalar(SQL).bind(&subject).fetch_all(pool).await).unwrap()
}

async fn what_is_due_about_an_entry_is_due_at_the_authority_that_registers_its_party(store: Store) {
    let foreign = |person| act("FOREIGN_REG", person, "2024-07-10");
    let new = lapsed(PARTY, "1", "2024-06-30");
    let finder = act("FOOD_PROD", "sun", "2024-07-10");
    let name = name_of(&store.open_entry(&finder, &body("o"), new).await.unwrap());
    assert_eq!(offices(&store, &name).await, ["DISTRICT"], "nobody has taken it up");
    for event in [Event::Verify, Event::Propose] {
        advance_entry(&store, &foreign("he"), &name, event).await.unwrap();
        assert_eq!(offices(&store, &name).await, ["FOREIGN_REG"], "{event:?}");
    }
    assert_eq!(
        duties(&store, &name.to_string()).await,
        due("abnormal.decide", "2024-07-12"),
        "by the same day"
    );
    advance_entry(&store, &foreign("gao"), &name, Event::Decide).await.unwrap();
    let party = act("PARTY", "party", "2024-07-11");
    advance_entry(&store, &party, &name, Event::Object).await.unwrap();
    assert_eq!(offices(&store, &name).await, ["FOREIGN_REG"], "who decided the listing answers");
    let district = act("DISTRICT", "wang", "2024-07-12");
    for event in [Event::AcceptObjection, Event::RejectObjection, Event::RevokeByError] {
        let refused = advance_entry(&store, &district, &name, event).await.unwrap_err();
        assert!(matches!(refused, Error::ListedByOther { .. }), "{event:?}: {refused:?}");
    }
    let other = name_of(&listed_entry(&store, OTHER, "2024-04-01").await);
    advance_entry(&store, &act("PARTY", "party", "2024-04-02"), &other, Event::Object).await.unwrap();
    assert_eq!(offices(&store, &other).await, ["DISTRICT"]);
}

async fn a_removal_needs_a_ground_for_the_ground_of_the_listing(store: Store) {
    let name = name_of(&listed_entry(&store, PARTY, "2024-04-01").await);
    let asking = |ground: &str| Advance {
        paper: Some(Paper::RemovalGround(ground.to_owned())),
        ..entry_step(Event::RequestRemoval)
    };
    for unfit in ["1", "2", "3", "6", "7", "x"] {
        let district = act("DISTRICT", "li", "2024-05-06");
        let refused = store.advance_entry(&district, &body("r"), &name, &asking(unfit)).await.unwrap_err();
        assert!(
            matches!(&refused, Error::RemovalGroundUnfit { fitting, .. } if fitting == "4, 5"),
            "{unfit}: {refused:?}"
        );
    }
    let party = act("PARTY", "party", "2024-05-06");
    let asked = store.advance_entry(&party, &body("r"), &name, &asking("4")).await.unwrap();
    assert_eq!((asked.state.as_str(), asked.removal_ground.as_str()), ("RemovalRequested", "4"));
}

async fn a_removal_of_the_unreachable_is_due_from_its_verification_which_is_recorded_once(store: Store) {
    let name = name_of(&listed_entry(&store, PARTY, "2024-02-05").await);
    let verify = Event::VerifyRemoval;
    advance_entry(&store, &act("PARTY", "party", "2024-02-08"), &name, Event::RequestRemoval).await.unwrap();
    let foreign = advance_entry(&store, &act("FOREIGN_REG", "he", "2024-02-19"), &name, verify).await;
    assert!(matches!(foreign, Err(Error::ListedByOther { .. })), "{foreign:?}");

    let district = |day| act("DISTRICT", "wang", day);
    let verified = advance_entry(&store, &district("2024-02-19"), &name, verify).await.unwrap();
    let dates = (verified.removal_verified_on.as_str(), verified.due_on.as_str());
    assert_eq!((verified.state.as_str(), dates), ("RemovalRequested", ("2024-02-19", "2024-02-26")));
    assert_eq!(duties(&store, &name.to_string()).await, due("abnormal.remove", "2024-02-26"));
    let anew = advance_entry(&store, &district("2024-02-23"), &name, verify).await.unwrap_err();
    assert!(matches!(anew, Error::RemovalVerificationUnfit(_)), "{anew:?}");
    assert_eq!(duties(&store, &name.to_string()).await, due("abnormal.remove", "2024-02-26"));
    let alone = advance_entry(&store, &district("2024-02-26"), &name, Event::Remove).await.unwrap_err();
    assert!(
        matches!(alone, Error::Common(service::Error::Refused(_))),
        "who verified decides not: {alone:?}"
    );
    let li = act("DISTRICT", "li", "2024-02-26");
    let refused = advance_entry(&store, &li, &name, Event::RefuseRemoval).await.unwrap();
    assert_eq!((refused.state.as_str(), duties(&store, &name.to_string()).await), ("Listed", vec![]));

    let party = act("PARTY", "party", "2024-03-04");
    let again = advance_entry(&store, &party, &name, Event::RequestRemoval).await.unwrap();
    assert_eq!(again.removal_verified_on, "", "another request is verified for itself");
}

async fn a_removal_that_is_due_from_the_request_is_not_made_later_by_a_verification(store: Store) {
    let wang = |day| act("DISTRICT", "wang", day);
    let new = lapsed(PARTY, "1", "2024-06-30");
    let name = name_of(&store.open_entry(&wang("2024-07-03"), &body("o"), new).await.unwrap());
    for event in [Event::Verify, Event::Propose] {
        advance_entry(&store, &wang("2024-07-10"), &name, event).await.unwrap();
    }
    advance_entry(&store, &act("DISTRICT", "li", "2024-07-10"), &name, Event::Decide).await.unwrap();
    let ground = Some(Paper::RemovalGround("1".to_owned()));
    let asking = Advance { paper: ground, ..entry_step(Event::RequestRemoval) };
    let party = act("PARTY", "party", "2024-07-15");
    let asked = store.advance_entry(&party, &body("r"), &name, &asking).await.unwrap();
    assert_eq!(asked.due_on, "2024-07-22");
    let verify = Event::VerifyRemoval;
    let unfit = advance_entry(&store, &wang("2024-07-18"), &name, verify).await.unwrap_err();
    assert!(matches!(unfit, Error::RemovalVerificationUnfit(_)), "{unfit:?}");
    assert_eq!(duties(&store, &name.to_string()).await, due("abnormal.remove", "2024-07-22"));
}

async fn an_objection_is_taken_for_thirty_days_and_verified_within_twenty_working_days(store: Store) {
    let name = name_of(&listed_entry(&store, PARTY, "2024-04-01").await);
    // The thirtieth day, 1 May 2024, is a holiday: the period ends on Monday 6 May.
    let late = advance_entry(&store, &act("PARTY", "party", "2024-05-07"), &name, Event::Object).await;
    assert!(matches!(late, Err(Error::ObjectionLate { until }) if until == date("2024-05-06")), "{late:?}");
    let taken =
        advance_entry(&store, &act("PARTY", "party", "2024-05-06"), &name, Event::Object).await.unwrap();
    assert_eq!((taken.state.as_str(), taken.due_on.as_str()), ("Objected", "2024-05-31"));
    let standing = store.standing_of(&Uscc::parse(PARTY).unwrap()).await.unwrap();
    assert!(standing[0].stands_on(date("2024-05-20")), "an objection alone suspends nothing");
    // Saturday 11 May 2024 was a working day.
    let both =
        [due("abnormal.objection", "2024-05-31"), due("abnormal.objection.accept", "2024-05-11")].concat();
    assert_eq!(
        duties(&store, &name.to_string()).await,
        both,
        "taken up in five working days, verified in twenty"
    );
    let taken_up = Event::AcceptObjection;
    let taken_up =
        advance_entry(&store, &act("DISTRICT", "wang", "2024-05-08"), &name, taken_up).await.unwrap();
    assert_eq!((taken_up.state.as_str(), taken_up.due_on.as_str()), ("Objected", "2024-05-31"));
    assert_eq!(duties(&store, &name.to_string()).await, due("abnormal.objection", "2024-05-31"));
    let confirmed = Event::RejectObjection;
    let confirmed =
        advance_entry(&store, &act("DISTRICT", "li", "2024-05-20"), &name, confirmed).await.unwrap();
    assert_eq!(confirmed.state, "Listed");
    let again = advance_entry(&store, &act("PARTY", "party", "2024-05-21"), &name, Event::Object).await;
    assert!(matches!(again, Err(Error::ObjectionLate { .. })), "{again:?}");
}

async fn an_objection_and_a_removal_go_side_by_side_and_neither_lends_the_other_a_second_person(
    store: Store,
) {
    let name = name_of(&listed_entry(&store, PARTY, "2024-04-01").await);
    let took = async |office: &'static str, person: &'static str, event: Event, day: &str| {
        advance_entry(&store, &act(office, person, day), &name, event).await
    };
    took("PARTY", "party", Event::Object, "2024-04-08").await.unwrap();
    let asked = took("PARTY", "party", Event::RequestRemoval, "2024-04-09").await.unwrap();
    assert_eq!((asked.state.as_str(), asked.due_on.as_str()), ("ObjectedRemovalRequested", "2024-04-23"));
    let open = [
        due("abnormal.objection", "2024-05-08"),
        due("abnormal.objection.accept", "2024-04-15"),
        due("abnormal.remove.verify", "2024-04-23"),
    ];
    assert_eq!(duties(&store, &name.to_string()).await, open.concat());
    let standing = store.standing_of(&Uscc::parse(PARTY).unwrap()).await.unwrap();
    assert!(standing[0].stands_on(date("2024-04-09")), "neither takes it off the directory");

    let verified = took("DISTRICT", "wang", Event::VerifyRemoval, "2024-04-10").await.unwrap();
    assert_eq!(verified.due_on, "2024-04-17");
    let taken_up = took("DISTRICT", "li", Event::AcceptObjection, "2024-04-11").await.unwrap();
    assert_eq!(taken_up.due_on, "2024-04-17", "it moves no period");
    for (person, event) in
        [("wang", Event::Remove), ("li", Event::RejectObjection), ("li", Event::RevokeByError)]
    {
        let own = took("DISTRICT", person, event, "2024-04-12").await.unwrap_err();
        assert!(
            matches!(own, Error::Common(service::Error::Refused(Refused::FourEyes { .. }))),
            "{person} {event:?}: {own:?}"
        );
    }
    let removed = took("DISTRICT", "li", Event::Remove, "2024-04-12").await.unwrap();
    assert_eq!((removed.state.as_str(), duties(&store, &name.to_string()).await), ("Removed", vec![]));
}

async fn who_has_asked_for_the_removal_may_still_object_in_time(store: Store) {
    let name = name_of(&listed_entry(&store, PARTY, "2024-04-01").await);
    let party = |day| act("PARTY", "party", day);
    advance_entry(&store, &party("2024-04-29"), &name, Event::RequestRemoval).await.unwrap();
    let late = advance_entry(&store, &party("2024-05-07"), &name, Event::Object).await;
    assert!(matches!(late, Err(Error::ObjectionLate { .. })), "{late:?}");
    let both = advance_entry(&store, &party("2024-05-06"), &name, Event::Object).await.unwrap();
    assert_eq!(both.state, "ObjectedRemovalRequested");
    let wrong =
        advance_entry(&store, &act("DISTRICT", "li", "2024-05-08"), &name, Event::RevokeByError).await;
    assert_eq!(wrong.unwrap().state, "RevokedByError");
    assert_eq!(duties(&store, &name.to_string()).await, [], "both are answered by that");
}

async fn the_end_of_the_party_removes_its_entry_by_the_system(store: Store) {
    let name = name_of(&listed_entry(&store, PARTY, "2024-04-01").await);
    let person = advance_entry(&store, &act("DISTRICT", "li", "2024-05-06"), &name, Event::Deregister).await;
    assert!(matches!(person, Err(Error::Common(service::Error::Refused(_)))), "{person:?}");
    let removed = advance_entry(&store, &system("2024-05-06"), &name, Event::Deregister).await.unwrap();
    assert_eq!((removed.state.as_str(), removed.removal_ground.as_str()), ("Removed", "6"));
}

async fn nobody_is_suspected_or_listed_who_is_no_more(store: Store) {
    let wang = act("DISTRICT", "wang", "2024-04-01");
    let new = || NewEntry { ground: "3".to_owned(), ..entry(PARTY) };
    registered_as(&store, PARTY, "Deregistered", "2024-04-01").await;
    let refused = store.open_entry(&wang, &body("late"), new()).await.unwrap_err();
    assert!(is_about(&refused, "entry.uscc"), "{refused:?}");

    registered_as(&store, PARTY, "InOperation", "2024-04-01").await;
    let opened = store.open_entry(&act("DISTRICT", "wang", "2024-04-01"), &body("o"), new()).await.unwrap();
    let name = name_of(&opened);
    for event in [Event::Verify, Event::Propose] {
        advance_entry(&store, &act("DISTRICT", "wang", "2024-04-02"), &name, event).await.unwrap();
    }
    registered_as(&store, PARTY, "Deregistered", "2024-04-03").await;
    let li = || act("DISTRICT", "li", "2024-04-03");
    let refused = advance_entry(&store, &li(), &name, Event::Decide).await.unwrap_err();
    assert!(is_about(&refused, "name"), "{refused:?}");
    assert_eq!(advance_entry(&store, &li(), &name, Event::Dismiss).await.unwrap().state, "Dismissed");
}

/// Whether a refusal names this field alone, with how the register has the party.
fn is_about(refused: &Error, field: &str) -> bool {
    let Error::Common(service::Error::Invalid(fields)) = refused else { return false };
    let told: Vec<_> = fields.iter().collect();
    matches!(told.as_slice(), [one] if one.path == field && one.problem.contains("`Deregistered`"))
}

async fn what_was_entered_behind_the_end_of_its_party_is_ended_once_that_was_read(store: Store) {
    const PASSED: &str = "
        INSERT INTO feed_cursor (consumer, feed, epoch, seq, hash)
        SELECT 'party-ended', feed, epoch, seq, hash FROM feed_cursor WHERE consumer = 'punishment-register'";
    let name = name_of(&listed_entry(&store, PARTY, "2024-04-01").await);
    let of_another = name_of(&listed_entry(&store, OTHER, "2024-04-01").await);
    registered_as(&store, PARTY, "Deregistered", "2024-03-29").await;
    registered_as(&store, OTHER, "MovedOut", "2024-03-29").await;
    let job = system("2024-05-07");
    assert_eq!(
        store.end_entries_of_the_ended(&job).await.unwrap(),
        0,
        "whoever reads of the end knows its day"
    );
    assert_eq!(store.entry(&name).await.unwrap().state.word(), "Listed");

    let mut tx = store.db().begin_write().await.unwrap();
    on!(tx, |conn| sqlx::query(PASSED).execute(conn).await.map(drop)).unwrap();
    tx.commit().await.unwrap();
    assert_eq!(store.end_entries_of_the_ended(&job).await.unwrap(), 1);
    assert_eq!(store.end_entries_of_the_ended(&job).await.unwrap(), 0, "nothing is left");
    let removed = store.entry(&name).await.unwrap();
    assert_eq!((removed.state.word(), removed.removal_ground.as_str()), ("Removed", "6"));
    assert_eq!(removed.removed_on, Some(date("2024-05-07")));
    assert_eq!(store.entry(&of_another).await.unwrap().state.word(), "Listed", "who has moved away still is");
}

async fn no_removal_is_asked_for_whose_party_is_no_more(store: Store) {
    let name = name_of(&listed_entry(&store, PARTY, "2024-04-01").await);
    registered_as(&store, PARTY, "Deregistered", "2024-05-06").await;
    let counter = act("DISTRICT", "li", "2024-05-06");
    let refused = advance_entry(&store, &counter, &name, Event::RequestRemoval).await.unwrap_err();
    assert!(is_about(&refused, "name"), "{refused:?}");
    registered_as(&store, PARTY, "InOperation", "2024-05-07").await;
    let counter = act("DISTRICT", "li", "2024-05-07");
    let asked = advance_entry(&store, &counter, &name, Event::RequestRemoval).await.unwrap();
    assert_eq!(asked.state, "RemovalRequested");
}

async fn a_sole_trader_is_marked_and_not_entered_in_the_directory(store: Store) {
    let trader = Uscc::compose("92370102", "MA000001").unwrap();
    let marked = listed_entry(&store, trader.as_str(), "2024-04-01").await;
    assert_eq!(marked.kind, "MARK");
    let standing = store.standing_of(&trader).await.unwrap();
    assert_eq!(standing[0].name.list(), List::Mark);
    let measures = store.book().measures(List::Mark.word(), date("2024-04-01")).count();
    assert_eq!(measures, 0, "no measure of the directory follows from a mark");
}

mod cases {
    use super::*;
    db::conformance! {
        open = open;
        cases = [
            the_unreachable_are_proposed_only_after_two_letters_fifteen_to_thirty_days_apart,
            decisions_and_removals_are_due_by_the_check_values_of_the_calendar,
            a_missing_report_is_to_be_decided_ten_working_days_after_the_period_not_after_the_proposal,
            the_order_to_publish_has_lapsed_before_a_listing_is_proposed_and_starts_its_period,
            a_removal_needs_a_ground_for_the_ground_of_the_listing,
            a_removal_of_the_unreachable_is_due_from_its_verification_which_is_recorded_once,
            a_removal_that_is_due_from_the_request_is_not_made_later_by_a_verification,
            what_is_due_about_an_entry_is_due_at_the_authority_that_registers_its_party,
            an_objection_is_taken_for_thirty_days_and_verified_within_twenty_working_days,
            an_objection_and_a_removal_go_side_by_side_and_neither_lends_the_other_a_second_person,
            who_has_asked_for_the_removal_may_still_object_in_time,
            the_end_of_the_party_removes_its_entry_by_the_system,
            nobody_is_suspected_or_listed_who_is_no_more,
            what_was_entered_behind_the_end_of_its_party_is_ended_once_that_was_read,
            no_removal_is_asked_for_whose_party_is_no_more,
            a_sole_trader_is_marked_and_not_entered_in_the_directory,
        ]
    }
}
