//! Options that every command has.

use std::path::PathBuf;

use clap::{ArgAction, Args, ValueEnum};

use crate::render::Lang;

/// Options of every command.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Options of every command")]
pub struct GlobalArgs {
    /// Home folder: configuration, records, logs [default: $GETAD_HOME, else the program's folder]
    #[arg(long, global = true, value_name = "DIR")]
    pub home: Option<PathBuf>,
    /// Print one JSON document and nothing else
    #[arg(long, global = true)]
    pub json: bool,
    /// Show the log on stderr; twice: with details
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub verbose: u8,
    /// Print nothing but errors
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Colours
    #[arg(long, global = true, value_enum, default_value_t = ColorChoice::Auto, value_name = "WHEN")]
    pub color: ColorChoice,
    /// Do not show progress
    #[arg(long, global = true)]
    pub no_progress: bool,
    /// Language [default: $GETAD_LANG, else the system's]
    #[arg(long, global = true, value_enum)]
    pub lang: Option<Lang>,
    /// How long to wait for another getad in the same home folder
    #[arg(long, global = true, value_name = "SECONDS", default_value_t = 600)]
    pub lock_timeout: u64,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ColorChoice {
    /// On a terminal.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}
