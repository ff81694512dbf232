//! Collection through a real channel, as one process: who gets in, what is answered, what follows from other feeds.

mod bad_rows;
mod catalogue;
mod contested;
mod decisions;
mod dossiers;
mod follow;
mod harness;
mod import;
mod imports;
mod matches;
mod publication;
mod records;
mod rematch;
mod repaired;
mod ticket_files;
mod tickets;
