//! Defects of the predecessor that getad must not have, each by the number and words by which it
//! is known. Those of commands that do not exist yet come with their commands.

use std::time::Instant;

use chrono::{Local, NaiveDateTime, TimeDelta};
use serde_json::{Value, json};

use crate::atol;
use crate::sim::{ANY_PORT, Ending, Fault, Register, Server, Setup, When};
use crate::util::{Case, Ran};
use crate::validate_fn::{ATOL, NEW_FN, OLD_FN, Till, atol_line, days_ago};

const SERIAL: &str = "065001234567890";

fn mitsu(setup: Setup, serve: impl FnOnce(Setup) -> Server) -> (Server, Case) {
    let server = serve(setup);
    let case = Case::new();
    let entry = match server.place().rsplit_once(':') {
        Some((ip, port)) => json!({ "type_connect": 2, "ip": ip, "ip_port": port }),
        None => json!({ "type_connect": 1, "com_port": server.place() }),
    };
    let connect = json!({ "tcp_timeout": 0, "atol": [{ "type_connect": 0 }], "mitsu": [entry] });
    case.write("connect.json", connect.to_string());
    (server, case)
}

fn tcp(setup: Setup) -> Server {
    setup.serve_tcp(ANY_PORT).expect("a free port")
}

fn pty(setup: Setup) -> Server {
    setup.serve_pty().expect("a pseudo-terminal")
}

fn record(ran: &Ran) -> Value {
    ran.document()["registers"][0]["record"].clone()
}

/// A till whose register is due.
fn till() -> Till {
    Till::new(&days_ago(5))
}

fn verdict(ran: &Ran) -> String {
    ran.document()["registers"][0]["verdict"].as_str().unwrap().to_owned()
}

const PLUGIN_LOG: &str = "plugin-AtolFiscalRegister.log";

#[test]
fn defect_01_takes_the_first_pair_in_the_log() {
    let till = till();
    let lines = [atol_line(&days_ago(2), ATOL, OLD_FN), atol_line(&days_ago(1), ATOL, NEW_FN)];
    till.log(PLUGIN_LOG, lines.concat());
    assert_eq!(verdict(&till.validate(&[]).exits(10)), "replaced");
}

#[test]
fn defect_02_searches_only_the_newest_file() {
    let till = till();
    till.old_log("plugin-AtolFiscalRegister.1.log", &atol_line(&days_ago(2), ATOL, OLD_FN), 2);
    till.log(PLUGIN_LOG, atol_line(&days_ago(0), "00106200000000", NEW_FN));
    assert_eq!(verdict(&till.validate(&[]).exits(0)), "matched");
}

#[test]
fn defect_03_dies_on_a_line_that_is_not_utf_8() {
    let till = till();
    let mut bytes = b"\xcf\xf0\xee\xe4\xe0\xe6\xe0 \xff\xfe\x00\x98\r\n".to_vec();
    bytes.extend(atol_line(&days_ago(1), ATOL, OLD_FN).into_bytes());
    bytes.extend(b"\xc3\x28 end\r\n");
    till.log(PLUGIN_LOG, bytes);
    assert_eq!(verdict(&till.validate(&[]).exits(0)), "matched");
}

#[test]
fn defect_04_a_configuration_with_a_bom_or_a_typing_error_is_replaced_by_defaults() {
    let case = Case::new();
    let with_bom =
        "\u{feff}{\"tcp_timeout\": 7, \"atol\": [{\"type_connect\": 0}], \"mitsu\": [{\"type_connect\": 3}]}";
    case.write("connect.json", with_bom);
    case.run(&["probe"]).exits(4);
    assert_eq!(case.read("connect.json"), with_bom);
    case.write("connect.json", "{\"atol\": [}");
    case.run(&["probe"]).exits(3).complains("line 1, column 11");
    case.run(&["config", "init"]).exits(0);
    assert_eq!(case.read("connect.json"), "{\"atol\": [}");
}

#[test]
fn defect_05_records_are_wiped_when_the_first_register_answers() {
    let (_server, case) = mitsu(Setup::default(), tcp);
    case.write("date/00000000000001.json", "{}");
    let mut connect = case.json("connect.json");
    let absent = json!({ "type_connect": 1, "com_port": "/dev/no-such-port" });
    connect["mitsu"].as_array_mut().unwrap().push(absent);
    case.write("connect.json", connect.to_string());
    case.run(&["probe"]).exits(5);
    assert_eq!(case.names("date"), ["00000000000001.json".to_owned(), format!("{SERIAL}.json")]);
}

#[test]
fn defect_09_a_driver_that_hangs_or_crashes_takes_the_program_with_it() {
    let registers =
        "register com:COM6 like com:COM5\n open hang\nregister com:COM7 like com:COM5\n open crash\n";
    let case = atol::with_driver(crate::util::Driver::Current, registers, &["COM6", "COM7", "COM5"]);
    let document = case.run(&["probe", "--json", "--timeout", "2"]).exits(5).document();
    assert_eq!(document["registers"][0]["link"], "com:COM5@115200");
    let kinds: Vec<&Value> =
        document["failures"].as_array().unwrap().iter().map(|failure| &failure["kind"]).collect();
    assert_eq!(kinds, ["timeout", "crashed"]);
}

#[test]
fn defect_10_a_half_written_file_after_a_power_cut() {
    let (_server, case) = mitsu(Setup::default(), tcp);
    let name = format!("date/{SERIAL}.json.getad-tmp");
    // The leftover of a cut is never taken for a record and gives way to the next one.
    case.write(&name, "{\"modelName\": \"MIT");
    case.run(&["probe"]).exits(0);
    assert!(!case.has(&name), "{}", case.listing());
    case.json(&format!("date/{SERIAL}.json"));
}

#[test]
fn defect_11_two_copies_running_at_once_fight_for_the_port() {
    let (server, case) = mitsu(Setup::default(), pty);
    let start = || case.command(&["probe", "-q"]).spawn().unwrap();
    let running = [start(), start(), start()];
    for mut one in running {
        assert_eq!(one.wait().unwrap().code(), Some(0), "{}", case.listing());
    }
    assert_eq!(server.violations(), []);
    assert_eq!(server.received().iter().filter(|command| command.text.contains("GET DEV")).count(), 3);
}

#[test]
fn defect_12_the_reader_stops_at_the_first_etx_byte() {
    let fault = Fault { filler: "\u{3}\u{3}x\u{3}".to_owned(), size: 2048, ..Fault::default() };
    let (_server, case) = mitsu(Setup::default().fault(When::Always, fault), pty);
    let ran = case.run(&["probe", "--json"]).exits(0);
    assert_eq!(record(&ran)["RNM"], "0000123456029024");
}

#[test]
fn defect_15_entities_are_decoded_in_one_field_only() {
    let mut register = Register::default();
    register.set("GET REG", "T1009", "г.Москва, &quot;Центр&quot;").set("GET REG", "T1046", "ОФД &amp; Ко");
    let (_server, case) = mitsu(Setup::new(register), tcp);
    let ran = case.run(&["probe", "--json"]).exits(0);
    assert_eq!(record(&ran)["address"], "г.Москва, \"Центр\"");
    assert_eq!(record(&ran)["ofdName"], "ОФД & Ко");
}

#[test]
fn defect_16_a_zero_stands_for_no_date() {
    let case = atol::case(
        " fn OFD_EXCHANGE_STATUS\n int DOCUMENTS_COUNT 0\n time DATE_TIME 0-0-0 0:0:0\n fn VALIDITY\n time DATE_TIME 0-0-0 0:0:0\n fn VALIDITY_DAYS if DATE_TIME=set\n error 11",
    );
    let ran = case.run(&["probe", "--json"]).exits(0);
    let health = ran.document()["registers"][0]["health"].clone();
    for key in ["ofd_first_unsent_at", "ofd_first_unsent_age_days", "fn_days_left", "fn_valid_until"] {
        assert_eq!(health[key], Value::Null, "{key}\n{}", ran.story());
    }
}

#[test]
fn defect_17_an_impossible_date_aborts_the_whole_reading() {
    for date in ["0-0-0 0:0:0", "2024-13-01 0:0:0", "2024-2-31 10:0:0", "2024-1-1 25:0:0", "-5-1-1 0:0:0"] {
        let case = atol::case(&format!(
            " fn VALIDITY\n time DATE_TIME {date}\n fn LAST_REGISTRATION\n time DATE_TIME {date}"
        ));
        let ran = case.run(&["probe", "--json"]).exits(0);
        assert_eq!(record(&ran)["dateTime_end"], "None", "{date}\n{}", ran.story());
        assert_eq!(record(&ran)["datetime_reg"], "None", "{date}\n{}", ran.story());
        assert_eq!(record(&ran)["fn_serial"], "7380440700067159", "{}", ran.story());
    }
}

/// A replaced FN whose restart was planned some minutes ago, with a restart file.
fn planned(minutes_ago: i64) -> Till {
    let till = till();
    till.log(PLUGIN_LOG, atol_line(&days_ago(1), ATOL, NEW_FN));
    till.validate(&[]).exits(10);
    let mut reboot = till.case.json("_resources/reboot.json");
    let at = Local::now().naive_local() - TimeDelta::minutes(minutes_ago);
    reboot["at"] = json!(at.format("%Y-%m-%d %H:%M:%S").to_string());
    till.case.write("_resources/reboot.json", reboot.to_string());
    till.case.write("_resources/reboot.bat", "#!/bin/sh\necho ran >> trace\n");
    let path = till.case.home().join("_resources/reboot.bat");
    std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    till
}

#[test]
fn defect_18_reboots_at_the_next_start_when_the_time_was_missed() {
    let late = planned(61);
    let ran = late.case.run(&["schedule-reboot", "--run-pending"]).exits(4).prints("more than an hour ago");
    assert!(!late.case.has("trace"), "{}", ran.story());
    // It is not lost: the next check plans it anew.
    let ran = late.validate(&[]).exits(10);
    let at = ran.document()["reboot_at"].as_str().unwrap().to_owned();
    assert!(at > days_ago(0), "{at}");
    let in_time = planned(59);
    in_time.case.run(&["schedule-reboot", "--run-pending"]).exits(0);
    assert!(in_time.case.has("trace"), "{}", in_time.case.listing());
}

#[test]
fn defect_19_the_same_mismatch_is_announced_and_acted_on_at_every_pass() {
    let till = planned(0);
    till.validate(&[]).exits(10);
    let messages = |till: &Till| till.case.read("logs/service.log").matches("message: ").count();
    assert_eq!(messages(&till), 1, "{}", till.case.listing());
    till.case.run(&["schedule-reboot", "--run-pending"]).exits(0);
    let ran = till.validate(&[]).exits(1);
    assert_eq!(
        (verdict(&ran), ran.document()["reboot_pending"].clone()),
        ("replaced".to_owned(), json!(false))
    );
    till.case.run(&["schedule-reboot", "--run-pending"]).exits(4);
    assert_eq!(till.case.read("trace"), "ran\n");
    assert_eq!(messages(&till), 1);
    // Another FN is another mismatch.
    till.log(PLUGIN_LOG, atol_line(&days_ago(0), ATOL, "7380440700088888"));
    till.validate(&[]).exits(10);
    assert_eq!(messages(&till), 2);
}

#[test]
fn defect_20_the_search_runs_across_another_serial_and_into_longer_words() {
    let other = "00106200000000";
    for (line, expected) in [
        (format!("serialNumber={ATOL}, then serialNumber={other}, fnNumber={NEW_FN}\n"), "not-found"),
        (format!("oldserialNumber={ATOL}, fnNumber={NEW_FN}\n"), "not-found"),
        (format!("serialNumber={ATOL}, oldfnNumber={NEW_FN}, fnNumber={OLD_FN}\n"), "matched"),
        (format!("serialNumber={ATOL}1, fnNumber={NEW_FN}\n"), "not-found"),
        (
            format!("serialNumber={other}, fnNumber={NEW_FN}; serialNumber={ATOL}, fnNumber={OLD_FN}\n"),
            "matched",
        ),
    ] {
        let till = till();
        till.log(PLUGIN_LOG, &line);
        assert_eq!(verdict(&till.validate(&[])), expected, "{line}");
    }
}

#[test]
fn defect_21_a_line_of_repeated_keys_makes_the_search_quadratic() {
    let till = till();
    let mut line = "serialNumber=".repeat(200_000);
    line.push_str(&atol_line(&days_ago(1), ATOL, OLD_FN));
    till.log(PLUGIN_LOG, line);
    let started = Instant::now();
    assert_eq!(verdict(&till.validate(&[]).exits(0)), "matched");
    assert!(started.elapsed().as_secs() < 10, "{:?}", started.elapsed());
}

#[test]
fn defect_22_a_time_in_the_future_or_unreadable_is_valid_for_ever() {
    for v_time in [days_ago(-400).as_str(), "None", "", "0000-00-00 00:00:00", "вчера"] {
        let till = Till::new(v_time);
        till.log(PLUGIN_LOG, atol_line(&days_ago(1), ATOL, OLD_FN));
        assert_eq!(verdict(&till.validate(&[]).exits(0)), "matched", "{v_time}");
        assert!(till.known()["v_time"].as_str().unwrap() <= days_ago(0).as_str());
    }
    // Nobody knows for how long it was silent, unless its record tells.
    let till = Till::new("None");
    assert_eq!(verdict(&till.validate(&[]).exits(0)), "no-logs");
    let record = json!({ "serialNumber": ATOL, "current_time": days_ago(30) });
    till.case.write(&format!("date/{ATOL}.json"), record.to_string());
    assert_eq!(verdict(&till.validate(&[]).exits(0)), "removed");
}

#[test]
fn defect_23_a_target_time_out_of_range_turns_a_replacement_into_nothing() {
    for target in [json!("25:99"), json!("soon"), json!(true), json!(1730)] {
        let till = till();
        till.configure(json!({ "target_time": target }));
        till.log(PLUGIN_LOG, atol_line(&days_ago(1), ATOL, NEW_FN));
        let ran = till.validate(&[]).exits(10).complains("05:30 is used");
        let at = ran.document()["reboot_at"].as_str().unwrap().to_owned();
        assert!(at.ends_with(" 05:30:00"), "{at}");
        let at = NaiveDateTime::parse_from_str(&at, "%Y-%m-%d %H:%M:%S").unwrap();
        assert!(at > Local::now().naive_local() - TimeDelta::minutes(1));
        till.case.run(&["schedule-reboot", "--dry-run"]).exits(0).complains("05:30 is used");
    }
}

#[test]
fn defect_24_return_codes_of_the_driver_are_not_looked_at() {
    let known = json!({ "atol": [{ "serialNumber": "00123456790012", "fn_serial": "77", "v_time": "2026-01-02 03:04:05" }], "mitsu": [], "shtrih": [] });
    let case = atol::case(" fn FN_INFO\n error 137 Нет ФН");
    case.write("_resources/fiscals.json", known.to_string());
    let ran = case.run(&["probe", "--json"]).exits(0);
    assert_eq!(
        (&record(&ran)["fn_serial"], &record(&ran)["v_time"]),
        (&json!("None"), &json!("2026-01-02 03:04:05"))
    );
    assert_eq!(case.json("_resources/fiscals.json"), known);
    let warnings = ran.document()["registers"][0]["warnings"].to_string();
    assert!(warnings.contains("FN_INFO was not read") && warnings.contains("137"), "{}", ran.story());

    let case = atol::case(" data STATUS\n error 11 Нет\n data SERIAL_NUMBER\n error 11 Нет");
    let ran = case.run(&["probe", "--json"]).exits(1);
    assert_eq!(case.names("date"), ["TVNone_ADNone.json"], "{}", ran.story());
}

#[test]
fn defect_25_the_serial_goes_into_a_file_name_unchecked() {
    for serial in ["..\\\\..\\\\evil", "../evil", "a b", "1:2", "con", "Ж1"] {
        let case = atol::case(&format!(
            " data STATUS\n str SERIAL_NUMBER {serial}\n data SERIAL_NUMBER\n str SERIAL_NUMBER {serial}"
        ));
        let ran = case.run(&["probe", "--json"]).exits(1);
        let failure = &ran.document()["failures"][0];
        assert_eq!(failure["kind"], "protocol", "{}", ran.story());
        assert!(failure["message"].as_str().unwrap().contains("impossible serial number"), "{}", ran.story());
        assert_eq!(case.names("date"), ["TVNone_ADNone.json"], "{}", ran.story());
    }
}

#[test]
fn defect_26_usb_never_reaches_the_settings_and_odd_values_confuse() {
    let case =
        atol::with_driver(crate::util::Driver::Current, "version 10.9.1\nregister usb like com:COM5\n", &[]);
    // A single entry, numbers as text.
    case.write(
        "connect.json",
        r#"{"tcp_timeout":"0","atol":[{"type_connect":"3"}],"mitsu":[{"type_connect":"3"}]}"#,
    );
    let ran = case.run(&["probe", "--json"]).exits(0);
    assert_eq!(ran.document()["registers"][0]["link"], "usb");
    assert!(case.read("fptr10.journal").contains(r#""Port":1"#));
    case.write(
        "connect.json",
        r#"{"atol":[{"type_connect":"1","com_port":"COM5"}],"mitsu":[{"type_connect":3}]}"#,
    );
    let ran = case.run(&["probe", "--json"]).exits(0);
    assert_eq!(ran.document()["registers"][0]["link"], "com:COM5@115200");
}

#[test]
fn defect_27_one_missing_value_loses_the_whole_register() {
    let mut register = Register::default();
    register.decoys().replace("GET REG", "T1209='4'", "").replace(
        "GET REG",
        "<T1048> ООО",
        "<T1048>\u{98}ООО",
    );
    let fault = Fault { ending: Some(Ending::KeepOpen), ..Fault::default() };
    let (_server, case) = mitsu(Setup::new(register).fault(When::Always, fault), tcp);
    let started = Instant::now();
    let ran = case.run(&["probe", "--json"]).exits(0);
    assert_eq!(record(&ran)["ffdVersion"], "None");
    assert_eq!(record(&ran)["bootVersion"], "1.1.06");
    assert_eq!(record(&ran)["datetime_reg"], "2023-02-10 18:39:00");
    assert!(record(&ran)["organizationName"].as_str().unwrap().ends_with("ООО \"АБВГД\""), "{}", ran.story());
    assert!(started.elapsed().as_secs() < 20, "{}", ran.story());
}

#[test]
fn defect_28_a_port_that_merely_echoes_is_taken_for_a_register() {
    let (_server, case) =
        mitsu(Setup::default().fault(When::Always, Fault { echo: true, ..Fault::default() }), pty);
    let ran = case.run(&["probe", "--json"]).exits(1);
    assert_eq!(ran.document()["failures"][0]["kind"], "protocol");
}

#[test]
fn defect_30_nothing_is_waited_for_without_end() {
    let (_server, case) = mitsu(Setup::default().fault(When::Always, Fault::silence()), pty);
    let ran = case.run(&["probe", "--json", "--timeout", "2"]).exits(1);
    assert_eq!(ran.document()["failures"][0]["kind"], "timeout");
}
