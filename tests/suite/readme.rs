//! README.md says what the program does: whatever a user can type, read or find in a file stands
//! there, and no option stands there that does not exist.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use chrono::NaiveDateTime;
use getad::config::Service;
use getad::config::connect::ConnectFile;
use getad::kkt::error::Kind;
use getad::kkt::health::{Health, LastError, Registration};
use getad::kkt::passport::{Passport, SerialNumber};
use getad::kkt::{Brand, Link};
use getad::state::health::HealthFile;
use getad::state::record::{Facts, NONE, Record, WorkstationRecord};
use serde::Serialize;
use serde_json::Value;

use crate::fields::fields;
use crate::util::Case;

const README: &str = include_str!("../../README.md");

/// Options of other programs that README.md shows.
const OF_OTHERS: [&str; 2] = ["--example", "--release"];

/// The Russian half begins with it, and has every chapter of the English one.
const RUSSIAN_HALF: &str = "\n# getad по-русски\n";

/// Chapters that are held to the program, in both languages.
const TITLES: [(&str, &str); 12] = [
    ("Commands", "Команды"),
    ("Exit codes", "Коды завершения"),
    ("connect.json", "Файл connect.json"),
    ("service.json", "Файл service.json"),
    ("Home folder", "Папка getad"),
    ("Record", "Запись"),
    ("JSON of probe", "JSON команды probe"),
    ("Health", "Состояние ККТ"),
    ("Status", "Обзор"),
    ("Troubleshooting", "Если не получается"),
    ("Messages", "Сообщения"),
    ("Five-minute start", "Старт за пять минут"),
];

/// What stands under a heading, in English and in Russian.
#[track_caller]
pub fn chapters(title: &str) -> [&'static str; 2] {
    let (_, russian) = TITLES.into_iter().find(|(english, _)| *english == title).expect("a known title");
    [title, russian].map(chapter)
}

#[track_caller]
pub fn chapter(title: &str) -> &'static str {
    let start = README.find(&format!("\n## {title}\n")).unwrap_or_else(|| panic!("no chapter {title}"));
    let rest = &README[start + 1..];
    let end = ["\n## ", "\n# "].iter().filter_map(|heading| rest.find(heading)).min();
    end.map_or(rest, |end| &rest[..end])
}

/// How many rows the tables of each chapter have.
fn rows(half: &str) -> Vec<usize> {
    let rows = |chapter: &str| chapter.lines().filter(|line| line.starts_with('|')).count();
    half.split("\n## ").skip(1).map(rows).collect()
}

/// Demands each name in backquotes, alone or at the beginning of them.
#[track_caller]
pub fn has_all<'a>(text: &str, names: impl IntoIterator<Item = &'a str>) {
    let stands =
        |name: &str| [format!("`{name}`"), format!("`{name} ")].iter().any(|form| text.contains(form));
    let missing: Vec<&str> = names.into_iter().filter(|name| !stands(name)).collect();
    let title = text.lines().next().unwrap_or_default();
    assert!(missing.is_empty(), "README.md, {title}, lacks {missing:?}");
}

/// The same of a chapter in both languages.
#[track_caller]
pub fn explains<'a>(title: &str, names: impl IntoIterator<Item = &'a str> + Clone) {
    chapters(title).into_iter().for_each(|chapter| has_all(chapter, names.clone()));
}

/// Options that a text names, long and short.
fn options(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
    let is_long = |word: &&str| {
        word.len() > 3
            && word.strip_prefix("--").is_some_and(|name| name.starts_with(|c: char| c.is_ascii_lowercase()))
    };
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
pub fn keys_within(value: &Value, keys: &mut BTreeSet<String>) {
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

/// The commands of the help.
fn commands() -> Vec<String> {
    let help = help(&[]);
    let lines = help.lines().filter_map(|line| line.strip_prefix("  "));
    let commands = lines.filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase()));
    commands.filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}

#[test]
fn options_are_those_of_the_help() {
    let commands = commands();
    let helps = std::iter::once(help(&[])).chain(commands.iter().map(|command| help(&[command])));
    let known: BTreeSet<String> = helps.flat_map(|help| options(&help)).collect();
    explains("Commands", known.iter().map(String::as_str));
    let unknown: Vec<String> = options(README)
        .into_iter()
        .filter(|option| option.starts_with("--") && !known.contains(option))
        .collect();
    assert_eq!(unknown, OF_OTHERS, "options that do not exist");
}

#[test]
fn commands_are_those_of_the_help() {
    let commands = commands();
    assert!(commands.iter().any(|command| command == "probe"), "{commands:?}");
    explains("Commands", commands.iter().map(String::as_str));
}

#[test]
fn exit_codes_are_those_of_the_help() {
    for (lang, chapter) in ["en", "ru"].into_iter().zip(chapters("Exit codes")) {
        let table = Case::new().run(&["help", "exit-codes", "--lang", lang]).exits(0).stdout;
        let lines = table.lines().filter_map(|line| line.trim_start().split_once("  "));
        let rows = lines.map(|(code, meaning)| format!("| {code} | {meaning} |"));
        let missing: Vec<String> = rows.clone().filter(|row| !chapter.contains(row)).collect();
        assert!(rows.count() == 8 && missing.is_empty(), "README.md lacks {missing:#?}");
    }
}

#[test]
fn keys_of_the_configuration_are_explained() {
    let names = |paths: Vec<Vec<&'static str>>| -> BTreeSet<&str> {
        paths.into_iter().filter_map(|path| path.last().copied()).collect()
    };
    explains("connect.json", names(fields::<ConnectFile>()));
    explains("service.json", names(fields::<Service>()));
}

#[test]
fn halves_have_the_same_chapters_tables_and_lines_to_copy() {
    let (english, russian) = README.split_once(RUSSIAN_HALF).unwrap();
    let titles = |half: &'static str| half.lines().filter_map(|line| line.strip_prefix("## "));
    assert_eq!(titles(english).count(), titles(russian).count());
    for (title, (english, russian)) in titles(english).zip(rows(english).into_iter().zip(rows(russian))) {
        assert_eq!(english, russian, "rows of the tables of {title}");
    }
    let [english, russian] = chapters("Five-minute start").map(walk);
    assert!(english.len() > 5 && english == russian, "{english:?} {russian:?}");
}

/// The lines that a newcomer pastes.
fn walk(chapter: &str) -> Vec<&str> {
    let blocks = chapter.split("```bat walk\n").skip(1).filter_map(|block| block.split("```").next());
    blocks.flat_map(str::lines).map(str::trim).filter(|line| !line.is_empty()).collect()
}

#[test]
fn keys_of_the_record_are_explained() {
    let record = Record::new(Brand::Atol, &passport(), &Facts::default(), NaiveDateTime::default(), NONE);
    let workstation = WorkstationRecord::new(&Facts::default(), NaiveDateTime::default());
    let keys = [keys(&record), keys(&workstation)].concat();
    explains("Record", keys.iter().map(String::as_str));
}

#[test]
fn keys_of_the_health_are_explained() {
    let keys =
        [keys(&Health::default()), keys(&LastError::default()), keys(&Registration::default())].concat();
    explains("Health", keys.iter().map(String::as_str));
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
    explains("Home folder", of_file.iter().map(String::as_str));
}

#[test]
fn keys_of_the_document_are_shown() {
    let case = Case::new();
    case.write("connect.json", r#"{"atol":[{"type_connect":1}]}"#);
    let document = case.run(&["probe", "--json"]).exits(1).document();
    let mut keys = BTreeSet::new();
    keys_within(&document, &mut keys);
    assert!(keys.contains("hint"), "{document}");
    for chapter in chapters("JSON of probe") {
        let missing: Vec<&String> =
            keys.iter().filter(|key| !chapter.contains(&format!("\"{key}\":"))).collect();
        assert!(missing.is_empty(), "README.md lacks {missing:?}");
    }
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
    explains("JSON of probe", kinds.map(Kind::key));
}

/// The program's texts for people.
fn texts(folder: &Path) -> String {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    paths.map(|path| if path.is_dir() { texts(&path) } else { fs::read_to_string(path).unwrap() }).collect()
}

#[test]
fn troubles_are_quoted_as_the_program_puts_them() {
    let texts = texts(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/render"));
    for title in ["Troubleshooting", "Messages"] {
        for chapter in chapters(title) {
            let rows = chapter.lines().filter_map(|line| line.strip_prefix("| `"));
            let quotes =
                rows.filter_map(|row| row.split('|').next()).flat_map(|cell| cell.split('`').step_by(2));
            // A single word is a name. A quote leaves out what differs: names, numbers.
            let quotes = quotes.filter(|quote| quote.contains(' '));
            let parts = quotes.flat_map(|quote| quote.split(|c: char| c == '…' || c.is_ascii_digit()));
            let parts: Vec<&str> = parts.map(str::trim).filter(|part| part.len() > 3).collect();
            let missing: Vec<_> = parts.iter().filter(|part| !texts.contains(**part)).collect();
            assert!(parts.len() > 4 && missing.is_empty(), "{title}: nobody says {missing:#?}");
        }
    }
}

#[test]
fn links_lead_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let slug = |title: &str| -> String {
        let kept = title.to_lowercase().replace(' ', "-");
        kept.chars().filter(|c| c.is_alphanumeric() || *c == '-' || *c == '_').collect()
    };
    let chapters: Vec<String> =
        README.lines().filter_map(|line| line.trim_start_matches('#').strip_prefix(' ')).map(slug).collect();
    let mut unique = BTreeSet::new();
    let headings = README.lines().filter(|line| line.starts_with("## "));
    headings.for_each(|line| assert!(unique.insert(slug(line)), "two chapters have one anchor: {line}"));
    let targets = README.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    for target in targets.filter(|target| !target.starts_with("https://")) {
        match target.strip_prefix('#') {
            Some(anchor) => assert!(chapters.iter().any(|chapter| chapter == anchor), "no chapter #{anchor}"),
            None => assert!(root.join(target).exists(), "no file {target}"),
        }
    }
}
