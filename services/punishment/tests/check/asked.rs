//! What can be asked: one party, many, by name; and what is refused.

use contract::punishment::v1::{
    Advice, BatchCheckPartiesRequest, CheckPartyByNameRequest, PartyCandidate, PartyCheck,
};
use domain::Uscc;
use service::error::reason_of;
use tonic::{Code, Status};
use tonic_types::StatusExt;

use super::house::{House, OTHER, PARTY, Replica, TODAY, at, open, question, serious};

const NAME: &str = "济南泉福食品（集团）有限公司";

async fn replica(house: &House) -> Replica {
    house.replica(&house.index().await, at(0)).await
}

fn bad_fields(refused: &Status) -> Vec<String> {
    let violations = refused.get_details_bad_request().unwrap().field_violations;
    violations.into_iter().map(|violation| violation.field).collect()
}

async fn by_name(replica: &Replica, name: &str) -> Result<(Option<PartyCheck>, Vec<PartyCandidate>), Status> {
    let request = CheckPartyByNameRequest {
        party_name: name.to_owned(),
        purpose: "PERMIT".to_owned(),
        ..CheckPartyByNameRequest::default()
    };
    let answer = replica.parties().check_party_by_name(request).await?.into_inner();
    Ok((answer.check, answer.candidates))
}

async fn an_answer_names_advice_entries_measures_bases_edition_and_day(house: House) {
    house.stands(&serious(PARTY, "1", "2023-03-01", None), false).await;
    let check = replica(&house).await.check(PARTY, "").await;
    assert_eq!(check.advice(), Advice::NoNotifyAndCommit);
    assert_eq!((check.as_of.as_str(), check.measures_edition.as_str()), (TODAY, "2024"));
    assert_eq!(check.entries.len(), 1);
    assert_eq!(
        (check.entries[0].term_ends_on.as_str(), check.entries[0].decision_no.as_str()),
        ("2026-03-01", "济市监列〔2023〕1号")
    );
    assert!(check.measures.len() >= 2);
    assert!(check.measures.iter().all(|measure| !measure.legal_basis.is_empty()));
    assert!(check.measures.iter().all(|measure| measure.entry == "seriousCases/1"));
    assert_eq!(check.receipt, None);
}

async fn advice_depends_on_the_purpose_and_every_purpose_is_data(house: House) {
    house.stands(&serious(PARTY, "1", "2023-03-01", None), false).await;
    let replica = replica(&house).await;
    for (purpose, advice) in [
        ("PERMIT", Advice::NoNotifyAndCommit),
        ("PROCUREMENT", Advice::StrictReview),
        ("APPOINTMENT", Advice::StatutoryBar),
        ("PENALTY", Advice::Normal),
    ] {
        let request = contract::punishment::v1::CheckPartyRequest {
            purpose: purpose.to_owned(),
            ..question(PARTY, "")
        };
        let check = replica.parties().check_party(request).await.unwrap().into_inner();
        assert_eq!(check.advice(), advice, "{purpose}");
    }
    let unknown =
        contract::punishment::v1::CheckPartyRequest { purpose: "LUNCH".to_owned(), ..question("1", "x") };
    let refused = replica.parties().check_party(unknown).await.unwrap_err();
    assert_eq!(bad_fields(&refused), ["uscc", "as_of", "purpose"]);
}

async fn nobody_is_told_what_will_stand_on_a_day_to_come(house: House) {
    let replica = replica(&house).await;
    let tomorrow = replica.parties().check_party(question(PARTY, "2024-06-04")).await.unwrap_err();
    assert_eq!(bad_fields(&tomorrow), ["as_of"]);
    assert_eq!(replica.check(PARTY, TODAY).await, replica.check(PARTY, "").await);
}

async fn a_batch_answers_for_each_code_in_its_order(house: House) {
    let codes: Vec<String> = (0..1_000)
        .map(|number| Uscc::compose("91370102", &format!("MA{number:06}")).unwrap().to_string())
        .collect();
    house.stands(&serious(&codes[700], "1", "2023-03-01", None), false).await;
    let replica = replica(&house).await;
    let asking = |usccs: Vec<String>| BatchCheckPartiesRequest {
        usccs,
        purpose: "PERMIT".to_owned(),
        ..BatchCheckPartiesRequest::default()
    };
    let checks =
        replica.parties().batch_check_parties(asking(codes.clone())).await.unwrap().into_inner().checks;
    assert_eq!(checks.iter().map(|check| &check.uscc).collect::<Vec<_>>(), codes.iter().collect::<Vec<_>>());
    let listed: Vec<_> = (0..1_000).filter(|at| !checks[*at].entries.is_empty()).collect();
    assert_eq!(listed, [700]);

    let mut wrong = codes.clone();
    wrong[3] = "91370102MA00000X1X".to_owned();
    wrong[998].clear();
    let refused = replica.parties().batch_check_parties(asking(wrong)).await.unwrap_err();
    assert_eq!(bad_fields(&refused), ["usccs[3]", "usccs[998]"]);
    let many = [codes.as_slice(), &codes[..1]].concat();
    let refused = replica.parties().batch_check_parties(asking(many)).await.unwrap_err();
    assert_eq!(bad_fields(&refused), ["usccs"]);
    assert_eq!(
        replica.parties().batch_check_parties(asking(Vec::new())).await.unwrap().into_inner().checks,
        []
    );
}

async fn a_name_finds_its_party_however_it_is_written_and_after_it_was_changed(house: House) {
    house.stands(&serious(PARTY, "1", "2023-03-01", None), false).await;
    house.called(&[(PARTY, NAME), (OTHER, "济南另一食品有限公司")]).await;
    house.called(&[(PARTY, "济南新泉福食品有限公司")]).await;
    let replica = replica(&house).await;
    for (name, former) in
        [(NAME, true), (" 济南泉福食品(集团)有限公司", true), ("济南 新泉福食品有限公司", false)]
    {
        let (check, candidates) = by_name(&replica, name).await.unwrap();
        assert_eq!(check.unwrap(), replica.check(PARTY, "").await, "{name}");
        assert_eq!(
            candidates.iter().map(|one| (one.uscc.as_str(), one.former)).collect::<Vec<_>>(),
            [(PARTY, former)]
        );
    }
}

async fn several_parties_of_a_name_are_candidates_and_none_is_an_error(house: House) {
    house.called(&[(PARTY, NAME), (OTHER, "济南泉福食品(集团)有限公司")]).await;
    let replica = replica(&house).await;
    let (check, candidates) = by_name(&replica, NAME).await.unwrap();
    assert_eq!(check, None);
    assert_eq!(candidates.iter().map(|one| one.uscc.as_str()).collect::<Vec<_>>(), [PARTY, OTHER]);
    // A part of a name, or a similar one, is no name.
    let unknown = by_name(&replica, "济南泉福食品").await.unwrap_err();
    assert_eq!(
        (unknown.code(), reason_of(&unknown).unwrap().as_str()),
        (Code::NotFound, "PARTY_NAME_UNKNOWN")
    );
}

db::conformance! {
    open = open;
    cases = [
        an_answer_names_advice_entries_measures_bases_edition_and_day,
        advice_depends_on_the_purpose_and_every_purpose_is_data,
        nobody_is_told_what_will_stand_on_a_day_to_come,
        a_batch_answers_for_each_code_in_its_order,
        a_name_finds_its_party_however_it_is_written_and_after_it_was_changed,
        several_parties_of_a_name_are_candidates_and_none_is_an_error,
    ];
}
