//! Logs that somebody writes, rotates, cuts off, removes or locks while they are searched.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::util::Ran;
use crate::validate_fn::{ATOL, NEW_FN, OLD_FN, Till, atol_line, days_ago};

const LOG: &str = "plugin-AtolFiscalRegister.log";
/// Bytes without a pair behind the first lines: as many as take the search a good while at first,
/// and at most. They are holes, which take no space.
const NOISE: [u64; 4] = [64 << 20, 256 << 20, 1 << 30, 4 << 30];
const LIMIT: Duration = Duration::from_secs(60);

fn till() -> Till {
    Till::new(&days_ago(5))
}

fn line(fn_serial: &str) -> String {
    atol_line(&days_ago(1), ATOL, fn_serial)
}

/// A line that is newer than any check.
fn newer_line(fn_serial: &str) -> String {
    atol_line(&days_ago(-1), ATOL, fn_serial)
}

fn verdict(ran: &Ran) -> Value {
    ran.document()["registers"][0]["verdict"].clone()
}

fn append(path: &Path, text: &str) {
    OpenOptions::new().append(true).open(path).unwrap().write_all(text.as_bytes()).unwrap();
}

/// Checks with a log of `begin` and much noise; when the search is in the middle of it, it is
/// halted for `change` to happen.
fn change_during_search(till: &Till, begin: &str, change: impl Fn(&Path)) -> Ran {
    let log = till.logs.join(LOG);
    for size in NOISE {
        till.log(LOG, begin);
        File::options().write(true).open(&log).unwrap().set_len(begin.len() as u64 + size).unwrap();
        let logs = till.logs.to_string_lossy().into_owned();
        let mut command = till.case.command(&["validate-fn", "--json", "--all", "--logs-dir", &logs]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let halted = halt_when_open(&mut child, &log);
        if halted {
            change(&log);
        }
        signal(&child, "CONT");
        let ran = Ran::new(&command, child.wait_with_output().unwrap(), till.case.listing());
        if halted {
            return ran;
        }
    }
    panic!("the search is always over before it can be halted");
}

/// Halts a process while it has a file open; false when it had closed it already.
fn halt_when_open(child: &mut Child, file: &Path) -> bool {
    let limit = Instant::now() + LIMIT;
    while !has_open(child, file) {
        assert!(Instant::now() < limit, "{} is never opened", file.display());
        if child.try_wait().unwrap().is_some() {
            return false;
        }
        thread::sleep(Duration::from_millis(1));
    }
    signal(child, "STOP");
    while !is_halted(child) {
        assert!(Instant::now() < limit, "it is not halted");
        thread::sleep(Duration::from_millis(1));
    }
    has_open(child, file)
}

fn has_open(child: &Child, file: &Path) -> bool {
    let folder = PathBuf::from(format!("/proc/{}/fd", child.id()));
    let Ok(entries) = fs::read_dir(folder) else { return false };
    entries.flatten().any(|entry| fs::read_link(entry.path()).is_ok_and(|open| open == file))
}

/// The state stands behind the name, which is in brackets.
fn is_halted(child: &Child) -> bool {
    let status = fs::read_to_string(format!("/proc/{}/stat", child.id())).unwrap_or_default();
    status.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with('T'))
}

fn signal(child: &Child, name: &str) {
    let sent = Command::new("sh").args(["-c", &format!("kill -{name} {}", child.id())]).status().unwrap();
    assert!(sent.success());
}

#[test]
fn what_is_written_during_the_search_is_for_the_next_one() {
    let till = till();
    let ran = change_during_search(&till, &line(OLD_FN), |log| append(log, &newer_line(NEW_FN)));
    assert_eq!(verdict(&ran.exits(0)), "matched");
    let log = till.logs.join(LOG);
    append(&log, "a line that is not whole: serialNumber=");
    assert_eq!(verdict(&till.validate(&["--all"]).exits(10)), "replaced");
}

#[test]
fn a_log_that_is_renamed_during_the_search_is_read_to_its_begin() {
    let till = till();
    let ran = change_during_search(&till, &line(OLD_FN), |log| {
        fs::rename(log, log.with_extension("old")).unwrap();
        fs::write(log, newer_line(NEW_FN)).unwrap();
    });
    assert_eq!(verdict(&ran.exits(0)), "matched");
    assert_eq!(verdict(&till.validate(&["--all"]).exits(10)), "replaced");
}

#[test]
fn a_log_that_is_cut_off_during_the_search_is_begun_anew() {
    let ran = change_during_search(&till(), &line(OLD_FN), |log| fs::write(log, line(NEW_FN)).unwrap());
    assert_eq!(verdict(&ran.exits(10)), "replaced");
}

#[test]
fn a_log_that_vanishes_before_its_turn_is_told() {
    let till = till();
    till.old_log("AtolFiscalRegister.older.log", &line(OLD_FN), 1);
    let gone = till.logs.join("AtolFiscalRegister.older.log");
    let ran = change_during_search(&till, "", |_| fs::remove_file(&gone).unwrap());
    assert_eq!(verdict(&ran.exits(1).complains("AtolFiscalRegister.older.log has vanished")), "not-found");
}

#[test]
fn a_log_that_its_writer_holds_and_locks_is_searched() {
    let till = till();
    till.log(LOG, line(OLD_FN));
    let writer = OpenOptions::new().append(true).open(till.logs.join(LOG)).unwrap();
    writer.lock().unwrap();
    assert_eq!(verdict(&till.validate(&[]).exits(0)), "matched");
}

/// The super-user may read everything unless he gives that up.
fn without_privileges(command: &Command) -> Command {
    let is_root = fs::metadata("/proc/self").unwrap().uid() == 0;
    let mut wrapped = Command::new(if is_root { "setpriv" } else { "env" });
    wrapped
        .args(is_root.then_some("--bounding-set=-all"))
        .arg(command.get_program())
        .args(command.get_args());
    wrapped
}

#[test]
fn a_log_that_may_not_be_read_is_told_and_the_others_are_searched() {
    let till = till();
    till.old_log("AtolFiscalRegister.older.log", &line(OLD_FN), 1).log(LOG, line(NEW_FN));
    let logs = till.logs.to_string_lossy().into_owned();
    let command = till.case.command(&["validate-fn", "--json", "--all", "--logs-dir", &logs]);
    let run = || till.case.finish(without_privileges(&command));
    fs::set_permissions(till.logs.join(LOG), Permissions::from_mode(0o000)).unwrap();
    let ran = run().exits(0).complains(&format!("{LOG} cannot be read"));
    assert_eq!(verdict(&ran), "matched");
    assert_eq!(ran.document()["warnings"].as_array().unwrap().len(), 1, "{}", ran.story());

    fs::set_permissions(&till.logs, Permissions::from_mode(0o000)).unwrap();
    let ran = run();
    fs::set_permissions(&till.logs, Permissions::from_mode(0o700)).unwrap();
    assert_eq!(verdict(&ran.exits(1).complains("cannot be listed")), "no-logs");
}
