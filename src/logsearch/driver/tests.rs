use std::fs::{self, File};
use std::io::Write;
use std::time::Duration;

use chrono::NaiveDateTime;

use super::*;

/// A line of a thread, its text in the place that the driver gives it.
fn line(second: u32, thread: u32, text: &str) -> String {
    format!("2026.11.21 14:01:{second:02}.190       T:{thread:08X} INFO  [FiscalPrinter] {text}\r\n")
}

fn call(thread: u32, inputs: &[&str], name: &str, device: &str, outputs: &[&str]) -> String {
    let mut texts: Vec<String> = inputs.iter().map(|input| format!("> {input}")).collect();
    texts.push(format!("libfptr_{name}()"));
    if !device.is_empty() {
        texts.push(format!("send header sign=[B65D9C62] deviceID=[{device}] id=0176 type=[REQUEST] len=94"));
    }
    texts.extend(outputs.iter().map(|output| format!("< {output}")));
    texts.iter().map(|text| line(20, thread, text)).collect()
}

fn register(thread: u32, serial: &str, device: &str) -> String {
    let serial = format!("LIBFPTR_PARAM_SERIAL_NUMBER (65559) = \"{serial}\"");
    let model = "LIBFPTR_PARAM_MODEL_NAME (65603) = \"АТОЛ 30Ф\"";
    call(thread, &["LIBFPTR_PARAM_DATA_TYPE (65587) = 0"], "query_data", device, &[model, &serial])
}

fn fn_info(thread: u32, number: &str, device: &str) -> String {
    let number = format!("LIBFPTR_PARAM_SERIAL_NUMBER (65559) = \"{number}\"");
    call(thread, &["LIBFPTR_PARAM_FN_DATA_TYPE (65622) = 2"], "fn_query_data", device, &[&number])
}

fn fns(log: &str) -> Vec<(String, String)> {
    let wanted = ["1".to_owned(), "2".to_owned()];
    let mut journal = Journal::new(&wanted);
    each_line(log.as_bytes(), |line| journal.read(line)).unwrap();
    journal.into_hits().into_iter().map(|hit| (hit.serial, hit.fn_serial)).collect()
}

fn pair(serial: &str, number: &str) -> Vec<(String, String)> {
    vec![(serial.into(), number.into())]
}

#[test]
fn the_last_pair_of_a_register_counts() {
    let log = register(1, "1", "") + &fn_info(1, "7", "") + &fn_info(1, "8", "");
    assert_eq!(fns(&log), pair("1", "8"));
}

#[test]
fn threads_are_told_apart() {
    let log = register(1, "1", "A") + &register(2, "2", "B") + &fn_info(1, "7", "A") + &fn_info(2, "8", "B");
    assert_eq!(fns(&log), [pair("1", "7"), pair("2", "8")].concat());
    assert_eq!(fns(&(register(1, "1", "") + &fn_info(2, "7", ""))), []);
}

#[test]
fn another_register_on_the_thread_is_no_pair() {
    let other_device = register(1, "1", "A") + &fn_info(1, "7", "B");
    assert_eq!(fns(&other_device), []);
    for name in ["open", "close", "create", "destroy", "apply_single_settings", "set_settings", "unheard_of"]
    {
        let log = register(1, "1", "") + &call(1, &[], name, "", &[]) + &fn_info(1, "7", "");
        assert_eq!(fns(&log), [], "{name}");
    }
    let receipt = register(1, "1", "") + &call(1, &[], "open_shift", "", &[]) + &fn_info(1, "7", "");
    assert_eq!(fns(&receipt), pair("1", "7"));
    let failed = call(1, &["LIBFPTR_PARAM_DATA_TYPE (65587) = 0"], "query_data", "", &[]);
    assert_eq!(fns(&(register(1, "1", "") + &failed + &fn_info(1, "7", ""))), []);
}

#[test]
fn outputs_of_other_queries_are_no_numbers() {
    let output = ["LIBFPTR_PARAM_SERIAL_NUMBER (65559) = \"7\""];
    let other = |input: &str, name| register(1, "1", "") + &call(1, &[input], name, "", &output);
    assert_eq!(fns(&other("LIBFPTR_PARAM_FN_DATA_TYPE (65622) = 9", "fn_query_data")), []);
    assert_eq!(fns(&other("LIBFPTR_PARAM_DATA_TYPE (65587) = 2", "query_data")), []);
    assert_eq!(fns(&other("LIBFPTR_PARAM_FN_DATA_TYPE (65622) = 2", "beep")), []);
    let stale = register(1, "1", "")
        + &call(1, &["LIBFPTR_PARAM_FN_DATA_TYPE (65622) = 2"], "beep", "", &[])
        + &call(1, &[], "fn_query_data", "", &output);
    assert_eq!(fns(&stale), [], "inputs are those of one call");
    for value in ["", "0000000000000000", "7x"] {
        assert_eq!(fns(&(register(1, "1", "") + &fn_info(1, value, ""))), [], "{value}");
    }
    let unquoted = (register(1, "1", "") + &fn_info(1, "7", "")).replace("\"7\"", "7");
    assert_eq!(fns(&unquoted), []);
}

#[test]
fn lines_of_another_form_are_passed_over() {
    let log = register(1, "1", "") + &fn_info(1, "7", "");
    assert_eq!(fns(&format!("\u{FEFF}{log}")), pair("1", "7"));
    assert_eq!(fns(&log.replace("[FiscalPrinter]", "[Transport]")), []);
    assert_eq!(fns(&log.replace("T:", "P:")), []);
    let torn = log.replace('\r', "\r\n\0\0\u{1}[]()=\"\n2026.11.21 14:01:21.190 T: [\n< (65559) = \"\n");
    assert_eq!(fns(&torn), pair("1", "7"));
    assert_eq!(fns(log.trim_end()), [], "the last line is still being written");
}

#[test]
fn lines_of_any_length_are_bounded() {
    let mut lines = Vec::new();
    let log = [b"a\r\n".to_vec(), vec![b'x'; 3 * BUFFER], b"\n\nb\n".to_vec()].concat();
    each_line(BufReader::with_capacity(64, &log[..]), |line| lines.push(line.len())).unwrap();
    assert_eq!(lines, [2, LONGEST_LINE, 0, 1]);
}

fn store(path: &Path, log: &str, changed: NaiveDateTime) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let mut file = File::create(path).unwrap();
    if path.extension().is_some_and(|extension| extension == "gz") {
        let mut packed = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
        packed.write_all(log.as_bytes()).unwrap();
        file = packed.finish().unwrap();
    } else {
        file.write_all(log.as_bytes()).unwrap();
    }
    file.set_modified(changed.and_local_timezone(Local).earliest().unwrap().into()).unwrap();
}

fn at(text: &str) -> NaiveDateTime {
    NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap()
}

#[test]
fn days_are_read_from_the_newest_on_packed_or_not() {
    let roaming = tempfile::tempdir().unwrap();
    let folder = roaming.path().join("ATOL").join("drivers10").join("logs");
    let names =
        ["fptr10.log", "fptr10.log.2026-11-20", "fptr10.log.2026-11-19.gz", "fptr10.log.2026-11-01.gz"];
    let [today, yesterday, packed, old] = names.map(|name| folder.join(name));
    store(&today, "", at("2026-11-21 14:00"));
    store(&yesterday, &(register(1, "1", "") + &fn_info(1, "8", "")), at("2026-11-20 20:00"));
    let log = register(1, "1", "") + &fn_info(1, "7", "") + &register(1, "2", "") + &fn_info(1, "9", "");
    store(&packed, &log, at("2026-11-21 14:01"));
    store(&old, "", at("2026-11-21 14:01"));
    store(&folder.join("ofd.log"), "", at("2026-11-21 14:00"));
    store(&folder.join("fptr10.log.bak"), "", at("2026-11-21 14:00"));

    let since = at("2026-11-18 00:00").and_local_timezone(Local).earliest().unwrap();
    let found = files(&[roaming.path().to_owned(), "missing".into()], since.into());
    assert_eq!(found, [today, yesterday.clone(), packed.clone()]);
    let found = search(&found, &["1".into(), "2".into()]);
    let pairs: Vec<_> =
        found.pairs.iter().map(|pair| (&*pair.serial, &*pair.fn_serial, &pair.file)).collect();
    assert_eq!(pairs, [("1", "8", &yesterday), ("2", "9", &packed)]);
    let time = found.pairs[0].time.unwrap();
    assert_eq!(time.format("%F %T%.3f").to_string(), "2026-11-21 14:01:20.190");
    assert!(found.problems.is_empty());
}

#[test]
fn a_damaged_file_is_read_up_to_the_damage() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fptr10.log.2026-11-19.gz");
    let noise: String =
        (0..20_000).map(|number: u32| format!("{}\n", number.wrapping_mul(2_654_435_761))).collect();
    store(&path, &(register(1, "1", "") + &fn_info(1, "7", "") + &noise), at("2026-11-19 20:00"));
    let packed = fs::read(&path).unwrap();
    fs::write(&path, &packed[..packed.len() / 2]).unwrap();
    let found = search(std::slice::from_ref(&path), &["1".into()]);
    assert_eq!(found.pairs.len(), 1);
    assert!(matches!(found.problems[..], [crate::logsearch::Problem::File { .. }]), "{found:?}");
    fs::write(&path, "not packed").unwrap();
    assert_eq!(search(&[path], &["1".into()]).problems.len(), 1);
}

#[test]
fn the_time_of_packing_says_nothing() {
    let late = SystemTime::now() + Duration::from_secs(1 << 30);
    let midnight = at("2026-11-20 00:00").and_local_timezone(Local).earliest().unwrap();
    assert_eq!(written(Path::new("fptr10.log.2026-11-19.gz"), late), midnight.into());
    assert_eq!(written(Path::new("fptr10.log"), late), late);
    assert_eq!(day("FPTR10.LOG.2026-11-19.GZ"), Some(NaiveDate::from_ymd_opt(2026, 11, 19)));
    assert_eq!(day("fptr10.log.2026-13-19"), None);
}
