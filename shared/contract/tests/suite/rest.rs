//! What holds for every REST path of the contract.

use std::collections::BTreeSet;

use contract::rest::{Body, Rule, rules, rules_of};
use prost_reflect::MethodDescriptor;

use crate::common::methods_of_ours;

/// RPCs of one message each way that have no path, and why.
const WITHOUT_A_PATH: [(&str, &str); 8] = [
    ("xinjian.exchange.v1.Receiver.Deliver", "served by those whom we tell, not by us"),
    ("xinjian.punishment.v1.Parties.CheckParty", "the gateway's own `CheckParty` gives the same answer"),
    ("xinjian.registry.v1.Dossiers.GetDossier", OF_A_PROFILE),
    ("xinjian.collection.v1.Dossiers.GetDossier", OF_A_PROFILE),
    ("xinjian.risk.v1.Dossiers.GetDossier", OF_A_PROFILE),
    ("xinjian.inspection.v1.Dossiers.GetDossier", OF_A_PROFILE),
    ("xinjian.punishment.v1.Dossiers.GetDossier", OF_A_PROFILE),
    ("xinjian.risk.v1.Dossiers.NoteReads", "said by the gateway, which does not ask itself"),
];
const OF_A_PROFILE: &str = "the gateway's `GetProfile` gives what it tells";
/// Services that more than one of our services has: their paths begin with the name of the one that is asked.
const OF_SEVERAL: [&str; 3] =
    ["xinjian.common.v1.Work", "xinjian.exchange.v1.Deliveries", "xinjian.feed.v1.Feed"];

fn assert_none<T: std::fmt::Display>(rule: &str, faults: impl IntoIterator<Item = T>) {
    let faults: Vec<_> = faults.into_iter().map(|fault| fault.to_string()).collect();
    assert!(faults.is_empty(), "{rule}:\n  {}", faults.join("\n  "));
}

#[test]
fn every_rule_can_be_read() {
    let faults = methods_of_ours().flat_map(|rpc| rules_of(&rpc)).filter_map(Result::err);
    assert_none("rules out of line", faults);
    assert!(rules().len() > 130, "{}", rules().len());
}

#[test]
fn every_rpc_of_one_message_each_way_has_a_path_or_a_reason_why_not() {
    let excepted = |rpc: &MethodDescriptor| WITHOUT_A_PATH.iter().any(|(name, _)| *name == rpc.full_name());
    let unary = methods_of_ours().filter(|rpc| !rpc.is_client_streaming() && !rpc.is_server_streaming());
    let odd = unary.filter(|rpc| rules_of(rpc).is_empty() != excepted(rpc));
    assert_none("without a path, or excepted with one", odd.map(|rpc| rpc.full_name().to_owned()));
    let known: BTreeSet<_> = methods_of_ours().map(|rpc| rpc.full_name().to_owned()).collect();
    assert_none(
        "excepted, and gone",
        WITHOUT_A_PATH.iter().map(|(name, _)| *name).filter(|name| !known.contains(*name)),
    );
}

#[test]
fn no_request_fits_two_rules() {
    let of_several = |rule: &Rule| OF_SEVERAL.contains(&rule.rpc.parent_service().full_name());
    let mut faults = Vec::new();
    for (at, one) in rules().iter().enumerate() {
        for two in &rules()[at + 1..] {
            let same_root = of_several(one) == of_several(two);
            if one.method == two.method && same_root && one.path.overlaps(&two.path) {
                faults.push(format!("{} {} and {}", one.method, one.rpc.full_name(), two.rpc.full_name()));
            }
        }
    }
    assert_none("one request for two RPCs", faults);
}

#[test]
fn what_changes_something_is_no_get() {
    let changing = rules().iter().filter(|rule| rule.rpc.input().get_field_by_name("request_id").is_some());
    let odd = changing.filter(|rule| rule.method == "GET");
    assert_none("a GET that changes something", odd.map(|rule| rule.rpc.full_name().to_owned()));
}

#[test]
fn standard_methods_have_the_form_of_the_standard() {
    let odd = rules().iter().filter(|rule| {
        let one_resource = rule.path.verb().is_none();
        match rule.rpc.name() {
            name if name.starts_with("Create") => rule.method != "POST" || rule.body == Body::None,
            name if name.starts_with("Update") => rule.method != "PATCH" || !one_resource,
            name if name.starts_with("Get") || name.starts_with("List") => rule.method != "GET",
            _ => false,
        }
    });
    assert_none("out of line with AIP-131 to AIP-134", odd.map(|rule| rule.rpc.full_name().to_owned()));
}

#[test]
fn no_path_needs_a_stream_in_both_directions() {
    let odd = rules().iter().filter(|rule| rule.rpc.is_client_streaming() && rule.rpc.is_server_streaming());
    assert_none("HTTP cannot carry it", odd.map(|rule| rule.rpc.full_name().to_owned()));
}
