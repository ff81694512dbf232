//! The publicity system (国家企业信用信息公示系统, Shandong node).

/// Name of this receiver in the table of deliveries and in the rulebook.
pub const RECEIVER: &str = "publicity";
