//! One body to one server, attempt after attempt.

use std::thread;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};

use super::Address;
use super::http::{Answer, Client, HttpError};
use super::retry::{self, Policy};
use crate::secret::Secret;

/// What became of a body.
#[derive(Debug)]
pub struct Sent {
    /// How often it was tried.
    pub attempts: u32,
    /// The answer that accepted it, or the last failure.
    pub outcome: Result<Answer, Failure>,
}

/// Why a body was not accepted.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// There was no answer.
    #[error(transparent)]
    NoAnswer(#[from] HttpError),
    /// The server answered, but not with yes.
    #[error("status {}", .0.status)]
    Refused(Answer),
}

impl Failure {
    fn may_pass(&self) -> bool {
        match self {
            Self::NoAnswer(error) => retry::is_passing_error(error),
            Self::Refused(answer) => retry::is_passing_status(answer.status),
        }
    }

    /// The wait that the server wants. A date counts by the server's own clock, as this computer's may be wrong;
    /// without it, it counts for nothing.
    fn wanted_wait(&self) -> Option<Duration> {
        let Self::Refused(answer) = self else { return None };
        let now = answer.date.as_deref().and_then(|date| DateTime::parse_from_rfc2822(date).ok());
        let now = now.map_or(DateTime::<Utc>::MAX_UTC, |now| now.to_utc());
        retry::retry_after(answer.retry_after.as_deref()?, now)
    }
}

/// Posts a body, again while that may help and no wait reaches beyond `deadline`.
pub fn post(
    client: &Client,
    address: &Address,
    headers: &[(&'static str, &Secret)],
    body: &[u8],
    policy: Policy,
    deadline: Instant,
) -> Sent {
    let mut attempts = 0;
    loop {
        attempts += 1;
        let failure = match client.post(address, headers, body) {
            Ok(answer) if answer.is_success() => return Sent { attempts, outcome: Ok(answer) },
            Ok(answer) => Failure::Refused(answer),
            Err(error) => Failure::NoAnswer(error),
        };
        log::debug!("{}: attempt {attempts}: {failure}", address.host());
        let wait = failure.may_pass().then(|| policy.wait(attempts, failure.wanted_wait())).flatten();
        let wait = wait.filter(|wait| Instant::now().checked_add(*wait).is_some_and(|then| then < deadline));
        let Some(wait) = wait else { return Sent { attempts, outcome: Err(failure) } };
        thread::sleep(wait);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_counts_by_the_servers_clock_only() {
        let later = Some("Sun, 22 Nov 2026 10:00:07 GMT".to_owned());
        let failure = |date: Option<&str>| {
            let (body, date) = (Vec::new(), date.map(str::to_owned));
            Failure::Refused(Answer { status: 503, body, retry_after: later.clone(), date })
        };
        let wait = failure(Some("Sun, 22 Nov 2026 10:00:00 GMT")).wanted_wait();
        assert_eq!(wait, Some(Duration::from_secs(7)));
        assert_eq!(failure(None).wanted_wait(), None);
        assert_eq!(failure(Some("yesterday")).wanted_wait(), None);
    }
}
