//! The predecessor's service: found by its name or its folder, stopped, deleted.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::computer::{Computer, Home, Width, wait_until};

/// A service that takes its time to stop and then writes a file beside itself.
const SERVICE: &str = r#"
#include <windows.h>
static SERVICE_STATUS status = {SERVICE_WIN32_OWN_PROCESS, SERVICE_RUNNING, SERVICE_ACCEPT_STOP};
static SERVICE_STATUS_HANDLE handle;
static HANDLE stop;
static void report(DWORD state) { status.dwCurrentState = state; SetServiceStatus(handle, &status); }
static void WINAPI control(DWORD code) {
    if (code == SERVICE_CONTROL_STOP) { report(SERVICE_STOP_PENDING); SetEvent(stop); }
}
static void mark(const wchar_t *name) {
    wchar_t path[MAX_PATH];
    GetModuleFileNameW(0, path, MAX_PATH);
    wcscpy(wcsrchr(path, L'\\') + 1, name);
    CloseHandle(CreateFileW(path, GENERIC_WRITE, 0, 0, CREATE_ALWAYS, 0, 0));
}
static void WINAPI run(DWORD count, wchar_t **names) {
    stop = CreateEventW(0, TRUE, FALSE, 0);
    handle = RegisterServiceCtrlHandlerW(names[0], control);
    report(SERVICE_RUNNING);
    mark(L"running");
    WaitForSingleObject(stop, INFINITE);
    Sleep(500);
    mark(L"stopped");
    report(SERVICE_STOPPED);
}
int wmain(void) {
    wchar_t name[] = L"";
    SERVICE_TABLE_ENTRYW table[] = {{name, run}, {0, 0}};
    return !StartServiceCtrlDispatcherW(table);
}
"#;

fn build(folder: &Path) {
    let source = folder.with_extension("c");
    fs::write(&source, SERVICE).unwrap();
    let program = folder.join("getadsc.exe");
    let mut compiler = Width::X86.compiler();
    let built = compiler.args(["-municode", "-o"]).args([&program, &source]).output().unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
}

fn sc(computer: &Computer, arguments: &[&str]) -> Option<i32> {
    computer.finish(computer.command("wine", &[&["sc"], arguments].concat())).code
}

/// Names and states of the services that `migrate` speaks of.
#[track_caller]
fn services(home: &Home<'_>, width: Width, folder: &str, options: &[&str]) -> Vec<(String, String)> {
    let ran = home.getad(width, &[&["migrate", folder, "--json"], options].concat()).exits(0);
    let document = ran.document();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let services = document["services"].as_array().unwrap();
    let mut services: Vec<_> = services.iter().map(|one| (text(&one["name"]), text(&one["state"]))).collect();
    services.sort();
    services
}

#[test]
fn services_of_the_predecessor_are_found_stopped_and_deleted() {
    let computer = Computer::new();
    for width in Width::BOTH {
        let home = computer.home();
        let folder = home.outside().join("Касса 1");
        fs::create_dir(&folder).unwrap();
        build(&folder);
        fs::write(folder.join("connect.json"), "{}").unwrap();
        let from = computer.windows_path(&folder);
        let program = format!("\"{from}\\getadsc.exe\" --quiet");
        assert_eq!(sc(&computer, &["create", "Till", "binPath=", &program]), Some(0));
        assert_eq!(sc(&computer, &["create", "MH_Getad", "binPath=", "C:\\gone\\a.exe"]), Some(0));
        assert_eq!(sc(&computer, &["create", "Other", "binPath=", "C:\\gone\\getadsc.exe"]), Some(0));
        assert_eq!(sc(&computer, &["start", "Till"]), Some(0));
        wait_until(|| folder.join("running").exists());

        let pairs =
            |state: &str| ["MH_Getad", "Till"].map(|name| (name.to_owned(), state.to_owned())).to_vec();
        assert_eq!(services(&home, width, &from, &[]), pairs("present"));
        assert!(!folder.join("stopped").exists());
        assert_eq!(services(&home, width, &from, &["--remove-service"]), pairs("removed"));
        assert!(folder.join("stopped").exists(), "it is waited for");
        assert_eq!(services(&home, width, &from, &["--remove-service"]), []);
        for (name, there) in [("Till", false), ("MH_Getad", false), ("Other", true)] {
            assert_eq!(sc(&computer, &["query", name]) == Some(0), there, "{name}");
        }
        assert_eq!(sc(&computer, &["delete", "Other"]), Some(0));
    }
}

#[test]
fn the_service_goes_on_when_nothing_could_be_taken() {
    let computer = Computer::new();
    let home = computer.home();
    let folder = home.outside().join("old");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("connect.json"), "{").unwrap();
    assert_eq!(sc(&computer, &["create", "MH_Getad", "binPath=", "C:\\gone\\a.exe"]), Some(0));
    let from = computer.windows_path(&folder);
    let ran = home.getad(Width::X86, &["migrate", &from, "--remove-service", "--json"]).exits(1);
    assert_eq!(
        ran.document()["services"],
        json!([{ "name": "MH_Getad", "state": "present", "error": null }])
    );
    assert_eq!(sc(&computer, &["query", "MH_Getad"]), Some(0));
}

#[test]
fn an_installation_is_taken_over_with_its_folders() {
    let computer = Computer::shared();
    for width in Width::BOTH {
        let home = computer.home();
        let folder = home.outside().join("Служба");
        fs::create_dir_all(folder.join("updater/lib")).unwrap();
        fs::write(folder.join("service.json"), r#"{"shtrihscanner":{"exe_name":"plugin\\scan.exe"}}"#)
            .unwrap();
        fs::create_dir(folder.join("plugin")).unwrap();
        for name in ["plugin/scan.exe", "updater/lib/a.dll", "fptr10.dll"] {
            fs::write(folder.join(name), b"MZ\x00\xFF").unwrap();
        }
        let ran = home.getad(width, &["migrate", &computer.windows_path(&folder)]).exits(0);
        let ran = ran.prints("plugin\\scan.exe").prints("updater\\lib\\a.dll");
        for name in ["plugin/scan.exe", "updater/lib/a.dll", "fptr10.dll"] {
            assert_eq!(fs::read(home.home().join(name)).unwrap(), b"MZ\x00\xFF", "{name}\n{}", ran.story());
        }
        let own = home.windows_path().to_uppercase();
        home.getad(width, &["migrate", &own]).exits(0).prints("in its place");
    }
}
