//! Risk as its clients meet it: through a real channel, with tokens, and with the feeds of registry and collection.

mod access;
mod backtests;
mod classes;
mod dossiers;
mod feeds;
mod look_back;
mod models;
mod overrides;
mod provincial;
mod runs;
mod server;
mod signals;
