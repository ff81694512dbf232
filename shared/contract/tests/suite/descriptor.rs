//! The parts of the contract as data.

use contract::files_of;
use prost_reflect::DescriptorPool;

#[test]
fn the_files_of_a_service_hold_it_and_nothing_that_it_does_not_import() {
    let part = DescriptorPool::decode(files_of(&["xinjian.public.v1.Publications"]).as_slice()).unwrap();
    let service = part.get_service_by_name("xinjian.public.v1.Publications").unwrap();
    let access = part.get_extension_by_name("xinjian.common.v1.access").unwrap();
    assert!(service.methods().all(|method| method.options().has_extension(&access)));
    assert!(part.get_message_by_name("xinjian.risk.v1.RiskClass").is_none());
}

#[test]
fn an_unknown_service_has_no_files() {
    assert!(files_of(&["grpc.health.v1.Health"]).is_empty());
}
