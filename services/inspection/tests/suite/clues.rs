//! Tasks that follow a clue: named and not drawn, with inspectors whom another person assigns.

use contract::inspection::v1 as pb;
use inspection::store::{MarkRow, SubjectRow, put_marks, put_subjects};
use tonic::Code;

use crate::house::*;
use crate::plans::{ZHAO, drafted, visits as planned, with_cap};

/// A task of food that visits enterprises on a complaint; of these items, or of all.
pub(crate) fn clue(enterprises: &[usize], items: &[&str]) -> pb::CreateClueTaskRequest {
    let task = pb::Task {
        title: "投诉举报核查".into(),
        field: "FOOD".into(),
        lead_office: "FOOD_PROD".into(),
        items: items.iter().map(|item| (*item).to_owned()).collect(),
        end_on: "2026-11-27".into(),
        ..Default::default()
    };
    pb::CreateClueTaskRequest {
        task: Some(task),
        ground: "Complaint".into(),
        reference: "12345-20261110-7".into(),
        usccs: enterprises.iter().map(|at| uscc(*at).to_string()).collect(),
        request_id: id(),
    }
}

/// Created by wang.
async fn followed(house: &House, enterprises: &[usize], items: &[&str]) -> pb::Task {
    house.tasks(WANG).create_clue_task(clue(enterprises, items)).await.unwrap().into_inner()
}

fn assign(task: &str, assignments: &[(usize, &[usize])]) -> pb::AssignInspectorsRequest {
    let one = |(enterprise, inspectors): &(usize, &[usize])| pb::InspectorAssignment {
        uscc: uscc(*enterprise).to_string(),
        inspector_nos: inspectors.iter().map(|number| format!("JN{number:04}")).collect(),
    };
    let assignments = assignments.iter().map(one).collect();
    pb::AssignInspectorsRequest { name: task.into(), assignments, request_id: id() }
}

/// Inspectors who may come anywhere, the first of the office that leads.
const TWO: &[usize] = &[0, 1];

/// Created by wang, with inspectors whom li has assigned.
async fn assigned(house: &House, enterprises: &[usize], items: &[&str]) -> pb::Task {
    let name = followed(house, enterprises, items).await.name;
    let assignments: Vec<_> = enterprises.iter().map(|at| (*at, TWO)).collect();
    house.tasks(LI).assign_inspectors(assign(&name, &assignments)).await.unwrap().into_inner()
}

/// The fields that are wrong with an assignment by li, of which nothing comes.
async fn refused(house: &House, task: &str, assignments: &[(usize, &[usize])]) -> Vec<String> {
    let refused = house.tasks(LI).assign_inspectors(assign(task, assignments)).await.unwrap_err();
    assert!(house.visits_of(task).await.is_empty());
    fields(&refused)
}

async fn duties(house: &House) -> Vec<(String, String, String)> {
    const OPEN: &str =
        "SELECT subject, kind, due_on FROM obligation WHERE done_on IS NULL ORDER BY subject, kind";
    db::on!(house.db, |pool| sqlx::query_as(OPEN).fetch_all(pool).await).unwrap()
}

async fn a_clue_leads_to_visits_without_a_draw_that_go_on_as_drawn_ones_do(house: House) {
    house.settle(4).await;
    house.employ(6).await;
    let request = clue(&[2, 1], &[]);
    let task = house.tasks(WANG).create_clue_task(request.clone()).await.unwrap().into_inner();
    assert_eq!(house.tasks(WANG).create_clue_task(request).await.unwrap().into_inner(), task);
    assert_eq!((task.state.as_str(), task.clue_ground.as_str()), ("Named", "Complaint"));
    assert_eq!((task.clue_reference.as_str(), task.disclosure.as_str()), ("12345-20261110-7", ""));
    let due = (task.name.clone(), "inspection.plan.task".to_owned(), "2026-11-27".to_owned());
    assert_eq!(duties(&house).await, [due]);

    let request = assign(&task.name, &[(1, &[0, 1]), (2, &[2, 3])]);
    let own = house.tasks(WANG).assign_inspectors(request.clone()).await.unwrap_err();
    assert_eq!(reason(&own), "FOUR_EYES", "who names an enterprise does not choose its inspectors");
    let now = house.tasks(LI).assign_inspectors(request.clone()).await.unwrap().into_inner();
    assert_eq!((now.state.as_str(), now.drawn_count, now.result_hash.as_str()), ("Assigned", 0, ""));
    assert_eq!(house.tasks(LI).assign_inspectors(request).await.unwrap().into_inner(), now);
    let visits = house.visits_of(&task.name).await;
    let shown: Vec<_> = visits.iter().map(|one| (one.uscc.clone(), one.inspectors.clone())).collect();
    let of = |at: usize, nos: [&str; 2]| (uscc(at).to_string(), nos.map(str::to_owned).to_vec());
    assert_eq!(shown, [of(1, ["JN0000", "JN0001"]), of(2, ["JN0002", "JN0003"])]);
    assert!(visits.iter().all(|one| one.clue_led && one.state == "NotEntered"));

    let letter = pb::GetTaskLetterRequest { name: format!("{}/letter", visits[0].name) };
    let letter = house.visits(WANG).get_task_letter(letter).await.unwrap().into_inner();
    assert!(letter.text.contains("JN0000") && letter.text.contains(&name(1)), "{}", letter.text);
    let scan = pb::ScanInRequest {
        name: visits[0].name.clone(),
        scan_code: letter.scan_code,
        inspector_no: "JN0001".into(),
        request_id: id(),
        ..Default::default()
    };
    house.visits(WANG).scan_in(scan).await.unwrap();
    for visit in &visits {
        house.approve(&visit.name, "1").await;
    }
    let publish = pb::PublishResultsRequest { task: task.name.clone(), request_id: id() };
    assert_eq!(house.visits(WANG).publish_results(publish).await.unwrap().into_inner().published, 2);
    let closing = (task.name.clone(), "inspection.task.close".to_owned(), "2026-11-24".to_owned());
    assert_eq!(duties(&house).await, [closing]);
    let close = pb::CloseTaskRequest { name: task.name.clone(), request_id: id() };
    assert_eq!(house.tasks(WANG).close_task(close).await.unwrap().into_inner().state, "Closed");
    assert!(duties(&house).await.is_empty());
    for full in [true, false] {
        let request = pb::GetProofRequest { name: task.name.clone(), full, purpose: "复核".into() };
        let none = house.tasks(ZHAO).get_proof(request).await.unwrap_err();
        assert_eq!(reason(&none), "PROOF_NOT_AVAILABLE", "nothing was drawn");
    }
}

async fn nobody_is_warned_by_what_is_told_of_a_clue_before_anybody_was_visited(house: House) {
    house.settle(2).await;
    house.employ(2).await;
    assigned(&house, &[0], &[]).await;
    let events = house.events().await;
    let of_task: Vec<_> =
        events.iter().filter(|one| one.header.kind.starts_with("inspection.task.")).collect();
    let kinds: Vec<_> = of_task.iter().map(|one| one.header.kind.as_str()).collect();
    assert_eq!(kinds, ["inspection.task.created", "inspection.task.assigned"]);
    let enterprise = uscc(0);
    for told in of_task {
        let payload = told.payload.as_deref().unwrap();
        for secret in [enterprise.as_str(), "JN0000", "12345-20261110-7"] {
            assert!(!payload.windows(secret.len()).any(|window| window == secret.as_bytes()), "{secret}");
        }
    }
}

async fn whoever_makes_no_visits_is_not_told_of_one_on_a_clue_before_it_begins(house: House) {
    house.settle(3).await;
    house.employ(4).await;
    let task = assigned(&house, &[0, 1], &[]).await;
    let listed = async |person: Person| {
        let list = pb::ListVisitsRequest { task: task.name.clone(), ..Default::default() };
        let visits = house.visits(person).list_visits(list).await.unwrap().into_inner().visits;
        visits.into_iter().map(|visit| visit.uscc).collect::<Vec<_>>()
    };
    let dossier = async |person: Person| {
        let name = format!("enterprises/{}", uscc(0));
        let request = pb::GetDossierRequest { name, latest: 500 };
        house.dossiers(person).get_dossier(request).await.unwrap().into_inner().visits.len()
    };
    let reference = async |person: Person| {
        let request = pb::GetTaskRequest { name: task.name.clone() };
        let one = house.tasks(person).get_task(request).await.unwrap().into_inner();
        let all = house.tasks(person).list_tasks(pb::ListTasksRequest::default()).await.unwrap();
        assert_eq!(all.into_inner().tasks, std::slice::from_ref(&one));
        assert_eq!(one.clue_ground, "Complaint");
        one.clue_reference
    };
    let (first, second) = (uscc(0).to_string(), uscc(1).to_string());
    let elsewhere = Person("qian", "DISTRICT", CITY);
    for inspecting in [WANG, elsewhere, Person("wu", "ENFORCEMENT", CITY)] {
        assert_eq!(listed(inspecting).await, [first.clone(), second.clone()], "{}", inspecting.1);
        assert_eq!((dossier(inspecting).await, reference(inspecting).await.is_empty()), (1, false));
    }
    let others = [ZHAO, Person("zhou", "LEGAL", CITY), Person("shen", "SUPERIOR", CITY)];
    for other in others {
        assert!(listed(other).await.is_empty(), "{}", other.1);
        assert_eq!((dossier(other).await, reference(other).await.as_str()), (0, ""), "{}", other.1);
    }
    let visits = house.visits_of(&task.name).await;
    house.visits(WANG).enter_result(enter(&visits[0].name, "1")).await.unwrap();
    for other in others {
        assert_eq!(listed(other).await, std::slice::from_ref(&first), "who was visited knows it");
        assert_eq!((dossier(other).await, reference(other).await.as_str()), (1, ""), "{}", other.1);
    }
    // Whom a draw hits is told as before.
    let drawn = house.drawn("UNIFORM", 100).await;
    let list = pb::ListVisitsRequest { task: drawn.name, ..Default::default() };
    let visits = house.visits(ZHAO).list_visits(list).await.unwrap().into_inner().visits;
    assert_eq!(visits.len(), 3);
}

async fn a_clue_names_enterprises_of_its_field_and_all_of_them_get_inspectors(house: House) {
    house.settle(4).await;
    house.employ(4).await;
    let strangers = house.tasks(WANG).create_clue_task(clue(&[0, 9], &[])).await.unwrap_err();
    assert_eq!((strangers.code(), fields(&strangers)), (Code::InvalidArgument, vec!["usccs[1]".to_owned()]));
    let gone = SubjectRow {
        uscc: uscc(3).to_string(),
        name: name(3),
        division: "370103".into(),
        registration_state: "Deregistered".into(),
    };
    let mut tx = house.db.begin_write().await.unwrap();
    put_subjects(&mut tx, vec![gone]).await.unwrap();
    tx.commit().await.unwrap();
    let gone = house.tasks(WANG).create_clue_task(clue(&[3, 0], &[])).await.unwrap_err();
    assert_eq!(fields(&gone), ["usccs[0]"], "there is nothing left to inspect");
    let rumour = pb::CreateClueTaskRequest { ground: "Rumour".into(), ..clue(&[0], &[]) };
    let rumour = house.tasks(WANG).create_clue_task(rumour).await.unwrap_err();
    assert_eq!(fields(&rumour), ["ground"]);
    let foreign = Person("sun", "SE_SUPERV", CITY);
    let foreign = house.tasks(foreign).create_clue_task(clue(&[0], &[])).await.unwrap_err();
    assert_eq!(reason(&foreign), "FIELD_NOT_PERMITTED");
    assert!(
        house
            .tasks(WANG)
            .list_tasks(pb::ListTasksRequest::default())
            .await
            .unwrap()
            .into_inner()
            .tasks
            .is_empty()
    );

    let task = followed(&house, &[0, 1], &[]).await;
    house
        .inspectors(WANG)
        .declare_recusal(pb::DeclareRecusalRequest { recusal: Some(recusal("JN0003", 1)), request_id: id() })
        .await
        .unwrap();
    assert_eq!(
        refused(&house, &task.name, &[(0, &[0, 1])]).await,
        ["assignments"],
        "the other one is forgotten"
    );
    assert_eq!(
        refused(&house, &task.name, &[(0, &[1, 0]), (1, &[2, 3])]).await,
        ["assignments[0].inspector_nos[0]", "assignments[1].inspector_nos[1]"],
        "the office that leads comes first, and nobody who is recused"
    );
    assert_eq!(
        refused(&house, &task.name, &[(0, &[0]), (1, &[2, 1])]).await,
        ["assignments[0].inspector_nos"],
        "two at least"
    );
    // Who left the field meanwhile is visited no more.
    let gone = MarkRow { uscc: uscc(1).to_string(), field: "FOOD".into(), in_force: false };
    let mut tx = house.db.begin_write().await.unwrap();
    put_marks(&mut tx, vec![gone]).await.unwrap();
    tx.commit().await.unwrap();
    house.tasks(LI).assign_inspectors(assign(&task.name, &[(0, &[0, 1])])).await.unwrap();
    assert_eq!(house.visits_of(&task.name).await.len(), 1);
}

async fn others_take_the_place_of_inspectors_until_their_visit_begins(house: House) {
    house.settle(2).await;
    house.employ(4).await;
    let task = assigned(&house, &[0, 1], &[]).await;
    let visits = house.visits_of(&task.name).await;
    let proposal = pb::ProposeReplacementRequest {
        visit: visits[0].name.clone(),
        inspector_no: "JN0000".into(),
        ground: "Ill".into(),
        cited_event: "registry/1".into(),
        request_id: id(),
    };
    let proposed = house.replacements(WANG).propose_replacement(proposal).await.unwrap_err();
    assert_eq!(reason(&proposed), "TASK_NOT_DRAWN");
    let run = pb::RunDrawRequest { name: task.name.clone(), request_id: id() };
    let run = house.tasks(LI).run_draw(run).await.unwrap_err();
    assert_eq!(reason(&run), "TRANSITION_NOT_ALLOWED", "its visits are there, and nothing was drawn");
    house.tasks(LI).assign_inspectors(assign(&task.name, &[(0, &[2, 1])])).await.unwrap();
    let now = house.visits_of(&task.name).await;
    assert_eq!(now[0].inspectors, ["JN0002", "JN0001"]);
    assert_eq!(now[1], visits[1], "of the other visit nothing was said");
    house.visits(WANG).enter_result(enter(&visits[0].name, "1")).await.unwrap();
    let late = house.tasks(LI).assign_inspectors(assign(&task.name, &[(0, &[0, 1])])).await.unwrap_err();
    assert_eq!(fields(&late), ["assignments[0].uscc"]);
    // The task is in progress, and the other visit is still to begin.
    house.tasks(LI).assign_inspectors(assign(&task.name, &[(1, &[2, 3])])).await.unwrap();
    let drawn = house.drawn("UNIFORM", 100).await;
    let drawn = house.tasks(LI).assign_inspectors(assign(&drawn.name, &[(0, &[0, 1])])).await.unwrap_err();
    assert_eq!((drawn.code(), reason(&drawn).as_str()), (Code::FailedPrecondition, "TASK_IS_DRAWN"));
}

async fn of_two_who_assign_at_once_none_is_told_of_a_fault(house: House) {
    house.settle(2).await;
    house.employ(4).await;
    let task = followed(&house, &[0, 1], &[]).await.name;
    let (mut one, mut other) = (house.tasks(LI), house.tasks(Person("chen", "FOOD_PROD", CITY)));
    let answers = tokio::join!(
        one.assign_inspectors(assign(&task, &[(0, &[0, 1]), (1, &[0, 1])])),
        other.assign_inspectors(assign(&task, &[(0, &[2, 3]), (1, &[2, 3])])),
    );
    let answers = [answers.0, answers.1];
    assert!(answers.iter().any(Result::is_ok), "{answers:?}");
    for refused in answers.iter().filter_map(|answer| answer.as_ref().err()) {
        assert_eq!(refused.code(), Code::Aborted, "{refused:?}");
    }
    let visits = house.visits_of(&task).await;
    assert_eq!(visits.len(), 2);
    assert_eq!(visits[0].inspectors, visits[1].inspectors, "both are of one of them");
}

async fn a_task_that_follows_a_clue_is_neither_announced_nor_joined_and_another_person_gives_it_up(
    house: House,
) {
    house.settle(2).await;
    house.employ(2).await;
    let created = house.before(WANG).create_clue_task(clue(&[0], &[])).await.unwrap().into_inner();
    let announced = house.before(WANG).announce_draw(announce(&created.name)).await.unwrap_err();
    assert_eq!(reason(&announced), "TRANSITION_NOT_ALLOWED");
    let mut joining = task("UNIFORM", 100);
    let new = joining.task.as_mut().unwrap();
    (new.field, new.lead_office, new.joins) = ("SE".into(), "SE_SUPERV".into(), created.name.clone());
    let sun = Person("sun", "SE_SUPERV", CITY);
    let joined = house.before(sun).create_task(joining).await.unwrap_err();
    assert_eq!(fields(&joined), ["task.joins"]);
    let cancel = || pb::CancelTaskRequest {
        name: created.name.clone(),
        reason: "投诉已撤回".into(),
        request_id: id(),
    };
    assert_eq!(reason(&house.before(WANG).cancel_task(cancel()).await.unwrap_err()), "FOUR_EYES");
    let cancelled = house.before(LI).cancel_task(cancel()).await.unwrap().into_inner();
    assert_eq!((cancelled.state.as_str(), cancelled.clue_ground.as_str()), ("Cancelled", "Complaint"));
    assert!(duties(&house).await.is_empty());
    let late = house.tasks(LI).assign_inspectors(assign(&created.name, &[(0, &[0, 1])])).await.unwrap_err();
    assert_eq!(reason(&late), "TRANSITION_NOT_ALLOWED");
}

async fn a_visit_on_a_clue_uses_up_no_cap(house: House) {
    let house = house_by(house.db, with_cap(1)).await;
    house.settle(2).await;
    house.employ(4).await;
    let pool_size = async || {
        let drawing = house.before(WANG).create_task(task("UNIFORM", 100)).await.unwrap().into_inner();
        house.before(WANG).announce_draw(announce(&drawing.name)).await.unwrap().into_inner().pool_size
    };
    let on_a_clue = assigned(&house, &[0], &["food.label"]).await;
    assert_eq!(pool_size().await, 2, "before the visit");
    let visit = house.visits_of(&on_a_clue.name).await.remove(0);
    let checks = on_a_clue.items.iter().map(|item| pb::ItemCheck {
        item: item.clone(),
        verdict: "Conforms".into(),
        ..Default::default()
    });
    let checks = Some(pb::VisitChecks { checks: checks.collect() });
    let result = pb::EnterResultRequest { checks, ..enter(&visit.name, "1") };
    house.visits(WANG).enter_result(result).await.unwrap();
    house.visits(LI).review_result(review(&visit.name, true)).await.unwrap();
    assert_eq!(pool_size().await, 2, "and after it");
}

async fn only_a_full_check_on_a_clue_is_one_for_the_plan(house: House) {
    house.settle(2).await;
    house.employ(4).await;
    let task = assigned(&house, &[0], &[]).await;
    let visit = house.visits_of(&task.name).await.remove(0);
    let of = async |at: usize| {
        let plan = drafted(&house, 2027, 100).await;
        let visits = planned(&house, &plan.name).await;
        visits.iter().filter(|visit| visit.uscc == uscc(at).to_string()).count()
    };
    assert_eq!((of(0).await, of(1).await), (1, 1), "what is still to be made stands in no plan");
    house.approve(&visit.name, "1").await;
    assert_eq!((of(0).await, of(1).await), (0, 1), "all of the catalogue was checked");
}

async fn a_visit_on_a_clue_is_not_made_before_its_inspectors_are_assigned(house: House) {
    house.settle(1).await;
    house.employ(4).await;
    // Named on the day before the draw, and assigned on that of the draw.
    let task = house.before(WANG).create_clue_task(clue(&[0], &[])).await.unwrap().into_inner();
    house.tasks(LI).assign_inspectors(assign(&task.name, &[(0, TWO)])).await.unwrap();
    let visit = house.visits_of(&task.name).await.remove(0);
    let early = pb::EnterResultRequest { visited_on: "2026-11-09".into(), ..enter(&visit.name, "1") };
    let early = house.visits(WANG).enter_result(early).await.unwrap_err();
    assert_eq!(fields(&early), ["visited_on"]);
    // Who takes the place of an inspector did not come before.
    house.tasks_later(LI).assign_inspectors(assign(&task.name, &[(0, &[2, 3])])).await.unwrap();
    let before = house.visits_later(WANG).enter_result(enter(&visit.name, "1")).await.unwrap_err();
    assert_eq!(fields(&before), ["visited_on"]);
    let result = pb::EnterResultRequest { visited_on: "2026-12-25".into(), ..enter(&visit.name, "1") };
    house.visits_later(WANG).enter_result(result).await.unwrap();
}

db::conformance! {
    open = house;
    cases = [
        a_clue_leads_to_visits_without_a_draw_that_go_on_as_drawn_ones_do,
        nobody_is_warned_by_what_is_told_of_a_clue_before_anybody_was_visited,
        whoever_makes_no_visits_is_not_told_of_one_on_a_clue_before_it_begins,
        a_clue_names_enterprises_of_its_field_and_all_of_them_get_inspectors,
        others_take_the_place_of_inspectors_until_their_visit_begins,
        of_two_who_assign_at_once_none_is_told_of_a_fault,
        a_task_that_follows_a_clue_is_neither_announced_nor_joined_and_another_person_gives_it_up,
        a_visit_on_a_clue_uses_up_no_cap,
        only_a_full_check_on_a_clue_is_one_for_the_plan,
        a_visit_on_a_clue_is_not_made_before_its_inspectors_are_assigned,
    ];
}
