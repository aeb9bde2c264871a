//! Whether a registered task is the one that was meant.

use quick_xml::events::Event;
use quick_xml::reader::Reader;

/// Deepest nesting and most elements that are looked at; real tasks have 6 and about a hundred.
const DEPTH_LIMIT: usize = 16;
const LEAVES_LIMIT: usize = 4096;

/// What Windows means by an element that is not there; it may leave these out when it shows a
/// task.
const DEFAULTS: [(&str, &str); 12] = [
    ("AllowHardTerminate", "true"),
    ("AllowStartOnDemand", "true"),
    ("Enabled", "true"),
    ("ExecutionTimeLimit", "PT72H"),
    ("Hidden", "false"),
    ("MultipleInstancesPolicy", "IgnoreNew"),
    ("Priority", "7"),
    ("RunOnlyIfIdle", "false"),
    ("RunOnlyIfNetworkAvailable", "false"),
    ("StartWhenAvailable", "false"),
    ("StopAtDurationEnd", "false"),
    ("WakeToRun", "false"),
];

/// The first element in which a registered task does something else than `wanted` says, as a
/// path of names. What Windows adds does not count, nor does the description, nor when a
/// repetition began.
#[must_use]
pub fn difference(wanted: &str, registered: &str) -> Option<String> {
    let (Some(wanted), Some(registered)) = (leaves(wanted), leaves(registered)) else {
        return Some("Task".to_owned());
    };
    let repeats = wanted.iter().any(|(path, _)| path.ends_with("/Repetition/Interval"));
    let varies = |path: &str| {
        path.starts_with("Task/RegistrationInfo/") || (repeats && path.ends_with("/StartBoundary"))
    };
    let paths = wanted.iter().map(|(path, _)| path.as_str()).filter(|path| !varies(path));
    let differs = |path: &&str| !same_values(path, &values(&wanted, path), &values(&registered, path));
    let kinds = || triggers(&wanted) != triggers(&registered);
    paths.into_iter().find(differs).map(str::to_owned).or_else(|| kinds().then(|| "Task/Triggers".to_owned()))
}

/// True when a registered task does what `wanted` says.
#[must_use]
pub fn same(wanted: &str, registered: &str) -> bool {
    difference(wanted, registered).is_none()
}

fn same_values(path: &str, wanted: &[&str], registered: &[&str]) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let is_default = |value: &&str| DEFAULTS.contains(&(name, *value));
    wanted == registered || (registered.is_empty() && wanted.iter().all(is_default))
}

fn values<'a>(leaves: &'a [(String, String)], path: &str) -> Vec<&'a str> {
    leaves.iter().filter(|(of, _)| of == path).map(|(_, text)| text.as_str()).collect()
}

/// The kinds of triggers, each once: one too many would start the task at other times.
fn triggers(leaves: &[(String, String)]) -> Vec<&str> {
    let kinds = leaves.iter().filter_map(|(path, _)| path.strip_prefix("Task/Triggers/")?.split('/').next());
    let mut kinds: Vec<&str> = kinds.collect();
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}

/// The elements without elements in them: path of names, and text. `None` when it is no XML, or
/// one of a size that no task has.
#[must_use]
pub fn leaves(xml: &str) -> Option<Vec<(String, String)>> {
    let mut reader = Reader::from_str(xml.trim_start_matches('\u{feff}'));
    let (mut path, mut text, mut leaf) = (Vec::<String>::new(), String::new(), false);
    let mut leaves = Vec::new();
    loop {
        match reader.read_event().ok()? {
            Event::Start(tag) => {
                path.push(tag.local_name().as_ref().to_owned());
                text.clear();
                leaf = true;
            }
            Event::Empty(tag) => {
                let name = tag.local_name().as_ref().to_owned();
                leaves.push(([path.as_slice(), &[name]].concat().join("/"), String::new()));
                leaf = false;
            }
            Event::Text(part) => text.push_str(&part),
            Event::CData(part) => text.push_str(&part),
            Event::GeneralRef(reference) => {
                let entity = format!("&{};", &*reference);
                text.push_str(&quick_xml::escape::unescape(&entity).ok()?);
            }
            Event::End(_) => {
                if leaf {
                    leaves.push((path.join("/"), text.trim().to_owned()));
                }
                leaf = false;
                path.pop();
            }
            Event::Eof => return (path.is_empty() && !leaves.is_empty()).then_some(leaves),
            _ => {}
        }
        if path.len() > DEPTH_LIMIT || leaves.len() > LEAVES_LIMIT {
            return None;
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;
    use crate::schedule::xml::{self, Program};

    fn interval(hours: u32, day: u32) -> String {
        let program = Program { executable: r"C:\g & h\getad.exe".into(), home: r"C:\g & h".into() };
        let first = NaiveDate::from_ymd_opt(2026, 1, day).unwrap().and_hms_opt(5, 0, 0).unwrap();
        xml::interval(&program, hours, first)
    }

    #[test]
    fn a_repetition_may_have_begun_another_day() {
        assert!(same(&interval(12, 1), &interval(12, 2)));
        assert!(!same(&interval(12, 1), &interval(6, 1)));
        let program = Program { executable: "a".into(), home: "b".into() };
        let at = |hour| NaiveDate::from_ymd_opt(2026, 1, 1).unwrap().and_hms_opt(hour, 0, 0).unwrap();
        assert!(!same(&xml::reboot(&program, at(5)), &xml::reboot(&program, at(6))));
    }

    #[test]
    fn what_windows_adds_and_leaves_out_does_not_count() {
        let wanted = interval(12, 1);
        let shown = wanted
            .replace("<RegistrationInfo>", "<RegistrationInfo>\n<URI>\\Getad\\Interval</URI>")
            .replace(
                "<Priority>7</Priority>",
                "<IdleSettings><StopOnIdleEnd>true</StopOnIdleEnd></IdleSettings>",
            )
            .replace("<Hidden>false</Hidden>", "")
            .replace("<Enabled>true</Enabled>", "")
            .replace('\n', "\r\n");
        assert!(same(&wanted, &shown));
    }

    #[test]
    fn a_difference_is_named() {
        let (wanted, other) = (interval(12, 1), interval(6, 1));
        assert_eq!(difference(&wanted, &wanted), None);
        let path = "Task/Triggers/TimeTrigger/Repetition/Interval";
        assert_eq!(difference(&wanted, &other).as_deref(), Some(path));
        assert_eq!(difference(&wanted, "").as_deref(), Some("Task"));
    }

    #[test]
    fn changes_that_matter_are_seen() {
        let wanted = interval(12, 1);
        let exec = wanted.find("    <Exec>").unwrap()..wanted.find("  </Actions>").unwrap();
        let one_more = wanted.replace("  </Actions>", &format!("{}  </Actions>", &wanted[exec]));
        let logon = "<LogonTrigger><Enabled>true</Enabled></LogonTrigger></Triggers>";
        for registered in [
            wanted.replace("g &amp; h\\getad.exe", "other\\getad.exe"),
            wanted.replace("S-1-5-18", "S-1-5-19"),
            wanted.replace("<Enabled>true", "<Enabled>false"),
            wanted.replace("<StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>", ""),
            wanted.replace("</Triggers>", logon),
            one_more,
            String::new(),
            "<Task>".to_owned(),
            "no XML".to_owned(),
        ] {
            assert_ne!(registered, wanted);
            assert!(!same(&wanted, &registered), "{registered}");
        }
    }
}
