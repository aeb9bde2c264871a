//! The packages: what is in the programs, and the MSI from installation to removal.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::computer::{Computer, Width, built};
use crate::schedule::{STAND_IN, keep_tasks, kept, text};
use crate::util::Ran;

const VERSION: &str = env!("CARGO_PKG_VERSION");
const FOLDER: &str = "Program Files (x86)/getad";
/// Under Wine a user owns the disk, and his right to write cannot be taken away.
const OPTIONS: &str = "INSTALLOPTIONS=--keep-acl";
const OURS: &str = r#"{"atol":[{"type_connect":3}],"ours":true}"#;

/// Builds the MSI with the built programs, under a version of its own, onto drive C.
fn build_msi(computer: &Computer, version: &str) -> String {
    let folder = TempDir::new().unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tools/package");
    let mut command = Command::new(script);
    let built =
        command.args(["--msi-as", version]).arg(folder.path()).output().expect("tools/package starts");
    assert!(built.status.success(), "tools/package: {}", String::from_utf8_lossy(&built.stderr));
    let name = format!("getad-{version}.msi");
    fs::copy(folder.path().join(&name), computer.drive().join(&name)).unwrap();
    format!("C:\\{name}")
}

fn msiexec(computer: &Computer, arguments: &[&str]) -> Ran {
    let mut command = computer.command("wine", &[&["msiexec"], arguments, &[OPTIONS, "/qn"]].concat());
    command.env("WINEDLLOVERRIDES", STAND_IN);
    computer.finish(command)
}

/// What installs, changes and removes.
struct Installation<'a> {
    computer: &'a Computer,
    folder: PathBuf,
}

impl Installation<'_> {
    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Everything that belongs there is there, and the tasks call it.
    #[track_caller]
    fn is_complete(&self) {
        for name in ["getad.exe", "getad64.exe", "README.html", "LICENSE.txt", "scheduler/install.cmd"] {
            assert!(self.path(name).is_file(), "{name}");
        }
        let program =
            format!("<Command>\"{}\\getad.exe\"</Command>", self.computer.windows_path(&self.folder));
        for name in ["Boot", "Interval"] {
            let task = text(self.computer, name);
            assert!(task.contains(&program), "{task}");
        }
    }

    /// What belongs to the package is gone, and so are the tasks.
    #[track_caller]
    fn is_gone(&self) {
        for name in ["getad.exe", "getad64.exe", "README.html", "scheduler"] {
            assert!(!self.path(name).exists(), "{name}");
        }
        for name in ["Boot", "Interval"] {
            assert!(!kept(self.computer, name).exists(), "{name}");
        }
    }
}

#[test]
fn the_msi_installs_repairs_upgrades_and_removes() {
    let computer = Computer::new();
    keep_tasks(&computer);
    let (old, new) = (build_msi(&computer, "2.9.9"), build_msi(&computer, VERSION));
    let installed = Installation { computer: &computer, folder: computer.drive().join(FOLDER) };

    msiexec(&computer, &["/i", &old]).exits(0);
    installed.is_complete();
    assert_eq!(installed.read("connect.json"), include_str!("../../config/connect.json"));
    assert!(installed.path("_resources/reboot.bat").is_file());

    fs::write(installed.path("connect.json"), OURS).unwrap();
    fs::create_dir_all(installed.path("date")).unwrap();
    fs::write(installed.path("date/1.json"), "{}").unwrap();
    fs::remove_file(installed.path("scheduler/install.cmd")).unwrap();
    fs::remove_file(kept(&computer, "Boot")).unwrap();
    // What `/fa` is short for; Wine does not know that.
    msiexec(&computer, &["/i", &old, "REINSTALL=ALL", "REINSTALLMODE=amus"]).exits(0);
    installed.is_complete();
    assert_eq!(installed.read("connect.json"), OURS);

    msiexec(&computer, &["/i", &new]).exits(0);
    installed.is_complete();
    assert_eq!(installed.read("connect.json"), OURS);
    let ran = msiexec(&computer, &["/i", &old]);
    assert_ne!(ran.code, Some(0), "an older version must not replace a newer one");
    installed.is_complete();

    msiexec(&computer, &["/x", &new]).exits(0);
    installed.is_gone();
    assert_eq!(installed.read("connect.json"), OURS);
    assert_eq!(installed.read("date/1.json"), "{}");
}

#[test]
fn the_msi_goes_where_it_is_told_and_stays_there() {
    let computer = Computer::new();
    keep_tasks(&computer);
    let (old, new) = (build_msi(&computer, "2.9.9"), build_msi(&computer, VERSION));
    let installed = Installation { computer: &computer, folder: computer.drive().join("Till 1") };
    fs::create_dir(&installed.folder).unwrap();
    fs::write(installed.path("connect.json"), OURS).unwrap();
    msiexec(&computer, &["/i", &old, "INSTALLDIR=C:\\Till 1"]).exits(0);
    installed.is_complete();
    msiexec(&computer, &["/i", &new]).exits(0);
    installed.is_complete();
    assert!(!computer.drive().join(FOLDER).exists());
    msiexec(&computer, &["/x", &new]).exits(0);
    installed.is_gone();
    assert_eq!(installed.read("connect.json"), OURS);
}

#[test]
fn an_installation_without_tasks_is_taken_back() {
    let computer = Computer::new();
    keep_tasks(&computer);
    let new = build_msi(&computer, VERSION);
    let installed = Installation { computer: &computer, folder: computer.drive().join("old") };
    fs::create_dir(&installed.folder).unwrap();
    fs::write(installed.path("service.json"), "{").unwrap();
    let ran = msiexec(&computer, &["/i", &new, "INSTALLDIR=C:\\old"]);
    assert_ne!(ran.code, Some(0), "{}", ran.story());
    installed.is_gone();
    assert_eq!(installed.read("service.json"), "{");
}

#[test]
fn the_zip_holds_everything_and_readme_leads_somewhere() {
    let zip = built(&format!("packages/getad-{VERSION}-windows.zip"), "tools/package --as-is");
    let listed = Command::new("zip").arg("-sf").arg(zip).output().expect("zip");
    let listed = String::from_utf8(listed.stdout).unwrap();
    let names: Vec<&str> = listed.lines().map(str::trim).collect();
    for name in
        ["getad.exe", "getad64.exe", "config/service.json", "scheduler/boot.xml", "LICENSE.txt", "SHA256SUMS"]
    {
        assert!(names.contains(&name), "{name}\n{listed}");
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tools/readme-html");
    let made =
        Command::new(script).args(["README.md", "getad"]).current_dir(env!("CARGO_MANIFEST_DIR")).output();
    let page = String::from_utf8(made.expect("tools/readme-html starts").stdout).unwrap();
    let targets: Vec<&str> =
        page.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert!(targets.len() > 20 && page.contains("<td>"), "{page}");
    for target in targets.into_iter().filter(|target| !target.starts_with("https://")) {
        let leads = match target.strip_prefix('#') {
            Some(anchor) => page.contains(&format!("id=\"{}\"", unescaped(anchor))),
            None => names.contains(&target),
        };
        assert!(leads, "{target}");
    }
}

/// An address without its percent signs.
fn unescaped(address: &str) -> String {
    let mut bytes = Vec::new();
    let mut parts = address.split('%');
    bytes.extend(parts.next().unwrap_or_default().bytes());
    for part in parts {
        bytes.push(u8::from_str_radix(&part[..2], 16).unwrap());
        bytes.extend(part[2..].bytes());
    }
    String::from_utf8(bytes).unwrap()
}

#[test]
fn programs_have_a_manifest_and_a_version_and_no_trace_of_the_machine() {
    for width in Width::BOTH {
        let program = fs::read(width.built_program()).unwrap();
        let has = |text: &str| program.windows(text.len()).any(|part| part == text.as_bytes());
        for part in [
            ">UTF-8</activeCodePage>",
            ">true</longPathAware>",
            "asInvoker",
            "35138b9a-5d96-4fbd-8e2d-a2440225f93a",
        ] {
            assert!(has(part), "{} lacks {part}", width.program());
        }
        let wide = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
        for part in [wide(VERSION), wide(width.program())] {
            assert!(program.windows(part.len()).any(|window| window == part), "{}", width.program());
        }
        for part in [env!("CARGO_MANIFEST_DIR"), "/registry/src/", "/.cargo/"] {
            assert!(!has(part), "{} holds {part}", width.program());
        }
        let header = u32::from_le_bytes(program[0x3C..0x40].try_into().unwrap()) as usize;
        assert_eq!(program[header..header + 4], *b"PE\0\0");
        assert_eq!(program[header + 8..header + 12], [0; 4], "the time of the build");
    }
}
