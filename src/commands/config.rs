//! `config`: makes missing files, checks them, shows what they mean.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::{alerts, own_program::is_fit};
use crate::config::lenient::TargetTime;
use crate::config::{
    CONNECT_DEFAULT, CONNECT_FILE, ConfigError, Connect, SERVICE_DEFAULT, SERVICE_FILE, Service, keys, load,
};
use crate::context::Context;
use crate::delivery::zabbix as trapper;
use crate::exit::Exit;
use crate::kkt::Brand;
use crate::logging;
use crate::render::metrics::bad_server;
use crate::render::update::unfit_name;
use crate::render::{Message, config as text, read_error};
use crate::state::file;

/// Arguments of `config`.
#[derive(Debug, Args)]
pub struct ConfigArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Clone, Copy, Subcommand)]
enum Action {
    /// Write the files that are missing, with default values
    Init,
    /// Check the files, change nothing
    Check,
    /// Show the effective configuration, secrets masked
    Show,
}

/// Makes, checks or shows the configuration.
///
/// # Errors
/// When a file cannot be used or written.
pub fn run(args: &ConfigArgs, context: &Context) -> anyhow::Result<Exit> {
    match args.action {
        Action::Init => init(context),
        Action::Check => Ok(check(context)),
        Action::Show => show(context),
    }
}

fn init(context: &Context) -> anyhow::Result<Exit> {
    let _lock = context.lock()?;
    let mut written = Vec::new();
    for (name, content) in [(CONNECT_FILE, CONNECT_DEFAULT), (SERVICE_FILE, SERVICE_DEFAULT)] {
        let path = context.home.join(name);
        let missing = !path.exists();
        if missing {
            file::write(&path, content)?;
            log::info!("{} written with default values", path.display());
            written.push(name);
        }
        context.output.text(&text::init_line(&path, missing, context.output.lang));
    }
    context.output.document(&json!({ "ok": true, "written": written }));
    Ok(Exit::Done)
}

/// Every file is checked, also after one that is broken. What is wrong in an entry makes the
/// code 3 as well; what merely falls back to a default is a warning.
fn check(context: &Context) -> Exit {
    let checked = [
        Checked::new(CONNECT_FILE, context, context.connect().map(|connect| faults(&connect, context))),
        Checked::new(SERVICE_FILE, context, context.service().map(|service| doubts(&service, context))),
    ];
    let broken = checked.iter().any(|file| !file.errors.is_empty());
    checked.iter().for_each(|file| file.show(context));
    let files: Vec<_> = checked.iter().map(Checked::document).collect();
    context.output.document(&json!({ "ok": !broken, "files": files }));
    if broken { Exit::Config } else { Exit::Done }
}

/// A file with what is wrong in it.
struct Checked {
    path: PathBuf,
    errors: Vec<Message>,
    warnings: Vec<Message>,
}

impl Checked {
    fn new(name: &str, context: &Context, result: Result<(Vec<Message>, Vec<Message>), ConfigError>) -> Self {
        let path = context.home.join(name);
        let broken = |error: ConfigError| {
            log::error!("{error}");
            (vec![text::config_message(&error, context.output.lang)], Vec::new())
        };
        let (errors, mut warnings) = result.unwrap_or_else(broken);
        if errors.is_empty() {
            warnings.extend(unknown_keys(name, context));
        }
        Self { path, errors, warnings }
    }

    fn show(&self, context: &Context) {
        let output = &context.output;
        self.errors.iter().for_each(|error| output.error(error));
        self.warnings.iter().for_each(|warning| output.warning(warning));
        if self.errors.is_empty() {
            output.text(&text::check_line(&self.path, self.path.exists(), output.lang));
        }
    }

    fn document(&self) -> Value {
        let texts =
            |messages: &[Message]| messages.iter().map(|message| message.what.clone()).collect::<Vec<_>>();
        json!({ "file": shown(&self.path), "present": self.path.exists(), "ok": self.errors.is_empty(),
            "errors": texts(&self.errors), "warnings": texts(&self.warnings) })
    }
}

/// Keys that nobody reads, in a file that can be read.
fn unknown_keys(name: &str, context: &Context) -> Vec<Message> {
    let tree = load::read_tree(&context.home.join(name)).ok().flatten().unwrap_or_default();
    keys::unknown(name, &tree).iter().map(|key| text::unknown_key(name, key, context.output.lang)).collect()
}

/// Entries that lack what their connection type needs.
fn faults(connect: &Connect, context: &Context) -> (Vec<Message>, Vec<Message>) {
    let faults = Brand::ALL.into_iter().flat_map(|brand| &connect.plan(brand).faults);
    (faults.map(|fault| read_error::message(fault, context.output.lang)).collect(), Vec::new())
}

/// Values for which a default stands in.
pub fn doubts(service: &Service, context: &Context) -> (Vec<Message>, Vec<Message>) {
    let lang = context.output.lang;
    let level = &service.service.log_level;
    let unknown_level = logging::level(level).is_none().then(|| text::unknown_level(level, lang));
    let unclear_time =
        (service.validation_fn.target_time == TargetTime::Unclear).then(|| text::unclear_time(lang));
    let updater = service.service.updater_name.trim();
    let unfit_updater = (!is_fit(updater)).then(|| unfit_name(updater, lang));
    let servers = trapper::servers(service.zabbix.server.as_deref().unwrap_or_default());
    let no_servers = servers.iter().filter_map(|server| Some(bad_server(server.as_ref().err()?, lang)));
    let no_bot = service.notification.enabled.then(|| alerts::bot(context, &service.notification).err());
    let no_bot = no_bot.flatten().map(|error| error.message(lang));
    let doubts = unknown_level.into_iter().chain(unclear_time).chain(unfit_updater);
    (Vec::new(), doubts.chain(no_servers).chain(no_bot).collect())
}

fn shown(path: &std::path::Path) -> String {
    path.display().to_string()
}

fn show(context: &Context) -> anyhow::Result<Exit> {
    let (connect, service) = (context.connect()?, context.service()?);
    let files: Vec<PathBuf> = [CONNECT_FILE, SERVICE_FILE].map(|name| context.home.join(name)).into();
    let document = json!({ "home": shown(context.home.path()), "connect": connect, "service": service });
    for path in files {
        context.output.text(&text::check_line(&path, path.exists(), context.output.lang));
    }
    context.output.text(&file::json_text(&document));
    context.output.document(&document);
    Ok(Exit::Done)
}
