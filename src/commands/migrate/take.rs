//! Takes one file over: reads it, makes sure that it is whole, puts it in its place if that is free.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use serde_json::{Map, Value};

use super::find::{Item, Sort};
use crate::commands::workstation;
use crate::config::connect::ConnectFile;
use crate::config::{CONNECT_DEFAULT, ConfigError, SERVICE_DEFAULT, Service, load};
use crate::context::Context;
use crate::host::{access, identity};
use crate::render::migrate::outcome::{State, Trouble};
use crate::schedule::REBOOT_FILE;
use crate::state::fiscals::Fiscals;
use crate::state::{StateError, file};

/// Largest file that is taken, bytes: ATOL's library has some 20 MB.
const SIZE_LIMIT: u64 = 256 * 1024 * 1024;

/// Looks whether a file is whole, where it is.
pub fn check(item: &Item, from: &Path) -> State {
    content(item, from).map_or_else(State::Failed, |_| State::Here)
}

/// Copies a file, unless there is one of ours in its place.
pub fn take(item: &Item, from: &Path, context: &Context) -> State {
    try_to_take(item, from, context).unwrap_or_else(State::Failed)
}

fn try_to_take(item: &Item, from: &Path, context: &Context) -> Result<State, Trouble> {
    let theirs = content(item, from)?;
    let to = context.home.join(&item.name);
    let state = match existing(&to)? {
        None => State::Taken,
        Some(ours) if same(item.sort, &ours, &theirs, context) => return Ok(State::Same),
        Some(ours) if is_shipped(item.sort, &ours) => State::Replaced,
        Some(_) => return Ok(State::Kept),
    };
    write(item.sort, &to, &theirs)?;
    Ok(state)
}

/// Ordinary users may read what lies here, but not the key.
fn write(sort: Sort, to: &Path, content: &[u8]) -> Result<(), StateError> {
    match sort {
        Sort::Key => file::write_bytes(to, content, access::create_private),
        _ => file::write_bytes(to, content, |temporary| File::create(temporary)),
    }
}

fn content(item: &Item, from: &Path) -> Result<Vec<u8>, Trouble> {
    let path = from.join(&item.name);
    let content = read(&path).map_err(|source| StateError::Read { path: path.clone(), source })?;
    if content.len() as u64 > SIZE_LIMIT {
        return Err(Trouble::TooLarge { path, limit: SIZE_LIMIT });
    }
    if content.trim_ascii().is_empty() {
        return Err(Trouble::Empty { path });
    }
    understand(item.sort, &path)?;
    Ok(content)
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    File::open(path)?.take(SIZE_LIMIT + 1).read_to_end(&mut content)?;
    Ok(content)
}

fn understand(sort: Sort, path: &Path) -> Result<(), ConfigError> {
    match sort {
        Sort::Connect => load::read::<ConnectFile>(path).map(drop),
        Sort::Service => load::read::<Service>(path).map(drop),
        Sort::Fiscals => load::read::<Fiscals>(path).map(drop),
        Sort::Record => load::read::<Map<String, Value>>(path).map(drop),
        _ => Ok(()),
    }
}

fn existing(path: &Path) -> Result<Option<Vec<u8>>, StateError> {
    match read(path) {
        Ok(content) => Ok(Some(content)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        // Something else than a file has that name.
        Err(_) if fs::metadata(path).is_ok_and(|metadata| metadata.is_dir()) => Ok(Some(Vec::new())),
        Err(source) => Err(StateError::Read { path: path.to_owned(), source }),
    }
}

/// True when two files say the same: how they are laid out does not matter, nor in what the
/// identity is wrapped.
fn same(sort: Sort, ours: &[u8], theirs: &[u8], context: &Context) -> bool {
    ours == theirs
        || match sort {
            Sort::Connect | Sort::Service | Sort::Fiscals | Sort::Record => same_json(ours, theirs),
            Sort::Uuid => same_identity(ours, theirs, context),
            _ => false,
        }
}

fn same_json(ours: &[u8], theirs: &[u8]) -> bool {
    json(ours).is_some_and(|ours| Some(ours) == json(theirs))
}

fn same_identity(ours: &[u8], theirs: &[u8], context: &Context) -> bool {
    let held = |bytes| identity::stored(text(bytes)?, |token| workstation::open(token, context));
    held(ours).is_some_and(|ours| Some(ours) == held(theirs))
}

/// True when ours is what is shipped, or knows nothing: nobody has put anything into it yet.
fn is_shipped(sort: Sort, ours: &[u8]) -> bool {
    match sort {
        Sort::Connect => same_json(ours, CONNECT_DEFAULT.as_bytes()),
        Sort::Service => same_json(ours, SERVICE_DEFAULT.as_bytes()),
        Sort::RebootFile => ours == REBOOT_FILE.as_bytes(),
        Sort::Fiscals => text(ours).is_some_and(knows_nothing),
        _ => false,
    }
}

fn knows_nothing(text: &str) -> bool {
    serde_json::from_str::<Fiscals>(text).is_ok_and(|fiscals| fiscals == Fiscals::default())
}

fn text(bytes: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(bytes).ok()?;
    Some(text.trim_start_matches('\u{feff}'))
}

fn json(bytes: &[u8]) -> Option<Value> {
    serde_json::from_str(text(bytes)?).ok()
}
