//! `migrate`: an installation of the predecessor is taken over, and what is here already is not lost.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::util::{Case, Ran};

const RECORD: &str = "{\n    \"modelName\": \"АТОЛ 22 v2 Ф\",\n    \"serialNumber\": \"00123456790012\"\n}";
const FISCALS: &str = r#"{"atol":[{"serialNumber":"00123456790012","fn_serial":"7380440700067159","v_time":"2026-11-20 10:00:00"}],"mitsu":[],"shtrih":[]}"#;
const CONNECT: &str = r#"{"atol":[{"type_connect":1,"com_port":"COM4"}],"mitsu":[{"type_connect":3}]}"#;
const SERVICE: &str = r#"{"service":{"updater_name":"get.bat","reboot_file":"again.bat"},"shtrihscanner":{"enabled":true,"exe_name":"plugin\\scan.exe"},"sending_data":{"url_list":[{"encryption":true,"url":"sealed-url","api_key":"sealed-key"}]}}"#;
/// Made with the key that the predecessor's source code publishes, and what is in it.
const WRAPPED: &str = "gAAAAABlU_EAgqVw1_BclTm9-jBvu7FDmSvIL80S5OyPPgUVQVfYeDeeXlLn7cMExqOYStqgva5ANIwjfu_ZoC0LkXQ_m2sxcEYeHNBN5pLNsJqfpVL14FoKQHg0udQKCa4GC-QkFabT";
const UNWRAPPED: &str = "e96c6ccf-75c4-e8f3-4b99-f27b9e09c8ca";
/// A key of somebody's own.
const KEY: &str = "0123456789abcdef0123456789abcdef0123456789A=";
/// Bytes that are no text in any encoding that matters here.
const LIBRARY: &[u8] = b"MZ\x00\xFF\xFE\x98\r\n";

/// Writes an installation of the predecessor as its users have it.
fn install_predecessor(folder: &Path) {
    let files: [(&str, &[u8]); 16] = [
        ("getadsc.exe", b"MZ"),
        ("connect.json", CONNECT.as_bytes()),
        ("service.json", &[b"\xEF\xBB\xBF", SERVICE.as_bytes()].concat()),
        ("fptr10.dll", LIBRARY),
        ("plugin/scan.exe", b"MZ plugin"),
        ("plugin/scan.ini", b"[x]"),
        ("date/00123456790012.json", RECORD.as_bytes()),
        ("date/notes.txt", b"mine"),
        ("_resources/uuid", WRAPPED.as_bytes()),
        ("_resources/key", KEY.as_bytes()),
        ("_resources/fiscals.json", FISCALS.as_bytes()),
        ("_resources/again.bat", b"shutdown /r\r\n"),
        ("updater/get.bat", b"echo\r\n"),
        ("updater/lib/settings.ini", b"[x]\r\n"),
        ("logs/2026-11-20-service.log", b"log"),
        ("favicon.ico", b"icon"),
    ];
    for (name, content) in files {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
}

const TAKEN: [&str; 10] = [
    "connect.json",
    "service.json",
    "_resources/uuid",
    "_resources/key",
    "_resources/fiscals.json",
    "fptr10.dll",
    "_resources/again.bat",
    "plugin/scan.exe",
    "date/00123456790012.json",
    "updater/get.bat",
];

/// An empty home folder, and an installation of the predecessor beside it.
fn case() -> (Case, PathBuf) {
    let case = Case::named("Касса 1");
    let folder = case.outside().join("Служба getad");
    install_predecessor(&folder);
    (case, folder)
}

#[track_caller]
fn migrate(case: &Case, folder: &Path, options: &[&str]) -> Ran {
    case.run(&[&["migrate", folder.to_str().unwrap()], options].concat())
}

/// What became of a file.
#[track_caller]
fn state(document: &Value, name: &str) -> String {
    let files = document["files"].as_array().unwrap();
    let entry = files.iter().find(|entry| entry["file"] == name);
    entry.unwrap_or_else(|| panic!("{name}: {document:#}"))["state"].as_str().unwrap().to_owned()
}

#[test]
fn everything_that_getad_uses_is_copied_as_it_is() {
    let (case, folder) = case();
    let document = migrate(&case, &folder, &["--json"]).exits(0).document();
    assert_eq!(document["ok"], true);
    assert_eq!(document["in_place"], false);
    for name in TAKEN.into_iter().chain(["updater/lib/settings.ini", "plugin/scan.ini"]) {
        assert_eq!(state(&document, name), "taken");
        let bytes = |folder: &Path| fs::read(folder.join(name)).unwrap();
        assert_eq!(bytes(case.home()), bytes(&folder), "{name}");
    }
    let left = json!([
        {"file": "favicon.ico", "reason": "unknown"},
        {"file": "getadsc.exe", "reason": "program"},
        {"file": "logs", "reason": "logs"},
        {"file": "date/notes.txt", "reason": "unknown"},
    ]);
    assert_eq!(document["left"], left);
    case.run(&["config", "check"]).exits(0);
    case.run(&["config", "show"]).exits(0).prints("again.bat");
}

#[test]
fn it_says_what_it_did_in_two_languages() {
    let (case, folder) = case();
    let ran = migrate(&case, &folder, &[]).exits(0).prints("plugin/scan.exe").prints("taken");
    let ran = ran.prints("not needed: getadsc.exe").prints("not known to getad: favicon.ico, date/notes.txt");
    let ran = ran.prints("Next: `getad config check`").complains("the updater was made for the predecessor");
    let ran = ran.complains("encrypted values that no known key opens");
    for text in [ran.stdout, ran.stderr, case.read("logs/service.log")] {
        assert!(!text.contains("sealed-") && !text.contains("0123456789abcdef"), "{text}");
    }
    let ran = migrate(&case, &folder, &["--lang", "ru"]).exits(0).prints("такой уже есть");
    ran.prints("Оставлено на месте:").complains("программа обновления сделана для прежней службы");
}

#[test]
fn it_can_be_repeated() {
    let (case, folder) = case();
    migrate(&case, &folder, &[]).exits(0);
    let before: Vec<_> = TAKEN.map(|name| fs::read(case.home().join(name)).unwrap()).into();
    let document = migrate(&case, &folder, &["--json"]).exits(0).document();
    for (name, before) in TAKEN.into_iter().zip(before) {
        assert_eq!(state(&document, name), "same");
        assert_eq!(fs::read(case.home().join(name)).unwrap(), before, "{name}");
    }
}

#[test]
fn what_is_here_already_is_kept_and_named() {
    let (case, folder) = case();
    let ours = r#"{"atol":[{"type_connect":3}]}"#;
    case.write("connect.json", ours)
        .write("date/00123456790012.json", "{\"serialNumber\":\"00123456790012\"}");
    case.write("fptr10.dll", "newer").write("_resources/uuid", "11111111-2222-3333-4444-555555555555");
    let ran =
        migrate(&case, &folder, &["--json"]).exits(0).complains("were kept: connect.json, _resources/uuid");
    let ran = ran.complains("To take the predecessor's, remove them from");
    let document = ran.document();
    for name in ["connect.json", "date/00123456790012.json", "fptr10.dll", "_resources/uuid"] {
        assert_eq!(state(&document, name), "kept");
    }
    assert_eq!(state(&document, "service.json"), "taken");
    assert_eq!((case.read("connect.json"), case.read("fptr10.dll")), (ours.to_owned(), "newer".to_owned()));
}

#[test]
fn what_says_the_same_in_another_form_is_the_same() {
    let (case, folder) = case();
    let again: Value = serde_json::from_str(CONNECT).unwrap();
    case.write("connect.json", serde_json::to_string_pretty(&again).unwrap());
    case.write("_resources/uuid", UNWRAPPED);
    let document = migrate(&case, &folder, &["--json"]).exits(0).document();
    assert_eq!([state(&document, "connect.json"), state(&document, "_resources/uuid")], ["same", "same"]);
    assert_eq!(case.read("_resources/uuid"), UNWRAPPED);
}

#[test]
fn shipped_files_give_way() {
    let (case, folder) = case();
    case.run(&["config", "init"]).exits(0);
    case.write("_resources/fiscals.json", r#"{"atol":[],"mitsu":[],"shtrih":[]}"#);
    fs::write(folder.join("service.json"), "{}").unwrap();
    fs::write(folder.join("_resources/reboot.bat"), "mine").unwrap();
    case.write("_resources/reboot.bat", include_str!("../../scheduler/reboot.bat"));
    let document = migrate(&case, &folder, &["--json"]).exits(0).document();
    for name in ["connect.json", "service.json", "_resources/fiscals.json", "_resources/reboot.bat"] {
        assert_eq!(state(&document, name), "replaced", "{document:#}");
        assert_eq!(case.read(name), fs::read_to_string(folder.join(name)).unwrap());
    }
}

#[test]
fn broken_files_are_named_with_their_place_and_the_rest_is_taken() {
    let (case, folder) = case();
    fs::write(folder.join("connect.json"), "{\n    \"tcp_timeout\": 30\n    \"atol\": []\n}\n").unwrap();
    fs::write(folder.join("service.json"), b"{\"service\":{\"updater_name\":\"\xEE\xE1\"}}").unwrap();
    fs::write(folder.join("date/00123456790012.json"), "").unwrap();
    fs::write(folder.join("_resources/fiscals.json"), "[]").unwrap();
    let ran = migrate(&case, &folder, &["--json"]).exits(5).complains("connect.json, line 3, column 5");
    let ran = ran
        .complains("not UTF-8")
        .complains("00123456790012.json is empty")
        .complains("fiscals.json, line 1");
    let document = ran.document();
    assert_eq!(document["ok"], false);
    for name in ["connect.json", "service.json", "date/00123456790012.json", "_resources/fiscals.json"] {
        assert_eq!(state(&document, name), "failed");
        assert!(!case.has(name), "{name}");
    }
    assert_eq!(state(&document, "_resources/uuid"), "taken");
    assert!(document["files"][0]["error"].as_str().unwrap().contains("line 3"), "{document:#}");
}

#[test]
fn nothing_usable_at_all_is_a_failure() {
    let case = Case::new();
    let folder = case.outside().join("old");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("connect.json"), "{").unwrap();
    migrate(&case, &folder, &[]).exits(1).complains("connect.json, line 1");
    assert!(!case.has("connect.json"), "{}", case.listing());
}

#[test]
fn a_folder_of_something_else_is_nothing_to_do() {
    let case = Case::new();
    let folder = case.outside().join("other");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("program.exe"), "MZ").unwrap();
    let ran = migrate(&case, &folder, &["--json"])
        .exits(4)
        .complains("holds nothing of getad-service or POSRelayd");
    assert_eq!(ran.document()["files"], json!([]));
    migrate(&case, &folder.join("absent"), &[])
        .exits(1)
        .complains("there is no folder")
        .complains("getadsc.exe");
    migrate(&case, &folder.join("program.exe"), &["--lang", "ru"]).exits(1).complains("папки");
    case.run(&["migrate"]).exits(2);
}

#[test]
fn in_the_predecessors_own_folder_everything_is_in_its_place() {
    let case = Case::new();
    install_predecessor(case.home());
    case.write("date/broken.json", "{");
    let listing = |case: &Case| {
        let mut files: Vec<_> = TAKEN.map(|name| fs::read(case.home().join(name)).unwrap()).into();
        files.push(fs::read(case.home().join("date/broken.json")).unwrap());
        files
    };
    let before = listing(&case);
    let same = case.home().join("date").join("..");
    let ran = migrate(&case, &same, &["--json"]).exits(5).complains("broken.json, line 1");
    let document = ran.document();
    assert_eq!((&document["in_place"], &document["left"]), (&json!(true), &json!([])));
    assert!(TAKEN.iter().all(|name| state(&document, name) == "here"), "{document:#}");
    assert_eq!(before, listing(&case));
    fs::remove_file(case.home().join("date/broken.json")).unwrap();
    migrate(&case, case.home(), &[]).exits(0).prints("in its place");
}

#[test]
fn names_in_service_json_do_not_lead_out_of_the_folder() {
    let (case, folder) = case();
    fs::write(case.outside().join("evil.exe"), "MZ").unwrap();
    let names = r#"{"service":{"reboot_file":"../../evil.exe"},"shtrihscanner":{"exe_name":"..\\evil.exe"}}"#;
    fs::write(folder.join("service.json"), names).unwrap();
    let ran = migrate(&case, &folder, &["--json"]).exits(0);
    assert!(!ran.stdout.contains("evil"), "{}", ran.story());
}

#[test]
fn encrypted_values_that_a_key_opens_are_no_reason_to_warn() {
    let (case, folder) = case();
    let settings = SERVICE.replace("sealed-url", WRAPPED).replace("sealed-key", WRAPPED);
    fs::write(folder.join("service.json"), settings).unwrap();
    let ran = migrate(&case, &folder, &[]).exits(0);
    assert!(!ran.stderr.contains("no known key"), "{}", ran.story());
}

#[cfg(unix)]
#[test]
fn the_key_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let (case, folder) = case();
    migrate(&case, &folder, &[]).exits(0);
    let mode = fs::metadata(case.home().join("_resources/key")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[cfg(unix)]
#[test]
fn links_are_not_followed() {
    let (case, folder) = case();
    fs::write(case.outside().join("secret"), "x").unwrap();
    for name in ["updater/link", "date/1.json"] {
        std::os::unix::fs::symlink(case.outside().join("secret"), folder.join(name)).unwrap();
        let document = migrate(&case, &folder, &["--json"]).exits(0).document();
        assert!(!case.has(name), "{document:#}");
    }
}

#[cfg(not(windows))]
#[test]
fn without_windows_the_files_are_taken_and_there_is_no_service() {
    let (case, folder) = case();
    let ran = migrate(&case, &folder, &["--remove-service", "--json"]).exits(5);
    let ran = ran.complains("services exist only in Windows");
    let document = ran.document();
    assert_eq!(document["services"][0]["state"], "failed");
    assert_eq!(state(&document, "connect.json"), "taken");
}
