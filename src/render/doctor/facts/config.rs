//! What can be said of configuration and key.

use crate::config::ConfigError;
use crate::config::keys::UnknownKey;
use crate::kkt::ReadError;
use crate::render::Message;
use crate::secret::KeyError;
use crate::secret::KeyPlace;
use crate::secret::TokenError;

/// What is said of configuration and key.
pub enum Fact {
    /// A file is there and usable.
    Fine(&'static str),
    /// A file is missing, so that defaults apply.
    Absent(&'static str),
    /// A file cannot be used.
    Broken(ConfigError),
    /// An entry lacks something.
    Entry(ReadError),
    /// A key that nobody reads.
    Unknown(&'static str, UnknownKey),
    /// A value in whose place a default stands.
    Doubt(Message),
    /// Nothing is encrypted.
    KeyUnneeded,
    /// The key that opens what is encrypted.
    KeyUsed(KeyPlace),
    /// What is encrypted opens with the key that everyone knows.
    KeyPublished,
    /// The key cannot be used.
    KeyBroken(KeyError),
    /// No key opens a value.
    Sealed {
        /// Where it stands.
        place: String,
        /// Why.
        error: TokenError,
    },
}
