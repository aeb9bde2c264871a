//! Files, folders and what is special about bytes; `pairs` holds the search to a reader that
//! knows no tricks.

mod pairs;
mod threads;

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use super::backward::ReadAt;
use super::*;

fn atol() -> Keys {
    Keys { serial: "serialNumber=".into(), fn_number: "fnNumber=".into(), multiline: false }
}

fn mitsu() -> Keys {
    Keys { serial: "SERIAL='".into(), fn_number: "FN='".into(), multiline: true }
}

/// Register and FN of each pair that is found.
fn found(keys: &Keys, serials: &[&str], log: impl AsRef<[u8]>) -> Vec<(String, String)> {
    let serials: Vec<String> = serials.iter().map(|&serial| serial.into()).collect();
    let hits = backward::newest(&log.as_ref().to_vec(), keys, &serials, backward::BLOCK).unwrap();
    hits.into_iter().map(|hit| (hit.serial, hit.fn_serial)).collect()
}

fn one(keys: &Keys, serial: &str, log: impl AsRef<[u8]>) -> Option<String> {
    found(keys, &[serial], log).pop().map(|(_, fn_serial)| fn_serial)
}

fn write(folder: &Path, name: &str, content: &str, age: Duration) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, content).unwrap();
    File::options().write(true).open(&path).unwrap().set_modified(noon() - age).unwrap();
    path
}

fn noon() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_790_000_000)
}

const HOUR: Duration = Duration::from_secs(3600);

#[test]
fn the_newest_pair_wins() {
    let log = "serialNumber=1, fnNumber=7\nserialNumber=1, fnNumber=8\nserialNumber=2, fnNumber=9\n";
    assert_eq!(one(&atol(), "1", log).unwrap(), "8");
}

#[test]
fn older_files_are_searched_for_what_newer_ones_lack() {
    let folder = tempfile::tempdir().unwrap();
    let old = write(folder.path(), "old.log", "serialNumber=1 fnNumber=5\nserialNumber=2 fnNumber=6\n", HOUR);
    let new = write(folder.path(), "new.log", "serialNumber=1 fnNumber=7\n", Duration::ZERO);
    let older = write(folder.path(), "older.log", "serialNumber=2 fnNumber=4\n", 2 * HOUR);
    let files = files(folder.path(), "", noon() - 3 * HOUR).unwrap();
    assert_eq!(files, [new.clone(), old.clone(), older]);
    let found = search(&files, &atol(), &["1".into(), "2".into(), "1".into()]);
    let pairs: Vec<_> =
        found.pairs.iter().map(|pair| (&*pair.serial, &*pair.fn_serial, &pair.file)).collect();
    assert_eq!(pairs, [("1", "7", &new), ("2", "6", &old)]);
    assert_eq!(found.searched, 2, "the oldest file has nothing to add");
    assert!(found.problems.is_empty());
}

#[test]
fn bytes_of_no_encoding_do_no_harm() {
    let log = b"\xFF\x00\xFE serialNumber=1\x98\xC3\x28 fnNumber=7\x00\x00\xFF\n\x80";
    assert_eq!(one(&atol(), "1", log).unwrap(), "7");
}

#[test]
fn a_pair_ends_where_another_serial_begins() {
    assert_eq!(one(&atol(), "1", "serialNumber=1 serialNumber=2 fnNumber=7\n"), None);
    assert_eq!(one(&atol(), "1", "serialNumber=1 serialNumber=, fnNumber=7\n"), None);
    assert_eq!(one(&mitsu(), "1", "SERIAL='1'\nSERIAL='2'\nFN='7'\n"), None);
    assert_eq!(one(&mitsu(), "2", "SERIAL='1'\nSERIAL='2'\nx\nFN='7'\n").unwrap(), "7");
}

#[test]
fn all_pairs_of_a_line_count() {
    let log = "serialNumber=1 fnNumber=7; serialNumber=2 fnNumber=8; serialNumber=1 fnNumber=9";
    assert_eq!(
        found(&atol(), &["1", "2"], format!("{log}.")),
        [("1".into(), "9".into()), ("2".into(), "8".into())]
    );
}

#[test]
fn keys_begin_words() {
    for log in
        ["oldserialNumber=1 fnNumber=7\n", "serialNumber=1 OLDfnNumber=7\n", "йserialNumber=1 fnNumber=7\n"]
    {
        assert_eq!(one(&atol(), "1", log), None, "{log}");
    }
    let old = b"\xE9serialNumber=1 fnNumber=7\n";
    assert_eq!(one(&atol(), "1", old), None, "a letter of Windows-1251");
    for before in ["«", "—", "(", "\t", "\u{FEFF}", "="] {
        assert_eq!(one(&atol(), "1", format!("{before}serialNumber=1{before}fnNumber=7\n")).unwrap(), "7");
    }
    assert_eq!(one(&mitsu(), "1", "SERIAL='1' OLDFN='6' FN='7'\n").unwrap(), "7");
}

#[test]
fn serials_are_matched_whole() {
    for log in
        ["serialNumber=12 fnNumber=7\n", "serialNumber=01 fnNumber=7\n", "serialNumber=1a fnNumber=7\n"]
    {
        assert_eq!(one(&atol(), "1", log), None, "{log}");
    }
    assert_eq!(one(&atol(), "", "serialNumber= fnNumber=7\n"), None);
}

#[test]
fn an_fn_is_digits_that_are_complete() {
    assert_eq!(one(&atol(), "1", "serialNumber=1 fnNumber=0000000000000000\n"), None);
    assert_eq!(one(&atol(), "1", "serialNumber=1 fnNumber=, fnNumber=x7, fnNumber=7\n").unwrap(), "7");
    assert_eq!(one(&atol(), "1", "serialNumber=1 fnNumber=996044"), None, "still being written");
    assert_eq!(one(&atol(), "1", "serialNumber=1 fnNumber=9960440300000001").unwrap(), "9960440300000001");
}

#[test]
fn keys_are_no_regular_expressions() {
    let keys = Keys { serial: "sn[.*](".into(), fn_number: "$fn^+\\".into(), multiline: false };
    assert_eq!(one(&keys, "1", "sn[.*](1) $fn^+\\7\n").unwrap(), "7");
    assert_eq!(one(&keys, "1", "snx(1) fn7\n"), None);
}

#[test]
fn cyrillic_keys_are_found_in_old_encodings() {
    let keys = Keys { serial: "Заводской №".into(), fn_number: "ФН:".into(), multiline: false };
    let text = "касса, Заводской №1, ФН:7\n";
    let (old, _, _) = encoding_rs::WINDOWS_1251.encode(text);
    assert_eq!(one(&keys, "1", text).unwrap(), "7");
    assert_eq!(one(&keys, "1", old).unwrap(), "7");
}

#[test]
fn the_time_of_the_line_is_told() {
    let time = |keys: &Keys, log: &str, block| {
        let serials = ["1".to_owned()];
        let hit = backward::newest(&log.as_bytes().to_vec(), keys, &serials, block).unwrap().pop().unwrap();
        hit.time.map(|time| time.format("%F %T%.3f").to_string()).unwrap_or_default()
    };
    for block in [1, 7, 64, 4096] {
        let line = "[2026-11-21 13:45:10,123]  INFO [ 7] - serialNumber=1, fnNumber=7\r\n";
        assert_eq!(time(&atol(), &format!("\u{FEFF}{line}"), block), "2026-11-21 13:45:10.123");
        assert_eq!(time(&atol(), &format!("x\n{line}x\n"), block), "2026-11-21 13:45:10.123");
        assert_eq!(time(&atol(), "[2026-13-41 13:45:10,123] serialNumber=1 fnNumber=7\n", block), "");
        assert_eq!(time(&atol(), "serialNumber=1 fnNumber=7\n[2026-11-21 13:45:10,123] x\n", block), "");
        let lines = "[2026-11-21 13:45:10] SERIAL='1'\n[2026-11-21 13:45:11] FN='7'\n";
        assert_eq!(time(&mitsu(), lines, block), "2026-11-21 13:45:11.000");
        assert_eq!(
            time(&mitsu(), "[2026-11-21 13:45:10] SERIAL='1'\nFN='7'\n", block),
            "2026-11-21 13:45:10.000"
        );
        assert_eq!(
            time(&atol(), "[2199-01-01 00:00:00] serialNumber=1 fnNumber=7\n", block),
            "2199-01-01 00:00:00.000"
        );
    }
}

/// A file that counts what is read of it.
struct Counted<'a> {
    log: &'a [u8],
    read: AtomicU64,
}

impl ReadAt for Counted<'_> {
    fn length(&self) -> io::Result<u64> {
        Ok(self.log.len() as u64)
    }

    fn read_at(&self, place: u64, mut bytes: &mut [u8]) -> io::Result<usize> {
        let count = bytes.write(&self.log[place as usize..])?;
        self.read.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

/// How many bytes a search reads in blocks of that size.
fn bytes_read(log: &[u8], keys: &Keys, block: usize) -> u64 {
    let file = Counted { log, read: AtomicU64::new(0) };
    backward::newest(&file, keys, &["1".into(), "3".into()], block).unwrap();
    file.read.into_inner()
}

#[test]
fn each_byte_is_read_once() {
    let noise = "[2026-11-21 13:45:10,123]  INFO [ 7] - serialNumber=2, fnNumber=7\n".repeat(10_000);
    let (size, blocks) = (noise.len() as u64, noise.len().div_ceil(64 << 10) as u64);
    let read = bytes_read(noise.as_bytes(), &atol(), 64 << 10);
    assert!(read - size < blocks * 100, "{read} of {size}: more than what surrounds {blocks} blocks");
}

#[test]
fn a_search_ends_when_all_is_found() {
    let mut log = "x\n".repeat(1 << 20);
    log += "serialNumber=1 fnNumber=7\nserialNumber=3 fnNumber=8\n";
    assert!(bytes_read(log.as_bytes(), &atol(), 4096) < 60_000, "some blocks at most are read ahead");
}

/// A search that goes back to the begin of the line for each key would need hours here.
#[test]
fn a_line_of_repeated_keys_takes_linear_time() {
    for (part, keys) in [
        ("serialNumber=1 ", atol()),
        ("serialNumber=1 fnNumber=x ", atol()),
        ("fnNumber=7 ", atol()),
        ("serialNumber=", atol()),
        ("SERIAL='1'\n", mitsu()),
        ("SERIAL='", mitsu()),
        ("FN='7'", mitsu()),
    ] {
        let log = part.repeat((4 << 20) / part.len());
        assert_eq!(one(&keys, "1", &log), None, "{part}");
        assert!(bytes_read(log.as_bytes(), &keys, 4096) < 3 * log.len() as u64, "{part}");
    }
}

#[test]
fn a_file_that_became_shorter_is_noticed() {
    struct Shrunk(Vec<u8>);
    impl ReadAt for Shrunk {
        fn length(&self) -> io::Result<u64> {
            Ok(self.0.length()? + 10_000)
        }
        fn read_at(&self, place: u64, bytes: &mut [u8]) -> io::Result<usize> {
            self.0.read_at(place, bytes)
        }
    }
    let file = Shrunk(b"serialNumber=1 fnNumber=7\n".to_vec());
    let error = backward::newest(&file, &atol(), &["1".into()], 4096).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
}

#[test]
fn what_cannot_be_read_is_told_and_the_rest_searched() {
    let folder = tempfile::tempdir().unwrap();
    let good = write(folder.path(), "good.log", "serialNumber=1 fnNumber=7\n", HOUR);
    let directory = folder.path().join("x.log");
    fs::create_dir(&directory).unwrap();
    let gone = folder.path().join("gone.log");
    let found = search(&[gone.clone(), directory.clone(), good], &atol(), &["1".into()]);
    assert_eq!(found.pairs.len(), 1);
    assert_eq!(found.searched, 3);
    let [Problem::Vanished { path }, Problem::File { path: other, .. }] = &found.problems[..] else {
        panic!("{:?}", found.problems)
    };
    assert_eq!((path, other), (&gone, &directory));
}

#[test]
fn empty_keys_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = write(folder.path(), "a.log", "17\n1 7\n", HOUR);
    for (serial, fn_number) in [("", "x"), ("x", ""), (" ", "x")] {
        let keys = Keys { serial: serial.into(), fn_number: fn_number.into(), multiline: true };
        let found = search(std::slice::from_ref(&file), &keys, &["1".into()]);
        assert!(matches!(found.problems[..], [Problem::EmptyKey(_)]), "{found:?}");
        assert!(found.pairs.is_empty());
    }
}

#[test]
fn files_are_those_of_the_mask_and_the_time() {
    let folder = tempfile::tempdir().unwrap();
    let old = write(folder.path(), "plugin-AtolFiscalRegister.V8.LOG", "", HOUR);
    let future = write(folder.path(), "x-atolfiscalregister.log", "", Duration::ZERO);
    File::options().write(true).open(&future).unwrap().set_modified(noon() + 9999 * HOUR).unwrap();
    write(folder.path(), "AtolFiscalRegister.log", "", 4 * HOUR);
    write(folder.path(), "AtolFiscalRegister.log.1", "", HOUR);
    write(folder.path(), "MitsuCRPlugin.log", "", HOUR);
    fs::create_dir(folder.path().join("AtolFiscalRegister.x.log")).unwrap();
    let found = files(folder.path(), "AtolFiscalRegister", noon() - 3 * HOUR).unwrap();
    assert_eq!(found, [future, old]);
    assert!(files(folder.path(), "nothing", noon()).unwrap().is_empty());
    let missing = files(&folder.path().join("missing"), "", noon()).unwrap_err();
    assert!(matches!(missing, Problem::Folder { .. }), "{missing}");
}
