//! The pool: objects in byte order, each once, with the strata they stand in.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{DrawError, Ratio, Secret, word};
use crate::merkle::{self, Tree};
use crate::{Digest, sm3};

/// Most objects of one pool; indices fit 32 bits and a proof stays readable.
const MAX_OBJECTS: usize = 10_000_000;

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
    members: Vec<Member>,
    classes: Vec<Class>,
    strata: Vec<PoolStratum>,
}

#[derive(Clone, Debug)]
struct Member {
    object: Box<str>,
    class: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Class {
    stratum: String,
    field: String,
    division: String,
}

impl Pool {
    /// Takes the objects in any order. Ratios of strata without objects are left out of the pool.
    ///
    /// # Errors
    /// When there is no object or too many, one stands twice, its stratum has no ratio, or a name is not allowed.
    pub fn new(
        objects: impl IntoIterator<Item = PoolObject>,
        ratios: &BTreeMap<String, Ratio>,
    ) -> Result<Self, DrawError> {
        let mut classes = Classes::default();
        let mut members = Vec::new();
        for PoolObject { object, stratum, field, division } in objects {
            word::check_object(&object)?;
            if members.len() == MAX_OBJECTS {
                return Err(DrawError::PoolTooLarge(MAX_OBJECTS));
            }
            if !ratios.contains_key(&stratum) {
                return Err(DrawError::UnknownStratum { object, stratum });
            }
            let class = classes.number(Class { stratum, field, division })?;
            members.push(Member { object: object.into_boxed_str(), class });
        }
        if members.is_empty() {
            return Err(DrawError::EmptyPool);
        }
        members.par_sort_unstable_by(|a, b| a.object.cmp(&b.object));
        if let Some(pair) = members.windows(2).find(|pair| pair[0].object == pair[1].object) {
            return Err(DrawError::DuplicateObject(pair[0].object.to_string()));
        }
        let strata = count_strata(&members, &classes.list, ratios);
        Ok(Self { members, classes: classes.list, strata })
    }

    /// Number of objects, at least 1.
    pub fn size(&self) -> u64 {
        self.members.len() as u64
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
        let member = &self.members[index];
        let Class { stratum, field, division } = &self.classes[member.class as usize];
        Entry { object: &member.object, stratum, field, division }
    }

    /// All objects in byte order.
    pub fn entries(&self) -> impl ExactSizeIterator<Item = Entry<'_>> {
        (0..self.members.len()).map(|index| self.entry(index))
    }

    /// The place of an object in the byte order.
    pub fn position(&self, object: &str) -> Option<usize> {
        self.members.binary_search_by(|member| member.object.as_ref().cmp(object)).ok()
    }

    /// The Merkle tree over `object LF hex(blind)`, whose root is announced.
    pub fn tree(&self, secret: &Secret) -> Tree {
        let key = secret.many_macs();
        Tree::of_leaf_hashes(sm3::in_parts(self.members.len(), |part| self.leaves(&key, part)))
    }

    fn leaves(&self, key: &sm3::ManyMacs, part: Range<usize>) -> Vec<Digest> {
        let entry = |number: usize| self.entry(part.start + number);
        let blinds = key.macs(part.len(), |number, to| {
            blinded(entry(number)).iter().for_each(|piece| to.extend_from_slice(piece));
        });
        merkle::leaf_hashes(part.len(), |number, to| write_leaf(entry(number).object, &blinds[number], to))
    }

    /// The blind of the object at `index`, which hides its stratum, field and division in the pool root.
    pub fn blind(&self, index: usize, secret: &Secret) -> Digest {
        secret.key().mac(&blinded(self.entry(index)))
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

    /// The places of the objects of each stratum, in the order of [`Pool::strata`].
    pub(super) fn places_by_stratum(&self) -> Vec<Vec<u32>> {
        let stratum_of: Vec<usize> = self
            .classes
            .iter()
            .map(|class| self.strata.partition_point(|stratum| stratum.name < class.stratum))
            .collect();
        let mut places: Vec<Vec<u32>> =
            self.strata.iter().map(|stratum| Vec::with_capacity(stratum.size as usize)).collect();
        for (place, member) in (0u32..).zip(&self.members) {
            places[stratum_of[member.class as usize]].push(place);
        }
        places
    }
}

/// The leaf of an object in the pool's tree.
pub(super) fn leaf_hash(object: &str, blind: &Digest) -> Digest {
    let mut leaf = Vec::new();
    write_leaf(object, blind, &mut leaf);
    merkle::leaf_hash(&leaf)
}

fn write_leaf(object: &str, blind: &Digest, to: &mut Vec<u8>) {
    to.extend(object.as_bytes());
    to.push(b'\n');
    blind.write_hex(to);
}

/// What the blind of an object is the keyed hash of.
fn blinded(entry: Entry<'_>) -> [&[u8]; 7] {
    let Entry { object, stratum, field, division } = entry;
    let line_feed = b"\n".as_slice();
    let [object, stratum, field, division] = [object, stratum, field, division].map(str::as_bytes);
    [object, line_feed, stratum, line_feed, field, line_feed, division]
}

fn count_strata(members: &[Member], classes: &[Class], ratios: &BTreeMap<String, Ratio>) -> Vec<PoolStratum> {
    let mut of_class = vec![0u64; classes.len()];
    for member in members {
        of_class[member.class as usize] += 1;
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

/// Numbers the distinct (stratum, field, division) of a pool in the order of their first use.
#[derive(Default)]
struct Classes {
    list: Vec<Class>,
    numbers: HashMap<Class, u32>,
}

impl Classes {
    fn number(&mut self, class: Class) -> Result<u32, DrawError> {
        if let Some(&number) = self.numbers.get(&class) {
            return Ok(number);
        }
        word::check("stratum", &class.stratum)?;
        word::check_listed("field", &class.field)?;
        word::check_listed("division", &class.division)?;
        let number = u32::try_from(self.list.len()).map_err(|_| DrawError::PoolTooLarge(MAX_OBJECTS))?;
        self.list.push(class.clone());
        self.numbers.insert(class, number);
        Ok(number)
    }
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
    fn strata_without_objects_are_not_in_the_table() {
        let pool = Pool::new([object(X, "B")], &ratios()).unwrap();
        assert_eq!(pool.strata_lines(), "B\t1\t1\t1\n");
    }

    #[test]
    fn an_empty_pool_is_refused() {
        assert_eq!(Pool::new([], &ratios()).unwrap_err(), DrawError::EmptyPool);
    }

    #[test]
    fn an_object_twice_is_refused_by_name() {
        let refused = Pool::new([object(X, "A"), object(Y, "A"), object(X, "B")], &ratios()).unwrap_err();
        assert_eq!(refused, DrawError::DuplicateObject(X.into()));
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
