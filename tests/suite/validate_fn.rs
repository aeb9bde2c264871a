//! `validate-fn`: what the logs of a POS program say about the known registers, and what follows.

use std::fs::{self, File};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use chrono::{Local, NaiveDateTime, TimeDelta};
use getad::state::reboot::Reboot;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::util::{Case, Ran};

/// Registers of the tests, and the FN in them.
pub const ATOL: &str = "00106204567890";
pub const MITSU: &str = "065001234567890";
pub const SHTRIH: &str = "0000000000012345";
pub const OLD_FN: &str = "7380440700067159";
pub const NEW_FN: &str = "7380440700099999";

const FORMAT: &str = "%Y-%m-%d %H:%M:%S";
const ATOL_LOG: &str = "plugin-Resto.Front.Api.AtolFiscalRegister.V8.log";
const MITSU_LOG: &str = "plugin-Resto.Front.Api.MitsuCRPlugin.log";

/// A time some days ago, as the files have it.
pub fn days_ago(days: i64) -> String {
    (Local::now().naive_local() - TimeDelta::days(days)).format(FORMAT).to_string()
}

/// A home folder that knows the ATOL register since `v_time`, with a record, and a folder of logs.
pub struct Till {
    pub case: Case,
    pub logs: PathBuf,
}

impl Till {
    pub fn new(v_time: &str) -> Self {
        let till = Self::knowing(json!({ "atol": [known(ATOL, v_time)], "mitsu": [], "shtrih": [] }));
        till.case.write(&format!("date/{ATOL}.json"), record(ATOL, v_time).to_string());
        till
    }

    pub fn knowing(fiscals: Value) -> Self {
        let case = Case::new();
        let logs = case.outside().join("логи кассы");
        fs::create_dir(&logs).unwrap();
        case.write("_resources/fiscals.json", fiscals.to_string());
        Self { case, logs }
    }

    /// Settings of the check.
    pub fn configure(&self, settings: Value) -> &Self {
        self.case.write("service.json", json!({ "validation_fn": settings }).to_string());
        self
    }

    pub fn log(&self, name: &str, content: impl AsRef<[u8]>) -> &Self {
        fs::write(self.logs.join(name), content).unwrap();
        self
    }

    /// A log that was changed some days ago.
    pub fn old_log(&self, name: &str, content: &str, days: u64) -> &Self {
        self.log(name, content);
        let time = SystemTime::now() - Duration::from_secs(days * 24 * 60 * 60);
        File::options().write(true).open(self.logs.join(name)).unwrap().set_modified(time).unwrap();
        self
    }

    pub fn validate(&self, more: &[&str]) -> Ran {
        let logs = self.logs.to_string_lossy().into_owned();
        self.case.run(&[&["validate-fn", "--json", "--logs-dir", &logs], more].concat())
    }

    pub fn reboot(&self) -> Reboot {
        serde_json::from_str(&self.case.read("_resources/reboot.json")).expect("decodes strictly")
    }

    pub fn known(&self) -> Value {
        self.case.json("_resources/fiscals.json")["atol"][0].clone()
    }
}

pub fn known(serial: &str, v_time: &str) -> Value {
    json!({ "serialNumber": serial, "fn_serial": OLD_FN, "v_time": v_time })
}

fn record(serial: &str, v_time: &str) -> Value {
    json!({
        "own": 1, "modelName": "АТОЛ 22 v2 Ф", "serialNumber": serial, "fn_serial": OLD_FN,
        "url_rms": "https://kafe/resto", "current_time": v_time, "v_time": v_time, "vc": "2.1.0", "uuid": "old",
        "plugin": { "b": 1, "a": [null] },
    })
}

/// A line of the ATOL plugin: both numbers in one line.
pub fn atol_line(time: &str, serial: &str, fn_serial: &str) -> String {
    format!(
        "[{time},106]  INFO [57] - Device info: model=АТОЛ 22, serialNumber={serial}, ffd=1.2, fnNumber={fn_serial}, state=ok\r\n"
    )
}

/// Two lines of the Mitsu plugin: answers of the register as they came.
fn mitsu_lines(time: &str, serial: &str, fn_serial: &str) -> String {
    format!(
        "[{time},945]  INFO [ 7] - <OK VERSION='1.1.06' SERIAL='{serial}' MAC='00-22-00-01-02-03'/>\r\n\
         [{time},990]  INFO [ 7] - <OK FN='{fn_serial}' EDITION='2'/>\r\n"
    )
}

fn verdicts(ran: &Ran) -> Vec<String> {
    let document = ran.document();
    let registers = document["registers"].as_array().unwrap();
    registers.iter().map(|register| register["verdict"].as_str().unwrap().to_owned()).collect()
}

#[track_caller]
fn is_now(value: &Value) {
    let time = NaiveDateTime::parse_from_str(value.as_str().unwrap(), FORMAT).unwrap();
    assert!((Local::now().naive_local() - time).num_seconds().abs() < 120, "{value}");
}

/// The published form, and nothing beside it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "decoding is the test")]
struct Document {
    registers: Vec<Register>,
    reboot_pending: bool,
    reboot_at: Option<String>,
    warnings: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(non_snake_case, dead_code, reason = "published names; decoding is the test")]
struct Register {
    brand: String,
    serialNumber: String,
    fn_serial: String,
    verdict: String,
    log_fn: Option<String>,
    log_file: Option<String>,
    log_time: Option<String>,
    v_time: String,
}

#[test]
fn a_register_confirmed_recently_is_not_looked_for() {
    let till = Till::new(&days_ago(2));
    till.log(ATOL_LOG, atol_line(&days_ago(0), ATOL, NEW_FN));
    let ran = till.validate(&[]).exits(0);
    assert_eq!(verdicts(&ran), ["fresh"]);
    assert_eq!(ran.document()["registers"][0]["log_fn"], Value::Null);
    assert!(!till.case.has("_resources/reboot.json"));
    // Unless all are wanted.
    assert_eq!(verdicts(&till.validate(&["--all"]).exits(10)), ["replaced"]);
}

#[test]
fn the_same_fn_in_the_logs_confirms_it() {
    let till = Till::new(&days_ago(3));
    let text = format!("{}{}", "\u{feff}", atol_line(&days_ago(1), ATOL, OLD_FN));
    till.log(ATOL_LOG, text);
    let ran = till.validate(&[]).exits(0);
    assert_eq!(verdicts(&ran), ["matched"]);
    let register = &ran.document()["registers"][0];
    assert_eq!((&register["log_fn"], &register["brand"]), (&json!(OLD_FN), &json!("atol")));
    assert!(register["log_file"].as_str().unwrap().ends_with(ATOL_LOG), "{register}");
    is_now(&register["v_time"]);
    is_now(&till.known()["v_time"]);
    is_now(&till.case.json(&format!("date/{ATOL}.json"))["v_time"]);
    assert_eq!(verdicts(&till.validate(&[]).exits(0)), ["fresh"]);
}

#[test]
fn another_fn_in_the_logs_makes_a_restart_pending() {
    let till = Till::new(&days_ago(4));
    till.log(ATOL_LOG, atol_line(&days_ago(1), ATOL, NEW_FN));
    let ran = till.validate(&[]).exits(10);
    let document: Document = serde_json::from_str(&ran.stdout).expect("decodes strictly");
    assert!(document.reboot_pending && document.reboot_at.is_some(), "{document:?}");
    assert_eq!(verdicts(&ran), ["replaced"]);
    let reboot = till.reboot();
    assert!(reboot.is_pending() && !reboot.scheduled);
    let [cause] = &reboot.registers[..] else { panic!("{reboot:?}") };
    assert_eq!((cause.old_fn.as_str(), cause.new_fn.as_deref()), (OLD_FN, Some(NEW_FN)));
    assert!(reboot.planned().unwrap() > Local::now().naive_local());
    // What was known stays until the register itself is read.
    assert_eq!(till.known()["fn_serial"], OLD_FN);
    let log = till.case.read("logs/service.log");
    let message = format!("В ККТ №{ATOL} больше не установлен ФН №{OLD_FN}, текущий ФН №{NEW_FN}");
    assert!(log.contains(&message) && log.contains("TV: None"), "{log}");
}

#[test]
fn the_known_fn_seen_again_calls_the_restart_off() {
    let till = Till::new(&days_ago(4));
    let replaced = atol_line(&days_ago(2), ATOL, NEW_FN);
    till.log(ATOL_LOG, &replaced);
    till.validate(&[]).exits(10);
    till.log(ATOL_LOG, replaced + &atol_line(&days_ago(1), ATOL, OLD_FN));
    let ran = till.validate(&[]).exits(0);
    assert_eq!(
        (verdicts(&ran), &ran.document()["reboot_pending"]),
        (vec!["matched".to_owned()], &json!(false))
    );
    assert!(!till.case.has("_resources/reboot.json"), "{}", ran.story());
}

#[test]
fn people_get_a_table_in_their_language() {
    let till = Till::new(&days_ago(4));
    till.log(ATOL_LOG, atol_line(&days_ago(1), ATOL, NEW_FN));
    let logs = till.logs.to_string_lossy().into_owned();
    let arguments = ["validate-fn", "--logs-dir", &logs];
    till.case
        .run(&arguments)
        .exits(10)
        .prints("FN replaced")
        .prints(NEW_FN)
        .prints("A restart is pending, planned for");
    let mut russian = std::process::Command::new(env!("CARGO_BIN_EXE_getad"));
    russian.arg("--home").arg(till.case.home()).args(["--lang", "ru"]).args(arguments);
    till.case.finish(russian).exits(10).prints("ФН заменён").prints("Ожидается перезагрузка, план:");
}

#[test]
fn a_mitsu_register_has_its_fn_on_a_following_line_and_cp1251_around_it() {
    let fiscals = json!({ "atol": [], "mitsu": [known(MITSU, &days_ago(5))], "shtrih": [] });
    let till = Till::knowing(fiscals);
    let lines = cp1251(&format!(
        "Касса готова\r\n{}{}",
        mitsu_lines(&days_ago(2), MITSU, OLD_FN),
        mitsu_lines(&days_ago(1), "065009999999999", "9999")
    ));
    till.log(MITSU_LOG, lines);
    let ran = till.validate(&[]).exits(0);
    assert_eq!(verdicts(&ran), ["matched"]);
    till.configure(json!({ "mitsu": { "multiline": false } }));
    assert_eq!(verdicts(&till.validate(&["--all"]).exits(0)), ["not-found"]);
}

fn cp1251(text: &str) -> Vec<u8> {
    let byte = |c: char| match u32::from(c) {
        code @ 0x410..=0x44f => code - 0x410 + 0xc0,
        code => code,
    };
    text.chars().map(|c| u8::try_from(byte(c)).unwrap()).collect()
}

#[test]
fn nothing_in_the_logs_and_no_logs_are_told_apart() {
    let till = Till::new(&days_ago(4));
    assert_eq!(verdicts(&till.validate(&[]).exits(0)), ["no-logs"]);
    till.old_log(ATOL_LOG, &atol_line(&days_ago(9), ATOL, NEW_FN), 9);
    assert_eq!(verdicts(&till.validate(&[]).exits(0)), ["no-logs"], "not changed for too long");
    till.log("messages.log", atol_line(&days_ago(1), ATOL, NEW_FN));
    assert_eq!(verdicts(&till.validate(&[]).exits(0)), ["no-logs"], "another name");
    till.log(ATOL_LOG, atol_line(&days_ago(1), "00106204567891", NEW_FN));
    assert_eq!(verdicts(&till.validate(&[]).exits(0)), ["not-found"]);
    // An older finding stands, whatever the logs say now.
    till.log(ATOL_LOG, atol_line(&days_ago(1), ATOL, NEW_FN));
    till.validate(&[]).exits(10);
    fs::remove_dir_all(&till.logs).unwrap();
    till.validate(&[]).exits(10);
    fs::remove_file(till.case.home().join("_resources/reboot.json")).unwrap();
    let ran = till.validate(&[]).exits(1).complains("logs are left out");
    assert_eq!(verdicts(&ran), ["no-logs"]);
    assert_eq!(ran.document()["warnings"].as_array().unwrap().len(), 1);
}

#[test]
fn a_line_older_than_the_last_reading_is_no_proof_of_a_replacement() {
    let till = Till::new(&days_ago(4));
    till.log(ATOL_LOG, atol_line(&days_ago(5), ATOL, NEW_FN));
    let ran = till.validate(&[]).exits(0);
    assert_eq!(verdicts(&ran), ["not-found"]);
    assert_eq!(ran.document()["registers"][0]["log_fn"], NEW_FN);
}

#[test]
fn a_register_that_is_not_confirmed_for_too_long_is_forgotten() {
    let till = Till::new(&days_ago(22));
    till.case.write(&format!("metrics/{ATOL}.json"), "{}").write("date/other.json", "{}");
    let ran = till.validate(&[]).exits(0);
    assert_eq!(verdicts(&ran), ["removed"]);
    assert_eq!(till.case.names("date"), ["other.json"]);
    assert_eq!(till.case.names("metrics"), Vec::<String>::new());
    assert_eq!(till.case.json("_resources/fiscals.json"), json!({ "atol": [], "mitsu": [], "shtrih": [] }));
    assert!(till.case.read("logs/service.log").contains("не удавалось проверить более 21 дн."));
    till.validate(&[]).exits(4);
}

#[test]
fn days_alone_decide_about_registers_of_the_plugin() {
    for (days, verdict) in [(1, "fresh"), (5, "no-logs"), (22, "removed")] {
        let till = Till::knowing(json!({ "shtrih": [known(SHTRIH, &days_ago(days))] }));
        assert_eq!(verdicts(&till.validate(&[]).exits(0)), [verdict]);
    }
}

#[test]
fn forced_wants_a_restart_without_looking_at_logs() {
    let till = Till::new(&days_ago(4));
    till.configure(json!({ "forced": 1 })).log(ATOL_LOG, atol_line(&days_ago(1), ATOL, OLD_FN));
    let ran = till.validate(&[]).exits(10);
    assert_eq!(verdicts(&ran), ["forced"]);
    assert_eq!(ran.document()["registers"][0]["log_fn"], Value::Null);
    let before = till.case.read("_resources/reboot.json");
    assert!(before.contains("\"reason\": \"forced\""), "{before}");
    till.validate(&[]).exits(10);
    assert_eq!(till.case.read("_resources/reboot.json"), before, "twice does no harm");
}

#[test]
fn records_are_brought_up_to_date_and_keep_what_others_wrote() {
    let till = Till::new(&days_ago(1));
    till.case.write("_resources/uuid", "6cb34107-cfb2-9ba1-b1ff-4823d63ea8d7");
    till.validate(&[]).exits(0);
    let name = format!("date/{ATOL}.json");
    let text = till.case.read(&name);
    let record: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(record["uuid"], "6cb34107-cfb2-9ba1-b1ff-4823d63ea8d7");
    assert_eq!(record["vc"], env!("CARGO_PKG_VERSION"));
    assert_eq!(record["url_rms"], "https://kafe/resto", "unknown now, known before");
    let keys: Vec<&String> = record.as_object().unwrap().keys().collect();
    let before = self::record(ATOL, "");
    assert_eq!(keys, before.as_object().unwrap().keys().collect::<Vec<_>>());
    assert_eq!(record["plugin"], before["plugin"]);
    let changed = fs::metadata(till.case.home().join(&name)).unwrap().modified().unwrap();
    till.validate(&[]).exits(0);
    assert_eq!(fs::metadata(till.case.home().join(&name)).unwrap().modified().unwrap(), changed);
    till.case.write(&name, "{ broken");
    till.validate(&[]).exits(0);
    assert_eq!(till.case.read(&name), "{ broken");
}

#[test]
fn switched_off_means_nothing_is_done() {
    let till = Till::new(&days_ago(40));
    till.configure(json!({ "enabled": false }));
    let ran = till.validate(&["--all"]).exits(4);
    assert_eq!(
        ran.document(),
        json!({ "registers": [], "reboot_pending": false, "reboot_at": null, "warnings": [] })
    );
    assert!(till.case.has(&format!("date/{ATOL}.json")));
    till.case.run(&["validate-fn"]).exits(4).prints("switched off");
    Case::new().run(&["validate-fn"]).exits(4).prints("No register is known");
}

#[test]
fn broken_files_are_reported_or_set_aside() {
    let till = Till::new(&days_ago(1));
    till.case.write("_resources/fiscals.json", "{").write("_resources/reboot.json", "");
    till.case.write(&format!("date/{ATOL}.json"), {
        let mut record = record(ATOL, &days_ago(1));
        record["licenses"] = json!({});
        record.to_string()
    });
    let ran =
        till.validate(&[]).exits(0).complains("rebuilt from the records").complains("reboot.json was broken");
    assert_eq!(verdicts(&ran), ["fresh"]);
    let aside = till.case.names("_resources").into_iter().filter(|name| name.contains(".broken-")).count();
    assert_eq!(aside, 2, "{}", till.case.listing());
    till.case.write("service.json", "{");
    till.validate(&[]).exits(3);
}

#[test]
fn odd_settings_are_said() {
    let till = Till::new(&days_ago(4));
    till.log(ATOL_LOG, atol_line(&days_ago(1), ATOL, NEW_FN));
    till.configure(json!({ "atol": { "serialNumber_key": "" } }));
    till.validate(&[]).exits(1).complains("validation_fn.atol.serialNumber_key is empty");
    till.configure(json!({ "atol": { "source": "driver" } }));
    assert_eq!(verdicts(&till.validate(&[]).exits(0)), ["no-logs"]);
    till.configure(json!({ "atol": { "source": "POS" } }));
    assert_eq!(verdicts(&till.validate(&[]).exits(10)), ["replaced"]);
    till.configure(json!({ "atol": { "source": "nowhere" } }));
    till.validate(&[]).exits(3).complains("source");
}

#[test]
fn two_passes_at_once_do_no_harm() {
    let till = Till::new(&days_ago(4));
    till.log(ATOL_LOG, atol_line(&days_ago(1), ATOL, NEW_FN));
    let logs = till.logs.to_string_lossy().into_owned();
    let start = || till.case.command(&["validate-fn", "-q", "--logs-dir", &logs]).spawn().unwrap();
    for mut one in [start(), start(), start()] {
        assert_eq!(one.wait().unwrap().code(), Some(10), "{}", till.case.listing());
    }
    assert_eq!(till.reboot().registers.len(), 1);
    assert_eq!(till.case.read("logs/service.log").matches("message: ").count(), 1);
}
