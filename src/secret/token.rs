//! Fernet tokens, as <https://github.com/fernet/spec> defines them: version, time, initialisation
//! vector, ciphertext, HMAC, all in Base64 with the alphabet for addresses.

/// Why a token does not give its value. None of these carries a part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It is no Fernet token, or one that was cut.
    #[error("not a Fernet token, or a damaged one")]
    Damaged,
    /// It has the form of a token, but none of the keys opens it.
    #[error("a Fernet token that no key here opens")]
    OtherKey,
    /// What was encrypted is not UTF-8 text.
    #[error("the encrypted value is not UTF-8 text")]
    NotText,
}

/// Bytes around the ciphertext: version 1, time 8, initialisation vector 16, HMAC 32.
const FRAME: usize = 57;
/// The ciphertext is a positive number of blocks of this size.
const BLOCK: usize = 16;

/// True when a text has the form of a token: a changed letter within shows with the key only.
pub fn has_form(text: &str) -> bool {
    let digits = text.trim_end_matches('=').as_bytes();
    let of_alphabet = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    // Version 0x80: the first letter holds its upper six bits, the second one its lower two.
    let versioned = matches!(digits, [b'g', b'A'..=b'P', ..]);
    let size = digits.len() * 3 / 4;
    let framed = size.checked_sub(FRAME).is_some_and(|size| size > 0 && size.is_multiple_of(BLOCK));
    versioned && framed && digits.len() % 4 != 1 && digits.iter().all(of_alphabet)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of the specification's `verify.json`.
    const TOKEN: &str = "gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0ODy021cpGVWKZ_eEwCGM4BLLF_5CV9dOPmrhuVUPgJobwOz7JcbmrR64jVmpU4IwqDA==";

    #[test]
    fn form_is_told_without_a_key() {
        assert!(has_form(TOKEN));
        assert!(has_form(TOKEN.trim_end_matches('=')));
        let longer = format!("{}AAAA", TOKEN.trim_end_matches('='));
        let plain = TOKEN.replace('_', "/");
        let version = TOKEN.replacen("gA", "hA", 1);
        let other_version = TOKEN.replacen("gA", "gQ", 1);
        for text in ["", "gAAA", "https://server.example/api", &TOKEN[1..], &TOKEN[..80], &longer] {
            assert!(!has_form(text), "{text}");
        }
        for text in [&plain, &version, &other_version] {
            assert!(!has_form(text), "{text}");
        }
    }
}
