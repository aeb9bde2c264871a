//! What about a register wants attention, and how urgently. Pure: no file is touched.

use chrono::{Duration, NaiveDateTime};

use super::merge::Merged;
use crate::config::service::Validation;
use crate::kkt::Health;
use crate::kkt::health::{ShiftState, time_text};
use crate::render::status::notes::{self, Note};
use crate::render::status::{Delivered, Level, Register};
use crate::render::{Lang, findings};
use crate::state::delivery::Ledger;
use crate::state::reboot::{Reason, Reboot};

/// Days without a reading after which values are old.
const LONG_UNREAD_DAYS: i64 = 7;
/// Days before the end of the FN at which there is no time to lose.
const FN_URGENT_DAYS: i64 = 7;
/// Age of an unsent document at which there is no time to lose; the register blocks itself at 30.
const UNSENT_URGENT_DAYS: i64 = 20;

/// By what a register is judged.
pub struct Rules<'a> {
    /// How FN are checked.
    pub validation: &'a Validation,
    /// The restart that is pending, and what led to it.
    pub reboot: &'a Reboot,
    /// The moment.
    pub now: NaiveDateTime,
}

impl Rules<'_> {
    /// A register as it is shown.
    pub fn register(&self, known: Merged, ledger: &Ledger, lang: Lang) -> Register {
        let unsent_days = self.unsent_days(&known.health);
        let own = self.notes(&known);
        let health = self.telling(&known.health, unsent_days);
        let found = findings::lines(&health, lang);
        let grave = is_grave(&health) || own.iter().any(Note::is_grave);
        let level = match (grave, own.is_empty() && found.is_empty()) {
            (true, _) => Level::Problem,
            (false, false) => Level::Warning,
            (false, true) => Level::Ok,
        };
        Register {
            brand: known.brand,
            fn_days_left: known.health.fn_days_left,
            ofd_unsent_count: known.health.ofd_unsent_count,
            ofd_first_unsent_age_days: unsent_days,
            shift_state: known.health.shift_state,
            check_at: self.check_at(&known),
            delivered: delivered(ledger, &known.serial),
            notes: notes::lines(&own, found, lang),
            level,
            modelName: known.model,
            serialNumber: known.serial,
            RNM: known.rnm,
            organizationName: known.organization,
            link: known.link,
            fn_serial: known.fn_serial,
            fn_valid_until: known.fn_valid_until,
            fn_life_days: known.fn_life_days,
            read_at: known.read_at,
            v_time: known.confirmed_at,
        }
    }

    fn notes(&self, known: &Merged) -> Vec<Note> {
        let cause = self.reboot.registers.iter().find(|cause| cause.serialNumber == known.serial);
        let cause = cause.filter(|cause| cause.reason == Reason::Replaced);
        let replaced = cause.map(|cause| Note::Replaced { new_fn: cause.new_fn.clone() });
        let reading = match known.read_at.map(|at| (self.now - at).num_days()) {
            None => Some(Note::NeverRead),
            Some(days) => (days >= LONG_UNREAD_DAYS).then_some(Note::LongUnread { days }),
        };
        [replaced, reading, self.unconfirmed(known)].into_iter().flatten().collect()
    }

    /// A register that was due for a whole day and more: the logs do not know it, or nobody looks.
    fn unconfirmed(&self, known: &Merged) -> Option<Note> {
        if !known.is_checked || !self.validation.enabled {
            return None;
        }
        let Some(at) = known.confirmed_at else { return Some(Note::NeverConfirmed) };
        let days = (self.now - at).num_days();
        let late = days > i64::from(self.validation.trigger_days);
        late.then(|| Note::Unconfirmed { days, forgotten_after: i64::from(self.validation.delete_days) })
    }

    fn check_at(&self, known: &Merged) -> Option<NaiveDateTime> {
        let days = Duration::try_days(i64::from(self.validation.trigger_days))?;
        let due = known.confirmed_at.map_or(Some(self.now), |at| at.checked_add_signed(days));
        due.filter(|_| known.is_checked)
    }

    /// The age grows while nobody reads the register.
    fn unsent_days(&self, health: &Health) -> Option<i64> {
        health.ofd_unsent_count.filter(|count| *count > 0)?;
        let counted =
            health.ofd_first_unsent_at.map(|first| (self.now.date() - first.date()).num_days().max(0));
        counted.or(health.ofd_first_unsent_age_days)
    }

    /// Health without what is in order: a document of today is still on its way, and the last
    /// error of an exchange that has caught up is history.
    fn telling(&self, health: &Health, unsent_days: Option<i64>) -> Health {
        let mut health = Health { ofd_first_unsent_age_days: unsent_days, ..health.clone() };
        if unsent_days == Some(0) || health.ofd_unsent_count == Some(0) {
            health.ofd_unsent_count = None;
            health.last_error = None;
        }
        health
    }
}

/// Nothing can be sold, or soon not any more.
fn is_grave(health: &Health) -> bool {
    health.fn_days_left.is_some_and(|days| days <= FN_URGENT_DAYS)
        || health.ofd_first_unsent_age_days.is_some_and(|days| days >= UNSENT_URGENT_DAYS)
        || health.shift_state == Some(ShiftState::Expired)
        || health.paper_present == Some(false)
        || [health.fn_critical_error, health.fn_need_replacement].contains(&Some(true))
        || health.errors.as_ref().is_some_and(|errors| errors.values().any(|raised| *raised))
}

fn delivered(ledger: &Ledger, serial: &str) -> Vec<Delivered> {
    let name = format!("{serial}.json");
    let entry = |server: &crate::state::delivery::Server| {
        let file = server.files.get(&name);
        Delivered {
            server: server.host.clone(),
            accepted_at: file.and_then(|file| time_text::parse(file.accepted_at.as_deref()?)),
            failed_at: file.and_then(|file| time_text::parse(file.failed_at.as_deref()?)),
            error: file.and_then(|file| file.error.clone()),
        }
    };
    ledger.servers.iter().map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::fiscals::Group;

    fn at(text: &str) -> NaiveDateTime {
        time_text::parse(text).expect("a time")
    }

    fn merged(health: Health) -> Merged {
        Merged {
            brand: Group::Atol,
            serial: "7".to_owned(),
            model: None,
            rnm: None,
            organization: None,
            link: None,
            fn_serial: None,
            fn_valid_until: None,
            fn_life_days: None,
            read_at: Some(at("2026-03-10 11:00:00")),
            confirmed_at: Some(at("2026-03-09 12:00:00")),
            is_checked: true,
            health,
        }
    }

    fn judged(known: Merged) -> Register {
        let (validation, reboot) = (Validation::default(), Reboot::default());
        let rules = Rules { validation: &validation, reboot: &reboot, now: at("2026-03-10 12:00:00") };
        rules.register(known, &Ledger::default(), Lang::En)
    }

    #[test]
    fn a_register_in_order_has_nothing_to_say() {
        let health = Health { fn_days_left: Some(31), ofd_unsent_count: Some(0), ..Health::default() };
        let register = judged(merged(health));
        assert_eq!((register.level, register.notes), (Level::Ok, Vec::new()));
        assert_eq!(register.check_at, Some(at("2026-03-12 12:00:00")));
    }

    #[test]
    fn documents_of_today_are_on_their_way() {
        let unsent = |first: &str| {
            let health = Health {
                ofd_unsent_count: Some(3),
                ofd_first_unsent_at: Some(at(first)),
                ofd_first_unsent_age_days: Some(0),
                ..Health::default()
            };
            let register = judged(merged(health));
            (register.level, register.ofd_first_unsent_age_days)
        };
        assert_eq!(unsent("2026-03-10 00:00:01"), (Level::Ok, Some(0)));
        assert_eq!(
            unsent("2026-03-09 23:59:59"),
            (Level::Warning, Some(1)),
            "the age grows while nobody reads"
        );
        assert_eq!(unsent("2026-02-18 10:00:00"), (Level::Problem, Some(20)));
    }

    #[test]
    fn the_end_of_the_fn_becomes_urgent() {
        let level = |days| judged(merged(Health { fn_days_left: Some(days), ..Health::default() })).level;
        assert_eq!([31, 30, 8, 7, 0, -1].map(level), {
            use Level::{Ok, Problem, Warning};
            [Ok, Warning, Warning, Problem, Problem, Problem]
        });
    }

    #[test]
    fn silence_is_said_in_words() {
        let unread = Merged { read_at: Some(at("2026-03-03 12:00:00")), ..merged(Health::default()) };
        assert!(judged(unread).notes[0].starts_with("not read for 7 days"));
        let never = Merged { read_at: None, ..merged(Health::default()) };
        assert!(judged(never).notes[0].starts_with("never read"));
        let unconfirmed =
            Merged { confirmed_at: Some(at("2026-03-06 12:00:00")), ..merged(Health::default()) };
        assert!(judged(unconfirmed).notes[0].contains("not confirmed by log for 4 days"));
        let unchecked = Merged { confirmed_at: None, is_checked: false, ..merged(Health::default()) };
        assert_eq!(judged(unchecked).notes, Vec::<String>::new());
    }
}
