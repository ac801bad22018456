//! [`Map`]: a sorted list as a map. For this crate alone also a set, and sorts.
//!
//! The standard library's sorts, `BTreeMap` and `BTreeSet` are compiled anew for each type of element.
//! For the types of this crate they would be a third of its code, which every user's build compiles.
//! Here only a few lines depend on the type, because the search and the sort work with indices. An
//! insertion moves all later elements, which is fast enough for the calls of an ABI and the entries
//! of a profile.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::{fmt, iter, mem, slice};

/// Sorts a list. Equal elements keep their order.
pub(crate) fn sort<T: Ord>(list: &mut [T]) {
    sort_by(list, |a, b| a.cmp(b));
}

/// Sorts a list by a key of its elements. Elements with equal keys keep their order.
pub(crate) fn sort_by_key<T, K: Ord>(list: &mut [T], key: impl Fn(&T) -> K) {
    sort_by(list, |a, b| key(a).cmp(&key(b)));
}

fn sort_by<T>(list: &mut [T], compare: impl Fn(&T, &T) -> Ordering) {
    let order = order(list.len(), &|a, b| compare(&list[a], &list[b]));
    for (a, b) in swaps(order) {
        list.swap(a, b);
    }
}

/// Sorts a list and keeps only the first of equal elements.
pub(crate) fn sort_unique<T: Ord>(list: &mut Vec<T>) {
    if (1..list.len()).all(|at| list[at - 1] < list[at]) {
        return;
    }
    let compare = |a: usize, b: usize| list[a].cmp(&list[b]);
    let (order, kept) = first_of_equal(order(list.len(), &compare), &compare);
    for (a, b) in swaps(order) {
        list.swap(a, b);
    }
    list.truncate(kept);
}

/// Returns the indices of elements in the order of the elements.
fn order(count: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by(|&a, &b| compare(a, b));
    order
}

/// Moves the indices of elements that equal an earlier one to the end. Returns how many others there
/// are.
fn first_of_equal(
    order: Vec<usize>,
    compare: &dyn Fn(usize, usize) -> Ordering,
) -> (Vec<usize>, usize) {
    let mut kept: Vec<usize> = Vec::with_capacity(order.len());
    let mut others = Vec::new();
    for at in order {
        match kept.last() {
            Some(&last) if compare(last, at).is_eq() => others.push(at),
            _ => kept.push(at),
        }
    }
    let count = kept.len();
    kept.append(&mut others);
    (kept, count)
}

/// Returns the swaps, one after the other, that move every element from `order[place]` to `place`.
fn swaps(mut order: Vec<usize>) -> Vec<(usize, usize)> {
    let mut swaps = Vec::new();
    for start in 0..order.len() {
        // A cycle of the permutation.
        let mut place = start;
        while order[place] != start {
            let from = order[place];
            swaps.push((place, from));
            order[place] = place;
            place = from;
        }
        order[place] = place;
    }
    swaps
}

/// Returns the place of an element in a sorted list, or the place where it belongs. `compare` compares
/// the element at a place with it.
fn place(count: usize, compare: &dyn Fn(usize) -> Ordering) -> Result<usize, usize> {
    let (mut low, mut high) = (0, count);
    while low < high {
        let middle = low + (high - low) / 2;
        match compare(middle) {
            Ordering::Less => low = middle + 1,
            Ordering::Equal => return Ok(middle),
            Ordering::Greater => high = middle,
        }
    }
    Err(low)
}

/// A set, sorted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Set<T>(Vec<T>);

impl<T: Ord> Set<T> {
    pub(crate) const fn new() -> Set<T> {
        Set(Vec::new())
    }

    /// Returns the set of the elements of a list.
    pub(crate) fn from(mut list: Vec<T>) -> Set<T> {
        sort_unique(&mut list);
        Set(list)
    }

    /// Inserts an element. Returns whether the set had no such element.
    pub(crate) fn insert(&mut self, element: T) -> bool {
        let place = place(self.0.len(), &|at| self.0[at].cmp(&element));
        match place {
            Ok(_) => false,
            Err(place) => {
                self.0.insert(place, element);
                true
            }
        }
    }

    /// Returns whether an element is in the set.
    pub(crate) fn contains(&self, element: &T) -> bool {
        place(self.0.len(), &|at| self.0[at].cmp(element)).is_ok()
    }
}

/// A map, sorted by its keys: a small [`BTreeMap`](std::collections::BTreeMap). To insert or remove a
/// key takes time proportional to the number of later keys.
#[derive(Clone, PartialEq, Eq)]
pub struct Map<K, V>(Vec<(K, V)>);

impl<K: Ord, V> Map<K, V> {
    /// Returns an empty map.
    pub const fn new() -> Map<K, V> {
        Map(Vec::new())
    }

    fn place<Q: Ord + ?Sized>(&self, key: &Q) -> Result<usize, usize>
    where
        K: Borrow<Q>,
    {
        place(self.0.len(), &|at| self.0[at].0.borrow().cmp(key))
    }

    /// Returns whether the map has a key.
    pub fn contains_key<Q: Ord + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.place(key).is_ok()
    }

    /// Returns the value of a key.
    pub fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        Some(&self.0[self.place(key).ok()?].1)
    }

    /// Returns the value of a key, to change it.
    pub fn get_mut<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        let place = self.place(key).ok()?;
        Some(&mut self.0[place].1)
    }

    /// Returns the value of a key, which is `value` if the key is new.
    pub(crate) fn get_or_insert(&mut self, key: K, value: V) -> &mut V {
        let place = match self.place(&key) {
            Ok(place) => place,
            Err(place) => {
                self.0.insert(place, (key, value));
                place
            }
        };
        &mut self.0[place].1
    }

    /// Sets the value of a key. Returns the value that it had.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        match self.place(&key) {
            Ok(place) => Some(mem::replace(&mut self.0[place].1, value)),
            Err(place) => {
                self.0.insert(place, (key, value));
                None
            }
        }
    }

    /// Removes a key. Returns the value that it had.
    pub fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let place = self.place(key).ok()?;
        Some(self.0.remove(place).1)
    }

    /// Returns the entries whose keys are from `first` to `last`, in order.
    pub(crate) fn range(&self, first: &K, last: &K) -> &[(K, V)] {
        let (Ok(start) | Err(start)) = self.place(first);
        let end = match self.place(last) {
            Ok(end) => end + 1,
            Err(end) => end,
        };
        self.0.get(start..end).unwrap_or_default()
    }

    /// Returns the number of keys.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns whether the map has no key.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the keys and values, sorted by the keys.
    pub fn iter(&self) -> Iter<'_, K, V> {
        self.0.iter().map(|(key, value)| (key, value))
    }

    /// Returns the keys and values, sorted by the keys.
    pub(crate) fn into_entries(self) -> Vec<(K, V)> {
        self.0
    }

    /// Returns the keys, sorted.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &K> {
        self.0.iter().map(|(key, _)| key)
    }

    /// Returns the values, sorted by their keys.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &V> {
        self.0.iter().map(|(_, value)| value)
    }
}

/// The keys and values of a [`Map`].
pub type Iter<'a, K, V> = iter::Map<slice::Iter<'a, (K, V)>, fn(&'a (K, V)) -> (&'a K, &'a V)>;

impl<'a, K: Ord, V> IntoIterator for &'a Map<K, V> {
    type Item = (&'a K, &'a V);
    type IntoIter = Iter<'a, K, V>;

    fn into_iter(self) -> Iter<'a, K, V> {
        self.iter()
    }
}

impl<K: Ord + fmt::Debug, V: fmt::Debug> fmt::Debug for Map<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self).finish()
    }
}

impl<K: Ord, V> Default for Map<K, V> {
    fn default() -> Map<K, V> {
        Map::new()
    }
}

impl<K: Ord, V> FromIterator<(K, V)> for Map<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Map<K, V> {
        let mut map = Map::new();
        map.extend(entries);
        map
    }
}

impl<K: Ord, V> Extend<(K, V)> for Map<K, V> {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, entries: I) {
        for (key, value) in entries {
            self.insert(key, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{BTreeMap, BTreeSet};

    /// Lists of up to nine of five elements, which are told apart by their places.
    fn lists() -> Vec<Vec<(u32, usize)>> {
        let mut lists = Vec::new();
        for seed in 0..4096_u32 {
            let random = |at: u32| seed.wrapping_mul(2_654_435_761).rotate_left(3 * at) % 5;
            let list = (0..seed % 10).map(|at| (random(at), at as usize));
            lists.push(list.collect());
        }
        lists
    }

    #[test]
    fn sorts_as_the_standard_library_does() {
        for list in lists() {
            let mut wanted = list.clone();
            wanted.sort_by_key(|(key, _)| *key);
            let mut sorted = list.clone();
            sort_by_key(&mut sorted, |(key, _)| *key);
            assert_eq!(sorted, wanted, "{list:?}");

            let keys: Vec<u32> = list.iter().map(|(key, _)| *key).collect();
            let wanted: BTreeSet<u32> = keys.iter().copied().collect();
            let mut inserted = Set::new();
            for key in &keys {
                let is_new = !inserted.contains(key);
                assert_eq!(inserted.insert(*key), is_new);
            }
            assert_eq!(inserted, Set::from(keys.clone()));
            assert!(inserted.0.iter().eq(&wanted), "{keys:?}");
        }
    }

    #[test]
    fn a_map_keeps_the_first_value_of_a_key() {
        for list in lists() {
            let mut wanted = BTreeMap::new();
            let mut map = Map::new();
            for (key, value) in list {
                let first = *wanted.entry(key).or_insert(value);
                assert_eq!(*map.get_or_insert(key, value), first);
            }
            for key in 0..5 {
                assert_eq!(map.get(&key), wanted.get(&key));
            }
            assert!(map.into_entries().into_iter().eq(wanted));
        }
    }

    #[test]
    fn a_map_works_as_that_of_the_standard_library() {
        for list in lists() {
            let mut wanted: BTreeMap<u32, usize> = list.iter().copied().collect();
            let mut map: Map<u32, usize> = list.iter().copied().collect();
            for (at, &(key, value)) in list.iter().enumerate() {
                if at % 3 == 0 {
                    assert_eq!(map.remove(&key), wanted.remove(&key));
                } else {
                    assert_eq!(map.insert(key, value), wanted.insert(key, value));
                }
            }
            assert!(map.keys().eq(wanted.keys()) && map.values().eq(wanted.values()));
            assert!(map.iter().eq(&wanted) && map.len() == wanted.len());
            assert_eq!(map.is_empty(), wanted.is_empty());
            assert_eq!(format!("{map:?}"), format!("{wanted:?}"));
            for first in 0..5 {
                assert_eq!(map.contains_key(&first), wanted.contains_key(&first));
                assert_eq!(map.get_mut(&first), wanted.get_mut(&first));
                for last in first..5 {
                    let range = map
                        .range(&first, &last)
                        .iter()
                        .map(|(key, value)| (key, value));
                    assert!(
                        range.eq(wanted.range(first..=last)),
                        "{list:?} {first} {last}"
                    );
                }
            }
        }
    }
}
