//! `probe` of ATOL registers: the real worker process, the driver simulator behind the real C
//! interface.

use std::fs;
use std::time::{Duration, Instant};

use chrono::{Local, NaiveDateTime};
use serde_json::{Value, json};

use crate::util::{Case, Driver, Ran, driver};

/// A healthy register at COM5; others are described as different from it.
const HEALTHY: &str = include_str!("../sim/fptr10.scenario.example");

/// A home folder with the driver in it and one ATOL register at COM6, which differs from the
/// healthy one as `changes` say.
pub fn case(changes: &str) -> Case {
    with_driver(Driver::Current, &format!("register com:COM6 like com:COM5\n{changes}\n"), &["COM6"])
}

pub fn with_driver(variant: Driver, registers: &str, ports: &[&str]) -> Case {
    let case = Case::new();
    fs::copy(driver(variant), case.home().join("libfptr10.so")).unwrap();
    case.write("fptr10.scenario", format!("{HEALTHY}\n{registers}"));
    let atol: Vec<Value> =
        ports.iter().map(|port| json!({ "type_connect": "1", "com_port": port })).collect();
    case.write(
        "connect.json",
        json!({ "tcp_timeout": 0, "atol": atol, "mitsu": [{ "type_connect": 3 }] }).to_string(),
    );
    case
}

fn probe(case: &Case) -> Ran {
    case.run(&["probe", "--json"])
}

#[track_caller]
fn assert_kind(ran: &Ran, kind: &str) {
    let failure = ran.failure();
    assert_eq!(failure["kind"], kind, "{}", ran.story());
    assert!(failure["message"].as_str().is_some_and(|text| !text.is_empty()), "{}", ran.story());
}

fn warnings(register: &Value) -> Vec<&str> {
    register["warnings"].as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect()
}

fn journal(case: &Case) -> Vec<String> {
    case.read("fptr10.journal").lines().map(str::to_owned).collect()
}

#[test]
fn record_has_the_published_form() {
    let case = case("");
    let ran = probe(&case).exits(0);
    let text = case.read("date/00123456790012.json");
    let record: Value = serde_json::from_str(&text).unwrap();
    let keys: Vec<&str> = record.as_object().unwrap().keys().map(String::as_str).collect();
    let published = "modelName serialNumber RNM organizationName fn_serial datetime_reg dateTime_end ofdName \
        bootVersion ffdVersion INN address attribute_excise attribute_marked fnExecution installed_driver licenses \
        hostname url_rms teamviewer_id anydesk_id litemanager_id current_time v_time vc uuid";
    assert_eq!(keys, published.split_whitespace().collect::<Vec<_>>());
    for (key, value) in [
        ("modelName", "АТОЛ 22 v2 Ф"),
        ("RNM", "0000000001036518"),
        ("organizationName", "ООО Предприятие"),
        ("fn_serial", "7380440700067159"),
        ("datetime_reg", "2024-04-13 07:20:00"),
        ("dateTime_end", "2099-12-31 00:00:00"),
        ("ofdName", "ООО Эвотор ОФД"),
        ("bootVersion", "5.8.100"),
        ("ffdVersion", "105"),
        ("INN", "1111222233  "),
        ("address", "г.Москва, Тверская ул, д.1, стр. 333"),
        ("attribute_excise", "True"),
        ("attribute_marked", "False"),
        ("fnExecution", "Эмулятор ФН с поддержкой ФФД 1.2"),
        ("installed_driver", "10.9.1.0"),
        ("url_rms", "None"),
        ("vc", env!("CARGO_PKG_VERSION")),
    ] {
        assert_eq!(record[key], value, "{key}");
    }
    assert_eq!(
        record["licenses"],
        json!({
            "1": { "name": "Фискальные функции", "dateFrom": "2018-11-21 00:00:00", "dateUntil": "2038-01-19 03:14:07" },
            "10": { "name": "ФФД 1.2", "dateFrom": "2019-12-26 00:00:00", "dateUntil": "2038-01-19 03:14:07" },
        })
    );
    assert!(text.starts_with("{\n    \"modelName\": \"АТОЛ 22 v2 Ф\",\n"), "{text}");
    assert_eq!(record["current_time"], record["v_time"]);
    let now =
        NaiveDateTime::parse_from_str(record["current_time"].as_str().unwrap(), "%Y-%m-%d %H:%M:%S").unwrap();
    assert!((Local::now().naive_local() - now).num_seconds().abs() < 60, "{}", ran.story());
    serde_json::from_str::<getad::state::record::Record>(&text).expect("decodes strictly");
}

#[test]
fn health_and_known_registers_are_saved() {
    let case = case("");
    let ran = probe(&case).exits(0);
    let health = case.json("metrics/00123456790012.json");
    assert_eq!(health["brand"], "atol");
    assert_eq!(health["link"], "com:COM6@115200");
    assert_eq!(health["health"], ran.register()["health"]);
    let values = &health["health"];
    assert_eq!(values["ofd_unsent_count"], 0);
    assert_eq!(values["ofd_first_unsent_at"], Value::Null);
    assert_eq!(values["ofd_first_unsent_age_days"], Value::Null);
    assert_eq!(values["shift_state"], "opened");
    assert_eq!(values["shift_number"], 137);
    assert_eq!(values["paper_present"], true);
    assert_eq!(values["uptime_seconds"], 93_784);
    assert_eq!(values["errors"].as_object().unwrap().len(), 14);
    assert_eq!(values["registration"]["taxation_types"], 1);
    assert_eq!(values["registration"]["payments_address"], "Касса 1");
    assert!(values["clock_skew_seconds"].as_i64().unwrap().abs() <= 2, "{}", ran.story());
    serde_json::from_value::<getad::state::health::HealthFile>(health).expect("decodes strictly");
    let fiscals = case.json("_resources/fiscals.json");
    assert_eq!(fiscals["atol"][0]["serialNumber"], "00123456790012");
    assert_eq!(fiscals["atol"][0]["fn_serial"], "7380440700067159");
    assert_eq!(fiscals["atol"][0]["v_time"], case.json("date/00123456790012.json")["v_time"]);
    assert_eq!((&fiscals["mitsu"], &fiscals["shtrih"]), (&json!([]), &json!([])));
}

#[test]
fn document_has_the_published_form() {
    let case = with_driver(Driver::Current, "", &["COM5", "COM9"]);
    let document = probe(&case).exits(5).document();
    let keys: Vec<&str> = document.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, ["version", "started", "duration_ms", "registers", "failures", "driver", "plugin"]);
    let register = &document["registers"][0];
    let keys: Vec<&str> = register.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, ["brand", "link", "file", "record", "health", "warnings"]);
    assert_eq!(register["file"], "date/00123456790012.json");
    assert_eq!(register["record"], case.json("date/00123456790012.json"));
    let failure = &document["failures"][0];
    let keys: Vec<&str> = failure.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, ["brand", "link", "kind", "message", "hint"]);
    assert_eq!((&failure["brand"], &failure["link"]), (&json!("atol"), &json!("com:COM9@115200")));
    assert_eq!(failure["kind"], "absent");
}

#[test]
fn only_reading_calls_are_made_and_the_session_is_closed() {
    let case = case("");
    probe(&case).exits(0);
    let allowed = [
        "create",
        "destroy",
        "get_version_string",
        "set_settings",
        "open",
        "close",
        "error_code",
        "error_description",
        "set_param_int",
        "set_param_str",
        "set_param_datetime",
        "get_param_int",
        "get_param_bool",
        "get_param_str",
        "get_param_datetime",
        "query_data",
        "fn_query_data",
        "begin_read_records",
        "read_next_record",
        "end_read_records",
    ];
    let calls: Vec<String> =
        journal(&case).iter().filter_map(|line| line.split(' ').nth(2).map(str::to_owned)).collect();
    for call in &calls {
        assert!(allowed.contains(&call.as_str()), "{call}");
    }
    for once in ["create", "open", "close", "destroy"] {
        assert_eq!(calls.iter().filter(|call| *call == once).count(), 1, "{once}");
    }
}

#[test]
fn every_connection_kind_reaches_the_driver() {
    let registers = "register usb like com:COM5\n data STATUS\n str SERIAL_NUMBER 1000\n\
        register tcp:127.0.0.1:5556 like com:COM5\n data STATUS\n str SERIAL_NUMBER 2000\n\
        register com:COM7 like com:COM5\n baud 9600\n data STATUS\n str SERIAL_NUMBER 3000\n";
    let case = with_driver(Driver::Current, registers, &[]);
    case.write(
        "connect.json",
        r#"{"tcp_timeout":0,"atol":[{"type_connect":"3"},{"type_connect":2,"ip":"127.0.0.1","ip_port":"5556"},
            {"type_connect":1,"com_port":"COM7","com_baudrate":"9600"}],"mitsu":[{"type_connect":3}]}"#,
    );
    let document = probe(&case).exits(0).document();
    let serials: Vec<&Value> =
        document["registers"].as_array().unwrap().iter().map(|r| &r["record"]["serialNumber"]).collect();
    assert_eq!(serials, ["1000", "2000", "3000"]);
    let settings = case.read("fptr10.journal");
    assert!(
        settings.contains(r#""Port":1"#)
            && settings.contains(r#""Port":2"#)
            && settings.contains(r#""BaudRate":9600"#)
    );
}

#[test]
fn the_command_line_names_one_register() {
    let registers = "register usb like com:COM5\nregister tcp:127.0.0.1:5555 like com:COM5\n";
    let case = with_driver(Driver::Current, registers, &["COM77"]);
    for (arguments, link) in [
        (&["--brand", "atol", "--com", "COM5"][..], "com:COM5@115200"),
        (&["--brand", "atol", "--tcp", "127.0.0.1"], "tcp:127.0.0.1:5555"),
        (&["--usb"], "usb"),
    ] {
        let ran = case.run(&[&["probe", "--json"], arguments].concat()).exits(0);
        assert_eq!(ran.register()["link"], link);
    }
    let ran = case.run(&["probe", "--json", "--brand", "atol", "--com", "COM8"]).exits(1);
    assert_kind(&ran, "absent");
    assert!(case.names("date").iter().all(|name| !name.starts_with("TV")), "{}", case.listing());
}

#[test]
fn registers_are_read_side_by_side_and_saved_one_by_one() {
    let mut registers = String::new();
    for number in 11..=16 {
        registers +=
            &format!("register com:COM{number} like com:COM5\n data STATUS\n str SERIAL_NUMBER 70{number}\n");
    }
    registers += "register com:COM17 like com:COM5\n open hang\n";
    let case = with_driver(
        Driver::Current,
        &registers,
        &["COM11", "COM12", "COM13", "COM14", "COM15", "COM16", "COM17"],
    );
    let ran = case.run(&["probe", "--json", "--timeout", "3"]).exits(5);
    assert_eq!(ran.document()["registers"].as_array().map(Vec::len), Some(6), "{}", ran.story());
    assert_kind(&ran, "timeout");
    assert_eq!(case.names("date").len(), 6);
    assert_eq!(case.json("_resources/fiscals.json")["atol"].as_array().map(Vec::len), Some(6));
}

#[test]
fn errors_of_the_driver_become_kinds_with_advice() {
    for (code, text, kind, advice) in [
        (2, "Нет связи", "absent", "cable"),
        (3, "Порт занят", "busy", "iikoFront"),
        (4, "Порт недоступен", "absent", "Device Manager"),
        (9, "Некорректные настройки", "config", "connect.json"),
        (55, "Устройство занято", "busy", "later"),
        (71, "Неверный пароль", "refused", "password"),
        (137, "ФН отсутствует", "refused", "FN"),
    ] {
        let case = case(&format!(" open error {code} {text}"));
        let ran = probe(&case).exits(1);
        assert_kind(&ran, kind);
        let failure = ran.failure();
        assert!(failure["message"].as_str().unwrap().contains(text), "{}", ran.story());
        assert!(failure["hint"].as_str().unwrap().contains(advice), "{}", ran.story());
        assert!(!case.has("date/00123456790012.json"), "{}", case.listing());
    }
}

#[test]
fn a_hanging_driver_is_killed_at_the_deadline() {
    for place in [" open hang", " data STATUS\n hang", " fn REG_INFO\n hang", " records LICENSES\n hang"] {
        let case = case(place);
        let started = Instant::now();
        let ran = case.run(&["probe", "--json", "--timeout", "1"]).exits(1);
        assert_kind(&ran, "timeout");
        assert!(started.elapsed() < Duration::from_secs(20), "{}", ran.story());
    }
}

#[test]
fn a_crashing_driver_is_reported_with_its_code() {
    for (fault, code) in [("crash", "signal 11"), ("abort", "signal 6"), ("exit 77", "exit code 77")] {
        for place in [format!(" open {fault}"), format!(" fn VALIDITY\n {fault}")] {
            let case = case(&place);
            let ran = probe(&case).exits(1);
            assert_kind(&ran, "crashed");
            assert!(ran.failure()["message"].as_str().unwrap().contains(code), "{}", ran.story());
        }
    }
}

#[test]
fn one_crash_spoils_nobody_else() {
    let case = with_driver(
        Driver::Current,
        "register com:COM6 like com:COM5\n data STATUS\n crash\n",
        &["COM6", "COM5"],
    );
    let ran = probe(&case).exits(5);
    assert_eq!(ran.register()["link"], "com:COM5@115200");
    assert_kind(&ran, "crashed");
}

#[test]
fn an_old_library_gives_what_it_has() {
    let case = with_driver(Driver::Old, "version 10.7.0.0\n", &["COM5"]);
    let ran = probe(&case).exits(0);
    let register = ran.register();
    let record = &register["record"];
    let unsupported = "Не поддерживается в текущей версии драйвера";
    assert_eq!(record["licenses"], "None");
    assert_eq!(record["attribute_marked"], unsupported);
    assert_eq!(record["fnExecution"], unsupported);
    assert_eq!(record["fn_serial"], "7380440700067159");
    assert_eq!(record["installed_driver"], "10.7.0.0");
    assert!(
        warnings(&register).iter().any(|line| line.contains("libfptr_begin_read_records")),
        "{}",
        ran.story()
    );
}

#[test]
fn odd_versions_confuse_nobody() {
    for (version, marked) in [
        ("10.9.1", "False"),
        ("10", "False"),
        ("10.10.4.0", "False"),
        ("11.0.0.0", "False"),
        ("garbage", "False"),
        ("10.8.2.1", "Не поддерживается в текущей версии драйвера"),
    ] {
        let case = with_driver(Driver::Current, &format!("version {version}\n"), &["COM5"]);
        let ran = probe(&case).exits(0);
        let register = ran.register();
        assert_eq!(register["record"]["attribute_marked"], marked, "{version}\n{}", ran.story());
        assert_eq!(register["record"]["installed_driver"], version, "{}", ran.story());
    }
}

#[test]
fn a_version_before_10_7_is_read_with_a_warning() {
    let case = with_driver(Driver::Current, "version 10.5.1.0\n", &["COM5"]);
    let ran = probe(&case).exits(0);
    assert!(warnings(&ran.register()).iter().any(|line| line.contains("older than 10.7")), "{}", ran.story());
}

#[test]
fn a_missing_library_is_said_with_the_places() {
    let case = case("");
    fs::remove_file(case.home().join("libfptr10.so")).unwrap();
    let ran = probe(&case).exits(1);
    assert_kind(&ran, "library");
    let failure = ran.failure();
    assert!(failure["message"].as_str().unwrap().contains("libfptr10.so"), "{}", ran.story());
    assert!(failure["hint"].as_str().unwrap().contains("10.7"), "{}", ran.story());
}

#[test]
fn no_library_is_needed_without_an_atol_register() {
    let case = Case::new();
    case.write("connect.json", r#"{"mitsu":[{"type_connect":3}],"atol":[{"type_connect":0}]}"#);
    case.run(&["probe"]).exits(4);
}

#[test]
fn files_that_are_no_library_are_told_apart() {
    let sixteen_bit = [b"MZ".as_slice(), &[0; 58], &64_u32.to_le_bytes(), b"NE", &[0; 64]].concat();
    let files: [(&str, Vec<u8>); 5] = [
        ("a text", b"this is no library".to_vec()),
        ("empty", Vec::new()),
        ("16 bit", sixteen_bit),
        ("a beginning", b"\x7fELF\x02\x01".to_vec()),
        ("32 bit", [b"\x7fELF\x01\x01\x01".as_slice(), &[0; 9], &[3, 0, 3, 0], &[0; 64]].concat()),
    ];
    for (name, content) in files {
        let case = case("");
        fs::remove_file(case.home().join("libfptr10.so")).unwrap();
        case.write("libfptr10.so", content);
        let ran = probe(&case).exits(1);
        assert_kind(&ran, "library");
        assert!(
            ran.failure()["message"].as_str().unwrap().contains("libfptr10.so"),
            "{name}\n{}",
            ran.story()
        );
        let ran = case.run(&["probe", "--json", "--lang", "ru"]).exits(1);
        let message = ran.failure()["message"].as_str().unwrap().to_owned();
        assert!(!message.contains("it is") && !message.contains("the file"), "{name}: {message}");
    }
}

#[test]
fn a_foreign_library_is_said_to_be_one() {
    let case = with_driver(Driver::Foreign, "", &["COM5"]);
    let ran = probe(&case).exits(1);
    assert_kind(&ran, "library");
    assert!(ran.failure()["message"].as_str().unwrap().contains("is not the ATOL driver"), "{}", ran.story());
}

#[test]
fn the_library_of_the_command_line_wins() {
    let case = case("");
    let elsewhere = case.outside().join("драйвер");
    fs::create_dir(&elsewhere).unwrap();
    fs::rename(case.home().join("libfptr10.so"), elsewhere.join("fptr.so")).unwrap();
    fs::rename(case.home().join("fptr10.scenario"), elsewhere.join("fptr10.scenario")).unwrap();
    case.write("libfptr10.so", "broken");
    let path = elsewhere.join("fptr.so");
    case.run(&["probe", "--driver", path.to_str().unwrap()]).exits(0);
    let log = case.read("logs/service.log");
    assert!(log.contains("driver library: ") && log.contains("fptr.so"), "{log}");
    let ran = case.run(&["probe", "--json", "--driver", "/nowhere/fptr.so"]).exits(1);
    assert_kind(&ran, "library");
}

#[test]
fn one_failed_question_leaves_the_rest() {
    for (question, key) in [
        ("fn REG_INFO", "RNM"),
        ("fn LAST_REGISTRATION", "datetime_reg"),
        ("fn VALIDITY", "dateTime_end"),
        ("data UNIT_VERSION if UNIT_TYPE=CONFIGURATION", "bootVersion"),
        ("fn FFD_VERSIONS", "ffdVersion"),
        ("records LICENSES", "licenses"),
    ] {
        let case = case(&format!(" {question}\n error 11 Не поддерживается"));
        let ran = probe(&case).exits(0);
        let register = ran.register();
        assert_eq!(register["record"][key], "None", "{question}\n{}", ran.story());
        assert_eq!(register["record"]["fn_serial"], "7380440700067159", "{}", ran.story());
        assert!(!warnings(&register).is_empty(), "{}", ran.story());
    }
}

#[test]
fn each_question_of_health_fails_by_itself() {
    for (question, key) in [
        ("fn OFD_EXCHANGE_STATUS", "ofd_unsent_count"),
        ("data LAST_SENT_OFD_DOCUMENT_DATE_TIME", "ofd_last_sent_at"),
        ("data SHORT_STATUS", "paper_present"),
        ("data SHIFT_STATE", "shift_state"),
        ("data FATAL_STATUS", "errors"),
        ("data DEVICE_UPTIME", "uptime_seconds"),
        ("data DATE_TIME", "clock_at"),
        ("fn ERRORS", "last_error"),
    ] {
        let case = case(&format!(" {question}\n error 11 Не поддерживается"));
        let ran = probe(&case).exits(0);
        let register = ran.register();
        assert_eq!(register["health"][key], Value::Null, "{question}\n{}", ran.story());
        assert_eq!(register["health"]["fn_need_replacement"], false, "{}", ran.story());
    }
}

#[test]
fn a_second_registration_takes_the_date_of_document_1() {
    let case = case(" fn LAST_REGISTRATION\n int REGISTRATIONS_COUNT 3\n time DATE_TIME 2025-05-05 05:05:05");
    assert_eq!(probe(&case).exits(0).register()["record"]["datetime_reg"], "2024-04-13 07:20:00");
}

#[test]
fn a_register_that_is_lost_keeps_what_it_said() {
    let case = case(" fn VALIDITY\n drop");
    let ran = probe(&case).exits(0);
    let register = ran.register();
    assert_eq!(register["record"]["fn_serial"], "7380440700067159");
    assert_eq!(register["record"]["dateTime_end"], "None");
    assert!(warnings(&register).iter().any(|line| line.contains("lost")), "{}", ran.story());
}

#[test]
fn long_and_strange_texts_pass_whole() {
    let case = case(" fn REG_INFO\n repeat 10000 str 1048 Ж\n str 1009 a\\nb\\x1b[2J\\u{1F600}\"\\\\");
    let ran = probe(&case).exits(0);
    let record = ran.register()["record"].clone();
    assert_eq!(record["organizationName"].as_str().unwrap(), "Ж".repeat(10_000));
    assert_eq!(record["address"], "a\nb\u{1b}[2J\u{1F600}\"\\");
    let shown = case.run(&["probe"]).exits(0);
    assert!(!shown.stdout.contains('\u{1b}'), "{}", shown.story());
}

#[test]
fn control_characters_of_a_register_do_not_reach_the_terminal() {
    let case = case(" data STATUS\n str MODEL_NAME АТОЛ\\x1b[31m\\n\\u{202e}Ф");
    case.write("service.json", r#"{"service":{"log_level":"debug"}}"#);
    let shown = case.run(&["probe", "--color", "always", "-vv"]).exits(0);
    assert!(
        shown.stdout.contains("АТОЛ␛[31m␊") && !shown.stdout.contains(['\u{1b}', '\u{202e}']),
        "{}",
        shown.story()
    );
    assert!(!case.read("logs/kkt.log").contains('\u{1b}'));
}

#[test]
fn a_getter_that_lies_about_sizes_is_survived() {
    for lie in ["lie-size 2000000000", "lie-size 0", "lie-size more"] {
        let case = case(&format!(" data STATUS\n {lie}"));
        let ran = probe(&case);
        assert!([Some(0), Some(1)].contains(&ran.code), "{lie}\n{}", ran.story());
        let failures = &ran.document()["failures"];
        assert!(
            failures.as_array().unwrap().iter().all(|failure| failure["kind"] != "crashed"),
            "{}",
            ran.story()
        );
    }
}

#[test]
fn wrong_types_are_unknown_not_fatal() {
    let case = case(
        " fn REG_INFO\n int 1048 5\n str 1062 many\n fn LAST_REGISTRATION\n str REGISTRATIONS_COUNT x\n",
    );
    let ran = probe(&case).exits(0);
    assert_eq!(ran.register()["record"]["serialNumber"], "00123456790012");
}

#[test]
fn endless_licences_are_cut() {
    let case = case(" records LICENSES\n exhausted ok\n int LICENSE_NUMBER 5\n str LICENSE_NAME x");
    let ran = case.run(&["probe", "--json", "--timeout", "30"]).exits(0);
    assert!(warnings(&ran.register()).iter().any(|line| line.contains("did not end")), "{}", ran.story());
}

#[test]
fn unsent_documents_and_warnings_are_shown() {
    let case = case(
        " fn OFD_EXCHANGE_STATUS\n int DOCUMENTS_COUNT 63\n time DATE_TIME now-12d\n fn VALIDITY\n time DATE_TIME now+9d\n\
         data SHIFT_STATE\n int SHIFT_STATE 2\n data SHORT_STATUS\n bool RECEIPT_PAPER_PRESENT false\n\
         fn FN_INFO\n bool FN_NEED_REPLACEMENT true\n data FATAL_STATUS\n bool WAIT_FOR_REBOOT true\n\
         fn ERRORS\n str NETWORK_ERROR_TEXT Нет сети\n data DATE_TIME\n time DATE_TIME now-3600s",
    );
    let ran = probe(&case).exits(0);
    let register = ran.register();
    assert_eq!(register["health"]["ofd_first_unsent_age_days"], 12);
    let lines = warnings(&register).join("\n");
    for expected in [
        "the FN must be replaced",
        "documents not sent to the OFD: 63",
        "12 days; at 30 the register stops selling",
        "open for more than 24 hours",
        "no paper",
        "waits for a restart",
        "last error of the network: Нет сети",
        "-60 min off",
    ] {
        assert!(lines.contains(expected), "{expected}\n{}", ran.story());
    }
    let table = case.run(&["probe", "--lang", "ru"]).exits(0).prints("не отправлено в ОФД документов: 63");
    assert!(table.stdout.lines().all(|line| line.chars().count() <= 100), "{}", table.story());
}
