//! Gateway: one enterprise seen whole, one address for every service, and what everyone may see.
//!
//! Inside, it answers officers and systems over gRPC, gRPC-Web and REST: the profile and the timeline of one enterprise, put
//! together from five services (R4), the work of an office and the monthly report (R47-R49), the check of a party, and every RPC
//! of the five, passed on. It asks in the caller's own name, so that each service applies the caller's rights; a part that cannot
//! be had is named with its reason, never shown as empty. Outside, on a listener of its own and without a login, it shows what is
//! published (R5, R53).
//!
//! It owns no data and decides nothing: no database, no queue; what it keeps of answers for a moment (`cache/`) can be lost at any
//! time. The public listener knows only the messages of `xinjian.public.v1`, which have no place for a class, a flag, a reporter or personal data (X1, X3).
//!
//! Start reading at [`serve`], then `parts/` (who is asked, and how long), `cache/`, `timeline/`, `work/`,
//! `report/`, `forward/`, `rest/` and `public/`.

mod api;
mod cache;
mod config;
mod error;
mod forward;
mod labels;
mod openapi;
mod parts;
mod peers;
mod public;
mod rates;
mod redis_link;
mod report;
mod rest;
mod serve;
mod timeline;
mod work;

pub use config::{Config, PeerUrls};
pub use error::Error;
pub use parts::Failure;
pub use serve::serve;
