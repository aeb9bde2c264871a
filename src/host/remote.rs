//! Numbers under which this computer is reached by remote support: TeamViewer, AnyDesk,
//! LiteManager.
//!
//! Nothing is started and nobody is asked over the network: the numbers are read from where
//! each program keeps its own.

use super::registry::{Key, Registry, Value, View};
use super::{os, profiles, text};

/// Number of TeamViewer: value `ClientID` below `HKLM\SOFTWARE\TeamViewer`, or below its
/// subkey `Version…` as versions 5 to 9 kept it.
#[must_use]
pub fn teamviewer() -> Option<String> {
    let id = teamviewer_in(&os::Local);
    if id.is_none() {
        log::debug!("TeamViewer: no ClientID in the registry");
    }
    id
}

fn teamviewer_in(registry: &impl Registry) -> Option<String> {
    let keys = View::BOTH.map(|view| Key::machine(view, "SOFTWARE\\TeamViewer"));
    let client = |key: &Key| registry.value(key, "ClientID").and_then(number);
    keys.iter().find_map(client).or_else(|| {
        keys.iter().find_map(|key| {
            let names = registry.subkeys(key).into_iter().filter(|name| name.starts_with("Version"));
            names.filter_map(|name| client(&key.child(&name))).next_back()
        })
    })
}

fn number(value: Value) -> Option<String> {
    let number = match value {
        Value::Number(number) => number,
        Value::Text(text) => {
            let digits: String = text.chars().filter(|letter| !letter.is_whitespace()).collect();
            digits.parse().ok()?
        }
        Value::Texts(_) => return None,
    };
    (number > 0).then(|| number.to_string())
}

/// Number of AnyDesk: `ad.anynet.id` in the `system.conf` of the active user, else in the files
/// of the installed service below `ProgramData`.
#[must_use]
pub fn anydesk() -> Option<String> {
    let shared = profiles::program_data().join("AnyDesk");
    let own = profiles::roaming_folder(&["anydesk"]).map(|folder| folder.join("system.conf"));
    let files = own.into_iter().chain([shared.join("system.conf"), shared.join("service.conf")]);
    files.filter(|file| file.is_file()).find_map(|file| {
        let id = anydesk_id(&text::read(&file, ANYDESK_LIMIT)?);
        if id.is_none() {
            log::debug!("{}: no ad.anynet.id", file.display());
        }
        id
    })
}

const ANYDESK_LIMIT: u64 = 1024 * 1024;

fn anydesk_id(conf: &str) -> Option<String> {
    let settings = conf.lines().filter_map(|line| line.split_once('='));
    settings
        .filter(|(key, _)| key.trim() == "ad.anynet.id")
        .map(|(_, id)| id.trim())
        .find(|id| !id.is_empty() && *id != "0")
        .map(str::to_owned)
}

/// Number of LiteManager: value `ID (read only)` anywhere below `HKLM\SOFTWARE\LiteManager`.
#[must_use]
pub fn litemanager() -> Option<String> {
    let id = litemanager_in(&os::Local);
    if id.is_none() {
        log::debug!("LiteManager: no ID in the registry");
    }
    id
}

/// Keys of LiteManager that are looked at, and how deep: it has about twenty, five deep.
const LITEMANAGER_KEYS: usize = 500;
const LITEMANAGER_DEPTH: usize = 8;

fn litemanager_in(registry: &impl Registry) -> Option<String> {
    View::BOTH.iter().find_map(|&view| {
        let mut level = vec![Key::machine(view, "SOFTWARE\\LiteManager")];
        let mut budget = LITEMANAGER_KEYS;
        for _ in 0..LITEMANAGER_DEPTH {
            level.truncate(budget);
            budget -= level.len();
            let found = level.iter().find_map(|key| identifier(registry.value(key, "ID (read only)")?));
            if found.is_some() {
                return found;
            }
            level = level
                .iter()
                .flat_map(|key| registry.subkeys(key).into_iter().map(|name| key.child(&name)))
                .take(budget)
                .collect();
        }
        None
    })
}

fn identifier(value: Value) -> Option<String> {
    match value {
        Value::Number(_) => number(value),
        other => other.text(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::registry::table::Table;

    fn teamviewer_key(view: View) -> Key {
        Key::machine(view, "SOFTWARE\\TeamViewer")
    }

    #[test]
    fn teamviewer_is_taken_from_the_64_bit_view_first() {
        let only_32 =
            Table::default().with(teamviewer_key(View::Bits32), "ClientID", Value::Number(1_234_567_890));
        assert_eq!(teamviewer_in(&only_32).as_deref(), Some("1234567890"));
        let both = only_32.with(teamviewer_key(View::Bits64), "ClientID", Value::Number(987_654_321));
        assert_eq!(teamviewer_in(&both).as_deref(), Some("987654321"));
    }

    #[test]
    fn teamviewer_zero_means_none() {
        let zero = Table::default().with(teamviewer_key(View::Bits64), "ClientID", Value::Number(0));
        assert_eq!(teamviewer_in(&zero), None);
        let other = zero.with(teamviewer_key(View::Bits32), "ClientID", Value::Number(5));
        assert_eq!(teamviewer_in(&other).as_deref(), Some("5"));
        assert_eq!(teamviewer_in(&Table::default()), None);
    }

    #[test]
    fn teamviewer_number_may_be_text() {
        let key = teamviewer_key(View::Bits64);
        let spaced = Table::default().text(key.clone(), "ClientID", "123 456\u{a0}789 ");
        assert_eq!(teamviewer_in(&spaced).as_deref(), Some("123456789"));
        assert_eq!(teamviewer_in(&Table::default().text(key, "ClientID", "unknown")), None);
    }

    #[test]
    fn old_teamviewer_kept_it_below_its_version() {
        let key = teamviewer_key(View::Bits32);
        let old = Table::default()
            .with(key.child("Version7"), "ClientID", Value::Number(7))
            .with(key.child("Version9"), "ClientID", Value::Number(9))
            .with(key.child("Other"), "ClientID", Value::Number(1));
        assert_eq!(teamviewer_in(&old).as_deref(), Some("9"));
        assert_eq!(teamviewer_in(&old.with(key, "ClientID", Value::Number(15))).as_deref(), Some("15"));
    }

    #[test]
    fn anydesk_key_is_matched_whole() {
        let conf =
            "ad.anynet.alias=kassa@ad\r\nbad.anynet.id=1\r\nad.anynet.id_old=2\r\nad.anynet.id=123456789\r\n";
        assert_eq!(anydesk_id(conf).as_deref(), Some("123456789"));
        assert_eq!(anydesk_id("ad.anynet.id = 42"), Some("42".to_owned()));
    }

    #[test]
    fn anydesk_without_a_number_is_none() {
        for conf in ["", "ad.anynet.id=", "ad.anynet.id=0\n", "ad.anynet.id", "ad.anynet.fpr=1"] {
            assert_eq!(anydesk_id(conf), None, "{conf}");
        }
    }

    #[test]
    fn litemanager_is_found_at_any_depth() {
        let root = Key::machine(View::Bits32, "SOFTWARE\\LiteManager");
        let deep = root.child("v3.4").child("Server").child("Parameters").child("NoIPSettings");
        let table = Table::default().text(root.child("v3.4"), "ID", "wrong").text(
            deep,
            "ID (read only)",
            " lm-4711 ",
        );
        assert_eq!(litemanager_in(&table).as_deref(), Some("lm-4711"));
        let numeric = Table::default().with(root.clone(), "ID (read only)", Value::Number(4711));
        assert_eq!(litemanager_in(&numeric).as_deref(), Some("4711"));
        assert_eq!(litemanager_in(&Table::default().text(root, "ID (read only)", "")), None);
    }

    #[test]
    fn litemanager_search_ends_in_a_bottomless_registry() {
        struct Bottomless;
        impl Registry for Bottomless {
            fn value(&self, _: &Key, _: &str) -> Option<Value> {
                None
            }
            fn values(&self, _: &Key) -> Vec<Value> {
                Vec::new()
            }
            fn subkeys(&self, _: &Key) -> Vec<String> {
                (0..100).map(|number| number.to_string()).collect()
            }
        }
        assert_eq!(litemanager_in(&Bottomless), None);
    }
}
