//! Wall-clock times that come again every day, also on the two days a year that are not 24 hours
//! long.

use chrono::{DateTime, Days, LocalResult, NaiveDateTime, NaiveTime, TimeDelta, TimeZone};

/// Longest stretch of wall-clock time that a zone has ever left out, in minutes: a whole day,
/// when islands changed sides of the date line.
const LONGEST_GAP: i64 = 24 * 60;
/// Days that are looked at: today, tomorrow, and more when a zone leaves a day out.
const DAYS: u64 = 4;

/// The next moment, strictly after `now`, at which the wall clock shows `target`. Where the clock
/// is put forward over it, the first moment after the jump stands in; where it is put back, both
/// moments count.
#[must_use]
pub fn next_occurrence<Z: TimeZone>(target: NaiveTime, now: DateTime<Z>) -> DateTime<Z> {
    let (zone, today) = (now.timezone(), now.naive_local().date());
    let days = (0..DAYS).filter_map(|days| today.checked_add_days(Days::new(days)));
    let moments = days.flat_map(|day| moments(&zone, day.and_time(target)));
    // Only at the end of time is there no next day.
    moments.into_iter().find(|moment| *moment > now).unwrap_or(now)
}

/// The moments at which the clock shows a time, in their order.
fn moments<Z: TimeZone>(zone: &Z, local: NaiveDateTime) -> Vec<DateTime<Z>> {
    match zone.from_local_datetime(&local) {
        LocalResult::Single(moment) => vec![moment],
        LocalResult::Ambiguous(one, other) if one <= other => vec![one, other],
        LocalResult::Ambiguous(one, other) => vec![other, one],
        LocalResult::None => after_gap(zone, local).into_iter().collect(),
    }
}

/// Transitions happen at whole minutes, so the first shown minute after the target is the jump's
/// end.
fn after_gap<Z: TimeZone>(zone: &Z, local: NaiveDateTime) -> Option<DateTime<Z>> {
    let minute = local - TimeDelta::seconds(local.and_utc().timestamp().rem_euclid(60));
    let later =
        (1..=LONGEST_GAP).filter_map(|minutes| minute.checked_add_signed(TimeDelta::minutes(minutes)));
    later.into_iter().find_map(|local| zone.from_local_datetime(&local).earliest())
}

#[cfg(test)]
mod tests {
    use chrono::{FixedOffset, NaiveDate, Offset};

    use super::*;

    /// UTC+1 in winter and UTC+2 in summer of 2026, changing at 01:00 UTC as in the European
    /// Union.
    #[derive(Debug, Clone, Copy)]
    struct Zone;

    fn utc(month: u32, day: u32, hour: u32, minute: u32) -> NaiveDateTime {
        NaiveDate::from_ymd_opt(2026, month, day).unwrap().and_hms_opt(hour, minute, 0).unwrap()
    }

    fn east(hours: i32) -> FixedOffset {
        FixedOffset::east_opt(hours * 3600).unwrap()
    }

    impl TimeZone for Zone {
        type Offset = FixedOffset;

        fn from_offset(_: &FixedOffset) -> Self {
            Self
        }

        fn offset_from_local_date(&self, _: &NaiveDate) -> LocalResult<FixedOffset> {
            LocalResult::None
        }

        fn offset_from_local_datetime(&self, local: &NaiveDateTime) -> LocalResult<FixedOffset> {
            let fits =
                |offset: &FixedOffset| self.offset_from_utc_datetime(&(*local - offset.fix())) == *offset;
            match (Some(east(2)).filter(fits), Some(east(1)).filter(fits)) {
                (Some(summer), Some(winter)) => LocalResult::Ambiguous(summer, winter),
                (Some(one), None) | (None, Some(one)) => LocalResult::Single(one),
                (None, None) => LocalResult::None,
            }
        }

        fn offset_from_utc_date(&self, date: &NaiveDate) -> FixedOffset {
            self.offset_from_utc_datetime(&date.and_time(NaiveTime::MIN))
        }

        fn offset_from_utc_datetime(&self, moment: &NaiveDateTime) -> FixedOffset {
            let summer = utc(3, 29, 1, 0)..utc(10, 25, 1, 0);
            east(if summer.contains(moment) { 2 } else { 1 })
        }
    }

    #[track_caller]
    fn next(target: (u32, u32), now_utc: NaiveDateTime, expected: &str) {
        let target = NaiveTime::from_hms_opt(target.0, target.1, 0).unwrap();
        let next = next_occurrence(target, Zone.from_utc_datetime(&now_utc));
        assert_eq!(next.naive_local().to_string() + &next.offset().to_string(), expected);
    }

    #[test]
    fn later_today_or_tomorrow() {
        next((5, 30), utc(1, 10, 4, 29), "2026-01-10 05:30:00+01:00");
        next((5, 30), utc(1, 10, 4, 31), "2026-01-11 05:30:00+01:00");
        next((5, 30), utc(12, 31, 22, 59), "2027-01-01 05:30:00+01:00");
    }

    #[test]
    fn now_itself_is_past() {
        next((5, 30), utc(1, 10, 4, 30), "2026-01-11 05:30:00+01:00");
    }

    #[test]
    fn midnight_belongs_to_the_day_that_it_begins() {
        next((0, 0), utc(1, 10, 22, 59), "2026-01-11 00:00:00+01:00");
        next((0, 0), utc(1, 10, 23, 0), "2026-01-12 00:00:00+01:00");
        next((23, 59), utc(1, 10, 22, 59), "2026-01-11 23:59:00+01:00");
    }

    #[test]
    fn a_time_that_is_left_out_is_made_up_for_right_after() {
        next((2, 30), utc(3, 29, 0, 0), "2026-03-29 03:00:00+02:00");
        next((2, 30), utc(3, 29, 1, 0), "2026-03-30 02:30:00+02:00");
        next((3, 0), utc(3, 29, 0, 59), "2026-03-29 03:00:00+02:00");
    }

    #[test]
    fn a_time_that_comes_twice_is_taken_when_it_is_next() {
        next((2, 30), utc(10, 25, 0, 0), "2026-10-25 02:30:00+02:00");
        next((2, 30), utc(10, 25, 0, 30), "2026-10-25 02:30:00+01:00");
        next((2, 30), utc(10, 25, 1, 30), "2026-10-26 02:30:00+01:00");
    }

    #[test]
    fn any_zone_will_do() {
        let now = east(10).with_ymd_and_hms(2026, 2, 28, 23, 0, 0).unwrap();
        let next = next_occurrence(NaiveTime::MIN, now);
        assert_eq!(next.to_rfc3339(), "2026-03-01T00:00:00+10:00");
    }
}
