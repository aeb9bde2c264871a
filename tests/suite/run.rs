//! `run`: the whole cycle once.

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};

use crate::sim::{ANY_PORT, Server, Setup};
use crate::util::Case;

/// Settings with a Mitsu register and no other.
fn with_register(server: &Server) -> Case {
    let case = Case::new();
    let (ip, port) = server.place().rsplit_once(':').unwrap();
    let mitsu = json!([{ "type_connect": 2, "ip": ip, "ip_port": port }]);
    case.write("connect.json", json!({ "tcp_timeout": 1, "atol": [], "mitsu": mitsu }).to_string());
    case
}

fn script(case: &Case, name: &str, body: &str) {
    case.write(name, format!("#!/bin/sh\n{body}\n"));
    fs::set_permissions(case.home().join(name), fs::Permissions::from_mode(0o755)).unwrap();
}

fn step<'a>(document: &'a Value, command: &str) -> &'a Value {
    let steps = document["steps"].as_array().unwrap();
    steps.iter().find(|step| step["command"] == command).unwrap()
}

#[test]
fn it_reads_registers_runs_the_plugin_and_starts_the_updater() {
    let server = Setup::default().serve_tcp(ANY_PORT).unwrap();
    let case = with_register(&server);
    script(&case, "shtrihscanner.exe", "echo >>plugin-ran");
    script(&case, "updater/updater.exe", ": >>ran");
    let ran = case.run(&["run", "--json"]).exits(0);
    let document = ran.document();
    assert_eq!((&document["ok"], &document["exit"]), (&json!(true), &json!(0)));
    let probe = step(&document, "probe");
    assert_eq!((&probe["exit"], &probe["error"]), (&json!(0), &Value::Null));
    assert_eq!(probe["result"]["registers"][0]["brand"], "mitsu");
    assert_eq!(probe["result"]["plugin"]["state"], "done");
    assert!(step(&document, "update")["result"]["process"].is_u64(), "{document}");
    assert!(case.has("plugin-ran"), "{}", case.listing());
}

#[test]
fn people_get_one_summary() {
    let server = Setup::default().serve_tcp(ANY_PORT).unwrap();
    let case = with_register(&server);
    let ran = case.run(&["run"]).exits(0);
    let last: Vec<&str> = ran.stdout.lines().rev().take_while(|line| !line.is_empty()).collect();
    assert!(last.contains(&"probe   done") && last.contains(&"update  nothing to do"), "{}", ran.story());
    assert!(ran.stdout.contains("065001234567890"), "{}", ran.story());
    case.run(&["run", "--lang", "ru"]).exits(0).prints("update  делать нечего");
}

#[test]
fn one_step_does_not_keep_the_others_from_their_jobs() {
    let case = Case::new();
    case.write("connect.json", "{");
    script(&case, "updater/updater.exe", ": >>ran");
    let document = case.run(&["run", "--json"]).exits(3).document();
    assert_eq!(document["ok"], false);
    let probe = step(&document, "probe");
    assert_eq!((&probe["exit"], &probe["result"]), (&json!(3), &Value::Null));
    assert!(probe["error"]["message"].as_str().unwrap().contains("connect.json"), "{document}");
    assert!(probe["error"]["hint"].is_string(), "{document}");
    assert_eq!(step(&document, "update")["exit"], 0);

    // A register that is not reached, and an updater that is started: a part is done.
    case.write("connect.json", r#"{"atol":[],"mitsu":[{"type_connect":1,"com_port":"/dev/no-such-port"}]}"#);
    let ran = case.run(&["run"]).exits(5);
    assert!(
        ran.stderr.contains("/dev/no-such-port") && ran.stdout.contains("probe   failed"),
        "{}",
        ran.story()
    );
}

#[test]
fn nothing_to_do_is_said_only_if_it_is_so_everywhere() {
    let case = Case::new();
    case.write("connect.json", r#"{"atol":[],"mitsu":[{"type_connect":3}]}"#);
    let document = case.run(&["run", "--json"]).exits(4).document();
    assert_eq!(document["ok"], true);
    assert!(document["steps"].as_array().unwrap().iter().all(|step| step["exit"] == 4), "{document}");
}

#[test]
fn a_held_lock_is_busy_for_each_step_that_needs_it() {
    let case = Case::new();
    case.write("_resources/getad.lock", "");
    let lock = File::options().write(true).open(case.home().join("_resources/getad.lock")).unwrap();
    lock.lock().unwrap();
    let document = case.run(&["run", "--json", "--lock-timeout", "0"]).exits(6).document();
    assert_eq!(step(&document, "probe")["exit"], 6);
}
