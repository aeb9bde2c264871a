//! Any log made of pairs and noise gives the pair that a naive reader finds last.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{atol, mitsu};
use crate::logsearch::{Keys, backward};

const REGISTERS: [&str; 5] = ["00106700000001", "00106700000002", "0650", "06500", "A_1"];
const NUMBERS: [&str; 7] = ["9960440300000001", "7", "99", "0000000000000000", "", "7x", "99604403000000019"];
const NOISE: [&str; 14] = [
    "\n",
    "\r\n",
    "\n[2026-11-21 13:45:10,123]  INFO [ 7] - ",
    " ",
    ", ",
    "'",
    "old",
    "OLD",
    "касса ",
    "\0",
    " «",
    "serialNum",
    "x",
    " = ",
];

#[derive(Debug, Clone)]
enum Part {
    Serial(&'static str),
    Fn(&'static str),
    Noise(&'static str),
    Long(u8),
}

fn part() -> impl Strategy<Value = Part> {
    prop_oneof![
        3 => prop::sample::select(&REGISTERS[..]).prop_map(Part::Serial),
        1 => prop::sample::select(&NUMBERS[..]).prop_map(Part::Serial),
        4 => prop::sample::select(&NUMBERS[..]).prop_map(Part::Fn),
        6 => prop::sample::select(&NOISE[..]).prop_map(Part::Noise),
        1 => any::<u8>().prop_map(Part::Long),
    ]
}

fn keys() -> impl Strategy<Value = Keys> {
    let odd = Keys { serial: "Зав.№".into(), fn_number: "ФН[*]".into(), multiline: false };
    let quoted = Keys { serial: "\"sn\":\"".into(), fn_number: "\"fn\":\"".into(), multiline: false };
    (prop::sample::select(vec![atol(), mitsu(), odd, quoted]), any::<bool>())
        .prop_map(|(keys, multiline)| Keys { multiline, ..keys })
}

fn text(parts: &[Part], keys: &Keys) -> String {
    let parts = parts.iter().map(|part| match part {
        Part::Serial(number) => format!("{}{number}", keys.serial),
        Part::Fn(number) => format!("{}{number}", keys.fn_number),
        Part::Noise(text) => (*text).to_owned(),
        Part::Long(length) => ".".repeat(usize::from(*length)),
    });
    parts.collect()
}

/// Goes through a text once, character by character, remembering the register it is about.
fn naive(text: &str, keys: &Keys) -> BTreeMap<String, String> {
    let characters: Vec<char> = text.chars().collect();
    let [serial_key, fn_key] = [&keys.serial, &keys.fn_number].map(|key| key.chars().collect::<Vec<_>>());
    let word = |character: char| character.is_alphanumeric() || character == '_';
    let mut pairs = BTreeMap::new();
    let mut register: Option<String> = None;
    for (at, &character) in characters.iter().enumerate() {
        let rest = &characters[at..];
        let inside = at > 0 && word(characters[at - 1]);
        let number = |key: &[char]| {
            let ready = rest.starts_with(key) && !(inside && word(key[0]));
            let digits = |c: &&char| c.is_ascii_alphanumeric() || **c == '_';
            ready.then(|| rest[key.len()..].iter().take_while(digits).collect::<String>())
        };
        if character == '\n' && !keys.multiline {
            register = None;
        } else if let Some(number) = number(&serial_key) {
            register = Some(number);
        } else if let (Some(number), Some(serial)) = (number(&fn_key), &register) {
            let at_end = rest.len() == fn_key.len() + number.len();
            let digits = number.chars().all(|c| c.is_ascii_digit()) && number.contains(|c| c != '0');
            if digits && (!at_end || number.len() == 16) {
                pairs.insert(serial.clone(), number);
                register = None;
            }
        }
    }
    pairs
}

/// The text in each encoding that a log may have.
fn encodings(text: &str) -> Vec<Vec<u8>> {
    let (old, _, lossy) = encoding_rs::WINDOWS_1251.encode(text);
    assert!(!lossy);
    let wide = "\u{FEFF}".encode_utf16().chain(text.encode_utf16()).flat_map(u16::to_le_bytes);
    vec![text.into(), format!("\u{FEFF}{text}").into(), old.into_owned(), wide.collect()]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_naive_reader_finds_the_same(
        parts in prop::collection::vec(part(), 0..60),
        keys in keys(),
        block in prop_oneof![1..100_usize, Just(backward::BLOCK)],
        wanted in prop::sample::subsequence(&REGISTERS[..], 0..=REGISTERS.len()),
    ) {
        let text = text(&parts, &keys);
        let mut expected = naive(&text, &keys);
        expected.retain(|serial, _| wanted.contains(&&**serial));
        let serials: Vec<String> = wanted.iter().map(|&serial| serial.to_owned()).collect();
        for log in encodings(&text) {
            let hits = backward::newest(&log, &keys, &serials, block).unwrap();
            let found: BTreeMap<_, _> = hits.into_iter().map(|hit| (hit.serial, hit.fn_serial)).collect();
            prop_assert_eq!(&found, &expected, "{:?}", String::from_utf8_lossy(&log));
        }
    }

    #[test]
    fn no_bytes_do_harm(
        log in prop::collection::vec(any::<u8>(), 0..400),
        block in 1..50_usize,
        wide in any::<bool>(),
    ) {
        let mark: &[u8] = if wide { &[0xFF, 0xFE] } else { &[] };
        let log = [mark, &log].concat();
        let keys = Keys { serial: "\0".into(), fn_number: "1".into(), multiline: true };
        backward::newest(&log, &keys, &["1".into(), "2".into()], block).unwrap();
    }
}
