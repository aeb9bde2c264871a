//! Every format against what is kept in `tests/fixtures/metrics`. With `GETAD_BLESS` set the files
//! there are written anew, to be looked at before they are kept.

use std::fs;
use std::path::PathBuf;

use chrono::{FixedOffset, TimeZone};

use super::*;
use crate::state::health::load_all;

fn fixtures() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/metrics")
}

fn snapshot() -> Snapshot {
    let now = time_text::parse("2026-11-22 12:00:00").expect("a time");
    let (files, faults) = load_all(&fixtures().join("home/metrics"));
    assert_eq!(faults, []);
    let moscow =
        |local| FixedOffset::east_opt(3 * 3600)?.from_local_datetime(&local).single().map(|t| t.timestamp());
    Snapshot {
        now,
        unix: moscow,
        workstation: Facts {
            hostname: Some("KASSA-1".to_owned()),
            anydesk_id: Some("123 \"4\"\\".to_owned()),
            ..Facts::default()
        },
        registers: files.into_iter().filter_map(|file| Register::new(file, now)).collect(),
        unreadable_files: 0,
    }
}

#[track_caller]
fn is_as_kept(name: &str, content: &str) {
    let path = fixtures().join(name);
    if std::env::var_os("GETAD_BLESS").is_some() {
        fs::write(&path, content).expect("the fixture");
    }
    assert_eq!(content, fs::read_to_string(path).expect("the fixture"), "{name}");
}

#[test]
fn formats_are_as_kept() {
    let snapshot = snapshot();
    is_as_kept("json.json", &json::document(&snapshot));
    is_as_kept("zabbix.json", &zabbix::document(&snapshot));
    is_as_kept("discovery.json", &discovery::document(&snapshot));
    is_as_kept("zabbix-legacy.json", &legacy::document(&snapshot));
    is_as_kept("prometheus.prom", &prometheus::document(&snapshot));
    let first = Snapshot { registers: snapshot.registers.iter().take(1).cloned().collect(), ..snapshot };
    is_as_kept("zabbix-legacy-one.json", &legacy::document(&first));
}

#[test]
fn nothing_known_makes_valid_documents() {
    let empty = Snapshot { registers: Vec::new(), ..snapshot() };
    assert_eq!(legacy::document(&empty), "{}");
    assert_eq!(discovery::document(&empty), "[]");
    let json: serde_json::Value = serde_json::from_str(&json::document(&empty)).expect("JSON");
    assert_eq!(json["registers"], serde_json::json!([]));
    let zabbix: serde_json::Value = serde_json::from_str(&zabbix::document(&empty)).expect("JSON");
    assert_eq!(
        (&zabbix["registers"], &zabbix["oldest_age_seconds"]),
        (&serde_json::json!([]), &serde_json::Value::Null)
    );
    let text = prometheus::document(&empty);
    assert!(text.ends_with("getad_unreadable_files 0\n") && !text.contains("getad_kkt_"), "{text}");
}
