//! What records trigger without a listing brings measures of its own, with the same life.

use contract::collection::v1::record::Content;
use contract::collection::v1::{Penalty, Record};
use db::on;
use domain::Uscc;
use punishment::domain::check::judge;
use punishment::domain::list::{EntryName, List, Standing};
use punishment::domain::measure::Measure;
use punishment::machines::measure::State;
use punishment::store::{
    Breach, MeasureChange, PenaltyRow, forget_suspension, put_penalties, turn_suspension,
};

use crate::common::{OTHER, PARTY, date, system};
use crate::measures::house::{House, start_of, who};

/// A penalty by which a licence for food is revoked.
fn revoked(record: &str, decided_on: &str) -> PenaltyRow {
    penalty(record, "8", decided_on)
}

fn penalty(record: &str, kind: &str, decided_on: &str) -> PenaltyRow {
    let said = Penalty { penalty_kinds: vec![kind.to_owned()], ..Penalty::default() };
    let content = Record {
        name: record.to_owned(),
        uscc: PARTY.to_owned(),
        party_name: "济南泉福食品有限公司".to_owned(),
        division: "370102".to_owned(),
        field: "FOOD".to_owned(),
        document_no: format!("济市监罚〔2024〕{}号", record.trim_start_matches("records/")),
        decided_on: decided_on.to_owned(),
        content: Some(Content::Penalty(said)),
        ..Record::default()
    };
    PenaltyRow { record: record.to_owned(), content: Some(content) }
}

impl House {
    /// Has the copy of the records follow, and then the measures.
    async fn told(&self, rows: Vec<PenaltyRow>) {
        let mut tx = self.store.db().begin_write().await.unwrap();
        put_penalties(&mut tx, rows).await.unwrap();
        for party in [PARTY, OTHER] {
            self.store.triggers_follow(&mut tx, &Uscc::parse(party).unwrap()).await.unwrap();
        }
        tx.commit().await.unwrap();
        self.follow_records().await;
    }

    /// Has the copy follow an order of a day that suspends the decision, or ends that, and then the measures.
    async fn turned(&self, row: &PenaltyRow, by: &str, on: &str) {
        let mut row = row.clone();
        row.content.as_mut().unwrap().suspended_by = by.to_owned();
        let mut tx = self.store.db().begin_write().await.unwrap();
        turn_suspension(&mut tx, &row.record, (!by.is_empty(), date(on))).await.unwrap();
        tx.commit().await.unwrap();
        self.told(vec![row]).await;
    }

    /// Has a breach follow its record, and then the measures.
    async fn breach_told(&self, breach: &Breach) {
        let mut tx = self.store.db().begin_write().await.unwrap();
        self.store.breach_follows(&mut tx, breach).await.unwrap();
        tx.commit().await.unwrap();
        self.follow_records().await;
    }

    /// The only measure of a record that has not ended.
    async fn live_of(&self, record: &str) -> Option<Measure> {
        let mut live = self.measures_of(&of_record(record)).await;
        live.retain(|measure| !measure.state.has_ended());
        assert!(live.len() <= 1, "{live:?}");
        live.pop()
    }

    /// Codes and triggers of what a check for any purpose names on the present day, and those of the rows: they must agree.
    async fn named(&self) -> Vec<(String, String)> {
        const LIVE: &str = "
            SELECT code, entry FROM measure WHERE state NOT IN ('Ended', 'EndSent', 'EndAcknowledged') ORDER BY code, entry";
        let today = domain::shanghai_date(self.now);
        let party = Uscc::parse(PARTY).unwrap();
        let standings = self.store.standing_of(&party).await.unwrap();
        let mut named = Vec::new();
        for purpose in self.store.book().codes("check_purpose", today) {
            let found = judge(self.store.book(), &standings, &purpose.code, today).measures;
            named.extend(found.iter().map(|(item, by)| (item.code.clone(), by.name.to_string())));
        }
        named.sort();
        named.dedup();
        let rows: Vec<(String, String)> =
            on!(self.store.db(), |pool| sqlx::query_as(LIVE).fetch_all(pool).await).unwrap();
        assert_eq!(named, rows);
        named
    }
}

fn of_record(record: &str) -> EntryName {
    EntryName::parse(List::FoodLicenceRevoked, record).unwrap()
}

pub(crate) async fn a_revoked_licence_brings_a_measure_that_lives_as_those_of_a_listing_do(mut house: House) {
    let row = revoked("records/1", "2024-05-06");
    house.told(vec![row.clone()]).await;
    let measure = house.live_of("records/1").await.unwrap();
    assert_eq!((measure.code.as_str(), measure.state), ("MarketEntryBan", State::Derived));
    assert_eq!((measure.starts_on, measure.derived_by.as_str()), (date("2024-05-06"), "system"));
    assert_eq!(measure.trigger.party_name.as_str(), "济南泉福食品有限公司");
    let duty = ("measure.confirm".to_owned(), "CREDIT".to_owned(), "2024-06-04".to_owned());
    assert_eq!(house.duties(&measure.name).await, [duty]);
    house.confirm(&measure).await.unwrap();
    house.until_quiet().await;
    assert_eq!(house.measure_of(&of_record("records/1"), "MarketEntryBan").await.state, State::InForce);
    assert_eq!(house.named().await, [("MarketEntryBan".to_owned(), "records/1".to_owned())]);
    // The same told again changes nothing; the record withdrawn ends it, at every system.
    house.told(vec![row.clone()]).await;
    assert_eq!(house.live_of("records/1").await.unwrap().name, measure.name);
    house.told(vec![PenaltyRow { content: None, ..row }]).await;
    assert_eq!(house.named().await, []);
    house.until_quiet().await;
    assert_eq!(
        house.measure_of(&of_record("records/1"), "MarketEntryBan").await.state,
        State::EndAcknowledged
    );
    assert!(house.inbox("approval").shown().is_empty());
}

pub(crate) async fn a_suspended_record_carries_no_measure_and_a_resumed_one_a_new_one(mut house: House) {
    let row = revoked("records/1", "2024-05-06");
    house.told(vec![row.clone()]).await;
    let first = house.live_of("records/1").await.unwrap();
    house.turned(&row, "remedies/1", "2024-05-20").await;
    assert_eq!(house.named().await, []);
    let ended = house.measure_of(&of_record("records/1"), "MarketEntryBan").await;
    assert_eq!((&ended.name, ended.ended_on), (&first.name, Some(date("2024-05-20"))));
    house.now = start_of("2024-06-11");
    house.turned(&row, "", "2024-06-11").await;
    let again = house.live_of("records/1").await.unwrap();
    assert!(again.name != first.name && again.starts_on == date("2024-06-11"));
    house.named().await;
}

pub(crate) async fn what_the_office_rejected_of_a_record_does_not_come_back(house: House) {
    let row = revoked("records/1", "2024-05-06");
    house.told(vec![row.clone()]).await;
    let measure = house.live_of("records/1").await.unwrap();
    let reason = "依据不适用".to_owned();
    house.change(who("CREDIT", "sun"), &measure.name, MeasureChange::Reject { reason }).await.unwrap();
    assert_eq!(house.named().await, []);
    for by in ["remedies/1", ""] {
        house.turned(&row, by, "2024-06-03").await;
        assert_eq!(house.named().await, []);
    }
    assert_eq!(house.measures_of(&of_record("records/1")).await.len(), 1);
}

pub(crate) async fn what_three_penalties_bring_ends_when_the_first_is_a_year_old(mut house: House) {
    let days = ["2023-07-03", "2024-01-08", "2024-05-06"];
    let rows = (1..).zip(days).map(|(id, day)| penalty(&format!("records/{id}"), "3", day));
    house.told(rows.collect()).await;
    assert_eq!(house.named().await, [("EscalatedPenalty".to_owned(), "records/3".to_owned())]);
    house.now = start_of("2024-07-03");
    house.follow_records().await;
    house.named().await;
    // A job that was away for a week books the day on which it ended.
    house.now = start_of("2024-07-10");
    let third = EntryName::parse(List::PenaltiesInYear, "records/3").unwrap();
    assert!(house.store.measures_follow_records(&system("2024-07-10")).await.unwrap());
    let untouched = house.measure_of(&third, "EscalatedPenalty").await.ended_on;
    assert_eq!(untouched, None, "what changes is looked at often, what days end once a day");
    house.follow_records().await;
    assert_eq!(house.named().await, []);
    assert_eq!(house.measure_of(&third, "EscalatedPenalty").await.ended_on, Some(date("2024-07-04")));
}

pub(crate) async fn a_broken_commitment_brings_a_measure_until_it_is_closed(mut house: House) {
    let breach = |removed_on: Option<&str>| Breach {
        standing: Standing {
            name: EntryName::parse(List::BrokenCommitment, "records/7").unwrap(),
            uscc: Uscc::parse(PARTY).unwrap(),
            ground: String::new(),
            listed_on: date("2024-05-06"),
            term_ends_on: None,
            removed_on: removed_on.map(date),
            suspended_on: None,
            decision_no: "breaches/1".to_owned(),
            suspensions: Vec::new(),
            lifted: Vec::new(),
        },
        suspended: false,
        party_name: "济南泉福食品有限公司".to_owned(),
        division: "370102".to_owned(),
    };
    house.breach_told(&breach(None)).await;
    let measure = house.live_of("records/7").await.unwrap();
    assert_eq!((measure.code.as_str(), measure.trigger.division.as_str()), ("NoNotifyCommit", "370102"));
    assert_eq!(house.named().await, [("NoNotifyCommit".to_owned(), "records/7".to_owned())]);
    house.confirm(&measure).await.unwrap();
    house.until_quiet().await;
    house.breach_told(&breach(Some("2024-06-03"))).await;
    assert_eq!(house.named().await, []);
    house.until_quiet().await;
    assert!(house.inbox("approval").shown().is_empty());
}

pub(crate) async fn a_record_that_says_something_else_brings_something_else(house: House) {
    house.told(vec![revoked("records/1", "2024-05-06")]).await;
    house.told(vec![penalty("records/1", "3", "2024-05-06")]).await;
    assert_eq!(house.named().await, []);
    house.told(vec![revoked("records/1", "2024-05-07")]).await;
    assert_eq!(house.named().await, [("MarketEntryBan".to_owned(), "records/1".to_owned())]);
}

pub(crate) async fn a_live_measure_follows_the_number_and_the_day_of_its_record(house: House) {
    let mut row = revoked("records/1", "2024-05-06");
    house.told(vec![row.clone()]).await;
    let first = house.live_of("records/1").await.unwrap();
    row.content.as_mut().unwrap().document_no = "济市监罚〔2024〕9号".to_owned();
    house.told(vec![row.clone()]).await;
    let second = house.live_of("records/1").await.unwrap();
    assert!(second.name != first.name && second.trigger.decision_no == "济市监罚〔2024〕9号");
    row.content.as_mut().unwrap().decided_on = "2024-05-13".to_owned();
    house.told(vec![row]).await;
    let third = house.live_of("records/1").await.unwrap();
    assert_eq!((third.name != second.name, third.starts_on), (true, date("2024-05-13")));
    house.named().await;
}

pub(crate) async fn what_the_office_rejected_against_the_wrong_party_stands_against_the_right_one(
    house: House,
) {
    let mut row = revoked("records/1", "2024-05-06");
    house.told(vec![row.clone()]).await;
    let wrong = house.live_of("records/1").await.unwrap();
    let reason = "当事人有误".to_owned();
    house.change(who("CREDIT", "sun"), &wrong.name, MeasureChange::Reject { reason }).await.unwrap();
    row.content.as_mut().unwrap().uscc = OTHER.to_owned();
    house.told(vec![row.clone()]).await;
    let right = house.live_of("records/1").await.unwrap();
    assert_eq!(right.trigger.uscc.as_str(), OTHER);
    let standing = house.store.standing_of(&right.trigger.uscc).await.unwrap();
    assert!(standing[0].brings("MarketEntryBan", date("2024-06-03")), "the check names it, too");
    row.content.as_mut().unwrap().uscc = PARTY.to_owned();
    house.told(vec![row]).await;
    assert_eq!(house.live_of("records/1").await, None, "against that party it stays rejected");
    house.named().await;
}

pub(crate) async fn a_record_that_cannot_be_read_keeps_no_other_waiting(house: House) {
    const CORRUPT: &str = "UPDATE standing SET uscc = 'nobody', measured_no = 0 WHERE name = 'records/1'";
    house.told(vec![revoked("records/1", "2024-05-06")]).await;
    on!(house.store.db(), |pool| sqlx::query(CORRUPT).execute(pool).await.map(drop)).unwrap();
    let mut tx = house.store.db().begin_write().await.unwrap();
    put_penalties(&mut tx, vec![PenaltyRow { record: "records/1".to_owned(), content: None }]).await.unwrap();
    tx.commit().await.unwrap();
    house.told(vec![revoked("records/2", "2024-05-06")]).await;
    assert!(house.live_of("records/2").await.is_some());
    assert!(!house.follow_records().await, "one is left, and the job waits longer");
}

pub(crate) async fn an_order_that_came_before_the_party_was_known_counts_from_its_day(house: House) {
    let row = revoked("records/1", "2024-05-06");
    let mut tx = house.store.db().begin_write().await.unwrap();
    turn_suspension(&mut tx, "records/1", (true, date("2024-05-13"))).await.unwrap();
    put_penalties(&mut tx, vec![PenaltyRow { content: None, ..row.clone() }]).await.unwrap();
    turn_suspension(&mut tx, "records/1", (false, date("2024-05-27"))).await.unwrap();
    tx.commit().await.unwrap();
    house.told(vec![row.clone()]).await;
    let standing = house.store.standing_of(&Uscc::parse(PARTY).unwrap()).await.unwrap();
    let stands = |day: &str| standing[0].stands_on(date(day));
    assert_eq!(
        ["2024-05-12", "2024-05-13", "2024-05-26", "2024-05-27"].map(stands),
        [true, false, false, true]
    );
    assert_eq!(house.live_of("records/1").await.unwrap().starts_on, date("2024-05-27"));
    // Detached and attached again, it has the same days; an order that nobody told of leaves no day.
    house.told(vec![PenaltyRow { content: None, ..row.clone() }]).await;
    house.told(vec![row.clone()]).await;
    let again = house.store.standing_of(&Uscc::parse(PARTY).unwrap()).await.unwrap();
    assert_eq!(again[0].suspensions, standing[0].suspensions);
    let mut untold = row;
    untold.content.as_mut().unwrap().suspended_by = "remedies/1".to_owned();
    house.told(vec![untold]).await;
    assert_eq!(house.named().await, []);
}

pub(crate) async fn of_a_record_that_was_erased_no_day_of_an_order_is_left(house: House) {
    const KEPT: &str = "SELECT record FROM record_suspension ORDER BY record";
    let mut tx = house.store.db().begin_write().await.unwrap();
    for record in ["records/1", "records/2"] {
        turn_suspension(&mut tx, record, (true, date("2024-05-13"))).await.unwrap();
    }
    forget_suspension(&mut tx, "records/1").await.unwrap();
    tx.commit().await.unwrap();
    let kept: Vec<String> =
        on!(house.store.db(), |pool| sqlx::query_scalar(KEPT).fetch_all(pool).await).unwrap();
    assert_eq!(kept, ["records/2"]);
}

pub(crate) async fn while_the_copy_of_the_records_is_made_again_no_measure_ends(house: House) {
    const READ_TO: &str = "UPDATE feed_cursor SET seq = $1 WHERE consumer = 'punishment-record-triggers'";
    const READER: &str = "
        INSERT INTO feed_cursor (consumer, feed, epoch, seq, hash) VALUES ('punishment-record-triggers', 'collection', 1, 0, $1)";
    let read_to = async |seq: i64| {
        on!(house.store.db(), |pool| sqlx::query(READ_TO).bind(seq).execute(pool).await.map(drop)).unwrap();
    };
    let hash = [0u8; 32];
    on!(house.store.db(), |pool| sqlx::query(READER).bind(hash.as_slice()).execute(pool).await.map(drop))
        .unwrap();
    read_to(70).await;
    let row = revoked("records/1", "2024-05-06");
    house.told(vec![row.clone()]).await;
    let measure = house.live_of("records/1").await.unwrap();
    let mut tx = house.store.db().begin_write().await.unwrap();
    house.store.clear_triggers(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    read_to(0).await;
    house.follow_records().await;
    assert_eq!(house.live_of("records/1").await.unwrap().name, measure.name);
    read_to(71).await;
    house.told(vec![row]).await;
    assert_eq!(house.live_of("records/1").await.unwrap().name, measure.name);
    house.named().await;
}
