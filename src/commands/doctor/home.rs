//! The home folder: that we may write to it, that others may not, and that there is room.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use crate::context::Context;
use crate::host::{access, disk};
use crate::render::doctor::facts::home::Fact;
use crate::render::doctor::finding::{Check, Finding};
use crate::state::StateError;

/// Less room than this is a problem, MiB.
const LEAST_ROOM: u64 = 100;
/// Folders of the home folder that are written to, too.
const WRITTEN: [&str; 4] = ["_resources", "date", "metrics", "logs"];

/// Looks at the home folder; a file that is written to try it is removed again.
pub fn check(context: &Context) -> Vec<Finding> {
    let rights = context.own_folders().into_iter().flat_map(|folder| rights(&folder));
    std::iter::once(writable(context)).chain(rights).chain([room(context.home.path())]).collect()
}

fn writable(context: &Context) -> Finding {
    let below = WRITTEN.iter().map(|name| context.home.join(name));
    let folders = std::iter::once(context.home.path().to_owned()).chain(below);
    let tried = folders.filter(|folder| folder.is_dir()).try_for_each(|folder| {
        try_to_write(&folder).map_err(|source| StateError::Write { path: folder, source })
    });
    match tried {
        Ok(()) => Finding::ok(Check::Home, Fact::Writable(context.home.path().to_owned())),
        Err(error) => Finding::problem(Check::Home, Fact::Unwritable(error)),
    }
}

fn try_to_write(folder: &Path) -> io::Result<()> {
    let path = folder.join(format!("getad-doctor-{}.tmp", std::process::id()));
    let written = File::create_new(&path)?.write_all(b"getad");
    let removed = fs::remove_file(&path);
    written.and(removed)
}

fn rights(folder: &Path) -> Vec<Finding> {
    let folder = folder.to_owned();
    let own = match access::writers(&folder) {
        Err(error) if error.kind() == io::ErrorKind::Unsupported => return Vec::new(),
        Err(error) => {
            let reason = error.to_string();
            Finding::warning(Check::Rights, Fact::RightsUnknown { folder: folder.clone(), reason })
        }
        Ok(writers) if writers.is_empty() => Finding::ok(Check::Rights, Fact::Closed(folder.clone())),
        Ok(writers) => Finding::problem(Check::Rights, Fact::Open { folder: folder.clone(), writers }),
    };
    // `install` only warns of those above, too: they are not ours to close.
    let above = access::replacers_above(&folder).into_iter().next();
    let above =
        above.map(|(folder, writers)| Finding::warning(Check::Rights, Fact::Open { folder, writers }));
    [own].into_iter().chain(above).collect()
}

fn room(folder: &Path) -> Finding {
    match disk::free_space(folder) {
        Ok(bytes) => {
            let mebibytes = bytes / (1024 * 1024);
            let fact = Fact::Room { mebibytes };
            if mebibytes < LEAST_ROOM {
                Finding::problem(Check::Disk, fact)
            } else {
                Finding::ok(Check::Disk, fact)
            }
        }
        Err(error) => Finding::warning(Check::Disk, Fact::RoomUnknown { reason: error.to_string() }),
    }
}
