//! `logs/service.log` and `logs/kkt.log`.

use std::fs::File;
use std::time::{Duration, SystemTime};

use crate::util::Case;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Every line is `[YYYY-MM-DD HH:MM:SS,mmm] [LEVEL] text`.
fn assert_form(log: &str) {
    for line in log.lines() {
        let (time, rest) = line
            .strip_prefix('[')
            .and_then(|line| line.split_once("] ["))
            .unwrap_or_else(|| panic!("{line}"));
        chrono::NaiveDateTime::parse_from_str(time, "%Y-%m-%d %H:%M:%S,%3f")
            .unwrap_or_else(|_| panic!("{line}"));
        let (level, text) = rest.split_once("] ").unwrap_or_else(|| panic!("{line}"));
        assert!(["DEBUG", "INFO", "WARNING", "ERROR"].contains(&level) && !text.is_empty(), "{line}");
    }
}

fn age(case: &Case, name: &str, days: u32) {
    let file = File::options().append(true).open(case.home().join(name)).unwrap();
    file.set_modified(SystemTime::now() - DAY * days).unwrap();
}

fn nowhere(case: &Case) {
    case.write("connect.json", r#"{"atol":[{"type_connect":1,"com_port":""}],"mitsu":[{"type_connect":3}]}"#);
}

#[test]
fn lines_have_the_known_form() {
    let case = Case::new();
    nowhere(&case);
    case.run(&["probe"]).exits(1);
    let log = case.read("logs/service.log");
    assert!(log.contains("[INFO] probe:"), "{log}");
    assert_form(&log);
}

#[test]
fn stderr_is_quiet_unless_asked() {
    let case = Case::new();
    nowhere(&case);
    let ran = case.run(&["probe"]).exits(1);
    assert!(!ran.stderr.contains("[INFO]"), "{}", ran.story());
    case.run(&["probe", "-v"]).exits(1).complains("[INFO] probe:");
    let ran = case.run(&["probe", "-v"]).exits(1);
    assert!(!ran.stderr.contains("[DEBUG]"), "{}", ran.story());
    case.run(&["probe", "-vv"]).exits(1).complains("[DEBUG]");
}

#[test]
fn yesterdays_log_is_kept_under_its_day_and_old_ones_go() {
    let case = Case::new();
    nowhere(&case);
    case.write("service.json", r#"{"service":{"log_days":"3"}}"#);
    case.write("logs/service.log", "yesterday\n").write("logs/service.log.2020-01-01", "long ago\n");
    case.write("logs/service.log.notes", "the user's\n").write("logs/kkt.log.2020-01-01", "long ago\n");
    age(&case, "logs/service.log", 1);
    case.run(&["probe"]).exits(1);
    let names = case.names("logs");
    let day =
        names.iter().find(|name| name.starts_with("service.log.20")).unwrap_or_else(|| panic!("{names:?}"));
    assert_eq!(case.read(&format!("logs/{day}")), "yesterday\n");
    assert!(!names.contains(&"service.log.2020-01-01".to_owned()), "{names:?}");
    assert!(names.contains(&"service.log.notes".to_owned()), "{names:?}");
    assert!(!case.read("logs/service.log").contains("yesterday"));
}

#[test]
fn a_day_that_is_kept_already_is_not_overwritten() {
    let case = Case::new();
    nowhere(&case);
    case.write("logs/service.log", "second\n");
    age(&case, "logs/service.log", 1);
    let yesterday = (chrono::Local::now() - DAY).format("logs/service.log.%Y-%m-%d").to_string();
    case.write(&yesterday, "first\n");
    case.run(&["probe"]).exits(1);
    assert_eq!(case.read(&yesterday), "first\n");
    assert!(case.read("logs/service.log").starts_with("second\n"));
}

#[test]
fn level_comes_from_the_configuration() {
    let case = Case::new();
    nowhere(&case);
    case.write("service.json", r#"{"service":{"log_level":"error"}}"#);
    case.run(&["probe"]).exits(1);
    assert!(
        !case.has("logs/service.log") || !case.read("logs/service.log").contains("[INFO]"),
        "{}",
        case.listing()
    );
    case.write("service.json", r#"{"service":{"log_level":"loud"}}"#);
    case.run(&["probe"]).exits(1);
    assert!(case.read("logs/service.log").contains("[WARNING] service.json: log_level \"loud\" is unknown"));
}

#[test]
fn a_log_that_cannot_be_written_stops_nothing() {
    let case = Case::new();
    nowhere(&case);
    case.write("logs", "");
    case.run(&["config", "init"]).exits(0);
    case.run(&["probe"]).exits(1).complains("connect.json, atol[0]: com_port is missing or empty");
}
