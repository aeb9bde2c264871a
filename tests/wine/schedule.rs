//! Tasks, and who may write to the home folder.
//!
//! Wine's own Task Scheduler starts nothing, its `schtasks` forgets triggers, accounts and actions
//! and shows nothing, so most tests put a program in its place that keeps tasks whole.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use chrono::{Local, TimeDelta};
use serde_json::{Value, json};

use crate::computer::{Computer, Home, Width};
use crate::util::Ran;

/// Has Wine take the program that stands in for its own.
pub const STAND_IN: &str = "mscoree,mshtml=;winemenubuilder.exe=d;schtasks.exe=n;powershell.exe=n";

/// Rights have a test of their own.
const INSTALL: [&str; 2] = ["install", "--keep-acl"];

/// Puts the stand-in in the place of Wine's program.
pub fn keep_tasks(computer: &Computer) {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sim/schtasks.c");
    for (width, folder) in [(Width::X64, "system32"), (Width::X86, "syswow64")] {
        let program = computer.drive().join("windows").join(folder).join("schtasks.exe");
        fs::remove_file(&program).ok();
        let mut compiler = width.compiler();
        compiler.args(["-municode", "-std=gnu99", "-Wall", "-O1", "-static-libgcc", "-o"]);
        let built = compiler.arg(&program).arg(&source).output().expect("a compiler for Windows");
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    }
}

#[track_caller]
fn finish(home: &Home<'_>, mut command: Command) -> Ran {
    command.env("WINEDLLOVERRIDES", STAND_IN);
    home.finish(command)
}

/// Runs one of our programs with the stand-in.
#[track_caller]
pub fn getad(home: &Home<'_>, width: Width, arguments: &[&str]) -> Ran {
    finish(home, home.command(width, arguments))
}

/// Where the stand-in keeps a task.
pub fn kept(computer: &Computer, name: &str) -> PathBuf {
    computer.drive().join("tasks").join(format!("Getad-{name}"))
}

/// The text of a registered task.
#[track_caller]
pub fn text(computer: &Computer, name: &str) -> String {
    let bytes = fs::read(kept(computer, name)).unwrap();
    let units = bytes.strip_prefix(b"\xFF\xFE").expect("a byte order mark").as_chunks::<2>().0;
    String::from_utf16(&units.iter().map(|&unit| u16::from_le_bytes(unit)).collect::<Vec<_>>()).unwrap()
}

/// What became of each task.
#[track_caller]
fn states(home: &Home<'_>, width: Width, arguments: &[&str]) -> Vec<String> {
    let document = getad(home, width, &[arguments, &["--json"]].concat()).exits(0).document();
    assert_eq!(document["ok"], true, "{document}");
    let tasks = document["tasks"].as_array().unwrap();
    assert!(tasks.iter().all(|task| task["difference"].is_null()), "{document}");
    let state = |task: &Value| task["state"].as_str().unwrap().to_owned();
    tasks.iter().map(state).collect()
}

#[test]
fn tasks_are_registered_kept_updated_and_removed() {
    let computer = Computer::new();
    keep_tasks(&computer);
    for width in Width::BOTH {
        let home = computer.home();
        assert_eq!(states(&home, width, &INSTALL), ["registered", "registered"]);
        for name in ["Boot", "Interval"] {
            let task = text(&computer, name);
            let arguments = format!("--home \"{}\" -q ", home.windows_path());
            assert!(task.contains(&arguments) && task.contains("\r\n"), "{task}");
            assert!(task.contains(&format!("\"C:\\getad\\{}\"", width.program())), "{task}");
            assert!(task.contains("<UserId>S-1-5-18</UserId>"), "{task}");
        }
        assert_eq!(states(&home, width, &INSTALL), ["unchanged", "unchanged"]);
        getad(&home, width, &INSTALL).exits(0).prints("Getad\\Boot: unchanged");

        home.write("service.json", r#"{"validation_fn":{"interval":5}}"#);
        assert_eq!(states(&home, width, &INSTALL), ["unchanged", "updated"]);
        assert!(text(&computer, "Interval").contains("<Interval>PT5H</Interval>"));

        assert_eq!(states(&home, width, &["uninstall", "--dry-run"]), ["removed", "removed", "absent"]);
        assert!(kept(&computer, "Boot").exists());
        assert_eq!(states(&home, width, &["uninstall"]), ["removed", "removed", "absent"]);
        assert!(!kept(&computer, "Boot").exists() && !kept(&computer, "Interval").exists());
        getad(&home, width, &["uninstall"]).exits(0).prints("Getad\\Boot: not registered");
    }
}

#[test]
fn the_task_of_a_pending_restart_is_registered_with_the_others() {
    let computer = Computer::new();
    keep_tasks(&computer);
    let at = (Local::now() + TimeDelta::hours(5)).format("%Y-%m-%d %H:%M").to_string();
    let reboot = json!({ "form": 1, "registers": [], "requested": format!("{at}:07"), "at": format!("{at}:07"),
        "scheduled": false, "closed": null });
    for width in Width::BOTH {
        let home = computer.home();
        home.write("_resources/reboot.json", reboot.to_string());
        assert_eq!(states(&home, width, &INSTALL), ["registered"; 3]);
        let task = text(&computer, "Reboot");
        assert!(
            task.contains(&format!("<StartBoundary>{}:07</StartBoundary>", at.replace(' ', "T"))),
            "{task}"
        );
        assert!(task.contains("-q schedule-reboot --run-pending"), "{task}");
        assert_eq!(home.json("_resources/reboot.json")["scheduled"], true);
        assert_eq!(states(&home, width, &INSTALL), ["unchanged"; 3]);
        for name in ["Boot", "Interval", "Reboot"] {
            let mut shown =
                computer.command("wine", &["schtasks", "/query", "/tn", &format!("Getad\\{name}"), "/xml"]);
            let shown = shown.env("WINEDLLOVERRIDES", STAND_IN).stdout(Stdio::null()).status().unwrap();
            assert!(shown.success(), "{name}");
        }
        // Planned anew it is another task, which the next `install` leaves as it is.
        getad(&home, width, &["schedule-reboot", "--at", "03:07"]).exits(0);
        assert!(text(&computer, "Reboot").contains("T03:07:00"));
        assert_eq!(states(&home, width, &INSTALL), ["unchanged"; 3]);
        assert_eq!(states(&home, width, &["uninstall"]), ["removed"; 3]);
        assert!(!kept(&computer, "Reboot").exists());
    }
}

#[test]
fn another_program_or_home_updates_the_tasks() {
    let computer = Computer::new();
    keep_tasks(&computer);
    let (one, other) = (computer.home(), computer.home());
    assert_eq!(states(&one, Width::X64, &INSTALL), ["registered", "registered"]);
    assert_eq!(states(&other, Width::X64, &INSTALL), ["updated", "updated"]);
    assert_eq!(states(&other, Width::X86, &INSTALL), ["updated", "updated"]);
    assert_eq!(states(&other, Width::X86, &INSTALL), ["unchanged", "unchanged"]);
}

#[test]
fn wines_own_scheduler_takes_the_tasks() {
    let computer = Computer::new();
    let stored = computer.drive().join("windows/system32/tasks/Getad");
    let home = computer.home();
    for width in Width::BOTH {
        // It keeps less than it is given, and that is said.
        let ran = home.getad(width, &INSTALL).exits(0).prints("Getad\\Boot: registered");
        assert!(
            ran.stderr.contains("Getad\\Boot: registered, but Windows shows it differently"),
            "{}",
            ran.story()
        );
        assert!(stored.join("Boot").exists() && stored.join("Interval").exists());
        home.getad(width, &["uninstall"]).exits(0).prints("Getad\\Boot: removed");
        assert!(!stored.join("Boot").exists() && !stored.join("Interval").exists());
    }
}

#[test]
fn the_reboot_file_is_shipped_once() {
    let computer = Computer::new();
    keep_tasks(&computer);
    let home = computer.home();
    getad(&home, Width::X86, &INSTALL).exits(0);
    assert!(home.read("_resources/reboot.bat").contains("shutdown.exe\" /r"));
    home.write("_resources/reboot.bat", "@rem mine");
    getad(&home, Width::X86, &INSTALL).exits(0);
    assert_eq!(home.read("_resources/reboot.bat"), "@rem mine");
}

#[test]
fn batch_files_work_from_a_folder_with_blanks_and_cyrillic_letters() {
    let computer = Computer::new();
    keep_tasks(&computer);
    let home = computer.home();
    home.copy(&Width::X86.built_program(), "getad.exe");
    let scripts = concat!(env!("CARGO_MANIFEST_DIR"), "/scheduler");
    for name in ["install.cmd", "uninstall.cmd"] {
        let content = fs::read(format!("{scripts}/{name}")).unwrap();
        home.write(&format!("scheduler/{name}"), content);
    }
    let script = |name: &str, argument: &str| {
        let path = format!("{}\\scheduler\\{name}", home.windows_path());
        finish(&home, computer.command("wine", &["cmd", "/c", &path, "--lang", "en", argument]))
    };
    script("install.cmd", "--keep-acl").exits(0).prints("Getad\\Boot: registered");
    let task = text(&computer, "Boot");
    assert!(task.contains(&format!("\"{}\\getad.exe\"", home.windows_path())), "{task}");
    script("uninstall.cmd", "--quiet").exits(0);
    assert!(!kept(&computer, "Boot").exists());
    fs::remove_file(home.home().join("getad.exe")).unwrap();
    script("install.cmd", "--quiet").exits(1).complains("getad.exe is neither beside this file");
}

/// Keeps what it is called with, and refuses while a file says so.
const POWERSHELL: &str = r#"
#include <stdio.h>
#include <windows.h>
int main(void) {
    FILE *file = fopen("C:\\powershell.txt", "wb");
    fwrite(GetCommandLineW(), sizeof(WCHAR), wcslen(GetCommandLineW()), file);
    fclose(file);
    if (GetFileAttributesA("C:\\refuse") == INVALID_FILE_ATTRIBUTES) return 0;
    fputs("Add-MpPreference : 0x800106ba\r\n", stderr);
    return 1;
}
"#;

fn keep_commands(computer: &Computer) {
    let source = computer.drive().join("powershell.c");
    fs::write(&source, POWERSHELL).unwrap();
    for (width, folder) in [(Width::X64, "system32"), (Width::X86, "syswow64")] {
        let folder = computer.drive().join("windows").join(folder).join("WindowsPowerShell/v1.0");
        fs::create_dir_all(&folder).unwrap();
        fs::remove_file(folder.join("powershell.exe")).ok();
        let built =
            width.compiler().arg("-o").arg(folder.join("powershell.exe")).arg(&source).output().unwrap();
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    }
}

#[test]
fn defender_is_told_to_leave_the_folder_alone() {
    let computer = Computer::new();
    keep_tasks(&computer);
    keep_commands(&computer);
    let install = [&INSTALL[..], &["--defender-exclusion"]].concat();
    for width in Width::BOTH {
        let home = computer.home();
        let told = computer.drive().join("powershell.txt");
        fs::remove_file(&told).ok();
        getad(&home, width, &INSTALL).exits(0);
        assert!(!told.exists(), "only when asked for");
        getad(&home, width, &install).exits(0).prints("Microsoft Defender leaves the folder alone");
        // The folder of the program comes last.
        let bytes = fs::read(&told).unwrap();
        let units: Vec<u16> = bytes.as_chunks::<2>().0.iter().map(|&unit| u16::from_le_bytes(unit)).collect();
        let command = String::from_utf16(&units).unwrap();
        assert!(command.contains(r"Add-MpPreference -ExclusionPath 'C:\getad'"), "{command}");

        let refuse = computer.drive().join("refuse");
        fs::write(&refuse, "").unwrap();
        let ran = getad(&home, width, &[&install[..], &["--json"]].concat()).exits(0);
        let ran = ran.complains("no exception was made in Microsoft Defender: Add-MpPreference : 0x800106ba");
        assert_eq!(ran.document()["defender_exclusion"], false);
        fs::remove_file(&refuse).unwrap();
    }
}

/// True when everybody may write: what Wine makes of it is in the mode of the file.
fn is_open(path: &Path) -> bool {
    fs::metadata(path).unwrap().permissions().mode() & 0o002 != 0
}

#[test]
fn ordinary_users_lose_the_right_to_write() {
    let computer = Computer::new();
    keep_tasks(&computer);
    for width in Width::BOTH {
        let home = computer.home();
        home.write("updater/new.exe", "").write("service.json", r#"{"service":{"log_level":"debug"}}"#);
        let places = ["", "updater", "updater/new.exe"].map(|name| home.home().join(name));
        for place in &places {
            fs::set_permissions(place, fs::Permissions::from_mode(0o777)).unwrap();
        }
        let ran = getad(&home, width, &INSTALL).exits(0).complains("Without --keep-acl");
        assert!(ran.stderr.contains("S-1-1-0"), "{}", ran.story());
        assert!(places.iter().all(|place| is_open(place)));

        // Under Wine all files belong to the user, and stay his: nothing is to run from there.
        getad(&home, width, &["uninstall"]).exits(0);
        let ran = getad(&home, width, &["install", "--json"]).exits(1).complains("no task is registered");
        let document = ran.document();
        assert_eq!((&document["ok"], &document["tasks"]), (&false.into(), &json!([])), "{document}");
        assert_eq!(document["folders"][0]["state"], "failed", "{document}");
        let left = document["folders"][0]["writers"].to_string();
        assert!(!left.contains("S-1-1-0") && left.contains("S-1-5-21-"), "{document}");
        assert!(!places.iter().any(|place| is_open(place)), "{document}");
        assert!(!kept(&computer, "Boot").exists() && !kept(&computer, "Interval").exists());
        assert!(home.read("logs/service.log").contains("running as S-1-5-21-"), "{}", home.listing());
    }
}
