//! Keys and encrypted credentials, as far as Windows does them differently: rights and paths.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};

use crate::computer::{Computer, Width};

/// Made by Python's `cryptography.fernet` with the published key.
const OLD_TOKEN: &str =
    "gAAAAABlU_EAAxFHF4JAEDDfy5Y3_LSZ-1b-e8nWIwPQ19VHWx-JBDCnp_yzJ8zxjnFSeUHOUwzUibgJp1PEJGkZ8_4H-__BUw==";

#[test]
fn a_new_key_gets_its_access_list_and_encrypts_the_file() {
    let computer = Computer::shared();
    for width in Width::BOTH {
        let home = computer.home();
        let bot = json!({ "encryption": true, "bot_token": "", "chat_id": OLD_TOKEN });
        home.write("service.json", json!({ "notification": { "authentication": bot } }).to_string());
        home.getad(width, &["encrypt", "--gen-key"]).exits(0).prints("_resources\\key");
        // Wine keeps an access list as rights of Unix, and what it gives to administrators as those
        // of the group; who is not in the list may read all the same.
        let mode = fs::metadata(home.home().join("_resources/key")).unwrap().permissions().mode();
        assert_eq!(mode & 0o022, 0o020, "{mode:o}");

        home.getad(width, &["encrypt", "--config", "service.json"]).exits(0).prints("encrypted anew");
        let file: Value = home.json("service.json");
        let token = file["notification"]["authentication"]["chat_id"].as_str().unwrap();
        let ran = home.getad(width, &["encrypt", "--decrypt", token]).exits(0);
        assert_eq!(ran.stdout.trim_end(), "-1001234567890", "{}", ran.story());
        home.getad(width, &["encrypt", "--gen-key"]).exits(1).complains("there is a key");
    }
}
