//! The home folder: missing, read-only, full, or in use.

use std::fs::File;
use std::process::Command;

use crate::util::Case;

#[test]
fn a_missing_home_is_said() {
    let case = Case::new();
    let absent = case.outside().join("нет такой");
    let mut command = Command::new(env!("CARGO_BIN_EXE_getad"));
    command.env("GETAD_HOME", &absent).args(["--lang", "en", "probe"]);
    case.finish(command).exits(1).complains("нет такой does not exist").complains("GETAD_HOME");
}

#[test]
fn home_comes_from_the_variable_and_the_option_wins() {
    let (case, other) = (Case::named("Касса 1"), Case::new());
    let mut command = Command::new(env!("CARGO_BIN_EXE_getad"));
    command.env("GETAD_HOME", case.home()).args(["config", "init"]);
    case.finish(command).exits(0);
    assert!(case.has("connect.json"), "{}", case.listing());
    let mut command = other.command(&["config", "init"]);
    command.env("GETAD_HOME", case.home());
    other.finish(command).exits(0);
    assert!(other.has("connect.json"), "{}", other.listing());
}

#[test]
fn a_held_lock_is_busy() {
    let case = Case::new();
    case.write("_resources/getad.lock", "");
    let lock = File::options().write(true).open(case.home().join("_resources/getad.lock")).unwrap();
    lock.lock().unwrap();
    let ran = case.run(&["probe", "--lock-timeout", "0"]).exits(6).complains("another getad is at work");
    assert!(ran.stderr.contains("--lock-timeout"), "{}", ran.story());
    assert!(!case.has("date"), "{}", case.listing());
}

#[test]
fn a_lock_that_is_given_back_is_waited_for() {
    let case = Case::new();
    case.write("_resources/getad.lock", "");
    let lock = File::options().write(true).open(case.home().join("_resources/getad.lock")).unwrap();
    lock.lock().unwrap();
    let waiting = case.command(&["config", "init"]).spawn().unwrap();
    drop(lock);
    let ended = waiting.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(0));
    assert!(case.has("connect.json"));
}

#[test]
fn a_home_that_cannot_be_written_is_said_before_anything_is_read() {
    let case = Case::new();
    // Where a folder is needed stands a file: no user, not even root, can write below it.
    case.write("_resources", "");
    case.run(&["probe"]).exits(1).complains("cannot be written");
    case.run(&["config", "init", "--lang", "ru"]).exits(1).complains("не удаётся записать");
}
