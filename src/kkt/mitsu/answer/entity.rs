//! Entities in values: the five of XML, the hard blank, and any character by its number.

/// Longest entity that is known, between `&` and `;`.
const ENTITY_LIMIT: usize = 8;

/// Replaces entities; a `&` that begins none stays.
pub(super) fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        plain.push_str(before);
        match entity(after) {
            Some((letter, tail)) => {
                plain.push(letter);
                rest = tail;
            }
            None => {
                plain.push('&');
                rest = after;
            }
        }
    }
    plain + rest
}

fn entity(after_ampersand: &str) -> Option<(char, &str)> {
    let end = after_ampersand.bytes().take(ENTITY_LIMIT + 1).position(|byte| byte == b';')?;
    let (name, tail) = after_ampersand.split_at_checked(end)?;
    Some((letter(&name.to_ascii_lowercase())?, tail.strip_prefix(';')?))
}

fn letter(entity: &str) -> Option<char> {
    if let Some(number) = entity.strip_prefix('#') {
        let code = match number.strip_prefix('x') {
            Some(digits) => u32::from_str_radix(digits, 16),
            None => number.parse(),
        };
        return code.ok().and_then(char::from_u32);
    }
    match entity {
        "quot" => Some('"'),
        "apos" => Some('\''),
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "nbsp" => Some('\u{a0}'),
        _ => None,
    }
}
