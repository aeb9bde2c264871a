//! `_resources/outbox.json`: messages that wait to be sent, and the events of the last day that were.
//!
//! A message stands here before the network is tried, and leaves when its receiver has it: a crash in between costs at
//! worst a second copy, never the message.

use chrono::{NaiveDateTime, TimeDelta};
use serde::{Deserialize, Serialize};

use super::loaded::{self, Loaded, is_form};
use super::record::time;
use super::{Home, StateError, file};
use crate::kkt::health::time_text;

/// Name of the file in `_resources`.
pub const FILE_NAME: &str = "outbox.json";
/// Version of the form; a reader refuses others.
const FORM: u32 = 1;
/// Most messages that wait; the oldest make room.
pub const MOST_WAITING: usize = 100;
/// The same event is not announced again within this time.
const SAME_EVENT: TimeDelta = TimeDelta::days(1);
/// Nobody wants to know any more what was news then.
pub const STALE_AFTER: TimeDelta = TimeDelta::days(7);

/// What waits, and what went out lately.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outbox {
    /// Version of this form.
    form: u32,
    /// Number of the newest message there ever was.
    last: u64,
    /// Messages that wait, the oldest first.
    pub waiting: Vec<Waiting>,
    /// Events that went out.
    pub sent: Vec<Sent>,
}

/// A message that waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Waiting {
    /// Its number.
    pub id: u64,
    /// The event that it announces; none if somebody wrote it.
    pub event: Option<Event>,
    /// What is still to be sent of it.
    pub text: String,
    /// Since when it waits, local time.
    pub since: String,
}

/// An event that went out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sent {
    /// The event.
    pub event: Event,
    /// When, local time.
    pub at: String,
}

/// What makes two messages announce the same: not their words, as times in them pass.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Event(String);

impl Event {
    /// An FN was replaced by this one.
    #[must_use]
    pub fn replaced(serial: &str, new_fn: &str) -> Self {
        Self(format!("replaced {serial} {new_fn}"))
    }

    /// A register is not checked any more.
    #[must_use]
    pub fn removed(serial: &str, fn_serial: &str) -> Self {
        Self(format!("removed {serial} {fn_serial}"))
    }
}

impl Default for Outbox {
    fn default() -> Self {
        Self { form: FORM, last: 0, waiting: Vec::new(), sent: Vec::new() }
    }
}

impl Outbox {
    /// Reads the file. Nothing waits when it is missing or broken; with `repair` a broken one is set aside.
    ///
    /// # Errors
    /// [`StateError`] when it cannot be read or moved.
    pub fn load(home: &Home, repair: bool, now: NaiveDateTime) -> Result<Loaded<Self>, StateError> {
        let check = |outbox: &Self| is_form(outbox.form, FORM);
        loaded::load(&home.resource(FILE_NAME), check, repair, now)
    }

    /// Writes the file.
    ///
    /// # Errors
    /// [`StateError::Write`].
    pub fn save(&self, home: &Home) -> Result<(), StateError> {
        file::write(&home.resource(FILE_NAME), &file::json_text(self))
    }

    /// Takes in a message, unless the same event waits or went out within a day. A message that somebody wrote is the
    /// same while it still waits. Gives the number under which it waits, `None` if it went out before.
    pub fn queue(&mut self, event: Option<Event>, text: &str, now: NaiveDateTime) -> Option<u64> {
        let is_same = |waiting: &&Waiting| match &event {
            Some(_) => waiting.event == event,
            None => waiting.event.is_none() && waiting.text == text,
        };
        if let Some(waiting) = self.waiting.iter().find(is_same) {
            return Some(waiting.id);
        }
        if event.as_ref().is_some_and(|event| self.was_sent(event, now)) {
            return None;
        }
        self.last += 1;
        self.waiting.push(Waiting { id: self.last, event, text: text.to_owned(), since: time(Some(now)) });
        Some(self.last)
    }

    fn was_sent(&self, event: &Event, now: NaiveDateTime) -> bool {
        self.sent.iter().any(|sent| sent.event == *event && is_within(&sent.at, SAME_EVENT, now))
    }

    /// So much of a message went out that this is left; with nothing left it has been sent.
    pub fn went_out(&mut self, id: u64, rest: &str, now: NaiveDateTime) {
        let Some(index) = self.waiting.iter().position(|waiting| waiting.id == id) else { return };
        if let Some(waiting) = self.waiting.get_mut(index).filter(|_| !rest.is_empty()) {
            rest.clone_into(&mut waiting.text);
            return;
        }
        let event = self.waiting.remove(index).event;
        self.sent.extend(event.map(|event| Sent { event, at: time(Some(now)) }));
    }

    /// Gives up a message.
    pub fn give_up(&mut self, id: u64) {
        self.waiting.retain(|waiting| waiting.id != id);
    }

    /// Takes out what nobody needs any more: messages that are stale or too many, which are handed over, and events of
    /// longer than a day ago.
    pub fn tidy(&mut self, now: NaiveDateTime) -> Vec<Waiting> {
        self.sent.retain(|sent| is_within(&sent.at, SAME_EVENT, now));
        let surplus = self.waiting.len().saturating_sub(MOST_WAITING);
        let oldest_kept = self.waiting.get(surplus).map_or(u64::MAX, |waiting| waiting.id);
        let is_stale =
            |waiting: &mut Waiting| waiting.id < oldest_kept || !is_within(&waiting.since, STALE_AFTER, now);
        self.waiting.extract_if(.., is_stale).collect()
    }
}

/// A time that is unreadable, or further away than a clock that was set right may bring it, is not.
fn is_within(text: &str, span: TimeDelta, now: NaiveDateTime) -> bool {
    time_text::parse(text).is_some_and(|time| (now - time).abs() < span)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> NaiveDateTime {
        time_text::parse(text).expect("time")
    }

    fn now() -> NaiveDateTime {
        at("2026-03-10 12:00:00")
    }

    fn event() -> Option<Event> {
        Some(Event::replaced("001", "72"))
    }

    #[test]
    fn the_same_event_goes_out_once_a_day() {
        let mut outbox = Outbox::default();
        assert_eq!(outbox.queue(event(), "in 2 h", now()), Some(1));
        assert_eq!(outbox.queue(event(), "in 1 h", now()), Some(1), "it waits");
        outbox.went_out(1, "", now());
        assert_eq!(outbox.queue(event(), "in 1 h", at("2026-03-11 11:59:59")), None);
        assert_eq!(outbox.queue(event(), "in 1 h", at("2026-03-10 11:00:00")), None);
        assert_eq!(outbox.queue(Some(Event::replaced("001", "73")), "", now()), Some(2));
        assert_eq!(outbox.queue(Some(Event::removed("001", "72")), "", now()), Some(3));
        assert_eq!(outbox.queue(event(), "in 1 h", at("2026-03-11 12:00:00")), Some(4));
    }

    #[test]
    fn what_somebody_writes_may_be_repeated_once_it_is_out() {
        let mut outbox = Outbox::default();
        assert_eq!(outbox.queue(None, "hello", now()), Some(1));
        assert_eq!(outbox.queue(None, "hello", now()), Some(1));
        outbox.went_out(1, "", now());
        assert!(outbox.sent.is_empty());
        assert_eq!(outbox.queue(None, "hello", now()), Some(2));
    }

    #[test]
    fn a_long_message_leaves_piece_by_piece() {
        let mut outbox = Outbox::default();
        outbox.queue(event(), "one two", now());
        outbox.went_out(1, "two", now());
        assert_eq!(outbox.waiting[0].text, "two");
        outbox.went_out(1, "", now());
        outbox.went_out(1, "", now());
        assert_eq!((outbox.waiting.len(), outbox.sent.len()), (0, 1));
    }

    #[test]
    fn too_many_and_stale_ones_are_given_up() {
        let mut outbox = Outbox::default();
        outbox.queue(None, "stale", at("2026-03-03 12:00:00"));
        outbox.queue(None, "of the future", at("2027-03-03 12:00:00"));
        outbox.queue(None, "old", at("2026-03-03 12:00:01"));
        let given_up = |outbox: &mut Outbox| {
            outbox.tidy(now()).into_iter().map(|waiting| waiting.text).collect::<Vec<_>>()
        };
        assert_eq!(given_up(&mut outbox), ["stale", "of the future"]);
        for number in 0..MOST_WAITING {
            outbox.queue(None, &number.to_string(), now());
        }
        assert_eq!(given_up(&mut outbox), ["old"]);
        assert_eq!(outbox.waiting.len(), MOST_WAITING);
        assert_eq!(outbox.tidy(at("2026-05-01 12:00:00")).len(), MOST_WAITING);
    }
}
