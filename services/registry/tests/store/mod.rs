//! What the registry's store promises, on SQLite and on PostgreSQL alike.

mod breaches;
mod classes;
mod commitments;
mod due;
mod enterprises;
mod history;
mod house;
mod licences;
mod marks;
mod parties;
mod permits;
mod places;
mod publicity;
mod races;
mod retention;
mod reviews;
mod third_field;
mod updates;
mod upgrade;

#[test]
fn every_migration_is_listed_for_both_engines() {
    db::testing::assert_same_files(&registry::store::MIGRATIONS, env!("CARGO_MANIFEST_DIR"));
}
