//! `validate-fn` on Windows: logs that are in use, and those of ATOL's driver in the users' profiles.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use chrono::{Local, TimeDelta};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use crate::computer::{Computer, Home, Width};
use crate::holder::{For, hold};

const SERIAL: &str = "00106204567890";
const OLD_FN: &str = "7380440700067159";
const NEW_FN: &str = "7380440700099999";

/// A time some days ago.
fn ago(days: i64, form: &str) -> String {
    (Local::now().naive_local() - TimeDelta::days(days)).format(form).to_string()
}

/// A home folder that knows an ATOL register, which is due.
fn home<'a>(computer: &'a Computer, settings: &Value) -> Home<'a> {
    let home = computer.home();
    let known = json!({ "serialNumber": SERIAL, "fn_serial": OLD_FN, "v_time": ago(6, "%Y-%m-%d %H:%M:%S") });
    home.write("_resources/fiscals.json", json!({ "atol": [known] }).to_string());
    home.write("service.json", json!({ "validation_fn": { "atol": settings } }).to_string());
    home
}

/// What a check says about the register.
#[track_caller]
fn check(home: &Home<'_>, width: Width, code: i32) -> Value {
    home.getad(width, &["validate-fn", "--json"]).exits(code).document()["registers"][0].clone()
}

#[test]
fn a_log_that_the_pos_program_writes_is_searched() {
    let computer = Computer::shared();
    for width in Width::BOTH {
        let home = home(&computer, &json!({ "logs_dir": "логи кассы", "source": "pos" }));
        let name = "логи кассы/plugin-AtolFiscalRegister.log";
        let time = ago(1, "%Y-%m-%d %H:%M:%S");
        home.write(name, format!("[{time},106]  INFO [57] - serialNumber={SERIAL}, fnNumber={NEW_FN}\r\n"));
        let log = home.home().join(name);
        let held = hold(&computer, &log, For::Writing);
        let register = check(&home, width, 10);
        assert_eq!((&register["verdict"], &register["log_fn"]), (&json!("replaced"), &json!(NEW_FN)));
        assert_eq!(register["log_file"], computer.windows_path(&log));
        held.release();
    }
}

/// What the driver writes when a program asks a register for its serial number and that of its FN.
fn driver_lines(day: &str, fn_serial: &str) -> String {
    let texts = [
        "> LIBFPTR_PARAM_DATA_TYPE (65587) = 0".to_owned(),
        "libfptr_query_data()".to_owned(),
        "send header sign=[B65D9C62] deviceID=[39515DDE] id=0176 type=[REQUEST] len=94".to_owned(),
        format!("< LIBFPTR_PARAM_SERIAL_NUMBER (65559) = \"{SERIAL}\""),
        "> LIBFPTR_PARAM_FN_DATA_TYPE (65622) = 2".to_owned(),
        "libfptr_fn_query_data()".to_owned(),
        "send header sign=[B65D9C62] deviceID=[39515DDE] id=0177 type=[REQUEST] len=94".to_owned(),
        format!("< LIBFPTR_PARAM_SERIAL_NUMBER (65559) = \"{fn_serial}\""),
    ];
    let line =
        |text: &String| format!("{day} 14:01:21.190       T:0000DAE0 INFO  [FiscalPrinter] {text}\r\n");
    texts.iter().map(line).collect()
}

/// Folder of the driver's logs in a profile.
fn driver_logs(computer: &Computer, user: &str) -> PathBuf {
    let folder = computer.drive().join("users").join(user).join("AppData/Roaming/ATOL/drivers10/logs");
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn write_packed(path: &Path, text: &str) {
    let mut packed = GzEncoder::new(File::create(path).unwrap(), Compression::default());
    packed.write_all(text.as_bytes()).unwrap();
    packed.finish().unwrap();
}

#[test]
fn logs_of_atols_driver_are_read_in_every_profile_and_packed_ones_too() {
    let computer = Computer::new();
    let (bar, hall) = (driver_logs(&computer, "Бармен"), driver_logs(&computer, "Официант"));
    let days = [1, 2].map(|days| ago(days, "%Y.%m.%d"));
    let packed = bar.join(format!("fptr10.log.{}.gz", ago(2, "%Y-%m-%d")));
    write_packed(&packed, &driver_lines(&days[1], OLD_FN));
    fs::write(
        bar.join("fptr10.log"),
        "2026.11.21 14:01:21.190       T:0000DAE0 INFO  [Transport] nothing\r\n",
    )
    .unwrap();
    // Nobody's: what the driver writes for getad itself, and for a profile that is none.
    let system =
        computer.drive().join("windows/system32/config/systemprofile/AppData/Roaming/ATOL/drivers10/logs");
    fs::create_dir_all(&system).unwrap();
    for folder in [system, driver_logs(&computer, "Public")] {
        fs::write(folder.join("fptr10.log"), driver_lines(&days[0], NEW_FN)).unwrap();
    }
    let driver = json!({ "source": "driver" });
    for width in Width::BOTH {
        let register = check(&home(&computer, &driver), width, 0);
        assert_eq!((&register["verdict"], &register["log_fn"]), (&json!("matched"), &json!(OLD_FN)));
        assert_eq!(register["log_file"], computer.windows_path(&packed));
        assert_eq!(register["log_time"], format!("{} 14:01:21", ago(2, "%Y-%m-%d")));
    }

    // Another user's program saw another FN since, and is still writing.
    let newer = hall.join("fptr10.log");
    fs::write(&newer, driver_lines(&days[0], NEW_FN)).unwrap();
    for width in Width::BOTH {
        let held = hold(&computer, &newer, For::Writing);
        let register = check(&home(&computer, &driver), width, 10);
        assert_eq!((&register["verdict"], &register["log_fn"]), (&json!("replaced"), &json!(NEW_FN)));
        assert_eq!(register["log_file"], computer.windows_path(&newer));
        held.release();
    }
}

#[test]
fn the_newer_of_both_sources_wins() {
    let computer = Computer::new();
    let driver = driver_logs(&computer, "Бармен").join("fptr10.log");
    for width in Width::BOTH {
        for (pos_days, driver_days, verdict) in [(1, 2, "matched"), (2, 1, "replaced")] {
            fs::write(&driver, driver_lines(&ago(driver_days, "%Y.%m.%d"), NEW_FN)).unwrap();
            let home = home(&computer, &json!({ "logs_dir": "logs of the POS" }));
            let time = ago(pos_days, "%Y-%m-%d");
            let line =
                format!("[{time} 14:01:21,190]  INFO [57] - serialNumber={SERIAL}, fnNumber={OLD_FN}\r\n");
            home.write("logs of the POS/AtolFiscalRegister.log", line);
            let code = if verdict == "replaced" { 10 } else { 0 };
            assert_eq!(check(&home, width, code)["verdict"], verdict);
        }
    }
}

#[test]
fn a_driver_log_that_is_too_old_says_nothing() {
    let computer = Computer::new();
    let log = driver_logs(&computer, "Бармен").join("fptr10.log");
    fs::write(&log, driver_lines(&ago(9, "%Y.%m.%d"), NEW_FN)).unwrap();
    let time = SystemTime::now() - Duration::from_secs(9 * 24 * 60 * 60);
    OpenOptions::new().append(true).open(&log).unwrap().set_modified(time).unwrap();
    assert_eq!(check(&home(&computer, &json!({ "source": "driver" })), Width::X86, 0)["verdict"], "no-logs");
}
