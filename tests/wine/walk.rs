//! The five-minute start of README.md, as a newcomer walks it: a fresh computer with registers,
//! and nothing done but what stands there.

use std::fs;

use crate::computer::{Computer, Width};
use crate::network::Network;
use crate::schedule::{STAND_IN, keep_tasks, kept, text};
use crate::search::{plug_in, pty};

const README: &str = include_str!("../../README.md");
const ATOL: &str = "00123456790012";
const MITSU: &str = "065001234567890";

/// The lines to paste, in their order.
fn lines() -> Vec<&'static str> {
    let (english, _) = README.split_once("\n# getad по-русски\n").expect("two halves");
    let blocks = english.split("```bat walk\n").skip(1).filter_map(|block| block.split("```").next());
    blocks.flat_map(str::lines).map(str::trim).filter(|line| !line.is_empty()).collect()
}

/// A batch file of the lines, each followed by its exit code. Under Wine a user owns the disk, and
/// his right to write cannot be taken away, so rights are left alone.
fn script(lines: &[&str]) -> String {
    let line = |line: &&str| {
        let rights = if line.starts_with("getad install") { " --keep-acl" } else { "" };
        format!("{line}{rights}\r\necho [%errorlevel%] {line}\r\n")
    };
    std::iter::once("@echo off\r\n".to_owned()).chain(lines.iter().map(line)).collect()
}

#[test]
fn a_newcomer_gets_through_the_first_five_minutes() {
    let (channel, mitsu) = (pty(), pty());
    let ports = [("COM5", channel.place()), ("COM7", mitsu.place())];
    let computer = Computer::in_network(Network::empty(), &ports);
    plug_in(&computer, "MI_00", "COM5", "АТОЛ 30Ф (COM5)");
    keep_tasks(&computer);
    let folder = computer.drive().join("getad");
    // In the place of an installed driver.
    fs::copy(Width::X86.driver(), folder.join("fptr10.dll")).unwrap();
    fs::write(folder.join("fptr10.scenario"), include_str!("../sim/fptr10.scenario.example")).unwrap();

    let lines = lines();
    let (undo, walk) = lines.split_last().expect("lines to paste");
    let run = |name: &str, lines: &[&str]| {
        fs::write(computer.drive().join(name), script(lines)).unwrap();
        let mut command = computer.command("wine", &["cmd", "/c", &format!("C:\\{name}")]);
        command.env("WINEDLLOVERRIDES", STAND_IN).env("GETAD_LANG", "en").current_dir(computer.drive());
        computer.finish(command)
    };

    let ran = run("walk.bat", walk);
    for line in walk {
        assert!(ran.stdout.contains(&format!("[0] {line}")), "{line}\n{}", ran.story());
    }
    let ran = ran.prints("COM5").prints("COM7").prints("Registers read: 2");
    for serial in [ATOL, MITSU] {
        for place in ["date", "metrics"] {
            assert!(folder.join(place).join(format!("{serial}.json")).is_file(), "{}", ran.story());
        }
    }
    assert!(text(&computer, "Boot").contains("C:\\getad\\getad.exe"), "{}", ran.story());
    assert!(kept(&computer, "Interval").exists(), "{}", ran.story());

    let there = walk.first().expect("the way to the folder");
    let ran = run("undo.bat", &[there, undo]);
    assert!(ran.stdout.contains(&format!("[0] {undo}")), "{}", ran.story());
    assert!(!kept(&computer, "Boot").exists() && !kept(&computer, "Interval").exists(), "{}", ran.story());
}
