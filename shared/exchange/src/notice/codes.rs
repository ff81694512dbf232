//! The codes of a party beside its credit code.

use super::Facts;

/// Codes of the double-publicity standard (行政相对人代码_2 to _6); what is empty is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PartyCodes<'a> {
    /// Number of the business registration.
    pub registration_no: &'a str,
    /// Organisation code.
    pub organization_code: &'a str,
    /// Number of the tax registration.
    pub tax_no: &'a str,
    /// Number of the certificate of a public institution.
    pub institution_no: &'a str,
    /// Number of the registration of a social organisation.
    pub society_no: &'a str,
}

impl PartyCodes<'_> {
    /// These facts beside others.
    pub(super) fn beside(self, facts: Facts) -> Facts {
        facts
            .text("registration_no", self.registration_no)
            .text("organization_code", self.organization_code)
            .text("tax_no", self.tax_no)
            .text("institution_no", self.institution_no)
            .text("society_no", self.society_no)
    }
}
