//! `status` on Windows: the tasks as the scheduler has them, texts in any code page.

use serde_json::json;

use crate::computer::{Computer, Width};

#[test]
fn it_tells_whether_the_tasks_are_there() {
    let computer = Computer::new();
    for width in Width::BOTH {
        let home = computer.home();
        let tasks = || {
            let ran = home.getad(width, &["status", "--json"]).exits(4);
            (ran.document()["tasks"]["boot"].clone(), ran.document()["tasks"]["interval"].clone())
        };
        assert_eq!(tasks(), (json!("missing"), json!("missing")));
        home.getad(width, &["status"]).exits(4).prints("tasks are missing. Run `getad install`");
        home.getad(width, &["install", "--keep-acl"]).exits(0);
        assert_eq!(tasks(), (json!("registered"), json!("registered")));
        home.getad(width, &["status", "--lang", "ru"]).exits(4).prints("Каждые 12 ч ФН проверяются по логам");
        home.getad(width, &["uninstall"]).exits(0);
        assert_eq!(tasks(), (json!("missing"), json!("missing")));
    }
}

#[test]
fn redirected_it_is_utf_8_with_bars_of_ascii() {
    let computer = Computer::shared();
    for width in Width::BOTH {
        let home = computer.home();
        let record = json!({
            "modelName": "АТОЛ 30Ф – Ёлка", "serialNumber": "00123456790012", "licenses": {},
            "dateTime_end": "2999-01-01 00:00:00", "current_time": "2026-01-02 03:04:05",
        });
        home.write("date/00123456790012.json", record.to_string());
        let program = format!("C:\\getad\\{}", width.program());
        let line = format!("chcp 866 >nul & {program} --lang ru status");
        let mut command = computer.command("wine", &["cmd", "/c", &line]);
        command.env("GETAD_HOME", home.windows_path());
        let ran = home.finish(command).exits(0);
        let ran = ran.prints("АТОЛ 30Ф – Ёлка").prints("######").prints("не опрашивалась");
        assert!(!ran.stdout.contains('\u{1b}') && !ran.stdout.contains('█'), "{}", ran.story());
    }
}
