//! README.md says what the program does: whatever a user can type, read or find in a file stands
//! there, and no option stands there that does not exist.

use std::collections::BTreeSet;

use chrono::NaiveDateTime;
use getad::kkt::error::Kind;
use getad::kkt::health::{Health, LastError, Registration};
use getad::kkt::passport::{Passport, SerialNumber};
use getad::kkt::{Brand, Link};
use getad::state::health::HealthFile;
use getad::state::record::{Facts, NONE, Record, WorkstationRecord};
use serde::Serialize;
use serde_json::Value;

use crate::util::Case;

const README: &str = include_str!("../../README.md");

/// Options of other programs that README.md shows.
const OF_OTHERS: [&str; 2] = ["--example", "--release"];

/// The part of README.md under a heading.
#[track_caller]
fn chapter(title: &str) -> &'static str {
    let start = README.find(&format!("\n## {title}\n")).unwrap_or_else(|| panic!("no chapter {title}"));
    let rest = &README[start + 1..];
    rest.find("\n## ").map_or(rest, |end| &rest[..end])
}

/// Demands each name in backquotes, alone or at the beginning of them.
#[track_caller]
fn has_all<'a>(text: &str, names: impl IntoIterator<Item = &'a str>) {
    let stands =
        |name: &str| [format!("`{name}`"), format!("`{name} ")].iter().any(|form| text.contains(form));
    let missing: Vec<&str> = names.into_iter().filter(|name| !stands(name)).collect();
    assert!(missing.is_empty(), "README.md lacks {missing:?}");
}

/// Options that a text names, long and short.
fn options(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
    let is_long = |word: &&str| word.starts_with("--") && word.len() > 3;
    let is_short = |word: &&str| word.len() == 2 && word.starts_with('-') && !word.ends_with('-');
    words.filter(|word| is_long(word) || is_short(word)).map(str::to_owned).collect()
}

fn help(topic: &[&str]) -> String {
    Case::new().run(&[&["help"], topic].concat()).exits(0).stdout
}

fn keys(value: &impl Serialize) -> Vec<String> {
    let value = serde_json::to_value(value).unwrap();
    value.as_object().unwrap().keys().cloned().collect()
}

/// Every key of a document, at any depth.
fn keys_within(value: &Value, keys: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => object.iter().for_each(|(key, value)| {
            keys.insert(key.clone());
            keys_within(value, keys);
        }),
        Value::Array(list) => list.iter().for_each(|value| keys_within(value, keys)),
        _ => {}
    }
}

fn passport() -> Passport {
    Passport::new(SerialNumber::parse("1").unwrap())
}

#[test]
fn options_are_those_of_the_help() {
    let commands = [
        "probe",
        "validate-fn",
        "schedule-reboot",
        "encrypt",
        "config",
        "install",
        "uninstall",
        "migrate",
        "send",
        "update",
        "run",
        "metrics",
        "reboot-kkt",
    ];
    let known: BTreeSet<String> = std::iter::once(&[][..])
        .chain(commands.iter().map(std::slice::from_ref))
        .flat_map(|topic| options(&help(topic)))
        .collect();
    has_all(chapter("Commands"), known.iter().map(String::as_str));
    let unknown: Vec<String> = options(README)
        .into_iter()
        .filter(|option| option.starts_with("--") && !known.contains(option))
        .collect();
    assert_eq!(unknown, OF_OTHERS, "options that do not exist");
}

#[test]
fn commands_are_those_of_the_help() {
    let commands =
        help(&[]).lines().filter_map(|line| line.strip_prefix("  ")).map(str::to_owned).collect::<Vec<_>>();
    let names: Vec<&str> = commands
        .iter()
        .filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase()))
        .filter_map(|line| line.split(' ').next())
        .collect();
    assert!(names.contains(&"probe"), "{names:?}");
    has_all(chapter("Commands"), names);
}

#[test]
fn exit_codes_are_those_of_the_help() {
    let table = help(&["exit-codes"]);
    let lines: Vec<(&str, &str)> =
        table.lines().filter_map(|line| line.trim_start().split_once("  ")).collect();
    assert_eq!(lines.len(), 8, "{table}");
    for (code, meaning) in lines {
        let row = format!("| {code} | {meaning} |");
        assert!(chapter("Exit codes").contains(&row), "README.md lacks {row}");
    }
}

#[test]
fn keys_of_the_shipped_configuration_are_explained() {
    for (title, content) in [
        ("connect.json", include_str!("../../config/connect.json")),
        ("service.json", include_str!("../../config/service.json")),
    ] {
        let mut keys = BTreeSet::new();
        keys_within(&serde_json::from_str(content).unwrap(), &mut keys);
        has_all(chapter(title), keys.iter().map(String::as_str));
    }
}

#[test]
fn keys_of_the_record_are_explained() {
    let record = Record::new(Brand::Atol, &passport(), &Facts::default(), NaiveDateTime::default(), NONE);
    let workstation = WorkstationRecord::new(&Facts::default(), NaiveDateTime::default());
    let keys = [keys(&record), keys(&workstation)].concat();
    has_all(chapter("Record"), keys.iter().map(String::as_str));
}

#[test]
fn keys_of_the_health_are_explained() {
    let keys =
        [keys(&Health::default()), keys(&LastError::default()), keys(&Registration::default())].concat();
    has_all(chapter("Health"), keys.iter().map(String::as_str));
    let file = HealthFile {
        form: 1,
        vc: String::new(),
        brand: Brand::Atol,
        serialNumber: String::new(),
        modelName: None,
        fn_serial: None,
        firmware_version: None,
        link: Link::Usb,
        read_at: String::new(),
        health: Health::default(),
    };
    let of_file: Vec<String> = self::keys(&file).into_iter().filter(|key| key != "health").collect();
    has_all(chapter("Home folder"), of_file.iter().map(String::as_str));
}

#[test]
fn keys_of_the_document_are_shown() {
    let case = Case::new();
    case.write("connect.json", r#"{"atol":[{"type_connect":1}]}"#);
    let document = case.run(&["probe", "--json"]).exits(1).document();
    let mut keys = BTreeSet::new();
    keys_within(&document, &mut keys);
    assert!(keys.contains("hint"), "{document}");
    let missing: Vec<&String> =
        keys.iter().filter(|key| !chapter("JSON of probe").contains(&format!("\"{key}\":"))).collect();
    assert!(missing.is_empty(), "README.md lacks {missing:?}");
}

#[test]
fn kinds_of_failures_are_explained() {
    let kinds = [
        Kind::Absent,
        Kind::Busy,
        Kind::Timeout,
        Kind::Protocol,
        Kind::Refused,
        Kind::Library,
        Kind::Crashed,
        Kind::Config,
    ];
    has_all(chapter("JSON of probe"), kinds.map(Kind::key));
}

#[test]
fn links_lead_somewhere() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let slug = |title: &str| -> String {
        let kept = title.to_lowercase().replace(' ', "-");
        kept.chars().filter(|c| c.is_alphanumeric() || *c == '-' || *c == '_').collect()
    };
    let chapters: Vec<String> =
        README.lines().filter_map(|line| line.strip_prefix("## ")).map(slug).collect();
    let targets = README.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    for target in targets.filter(|target| !target.starts_with("https://")) {
        match target.strip_prefix('#') {
            Some(anchor) => assert!(chapters.iter().any(|chapter| chapter == anchor), "no chapter #{anchor}"),
            None => assert!(root.join(target).exists(), "no file {target}"),
        }
    }
}
