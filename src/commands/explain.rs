//! `help`: explains a command or a topic.

use clap::{Args, Command};

use crate::context::Context;
use crate::exit::Exit;
use crate::render::{Complaint, topics};

/// Arguments of `help`.
#[derive(Debug, Args)]
pub struct HelpArgs {
    /// A command, or a topic: exit-codes, files, config, scheduling
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
        Some(topic) => explanation(topic, cli, context)?,
    };
    context.output.text(&text);
    Ok(Exit::Done)
}

/// A name may be that of a command and of a topic: then both are meant.
fn explanation(topic: &str, mut cli: Command, context: &Context) -> anyhow::Result<String> {
    let command = cli.find_subcommand_mut(topic).filter(|command| !command.is_hide_set());
    let of_command = command.map(|command| command.render_help().to_string());
    let pages: Vec<String> = of_command.into_iter().chain(topics::page(topic, context.output.lang)).collect();
    anyhow::ensure!(!pages.is_empty(), Complaint::NoTopic { topic: topic.to_owned() });
    Ok(pages.join("\n"))
}
