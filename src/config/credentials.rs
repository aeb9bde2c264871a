//! The credentials in the text of `service.json`, each with its place, so that they can be
//! replaced and every other byte of the file stays what it was.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::lenient::{Lenient, given};
use super::load::{self, ConfigError, Source};
use super::service::Service;
use crate::secret::Secret;

/// Keys of an entry whose values are credentials.
const KEYS: [&str; 4] = ["url", "api_key", "bot_token", "chat_id"];
const SWITCH: &str = "encryption";

/// The text of a file and the credentials in it.
pub struct Credentials {
    /// The entries that hold any.
    pub entries: Vec<Entry>,
    source: Source,
}

/// The credentials of one server, or of the bot.
pub struct Entry {
    /// Where it stands: `sending_data.url_list[0]`.
    pub name: String,
    /// They are said to be encrypted.
    pub encrypted: bool,
    /// The values that are not empty.
    pub values: Vec<Credential>,
    switch: Edit,
}

/// One value.
pub struct Credential {
    /// Its key.
    pub key: &'static str,
    /// What stands there.
    pub value: Secret,
    place: Range<usize>,
}

/// A text in the place of another.
pub struct Edit {
    place: Range<usize>,
    text: String,
}

impl Credentials {
    /// Reads a file, which must be a correct `service.json`.
    ///
    /// # Errors
    /// When it is missing or cannot be understood.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let absent = || ConfigError::Unreadable {
            path: path.to_owned(),
            reason: std::io::Error::from(std::io::ErrorKind::NotFound).to_string(),
        };
        let source = load::read_source(path)?.ok_or_else(absent)?;
        // Finds every mistake with its place.
        load::parse::<Service>(path, &source.text)?;
        let entries = entries(&source.text).map_err(|error| load::explain(path, "", &error))?;
        Ok(Self { entries, source })
    }

    /// The text of the file after some edits.
    #[must_use]
    pub fn edited(&self, mut edits: Vec<Edit>) -> String {
        edits.sort_by_key(|edit| std::cmp::Reverse(edit.place.start));
        let mut text = self.source.text.clone();
        for edit in edits {
            text.replace_range(edit.place, &edit.text);
        }
        format!("{}{text}", self.source.mark)
    }
}

impl Entry {
    /// Says that the values are encrypted.
    #[must_use]
    pub fn switched_on(&self) -> Edit {
        Edit { place: self.switch.place.clone(), text: self.switch.text.clone() }
    }

    fn parse(name: String, text: &str, raw: &RawValue) -> serde_json::Result<Self> {
        let members: BTreeMap<String, &RawValue> = serde_json::from_str(raw.get())?;
        let switch = members.get(SWITCH);
        let encrypted = switch.map_or(Ok(false), |raw| value(raw))?;
        let credential = |key: &'static str| {
            let raw = members.get(key)?;
            let value: serde_json::Result<Secret> = value(raw);
            Some(value.map(|value| Credential { key, value, place: place(text, raw) }))
        };
        let mut values = KEYS.into_iter().filter_map(credential).collect::<serde_json::Result<Vec<_>>>()?;
        values.retain(|credential| !credential.value.is_blank());
        let switch = match switch {
            Some(raw) => Edit { place: place(text, raw), text: "true".to_owned() },
            None => Edit::first_member(text, raw),
        };
        Ok(Self { name, encrypted, values, switch })
    }
}

impl Credential {
    /// Puts a token in the place of the value.
    #[must_use]
    pub fn replaced_by(&self, token: &str) -> Edit {
        Edit { place: self.place.clone(), text: serde_json::Value::from(token).to_string() }
    }
}

impl Edit {
    /// Adds the switch before the first member of an object, laid out as that one is.
    fn first_member(text: &str, object: &RawValue) -> Self {
        let start = place(text, object).start + 1;
        let inside = object.get().strip_prefix('{').unwrap_or_default();
        let blanks = inside.get(..inside.len() - inside.trim_start().len()).unwrap_or_default();
        Self { place: start..start, text: format!("{blanks}\"{SWITCH}\": true,") }
    }
}

#[derive(Deserialize)]
struct Tree<'a> {
    #[serde(borrow)]
    sending_data: Option<Sending<'a>>,
    #[serde(borrow)]
    notification: Option<Notification<'a>>,
}

#[derive(Deserialize)]
struct Sending<'a> {
    #[serde(borrow)]
    url_list: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Notification<'a> {
    #[serde(borrow)]
    authentication: Option<&'a RawValue>,
}

/// The entries that hold credentials.
fn entries(text: &str) -> serde_json::Result<Vec<Entry>> {
    let tree: Tree<'_> = serde_json::from_str(text)?;
    let servers = match tree.sending_data.and_then(|section| section.url_list) {
        Some(list) if list.get().starts_with('[') => serde_json::from_str(list.get())?,
        one => Vec::from_iter(one),
    };
    let servers = servers.into_iter().enumerate();
    let servers = servers.map(|(index, raw)| (format!("sending_data.url_list[{index}]"), raw));
    let bot = tree.notification.and_then(|section| section.authentication);
    let bot = bot.map(|raw| ("notification.authentication".to_owned(), raw));
    let entries = servers.chain(bot).map(|(name, raw)| Entry::parse(name, text, raw));
    let entries = entries.collect::<serde_json::Result<Vec<_>>>()?;
    Ok(entries.into_iter().filter(|entry| !entry.values.is_empty()).collect())
}

/// What a value means, however it is written.
fn value<T: Lenient>(raw: &RawValue) -> serde_json::Result<T> {
    given(&mut serde_json::Deserializer::from_str(raw.get()))
}

/// Where a value stands in the text that it was read from.
fn place(text: &str, raw: &RawValue) -> Range<usize> {
    let start = raw.get().as_ptr().addr().saturating_sub(text.as_ptr().addr());
    start..start + raw.get().len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed(text: &str) -> String {
        let credentials = Credentials {
            entries: entries(text).unwrap(),
            source: Source { mark: "", text: text.to_owned() },
        };
        let of_entry = |entry: &Entry| {
            let values = entry.values.iter().map(|credential| credential.replaced_by(credential.key));
            values.chain([entry.switched_on()]).collect::<Vec<_>>()
        };
        credentials.edited(credentials.entries.iter().flat_map(of_entry).collect())
    }

    #[test]
    fn only_credentials_change() {
        let text = "{\"x\": 1e3,\r\n\t\"sending_data\": {\"url_list\": [ {\r\n \"encryption\" :\"0\" , \"api_key\":12,\r\n\
                    \"own\":[1.0], \"url\": \"\\u0041\\\"\"}, {\"url\":\"\"}, {\n  \"url\":\"ю\"\n} ]},\n\
                    \"notification\":{\"authentication\":{\"chat_id\":-1}, \"proxy\":\"p\"} }\n\n";
        let expected = "{\"x\": 1e3,\r\n\t\"sending_data\": {\"url_list\": [ {\r\n \"encryption\" :true , \"api_key\":\"api_key\",\r\n\
                        \"own\":[1.0], \"url\": \"url\"}, {\"url\":\"\"}, {\n  \"encryption\": true,\n  \"url\":\"url\"\n} ]},\n\
                        \"notification\":{\"authentication\":{\"encryption\": true,\"chat_id\":\"chat_id\"}, \"proxy\":\"p\"} }\n\n";
        assert_eq!(sealed(text), expected);
    }

    #[test]
    fn values_are_understood_as_elsewhere() {
        let text = r#"{"sending_data":{"url_list":{"encryption":1,"url":"\u0041","api_key":12}}}"#;
        let entries = entries(text).unwrap();
        let values: Vec<(&str, &str)> =
            entries[0].values.iter().map(|credential| (credential.key, credential.value.expose())).collect();
        assert_eq!((entries[0].name.as_str(), entries[0].encrypted), ("sending_data.url_list[0]", true));
        assert_eq!(values, [("url", "A"), ("api_key", "12")]);
    }

    #[test]
    fn no_credentials_are_no_entries() {
        for text in ["{}", r#"{"sending_data":{"url_list":[]}}"#, r#"{"sending_data":{"url_list":null}}"#] {
            assert!(entries(text).unwrap().is_empty(), "{text}");
        }
    }
}
