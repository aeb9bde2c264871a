//! From an FN that was replaced to the restart and back: the whole story on Windows.

use std::fs;

use chrono::{Local, TimeDelta};

use crate::computer::{Computer, Home, Width};
use crate::sim::{ANY_PORT, Register, Server, Setup};
use crate::util::Ran;

const SERIAL: &str = "065001234567890";
const NEW_FN: &str = "7380440700099999";
/// Logs of iikoFront in the profile of a user who is not logged on.
const LOGS: &str = "users/Бармен/AppData/Roaming/iiko/Cashserver/logs";

fn ago(days: i64) -> String {
    (Local::now().naive_local() - TimeDelta::days(days)).format("%Y-%m-%d %H:%M:%S").to_string()
}

fn read_register(home: &Home<'_>, width: Width, server: &Server) -> Ran {
    home.getad(width, &["probe", "--brand", "mitsu", "--tcp", server.place()]).exits(0)
}

/// Makes the register due, as if it had been read some days ago.
fn let_days_pass(home: &Home<'_>) {
    let mut fiscals = home.json("_resources/fiscals.json");
    fiscals["mitsu"][0]["v_time"] = ago(5).into();
    home.write("_resources/fiscals.json", fiscals.to_string());
}

#[test]
fn a_replaced_fn_leads_to_one_restart_and_a_new_reading_ends_it() {
    let computer = Computer::new();
    let task = computer.drive().join("windows/system32/tasks/Getad/Reboot");
    let logs = computer.drive().join(LOGS);
    fs::create_dir_all(&logs).unwrap();
    let time = ago(1);
    let lines = format!(
        "\u{feff}[{time},106]  INFO [ 7] - <OK VERSION='1.1.06' SERIAL='{SERIAL}'/>\r\n\
         [{time},216]  INFO [ 7] - <OK FN='{NEW_FN}' FFD='1.2'/>\r\n"
    );
    fs::write(logs.join("plugin-Resto.Front.Api.MitsuCRPlugin.log"), lines).unwrap();
    for width in Width::BOTH {
        let home = computer.home();
        read_register(&home, width, &Setup::default().serve_tcp(ANY_PORT).unwrap());
        let_days_pass(&home);

        let found = home.getad(width, &["validate-fn", "--json"]).exits(10).document();
        assert_eq!(found["registers"][0]["verdict"], "replaced", "{found}");
        let log_file = found["registers"][0]["log_file"].as_str().unwrap();
        assert!(log_file.starts_with("C:\\") && log_file.contains("Бармен"), "{log_file}");

        let planned = home.getad(width, &["schedule-reboot", "--json"]).exits(0).document();
        assert_eq!((&planned["action"], &planned["task"]), (&"scheduled".into(), &"Getad\\Reboot".into()));
        assert_eq!(planned["at"], found["reboot_at"]);
        assert!(task.exists(), "{}", home.listing());
        home.getad(width, &["schedule-reboot"]).exits(0).prints("will be restarted at");

        home.write("_resources/reboot.bat", "@echo ran>>\"%~dp0..\\trace.txt\"\r\n@exit /b 3\r\n");
        let ran = home.getad(width, &["schedule-reboot", "--run-pending", "--json"]).exits(1);
        assert_eq!(ran.document()["exit_code"], 3, "{}", ran.story());
        home.getad(width, &["schedule-reboot", "--run-pending"]).exits(4);
        assert_eq!(home.read("trace.txt").trim(), "ran");

        let mut register = Register::default();
        register.set("GET INFO='F'", "FN", NEW_FN);
        read_register(&home, width, &Setup::new(register).serve_tcp(ANY_PORT).unwrap());
        assert!(!home.has("_resources/reboot.json"), "{}", home.listing());
        home.getad(width, &["validate-fn", "--all"]).exits(0).prints("the same FN");
        home.getad(width, &["schedule-reboot", "--cancel"]).exits(0).prints("called off");
        assert!(!task.exists());
    }
}
