//! `connect.json`: how the registers are connected.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::lenient::{Lenient, Scalar, lenient, one_or_many};
use crate::kkt::{Brand, Link, ReadError};

/// Seconds that the network may take to come up after the start of the computer.
const NETWORK_WAIT: u32 = 30;
/// Seconds that one register may take.
const PROBE_TIMEOUT: u32 = 60;
/// Speed when none is given, baud.
pub const BAUD: u32 = 115_200;

/// The file as written; every key may be missing.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct ConnectFile {
    /// Seconds to wait for the network.
    #[serde(default, deserialize_with = "lenient")]
    pub tcp_timeout: Option<u32>,
    /// Seconds that one register may take.
    #[serde(default, deserialize_with = "lenient")]
    pub probe_timeout: Option<u32>,
    /// ATOL registers.
    #[serde(default, deserialize_with = "one_or_many")]
    pub atol: Vec<Entry>,
    /// Mitsu registers.
    #[serde(default, deserialize_with = "one_or_many")]
    pub mitsu: Vec<Entry>,
    /// Registers of the plugin; only their ports matter here, so that nobody else touches them.
    #[serde(default, deserialize_with = "one_or_many")]
    pub shtrih: Vec<Entry>,
}

/// One register as written.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Entry {
    /// 0 search, 1 COM, 2 TCP, 3 USB (ATOL) or "none, do not search" (Mitsu).
    #[serde(default, deserialize_with = "lenient")]
    pub type_connect: Option<ConnectType>,
    /// Serial port.
    #[serde(default, deserialize_with = "lenient")]
    pub com_port: Option<ComPort>,
    /// Its speed, baud.
    #[serde(default, deserialize_with = "lenient")]
    pub com_baudrate: Option<u32>,
    /// Host name or IP address.
    #[serde(default, deserialize_with = "lenient")]
    pub ip: Option<String>,
    /// TCP port.
    #[serde(default, deserialize_with = "lenient")]
    pub ip_port: Option<u16>,
}

/// Value of `type_connect`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectType {
    /// 0.
    Search,
    /// 1.
    Com,
    /// 2, and the plugin's 6.
    Tcp,
    /// 3.
    UsbOrNone,
    /// Other numbers, which plugins use.
    Other,
}

impl Lenient for ConnectType {
    const EXPECTED: &'static str = "0, 1, 2 or 3";

    fn understand(scalar: &Scalar<'_>) -> Option<Self> {
        Some(match u32::understand(scalar)? {
            0 => Self::Search,
            1 => Self::Com,
            2 => Self::Tcp,
            3 => Self::UsbOrNone,
            _ => Self::Other,
        })
    }
}

/// Name of a serial port; a bare number `4` means `COM4`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComPort(pub String);

impl Lenient for ComPort {
    const EXPECTED: &'static str = "the name of a port, such as \"COM4\"";

    fn understand(scalar: &Scalar<'_>) -> Option<Self> {
        let text = String::understand(scalar)?;
        let bare_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        Some(Self(if bare_number { format!("COM{text}") } else { text }))
    }
}

/// How the registers are connected, resolved.
#[derive(Debug, Clone, Serialize)]
pub struct Connect {
    /// How long the network may take to come up.
    #[serde(rename = "tcp_timeout", serialize_with = "seconds")]
    pub network_wait: Duration,
    /// How long one register may take.
    #[serde(serialize_with = "seconds")]
    pub probe_timeout: Duration,
    /// ATOL registers.
    pub atol: Plan,
    /// Mitsu registers.
    pub mitsu: Plan,
    /// Serial ports of the plugin's registers.
    #[serde(skip)]
    pub plugin_ports: Vec<String>,
}

fn seconds<S: serde::Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(duration.as_secs())
}

/// What the entries of one brand say.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Plan {
    /// Search for registers.
    pub search: bool,
    /// Speed for ports that are found, baud.
    pub baud: u32,
    /// Registers whose way is given.
    pub links: Vec<Link>,
    /// Entries that lack what their connection type needs.
    #[serde(skip)]
    pub faults: Vec<ReadError>,
}

impl Connect {
    /// What the file means.
    #[must_use]
    pub fn resolve(file: &ConnectFile) -> Self {
        let duration = |seconds: Option<u32>, default| Duration::from_secs(seconds.unwrap_or(default).into());
        Self {
            network_wait: duration(file.tcp_timeout, NETWORK_WAIT),
            probe_timeout: duration(file.probe_timeout.filter(|&seconds| seconds > 0), PROBE_TIMEOUT),
            atol: Plan::atol(&file.atol),
            mitsu: Plan::mitsu(&file.mitsu),
            plugin_ports: file.shtrih.iter().filter_map(plugin_port).collect(),
        }
    }

    /// The plan of one brand.
    #[must_use]
    pub fn plan(&self, brand: Brand) -> &Plan {
        match brand {
            Brand::Atol => &self.atol,
            Brand::Mitsu => &self.mitsu,
        }
    }

    /// Serial ports that an entry of the file claims.
    pub fn claimed_ports(&self) -> impl Iterator<Item = &str> {
        let links = self.atol.links.iter().chain(&self.mitsu.links);
        let ports = links.filter_map(|link| match link {
            Link::Com { port, .. } => Some(port.as_str()),
            Link::Tcp { .. } | Link::Usb => None,
        });
        ports.chain(self.plugin_ports.iter().map(String::as_str))
    }
}

/// The plugin numbers its types otherwise: 0 is COM.
fn plugin_port(entry: &Entry) -> Option<String> {
    (entry.type_connect == Some(ConnectType::Search))
        .then_some(entry.com_port.as_ref())?
        .map(|port| port.0.clone())
}

impl Plan {
    /// When the first entry says "search", the others are not looked at. Otherwise the first may
    /// be anything, the further ones count only when they say COM or TCP.
    fn atol(entries: &[Entry]) -> Self {
        let first = entries.first();
        let search = entries.is_empty() || type_of(first) == ConnectType::Search;
        let mut plan = Self::new(search, first);
        if !search {
            plan.add(Brand::Atol, entries);
            if type_of(first) == ConnectType::UsbOrNone {
                plan.links.insert(0, Link::Usb);
            }
        }
        plan
    }

    /// "Search" in the first entry does not touch the further ones that say COM or TCP.
    fn mitsu(entries: &[Entry]) -> Self {
        let first = entries.first();
        let search = first.is_some() && type_of(first) == ConnectType::Search;
        let mut plan = Self::new(search, first);
        plan.add(Brand::Mitsu, entries);
        plan
    }

    fn new(search: bool, first: Option<&Entry>) -> Self {
        Self { search, baud: first.map_or(BAUD, Entry::baud), links: Vec::new(), faults: Vec::new() }
    }

    fn add(&mut self, brand: Brand, entries: &[Entry]) {
        for (index, entry) in entries.iter().enumerate() {
            match entry.link(brand, index) {
                Some(Ok(link)) if !self.links.contains(&link) => self.links.push(link),
                Some(Err(fault)) => self.faults.push(fault),
                Some(Ok(_)) | None => {}
            }
        }
    }
}

fn type_of(entry: Option<&Entry>) -> ConnectType {
    entry.and_then(|entry| entry.type_connect).unwrap_or(ConnectType::Search)
}

/// TCP port at which registers of a brand listen when none is given.
#[must_use]
pub fn default_tcp_port(brand: Brand) -> u16 {
    match brand {
        Brand::Atol => 5555,
        Brand::Mitsu => 8200,
    }
}

impl Entry {
    fn baud(&self) -> u32 {
        self.com_baudrate.filter(|&baud| baud > 0).unwrap_or(BAUD)
    }

    /// The way that the entry gives, if it gives one.
    fn link(&self, brand: Brand, index: usize) -> Option<Result<Link, ReadError>> {
        let missing =
            |field: &str| ReadError::Entry { entry: format!("{brand}[{index}]"), field: field.to_owned() };
        match self.type_connect? {
            ConnectType::Com => {
                let port = self.com_port.as_ref().filter(|port| !port.0.is_empty());
                let port = port.ok_or_else(|| missing("com_port"));
                Some(port.map(|port| Link::Com { port: port.0.clone(), baud: self.baud() }))
            }
            ConnectType::Tcp => {
                let host = self.ip.as_ref().filter(|host| !host.is_empty()).ok_or_else(|| missing("ip"));
                let port = self.ip_port.unwrap_or_else(|| default_tcp_port(brand));
                Some(host.map(|host| Link::Tcp { host: host.clone(), port }))
            }
            ConnectType::Search | ConnectType::UsbOrNone | ConnectType::Other => None,
        }
    }
}

/// Writes the outcome of a search into the tree of `connect.json`: what was found goes to the
/// entries without a register, then to new ones; entries that still say "search" then say
/// "none". `again` is a search that was asked for although registers are configured: then a
/// register that was found at a new place takes the entry of one that was not found.
pub fn note_found(tree: &mut Value, brand: Brand, found: &[Link], again: bool) {
    let entries = entries_of(tree, brand);
    let known: Vec<Option<Link>> =
        entries.iter().enumerate().map(|(i, entry)| link_of(entry, brand, i)).collect();
    let mut new = found.iter().filter(|link| !known.iter().flatten().any(|known| known == *link));
    let (taken, free): (Vec<_>, Vec<_>) =
        entries.iter_mut().zip(&known).partition(|(_, known)| known.is_some());
    let lost = taken
        .into_iter()
        .filter(|(_, known)| again && known.as_ref().is_some_and(|link| !found.contains(link)));
    for ((entry, _), link) in lost.zip(&mut new) {
        describe(entry, link);
    }
    for (entry, _) in free {
        match new.next() {
            Some(link) => describe(entry, link),
            None => set(entry, "type_connect", json!(3)),
        }
    }
    entries.extend(new.map(|link| {
        let mut entry = json!({});
        describe(&mut entry, link);
        entry
    }));
}

/// The list of a brand, made where it is missing, wrapped where a single object stands.
fn entries_of(tree: &mut Value, brand: Brand) -> &mut Vec<Value> {
    if !tree.is_object() {
        *tree = json!({});
    }
    let slot = &mut tree[brand.key()];
    if !slot.is_array() {
        let single = slot.take();
        *slot = Value::Array(if single.is_object() { vec![single] } else { Vec::new() });
    }
    match slot {
        Value::Array(entries) => entries,
        _ => unreachable!("made an array above"),
    }
}

fn link_of(entry: &Value, brand: Brand, index: usize) -> Option<Link> {
    Entry::deserialize(entry).ok()?.link(brand, index)?.ok()
}

fn describe(entry: &mut Value, link: &Link) {
    match link {
        Link::Com { port, baud } => {
            set(entry, "type_connect", json!(1));
            set(entry, "com_port", json!(port));
            set(entry, "com_baudrate", json!(baud.to_string()));
        }
        Link::Tcp { host, port } => {
            set(entry, "type_connect", json!(2));
            set(entry, "ip", json!(host));
            set(entry, "ip_port", json!(port.to_string()));
        }
        Link::Usb => set(entry, "type_connect", json!(3)),
    }
}

/// Sets a key in place, so that the order of the keys survives.
fn set(entry: &mut Value, key: &str, value: Value) {
    if !entry.is_object() {
        *entry = Value::Object(Map::new());
    }
    entry[key] = value;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(text: &str) -> Connect {
        Connect::resolve(&serde_json::from_str(text).expect("valid"))
    }

    fn links(plan: &Plan) -> Vec<String> {
        plan.links.iter().map(Link::to_string).collect()
    }

    #[test]
    fn shipped_default_searches_both_brands() {
        let connect = resolve(crate::config::CONNECT_DEFAULT);
        assert!(connect.atol.search && connect.mitsu.search);
        assert_eq!((links(&connect.atol), links(&connect.mitsu)), (vec![], vec![]));
        assert_eq!((connect.network_wait.as_secs(), connect.probe_timeout.as_secs()), (30, 60));
    }

    #[test]
    fn atol_entries_follow_the_first() {
        let search = resolve(r#"{"atol":[{"type_connect":"0"},{"type_connect":1,"com_port":"COM4"}]}"#);
        assert!(search.atol.search && search.atol.links.is_empty());
        let usb = resolve(
            r#"{"atol":[{"type_connect":3},{"type_connect":"1","com_port":4},{"type_connect":3},
            {"type_connect":2,"ip":"10.0.0.1"}]}"#,
        );
        assert_eq!(links(&usb.atol), ["usb", "com:COM4@115200", "tcp:10.0.0.1:5555"]);
        let single = resolve(r#"{"atol":{"type_connect":"1","com_port":"COM3","com_baudrate":"9600"}}"#);
        assert_eq!(links(&single.atol), ["com:COM3@9600"]);
    }

    #[test]
    fn incomplete_entries_are_faults_of_their_own() {
        let connect = resolve(
            r#"{"atol":[{"type_connect":1},{"type_connect":2,"ip":"10.0.0.1"}],"mitsu":[{"type_connect":2}]}"#,
        );
        assert_eq!(links(&connect.atol), ["tcp:10.0.0.1:5555"]);
        assert_eq!(connect.atol.faults.len(), 1);
        assert_eq!(
            connect.mitsu.faults.first().map(ToString::to_string).as_deref(),
            Some("mitsu[0]: ip is missing or empty")
        );
    }

    #[test]
    fn plugin_ports_are_claimed() {
        let connect = resolve(
            r#"{"atol":[{"type_connect":1,"com_port":"COM1"}],
            "shtrih":[{"type_connect":0,"com_port":"COM9"},{"type_connect":6,"com_port":"COM8"}]}"#,
        );
        assert_eq!(connect.claimed_ports().collect::<Vec<_>>(), ["COM1", "COM9"]);
    }

    fn noted(text: &str, found: &[&str], again: bool) -> Value {
        let mut tree: Value = serde_json::from_str(text).expect("valid");
        let found: Vec<Link> = found.iter().map(|link| link.parse().expect("link")).collect();
        note_found(&mut tree, Brand::Mitsu, &found, again);
        tree
    }

    #[test]
    fn found_registers_fill_free_entries_and_keep_unknown_keys() {
        let tree = noted(
            r#"{"note":"ours","mitsu":[{"name":"bar","type_connect":0,"ip":"x"},{"type_connect":1,"com_port":"COM2"}]}"#,
            &["com:COM2@115200", "tcp:10.0.0.9:8200", "com:COM5@115200"],
            false,
        );
        let expected = concat!(
            r#"{"note":"ours","mitsu":[{"name":"bar","type_connect":2,"ip":"10.0.0.9","ip_port":"8200"},"#,
            r#"{"type_connect":1,"com_port":"COM2"},{"type_connect":1,"com_port":"COM5","com_baudrate":"115200"}]}"#
        );
        assert_eq!(tree.to_string(), expected);
    }

    #[test]
    fn nothing_found_ends_the_search() {
        let tree = noted(
            r#"{"mitsu":[{"type_connect":0},{"type_connect":0},{"type_connect":2,"ip":"h"}]}"#,
            &[],
            false,
        );
        assert_eq!(
            tree.to_string(),
            r#"{"mitsu":[{"type_connect":3},{"type_connect":3},{"type_connect":2,"ip":"h"}]}"#
        );
    }

    #[test]
    fn a_new_search_moves_entries_and_forgets_none() {
        let before = r#"{"mitsu":[{"type_connect":1,"com_port":"COM7"},{"type_connect":3}]}"#;
        let moved = noted(before, &["com:COM9@115200"], true);
        assert_eq!(moved["mitsu"][0]["com_port"], "COM9");
        assert_eq!(noted(before, &[], true).to_string(), before);
    }
}
