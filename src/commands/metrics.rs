//! `metrics`: health of the registers for monitoring systems, without touching a register.

mod known;
pub mod outputs;
mod push;

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::probe::{self, ProbeArgs};
use crate::context::Context;
use crate::exit::Exit;
use crate::metrics::{Snapshot, discovery, json, legacy, prometheus, zabbix};
use crate::render::Complaint;
use crate::render::metrics as text;
use crate::state::file;
use known::Known;

/// Arguments of `metrics`.
#[derive(Debug, Args)]
pub struct MetricsArgs {
    /// Form of the output [default: json]
    #[arg(long, value_enum)]
    format: Option<FormatArg>,
    /// Write to this file instead of printing
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Only the register with this serial number
    #[arg(long, value_name = "NUMBER")]
    serial: Option<String>,
    /// List the registers for Zabbix's low-level discovery
    #[arg(long, conflicts_with = "format")]
    discovery: bool,
    /// Send to the Zabbix servers of service.json instead of printing
    #[arg(long, conflicts_with_all = ["format", "output", "serial", "discovery"])]
    push: bool,
    /// Read the registers first
    #[arg(long)]
    live: bool,
}

/// Forms as the command line names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FormatArg {
    Zabbix,
    ZabbixLegacy,
    Prometheus,
    Json,
}

impl MetricsArgs {
    /// The function that makes the text.
    fn form(&self, json_wanted: bool) -> Result<fn(&Snapshot) -> String, Complaint> {
        match self.format {
            _ if self.discovery => Ok(discovery::document),
            Some(FormatArg::Prometheus) if json_wanted && self.output.is_none() => Err(Complaint::NotJson),
            Some(FormatArg::Prometheus) => Ok(prometheus::document),
            Some(FormatArg::Zabbix) => Ok(zabbix::document),
            Some(FormatArg::ZabbixLegacy) => Ok(legacy::document),
            Some(FormatArg::Json) | None => Ok(json::document),
        }
    }
}

/// Prints, writes or sends the health, and writes the configured files.
///
/// # Errors
/// When the configuration cannot be used, the output cannot be written or, with `--live`, the
/// registers cannot be read at all. A damaged file of health is a part that failed.
pub fn run(args: &MetricsArgs, context: &Context) -> anyhow::Result<Exit> {
    let form = args.form(context.output.json)?;
    let unread = if args.live { read(context)? } else { 0 };
    let known = Known::load(context);
    let wanted = known.only(args.serial.as_deref());
    wanted.faults.iter().for_each(|fault| {
        log::warn!("{fault}");
        context.output.error(&text::fault(fault, context.output.lang));
    });
    let failed = unread + wanted.faults.len();
    if args.push {
        let service = context.service()?;
        let unwritten = outputs::write_known(&service, &known.snapshot, context);
        return Ok(push::run(&service.zabbix, &known.snapshot, failed + unwritten, context));
    }
    show(&form(&wanted.snapshot), args.output.as_deref(), args, context)?;
    let unwritten = outputs::write_known(&context.service()?, &known.snapshot, context);
    Ok(Exit::of_parts(wanted.snapshot.registers.len(), failed + unwritten))
}

/// Reads the registers as `probe` does; the number of those that could not be read.
fn read(context: &Context) -> anyhow::Result<usize> {
    let report = probe::read(&ProbeArgs::default(), context)?;
    let errors = report.errors(context.output.lang);
    errors.iter().for_each(|message| context.output.error(message));
    Ok(errors.len())
}

fn show(content: &str, file: Option<&Path>, args: &MetricsArgs, context: &Context) -> anyhow::Result<()> {
    let Some(path) = file else {
        context.output.payload(content);
        return Ok(());
    };
    // The script that the old form is named after wrote files without a reading, too.
    if args.format == Some(FormatArg::ZabbixLegacy) && content == legacy::NOTHING {
        context.output.warning(&text::nothing_to_write(path, context.output.lang));
        return Ok(());
    }
    let path = std::path::absolute(path)?;
    file::publish(&path, content)?;
    context.output.text(&text::written(&path, context.output.lang));
    context.output.document(&text::WrittenDocument::new(&path));
    Ok(())
}
