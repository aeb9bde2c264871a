//! Looks for the wanted registers in the logs that the configuration names.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::ValidateFnArgs;
use super::plan::Entry;
use crate::config::lenient::LogSource;
use crate::config::service::{LogSearch, Validation};
use crate::context::Context;
use crate::host::profiles;
use crate::logsearch::{self, Found, Keys, Pair, driver};
use crate::render::validate::Trouble;
use crate::state::fiscals::Group;

/// Seconds of a day.
const DAY: u64 = 24 * 60 * 60;
/// The name under which the configuration means the folder of iikoFront.
pub const IIKO: &str = "iiko";
/// That folder below the roaming application data.
const IIKO_LOGS: [&str; 3] = ["iiko", "Cashserver", "logs"];

/// What the logs of one brand say.
#[derive(Default)]
pub struct Logs {
    /// The newest pair of each register that has one.
    pub pairs: Vec<Pair>,
    /// Files that were looked at.
    pub searched: usize,
    /// Why a part of them was not.
    pub troubles: Vec<Trouble>,
}

impl Logs {
    /// The newest pair of a register.
    pub fn pair(&self, serial: &str) -> Option<&Pair> {
        self.pairs.iter().find(|pair| pair.serial == serial)
    }

    fn add(&mut self, found: Found) {
        self.searched += found.searched;
        self.troubles.extend(found.problems.into_iter().map(|problem| Trouble::Logs(problem.to_string())));
        for pair in found.pairs {
            log::debug!("{}: FN {} in {}", pair.serial, pair.fn_serial, pair.file.display());
            match self.pairs.iter_mut().find(|other| other.serial == pair.serial) {
                // Without both times nobody knows which is newer: the first source stands.
                Some(other) if pair.time.is_some() && other.time.is_some() && pair.time > other.time => {
                    *other = pair;
                }
                Some(_) => {}
                None => self.pairs.push(pair),
            }
        }
    }
}

/// Searches the logs of a brand for its registers that are due, all of them in one pass.
pub fn search(
    group: Group,
    entries: &[Entry],
    rules: &Validation,
    args: &ValidateFnArgs,
    context: &Context,
) -> Logs {
    let due = entries.iter().filter(|entry| entry.group == group && entry.due);
    let serials: Vec<String> = due.map(|entry| entry.known.serialNumber.clone()).collect();
    let mut logs = Logs::default();
    let (settings, source) = match group {
        Group::Atol => (&rules.atol, rules.atol.source.unwrap_or(LogSource::Both)),
        Group::Mitsu => (&rules.mitsu, LogSource::Pos),
        // The plugin for Shtrih registers has no log settings: their days alone decide.
        Group::Shtrih => return logs,
    };
    if serials.is_empty() || rules.forced {
        return logs;
    }
    let since = changed_since(rules.trigger_days);
    if source != LogSource::Driver {
        match pos(group, settings, since, args, context, &serials) {
            Ok(found) => logs.add(found),
            Err(trouble) => logs.troubles.push(trouble),
        }
    }
    if source != LogSource::Pos {
        logs.add(driver::search(&driver::files(&roaming_folders(), since), &serials));
    }
    if logs.searched > 0 && source == LogSource::Both {
        // One of two sources is enough.
        logs.troubles.retain(|trouble| *trouble != Trouble::NoIiko);
    }
    logs
}

fn changed_since(days: u32) -> SystemTime {
    let span = Duration::from_secs(u64::from(days.max(1)) * DAY);
    SystemTime::now().checked_sub(span).unwrap_or(SystemTime::UNIX_EPOCH)
}

fn pos(
    group: Group,
    settings: &LogSearch,
    since: SystemTime,
    args: &ValidateFnArgs,
    context: &Context,
    serials: &[String],
) -> Result<Found, Trouble> {
    let keys = keys(group, settings)?;
    let folder = match &args.logs_dir {
        Some(folder) => folder.clone(),
        None => configured_folder(settings.logs_dir.as_deref().unwrap_or(IIKO), context.home.path())?,
    };
    let mask = settings.logs_mask_name.as_deref().unwrap_or_default();
    let files =
        logsearch::files(&folder, mask, since).map_err(|problem| Trouble::Logs(problem.to_string()))?;
    log::info!("{}: {} files in {}", group.key(), files.len(), folder.display());
    Ok(logsearch::search(&files, &keys, serials))
}

fn keys(group: Group, settings: &LogSearch) -> Result<Keys, Trouble> {
    let key = |name: &'static str, value: &Option<String>| {
        let value = value.clone().filter(|value| !value.trim().is_empty());
        value.ok_or(Trouble::EmptyKey { group, name })
    };
    Ok(Keys {
        serial: key("serialNumber_key", &settings.serialNumber_key)?,
        fn_number: key("fnNumber_key", &settings.fnNumber_key)?,
        multiline: settings.multiline.unwrap_or(group == Group::Mitsu),
    })
}

/// The folder that `logs_dir` means.
pub fn configured_folder(configured: &str, home: &Path) -> Result<PathBuf, Trouble> {
    if configured.eq_ignore_ascii_case(IIKO) {
        return profiles::roaming_folder(&IIKO_LOGS).ok_or(Trouble::NoIiko);
    }
    Ok(home.join(configured))
}

fn roaming_folders() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> =
        profiles::active().into_iter().chain(profiles::all()).map(|profile| profile.roaming()).collect();
    folders.sort();
    folders.dedup();
    folders
}
