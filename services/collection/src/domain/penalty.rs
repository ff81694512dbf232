//! Rules between the fields of a penalty (concepts §6.2).

use rulebook::Code;

/// Tag of the kinds that are a fine.
const FINE: &str = "fine";
/// Tag of the kinds that take something away.
const CONFISCATION: &str = "confiscation";
/// Tag of the kinds that suspend or revoke a certificate.
const CERTIFICATE: &str = "certificate";
/// Tag of the kinds that are no more than a warning.
const WARNING: &str = "warning";

/// What contradicts what in a penalty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The kinds hold a fine, the amount is missing.
    #[error("must be above 0: the kinds of the penalty hold a fine")]
    FineMissing,
    /// The kinds hold a suspension or revocation, the certificate is missing.
    #[error("must be given: the kinds of the penalty hold the suspension or revocation of a certificate")]
    CertificateMissing,
    /// An amount is fined, and the kinds hold no fine: what was decided cannot be told from that.
    #[error("must be 0: the kinds of the penalty hold no fine")]
    FineUnnamed,
    /// An amount is confiscated, and the kinds hold no confiscation.
    #[error("must be 0: the kinds of the penalty hold no confiscation")]
    ConfiscationUnnamed,
}

impl Fault {
    /// Field of the penalty at fault.
    pub fn field(self) -> &'static str {
        match self {
            Self::FineMissing | Self::FineUnnamed => "fine_fen",
            Self::ConfiscationUnnamed => "confiscated_fen",
            Self::CertificateMissing => "affected_certificate",
        }
    }
}

/// What contradicts what in a penalty of these kinds.
pub fn faults(kinds: &[&Code], fine_fen: i64, affected_certificate: &str) -> impl Iterator<Item = Fault> {
    let has = |tag: &str| kinds.iter().any(|kind| kind.has_tag(tag));
    let fine = (has(FINE) && fine_fen == 0).then_some(Fault::FineMissing);
    let certificate =
        (has(CERTIFICATE) && affected_certificate.trim().is_empty()).then_some(Fault::CertificateMissing);
    fine.into_iter().chain(certificate)
}

/// Which amounts of a penalty its kinds do not hold. A fine beside a warning alone would be taken for a warning, and not be published.
pub fn unnamed(kinds: &[&Code], fine_fen: i64, confiscated_fen: i64) -> impl Iterator<Item = Fault> {
    let has = |tag: &str| kinds.iter().any(|kind| kind.has_tag(tag));
    let fine = (fine_fen > 0 && !has(FINE)).then_some(Fault::FineUnnamed);
    let confiscation = (confiscated_fen > 0 && !has(CONFISCATION)).then_some(Fault::ConfiscationUnnamed);
    fine.into_iter().chain(confiscation)
}

/// Whether a penalty of these kinds is a warning and nothing else.
pub fn is_warning_only(kinds: &[&Code]) -> bool {
    !kinds.is_empty() && kinds.iter().all(|kind| kind.has_tag(WARNING))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rulebook::Rulebook;

    fn found(kinds: &[&str], fine_fen: i64, certificate: &str) -> Vec<Fault> {
        with_kinds(kinds, |kinds| faults(kinds, fine_fen, certificate).collect())
    }

    fn with_kinds<T>(codes: &[&str], test: impl FnOnce(&[&Code]) -> T) -> T {
        let rulebook = Rulebook::builtin();
        let on = domain::parse_date("2026-03-02").unwrap();
        let kinds: Vec<_> =
            codes.iter().map(|code| rulebook.code("penalty_kind", code, on).unwrap()).collect();
        test(&kinds)
    }

    #[test]
    fn a_fine_needs_its_amount() {
        assert_eq!(found(&["1", "3"], 0, ""), [Fault::FineMissing]);
        assert_eq!(found(&["3"], 1, ""), []);
        assert_eq!(found(&["1"], 0, ""), []);
    }

    #[test]
    fn suspension_and_revocation_need_the_certificate() {
        for kind in ["6", "8"] {
            assert_eq!(found(&[kind], 0, " "), [Fault::CertificateMissing], "{kind}");
            assert_eq!(found(&[kind], 0, "SC10137010200018"), []);
        }
        assert_eq!(found(&["3", "8"], 0, ""), [Fault::FineMissing, Fault::CertificateMissing]);
    }

    #[test]
    fn an_amount_needs_the_kind_of_penalty_that_it_is_of() {
        let found = |kinds: &[&str], fine_fen, confiscated_fen| {
            with_kinds(kinds, |kinds| unnamed(kinds, fine_fen, confiscated_fen).collect::<Vec<_>>())
        };
        assert_eq!(found(&["1"], 500_000, 1), [Fault::FineUnnamed, Fault::ConfiscationUnnamed]);
        assert_eq!(found(&["3", "4"], 500_000, 1), []);
        assert_eq!(found(&["5", "8"], 0, 1), []);
        // Things that are worth nothing, and nothing at all.
        assert_eq!(found(&["5"], 0, 0), []);
    }

    #[test]
    fn only_a_warning_alone_is_a_warning_only() {
        for (kinds, only) in [(&["1"][..], true), (&["1", "2"], false), (&["1", "3"], false), (&[], false)] {
            assert_eq!(with_kinds(kinds, is_warning_only), only, "{kinds:?}");
        }
    }
}
