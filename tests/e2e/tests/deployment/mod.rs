//! Holds `docker-compose.yml` and `deploy/` together without Docker: what they name exists, what they set is taken, and
//! nothing in them is secret, unpinned or run as root.

mod compose;
mod images;
mod instruments;
mod settings;
mod structure;
