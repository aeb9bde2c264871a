//! `doctor`: every finding is provoked by what really causes it.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use chrono::Utc;
use fernet::Fernet;
use serde_json::{Value, json};

use crate::atol::with_driver;
use crate::http_sim::{Deaf, Reply, Server};
use crate::send::{KEY, configure, entry};
use crate::sim::{ANY_PORT, Register, Setup};
use crate::state::rustix_is_root;
use crate::telegram::{Reply as Answer, TOKEN, Telegram};
use crate::tls_sim::Authority;
use crate::util::{Case, Driver, Ran};
use crate::validate_fn::{ATOL, days_ago, known};

/// The limit of the whole run, and what starting it may take on a busy machine.
const LIMIT: Duration = Duration::from_secs(30 + 15);

fn offline(case: &Case) -> Ran {
    case.run(&["doctor", "--offline", "--json"])
}

fn online(case: &Case) -> Ran {
    case.run(&["doctor", "--json"])
}

/// Demands a finding; `None` stands for any advice.
#[track_caller]
fn finds(ran: &Ran, check: &str, state: &str, message: &str, advice: Option<&str>) {
    let document = ran.document();
    let fits = |found: &&Value| {
        let text = |key: &str| found[key].as_str().unwrap_or_default();
        text("check") == check
            && text("state") == state
            && text("message").contains(message)
            && advice.is_none_or(|advice| text("advice").contains(advice))
    };
    let found = document["checks"].as_array().unwrap().iter().find(fits);
    assert!(found.is_some(), "no {state} of {check} with {message:?} and {advice:?}\n{}", ran.story());
    let problem = document["checks"].as_array().unwrap().iter().any(|found| found["state"] == "problem");
    assert_eq!((document["ok"] == false, ran.code == Some(5)), (problem, problem), "{}", ran.story());
}

fn states(ran: &Ran, state: &str) -> Vec<Value> {
    let checks = ran.document()["checks"].as_array().unwrap().clone();
    checks.into_iter().filter(|found| found["state"] == state).collect()
}

fn dated(status: u16, minutes_ahead: i64) -> Reply {
    let date = (Utc::now() + chrono::TimeDelta::minutes(minutes_ahead)).to_rfc2822().replace("+0000", "GMT");
    Reply::Answer(status, vec![("Date", date)], Vec::new())
}

/// A port where nobody listens.
fn closed() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

#[test]
fn a_well_kept_till_is_well_and_stays_as_it_is() {
    let register = Setup::new(Register::default()).serve_tcp(ANY_PORT).unwrap();
    let (ip, port) = register.place().rsplit_once(':').unwrap();
    let (server, telegram) = (Server::http(|_| dated(405, 0)), Telegram::start());
    let case = with_driver(Driver::Current, "", &[]);
    let connect = json!({ "atol": [{ "type_connect": 3 }], "mitsu": [{ "type_connect": 2, "ip": ip, "ip_port": port }] });
    case.write("connect.json", connect.to_string())
        .write("pos/x-MitsuCRPlugin.log", "")
        .write("pos/x-AtolFiscalRegister.log", "")
        .write("date/1.json", json!({ "serialNumber": "1", "current_time": days_ago(6) }).to_string())
        .write(
            "service.json",
            json!({ "sending_data": { "url_list": [entry(&server)] }, "notification": telegram.settings(),
                "validation_fn": { "atol": { "logs_dir": "pos" }, "mitsu": { "logs_dir": "pos" } } })
            .to_string(),
        );
    let before = without_logs(&case);
    let ran = online(&case).exits(0);
    assert_eq!((states(&ran, "warning"), states(&ran, "problem")), (vec![], vec![]), "{}", ran.story());
    finds(&ran, "driver", "ok", "64-bit, version 10.9.1.0", None);
    finds(&ran, "port", "ok", &format!("mitsu {ip}:{port}: free"), None);
    finds(&ran, "server", "ok", "answers (status 405", None);
    finds(&ran, "telegram", "ok", "knows the bot", None);
    finds(&ran, "clock", "ok", "agrees with", None);
    finds(&ran, "logs", "ok", "(1 files)", None);
    let calls = case.read("fptr10.journal");
    assert!(calls.contains("get_version_string") && !calls.contains(" open "), "{calls}");
    assert_eq!(without_logs(&case), before);
    assert_eq!(register.received().len(), 0, "a register is not spoken to");
    assert_eq!(telegram.texts(), Vec::<String>::new(), "nothing is written to the chat");
    let asked = server.requests();
    assert!(asked.len() == 1 && asked[0].line.starts_with("GET ") && asked[0].body.is_empty(), "{asked:?}");
    case.run(&["doctor"]).exits(0).prints("All is well.");
}

fn without_logs(case: &Case) -> String {
    fs::remove_dir_all(case.home().join("logs")).ok();
    // The simulated driver writes down what it is called for.
    fs::remove_file(case.home().join("fptr10.journal")).ok();
    case.listing()
}

#[test]
fn an_empty_home_says_how_to_begin() {
    let case = Case::new();
    let shown = |lang: &str| {
        let ran = case.run(&["doctor", "--offline", "--lang", lang]).exits(0);
        let lines = ran.stdout.replace(&case.home().display().to_string(), "HOME");
        let room = |word: &str| word.parse::<u64>().is_ok_and(|number| number > 100);
        let words = |line: &str| -> String {
            line.split(' ').map(|word| if room(word) { "N" } else { word }).collect::<Vec<_>>().join(" ")
        };
        lines.lines().map(words).collect::<Vec<_>>().join("\n")
    };
    assert_eq!(shown("en"), EMPTY_EN);
    assert_eq!(shown("ru"), EMPTY_RU);
}

const EMPTY_EN: &str = "\
ok        Home folder: HOME can be written to
ok        Disk: N MB are free
warning   Configuration: missing, defaults are used: connect.json
          → `getad config init` writes it, to be edited.
warning   Configuration: missing, defaults are used: service.json
          → `getad config init` writes it, to be edited.
ok        ATOL driver: not installed, and no ATOL register is configured or found on USB
warning   Connection: no ATOL register is found on USB
          → Check power and cable; if it is connected otherwise, enter that in connect.json.
ok        Connection: Mitsu registers are searched for by `getad probe`
ok        POS logs: no register is known yet whose logs would be wanted
ok        State files: none is broken
warning   Records: there are none yet
          → Read the registers: `getad probe`.
ok        Restart: none is pending
ok        Messages: none waits
ok        Tasks: there are none on this system; cron or a systemd timer calls getad

Problems: 0, warnings: 4.";

const EMPTY_RU: &str = "\
норма     Папка getad: HOME: запись разрешена
норма     Диск: свободно N МБ
внимание  Настройки: файла нет, действуют умолчания: connect.json
          → `getad config init` создаст его, затем отредактируйте.
внимание  Настройки: файла нет, действуют умолчания: service.json
          → `getad config init` создаст его, затем отредактируйте.
норма     Драйвер АТОЛ: не установлен; ККТ АТОЛ не настроены и на USB не найдены
внимание  Подключение: ККТ АТОЛ на USB не найдены
          → Проверьте питание и кабель; при другом подключении впишите его в connect.json.
норма     Подключение: ККТ Mitsu ищет `getad probe`
норма     Логи кассовой программы: пока не известно ни одной ККТ, чьи логи понадобятся
норма     Файлы состояния: повреждённых нет
внимание  Записи: их ещё нет
          → Опросите ККТ: `getad probe`.
норма     Перезагрузка: не ожидается
норма     Сообщения: неотправленных нет
норма     Задания: в этой системе их нет; getad вызывает cron или таймер systemd

Проблем: 0, предупреждений: 4.";

#[test]
fn a_driver_that_does_not_do_is_told_apart() {
    let case = with_driver(Driver::Current, "version 10.6.9.0\n", &["COM5"]);
    finds(&offline(&case), "driver", "problem", "is too old: 10.6.9.0", Some("newer driver"));
    let case = with_driver(Driver::Foreign, "", &["COM5"]);
    finds(&offline(&case), "driver", "problem", "is not the ATOL driver: it lacks", Some(""));
    let elf_of_32_bits = b"\x7FELF\x01\x01\x01\0\0\0\0\0\0\0\0\0\x03\0\x03\0";
    case.write("libfptr10.so", elf_of_32_bits);
    finds(&offline(&case), "driver", "problem", "is 32-bit", Some(""));
    case.write("libfptr10.so", "nonsense");
    finds(&offline(&case), "driver", "problem", "is not a usable library", Some(""));
    fs::remove_file(case.home().join("libfptr10.so")).unwrap();
    finds(&offline(&case), "driver", "problem", "the ATOL driver was not found", Some("nstall"));
    needs_what_is_absent(&case);
    finds(&offline(&case), "driver", "problem", "something it needs is missing", Some(""));
}

/// A driver that was linked with a library that is not there any more.
fn needs_what_is_absent(case: &Case) {
    let build = |arguments: &[&str]| {
        let mut compiler = Command::new("cc");
        compiler.current_dir(case.home()).args([
            "-shared",
            "-fPIC",
            "-xc",
            "/dev/null",
            "-xnone",
            "-Wl,--no-as-needed",
        ]);
        assert!(compiler.args(arguments).status().unwrap().success());
    };
    build(&["-o", "libgone.so"]);
    build(&["-o", "libfptr10.so", "-L.", "-lgone"]);
    fs::remove_file(case.home().join("libgone.so")).unwrap();
}

/// Registers at serial ports.
fn serial(case: &Case, ports: &[&str]) {
    let entries: Vec<Value> =
        ports.iter().map(|port| json!({ "type_connect": 1, "com_port": port })).collect();
    case.write(
        "connect.json",
        json!({ "atol": [{ "type_connect": 1, "com_port": "NONE" }], "mitsu": entries }).to_string(),
    );
}

#[test]
fn blocked_ways_are_told_apart() {
    let case = Case::new();
    let held = Setup::new(Register::default()).serve_pty().unwrap();
    let holder = serialport::new(held.place(), 115_200).open().unwrap();
    serial(&case, &[held.place()]);
    let ran = offline(&case);
    finds(&ran, "port", "problem", "atol: there is no port NONE", Some(""));
    finds(
        &ran,
        "port",
        "problem",
        &format!("port {} is held by another program, which one", held.place()),
        Some("iikoFront"),
    );
    // Of the programs that may be it, those that run are named.
    let suspect = case.outside().join("iikoFront.Net.exe");
    fs::copy("/bin/sleep", &suspect).unwrap();
    let mut running = Command::new(&suspect).arg("60").stdout(Stdio::null()).spawn().unwrap();
    let ran = offline(&case);
    running.kill().unwrap();
    running.wait().unwrap();
    finds(&ran, "port", "problem", "of those that use registers these run: iikoFront.Net.exe", Some(""));
    drop(holder);
    finds(&offline(&case), "port", "ok", &format!("mitsu {}: free", held.place()), None);
    assert_eq!(held.received().len(), 0);

    let closed = closed();
    let (ip, port) = closed.rsplit_once(':').unwrap();
    let connect = json!({ "mitsu": [{ "type_connect": 2, "ip": ip, "ip_port": port }], "atol": [{ "type_connect": 1 }] });
    case.write("connect.json", connect.to_string());
    let ran = offline(&case);
    finds(&ran, "port", "problem", &format!("mitsu: no connection to {closed}"), Some(""));
    finds(&ran, "config", "problem", "atol[0]: com_port is missing", Some(""));
    case.write("connect.json", r#"{"atol":[{"type_connect":9}],"mitsu":[]}"#);
    finds(&offline(&case), "port", "warning", "names no register", Some("type_connect"));
}

#[test]
fn while_another_getad_works_it_is_not_disturbed() {
    let case = Case::new();
    let server = Setup::new(Register::default()).serve_pty().unwrap();
    serial(&case, &[server.place()]);
    case.write("_resources/getad.lock", "");
    let lock = fs::OpenOptions::new().write(true).open(case.home().join("_resources/getad.lock")).unwrap();
    lock.lock().unwrap();
    finds(&offline(&case), "port", "warning", "another getad is at work", Some("Repeat"));
}

#[test]
fn the_configuration_is_looked_through() {
    let case = Case::new();
    case.write("connect.json", r#"{"atol":[{"type_conect":0}],"mitsu":[]}"#).write(
        "service.json",
        r#"{"validation_fn":{"atol":{"log_dir":"x"}},"service":{"log_level":"loud"},"colour":1}"#,
    );
    let ran = offline(&case);
    finds(
        &ran,
        "config",
        "warning",
        "connect.json: nobody reads the key atol[0].type_conect",
        Some("Is type_connect meant"),
    );
    finds(
        &ran,
        "config",
        "warning",
        "nobody reads the key validation_fn.atol.log_dir",
        Some("Is logs_dir meant"),
    );
    finds(&ran, "config", "warning", "nobody reads the key colour", Some("README"));
    finds(&ran, "config", "warning", "`loud` is unknown", Some("info"));
    case.write("connect.json", "{\n\"atol\": [,]}").write("service.json", r#"{"service":{"log_days":[1]}}"#);
    let ran = offline(&case);
    finds(&ran, "config", "problem", "connect.json, line 2, column 10", Some("comma"));
    finds(&ran, "config", "problem", "service.json, line 1", Some(""));
    finds(&ran, "home", "ok", "can be written to", None);
}

/// A server whose values are sealed with a key.
fn sealed(case: &Case, key: &str) {
    let fernet = Fernet::new(key).unwrap();
    let server = json!({ "encryption": true, "url": fernet.encrypt(b"http://127.0.0.1:9/"), "api_key": fernet.encrypt(b"x") });
    configure(case, &[server], &json!({}));
}

#[test]
fn keys_are_tried_on_what_is_encrypted() {
    let case = Case::new();
    case.write("service.json", "{}");
    finds(&offline(&case), "key", "ok", "nothing is encrypted", None);
    sealed(&case, "t_qxC_HN04Tiy1ish2P27ROYSJt_m7_FE2JT6gYngOM=");
    finds(&offline(&case), "key", "warning", "the key that everyone knows", Some("--gen-key"));
    let own = Fernet::generate_key();
    sealed(&case, &own);
    finds(&offline(&case), "key", "problem", "sending_data.url_list[0].url", Some(""));
    case.write("_resources/key", &own);
    finds(&offline(&case), "key", "ok", "a key of your own opens", None);
    case.write("_resources/key", "no key");
    let ran = offline(&case);
    finds(&ran, "key", "problem", "holds no Fernet key", Some(""));
    assert!(!ran.story().contains(&own));
}

#[test]
fn logs_that_are_not_there_are_missed() {
    let case = Case::new();
    case.write("_resources/fiscals.json", json!({ "atol": [known(ATOL, &days_ago(1))] }).to_string());
    finds(&offline(&case), "logs", "warning", "no user of this computer has a log folder", Some("logs_dir"));
    let search = |brand: &str, search: Value| {
        case.write("service.json", json!({ "validation_fn": { brand: search } }).to_string());
        offline(&case)
    };
    let pos_only = json!({ "source": "pos", "logs_dir": "pos" });
    finds(&search("atol", pos_only.clone()), "logs", "problem", "pos cannot be listed", Some("logs_dir"));
    finds(&search("mitsu", json!({ "logs_dir": "pos" })), "logs", "problem", "mitsu: ", Some("logs_dir"));
    case.write("pos/other.log", "");
    finds(
        &search("atol", pos_only),
        "logs",
        "warning",
        "no .log file with AtolFiscalRegister",
        Some("logs_mask_name"),
    );
    case.write("service.json", r#"{"validation_fn":{"enabled":false}}"#);
    finds(&offline(&case), "logs", "ok", "not checked by them", None);
}

#[test]
fn servers_are_told_apart() {
    let case = Case::new();
    let ask = |servers: &[Value], more: Value| {
        configure(&case, servers, &more);
        online(&case)
    };
    for status in [401, 403] {
        let server = Server::always(Reply::json(status, "{}"));
        finds(
            &ask(&[entry(&server)], json!({})),
            "server",
            "problem",
            &format!("answers {status}: it refuses the key"),
            Some("api_key"),
        );
        assert_eq!(server.requests()[0].header("x-api-key"), Some(KEY));
    }
    let troubled = Server::always(Reply::json(502, "{}"));
    let nowhere = json!({ "url": format!("http://{}/", closed()), "api_key": KEY });
    let unfit = json!({ "url": "server.example", "api_key": KEY });
    let authority = Authority::new();
    let unknown = Server::https(authority.server("127.0.0.1"), |_| dated(200, 0));
    let ran = ask(&[entry(&troubled), nowhere, unfit, entry(&unknown)], json!({}));
    finds(&ran, "server", "warning", "answers 502", Some(""));
    finds(&ran, "server", "problem", "no connection", Some(""));
    finds(&ran, "server", "problem", "url_list[2]: its address does not start with", Some("https://"));
    finds(&ran, "server", "problem", "certificate is not accepted: its issuer is unknown", Some("ca_file"));
    finds(&ran, "clock", "ok", "not compared", None);
    case.write("own.pem", &authority.pem);
    let ran = ask(&[entry(&unknown)], json!({ "ca_file": "own.pem" }));
    finds(&ran, "server", "ok", "answers (status 200", None);
    let expired = Server::https(authority.expired_server("127.0.0.1"), |_| dated(200, 0));
    let ran = ask(&[entry(&expired)], json!({ "ca_file": "own.pem" }));
    finds(&ran, "server", "problem", "it has expired", Some("Check this computer's date first"));
    finds(&ask(&[], json!({})), "server", "warning", "no server is entered", Some("url_list"));
    finds(&ask(&[entry(&unknown)], json!({ "enabled": false })), "server", "ok", "delivery is off", None);
}

#[test]
fn a_wrong_clock_shows_by_the_servers() {
    let case = Case::new();
    let with = |minutes: &[i64]| {
        let servers: Vec<Server> =
            minutes.iter().map(|&ahead| Server::http(move |_| dated(200, ahead))).collect();
        configure(&case, &servers.iter().map(entry).collect::<Vec<_>>(), &json!({}));
        online(&case)
    };
    finds(&with(&[60]), "clock", "problem", "min behind 127.0.0.1", Some("time zone"));
    finds(&with(&[-60]), "clock", "problem", "min ahead of 127.0.0.1", Some("time zone"));
    finds(&with(&[-6]), "clock", "warning", "min ahead of 127.0.0.1", Some("time zone"));
    finds(&with(&[60, 0]), "clock", "ok", "it agrees", None);
}

#[test]
fn telegram_is_asked_and_not_written_to() {
    let case = Case::new();
    let ask = |settings: &Value| {
        case.write("service.json", json!({ "notification": settings }).to_string());
        online(&case)
    };
    let telegram = Telegram::start();
    let mut settings = telegram.settings();
    settings["authentication"]["chat_id"] = json!(1);
    finds(&ask(&settings), "telegram", "problem", "does not know this chat", Some("chat_id"));
    settings["authentication"]["bot_token"] = json!("1:unknown");
    let ran = ask(&settings);
    finds(&ran, "telegram", "problem", "does not know this token", Some("@BotFather"));
    settings["authentication"]["bot_token"] = json!("");
    finds(&ask(&settings), "telegram", "problem", "bot_token: it is empty", Some(""));
    let mut settings = telegram.settings();
    settings["api_url"] = json!(format!("http://{}", closed()));
    let ran = ask(&settings);
    finds(&ran, "telegram", "problem", "", Some(""));
    assert!(!ran.story().replace(&case.read("service.json"), "").contains(TOKEN), "{}", ran.story());
    assert_eq!(telegram.texts(), Vec::<String>::new());
}

#[test]
fn what_has_been_left_lying_is_found() {
    let case = Case::new();
    let at = days_ago(1);
    case.write("date/old.json", json!({ "current_time": days_ago(8) }).to_string())
        .write("date/fresh.json", json!({ "current_time": days_ago(6) }).to_string())
        .write("date/bad.json", "[]")
        .write("_resources/fiscals.json.broken-20260101-000000", "{")
        .write("_resources/delivery.json", "{")
        .write(
            "_resources/reboot.json",
            json!({ "form": 1, "registers": [], "requested": at, "at": at, "scheduled": true, "closed": null }).to_string(),
        )
        .write(
            "_resources/outbox.json",
            json!({ "form": 1, "last": 1, "waiting": [{ "id": 1, "event": null, "text": "x", "since": at }], "sent": [] })
                .to_string(),
        );
    let before = without_logs(&case);
    let ran = offline(&case);
    finds(&ran, "records", "warning", "not renewed for more than a week: old.json", Some("getad probe"));
    finds(&ran, "records", "problem", "bad.json: ", None);
    finds(&ran, "state", "warning", "fiscals.json.broken-20260101-000000", Some("disk"));
    finds(&ran, "state", "warning", "delivery.json is broken", Some("Nothing to do"));
    finds(&ran, "restart", "problem", &format!("did not come at {at}"), Some("getad install"));
    finds(
        &ran,
        "outbox",
        "warning",
        &format!("waiting to be sent: 1, the oldest since {at}"),
        Some("getad notify"),
    );
    assert_eq!(without_logs(&case), before, "nothing is repaired or set aside");
    let file = json!({ "accepted_at": null, "sha256": null, "failed_at": at, "error": "the server refuses the key" });
    let ledger =
        json!({ "form": 1, "servers": [{ "host": "h.example", "id": "0", "files": { "old.json": file } }] });
    case.write("_resources/delivery.json", ledger.to_string());
    let refused =
        format!("h.example has not accepted 1 of the records, last at {at}: the server refuses the key");
    finds(&offline(&case), "delivery", "problem", &refused, Some("getad send"));
}

#[test]
fn a_disk_that_is_full_or_locked_is_a_problem() {
    let case = Case::new();
    // The home folder is a small file system, first open and then read-only; only this process tree sees it.
    let script = r#"
        mount -t tmpfs -o size=2m none "$1" || exit 99
        "$2" --home "$1" --lang en doctor --offline; echo "exit: $?"
        mount -o remount,ro "$1" || exit 99
        "$2" --home "$1" --lang en doctor --offline; echo "exit: $?"
    "#;
    let mut command = Command::new("unshare");
    command.args(if rustix_is_root() { ["-m"].as_slice() } else { &["-r", "-m"] });
    command.args(["sh", "-c", script, "sh"]).arg(case.home()).arg(env!("CARGO_BIN_EXE_getad"));
    let ran = case.finish(command).exits(0);
    let (small, locked) = ran.stdout.split_once("exit: 5").expect("a problem");
    assert!(small.contains(" MB are free\n          → Free some space"), "{}", ran.story());
    assert!(small.contains("ok        Home folder"), "{}", ran.story());
    assert!(locked.contains("problem   Home folder: ") && locked.contains("exit: 5"), "{}", ran.story());
}

#[test]
fn it_ends_in_time_when_nothing_answers() {
    let (deaf, silent, telegram) = (Deaf::new(), Server::always(Reply::Silent), Telegram::start());
    for _ in 0..10 {
        telegram.reply(Answer::Silence);
    }
    let far = json!({ "url": format!("http://{}/", deaf.place()), "api_key": KEY });
    let case = with_driver(Driver::Current, "", &["COM5"]);
    let (ip, port) =
        deaf.place().rsplit_once(':').map(|(ip, port)| (ip.to_owned(), port.to_owned())).unwrap();
    let connect = json!({ "atol": [{ "type_connect": 2, "ip": ip, "ip_port": port }], "mitsu": [{ "type_connect": 2, "ip": ip, "ip_port": port }] });
    case.write("connect.json", connect.to_string()).write(
        "service.json",
        json!({ "sending_data": { "url_list": [far.clone(), far, entry(&silent)], "timeout": 300 },
            "notification": telegram.settings() })
        .to_string(),
    );
    let started = Instant::now();
    let ran = online(&case);
    assert!(started.elapsed() < LIMIT, "{:?}", started.elapsed());
    finds(&ran, "server", "problem", "no connection in time", Some(""));
    finds(&ran, "server", "problem", "no answer in time", Some(""));
    finds(&ran, "telegram", "problem", "", Some(""));
    finds(&ran, "port", "problem", "mitsu: no connection to", Some(""));
}

/// The files of a report.
fn unpacked(path: &Path) -> Vec<(String, Vec<u8>)> {
    let mut archive = zip::ZipArchive::new(fs::File::open(path).unwrap()).unwrap();
    let names: Vec<String> = archive.file_names().map(|name| name.unwrap().into_owned()).collect();
    let mut read = |name: &String| {
        let mut content = Vec::new();
        std::io::Read::read_to_end(&mut archive.by_name(name).unwrap(), &mut content).unwrap();
        content
    };
    names.iter().map(|name| (name.clone(), read(name))).collect()
}

#[test]
fn the_report_has_everything_but_secrets() {
    let case = Case::new();
    let own = Fernet::generate_key();
    let seal = |text: &str| Fernet::new(&own).unwrap().encrypt(text.as_bytes());
    let secrets = ["marked-path", "marked-api-key", "marked-password", TOKEN, "-1009876543210", own.as_str()];
    let server = json!({ "encryption": true, "url": seal("http://127.0.0.1:9/marked-path"), "api_key": seal("marked-api-key") });
    let service = json!({
        "sending_data": { "url_list": [server], "proxy": "http://user:marked-password@127.0.0.1:9" },
        "notification": { "enabled": true, "authentication": { "bot_token": TOKEN, "chat_id": -1_009_876_543_210_i64 } },
    });
    // Some of them stand where they never should.
    let leak = format!("a line with {}\n", secrets.join(" "));
    let long = "an old line\n".repeat(400_000);
    case.write("service.json", service.to_string())
        .write("_resources/key", &own)
        .write("_resources/fiscals.json.broken-20260101-000000", &leak)
        .write("_resources/fiscals.json", "{}")
        .write("_resources/other", "not ours to give away")
        .write("date/1.json", json!({ "serialNumber": "1", "x": leak }).to_string())
        .write("metrics/1.json", "{}")
        .write("logs/service.log", &leak)
        .write("logs/kkt.log.2026-01-01", format!("{long}the last line\n"));
    let path = case.outside().join("отчёт.zip");
    let ran = case.run(&["doctor", "--offline", "--report", path.to_str().unwrap()]);
    let ran = ran.prints(&format!("Report: {}", path.display()));
    let files = unpacked(&path);
    let mut names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    let expected = [
        "_resources/fiscals.json",
        "_resources/fiscals.json.broken-20260101-000000",
        "config/connect.json",
        "config/service.json",
        "date/1.json",
        "findings.txt",
        "logs/kkt.log.2026-01-01",
        "logs/service.log",
        "metrics/1.json",
        "versions.json",
    ];
    assert_eq!(names, expected);
    let content = |wanted: &str| {
        let (_, content) = files.iter().find(|(name, _)| name == wanted).unwrap();
        String::from_utf8(content.clone()).unwrap()
    };
    for (name, content) in &files {
        let content = String::from_utf8_lossy(content);
        for secret in secrets {
            assert!(!content.contains(secret), "{secret} is in {name}");
        }
    }
    assert!(content("logs/service.log").starts_with("a line with *** *** "));
    assert!(content("findings.txt").contains("Home folder") && ran.stdout.contains(&content("findings.txt")));
    assert!(content("versions.json").contains(env!("CARGO_PKG_VERSION")));
    let log = content("logs/kkt.log.2026-01-01");
    assert!(
        log.len() <= 2 * 1024 * 1024 && log.starts_with("an old line\n") && log.ends_with("the last line\n")
    );
    let document =
        case.run(&["doctor", "--offline", "--json", "--report", path.to_str().unwrap()]).document();
    assert_eq!(document["report"], path.to_str().unwrap());
    let nowhere = case.run(&["doctor", "--offline", "--report", "/nowhere/report.zip"]).exits(1);
    nowhere.complains("/nowhere does not exist");
}
