//! `uninstall`: Windows does not call getad by itself any more. Files and rights stay.

use clap::Args;
use serde_json::{Value, json};

use super::install;
use crate::context::Context;
use crate::exit::Exit;
use crate::render::schedule as text;
use crate::schedule::tasks::{self, BOOT, INTERVAL, REBOOT, TaskError};

/// Arguments of `uninstall`.
#[derive(Debug, Args)]
pub struct UninstallArgs {
    /// Say which tasks would be removed, change nothing
    #[arg(long)]
    dry_run: bool,
}

/// Removes the tasks, that of a planned restart included.
pub fn run(args: &UninstallArgs, context: &Context) -> Exit {
    let outcomes = [BOOT, INTERVAL, REBOOT].map(|name| (name, remove(name, args.dry_run)));
    for (name, outcome) in &outcomes {
        match outcome {
            Ok(was_there) => tell(name, *was_there, args.dry_run, context),
            Err(error) => install::complain(name, error, context),
        }
        if outcome.as_ref().is_err_and(TaskError::concerns_all) {
            break;
        }
    }
    let failed = outcomes.iter().filter(|(_, outcome)| outcome.is_err()).count();
    let tasks: Vec<Value> = outcomes.iter().map(|(name, outcome)| entry(name, outcome, context)).collect();
    context.output.document(&json!({ "ok": failed == 0, "dry_run": args.dry_run, "tasks": tasks }));
    Exit::of_parts(outcomes.len() - failed, failed)
}

/// True when the task was there.
fn remove(name: &str, only_look: bool) -> Result<bool, TaskError> {
    if only_look { tasks::read(name).map(|task| task.is_some()) } else { tasks::remove(name) }
}

fn tell(name: &str, was_there: bool, only_looked: bool, context: &Context) {
    log::info!("task {name}: was there: {was_there}, removed: {}", was_there && !only_looked);
    context.output.text(&text::removal_line(name, was_there, only_looked, context.output.lang));
}

fn entry(name: &str, outcome: &Result<bool, TaskError>, context: &Context) -> Value {
    let state = outcome.as_ref().map_or("failed", |was_there| if *was_there { "removed" } else { "absent" });
    let error = outcome.as_ref().err().map(|error| text::task_message(None, error, context.output.lang).what);
    json!({ "task": name, "state": state, "error": error })
}
