//! `metrics --push`: the trapper protocol, against servers that keep to it and others.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::metrics::{SERIALS, known};
use crate::sim::refusing_port;
use crate::trapper::{Manner, Trapper};
use crate::util::{Case, Ran};

const HOST: &str = "Касса \"1\"";

fn configured(server: &str) -> Case {
    let case = known();
    let settings = json!({ "zabbix": { "server": server, "host": HOST, "timeout": 20 } });
    case.write("service.json", settings.to_string());
    case
}

fn push(server: &str) -> Ran {
    configured(server).run(&["metrics", "--push"])
}

#[test]
fn a_server_gets_the_master_document() {
    let server = Trapper::start(Manner::Knows(HOST));
    let case = configured(&server.address());
    let ran = case.run(&["metrics", "--push"]).exits(0).prints(&format!("Sent to {}", server.address()));
    let received = server.received();
    let [Ok(request)] = received.as_slice() else { panic!("{received:?}\n{}", ran.story()) };
    assert_eq!(request["request"], "sender data");
    let values = request["data"].as_array().unwrap();
    assert_eq!(
        (values.len(), &values[0]["host"], &values[0]["key"]),
        (1, &json!(HOST), &json!("getad.json"))
    );
    let document: Value = serde_json::from_str(values[0]["value"].as_str().unwrap()).unwrap();
    assert_eq!(document["registers"].as_array().map(Vec::len), Some(SERIALS.len()));
    assert_eq!(document["registers"][1]["organization"], "ИП «Ёлка \\ \"Хвоя\"»\nфилиал");
    let printed = case.run(&["metrics", "--push", "--json"]).exits(0).document();
    let entry =
        json!({ "server": server.address(), "ok": true, "processed": 1, "error": null, "hint": null });
    assert_eq!(printed, json!({ "ok": true, "host": HOST, "pushed": [entry] }));
}

#[test]
fn an_unknown_host_is_said_with_what_to_check() {
    let server = Trapper::start(Manner::Knows("another"));
    push(&server.address())
        .exits(1)
        .complains("values not accepted: 1 of 1")
        .complains(HOST)
        .complains("Zabbix trapper")
        .complains("allowed hosts");
}

#[test]
fn without_a_name_the_computer_s_own_is_used() {
    let server = Trapper::start(Manner::Knows(""));
    let case = known();
    case.write("service.json", json!({ "zabbix": { "server": server.address() } }).to_string());
    case.run(&["metrics", "--push"]).exits(1);
    let host = server.received()[0].clone().unwrap()["data"][0]["host"].clone();
    let document = case.run(&["metrics", "--format", "zabbix"]).document();
    assert_eq!(host, document["workstation"]["hostname"]);
}

#[test]
fn servers_that_do_not_keep_to_the_protocol_are_told() {
    let framed = |flags: u8, length: u32, body: &str| {
        [b"ZBXD", &[flags][..], &length.to_le_bytes(), &[0; 4], body.as_bytes()].concat()
    };
    let says = |bytes: Vec<u8>| Manner::Says(bytes);
    for (manner, told) in [
        (says(b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()), "not of the Zabbix protocol"),
        (says(b"ZBXD\x01\x30".to_vec()), "it ends too early"),
        (says(framed(1, 90, "{\"response\":\"succ")), "it ends too early"),
        (says(framed(1, 4, "null")), "not of the Zabbix protocol"),
        (says(framed(1, 2, "\u{fffd}")), "not of the Zabbix protocol"),
        (says(framed(3, 20, "xxxxxxxxxxxxxxxxxxxx")), "unknown form"),
        (says(framed(1, u32::MAX, "{")), "too long"),
        (Manner::Closes, "closed without one"),
        (Manner::Answers(json!({ "response": "success" })), "not of the Zabbix protocol"),
        (
            Manner::Answers(json!({ "response": "failed", "info": "tls required" })),
            "the server refuses: tls required",
        ),
        (
            Manner::Answers(
                json!({ "response": "failed", "redirect": { "revision": 1, "address": "10.9.8.7" } }),
            ),
            "sends us on to 10.9.8.7",
        ),
    ] {
        let server = Trapper::start(manner.clone());
        let ran = push(&server.address()).exits(1);
        assert!(ran.stderr.contains(told), "{manner:?}: {told}\n{}", ran.story());
    }
}

#[test]
fn a_server_that_does_not_come_to_an_end_is_left_at_the_deadline() {
    for manner in [Manner::Silent, Manner::Drips] {
        let server = Trapper::start(manner);
        let case = known();
        let settings = json!({ "zabbix": { "server": server.address(), "host": HOST, "timeout": "1" } });
        case.write("service.json", settings.to_string());
        let started = Instant::now();
        case.run(&["metrics", "--push"]).exits(1).complains("no answer within 1 s");
        assert!(started.elapsed() >= Duration::from_secs(1));
        assert!(started.elapsed() < Duration::from_secs(60));
    }
}

#[test]
fn each_server_has_its_own_outcome() {
    let good = Trapper::start(Manner::Knows(HOST));
    let other = Trapper::start(Manner::Closes);
    let (refusing, _held) = refusing_port().unwrap();
    let absent = refusing.to_string();
    let list = format!("{absent}, http://zabbix/, {} ; {}", good.address(), other.address());
    let ran = push(&list).exits(5).prints(&good.address());
    let ran = ran.complains("no connection").complains("`http://zabbix/` is not the address");
    assert!(ran.stderr.contains(&other.address()), "{}", ran.story());
    let document = configured(&list).run(&["metrics", "--push", "--json"]).exits(5).document();
    let fates: Vec<bool> =
        document["pushed"].as_array().unwrap().iter().map(|one| one["ok"] == true).collect();
    assert_eq!((fates, &document["ok"]), (vec![false, false, true, false], &json!(false)));
    push(&absent).exits(1).complains("10051");
}

#[test]
fn addresses_of_version_6_are_reached() {
    let server = Trapper::at("[::1]:0", Manner::Knows(HOST));
    assert!(server.address().starts_with("[::1]:"));
    push(&server.address()).exits(0);
}

#[test]
fn nothing_to_send_and_nowhere_to_send_to_are_code_4() {
    let server = Trapper::start(Manner::Knows(HOST));
    known().run(&["metrics", "--push"]).exits(4).complains("no Zabbix server").complains("service.json");
    let case = Case::new();
    case.write("service.json", json!({ "zabbix": { "server": server.address() } }).to_string());
    case.run(&["metrics", "--push"]).exits(4).prints("Nothing was sent");
    assert_eq!(server.received().len(), 0);
    let quiet = known().run(&["-q", "metrics", "--push"]).exits(4);
    assert_eq!((quiet.stdout.as_str(), quiet.stderr.as_str()), ("", ""));
}

#[test]
fn a_damaged_file_does_not_stop_the_rest() {
    let server = Trapper::start(Manner::Knows(HOST));
    let case = configured(&server.address());
    case.write("metrics/00123456790014.json", "");
    case.run(&["metrics", "--push"]).exits(5).complains("is damaged");
    assert_eq!(server.received().len(), 1);
}

#[test]
fn config_check_names_what_is_no_address() {
    configured("good:10051, bad:0")
        .run(&["config", "check"])
        .exits(0)
        .complains("`bad:0` is not the address");
}
