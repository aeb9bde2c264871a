//! Keys that nobody reads: most are typing errors, and what they were to switch on is off.

use serde_json::Value;

use super::CONNECT_FILE;

/// How alike a key must be to be proposed: 1 is the same, 0 has nothing in common.
const ALIKE: f64 = 0.6;
/// Unknown keys that are told of one file.
const MOST: usize = 20;

/// A key that nobody reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownKey {
    /// Where it stands: `validation_fn.atol.log_dir`.
    pub place: String,
    /// The known key that it resembles.
    pub nearest: Option<&'static str>,
}

/// What may stand under a key.
enum Form {
    /// A value, or what is not ours to judge.
    Any,
    /// An object, or a list of such objects.
    Object(&'static [(&'static str, Form)]),
}

use Form::{Any, Object};

const ENTRY: Form =
    Object(&[("type_connect", Any), ("com_port", Any), ("com_baudrate", Any), ("ip", Any), ("ip_port", Any)]);

const CONNECT: Form = Object(&[
    ("tcp_timeout", Any),
    ("probe_timeout", Any),
    ("atol", ENTRY),
    ("mitsu", ENTRY),
    // The plugin's own.
    ("shtrih", Any),
]);

const SEARCH: &[(&str, Form)] = &[
    ("logs_dir", Any),
    ("logs_mask_name", Any),
    ("serialNumber_key", Any),
    ("fnNumber_key", Any),
    ("multiline", Any),
    ("source", Any),
];

const SERVICE: Form = Object(&[
    (
        "service",
        Object(&[("updater_name", Any), ("reboot_file", Any), ("log_level", Any), ("log_days", Any)]),
    ),
    (
        "sending_data",
        Object(&[
            ("enabled", Any),
            ("url_list", Object(&[("encryption", Any), ("url", Any), ("api_key", Any)])),
            ("max_attempts", Any),
            ("delay", Any),
            ("timeout", Any),
            ("ca_file", Any),
            ("proxy", Any),
        ]),
    ),
    (
        "validation_fn",
        Object(&[
            ("enabled", Any),
            ("forced", Any),
            ("interval", Any),
            ("trigger_days", Any),
            ("target_time", Any),
            ("delete_days", Any),
            ("atol", Object(SEARCH)),
            ("mitsu", Object(SEARCH)),
        ]),
    ),
    ("shtrihscanner", Object(&[("enabled", Any), ("exe_name", Any), ("timeout", Any)])),
    (
        "notification",
        Object(&[
            ("enabled", Any),
            ("authentication", Object(&[("encryption", Any), ("bot_token", Any), ("chat_id", Any)])),
            ("max_attempts", Any),
            ("delay", Any),
            ("proxy", Any),
            ("api_url", Any),
        ]),
    ),
    (
        "zabbix",
        Object(&[("data_file", Any), ("data_format", Any), ("server", Any), ("host", Any), ("timeout", Any)]),
    ),
    ("prometheus", Object(&[("textfile", Any)])),
]);

/// Keys of a configuration file that nobody reads, by the name of the file.
#[must_use]
pub fn unknown(name: &str, file: &Value) -> Vec<UnknownKey> {
    let mut found = Vec::new();
    collect(file, if name == CONNECT_FILE { &CONNECT } else { &SERVICE }, "", &mut found);
    found
}

fn collect(value: &Value, form: &Form, place: &str, found: &mut Vec<UnknownKey>) {
    let Object(known) = form else { return };
    match value {
        Value::Array(list) => {
            for (index, value) in list.iter().enumerate() {
                collect(value, form, &format!("{place}[{index}]"), found);
            }
        }
        Value::Object(members) => {
            for (key, value) in members {
                let place = if place.is_empty() { key.clone() } else { format!("{place}.{key}") };
                match known.iter().find(|(name, _)| name == key) {
                    Some((_, form)) => collect(value, form, &place, found),
                    None if found.len() < MOST => {
                        found.push(UnknownKey { place, nearest: nearest(key, known) })
                    }
                    None => return,
                }
            }
        }
        _ => {}
    }
}

fn nearest(key: &str, known: &'static [(&'static str, Form)]) -> Option<&'static str> {
    // Longer ones are no typing error, and comparing takes their length squared.
    let key = key.to_lowercase().chars().take(64).collect::<String>();
    let alike = |name: &str| strsim::normalized_damerau_levenshtein(&key, &name.to_lowercase());
    let rated = known.iter().map(|(name, _)| (*name, alike(name)));
    rated
        .filter(|(_, alike)| *alike >= ALIKE)
        .max_by(|(_, one), (_, other)| one.total_cmp(other))
        .map(|(name, _)| name)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::config::{CONNECT_DEFAULT, SERVICE_DEFAULT, SERVICE_FILE};

    fn places(found: &[UnknownKey]) -> Vec<(&str, Option<&str>)> {
        found.iter().map(|key| (key.place.as_str(), key.nearest)).collect()
    }

    #[test]
    fn the_shipped_files_have_known_keys_only() {
        assert_eq!(unknown(CONNECT_FILE, &serde_json::from_str(CONNECT_DEFAULT).unwrap()), []);
        assert_eq!(unknown(SERVICE_FILE, &serde_json::from_str(SERVICE_DEFAULT).unwrap()), []);
    }

    /// What the program shows as effective is what it reads.
    #[test]
    fn every_key_that_is_read_is_known() {
        let service: crate::config::Service = serde_json::from_value(json!({
            "sending_data": { "url_list": [{}], "timeout": 1, "ca_file": "a", "proxy": "b" },
            "validation_fn": { "atol": { "multiline": true, "source": "pos" } },
            "shtrihscanner": { "timeout": 1 }, "notification": { "proxy": "a", "api_url": "b" },
            "zabbix": { "data_file": "a", "data_format": "zabbix", "server": "b", "host": "c", "timeout": 1 },
            "prometheus": { "textfile": "a" },
        }))
        .unwrap();
        assert_eq!(unknown(SERVICE_FILE, &serde_json::to_value(service).unwrap()), []);
    }

    #[test]
    fn a_typing_error_has_a_proposal() {
        let file = json!({ "validation_fn": { "atol": { "log_dir": "x" } }, "Notification": {}, "colour": 1,
            "sending_data": { "url_list": [{ "url": "a" }, { "apikey": "b" }] } });
        let found = unknown(SERVICE_FILE, &file);
        let expected = [
            ("validation_fn.atol.log_dir", Some("logs_dir")),
            ("Notification", Some("notification")),
            ("colour", None),
            ("sending_data.url_list[1].apikey", Some("api_key")),
        ];
        assert_eq!(places(&found), expected);
        let found =
            unknown(CONNECT_FILE, &json!({ "atol": { "comport": 1 }, "shtrih": [{ "anything": 1 }] }));
        assert_eq!(places(&found), [("atol.comport", Some("com_port"))]);
    }
}
