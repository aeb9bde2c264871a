//! `schedule-reboot`: what becomes of a pending restart. Tasks exist on Windows only; there the
//! tests under Wine register them.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use chrono::{Local, NaiveDateTime, TimeDelta, Timelike};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::sim::{ANY_PORT, Setup};
use crate::util::Case;
use crate::validate_fn::{ATOL, MITSU, NEW_FN, OLD_FN};

const FORMAT: &str = "%Y-%m-%d %H:%M:%S";
/// FN of the simulated register.
const SIMULATED_FN: &str = "9999078902014447";

fn minutes_ago(minutes: i64) -> String {
    (Local::now().naive_local() - TimeDelta::minutes(minutes)).format(FORMAT).to_string()
}

fn cause(serial: &str, old_fn: &str, new_fn: &str) -> Value {
    json!({ "brand": "atol", "serialNumber": serial, "reason": "replaced", "old_fn": old_fn, "new_fn": new_fn,
        "since": minutes_ago(600) })
}

fn pending(causes: &[Value], at: &str) -> Case {
    let case = Case::new();
    let reboot = json!({ "form": 1, "registers": causes, "requested": null, "at": at, "scheduled": true, "closed": null });
    case.write("_resources/reboot.json", reboot.to_string());
    case
}

fn one(at: &str) -> Case {
    pending(&[cause(ATOL, OLD_FN, NEW_FN)], at)
}

/// A restart file that leaves a trace.
fn script(case: &Case, name: &str, text: &str) {
    let path = format!("_resources/{name}");
    case.write(&path, format!("#!/bin/sh\n{text}\n"));
    fs::set_permissions(case.home().join(path), Permissions::from_mode(0o755)).unwrap();
}

fn traces(case: &Case) -> usize {
    if case.has("trace") { case.read("trace").lines().count() } else { 0 }
}

/// The published form, and nothing beside it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "decoding is the test")]
struct Document {
    pending: bool,
    reason: Option<String>,
    at: Option<String>,
    task: Option<String>,
    action: String,
    registers: Vec<Value>,
    exit_code: Option<i32>,
    xml: Option<String>,
}

#[test]
fn nothing_pending_is_nothing_to_do() {
    let case = Case::new();
    for arguments in
        [&["schedule-reboot"][..], &["schedule-reboot", "--run-pending"], &["schedule-reboot", "--cancel"]]
    {
        let ran = case.run(&[arguments, &["--json"]].concat()).exits(4);
        let document: Document = serde_json::from_str(&ran.stdout).expect("decodes strictly");
        assert!(!document.pending && document.action == "none", "{document:?}");
    }
    assert!(!case.has("_resources/reboot.json"));
}

#[test]
fn without_a_task_scheduler_it_says_so_and_stays_pending() {
    let case = one(&minutes_ago(-60));
    let before = case.read("_resources/reboot.json");
    case.run(&["schedule-reboot"]).exits(1).complains("Windows");
    assert_eq!(case.read("_resources/reboot.json"), before);
    // A task that should be starting right now is left alone.
    let begun = one(&minutes_ago(5));
    begun.run(&["schedule-reboot"]).exits(0).prints("will be restarted at");
    begun.run(&["schedule-reboot", "--now"]).exits(1);
    one(&minutes_ago(65)).run(&["schedule-reboot"]).exits(1);
    let case = Case::new();
    case.run(&["schedule-reboot", "--force"]).exits(1);
    assert!(!case.has("_resources/reboot.json"));
}

#[test]
fn a_dry_run_prints_the_task_and_touches_nothing() {
    let case = one(&minutes_ago(600));
    let before = case.read("_resources/reboot.json");
    let ran = case.run(&["schedule-reboot", "--dry-run", "--at", "03:07"]).exits(0);
    let ran = ran.prints("T03:07:00").prints("--run-pending");
    assert!(ran.stdout.contains(&*case.home().to_string_lossy()), "{}", ran.story());
    assert_eq!(case.read("_resources/reboot.json"), before);
    assert_eq!(case.names("_resources"), ["reboot.json"], "not even a lock");
    let document = case.run(&["schedule-reboot", "--dry-run", "--json"]).exits(0).document();
    assert_eq!((&document["action"], &document["reason"]), (&json!("none"), &json!("replaced")));
    assert!(document["at"].as_str().unwrap().ends_with("05:30:00"), "{document}");
}

#[test]
fn at_once_is_the_next_minute() {
    let case = one(&minutes_ago(600));
    case.write("service.json", r#"{"validation_fn":{"target_time":false}}"#);
    for arguments in [&["--now"][..], &[]] {
        let ran = case.run(&[&["schedule-reboot", "--dry-run", "--json"], arguments].concat()).exits(0);
        let at = ran.document()["at"].as_str().unwrap().to_owned();
        let at = NaiveDateTime::parse_from_str(&at, FORMAT).unwrap();
        let wait = (at - Local::now().naive_local()).num_seconds();
        assert!((1..=60).contains(&wait), "{wait}\n{}", ran.story());
    }
}

#[test]
fn the_next_occurrence_is_never_in_the_past() {
    let case = one(&minutes_ago(600));
    for minutes in [-1, 0, 1] {
        let time = Local::now().naive_local() + TimeDelta::minutes(minutes);
        let text = format!("{:02}:{:02}", time.hour(), time.minute());
        let ran = case.run(&["schedule-reboot", "--dry-run", "--json", "--at", &text]).exits(0);
        let at = ran.document()["at"].as_str().unwrap().to_owned();
        let at = NaiveDateTime::parse_from_str(&at, FORMAT).unwrap();
        assert!(at > Local::now().naive_local() - TimeDelta::seconds(30), "{text}\n{}", ran.story());
        assert!(at.to_string().contains(&text), "{text}\n{}", ran.story());
    }
}

#[test]
fn odd_arguments_are_refused() {
    let case = one(&minutes_ago(0));
    for arguments in [
        &["--at", "25:99"][..],
        &["--at", "soon"],
        &["--at", "05:30", "--now"],
        &["--cancel", "--force"],
        &["--run-pending", "--dry-run"],
    ] {
        case.run(&[&["schedule-reboot"], arguments].concat()).exits(2);
    }
}

#[test]
fn the_restart_file_runs_once() {
    let case = one(&minutes_ago(30));
    case.write("service.json", r#"{"service":{"reboot_file":"restart now"}}"#);
    script(&case, "restart now", "echo ran >> trace");
    let ran = case.run(&["schedule-reboot", "--run-pending", "--json"]).exits(0);
    let document: Document = serde_json::from_str(&ran.stdout).expect("decodes strictly");
    assert_eq!((document.action.as_str(), document.exit_code, document.pending), ("ran", Some(0), false));
    assert_eq!(traces(&case), 1, "{}", ran.story());
    case.run(&["schedule-reboot", "--run-pending"]).exits(4);
    case.run(&["schedule-reboot"]).exits(4).prints("No restart is pending");
    assert_eq!(traces(&case), 1);
    let reboot = case.json("_resources/reboot.json");
    assert_eq!(reboot["closed"]["how"], "ran");
    assert_eq!(reboot["registers"][0]["new_fn"], NEW_FN, "the mismatch is remembered");
}

#[test]
fn a_restart_file_may_call_getad_itself() {
    let case = one(&minutes_ago(0));
    case.write("service.json", r#"{"service":{"reboot_file":"x.exe"}}"#);
    let call = format!(
        "'{}' --home '{}' --lock-timeout 1 validate-fn; echo $? >> trace; exit 7",
        env!("CARGO_BIN_EXE_getad"),
        case.home().display()
    );
    script(&case, "x.exe", &call);
    let ran = case.run(&["schedule-reboot", "--run-pending", "--json"]).exits(1);
    assert_eq!(ran.document()["exit_code"], 7);
    assert_eq!(case.read("trace"), "4\n");
    assert!(case.read("logs/service.log").contains("ended with Some(7)"));
}

#[test]
fn a_restart_file_that_cannot_run_leaves_it_pending() {
    let case = one(&minutes_ago(0));
    let before = case.read("_resources/reboot.json");
    case.run(&["schedule-reboot", "--run-pending"]).exits(1).complains("reboot.bat does not exist");
    case.write("_resources/reboot.bat", "not executable");
    case.run(&["schedule-reboot", "--run-pending"]).exits(1).complains("cannot be started");
    assert_eq!(case.json("_resources/reboot.json"), serde_json::from_str::<Value>(&before).unwrap());
    script(&case, "../evil.bat", "echo ran >> trace");
    for name in ["../evil.bat", "..\\\\evil.bat", "/bin/true", "", "a:b.bat"] {
        case.write("service.json", format!(r#"{{"service":{{"reboot_file":"{name}"}}}}"#));
        case.run(&["schedule-reboot", "--run-pending"]).exits(1).complains("cannot be run from _resources");
    }
    assert_eq!(traces(&case), 0);
}

#[test]
fn called_off_it_does_not_run_and_stays_remembered() {
    let case = one(&minutes_ago(0));
    script(&case, "reboot.bat", "echo ran >> trace");
    let ran = case.run(&["schedule-reboot", "--cancel", "--json"]).exits(0);
    assert_eq!(ran.document()["action"], "cancelled");
    case.run(&["schedule-reboot", "--run-pending"]).exits(4);
    case.run(&["schedule-reboot", "--cancel"]).exits(4);
    assert_eq!(traces(&case), 0);
    assert_eq!(case.json("_resources/reboot.json")["closed"]["how"], "cancelled");
}

#[test]
fn a_broken_state_means_that_nothing_is_pending() {
    let case = Case::new();
    case.write("_resources/reboot.json", r#"{"form":2}"#);
    script(&case, "reboot.bat", "echo ran >> trace");
    case.run(&["schedule-reboot", "--run-pending"]).exits(4).complains("reboot.json was broken");
    assert!(!case.has("_resources/reboot.json"), "{}", case.listing());
    assert_eq!(traces(&case), 0);
}

#[test]
fn probe_that_reads_the_new_fn_clears_it() {
    let server = Setup::default().serve_tcp(ANY_PORT).expect("a free port");
    let (ip, port) = server.place().rsplit_once(':').unwrap();
    let mitsu = json!([{ "type_connect": 2, "ip": ip, "ip_port": port }]);
    let connect = json!({ "tcp_timeout": 0, "atol": [{ "type_connect": 0 }], "mitsu": mitsu }).to_string();

    let case = pending(&[cause(MITSU, OLD_FN, SIMULATED_FN)], &minutes_ago(0));
    case.write("connect.json", &connect);
    case.run(&["probe", "--no-save"]).exits(0);
    assert!(case.has("_resources/reboot.json"), "nothing is written with --no-save");
    case.run(&["probe"]).exits(0);
    assert!(!case.has("_resources/reboot.json"), "{}", case.listing());
    script(&case, "reboot.bat", "echo ran >> trace");
    case.run(&["schedule-reboot", "--run-pending"]).exits(4);
    assert_eq!(traces(&case), 0);

    // Another register still waits; and the FN of before settles nothing.
    for (other, left) in [(cause(ATOL, OLD_FN, NEW_FN), ATOL), (cause(MITSU, SIMULATED_FN, NEW_FN), MITSU)] {
        let case = pending(&[other], &minutes_ago(0));
        case.write("connect.json", &connect);
        case.run(&["probe"]).exits(0);
        assert_eq!(case.json("_resources/reboot.json")["registers"][0]["serialNumber"], left);
    }
}
