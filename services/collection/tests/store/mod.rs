//! The store on both engines: what is taken, what waits, what is told, and what two transactions at once may not lose.

mod called;
mod check_extension;
mod correct;
mod decisions;
mod derived;
mod derived_publication;
mod duties;
mod erase;
mod file_imports;
mod fixture;
mod import;
mod import_scope;
mod indexes;
mod law;
mod list;
mod matching;
mod objections;
mod provider;
mod publication;
mod publication_end;
mod publish_house;
mod push;
mod races;
mod ready;
mod rematch;
mod remedies;
mod repaired;
mod ticket_care;
mod ticket_files;
mod tickets;
mod untellable;
mod upgrade;
mod withdraw;

#[test]
fn both_engines_have_the_same_migrations() {
    db::testing::assert_same_files(&collection::store::MIGRATIONS, env!("CARGO_MANIFEST_DIR"));
}
