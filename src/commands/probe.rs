//! `probe`: reads every register and writes its record as soon as it has answered.

pub mod plan;
mod plugin;
mod search;
mod store;

use std::path::PathBuf;
use std::time::Instant;

use clap::{Args, ValueEnum};

use super::metrics::outputs;
use crate::context::Context;
use crate::exit::Exit;
use crate::kkt::error::milliseconds;
use crate::kkt::fleet::{Driver, Event, Fleet};
use crate::kkt::{Brand, ReadError, Target};
use crate::render::probe::{Failed, Report};
use plan::Plan;
use store::Store;

/// Arguments of `probe`.
#[derive(Debug, Default, Args)]
pub struct ProbeArgs {
    /// Which registers.
    #[command(flatten)]
    target: TargetArgs,
    /// Write nothing
    #[arg(long)]
    no_save: bool,
    /// Search for Mitsu registers again
    #[arg(long, conflicts_with = "target")]
    rescan: bool,
}

impl ProbeArgs {
    /// Those of a command that takes the same registers.
    pub fn of(target: TargetArgs) -> Self {
        Self { target, ..Self::default() }
    }
}

/// Arguments that say which registers, and how to reach them.
#[derive(Debug, Clone, Default, Args)]
pub struct TargetArgs {
    /// Only registers of this brand; may be repeated
    #[arg(long, value_enum)]
    brand: Vec<BrandArg>,
    /// Only the register at this serial port
    #[arg(long, value_name = "PORT", group = "target")]
    com: Option<String>,
    /// Speed of that port
    #[arg(long, value_name = "BAUD", requires = "com", value_parser = clap::value_parser!(u32).range(1..))]
    baud: Option<u32>,
    /// Only the register at this address
    #[arg(long, value_name = "HOST:PORT", group = "target")]
    tcp: Option<String>,
    /// Only the ATOL register on USB
    #[arg(long, group = "target")]
    usb: bool,
    /// ATOL driver library to use
    #[arg(long, value_name = "PATH")]
    driver: Option<PathBuf>,
    /// How long one register may take [default: probe_timeout of connect.json, else 60]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    timeout: Option<u64>,
}

impl TargetArgs {
    /// The same for ATOL registers alone; `None` when others are asked for.
    pub fn of_atol(&self) -> Option<Self> {
        let others = self.brand.iter().any(|&brand| brand != BrandArg::Atol);
        (!others).then(|| Self { brand: vec![BrandArg::Atol], ..self.clone() })
    }
}

/// Brands as the command line names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum BrandArg {
    Atol,
    Mitsu,
    Shtrih,
}

impl BrandArg {
    /// The brand, if its registers are read by ourselves; the others are the plugin's.
    fn own(self) -> Option<Brand> {
        match self {
            Self::Atol => Some(Brand::Atol),
            Self::Mitsu => Some(Brand::Mitsu),
            Self::Shtrih => None,
        }
    }
}

/// The library that ATOL registers are read with, and our program that loads it.
///
/// # Errors
/// When there is none, or none that can be loaded.
pub fn installed_library(context: &Context) -> Result<Driver, ReadError> {
    plan::driver(&TargetArgs::default(), context)
}

/// Reads the registers and writes what they say.
///
/// # Errors
/// When the command line, the configuration or the home folder cannot be used. A register that
/// cannot be read is no error but a part of the report.
pub fn run(args: &ProbeArgs, context: &Context) -> anyhow::Result<Exit> {
    let report = read(args, context)?;
    let unwritten = if args.no_save { 0 } else { outputs::write(&context.service()?, context) };
    Ok(conclude(&report, unwritten, args, context))
}

/// Reads the registers and saves what they say, without a word about it.
///
/// # Errors
/// Those of [`run`].
pub fn read(args: &ProbeArgs, context: &Context) -> anyhow::Result<Report> {
    let connect = context.connect()?;
    let rules = context.service()?.shtrihscanner;
    let plan = Plan::new(args, connect)?;
    let _lock = store::lock(args, context)?;
    let (started, clock) = (context.now(), Instant::now());
    log::info!("probe: {}", plan.describe());

    let setup = plan.setup(args, context);
    let mut store = Store::open(context, !args.no_save, plan::installed_driver(&setup))?;
    let mut report = Report::new(started, plan.faults(), plan::library(&setup));
    let mut fleet = Fleet::new(setup);
    plan.targets().for_each(|target| fleet.read(target));
    if let Some(search) = plan.search() {
        let progress = context.progress.clone();
        fleet.search(move || search::run(search, &progress));
    }
    show_waiting(&fleet, context);
    while let Some(event) = fleet.next_event() {
        match event {
            Event::Answered(target, result) => match *result {
                Ok(reading) => report.read.push(store.keep(target, reading)),
                Err(error) => report.failed.push(failed(target, error)),
            },
            Event::Searched(found) => {
                let noted = search::note(&found, args, context)?;
                noted.new_targets(&plan).for_each(|target| fleet.read(target));
                report.searched = Some(found.len());
            }
        }
        show_waiting(&fleet, context);
    }
    context.progress.clear();
    report.arrange(fleet.started());

    if rules.enabled && plan.wants_plugin(args) {
        report.plugin = Some(plugin::run(&rules, &mut store, context));
    }
    store.finish(report.read.len() + report.by_plugin() > 0, plan.is_whole());
    report.duration_ms = milliseconds(clock.elapsed());
    Ok(report)
}

fn show_waiting(fleet: &Fleet, context: &Context) {
    let waiting: Vec<String> = fleet.waiting().map(|target| target.link.name()).collect();
    if !waiting.is_empty() {
        context.progress.reading(&waiting);
    }
}

fn failed(target: Target, error: ReadError) -> Failed {
    log::warn!("{target}: {}: {error}", error.kind());
    Failed { brand: target.brand, link: Some(target.link), error }
}

/// Shows the report and tells the exit code, to which files for others that could not be written
/// count too.
fn conclude(report: &Report, unwritten: usize, args: &ProbeArgs, context: &Context) -> Exit {
    let output = &context.output;
    output.document(&report.document(output.lang));
    output.text(&report.table(output));
    if !output.json {
        report.errors(output.lang).iter().for_each(|message| output.error(message));
    }
    let kept = report.read.iter().filter(|read| args.no_save || read.file.is_some()).count();
    let lost = report.read.len() - kept + report.failed.len() + report.plugin_failures(output.lang).len();
    log::info!("probe: {kept} read, {lost} failed, {} ms", report.duration_ms);
    Exit::of_parts(kept + report.by_plugin(), lost + unwritten)
}
