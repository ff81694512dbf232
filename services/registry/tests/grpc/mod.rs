//! The registry as its clients meet it: through a real channel, with tokens, and with a feed of permits to follow.

mod access;
mod breaches;
mod commitments;
mod dossiers;
mod enterprises;
mod history;
mod marks;
mod parties;
mod permits;
mod push;
mod reviews;
mod search;
mod server;
mod third_field;
