//! A place in a list at which no page of it ended.

use db::Fingerprint;
use registry::Error;
use registry::store::commitment::{BreachFilter, CommitmentFilter, TemplateFilter};
use registry::store::{Cut, MarkFilter};
use tonic_types::StatusExt;

use crate::store::house::{A, House, officer, open, uscc};

/// Path of the field that an answer finds wrong.
fn refused_field<T>(answer: Result<T, Error>) -> String {
    let Err(error) = answer else { return "nothing".into() };
    let details = tonic::Status::from(error).get_details_bad_request();
    details.map_or_else(|| "no field".into(), |details| details.field_violations[0].field.clone())
}

async fn a_place_at_which_no_page_ended_is_refused_and_begins_no_list_anew(house: House) {
    house.import(1, &[(A, "甲")]).await.unwrap();
    let store = &house.store;
    let present = store.enterprise(&uscc(A)).await.unwrap();
    let scope = officer("LEGAL", &["370100"]).scope();
    let (uscc, field) = (String::new(), String::new());
    let marks = MarkFilter {
        scope: scope.clone(),
        uscc: uscc.clone(),
        field: field.clone(),
        state: None,
        only_public: false,
    };
    let letters =
        CommitmentFilter { scope: scope.clone(), uscc, field: field.clone(), state: None, public_on: None };
    let texts = TemplateFilter { scope: scope.clone(), field: field.clone() };
    let breaches = BreachFilter { scope, field, only_open: false };
    for after in ["x", "/", "x/", "/1", "/x"] {
        let cut = Cut { size: 9, fingerprint: Fingerprint::of(&["list"]), after: after.to_owned() };
        let refused = [
            refused_field(store.versions(present.clone(), &cut).await),
            refused_field(store.marks(&marks, &cut).await),
            refused_field(store.commitments(&letters, &cut).await),
            refused_field(store.templates(&texts, &cut).await),
            refused_field(store.breaches(&breaches, &cut).await),
        ];
        assert_eq!(refused, ["page_token"; 5], "{after}");
    }
}

db::conformance! { open = open; cases = [a_place_at_which_no_page_ended_is_refused_and_begins_no_list_anew] }
