//! The ATOL driver as a DLL: two widths of it, two widths of our program.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::computer::{Computer, Home, Width, wait_until};
use crate::util::Ran;

/// A healthy register at COM5; others are described as different from it.
const HEALTHY: &str = include_str!("../sim/fptr10.scenario.example");
const SERIAL: &str = "00123456790012";

/// A home folder with the driver in it and one ATOL register at COM6, which differs from the
/// healthy one as `changes` say.
fn home<'a>(computer: &'a Computer, driver: Width, changes: &str) -> Home<'a> {
    let home = without_driver(computer);
    home.copy(&driver.driver(), "fptr10.dll");
    home.write("fptr10.scenario", format!("{HEALTHY}\nregister com:COM6 like com:COM5\n{changes}\n"));
    home
}

fn without_driver(computer: &Computer) -> Home<'_> {
    let home = computer.home();
    let atol = [json!({ "type_connect": "1", "com_port": "COM6" })];
    let connect = json!({ "tcp_timeout": 0, "atol": atol, "mitsu": [{ "type_connect": 3 }] });
    home.write("connect.json", connect.to_string());
    home.write("service.json", r#"{"service":{"log_level":"debug"}}"#);
    home
}

#[track_caller]
fn assert_failed(ran: &Ran, kind: &str, message: &str) {
    let failure = ran.failure();
    assert_eq!(failure["kind"], kind, "{}", ran.story());
    assert!(failure["message"].as_str().unwrap().contains(message), "{message}\n{}", ran.story());
    assert!(failure["hint"].as_str().is_some_and(|hint| !hint.is_empty()), "{}", ran.story());
}

/// Each program with each driver.
fn pairs() -> impl Iterator<Item = (Width, Width)> {
    Width::BOTH.into_iter().flat_map(|program| Width::BOTH.map(|driver| (program, driver)))
}

#[test]
fn a_driver_of_either_width_is_used_by_either_program() {
    let computer = Computer::shared();
    for (program, driver) in pairs() {
        let home = home(&computer, driver, "");
        let ran = home.getad(program, &["probe", "--json"]).exits(0);
        let record = home.json(&format!("date/{SERIAL}.json"));
        for (key, value) in [
            ("modelName", "АТОЛ 22 v2 Ф"),
            ("RNM", "0000000001036518"),
            ("organizationName", "ООО Предприятие"),
            ("fn_serial", "7380440700067159"),
            ("datetime_reg", "2024-04-13 07:20:00"),
            ("dateTime_end", "2099-12-31 00:00:00"),
            ("bootVersion", "5.8.100"),
            ("address", "г.Москва, Тверская ул, д.1, стр. 333"),
            ("fnExecution", "Эмулятор ФН с поддержкой ФФД 1.2"),
            ("installed_driver", "10.9.1.0"),
            ("vc", env!("CARGO_PKG_VERSION")),
        ] {
            assert_eq!(record[key], value, "{key}\n{}", ran.story());
        }
        assert_eq!(record["licenses"]["1"]["name"], "Фискальные функции");
        assert_eq!(record["licenses"]["10"]["dateFrom"], "2019-12-26 00:00:00");
        let health = &ran.document()["registers"][0]["health"];
        assert_eq!(health["uptime_seconds"], 93_784);
        assert_eq!(health["registration"]["payments_address"], "Касса 1");
        assert!(health["clock_skew_seconds"].as_i64().unwrap().abs() <= 2, "{}", ran.story());
        let worker = format!("starting C:\\getad\\{}", driver.program());
        assert!(home.read("logs/kkt.log").contains(&worker), "{worker}\n{}", ran.story());
    }
}

#[test]
fn without_its_sibling_a_program_says_that_both_are_needed() {
    let computer = Computer::shared();
    for program in Width::BOTH {
        let home = home(&computer, program.other(), "");
        home.copy(&program.built_program(), program.program());
        let own = format!("{}\\{}", home.windows_path(), program.program());
        let ran = home.finish(computer.command("wine", &[&own, "--lang", "en", "probe", "--json"])).exits(1);
        assert_failed(&ran, "library", program.other().program());
        let hint = ran.failure()["hint"].as_str().unwrap().to_owned();
        assert!(hint.contains("getad.exe") && hint.contains("getad64.exe"), "{}", ran.story());
        // With a driver of its own width it needs nobody.
        home.copy(&program.driver(), "fptr10.dll");
        home.finish(computer.command("wine", &[&own, "--lang", "en", "probe", "--json"])).exits(0);
    }
}

#[test]
fn a_crash_of_the_driver_is_reported_with_its_code() {
    let computer = Computer::shared();
    for (program, driver) in pairs() {
        let home = home(&computer, driver, " fn VALIDITY\n crash");
        let ran = home.getad(program, &["probe", "--json"]).exits(1);
        assert_failed(&ran, "crashed", "0xC0000005");
        assert!(home.names("date").iter().all(|name| name.starts_with("TV")), "{}", ran.story());
    }
    let home = home(&computer, Width::X86, " open exit 77");
    assert_failed(&home.getad(Width::X86, &["probe", "--json"]).exits(1), "crashed", "77");
}

#[test]
fn a_hanging_driver_is_killed_at_the_deadline() {
    let computer = Computer::new();
    for (program, driver) in pairs() {
        let home = home(&computer, driver, " open hang");
        let started = Instant::now();
        let running = computer.start(home.command(program, &["probe", "--json", "--timeout", "3"]));
        wait_until(|| has_worker(&computer));
        let ran = running.wait(|| home.listing()).exits(1);
        assert_failed(&ran, "timeout", "3 s");
        assert!(started.elapsed() < Duration::from_secs(20), "{}", ran.story());
        wait_until(|| !has_worker(&computer));
    }
}

#[test]
fn a_worker_ends_with_the_program_that_started_it() {
    let computer = Computer::new();
    for program in Width::BOTH {
        let home = home(&computer, program.other(), " open hang");
        let running = computer.start(home.command(program, &["probe", "--timeout", "50"]));
        wait_until(|| has_worker(&computer));
        computer.finish(computer.command("wine", &["taskkill", "/f", "/im", program.program()])).exits(0);
        running.wait(|| home.listing());
        wait_until(|| !has_worker(&computer));
        // The lock went with it.
        home.getad(program, &["config", "init", "--lock-timeout", "0"]).exits(0);
    }
}

fn has_worker(computer: &Computer) -> bool {
    computer.processes().iter().any(|line| line.contains("getad") && line.contains(" worker"))
}

#[test]
fn one_crash_spoils_nobody_else() {
    let computer = Computer::shared();
    for program in Width::BOTH {
        let home = home(&computer, program.other(), " data STATUS\n crash");
        let atol = ["COM6", "COM5"].map(|port| json!({ "type_connect": 1, "com_port": port }));
        home.write("connect.json", json!({ "atol": atol, "mitsu": [{ "type_connect": 3 }] }).to_string());
        let ran = home.getad(program, &["probe", "--json"]).exits(5);
        assert_failed(&ran, "crashed", "0xC0000005");
        assert_eq!(home.names("date"), [format!("{SERIAL}.json")]);
    }
}

#[test]
fn files_that_are_no_driver_are_told_apart() {
    let computer = Computer::shared();
    let sixteen_bit = [b"MZ".as_slice(), &[0; 58], &64_u32.to_le_bytes(), b"NE", &[0; 64]].concat();
    let of_linux = [b"\x7fELF\x02\x01\x01".as_slice(), &[0; 9], &[3, 0, 62, 0], &[0; 64]].concat();
    for program in Width::BOTH {
        for (content, message) in [
            (b"this is no library".to_vec(), "fptr10.dll is not a usable library"),
            (sixteen_bit.clone(), "fptr10.dll is not a usable library"),
            (of_linux.clone(), "it is a library for Linux"),
        ] {
            let home = without_driver(&computer);
            home.write("fptr10.dll", content);
            assert_failed(&home.getad(program, &["probe", "--json"]).exits(1), "library", message);
        }
        let home = without_driver(&computer);
        let ran = home.getad(program, &["probe", "--json"]).exits(1);
        assert_failed(&ran, "library", "the ATOL driver was not found");
        assert!(ran.failure()["hint"].as_str().unwrap().contains("10.7"), "{}", ran.story());
    }
}

#[test]
fn a_library_that_cannot_be_loaded_says_what_is_the_matter() {
    let computer = Computer::shared();
    for driver in Width::BOTH {
        let home = without_driver(&computer);
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/sim/fptr10.c");
        compile(&home, driver, &["-DFPTR10_FOREIGN", "-o", "fptr10.dll", source]);
        for program in Width::BOTH {
            let ran = home.getad(program, &["probe", "--json"]).exits(1);
            assert_failed(&ran, "library", "is not the ATOL driver");
        }
        home.write("needed.c", "__declspec(dllexport) int needed(void) { return 0; }");
        home.write(
            "needs.c",
            "int needed(void); __declspec(dllexport) int libfptr_create(void) { return needed(); }",
        );
        compile(&home, driver, &["-o", "runtime.dll", "needed.c"]);
        compile(&home, driver, &["-o", "fptr10.dll", "needs.c", "runtime.dll"]);
        std::fs::remove_file(home.home().join("runtime.dll")).unwrap();
        for program in Width::BOTH {
            let ran = home.getad(program, &["probe", "--json"]).exits(1);
            assert_failed(&ran, "library", "something it needs is missing");
            assert!(ran.failure()["hint"].as_str().unwrap().contains("KB3063858"), "{}", ran.story());
        }
    }
}

fn compile(home: &Home<'_>, width: Width, arguments: &[&str]) {
    let mut compiler = width.compiler();
    compiler.args(["-std=c99", "-O1", "-shared", "-static-libgcc"]).args(arguments);
    let compiled = compiler.current_dir(home.home()).output().expect("mingw");
    assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
}
