//! The subcommands, a file each: arguments, plan, calls, report. Only here are the other modules
//! combined, and only here is `anyhow` used.

mod alerts;
pub mod completions;
pub mod config;
pub mod doctor;
pub mod encrypt;
pub mod explain;
pub mod install;
mod known;
pub mod metrics;
pub mod migrate;
pub mod notify;
mod own_program;
pub mod probe;
pub mod reboot_kkt;
mod restart;
pub mod run;
pub mod schedule_reboot;
pub mod send;
pub mod status;
pub mod uninstall;
pub mod update;
pub mod validate_fn;
mod worker;
mod workstation;

use std::env;

use clap::{CommandFactory, FromArgMatches};

use crate::cli::global::GlobalArgs;
use crate::cli::{Cli, Command};
use crate::config::ConfigError;
use crate::context::{self, Context, language};
use crate::exit::Exit;
use crate::render::telegram::Unusable;
use crate::render::{Complaint, Lang, Output, failure, help};
use crate::secret::KeyError;
use crate::state::StateError;

/// Runs the command line of this process.
#[must_use]
pub fn main() -> Exit {
    let lang = context::language_of_arguments(env::args_os());
    let matches = help::localized(Cli::command(), lang).try_get_matches();
    let cli = match matches.and_then(|matches| Cli::from_arg_matches(&matches)) {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    match cli.command {
        None => {
            Output::plain(lang).aside(&render_help(lang));
            Exit::Usage
        }
        Some(Command::Worker) => worker::run(),
        Some(command) => run_in_context(&cli.global, &command),
    }
}

fn render_help(lang: Lang) -> String {
    help::localized(Cli::command(), lang).render_help().to_string()
}

fn run_in_context(global: &GlobalArgs, command: &Command) -> Exit {
    let context = match Context::resolve(global) {
        Ok(context) => context,
        Err(error) => return report(&error, &Output::plain(language(global))),
    };
    dispatch(command, &context).unwrap_or_else(|error| {
        context.progress.clear();
        report(&error, &context.output)
    })
}

fn dispatch(command: &Command, context: &Context) -> anyhow::Result<Exit> {
    match command {
        Command::Probe(args) => probe::run(args, context),
        Command::ValidateFn(args) => validate_fn::run(args, context),
        Command::ScheduleReboot(args) => schedule_reboot::run(args, context),
        Command::Encrypt(args) => encrypt::run(args, context),
        Command::Send(args) => send::run(args, context),
        Command::Status(args) => status::run(args, context),
        Command::Update(args) => update::run(args, context),
        Command::Run(_) => Ok(run::run(context)),
        Command::Metrics(args) => metrics::run(args, context),
        Command::RebootKkt(args) => reboot_kkt::run(args, context),
        Command::Notify(args) => notify::run(args, context),
        Command::Doctor(args) => doctor::run(args, context),
        Command::Config(args) => config::run(args, context),
        Command::Install(args) => install::run(args, context),
        Command::Uninstall(args) => Ok(uninstall::run(args, context)),
        Command::Migrate(args) => migrate::run(args, context),
        Command::Completions(args) => Ok(completions::run(args, context)),
        Command::Help(args) => {
            explain::run(args, help::localized(Cli::command(), context.output.lang), context)
        }
        Command::Worker => worker::run(),
    }
}

/// clap's own errors, and its help and version, which are none.
fn usage(error: &clap::Error) -> Exit {
    if let Err(error) = error.print() {
        log::debug!("output: {error}");
    }
    if error.exit_code() == 0 { Exit::Done } else { Exit::Usage }
}

/// Shows and logs an error that ended a command.
fn report(error: &anyhow::Error, output: &Output) -> Exit {
    log::error!("{}", failure::message(error, Lang::En).what);
    output.error(&failure::message(error, output.lang));
    exit_of(error)
}

fn exit_of(error: &anyhow::Error) -> Exit {
    if error.is::<ConfigError>() || error.is::<KeyError>() || error.is::<Unusable>() {
        return Exit::Config;
    }
    match (error.downcast_ref(), error.downcast_ref()) {
        (Some(StateError::Busy { .. }), _) => Exit::Busy,
        (_, Some(complaint)) if Complaint::is_usage(complaint) => Exit::Usage,
        _ => Exit::Failed,
    }
}
