//! Records of one kind, found by number or by what they hold, newest first.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A record that is kept under a number.
pub(in crate::sandbox) trait Record {
    /// What it can be looked up by.
    type Tag: Copy + Ord + std::fmt::Debug;

    /// Its number: the digits of its id. A newer record has a larger one.
    fn number(&self) -> u64;

    /// Tells `note` every value it is to be found by.
    fn tags(&self, note: &mut dyn FnMut(Self::Tag, &str));
}

/// The records of one kind. Looking one up costs the logarithm of how many there are; a list is an
/// iterator that stops where its reader does. The data file holds the records alone.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::sandbox) struct Shelf<T: Record> {
    records: BTreeMap<u64, T>,
    tags: BTreeSet<(T::Tag, Key, u64)>,
}

/// A value that records are found by. Most are numbers, which take half the room of texts; a text of
/// digits is a number only where the number is written so, so that no two texts are one key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Number(u64),
    Text(Box<str>),
}

impl From<&str> for Key {
    fn from(value: &str) -> Self {
        let canonical = !value.starts_with(['0', '+']) && value.len() < DIGITS_END;
        let number = value.parse().ok().filter(|_| canonical);
        number.map_or_else(|| Self::Text(value.into()), Self::Number)
    }
}

/// So many digits no longer surely fit a key's number.
const DIGITS_END: usize = 20;

impl<T: Record> Default for Shelf<T> {
    fn default() -> Self {
        Self { records: BTreeMap::new(), tags: BTreeSet::new() }
    }
}

impl<T: Record> Shelf<T> {
    /// Puts a record there, in place of one with the same number.
    pub(in crate::sandbox) fn put(&mut self, record: T) {
        let number = record.number();
        self.take(number);
        record.tags(&mut |tag, value| {
            self.tags.insert((tag, value.into(), number));
        });
        self.records.insert(number, record);
    }

    /// Takes a record away.
    pub(in crate::sandbox) fn take(&mut self, number: u64) -> Option<T> {
        let record = self.records.remove(&number)?;
        record.tags(&mut |tag, value| {
            self.tags.remove(&(tag, value.into(), number));
        });
        Some(record)
    }

    /// One record.
    pub(in crate::sandbox) fn get(&self, number: u64) -> Option<&T> {
        self.records.get(&number)
    }

    /// Changes a record; `None` if there is none.
    pub(in crate::sandbox) fn change<R>(
        &mut self,
        number: u64,
        change: impl FnOnce(&mut T) -> R,
    ) -> Option<R> {
        let record = self.records.get_mut(&number)?;
        let tags = &mut self.tags;
        record.tags(&mut |tag, value| {
            tags.remove(&(tag, value.into(), number));
        });
        let result = change(record);
        record.tags(&mut |tag, value| {
            tags.insert((tag, value.into(), number));
        });
        Some(result)
    }

    /// Every record, oldest first; `.rev()` for newest first.
    pub(in crate::sandbox) fn all(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.records.values()
    }

    /// Every record with this tag, oldest first; `.rev()` for newest first.
    pub(in crate::sandbox) fn found(
        &self,
        tag: T::Tag,
        value: &str,
    ) -> impl DoubleEndedIterator<Item = &T> + use<'_, T> {
        let key = Key::from(value);
        let (from, to) = ((tag, key.clone(), 0), (tag, key, u64::MAX));
        self.tags.range(from..=to).filter_map(|(_, _, number)| self.records.get(number))
    }

    /// How many there are.
    pub(in crate::sandbox) fn len(&self) -> usize {
        self.records.len()
    }
}

impl<T: Record + Serialize> Serialize for Shelf<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.records.values())
    }
}

impl<'de, T: Record + Deserialize<'de>> Deserialize<'de> for Shelf<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut shelf = Self::default();
        for record in Vec::<T>::deserialize(deserializer)? {
            shelf.put(record);
        }
        Ok(shelf)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    struct Sheet {
        number: u64,
        colour: String,
    }

    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
    enum By {
        Colour,
    }

    impl Record for Sheet {
        type Tag = By;

        fn number(&self) -> u64 {
            self.number
        }

        fn tags(&self, note: &mut dyn FnMut(By, &str)) {
            note(By::Colour, &self.colour);
        }
    }

    proptest! {
        /// Against a plain list, through any course of changes, and through the data file.
        #[test]
        fn it_finds_what_a_search_of_everything_finds(
            acts in prop::collection::vec((0_u8..3, 0_u64..12, "[a0]{1,2}|[01]{1,3}|[+]?1"), 0..60)
        ) {
            let (mut shelf, mut plain) = (Shelf::default(), BTreeMap::<u64, String>::new());
            for (act, number, colour) in acts {
                match act {
                    0 => {
                        shelf.put(Sheet { number, colour: colour.clone() });
                        plain.insert(number, colour);
                    }
                    1 => prop_assert_eq!(
                        shelf.take(number).map(|sheet| sheet.colour), plain.remove(&number)
                    ),
                    _ => {
                        let changed = shelf.change(number, |sheet| sheet.colour.clone_from(&colour));
                        prop_assert_eq!(changed.is_some(), plain.contains_key(&number));
                        plain.entry(number).and_modify(|old| *old = colour);
                    }
                }
            }
            let text = serde_json::to_string(&shelf).unwrap();
            prop_assert_eq!(&serde_json::from_str::<Shelf<Sheet>>(&text).unwrap(), &shelf);
            for colour in ["a", "0", "a0", "00", "1", "+1", "01", "10", "101", "001"] {
                let found: Vec<u64> = shelf.found(By::Colour, colour).map(|s| s.number).collect();
                let sought: Vec<u64> =
                    plain.iter().filter(|(_, c)| *c == colour).map(|(n, _)| *n).collect();
                prop_assert_eq!(found, sought);
            }
        }
    }
}
