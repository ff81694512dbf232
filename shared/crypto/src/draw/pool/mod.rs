//! The pool: objects in byte order, each once, with the strata they stand in.

mod classes;
mod objects;
mod root;

use std::borrow::Borrow;
use std::collections::BTreeMap;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{DrawError, Ratio, Secret, word};
use crate::Digest;
use classes::{Class, Classes};
use objects::Objects;

pub(super) use objects::Objects as Names;
pub(super) use root::leaf_hash;

/// Most objects of one pool; indices fit 32 bits and a proof stays readable.
const MAX_OBJECTS: usize = 10_000_000;
/// Objects that one core takes at a time.
const PART: usize = 8_192;

/// One object as it is put into a pool.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PoolObject {
    /// `USCC`, or `USCC/LICENCE` where a licence is inspected.
    pub object: String,
    /// The stratum whose ratio holds for it.
    pub stratum: String,
    /// The supervised field, such as `FOOD`; decides which inspectors are eligible.
    pub field: String,
    /// The division (six digits in Jinan's table); decides which inspectors are eligible.
    pub division: String,
}

/// One stratum as it stands in the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolStratum {
    /// Its name.
    pub name: String,
    /// Objects of the pool in it, at least 1.
    pub size: u64,
    /// The share that is drawn.
    pub ratio: Ratio,
}

/// A view of one object of a [`Pool`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'p> {
    /// The object.
    pub object: &'p str,
    /// Its stratum.
    pub stratum: &'p str,
    /// Its field.
    pub field: &'p str,
    /// Its division.
    pub division: &'p str,
}

/// Objects in byte order with their strata. A pool that exists is valid: not empty, no object twice, a ratio for
/// each stratum. Stratum, field and division are stored once for all objects that share them.
#[derive(Clone, Debug)]
pub struct Pool {
    objects: Objects,
    /// The number of each object's class.
    class_of: Vec<u32>,
    classes: Vec<Class>,
    strata: Vec<PoolStratum>,
}

impl Pool {
    /// Takes the objects in any order. Ratios of strata without objects are left out of the pool.
    ///
    /// # Errors
    /// When there is no object or too many, one stands twice, its stratum has no ratio, or a name is not allowed.
    pub fn new(
        given: impl IntoIterator<Item: Borrow<PoolObject>>,
        ratios: &BTreeMap<String, Ratio>,
    ) -> Result<Self, DrawError> {
        let given = given.into_iter();
        let mut taken = Taken::with_room(given.size_hint().0.min(MAX_OBJECTS));
        for one in given {
            taken.take(one.borrow(), ratios)?;
        }
        Self::of(taken, ratios)
    }

    /// As [`Pool::new`], on all cores.
    ///
    /// # Errors
    /// As [`Pool::new`]: the first of them.
    pub(super) fn of_list(given: &[PoolObject], ratios: &BTreeMap<String, Ratio>) -> Result<Self, DrawError> {
        let part = |given: &[PoolObject]| {
            let mut part = Taken::with_room(given.len());
            given.iter().try_for_each(|one| part.take(one, ratios)).map(|()| part)
        };
        let parts: Vec<Result<Taken, DrawError>> = given.par_chunks(PART).map(part).collect();
        let mut taken = Taken::with_room(given.len().min(MAX_OBJECTS));
        for part in parts {
            taken.append(part?)?;
        }
        Self::of(taken, ratios)
    }

    fn of(taken: Taken, ratios: &BTreeMap<String, Ratio>) -> Result<Self, DrawError> {
        let Taken { mut objects, mut class_of, classes } = taken;
        if class_of.is_empty() {
            return Err(DrawError::EmptyPool);
        }
        if let Some(order) = objects.order() {
            objects = objects.in_order(order.iter().copied());
            class_of = order.into_iter().map(|place| class_of[place as usize]).collect();
            // Names that came in their order came once each: that is what makes it one.
            if let Some(object) = objects.twice() {
                return Err(DrawError::DuplicateObject(object.to_owned()));
            }
        }
        let classes = classes.into_list();
        let strata = count_strata(&class_of, &classes, ratios);
        Ok(Self { objects, class_of, classes, strata })
    }

    /// Number of objects, at least 1.
    pub fn size(&self) -> u64 {
        self.class_of.len() as u64
    }

    /// The strata that hold objects, in byte order of their names.
    pub fn strata(&self) -> &[PoolStratum] {
        &self.strata
    }

    /// The object at a place of the byte order.
    ///
    /// # Panics
    /// Past the last object.
    pub fn entry(&self, index: usize) -> Entry<'_> {
        let Class { stratum, field, division } = &self.classes[self.class_of[index] as usize];
        Entry { object: self.objects.get(index), stratum, field, division }
    }

    /// The name of the object at a place.
    pub(super) fn object(&self, place: u32) -> &[u8] {
        self.objects.bytes(place as usize)
    }

    /// That name as text. Its class, which lies elsewhere in memory, is not read.
    pub(super) fn name(&self, place: u32) -> &str {
        self.objects.get(place as usize)
    }

    /// The names of the objects at places, in their order.
    pub(super) fn names(&self, places: impl ExactSizeIterator<Item = u32>) -> Names {
        self.objects.in_order(places)
    }

    /// All objects in byte order.
    pub fn entries(&self) -> impl ExactSizeIterator<Item = Entry<'_>> {
        (0..self.class_of.len()).map(|index| self.entry(index))
    }

    /// The place of an object in the byte order.
    pub fn position(&self, object: &str) -> Option<usize> {
        self.objects.position(object)
    }

    /// The strata table, a line a stratum, in byte order.
    pub fn strata_lines(&self) -> String {
        let line = |s: &PoolStratum| format!("{}\t{}\t{}\t{}\n", s.name, s.size, s.ratio.p(), s.ratio.q());
        let mut lines: Vec<String> = self.strata.iter().map(line).collect();
        lines.sort_unstable();
        lines.concat()
    }

    /// The keyed hash of the strata table.
    pub fn strata_hash(&self, secret: &Secret) -> Digest {
        secret.key().mac(&[self.strata_lines().as_bytes()])
    }

    /// The number of the class of the object at a place: objects of one class share stratum, field and division.
    pub(super) fn class(&self, place: u32) -> usize {
        self.class_of[place as usize] as usize
    }

    /// The stratum of each class by its place in [`Pool::strata`].
    pub(super) fn strata_of_classes(&self) -> Vec<usize> {
        let stratum_of = |class: &Class| self.strata.partition_point(|stratum| stratum.name < class.stratum);
        self.classes.iter().map(stratum_of).collect()
    }

    /// The places of the objects of each stratum, in the order of [`Pool::strata`].
    pub(super) fn places_by_stratum(&self) -> Vec<Vec<u32>> {
        let stratum_of = self.strata_of_classes();
        let mut places: Vec<Vec<u32>> =
            self.strata.iter().map(|stratum| Vec::with_capacity(stratum.size as usize)).collect();
        for (place, class) in (0u32..).zip(&self.class_of) {
            places[stratum_of[*class as usize]].push(place);
        }
        places
    }
}

/// Objects in the order in which they came, each with its class.
struct Taken {
    objects: Objects,
    class_of: Vec<u32>,
    classes: Classes,
}

impl Taken {
    fn with_room(objects: usize) -> Self {
        Self {
            objects: Objects::with_room(objects, word::USCC_LENGTH),
            class_of: Vec::with_capacity(objects),
            classes: Classes::default(),
        }
    }

    fn take(&mut self, given: &PoolObject, ratios: &BTreeMap<String, Ratio>) -> Result<(), DrawError> {
        let PoolObject { object, stratum, field, division } = given;
        word::check_object(object)?;
        if self.class_of.len() == MAX_OBJECTS {
            return Err(DrawError::PoolTooLarge(MAX_OBJECTS));
        }
        let known = self.classes.count();
        let class = self.classes.number(stratum, field, division)?;
        // The first of a class stands for all of it.
        if class as usize == known && !ratios.contains_key(stratum) {
            let (object, stratum) = (object.clone(), stratum.clone());
            return Err(DrawError::UnknownStratum { object, stratum });
        }
        self.objects.push(object);
        self.class_of.push(class);
        Ok(())
    }

    /// Takes what others have taken behind these.
    fn append(&mut self, others: Self) -> Result<(), DrawError> {
        if self.class_of.len() + others.class_of.len() > MAX_OBJECTS {
            return Err(DrawError::PoolTooLarge(MAX_OBJECTS));
        }
        let number = |class: &Class| self.classes.number(&class.stratum, &class.field, &class.division);
        let numbers: Vec<u32> = others.classes.into_list().iter().map(number).collect::<Result<_, _>>()?;
        self.class_of.extend(others.class_of.iter().map(|class| numbers[*class as usize]));
        self.objects.append(&others.objects);
        Ok(())
    }
}

fn count_strata(class_of: &[u32], classes: &[Class], ratios: &BTreeMap<String, Ratio>) -> Vec<PoolStratum> {
    let mut of_class = vec![0u64; classes.len()];
    for class in class_of {
        of_class[*class as usize] += 1;
    }
    let mut sizes: BTreeMap<&str, u64> = BTreeMap::new();
    for (class, count) in classes.iter().zip(of_class) {
        *sizes.entry(&class.stratum).or_default() += count;
    }
    let stratum = |(name, size): (&str, u64)| {
        ratios.get(name).map(|&ratio| PoolStratum { name: name.to_owned(), size, ratio })
    };
    sizes.into_iter().filter_map(stratum).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(code: &str, stratum: &str) -> PoolObject {
        PoolObject {
            object: code.into(),
            stratum: stratum.into(),
            field: "FOOD".into(),
            division: "370102".into(),
        }
    }

    fn ratios() -> BTreeMap<String, Ratio> {
        [("A".into(), Ratio::new(1, 2).unwrap()), ("B".into(), Ratio::new(1, 1).unwrap())].into()
    }

    const X: &str = "91370102MA4J283FE6";
    const Y: &str = "91370102MA4J283FE7";

    #[test]
    fn objects_stand_in_byte_order_whatever_order_they_came_in() {
        let pool = Pool::new([object(Y, "A"), object(X, "B")], &ratios()).unwrap();
        assert_eq!(pool.entries().map(|entry| entry.object).collect::<Vec<_>>(), [X, Y]);
        assert_eq!(pool.position(Y), Some(1));
        assert_eq!(pool.position("91370102MA4J283FE8"), None);
        assert_eq!(pool.places_by_stratum(), [[1], [0]]);
    }

    #[test]
    fn a_list_taken_in_parts_is_the_pool_that_its_objects_make_one_by_one() {
        let strata = ["A", "B", "B"];
        let list: Vec<PoolObject> = (0..2 * PART + 5)
            .map(|number| PoolObject {
                division: format!("3701{:02}", number / 1_000),
                ..object(&format!("91370102{number:010}"), strata[number % 3])
            })
            .collect();
        let [parts, whole] =
            [Pool::of_list(&list, &ratios()), Pool::new(&list, &ratios())].map(Result::unwrap);
        assert!(parts.entries().eq(whole.entries()));
        assert_eq!(
            (parts.class_of, parts.classes, parts.strata),
            (whole.class_of, whole.classes, whole.strata)
        );
    }

    #[test]
    fn of_a_list_taken_in_parts_the_first_wrong_object_is_named() {
        let mut list: Vec<PoolObject> =
            (0..3 * PART).map(|number| object(&format!("91370102{number:010}"), "A")).collect();
        for wrong in [2 * PART + 1, PART + 1] {
            list[wrong].stratum = "C".into();
            let refused =
                DrawError::UnknownStratum { object: list[wrong].object.clone(), stratum: "C".into() };
            assert_eq!(Pool::of_list(&list, &ratios()).unwrap_err(), refused);
        }
        assert_eq!(Pool::of_list(&[], &ratios()).unwrap_err(), DrawError::EmptyPool);
    }

    #[test]
    fn strata_without_objects_are_not_in_the_table() {
        let pool = Pool::new([object(X, "B")], &ratios()).unwrap();
        assert_eq!(pool.strata_lines(), "B\t1\t1\t1\n");
    }

    #[test]
    fn an_empty_pool_is_refused() {
        assert_eq!(Pool::new(Vec::<PoolObject>::new(), &ratios()).unwrap_err(), DrawError::EmptyPool);
    }

    #[test]
    fn an_object_twice_is_refused_by_name() {
        let refused = Pool::new([object(X, "A"), object(Y, "A"), object(X, "B")], &ratios()).unwrap_err();
        assert_eq!(refused, DrawError::DuplicateObject(X.into()));
    }

    #[test]
    fn an_object_twice_in_a_row_is_refused_too() {
        for given in [vec![X, X], vec![X, X, Y], vec![X, Y, Y]] {
            let refused = Pool::new(given.iter().map(|code| object(code, "A")), &ratios()).unwrap_err();
            assert_eq!(refused, DrawError::DuplicateObject(given[1].into()), "{given:?}");
        }
    }

    #[test]
    fn an_object_in_a_stratum_without_ratio_is_refused() {
        let refused = Pool::new([object(X, "C")], &ratios()).unwrap_err();
        assert_eq!(refused, DrawError::UnknownStratum { object: X.into(), stratum: "C".into() });
    }

    #[test]
    fn a_separator_in_a_name_is_refused() {
        let mut bad = object(X, "A");
        bad.field = "FOOD\tSE".into();
        assert!(matches!(Pool::new([bad], &ratios()), Err(DrawError::Word(_))));
    }
}
