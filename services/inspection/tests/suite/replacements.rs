//! Replacements after the draw: grounds, two persons, who comes, and the proof of it.

use contract::inspection::v1 as pb;
use crypto::draw::{Proof, verify};
use inspection::store::{CaseRow, SubjectRow, put_cases, put_subjects};
use tonic::Code;

use crate::house::*;

fn proposal(visit: &pb::Visit, inspector_no: &str, ground: &str) -> pb::ProposeReplacementRequest {
    pb::ProposeReplacementRequest {
        visit: visit.name.clone(),
        inspector_no: inspector_no.into(),
        ground: ground.into(),
        cited_event: "registry/1204".into(),
        request_id: id(),
    }
}

fn decision(name: &str, approve: bool) -> pb::DecideReplacementRequest {
    let reason = if approve { String::new() } else { "未见登记注销".to_owned() };
    pb::DecideReplacementRequest { name: name.into(), approve, reason, request_id: id() }
}

/// The register has the enterprise of a visit in a state from now on.
async fn register_as(house: &House, visit: &pb::Visit, state: &str) {
    let mut tx = house.db.begin_write().await.unwrap();
    let subject = SubjectRow {
        uscc: visit.uscc.clone(),
        name: visit.party_name.clone(),
        division: visit.division.clone(),
        registration_state: state.into(),
    };
    put_subjects(&mut tx, vec![subject]).await.unwrap();
    tx.commit().await.unwrap();
}

/// A case about an enterprise came, or was decided.
pub(crate) async fn put_case(house: &House, uscc: &str, in_progress: bool) {
    let case = CaseRow { name: format!("seriousCases/{uscc}"), uscc: uscc.into(), in_progress };
    let mut tx = house.db.begin_write().await.unwrap();
    put_cases(&mut tx, vec![case]).await.unwrap();
    tx.commit().await.unwrap();
}

async fn recuse(house: &House, visit: &pb::Visit, inspector_no: &str) {
    let recusal = pb::Recusal { uscc: visit.uscc.clone(), ..recusal(inspector_no, 0) };
    let declare = pb::DeclareRecusalRequest { recusal: Some(recusal), request_id: id() };
    house.inspectors(WANG).declare_recusal(declare).await.unwrap();
}

/// Proposed by wang, approved by li.
async fn replace(
    house: &House,
    visit: &pb::Visit,
    inspector_no: &str,
    ground: &str,
) -> Result<pb::Replacement, tonic::Status> {
    let proposed =
        house.replacements(WANG).propose_replacement(proposal(visit, inspector_no, ground)).await?;
    let decision = decision(&proposed.into_inner().name, true);
    Ok(house.replacements(LI).decide_replacement(decision).await?.into_inner())
}

async fn get(house: &House, task: &str) -> pb::Task {
    let request = pb::GetTaskRequest { name: task.into() };
    house.tasks(WANG).get_task(request).await.unwrap().into_inner()
}

async fn proof(house: &House, task: &str, full: bool) -> Proof {
    let purpose = if full { "复核抽签".to_owned() } else { String::new() };
    let request = pb::GetProofRequest { name: task.into(), full, purpose };
    let zhao = Person("zhao", "CREDIT", CITY);
    Proof::parse(&house.tasks(zhao).get_proof(request).await.unwrap().into_inner().file).unwrap()
}

async fn an_enterprise_gives_way_to_the_next_ticket_and_the_proof_shows_it(house: House) {
    house.settle(40).await;
    house.employ(6).await;
    let task = house.drawn("CLASS", 0).await;
    let drawn = house.visits_of(&task.name).await;
    register_as(&house, &drawn[0], "Deregistered").await;
    let came = replace(&house, &drawn[0], "", "Deregistered").await.unwrap();
    assert_eq!((came.state.as_str(), came.position, came.next_inspector_no.as_str()), ("Approved", 1, ""));
    let visits = house.visits_of(&task.name).await;
    let codes: Vec<&str> = visits.iter().map(|visit| visit.uscc.as_str()).collect();
    assert!(!codes.contains(&drawn[0].uscc.as_str()), "who gave way is not visited");
    assert_eq!((codes.len(), codes.last().copied()), (drawn.len(), Some(came.next_uscc.as_str())));
    let new = visits.last().unwrap();
    assert_eq!((new.state.as_str(), new.inspectors.len()), ("NotEntered", 2));
    assert!(drawn.iter().all(|visit| visit.uscc != came.next_uscc), "nobody comes who was drawn");

    let verified = verify(&proof(&house, &task.name, true).await).unwrap();
    let after = get(&house, &task.name).await;
    assert_eq!(verified.final_hash.to_hex(), after.final_hash);
    assert_eq!(verified.result_hash.to_hex(), task.result_hash, "what was drawn stays what was drawn");
    for visit in house.visits_of(&task.name).await {
        house.approve(&visit.name, "1").await;
    }
    let close = pb::CloseTaskRequest { name: task.name.clone(), request_id: id() };
    house.tasks(WANG).close_task(close).await.unwrap();
    let public = verify(&proof(&house, &task.name, false).await).unwrap();
    assert_eq!(public.final_hash.to_hex(), after.final_hash);
    let events = house.events().await;
    let told: Vec<_> = events.iter().filter(|one| one.header.kind == "inspection.draw.replaced").collect();
    let payload = told[0].payload.as_deref().unwrap();
    let told_hash: pb::DrawReplaced = prost::Message::decode(payload).unwrap();
    assert_eq!((told.len(), told_hash.final_hash), (1, after.final_hash));
    for code in [drawn[0].uscc.as_str(), &came.next_uscc, "Deregistered", "registry/1204"] {
        assert!(!payload.windows(code.len()).any(|window| window == code.as_bytes()), "nobody is warned");
    }
}

async fn an_inspector_gives_way_to_the_next_of_the_enterprise(house: House) {
    house.settle(4).await;
    house.employ(8).await;
    let task = house.drawn("UNIFORM", 100).await;
    let visit = house.visits_of(&task.name).await.remove(0);
    let (lead, second) = (visit.inspectors[0].clone(), visit.inspectors[1].clone());
    let came = replace(&house, &visit, &lead, "Ill").await.unwrap();
    let now = house.visits_of(&task.name).await.remove(0);
    assert_eq!(now.inspectors, [came.next_inspector_no.clone(), second.clone()]);
    assert!(![&lead, &second].contains(&&came.next_inspector_no), "{came:?}");
    let number: usize = came.next_inspector_no.strip_prefix("JN").unwrap().parse().unwrap();
    assert_eq!(number % 2, 0, "the lead is of the lead office");
    recuse(&house, &visit, &second).await;
    let came = replace(&house, &visit, &second, "Recused").await.unwrap();
    assert_eq!(came.position, 2);
    let verified = verify(&proof(&house, &task.name, true).await).unwrap();
    assert_eq!(verified.final_hash.to_hex(), get(&house, &task.name).await.final_hash);
    let gone =
        house.replacements(WANG).propose_replacement(proposal(&visit, &lead, "Ill")).await.unwrap_err();
    assert_eq!(gone.code(), Code::InvalidArgument, "who gave way is not on the visit any more");
    let request = pb::ListReplacementsRequest { task: task.name, page_size: 1, ..Default::default() };
    let page = house.replacements(WANG).list_replacements(request).await.unwrap().into_inner();
    assert_eq!(page.replacements.len(), 1);
    assert_eq!(page.replacements[0].inspector_no, lead);
    assert!(!page.next_page_token.is_empty());
}

async fn what_was_proposed_of_one_inspector_never_sends_another_away(house: House) {
    house.settle(4).await;
    house.employ(8).await;
    let task = house.drawn("UNIFORM", 100).await;
    let visit = house.visits_of(&task.name).await.remove(0);
    let lead = &visit.inspectors[0];
    let propose = async || {
        let request = proposal(&visit, lead, "Ill");
        house.replacements(WANG).propose_replacement(request).await.unwrap().into_inner().name
    };
    let (first, second) = (propose().await, propose().await);
    let approval = decision(&first, true);
    let came = house.replacements(LI).decide_replacement(approval.clone()).await.unwrap().into_inner();
    let repeated = house.replacements(LI).decide_replacement(approval).await.unwrap().into_inner();
    assert_eq!(repeated, came, "a repeated request is answered alike");
    let refused = house.replacements(LI).decide_replacement(decision(&second, true)).await.unwrap_err();
    assert_eq!(reason(&refused), "TRANSITION_NOT_ALLOWED");
    assert_eq!(states(&house, &task.name).await, ["Approved", "Lapsed"]);
    let now = house.visits_of(&task.name).await.remove(0);
    assert_eq!(now.inspectors[0], came.next_inspector_no);
}

async fn a_stratum_that_is_used_up_sends_nobody(house: House) {
    house.settle(2).await;
    house.employ(6).await;
    let task = house.drawn("UNIFORM", 100).await;
    let visits = house.visits_of(&task.name).await;
    house.approve(&visits[1].name, "1").await;
    register_as(&house, &visits[0], "MovedOut").await;
    let came = replace(&house, &visits[0], "", "MovedOut").await.unwrap();
    assert_eq!((came.state.as_str(), came.next_uscc.as_str()), ("Approved", ""));
    assert_eq!(house.visits_of(&task.name).await.len(), 1);
    assert_eq!(get(&house, &task.name).await.state, "ResultsComplete", "nothing is left to visit");
    verify(&proof(&house, &task.name, true).await).unwrap();
}

async fn without_an_inspector_who_may_come_nobody_gives_way(house: House) {
    house.settle(2).await;
    house.employ(2).await;
    let task = house.drawn("UNIFORM", 100).await;
    let visit = house.visits_of(&task.name).await.remove(0);
    let lead = visit.inspectors[0].clone();
    let refused = replace(&house, &visit, &lead, "Ill").await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::FailedPrecondition, "NOT_REPLACEABLE"));
    assert_eq!(house.visits_of(&task.name).await[0], visit);
    let after = get(&house, &task.name).await;
    assert_eq!((after.final_hash.as_str(), after.revision), ("", task.revision));
}

async fn an_enterprise_whose_recused_inspector_nobody_can_replace_gives_way(house: House) {
    house.settle(2).await;
    house.employ(2).await;
    let task = house.drawn("UNIFORM", 100).await;
    let visits = house.visits_of(&task.name).await;
    let unfounded = replace(&house, &visits[0], "", "NobodyLeft").await.unwrap_err();
    assert_eq!(unfounded.code(), Code::InvalidArgument, "nobody is recused: {unfounded}");
    let lead = visits[0].inspectors[0].clone();
    recuse(&house, &visits[0], &lead).await;
    let nobody = replace(&house, &visits[0], &lead, "Recused").await.unwrap_err();
    assert_eq!(reason(&nobody), "NOT_REPLACEABLE");
    house.approve(&visits[1].name, "1").await;
    let came = replace(&house, &visits[0], "", "NobodyLeft").await.unwrap();
    assert_eq!((came.state.as_str(), came.next_uscc.as_str()), ("Approved", ""));
    assert_eq!(get(&house, &task.name).await.state, "ResultsComplete", "the task can end");
    verify(&proof(&house, &task.name, true).await).unwrap();
}

async fn nobody_gives_way_on_a_ground_that_the_records_do_not_show(house: House) {
    house.settle(20).await;
    house.employ(8).await;
    let task = house.drawn("UNIFORM", 50).await;
    let visits = house.visits_of(&task.name).await;
    let visit = &visits[0];
    let (lead, second) = (visit.inspectors[0].as_str(), visit.inspectors[1].as_str());
    let refused = async |inspector_no: &str, ground: &str| {
        let refused = replace(&house, visit, inspector_no, ground).await.unwrap_err();
        assert_eq!(fields(&refused), ["ground"], "{ground}: {refused}");
        assert_eq!(house.visits_of(&task.name).await, visits);
    };
    refused("", "Deregistered").await;
    refused("", "MovedOut").await;
    refused("", "CaseInProgress").await;
    put_case(&house, &visit.uscc, true).await;
    put_case(&house, &visit.uscc, false).await;
    refused("", "CaseInProgress").await;
    refused(lead, "Recused").await;
    recuse(&house, visit, lead).await;
    refused(second, "Recused").await;
    // Others can come in place of the one who is recused: the enterprise is not spared for that.
    refused("", "NobodyLeft").await;
    let came = replace(&house, visit, lead, "Recused").await.unwrap();
    assert_ne!(came.next_inspector_no, lead);
    verify(&proof(&house, &task.name, true).await).unwrap();
}

/// Open duties to decide a replacement: subject, office and last day.
async fn to_decide(house: &House) -> Vec<(String, String, String)> {
    const OPEN: &str = "
        SELECT subject, office, due_on FROM obligation
        WHERE kind = 'inspection.replacement.decide' AND done_on IS NULL ORDER BY subject";
    db::on!(house.db, |pool| sqlx::query_as(OPEN).fetch_all(pool).await).unwrap()
}

/// Where the replacements of a task stand, in the order of their proposals.
async fn states(house: &House, task: &str) -> Vec<String> {
    let request = pb::ListReplacementsRequest { task: task.into(), ..Default::default() };
    let listed = house.replacements(WANG).list_replacements(request).await.unwrap().into_inner();
    listed.replacements.into_iter().map(|one| one.state).collect()
}

async fn a_proposal_is_a_duty_of_the_office_that_leads_until_it_is_decided_or_its_task_given_up(
    house: House,
) {
    house.settle(4).await;
    house.employ(8).await;
    let task = house.drawn("UNIFORM", 100).await;
    let visit = house.visits_of(&task.name).await.remove(0);
    let propose = async |inspector_no: &str| {
        let request = proposal(&visit, inspector_no, "Ill");
        house.replacements(WANG).propose_replacement(request).await.unwrap().into_inner().name
    };
    let first = propose(&visit.inspectors[0]).await;
    let due = |name: &str| (name.to_owned(), "FOOD_PROD".to_owned(), "2026-11-12".to_owned());
    assert_eq!(to_decide(&house).await, [due(&first)]);
    let own = house.replacements(WANG).decide_replacement(decision(&first, false)).await.unwrap_err();
    assert_eq!((reason(&own).as_str(), to_decide(&house).await), ("FOUR_EYES", vec![due(&first)]));
    house.replacements(LI).decide_replacement(decision(&first, false)).await.unwrap();
    assert!(to_decide(&house).await.is_empty());
    let second = propose(&visit.inspectors[1]).await;
    house.replacements(LI).decide_replacement(decision(&second, true)).await.unwrap();
    assert!(to_decide(&house).await.is_empty());
    let third = propose(&visit.inspectors[0]).await;
    assert_eq!(to_decide(&house).await, [due(&third)]);
    let cancel =
        pb::CancelTaskRequest { name: task.name.clone(), reason: "任务合并".into(), request_id: id() };
    house.tasks(crate::plans::ZHAO).cancel_task(cancel).await.unwrap();
    assert!(to_decide(&house).await.is_empty(), "nobody is visited any more");
    assert_eq!(states(&house, &task.name).await, ["Rejected", "Approved", "Lapsed"]);
}

async fn what_was_proposed_at_a_visit_that_has_begun_or_is_gone_is_nobodys_duty(house: House) {
    house.settle(20).await;
    house.employ(8).await;
    let task = house.drawn("UNIFORM", 50).await;
    let visits = house.visits_of(&task.name).await;
    let propose = async |visit: &pb::Visit| {
        let request = proposal(visit, &visit.inspectors[0], "Ill");
        house.replacements(WANG).propose_replacement(request).await.unwrap().into_inner().name
    };
    let first = propose(&visits[0]).await;
    propose(&visits[1]).await;
    assert_eq!(to_decide(&house).await.len(), 2);
    house.visits(WANG).enter_result(enter(&visits[0].name, "1")).await.unwrap();
    assert_eq!(to_decide(&house).await.len(), 1, "the visit is made as it was drawn");
    put_case(&house, &visits[1].uscc, true).await;
    replace(&house, &visits[1], "", "CaseInProgress").await.unwrap();
    assert!(to_decide(&house).await.is_empty(), "the whole enterprise gave way");
    for approve in [true, false] {
        let late = house.replacements(LI).decide_replacement(decision(&first, approve)).await.unwrap_err();
        assert_eq!(reason(&late), "TRANSITION_NOT_ALLOWED");
    }
    assert_eq!(states(&house, &task.name).await, ["Lapsed", "Lapsed", "Approved"]);
}

async fn what_was_proposed_of_an_inspector_who_is_not_on_the_visit_any_more_is_nobodys_duty(house: House) {
    house.settle(4).await;
    house.employ(8).await;
    let task = house.drawn("UNIFORM", 100).await;
    let visits = house.visits_of(&task.name).await;
    let propose = async |visit: &pb::Visit, inspector_no: &str| {
        let request = proposal(visit, inspector_no, "Ill");
        house.replacements(WANG).propose_replacement(request).await.unwrap().into_inner().name
    };
    let (lead, second) = (&visits[0].inspectors[0], &visits[0].inspectors[1]);
    propose(&visits[0], lead).await;
    let of_second = propose(&visits[0], second).await;
    let elsewhere = propose(&visits[1], &visits[1].inspectors[0]).await;
    replace(&house, &visits[0], lead, "Absent").await.unwrap();
    assert_eq!(states(&house, &task.name).await, ["Lapsed", "Proposed", "Proposed", "Approved"]);
    let open: Vec<String> = to_decide(&house).await.into_iter().map(|(subject, ..)| subject).collect();
    assert_eq!(open, [of_second, elsewhere], "the others are still to be decided");
}

async fn what_is_proposed_while_its_visit_begins_is_no_duty_that_is_left(house: House) {
    house.settle(4).await;
    house.employ(8).await;
    let task = house.drawn("UNIFORM", 100).await;
    let mut names = Vec::new();
    for visit in house.visits_of(&task.name).await {
        let (mut proposing, mut entering) = (house.replacements(WANG), house.visits(LI));
        let (proposed, entered) = tokio::join!(
            proposing.propose_replacement(proposal(&visit, &visit.inspectors[0], "Ill")),
            entering.enter_result(enter(&visit.name, "1")),
        );
        let refused = [proposed.as_ref().err().map(reason), entered.as_ref().err().map(reason)];
        for refused in refused.into_iter().flatten() {
            assert!(["CONTENDED", "TRANSITION_NOT_ALLOWED"].contains(&refused.as_str()), "{refused}");
        }
        // A proposal whose visit could not be begun at the same moment is a duty like any other.
        if let (Ok(proposed), Err(_)) = (&proposed, &entered) {
            names.push(proposed.get_ref().name.clone());
        }
    }
    let open: Vec<String> = to_decide(&house).await.into_iter().map(|(subject, ..)| subject).collect();
    assert_eq!(open, names);
}

async fn an_enterprise_about_which_a_case_is_in_progress_gives_way(house: House) {
    house.settle(20).await;
    house.employ(6).await;
    let task = house.drawn("UNIFORM", 50).await;
    let visits = house.visits_of(&task.name).await;
    put_case(&house, &visits[0].uscc, true).await;
    let came = replace(&house, &visits[0], "", "CaseInProgress").await.unwrap();
    assert_eq!(came.state, "Approved");
    // A case that a visit of ours led to is on record by itself; here an earlier one, for another task.
    let (led, now) = (&visits[1], house.drawn("UNIFORM", 100).await);
    let again = house.visits_of(&now.name).await.into_iter().find(|visit| visit.uscc == led.uscc).unwrap();
    let unfounded = replace(&house, &again, "", "CaseInProgress").await.unwrap_err();
    assert_eq!(fields(&unfounded), ["ground"]);
    house.approve(&led.name, "6").await;
    let open_case = async |visit: &str| {
        let name = format!("{visit}/rectification");
        let case =
            pb::OpenCaseRequest { name, case_no: "济市监立案〔2026〕9号".into(), request_id: id() };
        house.rectifications(Person("zhao", "ENFORCEMENT", CITY)).open_case(case).await.unwrap();
    };
    open_case(&led.name).await;
    let came = replace(&house, &again, "", "CaseInProgress").await.unwrap();
    assert_eq!(came.state, "Approved");
    // One that was opened longer ago than the law gives it spares nobody: how it ended is told to nobody here.
    const LONG_AGO: &str =
        "UPDATE rectification SET case_opened_on = '2026-08-01' WHERE case_opened_on = '2026-11-10'";
    let led = &visits[2];
    house.approve(&led.name, "6").await;
    open_case(&led.name).await;
    let changed =
        db::on!(house.db, |pool| sqlx::query(LONG_AGO).execute(pool).await.map(|done| done.rows_affected()));
    assert_eq!(changed.unwrap(), 2);
    let again = house.visits_of(&now.name).await.into_iter().find(|visit| visit.uscc == led.uscc).unwrap();
    let late = replace(&house, &again, "", "CaseInProgress").await.unwrap_err();
    assert_eq!(fields(&late), ["ground"]);
}

async fn a_replacement_takes_two_persons_a_ground_of_its_kind_and_a_visit_without_a_result(house: House) {
    house.settle(20).await;
    house.employ(6).await;
    let task = house.drawn("UNIFORM", 50).await;
    let visits = house.visits_of(&task.name).await;
    let wrong =
        house.replacements(WANG).propose_replacement(proposal(&visits[0], "", "Ill")).await.unwrap_err();
    assert_eq!(wrong.code(), Code::InvalidArgument);
    let request = proposal(&visits[0], "", "CaseInProgress");
    let proposed = house.replacements(WANG).propose_replacement(request.clone()).await.unwrap().into_inner();
    let again = house.replacements(WANG).propose_replacement(request).await.unwrap().into_inner();
    assert_eq!(proposed, again);
    let own = house.replacements(WANG).decide_replacement(decision(&proposed.name, true)).await.unwrap_err();
    assert_eq!(reason(&own), "FOUR_EYES");
    let rejected = house.replacements(LI).decide_replacement(decision(&proposed.name, false)).await;
    assert_eq!(rejected.unwrap().into_inner().state, "Rejected");
    let late = house.replacements(LI).decide_replacement(decision(&proposed.name, true)).await.unwrap_err();
    assert_eq!(reason(&late), "TRANSITION_NOT_ALLOWED");
    assert_eq!(house.visits_of(&task.name).await, visits);

    let waiting = house.replacements(WANG).propose_replacement(proposal(&visits[1], "", "MovedOut")).await;
    let waiting = waiting.unwrap().into_inner();
    house.visits(WANG).enter_result(enter(&visits[1].name, "1")).await.unwrap();
    let found = house.replacements(LI).decide_replacement(decision(&waiting.name, true)).await.unwrap_err();
    assert_eq!(reason(&found), "TRANSITION_NOT_ALLOWED", "what was found stays found");
    let lost = decision("tasks/2026-1/replacements/9", true);
    let lost = house.replacements(LI).decide_replacement(lost).await.unwrap_err();
    assert_eq!(reason(&lost), "REPLACEMENT_NOT_FOUND");
    // The list names who was drawn: it is for those who decide.
    let list = pb::ListReplacementsRequest { task: task.name.clone(), ..Default::default() };
    let zhao = Person("zhao", "LEGAL", CITY);
    let read = house.replacements(zhao).list_replacements(list).await.unwrap_err();
    assert_eq!(reason(&read), "ROLE_NOT_PERMITTED");
    let other = Person("sun", "SE_SUPERV", CITY);
    let foreign = house.replacements(other).propose_replacement(proposal(&visits[2], "", "MovedOut")).await;
    assert_eq!(reason(&foreign.unwrap_err()), "FIELD_NOT_PERMITTED");
}

db::conformance! {
    open = house;
    cases = [
        an_enterprise_gives_way_to_the_next_ticket_and_the_proof_shows_it,
        an_inspector_gives_way_to_the_next_of_the_enterprise,
        what_was_proposed_of_one_inspector_never_sends_another_away,
        a_stratum_that_is_used_up_sends_nobody,
        without_an_inspector_who_may_come_nobody_gives_way,
        an_enterprise_whose_recused_inspector_nobody_can_replace_gives_way,
        nobody_gives_way_on_a_ground_that_the_records_do_not_show,
        what_was_proposed_at_a_visit_that_has_begun_or_is_gone_is_nobodys_duty,
        what_was_proposed_of_an_inspector_who_is_not_on_the_visit_any_more_is_nobodys_duty,
        what_is_proposed_while_its_visit_begins_is_no_duty_that_is_left,
        an_enterprise_about_which_a_case_is_in_progress_gives_way,
        a_proposal_is_a_duty_of_the_office_that_leads_until_it_is_decided_or_its_task_given_up,
        a_replacement_takes_two_persons_a_ground_of_its_kind_and_a_visit_without_a_result,
    ];
}
