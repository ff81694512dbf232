//! The parties that are asked about, and what stands against some of them.

use db::bulk::{self, Cell};
use db::{DatabaseUrl, Db, on};
use domain::Uscc;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// One entry in so many is of the list of serious violators.
const SERIOUS_ONE_IN: u32 = 10;
/// Parties that are asked about.
const QUESTIONS: usize = 20_000;
/// Rows loaded at once.
const ROWS_AT_ONCE: usize = 20_000;
const SEED: u64 = 45;

/// How many parties there are, and which of them have an entry: one in so many.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Town {
    parties: u32,
    listed_one_in: u32,
}

impl Town {
    /// A town of `parties`, of which `entries` are listed.
    pub(crate) fn of(parties: u32, entries: u32) -> anyhow::Result<Self> {
        anyhow::ensure!(entries <= parties, "there are fewer parties than entries: each is of another one");
        Ok(Self { parties, listed_one_in: parties / entries })
    }

    /// How many parties have an entry.
    pub(super) fn entries(self) -> u32 {
        self.parties.div_ceil(self.listed_one_in)
    }

    /// Share of the parties that have an entry.
    pub(super) fn share_listed(self) -> f64 {
        1.0 / f64::from(self.listed_one_in)
    }

    /// Whether the party with this code has an entry.
    pub(super) fn is_listed(self, uscc: &str) -> bool {
        uscc[9..16].parse::<u32>().is_ok_and(|number| number.is_multiple_of(self.listed_one_in))
    }

    /// The parties that are asked about, drawn from all.
    pub(super) fn questions(self) -> Vec<String> {
        let mut random = ChaCha8Rng::seed_from_u64(SEED);
        (0..QUESTIONS).map(|_| uscc(random.random_range(0..self.parties))).collect()
    }
}

/// The code of the party with this number.
pub(super) fn uscc(number: u32) -> String {
    let code =
        Uscc::compose("91370102", &format!("M{number:07}")).expect("digits are of the alphabet of codes");
    code.as_str().to_owned()
}

/// Writes the entries into punishment's database at `url`, as its own decisions would have left them.
pub(super) async fn list(url: &DatabaseUrl, town: Town) -> anyhow::Result<()> {
    const COLUMNS: [&str; 10] = [
        "name",
        "list",
        "uscc",
        "ground",
        "listed_on",
        "term_ends_on",
        "removed_on",
        "decision_no",
        "void",
        "change_no",
    ];
    let db = Db::open(url).await?;
    db.migrate(&[&outbox::MIGRATIONS, &service::MIGRATIONS, &feed::MIGRATIONS, &punishment::MIGRATIONS])
        .await?;
    let entries: Vec<Entry> = (0..town.entries()).map(|number| Entry::new(number, town)).collect();
    for (chunk, entries) in entries.chunks(ROWS_AT_ONCE).enumerate() {
        let mut tx = db.begin_write().await?;
        let rows =
            entries.iter().zip(1..).map(|(entry, row)| entry.cells((chunk * ROWS_AT_ONCE) as i64 + row));
        bulk::insert(&mut tx, "standing", COLUMNS, rows).await?;
        tx.commit().await?;
    }
    const COUNT: &str = "UPDATE standing_version SET change_no = $1 WHERE id = 1";
    let mut tx = db.begin_write().await?;
    let changes = entries.len() as i64;
    on!(tx, |conn| sqlx::query(COUNT).bind(changes).execute(conn).await.map(drop))?;
    tx.commit().await?;
    db.close().await;
    Ok(())
}

/// An entry of one of the two lists.
struct Entry {
    name: String,
    list: &'static str,
    uscc: String,
    ground: &'static str,
    decision_no: String,
}

impl Entry {
    fn new(number: u32, town: Town) -> Self {
        let serious = number.is_multiple_of(SERIOUS_ONE_IN);
        let (collection, list, ground) =
            if serious { ("seriousCases", "SERIOUS", "5-1") } else { ("abnormalEntries", "ABNORMAL", "1") };
        Self {
            name: format!("{collection}/{}", uuid::Uuid::from_u128(u128::from(number))),
            list,
            uscc: uscc(number * town.listed_one_in),
            ground,
            decision_no: format!("济市监列字〔2026〕{number:06}号"),
        }
    }

    fn cells(&self, change_no: i64) -> [Cell<'_>; 10] {
        let no_day = None::<&str>;
        [
            self.name.as_str().into(),
            self.list.into(),
            self.uscc.as_str().into(),
            self.ground.into(),
            "2026-01-05".into(),
            no_day.into(),
            no_day.into(),
            self.decision_no.as_str().into(),
            0_i64.into(),
            change_no.into(),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parties_that_count_as_listed_are_those_with_an_entry() {
        for (parties, entries) in [(1_000, 40), (1_003, 40), (50, 50)] {
            let town = Town::of(parties, entries).unwrap();
            let listed: Vec<_> = (0..parties).map(uscc).filter(|uscc| town.is_listed(uscc)).collect();
            let of_entries: Vec<_> =
                (0..town.entries()).map(|number| Entry::new(number, town).uscc).collect();
            assert_eq!(listed, of_entries, "{entries} of {parties}");
        }
        assert!(Town::of(10, 11).is_err());
    }
}
