//! The home folder and the command line: paths, texts, exit codes, the lock.

use std::net::TcpListener;

use serde_json::json;

use crate::computer::{Computer, Home, Width};
use crate::holder::{For, hold};
use crate::sim::{ANY_PORT, Setup};

/// Every file of the home folder, its folders included.
fn files(home: &Home<'_>) -> Vec<String> {
    let folders = ["", "date", "logs", "metrics", "_resources"];
    folders.iter().flat_map(|folder| home.names(folder)).collect()
}

#[test]
fn the_home_folder_is_the_programs_own() {
    let computer = Computer::shared();
    let server = Setup::default().serve_tcp(ANY_PORT).unwrap();
    for width in Width::BOTH {
        let home = computer.home();
        home.copy(&width.built_program(), width.program());
        let program = format!("{}\\{}", home.windows_path(), width.program());
        let run = |arguments: &[&str]| {
            home.finish(computer.command("wine", &[&[program.as_str(), "--lang", "ru"], arguments].concat()))
        };
        run(&["config", "check"]).exits(0);
        run(&["config", "init"]).exits(0);
        run(&["config", "check"]).exits(0);
        run(&["probe", "--brand", "mitsu", "--tcp", server.place()]).exits(0).prints("не отправлено в ОФД");
        let files = files(&home);
        for name in ["connect.json", "service.json", "065001234567890.json", "fiscals.json", "uuid"] {
            assert!(files.iter().any(|file| file == name), "{name}\n{}", home.listing());
        }
        assert!(!files.iter().any(|file| file.contains("tmp")), "{}", home.listing());
        let text = home.read("date/065001234567890.json");
        assert!(text.starts_with("{\n    \"modelName\"") && text.contains("АтласКарт"), "{text}");
        let service = home.read("logs/service.log");
        assert!(service.contains("065001234567890"), "{service}");
    }
}

#[test]
fn the_home_folder_comes_from_the_variable_too() {
    let computer = Computer::shared();
    for width in Width::BOTH {
        let home = computer.home();
        let program = format!("C:\\getad\\{}", width.program());
        let mut command = computer.command("wine", &[&program, "--lang", "en", "config", "init"]);
        command.env("GETAD_HOME", home.windows_path());
        home.finish(command).exits(0);
        assert!(home.has("connect.json") && home.has("service.json"), "{}", home.listing());
        let mut command = computer.command("wine", &[&program, "--lang", "en", "probe"]);
        command.env("GETAD_HOME", "C:\\нет такой");
        home.finish(command).exits(1).complains("C:\\нет такой does not exist");
    }
}

#[test]
fn text_that_is_redirected_is_utf_8() {
    let computer = Computer::shared();
    for width in Width::BOTH {
        let home = computer.home();
        home.getad(width, &["help", "exit-codes", "--lang", "ru"]).exits(0).prints("делать нечего");
        home.getad(width, &["config", "init", "--lang", "ru"]).exits(0).prints("Касса № 1 – Ёлка");
        home.getad(width, &["config", "show"]).exits(0).prints("\"target_time\": \"05:30\"");
        home.write("connect.json", "{\n    \"tcp_timeout\": 30\n    \"atol\": []\n}\n");
        home.getad(width, &["config", "check", "--lang", "ru"])
            .exits(3)
            .complains("строка 3, столбец 5: ожидается запятая или }");
        let program = format!("C:\\getad\\{}", width.program());
        let mut command = computer.command("wine", &[&program, "help", "exit-codes"]);
        command.env("GETAD_LANG", "ru");
        home.finish(command).exits(0).prints("делать нечего");
    }
}

#[test]
fn exit_codes_pass_through() {
    let computer = Computer::shared();
    for width in Width::BOTH {
        let home = computer.home();
        let ran = home.getad(width, &["--version"]).exits(0);
        assert_eq!(ran.stdout.trim(), concat!("getad ", env!("CARGO_PKG_VERSION")));
        home.getad(width, &["porbe"]).exits(2);
        home.getad(width, &["probe", "--brand", "mitsu", "--usb"]).exits(2);
        home.write("connect.json", r#"{"atol":[{"type_connect":0}],"mitsu":[{"type_connect":3}]}"#);
        home.getad(width, &["probe"]).exits(4).prints("No register was found");
        home.write("service.json", b"{\"service\":{\"updater_name\":\"\xEE\xE1\"}}");
        home.getad(width, &["probe"]).exits(3).complains("not UTF-8");
    }
}

#[test]
fn two_at_once_do_not_get_in_each_others_way() {
    let computer = Computer::shared();
    for (first, second) in [(Width::X86, Width::X64), (Width::X64, Width::X86)] {
        let home = computer.home();
        let listener = TcpListener::bind(ANY_PORT).unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let options = ["probe", "--brand", "mitsu", "--tcp", &address, "--timeout", "20"];
        let reading = computer.start(home.command(first, &options));
        // It talks with a register, so it has the lock.
        let (stream, _) = listener.accept().unwrap();
        home.getad(second, &["probe", "--lock-timeout", "0"]).exits(6).complains("another getad is at work");
        let waiting = computer.start(home.command(second, &["config", "init"]));
        drop((stream, listener));
        reading.wait(|| home.listing()).exits(1);
        waiting.wait(|| home.listing()).exits(0);
        assert!(home.has("connect.json"), "{}", home.listing());
    }
}

#[test]
fn a_record_that_somebody_holds_stays_whole_and_is_replaced_later() {
    let computer = Computer::shared();
    let server = Setup::default().serve_tcp(ANY_PORT).unwrap();
    for width in Width::BOTH {
        let home = computer.home();
        let options = ["probe", "--brand", "mitsu", "--tcp", server.place()];
        let name = "date/065001234567890.json";
        home.write(name, "old and whole");
        let held = hold(&computer, &home.home().join(name), For::Reading);
        home.getad(width, &options).exits(1).prints("065001234567890");
        assert_eq!(home.read(name), "old and whole");
        assert_eq!(home.names("date"), ["065001234567890.json", "held"]);
        held.release();
        home.getad(width, &options).exits(0);
        assert_eq!(home.json(name)["serialNumber"], "065001234567890");
    }
}

#[test]
fn a_broken_state_file_is_set_aside() {
    let computer = Computer::shared();
    let server = Setup::default().serve_tcp(ANY_PORT).unwrap();
    for width in Width::BOTH {
        let home = computer.home();
        home.write("_resources/fiscals.json", "{ broken");
        home.getad(width, &["probe", "--brand", "mitsu", "--tcp", server.place()]).exits(0);
        let aside =
            home.names("_resources").into_iter().find(|name| name.starts_with("fiscals.json.broken-"));
        let aside = aside.unwrap_or_else(|| panic!("{}", home.listing()));
        assert_eq!(home.read(&format!("_resources/{aside}")), "{ broken");
        assert_eq!(home.json("_resources/fiscals.json")["atol"], json!([]));
    }
}
