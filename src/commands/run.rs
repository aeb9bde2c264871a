//! `run`: the whole cycle once, as a double click on the predecessor did it.

use std::time::Instant;

use clap::Args;

use super::probe::{self, ProbeArgs};
use super::send::{self, SendArgs};
use super::update::{self, UpdateArgs};
use crate::context::Context;
use crate::exit::Exit;
use crate::kkt::error::milliseconds;
use crate::render::failure::message;
use crate::render::run::{Report, Step};

/// Arguments of `run`.
#[derive(Debug, Args)]
pub struct RunArgs {}

type Command = fn(&Context) -> anyhow::Result<Exit>;

/// The steps, in their order. What one of them did not do keeps none of the others from its job.
const STEPS: &[(&str, Command)] = &[
    ("probe", |context| probe::run(&ProbeArgs::default(), context)),
    ("send", |context| send::run(&SendArgs::default(), context)),
    ("update", |context| update::run(&UpdateArgs::default(), context)),
];

/// Does all steps.
pub fn run(context: &Context) -> Exit {
    let mut report = Report::default();
    for &(name, command) in STEPS {
        report.steps.push(step(name, command, context));
    }
    let exits: Vec<Exit> = report.steps.iter().map(|step| step.exit).collect();
    let exit = Exit::of_steps(&exits);
    context.output.document(&report.document(exit));
    context.output.text(&report.text(context.output.lang));
    exit
}

/// An error that ends a step is a part of the report.
fn step(name: &'static str, command: Command, context: &Context) -> Step {
    let clock = Instant::now();
    let (within, documents) = context.for_a_part();
    let outcome = command(&within);
    context.progress.clear();
    let error = outcome.as_ref().err().map(|error| message(error, context.output.lang));
    let exit = outcome.unwrap_or_else(|error| super::report(&error, &context.output));
    context.output.text("");
    Step { name, exit, duration_ms: milliseconds(clock.elapsed()), result: documents.take(), error }
}
