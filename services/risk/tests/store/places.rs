//! A place in a list at which no page of it ended.

use risk::Error;
use risk::store::{ChangeFilter, ClassFilter, Ended, OverrideFilter, SignalFilter, Store};
use tonic_types::StatusExt;

use crate::support::{credit, cut, full_run, today};

/// Path of the field that an answer finds wrong.
fn refused_field<T>(answer: Result<T, Error>) -> String {
    let Err(error) = answer else { return "nothing".into() };
    let details = tonic::Status::from(error).get_details_bad_request();
    details.map_or_else(|| "no field".into(), |details| details.field_violations[0].field.clone())
}

async fn a_place_at_which_no_page_ended_is_refused_and_begins_no_list_anew(store: Store) {
    full_run(&store, 1, today()).await;
    let scope = credit("li").scope();
    let (uscc, field) = (String::new(), String::new());
    let classes = ClassFilter {
        scope: scope.clone(),
        uscc: uscc.clone(),
        field: field.clone(),
        code: String::new(),
        today: today(),
    };
    let changes = ChangeFilter {
        scope: scope.clone(),
        run: "run-1".to_owned(),
        field: field.clone(),
        shadow_model: String::new(),
    };
    let overrides = OverrideFilter { scope: scope.clone(), uscc: uscc.clone(), field: field.clone() };
    let signals = SignalFilter { scope, uscc, field, states: Vec::new(), ended: Ended::Listed };
    for after in ["x", "/", "/x", "1/"] {
        let cut = cut(9, after);
        let refused = [
            refused_field(store.classes(&classes, &cut).await),
            refused_field(store.run_changes(&changes, &cut).await),
            refused_field(store.overrides(&overrides, &cut).await),
            refused_field(store.signals(&signals, &cut).await),
            refused_field(store.scans(&cut).await),
            refused_field(store.runs(&cut).await),
        ];
        assert_eq!(refused, ["page_token"; 6], "{after}");
    }
    // No moment, where the latest comes first.
    let no_moment = cut(9, "soon/run-1");
    assert_eq!(refused_field(store.runs(&no_moment).await), "page_token");
    assert_eq!(refused_field(store.signals(&signals, &no_moment).await), "page_token");
}

db::conformance! {
    open = crate::support::store;
    cases = [a_place_at_which_no_page_ended_is_refused_and_begins_no_list_anew]
}
