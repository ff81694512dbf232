//! Credit China (信用中国), the chain of double publicity (双公示).

/// Name of this receiver in the table of deliveries and in the rulebook.
pub const RECEIVER: &str = "credit-china";
