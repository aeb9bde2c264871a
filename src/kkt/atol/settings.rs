//! Connection settings of the driver for a way to the register.
//!
//! The keys and values are those of the vendor's programming guide, "Настройка драйвера".

use serde_json::{Map, Value, json};

use super::params::{MODEL_AUTO, port};
use crate::kkt::Link;

/// The settings in the order in which they are given.
pub(super) struct Settings(Vec<(&'static str, Value)>);

impl Settings {
    /// Settings that reach a register by `link`.
    ///
    /// The driver must not reconnect by itself: a lost register is reported, not waited for.
    pub(super) fn of(link: &Link) -> Self {
        let mut list = vec![("Model", json!(MODEL_AUTO)), ("AutoReconnect", json!(false))];
        match link {
            Link::Com { port: name, baud } => {
                list.extend([("Port", json!(port::COM)), ("ComFile", json!(name)), ("BaudRate", json!(baud))])
            }
            Link::Tcp { host, port: number } => list.extend([
                ("Port", json!(port::TCP)),
                ("IPAddress", json!(host)),
                ("IPPort", json!(number)),
            ]),
            Link::Usb => list.extend([("Port", json!(port::USB)), ("UsbDevicePath", json!("auto"))]),
        }
        Self(list)
    }

    /// All of them as one JSON object.
    pub(super) fn json(&self) -> String {
        let map: Map<_, _> = self.0.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect();
        Value::Object(map).to_string()
    }

    /// Each of them as text, for drivers that take them one by one.
    pub(super) fn single(&self) -> impl Iterator<Item = (&'static str, String)> {
        self.0
            .iter()
            .map(|(key, value)| (*key, value.as_str().map_or_else(|| value.to_string(), str::to_owned)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json_of(link: &str) -> String {
        Settings::of(&link.parse().expect("a link")).json()
    }

    #[test]
    fn each_link_has_its_settings() {
        assert_eq!(
            json_of("com:COM4@115200"),
            r#"{"Model":500,"AutoReconnect":false,"Port":0,"ComFile":"COM4","BaudRate":115200}"#
        );
        assert_eq!(
            json_of("tcp:10.0.0.7:5555"),
            r#"{"Model":500,"AutoReconnect":false,"Port":2,"IPAddress":"10.0.0.7","IPPort":5555}"#
        );
        assert_eq!(json_of("usb"), r#"{"Model":500,"AutoReconnect":false,"Port":1,"UsbDevicePath":"auto"}"#);
    }

    #[test]
    fn names_are_quoted_in_json_and_bare_one_by_one() {
        let settings = Settings::of(&Link::Com { port: r#"a"b\c"#.to_owned(), baud: 9600 });
        assert!(settings.json().contains(r#""ComFile":"a\"b\\c""#));
        let single: Vec<_> = settings.single().collect();
        assert_eq!(single[3], ("ComFile", r#"a"b\c"#.to_owned()));
        assert_eq!(single[4], ("BaudRate", "9600".to_owned()));
    }
}
