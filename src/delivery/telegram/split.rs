//! Long texts in pieces that Telegram takes. Pure.

/// Most UTF-16 code units of one message: that is how Telegram counts.
pub const LIMIT: usize = 4096;

/// The beginning of a text that fits into so many UTF-16 code units, and the rest of it. It ends at the end of a line,
/// else at a blank, else in the middle of a word; blanks there are dropped, as Telegram does. Only a text of nothing
/// but blanks has an empty beginning.
#[must_use]
pub fn split(text: &str, limit: usize) -> (&str, &str) {
    let text = text.trim();
    let (fitting, beyond) = text.split_at(fitting_length(text, limit));
    if beyond.is_empty() {
        return (text, "");
    }
    let line_end = if beyond.starts_with('\n') { Some(fitting.len()) } else { fitting.rfind('\n') };
    let blank = || {
        let ends_here = beyond.starts_with(char::is_whitespace);
        if ends_here { Some(fitting.len()) } else { fitting.rfind(char::is_whitespace) }
    };
    let (beginning, rest) = text.split_at(line_end.or_else(blank).unwrap_or(fitting.len()));
    (beginning.trim_end(), rest.trim_start())
}

/// Bytes of the whole characters that fit.
fn fitting_length(text: &str, limit: usize) -> usize {
    let mut units = 0;
    let overflow = text.char_indices().find(|(_, c)| {
        units += c.len_utf16();
        units > limit
    });
    overflow.map_or(text.len(), |(index, _)| index)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_text_ends_where_people_would_end_it() {
        assert_eq!(split("short", 5), ("short", ""));
        assert_eq!(split("one two\nthree four", 15), ("one two", "three four"), "at the end of a line");
        assert_eq!(split("one two\nthree four", 7), ("one two", "three four"), "right at it");
        assert_eq!(split("one two three", 9), ("one two", "three"), "at a blank");
        assert_eq!(split("one two three", 7), ("one two", "three"));
        assert_eq!(split("wordwithoutend", 4), ("word", "withoutend"));
        assert_eq!(split(" \n text \n", 100), ("text", ""));
        assert_eq!(split(" \n ", 1), ("", ""));
    }

    #[test]
    fn what_counts_are_utf_16_units() {
        assert_eq!(split("ффф", 2), ("фф", "ф"));
        assert_eq!(split("🧾🧾", 3), ("🧾", "🧾"), "two units each, never cut in half");
    }

    proptest! {
        #[test]
        fn pieces_fit_and_lose_nothing_but_blanks(text in "[a-c🧾ф \n]{0,60}", limit in 2_usize..20) {
            let (mut rest, mut pieces) = (text.as_str(), Vec::new());
            while !rest.trim().is_empty() {
                let (piece, left) = split(rest, limit);
                prop_assert!(!piece.is_empty() && piece.encode_utf16().count() <= limit);
                pieces.push(piece);
                rest = left;
            }
            let solid = |text: &str| text.split_whitespace().collect::<String>();
            prop_assert_eq!(solid(&pieces.concat()), solid(&text));
        }
    }
}
