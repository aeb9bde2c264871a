//! The restart that waits to be done, as several commands see it.

use std::path::absolute;

use chrono::{DateTime, Duration, Local, NaiveDateTime};

use crate::config::lenient::TargetTime;
use crate::context::Context;
use crate::render::restart::broken_state;
use crate::schedule::time::next_occurrence;
use crate::schedule::xml::Program;
use crate::state::StateError;
use crate::state::reboot::Reboot;

/// "At once" for the Task Scheduler: it does not start what should have begun already.
const AT_ONCE_MINUTES: i64 = 1;
/// How late a restart may come.
const MINUTES_LATE: i64 = 60;

/// The state. A broken file means that nothing is pending; with `repair` it is set aside, and
/// that is said.
pub fn load(context: &Context, repair: bool) -> Result<Reboot, StateError> {
    let loaded = Reboot::load(&context.home, repair, context.now())?;
    Ok(loaded.told(|aside| context.output.warning(&broken_state(aside, context.output.lang))))
}

/// When a restart would take place if it were planned now.
pub fn planned(target: TargetTime, now: DateTime<Local>) -> NaiveDateTime {
    let at = match target.time() {
        Some(time) => next_occurrence(time, now),
        None => now + Duration::minutes(AT_ONCE_MINUTES),
    };
    at.naive_local()
}

/// What tasks run: this executable, without detours in its path, for this home folder.
pub fn program(context: &Context) -> Program {
    let executable = absolute(&context.executable).unwrap_or_else(|_| context.executable.clone());
    Program { executable, home: context.home.path().to_owned() }
}

/// Its task is starting or may still start: planned anew now, it would be put off by a day, and
/// again on the next one.
pub fn is_at_hand(reboot: &Reboot, now: NaiveDateTime) -> bool {
    let begun = reboot.planned().is_some_and(|at| at <= now);
    reboot.scheduled && begun && !is_late(reboot, now)
}

/// Without a planned time nobody knows, so it counts as late.
pub fn is_late(reboot: &Reboot, now: NaiveDateTime) -> bool {
    reboot.planned().is_none_or(|at| now > at + Duration::minutes(MINUTES_LATE))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kkt::health::time_text::FORMAT;

    #[test]
    fn one_hour_is_not_late_yet() {
        let at = |text| NaiveDateTime::parse_from_str(text, FORMAT).expect("time");
        let mut reboot = Reboot::default();
        assert!(is_late(&reboot, at("2026-01-02 05:30:00")), "no planned time");
        reboot.plan(at("2026-01-02 05:30:00"), true);
        assert!(!is_late(&reboot, at("2026-01-02 05:29:00")));
        assert!(!is_late(&reboot, at("2026-01-02 06:30:00")));
        assert!(is_late(&reboot, at("2026-01-02 06:30:01")));
    }

    #[test]
    fn a_restart_that_is_about_to_start_is_not_put_off() {
        let at = |text| NaiveDateTime::parse_from_str(text, FORMAT).expect("time");
        let mut reboot = Reboot::default();
        reboot.plan(at("2026-01-02 05:30:00"), false);
        assert!(!is_at_hand(&reboot, at("2026-01-02 05:30:00")), "no task");
        reboot.plan(at("2026-01-02 05:30:00"), true);
        assert!(!is_at_hand(&reboot, at("2026-01-02 05:29:59")));
        assert!(is_at_hand(&reboot, at("2026-01-02 05:30:00")));
        assert!(!is_at_hand(&reboot, at("2026-01-02 06:30:01")));
    }
}
