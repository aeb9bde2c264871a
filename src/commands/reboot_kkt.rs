//! `reboot-kkt`: restarts a register itself, the one thing that getad does to a register beside
//! reading it. ATOL's driver can; other brands have nothing of the kind.

use std::io::{self, IsTerminal};

use clap::Args;

use super::probe::plan::Plan;
use super::probe::{ProbeArgs, TargetArgs};
use crate::context::Context;
use crate::exit::Exit;
use crate::kkt::atol::worker::{self, Request, Task};
use crate::kkt::error::milliseconds;
use crate::kkt::fleet::Setup;
use crate::kkt::{ReadError, Reading, Target};
use crate::render::Complaint;
use crate::render::reboot_kkt::{Report, is_yes, nothing_to_restart, question};

/// Arguments of `reboot-kkt`.
#[derive(Debug, Args)]
pub struct RebootKktArgs {
    /// Which register.
    #[command(flatten)]
    target: TargetArgs,
    /// Do not ask for confirmation
    #[arg(long)]
    yes: bool,
}

/// Restarts one register.
///
/// # Errors
/// When the command line or the configuration cannot be used, when the choice is not clear or
/// nobody can confirm it, or when another getad is at work.
pub fn run(args: &RebootKktArgs, context: &Context) -> anyhow::Result<Exit> {
    let args_of_atol = args.target.of_atol().ok_or(Complaint::RestartIsAtolOnly)?;
    let args_of_probe = ProbeArgs::of(args_of_atol);
    let plan = Plan::new(&args_of_probe, context.connect()?)?;
    let Some(target) = only(plan.targets().collect())? else {
        context.output.error(&nothing_to_restart(context.output.lang));
        return Ok(Exit::Nothing);
    };
    if !args.yes && !confirmed(&target, context)? {
        return Ok(Exit::Nothing);
    }
    let _lock = context.lock()?;
    log::info!("reboot-kkt: {target}");
    context.progress.reading(&[target.link.name()]);
    let outcome = restart(&target, &plan.setup(&args_of_probe, context));
    context.progress.clear();
    Ok(conclude(&Report { target, outcome }, context))
}

/// The register, if there is exactly one.
fn only(targets: Vec<Target>) -> Result<Option<Target>, Complaint> {
    match <[Target; 1]>::try_from(targets) {
        Ok([target]) => Ok(Some(target)),
        Err(none) if none.is_empty() => Ok(None),
        Err(several) => {
            Err(Complaint::WhichRegister { links: several.iter().map(|target| target.link.name()).collect() })
        }
    }
}

fn confirmed(target: &Target, context: &Context) -> Result<bool, Complaint> {
    if !io::stdin().is_terminal() {
        return Err(Complaint::NobodyToAsk);
    }
    context.output.aside(&question(target, context.output.lang));
    let mut answer = String::new();
    // A terminal that is closed says no.
    let read = io::stdin().read_line(&mut answer);
    Ok(read.is_ok() && is_yes(&answer))
}

fn restart(target: &Target, setup: &Setup) -> Result<Reading, ReadError> {
    let driver = setup.driver.as_ref().map_err(Clone::clone)?;
    let request = Request {
        task: Task::Restart,
        target: target.clone(),
        library: driver.library.path.clone(),
        limit_ms: milliseconds(setup.limit),
        now: (setup.clock)(),
    };
    worker::read(&request, &driver.executable, setup.limit)
}

fn conclude(report: &Report, context: &Context) -> Exit {
    let output = &context.output;
    output.document(&report.document(output.lang));
    match &report.outcome {
        Ok(_) => {
            log::info!("{}: restarted", report.target);
            output.text(&report.text(output.lang));
            Exit::Done
        }
        Err(error) => {
            log::warn!("{}: not restarted: {error}", report.target);
            output.error(&report.error(error, output.lang));
            Exit::Failed
        }
    }
}
