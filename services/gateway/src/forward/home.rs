//! Which service has which RPCs.

use contract::descriptors;

/// One of the five services.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Home {
    Registry,
    Collection,
    Risk,
    Inspection,
    Punishment,
}

use Home::{Collection, Inspection, Punishment, Registry, Risk};

/// Packages and services of the contract, and who serves them. What is not named here is the gateway's own, or served by
/// others.
static SERVED_BY: [(&str, &[Home]); 10] = [
    ("xinjian.registry.v1.", &[Registry]),
    ("xinjian.collection.v1.", &[Collection]),
    ("xinjian.risk.v1.", &[Risk]),
    ("xinjian.inspection.v1.", &[Inspection]),
    ("xinjian.punishment.v1.", &[Punishment]),
    ("xinjian.common.v1.Work", &[Registry, Collection, Risk, Inspection, Punishment]),
    ("xinjian.common.v1.Figures", &[Registry, Collection, Risk, Inspection, Punishment]),
    ("xinjian.common.v1.Reads", &[Registry, Collection, Risk, Inspection, Punishment]),
    ("xinjian.feed.v1.Feed", &[Registry, Collection, Risk, Inspection, Punishment]),
    ("xinjian.exchange.v1.Deliveries", &[Registry, Collection, Punishment]),
];

impl Home {
    /// All of them, in the order in which answers of several are shown.
    pub(crate) const ALL: [Self; 5] = [Registry, Collection, Risk, Inspection, Punishment];

    /// Its place in [`Home::ALL`].
    pub(crate) fn index(self) -> usize {
        self as usize
    }

    /// Its name, as in addresses and settings.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Registry => "registry",
            Collection => "collection",
            Risk => "risk",
            Inspection => "inspection",
            Punishment => "punishment",
        }
    }
}

/// Who serves the service of this full name; more than one for what every service has of its own.
pub(crate) fn homes_of(service: &str) -> &'static [Home] {
    let found = SERVED_BY.iter().find(|(name, _)| match name.strip_suffix('.') {
        Some(_) => service.starts_with(name),
        None => service == *name,
    });
    found.map_or(&[][..], |(_, homes)| *homes)
}

/// Full names of the services that are passed on.
pub(crate) fn passed_on() -> Vec<String> {
    let names = descriptors().services().map(|service| service.full_name().to_owned());
    names.filter(|name| !homes_of(name).is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_service_of_the_contract_has_a_home_is_ours_or_is_served_by_others() {
        let homeless: Vec<_> = descriptors()
            .services()
            .map(|service| service.full_name().to_owned())
            .filter(|name| homes_of(name).is_empty())
            .collect();
        assert_eq!(
            homeless,
            [
                "xinjian.exchange.v1.Receiver",
                "xinjian.gateway.v1.Profiles",
                "xinjian.gateway.v1.DispatchReports",
                "xinjian.gateway.v1.WorkLists",
                "xinjian.public.v1.Publications"
            ]
        );
    }

    #[test]
    fn every_home_stands_at_its_place() {
        for (index, home) in Home::ALL.into_iter().enumerate() {
            assert_eq!(home.index(), index);
        }
    }

    #[test]
    fn what_several_have_has_several_homes() {
        assert_eq!(homes_of("xinjian.risk.v1.Runs"), [Risk]);
        assert_eq!(homes_of("xinjian.common.v1.Work").len(), 5);
        assert_eq!(homes_of("xinjian.common.v1.Workers"), []);
    }
}
