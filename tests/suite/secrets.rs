//! Secrets show nowhere: every command runs with marked ones, at the most talkative level, while servers and Telegram
//! answer with errors that quote them; then every byte that came out is searched for the marks.

use std::collections::BTreeMap;
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};

use fernet::Fernet;
use serde_json::{Value, json};

use crate::telegram::{CHAT, Reply, TOKEN, Telegram};
use crate::util::{Case, Ran};
use crate::validate_fn::{ATOL, NEW_FN, OLD_FN, atol_line, days_ago, known};

const API_KEY: &str = "marked-api-key-4711";
const PATH_KEY: &str = "marked-path-key-4712";
const PASSWORD: &str = "marked-password-4713";
const FERNET_KEY: &str = "bWFya2VkLWZlcm5ldC1rZXktb2YtMzItYnl0ZXMhISE=";

/// Runs of every command. A command that has none here fails the test.
fn runs_of(command: &str) -> &'static [&'static [&'static str]] {
    match command {
        "probe" => &[&["probe"], &["probe", "--json"]],
        "validate-fn" => &[&["validate-fn", "--all"], &["validate-fn", "--all", "--json"]],
        "schedule-reboot" => {
            &[&["schedule-reboot", "--force", "--dry-run"], &["schedule-reboot", "--cancel"]]
        }
        "notify" => &[&["notify", "hello"], &["notify", "--json", "hello"]],
        "encrypt" => &[
            &["encrypt", "--gen-key", "--key-file", "new-key"],
            &["encrypt", API_KEY, PASSWORD],
            &["encrypt", "--config", "service.json"],
        ],
        "config" => {
            &[&["config", "init"], &["config", "check"], &["config", "show"], &["config", "show", "--json"]]
        }
        "install" => &[&["install", "--dry-run"], &["install", "--dry-run", "--json"]],
        "uninstall" => &[&["uninstall", "--dry-run"]],
        "send" => &[&["send"], &["send", "--json"], &["send", "--dry-run"]],
        "doctor" => &[&["doctor"], &["doctor", "--json"], &["doctor", "--offline"]],
        "status" => &[&["status"], &["status", "--json"]],
        "update" => &[&["update"], &["update", "--json"]],
        "run" => &[&["run"], &["run", "--json"]],
        "metrics" => &[&["metrics"], &["metrics", "--push"], &["metrics", "--format", "prometheus"]],
        "reboot-kkt" => &[&["reboot-kkt", "--yes"]],
        "migrate" => &[&["migrate", "."], &["migrate", ".", "--json"]],
        "completions" => &[&["completions", "powershell"]],
        "help" => &[&["help"]],
        other => panic!("getad {other} is not searched for secrets: add its runs"),
    }
}

/// The commands that the help lists.
fn commands() -> Vec<String> {
    let help = Case::new().run(&["help"]).exits(0).stdout;
    let lines = help.lines().filter_map(|line| line.strip_prefix("  "));
    let names = lines.filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase()));
    names.filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}

/// A home folder where every command has something to do and every secret is set.
struct Marked {
    case: Case,
    inputs: BTreeMap<PathBuf, Vec<u8>>,
    marks: Vec<String>,
}

impl Marked {
    fn new(service: &Value, more_marks: &[String]) -> Self {
        Self::with(&service.to_string(), more_marks)
    }

    fn with(service: &str, more_marks: &[String]) -> Self {
        let case = Case::new();
        case.write("service.json", service)
            .write("connect.json", json!({ "tcp_timeout": 0, "mitsu": [] }).to_string())
            .write("_resources/key", FERNET_KEY)
            .write("_resources/fiscals.json", json!({ "atol": [known(ATOL, &days_ago(5))] }).to_string())
            .write(
                &format!("date/{ATOL}.json"),
                json!({ "serialNumber": ATOL, "fn_serial": OLD_FN }).to_string(),
            )
            .write("pos/plugin-AtolFiscalRegister.log", atol_line(&days_ago(1), ATOL, NEW_FN));
        let marks = [TOKEN, &CHAT.to_string(), API_KEY, PATH_KEY, PASSWORD, FERNET_KEY].map(str::to_owned);
        let marks = marks.into_iter().chain(more_marks.iter().cloned()).collect();
        let inputs = contents(case.home());
        Self { case, inputs, marks }
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        let home = self.case.home().join("pos").to_string_lossy().into_owned();
        let logs = ["--logs-dir", home.as_str()];
        let more: &[&str] = if arguments[0] == "validate-fn" { &logs } else { &[] };
        let mut command = self.case.command(&[arguments, more, &["-vv"]].concat());
        command.current_dir(self.case.home());
        let ran = self.case.finish(command);
        assert_ne!(ran.code, Some(2), "not even started: {}", ran.story());
        self.is_clean(&ran);
        ran
    }

    /// Demands that no mark is in what was printed or in a file that was not there before. In `service.json` they may be.
    fn is_clean(&self, ran: &Ran) {
        let mut outputs = contents(self.case.home());
        outputs.retain(|path, content| {
            self.inputs.get(path) != Some(content) && !path.ends_with("service.json")
        });
        outputs.insert("stdout".into(), ran.stdout.clone().into_bytes());
        outputs.insert("stderr".into(), ran.stderr.clone().into_bytes());
        for mark in &self.marks {
            for (path, content) in &outputs {
                let found = content.windows(mark.len()).any(|window| window == mark.as_bytes());
                assert!(!found, "{mark:?} is in {}\n{}", path.display(), ran.story());
            }
        }
    }
}

fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(contents(&path));
        } else {
            found.insert(path.clone(), fs::read(path).unwrap());
        }
    }
    found
}

fn closed_port() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}

/// A configuration with secrets in every place that may have some; `server` plays all servers.
fn service(server: &str, seal: &dyn Fn(&str) -> String, encrypted: bool) -> Value {
    let delivery =
        |url: String| json!({ "encryption": encrypted, "url": seal(&url), "api_key": seal(API_KEY) });
    json!({
        "service": { "log_level": "trace" },
        "sending_data": {
            "max_attempts": 2, "delay": 0, "timeout": 5,
            "url_list": [
                delivery(format!("{server}/{PATH_KEY}?key={PATH_KEY}")),
                delivery(format!("http://user:{PASSWORD}@{}/{PATH_KEY}", closed_port())),
                delivery(PATH_KEY.to_owned()),
            ],
        },
        "notification": {
            "enabled": true, "max_attempts": 2, "delay": 0, "api_url": format!("{server}/{PATH_KEY}/"),
            "authentication": {
                "encryption": encrypted, "bot_token": seal(TOKEN), "chat_id": seal(&CHAT.to_string()),
            },
        },
    })
}

fn plain(text: &str) -> String {
    text.to_owned()
}

/// A server that answers everything in a way of its own.
fn hostile(reply: &Reply) -> Telegram {
    let server = Telegram::start();
    for _ in 0..100 {
        server.reply(reply.clone());
    }
    server
}

/// True when a request had this in its address.
fn came(server: &Telegram, mark: &str) -> bool {
    server.requests().iter().any(|request| request.line.contains(mark))
}

#[test]
fn every_command_keeps_them_to_itself() {
    let server = hostile(&Reply::Quotation(403, "Forbidden"));
    let marked = Marked::new(&service(&server.url(), &plain, false), &[]);
    for command in commands() {
        runs_of(&command).iter().for_each(|arguments| drop(marked.run(arguments)));
    }
    // It was no dry run: the secrets were used, and the log is at its most talkative.
    assert!(came(&server, TOKEN), "{}", marked.case.listing());
    let sends = commands().iter().any(|command| command == "send");
    assert_eq!(came(&server, &format!("?key={PATH_KEY}")), sends, "{}", marked.case.listing());
    assert!(marked.case.read("logs/service.log").contains("[DEBUG]"));
}

#[test]
fn encrypted_ones_are_kept_too() {
    let fernet = Fernet::new(FERNET_KEY).unwrap();
    let server = hostile(&Reply::Quotation(400, "Bad Request"));
    let seal = |text: &str| fernet.encrypt(text.as_bytes());
    let service = service(&server.url(), &seal, true);
    let authentication = &service["notification"]["authentication"];
    let tokens = ["bot_token", "chat_id"].map(|name| authentication[name].as_str().unwrap().to_owned());
    let marked = Marked::new(&service, &tokens);
    for command in commands() {
        runs_of(&command).iter().for_each(|arguments| drop(marked.run(arguments)));
    }
    assert!(came(&server, TOKEN));
    // Not with another key either.
    marked.case.write("_resources/key", Fernet::generate_key());
    for command in ["validate-fn", "notify"] {
        runs_of(command).iter().for_each(|arguments| drop(marked.run(arguments)));
    }
}

/// Commands that talk to servers.
fn talking() -> Vec<String> {
    commands()
        .into_iter()
        .filter(|name| ["doctor", "notify", "send", "validate-fn"].contains(&name.as_str()))
        .collect()
}

#[test]
fn no_way_to_fail_lets_them_out() {
    let page = format!("<html>POST /bot{TOKEN}/sendMessage {API_KEY} {PATH_KEY} {CHAT}</html>");
    let redirect: &str = format!("Location: http://elsewhere.example/bot{TOKEN}?{API_KEY}\r\n").leak();
    for reply in [
        Reply::Raw(200, "", page.clone()),
        Reply::Raw(502, "", page),
        Reply::Raw(307, redirect, String::new()),
        Reply::Quotation(429, "Too Many Requests"),
        Reply::Quotation(400, "Bad Request: message text is empty"),
        Reply::Quotation(401, "Unauthorized"),
        Reply::Quotation(500, ""),
    ] {
        let server = hostile(&reply);
        let marked = Marked::new(&service(&server.url(), &plain, false), &[]);
        for command in talking() {
            runs_of(&command).iter().for_each(|arguments| drop(marked.run(arguments)));
        }
        assert!(came(&server, TOKEN), "{reply:?}");
    }
}

#[test]
fn neither_do_proxies_and_addresses_that_lead_nowhere() {
    let dead = closed_port();
    let with_password = |scheme: &str| format!("{scheme}://user:{PASSWORD}@{dead}");
    for (proxy, api_url) in [
        (with_password("http"), "http://127.0.0.1:9".to_owned()),
        (with_password("socks5"), "http://127.0.0.1:9".to_owned()),
        (with_password("nonsense"), String::new()),
        (String::new(), format!("{}/{PATH_KEY}", with_password("http"))),
        (String::new(), with_password("ftp")),
        (String::new(), format!("https://user:{PASSWORD}@{dead}/{PATH_KEY}")),
    ] {
        let mut service = service("http://127.0.0.1:9", &plain, false);
        service["notification"]["proxy"] = json!(proxy);
        service["notification"]["api_url"] = json!(api_url);
        service["sending_data"]["proxy"] = json!(proxy);
        let marked = Marked::new(&service, &[]);
        for command in talking().into_iter().chain(["config".to_owned()]) {
            runs_of(&command).iter().for_each(|arguments| drop(marked.run(arguments)));
        }
    }
}

#[test]
fn nor_does_a_configuration_with_an_error_in_it() {
    let whole = service("http://127.0.0.1:9", &plain, false);
    for (path, value) in [
        ("/notification/authentication/bot_token", json!([TOKEN])),
        ("/notification/authentication/bot_token", json!({ TOKEN: TOKEN })),
        ("/notification/authentication/chat_id", json!([CHAT])),
        ("/notification/authentication", json!(TOKEN)),
        ("/sending_data/url_list", json!(PATH_KEY)),
        ("/sending_data/url_list/0", json!(API_KEY)),
        ("/sending_data/url_list/0/api_key", json!([API_KEY])),
        ("/notification/delay", json!(TOKEN)),
    ] {
        let mut service = whole.clone();
        *service.pointer_mut(path).unwrap() = value;
        let marked = Marked::new(&service, &[]);
        for arguments in
            [&["config", "check"][..], &["config", "show"], &["notify", "x"], &["probe", "--json"]]
        {
            marked.run(arguments).exits(3);
        }
    }
    let cut = whole.to_string().replace("\",\"chat_id", "\n");
    Marked::with(&cut, &[]).run(&["notify", "x"]).exits(3);
}
