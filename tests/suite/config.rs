//! `config`, and what every command does with a broken configuration.

use std::fs;

use serde_json::{Value, json};

use crate::util::Case;

const BOM: &[u8] = b"\xEF\xBB\xBF";

#[test]
fn init_writes_missing_files_and_leaves_others() {
    let case = Case::new();
    case.write("service.json", "{ \"service\": {} }");
    case.run(&["config", "init"]).exits(0).prints("written").prints("left as it is");
    assert_eq!(case.read("service.json"), "{ \"service\": {} }");
    assert_eq!(case.json("connect.json")["tcp_timeout"], 30);
    let ran = case.run(&["config", "init", "--json"]).exits(0);
    assert_eq!(ran.document(), json!({ "ok": true, "written": [] }));
}

#[test]
fn shipped_defaults_pass_their_own_check() {
    let case = Case::new();
    case.run(&["config", "check"]).exits(0).prints("defaults are used");
    case.run(&["config", "init"]).exits(0);
    let ran = case.run(&["config", "check", "--json"]).exits(0);
    assert_eq!(ran.document()["ok"], true);
}

#[test]
fn a_missing_comma_is_shown_with_its_place() {
    let case = Case::new();
    let broken = "{\n    \"tcp_timeout\": 30\n    \"atol\": []\n}\n";
    case.write("connect.json", broken);
    for command in [&["config", "check"][..], &["config", "show"], &["probe"]] {
        let ran =
            case.run(command).exits(3).complains("connect.json, line 3, column 5: expected a comma or }");
        assert!(ran.stderr.contains("has not been changed"), "{}", ran.story());
    }
    assert_eq!(case.read("connect.json"), broken);
    case.run(&["probe", "--lang", "ru"]).exits(3).complains("строка 3, столбец 5: ожидается запятая или }");
}

#[test]
fn every_file_is_checked_also_after_a_broken_one() {
    let case = Case::new();
    case.write("connect.json", "").write("service.json", "[1");
    let ran = case.run(&["config", "check"]).exits(3);
    assert!(ran.stderr.contains("connect.json") && ran.stderr.contains("service.json"), "{}", ran.story());
    let document = case.run(&["config", "check", "--json"]).exits(3).document();
    assert_eq!(document["files"].as_array().unwrap().len(), 2);
}

#[test]
fn wrong_types_name_the_key_and_what_is_expected() {
    let case = Case::new();
    for (file, text, complaint) in [
        (
            "connect.json",
            r#"{"atol":[{},{"ip_port":"many"}]}"#,
            "atol[1].ip_port: expected a whole number from 1 to 65535, found string",
        ),
        ("connect.json", r#"{"mitsu":"COM7"}"#, "mitsu: expected a list, found string"),
        (
            "connect.json",
            r#"{"atol":[{"type_connect":[]}]}"#,
            "atol[0].type_connect: expected 0, 1, 2 or 3, found sequence",
        ),
        (
            "connect.json",
            r#"{"tcp_timeout":-1}"#,
            "tcp_timeout: expected a whole number, 0 or more, found integer",
        ),
        ("connect.json", r#"["atol"]"#, "expected an object { }"),
        (
            "service.json",
            r#"{"sending_data":{"enabled":"maybe"}}"#,
            "sending_data.enabled: expected true or false (also 1 or 0), found string",
        ),
        (
            "service.json",
            r#"{"service":{"log_days":null}}"#,
            "service.log_days: expected a whole number, 0 or more, found null",
        ),
    ] {
        case.write("connect.json", "{}").write("service.json", "{}").write(file, text);
        case.run(&["config", "check"]).exits(3).complains(complaint);
        assert_eq!(case.read(file), text);
    }
}

#[test]
fn wrong_types_of_secrets_are_not_quoted() {
    let case = Case::new();
    case.write(
        "service.json",
        r#"{"notification":{"authentication":{"bot_token":[987654321]}},"service":{}}"#,
    );
    let ran = case.run(&["config", "check", "-vv"]).exits(3);
    assert!(!ran.story().replace(&case.read("service.json"), "").contains("987654321"), "{}", ran.story());
    case.write(
        "service.json",
        r#"{"notification":{"authentication":{"bot_token":true,"chat_id":98765.4321}}}"#,
    );
    let ran = case.run(&["config", "check", "-vv"]).exits(3);
    assert!(!ran.stderr.contains("98765.4321"), "{}", ran.story());
}

#[test]
fn byte_order_marks_are_fine() {
    let case = Case::new();
    case.write("connect.json", [BOM, br#"{"tcp_timeout":"7"}"#].concat());
    let shown = case.run(&["config", "show", "--json"]).exits(0).document();
    assert_eq!(shown["connect"]["tcp_timeout"], 7);
}

#[test]
fn other_encodings_are_refused_with_advice() {
    let case = Case::new();
    case.write("service.json", b"{\"service\":{\"updater_name\":\"\xEE\xE1\"}}");
    case.run(&["config", "check"])
        .exits(3)
        .complains("not UTF-8")
        .complains("Save the file in the encoding UTF-8");
    let utf16: Vec<u8> = "\u{feff}{}".encode_utf16().flat_map(u16::to_le_bytes).collect();
    case.write("service.json", utf16);
    case.run(&["config", "check"]).exits(3).complains("not UTF-8");
}

#[test]
fn show_masks_secrets_and_gives_every_default() {
    let case = Case::new();
    let service = json!({
        "sending_data": { "url_list": [
            { "encryption": false, "url": "https://db.example/api/submit_json?k=SECRETPATH", "api_key": "SECRETKEY" },
            { "encryption": true, "url": "gAAAASECRETURL", "api_key": "gAAAASECRETKEY" },
        ], "proxy": "http://user:SECRETPASS@10.0.0.1:3128" },
        "notification": { "authentication": { "bot_token": "1:SECRETTOKEN", "chat_id": "-100SECRETCHAT" } },
        "unknown": "kept to itself",
    });
    case.write("service.json", service.to_string());
    let ran = case
        .run(&["config", "show"])
        .exits(0)
        .prints("https://db.example/***")
        .prints("\"target_time\": \"05:30\"");
    assert!(!ran.stdout.contains("SECRET"), "{}", ran.story());
    let shown = case.run(&["config", "show", "--json"]).exits(0).document();
    assert_eq!(shown["service"]["sending_data"]["max_attempts"], 5);
    assert_eq!(shown["service"]["sending_data"]["url_list"][1]["url"], "***");
    assert_eq!(shown["connect"]["atol"], json!({ "search": true, "baud": 115_200, "links": [] }));
}

#[test]
fn numbers_and_switches_may_stand_in_quotes() {
    let case = Case::new();
    case.write(
        "connect.json",
        r#"{"tcp_timeout":"5","probe_timeout":"90","atol":[{"type_connect":"2","ip":"10.0.0.1","ip_port":"5556"}],
            "mitsu":{"type_connect":"1","com_port":7,"com_baudrate":9600.0}}"#,
    );
    case.write(
        "service.json",
        r#"{"sending_data":{"enabled":"1"},"validation_fn":{"forced":0,"target_time":false}}"#,
    );
    let shown = case.run(&["config", "show", "--json"]).exits(0).document();
    assert_eq!(shown["connect"]["probe_timeout"], 90);
    assert_eq!(shown["connect"]["atol"]["links"], json!(["tcp:10.0.0.1:5556"]));
    assert_eq!(shown["connect"]["mitsu"]["links"], json!(["com:COM7@9600"]));
    assert_eq!(shown["service"]["sending_data"]["enabled"], true);
    assert_eq!(shown["service"]["validation_fn"]["target_time"], Value::Bool(false));
}

#[test]
fn a_configuration_that_is_a_folder_is_an_error() {
    let case = Case::new();
    fs::create_dir(case.home().join("connect.json")).unwrap();
    case.run(&["config", "check"]).exits(3).complains("connect.json cannot be read");
}

#[test]
fn incomplete_entries_and_odd_values_are_said_by_check() {
    let case = Case::new();
    case.write("connect.json", r#"{"atol":[{"type_connect":1},{"type_connect":2}]}"#);
    case.write("service.json", r#"{"service":{"log_level":"loud"},"validation_fn":{"target_time":"25:99"}}"#);
    let ran = case
        .run(&["config", "check"])
        .exits(3)
        .complains("atol[0]: com_port is missing")
        .complains("atol[1]: ip is missing");
    let ran = ran.complains("`loud` is unknown").complains("target_time is not understood");
    assert!(ran.stdout.contains("ok: ") && ran.stdout.contains("service.json"), "{}", ran.story());
    case.write("connect.json", "{}");
    case.run(&["config", "check"]).exits(0).complains("05:30 is used");
    case.write("service.json", r#"{"validation_fn":{"target_time":"5:30"}}"#);
    let ran = case.run(&["config", "check"]).exits(0);
    assert!(ran.stderr.is_empty(), "{}", ran.story());
}
