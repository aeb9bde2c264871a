//! The header before every message: `ZBXD`, a byte of flags, the length and a reserved number,
//! four bytes each, little-endian.

use std::fmt;

/// What every header begins with.
const MARK: &[u8; 4] = b"ZBXD";
/// Flag of the protocol itself; the others are of forms that are not asked for.
const PLAIN: u8 = 1;
/// Bytes of a header.
const HEADER: usize = 13;
/// Longest answer that is read, bytes; real ones have about a hundred.
const ANSWER_LIMIT: usize = 64 * 1024;

/// What is wrong with an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Malformed {
    /// The server said nothing and closed the connection.
    Empty,
    /// It ends too early.
    Cut,
    /// It is not of Zabbix's protocol.
    Foreign,
    /// It is of a form that was not asked for: compressed, or of a large size.
    Unsupported,
    /// It is longer than any real one.
    TooLong,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "the connection was closed without one",
            Self::Cut => "it ends too early",
            Self::Foreign => "it is not of the Zabbix protocol",
            Self::Unsupported => "it is of an unknown form",
            Self::TooLong => "it is too long",
        })
    }
}

/// A message with its header.
pub fn framed(message: &[u8]) -> Vec<u8> {
    let length = u32::try_from(message.len()).unwrap_or(u32::MAX);
    let reserved = 0_u32;
    [MARK, &[PLAIN][..], &length.to_le_bytes(), &reserved.to_le_bytes(), message].concat()
}

/// True when nothing more needs to be read: the message is whole, or will never be one.
pub fn is_complete(bytes: &[u8]) -> bool {
    match length(bytes) {
        Ok(Some(length)) => bytes.len() >= HEADER + length,
        Ok(None) => false,
        Err(_) => true,
    }
}

/// The message behind the header.
pub fn payload(bytes: &[u8]) -> Result<Vec<u8>, Malformed> {
    let cut = if bytes.is_empty() { Malformed::Empty } else { Malformed::Cut };
    let length = length(bytes)?.ok_or(cut)?;
    bytes.get(HEADER..HEADER + length).map(<[u8]>::to_vec).ok_or(cut)
}

/// Length of the message; `None` as long as the header is not whole.
fn length(bytes: &[u8]) -> Result<Option<usize>, Malformed> {
    let mark = bytes.get(..MARK.len()).unwrap_or(bytes);
    if !MARK.starts_with(mark) {
        return Err(Malformed::Foreign);
    }
    if bytes.get(MARK.len()).is_some_and(|&flags| flags != PLAIN) {
        return Err(Malformed::Unsupported);
    }
    let Some(&[a, b, c, d]) = bytes.get(5..9).filter(|_| bytes.len() >= HEADER) else { return Ok(None) };
    let length = usize::try_from(u32::from_le_bytes([a, b, c, d])).unwrap_or(usize::MAX);
    if length > ANSWER_LIMIT { Err(Malformed::TooLong) } else { Ok(Some(length)) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_header_is_that_of_the_manual() {
        assert_eq!(framed(b"{}"), b"ZBXD\x01\x02\0\0\0\0\0\0\0{}");
    }

    #[test]
    fn what_is_no_answer_is_told() {
        for (bytes, problem) in [
            (&b""[..], Malformed::Empty),
            (b"ZB", Malformed::Cut),
            (b"ZBXD\x01\x05\0\0\0\0\0\0\0{\"a", Malformed::Cut),
            (b"HTTP/1.1 400", Malformed::Foreign),
            (b"ZBXD\x03\x05\0\0\0\0\0\0\0", Malformed::Unsupported),
            (b"ZBXD\x01\xff\xff\xff\xff\0\0\0\0", Malformed::TooLong),
        ] {
            assert_eq!(payload(bytes), Err(problem), "{bytes:?}");
        }
    }

    proptest! {
        #[test]
        fn framed_messages_come_back(message in proptest::collection::vec(any::<u8>(), 0..2000), cut in 0..13_usize) {
            let bytes = framed(&message);
            prop_assert!(is_complete(&bytes));
            prop_assert_eq!(payload(&bytes), Ok(message));
            prop_assert!(!is_complete(&bytes[..cut]));
        }

        #[test]
        fn no_bytes_are_too_strange(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let _ = (is_complete(&bytes), payload(&bytes));
        }
    }
}
