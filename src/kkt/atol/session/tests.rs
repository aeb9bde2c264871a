use std::collections::HashMap;

use chrono::NaiveTime;

use super::super::params::{Call, tag};
use super::*;
use crate::kkt::health::time_text::FORMAT;
use crate::kkt::passport::Item;

/// A value that the played driver gives for one parameter.
#[derive(Clone)]
enum Value {
    Int(u32),
    Text(&'static str),
    Time(RawTime),
}

/// What the played driver does when it is asked.
#[derive(Clone)]
enum Reply {
    Values(HashMap<u32, Value>),
    Error(i32),
}

/// A driver that answers from a table and remembers what it was asked.
#[derive(Default)]
struct Played {
    replies: HashMap<&'static str, Reply>,
    missing: Option<Call>,
    set: HashMap<u32, u32>,
    answer: HashMap<u32, Value>,
    asked: Vec<&'static str>,
}

const QUESTIONS: [Question; 20] = [
    params::STATUS,
    params::CONFIGURATION,
    params::CLOCK,
    params::SHIFT,
    params::SERIAL,
    params::FATAL_STATUS,
    params::UPTIME,
    params::LAST_SENT,
    params::SHORT_STATUS,
    params::OFD_EXCHANGE,
    params::FN_INFO,
    params::LAST_REGISTRATION,
    params::FFD_VERSIONS,
    params::VALIDITY,
    params::REG_INFO,
    params::ERRORS,
    params::FIRST_DOCUMENT,
    params::VALIDITY_DAYS,
    params::LICENSES_BEGIN,
    params::LICENSES_NEXT,
];

impl Driver for Played {
    fn set_int(&mut self, param: u32, value: u32) -> Result<(), Failure> {
        self.set.insert(param, value);
        Ok(())
    }

    fn set_text(&mut self, _: u32, _: &str) -> Result<(), Failure> {
        Ok(())
    }

    fn set_time(&mut self, _: u32, _: NaiveDateTime) -> Result<(), Failure> {
        Ok(())
    }

    fn call(&mut self, call: Call) -> Result<(), Failure> {
        if self.missing == Some(call) {
            return Err(Failure::Missing("missing_function"));
        }
        let set: Vec<_> = std::mem::take(&mut self.set).into_iter().collect();
        let question = QUESTIONS.iter().find(|question| {
            question.call == call
                && question.with.len() == set.len()
                && set.iter().all(|pair| question.with.contains(pair))
        });
        let Some(question) = question else { return Ok(()) };
        self.asked.push(question.name);
        self.answer = HashMap::new();
        match self.replies.get(question.name) {
            Some(Reply::Values(values)) => self.answer = values.clone(),
            Some(Reply::Error(code)) => {
                return Err(Failure::Refused { code: *code, text: format!("error of {}", question.name) });
            }
            None => {}
        }
        if call == Call::NextRecord {
            return Err(Failure::Refused { code: 30, text: "no more".to_owned() });
        }
        Ok(())
    }

    fn int(&mut self, param: u32) -> Result<u32, Failure> {
        Ok(if let Some(Value::Int(value)) = self.answer.get(&param) { *value } else { 0 })
    }

    fn flag(&mut self, param: u32) -> Result<bool, Failure> {
        self.int(param).map(|value| value != 0)
    }

    fn text(&mut self, param: u32) -> Result<String, Failure> {
        Ok(if let Some(Value::Text(value)) = self.answer.get(&param) {
            (*value).to_owned()
        } else {
            String::new()
        })
    }

    fn time(&mut self, param: u32) -> Result<RawTime, Failure> {
        Ok(if let Some(Value::Time(value)) = self.answer.get(&param) { *value } else { RawTime::default() })
    }
}

impl Played {
    /// A register that says no more than who it is.
    fn new() -> Self {
        Self::default().with("STATUS", [(params::SERIAL_NUMBER, Value::Text("00123456790012"))])
    }

    fn with(mut self, question: &'static str, values: impl IntoIterator<Item = (u32, Value)>) -> Self {
        self.replies.insert(question, Reply::Values(values.into_iter().collect()));
        self
    }

    fn failing(mut self, question: &'static str, code: i32) -> Self {
        self.replies.insert(question, Reply::Error(code));
        self
    }

    fn read(&mut self) -> Result<Reading, ReadError> {
        self.read_by("10.9.1.0")
    }

    /// Reads at noon of 2026-11-21.
    fn read_by(&mut self, version: &str) -> Result<Reading, ReadError> {
        let clock = || at("2026-11-21 12:00:00");
        let version = Some(version.to_owned());
        read(self, Surroundings { version, clock: &clock, trace: &mut |_| {} })
    }
}

fn at(text: &str) -> NaiveDateTime {
    NaiveDateTime::parse_from_str(text, FORMAT).expect("a time")
}

fn time(year: i32, month: i32, day: i32) -> Value {
    Value::Time(RawTime { year, month, day, ..RawTime::default() })
}

fn health_of(mut driver: Played) -> Health {
    driver.read().expect("a reading").health.expect("health")
}

fn driver_error(during: &str, code: i32) -> ReadError {
    ReadError::Driver { during: during.to_owned(), code, text: format!("error of {during}") }
}

#[test]
fn questions_come_in_their_order_and_none_twice() {
    let mut driver = Played::new();
    driver.read().expect("a reading");
    let order = [
        "STATUS",
        "REG_INFO",
        "FN_INFO",
        "LAST_REGISTRATION",
        "DOCUMENT_BY_NUMBER",
        "VALIDITY",
        "UNIT_VERSION",
        "FFD_VERSIONS",
        "LICENSES",
        "LICENSES",
        "OFD_EXCHANGE_STATUS",
        "SHORT_STATUS",
        "SHIFT_STATE",
        "FATAL_STATUS",
        "DEVICE_UPTIME",
        "LAST_SENT_OFD_DOCUMENT_DATE_TIME",
        "DATE_TIME",
        "VALIDITY_DAYS",
        "ERRORS",
    ];
    assert_eq!(driver.asked, order);
}

#[test]
fn a_failed_question_costs_its_own_values_alone() {
    let mut driver = Played::new().failing("FN_INFO", 166).with(
        "REG_INFO",
        [(tag::RNM, Value::Text("0000000001036518")), (tag::INN, Value::Text("1111222233  "))],
    );
    let reading = driver.read().expect("a reading");
    assert_eq!(reading.passport.fn_serial, None);
    assert_eq!(reading.passport.inn.as_deref(), Some("1111222233  "));
    let unread = Warning::Unread { item: "FN_INFO".into(), cause: driver_error("FN_INFO", 166) };
    assert_eq!(reading.warnings, [unread, Warning::FnUnknown]);
    assert_eq!(reading.health.and_then(|health| health.fn_critical_error), None);
}

#[test]
fn a_lost_register_is_not_asked_any_more() {
    for code in [1, 2, 4, 241] {
        let mut driver = Played::new().failing("VALIDITY", code);
        let reading = driver.read().expect("a reading");
        assert_eq!(driver.asked.last(), Some(&"VALIDITY"));
        assert_eq!(reading.warnings.first(), Some(&Warning::Lost { item: "VALIDITY".into() }));
        assert_eq!(reading.passport.licenses, None);
    }
}

#[test]
fn a_register_that_does_not_say_who_it_is_is_an_error() {
    assert_eq!(Played::default().read(), Err(ReadError::NoSerial));
    assert_eq!(Played::new().failing("STATUS", 2).read(), Err(driver_error("STATUS", 2)));
    let mute = &mut Played::new().failing("STATUS", 12).failing("SERIAL_NUMBER", 13);
    assert_eq!(mute.read(), Err(driver_error("STATUS", 12)));
    let strange = &mut Played::new().with("STATUS", [(params::SERIAL_NUMBER, Value::Text("../1"))]);
    assert_eq!(strange.read(), Err(ReadError::StrangeSerial { shown: "../1".into() }));
}

#[test]
fn the_serial_number_is_asked_for_alone_when_the_status_lacks_it() {
    let serial = [(params::SERIAL_NUMBER, Value::Text("77"))];
    let mut blank = Played::default()
        .with("STATUS", [(params::SERIAL_NUMBER, Value::Text("  "))])
        .with("SERIAL_NUMBER", serial.clone());
    assert_eq!(blank.read().map(|reading| reading.passport.serial_number.to_string()), Ok("77".into()));
    let mut refused = Played::default().failing("STATUS", 12).with("SERIAL_NUMBER", serial);
    let warnings = refused.read().expect("a reading").warnings;
    let unread = Warning::Unread { item: "STATUS".into(), cause: driver_error("STATUS", 12) };
    assert_eq!(warnings.first(), Some(&unread));
}

#[test]
fn an_old_driver_lacks_what_it_cannot_say() {
    let fn_info = [(params::SERIAL_NUMBER, Value::Text("7380")), (params::FN_EXECUTION, Value::Text("ФН"))];
    let driver = || Played::new().with("FN_INFO", fn_info.clone());
    let new = driver().read_by("10.9.0.0").expect("a reading").passport;
    assert_eq!((new.fn_edition, new.marked), (Item::Known("ФН".into()), Item::Known(false)));
    let old = driver().read_by("10.8.1.0").expect("a reading");
    assert_eq!((old.passport.fn_edition, old.passport.marked), (Item::Unsupported, Item::Unsupported));
    assert_eq!(old.warnings, []);
    let older = driver().read_by("10.6.0.0").expect("a reading").warnings;
    assert_eq!(older, [Warning::UnsupportedDriver { version: "10.6.0.0".into() }]);
    let unknown = driver().read_by("?").expect("a reading").passport;
    assert_eq!(unknown.marked, Item::Known(false));
}

#[test]
fn a_missing_function_costs_what_it_gives() {
    let mut driver = Played { missing: Some(Call::BeginRecords), ..Played::new() };
    let reading = driver.read().expect("a reading");
    assert_eq!(reading.passport.licenses, None);
    let old = Warning::OldDriver { item: "LICENSES".into(), symbol: "missing_function".into() };
    assert_eq!(reading.warnings, [old, Warning::FnUnknown]);
}

#[test]
fn the_first_registration_is_found() {
    let registered = |count| {
        let last = [(params::REGISTRATIONS_COUNT, Value::Int(count)), (params::DATE_TIME, time(2024, 4, 13))];
        let mut driver = Played::new()
            .with("LAST_REGISTRATION", last)
            .with("DOCUMENT_BY_NUMBER", [(params::DATE_TIME, time(2023, 1, 2))]);
        driver.read().expect("a reading").passport.registered_at
    };
    assert_eq!(registered(1), Some(at("2024-04-13 00:00:00")));
    assert_eq!(registered(3), Some(at("2023-01-02 00:00:00")));
}

#[test]
fn days_left_are_counted_from_the_end_and_else_by_the_driver() {
    let days = |end, counted| {
        let driver = Played::new()
            .with("VALIDITY", [(params::DATE_TIME, end)])
            .with("VALIDITY_DAYS", [(params::FN_DAYS_REMAIN, Value::Int(counted))]);
        health_of(driver).fn_days_left
    };
    assert_eq!(days(time(2026, 12, 1), 500), Some(10));
    assert_eq!(days(time(2026, 11, 21), 500), Some(0));
    assert_eq!(days(time(2026, 11, 1), 500), Some(-20));
    assert_eq!(days(time(0, 0, 0), 77), Some(77));
    assert_eq!(days(time(2026, 2, 31), 0), None);
}

#[test]
fn a_date_of_unsent_documents_counts_only_beside_a_count() {
    let unsent = |count, date| {
        let exchange = [(params::DOCUMENTS_COUNT, Value::Int(count)), (params::DATE_TIME, date)];
        let health = health_of(Played::new().with("OFD_EXCHANGE_STATUS", exchange));
        (health.ofd_unsent_count, health.ofd_first_unsent_age_days)
    };
    assert_eq!(unsent(0, time(2026, 11, 1)), (Some(0), None));
    assert_eq!(unsent(2, time(2026, 11, 1)), (Some(2), Some(20)));
    assert_eq!(unsent(2, time(2026, 11, 30)), (Some(2), Some(0)));
    assert_eq!(unsent(2, time(1970, 1, 1)), (Some(2), None));
}

#[test]
fn the_skew_is_without_the_time_that_the_question_took() {
    let register = RawTime { year: 2026, month: 11, day: 21, hour: 12, minute: 1, second: 40 };
    let mut driver = Played::new().with("DATE_TIME", [(params::DATE_TIME, Value::Time(register))]);
    // Each look at the clock is ten seconds after the one before.
    let looks = std::cell::Cell::new(0);
    let clock = || {
        looks.set(looks.get() + 10);
        at("2026-11-21 12:00:00") + chrono::TimeDelta::seconds(looks.get())
    };
    let surroundings = Surroundings { version: None, clock: &clock, trace: &mut |_| {} };
    let health = read(&mut driver, surroundings).expect("a reading").health.expect("health");
    // The first look is for the unsent documents, the second and third are around the question.
    assert_eq!(health.clock_skew_seconds, Some(100 - 25));
    assert_eq!(health.clock_at.map(|at| at.time()), NaiveTime::from_hms_opt(12, 1, 40));
}

#[test]
fn numbers_that_mean_nothing_are_unknown() {
    let driver = Played::new()
        .with("SHIFT_STATE", [(params::SHIFT_STATE, Value::Int(7)), (params::SHIFT_NUMBER, Value::Int(42))])
        .with("ERRORS", [(params::NETWORK_ERROR_TEXT, Value::Text("нет сети"))]);
    let health = health_of(driver);
    assert_eq!((health.shift_state, health.shift_number), (None, Some(42)));
    let error = health.last_error.expect("an answer");
    assert_eq!((error.network.as_deref(), error.document, error.command), (Some("нет сети"), None, None));
}

#[test]
fn what_is_shown_stays_on_its_line() {
    assert_eq!(shown("a\nb\x1B[2Jж"), "a\\nb\\u{1b}[2Jж");
    assert_eq!(shown(&"я".repeat(SHOWN_LIMIT)).chars().count(), SHOWN_LIMIT);
    assert_eq!(shown(&"я".repeat(SHOWN_LIMIT + 1)).chars().last(), Some('…'));
}
