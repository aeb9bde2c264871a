//! A key of one's own.

use std::path::{Path, PathBuf};

use serde_json::json;

use crate::context::{Context, KEY_FILE};
use crate::exit::Exit;
use crate::host::access;
use crate::render::encrypt::{self as text, EncryptError};
use crate::render::key_error::key_message;
use crate::secret::{KeyPlace, keys};
use crate::state::file;

/// Makes a key in the file, else in that of the home folder. One that exists is never replaced:
/// what it has encrypted would be lost.
pub fn run(file: Option<&Path>, context: &Context) -> anyhow::Result<Exit> {
    let _lock = context.lock()?;
    let path = file.map_or_else(
        || context.home.resource(KEY_FILE),
        |path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned()),
    );
    if path.symlink_metadata().is_ok() {
        anyhow::bail!(EncryptError::KeyExists { path });
    }
    file::write_into(&path, &format!("{}\n", keys::generate().expose()), access::create_private)?;
    log::info!("a new key is in {}", path.display());
    context.output.text(&text::key_made(&path, file.is_none(), context.output.lang));
    context.output.document(&json!({ "ok": true, "file": path.display().to_string() }));
    if file.is_none() {
        warn_of_others(path, context);
    }
    Ok(Exit::Done)
}

/// A key of the environment would be taken instead of the new one.
fn warn_of_others(path: PathBuf, context: &Context) {
    let lang = context.output.lang;
    match context.keys() {
        Err(error) => context.output.warning(&key_message(&error, lang)),
        Ok(keys) if *keys.place() != KeyPlace::File(path) => {
            context.output.warning(&text::outranked(keys.place(), lang));
        }
        Ok(_) => {}
    }
}
