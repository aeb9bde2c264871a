//! `_resources/delivery.json`: what each server has accepted last, and what went wrong since. It informs people; every
//! record is sent every time, whatever stands here.

use std::collections::BTreeMap;

use chrono::NaiveDateTime;
use serde::{Deserialize, Serialize};

use super::loaded::{self, Loaded, is_form};
use super::record::time;
use super::{Home, StateError, file};

/// Name of the file in `_resources`.
pub const FILE_NAME: &str = "delivery.json";
/// Version of the form; a reader refuses others.
const FORM: u32 = 1;

/// What has been delivered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ledger {
    form: u32,
    /// The servers, in the order in which they were met.
    pub servers: Vec<Server>,
}

/// A server. Its address may hold a key, so that only the host and a hash of the address are kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    /// Host, with the port if one is named.
    pub host: String,
    /// Beginning of the address's hash: two paths on one host are two servers.
    pub id: String,
    /// Files in `date`, by name.
    pub files: BTreeMap<String, Delivered>,
}

/// A file at a server.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Delivered {
    /// When it was accepted last, local time.
    pub accepted_at: Option<String>,
    /// SHA-256 of what was accepted.
    pub sha256: Option<String>,
    /// When it failed last, if that was after it was accepted.
    pub failed_at: Option<String>,
    /// Why.
    pub error: Option<String>,
}

impl Default for Ledger {
    fn default() -> Self {
        Self { form: FORM, servers: Vec::new() }
    }
}

impl Ledger {
    /// Reads the file. Nothing is known when it is missing or broken; with `repair` a broken one is set aside.
    ///
    /// # Errors
    /// [`StateError`] when it cannot be read or moved.
    pub fn load(home: &Home, repair: bool, now: NaiveDateTime) -> Result<Loaded<Self>, StateError> {
        let check = |ledger: &Self| is_form(ledger.form, FORM);
        loaded::load(&home.resource(FILE_NAME), check, repair, now)
    }

    /// Writes the file.
    ///
    /// # Errors
    /// [`StateError::Write`].
    pub fn save(&self, home: &Home) -> Result<(), StateError> {
        file::write(&home.resource(FILE_NAME), &file::json_text(self))
    }

    /// The entry of a server.
    pub fn server(&mut self, host: &str, id: &str) -> &mut Server {
        let same = |server: &Server| server.host == host && server.id == id;
        let index = self.servers.iter().position(same).unwrap_or_else(|| {
            let (host, id) = (host.to_owned(), id.to_owned());
            self.servers.push(Server { host, id, files: BTreeMap::new() });
            self.servers.len() - 1
        });
        &mut self.servers[index]
    }

    /// Forgets servers that are not there any more, by host and hash.
    pub fn keep_servers(&mut self, known: &[(String, String)]) {
        self.servers.retain(|server| known.iter().any(|(host, id)| *host == server.host && *id == server.id));
    }
}

impl Server {
    /// A file was accepted.
    pub fn accepted(&mut self, file: &str, sha256: &str, at: NaiveDateTime) {
        let delivered = Delivered {
            accepted_at: Some(time(Some(at))),
            sha256: Some(sha256.to_owned()),
            ..Delivered::default()
        };
        self.files.insert(file.to_owned(), delivered);
    }

    /// A file was not accepted.
    pub fn failed(&mut self, file: &str, error: &str, at: NaiveDateTime) {
        let delivered = self.files.entry(file.to_owned()).or_default();
        delivered.failed_at = Some(time(Some(at)));
        delivered.error = Some(error.to_owned());
    }

    /// Forgets files that are not there any more.
    pub fn keep_files(&mut self, known: &[String]) {
        self.files.retain(|file, _| known.contains(file));
    }

    /// How many files it has not accepted since they failed.
    #[must_use]
    pub fn not_accepted(&self) -> usize {
        self.failures().count()
    }

    /// The file that failed last.
    #[must_use]
    pub fn last_failure(&self) -> Option<&Delivered> {
        self.failures().max_by_key(|delivered| delivered.failed_at.as_deref())
    }

    fn failures(&self) -> impl Iterator<Item = &Delivered> {
        self.files.values().filter(|delivered| delivered.failed_at.is_some())
    }

    /// When this server accepted anything last, local time.
    #[must_use]
    pub fn last_accepted(&self) -> Option<&str> {
        self.files.values().filter_map(|delivered| delivered.accepted_at.as_deref()).max()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_keeps_what_was_accepted_and_acceptance_clears_it() {
        let at = NaiveDateTime::default();
        let mut ledger = Ledger::default();
        ledger.server("h", "1").accepted("a.json", "ff", at);
        ledger.server("h", "1").failed("a.json", "status 500", at);
        let delivered = &ledger.servers[0].files["a.json"];
        assert_eq!(
            (delivered.sha256.as_deref(), delivered.error.as_deref()),
            (Some("ff"), Some("status 500"))
        );
        ledger.server("h", "1").accepted("a.json", "fe", at);
        assert_eq!(ledger.servers[0].files["a.json"].error, None);
        assert_eq!(ledger.servers[0].last_accepted(), Some("1970-01-01 00:00:00"));
    }

    #[test]
    fn two_paths_on_a_host_are_two_servers() {
        let mut ledger = Ledger::default();
        ledger.server("h", "1").failed("a.json", "x", NaiveDateTime::default());
        ledger.server("h", "2").failed("b.json", "x", NaiveDateTime::default());
        assert_eq!(ledger.servers.len(), 2);
        ledger.keep_servers(&[("h".to_owned(), "2".to_owned())]);
        ledger.servers[0].keep_files(&[]);
        assert_eq!((ledger.servers[0].id.as_str(), ledger.servers[0].files.len()), ("2", 0));
    }
}
