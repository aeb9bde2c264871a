//! Tasks, and who may write to the home folder.
//!
//! Wine's Task Scheduler keeps tasks and starts none; its `schtasks /query` prints nothing, so
//! what is registered is looked up in the scheduler's folder, where Windows has it too.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::computer::{Computer, Home, Width};

/// Where the scheduler keeps a task.
fn stored(computer: &Computer, name: &str) -> PathBuf {
    computer.drive().join("windows/system32/tasks/Getad").join(name)
}

/// The text of a registered task.
#[track_caller]
fn text(computer: &Computer, name: &str) -> String {
    let bytes = fs::read(stored(computer, name)).unwrap();
    let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
    let wide = bytes.starts_with(b"\xFF\xFE");
    if wide { String::from_utf16(&units).unwrap() } else { String::from_utf8(bytes).unwrap() }
}

#[track_caller]
fn states(home: &Home<'_>, width: Width, arguments: &[&str]) -> Vec<String> {
    let document = home.getad(width, &[arguments, &["--json"]].concat()).exits(0).document();
    assert_eq!(document["ok"], true, "{document}");
    let state = |task: &Value| task["state"].as_str().unwrap().to_owned();
    document["tasks"].as_array().unwrap().iter().map(state).collect()
}

#[test]
fn tasks_are_registered_kept_updated_and_removed() {
    let computer = Computer::new();
    for width in Width::BOTH {
        let home = computer.home();
        assert_eq!(states(&home, width, &["install"]), ["registered", "registered"]);
        for name in ["Boot", "Interval"] {
            let task = text(&computer, name);
            let arguments = format!("--home \"{}\" -q ", home.windows_path());
            assert!(task.contains(&arguments), "{task}");
            assert!(task.contains(width.program()) && task.contains("S-1-5-18"), "{task}");
            let query = ["schtasks", "/query", "/tn", &format!("Getad\\{name}"), "/xml"];
            home.finish(computer.command("wine", &query)).exits(0);
        }
        assert_eq!(states(&home, width, &["install"]), ["unchanged", "unchanged"]);
        home.getad(width, &["install"]).exits(0).prints("Getad\\Boot: unchanged");

        home.write("service.json", r#"{"validation_fn":{"interval":5}}"#);
        assert_eq!(states(&home, width, &["install"]), ["unchanged", "updated"]);
        assert!(text(&computer, "Interval").contains("<Interval>PT5H</Interval>"));

        assert_eq!(states(&home, width, &["uninstall", "--dry-run"]), ["removed", "removed", "absent"]);
        assert!(stored(&computer, "Boot").exists());
        assert_eq!(states(&home, width, &["uninstall"]), ["removed", "removed", "absent"]);
        assert!(!stored(&computer, "Boot").exists() && !stored(&computer, "Interval").exists());
        home.getad(width, &["uninstall"]).exits(0).prints("Getad\\Boot: not registered");
    }
}

#[test]
fn another_program_or_home_updates_the_tasks() {
    let computer = Computer::new();
    let (one, other) = (computer.home(), computer.home());
    assert_eq!(states(&one, Width::X64, &["install"]), ["registered", "registered"]);
    assert_eq!(states(&other, Width::X64, &["install"]), ["updated", "updated"]);
    assert_eq!(states(&other, Width::X86, &["install"]), ["updated", "updated"]);
    assert_eq!(states(&other, Width::X86, &["install"]), ["unchanged", "unchanged"]);
}

#[test]
fn the_reboot_file_is_shipped_once() {
    let computer = Computer::new();
    let home = computer.home();
    home.getad(Width::X86, &["install"]).exits(0);
    assert!(home.read("_resources/reboot.bat").contains("shutdown.exe\" /r"));
    home.write("_resources/reboot.bat", "@rem mine");
    home.getad(Width::X86, &["install"]).exits(0);
    assert_eq!(home.read("_resources/reboot.bat"), "@rem mine");
}

#[test]
fn batch_files_work_from_a_folder_with_blanks_and_cyrillic_letters() {
    let computer = Computer::new();
    let home = computer.home();
    home.copy(&Width::X86.built_program(), "getad.exe");
    let scripts = concat!(env!("CARGO_MANIFEST_DIR"), "/scheduler");
    for name in ["install.cmd", "uninstall.cmd"] {
        let content = fs::read(format!("{scripts}/{name}")).unwrap();
        home.write(&format!("scheduler/{name}"), content);
    }
    let script = |name: &str, argument: &str| {
        let path = format!("{}\\scheduler\\{name}", home.windows_path());
        home.finish(computer.command("wine", &["cmd", "/c", &path, "--lang", "en", argument]))
    };
    script("install.cmd", "--keep-acl").exits(0).prints("Getad\\Boot: registered");
    let task = text(&computer, "Boot");
    assert!(task.contains(&format!("\"{}\\getad.exe\"", home.windows_path())), "{task}");
    script("uninstall.cmd", "--quiet").exits(0);
    assert!(!stored(&computer, "Boot").exists());
    fs::remove_file(home.home().join("getad.exe")).unwrap();
    script("install.cmd", "--quiet").exits(1).complains("getad.exe is neither beside this file");
}
