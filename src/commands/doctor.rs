//! `doctor`: everything a technician would check, side by side; each finding says what to do.
//!
//! Nothing is changed, and no register is spoken to.

mod config;
mod driver;
mod home;
mod logs;
mod network;
mod ports;
mod report;
mod state;
mod tasks;

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use crate::context::Context;
use crate::exit::Exit;
use crate::hurry::{self, Job};
use crate::render::doctor::finding::{Check, Fact, Finding, State};
use crate::render::doctor::{Report, log_line};

/// How long the whole may take, also when nothing answers.
const LIMIT: Duration = Duration::from_secs(27);

/// Arguments of `doctor`.
#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// Without servers and Telegram
    #[arg(long)]
    offline: bool,
    /// Write a file for support: findings, configuration without secrets, states, logs
    #[arg(long, value_name = "FILE.zip")]
    report: Option<PathBuf>,
}

type Group = fn(&Context) -> Vec<Finding>;

/// What is checked, in the order in which it is shown; a group that is not done in time is named after its check.
const GROUPS: [(Check, Group); 7] = [
    (Check::Home, home::check),
    (Check::Config, config::check),
    (Check::Driver, driver::check),
    (Check::Port, ports::check),
    (Check::Logs, logs::check),
    (Check::State, state::check),
    (Check::Task, tasks::check),
];

/// Checks, shows what was found, and writes the report if there is to be one.
///
/// # Errors
/// When the report cannot be written. What is wrong elsewhere is no error but a finding.
pub fn run(args: &DoctorArgs, context: &Context) -> anyhow::Result<Exit> {
    let findings = examine(context, args.offline);
    findings.iter().filter(|finding| finding.state != State::Ok).for_each(|finding| {
        log::warn!("doctor: {}", log_line(finding));
    });
    let mut report = Report { findings, file: None };
    if let Some(path) = &args.report {
        let text = report.lines(&context.output.unstyled());
        report.file = Some(report::write(path, &text, context)?);
    }
    report.show(&context.output);
    let problems = report.count(State::Problem);
    log::info!("doctor: {problems} problems, {} warnings", report.count(State::Warning));
    Ok(if problems > 0 { Exit::Partial } else { Exit::Done })
}

fn examine(context: &Context, offline: bool) -> Vec<Finding> {
    let network = (!offline).then_some((Check::Server, network::check as Group));
    let groups: Vec<(Check, Group)> = GROUPS.into_iter().chain(network).collect();
    let job = |&(_, group): &(Check, Group)| -> Job<Vec<Finding>> {
        let context = context.clone();
        Box::new(move || group(&context))
    };
    context.progress.examining();
    let found = hurry::all(groups.iter().map(job).collect(), LIMIT);
    context.progress.clear();
    let unfinished = |check| vec![Finding::problem(check, Fact::Unfinished)];
    found
        .into_iter()
        .zip(groups)
        .flat_map(|(found, (check, _))| found.unwrap_or_else(|| unfinished(check)))
        .collect()
}
