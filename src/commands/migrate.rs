//! `migrate`: takes over an installation of the predecessor. Its files are copied and stay where they are; what is
//! here already is not overwritten, so it can be run as often as one likes.

mod find;
mod service;
mod take;

use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::Args;
use serde_json::{Value, json};

use self::find::{Item, Sort};
use crate::config::{SERVICE_FILE, Service, load};
use crate::context::{Context, KEY_FILE};
use crate::exit::Exit;
use crate::host;
use crate::render::Message;
use crate::render::migrate::outcome::{Left, Removal, Removed, State};
use crate::render::migrate::{self as text, MigrateError};

/// Arguments of `migrate`.
#[derive(Debug, Args)]
pub struct MigrateArgs {
    /// Folder of the predecessor: getad-service or POSRelayd
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Stop and delete the predecessor's service
    #[arg(long)]
    remove_service: bool,
}

/// What became of a file.
struct Outcome {
    item: Item,
    state: State,
}

impl Outcome {
    fn is_failure(&self) -> bool {
        matches!(self.state, State::Failed(_))
    }

    /// True when getad works with the predecessor's content now.
    fn is_ours(&self) -> bool {
        !matches!(self.state, State::Failed(_) | State::Kept)
    }
}

/// Copies the files, then looks after the service: should nothing be copied, the predecessor goes on.
///
/// # Errors
/// When there is no such folder or another getad holds the lock.
pub fn run(args: &MigrateArgs, context: &Context) -> anyhow::Result<Exit> {
    let from = std::path::absolute(&args.folder).unwrap_or_else(|_| args.folder.clone());
    if !from.is_dir() {
        bail!(MigrateError::NoFolder { folder: from });
    }
    let in_place = same_folder(&from, context.home.path());
    let outcomes = take_all(&from, in_place, context)?;
    let left = if in_place { Vec::new() } else { find::left(&from, outcomes.iter().map(|done| &done.item)) };
    outcomes.iter().for_each(|done| tell(done, context));
    let failed = outcomes.iter().filter(|done| done.is_failure()).count();
    let nothing_taken = failed > 0 && failed == outcomes.len();
    let known = (!outcomes.is_empty()).then_some(from.as_path());
    let services = service::settle(args.remove_service, nothing_taken, known);
    services.iter().for_each(|service| tell_of_service(service, context));
    tell_of_rest(&left, &outcomes, context);
    let notes = notes(&from, &outcomes, in_place, context);
    notes.iter().for_each(|note| context.output.warning(note));

    let exit = exit(&outcomes, failed, &services);
    context.output.document(&json!({
        "ok": exit == Exit::Done, "from": shown(&from), "home": shown(context.home.path()), "in_place": in_place,
        "files": outcomes.iter().map(|done| entry(done, context)).collect::<Vec<_>>(),
        "services": services.iter().map(|service| service.document(context.output.lang)).collect::<Vec<_>>(),
        "left": left.iter().map(Left::document).collect::<Vec<_>>(),
        "notes": notes.into_iter().map(|note| note.what).collect::<Vec<_>>(),
    }));
    Ok(exit)
}

/// Links and spellings do not make two folders of one.
fn same_folder(one: &Path, other: &Path) -> bool {
    match (one.canonicalize(), other.canonicalize()) {
        (Ok(one), Ok(other)) => one == other,
        _ => one == other,
    }
}

fn take_all(from: &Path, in_place: bool, context: &Context) -> anyhow::Result<Vec<Outcome>> {
    let items = find::items(from);
    if in_place {
        let check = |item: Item| Outcome { state: take::check(&item, from), item };
        return Ok(items.into_iter().map(check).collect());
    }
    if items.is_empty() {
        return Ok(Vec::new());
    }
    let _lock = context.lock()?;
    let take = |item: Item| Outcome { state: take::take(&item, from, context), item };
    Ok(items.into_iter().map(take).collect())
}

fn tell(done: &Outcome, context: &Context) {
    log::info!("{}: {}", done.item.name.display(), done.state.key());
    context.output.text(&text::file_line(&done.item.name, &done.state, context.output.lang));
    if let State::Failed(trouble) = &done.state {
        log::error!("{trouble}");
        context.output.error(&text::trouble(trouble, context.output.lang));
    }
}

fn tell_of_service(service: &Removed, context: &Context) {
    log::info!("service {}: {}", service.name.as_deref().unwrap_or("?"), service.outcome.key());
    match text::service(service, context.output.lang) {
        text::Said::Line(line) => context.output.text(&line),
        text::Said::Warning(message) => context.output.warning(&message),
        text::Said::Error(message) => context.output.error(&message),
    }
}

/// What was left where it is, and what to do next.
fn tell_of_rest(left: &[Left], outcomes: &[Outcome], context: &Context) {
    let lang = context.output.lang;
    if !left.is_empty() {
        context.output.text(&text::left(left, lang));
    }
    if outcomes.iter().any(Outcome::is_ours) {
        context.output.text(text::next_steps(lang));
    }
}

/// What the user has to decide or to look at.
fn notes(from: &Path, outcomes: &[Outcome], in_place: bool, context: &Context) -> Vec<Message> {
    let lang = context.output.lang;
    let names = |wanted: &dyn Fn(&Outcome) -> bool| -> Vec<&Path> {
        outcomes.iter().filter(|done| wanted(done)).map(|done| done.item.name.as_path()).collect()
    };
    let kept = names(&|done| matches!(done.state, State::Kept));
    let programs =
        names(&|done| done.item.sort.runs() && matches!(done.state, State::Taken | State::Replaced));
    let updaters = names(&|done| done.item.sort == Sort::Updater && done.is_ours());
    let settings = outcomes.iter().find(|done| done.item.sort == Sort::Service && done.is_ours());
    let sealed = settings.is_some() && is_sealed(context);
    let open = !in_place && !programs.is_empty() && host::folder_is_writable_by_others(from);
    [
        outcomes.is_empty().then(|| text::nothing_there(from, lang)),
        (!kept.is_empty()).then(|| text::kept(&kept, context.home.path(), lang)),
        open.then(|| text::open_folder(from, &programs, lang)),
        (!updaters.is_empty()).then(|| text::updater(lang)),
        sealed.then(|| text::sealed(&context.home.resource(KEY_FILE), lang)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// True when the configuration holds encrypted values that no key opens.
fn is_sealed(context: &Context) -> bool {
    let Ok(Some(service)) = load::read::<Service>(&context.home.join(SERVICE_FILE)) else { return false };
    let bot = &service.notification.authentication;
    let servers = service.sending_data.url_list.iter();
    let values =
        servers.flat_map(|server| [(server.encryption, &server.url), (server.encryption, &server.api_key)]);
    let values = values.chain([(bot.encryption, &bot.bot_token), (bot.encryption, &bot.chat_id)]);
    let keys = context.keys();
    values
        .filter(|(encrypted, value)| *encrypted && !value.is_blank())
        .any(|(_, value)| keys.as_ref().map_or(true, |keys| keys.open(value).is_err()))
}

fn exit(outcomes: &[Outcome], failed: usize, services: &[Removed]) -> Exit {
    let removed = services.iter().filter(|service| matches!(service.outcome, Removal::Removed)).count();
    let stayed = services.iter().filter(|service| matches!(service.outcome, Removal::Failed(_))).count();
    Exit::of_parts(outcomes.len() - failed + removed, failed + stayed)
}

fn entry(done: &Outcome, context: &Context) -> Value {
    let error = match &done.state {
        State::Failed(trouble) => Some(text::trouble(trouble, context.output.lang).what),
        _ => None,
    };
    json!({ "file": shown(&done.item.name), "state": done.state.key(), "error": error })
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}
