//! The folders that the tasks run from: what lies there runs as SYSTEM.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::context::Context;
use crate::host::access;
use crate::render::schedule as text;
use crate::render::schedule::outcome::Safety;

/// A folder, and whether ordinary users may write to it.
#[derive(Debug)]
pub struct Folder {
    /// The folder.
    pub path: PathBuf,
    /// What was found and done.
    pub safety: Safety,
    /// A folder above in which others may exchange this one whole, and who may.
    pub above: Option<(PathBuf, Vec<String>)>,
}

impl Folder {
    fn secure(path: PathBuf, keep: bool) -> Self {
        let safety = secure_one(&path, keep);
        let above = access::replacers_above(&path).into_iter().next();
        Self { path, safety, above }
    }

    /// True when ordinary users cannot change what runs from here, or may as was wished. One above
    /// is only warned of: to leave this one open too would make it worse.
    pub fn may_be_run_from(&self) -> bool {
        matches!(self.safety, Safety::Safe | Safety::Restricted { .. } | Safety::Kept { .. })
    }

    /// Its entry of the JSON document.
    pub fn document(&self) -> Value {
        let (state, writers): (_, &[String]) = match &self.safety {
            Safety::Safe => ("safe", &[]),
            Safety::Restricted { writers } => ("restricted", writers),
            Safety::Kept { writers } => ("kept", writers),
            Safety::Misplaced { writers } => ("misplaced", writers),
            Safety::Failed { writers, .. } => ("failed", writers),
            Safety::Unknown { .. } => ("unknown", &[]),
        };
        json!({ "folder": self.path.display().to_string(), "state": state, "writers": writers,
            "above": self.above.as_ref().map(|(folder, _)| folder.display().to_string()) })
    }
}

/// Takes the right to write from ordinary users, unless it is to be kept, and says what it did.
pub fn secure(context: &Context, keep: bool) -> Vec<Folder> {
    let folders: Vec<Folder> =
        context.own_folders().into_iter().map(|path| Folder::secure(path, keep)).collect();
    folders.iter().for_each(|folder| tell(folder, context));
    folders
}

fn secure_one(folder: &Path, keep: bool) -> Safety {
    let writers = match access::writers(folder) {
        Ok(writers) => writers,
        Err(error) => return Safety::Unknown { reason: error.to_string() },
    };
    if writers.is_empty() {
        return Safety::Safe;
    }
    if keep {
        return Safety::Kept { writers };
    }
    if !access::may_be_restricted(folder) {
        return Safety::Misplaced { writers };
    }
    restrict(folder, writers)
}

/// The system is asked again afterwards: not every disk keeps access lists.
fn restrict(folder: &Path, writers: Vec<String>) -> Safety {
    match access::restrict(folder).and_then(|()| access::writers(folder)) {
        Err(error) => Safety::Failed { writers, reason: Some(error.to_string()) },
        Ok(left) if left.is_empty() => Safety::Restricted { writers },
        Ok(left) => Safety::Failed { writers: left, reason: None },
    }
}

fn tell(folder: &Folder, context: &Context) {
    let output = &context.output;
    log::info!("{}: {:?}", folder.path.display(), folder.safety);
    match text::folder(&folder.path, &folder.safety, output.lang) {
        text::Said::Line(line) => output.text(&line),
        text::Said::Warning(message) => output.warning(&message),
    }
    if let Some((above, replacers)) = &folder.above {
        log::warn!("{} may be changed by {replacers:?}", above.display());
        output.warning(&text::misplaced(above, replacers, output.lang));
    }
}
