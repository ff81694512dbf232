//! Our side: the model in our own YAML, the evidence of everybody as the engine keeps it, and the run.

use std::ops::Range;
use std::sync::Arc;

use anyhow::Context as _;
use chrono::NaiveDate;
use rayon::prelude::*;
use risk::domain::engine::{Engine, ModelFile, Models};
use risk::domain::evidence::Item;
use risk::domain::scoring::{Items, Score, Scorer};
use risk::rules;
use rulebook::Rulebook;

use super::columns::Columns;

/// Enterprises whose evidence is projected at once.
const AT_ONCE: usize = 5_000;

/// The rules and the models of the bench: its own general model with the shipped combination.
pub(super) struct Rules {
    pub(super) book: Arc<Rulebook>,
    pub(super) models: Arc<Models>,
}

impl Rules {
    pub(super) fn load() -> anyhow::Result<Self> {
        let book = Rulebook::builtin();
        let models = Models::load(&files(&book)?, |id| rules::scheme(&book, id))?;
        Ok(Self { models: Arc::new(models), book })
    }

    pub(super) fn engine(&self, as_of: NaiveDate) -> anyhow::Result<Engine> {
        Ok(self.models.at(as_of, &*self.book)?)
    }

    /// What is kept of the record at a place.
    pub(super) fn project(&self, columns: &Columns, at: usize) -> anyhow::Result<Vec<Item>> {
        let (source, message) = columns.message(at);
        Ok(self.models.project(source, &message)?)
    }
}

/// The model of the bench, and the combination that the rulebook has.
pub(super) fn files(book: &Rulebook) -> anyhow::Result<[ModelFile<'_>; 2]> {
    let own = ModelFile { name: "bench", text: include_str!("model.yaml"), hash: "bench" };
    let combination = book.models().iter().find(|file| file.name == "combine");
    let combination = combination.context("the rulebook has a combination")?;
    Ok([own, ModelFile { name: &combination.name, text: &combination.text, hash: &combination.hash }])
}

/// Everybody's evidence, one enterprise after another.
pub(super) struct Town {
    pub(super) items: Vec<Item>,
    /// Where those of each enterprise lie.
    pub(super) subjects: Vec<Range<usize>>,
}

impl Town {
    /// Projects every record, as its arrival does.
    pub(super) fn of(columns: &Columns, rules: &Rules) -> anyhow::Result<Self> {
        let enterprises = columns.enterprises();
        let parts: Vec<_> = (0..enterprises.div_ceil(AT_ONCE)).collect();
        let part =
            |part: &usize| Self::part(columns, rules, part * AT_ONCE..enterprises.min((part + 1) * AT_ONCE));
        let parts = parts.par_iter().map(part).collect::<anyhow::Result<Vec<_>>>()?;
        let mut town = Self {
            items: Vec::with_capacity(parts.iter().map(|part| part.items.len()).sum()),
            subjects: Vec::with_capacity(enterprises),
        };
        for part in parts {
            town.add(&part);
        }
        Ok(town)
    }

    fn part(columns: &Columns, rules: &Rules, enterprises: Range<usize>) -> anyhow::Result<Self> {
        let mut part = Self { items: Vec::new(), subjects: Vec::with_capacity(enterprises.len()) };
        for enterprise in enterprises {
            let from = part.items.len();
            for at in columns.begin[enterprise]..columns.begin[enterprise + 1] {
                part.items.extend(rules.project(columns, at)?);
            }
            part.items[from..].sort_unstable();
            part.subjects.push(from..part.items.len());
        }
        Ok(part)
    }

    fn add(&mut self, part: &Self) {
        let behind = self.items.len();
        self.items.extend_from_slice(&part.items);
        self.subjects.extend(part.subjects.iter().map(|own| own.start + behind..own.end + behind));
    }

    /// The first `enterprises` of as many copies as it takes, each in memory of its own.
    pub(super) fn of_size(&self, enterprises: usize) -> Self {
        let end = |count: usize| self.subjects[..count].last().map_or(0, |last| last.end);
        let (copies, rest) = (enterprises / self.subjects.len(), enterprises % self.subjects.len());
        let mut town = Self {
            items: Vec::with_capacity(copies * self.items.len() + end(rest)),
            subjects: Vec::with_capacity(enterprises),
        };
        for _ in 0..copies {
            town.add(self);
        }
        town.add(&Self { items: self.items[..end(rest)].to_vec(), subjects: self.subjects[..rest].to_vec() });
        town
    }

    /// The evidence of one enterprise.
    pub(super) fn of_one(&self, subject: &Range<usize>) -> Items<'_> {
        Items::sorted(&self.items[subject.clone()])
    }

    /// The full run: everybody's score with all contributions.
    pub(super) fn run(&self, scorer: &Scorer) -> Vec<Score> {
        scorer.score_all(&self.subjects, |subject| self.of_one(subject))
    }

    /// Reads every item once, on all cores, and does nothing with them but add them up.
    pub(super) fn scan(&self) -> i64 {
        let of_part = |items: &[Item]| {
            let add = |sum: i64, item: &Item| {
                sum.wrapping_add(item.value().e2()).wrapping_add(item.last_day_number().into())
            };
            items.iter().fold(0, add)
        };
        self.items.par_chunks(1 << 16).map(of_part).reduce(|| 0, i64::wrapping_add)
    }

    pub(super) fn bytes(&self) -> usize {
        size_of_val(self.items.as_slice())
    }
}

/// A row of points an enterprise: each indicator, then their sum, in hundredths.
pub(super) fn points(scorer: &Scorer, score: &Score) -> Vec<i32> {
    let each = scorer.contributions(score).into_iter().map(|given| given.points.e2());
    each.chain([score.points.e2()]).map(|e2| i32::try_from(e2).unwrap_or(i32::MAX)).collect()
}
