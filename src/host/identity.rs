//! Identity of the workstation: the `uuid` by which the receiving servers know it.
//!
//! The rule is the predecessor's, so a computer keeps its identity when it changes over: a hash
//! of the network card's address and Windows' machine identifier, computed once and then stored.
//! Where it is stored is not decided here.

use std::fmt::Write;

use sha2::{Digest, Sha256};

use super::os;

/// Identity held by the text of the identity file: a plain uuid, or the token in which the
/// predecessor wrapped it, which `open` opens. It is returned as it was written, because servers
/// compare it as text.
#[must_use]
pub fn stored(text: &str, open: impl FnOnce(&str) -> Option<String>) -> Option<String> {
    let text =
        text.trim_matches(|letter: char| letter.is_whitespace() || matches!(letter, '\u{feff}' | '\0'));
    if is_uuid(text) {
        return Some(text.to_owned());
    }
    let held = open(text).map(|held| held.trim().to_owned()).filter(|held| is_uuid(held));
    if held.is_none() {
        log::debug!("the identity file holds no identity");
    }
    held
}

fn is_uuid(text: &str) -> bool {
    let dash_at = |index| matches!(index, 8 | 13 | 18 | 23);
    let well_placed = |(index, byte): (usize, u8)| match byte {
        b'-' => dash_at(index),
        _ => !dash_at(index) && byte.is_ascii_hexdigit(),
    };
    let simple = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    simple || text.len() == 36 && text.bytes().enumerate().all(well_placed)
}

/// Identity by this computer's hardware; `None` when the system has no machine identifier.
#[must_use]
pub fn compute() -> Option<String> {
    let Some(guid) = os::machine_guid() else {
        log::debug!("this system has no machine identifier");
        return None;
    };
    let mac = os::node_mac().unwrap_or_else(|| {
        log::debug!("no network card with an address");
        [0; 6]
    });
    Some(uuid_of(&mac_text(mac), &guid))
}

fn mac_text(mac: [u8; 6]) -> String {
    mac.map(|byte| format!("{byte:02X}")).join(":")
}

/// The first 16 bytes of the SHA-256 of `mac:guid` in the form of a uuid.
#[must_use]
pub fn uuid_of(mac: &str, guid: &str) -> String {
    let hash = Sha256::digest(format!("{mac}:{guid}"));
    let mut uuid = String::with_capacity(36);
    for (index, byte) in hash.iter().take(16).enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            uuid.push('-');
        }
        // Writing to a string cannot fail.
        let _ = write!(uuid, "{byte:02x}");
    }
    uuid
}

#[cfg(test)]
mod tests {
    use super::*;

    // Computed with Python: uuid.UUID(bytes=hashlib.sha256(…).digest()[:16]).
    const UUID: &str = "e96c6ccf-75c4-e8f3-4b99-f27b9e09c8ca";

    #[test]
    fn hash_is_the_predecessors() {
        assert_eq!(uuid_of("00:1A:2B:3C:4D:5E", "9f3c2a10-77b1-4c55-8e1d-0a1b2c3d4e5f"), UUID);
        assert_eq!(mac_text([0, 0x1a, 0x2b, 0x3c, 0x4d, 0x5e]), "00:1A:2B:3C:4D:5E");
    }

    #[test]
    fn what_the_token_holds_is_the_identity() {
        let open = |token: &str| (token == "token").then(|| format!("{UUID}\n"));
        assert_eq!(stored("\u{feff}token\r\n", open).as_deref(), Some(UUID));
        assert_eq!(stored("other", open), None);
        assert_eq!(stored("token", |_| Some("no uuid".to_owned())), None);
    }

    #[test]
    fn plain_uuid_is_kept_as_written() {
        let upper = UUID.to_uppercase();
        for text in [UUID, &upper, "e96c6ccf75c4e8f34b99f27b9e09c8ca"] {
            assert_eq!(stored(&format!("{text}\r\n"), |_| None).as_deref(), Some(text));
        }
    }

    #[test]
    fn anything_else_is_no_identity() {
        let short = &UUID[1..];
        for text in
            ["", "0", short, "e96c6ccf-75c4-e8f3-4b99-f27b9e09c8cg", "e96c6ccf75c4-e8f3-4b99-f27b-9e09c8ca"]
        {
            assert_eq!(stored(text, |_| None), None, "{text}");
        }
    }
}
