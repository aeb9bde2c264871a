//! One register from all that its files say of it. Pure: no file is touched.

use std::collections::BTreeMap;

use chrono::NaiveDateTime;

use crate::commands::validate_fn::past;
use crate::kkt::{Health, Link};
use crate::metrics::Register as HealthOf;
use crate::state::fiscals::{Fiscals, Group, Known};
use crate::state::stored::Stored;

/// Days that an FN lives at least, and at most: what a record says beyond that is no life of an FN.
const LIFE: std::ops::RangeInclusive<i64> = 90..=1500;

/// What is known of a register.
#[derive(Debug, Clone, PartialEq)]
pub struct Merged {
    /// Its make.
    pub brand: Group,
    /// Its serial number.
    pub serial: String,
    /// Its model.
    pub model: Option<String>,
    /// Its registration number.
    pub rnm: Option<String>,
    /// Whose it is.
    pub organization: Option<String>,
    /// The way it was read.
    pub link: Option<Link>,
    /// Serial number of its FN.
    pub fn_serial: Option<String>,
    /// End of the FN's validity.
    pub fn_valid_until: Option<NaiveDateTime>,
    /// Days from the FN's registration to its end.
    pub fn_life_days: Option<i64>,
    /// When it was read last.
    pub read_at: Option<NaiveDateTime>,
    /// When its FN was known for certain last.
    pub confirmed_at: Option<NaiveDateTime>,
    /// It is checked by log.
    pub is_checked: bool,
    /// How it was; the days of its FN are those of today.
    pub health: Health,
}

#[derive(Default)]
struct Sources<'a> {
    known: Option<(Group, &'a Known)>,
    stored: Option<Stored>,
    health: Option<HealthOf>,
}

/// The registers that any file knows.
pub fn merge(
    fiscals: &Fiscals,
    stored: Vec<Stored>,
    health: Vec<HealthOf>,
    now: NaiveDateTime,
) -> Vec<Merged> {
    let mut sources: BTreeMap<String, Sources> = BTreeMap::new();
    for group in Group::ALL {
        for known in fiscals.list(group) {
            sources.entry(known.serialNumber.clone()).or_default().known = Some((group, known));
        }
    }
    for stored in stored {
        let source = sources.entry(stored.serial.clone()).or_default();
        // A copy of a record under another name: the newer one counts.
        if source.stored.as_ref().is_none_or(|other| other.read_at <= stored.read_at) {
            source.stored = Some(stored);
        }
    }
    for read in health {
        let source = sources.entry(read.serial.clone()).or_default();
        source.health = Some(read);
    }
    sources.into_iter().filter_map(|(serial, source)| source.merged(serial, now)).collect()
}

impl Sources<'_> {
    fn merged(self, serial: String, now: NaiveDateTime) -> Option<Merged> {
        let (known, stored, health) = (self.known, self.stored.as_ref(), self.health.as_ref());
        let brand = known.map(|(group, _)| group);
        let brand = brand
            .or_else(|| health.map(|health| health.brand.into()))
            .or_else(|| stored.map(|stored| stored.brand))?;
        let fn_serial =
            newer(stored, health, |stored| stored.fn_serial.clone(), |health| health.fn_serial.clone());
        let fn_serial = fn_serial.or_else(|| known.map(|(_, known)| known.fn_serial.trim().to_owned()));
        let fn_valid_until =
            newer(stored, health, |stored| stored.fn_valid_until, |health| health.health.fn_valid_until);
        let mut state = health.map(|health| health.health.clone()).unwrap_or_default();
        state.fn_days_left = match fn_valid_until {
            Some(end) => Some((end.date() - now.date()).num_days()),
            None => state.fn_days_left,
        };
        let confirmed = known.map_or_else(
            || stored.and_then(|stored| stored.confirmed_at),
            |(_, known)| past(&known.v_time, now),
        );
        Some(Merged {
            brand,
            serial,
            model: newer(stored, health, |stored| stored.model.clone(), |health| health.model.clone()),
            rnm: stored.and_then(|stored| stored.rnm.clone()).or_else(|| health.and_then(HealthOf::rnm)),
            organization: stored.and_then(|stored| stored.organization.clone()),
            link: health.map(|health| health.link.clone()),
            fn_serial: fn_serial.filter(|text| !text.is_empty()),
            fn_valid_until,
            fn_life_days: stored.and_then(|stored| life(stored, fn_valid_until?)),
            read_at: stored.and_then(|stored| stored.read_at).max(health.map(|health| health.read_at)),
            confirmed_at: confirmed,
            is_checked: known.is_some(),
            health: state,
        })
    }
}

/// A value from where it was read last, else from the other file.
fn newer<T>(
    stored: Option<&Stored>,
    health: Option<&HealthOf>,
    of_stored: impl Fn(&Stored) -> Option<T>,
    of_health: impl Fn(&HealthOf) -> Option<T>,
) -> Option<T> {
    let health_is_newer = health.map(|health| health.read_at) > stored.and_then(|stored| stored.read_at);
    let (stored, health) = (stored.and_then(of_stored), health.and_then(of_health));
    if health_is_newer { health.or(stored) } else { stored.or(health) }
}

fn life(stored: &Stored, end: NaiveDateTime) -> Option<i64> {
    Some((end - stored.registered_at?).num_days()).filter(|days| LIFE.contains(days))
}
