//! Pages of lists: a token that no answer of the list gave is refused, and does not begin the list anew.

use contract::inspection::v1 as pb;
use tonic::{Code, Status};

use crate::house::*;
use crate::plans::drafted;

/// A token of the same list whose key is none of it: with a zero byte behind it.
fn altered(mut token: String) -> String {
    assert!(!token.is_empty(), "the list has another page");
    loop {
        token.push('A');
        if token.len().is_multiple_of(4) {
            return token;
        }
    }
}

fn assert_refused(list: &str, refused: &Status) {
    assert_eq!((refused.code(), fields(refused)), (Code::InvalidArgument, vec!["page_token".to_owned()]));
    assert_eq!(reason(refused), "PAGE_TOKEN_INVALID", "{list}");
}

/// Asks for the first page of one row, and for the next one by a token that was altered.
macro_rules! refuses {
    ($client:expr, $list:ident, $request:expr) => {{
        let request = $request;
        let first = $client.$list(request.clone()).await.unwrap().into_inner();
        let page_token = altered(first.next_page_token.clone());
        let mut request = request;
        request.page_token = first.next_page_token;
        $client.$list(request.clone()).await.unwrap();
        request.page_token = page_token;
        assert_refused(stringify!($list), &$client.$list(request).await.unwrap_err());
    }};
}

async fn a_token_whose_key_cannot_be_read_is_refused_by_every_list(house: House) {
    house.settle(6).await;
    house.employ(8).await;
    let task = house.drawn("UNIFORM", 100).await.name;
    house.announced("UNIFORM", 100).await;
    let visits = house.visits_of(&task).await;
    for visit in &visits[..2] {
        house.approve(&visit.name, "5").await;
        let proposal = pb::ProposeReplacementRequest {
            visit: visits[2].name.clone(),
            inspector_no: visits[2].inspectors[0].clone(),
            ground: "Ill".into(),
            cited_event: "registry/1204".into(),
            request_id: id(),
        };
        house.replacements(WANG).propose_replacement(proposal).await.unwrap();
    }
    let plan = drafted(&house, 2027, 100).await.name;
    drafted(&house, 2026, 100).await;

    refuses!(house.tasks(WANG), list_tasks, pb::ListTasksRequest { page_size: 1, ..Default::default() });
    refuses!(house.visits(WANG), list_visits, pb::ListVisitsRequest { page_size: 1, ..Default::default() });
    let inspectors = pb::ListInspectorsRequest { page_size: 1, ..Default::default() };
    refuses!(house.inspectors(WANG), list_inspectors, inspectors);
    let rectifications = pb::ListRectificationsRequest { page_size: 1, ..Default::default() };
    refuses!(house.rectifications(WANG), list_rectifications, rectifications);
    let replacements = pb::ListReplacementsRequest { task, page_size: 1, ..Default::default() };
    refuses!(house.replacements(WANG), list_replacements, replacements);
    refuses!(house.plans(WANG), list_plans, pb::ListPlansRequest { page_size: 1, ..Default::default() });
    let planned = pb::ListPlannedVisitsRequest { plan, page_size: 1, ..Default::default() };
    refuses!(house.plans(WANG), list_planned_visits, planned);
}

db::conformance! {
    open = house;
    cases = [a_token_whose_key_cannot_be_read_is_refused_by_every_list];
}
