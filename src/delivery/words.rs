//! What a server says in the body of an answer, in a line that can be shown.

use serde_json::Value;

use crate::secret::Secret;

/// Keys under which servers put their message, the likeliest first.
const KEYS: [&str; 5] = ["message", "error", "detail", "description", "errors"];
/// Longest message, characters.
const LIMIT: usize = 200;

/// The message in a body: of a JSON object, the title of a page, else its first line. Servers that repeat what they
/// got do not make us show `secrets`.
#[must_use]
pub fn of(body: &[u8], secrets: &[Secret]) -> Option<String> {
    let text = match serde_json::from_slice::<Value>(body) {
        Ok(value) => of_json(&value)?,
        Err(_) => of_text(&String::from_utf8_lossy(body))?,
    };
    let hidden = secrets.iter().filter(|secret| secret.is_distinct());
    let text = hidden.fold(text, |text, secret| secret.masked_in(text));
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut short: String = words.chars().take(LIMIT).collect();
    if short.len() < words.len() {
        short.push('…');
    }
    (!short.is_empty()).then_some(short)
}

fn of_json(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Object(object) => match KEYS.iter().find_map(|key| object.get(*key)) {
            Some(found) => of_json(found),
            None => Some(value.to_string()),
        },
        Value::Null => None,
        other => Some(other.to_string()),
    }
}

fn of_text(text: &str) -> Option<String> {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    if !text.starts_with('<') {
        return text.lines().next().map(str::to_owned);
    }
    let (_, rest) = text.split_once("<title>")?;
    rest.split_once("</title>").map(|(title, _)| title.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_found() {
        for (body, words) in [
            (r#"{"status":"error","message":"Неверный ключ"}"#, Some("Неверный ключ")),
            (r#"{"error":{"code":5,"message":"no\n such   register"}}"#, Some("no such register")),
            (r#"{"detail":[{"loc":["body"]}]}"#, Some(r#"[{"loc":["body"]}]"#)),
            (r#"{"ok":false}"#, Some(r#"{"ok":false}"#)),
            ("\"text\"", Some("text")),
            ("Bad Request\r\nmore", Some("Bad Request")),
            ("<html><head><title>502 Bad Gateway</title></head>", Some("502 Bad Gateway")),
            ("<html>", None),
            ("{\"message\":\"cut", Some("{\"message\":\"cut")),
            ("", None),
            ("null", None),
        ] {
            assert_eq!(of(body.as_bytes(), &[]).as_deref(), words, "{body}");
        }
    }

    #[test]
    fn secrets_that_come_back_are_hidden() {
        let secrets = ["key-1".to_owned(), "a".to_owned()].map(Secret::new);
        let words = of(br#"{"message":"bad key-1 at a"}"#, &secrets);
        assert_eq!(words.as_deref(), Some("bad *** at a"));
    }

    #[test]
    fn long_messages_are_cut() {
        let words = of("я".repeat(5000).as_bytes(), &[]).expect("words");
        assert_eq!((words.chars().count(), words.ends_with('…')), (LIMIT + 1, true));
    }
}
