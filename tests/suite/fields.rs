//! Which keys a type reads: asked of the type itself, so that no list of them can fall behind.

use std::cell::RefCell;

use serde::de::value::{Error, StrDeserializer};
use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;

/// Every key that a type reads, at any depth, a path each.
pub fn fields<T: DeserializeOwned>() -> Vec<Vec<&'static str>> {
    let mut all = Vec::new();
    collect::<T>(&[], &mut all);
    all
}

fn collect<T: DeserializeOwned>(path: &[&'static str], all: &mut Vec<Vec<&'static str>>) {
    let found = RefCell::new(Vec::new());
    // It ends with an error, as nothing is ever given; what it asked for is what counts.
    let _ = T::deserialize(Asked { path, found: &found });
    for name in found.into_inner() {
        let path = [path, &[name]].concat();
        collect::<T>(&path, all);
        all.push(path);
    }
}

/// Leads a type to the structure at a path and notes what that one asks for.
#[derive(Clone, Copy)]
struct Asked<'a> {
    path: &'a [&'static str],
    found: &'a RefCell<Vec<&'static str>>,
}

impl<'de> Deserializer<'de> for Asked<'_> {
    type Error = Error;

    /// A list is tried, as lists of structures are read that way; a plain value refuses it.
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_seq(self)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        if !self.path.is_empty() {
            return visitor.visit_map(self);
        }
        self.found.borrow_mut().extend(fields);
        Err(Error::custom("arrived"))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

impl<'de> SeqAccess<'de> for Asked<'_> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        seed.deserialize(*self).map(Some)
    }
}

impl<'de> MapAccess<'de> for Asked<'_> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        self.path.first().map(|name| seed.deserialize(StrDeserializer::new(name))).transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        seed.deserialize(Self { path: &self.path[1..], found: self.found })
    }
}
