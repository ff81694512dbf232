use super::correct::correct;
use super::fixture::*;
use collection::Error;
use collection::domain::NaturalId;
use collection::store::{
    Arrival, Decision, MatchFilter, Party, Proposal, RecordFilter, Store, Subject, TicketFilter, UndoRequest,
};
use contract::collection::v1 as pb;
use db::on;
use domain::{DivisionCode, LegalName, Uscc};
use service::auth::Caller;
use service::idempotency::Key;
use service::machine::Refused;

const QUANFU: &str = "济南泉福食品有限公司";
const METHOD: &str = "/xinjian.collection.v1.Matches/ProposeMatch";

/// An officer of FOOD_PROD with a name of his own.
fn person(name: &str) -> Caller {
    let like = officer("FOOD_PROD", "370100");
    Caller::new(name, "", like.office().clone(), like.fields().clone(), like.divisions().to_vec(), "")
}

pub(crate) async fn register_named(store: &Store, uscc: &str, legal_name: &str) {
    let party = Party {
        uscc: Uscc::parse(uscc).unwrap(),
        legal_name: LegalName::parse(legal_name).unwrap(),
        address: "济南市历下区泺源大街100号".to_owned(),
        division: DivisionCode::parse("370102").unwrap(),
    };
    let arrival = Arrival { party, act: collection::store::Act::of_system("told", now(), store.book()) };
    let mut tx = store.db().begin_write().await.unwrap();
    store.register_parties(&mut tx, &[arrival]).await.unwrap();
    tx.commit().await.unwrap();
}

/// An inspection record of a party that is known by its name only.
fn named(document_no: &str, party_name: &str) -> pb::Record {
    pb::Record { party_name: party_name.to_owned(), ..inspection(document_no, "", "2026-02-25") }
}

/// The one record of the store.
async fn only(store: &Store) -> pb::Record {
    let filter = RecordFilter {
        uscc: None,
        kind: None,
        state: String::new(),
        only_public: false,
        size: 50,
        token: String::new(),
    };
    let mut page =
        store.list_records(&filter, &officer("CREDIT", "370100").scope(), today()).await.unwrap().records;
    assert_eq!(page.len(), 1);
    page.remove(0)
}

pub(crate) async fn propose(
    store: &Store,
    n: u32,
    who: &str,
    subject: &str,
    uscc: &str,
) -> Result<pb::Match, Error> {
    let (id, caller) = (request(n), person(who));
    let key = Key { caller: who, method: METHOD, request_id: &id };
    let sent =
        pb::ProposeMatchRequest { subject: subject.to_owned(), uscc: uscc.to_owned(), ..Default::default() };
    let proposal = Proposal {
        subject: Subject::parse(subject).unwrap(),
        uscc: Uscc::parse(uscc).unwrap(),
        reason: "名称与地址相符".to_owned(),
    };
    store.propose_match(&act_of(&caller, &key), &key, &caller, &sent, &proposal).await
}

pub(crate) async fn decide(
    store: &Store,
    n: u32,
    who: &str,
    name: &str,
    granted: bool,
) -> Result<pb::Match, Error> {
    let (id, caller) = (request(n), person(who));
    let key = Key { caller: who, method: "decide", request_id: &id };
    let sent = pb::DecideMatchRequest { name: name.to_owned(), granted, ..Default::default() };
    let decision =
        Decision { id: NaturalId::from_name(name, "matches").unwrap(), granted, remark: "核实".to_owned() };
    store.decide_match(&act_of(&caller, &key), &key, &caller, &sent, &decision).await
}

pub(crate) async fn request_undo(store: &Store, n: u32, who: &str, name: &str) -> Result<pb::Match, Error> {
    let (id, caller) = (request(n), person(who));
    let key = Key { caller: who, method: "undo", request_id: &id };
    let sent = pb::RequestMatchUndoRequest { name: name.to_owned(), ..Default::default() };
    let undo = UndoRequest {
        id: NaturalId::from_name(name, "matches").unwrap(),
        reason: "同名的另一家企业".to_owned(),
    };
    store.request_match_undo(&act_of(&caller, &key), &key, &caller, &sent, &undo).await
}

fn act_of(caller: &Caller, key: &Key<'_>) -> collection::store::Act {
    collection::store::Act::of(caller, key, "", now(), &rulebook::Rulebook::builtin())
}

async fn last_events(store: &Store, count: usize) -> Vec<(String, String)> {
    let mut all = events(store).await;
    all.split_off(all.len() - count)
}

async fn the_likeliest_party_is_shown_first_with_its_reasons(store: Store) {
    register_named(&store, FOOD, QUANFU).await;
    register_named(&store, EQUIPMENT, "济南恒力电梯工程有限公司").await;
    import(&store, 1, vec![named("检1", "全福食品厂")]).await.unwrap();
    let subject = Subject::parse(&only(&store).await.name).unwrap();
    let today = domain::parse_date("2026-03-02").unwrap();
    let found = store.candidates_of(&subject, &person("li"), today, 10).await.unwrap();
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].party.uscc, FOOD);
    assert!(found[0].judgement.score >= 730, "{found:?}");
    let points: i32 = found[0].judgement.reasons.iter().map(|reason| reason.points).sum();
    assert_eq!(points, found[0].judgement.score);
}

async fn a_party_that_changed_its_name_is_found_by_the_new_one(store: Store) {
    register_named(&store, FOOD, QUANFU).await;
    import(&store, 1, vec![named("检1", "金德饮料")]).await.unwrap();
    let subject = Subject::parse(&only(&store).await.name).unwrap();
    let today = domain::parse_date("2026-03-02").unwrap();
    assert!(store.candidates_of(&subject, &person("li"), today, 10).await.unwrap().is_empty());
    register_named(&store, FOOD, "济南金德饮料有限公司").await;
    assert_eq!(store.candidates_of(&subject, &person("li"), today, 10).await.unwrap().len(), 1);
}

async fn two_officers_attach_and_two_take_it_back(store: Store) {
    register_named(&store, FOOD, QUANFU).await;
    import(&store, 1, vec![named("检1", "泉福食品")]).await.unwrap();
    let record = only(&store).await.name;
    let waits = |store: Store| async move {
        duties(&store).await.into_iter().filter(|(kind, ..)| kind == "collection.match").count()
    };
    assert_eq!(waits(store.clone()).await, 1);

    let proposed = propose(&store, 2, "li", &record, FOOD).await.unwrap();
    assert_eq!((proposed.state.as_str(), proposed.legal_name.as_str()), ("Proposed", QUANFU));
    assert_eq!(proposed.reasons.iter().map(|reason| reason.points).sum::<i32>(), proposed.score);
    assert_eq!(only(&store).await.state, "Unmatched", "a proposal attaches nothing");

    let confirmed = decide(&store, 3, "wang", &proposed.name, true).await.unwrap();
    assert_eq!((confirmed.state.as_str(), confirmed.decider.as_str()), ("Confirmed", "wang"));
    let attached = only(&store).await;
    assert_eq!(
        (attached.state.as_str(), attached.uscc.as_str(), attached.division.as_str()),
        ("Attached", FOOD, "370102")
    );
    let told = [
        ("collection.record.attached".to_owned(), format!("enterprises/{FOOD}")),
        ("collection.match.changed".to_owned(), record.clone()),
    ];
    assert_eq!(last_events(&store, 2).await, told);
    assert_eq!(waits(store.clone()).await, 0, "the search is over");

    let asked = request_undo(&store, 4, "wang", &proposed.name).await.unwrap();
    assert_eq!(
        (asked.state.as_str(), asked.proposer.as_str(), asked.decider.as_str()),
        ("UndoRequested", "wang", "")
    );
    assert_eq!(duties(&store).await.iter().filter(|(kind, ..)| kind == "collection.match.undo").count(), 1);
    let undone = decide(&store, 5, "li", &proposed.name, true).await.unwrap();
    assert_eq!(undone.state, "Undone");
    let detached = only(&store).await;
    assert_eq!((detached.state.as_str(), detached.uscc.as_str(), detached.revision), ("Unmatched", "", 3));
    let told = [
        ("collection.record.detached".to_owned(), format!("enterprises/{FOOD}")),
        ("collection.match.changed".to_owned(), record.clone()),
    ];
    assert_eq!(last_events(&store, 2).await, told);
    assert_eq!(waits(store.clone()).await, 1, "the search goes on");
    assert!(propose(&store, 6, "li", &record, FOOD).await.is_ok(), "it can be matched anew");
}

async fn a_natural_person_is_not_sought_until_the_record_is_put_right(store: Store) {
    const LIE: &str = "SELECT division FROM obligation WHERE done_on IS NULL";
    register_named(&store, FOOD, QUANFU).await;
    let right = named("检1", "泉福食品");
    let wrong = pb::Record { party_kind: "natural_person".to_owned(), ..right.clone() };
    import(&store, 1, vec![wrong.clone()]).await.unwrap();
    assert_eq!(duties(&store).await, [], "nobody can find or publish it");
    let record = only(&store).await.name;
    let subject = Subject::parse(&record).unwrap();
    assert!(store.candidates_of(&subject, &person("li"), today(), 10).await.unwrap().is_empty());
    let refused = propose(&store, 2, "li", &record, FOOD).await;
    assert!(matches!(refused, Err(Error::PartyIsPerson(_))), "{refused:?}");

    let provider = officer("FOOD_PROD", "370100");
    correct(&store, 3, (&record, 1), right.clone(), &provider).await.unwrap();
    let kinds: Vec<String> = duties(&store).await.into_iter().map(|(kind, ..)| kind).collect();
    assert_eq!(kinds, ["collection.match", "inspection.result.publish"]);
    let placed = pb::Record { division: "370103".to_owned(), ..right };
    correct(&store, 4, (&record, 2), placed, &provider).await.unwrap();
    let lie: Vec<String> = on!(store.db(), |pool| sqlx::query_scalar(LIE).fetch_all(pool).await).unwrap();
    assert_eq!(lie, ["370103", "370103"]);
    let proposed = propose(&store, 5, "li", &record, FOOD).await.unwrap();
    decide(&store, 6, "wang", &proposed.name, true).await.unwrap();
    let refused = correct(&store, 7, (&record, 4), wrong, &provider).await.unwrap_err();
    let Error::Common(service::Error::Invalid(fields)) = refused else { panic!("{refused:?}") };
    assert_eq!(fields.iter().map(|field| field.path.as_str()).collect::<Vec<_>>(), ["record.party_kind"]);
}

async fn a_match_is_not_confirmed_once_its_record_turns_out_to_be_of_a_person(store: Store) {
    register_named(&store, FOOD, QUANFU).await;
    let taken = named("检1", "泉福食品");
    import(&store, 1, vec![taken.clone()]).await.unwrap();
    let record = only(&store).await.name;
    let proposed = propose(&store, 2, "li", &record, FOOD).await.unwrap().name;
    let of_person = pb::Record { party_kind: "natural_person".to_owned(), ..taken };
    correct(&store, 3, (&record, 1), of_person, &officer("FOOD_PROD", "370100")).await.unwrap();
    let refused = decide(&store, 4, "wang", &proposed, true).await;
    assert!(matches!(refused, Err(Error::PartyIsPerson(_))), "{refused:?}");
    assert_eq!(only(&store).await.state, "Unmatched");
    assert_eq!(decide(&store, 5, "wang", &proposed, false).await.unwrap().state, "Rejected");
}

async fn a_match_is_seen_where_its_record_is(store: Store) {
    const LIE: &str = "SELECT DISTINCT division FROM obligation WHERE done_on IS NULL";
    let (delivered, placed, first, second) = ("370102", "370104", "370103", "370116");
    register(&store, FOOD, first).await;
    let taken = pb::Record { division: delivered.to_owned(), ..named("检1", "泉福食品") };
    import(&store, 1, vec![taken.clone()]).await.unwrap();
    let seen = async || {
        let filter = MatchFilter { subject: None, state: String::new(), size: 9, token: String::new() };
        let mut seen = Vec::new();
        for division in [delivered, placed, first, second] {
            let caller = officer("FOOD_PROD", division);
            let page = store.list_matches(&filter, &caller, today()).await.unwrap();
            seen.extend(page.matches.iter().map(|_| division));
        }
        seen
    };
    let record = only(&store).await.name;
    let found = propose(&store, 2, "li", &record, FOOD).await.unwrap().name;
    assert_eq!(seen().await, [delivered]);
    let elsewhere = pb::Record { division: placed.to_owned(), ..taken };
    correct(&store, 6, (&record, 1), elsewhere, &officer("FOOD_PROD", "370100")).await.unwrap();
    assert_eq!(seen().await, [placed], "the record was put right");
    let lie: Vec<String> = on!(store.db(), |pool| sqlx::query_scalar(LIE).fetch_all(pool).await).unwrap();
    assert_eq!(lie, [placed], "with it, the decision about the match is due there");
    decide(&store, 3, "wang", &found, true).await.unwrap();
    assert_eq!(seen().await, [first]);
    register(&store, FOOD, second).await;
    assert_eq!(seen().await, [second], "the enterprise has moved");
    request_undo(&store, 4, "wang", &found).await.unwrap();
    decide(&store, 5, "li", &found, true).await.unwrap();
    assert_eq!(seen().await, [placed], "it says so since it was put right");
}

async fn nobody_decides_what_he_proposed(store: Store) {
    register_named(&store, FOOD, QUANFU).await;
    import(&store, 1, vec![named("检1", "泉福食品")]).await.unwrap();
    let record = only(&store).await.name;
    let proposed = propose(&store, 2, "li", &record, FOOD).await.unwrap();
    let before = events(&store).await;
    for granted in [true, false] {
        let refused = decide(&store, 3, "li", &proposed.name, granted).await.unwrap_err();
        let Error::Common(service::Error::Refused(Refused::FourEyes { .. })) = refused else {
            panic!("{refused:?}")
        };
    }
    assert_eq!(events(&store).await, before);
    assert_eq!(only(&store).await.state, "Unmatched");
}

async fn a_rejected_match_leaves_the_way_open_for_another(store: Store) {
    register_named(&store, FOOD, QUANFU).await;
    register_named(&store, EQUIPMENT, "济南泉城食品有限公司").await;
    import(&store, 1, vec![named("检1", "泉城食品")]).await.unwrap();
    let record = only(&store).await.name;
    let first = propose(&store, 2, "li", &record, FOOD).await.unwrap();
    let open = propose(&store, 3, "wang", &record, EQUIPMENT).await.unwrap_err();
    assert!(matches!(open, Error::MatchOpen(_)), "{open:?}");
    assert_eq!(decide(&store, 4, "wang", &first.name, false).await.unwrap().state, "Rejected");
    let again = decide(&store, 5, "wang", &first.name, true).await.unwrap_err();
    assert!(matches!(again, Error::NothingToDecide { .. }), "{again:?}");
    let second = propose(&store, 6, "li", &record, EQUIPMENT).await.unwrap();
    assert_eq!(decide(&store, 7, "wang", &second.name, true).await.unwrap().state, "Confirmed");
    assert_eq!(only(&store).await.uscc, EQUIPMENT);
}

async fn an_unknown_party_and_what_is_attached_already_are_refused(store: Store) {
    import(&store, 1, vec![named("检1", "泉福食品")]).await.unwrap();
    let record = only(&store).await.name;
    let unknown = propose(&store, 2, "li", &record, FOOD).await.unwrap_err();
    assert!(matches!(unknown, Error::PartyNotRegistered(_)), "{unknown:?}");
    register_named(&store, FOOD, QUANFU).await;
    let proposed = propose(&store, 3, "li", &record, FOOD).await.unwrap();
    decide(&store, 4, "wang", &proposed.name, true).await.unwrap();
    let attached = propose(&store, 5, "li", &record, FOOD).await.unwrap_err();
    assert!(matches!(attached, Error::NotUnmatched { state: "Attached", .. }), "{attached:?}");
}

async fn a_record_with_a_wrong_code_goes_back_to_it_when_its_match_is_undone(store: Store) {
    import(&store, 1, vec![inspection("检1", EQUIPMENT, "2026-02-25")]).await.unwrap();
    register_named(&store, FOOD, QUANFU).await;
    let all = officer("CREDIT", "370100");
    let record = only(&store).await.name;
    let caller = |name: &str| {
        Caller::new(name, "", all.office().clone(), all.fields().clone(), all.divisions().to_vec(), "")
    };
    let id = request(2);
    let key = Key { caller: "li", method: METHOD, request_id: &id };
    let proposal = Proposal {
        subject: Subject::parse(&record).unwrap(),
        uscc: Uscc::parse(FOOD).unwrap(),
        reason: "代码有误".to_owned(),
    };
    let sent = pb::ProposeMatchRequest::default();
    let li = caller("li");
    let proposed = store.propose_match(&act_of(&li, &key), &key, &li, &sent, &proposal).await.unwrap();
    let wang = caller("wang");
    let decision = |granted| Decision {
        id: NaturalId::from_name(&proposed.name, "matches").unwrap(),
        granted,
        remark: String::new(),
    };
    let id = request(3);
    let key = Key { caller: "wang", method: METHOD, request_id: &id };
    store
        .decide_match(&act_of(&wang, &key), &key, &wang, &pb::DecideMatchRequest::default(), &decision(true))
        .await
        .unwrap();
    assert_eq!(only(&store).await.uscc, FOOD);
    let answer = import(&store, 4, vec![inspection("检1", EQUIPMENT, "2026-02-25")]).await.unwrap();
    assert_eq!(answer.duplicates, 1, "what was delivered is known as it was delivered");
    let id = request(5);
    let key = Key { caller: "wang", method: "undo", request_id: &id };
    let undo = UndoRequest {
        id: NaturalId::from_name(&proposed.name, "matches").unwrap(),
        reason: "误".to_owned(),
    };
    store
        .request_match_undo(&act_of(&wang, &key), &key, &wang, &pb::RequestMatchUndoRequest::default(), &undo)
        .await
        .unwrap();
    let id = request(6);
    let key = Key { caller: "li", method: METHOD, request_id: &id };
    store
        .decide_match(&act_of(&li, &key), &key, &li, &pb::DecideMatchRequest::default(), &decision(true))
        .await
        .unwrap();
    assert_eq!(only(&store).await.uscc, EQUIPMENT);
    register(&store, EQUIPMENT, "370114").await;
    assert_eq!(only(&store).await.state, "Attached");
}

async fn a_repeated_proposal_answers_as_before(store: Store) {
    register_named(&store, FOOD, QUANFU).await;
    import(&store, 1, vec![named("检1", "泉福食品")]).await.unwrap();
    let record = only(&store).await.name;
    let first = propose(&store, 2, "li", &record, FOOD).await.unwrap();
    let told = events(&store).await;
    assert_eq!(propose(&store, 2, "li", &record, FOOD).await.unwrap(), first);
    assert_eq!(events(&store).await, told);
}

async fn tickets_are_matched_alike_by_those_who_read_tickets(store: Store) {
    register_named(&store, FOOD, QUANFU).await;
    let row = pb::Ticket {
        target_name: "全福食品".to_owned(),
        place: "泺源大街100号".to_owned(),
        division: "370102".to_owned(),
        field: "FOOD".to_owned(),
        ..ticket("T1", "")
    };
    import_tickets(&store, 1, vec![row]).await.unwrap();
    let the_ticket = async || {
        let filter = TicketFilter { uscc: None, state: String::new(), size: 50, token: String::new() };
        let scope = officer("CREDIT", "370100").scope();
        store.list_tickets(&filter, &scope).await.unwrap().tickets.remove(0)
    };
    let name = the_ticket().await.name;
    let today = domain::parse_date("2026-03-02").unwrap();
    let subject = Subject::parse(&name).unwrap();
    let legal = officer("LEGAL", "370100");
    assert!(store.candidates_of(&subject, &legal, today, 10).await.is_err(), "LEGAL reads no tickets");
    let found = store.candidates_of(&subject, &person("li"), today, 10).await.unwrap();
    let kinds: Vec<_> = found[0].judgement.reasons.iter().map(|reason| reason.kind.as_str()).collect();
    assert_eq!(kinds, ["NAME_ALIKE", "DIVISION_SAME", "PLACE_SAME"]);

    let proposed = propose(&store, 2, "li", &name, FOOD).await.unwrap();
    decide(&store, 3, "wang", &proposed.name, true).await.unwrap();
    let attached = the_ticket().await;
    assert_eq!((attached.state.as_str(), attached.uscc.as_str()), ("Attached", FOOD));
    request_undo(&store, 4, "li", &proposed.name).await.unwrap();
    decide(&store, 5, "wang", &proposed.name, true).await.unwrap();
    let detached = the_ticket().await;
    assert_eq!((detached.state.as_str(), detached.uscc.as_str()), ("Unmatched", ""));
    let told = [
        ("collection.ticket.detached".to_owned(), format!("enterprises/{FOOD}")),
        ("collection.match.changed".to_owned(), name),
    ];
    assert_eq!(last_events(&store, 2).await, told);

    let filter = MatchFilter { subject: None, state: String::new(), size: 50, token: String::new() };
    assert_eq!(store.list_matches(&filter, &person("li"), today).await.unwrap().matches.len(), 1);
    assert_eq!(store.list_matches(&filter, &legal, today).await.unwrap().matches, []);
}

async fn pages_of_matches_cover_each_once(store: Store) {
    register_named(&store, FOOD, QUANFU).await;
    import(&store, 1, (0..5).map(|n| named(&format!("检{n}"), "泉福食品")).collect()).await.unwrap();
    let filter = RecordFilter {
        uscc: None,
        kind: None,
        state: String::new(),
        only_public: false,
        size: 50,
        token: String::new(),
    };
    let page = store.list_records(&filter, &officer("CREDIT", "370100").scope(), today()).await.unwrap();
    for (n, record) in (10..).zip(&page.records) {
        propose(&store, n, "li", &record.name, FOOD).await.unwrap();
    }
    let today = domain::parse_date("2026-03-02").unwrap();
    let (mut seen, mut token) = (Vec::new(), String::new());
    loop {
        let filter = MatchFilter { subject: None, state: "Proposed".to_owned(), size: 2, token };
        let page = store.list_matches(&filter, &person("li"), today).await.unwrap();
        seen.extend(page.matches.into_iter().map(|found| found.name));
        token = page.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    let mut distinct = seen.clone();
    distinct.sort_unstable();
    distinct.dedup();
    assert_eq!((seen.len(), distinct.len()), (5, 5));
}

async fn what_is_written_about_the_match_of_a_ticket_tells_no_number_of_its_caller(store: Store) {
    register_named(&store, FOOD, QUANFU).await;
    import_tickets(&store, 1, vec![ticket("T1", "")]).await.unwrap();
    import(&store, 2, vec![named("检1", "全福食品厂")]).await.unwrap();
    let told = "来电人13812345678确认";
    let because = async |n: u32, subject: &str| {
        let (id, li) = (request(n), person("li"));
        let key = Key { caller: "li", method: METHOD, request_id: &id };
        let sent = pb::ProposeMatchRequest { subject: subject.to_owned(), ..Default::default() };
        let proposal = Proposal {
            subject: Subject::parse(subject).unwrap(),
            uscc: Uscc::parse(FOOD).unwrap(),
            reason: told.to_owned(),
        };
        store.propose_match(&act_of(&li, &key), &key, &li, &sent, &proposal).await
    };
    let the_ticket = format!("tickets/{}", NaturalId::of("ticket", &["12345", "T1"]));
    let refused = because(3, &the_ticket).await.unwrap_err();
    let Error::Common(service::Error::Invalid(fields)) = refused else { panic!("{refused:?}") };
    assert_eq!(fields.iter().map(|field| field.path.as_str()).collect::<Vec<_>>(), ["reason"]);
    assert!(because(4, &only(&store).await.name).await.is_ok(), "a record has no caller");

    let name = propose(&store, 5, "li", &the_ticket, FOOD).await.unwrap().name;
    let (id, wang) = (request(6), person("wang"));
    let key = Key { caller: "wang", method: "decide", request_id: &id };
    let sent = pb::DecideMatchRequest { name: name.clone(), granted: true, ..Default::default() };
    let decision = Decision {
        id: NaturalId::from_name(&name, "matches").unwrap(),
        granted: true,
        remark: told.to_owned(),
    };
    assert!(store.decide_match(&act_of(&wang, &key), &key, &wang, &sent, &decision).await.is_err());
    assert_eq!(decide(&store, 7, "wang", &name, true).await.unwrap().state, "Confirmed");
}

db::conformance! {
    open = open;
    cases = [
        the_likeliest_party_is_shown_first_with_its_reasons,
        a_party_that_changed_its_name_is_found_by_the_new_one,
        two_officers_attach_and_two_take_it_back,
        a_natural_person_is_not_sought_until_the_record_is_put_right,
        a_match_is_not_confirmed_once_its_record_turns_out_to_be_of_a_person,
        a_match_is_seen_where_its_record_is,
        nobody_decides_what_he_proposed,
        a_rejected_match_leaves_the_way_open_for_another,
        an_unknown_party_and_what_is_attached_already_are_refused,
        a_record_with_a_wrong_code_goes_back_to_it_when_its_match_is_undone,
        a_repeated_proposal_answers_as_before,
        tickets_are_matched_alike_by_those_who_read_tickets,
        what_is_written_about_the_match_of_a_ticket_tells_no_number_of_its_caller,
        pages_of_matches_cover_each_once,
    ]
}
