//! `metrics`: every format through the real binary, from files of health that a `probe` of
//! simulated registers wrote, or that stand in `tests/fixtures/metrics`.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use chrono::{Duration, Local, NaiveDateTime};
use serde_json::{Value, json};

use crate::sim::{ANY_PORT, Fault, Register, Server, Setup, When};
use crate::util::{Case, Ran};

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/metrics/home/metrics");
/// The registers of the fixtures, in the order in which they are listed.
pub const SERIALS: [&str; 4] = ["00123456790012", "00123456790014", "00123456790099", "065001234567890"];
const FORMATS: [&str; 4] = ["json", "zabbix", "zabbix-legacy", "prometheus"];
const FORM: &str = "%Y-%m-%d %H:%M:%S";

/// A home folder with the health of four registers.
pub fn known() -> Case {
    let case = Case::new();
    for serial in SERIALS {
        let name = format!("{serial}.json");
        case.write(&format!("metrics/{name}"), fs::read(Path::new(FIXTURES).join(&name)).unwrap());
    }
    case
}

/// Changes a file of health.
fn change(case: &Case, serial: &str, changed: impl FnOnce(&mut Value)) {
    let name = format!("metrics/{serial}.json");
    let mut file = case.json(&name);
    changed(&mut file);
    case.write(&name, file.to_string());
}

fn mitsu(setup: Setup) -> (Server, Case) {
    let server = setup.serve_tcp(ANY_PORT).unwrap();
    let case = Case::new();
    let (ip, port) = server.place().rsplit_once(':').unwrap();
    let entries = json!([{ "type_connect": 2, "ip": ip, "ip_port": port }]);
    let connect = json!({ "tcp_timeout": 0, "atol": [{ "type_connect": 0 }], "mitsu": entries });
    case.write("connect.json", connect.to_string());
    (server, case)
}

fn service(case: &Case, settings: Value) {
    case.write("service.json", settings.to_string());
}

fn format(case: &Case, format: &str) -> Ran {
    case.run(&["metrics", "--format", format])
}

/// A sample of the text exposition: name, labels with their text unescaped, value.
#[derive(Debug)]
struct Sample {
    name: String,
    labels: Vec<(String, String)>,
    value: f64,
}

impl Sample {
    fn label(&self, name: &str) -> &str {
        self.labels.iter().find(|(label, _)| label == name).map_or("", |(_, text)| text)
    }
}

/// Reads the text exposition by its definition; anything that does not fit fails the test.
fn samples(text: &str) -> Vec<Sample> {
    assert!(text.ends_with('\n'), "no line end at the end");
    let (mut samples, mut typed) = (Vec::new(), Vec::<String>::new());
    for line in text.lines() {
        if let Some(comment) = line.strip_prefix("# ") {
            let mut words = comment.splitn(3, ' ');
            let (what, name, rest) = (words.next().unwrap(), words.next().unwrap(), words.next().unwrap());
            assert!(["HELP", "TYPE"].contains(&what) && !rest.is_empty(), "{line}");
            if what == "TYPE" {
                assert_eq!(rest, "gauge", "{line}");
                assert!(!typed.iter().any(|known| known == name), "{name} stands in two places");
                typed.push(name.to_owned());
            }
            continue;
        }
        let sample = sample(line);
        assert_eq!(typed.last(), Some(&sample.name), "{line}: not below its TYPE");
        assert!(sample.name.starts_with("getad_") && sample.value.is_finite(), "{line}");
        samples.push(sample);
    }
    samples
}

fn sample(line: &str) -> Sample {
    let (head, value) = line.rsplit_once(' ').unwrap_or_else(|| panic!("{line}"));
    let (name, inside) = match head.split_once('{') {
        Some((name, inside)) => (name, inside.strip_suffix('}').unwrap_or_else(|| panic!("{line}"))),
        None => (head, ""),
    };
    let (mut labels, mut rest) = (Vec::new(), inside.chars());
    while !rest.as_str().is_empty() {
        let label: String = rest.by_ref().take_while(|&c| c != '=').collect();
        assert_eq!(rest.next(), Some('"'), "{line}");
        let mut text = String::new();
        loop {
            match rest.next().unwrap_or_else(|| panic!("{line}: no closing quote")) {
                '"' => break,
                '\\' => text.push(match rest.next() {
                    Some('n') => '\n',
                    Some(c @ ('"' | '\\')) => c,
                    other => panic!("{line}: \\{other:?}"),
                }),
                c => text.push(c),
            }
        }
        labels.push((label.trim_start_matches(',').to_owned(), text));
    }
    Sample { name: name.to_owned(), labels, value: value.parse().unwrap_or_else(|_| panic!("{line}")) }
}

#[test]
fn what_probe_has_read_stands_in_every_format() {
    let (server, case) = mitsu(Setup::default());
    case.run(&["probe"]).exits(0);
    let asked = server.received().len();
    let health = case.json("metrics/065001234567890.json")["health"].clone();
    let json = format(&case, "json").exits(0).document();
    assert_eq!(json["registers"][0]["serialNumber"], "065001234567890");
    assert_eq!(json["registers"][0]["health"], health);
    let zabbix = format(&case, "zabbix").exits(0).document();
    assert_eq!(zabbix["registers"][0]["fn_days_left"], health["fn_days_left"]);
    assert_eq!(zabbix["registers"][0]["rnm"], health["registration"]["registration_number"]);
    assert_eq!(zabbix["version"], env!("CARGO_PKG_VERSION"));
    let legacy = format(&case, "zabbix-legacy").exits(0).document();
    assert_eq!(legacy["FNdeadline"], health["fn_days_left"]);
    let prometheus = format(&case, "prometheus").exits(0);
    let info =
        samples(&prometheus.stdout).into_iter().find(|sample| sample.name == "getad_kkt_info").unwrap();
    assert_eq!((info.label("serial"), info.label("fn")), ("065001234567890", "9999078902014447"));
    assert_eq!(server.received().len(), asked, "a register was touched");
}

#[test]
fn every_health_value_is_in_the_master_document() {
    let case = known();
    let document = format(&case, "zabbix").exits(0).document();
    assert_eq!(document["registers_count"], 4);
    for register in document["registers"].as_array().unwrap() {
        let file = case.json(&format!("metrics/{}.json", register["serial"].as_str().unwrap()));
        for (key, value) in file["health"].as_object().unwrap() {
            match (key.as_str(), value) {
                // Counted anew.
                ("fn_days_left", _) => assert!(register.get(key).is_some()),
                ("errors", errors) => {
                    let flags = errors.as_object().into_iter().flatten();
                    flags.for_each(|(flag, raised)| assert_eq!(&register[format!("error_{flag}")], raised));
                }
                ("last_error" | "registration", nested) => {
                    for (name, value) in nested.as_object().into_iter().flatten() {
                        let flat = &register[format!("{key}_{name}")];
                        match value.as_str() {
                            Some(text) => assert_eq!(flat, text.trim_end(), "{key}_{name}"),
                            // Asked for, and there is none.
                            None if key == "last_error"
                                && ["network", "ofd", "fn"].contains(&name.as_str()) =>
                            {
                                assert_eq!(flat, "", "{key}_{name}");
                            }
                            None => assert_eq!(flat, value, "{key}_{name}"),
                        }
                    }
                }
                _ => assert_eq!(&register[key], value, "{key}"),
            }
        }
        assert!(register.as_object().unwrap().values().all(|value| !value.is_object() && !value.is_array()));
    }
    let keys = |index: usize| document["registers"][index].as_object().unwrap().keys().collect::<Vec<_>>();
    assert!(SERIALS.iter().enumerate().all(|(index, _)| keys(index) == keys(0)), "keys differ");
}

#[test]
fn texts_survive_every_format() {
    let case = known();
    let organization = "ИП «Ёлка \\ \"Хвоя\"»\nфилиал";
    let error = "Нет соединения с сервером \"ofd.example\"\nпорт C:\\7777";
    assert_eq!(format(&case, "zabbix").document()["registers"][1]["organization"], organization);
    assert_eq!(format(&case, "zabbix-legacy").document()[1]["ErrFNNetworkErrorText"], error);
    let prometheus = format(&case, "prometheus").exits(0);
    let samples = samples(&prometheus.stdout);
    let of_register = |name: &str| {
        samples.iter().find(|sample| sample.name == name && sample.label("serial") == SERIALS[1]).unwrap()
    };
    assert_eq!(of_register("getad_kkt_info").label("organization"), organization);
    assert_eq!(of_register("getad_kkt_last_error_info").label("text"), error);
}

#[test]
fn what_is_unknown_has_no_sample_and_no_key() {
    let case = known();
    let prometheus = format(&case, "prometheus").exits(0);
    let of_bare: Vec<String> = samples(&prometheus.stdout)
        .into_iter()
        .filter(|sample| sample.label("serial") == SERIALS[2])
        .map(|sample| sample.name)
        .collect();
    assert_eq!(of_bare, ["getad_kkt_info", "getad_kkt_read_timestamp_seconds", "getad_kkt_uptime_seconds"]);
    let legacy =
        case.run(&["metrics", "--format", "zabbix-legacy", "--serial", SERIALS[2]]).exits(0).document();
    assert_eq!(legacy, json!({ "SerNKKT": SERIALS[2], "RegNKKT": SERIALS[2], "UptimeKKTSec": 30 }));
}

#[test]
fn days_of_the_fn_are_counted_today_and_all_else_keeps_its_age() {
    let case = known();
    let read_at = Local::now().naive_local() - Duration::days(3);
    let end = (read_at + Duration::days(9)).date().and_hms_opt(0, 0, 0).unwrap();
    change(&case, SERIALS[1], |file| {
        file["read_at"] = read_at.format(FORM).to_string().into();
        file["health"]["fn_valid_until"] = end.format(FORM).to_string().into();
        file["health"]["fn_days_left"] = 9.into();
    });
    let before = Local::now().naive_local();
    let register = format(&case, "zabbix").exits(0).document()["registers"][1].clone();
    let after = Local::now().naive_local();
    let days = |now: NaiveDateTime| Value::from((end.date() - now.date()).num_days());
    // Midnight may come in between.
    assert!([days(before), days(after)].contains(&register["fn_days_left"]), "{register}");
    assert_eq!(register["ofd_first_unsent_age_days"], 11);
    let age = register["age_seconds"].as_i64().unwrap();
    assert!(((before - read_at).num_seconds()..=(after - read_at).num_seconds() + 1).contains(&age), "{age}");
    assert_eq!(register["read_at"], read_at.format(FORM).to_string());
}

#[test]
fn damaged_files_cost_only_themselves() {
    let case = known();
    case.write("metrics/00123456790014.json", "{\"form\": 1, \"vc");
    change(&case, SERIALS[2], |file| file["form"] = 2.into());
    case.write("metrics/copy.json", case.read("metrics/00123456790012.json"));
    case.write("metrics/00123456790012.json.getad-tmp", "half");
    for name in FORMATS {
        let ran = format(&case, name)
            .exits(5)
            .complains("00123456790014.json is damaged")
            .complains("00123456790099.json was written by a newer getad")
            .complains("copy.json holds the health of register 00123456790012")
            .complains("getad probe");
        assert!(ran.stdout.contains(SERIALS[0]) && ran.stdout.contains(SERIALS[3]), "{}", ran.story());
        assert!(!ran.stdout.contains(SERIALS[1]) && !ran.stdout.contains(SERIALS[2]), "{}", ran.story());
    }
    assert_eq!(format(&case, "zabbix").document()["unreadable_files"], 3);
    // Whoever asks for a sound one gets it without complaint.
    case.run(&["metrics", "--serial", SERIALS[0]]).exits(0);
    case.run(&["metrics", "--serial", SERIALS[1]]).exits(1).complains("is damaged");
}

#[test]
fn nothing_known_is_an_empty_document_and_code_4() {
    let case = Case::new();
    assert_eq!(format(&case, "json").exits(4).document(), json!({ "registers": [] }));
    assert_eq!(format(&case, "zabbix").exits(4).document()["registers"], json!([]));
    assert_eq!(format(&case, "zabbix-legacy").exits(4).document(), json!({}));
    assert_eq!(case.run(&["metrics", "--discovery"]).exits(4).document(), json!([]));
    let ran = format(&case, "prometheus").exits(4);
    assert!(
        samples(&ran.stdout).iter().all(|sample| !sample.name.starts_with("getad_kkt")),
        "{}",
        ran.story()
    );
    let ran = known().run(&["metrics", "--serial", "no \"such\" \\ number"]).exits(4);
    assert_eq!(ran.document(), json!({ "registers": [] }));
}

#[test]
fn discovery_names_every_register() {
    let list = known().run(&["metrics", "--discovery"]).exits(0).document();
    let serials: Vec<&str> =
        list.as_array().unwrap().iter().map(|entry| entry["{#SERIAL}"].as_str().unwrap()).collect();
    assert_eq!(serials, SERIALS);
    assert_eq!(list[0]["{#MODEL}"], "АТОЛ 22 v2 Ф");
    assert_eq!((&list[2]["{#MODEL}"], &list[2]["{#FN}"]), (&json!(""), &json!("")));
    assert_eq!((&list[3]["{#BRAND}"], &list[3]["{#FN}"]), (&json!("mitsu"), &json!("9999078902014447")));
}

#[test]
fn one_register_can_be_asked_for() {
    let case = known();
    for name in FORMATS {
        let ran = case.run(&["metrics", "--format", name, "--serial", SERIALS[3]]).exits(0);
        assert!(ran.stdout.contains(SERIALS[3]) && !ran.stdout.contains(SERIALS[0]), "{}", ran.story());
    }
    let one = case.run(&["metrics", "--format", "zabbix-legacy", "--serial", SERIALS[3]]).exits(0).document();
    assert!(one.is_object());
}

#[test]
fn output_goes_to_a_file_that_others_can_read() {
    let case = known();
    let path = case.home().join("out.prom");
    let script = format!(
        "umask 077; exec '{}' --home '{}' --lang en metrics --format prometheus --output '{}'",
        env!("CARGO_BIN_EXE_getad"),
        case.home().display(),
        path.display()
    );
    let mut command = std::process::Command::new("sh");
    command.args(["-c", &script]);
    let ran = case.finish(command).exits(0).prints("Written: ");
    assert!(!ran.stdout.contains("getad_info"), "{}", ran.story());
    assert!(samples(&case.read("out.prom")).len() > 50);
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o644);
    let written =
        case.run(&["metrics", "--format", "prometheus", "--json", "--output", path.to_str().unwrap()]);
    assert_eq!(written.exits(0).document(), json!({ "ok": true, "written": path }));
    let leftovers: Vec<String> = case.names("").into_iter().filter(|name| name.contains("tmp")).collect();
    assert_eq!(leftovers, Vec::<String>::new());
}

#[test]
fn a_missing_folder_is_said() {
    let case = known();
    let path = case.home().join("absent/out.json");
    let ran = case.run(&["metrics", "--output", path.to_str().unwrap()]).exits(1);
    let ran = ran.complains("absent does not exist").complains("Create it");
    assert!(!case.has("absent") && ran.stdout.is_empty(), "{}", ran.story());
}

#[test]
fn configured_files_are_written_by_probe_and_metrics() {
    let (_server, case) = mitsu(Setup::default());
    fs::create_dir(case.home().join("exporter")).unwrap();
    let zabbix = json!({ "data_file": "exporter/data.json" });
    service(
        &case,
        json!({ "zabbix": zabbix, "prometheus": { "textfile": case.home().join("exporter/getad.prom") } }),
    );
    case.run(&["metrics"]).exits(4);
    assert_eq!(case.names("exporter"), Vec::<String>::new(), "a file without a reading");
    case.run(&["probe", "--no-save"]).exits(0);
    assert_eq!(case.names("exporter"), Vec::<String>::new(), "nothing was to be saved");
    case.run(&["probe"]).exits(0);
    assert_eq!(case.json("exporter/data.json")["registers"][0]["serial"], "065001234567890");
    assert!(case.read("exporter/getad.prom").contains("getad_kkt_info"));
    fs::remove_file(case.home().join("exporter/data.json")).unwrap();
    case.run(&["-q", "metrics"]).exits(0);
    assert_eq!(case.names("exporter"), ["data.json", "getad.prom"]);
    // A register that is gone must not be reported for ever.
    fs::remove_file(case.home().join("metrics/065001234567890.json")).unwrap();
    case.run(&["metrics"]).exits(4);
    assert_eq!(case.json("exporter/data.json")["registers"], json!([]));
    assert!(!case.read("exporter/getad.prom").contains("getad_kkt_info"));
}

#[test]
fn the_old_template_gets_its_file() {
    let case = known();
    service(
        &case,
        json!({ "zabbix": { "data_file": "data-{serial}.json", "data_format": "zabbix-legacy" } }),
    );
    case.run(&["-q", "metrics"]).exits(0);
    for serial in SERIALS {
        assert_eq!(case.json(&format!("data-{serial}.json"))["RegNKKT"], serial);
    }
    service(&case, json!({ "zabbix": { "data_file": "data.json", "data_format": "xml" } }));
    case.run(&["metrics"]).exits(3).complains("data_format");
}

#[test]
fn a_configured_file_that_cannot_be_written_is_a_part_that_failed() {
    let case = known();
    service(
        &case,
        json!({ "prometheus": { "textfile": "no/such/getad.prom" }, "zabbix": { "data_file": "data.json" } }),
    );
    let ran = case.run(&["metrics"]).exits(5).complains("such does not exist");
    assert_eq!(ran.document()["registers"].as_array().map(Vec::len), Some(4));
    assert!(case.has("data.json"));
    let (_server, probing) = mitsu(Setup::default());
    service(&probing, json!({ "prometheus": { "textfile": "no/getad.prom" } }));
    probing.run(&["probe"]).exits(5).complains("no does not exist");
}

#[test]
fn neither_lock_nor_configuration_is_needed() {
    let case = known();
    case.write("connect.json", "{ broken").write("_resources/getad.lock", "");
    let lock = fs::File::open(case.home().join("_resources/getad.lock")).unwrap();
    lock.lock().unwrap();
    case.run(&["metrics", "--lock-timeout", "0"]).exits(0).prints(SERIALS[0]);
    // Health is printed before a broken service.json is found to be needed.
    case.write("service.json", "{ broken");
    case.run(&["metrics"]).exits(3).prints(SERIALS[0]).complains("service.json");
}

#[test]
fn quiet_means_quiet_and_json_means_json() {
    let case = known();
    let ran = case.run(&["-q", "metrics"]).exits(0);
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""), "{}", ran.story());
    let ran = case.run(&["metrics", "--format", "zabbix"]).exits(0);
    assert_eq!((ran.stdout.lines().count(), ran.stderr.as_str()), (1, ""), "{}", ran.story());
    assert_eq!(case.run(&["--json", "metrics"]).document()["registers"].as_array().map(Vec::len), Some(4));
    case.run(&["--json", "metrics", "--format", "prometheus"]).exits(2).complains("--json");
    for arguments in
        [["--push", "--discovery"], ["--push", "--format=zabbix"], ["--discovery", "--format=json"]]
    {
        case.run(&["metrics", arguments[0], arguments[1]]).exits(2);
    }
}

#[test]
fn live_reads_first_and_a_silent_register_keeps_its_last_values() {
    let mut register = Register::default();
    register.unsent(7);
    let (server, case) = mitsu(Setup::new(register));
    let live = case.run(&["metrics", "--live", "--format", "zabbix"]).exits(0).document();
    assert_eq!(live["registers"][0]["ofd_unsent_count"], 7);
    change(&case, "065001234567890", |file| file["read_at"] = "2026-01-02 03:04:05".into());
    service(&case, json!({}));
    let connect = case.read("connect.json").replacen('{', "{\"probe_timeout\": 2,", 1);
    case.write("connect.json", connect);
    server.update(|setup| *setup = Setup::default().fault(When::Always, Fault::silence()));
    let ran = case.run(&["metrics", "--live", "--format", "zabbix"]).exits(5).complains("Mitsu");
    let last = ran.document()["registers"][0].clone();
    assert_eq!((&last["ofd_unsent_count"], &last["read_at"]), (&json!(7), &json!("2026-01-02 03:04:05")));
    assert!(last["age_seconds"].as_i64().unwrap() > 86_400);
}

#[test]
fn defect_16_values_stand_under_the_wrong_keys() {
    let case = known();
    let legacy =
        case.run(&["metrics", "--format", "zabbix-legacy", "--serial", SERIALS[1]]).exits(0).document();
    assert_eq!((&legacy["SerNKKT"], &legacy["RegNKKT"]), (&json!(SERIALS[1]), &json!(SERIALS[1])));
    assert_eq!((&legacy["ErrFNCommandCode"], &legacy["ErrFNDocumentNumber"]), (&json!(48), &json!(4711)));
    assert_eq!(legacy["ErrFNDateTime"], "2026-11-19 07:00:00");
    assert_eq!((&legacy["ErrRtcFault"], &legacy["ErrSettings"]), (&json!(true), &json!(false)));
    assert_eq!(legacy["registrationNumber"], "0000000002069489");
    assert!(legacy.as_object().unwrap().values().all(|value| !value.is_null()));
    let nothing = Case::new();
    let path = nothing.home().join("data.json");
    nothing.run(&["metrics", "--format", "zabbix-legacy", "--output", path.to_str().unwrap()]).exits(4);
    assert!(!nothing.has("data.json"), "a file without a reading");
}

#[test]
fn defect_30_no_documents_no_date_and_the_last_day_look_alike() {
    let case = known();
    let ends = |days: i64| {
        let end = (Local::now().naive_local() + Duration::days(days)).date().and_hms_opt(12, 0, 0).unwrap();
        Value::from(end.format(FORM).to_string())
    };
    change(&case, SERIALS[0], |file| file["health"]["fn_valid_until"] = ends(40));
    let of = |serial: &str| {
        case.run(&["metrics", "--format", "zabbix-legacy", "--serial", serial]).exits(0).document()
    };
    // None waits: 0, and the trigger of the old template clears.
    assert_eq!(
        (&of(SERIALS[0])["unsentCount"], &of(SERIALS[0])["AgeDaysFirstDontSendDocInFN"]),
        (&json!(0), &json!(0))
    );
    // No date: no key.
    assert!(
        of(SERIALS[2]).get("FNdeadline").is_none()
            && of(SERIALS[2]).get("AgeDaysFirstDontSendDocInFN").is_none()
    );
    change(&case, SERIALS[3], |file| file["health"]["fn_valid_until"] = ends(-40));
    assert!(of(SERIALS[3])["FNdeadline"].as_i64().unwrap() < -38, "ended is not 0");
}
