//! From the task to the drawn list and its proof.

use contract::inspection::v1 as pb;
use crypto::draw::{Form, Proof, verify};
use tonic::Code;

use crate::house::*;

async fn proof(house: &House, name: &str, full: bool) -> Result<Vec<u8>, tonic::Status> {
    let purpose = if full { "复核抽签".to_owned() } else { String::new() };
    let request = pb::GetProofRequest { name: name.into(), full, purpose };
    Ok(house.tasks(Person("zhao", "CREDIT", CITY)).get_proof(request).await?.into_inner().file)
}

/// What a service asks for that shows everyone what they may have.
pub(crate) async fn published(house: &House, name: &str) -> Result<String, tonic::Status> {
    let request = pb::GetPublicProofRequest { name: name.into() };
    Ok(house.tasks(Person("listener", "SYSTEM", CITY)).get_public_proof(request).await?.into_inner().file)
}

async fn before_a_task_is_closed_everyone_has_the_announcement_and_the_result_hash_and_no_object(
    house: House,
) {
    house.settle(20).await;
    house.employ(6).await;
    let task = house.before(WANG).create_task(task("UNIFORM", 30)).await.unwrap().into_inner().name;
    let nothing = published(&house, &task).await.unwrap_err();
    assert_eq!(reason(&nothing), "PROOF_NOT_AVAILABLE");
    let drawn = house.drawn("UNIFORM", 30).await;
    let file = published(&house, &drawn.name).await.unwrap();
    // Strata are columns, whose separator JSON writes otherwise.
    let mut lines = drawn.announcement.lines().filter(|line| !line.contains('\t'));
    assert!(lines.all(|line| file.contains(line)), "{file}");
    assert!(file.contains(&drawn.result_hash), "{file}");
    assert!((0..20).all(|at| !file.contains(uscc(at).as_str())), "nobody is warned: {file}");
}

async fn a_drawn_task_proves_itself_to_a_verifier(house: House) {
    house.settle(100).await;
    house.employ(10).await;
    let task = house.drawn("CLASS", 0).await;
    assert_eq!(
        (task.state.as_str(), task.disclosure.as_str(), task.pool_size),
        ("Assigned", "RESTRICTED", 100)
    );
    let Proof::Full(full) = Proof::parse(&proof(&house, &task.name, true).await.unwrap()).unwrap() else {
        panic!("a full proof was asked for");
    };
    assert_eq!(full.result_hash.to_hex(), task.result_hash);
    let verified = verify(&Proof::Full(full)).unwrap();
    assert_eq!(verified.announcement.text(), task.announcement);

    let visits = house.visits_of(&task.name).await;
    let listed: Vec<_> = visits.iter().map(|visit| visit.uscc.clone()).collect();
    let mut drawn = verified.drawn.clone();
    drawn.sort();
    assert_eq!(listed, drawn, "the order by ticket would tell classes");
    for visit in &visits {
        assert_eq!((visit.state.as_str(), visit.inspectors.len()), ("NotEntered", 2));
        assert!(visit.party_name.ends_with("食品有限公司"), "{visit:?}");
        let lead: usize = visit.inspectors[0].strip_prefix("JN").unwrap().parse().unwrap();
        assert_eq!(lead % 2, 0, "the lead is of the lead office");
    }
}

async fn visits_of_a_public_draw_stand_in_the_order_of_the_draw(house: House) {
    house.settle(40).await;
    house.employ(6).await;
    let task = house.drawn("UNIFORM", 30).await;
    let verified = verify(&Proof::parse(&proof(&house, &task.name, true).await.unwrap()).unwrap()).unwrap();
    let listed: Vec<_> = house.visits_of(&task.name).await.into_iter().map(|visit| visit.uscc).collect();
    assert_eq!(listed, verified.drawn);
    assert!(!listed.is_sorted(), "the case must tell the two orders apart");
}

async fn every_full_proof_is_logged_with_its_purpose_and_needs_one(house: House) {
    house.settle(20).await;
    house.employ(4).await;
    let task = house.drawn("CLASS", 0).await;
    let without = pb::GetProofRequest { name: task.name.clone(), full: true, ..Default::default() };
    let refused = house.tasks(Person("zhao", "CREDIT", CITY)).get_proof(without).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    proof(&house, &task.name, true).await.unwrap();
    proof(&house, &task.name, false).await.unwrap();
    let subject = format!("{}/proof", task.name);
    let reads = service::access_log::reads_of(&house.db, &subject, 10).await.unwrap();
    let reads: Vec<_> = reads.iter().map(|read| (read.reader.as_str(), read.purpose.as_str())).collect();
    assert_eq!(reads, [("zhao", "复核抽签")]);
}

/// The text `needle` as bytes, as hex and as base64 would show it, in `bytes`.
fn shows_secret(bytes: &[u8]) -> bool {
    let hex = SECRET.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let holds = |needle: &[u8]| bytes.windows(needle.len()).any(|window| window == needle);
    holds(&SECRET) || holds(hex.as_bytes()) || holds(hex.to_uppercase().as_bytes())
}

async fn the_secret_of_an_undisclosed_task_is_in_no_event_and_no_answer(house: House) {
    use prost::Message;
    house.settle(60).await;
    house.employ(6).await;
    let announced = house.announced("UNIFORM", 30).await;
    let early = proof(&house, &announced.name, false).await.unwrap();
    house.tasks(LI).record_entropy(figures(&announced.name)).await.unwrap();
    let run = pb::RunDrawRequest { name: announced.name.clone(), request_id: id() };
    let drawn = house.tasks(WANG).run_draw(run).await.unwrap().into_inner();
    let notice = proof(&house, &drawn.name, false).await.unwrap();
    let visits = house.visits_of(&drawn.name).await;
    let mut answers = vec![announced.encode_to_vec(), early, drawn.encode_to_vec(), notice];
    answers.extend(visits.iter().map(Message::encode_to_vec));
    let listed = house.tasks(WANG).list_tasks(pb::ListTasksRequest::default()).await.unwrap().into_inner();
    answers.push(listed.encode_to_vec());
    for answer in &answers {
        assert!(!shows_secret(answer), "{:?}", String::from_utf8_lossy(answer));
    }
    let events = house.events().await;
    let kinds: Vec<_> = events.iter().map(|event| event.header.kind.as_str()).skip(6).collect();
    let expected = ["task.created", "draw.announced", "entropy.recorded", "draw.completed"];
    assert_eq!(kinds, expected.map(|kind| format!("inspection.{kind}")));
    for event in &events {
        assert!(!shows_secret(event.payload.as_deref().unwrap()), "{}", event.header.kind);
    }
    // The test can fail: what is disclosed shows it.
    assert!(shows_secret(&proof(&house, &drawn.name, true).await.unwrap()));
}

async fn no_full_proof_is_given_before_the_draw(house: House) {
    house.settle(20).await;
    house.employ(4).await;
    let task = house.announced("UNIFORM", 30).await;
    let refused = proof(&house, &task.name, true).await.unwrap_err();
    assert_eq!(reason(&refused), "PROOF_NOT_AVAILABLE");
}

async fn a_closed_task_discloses_the_form_that_its_strata_allow(house: House) {
    house.settle(40).await;
    house.employ(6).await;
    for (stratify_by, form) in [("UNIFORM", Form::Full), ("CLASS", Form::Closing)] {
        let task = house.drawn(stratify_by, 20).await;
        for visit in house.visits_of(&task.name).await {
            house.approve(&visit.name, "1").await;
        }
        let close = pb::CloseTaskRequest { name: task.name.clone(), request_id: id() };
        let closed = house.tasks(WANG).close_task(close).await.unwrap().into_inner();
        assert_eq!(closed.state, "Closed");
        let file = proof(&house, &task.name, false).await.unwrap();
        let public = Proof::parse(&file).unwrap();
        assert_eq!(public.form(), form);
        assert_eq!(published(&house, &task.name).await.unwrap().into_bytes(), file);
        // As of a task that was closed before proofs were kept: it is computed once.
        db::on!(house.db, |pool| sqlx::query("DELETE FROM public_proof_part").execute(pool).await.map(drop))
            .unwrap();
        assert_eq!(published(&house, &task.name).await.unwrap().into_bytes(), file);
        let kept: Vec<Vec<u8>> = db::on!(house.db, |pool| {
            sqlx::query_scalar("SELECT bytes FROM public_proof_part ORDER BY part").fetch_all(pool).await
        })
        .unwrap();
        assert_eq!(kept.concat(), file);
        assert_eq!(verify(&public).unwrap().drawn.len() as i64, closed.drawn_count);
        let events = house.events().await;
        let last = events.last().unwrap();
        assert_eq!(last.header.kind, "inspection.task.closed");
        let payload: pb::TaskClosed = prost::Message::decode(last.payload.as_deref().unwrap()).unwrap();
        assert_eq!(payload.public_proof, file);
        assert_eq!(payload.proof_digest, crypto::sm3::digest(&file).to_hex());
    }
}

async fn a_draw_that_hits_nobody_is_complete_at_once_and_can_be_closed(house: House) {
    const DUE: &str =
        "SELECT COUNT(*) FROM obligation WHERE kind = 'inspection.task.close' AND done_on IS NULL";
    house.settle(1).await;
    house.employ(4).await;
    // One in a hundred, of one: with these figures nobody.
    let task = house.drawn("UNIFORM", 1).await;
    assert_eq!((task.drawn_count, task.state.as_str()), (0, "ResultsComplete"));
    let due =
        async || -> i64 { db::on!(house.db, |pool| sqlx::query_scalar(DUE).fetch_one(pool).await).unwrap() };
    assert_eq!(due().await, 1);
    let close = pb::CloseTaskRequest { name: task.name, request_id: id() };
    assert_eq!(house.tasks(WANG).close_task(close).await.unwrap().into_inner().state, "Closed");
    assert_eq!(due().await, 0);
}

async fn figures_are_refused_before_the_draw_from_the_announcer_and_of_other_rounds(house: House) {
    house.settle(20).await;
    house.employ(4).await;
    let name = house.announced("UNIFORM", 30).await.name;
    let early = house.before(LI).record_entropy(figures(&name)).await.unwrap_err();
    assert_eq!(reason(&early), "ENTROPY_TOO_EARLY");
    let same = house.tasks(WANG).record_entropy(figures(&name)).await.unwrap_err();
    assert_eq!(reason(&same), "FOUR_EYES");
    let other = pb::RecordEntropyRequest { round: "2026302".into(), ..figures(&name) };
    let letters = pb::RecordEntropyRequest { published_figures: "four".into(), ..figures(&name) };
    for (wrong, field) in [(other, "round"), (letters, "published_figures")] {
        let wrong = house.tasks(LI).record_entropy(wrong).await.unwrap_err();
        assert_eq!((reason(&wrong).as_str(), fields(&wrong)), ("ENTROPY_MALFORMED", vec![field.to_owned()]));
    }
    let run = pb::RunDrawRequest { name: name.clone(), request_id: id() };
    assert_eq!(reason(&house.before(WANG).run_draw(run.clone()).await.unwrap_err()), "DRAW_TOO_EARLY");
    assert_eq!(reason(&house.tasks(WANG).run_draw(run).await.unwrap_err()), "DRAW_TOO_EARLY");
    let recorded = house.tasks(LI).record_entropy(figures(&name)).await.unwrap().into_inner();
    assert_eq!(recorded.entropy, "423");
}

async fn a_draw_in_the_past_and_an_empty_pool_are_refused(house: House) {
    let task = house.before(WANG).create_task(task("CLASS", 0)).await.unwrap().into_inner();
    let late = house.tasks(WANG).announce_draw(announce(&task.name)).await.unwrap_err();
    assert_eq!((reason(&late).as_str(), fields(&late)), ("DRAW_NOT_IN_FUTURE", vec!["draw_time".to_owned()]));
    let empty = house.before(WANG).announce_draw(announce(&task.name)).await.unwrap_err();
    assert_eq!(reason(&empty), "POOL_EMPTY");
}

async fn a_draw_without_enough_inspectors_says_what_is_missing_and_draws_nothing(house: House) {
    house.settle(20).await;
    house.employ(1).await;
    let name = house.announced("UNIFORM", 100).await.name;
    house.tasks(LI).record_entropy(figures(&name)).await.unwrap();
    let run = pb::RunDrawRequest { name: name.clone(), request_id: id() };
    let refused = house.tasks(WANG).run_draw(run).await.unwrap_err();
    assert_eq!(reason(&refused), "ASSIGNMENT_INFEASIBLE");
    assert!(house.visits_of(&name).await.is_empty());
    let task = get(&house, &name).await;
    assert_eq!((task.state.as_str(), task.attempt, task.drawn_count), ("Created", 1, 0));
    assert!(task.failure.contains("eligible inspectors"), "{}", task.failure);
    assert_eq!(
        (task.announcement.as_str(), task.entropy.as_str()),
        ("", ""),
        "nothing is announced any more"
    );
}

async fn a_failed_attempt_is_sealed_once_without_telling_whom_it_would_have_hit(house: House) {
    house.settle(20).await;
    house.employ(1).await;
    let announced = house.announced("UNIFORM", 100).await;
    house.tasks(LI).record_entropy(figures(&announced.name)).await.unwrap();
    let run = pb::RunDrawRequest { name: announced.name.clone(), request_id: id() };
    let first = house.tasks(WANG).run_draw(run.clone()).await.unwrap_err();
    let again = house.tasks(WANG).run_draw(run).await.unwrap_err();
    assert_eq!((reason(&again), again.message()), (reason(&first), first.message()));
    let events = house.events().await;
    let failed: Vec<_> =
        events.iter().filter(|event| event.header.kind == "inspection.draw.failed").collect();
    assert_eq!(failed.len(), 1);
    let bytes = failed[0].payload.as_deref().unwrap();
    let payload: pb::DrawFailed = prost::Message::decode(bytes).unwrap();
    let announcement = crypto::sm3::digest(announced.announcement.as_bytes()).to_hex();
    assert_eq!((payload.attempt, payload.announcement_hash), (1, announcement));
    assert!(payload.unfilled > 0);
    for at in 0..20 {
        let code = uscc(at).to_string();
        assert!(!bytes.windows(code.len()).any(|window| window == code.as_bytes()), "{code}");
    }
}

async fn the_next_attempt_keeps_the_pool_and_takes_the_inspectors_of_its_day(house: House) {
    house.settle(20).await;
    house.employ(1).await;
    let name = house.announced("UNIFORM", 100).await.name;
    house.tasks(LI).record_entropy(figures(&name)).await.unwrap();
    let run = || pb::RunDrawRequest { name: name.clone(), request_id: id() };
    house.tasks(WANG).run_draw(run()).await.unwrap_err();
    house.settle(90).await;
    house.employ(8).await;

    let second = house.before(WANG).announce_draw(announce(&name)).await.unwrap().into_inner();
    assert_eq!((second.state.as_str(), second.attempt, second.pool_size), ("PoolSnapshotted", 2, 20));
    assert!(second.announcement.contains("\nattempt: 2\n"), "{}", second.announcement);
    assert_eq!((second.failure.as_str(), second.entropy.as_str()), ("", ""));
    assert_eq!(reason(&house.tasks(WANG).run_draw(run()).await.unwrap_err()), "DRAW_TOO_EARLY");
    house.tasks(LI).record_entropy(figures(&name)).await.unwrap();
    let drawn = house.tasks(WANG).run_draw(run()).await.unwrap().into_inner();
    assert_eq!((drawn.state.as_str(), drawn.drawn_count), ("Assigned", 20));
    let verified = verify(&Proof::parse(&proof(&house, &name, true).await.unwrap()).unwrap()).unwrap();
    assert_eq!(verified.announcement.text(), drawn.announcement);
}

async fn an_announced_draw_that_can_be_completed_gives_way_to_no_other(house: House) {
    house.settle(20).await;
    house.employ(6).await;
    let name = house.announced("UNIFORM", 50).await.name;
    let again = async || reason(&house.before(WANG).announce_draw(announce(&name)).await.unwrap_err());
    assert_eq!(again().await, "TRANSITION_NOT_ALLOWED");
    house.tasks(LI).record_entropy(figures(&name)).await.unwrap();
    assert_eq!(again().await, "TRANSITION_NOT_ALLOWED");
}

async fn get(house: &House, name: &str) -> pb::Task {
    let request = pb::GetTaskRequest { name: name.to_owned() };
    house.tasks(WANG).get_task(request).await.unwrap().into_inner()
}

async fn recused_and_expired_inspectors_do_not_visit(house: House) {
    house.settle(1).await;
    house.employ(6).await;
    let recusal = recusal("JN0000", 0);
    let declare = pb::DeclareRecusalRequest { recusal: Some(recusal), request_id: id() };
    house.inspectors(WANG).declare_recusal(declare).await.unwrap();
    let mut expired = inspector(2, "FOOD_PROD");
    expired.inspector.as_mut().unwrap().certificate_valid_to = "2026-11-09".into();
    house.inspectors(WANG).register_inspector(expired).await.unwrap();
    let task = house.drawn("UNIFORM", 100).await;
    let visits = house.visits_of(&task.name).await;
    assert_eq!(visits[0].inspectors[0], "JN0004", "the one lead that is left");
}

async fn where_everybody_is_recused_the_attempt_fails_and_nothing_is_drawn(house: House) {
    house.settle(1).await;
    house.employ(4).await;
    for number in 0..4 {
        let recusal = Some(recusal(&format!("JN{number:04}"), 0));
        let declare = pb::DeclareRecusalRequest { recusal, request_id: id() };
        house.inspectors(WANG).declare_recusal(declare).await.unwrap();
    }
    let name = house.announced("UNIFORM", 100).await.name;
    house.tasks(LI).record_entropy(figures(&name)).await.unwrap();
    let run = pb::RunDrawRequest { name: name.clone(), request_id: id() };
    let refused = house.tasks(WANG).run_draw(run).await.unwrap_err();
    assert_eq!(reason(&refused), "ASSIGNMENT_INFEASIBLE");
    assert!(refused.message().contains("0 eligible inspectors"), "{}", refused.message());
    assert_eq!(get(&house, &name).await.state, "Created");
    assert!(house.visits_of(&name).await.is_empty());
}

async fn with_a_secret_that_does_not_match_its_commitment_nothing_is_drawn(house: House) {
    house.settle(8).await;
    house.employ(6).await;
    let name = house.announced("UNIFORM", 50).await.name;
    house.tasks(LI).record_entropy(figures(&name)).await.unwrap();
    let before = get(&house, &name).await;
    const OTHER: &str = "UPDATE draw_secret SET secret = $1 WHERE task = $2";
    let other = [0x5a_u8; 32];
    db::on!(house.db, |pool| sqlx::query(OTHER).bind(&other[..]).bind(&name).execute(pool).await.map(drop))
        .unwrap();
    let run = pb::RunDrawRequest { name: name.clone(), request_id: id() };
    let refused = house.tasks(WANG).run_draw(run).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::FailedPrecondition, "DRAW_NOT_POSSIBLE"));
    assert!(refused.message().contains("commitment"), "{}", refused.message());
    assert_eq!(get(&house, &name).await, before);
}

async fn an_announced_pool_stays_as_it_was_frozen(house: House) {
    house.settle(30).await;
    house.employ(6).await;
    let name = house.announced("UNIFORM", 50).await.name;
    house.settle(90).await;
    house.employ(8).await;
    house.tasks(LI).record_entropy(figures(&name)).await.unwrap();
    let run = pb::RunDrawRequest { name, request_id: id() };
    let drawn = house.tasks(WANG).run_draw(run).await.unwrap().into_inner();
    assert_eq!((drawn.pool_size, drawn.drawn_count), (30, 15));
}

async fn of_two_draws_of_one_task_exactly_one_draws(house: House) {
    house.settle(30).await;
    house.employ(6).await;
    let name = house.announced("UNIFORM", 50).await.name;
    house.tasks(LI).record_entropy(figures(&name)).await.unwrap();
    let run = || pb::RunDrawRequest { name: name.clone(), request_id: id() };
    let (mut one, mut other) = (house.tasks(WANG), house.tasks(Person("zhao", "CREDIT", CITY)));
    let (one, other) = tokio::join!(one.run_draw(run()), other.run_draw(run()));
    assert_eq!(one.unwrap().into_inner(), other.unwrap().into_inner());
    let completed = house.events().await.into_iter().filter(|event| event.header.kind.ends_with("completed"));
    assert_eq!(completed.count(), 1);
}

async fn of_many_tasks_created_at_once_each_has_its_own_number(house: House) {
    let create = async || {
        let created = house.before(WANG).create_task(task("CLASS", 0)).await;
        created.unwrap().into_inner().name
    };
    let names = tokio::join!(create(), create(), create(), create());
    let mut names = [names.0, names.1, names.2, names.3];
    names.sort();
    assert_eq!(names, ["tasks/2026-1", "tasks/2026-2", "tasks/2026-3", "tasks/2026-4"]);
}

db::conformance! {
    open = house;
    cases = [
        a_draw_that_hits_nobody_is_complete_at_once_and_can_be_closed,
        a_drawn_task_proves_itself_to_a_verifier,
        visits_of_a_public_draw_stand_in_the_order_of_the_draw,
        every_full_proof_is_logged_with_its_purpose_and_needs_one,
        the_secret_of_an_undisclosed_task_is_in_no_event_and_no_answer,
        no_full_proof_is_given_before_the_draw,
        a_closed_task_discloses_the_form_that_its_strata_allow,
        before_a_task_is_closed_everyone_has_the_announcement_and_the_result_hash_and_no_object,
        figures_are_refused_before_the_draw_from_the_announcer_and_of_other_rounds,
        a_draw_in_the_past_and_an_empty_pool_are_refused,
        a_draw_without_enough_inspectors_says_what_is_missing_and_draws_nothing,
        a_failed_attempt_is_sealed_once_without_telling_whom_it_would_have_hit,
        the_next_attempt_keeps_the_pool_and_takes_the_inspectors_of_its_day,
        an_announced_draw_that_can_be_completed_gives_way_to_no_other,
        recused_and_expired_inspectors_do_not_visit,
        where_everybody_is_recused_the_attempt_fails_and_nothing_is_drawn,
        with_a_secret_that_does_not_match_its_commitment_nothing_is_drawn,
        an_announced_pool_stays_as_it_was_frozen,
    ];
}

db::races! {
    open = house;
    cases = [of_two_draws_of_one_task_exactly_one_draws, of_many_tasks_created_at_once_each_has_its_own_number];
}
