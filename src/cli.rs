//! The command line: the tree of commands and the options that all of them share. No logic.

pub mod global;

use clap::{Parser, Subcommand};

use self::global::GlobalArgs;
use crate::commands::{
    completions::CompletionsArgs, config::ConfigArgs, doctor::DoctorArgs, encrypt::EncryptArgs,
    explain::HelpArgs, install::InstallArgs, metrics::MetricsArgs, migrate::MigrateArgs, notify::NotifyArgs,
    probe::ProbeArgs, reboot_kkt::RebootKktArgs, run::RunArgs, schedule_reboot::ScheduleRebootArgs,
    send::SendArgs, status::StatusArgs, uninstall::UninstallArgs, update::UpdateArgs,
    validate_fn::ValidateFnArgs,
};

/// Reads the fiscal cash registers of this workstation and says who they are, which FN is in
/// them, when it ends, what is unsent and what is broken.
#[derive(Debug, Parser)]
#[command(name = "getad", version, disable_help_subcommand = true, max_term_width = 80)]
pub struct Cli {
    /// Options of every command.
    #[command(flatten)]
    pub global: GlobalArgs,
    /// What to do; without it the help is shown.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Read every register and write its record
    Probe(ProbeArgs),
    /// Check by log whether the known FN are still in their registers
    ValidateFn(ValidateFnArgs),
    /// Plan the restart that a replaced FN made necessary
    ScheduleReboot(ScheduleRebootArgs),
    /// Encrypt credentials, make a key for that
    Encrypt(EncryptArgs),
    /// Send every record to every server
    Send(SendArgs),
    /// Show what is known of every register and what happens next
    Status(StatusArgs),
    /// Start the updater
    Update(UpdateArgs),
    /// Do it all once: probe, send, update
    Run(RunArgs),
    /// Print, write or send the health of the registers for monitoring systems
    Metrics(MetricsArgs),
    /// Restart a register itself (ATOL)
    RebootKkt(RebootKktArgs),
    /// Send a message to Telegram
    Notify(NotifyArgs),
    /// Check everything a technician would, say what to do
    Doctor(DoctorArgs),
    /// Make, check or show the configuration
    Config(ConfigArgs),
    /// Have Windows run getad by itself
    Install(InstallArgs),
    /// Undo what install has Windows do
    Uninstall(UninstallArgs),
    /// Take over an installation of the predecessor, getad-service
    Migrate(MigrateArgs),
    /// Print the completions of command lines for a shell, such as PowerShell
    Completions(CompletionsArgs),
    /// Explain a command or a topic
    Help(HelpArgs),
    /// Read one register through the vendor's library; for getad's own use.
    #[command(hide = true)]
    Worker,
}
