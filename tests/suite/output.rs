//! What people see: on a terminal, in a file, in both languages.

use std::process::Command;

use crate::atol;
use crate::util::{Case, Driver, Ran};

/// Registers with something to say, and some that cannot be read.
const REGISTERS: &str = "
    register com:COM6 like com:COM5
        data STATUS
            str SERIAL_NUMBER 00107200000006
            str MODEL_NAME АТОЛ FPrint-22ПТК с очень длинным названием модели и исполнения
        fn OFD_EXCHANGE_STATUS
            int DOCUMENTS_COUNT 63
            time DATE_TIME now-12d
        data SHIFT_STATE
            int SHIFT_STATE 2
    register tcp:kassa-3.restoran-na-tverskoy.example:5555 like com:COM5
        data STATUS
            str SERIAL_NUMBER 00107200000007
    register com:COM8 like com:COM5
        open error 3 Порт занят
";

fn case() -> Case {
    let case = atol::with_driver(Driver::Current, REGISTERS, &[]);
    case.write(
        "connect.json",
        r#"{"tcp_timeout":0,"mitsu":[{"type_connect":3}],"atol":[{"type_connect":1,"com_port":"COM5"},
            {"type_connect":1,"com_port":"COM6"},{"type_connect":2,"ip":"kassa-3.restoran-na-tverskoy.example"},
            {"type_connect":1,"com_port":"COM8"}]}"#,
    );
    case
}

/// Runs the binary on a terminal of a given width; both streams arrive together.
fn on_terminal(case: &Case, columns: u16, arguments: &str) -> Ran {
    let script = format!(
        "stty rows 25 cols {columns}; '{}' --home '{}' {arguments}",
        env!("CARGO_BIN_EXE_getad"),
        case.home().display()
    );
    let mut command = Command::new("script");
    command.args(["-qec", &script, "/dev/null"]).env("TERM", "xterm").env_remove("NO_COLOR");
    case.finish(command)
}

/// Lines as they are seen: without colours, cursor movements and what they overwrote.
fn seen(ran: &Ran) -> Vec<String> {
    let plain = console::strip_ansi_codes(&ran.stdout).into_owned();
    plain.lines().map(|line| line.trim_end().rsplit('\r').next().unwrap_or_default().to_owned()).collect()
}

#[test]
fn everything_fits_the_terminal() {
    let case = case();
    for columns in [80, 120] {
        for lang in ["ru", "en"] {
            let ran = on_terminal(&case, columns, &format!("--lang {lang} --no-progress probe")).exits(5);
            for line in seen(&ran) {
                assert!(line.chars().count() <= usize::from(columns), "{line:?}\n{}", ran.story());
            }
        }
    }
}

#[test]
fn the_table_reads_well_at_80_columns() {
    let ran = case().run(&["probe", "--lang", "ru", "-q", "--json"]).exits(5);
    let days = ran.document()["registers"][0]["health"]["fn_days_left"].to_string();
    let ran = case().run(&["probe", "--lang", "ru"]).exits(5);
    let expected = [
        "ККТ             Связь                       ФН                Дней ФН  Не отпр.",
        &format!("00123456790012  COM5                        7380440700067159  {days:>7}         0"),
        "АТОЛ 22 v2 Ф",
        &format!("00107200000006  COM6                        7380440700067159  {days:>7}        63"),
    ];
    let table: Vec<&str> = ran.stdout.lines().take(expected.len()).collect();
    assert_eq!(table, expected, "{}", ran.story());
}

#[test]
fn progress_is_for_terminals_only() {
    let slow = "register com:COM5001 like com:COM5\n open delay 600";
    let case = atol::with_driver(Driver::Current, slow, &["COM5001"]);
    let shown = on_terminal(&case, 80, "--lang en probe").exits(0);
    assert!(shown.stdout.contains("reading COM5001"), "{}", shown.story());
    let hidden = on_terminal(&case, 80, "--lang en --no-progress probe").exits(0);
    assert!(!hidden.stdout.contains("reading COM5001"), "{}", hidden.story());
    let piped = case.run(&["probe"]).exits(0);
    assert!(
        !piped.stderr.contains("reading COM5001") && !piped.stderr.contains('\u{1b}'),
        "{}",
        piped.story()
    );
}

#[test]
fn colours_are_for_terminals_unless_asked() {
    let case = case();
    assert!(on_terminal(&case, 80, "--no-progress probe").stdout.contains("\u{1b}[31m"));
    assert!(!on_terminal(&case, 80, "--no-progress --color never probe").stdout.contains("\u{1b}[31m"));
    case.run(&["probe", "--color", "always"]).exits(5).complains("\u{1b}[31m");
}

#[test]
fn errors_say_what_to_do_in_both_languages() {
    let case = case();
    let english = case.run(&["probe"]).exits(5);
    english
        .complains("error: ATOL COM8: ")
        .complains("Порт занят")
        .complains("  → The POS program (iikoFront)");
    let russian = case.run(&["probe", "--lang", "ru"]).exits(5);
    russian.complains("ошибка: АТОЛ COM8: ").complains("  → Его держит кассовая программа (iikoFront)");
}

#[test]
fn quiet_prints_errors_only() {
    let ran = case().run(&["probe", "-q"]).exits(5);
    assert!(ran.stdout.is_empty() && ran.stderr.contains("COM8"), "{}", ran.story());
}

#[test]
fn json_is_alone_on_stdout_and_speaks_the_language() {
    let case = case();
    let document = case.run(&["probe", "--json", "--lang", "ru", "-vv"]).exits(5).document();
    assert!(document["failures"][0]["hint"].as_str().unwrap().contains("кассовая программа"));
    let warnings = document["registers"][1]["warnings"].to_string();
    assert!(warnings.contains("смена открыта больше 24 часов"), "{warnings}");
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let case = case();
    let script = format!(
        "'{}' --home '{}' probe --json | head -c 1",
        env!("CARGO_BIN_EXE_getad"),
        case.home().display()
    );
    let mut command = Command::new("bash");
    command.args(["-o", "pipefail", "-c", &script]);
    let ran = case.finish(command).exits(5);
    assert!(!ran.stderr.contains("panicked"), "{}", ran.story());
}
