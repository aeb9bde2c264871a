//! Values that must never be shown: keys, tokens, addresses with keys in them.

use serde::{Deserialize, Serialize, Serializer};

/// What stands in for a secret wherever it would be shown.
const MASK: &str = "***";

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_hide_everything_but_the_server() {
        let masked = |text: &str| Secret::new(text.to_owned()).masked();
        assert_eq!(masked(""), "");
        assert_eq!(masked("123456:AAbb"), "***");
        assert_eq!(masked("https://server.example:8443/api?key=1"), "https://server.example:8443/***");
        assert_eq!(masked("socks5://user:pass@10.0.0.1:1080"), "socks5://10.0.0.1:1080/***");
    }
}
