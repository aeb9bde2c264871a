//! The credentials of a `service.json`, encrypted in place.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use serde_json::{Value, json};

use super::{document, seconds, warn_of_published};
use crate::config::credentials::{Credential, Credentials, Edit, Entry};
use crate::context::Context;
use crate::exit::Exit;
use crate::render::encrypt::{self as text, State};
use crate::render::key_error::{at, token_message};
use crate::secret::{Keys, TokenError};
use crate::state::file;

/// What becomes of an entry. It changes as a whole or not at all.
struct Outcome<'a> {
    entry: &'a Entry,
    state: State,
    edits: Vec<Edit>,
    /// What does not open, by its key; the entry then stays.
    errors: Vec<(&'static str, TokenError)>,
}

/// Encrypts what is plain with the current key, and anew what another key opens. What the current
/// key opens stays as it is, so that a second run changes nothing.
pub fn run(path: &Path, keys: &Keys, context: &Context) -> anyhow::Result<Exit> {
    let _lock = context.lock()?;
    let credentials = Credentials::read(path)?;
    if credentials.entries.is_empty() {
        context.output.error(&text::nothing_in(path, context.output.lang));
        return Ok(Exit::Nothing);
    }
    let now = seconds(context);
    let mut outcomes: Vec<_> =
        credentials.entries.iter().map(|entry| Outcome::of(entry, keys, now)).collect();
    let edits: Vec<Edit> = outcomes.iter_mut().flat_map(|outcome| outcome.edits.drain(..)).collect();
    if !edits.is_empty() {
        file::write_into(path, &credentials.edited(edits), |temporary| create_like(path, temporary))?;
        log::info!("credentials in {} encrypted", path.display());
    }
    warn_of_published(keys, context);
    Ok(report(path, &outcomes, keys, context))
}

impl<'a> Outcome<'a> {
    fn of(entry: &'a Entry, keys: &Keys, now: u64) -> Self {
        let mut outcome = Self { entry, state: State::Kept, edits: Vec::new(), errors: Vec::new() };
        for credential in &entry.values {
            match seal(credential, entry.encrypted, keys, now) {
                Ok(None) => {}
                Ok(Some((state, edit))) => outcome.reach(state, edit),
                Err(error) => outcome.errors.push((credential.key, error)),
            }
        }
        if !entry.encrypted {
            outcome.reach(State::Encrypted, entry.switched_on());
        }
        if !outcome.errors.is_empty() {
            outcome.edits.clear();
        }
        outcome
    }

    fn reach(&mut self, state: State, edit: Edit) {
        self.state = self.state.max(state);
        self.edits.push(edit);
    }

    fn document(&self, context: &Context) -> Value {
        let error = |(key, error): &(&str, TokenError)| {
            let message = token_message(*error, context.output.lang);
            json!({ "key": key, "message": message.what, "hint": message.advice })
        };
        let errors: Vec<Value> = self.errors.iter().map(error).collect();
        let state = if errors.is_empty() { self.state.key() } else { "failed" };
        json!({ "entry": self.entry.name, "state": state, "errors": errors })
    }

    fn tell(&self, context: &Context) {
        let (output, name) = (&context.output, &self.entry.name);
        if self.errors.is_empty() {
            output.text(&text::entry_line(name, self.state, output.lang));
        }
        for (key, error) in &self.errors {
            log::error!("{name}.{key}: {error}");
            output.error(&at(&format!("{name}.{key}"), token_message(*error, output.lang)));
        }
    }
}

/// The token for a value, unless it is one of the current key already. A token that somebody has
/// pasted without saying that it is encrypted is recognised.
fn seal(
    credential: &Credential,
    encrypted: bool,
    keys: &Keys,
    now: u64,
) -> Result<Option<(State, Edit)>, TokenError> {
    let (state, token) = match keys.examine(&credential.value) {
        Ok(opened) if opened.current => return Ok(None),
        Ok(opened) => (State::Renewed, keys.seal(&opened.value, now)),
        Err(TokenError::Damaged) if !encrypted => (State::Encrypted, keys.seal(&credential.value, now)),
        Err(error) => return Err(error),
    };
    Ok(Some((state, credential.replaced_by(&token))))
}

/// Whoever could not read the file before cannot read the new one.
fn create_like(path: &Path, temporary: &Path) -> io::Result<File> {
    let file = File::create(temporary)?;
    if cfg!(unix) {
        file.set_permissions(fs::metadata(path)?.permissions())?;
    }
    Ok(file)
}

fn report(path: &Path, outcomes: &[Outcome<'_>], keys: &Keys, context: &Context) -> Exit {
    outcomes.iter().for_each(|outcome| outcome.tell(context));
    let failed = outcomes.iter().filter(|outcome| !outcome.errors.is_empty()).count();
    let entries: Vec<Value> = outcomes.iter().map(|outcome| outcome.document(context)).collect();
    let rest = json!({ "file": path.display().to_string(), "entries": entries });
    context.output.document(&document(failed == 0, keys, rest));
    Exit::of_parts(outcomes.len() - failed, failed)
}
