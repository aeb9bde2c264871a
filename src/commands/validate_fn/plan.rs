//! Which registers are due, and what follows from what the logs say. Pure: no file is touched.

use chrono::NaiveDateTime;

use crate::config::service::Validation;
use crate::kkt::health::time_text::FORMAT;
use crate::logsearch::Pair;
use crate::render::validate::Verdict;
use crate::state::fiscals::{Fiscals, Group, Known};

/// What is done about a register.
pub struct Entry {
    /// Its list.
    pub group: Group,
    /// What is known of it.
    pub known: Known,
    /// It wants to be checked now.
    pub due: bool,
    confirmed: Option<NaiveDateTime>,
}

/// The registers of a pass.
pub fn entries(fiscals: &Fiscals, all: bool, trigger_days: u32, now: NaiveDateTime) -> Vec<Entry> {
    let of = |group: Group| fiscals.list(group).iter().map(move |known| (group, known));
    let entry = |(group, known): (Group, &Known)| {
        let confirmed = past(&known.v_time, now);
        let fresh = confirmed.is_some_and(|time| (now - time).num_days() < i64::from(trigger_days));
        Entry { group, known: known.clone(), due: all || !fresh, confirmed }
    };
    Group::ALL.into_iter().flat_map(of).map(entry).collect()
}

/// A time as the state files have it, if it is readable and not in the future.
pub fn past(text: &str, now: NaiveDateTime) -> Option<NaiveDateTime> {
    // Fractions of seconds are tolerated: others write these files too.
    let time = NaiveDateTime::parse_from_str(text.trim(), FORMAT)
        .or_else(|_| NaiveDateTime::parse_from_str(text.trim(), "%Y-%m-%d %H:%M:%S%.f"));
    time.ok().filter(|time| *time <= now)
}

/// What the logs of a brand say about a register.
pub struct Evidence<'a> {
    /// The newest pair of the register.
    pub pair: Option<&'a Pair>,
    /// Files that were looked at.
    pub searched: usize,
    /// A restart for this register has been done or called off.
    pub acted_on: bool,
    /// When the register was heard of last, if `v_time` does not tell.
    pub heard_of: Option<NaiveDateTime>,
}

/// What follows for a register.
pub fn verdict(entry: &Entry, evidence: &Evidence, rules: &Validation, now: NaiveDateTime) -> Verdict {
    if !entry.due {
        return Verdict::Fresh;
    }
    let last = entry.confirmed.or(evidence.heard_of);
    let overdue = last.is_some_and(|time| (now - time).num_days() > i64::from(rules.delete_days));
    if rules.forced {
        // A restart that got nothing read is not repeated for ever.
        return if overdue && evidence.acted_on { Verdict::Removed } else { Verdict::Forced };
    }
    match evidence.pair {
        Some(pair) if pair.fn_serial.trim() == entry.known.fn_serial.trim() => Verdict::Matched,
        Some(pair) if !is_older_than_reading(pair, entry) => Verdict::Replaced,
        _ if overdue => Verdict::Removed,
        _ if evidence.searched == 0 => Verdict::NoLogs,
        _ => Verdict::NotFound,
    }
}

/// A log line from before the register itself was read cannot tell that the FN was replaced since.
fn is_older_than_reading(pair: &Pair, entry: &Entry) -> bool {
    matches!((pair.time, entry.confirmed), (Some(written), Some(confirmed)) if written < confirmed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> NaiveDateTime {
        NaiveDateTime::parse_from_str(text, FORMAT).expect("time")
    }

    fn now() -> NaiveDateTime {
        at("2026-03-10 12:00:00")
    }

    fn known(v_time: &str) -> Fiscals {
        let known = Known {
            serialNumber: "7".to_owned(),
            fn_serial: "71".to_owned(),
            v_time: v_time.to_owned(),
            ..Known::default()
        };
        Fiscals { atol: vec![known], ..Fiscals::default() }
    }

    fn due(v_time: &str) -> bool {
        entries(&known(v_time), false, 3, now()).iter().any(|entry| entry.due)
    }

    #[test]
    fn whole_days_decide() {
        assert!(!due("2026-03-10 12:00:00"));
        assert!(!due("2026-03-07 12:00:01"));
        assert!(due("2026-03-07 12:00:00"));
        assert!(!due("2026-03-09 12:00:00.123456"));
        for unusable in ["2026-03-10 12:00:01", "2999-01-01 00:00:00", "None", "", "yesterday"] {
            assert!(due(unusable), "{unusable}");
        }
    }

    fn judged(v_time: &str, pair: Option<(&str, Option<&str>)>, change: impl Fn(&mut Validation)) -> Verdict {
        let pair = pair.map(|(fn_serial, time)| Pair {
            serial: "7".to_owned(),
            fn_serial: fn_serial.to_owned(),
            file: "a.log".into(),
            time: time.map(at),
        });
        let mut rules = Validation::default();
        change(&mut rules);
        let entries = entries(&known(v_time), true, 3, now());
        let evidence = Evidence { pair: pair.as_ref(), searched: 1, acted_on: false, heard_of: None };
        verdict(&entries[0], &evidence, &rules, now())
    }

    #[test]
    fn the_newest_pair_decides() {
        let old = "2026-03-01 12:00:00";
        assert_eq!(judged(old, Some(("71", None)), |_| {}), Verdict::Matched);
        assert_eq!(judged(old, Some(("72", None)), |_| {}), Verdict::Replaced);
        assert_eq!(judged(old, Some(("72", Some("2026-03-02 12:00:00"))), |_| {}), Verdict::Replaced);
        assert_eq!(judged(old, Some(("72", Some("2026-02-02 12:00:00"))), |_| {}), Verdict::NotFound);
        assert_eq!(judged("None", Some(("72", Some("2026-02-02 12:00:00"))), |_| {}), Verdict::Replaced);
        assert_eq!(judged(old, None, |_| {}), Verdict::NotFound);
        assert_eq!(judged(old, Some(("71", None)), |rules| rules.forced = true), Verdict::Forced);
    }

    #[test]
    fn a_register_is_forgotten_after_more_than_the_days_given() {
        assert_eq!(judged("2026-02-17 12:00:00", None, |_| {}), Verdict::NotFound);
        assert_eq!(judged("2026-02-16 12:00:00", None, |_| {}), Verdict::Removed);
        assert_eq!(judged("2026-02-16 12:00:00", Some(("71", None)), |_| {}), Verdict::Matched);
        assert_eq!(judged("None", None, |_| {}), Verdict::NotFound);
    }
}
