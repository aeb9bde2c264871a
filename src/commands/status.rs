//! `status`: what is known of every register and what happens next, from files alone: no register
//! is asked, no server, and nobody is waited for.

mod gather;
mod judge;
mod merge;

use std::io::{self, IsTerminal};
use std::thread;
use std::time::Duration;

use clap::Args;

use crate::context::Context;
use crate::exit::Exit;
use crate::render::Complaint;
use crate::render::status::Report;

/// Arguments of `status`.
#[derive(Debug, Args)]
pub struct StatusArgs {
    /// Show it anew every so many seconds until Ctrl+C [default: 5]
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, default_missing_value = "5",
        value_parser = clap::value_parser!(u64).range(1..=86_400))]
    watch: Option<u64>,
}

/// Shows the registers. A file that cannot be used is a part that failed; the rest is shown.
///
/// # Errors
/// When `--watch` has no terminal to draw on.
pub fn run(args: &StatusArgs, context: &Context) -> anyhow::Result<Exit> {
    match args.watch {
        None => Ok(once(context)),
        Some(seconds) => watch(Duration::from_secs(seconds), context),
    }
}

fn once(context: &Context) -> Exit {
    let report = gather::report(context);
    context.output.document(&report);
    context.output.text(&report.screen(&context.output));
    report.faults.iter().for_each(|fault| {
        log::warn!("status: {}", fault.message.what);
        context.output.error(&fault.message);
    });
    Exit::of_parts(report.registers.len(), report.faults.len())
}

/// Ctrl+C ends the process: nothing is held that would have to be given back.
fn watch(pause: Duration, context: &Context) -> anyhow::Result<Exit> {
    if context.output.json || context.output.quiet || !io::stdout().is_terminal() {
        anyhow::bail!(Complaint::NothingToWatch);
    }
    loop {
        let output = context.output_now();
        let report: Report = gather::report(context);
        output.redraw(&report.screen_with_faults(&output));
        thread::sleep(pause);
    }
}
