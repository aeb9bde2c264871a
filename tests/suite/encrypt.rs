//! `encrypt`: values and files, keys and where they come from. Tokens that are written down here
//! were made by Python's `cryptography.fernet`.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::state::{NOBODY, public_binary, rustix_is_root};
use crate::util::{Case, Ran};

/// Of the bytes 0 to 31.
const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
/// Of the Fernet specification.
const OTHER_KEY: &str = "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=";

// Made with KEY.
const URL: &str = "https://server.example/api/submit_json";
const URL_TOKEN: &str = "gAAAAABlU_EA2lm-Ex8gTylL6n5UjMlPRE7n_uF2YCzXNEwO0iwlSf1SlFxsaUfjbT2a2suTcQpA495HpH8xlgWp5FOQdfqqVDgH5Xrc-wqe8WEqI-FYX6GcHScaLoKOTDgsMlXzpr5A";
const RUSSIAN_TOKEN: &str =
    "gAAAAABlU_EAzq2-51yCaA4GhswUvbbhrnpRkXaqZpM6Pzc1ug_oaKM3hI7BqLmw1maUTushfh1U2tiqfxtC75GU1cVbqZ_iyQ==";
const BINARY_TOKEN: &str =
    "gAAAAABlU_EAq7Mk9ezVQt6XC2I_O2yugtLg-Jf6jKH1aFDeilhIgzlw61v-2WRsZsCrXBX--jOVdBZcBAyjDUE16zllPbH48w==";

// Made with the published key.
const OLD_URL_TOKEN: &str = "gAAAAABlU_EAec_X3nTSqZqJs8HCSgMZFRzmfcqvve9cb2ayviH48pxS3r-hyabbI5eg1G0-nm29n23qSXiDNjzeEJIPaq8CgooKweq2aURaGRTeXeres4QQUZPVxKEXogZrU494kMh6";
const OLD_API_KEY_TOKEN: &str = "gAAAAABlU_EArjK6tfJUiwVZK1e00xuVVsElWwC3-OAfoJsCVh5gPBmMoNvBh9V8Eh7U5qv5dtfI0xhMn_1euDA7jdlxW4OdDXgIV5_3baDCPZJPy1rIGEM=";
const OLD_CHAT_TOKEN: &str =
    "gAAAAABlU_EAAxFHF4JAEDDfy5Y3_LSZ-1b-e8nWIwPQ19VHWx-JBDCnp_yzJ8zxjnFSeUHOUwzUibgJp1PEJGkZ8_4H-__BUw==";

const EVERYONE_KNOWS: &str = "everyone knows it";

/// A home folder with a key.
fn keyed(key: &str) -> Case {
    let case = Case::new();
    case.write("_resources/key", key);
    case
}

fn fed(case: &Case, arguments: &[&str], input: &[u8]) -> Ran {
    let mut command = case.command(arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // Whoever refuses the command line does not read.
    child.stdin.take().unwrap().write_all(input).ok();
    Ran::new(&command, child.wait_with_output().unwrap(), case.listing())
}

fn with_variable(case: &Case, key: &str, arguments: &[&str]) -> Ran {
    let mut command = case.command(arguments);
    command.env("GETAD_KEY", key);
    case.finish(command)
}

fn decrypted(case: &Case, token: &str) -> String {
    let ran = case.run(&["encrypt", "--decrypt", token]).exits(0);
    ran.stdout.strip_suffix('\n').unwrap().to_owned()
}

#[test]
fn values_come_back_one_per_line() {
    let case = keyed(KEY);
    let values = ["https://server.example/?a=1&b=\"2\"", "Ключ №1", "", "-1001234567890"];
    let ran = case.run(&[&["encrypt"], &values[..]].concat()).exits(0);
    assert!(ran.stderr.is_empty(), "{}", ran.story());
    let tokens: Vec<&str> = ran.stdout.lines().collect();
    assert_eq!(tokens.len(), 4, "{}", ran.story());
    assert!(tokens[2].is_empty() && tokens.iter().filter(|token| token.starts_with("gAAAA")).count() == 3);
    let back = case.run(&[&["encrypt", "--decrypt"], &tokens[..]].concat()).exits(0);
    assert_eq!(back.stdout.lines().collect::<Vec<_>>(), values);
}

#[test]
fn lines_of_stdin_are_values() {
    let case = keyed(KEY);
    let utf16: Vec<u8> = "\u{feff}a\r\nключ\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (input, values) in [
        (&b"\xEF\xBB\xBFone\r\n\r\n two \r\n"[..], &["one", "", "two"][..]),
        (b"no end of line", &["no end of line"]),
        (&utf16, &["a", "ключ"]),
    ] {
        let ran = fed(&case, &["encrypt", "-"], input).exits(0);
        let back = fed(&case, &["encrypt", "--decrypt", "-"], ran.stdout.as_bytes()).exits(0);
        assert_eq!(back.stdout.lines().collect::<Vec<_>>(), values);
    }
    let ran = fed(&case, &["encrypt", "--json", "first", "-"], b"second\n").exits(0);
    assert_eq!(ran.document()["values"].as_array().unwrap().len(), 2);
}

#[test]
fn stdin_that_holds_no_values_is_refused() {
    let case = keyed(KEY);
    fed(&case, &["encrypt", "-"], b"").exits(4).complains("nothing came from stdin");
    fed(&case, &["encrypt", "-"], b"\xEA\xEB\xFE\xF7\n")
        .exits(1)
        .complains("not UTF-8")
        .complains("chcp 65001");
    fed(&case, &["encrypt", "-"], &vec![b'x'; (1 << 20) + 1]).exits(1).complains("more than 1048576 bytes");
}

#[test]
fn tokens_of_python_are_decrypted() {
    let case = keyed(&format!("\u{feff} {}\r\n", KEY.trim_end_matches('=')));
    let ran = case.run(&["encrypt", "--decrypt", URL_TOKEN, RUSSIAN_TOKEN, OLD_API_KEY_TOKEN]).exits(0);
    assert_eq!(ran.stdout, format!("{URL}\nКлюч №1\nkey-of-the-server\n"));
    assert!(case.read("logs/service.log").contains("the key that everyone knows"));
}

/// What the predecessor does with a token: key and tokens as arguments, a value per line.
const PYTHON: &str = "\
import sys
from cryptography.fernet import Fernet
fernet = Fernet(sys.argv[1])
for token in sys.argv[2:]:
    sys.stdout.buffer.write(fernet.decrypt(token.encode()) + b'\\n')
";

#[test]
fn python_decrypts_our_tokens_with_our_key() {
    let case = Case::new();
    case.run(&["encrypt", "--gen-key"]).exits(0);
    let values = [URL, "Ключ №1", "a value as long as thirty-two bytes"];
    let tokens = case.run(&[&["encrypt"], &values[..]].concat()).exits(0).stdout;
    // Debian's: another one in the path may lack the package.
    let mut python = Command::new("/usr/bin/python3");
    python.args(["-c", PYTHON, case.read("_resources/key").trim()]).args(tokens.lines());
    let ran = case.finish(python).exits(0);
    assert_eq!(ran.stdout.lines().collect::<Vec<_>>(), values);
}

#[test]
fn without_a_key_the_published_one_is_used_and_warned_about() {
    let case = Case::new();
    assert_eq!(decrypted(&case, OLD_CHAT_TOKEN), "-1001234567890");
    let ran = case.run(&["encrypt", "x", "--json"]).exits(0).complains(EVERYONE_KNOWS);
    let document = ran.document();
    assert_eq!((&document["ok"], &document["key"]), (&json!(true), &json!("published")));
    // Also when it stands in the file.
    let case = keyed("t_qxC_HN04Tiy1ish2P27ROYSJt_m7_FE2JT6gYngOM=");
    case.run(&["encrypt", "x"]).exits(0).complains(EVERYONE_KNOWS);
}

#[test]
fn keys_have_their_order() {
    let case = keyed(KEY);
    case.write("other.key", OTHER_KEY);
    let opens_with = |ran: Ran, key: &str| {
        let token = ran.exits(0).stdout;
        let ran = with_variable(&Case::new(), key, &["encrypt", "--decrypt", token.trim()]);
        assert_eq!(ran.exits(0).stdout, "x\n");
    };
    opens_with(case.run(&["encrypt", "x"]), KEY);
    opens_with(with_variable(&case, "", &["encrypt", "x"]), KEY);
    opens_with(with_variable(&case, OTHER_KEY, &["encrypt", "x"]), OTHER_KEY);
    // Found in the home folder, whatever the current one is.
    opens_with(case.run(&["encrypt", "x", "--key-file", "other.key"]), OTHER_KEY);
    opens_with(with_variable(&case, KEY, &["encrypt", "x", "--key-file", "other.key"]), OTHER_KEY);
    // All of them open.
    let old = case.run(&["encrypt", "--decrypt", URL_TOKEN, OLD_CHAT_TOKEN, "--key-file", "other.key"]);
    assert_eq!(old.exits(0).stdout, format!("{URL}\n-1001234567890\n"));
}

#[test]
fn a_key_that_is_none_is_named_and_not_shown() {
    let case = Case::new();
    let refused = |ran: Ran, place: &str| {
        let ran = ran.exits(3).complains(place);
        let said = [&ran.stdout, &ran.stderr, &case.read("logs/service.log")];
        assert!(said.iter().all(|text| !text.contains("MARKED")), "{}", ran.story());
    };
    refused(with_variable(&case, "MARKED", &["encrypt", "x"]), "the variable GETAD_KEY holds no Fernet key");
    refused(case.run(&["encrypt", "x", "--key-file", "gone.key"]), "gone.key");
    case.write("folder/file", "");
    refused(case.run(&["encrypt", "x", "--key-file", "folder"]), "cannot be read");
    for content in ["", "\n", "MARKED", &KEY[1..], "\u{0}\u{0}"] {
        case.write("_resources/key", content);
        refused(case.run(&["encrypt", "x"]), "_resources/key holds no Fernet key");
        refused(case.run(&["encrypt", "--decrypt", URL_TOKEN, "--lang", "ru"]), "это не ключ Fernet");
    }
}

#[test]
fn tokens_that_do_not_open_are_told_apart() {
    let case = keyed(KEY);
    let (cut, other) = (&URL_TOKEN[..60], with_variable(&case, OTHER_KEY, &["encrypt", "x"]).stdout);
    let ran = case.run(&["encrypt", "--decrypt", cut, URL_TOKEN, other.trim(), BINARY_TOKEN]).exits(5);
    assert_eq!(ran.stdout, format!("\n{URL}\n\n\n"));
    let ran = ran.complains("value 1: this is no encrypted value").complains("value 3: encrypted with a key");
    ran.complains("value 4: what was encrypted is not text");
    let ran = case.run(&["encrypt", "--decrypt", "--json", &URL_TOKEN.replacen("lm", "ml", 1)]).exits(1);
    let document = ran.document();
    assert_eq!((&document["ok"], &document["values"]), (&json!(false), &json!([null])));
    assert_eq!(document["errors"][0]["value"], 1);
}

#[test]
fn a_new_key_is_private_and_unseen() {
    let case = Case::new();
    let ran = case.run(&["encrypt", "--gen-key", "-vv"]).exits(0).prints("Keep a copy");
    let key = case.read("_resources/key");
    assert_eq!(key.trim().len(), 44);
    let shown = [&ran.stdout, &ran.stderr, &case.read("logs/service.log")];
    assert!(shown.iter().all(|text| !text.contains(key.trim())), "{}", ran.story());
    let mode = |name: &str| fs::metadata(case.home().join(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("_resources/key"), 0o600);

    let ran = case.run(&["encrypt", "--gen-key"]).exits(1).complains("there is a key in");
    let ran = ran.complains("To change the key");
    assert_eq!(case.read("_resources/key"), key, "{}", ran.story());
    assert_eq!(case.names("_resources"), ["getad.lock", "key"]);

    let path = case.home().join("deep/new.key");
    let ran = case.run(&["encrypt", "--gen-key", "--json", "--key-file", path.to_str().unwrap()]).exits(0);
    assert_eq!(ran.document(), json!({ "ok": true, "file": path }));
    assert_eq!(mode("deep/new.key"), 0o600);
    assert_ne!(case.read("deep/new.key"), key);
}

#[test]
fn a_new_key_that_is_outranked_is_said() {
    let case = Case::new();
    let ran = with_variable(&case, KEY, &["encrypt", "--gen-key"]).exits(0);
    ran.complains("another key goes first: the variable GETAD_KEY");
}

#[test]
fn contradictions_are_refused() {
    let case = Case::new();
    for arguments in [
        &[][..],
        &["--decrypt"],
        &["--gen-key", "value"],
        &["--gen-key", "--decrypt"],
        &["--gen-key", "--config", "service.json"],
        &["--config", "service.json", "value"],
        &["--config", "service.json", "--decrypt"],
    ] {
        case.run(&[&["encrypt"], arguments].concat()).exits(2);
    }
    assert!(!case.has("_resources/key"));
}

/// As a person lays it out, with keys of others.
const LAID_OUT: &str = "\u{feff}{\r\n\t\"own\": 1e3, \"sending_data\": { \"url_list\": [\r\n\
    \t\t{ \"encryption\": 0, \"url\": \"https:\\/\\/MARKED-1.example/p\", \"api_key\": \"MARKED-2\", \"x\": [ 1.50 ] },\r\n\
    \t\t{\r\n\t\t\t\"url\": \"MARKED-3\",\r\n\t\t\t\"api_key\": \"\" }\r\n\t] },\r\n\
    \t\"notification\": {\"proxy\": \"p\", \"authentication\": {\"bot_token\":\"MARKED-4\",\"chat_id\": -100555 }} }\r\n";

#[test]
fn a_file_is_encrypted_in_place_and_nothing_else_changes() {
    let case = keyed(KEY);
    case.write("service.json", LAID_OUT);
    let ran = case.run(&["encrypt", "--config", "service.json", "-vv"]).exits(0);
    assert_eq!(
        ran.stdout,
        "sending_data.url_list[0]: encrypted\nsending_data.url_list[1]: encrypted\n\
         notification.authentication: encrypted\n"
    );
    assert!(!ran.story().contains("MARKED") && !ran.story().contains("100555"), "{}", ran.story());

    let mut text = case.read("service.json");
    let tokens: Vec<String> =
        text.split('"').filter(|part| part.starts_with("gAAAA")).map(str::to_owned).collect();
    let plain = ["https://MARKED-1.example/p", "MARKED-2", "MARKED-3", "MARKED-4", "-100555"];
    assert_eq!(tokens.len(), plain.len(), "{text}");
    for (token, plain) in tokens.iter().zip(plain) {
        assert_eq!(decrypted(&case, token), plain);
        text = text.replacen(token, plain, 1);
    }
    let expected = LAID_OUT
        .replace("\"encryption\": 0", "\"encryption\": true")
        .replace("\\/", "/")
        .replace("{\r\n\t\t\t\"url\"", "{\r\n\t\t\t\"encryption\": true,\r\n\t\t\t\"url\"")
        .replace("{\"bot_token\"", "{\"encryption\": true,\"bot_token\"")
        .replace("-100555", "\"-100555\"");
    assert_eq!(text, expected);

    let once = case.read("service.json");
    let ran = case.run(&["encrypt", "--config", "service.json"]).exits(0).prints("encrypted already");
    assert_eq!(case.read("service.json"), once, "{}", ran.story());
}

fn servers(case: &Case) -> Value {
    case.json("service.json")["sending_data"]["url_list"].clone()
}

#[test]
fn moving_over_from_the_published_key_takes_two_commands() {
    let case = Case::new();
    let server = json!({ "encryption": true, "url": OLD_URL_TOKEN, "api_key": OLD_API_KEY_TOKEN });
    let bot = json!({ "encryption": true, "bot_token": "", "chat_id": OLD_CHAT_TOKEN });
    let content =
        json!({ "sending_data": { "url_list": server }, "notification": { "authentication": bot } });
    case.write("service.json", content.to_string());
    let ran = case.run(&["encrypt", "--config", "service.json"]).exits(0).prints("encrypted already");
    ran.complains(EVERYONE_KNOWS);
    assert_eq!(case.json("service.json"), content);

    case.run(&["encrypt", "--gen-key"]).exits(0);
    let ran = case.run(&["encrypt", "--config", "service.json"]).exits(0);
    let ran = ran.prints("sending_data.url_list[0]: encrypted anew").prints("authentication: encrypted anew");
    assert!(ran.stderr.is_empty(), "{}", ran.story());
    assert_eq!(decrypted(&case, servers(&case)["url"].as_str().unwrap()), URL);
    assert_eq!(case.json("service.json")["notification"]["authentication"]["bot_token"], "");

    // Who knows the published key alone reads nothing any more.
    let stranger = Case::new();
    let ran = stranger.run(&["encrypt", "--decrypt", servers(&case)["api_key"].as_str().unwrap()]);
    ran.exits(1).complains("encrypted with a key that is not here");
}

#[test]
fn a_key_is_changed_by_encrypting_with_the_new_one() {
    let case = keyed(KEY);
    case.write("service.json", json!({ "sending_data": { "url_list": [{ "url": URL }] } }).to_string());
    case.run(&["encrypt", "--config", "service.json"]).exits(0);
    let new = case.home().join("new.key");
    let with_new = ["--key-file", new.to_str().unwrap()];
    case.run(&[&["encrypt", "--gen-key"], &with_new[..]].concat()).exits(0);
    let encrypt = [&["encrypt", "--config", "service.json"], &with_new[..]].concat();
    case.run(&encrypt).exits(0).prints("encrypted anew with the current key");
    case.run(&encrypt).exits(0).prints("encrypted already");
    fs::rename(&new, case.home().join("_resources/key")).unwrap();
    assert_eq!(decrypted(&case, servers(&case)[0]["url"].as_str().unwrap()), URL);
    case.run(&["encrypt", "--config", "service.json"]).exits(0).prints("encrypted already");
}

#[test]
fn an_entry_that_does_not_open_stays_and_the_others_do_not_wait_for_it() {
    let case = keyed(OTHER_KEY);
    let foreign = json!({ "encryption": true, "url": OLD_URL_TOKEN, "api_key": URL_TOKEN });
    let plain = json!({ "encryption": true, "url": "https://MARKED.example" });
    let pasted = json!({ "encryption": false, "url": "https://MARKED.example", "api_key": URL_TOKEN });
    let list = json!([foreign, plain, pasted, { "url": "u" }]);
    case.write("service.json", json!({ "sending_data": { "url_list": list } }).to_string());
    let ran = case.run(&["encrypt", "--config", "service.json", "--json"]).exits(5);
    let ran = ran.complains("sending_data.url_list[0].api_key: encrypted with a key that is not here");
    let ran = ran.complains("sending_data.url_list[1].url: this is no encrypted value");
    let ran = ran.complains("sending_data.url_list[2].api_key: encrypted with a key that is not here");
    let document = ran.document();
    let states: Vec<&Value> =
        document["entries"].as_array().unwrap().iter().map(|entry| &entry["state"]).collect();
    assert_eq!(states, ["failed", "failed", "failed", "encrypted"]);
    assert!(!ran.stdout.contains("MARKED") && !ran.stderr.contains("MARKED"), "{}", ran.story());
    assert_eq!(servers(&case).as_array().unwrap()[..3], [foreign, plain, pasted]);
    assert_eq!(decrypted(&case, servers(&case)[3]["url"].as_str().unwrap()), "u");
}

#[test]
fn a_pasted_token_is_recognised() {
    let case = keyed(KEY);
    let server = json!({ "url": URL_TOKEN, "api_key": "k", "encryption": false });
    case.write("service.json", json!({ "sending_data": { "url_list": [server] } }).to_string());
    case.run(&["encrypt", "--config", "service.json"]).exits(0);
    let server = &servers(&case)[0];
    assert_eq!((&server["url"], &server["encryption"]), (&json!(URL_TOKEN), &json!(true)));
    assert_eq!(decrypted(&case, server["api_key"].as_str().unwrap()), "k");
}

#[test]
fn a_file_that_cannot_be_used_is_left_alone() {
    let case = keyed(KEY);
    case.run(&["encrypt", "--config", "gone.json"]).exits(3).complains("gone.json cannot be read");
    for (content, complaint) in [
        (&b"{\"sending_data\": {\"url_list\": [{\"url\": \"MARKED\",}]}}"[..], "line 1, column"),
        (b"{\"sending_data\": {\"url_list\": [{\"url\": \"MARKED\", \"url\": \"x\"}]}}", "line 1, column"),
        (b"{\"sending_data\": {\"url_list\": [[true, \"MARKED\", \"x\"]]}}", "expected"),
        (b"{\"sending_data\": {\"url_list\": \"MARKED\"}}", "sending_data.url_list"),
        (b"{\"sending_data\": {\"url_list\": [{\"url\": [\"MARKED\"]}]}}", "sending_data.url_list[0].url"),
        (b"{\"x\": \"\xEF\xF0\"}", "not UTF-8"),
        (b"", "empty"),
    ] {
        case.write("service.json", content);
        let ran = case.run(&["encrypt", "--config", "service.json"]).exits(3).complains(complaint);
        assert!(!ran.stderr.contains("MARKED"), "{}", ran.story());
        assert_eq!(fs::read(case.home().join("service.json")).unwrap(), content);
    }
}

#[test]
fn a_file_without_credentials_is_said() {
    let case = keyed(KEY);
    let content = r#"{ "sending_data": { "url_list": [ { "url": "", "encryption": false } ] } }"#;
    for content in ["{}", content] {
        case.write("service.json", content);
        case.run(&["encrypt", "--config", "service.json"]).exits(4).complains("holds no credentials");
        assert_eq!(case.read("service.json"), content);
    }
}

#[test]
fn a_file_keeps_its_rights_and_waits_for_the_lock() {
    let case = keyed(KEY);
    case.write("service.json", LAID_OUT);
    let path = case.home().join("service.json");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    let lock = File::create(case.home().join("_resources/getad.lock")).unwrap();
    lock.lock().unwrap();
    let encrypt = ["encrypt", "--config", "service.json", "--lock-timeout", "0"];
    case.run(&encrypt).exits(6);
    assert_eq!(case.read("service.json"), LAID_OUT);
    drop(lock);
    case.run(&encrypt).exits(0);
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn an_ordinary_user_may_not_use_the_key_of_administrators() {
    let case = keyed(KEY);
    fs::set_permissions(case.home().join("_resources/key"), fs::Permissions::from_mode(0o000)).unwrap();
    fs::set_permissions(case.home(), fs::Permissions::from_mode(0o555)).unwrap();
    let binary = public_binary(&case);
    let run = |arguments: &[&str]| {
        let mut command = Command::new(&binary);
        command.args(["--lang", "en", "--home"]).arg(case.home()).args(arguments).env_remove("GETAD_KEY");
        if rustix_is_root() {
            command.uid(NOBODY).gid(NOBODY);
        }
        case.finish(command)
    };
    run(&["encrypt", "x"]).exits(3).complains("key cannot be read").complains("Run as administrator");
    let new = case.home().join("new.key");
    let ran = run(&["encrypt", "--gen-key", "--key-file", new.to_str().unwrap()]).exits(1);
    ran.complains("cannot be written").complains("Run as administrator");
    fs::set_permissions(case.home(), fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn an_identity_under_a_key_of_ones_own_is_kept() {
    const UUID: &str = "e96c6ccf-75c4-e8f3-4b99-f27b9e09c8ca";
    let case = keyed(KEY);
    let token = case.run(&["encrypt", UUID]).exits(0).stdout;
    case.write("_resources/uuid", &token).write("connect.json", r#"{"atol":[{"type_connect":1}]}"#);
    case.run(&["probe"]).exits(1);
    let record = case.json(&format!("date/{}", case.names("date")[0]));
    assert_eq!(record["uuid"], UUID);
    assert_eq!(case.read("_resources/uuid"), token);
    // A key that cannot be used hinders no reading, and the token stays.
    case.write("_resources/key", "no key");
    case.run(&["probe"]).exits(1);
    assert!(case.read("logs/service.log").contains("holds no Fernet key"));
    assert_eq!(case.read("_resources/uuid"), token);
}
