//! Pages of `help TOPIC` and completions: they name what there is.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use getad::config::Service;
use getad::config::connect::ConnectFile;

use crate::fields::fields;
use crate::util::Case;

const LANGUAGES: [&str; 2] = ["en", "ru"];

fn page(topic: &str, lang: &str) -> String {
    Case::new().run(&["help", topic, "--lang", lang]).exits(0).stdout
}

/// Words, where what belongs to a name does not end one.
fn words(text: &str) -> BTreeSet<&str> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_')).collect()
}

#[test]
fn config_explains_every_key_in_its_section() {
    for lang in LANGUAGES {
        let page = page("config", lang);
        let (connect, service) = page.split_once("\nservice.json: ").unwrap();
        for path in fields::<ConnectFile>() {
            assert!(words(connect).contains(path[path.len() - 1]), "{lang}: connect.json {path:?}");
        }
        for path in fields::<Service>() {
            let section = service.split("\nservice.json: ").find(|part| part.lines().next() == Some(path[0]));
            let section = section.unwrap_or_else(|| panic!("{lang}: no section {}", path[0]));
            assert!(words(section).contains(path[path.len() - 1]), "{lang}: service.json {path:?}");
        }
    }
}

#[test]
fn keys_are_asked_of_the_types() {
    let service = fields::<Service>();
    for path in [&["sending_data", "url_list", "api_key"][..], &["validation_fn", "mitsu", "multiline"]] {
        assert!(service.iter().any(|known| known == path), "{service:?}");
    }
}

/// Files below a folder, named as `help files` names them.
fn files_of(home: &Path, folder: &Path, names: &mut BTreeSet<String>) {
    for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            files_of(home, &path, names);
            continue;
        }
        let name = path.strip_prefix(home).unwrap().to_str().unwrap().to_owned();
        let is_workstation = name.starts_with("date/TV");
        names.insert(if is_workstation { "date/TV<teamviewer_id>_AD<anydesk_id>.json".into() } else { name });
    }
}

#[test]
fn files_names_every_file_that_comes_into_being() {
    let case = Case::new();
    let service = r#"{"notification":{"enabled":true,"proxy":"http://127.0.0.1:1","max_attempts":1,"authentication":{"bot_token":"1:a","chat_id":"1"}}}"#;
    case.write("service.json", service).write("_resources/fiscals.json", "{");
    case.run(&["config", "init"]).exits(0);
    case.run(&["encrypt", "--gen-key"]).exits(0);
    case.run(&["probe", "--brand", "mitsu", "--tcp", "127.0.0.1:1"]);
    case.run(&["notify", "x"]).exits(1);
    let mut names = BTreeSet::new();
    files_of(case.home(), case.home(), &mut names);
    assert!(names.len() > 8, "{names:?}");
    for lang in LANGUAGES {
        let page = page("files", lang);
        let missing: Vec<&String> =
            names.iter().filter(|name| !page.contains(*name) && !name.contains(".broken-")).collect();
        assert!(missing.is_empty(), "{lang}: {missing:?}\n{page}");
    }
}

#[test]
fn scheduling_names_the_tasks_and_what_they_run() {
    let document = Case::new().run(&["install", "--dry-run", "--json"]).exits(0).document();
    for lang in LANGUAGES {
        let page = page("scheduling", lang).split_whitespace().collect::<Vec<_>>().join(" ");
        for task in document["tasks"].as_array().unwrap() {
            assert!(page.contains(task["task"].as_str().unwrap()), "{lang}: {task}");
            let xml = task["xml"].as_str().unwrap();
            let steps =
                xml.split("</Arguments>").filter_map(|part| part.rsplit_once("-q ")).map(|(_, step)| step);
            let steps = steps.collect::<Vec<_>>().join(", ");
            assert!(steps.contains("send") && page.contains(&steps), "{lang}: {steps}");
        }
    }
}

#[test]
fn topics_stand_in_the_help_and_in_the_advice() {
    let case = Case::new();
    let topics = "exit-codes, files, config, scheduling";
    for lang in LANGUAGES {
        case.run(&["help", "--lang", lang]).exits(0).prints(topics);
        case.run(&["help", "nonsense", "--lang", lang]).exits(2).complains(topics);
    }
    // A command of that name is explained as well.
    case.run(&["help", "config"]).exits(0).prints("config [OPTIONS] <COMMAND>");
}

fn completions(shell: &str) -> String {
    Case::new().run(&["completions", shell, "--lang", "ru"]).exits(0).stdout
}

#[test]
fn powershell_completes_every_command_and_option() {
    let script = completions("powershell");
    assert!(script.is_ascii(), "garbled letters could turn into quotes");
    let help = Case::new().run(&["help"]).exits(0).stdout;
    let commands: Vec<&str> = help.lines().filter_map(|line| line.strip_prefix("  ")).collect();
    let commands = commands.iter().filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase()));
    let commands: Vec<&str> = commands.filter_map(|line| line.split(' ').next()).collect();
    assert!(commands.contains(&"validate-fn"), "{commands:?}");
    for command in commands {
        let part = script.split(&format!("'getad;{command}' {{")).nth(1);
        let part = part.unwrap_or_else(|| panic!("nothing on {command}")).split("break").next().unwrap();
        let help = Case::new().run(&["help", command]).exits(0).stdout;
        let options = words_with_dashes(&help);
        let missing: Vec<_> =
            options.iter().filter(|option| !part.contains(&format!("'{option}'"))).collect();
        assert!(missing.is_empty() && options.contains("--home"), "{command}: {missing:?}");
    }
    assert!(!script.contains("worker"), "what is hidden stays hidden");
}

/// Long options at the beginnings of the lines of a help.
fn words_with_dashes(help: &str) -> BTreeSet<&str> {
    let lines = help.lines().filter(|line| line.trim_start().starts_with('-'));
    lines.flat_map(|line| line.split([' ', '.'])).filter(|word| word.starts_with("--")).collect()
}

#[test]
fn bash_understands_its_script() {
    let mut bash = Command::new("bash").arg("-n").stdin(Stdio::piped()).spawn().unwrap();
    bash.stdin.take().unwrap().write_all(completions("bash").as_bytes()).unwrap();
    assert!(bash.wait().unwrap().success());
}
