//! A text is a mapping, or is refused in words.
#![no_main]

#[path = "../../services/standalone/src/import/expression.rs"]
#[allow(dead_code, unreachable_pub)]
mod expression;
#[path = "../../services/standalone/src/import/mapping.rs"]
#[allow(dead_code, unreachable_pub)]
mod mapping;
#[path = "../../services/standalone/src/import/near.rs"]
mod near;
#[path = "../../services/standalone/src/import/synthetic.rs"]
#[allow(dead_code, unreachable_pub)]
mod synthetic;

use libfuzzer_sys::fuzz_target;
use mapping::Mapping;

fuzz_target!(|text: &str| {
    match Mapping::parse(text, "m.yaml") {
        Ok(mapping) => assert!(!mapping.outputs.is_empty()),
        Err(problem) => assert!(problem.to_string().starts_with("`m.yaml`")),
    }
});
