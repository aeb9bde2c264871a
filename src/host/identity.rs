//! Identity of the workstation: the `uuid` by which the receiving servers know it.
//!
//! The rule is the predecessor's, so a computer keeps its identity when it changes over: a hash
//! of the network card's address and Windows' machine identifier, computed once and then stored.
//! Where it is stored is not decided here.

use std::fmt::Write;

use fernet::Fernet;
use sha2::{Digest, Sha256};

use super::os;

/// Identity held by the text of the identity file: a plain uuid, or the token in which the
/// predecessor wrapped it. It is returned as it was written, because servers compare it as text.
#[must_use]
pub fn stored(text: &str) -> Option<String> {
    let text =
        text.trim_matches(|letter: char| letter.is_whitespace() || matches!(letter, '\u{feff}' | '\0'));
    if is_uuid(text) {
        return Some(text.to_owned());
    }
    let held = unwrap_token(text);
    if held.is_none() {
        log::debug!("the identity file holds no identity");
    }
    held
}

/// Key with which the predecessor wraps the identity; its source code publishes it.
const PUBLISHED_KEY: &str = "t_qxC_HN04Tiy1ish2P27ROYSJt_m7_FE2JT6gYngOM=";

fn unwrap_token(token: &str) -> Option<String> {
    let held = Fernet::new(PUBLISHED_KEY)?.decrypt_at_time(token, None, AT_ANY_TIME).ok()?;
    let held = String::from_utf8(held).ok()?;
    Some(held.trim().to_owned()).filter(|held| is_uuid(held))
}

/// A token made while the clock was ahead is no worse than another.
const AT_ANY_TIME: u64 = i64::MAX as u64;

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

    // Made with Python's cryptography.fernet and the published key; the second one in the year 5000.
    const TOKEN: &str = "gAAAAABlU_EAgqVw1_BclTm9-jBvu7FDmSvIL80S5OyPPgUVQVfYeDeeXlLn7cMExqOYStqgva5ANIwjfu_ZoC0LkXQ_m2sxcEYeHNBN5pLNsJqfpVL14FoKQHg0udQKCa4GC-QkFabT";
    const TOKEN_OF_5000: &str = "gAAAABZDQIuAgYvMUtsbGPFL02wAdQQ8-oDXxxCjF8EgmxlZTIhWobEWRRTLWLw_jg4Y5Vakvc6ddhGWisuEnrOEhJwabKPcRC2qYtL9K3Ph7LQ6yJasL0yH6wP8yEiqEy3Hi_hap_Sy";
    const TOKEN_OF_OTHER_TEXT: &str = "gAAAAABlU_EAF-QjXq9xIbJUMKM8tLEQA9mIXpR0bjE7CEdyvfq_HD_rZEfPih733B9uUESB3uQ-6ivo1BDwUK2b-IvXzy8lRw==";
    const TOKEN_OF_OTHER_KEY: &str = "gAAAAABlU_EAHWRBTwArGQ-pT6ajBFliFHKBrmToXXF5fcbMlRjJlrpf0W48dD-vzjlvux6Gma-HGFXCroK3c6B88sRFSt_soVOm81xQxcFsOUCrFloSU6Mhl-ICAaIAXen4mOno3bfq";

    #[test]
    fn hash_is_the_predecessors() {
        assert_eq!(uuid_of("00:1A:2B:3C:4D:5E", "9f3c2a10-77b1-4c55-8e1d-0a1b2c3d4e5f"), UUID);
        assert_eq!(mac_text([0, 0x1a, 0x2b, 0x3c, 0x4d, 0x5e]), "00:1A:2B:3C:4D:5E");
    }

    #[test]
    fn token_of_the_predecessor_is_opened() {
        assert_eq!(stored(TOKEN).as_deref(), Some(UUID));
        assert_eq!(stored(&format!("\u{feff}{TOKEN}\r\n")).as_deref(), Some(UUID));
    }

    #[test]
    fn token_made_with_a_wrong_clock_is_opened() {
        assert_eq!(stored(TOKEN_OF_5000).as_deref(), Some(UUID));
    }

    #[test]
    fn plain_uuid_is_kept_as_written() {
        let upper = UUID.to_uppercase();
        for text in [UUID, &upper, "e96c6ccf75c4e8f34b99f27b9e09c8ca"] {
            assert_eq!(stored(&format!("{text}\r\n")).as_deref(), Some(text));
        }
    }

    #[test]
    fn anything_else_is_no_identity() {
        let short = &UUID[1..];
        for text in
            ["", "0", short, "e96c6ccf-75c4-e8f3-4b99-f27b9e09c8cg", "e96c6ccf75c4-e8f3-4b99-f27b-9e09c8ca"]
        {
            assert_eq!(stored(text), None, "{text}");
        }
        for token in [TOKEN_OF_OTHER_TEXT, TOKEN_OF_OTHER_KEY, &TOKEN[1..], "gAAAAA=="] {
            assert_eq!(stored(token), None, "{token}");
        }
    }
}
