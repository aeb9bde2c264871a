//! Fernet keys: where they are looked for, and what is sealed and opened with them.
//!
//! The first key found is the current one, with which values are sealed. Values are opened with
//! every key, so that what was sealed before a change of the key still opens.

use std::ffi::OsStr;
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Once;

use encoding_rs::UTF_8;
use fernet::Fernet;

use super::Secret;
use super::token::{self, TokenError};

/// Environment variable that holds a key.
pub const KEY_VARIABLE: &str = "GETAD_KEY";
/// Key that the predecessor uses unless its source code is changed, and publishes there.
const PUBLISHED: &str = "t_qxC_HN04Tiy1ish2P27ROYSJt_m7_FE2JT6gYngOM=";
/// Key of whoever built this program.
const BUILT_IN: Option<&str> = option_env!("GETAD_BUILTIN_KEY");
const BUILT_IN_LENGTH: usize = if let Some(key) = BUILT_IN { key.len() } else { 0 };
const _: () = assert!(matches!(BUILT_IN_LENGTH, 0 | 43 | 44), "GETAD_BUILTIN_KEY is no Fernet key");
/// Most bytes of a key file that are read; a key has 44.
const SIZE_LIMIT: u64 = 4096;
/// A token made while the clock was ahead is no worse than another.
const AT_ANY_TIME: u64 = i64::MAX as u64;

/// Where a key comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyPlace {
    /// A file.
    File(PathBuf),
    /// The environment variable `GETAD_KEY`.
    Environment,
    /// The program itself.
    BuiltIn,
    /// The predecessor's published source code.
    Published,
}

impl KeyPlace {
    /// Its name in JSON documents.
    #[must_use]
    pub fn key(&self) -> &'static str {
        match self {
            Self::File(_) => "file",
            Self::Environment => "environment",
            Self::BuiltIn => "built-in",
            Self::Published => "published",
        }
    }
}

impl fmt::Display for KeyPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Environment => f.write_str(KEY_VARIABLE),
            Self::BuiltIn => f.write_str("GETAD_BUILTIN_KEY of the build"),
            Self::Published => f.write_str("the predecessor's source code"),
        }
    }
}

/// Why the keys cannot be used. None of these carries a part of a key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The key file that was asked for does not exist.
    #[error("there is no key file {}", .path.display())]
    Absent {
        /// The file.
        path: PathBuf,
    },
    /// A key file exists and cannot be read.
    #[error("the key file {} cannot be read: {source}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Something stands where a key should, and it is none.
    #[error("{place} holds no Fernet key")]
    NoKey {
        /// Where.
        place: KeyPlace,
    },
}

/// The keys of this installation, the current one first.
pub struct Keys {
    current: Key,
    older: Vec<Key>,
    told: Once,
}

struct Key {
    fernet: Fernet,
    place: KeyPlace,
    published: bool,
}

/// A value, and what is to be known about the key that opened it.
pub struct Opened {
    /// The value.
    pub value: Secret,
    /// It is the current key.
    pub current: bool,
    /// It is the key that everyone knows.
    pub published: bool,
}

impl Keys {
    /// Gathers the keys of a file that was asked for, the environment, the file of the home
    /// folder, the build, and last the published one.
    ///
    /// # Errors
    /// When a key that should be there is not, cannot be read, or is none.
    pub fn gather(given: Option<&Path>, variable: Option<&OsStr>, home: &Path) -> Result<Self, KeyError> {
        let given = given.map(|path| {
            let key = read(path)?;
            key.ok_or_else(|| KeyError::Absent { path: path.to_owned() })
        });
        let given = given.transpose()?;
        let variable = variable.filter(|text| !text.is_empty()).map(|text| {
            let place = KeyPlace::Environment;
            Key::parse(&text.to_string_lossy(), place)
        });
        let built_in =
            BUILT_IN.filter(|text| !text.is_empty()).map(|text| Key::parse(text, KeyPlace::BuiltIn));
        let found = [given, variable.transpose()?, read(home)?, built_in.transpose()?];
        Ok(Self::of(found.into_iter().flatten()))
    }

    /// The published key alone: what was never sealed with another one opens with it.
    #[must_use]
    pub fn published() -> Self {
        Self::of(std::iter::empty())
    }

    fn of(found: impl Iterator<Item = Key>) -> Self {
        let mut keys = found.chain(Key::parse(PUBLISHED, KeyPlace::Published));
        let current = keys.next().expect("the published key is a key");
        Self { current, older: keys.collect(), told: Once::new() }
    }

    /// The value itself, opened when it is encrypted. An empty one stands for none in both cases.
    ///
    /// # Errors
    /// See [`Keys::open`].
    pub fn reveal(&self, encrypted: bool, value: &Secret) -> Result<Secret, TokenError> {
        if encrypted && !value.is_blank() { self.open(value) } else { Ok(value.clone()) }
    }

    /// Opens a token. That it was sealed with the key that everyone knows is logged once.
    ///
    /// # Errors
    /// When it is no token, no key opens it, or it holds no text.
    pub fn open(&self, token: &Secret) -> Result<Secret, TokenError> {
        let opened = self.examine(token)?;
        if opened.published {
            self.told.call_once(|| {
                log::warn!(
                    "credentials are encrypted with the key that everyone knows: \
                     `getad encrypt --gen-key` makes a key of your own"
                );
            });
        }
        Ok(opened.value)
    }

    /// Opens a token and says which sort of key it took.
    ///
    /// # Errors
    /// See [`Keys::open`].
    pub fn examine(&self, token: &Secret) -> Result<Opened, TokenError> {
        let text = token.expose().trim();
        if !token::has_form(text) {
            return Err(TokenError::Damaged);
        }
        let keys = std::iter::once((true, &self.current)).chain(self.older.iter().map(|key| (false, key)));
        let opening = |(current, key): (bool, &Key)| {
            let bytes = key.fernet.decrypt_at_time(text, None, AT_ANY_TIME).ok()?;
            Some((bytes, current, key.published))
        };
        let (bytes, current, published) = keys.into_iter().find_map(opening).ok_or(TokenError::OtherKey)?;
        let value = String::from_utf8(bytes).map_err(|_| TokenError::NotText)?;
        Ok(Opened { value: Secret::new(value), current, published })
    }

    /// Encrypts a value with the current key into a token; `now` is in seconds since 1970.
    #[must_use]
    pub fn seal(&self, value: &Secret, now: u64) -> String {
        self.current.fernet.encrypt_at_time(value.expose().as_bytes(), now)
    }

    /// Where the current key comes from.
    #[must_use]
    pub fn place(&self) -> &KeyPlace {
        &self.current.place
    }

    /// True when the current key is the one that everyone knows.
    #[must_use]
    pub fn is_published(&self) -> bool {
        self.current.published
    }
}

impl Key {
    /// Reads a key as people keep it: with blanks and line ends around it, with or without padding,
    /// in either alphabet of Base64.
    fn parse(text: &str, place: KeyPlace) -> Result<Self, KeyError> {
        let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
        let text = text.trim_end_matches('=').replace('+', "-").replace('/', "_");
        let published = text == PUBLISHED.trim_end_matches('=');
        match Fernet::new(&text) {
            Some(fernet) => Ok(Self { fernet, place, published }),
            None => Err(KeyError::NoKey { place }),
        }
    }
}

/// The key of a file, in any encoding that a byte order mark names; `None` when there is no file.
fn read(path: &Path) -> Result<Option<Key>, KeyError> {
    let unreadable = |source| KeyError::Unreadable { path: path.to_owned(), source };
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        file => file.map_err(unreadable)?,
    };
    let mut bytes = Vec::new();
    file.take(SIZE_LIMIT).read_to_end(&mut bytes).map_err(unreadable)?;
    let (text, ..) = UTF_8.decode(&bytes);
    Key::parse(&text, KeyPlace::File(path.to_owned())).map(Some)
}

/// A new key.
#[must_use]
pub fn generate() -> Secret {
    Secret::new(Fernet::generate_key())
}
