//! Folders and settings as nobody should have them, and clocks that are wrong.

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use crate::util::Ran;
use crate::validate_fn::{ATOL, NEW_FN, OLD_FN, Till, atol_line, days_ago};

const LOG: &str = "plugin-AtolFiscalRegister.log";

fn verdict(ran: &Ran) -> Value {
    ran.document()["registers"][0]["verdict"].clone()
}

#[test]
fn a_folder_and_a_dead_link_named_like_logs_are_passed_over() {
    let till = Till::new(&days_ago(5));
    fs::create_dir(till.logs.join("AtolFiscalRegister.x.log")).unwrap();
    symlink("nowhere", till.logs.join("AtolFiscalRegister.y.log")).unwrap();
    let ran = till.validate(&[]).exits(0);
    assert_eq!((verdict(&ran), &ran.document()["warnings"]), (json!("no-logs"), &json!([])));
    till.log(LOG, atol_line(&days_ago(1), ATOL, OLD_FN));
    assert_eq!(verdict(&till.validate(&[]).exits(0)), "matched");
}

#[test]
fn keys_are_taken_literally() {
    let till = Till::new(&days_ago(5));
    let time = days_ago(1);
    till.configure(json!({ "atol": { "serialNumber_key": "(ЗН|S/N).*=", "fnNumber_key": "[ФН]+" } }));
    till.log(
        LOG,
        format!("[{time},106] (ЗН|S/N).*={ATOL} [ФН]+{OLD_FN}\n[{time},107] S/N={ATOL} ФН{NEW_FN}\n"),
    );
    let ran = till.validate(&[]).exits(0);
    assert_eq!(
        (verdict(&ran), &ran.document()["registers"][0]["log_fn"]),
        (json!("matched"), &json!(OLD_FN))
    );
}

#[test]
fn a_clock_that_was_ahead_hides_nothing() {
    let till = Till::new(&days_ago(5));
    // Written next year by the clock of then, and again since it was set right.
    let ahead = atol_line(&days_ago(-365), ATOL, OLD_FN);
    till.log(LOG, ahead + &atol_line(&days_ago(1), ATOL, NEW_FN));
    let future = SystemTime::now() + Duration::from_secs(300 * 24 * 60 * 60);
    File::options().write(true).open(till.logs.join(LOG)).unwrap().set_modified(future).unwrap();
    let ran = till.validate(&[]).exits(10);
    assert_eq!(
        (verdict(&ran), &ran.document()["registers"][0]["log_fn"]),
        (json!("replaced"), &json!(NEW_FN))
    );
}

#[test]
fn registers_known_to_an_older_program_are_checked() {
    // Its file had no list for Shtrih, and whatever else somebody keeps in it stays.
    let known = json!({ "serialNumber": ATOL, "fn_serial": OLD_FN, "v_time": days_ago(5), "note": "bar" });
    let till = Till::knowing(json!({ "atol": [known], "mitsu": [] }));
    till.log(LOG, atol_line(&days_ago(1), ATOL, OLD_FN));
    assert_eq!(verdict(&till.validate(&[]).exits(0)), "matched");
    assert_eq!(till.known()["note"], "bar");
}
