//! Device text on a terminal and in a log: nothing in it may move the cursor or forge a line.

use std::borrow::Cow;

/// Makes control characters visible: `␊` for a line feed, `␛` for escape, `\u{202e}` for the
/// marks that turn the writing direction.
#[must_use]
pub fn printable(text: &str) -> Cow<'_, str> {
    if text.chars().any(is_unsafe) {
        Cow::Owned(text.chars().map(shown).collect())
    } else {
        Cow::Borrowed(text)
    }
}

fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

fn shown(c: char) -> String {
    match c {
        // The block of control pictures follows the order of the control characters.
        '\0'..='\x1f' => char::from_u32(0x2400 + u32::from(c)).unwrap_or('␀').to_string(),
        '\x7f' => '␡'.to_string(),
        c if is_unsafe(c) => c.escape_unicode().to_string(),
        c => c.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_become_visible() {
        assert_eq!(printable("ООО \"АБВГД\""), "ООО \"АБВГД\"");
        assert_eq!(printable("a\nb\x1b[2J\x7f\u{85}\u{202e}"), "a␊b␛[2J␡\\u{85}\\u{202e}");
    }
}
