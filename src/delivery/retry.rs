//! When another attempt is worth it, and how long to wait before it.

use std::thread;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};

use super::http::HttpError;

/// Longest wait between two attempts: a server that asks for hours must not hold the whole run.
const LONGEST_WAIT: Duration = Duration::from_secs(300);

/// How often and how patiently something is sent. Every file starts anew with it.
#[derive(Debug, Clone, Copy)]
pub struct Policy {
    /// Attempts in all; zero counts as one.
    pub max_attempts: u32,
    /// Wait before the second attempt; doubles from then on.
    pub delay: Duration,
}

impl Policy {
    /// Wait after the failed attempt of this number (the first is 1), or `None` when it was the last one. A server
    /// that names a longer wait is heard.
    #[must_use]
    pub fn wait(&self, attempt: u32, wanted: Option<Duration>) -> Option<Duration> {
        if attempt >= self.max_attempts {
            return None;
        }
        let doublings = attempt.saturating_sub(1).min(16);
        let wait = self.delay.saturating_mul(1 << doublings);
        Some(wait.max(wanted.unwrap_or_default()).min(LONGEST_WAIT))
    }
}

/// Why an attempt failed, as far as the next one depends on it.
pub trait Setback {
    /// Whether it may pass by itself.
    fn may_pass(&self) -> bool;

    /// The wait that the other side wants.
    fn wanted_wait(&self) -> Option<Duration>;
}

/// Tries until it works, while that may help and no wait reaches beyond `until`.
///
/// # Errors
/// That of the last attempt.
pub fn persist<T, E: Setback>(
    policy: Policy,
    until: Instant,
    mut attempt: impl FnMut() -> Result<T, E>,
) -> Result<T, E> {
    let mut attempts = 1;
    loop {
        let error = match attempt() {
            Err(error) if error.may_pass() => error,
            outcome => return outcome,
        };
        let wait = policy.wait(attempts, error.wanted_wait());
        let in_time = |wait: &Duration| Instant::now().checked_add(*wait).is_some_and(|then| then < until);
        let Some(wait) = wait.filter(in_time) else { return Err(error) };
        thread::sleep(wait);
        attempts += 1;
    }
}

/// Whether a server's status may be another one next time.
#[must_use]
pub fn is_passing_status(status: u16) -> bool {
    matches!(status, 408 | 425 | 429 | 500..=599)
}

/// Whether a failure to get an answer may pass by itself.
#[must_use]
pub fn is_passing_error(error: &HttpError) -> bool {
    match error {
        HttpError::HostUnknown
        | HttpError::Unreachable(_)
        | HttpError::ConnectTimeout
        | HttpError::Timeout
        | HttpError::Interrupted(_)
        | HttpError::ProxyFailed => true,
        HttpError::Certificate(_)
        | HttpError::Tls(_)
        | HttpError::Nonsense(_)
        | HttpError::Redirected { .. }
        | HttpError::HeaderUnfit
        | HttpError::ProxyAddress
        | HttpError::CaFile { .. } => false,
    }
}

/// The wait that a header `Retry-After` names: seconds, or a date.
#[must_use]
pub fn retry_after(text: &str, now: DateTime<Utc>) -> Option<Duration> {
    let text = text.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = DateTime::parse_from_rfc2822(text).ok()?;
    (date.to_utc() - now).to_std().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(wait: Option<Duration>) -> Option<u64> {
        wait.map(|wait| wait.as_secs())
    }

    #[test]
    fn waits_double_and_end() {
        let policy = Policy { max_attempts: 4, delay: Duration::from_secs(2) };
        let waits: Vec<_> = (1..=5).map(|attempt| seconds(policy.wait(attempt, None))).collect();
        assert_eq!(waits, [Some(2), Some(4), Some(8), None, None]);
    }

    #[test]
    fn a_single_attempt_has_no_wait() {
        for max_attempts in [0, 1] {
            let policy = Policy { max_attempts, delay: Duration::from_secs(2) };
            assert_eq!(policy.wait(1, Some(Duration::from_secs(9))), None);
        }
    }

    #[test]
    fn a_server_may_ask_for_more_time_but_not_for_hours() {
        let policy = Policy { max_attempts: u32::MAX, delay: Duration::from_secs(2) };
        let wanted = |attempt, wanted| seconds(policy.wait(attempt, Some(Duration::from_secs(wanted))));
        assert_eq!(wanted(1, 7), Some(7));
        assert_eq!(wanted(3, 7), Some(8));
        assert_eq!(wanted(1, 86_400), Some(300));
        assert_eq!(seconds(policy.wait(u32::MAX - 1, None)), Some(300));
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = DateTime::parse_from_rfc3339("2026-11-22T10:00:00Z").expect("valid").to_utc();
        let after = |text| seconds(retry_after(text, now));
        assert_eq!(after(" 120 "), Some(120));
        assert_eq!(after("Sun, 22 Nov 2026 10:01:30 GMT"), Some(90));
        assert_eq!(after("Sun, 22 Nov 2026 09:00:00 GMT"), None);
        for nonsense in ["", "-1", "soon", "99999999999999999999999"] {
            assert_eq!(after(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn only_passing_trouble_is_tried_again() {
        for status in [408, 425, 429, 500, 502, 503, 599] {
            assert!(is_passing_status(status), "{status}");
        }
        for status in [200, 204, 301, 400, 401, 403, 404, 409, 422, 600] {
            assert!(!is_passing_status(status), "{status}");
        }
    }
}
