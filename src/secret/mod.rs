//! Values that must never be shown: keys, tokens, addresses with keys in them. Written into a
//! configuration file they may be encrypted; the keys for that live here too.

pub mod keys;
#[cfg(test)]
mod tests;
mod token;

pub use keys::{KeyError, KeyPlace, Keys};
pub use token::TokenError;

use serde::{Deserialize, Serialize, Serializer};

/// What stands in for a secret wherever it would be shown.
const MASK: &str = "***";
/// Bytes below which a text is found everywhere: hiding it would garble what it stands in.
const SHORTEST_DISTINCT: usize = 4;

/// A text that cannot be printed: it has no `Debug` and no `Display`, and serialises as a mask.
#[derive(Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Takes a text into custody.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The text itself, for the one place that sends it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// True when there is nothing in it but blanks.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.0.trim().is_empty()
    }

    /// A text of somebody else's, with the mask wherever it repeats this one.
    #[must_use]
    pub fn masked_in(&self, text: String) -> String {
        let secret = self.0.trim();
        if secret.is_empty() || !text.contains(secret) { text } else { text.replace(secret, MASK) }
    }

    /// True when it is long enough to be told from the words around it.
    #[must_use]
    pub fn is_distinct(&self) -> bool {
        self.0.trim().len() >= SHORTEST_DISTINCT
    }

    /// What may be shown instead: nothing for an empty text, the server for an address
    /// (`https://server.example/***`), the mask for everything else.
    #[must_use]
    pub fn masked(&self) -> String {
        if self.0.is_empty() {
            return String::new();
        }
        server_of(&self.0).map_or_else(|| MASK.to_owned(), |server| format!("{server}/{MASK}"))
    }
}

/// Scheme and host of an address, without user, password, path and query.
fn server_of(text: &str) -> Option<String> {
    let (scheme, rest) = text.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?;
    let plain = scheme.bytes().all(|b| b.is_ascii_alphanumeric()) && !scheme.is_empty() && !host.is_empty();
    plain.then(|| format!("{scheme}://{host}"))
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.masked())
    }
}
