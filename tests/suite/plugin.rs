//! `probe` with the plugin for Shtrih registers: shell scripts play it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::{Value, json};

use crate::sim::{ANY_PORT, Register, Server, Setup};
use crate::util::{Case, Ran};

const SERIAL: &str = "0000000001234567";
const FN: &str = "9999078900012345";
/// Settings without any register of ours.
const NO_REGISTERS: &str = r#"{"tcp_timeout":0,"atol":[],"mitsu":[{"type_connect":3}]}"#;
/// What a plugin may write of a register.
const RECORD: &str = r#"{"modelName":"ШТРИХ-М-01Ф","serialNumber":"0000000001234567","fn_serial":"9999078900012345","licenses":"FF00","hostname":"","z":[1,{"b":1,"a":2}],"v_time":"2026-01-02 03:04:05"}"#;

fn script(case: &Case, name: &str, body: &str) {
    case.write(name, format!("#!/bin/sh\n{body}\n"));
    fs::set_permissions(case.home().join(name), fs::Permissions::from_mode(0o755)).unwrap();
}

/// A home folder with a plugin and its time limit in seconds.
fn with_plugin(body: &str, seconds: u32) -> Case {
    let case = Case::named("Касса 1");
    case.write("connect.json", NO_REGISTERS);
    let plugin = json!({ "exe_name": "shtrihscanner.exe", "timeout": seconds });
    case.write("service.json", json!({ "shtrihscanner": plugin }).to_string());
    script(&case, "shtrihscanner.exe", body);
    case
}

/// A script that writes a record.
fn writing(serial: &str, record: &str) -> String {
    format!("mkdir -p date\ncat >date/{serial}.json <<'END'\n{record}\nEND")
}

/// Time enough for a plugin to get to where it hangs.
const SHORT: u32 = 4;
/// Time enough for every plugin that ends by itself.
const AMPLE: u32 = 60;

fn record_of(serial: &str, fn_serial: &str) -> String {
    json!({ "serialNumber": serial, "fn_serial": fn_serial }).to_string()
}

fn known(case: &Case) -> Value {
    case.json("_resources/fiscals.json")["shtrih"].clone()
}

fn probe(case: &Case) -> Ran {
    case.run(&["probe", "--json"])
}

#[test]
fn its_register_becomes_known_and_its_record_complete() {
    let case = with_plugin(&writing(SERIAL, RECORD), AMPLE);
    let ran = probe(&case).exits(0);
    let document = ran.document();
    let plugin = &document["plugin"];
    assert_eq!((&plugin["state"], &plugin["exit_code"]), (&json!("done"), &json!(0)));
    assert_eq!(plugin["serials"], json!([SERIAL]));
    assert!(plugin["program"].as_str().unwrap().ends_with("/Касса 1/shtrihscanner.exe"), "{plugin}");
    assert_eq!(document["failures"], json!([]));

    let entry = &known(&case)[0];
    assert_eq!((&entry["serialNumber"], &entry["fn_serial"]), (&json!(SERIAL), &json!(FN)));
    assert_ne!(entry["v_time"], "2026-01-02 03:04:05", "it has just been read");
    let text = case.read(&format!("date/{SERIAL}.json"));
    let record: serde_json::Map<String, Value> = serde_json::from_str(&text).unwrap();
    let keys: Vec<&str> = record.keys().map(String::as_str).collect();
    let theirs = ["modelName", "serialNumber", "fn_serial", "licenses", "hostname", "z", "v_time"];
    let ours = ["url_rms", "teamviewer_id", "anydesk_id", "litemanager_id", "current_time", "vc", "uuid"];
    assert_eq!(keys, [&theirs[..], &ours].concat());
    assert_eq!(record["z"].to_string(), r#"[1,{"b":1,"a":2}]"#);
    assert_eq!(record["v_time"], "2026-01-02 03:04:05");
    assert_eq!(record["vc"], env!("CARGO_PKG_VERSION"));
    assert_eq!(record["uuid"].as_str().unwrap(), case.read("_resources/uuid"));
    let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
    assert_eq!(record["hostname"], host.trim());
    // A register was reached, so the workstation needs no record of its own.
    assert_eq!(case.names("date"), [format!("{SERIAL}.json")]);
}

#[test]
fn it_runs_in_the_home_folder_and_its_output_is_logged() {
    let body =
        "pwd; echo 'ошибка' >&2; printf '\\007\\377\\376 garbage'; head -c 100000 /dev/zero | tr '\\0' 'x'";
    let case = with_plugin(body, AMPLE);
    probe(&case).exits(4);
    let log = case.read("logs/service.log");
    let home = case.home().canonicalize().unwrap();
    assert!(log.contains(&format!("plugin: {}", home.display())) && log.contains("plugin: ошибка"), "{log}");
    assert!(log.contains("garbage") && !log.contains('\u{7}') && log.len() < 50_000, "{}", log.len());
}

#[test]
fn the_rest_is_read_before_it_and_both_count() {
    let server = Setup::default().serve_tcp(ANY_PORT).unwrap();
    let body = format!("ls date >seen\n{}", writing(SERIAL, RECORD));
    let case = with_plugin(&body, AMPLE);
    configure(&case, &server);
    case.run(&["probe"]).exits(0).prints("Registers read: 2, not read: 0, records saved: 2").prints(SERIAL);
    let seen = case.read("seen");
    assert!(seen.contains("065001234567890.json"), "{seen}");
    // What it does not know of the workstation it takes from a record that has no register.
    assert!(seen.contains("TVNone_ADNone.json"), "{seen}");
    assert!(!case.has("date/TVNone_ADNone.json"));
}

fn configure(case: &Case, server: &Server) {
    let (ip, port) = server.place().rsplit_once(':').unwrap();
    let mitsu = json!([{ "type_connect": 2, "ip": ip, "ip_port": port }]);
    case.write("connect.json", json!({ "tcp_timeout": 1, "atol": [], "mitsu": mitsu }).to_string());
}

/// A process leaves a trace of its end: nobody holds this end of the pipe open any more.
fn with_witness(body: &str) -> String {
    format!("mkfifo ../witness\nsleep 600 >../witness &\n: <../witness\n{body}")
}

/// Demands that nobody has the pipe of [`with_witness`] open.
#[track_caller]
fn nobody_is_left(case: &Case) {
    let path = case.outside().join("witness");
    let fuser = |path: &Path| {
        let link = path.canonicalize().unwrap();
        let processes = fs::read_dir("/proc").unwrap().flatten();
        let descriptors =
            processes.filter_map(|process| fs::read_dir(process.path().join("fd")).ok()).flatten();
        descriptors.flatten().any(|fd| fs::read_link(fd.path()).is_ok_and(|file| file == link))
    };
    assert!(!fuser(&path), "a child of the plugin lives on\n{}", case.listing());
}

#[test]
fn one_that_hangs_is_killed_with_its_children() {
    let server = Setup::default().serve_tcp(ANY_PORT).unwrap();
    let case = with_plugin(&with_witness("echo before\nsleep 600"), SHORT);
    configure(&case, &server);
    let ran = case.run(&["probe"]).exits(5);
    nobody_is_left(&case);
    let ran = ran.complains("was not done within 4 s").complains("shtrihscanner.timeout");
    assert!(ran.stdout.contains("Registers read: 1, not read: 1"), "{}", ran.story());
    assert!(case.read("logs/service.log").contains("plugin: before"));

    fs::remove_file(case.outside().join("witness")).unwrap();
    let document = case.run(&["probe", "--brand", "shtrih", "--json"]).exits(1).document();
    assert_eq!(document["plugin"]["state"], "killed");
    let failure = &document["failures"][0];
    assert_eq!((&failure["brand"], &failure["kind"]), (&json!("shtrih"), &json!("timeout")));
    nobody_is_left(&case);
}

#[test]
fn what_it_wrote_before_it_was_killed_counts() {
    let case = with_plugin(&format!("{}\nsleep 600", writing(SERIAL, RECORD)), SHORT);
    let document = probe(&case).exits(5).document();
    assert_eq!(document["plugin"]["serials"], json!([SERIAL]));
    assert_eq!(known(&case)[0]["serialNumber"], SERIAL);
}

#[test]
fn what_it_starts_has_the_same_time_as_itself() {
    // A batch file that starts the real program and ends.
    let body = format!("(\nsleep 0.2\n{}\n) &\nexit 0", writing(SERIAL, RECORD));
    let case = with_plugin(&body, AMPLE);
    assert_eq!(probe(&case).exits(0).document()["plugin"]["serials"], json!([SERIAL]));

    // What it leaves running for ever is ended, and spoils nothing.
    let case = with_plugin(&with_witness(&writing(SERIAL, RECORD)), SHORT);
    let document = probe(&case).exits(0).document();
    assert_eq!(document["plugin"]["state"], "done");
    nobody_is_left(&case);
    assert!(case.read("logs/service.log").contains("what it left running was ended"), "{}", case.listing());
}

#[test]
fn one_that_fails_or_cannot_be_started_is_said() {
    for (body, code) in [("exit 3", json!(3)), ("kill -SEGV $$", Value::Null)] {
        let document = probe(&with_plugin(body, AMPLE)).exits(1).document();
        assert_eq!(
            (&document["plugin"]["state"], &document["plugin"]["exit_code"]),
            (&json!("failed"), &code)
        );
        assert_eq!(document["failures"][0]["kind"], "crashed");
    }
    let case = with_plugin("", AMPLE);
    case.write("shtrihscanner.exe", "no program at all");
    let document = probe(&case).exits(1).document();
    assert_eq!(document["plugin"]["state"], "not-started");
    assert_eq!(document["failures"][0]["kind"], "refused");
    case.run(&["probe", "--lang", "ru"]).exits(1).complains("не удаётся запустить").complains("антивирус");
}

#[test]
fn an_absent_one_is_mentioned_and_no_error() {
    let case = Case::new();
    case.write("connect.json", NO_REGISTERS);
    let ran = case.run(&["probe"]).exits(4);
    let line = format!("Shtrih plugin: there is no {}", case.home().join("shtrihscanner.exe").display());
    assert_eq!(ran.stdout.matches(&line).count(), 1, "{}", ran.story());
    assert!(ran.stderr.is_empty(), "{}", ran.story());
    assert_eq!(case.read("logs/service.log").matches("plugin: there is no").count(), 1);
    assert_eq!(probe(&case).exits(4).document()["plugin"]["state"], "absent");
}

#[test]
fn it_runs_only_when_it_is_wanted() {
    let server = Setup::default().serve_tcp(ANY_PORT).unwrap();
    let case = with_plugin("echo >>ran", AMPLE);
    let tcp = ["--tcp", server.place()];
    for arguments in [
        &["probe", "--json", "--no-save"][..],
        &["probe", "--json", "--brand", "atol"],
        &["probe", "--json", "--brand", "mitsu", "--brand", "atol"],
        &[&["probe", "--json", "--brand", "mitsu"], &tcp[..]].concat(),
    ] {
        assert_eq!(case.run(arguments).document()["plugin"], Value::Null, "{arguments:?}");
    }
    assert!(!case.has("ran"), "{}", case.listing());
    case.write("service.json", r#"{"shtrihscanner":{"enabled":"0"}}"#);
    assert_eq!(probe(&case).document()["plugin"], Value::Null);
    assert!(!case.has("ran"), "{}", case.listing());
    case.write("service.json", "{}");
    case.run(&["probe", "--brand", "shtrih"]).exits(4);
    probe(&case).exits(4);
    assert_eq!(case.read("ran").lines().count(), 2);
}

#[test]
fn only_registers_of_16_digits_are_its_own() {
    let others = ["123456789012345", "12345678901234567", "123456789012345A", "TV1_AD2", "note"];
    let all = others.iter().map(|serial| writing(serial, &record_of(serial, "1")));
    let body: Vec<String> = all.chain([writing(SERIAL, RECORD)]).collect();
    let case = with_plugin(&body.join("\n"), AMPLE);
    let document = probe(&case).exits(0).document();
    assert_eq!(document["plugin"]["serials"], json!([SERIAL]));
    assert_eq!(known(&case).as_array().unwrap().len(), 1);
    assert_eq!(case.json("date/123456789012345.json").as_object().unwrap().len(), 2, "left as it is");
}

#[test]
fn a_broken_record_is_said_and_left_as_it_is() {
    for (broken, problem) in [
        ("{\"serialNumber\":", "EOF while parsing"),
        ("[1]", "invalid type"),
        (r#"{"serialNumber":"1"}"#, "serialNumber is"),
        ("", "EOF while parsing"),
    ] {
        let other = "1111111111111111";
        let body = format!("{}\n{}", writing(other, broken), writing(SERIAL, RECORD));
        let case = with_plugin(&body, AMPLE);
        let ran = probe(&case).exits(5);
        let failure = &ran.document()["failures"][0];
        assert_eq!((&failure["brand"], &failure["kind"]), (&json!("shtrih"), &json!("protocol")));
        let message = failure["message"].as_str().unwrap();
        assert!(message.contains(other) && message.contains(problem), "{message}");
        assert_eq!(case.read(&format!("date/{other}.json")).trim(), broken);
        assert_eq!(known(&case)[0]["serialNumber"], SERIAL);
        // Nobody writes it again: it is no news.
        script(&case, "shtrihscanner.exe", "");
        assert_eq!(probe(&case).exits(4).document()["failures"], json!([]));
    }
}

#[test]
fn a_known_register_is_confirmed_when_it_is_read_again_and_only_then() {
    let old = json!({ "serialNumber": SERIAL, "fn_serial": "1", "v_time": "2026-01-02 03:04:05", "mark": 7 });
    let case = with_plugin("exit 0", AMPLE);
    case.write("_resources/fiscals.json", json!({ "shtrih": [old] }).to_string());
    case.write(&format!("date/{SERIAL}.json"), RECORD);
    probe(&case).exits(4);
    assert_eq!(known(&case)[0], old);

    script(&case, "shtrihscanner.exe", &writing(SERIAL, &record_of(SERIAL, "None")));
    probe(&case).exits(0);
    assert_eq!(known(&case)[0], old, "the FN was not told");

    script(&case, "shtrihscanner.exe", &writing(SERIAL, &record_of(SERIAL, FN)));
    probe(&case).exits(0);
    let entry = &known(&case)[0];
    assert_eq!((&entry["fn_serial"], &entry["mark"]), (&json!(FN), &json!(7)));
    assert_ne!(entry["v_time"], old["v_time"]);
}

#[test]
fn reading_it_ends_the_restart_that_was_to_get_it_read() {
    let case = with_plugin(&writing(SERIAL, RECORD), AMPLE);
    let cause = json!({ "brand": "shtrih", "serialNumber": SERIAL, "reason": "forced", "old_fn": FN,
        "new_fn": null, "since": "2026-01-02 03:04:05" });
    let pending = json!({ "form": 1, "registers": [cause], "requested": null, "at": null,
        "scheduled": false, "closed": null });
    case.write("_resources/reboot.json", pending.to_string());
    probe(&case).exits(0);
    assert!(!case.has("_resources/reboot.json"), "{}", case.listing());
}

#[test]
fn records_from_before_become_known_with_their_own_time() {
    let case = with_plugin("exit 0", AMPLE);
    case.write(&format!("date/{SERIAL}.json"), RECORD);
    probe(&case).exits(4);
    let entry = json!({ "serialNumber": SERIAL, "fn_serial": FN, "v_time": "2026-01-02 03:04:05" });
    assert_eq!(known(&case)[0], entry);
    assert_eq!(case.json(&format!("date/{SERIAL}.json"))["vc"], env!("CARGO_PKG_VERSION"));
}

#[test]
fn a_register_of_ours_with_16_digits_stays_ours() {
    let mut register = Register::default();
    register.serial("1234567890123456");
    let server = Setup::new(register).serve_tcp(ANY_PORT).unwrap();
    let case = with_plugin("exit 0", AMPLE);
    configure(&case, &server);
    probe(&case).exits(0);
    assert_eq!(case.json("_resources/fiscals.json")["mitsu"][0]["serialNumber"], "1234567890123456");
    assert_eq!(known(&case), json!([]));
}

#[test]
fn what_it_leaves_out_of_the_configuration_comes_back() {
    let rewritten = r#"{"timeout_to_ip_port":0,"shtrih":[{"type_connect":0,"com_port":"COM9"}],"atol":null}"#;
    let case = with_plugin(&format!("echo '{rewritten}' >connect.json"), AMPLE);
    let ours = r#"{"note":"ours","tcp_timeout":0,"atol":[],"mitsu":[{"name":"bar","type_connect":3}]}"#;
    case.write("connect.json", format!("\u{feff}{ours}"));
    probe(&case).exits(4);
    let keys =
        |case: &Case| case.json("connect.json").as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let all = ["note", "tcp_timeout", "atol", "mitsu", "timeout_to_ip_port", "shtrih"];
    assert_eq!(keys(&case), all);
    let connect = case.json("connect.json");
    assert_eq!((&connect["atol"], &connect["mitsu"][0]["name"]), (&json!([]), &json!("bar")));
    assert_eq!(connect["shtrih"][0]["com_port"], "COM9");
    // Keys of its own survive what we note after a search.
    case.run(&["probe", "--brand", "mitsu", "--rescan"]);
    assert_eq!(keys(&case), all);
    assert_eq!(case.json("connect.json")["shtrih"], connect["shtrih"]);
}

#[test]
fn a_configuration_that_it_makes_has_our_defaults_too() {
    let body =
        r#"[ -e connect.json ] || echo '{"timeout_to_ip_port":0,"shtrih":[],"atol":null}' >connect.json"#;
    let case = with_plugin(body, AMPLE);
    fs::remove_file(case.home().join("connect.json")).unwrap();
    case.run(&["probe", "--brand", "shtrih"]).exits(4);
    let connect = case.json("connect.json");
    let shipped: Value = serde_json::from_str(include_str!("../../config/connect.json")).unwrap();
    assert_eq!((&connect["atol"], &connect["mitsu"]), (&shipped["atol"], &shipped["mitsu"]));
    assert_eq!(connect["shtrih"], json!([]));
}

#[test]
fn a_configuration_that_it_breaks_or_removes_is_brought_back() {
    for (body, aside) in
        [("printf '{\"atol\":' >connect.json; sleep 600", true), ("rm connect.json; sleep 600", false)]
    {
        let case = with_plugin(body, SHORT);
        probe(&case).exits(1);
        assert_eq!(case.read("connect.json"), NO_REGISTERS);
        let kept = case.names(".").iter().any(|name| name.starts_with("connect.json.broken-"));
        assert_eq!(kept, aside, "{}", case.listing());
    }
}

#[test]
fn records_that_it_removes_are_brought_back() {
    let case = with_plugin("rm date/*", AMPLE);
    case.write("date/AB12.json", r#"{"serialNumber":"AB12"}"#);
    probe(&case).exits(4);
    assert_eq!(case.read("date/AB12.json"), r#"{"serialNumber":"AB12"}"#);
}

#[test]
fn it_may_lie_elsewhere() {
    let case = with_plugin("exit 9", AMPLE);
    script(&case, "../tools/plugin", "pwd >ran");
    for name in ["../tools/plugin".to_owned(), case.outside().join("tools/plugin").display().to_string()] {
        case.write("service.json", json!({ "shtrihscanner": { "exe_name": name } }).to_string());
        probe(&case).exits(4);
        assert!(case.has("ran"), "{}", case.listing());
        fs::remove_file(case.home().join("ran")).unwrap();
    }
}
