//! What stays on disk: records, known registers, identity; and what a mishap leaves of them.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::sim::{ANY_PORT, Fault, Register, Server, Setup, When};
use crate::util::Case;

const SERIAL: &str = "065001234567890";
const FN: &str = "9999078902014447";
/// A uuid under the predecessor's published key, made with another implementation of Fernet.
const UUID: &str = "6cb34107-cfb2-9ba1-b1ff-4823d63ea8d7";
pub const NOBODY: u32 = 65_534;

fn mitsu(setup: Setup) -> (Server, Case) {
    let server = setup.serve_tcp(ANY_PORT).expect("a free port");
    let case = Case::new();
    connect(&case, &server);
    (server, case)
}

fn connect(case: &Case, server: &Server) {
    let (ip, port) = server.place().rsplit_once(':').unwrap();
    let mitsu = json!([{ "type_connect": 2, "ip": ip, "ip_port": port }]);
    case.write(
        "connect.json",
        json!({ "tcp_timeout": 0, "atol": [{ "type_connect": 0 }], "mitsu": mitsu }).to_string(),
    );
}

fn absent(case: &Case) {
    let mitsu = json!([{ "type_connect": 1, "com_port": "/dev/no-such-port" }]);
    case.write("connect.json", json!({ "atol": [{ "type_connect": 0 }], "mitsu": mitsu }).to_string());
}

#[test]
fn records_of_registers_that_do_not_answer_stay() {
    let (_server, case) = mitsu(Setup::default());
    case.write("date/00100.json", r#"{"serialNumber":"00100"}"#);
    case.run(&["probe"]).exits(0);
    assert_eq!(case.names("date"), ["00100.json".to_owned(), format!("{SERIAL}.json")]);
    let before = case.read(&format!("date/{SERIAL}.json"));
    absent(&case);
    case.run(&["probe"]).exits(1);
    assert_eq!(case.read(&format!("date/{SERIAL}.json")), before);
    assert_eq!(case.read("date/00100.json"), r#"{"serialNumber":"00100"}"#);
}

#[test]
fn a_workstation_without_a_register_has_a_record_until_one_answers() {
    let (server, case) = mitsu(Setup::default());
    absent(&case);
    case.write("date/TV123_AD456.json", "{}");
    case.run(&["probe"]).exits(1);
    assert_eq!(case.names("date"), ["TVNone_ADNone.json"]);
    let text = case.read("date/TVNone_ADNone.json");
    let record: Value = serde_json::from_str(&text).unwrap();
    let keys: Vec<&str> = record.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(
        keys,
        [
            "hostname",
            "url_rms",
            "teamviewer_id",
            "anydesk_id",
            "litemanager_id",
            "current_time",
            "vc",
            "uuid"
        ]
    );
    serde_json::from_str::<getad::state::record::WorkstationRecord>(&text).expect("decodes strictly");
    connect(&case, &server);
    case.run(&["probe"]).exits(0);
    assert_eq!(case.names("date"), [format!("{SERIAL}.json")]);
}

#[test]
fn one_brand_that_is_silent_says_nothing_about_the_workstation() {
    let case = Case::new();
    absent(&case);
    case.run(&["probe", "--brand", "mitsu"]).exits(1);
    assert_eq!(case.names("date"), Vec::<String>::new());
}

#[test]
fn nothing_configured_and_nothing_found_is_nothing_to_do() {
    let case = Case::new();
    case.write("connect.json", r#"{"atol":[{"type_connect":0}],"mitsu":[{"type_connect":3}]}"#);
    case.run(&["probe"]).exits(4).prints("No register was found");
    assert_eq!(case.names("date"), ["TVNone_ADNone.json"]);
}

#[test]
fn nothing_is_written_with_no_save() {
    let (_server, case) = mitsu(Setup::default());
    case.write("_resources/fiscals.json", "broken");
    let ran = case.run(&["probe", "--no-save", "--json"]).exits(0);
    assert_eq!(ran.document()["registers"][0]["file"], Value::Null);
    assert_eq!(case.names("date"), Vec::<String>::new());
    assert_eq!(case.names("metrics"), Vec::<String>::new());
    assert_eq!(case.read("_resources/fiscals.json"), "broken");
    assert!(!case.has("_resources/uuid"), "{}", case.listing());
}

#[test]
fn known_registers_keep_what_others_wrote() {
    let (_server, case) = mitsu(Setup::default());
    let known = json!({
        "atol": [{ "serialNumber": "1", "fn_serial": "2", "v_time": "2026-01-02 03:04:05", "mark": true }],
        "mitsu": [{ "serialNumber": "", "fn_serial": "", "v_time": "" }, { "serialNumber": SERIAL, "fn_serial": "old", "v_time": "x" }],
        "shtrih": [{ "serialNumber": "1234567890123456", "fn_serial": "3", "v_time": "2026-01-02 03:04:05" }],
        "more": [1],
    });
    case.write("_resources/fiscals.json", format!("\u{feff}{known}"));
    case.run(&["probe"]).exits(0);
    let after = case.json("_resources/fiscals.json");
    assert_eq!(
        (&after["atol"], &after["shtrih"], &after["more"]),
        (&known["atol"], &known["shtrih"], &known["more"])
    );
    assert_eq!(after["mitsu"].as_array().unwrap().len(), 1);
    assert_eq!(after["mitsu"][0]["fn_serial"], FN);
}

#[test]
fn a_broken_state_file_is_set_aside_and_rebuilt() {
    let (_server, case) = mitsu(Setup::default());
    let record = |serial: &str, licenses: Value| {
        json!({ "serialNumber": serial, "fn_serial": format!("FN{serial}"), "v_time": "2026-01-02 03:04:05", "licenses": licenses }).to_string()
    };
    case.write("date/100.json", record("100", json!({ "1": {} })));
    case.write("date/1234567890123456.json", record("1234567890123456", json!("нет")));
    case.write("date/300.json", record("300", json!("None")))
        .write("date/TV1_AD2.json", "{}")
        .write("date/x.json", "half");
    case.write("_resources/fiscals.json", "{\"atol\": [{\"serialNu");
    let ran = case.run(&["probe"]).exits(0).complains("fiscals.json was broken");
    let names = case.names("_resources");
    let aside = names
        .iter()
        .find(|name| name.starts_with("fiscals.json.broken-"))
        .unwrap_or_else(|| panic!("{}", ran.story()));
    assert_eq!(case.read(&format!("_resources/{aside}")), "{\"atol\": [{\"serialNu");
    let fiscals = case.json("_resources/fiscals.json");
    let serials = |brand: &str| -> Vec<String> {
        fiscals[brand]
            .as_array()
            .unwrap()
            .iter()
            .map(|known| known["serialNumber"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(serials("atol"), ["100"]);
    assert_eq!(serials("mitsu"), ["300", SERIAL]);
    assert_eq!(serials("shtrih"), ["1234567890123456"]);
}

#[test]
fn identity_comes_from_the_file_if_it_holds_one() {
    let (_server, case) = mitsu(Setup::default());
    let uuid = |case: &Case| case.json(&format!("date/{SERIAL}.json"))["uuid"].clone();
    case.run(&["probe"]).exits(0);
    let computed = uuid(&case);
    assert_eq!(case.read("_resources/uuid"), computed.as_str().unwrap());
    case.write("_resources/uuid", format!("{UUID}\r\n"));
    case.run(&["probe"]).exits(0);
    assert_eq!(uuid(&case), UUID);
    // What we cannot read may be a token under the user's own key: it stays.
    case.write("_resources/uuid", "gAAAAABother");
    case.run(&["probe"]).exits(0);
    assert_eq!((uuid(&case), case.read("_resources/uuid").as_str()), (computed, "gAAAAABother"));
}

#[test]
fn what_a_power_cut_left_behind_is_overwritten() {
    let (_server, case) = mitsu(Setup::default());
    case.write(&format!("date/{SERIAL}.json.getad-tmp"), "{\"half");
    case.run(&["probe"]).exits(0);
    assert_eq!(case.names("date"), [format!("{SERIAL}.json")]);
}

#[test]
fn a_kill_in_the_middle_leaves_whole_files_and_a_free_lock() {
    let (server, case) = mitsu(Setup::default());
    case.run(&["probe"]).exits(0);
    let before = case.read(&format!("date/{SERIAL}.json"));
    server.update(|setup| *setup = Setup::default().fault(When::Command("GET REG"), Fault::silence()));
    let asked = server.received().len();
    let mut running = case.command(&["probe"]).spawn().unwrap();
    while !server.received().iter().skip(asked).any(|command| command.text.contains("REG")) {
        std::thread::yield_now();
    }
    running.kill().unwrap();
    running.wait().unwrap();
    assert_eq!(case.read(&format!("date/{SERIAL}.json")), before);
    server.update(|setup| *setup = Setup::default());
    case.run(&["probe", "--lock-timeout", "0"]).exits(0);
}

#[test]
fn two_copies_at_once_take_turns() {
    let (server, case) = mitsu(Setup::default());
    let start = || case.command(&["probe", "--json"]).stdout(Stdio::piped()).spawn().unwrap();
    let (one, two) = (start(), start());
    for running in [one, two] {
        let ended = running.wait_with_output().unwrap();
        assert_eq!(ended.status.code(), Some(0), "{}", String::from_utf8_lossy(&ended.stdout));
    }
    // The first question of one copy never stands between questions of the other.
    let commands: Vec<String> = server.received().into_iter().map(|command| command.text).collect();
    let (first, second) = commands.split_at(commands.len() / 2);
    assert_eq!(first, second, "{commands:?}");
}

/// The binary where every user can run it.
pub fn public_binary(case: &Case) -> std::path::PathBuf {
    let binary = case.outside().join("getad");
    // A process of its own copies: a file that we had open for writing could be inherited by the
    // child of another test just then, and could not be run as long as that lives.
    let copied = Command::new("cp").arg(env!("CARGO_BIN_EXE_getad")).arg(&binary).status().unwrap();
    assert!(copied.success());
    fs::set_permissions(case.outside(), fs::Permissions::from_mode(0o755)).unwrap();
    binary
}

#[test]
fn an_ordinary_user_is_told_what_is_not_allowed() {
    let (_server, case) = mitsu(Setup::default());
    fs::set_permissions(case.home(), fs::Permissions::from_mode(0o555)).unwrap();
    let binary = public_binary(&case);
    let run = |arguments: &[&str]| {
        let mut command = Command::new(&binary);
        command.args(["--lang", "en", "--home"]).arg(case.home()).args(arguments);
        // Root may write everywhere; the test then steps down.
        if rustix_is_root() {
            command.uid(NOBODY).gid(NOBODY);
        }
        case.finish(command)
    };
    run(&["probe"]).exits(1).complains("cannot be written").complains("Run as administrator");
    run(&["config", "init"]).exits(1).complains("cannot be written");
    run(&["config", "check"]).exits(0);
    // Reading alone needs no right to write.
    let ran = run(&["probe", "--no-save"]).exits(0);
    assert!(ran.stdout.contains(SERIAL), "{}", ran.story());
    fs::set_permissions(case.home().join("connect.json"), fs::Permissions::from_mode(0o000)).unwrap();
    run(&["probe"]).exits(3).complains("connect.json cannot be read");
    fs::set_permissions(case.home(), fs::Permissions::from_mode(0o755)).unwrap();
}

pub fn rustix_is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    fs::metadata("/proc/self").is_ok_and(|metadata| metadata.uid() == 0)
}

#[test]
fn a_full_disk_loses_nothing_and_is_said() {
    let mut register = Register::default();
    register.set("GET REG", "T1048", &"Ж".repeat(1500));
    let (server, case) = mitsu(Setup::new(register));
    let (ip, port) = server.place().rsplit_once(':').unwrap();
    // The home folder is a file system of one page per file; only this process tree sees it.
    let script = r#"
        mount -t tmpfs -o size=40k none "$1" || exit 99
        cd "$1" && mkdir date _resources logs metrics
        echo '{"serialNumber":"065001234567890","old":1}' > date/065001234567890.json
        printf '{"tcp_timeout":0,"mitsu":[{"type_connect":2,"ip":"%s","ip_port":"%s"}],"atol":[{"type_connect":0}]}' "$3" "$4" > connect.json
        dd if=/dev/zero of=ballast bs=4096 count=100 2>/dev/null
        "$2" --home "$1" --lang en probe; echo "exit: $?"
        cat date/065001234567890.json; ls -A date
        rm ballast
        "$2" --home "$1" --lang en probe -q; echo "exit: $?"
        cat date/065001234567890.json | head -c 60
    "#;
    let mut command = Command::new("unshare");
    command.args(if rustix_is_root() { ["-m"].as_slice() } else { &["-r", "-m"] });
    command
        .args(["sh", "-c", script, "sh"])
        .arg(case.home())
        .arg(env!("CARGO_BIN_EXE_getad"))
        .args([ip, port]);
    let ran = case.finish(command).exits(0);
    let ran = ran
        .prints("exit: 1")
        .prints("{\"serialNumber\":\"065001234567890\",\"old\":1}\n065001234567890.json\n");
    assert!(ran.stderr.contains("The disk is full"), "{}", ran.story());
    assert!(ran.stdout.contains("exit: 0"), "{}", ran.story());
}
