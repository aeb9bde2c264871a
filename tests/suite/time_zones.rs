//! `schedule-reboot` where clocks are put forward and back. The zone is made up for each test: it
//! is always noon there, and the clock changes in the night that follows.

use std::process::Command;

use chrono::{DateTime, Datelike, Days, NaiveDate, TimeDelta, Timelike, Utc};
use serde_json::Value;

use crate::util::{Case, Ran};

/// A zone where it is some minutes past twelve, as `TZ` takes it.
struct Zone {
    /// Hours to the east of Greenwich, as of today.
    east: i64,
    tomorrow: NaiveDate,
}

impl Zone {
    fn new(now: DateTime<Utc>) -> Self {
        let east = 12 - i64::from(now.hour());
        let today = (now + TimeDelta::hours(east)).date_naive();
        Self { east, tomorrow: today.checked_add_days(Days::new(1)).unwrap() }
    }

    /// Tomorrow at `hour`, clocks go an hour forward.
    fn forward(&self, hour: u32) -> String {
        self.text(
            self.east,
            self.east + 1,
            [format!("{}/{hour}", self.day(0)), format!("{}/{hour}", self.day(90))],
        )
    }

    /// Tomorrow at `hour`, clocks go an hour back.
    fn back(&self, hour: u32) -> String {
        self.text(
            self.east - 1,
            self.east,
            [format!("{}/{hour}", self.day(200)), format!("{}/{hour}", self.day(0))],
        )
    }

    /// Offsets are given to the west there.
    fn text(&self, winter: i64, summer: i64, [from, to]: [String; 2]) -> String {
        format!("<Winter>{}<Summer>{},{from},{to}", -winter, -summer)
    }

    /// Number of a day that comes some days after tomorrow, from 0 on, be it of the next year.
    fn day(&self, later: u64) -> u32 {
        self.tomorrow.checked_add_days(Days::new(later)).unwrap().ordinal0()
    }
}

fn planned(zone: &str, at: &str) -> Ran {
    let case = Case::new();
    case.write(
        "_resources/reboot.json",
        r#"{"form":1,"registers":[],"requested":"2026-01-01 00:00:00","at":null,"scheduled":false,"closed":null}"#,
    );
    let mut command = case.command(&["schedule-reboot", "--dry-run", "--json", "--at", at]);
    command.env("TZ", zone);
    case.finish(command).exits(0)
}

/// What `date` makes of a moment in a zone.
fn shown(zone: &str, moment: DateTime<Utc>) -> String {
    let mut command = Command::new("date");
    command.env("TZ", zone).args(["-d", &format!("@{}", moment.timestamp()), "+%Y-%m-%d %H:%M:%S"]);
    String::from_utf8(command.output().expect("date").stdout).unwrap().trim().to_owned()
}

/// Tomorrow at an hour, by the clock of today.
fn tomorrow_at(zone: &Zone, hour: u32) -> DateTime<Utc> {
    let local = zone.tomorrow.and_hms_opt(hour, 0, 0).unwrap();
    (local - TimeDelta::hours(zone.east)).and_utc()
}

#[track_caller]
fn assert_planned(zone: &str, at: &str, moment: DateTime<Utc>) {
    let ran = planned(zone, at);
    let expected = shown(zone, moment);
    assert_eq!(ran.document()["at"], Value::from(expected.as_str()), "{zone} {at}\n{}", ran.story());
    let start = format!("<StartBoundary>{}</StartBoundary>", expected.replace(' ', "T"));
    assert!(ran.document()["xml"].as_str().unwrap().contains(&start), "{}", ran.story());
}

#[test]
fn a_time_that_the_clock_leaves_out_is_made_up_for_at_once() {
    let zone = Zone::new(Utc::now());
    for hour in [0, 2, 5] {
        let jump = tomorrow_at(&zone, hour);
        let text = zone.forward(hour);
        assert!(
            shown(&text, jump).ends_with(&format!("{:02}:00:00", hour + 1)),
            "the zone is as it should be"
        );
        assert_planned(&text, &format!("{hour:02}:30"), jump);
        assert_planned(&text, &format!("{hour:02}:00"), jump);
        // Before and after it all is as ever.
        assert_planned(&text, "23:59", tomorrow_at(&zone, 0) - TimeDelta::minutes(1));
        assert_planned(&text, &format!("{:02}:30", hour + 1), jump + TimeDelta::minutes(30));
    }
}

#[test]
fn a_time_that_the_clock_shows_twice_is_planned_for_that_day() {
    let zone = Zone::new(Utc::now());
    for hour in [1, 3] {
        let jump = tomorrow_at(&zone, hour);
        let text = zone.back(hour);
        assert!(
            shown(&text, jump).ends_with(&format!("{:02}:00:00", hour - 1)),
            "the zone is as it should be"
        );
        assert_planned(&text, &format!("{:02}:30", hour - 1), jump - TimeDelta::minutes(30));
        assert_planned(&text, &format!("{hour:02}:30"), jump + TimeDelta::minutes(90));
    }
}

#[test]
fn zones_by_name_are_known() {
    for (zone, east) in [("Asia/Kamchatka", 12), ("Asia/Kolkata", 5)] {
        let now = Utc::now() + TimeDelta::hours(east);
        let ran = planned(zone, "12:00");
        let date = ran.document()["at"].as_str().unwrap().to_owned();
        let days =
            [now.date_naive(), now.date_naive() + TimeDelta::days(1)].map(|day| format!("{day} 12:00:00"));
        assert!(days.contains(&date), "{zone}: {date}");
    }
}
