//! Defects of the predecessor's delivery that getad must not have.

use std::fs;

use serde_json::json;

use crate::http_sim::{Reply, Server};
use crate::proxy_sim::Proxy;
use crate::send::{case, configure, entry, outcomes, willing};

#[test]
fn defect_06_a_refusal_with_a_json_body_counts_as_sent() {
    for status in [403, 500] {
        let server = Server::always(Reply::json(status, r#"{"status":"success"}"#));
        let case = case(&["1"], &[entry(&server)]);
        case.run(&["send"]).exits(1);
        let file = case.json("_resources/delivery.json")["servers"][0]["files"]["1.json"].clone();
        assert!(file["accepted_at"].is_null() && file["error"].is_string(), "{file}");
    }
}

#[test]
fn defect_07_the_delay_keeps_doubling_across_files() {
    // Each record fails once; were the delay not to start anew, the fourth would wait for 8 s.
    let server =
        Server::http(|request| Reply::json(if request.on_connection % 2 == 1 { 503 } else { 200 }, "{}"));
    let case = case(&["1", "2", "3", "4"], &[]);
    configure(&case, &[entry(&server)], &json!({ "delay": 1, "max_attempts": 2 }));
    let started = std::time::Instant::now();
    let ran = case.run(&["send", "--json"]).exits(0);
    assert!(started.elapsed() >= std::time::Duration::from_secs(4));
    assert!(started.elapsed() < std::time::Duration::from_secs(15), "{}", ran.story());
    assert!(outcomes(&ran).iter().all(|(.., attempts)| *attempts == 2), "{}", ran.story());
}

#[test]
fn defect_08_addresses_and_keys_are_written_to_the_log() {
    let marks = ["marked-key", "marked-path", "marked-query", "marked-user", "marked-password"];
    let echo = |text: &str| Reply::json(500, &json!({ "message": text }).to_string());
    let told = "got marked-key at /marked-path?k=marked-query";
    let servers = [
        Server::always(echo(told)),
        Server::always(Reply::Raw(b"nonsense marked-key".to_vec())),
        Server::always(Reply::Cut),
        Server::always(Reply::redirect(302, "http://other.example/marked-path?k=marked-query")),
    ];
    let address =
        |place: &str| format!("http://marked-user:marked-password@{place}/marked-path?k=marked-query");
    let proxies = [
        None,
        Some(format!("http://marked-user:marked-password@{}", Proxy::refusing().place())),
        Some("http://marked-user:marked-password@:".to_owned()),
    ];
    for proxy in proxies {
        let entries: Vec<_> = servers
            .iter()
            .map(|server| json!({ "url": address(&server.place()), "api_key": "marked-key" }))
            .chain([json!({ "url": address("[::"), "api_key": "marked-key" })])
            .collect();
        let case = case(&["1"], &[]);
        configure(&case, &entries, &json!({ "max_attempts": 2, "proxy": proxy }));
        let mut config = case.json("service.json");
        config["service"]["log_level"] = "trace".into();
        case.write("service.json", config.to_string());
        for arguments in [&["send", "-vvv"][..], &["send", "--json", "-vvv"], &["send", "--dry-run", "-vvv"]]
        {
            let ran = case.run(arguments);
            fs::rename(case.home().join("service.json"), case.outside().join("service.json")).unwrap();
            let written = format!("{}{}{}", ran.stdout, ran.stderr, everything(case.home()));
            fs::rename(case.outside().join("service.json"), case.home().join("service.json")).unwrap();
            for mark in marks {
                assert!(!written.contains(mark), "{mark} is shown\n{}", ran.story());
            }
        }
    }
}

fn everything(folder: &std::path::Path) -> String {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let content = |path: std::path::PathBuf| {
        if path.is_dir() {
            everything(&path)
        } else {
            String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned()
        }
    };
    entries.map(content).collect()
}

#[test]
fn defect_29_acceptance_counts_as_failed_broken_records_go_out_empty_and_redirects_leak_the_key() {
    let server = Server::always(Reply::Answer(204, Vec::new(), Vec::new()));
    let broken = case(&["1"], &[entry(&server)]);
    broken.write("date/2.json", "{\"cut");
    let ran = broken.run(&["send", "--json"]).exits(5);
    assert_eq!(outcomes(&ran).iter().map(|(_, _, ok, ..)| *ok).collect::<Vec<_>>(), [true, false]);
    assert_eq!(server.bodies(), [broken.read("date/1.json").into_bytes()]);

    let thief = willing();
    let moved = Server::always(Reply::redirect(302, &thief.url("/")));
    case(&["1"], &[entry(&moved)]).run(&["send"]).exits(1);
    assert_eq!(thief.connections(), 0);

    let silent = Server::always(Reply::Silent);
    let waiting = case(&["1"], &[]);
    configure(&waiting, &[entry(&silent)], &json!({ "timeout": 1, "max_attempts": 1 }));
    waiting.run(&["send"]).exits(1).complains("no answer in time");
}
