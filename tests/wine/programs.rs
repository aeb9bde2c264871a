//! Programs of others that we start on Windows: the plugin and the updater.

use std::path::{Path, PathBuf};

use crate::computer::{Computer, Home, Width, wait_until};

/// Says that it runs, then waits until it is told to stop, a minute at most.
const LINGERS: &str = "#include <windows.h>
int wmain(void)
{
    int left = 3000;
    CloseHandle(CreateFileW(L\"started\", GENERIC_WRITE, 7, NULL, CREATE_ALWAYS, 0, NULL));
    while (left-- > 0 && GetFileAttributesW(L\"stop\") == INVALID_FILE_ATTRIBUTES) Sleep(20);
    return 0;
}
";

fn lingering(folder: &Path) -> PathBuf {
    let (source, program) = (folder.join("lingers.c"), folder.join("lingers.exe"));
    std::fs::write(&source, LINGERS).unwrap();
    let mut compiler = Width::X86.compiler();
    let built = compiler.args(["-municode", "-o"]).args([&program, &source]).output().unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    program
}

fn runs(computer: &Computer, name: &str) -> bool {
    computer.processes().iter().any(|line| line.contains(name))
}

fn stop(computer: &Computer, home: &Home<'_>, name: &str) {
    home.write("updater/stop", "");
    wait_until(|| !runs(computer, name));
    for file in ["stop", "started"] {
        std::fs::remove_file(home.home().join("updater").join(file)).unwrap();
    }
}

#[test]
fn a_plugin_that_hangs_is_killed_with_what_it_started() {
    let computer = Computer::new();
    let program = lingering(&computer.drive());
    for width in Width::BOTH {
        let home = computer.home();
        home.copy(&program, "child.exe");
        let plugin = "@start /b \"\" \"%~dp0child.exe\"\r\n@\"%~dp0child.exe\"\r\n";
        home.write("плагин 1.cmd", plugin);
        home.write("service.json", r#"{"shtrihscanner":{"exe_name":"плагин 1.cmd","timeout":8}}"#);
        let ran = home.getad(width, &["probe", "--brand", "shtrih", "--json"]).exits(1);
        assert_eq!(ran.document()["plugin"]["state"], "killed", "{}", ran.story());
        assert!(home.has("started"), "{}", ran.story());
        wait_until(|| !runs(&computer, "child.exe"));
    }
}

#[test]
fn a_plugin_in_a_batch_file_writes_records_that_become_ours() {
    let computer = Computer::shared();
    for width in Width::BOTH {
        let home = computer.home();
        home.write("connect.json", r#"{"atol":[],"mitsu":[{"type_connect":3}]}"#);
        let plugin = "@echo said\r\n@echo {\"serialNumber\":\"0000000001234567\",\"fn_serial\":\"1\"}>date\\0000000001234567.json\r\n";
        home.write("shtrihscanner.cmd", plugin);
        home.write("service.json", r#"{"shtrihscanner":{"exe_name":"shtrihscanner.cmd"}}"#);
        let ran = home.getad(width, &["probe", "--json"]).exits(0);
        assert_eq!(ran.document()["plugin"]["serials"][0], "0000000001234567", "{}", ran.story());
        assert!(home.read("logs/service.log").contains("plugin: said"), "{}", home.listing());
        assert!(home.json("date/0000000001234567.json")["uuid"].is_string(), "{}", home.listing());
    }
}

#[test]
fn an_updater_outlives_us_and_is_seen_while_it_runs() {
    let computer = Computer::new();
    let program = lingering(&computer.drive());
    for width in Width::BOTH {
        let home = computer.home();
        home.write("updater/обновление.bat", "@\"%~dp0lingers.exe\"\r\n");
        home.copy(&program, "updater/lingers.exe");
        for name in ["LINGERS.exe", "обновление.bat"] {
            home.write("service.json", format!(r#"{{"service":{{"updater_name":"{name}"}}}}"#));
            let ran = home.getad(width, &["update", "--json"]).exits(0);
            assert!(ran.document()["process"].is_u64(), "{}", ran.story());
            wait_until(|| home.has("updater/started"));
            // Wine was not seen to tell what `cmd.exe` runs, so batch files are only started here.
            if name == "LINGERS.exe" {
                home.getad(width, &["update", "--wait", "0"]).exits(1).complains("still runs after 0 s");
            }
            stop(&computer, &home, "lingers.exe");
        }
        // A namesake from another folder is somebody else's.
        home.write("service.json", r#"{"service":{"updater_name":"lingers.exe"}}"#);
        let mut stranger = computer.command("wine", &["C:\\lingers.exe"]);
        stranger.current_dir(computer.drive());
        let stranger = computer.start(stranger);
        wait_until(|| runs(&computer, "lingers.exe"));
        home.getad(width, &["update", "--wait", "0"]).exits(0);
        wait_until(|| home.has("updater/started"));
        std::fs::write(computer.drive().join("stop"), "").unwrap();
        stop(&computer, &home, "lingers.exe");
        stranger.wait(String::new);
        std::fs::remove_file(computer.drive().join("stop")).unwrap();
    }
}
