//! What is ours and must survive the plugin.
//!
//! It knows some keys of `connect.json` only, and writes the file anew without all others; it
//! removes records whose names are no numbers; and when it is killed it may be writing.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::config::{CONNECT_DEFAULT, CONNECT_FILE, SERVICE_FILE, load};
use crate::context::Context;
use crate::render::Message;
use crate::render::failure::state_message;
use crate::state::plugin::Snapshot;
use crate::state::{StateError, file};

/// The files before the plugin ran.
pub struct Kept {
    /// When records were written.
    pub records: Snapshot,
    removable: Vec<(PathBuf, String)>,
    configuration: Vec<(PathBuf, Option<String>)>,
}

impl Kept {
    /// The files as they are now.
    pub fn now(context: &Context) -> Self {
        let configuration = [CONNECT_FILE, SERVICE_FILE].map(|name| {
            let path = context.home.join(name);
            let text = fs::read_to_string(&path).ok();
            (path, text)
        });
        let records = context.home.records();
        Self {
            records: Snapshot::of(&records),
            removable: removable(&records),
            configuration: configuration.into(),
        }
    }

    /// Brings back what is lost; what could not be brought back is said.
    pub fn restore(&self, context: &Context) -> Vec<Message> {
        let removed = self.removable.iter().filter(|(path, _)| !path.exists());
        let records = removed.map(|(path, text)| {
            log::warn!("plugin: {} was removed and is brought back", path.display());
            file::write(path, text)
        });
        let configuration = self.configuration.iter().map(|(path, before)| {
            let default = if path.ends_with(CONNECT_FILE) { Some(CONNECT_DEFAULT) } else { None };
            settle(path, before.as_deref(), default, context)
        });
        let failed = records.chain(configuration).filter_map(Result::err);
        failed
            .map(|error| {
                log::error!("{error}");
                state_message(&error, context.output.lang)
            })
            .collect()
    }
}

/// Records of registers that the plugin takes for something else. Those of the workstation are
/// made anew anyway.
fn removable(records: &Path) -> Vec<(PathBuf, String)> {
    let at_risk = |path: &PathBuf| {
        let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        !stem.starts_with("TV") && !stem.bytes().all(|byte| byte.is_ascii_digit())
    };
    let paths = file::json_files(records).unwrap_or_default().into_iter().filter(at_risk);
    paths.filter_map(|path| fs::read_to_string(&path).ok().map(|text| (path, text))).collect()
}

/// A file that the plugin broke is set aside and has its old content again; in one that it wrote
/// anew its changes stay and what it left out comes back.
fn settle(
    path: &Path,
    before: Option<&str>,
    default: Option<&str>,
    context: &Context,
) -> Result<(), StateError> {
    let after = fs::read_to_string(path).ok();
    if after.as_deref() == before {
        return Ok(());
    }
    let Some(before) = before.or(default) else { return Ok(()) };
    let bare = before.trim_start_matches('\u{feff}');
    let Ok(ours) = load::parse::<Map<String, Value>>(path, bare) else { return Ok(()) };
    let theirs = after.map(|after| load::parse::<Map<String, Value>>(path, &after));
    let theirs = match theirs {
        Some(Ok(theirs)) => theirs,
        Some(Err(error)) => {
            let aside = file::set_aside(path, context.now())?;
            log::warn!(
                "plugin: {error}; the file is kept as {}, the old content stands again",
                aside.display()
            );
            return file::write(path, before);
        }
        None => {
            log::warn!("plugin: {} was removed and is brought back", path.display());
            return file::write(path, before);
        }
    };
    let merged = merged(&ours, &theirs);
    if merged == theirs && merged.keys().eq(theirs.keys()) {
        return Ok(());
    }
    log::info!("plugin: {} was written anew, what is ours stays in it", path.display());
    file::write(path, &load::tree_text(&Value::Object(merged)))
}

/// Our keys in our order, each with its newer value unless that is none; then the keys that are new.
fn merged(ours: &Map<String, Value>, theirs: &Map<String, Value>) -> Map<String, Value> {
    let mut merged = ours.clone();
    for (key, value) in theirs {
        let known = ours.get(key);
        if known.is_none() || !value.is_null() && known != Some(value) {
            merged.insert(key.clone(), value.clone());
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_left_out_comes_back_and_what_was_added_stays() {
        let parse = |text: &str| serde_json::from_str::<Map<String, Value>>(text).expect("valid");
        let ours = parse(r#"{"tcp_timeout":30,"atol":[{"b":1,"a":2}],"mitsu":[{}],"shtrih":[]}"#);
        let theirs = parse(r#"{"timeout_to_ip_port":0,"shtrih":[7],"atol":[{"a":2,"b":1}],"mitsu":null}"#);
        let merged = serde_json::to_string(&merged(&ours, &theirs)).expect("text");
        assert_eq!(
            merged,
            r#"{"tcp_timeout":30,"atol":[{"b":1,"a":2}],"mitsu":[{}],"shtrih":[7],"timeout_to_ip_port":0}"#
        );
    }
}
