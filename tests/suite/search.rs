//! The search for Mitsu registers in a network of its own, which nothing else is in.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::json;

use crate::util::{Case, Ran};

/// Sets up a network 10.77.0.0/24, starts a register at each given address, runs the command.
const SCRIPT: &str = r#"
    set -e
    exec 3<&0
    ip link set lo up
    ip link add v0 type veth peer name v1
    ip link set v0 up; ip link set v1 up
    ip addr add 10.77.0.1/24 dev v0
    for host in $HOSTS; do
        ip addr add "$host/24" dev v0
        mkfifo "$FOLDER/$host"
        "$SIM" --tcp "$host:8200" --serial-number "${host##*.}" $FAULT <&3 >"$FOLDER/$host" &
        simulators="$simulators $!"
        read -r ready <"$FOLDER/$host"
    done
    set +e
    "$@"
    code=$?
    kill $simulators 2>/dev/null
    exit $code
"#;

fn simulator() -> PathBuf {
    let path = PathBuf::from(env!("CARGO_BIN_EXE_getad")).with_file_name("examples").join("mitsu-sim");
    assert!(path.exists(), "{} is built by `cargo build --examples`", path.display());
    path
}

fn in_network(case: &Case, hosts: &str, fault: &str, arguments: &[&str]) -> Ran {
    let root =
        fs::metadata("/proc/self").is_ok_and(|metadata| std::os::unix::fs::MetadataExt::uid(&metadata) == 0);
    let mut command = Command::new("unshare");
    command.args(if root { ["-n"].as_slice() } else { &["-r", "-n"] });
    command.args(["sh", "-c", SCRIPT, "sh", env!("CARGO_BIN_EXE_getad"), "--lang", "en", "--home"]);
    command.arg(case.home()).args(arguments);
    let folder = tempfile::tempdir().unwrap();
    command.env("HOSTS", hosts).env("FAULT", fault).env("SIM", simulator()).env("FOLDER", folder.path());
    // The simulators live until their standard input closes: with this process at the latest.
    let (reader, writer) = std::io::pipe().unwrap();
    command.stdin(Stdio::from(reader));
    let ran = case.finish(command);
    drop(writer);
    ran
}

fn searching(case: &Case) {
    case.write("connect.json", r#"{"note":"ours","tcp_timeout":0,"mitsu":[{"name":"bar","type_connect":0},{"type_connect":0}],"atol":[{"type_connect":0}]}"#);
}

#[test]
fn registers_in_the_network_are_found_noted_and_read() {
    let case = Case::new();
    searching(&case);
    let ran = in_network(&case, "10.77.0.9 10.77.0.200 10.77.0.33", "", &["probe", "--json"]).exits(0);
    let document = ran.document();
    let mut serials: Vec<&str> = document["registers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| r["record"]["serialNumber"].as_str().unwrap())
        .collect();
    serials.sort_unstable();
    assert_eq!(serials, ["200", "33", "9"], "{}", ran.story());
    let connect = case.json("connect.json");
    assert_eq!(connect["note"], "ours");
    assert_eq!(connect["mitsu"][0]["name"], "bar");
    let mut addresses: Vec<&str> =
        connect["mitsu"].as_array().unwrap().iter().map(|entry| entry["ip"].as_str().unwrap()).collect();
    addresses.sort_unstable();
    assert_eq!(addresses, ["10.77.0.200", "10.77.0.33", "10.77.0.9"]);
    assert!(connect["mitsu"].as_array().unwrap().iter().all(|entry| entry["type_connect"] == 2));
    // They are in the configuration now: the next run does not search.
    let again = in_network(&case, "10.77.0.9", "", &["probe"]);
    assert!(
        !case.read("logs/service.log").lines().last().unwrap().contains("searching"),
        "{}",
        again.story()
    );
}

#[test]
fn nothing_found_ends_the_search_until_it_is_asked_for() {
    let case = Case::new();
    searching(&case);
    in_network(&case, "", "", &["probe"]).exits(4).prints("No register was found");
    let connect = case.json("connect.json");
    assert_eq!(
        (&connect["mitsu"][0]["type_connect"], &connect["mitsu"][1]["type_connect"]),
        (&json!(3), &json!(3))
    );
    in_network(&case, "10.77.0.9", "", &["probe"]).exits(4);
    in_network(&case, "10.77.0.9", "", &["probe", "--rescan"]).exits(0).prints("found: 1");
    assert_eq!(case.json("connect.json")["mitsu"][0]["ip"], "10.77.0.9");
}

#[test]
fn a_register_that_moved_is_found_again() {
    let case = Case::new();
    case.write(
        "connect.json",
        r#"{"tcp_timeout":0,"mitsu":[{"type_connect":2,"ip":"10.77.0.9"}],"atol":[{"type_connect":0}]}"#,
    );
    in_network(&case, "10.77.0.44", "", &["probe", "--rescan"]).exits(0);
    assert_eq!(case.json("connect.json")["mitsu"][0]["ip"], "10.77.0.44");
    // A register that is off is not forgotten.
    in_network(&case, "", "", &["probe", "--rescan"]).exits(1);
    assert_eq!(case.json("connect.json")["mitsu"][0]["ip"], "10.77.0.44");
}

#[test]
fn what_merely_echoes_or_chatters_is_no_register() {
    for fault in ["echo", "garbage", "silence"] {
        let case = Case::new();
        searching(&case);
        in_network(&case, "10.77.0.9", &format!("--fault {fault}"), &["probe"]).exits(4);
        assert_eq!(case.json("connect.json")["mitsu"][0]["type_connect"], 3, "{fault}");
    }
}

#[test]
fn nothing_is_noted_with_no_save() {
    let case = Case::new();
    searching(&case);
    let before = case.read("connect.json");
    let ran = in_network(&case, "10.77.0.9", "", &["probe", "--no-save"]).exits(0);
    assert_eq!(case.read("connect.json"), before, "{}", ran.story());
}

#[test]
fn a_missing_configuration_is_searched_for_and_written() {
    let case = Case::new();
    in_network(&case, "10.77.0.9", "", &["probe"]).exits(0);
    let connect = case.json("connect.json");
    assert_eq!(connect["mitsu"][0]["ip"], "10.77.0.9");
    assert_eq!(connect["atol"][0]["com_port"], "COM4");
}
