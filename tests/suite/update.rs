//! `update`: the updater is started once at a time, on its own, from its own folder.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::util::Case;

/// Says that it runs and where, then runs until it is told to stop or its folder is gone.
const UPDATER: &str = "#!/bin/sh
pwd >>started
while [ -e started ] && [ ! -e stop ]; do sleep 0.02; done
echo >>ended
";

/// Waits for what another process does.
#[track_caller]
fn wait_until(condition: impl Fn() -> bool) {
    let limit = Instant::now() + Duration::from_secs(20);
    while !condition() {
        assert!(Instant::now() < limit, "it did not happen");
        sleep(Duration::from_millis(5));
    }
}

fn install(case: &Case, name: &str, content: &str) {
    let name = format!("updater/{name}");
    case.write(&name, content);
    fs::set_permissions(case.home().join(name), fs::Permissions::from_mode(0o755)).unwrap();
}

/// A home folder with an updater.
fn with_updater() -> Case {
    let case = Case::named("Касса 1");
    case.write("service.json", r#"{"service":{"updater_name":"обновление 2.sh"}}"#);
    install(&case, "обновление 2.sh", UPDATER);
    case
}

fn lines(case: &Case, name: &str) -> usize {
    if case.has(name) { case.read(name).lines().count() } else { 0 }
}

fn stop(case: &Case) {
    case.write("updater/stop", "");
    wait_until(|| case.has("updater/ended"));
    fs::remove_file(case.home().join("updater/stop")).unwrap();
}

fn pend_reboot(case: &Case) {
    let pending = json!({ "form": 1, "registers": [], "requested": "2026-01-02 03:04:05",
        "at": "2026-01-02 05:30:00", "scheduled": false, "closed": null });
    case.write("_resources/reboot.json", pending.to_string());
}

#[test]
fn the_updater_outlives_us_in_its_own_folder() {
    let case = with_updater();
    // A child that held our output open would keep this from coming back.
    let ran = case.run(&["update", "--json"]).exits(0);
    let document = ran.document();
    let updater = case.home().join("updater/обновление 2.sh");
    assert_eq!(document["ok"], true);
    assert_eq!(document["updater"], updater.to_str().unwrap());
    assert!(document["process"].is_u64() && document["reason"].is_null(), "{document}");
    wait_until(|| lines(&case, "updater/started") == 1);
    let folder = case.home().join("updater").canonicalize().unwrap();
    assert_eq!(case.read("updater/started").trim(), folder.to_str().unwrap());
    assert!(!case.has("updater/ended"));
    stop(&case);
}

#[test]
fn a_running_updater_is_waited_for() {
    let case = with_updater();
    case.run(&["update"]).exits(0).prints("Started: ");
    wait_until(|| lines(&case, "updater/started") == 1);
    let waiting = case.command(&["update", "--json"]).stdout(Stdio::piped()).spawn().unwrap();
    wait_until(|| case.read("logs/service.log").contains("runs already, waiting"));
    assert_eq!(lines(&case, "updater/started"), 1);
    stop(&case);
    let ended = waiting.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(0), "{}", case.listing());
    let document: Value = serde_json::from_slice(&ended.stdout).unwrap();
    assert!(document["process"].is_u64() && document["waited_ms"].as_u64() > Some(0), "{document}");
    wait_until(|| lines(&case, "updater/started") == 2);
    stop(&case);
}

#[test]
fn an_updater_that_does_not_end_is_not_started_again() {
    let case = with_updater();
    case.run(&["update"]).exits(0);
    wait_until(|| lines(&case, "updater/started") == 1);
    let ran = case.run(&["update", "--wait", "0", "--json"]).exits(1);
    assert!(ran.stdout.is_empty(), "{}", ran.story());
    ran.complains("still runs after 0 s").complains("--wait");
    case.run(&["update", "--wait", "1", "--lang", "ru"]).exits(1).complains("снимите её в диспетчере задач");
    assert_eq!(lines(&case, "updater/started"), 1);
    stop(&case);
}

/// A program of its own, not a script.
fn copy_of_sleep(case: &Case, name: &str) -> std::path::PathBuf {
    let path = case.home().join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    // A file that was open for writing when another test started a process cannot be run.
    let copied = Command::new("cp").arg("/bin/sleep").arg(&path).status().unwrap();
    assert!(copied.success());
    path
}

struct Ending(Child);

impl Drop for Ending {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

fn start(program: &std::path::Path) -> Ending {
    Ending(Command::new(program).arg("600").spawn().unwrap())
}

#[test]
fn a_program_is_told_from_its_namesakes() {
    let case = Case::new();
    case.write("service.json", r#"{"service":{"updater_name":"updater"}}"#);
    let updater = copy_of_sleep(&case, "updater/updater");
    let stranger = copy_of_sleep(&case, "elsewhere/updater");
    let _stranger = start(&stranger);
    // Ends at once: it is not told how long to sleep.
    case.run(&["update", "--wait", "0"]).exits(0);
    let by_another_name = case.home().join("other-name");
    std::os::unix::fs::symlink(case.home(), &by_another_name).unwrap();
    let running = start(&by_another_name.join("updater/updater"));
    wait_until(|| !fs::read_link(format!("/proc/{}/exe", running.0.id())).unwrap().ends_with("suite"));
    case.run(&["update", "--wait", "0"]).exits(1).complains(updater.to_str().unwrap());
    drop(running);
    case.run(&["update", "--wait", "0"]).exits(0);
}

#[test]
fn without_an_updater_there_is_nothing_to_do() {
    let case = Case::new();
    let ran = case.run(&["update"]).exits(4).prints("There is no updater");
    assert!(ran.stderr.is_empty(), "{}", ran.story());
    let document = case.run(&["update", "--json"]).exits(4).document();
    assert_eq!((&document["ok"], &document["reason"]), (&json!(true), &json!("absent")));
    let quiet = case.run(&["-q", "update"]).exits(4);
    assert!(quiet.stdout.is_empty() && quiet.stderr.is_empty(), "{}", quiet.story());
    assert!(!case.has("updater"));
}

#[test]
fn a_pending_reboot_comes_first() {
    let case = with_updater();
    pend_reboot(&case);
    let document = case.run(&["update", "--json"]).exits(4).document();
    assert_eq!((&document["ok"], &document["reason"]), (&json!(true), &json!("reboot-pending")));
    case.run(&["update"]).exits(4).prints("Skipped: a restart is pending");
    assert!(!case.has("updater/started"));
    case.run(&["schedule-reboot", "--cancel"]).exits(0);
    case.run(&["update"]).exits(0);
    wait_until(|| lines(&case, "updater/started") == 1);
    stop(&case);
}

#[test]
fn a_reboot_that_becomes_pending_while_we_wait_comes_first_too() {
    let case = with_updater();
    case.run(&["update"]).exits(0);
    wait_until(|| lines(&case, "updater/started") == 1);
    let waiting = case.command(&["update", "-q"]).spawn().unwrap();
    wait_until(|| case.read("logs/service.log").contains("runs already, waiting"));
    pend_reboot(&case);
    stop(&case);
    assert_eq!(waiting.wait_with_output().unwrap().status.code(), Some(4));
    assert_eq!(lines(&case, "updater/started"), 1);
}

#[test]
fn only_what_lies_in_the_folder_is_started() {
    let case = Case::new();
    install(&case, "../outside.sh", "#!/bin/sh\necho >>ran\n");
    let outside = case.home().join("outside.sh");
    for name in ["../outside.sh", "..", "", outside.to_str().unwrap(), "a/b.sh", "C:x.exe"] {
        case.write("service.json", json!({ "service": { "updater_name": name } }).to_string());
        case.run(&["update"]).exits(1).complains("service.updater_name").complains("bare name");
        case.run(&["config", "check"]).exits(0).complains("service.updater_name");
    }
    assert!(!case.has("ran") && !case.has("updater/ran"));
}

#[test]
fn an_updater_that_cannot_be_started_is_said() {
    let case = Case::new();
    case.write("updater/updater.exe", "no program at all");
    case.run(&["update"]).exits(1).complains("updater.exe cannot be started").complains("antivirus");
    case.run(&["update", "--lang", "ru"]).exits(1).complains("не удаётся запустить");
}

#[test]
fn the_configuration_must_be_usable() {
    let case = Case::new();
    case.write("service.json", "{");
    case.run(&["update"]).exits(3).complains("service.json");
}
