//! Installed drivers, found through both views of the registry.

use std::fs;
use std::process::Command;

use serde_json::json;

use crate::computer::{Computer, Home, Width};
use crate::sim::{ANY_PORT, Setup};

const KKT: &str = "HKLM\\Software\\ATOL\\Drivers\\10.0\\KKT";
const UNINSTALL: &str = "HKLM\\Software\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\{ATOL-10}";
const HEALTHY: &str = include_str!("../sim/fptr10.scenario.example");

/// Puts a driver of a width that calls itself `version` into a folder of drive C.
fn put_driver(computer: &Computer, width: Width, folder: &str, version: &str) {
    let folder = computer.drive().join(folder);
    fs::create_dir_all(&folder).unwrap();
    fs::copy(width.driver(), folder.join("fptr10.dll")).unwrap();
    fs::write(folder.join("fptr10.scenario"), scenario(version)).unwrap();
}

fn scenario(version: &str) -> String {
    HEALTHY.replace("version 10.9.1.0", &format!("version {version}"))
}

fn home(computer: &Computer) -> Home<'_> {
    let home = computer.home();
    let atol = [json!({ "type_connect": 1, "com_port": "COM5" })];
    home.write("connect.json", json!({ "atol": atol, "mitsu": [{ "type_connect": 3 }] }).to_string());
    home
}

/// The version of the driver that a program uses.
#[track_caller]
fn used(home: &Home<'_>, program: Width, options: &[&str]) -> String {
    let ran = home.getad(program, &[&["probe", "--json"], options].concat()).exits(0);
    ran.document()["registers"][0]["record"]["installed_driver"].as_str().unwrap().to_owned()
}

#[test]
fn both_views_are_searched_and_the_own_width_is_preferred() {
    let computer = Computer::new();
    put_driver(&computer, Width::X64, "Program Files/ATOL/Drivers10/KKT/bin", "10.9.0.64");
    put_driver(&computer, Width::X86, "Program Files (x86)/ATOL/Drivers10/KKT/bin", "10.9.0.32");
    let x64 = "C:\\Program Files\\ATOL\\Drivers10\\KKT";
    let x86 = "C:\\Program Files (x86)\\ATOL\\Drivers10\\KKT";
    let home = home(&computer);

    computer.set(Width::X86, KKT, "INSTALL_DIR", "REG_SZ", x86);
    assert_eq!(Width::BOTH.map(|program| used(&home, program, &[])), ["10.9.0.32", "10.9.0.32"]);
    computer.set(Width::X64, KKT, "INSTALL_DIR", "REG_SZ", x64);
    assert_eq!(Width::BOTH.map(|program| used(&home, program, &[])), ["10.9.0.32", "10.9.0.64"]);
    computer.remove_key(Width::X86, KKT);
    assert_eq!(Width::BOTH.map(|program| used(&home, program, &[])), ["10.9.0.64", "10.9.0.64"]);
}

#[test]
fn the_list_of_programs_counts_where_the_vendors_key_is_absent() {
    let computer = Computer::new();
    put_driver(&computer, Width::X86, "АТОЛ/bin", "10.8.3.0");
    computer.set(Width::X86, UNINSTALL, "DisplayName", "REG_SZ", "Драйвер ККТ v.10.8.3.0");
    computer.set(Width::X86, UNINSTALL, "InstallLocation", "REG_SZ", "C:\\АТОЛ");
    let home = home(&computer);
    assert_eq!(Width::BOTH.map(|program| used(&home, program, &[])), ["10.8.3.0", "10.8.3.0"]);
}

#[test]
fn the_file_in_the_home_folder_goes_first_and_the_one_given_before_it() {
    let computer = Computer::new();
    put_driver(&computer, Width::X64, "installed/bin", "10.9.0.64");
    put_driver(&computer, Width::X86, "Другой драйвер", "10.9.0.86");
    computer.set(Width::X64, KKT, "INSTALL_DIR", "REG_SZ", "C:\\installed\\");
    let home = home(&computer);
    assert_eq!(Width::BOTH.map(|program| used(&home, program, &[])), ["10.9.0.64", "10.9.0.64"]);
    home.copy(&Width::X86.driver(), "fptr10.dll").write("fptr10.scenario", scenario("10.10.1.0"));
    assert_eq!(Width::BOTH.map(|program| used(&home, program, &[])), ["10.10.1.0", "10.10.1.0"]);
    let given = ["--driver", "C:\\Другой драйвер\\fptr10.dll"];
    assert_eq!(Width::BOTH.map(|program| used(&home, program, &given)), ["10.9.0.86", "10.9.0.86"]);
}

#[test]
fn a_key_that_names_an_empty_folder_is_no_driver() {
    let computer = Computer::new();
    computer.set(Width::X64, KKT, "INSTALL_DIR", "REG_SZ", "D:\\gone");
    for program in Width::BOTH {
        let ran = home(&computer).getad(program, &["probe", "--json"]).exits(1);
        let failure = &ran.document()["failures"][0];
        assert_eq!(failure["kind"], "library", "{}", ran.story());
        let message = failure["message"].as_str().unwrap();
        assert!(message.contains("D:\\gone\\bin\\fptr10.dll"), "{}", ran.story());
    }
}

#[test]
fn the_version_of_mitsus_own_program_is_read_from_its_resources() {
    let computer = Computer::new();
    let folder = computer.drive().join("Program Files/MITSU.1-F");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("version.rc"), "1 VERSIONINFO FILEVERSION 1,2,30,65535\nBEGIN END\n").unwrap();
    fs::write(folder.join("main.c"), "int main(void) { return 0; }").unwrap();
    run(Command::new("i686-w64-mingw32-windres").args(["version.rc", "version.o"]).current_dir(&folder));
    // Under Wine, not under Windows, a 32-bit program finds no version in a 64-bit file.
    let mut compiler = Width::X86.compiler();
    run(compiler.args(["main.c", "version.o", "-o", "MitsuCube.exe"]).current_dir(&folder));
    let server = Setup::default().serve_tcp(ANY_PORT).unwrap();
    for program in Width::BOTH {
        let options = ["probe", "--json", "--brand", "mitsu", "--tcp", server.place()];
        let ran = computer.home().getad(program, &options).exits(0);
        let version = &ran.document()["registers"][0]["record"]["installed_driver"];
        assert_eq!(version, "1.2.30.65535", "{}", ran.story());
    }
}

fn run(command: &mut Command) {
    let ran = command.output().expect("mingw");
    assert!(ran.status.success(), "{command:?}: {}", String::from_utf8_lossy(&ran.stderr));
}
