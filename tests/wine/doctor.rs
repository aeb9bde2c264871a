//! `doctor` in Windows: tasks, services, libraries that a driver needs, drivers of either width.

use std::fs;
use std::process::Command;

use serde_json::{Value, json};

use crate::computer::{Computer, Home, Width};
use crate::schedule::{getad, keep_tasks, kept};
use crate::util::Ran;

const OFFLINE: [&str; 3] = ["doctor", "--offline", "--json"];

/// Demands a finding.
#[track_caller]
fn finds(ran: &Ran, check: &str, state: &str, message: &str) {
    let document = ran.document();
    let fits = |found: &&Value| {
        found["check"] == check
            && found["state"] == state
            && found["message"].as_str().unwrap().contains(message)
    };
    let found = document["checks"].as_array().unwrap().iter().find(fits);
    assert!(found.is_some(), "no {state} of {check} with {message:?}\n{}", ran.story());
    assert!(state == "ok" || found.unwrap()["advice"].is_string(), "no advice\n{}", ran.story());
}

/// A home folder for an ATOL register at a port that is not there.
fn home(computer: &Computer) -> Home<'_> {
    let home = computer.home();
    let atol = [json!({ "type_connect": 1, "com_port": "COM77" })];
    home.write("connect.json", json!({ "atol": atol, "mitsu": [] }).to_string());
    home
}

#[test]
fn tasks_are_compared_with_those_of_install() {
    let computer = Computer::new();
    keep_tasks(&computer);
    for width in Width::BOTH {
        let home = home(&computer);
        let ran = getad(&home, width, &OFFLINE).exits(5);
        finds(&ran, "task", "problem", "Getad\\Boot is not registered");
        finds(&ran, "port", "problem", "atol: there is no port COM77");
        finds(&ran, "home", "ok", "can be written to");
        finds(&ran, "disk", "ok", "MB are free");
        getad(&home, width, &["install", "--keep-acl"]).exits(0);
        let ran = getad(&home, width, &OFFLINE);
        finds(&ran, "task", "ok", "Getad\\Boot is registered");
        finds(&ran, "task", "ok", "Getad\\Interval is registered");
        // Another program than the one that is asked.
        let ran = getad(&home, width.other(), &OFFLINE);
        finds(
            &ran,
            "task",
            "problem",
            "Getad\\Boot differs from what this getad would register: Task/Actions",
        );
        home.write("service.json", r#"{"validation_fn":{"interval":5}}"#);
        finds(&getad(&home, width, &OFFLINE), "task", "problem", "Repetition/Interval");
        getad(&home, width, &["uninstall"]).exits(0);
        assert!(!kept(&computer, "Boot").exists());
    }
}

#[test]
fn a_service_of_the_predecessor_is_found() {
    let computer = Computer::new();
    let sc = |arguments: &[&str]| {
        let command = computer.command("wine", &[&["sc"], arguments].concat());
        computer.finish(command).exits(0);
    };
    let home = home(&computer);
    finds(&home.getad(Width::X86, &OFFLINE), "service", "ok", "not installed");
    sc(&["create", "MH_Getad", "binPath=", "C:\\gone\\getadsc.exe"]);
    for width in Width::BOTH {
        finds(&home.getad(width, &OFFLINE), "service", "warning", "its service MH_Getad is still installed");
    }
}

#[test]
fn a_driver_loads_in_the_program_of_its_width() {
    let computer = Computer::shared();
    let home = home(&computer);
    home.write("fptr10.scenario", "version 10.9.1.0\n");
    for (program, driver) in [(Width::X86, Width::X64), (Width::X64, Width::X86), (Width::X86, Width::X86)] {
        home.copy(&driver.driver(), "fptr10.dll");
        let bits = if driver == Width::X86 { 32 } else { 64 };
        let ran = home.getad(program, &OFFLINE);
        finds(&ran, "driver", "ok", &format!("fptr10.dll, {bits}-bit, version 10.9.1.0"));
    }
    // Alone, a program cannot load a driver of the other width.
    let alone = home.outside().join("alone");
    fs::create_dir_all(&alone).unwrap();
    fs::copy(Width::X86.built_program(), alone.join("getad.exe")).unwrap();
    home.copy(&Width::X64.driver(), "fptr10.dll");
    let program = computer.windows_path(&alone.join("getad.exe"));
    let own = home.windows_path();
    let arguments = [&[program.as_str(), "--home", &own, "--lang", "en"], &OFFLINE[..]].concat();
    let ran = home.finish(computer.command("wine", &arguments));
    finds(&ran, "driver", "problem", "is 64-bit, and ");
}

#[test]
fn libraries_that_a_driver_needs_are_named() {
    let computer = Computer::shared();
    for width in Width::BOTH {
        let home = home(&computer);
        let folder = home.outside();
        build(width, folder, "int gone(void) { return 1; }", &["-o", "msvcp999.dll"]);
        build(
            width,
            folder,
            "int gone(void); int needs(void) { return gone(); }",
            &["-o", "fptr10.dll", "msvcp999.dll"],
        );
        home.copy(&folder.join("fptr10.dll"), "fptr10.dll");
        for program in Width::BOTH {
            let ran = home.getad(program, &OFFLINE);
            finds(&ran, "driver", "problem", "needs libraries that are missing: msvcp999.dll");
        }
        // It is looked for beside the driver, too.
        home.copy(&folder.join("msvcp999.dll"), "msvcp999.dll");
        finds(&home.getad(width, &OFFLINE), "driver", "problem", "is not the ATOL driver");
    }
}

/// A library for Windows of one line of C.
fn build(width: Width, folder: &std::path::Path, source: &str, arguments: &[&str]) {
    fs::write(folder.join("source.c"), source).unwrap();
    let mut compiler: Command = width.compiler();
    compiler.current_dir(folder).args(["-shared", "-static-libgcc", "source.c"]).args(arguments);
    let built = compiler.output().expect("a compiler for Windows");
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
}
