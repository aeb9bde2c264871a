//! `help`: explains a command or a topic.

use clap::{Args, Command};

use crate::context::Context;
use crate::exit::Exit;
use crate::render::{Complaint, exit_codes};

/// Arguments of `help`.
#[derive(Debug, Args)]
pub struct HelpArgs {
    /// A command, or the topic exit-codes
    #[arg(value_name = "COMMAND|TOPIC")]
    topic: Option<String>,
}

/// Prints the explanation; `cli` is the whole command line.
///
/// # Errors
/// When there is no such command or topic.
pub fn run(args: &HelpArgs, mut cli: Command, context: &Context) -> anyhow::Result<Exit> {
    cli.build();
    let text = match args.topic.as_deref() {
        None => cli.render_help().to_string(),
        Some("exit-codes") => exit_codes::table(context.output.lang),
        Some(topic) => match cli.find_subcommand_mut(topic).filter(|command| !command.is_hide_set()) {
            Some(command) => command.render_help().to_string(),
            None => anyhow::bail!(Complaint::NoTopic { topic: topic.to_owned() }),
        },
    };
    context.output.text(&text);
    Ok(Exit::Done)
}
