//! `config`: makes missing files, checks them, shows what they mean.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::json;

use crate::config::{CONNECT_DEFAULT, CONNECT_FILE, SERVICE_DEFAULT, SERVICE_FILE};
use crate::context::Context;
use crate::exit::Exit;
use crate::render::{config as text, failure};
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

/// Every file is checked, also after one that is broken.
fn check(context: &Context) -> Exit {
    let results = [
        (context.home.join(CONNECT_FILE), context.connect().map(drop)),
        (context.home.join(SERVICE_FILE), context.service().map(drop)),
    ];
    let lang = context.output.lang;
    let mut files = Vec::new();
    let mut exit = Exit::Done;
    for (path, result) in results {
        files.push(json!({ "file": shown(&path), "ok": result.is_ok(), "present": path.exists(),
            "error": result.as_ref().err().map(|error| text::config_message(error, lang).what) }));
        match result {
            Ok(()) => context.output.text(&text::check_line(&path, path.exists(), lang)),
            Err(error) => {
                exit = Exit::Config;
                let error = anyhow::Error::from(error);
                log::error!("{error}");
                context.output.error(&failure::message(&error, lang));
            }
        }
    }
    context.output.document(&json!({ "ok": exit == Exit::Done, "files": files }));
    exit
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
