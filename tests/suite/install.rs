//! `install` and `uninstall` where there is no Windows: what would be registered, and that it
//! cannot be.

use quick_xml::Reader;
use quick_xml::events::Event;

use crate::util::Case;

/// Names of the elements of a document in their order, which must be well-formed.
#[track_caller]
fn elements(xml: &str) -> Vec<String> {
    let mut reader = Reader::from_str(xml);
    reader.config_mut().check_end_names = true;
    let (mut names, mut depth) = (Vec::new(), 0);
    loop {
        match reader.read_event().unwrap_or_else(|error| panic!("{error}\n{xml}")) {
            Event::Start(tag) => {
                depth += 1;
                names.push(tag.name().as_ref().to_owned());
            }
            Event::Empty(tag) => names.push(tag.name().as_ref().to_owned()),
            Event::End(_) => depth -= 1,
            Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!(depth, 0, "{xml}");
    names
}

/// The elements right below another, in their order.
fn below<'a>(names: &'a [String], parent: &str, end: &str) -> Vec<&'a str> {
    let after = names.iter().skip_while(|name| *name != parent).skip(1);
    after.take_while(|name| *name != end).map(String::as_str).collect()
}

/// The tasks that `--dry-run` shows: name and text.
fn tasks(case: &Case) -> Vec<(String, String)> {
    let document = case.run(&["install", "--dry-run", "--json"]).exits(0).document();
    assert_eq!(document["ok"], true);
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let tasks = document["tasks"].as_array().unwrap();
    tasks.iter().map(|task| (text(&task["task"]), text(&task["xml"]))).collect()
}

#[test]
fn dry_run_shows_tasks_in_the_order_of_windows() {
    let case = Case::named("Касса & 1");
    let tasks = tasks(&case);
    let names: Vec<&str> = tasks.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["Getad\\Boot", "Getad\\Interval"]);
    for (name, xml) in &tasks {
        let elements = elements(xml);
        for (parts, place) in [
            (&["RegistrationInfo", "Triggers", "Principals", "Settings", "Actions"][..], "Task"),
            (&["UserId", "RunLevel"], "Principal"),
            (&["Command", "Arguments"], "Exec"),
        ] {
            let shown: Vec<&String> =
                elements.iter().filter(|element| parts.contains(&element.as_str())).collect();
            assert_eq!(shown[..parts.len()], *parts, "{name}: {place}");
        }
        let settings = below(&elements, "Settings", "Actions");
        assert_eq!(settings.first(), Some(&"MultipleInstancesPolicy"));
        assert_eq!(settings.last(), Some(&"Priority"));
        for part in [
            "<Task version=\"1.2\"",
            "<UserId>S-1-5-18</UserId>",
            "<RunLevel>HighestAvailable</RunLevel>",
            "<MultipleInstancesPolicy>Queue</MultipleInstancesPolicy>",
            "<DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>",
            "<StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>",
            "<StartWhenAvailable>true</StartWhenAvailable>",
            "Касса &amp; 1",
        ] {
            assert!(xml.contains(part), "{name} lacks {part}\n{xml}");
        }
        assert!(!xml.contains('@') || xml.contains("[@Name="), "{xml}");
    }
    let (boot, interval) = (elements(&tasks[0].1), elements(&tasks[1].1));
    assert_eq!(
        below(&boot, "Triggers", "Principals"),
        [
            "BootTrigger",
            "Enabled",
            "Delay",
            "LogonTrigger",
            "Enabled",
            "Delay",
            "EventTrigger",
            "Enabled",
            "Subscription",
            "Delay"
        ]
    );
    assert_eq!(
        below(&interval, "TimeTrigger", "Principals"),
        ["Repetition", "Interval", "StopAtDurationEnd", "StartBoundary", "Enabled", "RandomDelay"]
    );
    for event in [8000, 8001, 6000, 6001, 7000, 7001] {
        assert!(tasks[0].1.contains(&format!("EventID={event}")), "{event}");
    }
}

#[test]
fn dry_run_prints_for_people_too_and_leaves_nothing_behind() {
    let case = Case::new();
    let ran = case.run(&["install", "--dry-run"]).exits(0).prints("Getad\\Boot:").prints("Getad\\Interval:");
    let documents: Vec<&str> = ran.stdout.split("<?xml").skip(1).collect();
    assert_eq!(documents.len(), 2, "{}", ran.story());
    assert!(case.names("").is_empty(), "{}", case.listing());
}

#[test]
fn a_pending_restart_is_the_third_task() {
    let case = Case::new();
    let at = (chrono::Local::now() + chrono::TimeDelta::hours(3)).format("%Y-%m-%d %H:%M").to_string();
    let reboot = |closed: &str| {
        format!(
            r#"{{"form":1,"registers":[],"requested":"{at}:07","at":"{at}:07","scheduled":false,"closed":{closed}}}"#
        )
    };
    case.write("_resources/reboot.json", reboot("null"));
    let before = case.read("_resources/reboot.json");
    let tasks = tasks(&case);
    let (name, xml) = tasks.last().unwrap();
    assert_eq!((tasks.len(), name.as_str()), (3, "Getad\\Reboot"));
    let start = format!("<StartBoundary>{}:07</StartBoundary>", at.replace(' ', "T"));
    assert!(xml.contains(&start) && xml.contains("schedule-reboot --run-pending"), "{xml}");
    assert_eq!(case.read("_resources/reboot.json"), before);
    assert_eq!(case.names("_resources"), ["reboot.json"], "not even a lock");
    // What was called off is no task.
    case.write("_resources/reboot.json", reboot(&format!(r#"{{"how":"cancelled","at":"{at}:07"}}"#)));
    assert_eq!(self::tasks(&case).len(), 2);
}

#[test]
fn the_interval_is_the_configured_one() {
    let case = Case::new();
    for (interval, shown, warned) in [("12", "PT12H", false), ("\"6\"", "PT6H", false), ("0", "PT1H", true)] {
        case.write("service.json", format!("{{\"validation_fn\":{{\"interval\":{interval}}}}}"));
        let ran = case.run(&["install", "--dry-run"]).exits(0);
        assert!(ran.stdout.contains(&format!("<Interval>{shown}</Interval>")), "{}", ran.story());
        assert_eq!(ran.stderr.contains("validation_fn.interval is 0"), warned, "{}", ran.story());
    }
    case.write("service.json", "{");
    case.run(&["install", "--dry-run"]).exits(3).complains("service.json");
}

#[cfg(not(windows))]
#[test]
fn without_windows_nothing_is_done() {
    let case = Case::new();
    let ran = case.run(&["install"]).exits(1).complains("this needs Windows").complains("cron");
    assert_eq!(ran.stderr.matches("error:").count(), 1, "{}", ran.story());
    assert_eq!(case.names(""), ["logs"], "{}", case.listing());
    let document = case.run(&["install", "--json"]).exits(1).document();
    assert_eq!(document["ok"], false);
    assert_eq!(document["tasks"], serde_json::json!([]));
    case.run(&["uninstall", "--lang", "ru"]).exits(1).complains("нужна Windows");
    case.run(&["uninstall", "--dry-run"]).exits(1).complains("this needs Windows");
}

#[test]
fn batch_files_are_plain_ascii_with_the_line_ends_of_windows() {
    for (name, text) in [
        ("install.cmd", include_str!("../../scheduler/install.cmd")),
        ("uninstall.cmd", include_str!("../../scheduler/uninstall.cmd")),
        ("reboot.bat", include_str!("../../scheduler/reboot.bat")),
    ] {
        assert!(text.is_ascii(), "{name}: cmd reads it in the console's code page");
        assert!(
            text.lines().count() > 3 && text.matches("\r\n").count() == text.matches('\n').count(),
            "{name}"
        );
    }
}
