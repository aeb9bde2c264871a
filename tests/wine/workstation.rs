//! Facts about the computer, where Windows and other programs keep them.

use std::fs::{self, File};
use std::time::{Duration, SystemTime};

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::computer::{Computer, Home, Width};
use crate::network::{MAC, Network};

const GUID: &str = "9f3c2a10-77b1-4c55-8e1d-0a1b2c3d4e5f";
const CRYPTOGRAPHY: &str = "HKLM\\Software\\Microsoft\\Cryptography";
const TEAMVIEWER: &str = "HKLM\\Software\\TeamViewer";
const LITEMANAGER: &str = "HKLM\\Software\\LiteManager\\v3.4\\Server\\Parameters";
/// Wine's only user.
const PROFILE: &str =
    "HKLM\\Software\\Microsoft\\Windows NT\\CurrentVersion\\ProfileList\\S-1-5-21-0-0-0-1000";

fn home(computer: &Computer) -> Home<'_> {
    let home = computer.home();
    home.write("connect.json", r#"{"atol":[{"type_connect":0}],"mitsu":[{"type_connect":3}]}"#);
    home
}

/// The record of the workstation, the only file in its folder.
#[track_caller]
fn record(home: &Home<'_>, program: Width, name: &str) -> Value {
    let ran = home.getad(program, &["probe"]).exits(4);
    assert_eq!(home.names("date"), [name], "{}", ran.story());
    home.json(&format!("date/{name}"))
}

fn write(computer: &Computer, name: &str, content: &str) {
    let file = computer.drive().join(name);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, content).unwrap();
}

#[test]
fn a_bare_computer_has_a_name_and_an_identity() {
    let computer = Computer::in_network(Network::empty(), &[]);
    computer.set(Width::X64, CRYPTOGRAPHY, "MachineGuid", "REG_SZ", GUID);
    let hash = Sha256::digest(format!("{MAC}:{GUID}"));
    let digits: String = hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    for program in Width::BOTH {
        let home = home(&computer);
        let record = record(&home, program, "TVNone_ADNone.json");
        assert_eq!(record["uuid"].as_str().unwrap().replace('-', ""), digits, "{record}");
        assert_eq!(home.read("_resources/uuid").trim(), record["uuid"]);
        let hostname = fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
        let hostname = hostname.trim().split('.').next().unwrap();
        assert_eq!(record["hostname"].as_str().unwrap().to_lowercase(), hostname.to_lowercase());
        for key in ["url_rms", "teamviewer_id", "anydesk_id", "litemanager_id"] {
            assert_eq!(record[key], "None", "{key}");
        }
    }
}

#[test]
fn a_stored_identity_is_kept() {
    let computer = Computer::shared();
    let uuid = "e96c6ccf-75c4-e8f3-4b99-f27b9e09c8ca";
    for program in Width::BOTH {
        let home = home(&computer);
        home.write("_resources/uuid", format!("{uuid}\r\n"));
        assert_eq!(record(&home, program, "TVNone_ADNone.json")["uuid"], uuid);
    }
}

#[test]
fn numbers_of_remote_support_are_read_from_both_views() {
    let computer = Computer::new();
    computer.set(Width::X86, TEAMVIEWER, "ClientID", "REG_DWORD", "1234567890");
    computer.set(Width::X86, LITEMANAGER, "ID (read only)", "REG_SZ", "ЛМ-4711");
    write(&computer, "ProgramData/AnyDesk/service.conf", "ad.anynet.id=987654321\r\n");
    for program in Width::BOTH {
        let record = record(&home(&computer), program, "TV1234567890_AD987654321.json");
        assert_eq!(record["litemanager_id"], "ЛМ-4711");
    }
    computer.set(Width::X64, TEAMVIEWER, "ClientID", "REG_DWORD", "4000000000");
    computer.set(Width::X64, LITEMANAGER, "ID (read only)", "REG_SZ", "lm-64");
    for program in Width::BOTH {
        let record = record(&home(&computer), program, "TV4000000000_AD987654321.json");
        assert_eq!(record["litemanager_id"], "lm-64");
    }
}

#[test]
fn files_of_the_active_user_are_read() {
    let computer = Computer::new();
    computer.set(Width::X64, PROFILE, "ProfileImagePath", "REG_EXPAND_SZ", "%SystemDrive%\\users\\Касса №1");
    let config =
        |server: &str| format!("<?xml version=\"1.0\"?><config><serverUrl>{server}</serverUrl></config>");
    write(
        &computer,
        "users/Касса №1/AppData/Roaming/iiko/Cashserver/config.xml",
        &config("https://касса.example:443/resto?a=1&amp;b=2"),
    );
    write(&computer, "users/Касса №1/AppData/Roaming/AnyDesk/system.conf", "ad.anynet.id=111222333\n");
    let other = "users/Администратор/AppData/Roaming";
    write(&computer, &format!("{other}/iiko/Cashserver/config.xml"), &config("https://wrong"));
    write(&computer, &format!("{other}/AnyDesk/system.conf"), "ad.anynet.id=999\n");
    // Changed last, but nobody works there.
    for folder in ["iiko/Cashserver", "AnyDesk"] {
        let folder = File::open(computer.drive().join(other).join(folder)).unwrap();
        folder.set_modified(SystemTime::now() + Duration::from_secs(3600)).unwrap();
    }
    for program in Width::BOTH {
        let record = record(&home(&computer), program, "TVNone_AD111222333.json");
        assert_eq!(record["url_rms"], "https://касса.example:443/resto?a=1&b=2");
    }
}

#[test]
fn failing_an_active_user_the_profile_that_was_used_last_counts() {
    let computer = Computer::new();
    let config = "<config><serverUrl>https://iiko.example</serverUrl></config>";
    write(&computer, "users/Бармен/AppData/Roaming/iiko/Cashserver/config.xml", config);
    write(&computer, "users/Public/AppData/Roaming/AnyDesk/system.conf", "ad.anynet.id=999\n");
    for program in Width::BOTH {
        let record = record(&home(&computer), program, "TVNone_ADNone.json");
        assert_eq!(record["url_rms"], "https://iiko.example");
    }
}
