//! `validate-fn`: is the FN that is known still the one in the register? The logs of the POS
//! program say so, and nobody needs the port.

mod plan;
mod search;
mod store;

pub use plan::past;

use std::path::PathBuf;

use clap::Args;

use super::alerts;
use crate::config::service::Validation;
use crate::context::Context;
use crate::exit::Exit;
use crate::render::failure::state_message;
use crate::render::validate::{Checked, Report, Verdict};
use crate::state::fiscals::Group;
use plan::{Entry, Evidence};
use search::Logs;
pub use search::{IIKO, configured_folder};
use store::Store;

/// Arguments of `validate-fn`.
#[derive(Debug, Args)]
pub struct ValidateFnArgs {
    /// Also registers that are not due
    #[arg(long)]
    all: bool,
    /// Folder with the logs of the POS program [default: logs_dir of service.json]
    #[arg(long, value_name = "DIR")]
    logs_dir: Option<PathBuf>,
}

/// Checks the known registers by log.
///
/// # Errors
/// When the configuration or the home folder cannot be used. A register that cannot be checked is
/// no error but a part of the report.
pub fn run(args: &ValidateFnArgs, context: &Context) -> anyhow::Result<Exit> {
    let service = context.service()?;
    let (rules, notification) = (service.validation_fn, service.notification);
    if !rules.enabled {
        return disabled(context);
    }
    let lock = context.lock()?;
    let now = context.now();
    let mut store = Store::open(context, notification.enabled)?;
    let entries = plan::entries(&store.fiscals, args.all, rules.trigger_days, now);
    let due = entries.iter().filter(|entry| entry.due).count();
    log::info!("validate-fn: {} known, {due} due", entries.len());

    let mut report = Report::default();
    for group in Group::ALL {
        let logs = search::search(group, &entries, &rules, args, context);
        for entry in entries.iter().filter(|entry| entry.group == group) {
            report.registers.push(check(entry, &logs, &rules, &mut store, context));
        }
        let news = logs.troubles.into_iter().filter(|trouble| !report.troubles.contains(trouble));
        report.troubles.extend(news.collect::<Vec<_>>());
    }
    store.replan(&rules)?;
    report.reboot_pending = store.reboot.is_pending();
    report.reboot_at = store.reboot.planned().filter(|_| report.reboot_pending);
    let replaced = report.reboot_pending && !store.reboot.registers.is_empty();
    let exit = conclude(&report, context);
    drop(lock);
    alerts::send_waiting(&notification, context);
    Ok(if replaced { Exit::Replaced } else { exit })
}

/// Switched off means that nothing is done, whatever is due.
fn disabled(context: &Context) -> anyhow::Result<Exit> {
    let reboot = super::restart::load(context, false)?;
    let report = Report {
        disabled: true,
        reboot_pending: reboot.is_pending(),
        reboot_at: reboot.planned().filter(|_| reboot.is_pending()),
        ..Report::default()
    };
    log::info!("validate-fn: switched off");
    context.output.document(&report.document(context.output.lang));
    context.output.text(&report.table(&context.output));
    Ok(Exit::Nothing)
}

fn check(
    entry: &Entry,
    logs: &Logs,
    rules: &Validation,
    store: &mut Store<'_>,
    context: &Context,
) -> Checked {
    let known = &entry.known;
    let now = context.now();
    let evidence = Evidence {
        pair: logs.pair(&known.serialNumber),
        searched: logs.searched,
        acted_on: store.reboot.is_done_for(&known.serialNumber),
        heard_of: store.heard_of(&known.serialNumber, now),
    };
    let verdict = plan::verdict(entry, &evidence, rules, now);
    log::info!("{} {}: {}", entry.group.key(), known.serialNumber, verdict.key());
    let applied = store.apply(entry, verdict, evidence.pair, rules);
    let trouble = applied.err().map(|error| {
        log::error!("{error}");
        state_message(&error, context.output.lang)
    });
    let confirmed = store.fiscals.list(entry.group).iter().find(|k| k.serialNumber == known.serialNumber);
    Checked {
        group: entry.group,
        serial: known.serialNumber.clone(),
        fn_serial: known.fn_serial.clone(),
        verdict,
        pair: evidence.pair.cloned(),
        v_time: confirmed.map_or_else(|| known.v_time.clone(), |known| known.v_time.clone()),
        unsearchable: matches!(verdict, Verdict::NoLogs | Verdict::NotFound) && !logs.troubles.is_empty(),
        acted_on: store.reboot.is_done_for(&known.serialNumber),
        trouble,
    }
}

/// Shows the report and tells the exit code of the check itself.
fn conclude(report: &Report, context: &Context) -> Exit {
    let output = &context.output;
    output.document(&report.document(output.lang));
    output.text(&report.table(output));
    for trouble in &report.troubles {
        log::warn!("{trouble}");
        output.warning(&trouble.message(output.lang));
    }
    report.registers.iter().filter_map(|checked| checked.trouble.as_ref()).for_each(|e| output.error(e));
    let failed = report.registers.iter().filter(|checked| checked.has_failed()).count();
    log::info!("validate-fn: {} registers, {failed} failed", report.registers.len());
    Exit::of_parts(report.registers.len() - failed, failed)
}
