//! `send`: what goes to which server, what is written down about it, what the exit code says.

use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use chrono::NaiveDateTime;
use fernet::Fernet;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::http_sim::{Reply, Server, receiver};
use crate::util::{Case, Ran};

/// The key that everyone knows.
const PUBLISHED: &str = "t_qxC_HN04Tiy1ish2P27ROYSJt_m7_FE2JT6gYngOM=";
/// Far longer than any of these tests takes.
const DEADLINE: Duration = Duration::from_secs(60);
pub const KEY: &str = "key-of-the-tests";

/// A server that takes records with [`KEY`].
pub fn willing() -> Server {
    Server::http(receiver(KEY))
}

/// An entry of `url_list`.
pub fn entry(server: &Server) -> Value {
    json!({ "encryption": false, "url": server.url("/api/submit_json"), "api_key": KEY })
}

/// Sets servers, without waits between attempts.
pub fn configure(case: &Case, servers: &[Value], more: &Value) {
    let mut sending = json!({ "url_list": servers, "max_attempts": 3, "delay": 0, "timeout": 30 });
    for (key, value) in more.as_object().into_iter().flatten() {
        sending[key] = value.clone();
    }
    case.write("service.json", json!({ "sending_data": sending }).to_string());
}

/// A home folder with records of these names, for these servers.
pub fn case(records: &[&str], servers: &[Value]) -> Case {
    let case = Case::new();
    configure(&case, servers, &json!({}));
    for name in records {
        case.write(&format!("date/{name}.json"), format!("{{\n    \"serialNumber\": \"{name}\"\n}}"));
    }
    case
}

/// What became of the records: number of the server, file, whether it was accepted, status, attempts.
pub fn outcomes(ran: &Ran) -> Vec<(u64, String, bool, Option<u64>, u64)> {
    let document = ran.document();
    let deliveries = document["deliveries"].as_array().unwrap().iter();
    deliveries
        .map(|delivery| {
            (
                delivery["server"].as_u64().unwrap(),
                delivery["file"].as_str().unwrap().to_owned(),
                delivery["ok"].as_bool().unwrap(),
                delivery["status"].as_u64(),
                delivery["attempts"].as_u64().unwrap(),
            )
        })
        .collect()
}

fn sorted(server: &Server) -> Vec<Vec<u8>> {
    let mut bodies = server.bodies();
    bodies.sort();
    bodies
}

#[test]
fn every_record_goes_to_every_server_byte_for_byte_each_time() {
    let (first, second) = (willing(), willing());
    let case = case(&[], &[entry(&first), entry(&second)]);
    let records: [&[u8]; 3] = [
        "\u{feff}{\"organizationName\":\"ООО \\\"Ёж\\\"\"}\r\n".as_bytes(),
        b"{ \"a\" : 1.50 ,\n\t\"a\":\"\\u0041\" }",
        b"{}\n\n",
    ];
    for (number, record) in records.iter().enumerate() {
        case.write(&format!("date/{number}.json"), record);
    }
    case.write("date/note.txt", "not a record").write("date/0.json.getad-tmp", "{");
    for pass in 1..=2 {
        let ran = case.run(&["send"]).exits(0);
        for (number, server) in (1..).zip([&first, &second]) {
            ran.stdout
                .lines()
                .find(|line| {
                    **line == format!("server {number} ({}): 3 of 3 records accepted", server.place())
                })
                .expect("a line");
            assert_eq!(server.bodies(), records.repeat(pass), "{}", ran.story());
            assert_eq!(server.connections(), pass);
        }
    }
    let request = &first.requests()[0];
    assert_eq!(request.line, "POST /api/submit_json HTTP/1.1");
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert_eq!(request.header("x-api-key"), Some(KEY));
    assert_eq!(request.header("host"), Some(first.place().as_str()));
}

#[test]
fn the_document_is_the_published_one() {
    let (good, strict) = (willing(), Server::http(receiver("another key")));
    let case = case(&["1"], &[entry(&good), entry(&strict)]);
    let document = case.run(&["send", "--json"]).exits(5).document();
    let error = "the server refuses the key (status 403): Неверный API ключ";
    let expected = json!({ "deliveries": [
        { "server": 1, "host": good.place(), "file": "1.json", "ok": true, "status": 200, "attempts": 1, "error": null },
        { "server": 2, "host": strict.place(), "file": "1.json", "ok": false, "status": 403, "attempts": 1, "error": error },
    ]});
    assert_eq!(document, expected);
}

#[test]
fn five_hundred_records_share_one_connection() {
    let server = willing();
    let names: Vec<String> = (0..500).map(|number| format!("{number:05}")).collect();
    let case = case(&names.iter().map(String::as_str).collect::<Vec<_>>(), &[entry(&server)]);
    case.run(&["send"]).exits(0).prints("500 of 500 records accepted");
    assert_eq!((server.requests().len(), server.connections()), (500, 1));
    let files = case.json("_resources/delivery.json")["servers"][0]["files"].as_object().unwrap().len();
    assert_eq!(files, 500);
}

#[test]
fn exit_codes_tell_all_some_and_none() {
    let (good, bad) = (willing(), Server::always(Reply::json(400, "{}")));
    case(&["1", "2"], &[entry(&good)]).run(&["send"]).exits(0);
    case(&["1", "2"], &[entry(&good), entry(&bad)]).run(&["send"]).exits(5);
    case(&["1", "2"], &[entry(&bad)]).run(&["send"]).exits(1);
}

#[test]
fn nothing_to_do_is_said() {
    let server = willing();
    let empty = case(&[], &[entry(&server)]);
    empty.run(&["send"]).exits(4).prints("There is no record to send");
    std::fs::create_dir(empty.home().join("date")).unwrap();
    let ran = empty.run(&["send", "--json"]).exits(4);
    assert_eq!(ran.document(), json!({ "deliveries": [] }));

    let lonely = case(&["1"], &[]);
    for list in
        ["{}", r#"{"url_list":[]}"#, r#"{"url_list":null}"#, r#"{"url_list":[{"url":"","api_key":""}]}"#]
    {
        lonely.write("service.json", format!(r#"{{"sending_data":{list}}}"#));
        lonely.run(&["send"]).exits(4).prints("No server is entered");
    }
    std::fs::remove_file(lonely.home().join("service.json")).unwrap();
    lonely.run(&["send"]).exits(4).prints("No server is entered");
    lonely.run(&["config", "init"]).exits(0);
    lonely.run(&["send", "--lang", "ru"]).exits(4).prints("Серверы не указаны");
}

#[test]
fn switched_off_means_off_until_it_is_forced() {
    let server = willing();
    let case = case(&["1"], &[]);
    configure(&case, &[entry(&server)], &json!({ "enabled": "0" }));
    case.run(&["send"]).exits(4).prints("Delivery is switched off");
    assert_eq!(server.connections(), 0);
    case.run(&["send", "--force"]).exits(0).prints("1 of 1 records accepted");
}

#[test]
fn a_single_server_may_stand_without_a_list_and_numbers_may_be_texts() {
    let server = willing();
    let case = case(&["1"], &[]);
    let sending = json!({ "enabled": 1, "url_list": entry(&server), "max_attempts": "3", "delay": "0" });
    case.write("service.json", format!("\u{feff}{}", json!({ "sending_data": sending })));
    case.run(&["send"]).exits(0);
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn one_server_can_be_chosen_by_its_place() {
    let (first, second) = (willing(), willing());
    let case = case(&["1"], &[entry(&first), entry(&second)]);
    let ran = case.run(&["send", "--server", "2", "--json"]).exits(0);
    assert_eq!(outcomes(&ran), [(2, "1.json".to_owned(), true, Some(200), 1)]);
    assert_eq!((first.connections(), second.connections()), (0, 1));
    case.run(&["send", "--server", "3"]).exits(2).complains("there is no server 3").complains("has 2");
    case.run(&["send", "--server", "0"]).exits(2);
}

#[test]
fn a_dry_run_looks_without_connecting() {
    let server = willing();
    let case = case(&["1"], &[entry(&server), json!({ "url": "nowhere", "api_key": "" })]);
    case.write("date/2.json", "{");
    let ran = case.run(&["send", "--dry-run"]).exits(5);
    let ran = ran.prints(&format!("server 1 ({}): 1 of 2 records would be sent", server.place()));
    ran.complains("2.json: the file is not JSON (line 1, column 1)").complains("does not start with http://");
    let document = case.run(&["send", "--dry-run", "--json"]).exits(5).document();
    assert_eq!((&document["dry_run"], &document["deliveries"][0]["attempts"]), (&true.into(), &0.into()));
    assert_eq!((server.connections(), case.has("_resources")), (0, false));
}

#[test]
fn a_file_that_is_no_record_is_reported_and_the_others_go() {
    let server = willing();
    let case = case(&["1", "3"], &[entry(&server)]);
    case.write("date/2.json", "{\"a\": \n")
        .write("date/4.json", "[1]")
        .write("date/5.json", b"{\"a\":\"\xcf\"}");
    let ran = case.run(&["send"]).exits(5).prints("2 of 5 records accepted");
    let ran = ran.complains("2.json: the file is not JSON (line 2, column 0)");
    let ran = ran.complains("4.json: the file is not a JSON object");
    ran.complains("5.json: the file is not UTF-8 from byte 6 on").complains("getad probe");
    assert_eq!(server.requests().len(), 2);
    assert_eq!(case.read("date/2.json"), "{\"a\": \n");
}

#[test]
fn a_record_of_five_megabytes_goes_whole() {
    let server = willing();
    let case = case(&["1"], &[entry(&server)]);
    let record = format!("{{\"address\":\"{}\"}}", "Ж".repeat(5 << 19));
    case.write("date/2.json", &record);
    case.run(&["send"]).exits(0);
    assert_eq!(sorted(&server).last().map(Vec::len), Some(record.len()));
    assert!(sorted(&server).contains(&record.into_bytes()));
}

#[test]
fn encrypted_addresses_and_keys_are_opened() {
    let server = willing();
    let fernet = Fernet::new(PUBLISHED).unwrap();
    let seal = |text: &str| fernet.encrypt(text.as_bytes());
    let other = Fernet::new(&Fernet::generate_key()).unwrap();
    let url = server.url("/api/submit_json");
    let servers = [
        json!({ "encryption": true, "url": seal(&url), "api_key": seal(KEY) }),
        json!({ "encryption": true, "url": other.encrypt(url.as_bytes()), "api_key": seal(KEY) }),
        json!({ "encryption": true, "url": seal(&url), "api_key": seal(KEY).replace('A', "") }),
    ];
    let case = case(&["1"], &servers);
    let ran = case.run(&["send"]).exits(5).prints("1 of 1 records accepted");
    let ran = ran.complains("server 2: 1.json: url: encrypted with a key that is not here");
    ran.complains("api_key: this is no encrypted value, or a damaged one");
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn the_ledger_tells_what_was_accepted_last_and_what_failed_since() {
    let answers = Arc::new(Mutex::new(vec![500, 200, 200]));
    let server = Server::http(move |_| Reply::json(answers.lock().unwrap().pop().unwrap_or(500), "{}"));
    let case = case(&["1", "2"], &[]);
    configure(&case, &[entry(&server)], &json!({ "max_attempts": 1 }));
    case.run(&["send"]).exits(0);
    let ledger = case.json("_resources/delivery.json");
    let entry = &ledger["servers"][0];
    assert_eq!((&ledger["form"], &entry["host"]), (&1.into(), &server.place().into()));
    let first = entry["files"]["1.json"].clone();
    let hash: String =
        Sha256::digest(case.read("date/1.json")).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!((&first["sha256"], &first["error"]), (&hash.into(), &Value::Null));
    let time = first["accepted_at"].as_str().unwrap();
    NaiveDateTime::parse_from_str(time, "%Y-%m-%d %H:%M:%S").expect("a time");
    let text = case.read("_resources/delivery.json");
    assert!(!text.contains(KEY) && !text.contains("submit_json"), "{text}");

    std::fs::remove_file(case.home().join("date/2.json")).unwrap();
    case.run(&["send"]).exits(1);
    let files = case.json("_resources/delivery.json")["servers"][0]["files"].clone();
    assert_eq!((&files["1.json"]["accepted_at"], &files["2.json"]), (&first["accepted_at"], &Value::Null));
    assert_eq!(files["1.json"]["error"], "the server failed (status 500): {}");
}

#[test]
fn a_broken_ledger_is_moved_aside_and_gone_servers_leave_it() {
    let (first, second) = (willing(), willing());
    let case = case(&["1"], &[entry(&first), entry(&second)]);
    case.write("_resources/delivery.json", "{\"form\":1,\"servers\":[{");
    case.run(&["send"]).exits(0).complains("delivery.json was broken and has been begun anew");
    assert!(case.names("_resources").iter().any(|name| name.starts_with("delivery.json.broken-")));
    assert_eq!(case.json("_resources/delivery.json")["servers"].as_array().unwrap().len(), 2);
    case.run(&["send", "--server", "1"]).exits(0);
    assert_eq!(case.json("_resources/delivery.json")["servers"].as_array().unwrap().len(), 2);
    configure(&case, &[entry(&second)], &json!({}));
    case.run(&["send"]).exits(0);
    let servers = case.json("_resources/delivery.json")["servers"].clone();
    assert_eq!(servers.as_array().unwrap().len(), 1);
    assert_eq!(servers[0]["host"], second.place());
}

#[test]
fn a_ledger_that_cannot_be_written_does_not_undo_the_delivery() {
    let server = willing();
    let case = case(&["1"], &[entry(&server)]);
    case.write("_resources", "a file where a folder should be");
    case.run(&["send"]).exits(5).prints("1 of 1 records accepted").complains("_resources");
}

#[test]
fn others_may_write_while_a_server_is_waited_for_and_what_is_done_is_noted() {
    let (asked, was_asked) = mpsc::channel();
    let (release, released) = mpsc::channel::<()>();
    let released = Mutex::new(released);
    let slow = Server::http(move |_| {
        asked.send(()).unwrap();
        released.lock().unwrap().recv_timeout(DEADLINE).ok();
        Reply::json(200, "{}")
    });
    let quick = willing();
    let case = case(&["1"], &[entry(&slow), entry(&quick)]);
    let sending = case.command(&["send"]).stdout(std::process::Stdio::null()).spawn().unwrap();
    was_asked.recv_timeout(DEADLINE).unwrap();
    let started = Instant::now();
    while !case.has("_resources/delivery.json") && started.elapsed() < DEADLINE {
        std::thread::yield_now();
    }
    assert_eq!(case.json("_resources/delivery.json")["servers"][0]["host"], quick.place());
    // Shorter than the server is waited for, so that the lock is seen to be free.
    case.run(&["validate-fn", "--lock-timeout", "20"]).exits(4);
    release.send(()).unwrap();
    assert!(sending.wait_with_output().unwrap().status.success());
    assert_eq!(case.json("_resources/delivery.json")["servers"].as_array().unwrap().len(), 2);
}

#[test]
fn a_technician_reads_it_in_russian_too() {
    let (good, strict) = (willing(), Server::http(receiver("another key")));
    let case = case(&["1", "2", "3", "4", "5"], &[entry(&good), entry(&strict)]);
    let ran = case.run(&["send", "--lang", "ru"]).exits(5).prints("принято записей: 5 из 5");
    let ran = ran
        .prints("принято записей: 0 из 5")
        .complains("1.json, 2.json, 3.json: сервер не принимает ключ (код 403): Неверный API ключ");
    ran.complains("Проверьте `api_key`").complains("4.json, 5.json: не отправлялось");
}
