//! Texts as the vendor's library takes and gives them: `wchar_t`, which is UTF-16 on Windows and
//! UTF-32 elsewhere, ended by NUL.

/// Unit of a text.
#[cfg(windows)]
pub(super) type Wide = u16;
/// Unit of a text.
#[cfg(not(windows))]
pub(super) type Wide = u32;

/// Units that a text is first given room for.
const FIRST: usize = 512;
/// Units after which a text is cut.
const LIMIT: usize = 1 << 20;
/// How often the room is enlarged, should the library change its mind about the size.
const ATTEMPTS: u32 = 4;

/// Text for the library, with its end. A NUL within would cut it, so none is let through.
pub(super) fn wide(text: &str) -> Vec<Wide> {
    encode(&text.replace('\0', "")).into_iter().chain([0]).collect()
}

/// Reads a text whose size only the library knows. `fill` writes into the buffer and says how
/// many units the whole text needs, its end included.
///
/// The buffer grows to what is asked for, within bounds; whatever the library says, the text
/// ends at the first NUL or with the buffer.
pub(super) fn read(mut fill: impl FnMut(&mut [Wide]) -> i32) -> String {
    let mut size = FIRST;
    let mut buffer = Vec::new();
    for _ in 0..ATTEMPTS {
        buffer = vec![0; size];
        let wanted = usize::try_from(fill(&mut buffer)).unwrap_or(0);
        if wanted <= size || size == LIMIT {
            break;
        }
        size = wanted.min(LIMIT);
    }
    decode(buffer.split(|&unit| unit == 0).next().unwrap_or_default())
}

#[cfg(windows)]
fn encode(text: &str) -> Vec<Wide> {
    text.encode_utf16().collect()
}

#[cfg(not(windows))]
fn encode(text: &str) -> Vec<Wide> {
    text.chars().map(u32::from).collect()
}

#[cfg(windows)]
fn decode(units: &[Wide]) -> String {
    String::from_utf16_lossy(units)
}

#[cfg(not(windows))]
fn decode(units: &[Wide]) -> String {
    units.iter().map(|&unit| char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Plays a library that writes as much of `text` as fits and then names a size.
    fn read_from(text: &str, mut size: impl FnMut(usize) -> usize) -> String {
        let text = wide(text);
        read(|buffer| {
            buffer.iter_mut().zip(&text).for_each(|(to, from)| *to = *from);
            i32::try_from(size(buffer.len())).unwrap_or(-1)
        })
    }

    #[test]
    fn texts_come_whole_and_verbatim() {
        let long = [511, 512, 513, 10_000].map(|length| "ю".repeat(length));
        let short = ["", "АТОЛ 22 v2 Ф", "1111222233  "].map(str::to_owned);
        for text in short.iter().chain(&long) {
            assert_eq!(read_from(text, |_| text.chars().count() + 1), *text);
        }
    }

    #[test]
    fn a_library_that_lies_about_sizes_does_no_harm() {
        assert_eq!(read_from("short", |_| usize::MAX), "short", "a negative size");
        assert_eq!(read_from("short", |_| 0), "short");
        assert_eq!(read_from("short", |_| 0x7FFF_FFFF), "short");
        assert_eq!(read_from("short", |room| room + 1), "short");
        assert_eq!(read_from(&"x".repeat(600), |_| 1), "x".repeat(512));
        assert_eq!(read_from("", |_| 100_000), "");
    }

    #[test]
    fn endless_texts_are_cut() {
        assert_eq!(read_from(&"z".repeat(LIMIT + 100), |room| room + 100).len(), LIMIT.min(FIRST + 300));
        assert_eq!(read_from(&"z".repeat(LIMIT + 100), |_| LIMIT + 101).len(), LIMIT);
    }

    #[test]
    fn nul_never_reaches_the_library() {
        assert_eq!(wide("COM4\0junk"), wide("COM4junk"));
        assert_eq!(wide(""), [0]);
    }

    #[test]
    fn impossible_units_are_replaced() {
        assert_eq!(decode(&[0x41, 0xD800, 0x42]), "A\u{FFFD}B");
    }
}
