//! How much patience a server gets over many records. Pure.
//!
//! Every record starts with all attempts. When one has used them up in vain, the next ones get a single attempt each
//! until the server has dealt with one, so that hundreds of records do not wait for hours. A server that fails
//! several times in a row in a way that has nothing to do with the records is left alone.

use super::http::HttpError;
use super::retry::{Policy, is_passing_error, is_passing_status};

/// Failures in a row that end the patience.
const MOST_IN_A_ROW: u32 = 3;

/// What a failure says about the records to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Nothing: it may be about this record.
    Record,
    /// They will probably fail too.
    Server,
    /// They will fail too: a setting is wrong.
    Settings,
}

impl Reach {
    /// What a status that refuses says.
    #[must_use]
    pub fn of_status(status: u16) -> Self {
        match status {
            401 | 403..=405 | 407 | 429 | 502..=504 => Self::Server,
            _ => Self::Record,
        }
    }

    /// What a missing answer says.
    #[must_use]
    pub fn of_error(error: &HttpError) -> Self {
        match error {
            // A server that finds a record too long may answer like this.
            HttpError::Interrupted(_) => Self::Record,
            HttpError::Nonsense(_) => Self::Server,
            error if is_passing_error(error) => Self::Server,
            _ => Self::Settings,
        }
    }
}

/// The patience with one server.
#[derive(Debug)]
pub struct Patience {
    policy: Policy,
    used_up: bool,
    in_a_row: u32,
    over: bool,
}

impl Patience {
    /// All of it.
    #[must_use]
    pub fn new(policy: Policy) -> Self {
        Self { policy, used_up: false, in_a_row: 0, over: false }
    }

    /// How often the next record is tried.
    #[must_use]
    pub fn policy(&self) -> Policy {
        if self.used_up { Policy { max_attempts: 1, ..self.policy } } else { self.policy }
    }

    /// True when the rest of the records is not worth trying.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.over
    }

    /// A record was accepted.
    pub fn accepted(&mut self) {
        *self = Self::new(self.policy);
    }

    /// A record was refused with this status, for good or after its last attempt.
    pub fn refused(&mut self, status: u16) {
        self.failed(Reach::of_status(status), is_passing_status(status));
    }

    /// There was no answer, for good or after the last attempt.
    pub fn unanswered(&mut self, error: &HttpError) {
        self.failed(Reach::of_error(error), is_passing_error(error));
    }

    fn failed(&mut self, reach: Reach, passing: bool) {
        self.used_up = passing || (self.used_up && reach != Reach::Record);
        self.in_a_row = if reach == Reach::Record { 0 } else { self.in_a_row + 1 };
        self.over |= reach == Reach::Settings || self.in_a_row >= MOST_IN_A_ROW;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn patience() -> Patience {
        Patience::new(Policy { max_attempts: 5, delay: Duration::from_secs(2) })
    }

    #[test]
    fn used_up_attempts_leave_one_until_the_server_deals_with_a_record() {
        let mut patience = patience();
        patience.refused(500);
        assert_eq!(patience.policy().max_attempts, 1);
        patience.accepted();
        assert_eq!(patience.policy().max_attempts, 5);
        patience.unanswered(&HttpError::Timeout);
        patience.refused(400);
        assert_eq!(patience.policy().max_attempts, 5);
    }

    #[test]
    fn three_failures_of_the_server_in_a_row_end_it() {
        let mut patience = patience();
        for _ in 0..2 {
            patience.unanswered(&HttpError::ConnectTimeout);
        }
        patience.accepted();
        patience.refused(403);
        patience.refused(503);
        assert!(!patience.is_over());
        patience.unanswered(&HttpError::HostUnknown);
        assert!(patience.is_over());
    }

    #[test]
    fn records_that_are_refused_do_not_end_it() {
        let mut patience = patience();
        for status in [400, 422, 500, 413, 409, 500] {
            patience.refused(status);
            patience.unanswered(&HttpError::Interrupted(String::new()));
        }
        assert!(!patience.is_over());
    }

    #[test]
    fn a_wrong_setting_ends_it_at_once() {
        let mut patience = patience();
        patience.unanswered(&HttpError::HeaderUnfit);
        assert!(patience.is_over());
    }
}
