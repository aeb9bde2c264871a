//! The Windows registry as plain values.
//!
//! Owns what a key and a value are, how raw value data is understood, and the small trait through
//! which the facts of this module tree are looked up, so that every look-up runs in tests against
//! a table in memory. It only reads: nothing here can write to the registry.

use std::fmt;

/// Registry that can be asked for values: the computer's own, or a table in a test.
pub trait Registry {
    /// The value `name` of `key`; `None` when either is missing, unreadable or of another type.
    fn value(&self, key: &Key, name: &str) -> Option<Value>;

    /// All values of `key` that can be read, without their names.
    fn values(&self, key: &Key) -> Vec<Value>;

    /// Names of the keys directly below `key`, none when it is missing.
    fn subkeys(&self, key: &Key) -> Vec<String>;
}

/// Address of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Tree it stands in.
    pub hive: Hive,
    /// Half of the tree that is meant.
    pub view: View,
    /// Path below the hive, with backslashes.
    pub path: String,
}

impl Key {
    /// A key of `HKEY_LOCAL_MACHINE`.
    pub fn machine(view: View, path: &str) -> Self {
        Self { hive: Hive::LocalMachine, view, path: path.to_owned() }
    }

    /// A key of `HKEY_USERS`; an empty path is the hive itself.
    pub fn users(path: &str) -> Self {
        Self { hive: Hive::Users, view: View::Bits64, path: path.to_owned() }
    }

    /// The key `name` below this one.
    pub fn child(&self, name: &str) -> Self {
        let path = if self.path.is_empty() { name.to_owned() } else { format!("{}\\{name}", self.path) };
        Self { path, ..self.clone() }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.hive, self.view) {
            (Hive::LocalMachine, View::Bits64) => write!(f, "HKLM\\{}", self.path),
            (Hive::LocalMachine, View::Bits32) => write!(f, "HKLM\\{} (32-bit view)", self.path),
            (Hive::Users, _) => write!(f, "HKU\\{}", self.path),
        }
    }
}

/// Top of a registry tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hive {
    /// `HKEY_LOCAL_MACHINE`.
    LocalMachine,
    /// `HKEY_USERS`.
    Users,
}

/// Half of the registry of a 64-bit Windows; a 32-bit Windows has one, reached by both names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// What 64-bit programs see.
    Bits64,
    /// What 32-bit programs see.
    Bits32,
}

impl View {
    /// Both halves, in the order in which they are asked.
    pub const BOTH: [Self; 2] = [Self::Bits64, Self::Bits32];
}

/// Data of a registry value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// `REG_SZ` and `REG_EXPAND_SZ` (not expanded), without terminator.
    Text(String),
    /// `REG_MULTI_SZ` without its empty strings.
    Texts(Vec<String>),
    /// `REG_DWORD`, `REG_DWORD_BIG_ENDIAN` and `REG_QWORD`.
    Number(u64),
}

impl Value {
    /// Understands raw data of the registry type `kind`. Data of strings may lack its terminator
    /// or have an odd length: the registry stores whatever was written.
    pub fn decode(kind: u32, data: &[u8]) -> Option<Self> {
        match kind {
            REG_SZ | REG_EXPAND_SZ => Some(Self::Text(first_string(&units(data)))),
            REG_MULTI_SZ => Some(Self::Texts(strings(&units(data)))),
            REG_DWORD => data.try_into().ok().map(|raw| Self::Number(u32::from_le_bytes(raw).into())),
            REG_DWORD_BIG_ENDIAN => {
                data.try_into().ok().map(|raw| Self::Number(u32::from_be_bytes(raw).into()))
            }
            REG_QWORD => data.try_into().ok().map(|raw| Self::Number(u64::from_le_bytes(raw))),
            _ => None,
        }
    }

    /// The text, trimmed, unless it is empty or the value is of another type.
    pub fn text(self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
            Self::Texts(_) | Self::Number(_) => None,
        }
    }

    /// All texts of the value, none when it is a number.
    pub fn texts(self) -> Vec<String> {
        match self {
            Self::Text(text) => vec![text],
            Self::Texts(texts) => texts,
            Self::Number(_) => Vec::new(),
        }
    }
}

const REG_SZ: u32 = 1;
const REG_EXPAND_SZ: u32 = 2;
const REG_DWORD: u32 = 4;
const REG_DWORD_BIG_ENDIAN: u32 = 5;
const REG_MULTI_SZ: u32 = 7;
const REG_QWORD: u32 = 11;

fn units(data: &[u8]) -> Vec<u16> {
    data.as_chunks::<2>().0.iter().map(|&pair| u16::from_le_bytes(pair)).collect()
}

fn first_string(units: &[u16]) -> String {
    String::from_utf16_lossy(units.split(|&unit| unit == 0).next().unwrap_or_default())
}

fn strings(units: &[u16]) -> Vec<String> {
    units.split(|&unit| unit == 0).filter(|text| !text.is_empty()).map(String::from_utf16_lossy).collect()
}

/// Replaces `%NAME%` by what `lookup` knows; what it does not know stays as written.
pub fn expand(text: &str, lookup: impl Fn(&str) -> Option<String>) -> String {
    let mut expanded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        expanded.push_str(before);
        match after.split_once('%').and_then(|(name, tail)| Some((lookup(name)?, tail))) {
            Some((value, tail)) => {
                expanded.push_str(&value);
                rest = tail;
            }
            None => {
                expanded.push('%');
                rest = after;
            }
        }
    }
    expanded + rest
}

#[cfg(test)]
pub mod table {
    //! A registry in memory.

    use super::{Key, Registry, Value};

    /// Values by the text form of their key.
    #[derive(Default)]
    pub struct Table(Vec<(Key, String, Value)>);

    impl Table {
        /// Adds a value.
        #[must_use]
        pub fn with(mut self, key: Key, name: &str, value: Value) -> Self {
            self.0.push((key, name.to_owned(), value));
            self
        }

        /// Adds a string value.
        #[must_use]
        pub fn text(self, key: Key, name: &str, text: &str) -> Self {
            self.with(key, name, Value::Text(text.to_owned()))
        }
    }

    impl Registry for Table {
        fn value(&self, key: &Key, name: &str) -> Option<Value> {
            self.0.iter().find(|(at, own, _)| at == key && own == name).map(|(_, _, value)| value.clone())
        }

        fn values(&self, key: &Key) -> Vec<Value> {
            self.0.iter().filter(|(at, _, _)| at == key).map(|(_, _, value)| value.clone()).collect()
        }

        fn subkeys(&self, key: &Key) -> Vec<String> {
            let mut names: Vec<String> = Vec::new();
            for (at, _, _) in self.0.iter().filter(|(at, _, _)| at.hive == key.hive && at.view == key.view) {
                let below = if key.path.is_empty() {
                    Some(at.path.as_str())
                } else {
                    at.path.strip_prefix(&key.path).and_then(|rest| rest.strip_prefix('\\'))
                };
                let name = below.and_then(|rest| rest.split('\\').next()).unwrap_or_default();
                if !name.is_empty() && !names.iter().any(|own| own == name) {
                    names.push(name.to_owned());
                }
            }
            names
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    #[test]
    fn texts_are_decoded_however_they_end() {
        for data in
            [utf16("Касса\0"), utf16("Касса"), utf16("Касса\0\0rest"), [utf16("Касса"), vec![7]].concat()]
        {
            assert_eq!(Value::decode(1, &data), Some(Value::Text("Касса".to_owned())));
        }
        assert_eq!(Value::decode(2, &[]), Some(Value::Text(String::new())));
        assert_eq!(
            Value::decode(7, &utf16("one\0two\0\0")),
            Some(Value::Texts(vec!["one".to_owned(), "two".to_owned()]))
        );
    }

    #[test]
    fn numbers_are_decoded_by_type() {
        assert_eq!(Value::decode(4, &[0x15, 0xcd, 0x5b, 0x07]), Some(Value::Number(123_456_789)));
        assert_eq!(Value::decode(5, &[0x07, 0x5b, 0xcd, 0x15]), Some(Value::Number(123_456_789)));
        assert_eq!(Value::decode(11, &[1, 0, 0, 0, 1, 0, 0, 0]), Some(Value::Number(0x1_0000_0001)));
    }

    #[test]
    fn data_of_a_wrong_size_or_type_is_refused() {
        assert_eq!(Value::decode(4, &[1, 2]), None);
        assert_eq!(Value::decode(11, &[1, 2, 3, 4]), None);
        assert_eq!(Value::decode(3, &[1, 2, 3, 4]), None);
    }

    #[test]
    fn text_of_a_value_is_trimmed_and_never_empty() {
        assert_eq!(Value::Text(" a ".to_owned()).text(), Some("a".to_owned()));
        assert_eq!(Value::Text(" ".to_owned()).text(), None);
        assert_eq!(Value::Number(1).text(), None);
    }

    #[test]
    fn variables_are_expanded_and_unknown_ones_kept() {
        let lookup = |name: &str| (name == "SystemDrive").then(|| "C:".to_owned());
        assert_eq!(expand("%SystemDrive%\\Users", lookup), "C:\\Users");
        assert_eq!(expand("%Other%\\%SystemDrive%", lookup), "%Other%\\C:");
        assert_eq!(expand("100% %SystemDrive%", lookup), "100% C:");
        assert_eq!(expand("no variable", lookup), "no variable");
    }

    #[test]
    fn keys_grow_downwards() {
        assert_eq!(Key::users("").child("S-1-5-18").to_string(), "HKU\\S-1-5-18");
        assert_eq!(
            Key::machine(View::Bits32, "SOFTWARE").child("TeamViewer").to_string(),
            "HKLM\\SOFTWARE\\TeamViewer (32-bit view)"
        );
    }
}
