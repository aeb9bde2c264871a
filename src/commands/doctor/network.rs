//! Servers and Telegram, asked for something that stores nothing; and the clock, by the times in their answers.

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::commands::alerts;
use crate::commands::send::{self, Destination};
use crate::config::service::Notification;
use crate::context::Context;
use crate::delivery::telegram::Bot;
use crate::delivery::{Client, Settings};
use crate::hurry::{self, Job};
use crate::render::doctor::facts::network::Fact;
use crate::render::doctor::finding::{Check, Finding};
use crate::render::telegram::Unusable;

/// How long one answer may take.
const LIMIT: Duration = Duration::from_secs(10);
/// How long connecting may take.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);
/// How long all of them may take: each of them asks once.
const LONGEST: Duration = Duration::from_secs(15);
/// A clock that is off by more is worth a look, minutes.
const TOLERABLE: i64 = 2;
/// A clock that is off by more makes certificates and times wrong, minutes.
const WRONG: i64 = 10;

/// What one answer showed.
struct Seen {
    finding: Finding,
    clock: Option<Clock>,
}

/// The time at a server.
struct Clock {
    host: String,
    seconds_ahead: i64,
}

impl From<Finding> for Seen {
    fn from(finding: Finding) -> Self {
        Self { finding, clock: None }
    }
}

/// Asks every server and Telegram, side by side.
pub fn check(context: &Context) -> Vec<Finding> {
    let Ok(service) = context.service() else { return Vec::new() };
    let (mut found, mut jobs) = (Vec::new(), Vec::<(Check, Job<Seen>)>::new());
    // A key that cannot be read is said of the key.
    let destinations = send::destinations(&service.sending_data, None, context).ok();
    let settings = send::settings(&service.sending_data, context);
    let settings = Settings { timeout: LIMIT, connect_timeout: CONNECT_LIMIT, ..settings };
    if !service.sending_data.enabled {
        found.push(Finding::ok(Check::Server, Fact::NotSending));
    } else if destinations.as_ref().is_some_and(Vec::is_empty) {
        found.push(Finding::warning(Check::Server, Fact::NoServers));
    } else {
        jobs.extend(destinations.unwrap_or_default().into_iter().map(|destination| {
            let settings = settings.clone();
            (Check::Server, Box::new(move || ask(destination, &settings)) as Job<Seen>)
        }));
    }
    if service.notification.enabled {
        let (context, notification) = (context.clone(), service.notification);
        jobs.push((Check::Telegram, Box::new(move || telegram(&context, &notification))));
    } else {
        found.push(Finding::ok(Check::Telegram, Fact::NoTelegram));
    }
    let (checks, jobs): (Vec<Check>, Vec<Job<Seen>>) = jobs.into_iter().unzip();
    let unfinished = |check| Seen::from(Finding::problem(check, super::Fact::Unfinished));
    let seen = hurry::all(jobs, LONGEST).into_iter().zip(checks);
    let seen: Vec<Seen> = seen.map(|(seen, check)| seen.unwrap_or_else(|| unfinished(check))).collect();
    let (answers, clocks): (Vec<Finding>, Vec<Option<Clock>>) =
        seen.into_iter().map(|seen| (seen.finding, seen.clock)).unzip();
    found.extend(answers);
    found.push(clock(clocks.into_iter().flatten().collect()));
    found
}

/// The question carries the key and stores nothing; what it is answered with tells that the server is there.
fn ask(destination: Destination, settings: &Settings) -> Seen {
    let number = destination.number;
    let target = match destination.target {
        Ok(target) => target,
        Err(error) => return Finding::problem(Check::Server, Fact::Entry { number, error }).into(),
    };
    let host = target.address.host().to_owned();
    let client = Client::new(settings);
    let answer =
        client.and_then(|client| client.get_with(&target.address, &[(send::KEY_HEADER, &target.key)]));
    match answer {
        Err(error) => Finding::problem(Check::Server, Fact::Silent { host, error }).into(),
        Ok(answer) => {
            Seen { clock: Clock::of(&host, answer.date.as_deref()), finding: judged(host, answer.status) }
        }
    }
}

/// A server need not know this question: 404 and 405 are as good an answer as any.
fn judged(host: String, status: u16) -> Finding {
    match status {
        401 | 403 => Finding::problem(Check::Server, Fact::KeyRefused { host, status }),
        500.. => Finding::warning(Check::Server, Fact::Troubled { host, status }),
        _ => Finding::ok(Check::Server, Fact::Server { host, status }),
    }
}

fn telegram(context: &Context, notification: &Notification) -> Seen {
    let bot = alerts::settings(context, notification)
        .and_then(|settings| Bot::with_limits(&settings, LIMIT, CONNECT_LIMIT).map_err(Unusable::from));
    match bot.map(|bot| bot.check()) {
        Err(error) => Finding::problem(Check::Telegram, Fact::BotUnusable(error)).into(),
        Ok(Err(error)) => Finding::problem(Check::Telegram, Fact::TelegramFails(error)).into(),
        Ok(Ok(date)) => Seen {
            clock: Clock::of("Telegram", date.as_deref()),
            finding: Finding::ok(Check::Telegram, Fact::Telegram),
        },
    }
}

impl Clock {
    fn of(host: &str, date: Option<&str>) -> Option<Self> {
        let there = DateTime::parse_from_rfc2822(date?).ok()?;
        let seconds_ahead = (Utc::now() - there.to_utc()).num_seconds();
        Some(Self { host: host.to_owned(), seconds_ahead })
    }
}

/// One server's clock may be wrong, too: the one that agrees best counts.
fn clock(clocks: Vec<Clock>) -> Finding {
    let Some(best) = clocks.into_iter().min_by_key(|clock| clock.seconds_ahead.abs()) else {
        return Finding::ok(Check::Clock, Fact::ClockUnknown);
    };
    let (host, minutes) = (best.host, best.seconds_ahead / 60);
    match best.seconds_ahead.abs() {
        off if off > WRONG * 60 => Finding::problem(Check::Clock, Fact::ClockOff { host, minutes }),
        off if off > TOLERABLE * 60 => Finding::warning(Check::Clock, Fact::ClockOff { host, minutes }),
        _ => Finding::ok(Check::Clock, Fact::Clock { host }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::doctor::finding::{Fact as Any, State};

    #[test]
    fn the_clock_that_agrees_best_counts() {
        let judge = |offs: &[i64]| {
            let clocks = offs.iter().map(|&seconds_ahead| Clock { host: "h".to_owned(), seconds_ahead });
            let finding = clock(clocks.collect());
            let minutes = match finding.fact {
                Any::Network(Fact::ClockOff { minutes, .. }) => Some(minutes),
                _ => None,
            };
            (finding.state, minutes)
        };
        assert_eq!(judge(&[]), (State::Ok, None));
        assert_eq!(judge(&[120]), (State::Ok, None));
        assert_eq!(judge(&[-121]), (State::Warning, Some(-2)));
        assert_eq!(judge(&[601, -3600]), (State::Problem, Some(10)));
        assert_eq!(judge(&[86400, 30]), (State::Ok, None));
    }
}
