//! Installed drivers, found through both views of the registry.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::json;

use crate::computer::{Computer, Home, Width};
use crate::sim::{ANY_PORT, Setup};

const KKT: &str = "HKLM\\Software\\ATOL\\Drivers\\10.0\\KKT";
const UNINSTALL: &str = "HKLM\\Software\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\{ATOL-10}";
const HEALTHY: &str = include_str!("../sim/fptr10.scenario.example");

/// Puts a driver of a width into a folder of drive C.
fn put_driver(computer: &Computer, width: Width, folder: &str) {
    let folder = computer.drive().join(folder);
    fs::create_dir_all(&folder).unwrap();
    fs::copy(width.driver(), folder.join("fptr10.dll")).unwrap();
    fs::write(folder.join("fptr10.scenario"), HEALTHY).unwrap();
}

fn home(computer: &Computer) -> Home<'_> {
    let home = computer.home();
    let atol = [json!({ "type_connect": 1, "com_port": "COM5" })];
    home.write("connect.json", json!({ "atol": atol, "mitsu": [{ "type_connect": 3 }] }).to_string());
    home
}

/// The library that a program uses, as its log names it.
#[track_caller]
fn used(home: &Home<'_>, program: Width, options: &[&str]) -> String {
    home.getad(program, &[&["probe"], options].concat()).exits(0);
    let log = home.read("logs/service.log");
    let (_, library) = log.rsplit_once("driver library: ").expect("the log names the library");
    let line = library.lines().next().unwrap();
    line.rsplit_once(" (").expect("its width and origin").0.to_owned()
}

/// The libraries that the two programs use, the 32-bit one's first.
#[track_caller]
fn both_use(home: &Home<'_>, options: &[&str]) -> [String; 2] {
    Width::BOTH.map(|program| used(home, program, options))
}

#[test]
fn both_views_are_searched_and_the_own_width_is_preferred() {
    let computer = Computer::new();
    let (x64, x86) = ("C:\\Program Files\\ATOL\\KKT", "C:\\Program Files (x86)\\ATOL\\KKT");
    put_driver(&computer, Width::X64, "Program Files/ATOL/KKT/bin");
    put_driver(&computer, Width::X86, "Program Files (x86)/ATOL/KKT/bin");
    let (in_x64, in_x86) = (format!("{x64}\\bin\\fptr10.dll"), format!("{x86}\\bin\\fptr10.dll"));
    let home = home(&computer);

    computer.set(Width::X86, KKT, "INSTALL_DIR", "REG_SZ", x86);
    assert_eq!(both_use(&home, &[]), [&*in_x86, &in_x86]);
    computer.set(Width::X64, KKT, "INSTALL_DIR", "REG_SZ", x64);
    assert_eq!(both_use(&home, &[]), [&*in_x86, &in_x64]);
    computer.remove_key(Width::X86, KKT);
    assert_eq!(both_use(&home, &[]), [&*in_x64, &in_x64]);
}

#[test]
fn the_list_of_programs_counts_where_the_vendors_key_is_absent() {
    let computer = Computer::new();
    put_driver(&computer, Width::X86, "АТОЛ/bin");
    computer.set(Width::X86, UNINSTALL, "DisplayName", "REG_SZ", "Драйвер ККТ v.10.8.3.0");
    computer.set(Width::X86, UNINSTALL, "InstallLocation", "REG_SZ", "C:\\АТОЛ");
    assert_eq!(both_use(&home(&computer), &[]), ["C:\\АТОЛ\\bin\\fptr10.dll"; 2]);
}

#[test]
fn the_file_in_the_home_folder_goes_first_and_the_one_given_before_it() {
    let computer = Computer::new();
    put_driver(&computer, Width::X64, "installed/bin");
    put_driver(&computer, Width::X86, "Другой драйвер");
    computer.set(Width::X64, KKT, "INSTALL_DIR", "REG_SZ", "C:\\installed\\");
    let home = home(&computer);
    assert_eq!(both_use(&home, &[]), ["C:\\installed\\bin\\fptr10.dll"; 2]);
    home.copy(&Width::X86.driver(), "fptr10.dll").write("fptr10.scenario", HEALTHY);
    let local = format!("{}\\fptr10.dll", home.windows_path());
    assert_eq!(both_use(&home, &[]), [&*local, &local]);
    let given = "C:\\Другой драйвер\\fptr10.dll";
    assert_eq!(both_use(&home, &["--driver", given]), [given; 2]);
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
    build_with_version(&computer.drive().join("Program Files/MITSU.1-F"), "MitsuCube.exe", "1,2,30,65535");
    let server = Setup::default().serve_tcp(ANY_PORT).unwrap();
    for program in Width::BOTH {
        let options = ["probe", "--json", "--brand", "mitsu", "--tcp", server.place()];
        let ran = computer.home().getad(program, &options).exits(0);
        let version = &ran.document()["registers"][0]["record"]["installed_driver"];
        assert_eq!(version, "1.2.30.65535", "{}", ran.story());
    }
}

#[test]
fn records_name_the_installed_driver_also_when_a_local_one_is_used() {
    let computer = Computer::new();
    build_with_version(&computer.drive().join("ATOL/bin"), "fptr10.dll", "10,8,3,7");
    computer.set(Width::X86, KKT, "INSTALL_DIR", "REG_SZ", "C:\\ATOL");
    let home = home(&computer);
    home.copy(&Width::X86.driver(), "fptr10.dll").write("fptr10.scenario", HEALTHY);
    for program in Width::BOTH {
        let ran = home.getad(program, &["probe", "--json"]).exits(0);
        let document = ran.document();
        assert_eq!(document["registers"][0]["record"]["installed_driver"], "10.8.3.7", "{}", ran.story());
        assert_eq!(document["driver"]["version"], "10.9.1.0", "{}", ran.story());
    }
}

/// Builds a file with a version in its resources; what else it holds does not matter.
fn build_with_version(folder: &Path, name: &str, version: &str) {
    fs::create_dir_all(folder).unwrap();
    fs::write(folder.join("version.rc"), format!("1 VERSIONINFO FILEVERSION {version}\nBEGIN END\n"))
        .unwrap();
    fs::write(folder.join("main.c"), "int main(void) { return 0; }").unwrap();
    run(Command::new("i686-w64-mingw32-windres").args(["version.rc", "version.o"]).current_dir(folder));
    // Under Wine, not under Windows, a 32-bit program finds no version in a 64-bit file.
    let mut compiler = Width::X86.compiler();
    run(compiler.args(["main.c", "version.o", "-o", name]).current_dir(folder));
}

fn run(command: &mut Command) {
    let ran = command.output().expect("mingw");
    assert!(ran.status.success(), "{command:?}: {}", String::from_utf8_lossy(&ran.stderr));
}
