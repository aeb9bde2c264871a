//! `reboot-kkt`: the real worker, the driver simulator behind the real C interface.

use std::process::Command;

use crate::atol;
use crate::util::{Case, Driver, Ran};

const SERIAL: &str = "00123456790012";

fn restarts(case: &Case) -> usize {
    let journal = if case.has("fptr10.journal") { case.read("fptr10.journal") } else { String::new() };
    journal.lines().filter(|line| line.contains(" device_reboot com:COM6")).count()
}

/// Runs the binary on a terminal where somebody types an answer.
fn answered(case: &Case, answer: &str) -> Ran {
    let script = format!(
        "printf '{answer}\\n' | script -qec \"'{}' --home '{}' --lang en --no-progress reboot-kkt\" /dev/null",
        env!("CARGO_BIN_EXE_getad"),
        case.home().display()
    );
    let mut command = Command::new("sh");
    command.args(["-c", &script]).env("TERM", "xterm");
    case.finish(command)
}

#[test]
fn the_only_register_is_restarted() {
    let case = atol::case("");
    case.run(&["reboot-kkt", "--yes"]).exits(0).prints(SERIAL).prints("is restarting");
    assert_eq!(restarts(&case), 1);
    let document = case.run(&["reboot-kkt", "--yes", "--json"]).exits(0).document();
    assert_eq!((&document["ok"], &document["serialNumber"]), (&true.into(), &SERIAL.into()));
    assert!(!case.has("date"), "nothing was to be read");
}

#[test]
fn without_a_terminal_it_must_be_confirmed_by_option() {
    let case = atol::case("");
    case.run(&["reboot-kkt"]).exits(2).complains("no terminal to ask at").complains("--yes");
    assert_eq!(restarts(&case), 0);
}

#[test]
fn somebody_at_a_terminal_is_asked() {
    let case = atol::case("");
    answered(&case, "n").exits(4).prints("Restart the register ATOL COM6?");
    answered(&case, "").exits(4);
    assert_eq!(restarts(&case), 0);
    answered(&case, "y").exits(0).prints("is restarting");
    assert_eq!(restarts(&case), 1);
}

#[test]
fn other_brands_are_refused() {
    let case = atol::case("");
    for brands in [&["--brand", "mitsu"][..], &["--brand", "atol", "--brand", "mitsu"]] {
        let arguments = [&["reboot-kkt", "--yes"], brands].concat();
        case.run(&arguments).exits(2).complains("only ATOL registers");
    }
    case.run(&["reboot-kkt", "--yes", "--com", "COM6", "--brand", "atol"]).exits(0);
    assert_eq!(restarts(&case), 1);
}

#[test]
fn of_several_one_must_be_chosen() {
    let case = atol::with_driver(Driver::Current, "register com:COM6 like com:COM5", &["COM5", "COM6"]);
    case.run(&["reboot-kkt", "--yes"]).exits(2).complains("COM5, COM6").complains("--com");
    case.run(&["reboot-kkt", "--yes", "--com", "COM6"]).exits(0);
    assert_eq!(restarts(&case), 1);
    let none = atol::with_driver(Driver::Current, "", &[]);
    none.run(&["reboot-kkt", "--yes"]).exits(4).complains("no ATOL register");
}

#[test]
fn what_goes_wrong_is_told() {
    let refusing = atol::case("reboot error 11 Не поддерживается");
    refusing.run(&["reboot-kkt", "--yes"]).exits(1).complains("device_reboot").complains("Не поддерживается");
    let absent = atol::case("open error 2");
    absent.run(&["reboot-kkt", "--yes"]).exits(1).complains("COM6");
    assert_eq!(restarts(&absent), 0);
    let hanging = atol::case("reboot hang");
    hanging.run(&["reboot-kkt", "--yes", "--timeout", "2"]).exits(1).complains("not done within 2 s");
    let old = atol::with_driver(Driver::Old, "register com:COM6 like com:COM5", &["COM6"]);
    old.run(&["reboot-kkt", "--yes"]).exits(1).complains("libfptr_device_reboot");
    let document = atol::case("reboot crash").run(&["reboot-kkt", "--yes", "--json"]).exits(1).document();
    assert_eq!(document["ok"], false);
}

#[test]
fn a_connection_that_breaks_with_the_restart_is_no_error() {
    let case = atol::case("reboot drop-after");
    case.run(&["reboot-kkt", "--yes"]).exits(0);
}
