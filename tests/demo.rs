//! The main job of getad, shown on simulated registers: `cargo run --example demo`.
//!
//! Builds the real program and a stand-in for the ATOL driver, starts simulated Mitsu registers,
//! and runs `getad` in a temporary home folder as a technician would: configure, check, read, send,
//! read again with a driver that misbehaves, and with a configuration that is broken. Every step
//! shows its command line, output and exit code, and is checked: the demonstration fails when
//! something is not as expected. It needs a C compiler and ends by itself within seconds.
#![expect(clippy::print_stdout, reason = "showing is its purpose")]

#[cfg(unix)]
#[allow(dead_code, reason = "the demonstration uses a part of it")]
#[path = "sim/http.rs"]
mod http;
#[cfg(unix)]
#[allow(dead_code, reason = "the demonstration uses a part of it")]
#[path = "sim/mitsu.rs"]
mod mitsu;
#[cfg(unix)]
#[path = "demo/program.rs"]
mod program;
#[cfg(unix)]
#[path = "demo/registers.rs"]
mod registers;
#[cfg(unix)]
#[path = "demo/stage.rs"]
mod stage;

#[cfg(unix)]
#[allow(dead_code, reason = "the demonstration uses a part of it")]
#[path = "sim/telegram.rs"]
mod telegram;

use std::error::Error;

#[cfg(not(unix))]
fn main() -> Result<(), Box<dyn Error>> {
    Err("the simulated registers need Linux; on Windows try getad.exe itself".into())
}

#[cfg(unix)]
fn main() -> Result<(), Box<dyn Error>> {
    let mut stage = stage::Stage::new(program::build()?)?;
    program::build_driver(&stage.home().join(program::DRIVER))?;
    let registers = registers::Simulated::start()?;

    configure(&mut stage, &registers)?;
    read(&mut stage)?;
    send_records(&mut stage)?;
    tell_monitoring(&mut stage)?;
    notice_a_replaced_fn(&mut stage, &registers)?;
    do_all_at_once(&mut stage)?;
    stage.run(&["status"], 0, "Everything on one screen, from the files alone.")?;
    let why = "What a technician would check; COM3 and COM6 are ports of the simulator's own and not there.";
    stage.run(&["doctor", "--offline", "--lang", "ru"], 5, why)?;
    survive_the_driver(&mut stage, &registers)?;
    refuse_a_broken_configuration(&mut stage)?;
    stage.run(&["help", "exit-codes"], 0, "What the exit codes mean.")?;

    stage.show_files()?;
    stage.conclude()
}

/// A new home folder; the technician enters how the registers are connected.
#[cfg(unix)]
fn configure(stage: &mut stage::Stage, registers: &registers::Simulated) -> Result<(), Box<dyn Error>> {
    stage.run(&["config", "init"], 0, "A new home folder gets its two configuration files.")?;
    println!("\nFive registers are connected, so connect.json is edited:");
    println!("  atol   COM3 healthy, COM6 in trouble, COM7 held by another program");
    println!("  mitsu  {} and {}", registers.tcp(), registers.serial());
    stage.write("connect.json", &registers.connections(&["COM3", "COM6", "COM7"]))?;
    // The driver simulator looks for its scenario beside itself.
    stage.write("fptr10.scenario", registers::ATOL)?;
    stage.run(&["config", "check"], 0, "The files are checked, nothing is changed.")?;
    Ok(())
}

#[cfg(unix)]
fn read(stage: &mut stage::Stage) -> Result<(), Box<dyn Error>> {
    let why = "All registers are read side by side. Four answer and are recorded; the fifth is reported\n\
        with what to do, and the exit code says: partly done.";
    stage.run(&["probe"], 5, why)?;
    stage.run(&["probe", "--lang", "ru"], 5, "The same for a technician who reads Russian.")?;
    let ran = stage.run(&["probe", "--json"], 5, "The same for a program: one JSON document.")?;
    stage.expect("four registers", ran.count("registers") == 4);
    stage.expect("one failure of the kind busy", ran.kinds() == ["busy"]);
    for file in ["date/00123456790012.json", "date/065001234567890.json", "metrics/00123456790012.json"] {
        stage.expect(file, stage.home().join(file).is_file());
    }
    Ok(())
}

/// Two servers are entered; one of them does not know the key.
#[cfg(unix)]
fn send_records(stage: &mut stage::Stage) -> Result<(), Box<dyn Error>> {
    let good = http::Server::http(http::receiver("key-of-this-till"));
    let strict = http::Server::http(http::receiver("another-key"));
    println!("\nTwo servers are to get the records, {} and {}:", good.place(), strict.place());
    let entry = |server: &http::Server| serde_json::json!({ "url": server.url("/api/submit_json"), "api_key": "key-of-this-till" });
    let sending = serde_json::json!({ "url_list": [entry(&good), entry(&strict)] });
    let before = stage.write("service.json", &serde_json::json!({ "sending_data": sending }).to_string())?;
    let why =
        "Every record goes to every server. The second one refuses the key, which is tried three times only.";
    stage.run(&["send"], 5, why)?;
    let record = std::fs::read(stage.home().join("date/00123456790012.json"))?;
    stage.expect("the first server has the records byte for byte", good.bodies().contains(&record));
    stage.expect("over one connection", (good.bodies().len(), good.connections()) == (4, 1));
    stage.run(
        &["encrypt", "--gen-key"],
        0,
        "Keys and addresses need not stand there for everybody to read.",
    )?;
    stage.run(&["encrypt", "--config", "service.json"], 0, "They are encrypted in place.")?;
    let encrypted = std::fs::read_to_string(stage.home().join("service.json"))?;
    stage.expect("the key cannot be read any more", !encrypted.contains("key-of-this-till"));
    stage.run(
        &["send", "--server", "1", "--json"],
        0,
        "It works as before; to the first one, for a program.",
    )?;
    stage.write("service.json", &before)?;
    Ok(())
}

/// Monitoring systems get the health from what `probe` has left, without touching a register.
#[cfg(unix)]
fn tell_monitoring(stage: &mut stage::Stage) -> Result<(), Box<dyn Error>> {
    let why = "Zabbix asks for one document; here for one register of it.";
    let ran = stage.run(&["metrics", "--format", "zabbix", "--serial", "00123456790014"], 0, why)?;
    stage.expect("one register", ran.count("registers") == 1);
    stage.run(&["metrics", "--discovery"], 0, "Zabbix asks which registers there are.")?;
    let why = "The template of the zabbix-atol script gets the keys that it knows.";
    stage.run(&["metrics", "--format", "zabbix-legacy", "--serial", "00123456790014"], 0, why)?;
    stage.run(
        &["metrics", "--format", "prometheus"],
        0,
        "A textfile collector of Prometheus gets all registers.",
    )?;
    Ok(())
}

/// The POS program's log tells that another FN is in a register than the one that is known.
#[cfg(unix)]
fn notice_a_replaced_fn(
    stage: &mut stage::Stage,
    registers: &registers::Simulated,
) -> Result<(), Box<dyn Error>> {
    println!("\nOvernight the FN of 00123456790012 was replaced. The POS program's log says so:");
    let line =
        "[2026-11-22 09:00:01,250]  INFO [ 7] - serialNumber=00123456790012, fnNumber=7380440700099999";
    println!("  {line}");
    stage.write("pos-logs/plugin-Plugin.Front.AtolFiscalRegister.log", &format!("{line}\r\n"))?;
    let logs = stage.home().join("pos-logs").display().to_string();
    let check = ["validate-fn", "--all", "--logs-dir", &logs];
    let telegram = telegram::Telegram::start();
    println!("\nMessages are switched on, to a server that stands in for Telegram's.");
    let settings = serde_json::json!({ "notification": telegram.settings() });
    let quiet = stage.write("service.json", &settings.to_string())?;
    telegram.reply(telegram::Reply::Raw(502, "", "Bad Gateway".to_owned()));
    stage.run(
        &check,
        10,
        "The replacement is found: a restart is pending. Telegram is out of order just then.",
    )?;
    stage.run(
        &["notify", "Restart tonight"],
        0,
        "A technician's message; the one that waited goes out first.",
    )?;
    println!("\nWhat the chat shows:");
    telegram.texts().iter().for_each(|text| println!("\n  {}", text.replace('\n', "\n  ")));
    stage.expect("two messages", telegram.texts().len() == 2);
    stage.write("service.json", &quiet)?;
    let why = "On Windows this would register a one-time task; here it is only shown.";
    stage.run(&["schedule-reboot", "--at", "05:30", "--dry-run"], 0, why)?;
    println!("\nAfter the restart the boot task reads the registers, and the new FN is in them.");
    stage.write("connect.json", &registers.connections(&["COM3", "COM6"]))?;
    stage.write("fptr10.scenario", &registers::ATOL.replacen("7380440700067159", "7380440700099999", 1))?;
    stage.run(&["probe", "--brand", "atol"], 0, "The new FN is recorded and nothing is pending any more.")?;
    stage.expect("no restart is pending", !stage.home().join("_resources/reboot.json").exists());
    Ok(())
}

/// What a double click on the predecessor did; the plugin and the updater are the user's own programs.
#[cfg(unix)]
fn do_all_at_once(stage: &mut stage::Stage) -> Result<(), Box<dyn Error>> {
    println!("\nA plugin that reads a Shtrih register and an updater are put into the home folder.");
    let record =
        r#"{"modelName":"SHTRIH-M-01F","serialNumber":"0000000005012345","fn_serial":"7380440700054321"}"#;
    stage.program("shtrihscanner.exe", &format!("printf '%s' '{record}' >date/0000000005012345.json"))?;
    stage.program("updater/updater.exe", ":")?;
    let why = "Registers, plugin, servers (none is entered here), updater.";
    stage.run(&["run"], 0, why)?;
    let known = std::fs::read_to_string(stage.home().join("_resources/fiscals.json"))?;
    stage.expect("the register of the plugin is known", known.contains("0000000005012345"));
    Ok(())
}

/// The vendor's library runs in a process of its own, which may hang or crash.
#[cfg(unix)]
fn survive_the_driver(
    stage: &mut stage::Stage,
    registers: &registers::Simulated,
) -> Result<(), Box<dyn Error>> {
    println!("\nconnect.json now names COM3, COM8, whose driver hangs, and COM9, whose driver crashes.");
    stage.write("connect.json", &registers.connections(&["COM3", "COM8", "COM9"]))?;
    let why = "The hanging driver is given up after 2 s, the crash is reported, COM3 is read all the same.";
    let ran = stage.run(&["probe", "--brand", "atol", "--timeout", "2", "--json"], 5, why)?;
    stage.expect("one register", ran.count("registers") == 1);
    stage.expect("the kinds timeout and crashed", ran.kinds() == ["timeout", "crashed"]);
    Ok(())
}

/// A file that cannot be understood is reported and left alone.
#[cfg(unix)]
fn refuse_a_broken_configuration(stage: &mut stage::Stage) -> Result<(), Box<dyn Error>> {
    let broken = "{\n    \"tcp_timeout\": 30\n    \"atol\": []\n}\n";
    println!("\nSomebody edits connect.json and forgets a comma.");
    let good = stage.write("connect.json", broken)?;
    let why = "Nothing is read and nothing is replaced by defaults: the place of the error is named.";
    stage.run(&["probe"], 3, why)?;
    stage.run(&["config", "check", "--lang", "ru"], 3, "The same from the check, in Russian.")?;
    let untouched = std::fs::read_to_string(stage.home().join("connect.json"))? == broken;
    stage.expect("the broken file is as it was", untouched);
    stage.write("connect.json", &good)?;
    stage.run(&["config", "check"], 0, "With the comma put back all is well.")?;
    Ok(())
}
