//! `completions`: prints the script by which a shell completes command lines of getad.
//!
//! It is in English and ASCII whatever the language: on its way into PowerShell it passes through
//! the console's code page, where garbled letters can turn into quotes.

use clap::{Args, Command, CommandFactory};
use clap_complete::Shell;

use crate::cli::Cli;
use crate::context::Context;
use crate::exit::Exit;

/// Arguments of `completions`.
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// Which shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Prints the script.
pub fn run(args: &CompletionsArgs, context: &Context) -> Exit {
    let mut cli = without_hidden(&Cli::command());
    let name = cli.get_name().to_owned();
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut cli, name, &mut script);
    context.output.payload(&String::from_utf8_lossy(&script));
    Exit::Done
}

/// Commands for getad's own use are nothing to be completed.
fn without_hidden(cli: &Command) -> Command {
    let shown = cli.get_subcommands().filter(|command| !command.is_hide_set());
    let bare = Command::new("getad").version(env!("CARGO_PKG_VERSION")).disable_help_subcommand(true);
    bare.args(cli.get_arguments()).subcommands(shown)
}
