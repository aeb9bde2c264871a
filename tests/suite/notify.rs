//! Messages to Telegram: `notify`, the events of `validate-fn`, the outbox between them.

use std::net::TcpListener;
use std::process::Stdio;
use std::time::Duration;

use chrono::{Local, TimeDelta};
use getad::state::outbox::Outbox;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::telegram::{CHAT, Reply, TOKEN, Telegram};
use crate::util::{Case, Ran};
use crate::validate_fn::{ATOL, NEW_FN, OLD_FN, Till, atol_line, days_ago};

fn configure(case: &Case, notification: &Value) {
    case.write("service.json", json!({ "notification": notification }).to_string());
}

fn configured(server: &Telegram) -> Case {
    let case = Case::new();
    configure(&case, &server.settings());
    case
}

fn outbox(case: &Case) -> Outbox {
    serde_json::from_str(&case.read("_resources/outbox.json")).expect("decodes strictly")
}

fn waiting(case: &Case) -> Vec<String> {
    outbox(case).waiting.into_iter().map(|waiting| waiting.text).collect()
}

fn refusal(code: u16, text: &str) -> Reply {
    Reply::Refusal(code, text.to_owned(), Value::Null)
}

fn closed_port() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}

/// The published form, and nothing beside it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    ok: bool,
    kept: bool,
    sent: usize,
    waiting: usize,
    migrate_to_chat_id: Option<i64>,
    error: Option<String>,
    hint: Option<String>,
}

fn document(ran: &Ran) -> Document {
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}\n{}", ran.story()))
}

#[test]
fn a_message_is_sent_with_the_workstations_numbers() {
    let server = Telegram::start();
    let case = configured(&server);
    case.run(&["notify", "Касса", "не работает"]).exits(0).prints("The message has been sent.");
    assert_eq!(server.texts(), ["Касса не работает\nRMS: None\nTV: None\nAD: None\nLM: None"]);
    let [request] = &server.requests()[..] else { panic!("one request") };
    assert_eq!(request.line, format!("POST /bot{TOKEN}/sendMessage"));
    assert_eq!(request.body["chat_id"], CHAT, "a number");
    assert!(request.body.get("parse_mode").is_none(), "what people write is no markup");
    assert_eq!(waiting(&case), [""; 0]);
    let document = document(&case.run(&["notify", "--json", "again"]).exits(0));
    assert!(document.ok && !document.kept && document.error.is_none() && document.hint.is_none());
    assert_eq!((document.sent, document.waiting, document.migrate_to_chat_id), (1, 0, None));
}

#[test]
fn the_text_may_come_from_stdin() {
    let server = Telegram::start();
    let case = configured(&server);
    for bytes in ["строка 1\nстрока 2\n".as_bytes(), b"\xe1\xe2\xe0\xae\xaa\xa0 1\r\n"] {
        case.write("text", bytes);
        let mut command = case.command(&["notify", "-"]);
        command.stdin(std::fs::File::open(case.home().join("text")).unwrap());
        case.finish(command).exits(0);
    }
    assert!(server.texts()[0].starts_with("строка 1\nстрока 2\nRMS:"));
    assert!(server.texts()[1].starts_with("строка 1\nRMS:"), "the code page of a Russian console");
}

#[test]
fn wrong_usage_and_unfit_settings_are_told_apart() {
    let server = Telegram::start();
    let case = configured(&server);
    case.run(&["notify"]).exits(2);
    case.run(&["notify", " ", ""]).exits(2).complains("the message is empty");
    case.run(&["notify", "-"]).exits(2).complains("the message is empty");
    case.run(&["notify", &"я".repeat(20_000)]).exits(2).complains("longer than 32768 bytes");
    for (path, value, complaint) in [
        ("/authentication/bot_token", json!(""), "bot_token: it is empty"),
        ("/authentication/bot_token", json!("gAAAAAx"), "bot_token: this is no token of a bot"),
        ("/authentication/chat_id", json!(""), "chat_id: it is empty"),
        ("/authentication/chat_id", json!("kassa"), "chat_id: this is neither a number nor a @name"),
        ("/authentication/encryption", json!(true), "bot_token: this is no encrypted value"),
        ("/api_url", json!("api.example"), "api_url: it does not start with http"),
        ("/proxy", json!("nonsense://host"), "proxy: this is no address of a proxy"),
    ] {
        let mut settings = server.settings();
        settings["proxy"] = json!("");
        *settings.pointer_mut(path).unwrap() = value;
        configure(&case, &settings);
        let ran = case.run(&["notify", "x"]).exits(3).complains(complaint);
        assert!(ran.stderr.contains("→") && !ran.stderr.contains(TOKEN), "{}", ran.story());
        case.run(&["config", "check"]).exits(0).complains(complaint);
    }
    configure(&case, &json!({ "enabled": false }));
    case.run(&["notify", "x"]).exits(4).complains("notification.enabled");
    assert!(!document(&case.run(&["notify", "--json", "x"]).exits(4)).ok);
    assert!(!case.has("_resources/outbox.json") && server.requests().is_empty());
}

#[test]
fn credentials_may_be_encrypted() {
    let server = Telegram::start();
    let case = configured(&server);
    let key = fernet::Fernet::generate_key();
    let fernet = fernet::Fernet::new(&key).unwrap();
    let mut settings = server.settings();
    settings["authentication"] = json!({
        "encryption": 1,
        "bot_token": fernet.encrypt(TOKEN.as_bytes()),
        "chat_id": fernet.encrypt(CHAT.to_string().as_bytes()),
    });
    configure(&case, &settings);
    case.run(&["notify", "x"]).exits(3).complains("encrypted with a key that is not here");
    case.write("_resources/key", key);
    case.run(&["notify", "x"]).exits(0);
    assert_eq!(server.texts().len(), 1);
}

#[test]
fn what_telegram_refuses_is_kept_and_goes_out_first_next_time() {
    let server = Telegram::start();
    let case = configured(&server);
    for (code, text, complaint) in [
        (401, "Unauthorized", "Telegram does not know this token"),
        (404, "Not Found", "Telegram does not know this token"),
        (400, "Bad Request: chat not found", "Telegram does not know this chat"),
        (
            403,
            "Forbidden: bot was blocked by the user",
            "the bot may not write to this chat: Forbidden: bot was",
        ),
        (400, "Bad Request: have no rights to send a message", "Telegram refuses (400)"),
    ] {
        server.reply(refusal(code, text));
        let ran = case.run(&["notify", "first"]).exits(1).complains(complaint).complains("It is kept");
        assert!(ran.stdout.is_empty(), "{}", ran.story());
    }
    assert_eq!(waiting(&case).len(), 1, "repeated while it waits, it is one message");
    server.reply(refusal(401, "Unauthorized"));
    let document = document(&case.run(&["notify", "second", "--json"]).exits(1));
    assert!(!document.ok && document.kept && document.error.is_some() && document.hint.is_some());
    assert_eq!((document.sent, document.waiting), (0, 2));
    case.run(&["notify", "third"]).exits(0).prints("and with it 2 that had waited");
    let texts = server.texts();
    let firsts: Vec<&str> = texts.iter().filter_map(|text| text.lines().next()).collect();
    assert_eq!(firsts, ["first", "second", "third"]);
}

#[test]
fn an_error_says_the_same_in_russian() {
    let server = Telegram::start();
    let case = configured(&server);
    server.reply(refusal(403, "Forbidden: bot was kicked from the group chat"));
    let ran = case.run(&["notify", "x", "--lang", "ru"]).exits(1);
    assert!(ran.stderr.contains("сообщение не отправлено: боту нельзя писать в этот чат"), "{}", ran.story());
    assert!(ran.stderr.contains("Оно сохранено"), "{}", ran.story());
}

#[test]
fn a_message_that_is_never_taken_does_not_hold_up_the_others() {
    let server = Telegram::start();
    let case = configured(&server);
    server.reply(refusal(400, "Bad Request: message is too long"));
    let ran = case.run(&["notify", "first"]).exits(1).complains("Telegram does not take this message");
    assert!(!ran.stderr.contains("It is kept"), "{}", ran.story());
    server
        .reply(refusal(401, "Unauthorized"))
        .reply(refusal(400, "Bad Request: text must be encoded in UTF-8"));
    case.run(&["notify", "second"]).exits(1);
    case.run(&["notify", "third"]).exits(0);
    assert!(server.texts()[0].starts_with("third") && server.texts().len() == 1);
    assert!(waiting(&case).is_empty());
}

#[test]
fn passing_trouble_is_tried_again() {
    let server = Telegram::start();
    let case = Case::new();
    let mut settings = server.settings();
    settings["max_attempts"] = json!("4");
    configure(&case, &settings);
    server.reply(Reply::Refusal(
        429,
        "Too Many Requests: retry after 1".to_owned(),
        json!({ "retry_after": 1 }),
    ));
    server.reply(Reply::Raw(502, "", "<html>Bad Gateway</html>".to_owned()));
    server.reply(refusal(500, "Internal Server Error"));
    case.run(&["notify", "x"]).exits(0);
    let requests = server.requests();
    assert_eq!((requests.len(), server.texts().len()), (4, 1));
    assert!(requests[1].at - requests[0].at >= Duration::from_secs(1), "the pause is kept");
    // Attempts end.
    for _ in 0..5 {
        server.reply(refusal(500, "Internal Server Error"));
    }
    case.run(&["notify", "y"]).exits(1).complains("Telegram refuses (500)");
    assert_eq!(server.requests().len(), 8);
}

#[test]
fn a_pause_of_hours_is_not_waited_for() {
    let server = Telegram::start();
    let case = Case::new();
    let mut settings = server.settings();
    settings["max_attempts"] = json!(9);
    configure(&case, &settings);
    let wanted = json!({ "retry_after": 35_000 });
    server.reply(Reply::Refusal(429, "Too Many Requests: retry after 35000".to_owned(), wanted));
    case.run(&["notify", "x"]).exits(1).complains("Telegram wants a pause of 35000 s");
    assert_eq!(server.requests().len(), 1);
    // Nor is one that the settings want.
    settings["delay"] = json!(100_000);
    configure(&case, &settings);
    server.reply(Reply::Raw(502, "", String::new()));
    case.run(&["notify", "x"]).exits(1).complains("the way to Telegram is out of order (status 502)");
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn a_group_that_has_become_a_supergroup_is_followed_and_reported() {
    const NEW: i64 = -1_001_112_223_334;
    let server = Telegram::start();
    let case = configured(&server);
    let moved = || {
        let text = "Bad Request: group chat was upgraded to a supergroup chat".to_owned();
        Reply::Refusal(400, text, json!({ "migrate_to_chat_id": NEW }))
    };
    server.join(NEW).reply(moved());
    case.run(&["notify", "x"]).exits(0).complains(&format!("its id is now {NEW}"));
    assert_eq!(server.requests()[1].body["chat_id"], NEW);
    assert!(!case.read("logs/service.log").contains(&NEW.to_string()));
    server.reply(moved());
    assert_eq!(document(&case.run(&["notify", "y", "--json"]).exits(0)).migrate_to_chat_id, Some(NEW));
    // Being sent on and on ends.
    server.reply(moved()).reply(moved());
    case.run(&["notify", "z"]).exits(1);
    assert_eq!(server.requests().len(), 6);
}

#[test]
fn answers_that_are_none_are_not_believed() {
    let server = Telegram::start();
    let case = configured(&server);
    for body in ["<html>Please log in</html>", "", "{\"ok\":true", "[]", "{\"result\":{}}"] {
        server.reply(Reply::Raw(200, "", body.to_owned()));
        case.run(&["notify", "x"]).exits(1).complains("something else than Telegram answers");
    }
    assert_eq!(waiting(&case).len(), 1);
}

#[test]
fn a_long_message_goes_out_in_pieces_and_none_twice() {
    let server = Telegram::start();
    let case = configured(&server);
    let line = "🧾".repeat(1000);
    let text = [line.as_str(); 5].join("\n");
    case.run(&["notify", &text]).exits(0);
    let texts = server.texts();
    let pieces = [format!("{line}\n{line}"), format!("{line}\n{line}")];
    assert_eq!(texts[..2], pieces);
    assert!(texts[2].starts_with(&format!("{line}\nRMS:")), "{texts:?}");
    // The second piece fails: only what is left is sent later.
    server.reply(Reply::Usual).reply(refusal(500, "Internal Server Error"));
    case.run(&["notify", &format!("{} {}", "a".repeat(3000), "b".repeat(3000))]).exits(1);
    assert!(waiting(&case)[0].starts_with('b'), "{}", case.listing());
    case.run(&["notify", "end"]).exits(0);
    let starts: String = server.texts()[3..].iter().filter_map(|text| text.chars().next()).collect();
    assert_eq!(starts, "abe");
}

#[test]
fn a_dead_proxy_and_a_dead_server_are_told_apart() {
    let server = Telegram::start();
    let case = Case::new();
    for scheme in ["http", "socks5"] {
        let mut settings = server.settings();
        settings["proxy"] = json!(format!("{scheme}://user:hidden-word@{}", closed_port()));
        configure(&case, &settings);
        let ran = case.run(&["notify", "x"]).exits(1).complains("the message was not sent: Telegram: ");
        assert!(!ran.stderr.contains("hidden-word"), "{}", ran.story());
    }
    assert!(server.requests().is_empty(), "not without the proxy");
    let mut settings = server.settings();
    settings["api_url"] = json!(format!("http://{}", closed_port()));
    configure(&case, &settings);
    case.run(&["notify", "x"]).exits(1).complains("no connection").complains("notification.proxy");
}

#[test]
fn a_message_survives_a_kill_between_outbox_and_network() {
    let server = Telegram::start();
    let case = configured(&server);
    server.reply(Reply::Silence);
    let mut child = case.command(&["notify", "first"]).stderr(Stdio::null()).spawn().unwrap();
    server.wait_for(1);
    assert_eq!(waiting(&case).len(), 1, "queued before the network is tried");
    // The lock of the home folder is free meanwhile, the turn to send is not.
    case.run(&["notify", "second", "--lock-timeout", "0"]).exits(6);
    child.kill().unwrap();
    child.wait().unwrap();
    case.run(&["notify", "third"]).exits(0);
    let texts = server.texts();
    let firsts: Vec<&str> = texts.iter().filter_map(|text| text.lines().next()).collect();
    assert_eq!(firsts, ["first", "second", "third"]);
}

#[test]
fn many_at_once_send_each_message_once() {
    let server = Telegram::start();
    let case = configured(&server);
    let start = |name: &str| case.command(&["notify", "-q", name]).spawn().unwrap();
    for mut child in ["a", "b", "c", "d"].map(start) {
        assert_eq!(child.wait().unwrap().code(), Some(0), "{}", case.listing());
    }
    let mut firsts: Vec<_> = server.texts().iter().filter_map(|text| text.chars().next()).collect();
    firsts.sort_unstable();
    assert_eq!(firsts, ['a', 'b', 'c', 'd']);
}

#[test]
fn what_waits_is_bounded_in_number_and_age() {
    let server = Telegram::start();
    let case = configured(&server);
    let at = |minutes| (Local::now().naive_local() - TimeDelta::minutes(minutes)).format("%Y-%m-%d %H:%M:%S");
    let message =
        |id: u64, since: String| json!({ "id": id, "event": null, "text": id.to_string(), "since": since });
    let mut waiting = vec![message(1, at(8 * 24 * 60).to_string()), message(2, at(11).to_string())];
    waiting.push(message(3, at(1).to_string()));
    case.write(
        "_resources/outbox.json",
        json!({ "form": 1, "last": 3, "waiting": waiting, "sent": [] }).to_string(),
    );
    case.run(&["notify", "x"]).exits(0);
    let texts = server.texts();
    assert!(texts[0].starts_with("Сообщение от 20") && texts[0].ends_with(":\n2"), "{texts:?}");
    assert_eq!((texts[1].as_str(), texts.len()), ("3", 3));
    assert!(case.read("logs/service.log").contains("older than 7 days, given up"));
    let waiting: Vec<Value> = (1..=150).map(|id| message(id, at(1).to_string())).collect();
    case.write(
        "_resources/outbox.json",
        json!({ "form": 1, "last": 150, "waiting": waiting, "sent": [] }).to_string(),
    );
    server.reply(refusal(401, "Unauthorized"));
    case.run(&["notify", "x"]).exits(1);
    let kept = outbox(&case).waiting;
    assert_eq!((kept.len(), kept[0].id), (100, 52), "the oldest make room");
}

#[test]
fn a_broken_outbox_is_set_aside() {
    let server = Telegram::start();
    let case = configured(&server);
    for text in ["{", "", "{\"form\":2,\"last\":0,\"waiting\":[],\"sent\":[]}"] {
        case.write("_resources/outbox.json", text);
        case.run(&["notify", "x"]).exits(0).complains("outbox.json was broken");
    }
    assert!(case.names("_resources").iter().any(|name| name.starts_with("outbox.json.broken-")));
}

/// A till whose register has another FN by log, and messages.
fn till(server: &Telegram) -> Till {
    let till = Till::new(&days_ago(5));
    configure(&till.case, &server.settings());
    till.log("plugin-AtolFiscalRegister.log", atol_line(&days_ago(1), ATOL, NEW_FN));
    till
}

#[test]
fn a_replaced_fn_is_announced_once() {
    let server = Telegram::start();
    let till = till(&server);
    till.validate(&[]).exits(10);
    let [text] = &server.texts()[..] else { panic!("{:?}", server.texts()) };
    let begin =
        format!("В ККТ №{ATOL} больше не установлен ФН №{OLD_FN}, текущий ФН №{NEW_FN}. Перезагрузка");
    assert!(text.starts_with(&begin) && text.ends_with("RMS: None\nTV: None\nAD: None\nLM: None"), "{text}");
    till.validate(&[]).exits(10);
    // Nor when what was noted about it is lost.
    std::fs::remove_file(till.case.home().join("_resources/reboot.json")).unwrap();
    till.validate(&[]).exits(10);
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_forgotten_register_is_announced() {
    let server = Telegram::start();
    let till = Till::new(&days_ago(22));
    configure(&till.case, &server.settings());
    till.validate(&[]).exits(0);
    till.validate(&[]).exits(4);
    let [text] = &server.texts()[..] else { panic!("{:?}", server.texts()) };
    assert!(text.starts_with(&format!("ККТ №{ATOL} не удавалось проверить более 21 дн.")), "{text}");
}

#[test]
fn a_check_does_not_fail_because_telegram_does() {
    let server = Telegram::start();
    let till = till(&server);
    server.reply(refusal(401, "Unauthorized"));
    let ran =
        till.validate(&[]).exits(10).complains("messages to Telegram that wait: 1; Telegram does not know");
    assert_eq!(ran.document()["registers"][0]["verdict"], "replaced");
    let mut broken = server.settings();
    broken["authentication"]["bot_token"] = json!("");
    configure(&till.case, &broken);
    till.validate(&[]).exits(10).complains("wait: 1; service.json, notification.authentication.bot_token");
    // The next one that can send does so, and only once.
    configure(&till.case, &server.settings());
    till.validate(&[]).exits(10);
    till.validate(&[]).exits(10);
    assert_eq!((server.requests().len(), server.texts().len()), (2, 1));
}

#[test]
fn a_check_leaves_sending_to_whoever_is_at_it() {
    let server = Telegram::start();
    let till = till(&server);
    server.reply(Reply::Silence);
    let mut child = till.case.command(&["notify", "first"]).stderr(Stdio::null()).spawn().unwrap();
    server.wait_for(1);
    till.validate(&["--lock-timeout", "5"]).exits(10);
    assert_eq!(waiting(&till.case).len(), 2);
    child.kill().unwrap();
    child.wait().unwrap();
    till.validate(&[]).exits(10);
    assert_eq!(server.texts().len(), 2);
}

#[test]
fn with_messages_switched_off_events_stay_in_the_log() {
    let server = Telegram::start();
    let till = till(&server);
    let mut off = server.settings();
    off["enabled"] = json!("0");
    configure(&till.case, &off);
    till.validate(&[]).exits(10);
    assert!(!till.case.has("_resources/outbox.json") && server.requests().is_empty());
    assert!(till.case.read("logs/service.log").contains("message: В ККТ №"));
}
