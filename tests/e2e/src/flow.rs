//! Which service follows which kinds of event, and which kinds it may tell because of them. The table is the map of the whole that no
//! service has; one test holds it against the code of the services and free of cycles, another against what a city really does.

/// A service follows a kind.
#[derive(Clone, Copy, Debug)]
pub struct Follows {
    /// The service that reads.
    pub service: &'static str,
    /// The kind of event that it reads.
    pub kind: &'static str,
    /// Kinds that it may tell by reason of such an event; none for copies that are only read.
    pub tells: &'static [&'static str],
}

const fn follows(service: &'static str, kind: &'static str, tells: &'static [&'static str]) -> Follows {
    Follows { service, kind, tells }
}

const ATTACHED: &[&str] = &[
    "collection.record.attached",
    "collection.record.elsewhere",
    "collection.ticket.attached",
    "collection.party.moved",
];
const DERIVED: &[&str] = &[
    "collection.record.accepted",
    "collection.record.changed",
    "collection.record.withdrawn",
    "collection.objection.changed",
];
/// What has been published is as it was approved, or has been brought up to date; what it says now is told where it was shown.
const RESULT_SHOWN: &[&str] =
    &["collection.record.accepted", "collection.record.changed", "collection.record.publication_changed"];
const SHOWN: &[&str] = &["collection.record.publication_changed"];
const MARKED: &[&str] = &["registry.licence.recorded", "registry.licence.left", "registry.mark.changed"];
const CLASSED: &[&str] = &["risk.class.changed"];
/// What records trigger without a listing; told by a job that follows the copy of the records.
const MEASURED: &[&str] = &["punishment.measure.changed"];

/// Everything that follows something.
pub const FLOW: &[Follows] = &[
    follows("collection", "registry.enterprise.registered", ATTACHED),
    follows("collection", "registry.enterprise.changed", ATTACHED),
    follows("collection", "registry.breach.confirmed", DERIVED),
    follows("collection", "registry.breach.closed", DERIVED),
    follows("collection", "registry.party.erased", &[]),
    follows("collection", "inspection.result.approved", DERIVED),
    follows("collection", "inspection.result.published", RESULT_SHOWN),
    follows("collection", "punishment.abnormal.changed", DERIVED),
    follows("collection", "punishment.serious.changed", DERIVED),
    follows("collection", "punishment.repair.granted", SHOWN),
    follows("collection", "punishment.repair.revoked", SHOWN),
    follows("registry", "collection.record.accepted", MARKED),
    follows("registry", "collection.record.attached", MARKED),
    follows("registry", "collection.record.changed", MARKED),
    follows("registry", "collection.record.corrected", MARKED),
    follows("registry", "collection.record.detached", MARKED),
    follows("registry", "collection.record.suspended", MARKED),
    follows("registry", "collection.record.resumed", MARKED),
    follows("registry", "collection.record.withdrawn", MARKED),
    follows("registry", "collection.record.erased", &[]),
    follows("registry", "risk.attention.changed", &[]),
    follows("registry", "risk.class.changed", &[]),
    follows("registry", "inspection.result.approved", &[]),
    follows("risk", "registry.enterprise.registered", CLASSED),
    follows("risk", "registry.enterprise.changed", CLASSED),
    follows("risk", "registry.licence.recorded", CLASSED),
    follows("risk", "registry.mark.changed", CLASSED),
    follows("risk", "registry.breach.confirmed", CLASSED),
    follows("risk", "registry.breach.closed", CLASSED),
    follows("risk", "collection.record.accepted", CLASSED),
    follows("risk", "collection.record.attached", CLASSED),
    follows("risk", "collection.record.changed", CLASSED),
    follows("risk", "collection.record.corrected", CLASSED),
    follows("risk", "collection.record.detached", CLASSED),
    follows("risk", "collection.record.suspended", CLASSED),
    follows("risk", "collection.record.resumed", CLASSED),
    follows("risk", "collection.record.withdrawn", CLASSED),
    follows("risk", "collection.record.erased", &[]),
    follows("risk", "collection.ticket.accepted", CLASSED),
    follows("risk", "collection.ticket.attached", CLASSED),
    follows("risk", "collection.ticket.changed", CLASSED),
    follows("risk", "collection.ticket.detached", CLASSED),
    follows("inspection", "registry.enterprise.registered", &[]),
    follows("inspection", "registry.enterprise.changed", &[]),
    follows("inspection", "registry.mark.changed", &[]),
    follows("inspection", "collection.record.accepted", &[]),
    follows("inspection", "collection.record.attached", &[]),
    follows("inspection", "collection.record.changed", &[]),
    follows("inspection", "collection.record.corrected", &[]),
    follows("inspection", "collection.record.detached", &[]),
    follows("inspection", "collection.record.erased", &[]),
    follows("inspection", "collection.ticket.accepted", &[]),
    follows(
        "inspection",
        "collection.record.withdrawn",
        &["inspection.result.withdrawn", "inspection.rectification.lifted"],
    ),
    follows("inspection", "risk.class.changed", &[]),
    follows("inspection", "risk.attention.changed", &[]),
    follows("inspection", "risk.signal.changed", &[]),
    follows("inspection", "punishment.measure.changed", &[]),
    follows("inspection", "punishment.serious.changed", &[]),
    follows("punishment", "inspection.result.approved", &["punishment.abnormal.changed"]),
    follows(
        "punishment",
        "collection.record.withdrawn",
        &["punishment.serious.basis_fell", "punishment.measure.changed"],
    ),
    follows("punishment", "registry.enterprise.changed", &["punishment.abnormal.changed"]),
    follows("punishment", "collection.record.accepted", MEASURED),
    follows("punishment", "collection.record.attached", MEASURED),
    follows("punishment", "collection.record.changed", MEASURED),
    follows("punishment", "collection.record.corrected", MEASURED),
    follows("punishment", "collection.record.detached", MEASURED),
    follows("punishment", "collection.record.erased", MEASURED),
    follows("punishment", "collection.record.publication_changed", &[]),
    follows("punishment", "collection.record.resumed", MEASURED),
    follows("punishment", "collection.record.suspended", MEASURED),
    follows("punishment", "registry.enterprise.registered", &[]),
    follows("punishment", "risk.attention.changed", &[]),
];
