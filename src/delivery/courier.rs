//! One body to one server, attempt after attempt.

use std::time::{Duration, Instant};

use super::Address;
use super::http::{Answer, Client, HttpError};
use super::retry::{Policy, Setback, is_passing_error, is_passing_status, persist};
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

impl Setback for Failure {
    fn may_pass(&self) -> bool {
        match self {
            Self::NoAnswer(error) => is_passing_error(error),
            Self::Refused(answer) => is_passing_status(answer.status),
        }
    }

    fn wanted_wait(&self) -> Option<Duration> {
        if let Self::Refused(answer) = self { answer.wanted_wait() } else { None }
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
    let outcome = persist(policy, deadline, || {
        attempts += 1;
        let failure = match client.post(address, headers, body) {
            Ok(answer) if answer.is_success() => return Ok(answer),
            Ok(answer) => Failure::Refused(answer),
            Err(error) => Failure::NoAnswer(error),
        };
        log::debug!("{}: attempt {attempts}: {failure}", address.host());
        Err(failure)
    });
    Sent { attempts, outcome }
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
