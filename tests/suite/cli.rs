//! The command line itself: help, version, exit codes, language.

use crate::util::Case;

#[test]
fn version_is_one_line() {
    let ran = Case::new().run(&["--version"]).exits(0);
    assert_eq!(ran.stdout.trim(), concat!("getad ", env!("CARGO_PKG_VERSION")));
}

#[test]
fn without_a_command_the_commands_are_listed() {
    let ran = Case::new().run(&[]).exits(2);
    for command in ["probe", "config", "help"] {
        assert!(ran.stderr.contains(command), "{}", ran.story());
    }
    assert!(!ran.stderr.contains("worker"), "{}", ran.story());
}

#[test]
fn wrong_usage_is_code_2() {
    let case = Case::new();
    for arguments in [
        &["porbe"][..],
        &["probe", "--com", "COM4"],
        &["probe", "--tcp", "10.0.0.1:5555", "--brand", "atol", "--brand", "mitsu"],
        &["probe", "--brand", "mitsu", "--usb"],
        &["probe", "--brand", "mitsu", "--tcp", "host:none"],
        &["probe", "--brand", "mitsu", "--tcp", "10.0.0.1:70000"],
        &["probe", "--com", "COM1", "--tcp", "h:1", "--brand", "mitsu"],
        &["probe", "--baud", "9600"],
        &["probe", "--timeout", "0"],
        &["help", "nonsense"],
        &["help", "worker"],
    ] {
        let ran = case.run(arguments).exits(2);
        assert!(!ran.stderr.is_empty() && ran.stdout.is_empty(), "{}", ran.story());
    }
}

#[test]
fn exit_codes_are_explained_in_both_languages() {
    let case = Case::new();
    let english = case.run(&["help", "exit-codes"]).exits(0);
    for code in ["   0  ", "   1  ", "   2  ", "   3  ", "   4  ", "   5  ", "   6  ", "  10  "] {
        assert!(english.stdout.contains(code), "{}", english.story());
    }
    case.run(&["help", "exit-codes", "--lang", "ru"]).exits(0).prints("делать нечего");
}

#[test]
fn help_on_a_command_names_its_options() {
    let ran = Case::new().run(&["help", "probe"]).exits(0);
    for option in
        ["--brand", "--com", "--baud", "--tcp", "--usb", "--driver", "--timeout", "--no-save", "--rescan"]
    {
        assert!(ran.stdout.contains(option), "{option}\n{}", ran.story());
    }
}

#[test]
fn language_comes_from_option_variable_and_system() {
    let case = Case::new();
    let language = |variables: &[(&str, &str)]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_getad"));
        for name in ["GETAD_LANG", "LC_ALL", "LC_MESSAGES", "LANG"] {
            command.env_remove(name);
        }
        command.envs(variables.iter().copied()).arg("--home").arg(case.home()).args(["help", "exit-codes"]);
        case.finish(command).exits(0).stdout.contains("Коды завершения")
    };
    assert!(!language(&[]));
    assert!(language(&[("LANG", "ru_RU.UTF-8")]));
    assert!(language(&[("LANG", "en_US.UTF-8"), ("GETAD_LANG", "ru")]));
    assert!(!language(&[("LC_ALL", "C"), ("LANG", "ru_RU.UTF-8")]));
    assert!(!language(&[("LANG", "ru_RU.UTF-8"), ("GETAD_LANG", "en")]));
}
