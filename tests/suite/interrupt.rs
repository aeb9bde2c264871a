//! Ctrl+C on a terminal, and the end by a signal: at once, with no child left, the lock free and
//! every file whole.

use std::fs;
use std::io::Write;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::atol;
use crate::util::{Case, Driver};

/// Longest time that anything here may take; all of it takes far less.
const PATIENCE: Duration = Duration::from_secs(30);
/// What all processes of a case have in their surroundings.
const MARK: &str = "GETAD_TEST_CASE";
const HANGING: &str =
    "register com:COM6 like com:COM5\n data STATUS\n str SERIAL_NUMBER 0042\n fn REG_INFO\n hang\n";

/// Waits until something is so.
#[track_caller]
fn until(case: &Case, what: &str, so: impl Fn() -> bool) {
    let began = Instant::now();
    while !so() {
        assert!(began.elapsed() < PATIENCE, "{what}: not within {PATIENCE:?}\n{}", case.listing());
        thread::sleep(Duration::from_millis(10));
    }
}

/// Processes that belong to a case.
fn processes(case: &Case) -> Vec<PathBuf> {
    let mark = format!("{MARK}={}", case.home().display());
    let belongs = |process: &Path| {
        let surroundings = fs::read(process.join("environ")).unwrap_or_default();
        surroundings.split(|byte| *byte == 0).any(|variable| variable == mark.as_bytes())
    };
    let all = fs::read_dir("/proc").unwrap().flatten().map(|entry| entry.path());
    all.filter(|process| belongs(process)).collect()
}

/// `probe` on a terminal whose keys we are. Whoever runs the tests in the background has us ignore Ctrl+C.
fn on_terminal(case: &Case) -> Child {
    let script = format!(
        "exec env --default-signal=INT '{}' --home '{}' --lang en probe --timeout 600",
        env!("CARGO_BIN_EXE_getad"),
        case.home().display()
    );
    let mut command = Command::new("script");
    command.args(["-qec", &script, "/dev/null"]).env("TERM", "xterm").env(MARK, case.home());
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

fn press_ctrl_c(terminal: &mut Child) {
    terminal.stdin.as_mut().unwrap().write_all(b"\x03").unwrap();
}

#[track_caller]
fn ends(case: &Case, child: &mut Child) -> std::process::ExitStatus {
    let began = Instant::now();
    loop {
        match child.try_wait().unwrap() {
            Some(status) => return status,
            None if began.elapsed() < PATIENCE => thread::sleep(Duration::from_millis(10)),
            None => {
                child.kill().ok();
                panic!("it does not end\n{}", case.listing());
            }
        }
    }
}

/// A register that answers, and one whose driver hangs.
fn with_a_hanging_driver() -> Case {
    atol::with_driver(Driver::Current, HANGING, &["COM5", "COM6"])
}

/// One register is saved, the other one hangs.
#[track_caller]
fn wait_for_the_hang(case: &Case) {
    until(case, "a record", || case.has("date/00123456790012.json"));
    until(case, "the hang", || {
        let journal = fs::read_to_string(case.home().join("fptr10.journal")).unwrap_or_default();
        journal.lines().any(|line| line.contains("fn_query_data com:COM6"))
    });
}

#[track_caller]
fn all_is_well(case: &Case) {
    until(case, "the end of all children", || processes(case).is_empty());
    for folder in ["date", "metrics", "_resources"] {
        for name in case.names(folder).iter().filter(|name| name.ends_with(".json")) {
            assert!(case.json(&format!("{folder}/{name}")).is_object(), "{name}");
        }
    }
    case.write("connect.json", connect("COM5").to_string());
    case.run(&["probe", "--lock-timeout", "0"]).exits(0);
}

fn connect(port: &str) -> Value {
    json!({ "tcp_timeout": 0, "atol": [{ "type_connect": 1, "com_port": port }], "mitsu": [{ "type_connect": 3 }] })
}

#[test]
fn ctrl_c_ends_a_probe_whose_driver_hangs() {
    let case = with_a_hanging_driver();
    let mut terminal = on_terminal(&case);
    wait_for_the_hang(&case);
    press_ctrl_c(&mut terminal);
    assert_eq!(ends(&case, &mut terminal).code(), Some(130));
    all_is_well(&case);
}

#[test]
fn a_worker_does_not_outlive_a_killed_parent() {
    for signal in ["TERM", "KILL"] {
        let case = with_a_hanging_driver();
        let mut command = case.command(&["probe", "--timeout", "600"]);
        command.env(MARK, case.home()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        wait_for_the_hang(&case);
        assert!(
            Command::new("kill").args(["-s", signal, &child.id().to_string()]).status().unwrap().success()
        );
        assert!(ends(&case, &mut child).signal().is_some(), "{signal}");
        all_is_well(&case);
    }
}

#[test]
fn ctrl_c_ends_the_plugin_with_all_that_it_started() {
    use std::os::unix::fs::PermissionsExt;
    let case = atol::with_driver(Driver::Current, "", &["COM5"]);
    let settings = json!({ "shtrihscanner": { "enabled": true, "exe_name": "plugin", "timeout": 600 } });
    case.write("service.json", settings.to_string());
    case.write("plugin", "#!/bin/sh\nsleep 600 &\n: >started\nwait\n");
    fs::set_permissions(case.home().join("plugin"), fs::Permissions::from_mode(0o755)).unwrap();
    let mut terminal = on_terminal(&case);
    until(&case, "the plugin", || case.has("started"));
    assert!(processes(&case).len() >= 3, "the terminal, getad, the plugin and what it started");
    press_ctrl_c(&mut terminal);
    assert_eq!(ends(&case, &mut terminal).code(), Some(130));
    case.write("service.json", "{}");
    all_is_well(&case);
}
