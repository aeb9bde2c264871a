//! `status`: the screen in both languages and two widths, its JSON document, and what it says of
//! files that are missing or damaged. Ages and days are counted from the moment of the test.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration as StdDuration, Instant};

use chrono::{Duration, NaiveDateTime, Utc};
use serde_json::{Value, json};

use crate::util::{Case, Ran};

const FORM: &str = "%Y-%m-%d %H:%M:%S";
/// Needs action: its FN ends, documents lie about, the shift is too long.
const URGENT: &str = "00123456790014";
/// In order.
const HEALTHY: &str = "00123456790012";
/// The plugin's.
const SHTRIH: &str = "0000375542077015";
/// Only its number and its FN are known.
const UNREAD: &str = "065001234567890";

/// Keys of `reboot.json`, which are told with that file.
const OF_REBOOT: [&str; 3] = ["old_fn", "new_fn", "since"];

/// The clock of the tests is in no zone that changes its hours.
fn now() -> NaiveDateTime {
    Utc::now().naive_utc()
}

fn time(at: NaiveDateTime) -> String {
    at.format(FORM).to_string()
}

fn ago(time: Duration) -> String {
    self::time(now() - time)
}

/// A home folder with four registers, two servers and a pending restart.
fn home() -> Case {
    let case = Case::new();
    let read = ago(Duration::minutes(190));
    case.write("date/00123456790012.json", record(HEALTHY, "АТОЛ 22 v2 Ф", "7380440700067159", 400, &read));
    case.write(
        "date/00123456790014.json",
        record(
            URGENT,
            "АТОЛ FPrint-22ПТК особого исполнения",
            "7380440700067161",
            5,
            &ago(Duration::days(9)),
        ),
    );
    case.write("date/0000375542077015.json", record(SHTRIH, "РИТЕЙЛ-01Ф", "7380440700067163", 25, &read));
    case.write(
        "metrics/00123456790012.json",
        health(HEALTHY, "com:COM3@115200", &read, &json!({ "ofd_unsent_count": 0, "shift_state": "opened" })),
    );
    let unsent = json!({ "ofd_unsent_count": 63, "ofd_first_unsent_at": ago(Duration::days(12)), "shift_state": "expired", "paper_present": false, "cover_opened": true });
    case.write(
        "metrics/00123456790014.json",
        health(URGENT, "tcp:10.0.0.7:5555", &ago(Duration::days(9)), &unsent),
    );
    let known =
        |serial, fn_serial, at| json!({ "serialNumber": serial, "fn_serial": fn_serial, "v_time": at });
    let fiscals = json!({
        "atol": [known(HEALTHY, "7380440700067159", ago(Duration::hours(26))), known(URGENT, "7380440700067161", ago(Duration::days(9)))],
        "mitsu": [known(UNREAD, "9999078902014447", "None".to_owned())],
        "shtrih": [known(SHTRIH, "7380440700067163", read.clone())],
    });
    case.write("_resources/fiscals.json", fiscals.to_string());
    case.write("_resources/reboot.json", reboot().to_string());
    case.write("_resources/delivery.json", deliveries().to_string());
    case
}

fn record(serial: &str, model: &str, fn_serial: &str, days: i64, read: &str) -> String {
    let licenses = if serial == SHTRIH { json!("1,2") } else { json!({}) };
    let today = now().date().and_hms_opt(0, 0, 0).unwrap();
    json!({
        "modelName": model, "serialNumber": serial, "RNM": "0000000001058375", "organizationName": "ООО \"Ёлка\"",
        "fn_serial": fn_serial, "datetime_reg": time(today - Duration::days(455 - days)),
        "dateTime_end": time(today + Duration::days(days)), "licenses": licenses, "current_time": read, "v_time": read,
    })
    .to_string()
}

fn health(serial: &str, link: &str, read: &str, values: &Value) -> String {
    let whole = include_str!("../fixtures/metrics/home/metrics/00123456790012.json");
    let mut file: Value = serde_json::from_str(whole).unwrap();
    file["serialNumber"] = json!(serial);
    file["link"] = json!(link);
    file["read_at"] = json!(read);
    for value in file["health"].as_object_mut().unwrap().values_mut() {
        *value = Value::Null;
    }
    for (key, value) in values.as_object().unwrap() {
        file["health"][key] = value.clone();
    }
    file.to_string()
}

fn reboot() -> Value {
    let cause = json!({
        "brand": "atol", "serialNumber": URGENT, "reason": "replaced", "old_fn": "7380440700067161",
        "new_fn": "7380440700067999", "since": ago(Duration::hours(1)),
    });
    let at = time(now() + Duration::hours(5));
    json!({ "form": 1, "registers": [cause], "requested": null, "at": at, "scheduled": true, "closed": null })
}

fn deliveries() -> Value {
    let accepted =
        |at: String| json!({ "accepted_at": at, "sha256": "00", "failed_at": null, "error": null });
    let failed = json!({ "accepted_at": ago(Duration::days(3)), "sha256": "00", "failed_at": ago(Duration::minutes(7)), "error": "status 503" });
    let file = |serial: &str| format!("{serial}.json");
    json!({ "form": 1, "servers": [
        { "host": "one.example", "id": "1", "files": { file(HEALTHY): accepted(ago(Duration::minutes(5))), file(URGENT): accepted(ago(Duration::minutes(5))), file(SHTRIH): accepted(ago(Duration::minutes(5))) } },
        { "host": "two.example:8443", "id": "2", "files": { file(HEALTHY): accepted(ago(Duration::hours(2))), file(URGENT): failed } },
    ] })
}

/// The command on no terminal, in the zone of the tests.
fn status(case: &Case, arguments: &[&str]) -> Ran {
    let mut command = case.command(arguments);
    command.env("TZ", "UTC");
    case.finish(command)
}

/// The command on a terminal of so many columns.
fn terminal(case: &Case, columns: u16, arguments: &str) -> Command {
    let script = format!(
        "stty rows 60 cols {columns}; exec env --default-signal=INT '{}' --home '{}' {arguments}",
        env!("CARGO_BIN_EXE_getad"),
        case.home().display()
    );
    let mut command = Command::new("script");
    command
        .args(["-qec", &script, "/dev/null"])
        .env("TERM", "xterm")
        .env("TZ", "UTC")
        .env("LC_ALL", "C.UTF-8");
    command.env_remove("NO_COLOR");
    command
}

/// Runs it again when midnight came in between: days are counted by the calendar.
fn on_one_day(mut run: impl FnMut() -> Ran) -> Ran {
    loop {
        let today = now().date();
        let ran = run();
        if now().date() == today {
            return ran;
        }
    }
}

/// Dates and times as they look, whatever they are.
fn without_dates(text: &str) -> String {
    let mut shown: Vec<char> = text.replace('\r', "").chars().collect();
    for pattern in ["dddd-dd-dd", "dd:dd:dd"] {
        let fits = |window: &[char]| {
            pattern.chars().zip(window).all(|(p, c)| if p == 'd' { c.is_ascii_digit() } else { *c == p })
        };
        for start in 0..shown.len().saturating_sub(pattern.len() - 1) {
            let window = start..start + pattern.len();
            if fits(&shown[window.clone()]) {
                shown[window].iter_mut().filter(|c| c.is_ascii_digit()).for_each(|c| *c = '0');
            }
        }
    }
    shown.into_iter().collect()
}

/// Compares with a file of `tests/fixtures/status`; with `GETAD_WRITE_FIXTURES` set writes it.
#[track_caller]
fn looks_like(name: &str, ran: &Ran) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/status").join(name);
    let shown = without_dates(&ran.stdout);
    if std::env::var_os("GETAD_WRITE_FIXTURES").is_some() {
        fs::write(&path, &shown).unwrap();
    }
    assert_eq!(shown, fs::read_to_string(&path).unwrap_or_default(), "{name}\n{}", ran.story());
}

#[test]
fn the_screen_reads_well() {
    for lang in ["en", "ru"] {
        let ran = on_one_day(|| status(&home(), &["status", "--lang", lang])).exits(0);
        looks_like(&format!("{lang}-80.txt"), &ran);
        let wide = |color| {
            let case = home();
            case.finish(terminal(&case, 120, &format!("--lang {lang} --color {color} status"))).exits(0)
        };
        looks_like(&format!("{lang}-120.txt"), &on_one_day(|| wide("never")));
        let coloured = on_one_day(|| wide("always"));
        let bare = console::strip_ansi_codes(&coloured.stdout).into_owned();
        assert_eq!(
            without_dates(&bare),
            without_dates(&on_one_day(|| wide("never")).stdout),
            "{}",
            coloured.story()
        );
    }
}

#[test]
fn everything_fits_the_terminal() {
    for columns in [40, 79, 80, 100, 120, 200] {
        let case = home();
        let ran = case.finish(terminal(&case, columns, "--lang ru --color never status")).exits(0);
        for line in ran.stdout.lines() {
            let width = console::measure_text_width(line.trim_end());
            assert!(width < usize::from(columns), "{columns}: {line:?}\n{}", ran.story());
        }
    }
}

#[test]
fn fifty_registers_take_two_lines_each() {
    let case = Case::new();
    let read = ago(Duration::minutes(10));
    for number in 0..50_i64 {
        let serial = format!("001072{number:08}");
        case.write(
            &format!("date/{serial}.json"),
            record(&serial, "АТОЛ 30Ф", "7380440700067159", 400 - number, &read),
        );
    }
    let ran = status(&case, &["status"]).exits(0).prints("Registers: 50. Act now: 0 (!)");
    let table: Vec<&str> = ran.stdout.lines().skip_while(|line| !line.contains("00107200000049")).collect();
    assert!(table[2].contains("00107200000048") && table[98].contains("00107200000000"), "{}", ran.story());
}

#[test]
fn the_document_has_everything() {
    let ran = on_one_day(|| status(&home(), &["status", "--json"])).exits(0);
    let document = ran.document();
    let serials: Vec<&str> = document["registers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["serialNumber"].as_str().unwrap())
        .collect();
    assert_eq!(serials, [URGENT, SHTRIH, UNREAD, HEALTHY], "what needs action comes first");
    let urgent = &document["registers"][0];
    let of = |key: &str| urgent[key].clone();
    assert_eq!(
        [of("brand"), of("level"), of("fn_days_left"), of("ofd_first_unsent_age_days"), of("link")],
        [json!("atol"), json!("problem"), json!(5), json!(12), json!("tcp:10.0.0.7:5555")]
    );
    assert_eq!(urgent["delivered"][1]["error"], "status 503");
    assert_eq!(document["registers"][3]["notes"], json!([]));
    assert_eq!(document["registers"][1]["brand"], "shtrih");
    assert_eq!(document["reboot"]["reason"], "replaced");
    assert_eq!(document["tasks"], json!({ "boot": "none", "interval": "none", "reboot": "none" }));
    assert_eq!((&document["check"]["due"], &document["faults"]), (&json!(2), &json!([])));
    assert_eq!(document["servers"][1]["not_accepted"], 1);
}

#[test]
fn an_empty_home_says_what_to_do() {
    let case = Case::new();
    case.run(&["status"]).exits(4).prints("No register is known yet.").prints("getad probe");
    case.run(&["status", "--lang", "ru"]).exits(4).prints("Ни одна ККТ ещё не известна.");
    assert_eq!(case.run(&["status", "--json"]).exits(4).document()["registers"], json!([]));
    let record = json!({ "hostname": "till", "current_time": "2026-01-02 03:04:05" });
    case.write("date/TV1_AD2.json", record.to_string());
    case.run(&["status"]).exits(4).prints("None answered at 2026-01-02 03:04:05.");
}

#[test]
fn damaged_files_take_nothing_else_away() {
    let case = home();
    case.write(&format!("date/{SHTRIH}.json"), "{\"serialNumber\": ");
    case.write(&format!("metrics/{URGENT}.json"), "[]");
    case.write("_resources/delivery.json", r#"{"form": 2, "servers": []}"#);
    case.write("_resources/reboot.json", "{}");
    case.write("service.json", "{\n  \"service\": {,}\n}");
    let ran = status(&case, &["status"]).exits(5);
    let shown = [HEALTHY, URGENT, SHTRIH, UNREAD].iter().all(|serial| ran.stdout.contains(serial));
    assert!(shown, "{}", ran.story());
    let ran = ran
        .complains(&format!("date/{SHTRIH}.json: the file is not JSON"))
        .complains(&format!("metrics/{URGENT}.json is damaged"))
        .complains("delivery.json is damaged: form 2 is unknown")
        .complains("reboot.json is damaged: missing field")
        .complains("service.json, line 2, column 15");
    assert!(ran.stderr.matches("  → ").count() >= 5, "{}", ran.story());
    let document = status(&case, &["status", "--json"]).exits(5).document();
    let files: Vec<&str> =
        document["faults"].as_array().unwrap().iter().map(|fault| fault["file"].as_str().unwrap()).collect();
    assert_eq!(files.len(), 5, "{files:?}");
    assert!(files.contains(&"_resources/reboot.json"), "{files:?}");

    let case = home();
    case.write("_resources/fiscals.json", "{\"atol\": [");
    let ran = status(&case, &["status"]).exits(5).complains("fiscals.json is damaged").prints(HEALTHY);
    assert!(case.read("_resources/fiscals.json").len() == 10, "nothing is repaired\n{}", ran.story());
    let case = Case::new();
    case.write("_resources/fiscals.json", "{");
    case.run(&["status"]).exits(1).complains("fiscals.json is damaged");
}

#[test]
fn nobody_is_waited_for_and_nothing_is_changed() {
    let case = home();
    case.write("_resources/getad.lock", "");
    let lock = fs::File::options().write(true).open(case.home().join("_resources/getad.lock")).unwrap();
    lock.lock().unwrap();
    let before: Vec<String> =
        ["_resources", "date", "metrics"].iter().flat_map(|folder| case.names(folder)).collect();
    status(&case, &["status", "--lock-timeout", "0"]).exits(0);
    let after: Vec<String> =
        ["_resources", "date", "metrics"].iter().flat_map(|folder| case.names(folder)).collect();
    assert_eq!(before, after);
}

#[test]
fn watching_needs_a_terminal() {
    home().run(&["status", "--watch"]).exits(2).complains("--watch needs a terminal");
    home().run(&["status", "--watch", "0"]).exits(2);
}

#[test]
fn watching_goes_on_until_ctrl_c() {
    let case = home();
    let mut command = terminal(&case, 80, "--lang en --color never status --watch 1");
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (mut stdin, mut stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let mut shown = String::new();
    let screens = |shown: &str| shown.matches("Registers: ").count();
    while screens(&shown) < 2 {
        shown += &more(&mut stdout);
    }
    case.write("_resources/reboot.json", "{");
    while !shown.contains("! ") || !shown.contains("reboot.json is damaged") {
        shown += &more(&mut stdout);
    }
    std::io::Write::write_all(&mut stdin, b"\x03").unwrap();
    let began = Instant::now();
    let status = child.wait().unwrap();
    assert!(began.elapsed() < StdDuration::from_secs(20), "{shown}");
    assert_eq!(status.code(), Some(130), "{shown}");
    assert!(shown.contains("\u{1b}[1;1H") && !shown.contains("\u{1b}[2J"), "{shown:?}");
}

/// What comes next; nothing more is a failure.
fn more(stream: &mut impl std::io::Read) -> String {
    let mut block = [0; 4096];
    let len = stream.read(&mut block).unwrap();
    assert!(len > 0, "the screen ended");
    String::from_utf8_lossy(&block[..len]).into_owned()
}

#[test]
fn the_readme_names_every_key() {
    let case = home();
    case.write("_resources/delivery.json", "{");
    let documents = [status(&home(), &["status", "--json"]), status(&case, &["status", "--json"])];
    let mut keys = std::collections::BTreeSet::new();
    documents.iter().for_each(|ran| crate::readme::keys_within(&ran.document(), &mut keys));
    crate::readme::explains("Status", keys.iter().map(String::as_str).filter(|key| !OF_REBOOT.contains(key)));
}
