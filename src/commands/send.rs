//! `send`: every record to every server, the servers side by side.

mod plan;
mod server;
mod store;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use clap::Args;

use crate::config::service::Sending;
use crate::context::Context;
use crate::delivery::Settings;
use crate::delivery::retry::Policy;
use crate::exit::Exit;
use crate::render::Lang;
use crate::render::failure::state_message;
use crate::render::send::{Report, Served};
use crate::state::outgoing;
pub use plan::{Destination, destinations};
pub use server::KEY_HEADER;
use server::Round;

/// How long the whole may take; the tasks that call it are ended after half an hour.
const LONGEST_RUN: Duration = Duration::from_secs(600);
/// Limit of one attempt where the configuration names none.
const TIMEOUT: Duration = Duration::from_secs(30);
/// Limit of connecting.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Arguments of `send`.
#[derive(Debug, Default, Args)]
pub struct SendArgs {
    /// Only to the server at this place of url_list; the first is 1
    #[arg(long, value_name = "INDEX", value_parser = clap::value_parser!(u32).range(1..))]
    server: Option<u32>,
    /// Show what would be sent, without a connection
    #[arg(long)]
    dry_run: bool,
    /// Even if sending_data.enabled is off
    #[arg(long = "force", id = "send_anyway")]
    force: bool,
}

/// Sends the records and shows what became of them.
///
/// # Errors
/// When the configuration or the home folder cannot be used. A server or record that fails is no error but a part of
/// the report.
pub fn run(args: &SendArgs, context: &Context) -> anyhow::Result<Exit> {
    let report = deliver(args, context)?;
    report.show(&context.output);
    Ok(report.exit())
}

/// Sends the records.
///
/// # Errors
/// See [`run`].
pub fn deliver(args: &SendArgs, context: &Context) -> anyhow::Result<Report> {
    let sending = context.service()?.sending_data;
    if !sending.enabled && !args.force {
        log::info!("send: switched off");
        return Ok(Report { disabled: true, ..Report::default() });
    }
    let destinations = destinations(&sending, args.server, context)?;
    let files = outgoing::files(&context.home.records())?;
    log::info!("send: {} records, {} servers", files.len(), destinations.len());
    let round = Round {
        settings: settings(&sending, context),
        policy: policy(&sending),
        deadline: Instant::now() + LONGEST_RUN,
        dry_run: args.dry_run,
        files,
    };
    let mut report = Report { dry_run: args.dry_run, records: round.files.len(), ..Report::default() };
    let known = plan::known(&destinations).filter(|_| args.server.is_none());
    side_by_side(destinations, &round, context, |served| {
        log(&served);
        if !round.dry_run
            && let Err(error) = store::note(&served, &round, known.as_deref(), context)
        {
            log::error!("{error}");
            report.unsaved = Some(state_message(&error, context.output.lang));
        }
        report.servers.push(served);
    });
    report.servers.sort_by_key(|served| served.number);
    Ok(report)
}

/// A thread for every server; what one got is handed over as soon as it is done, so that a slow one holds up nobody.
fn side_by_side(
    destinations: Vec<Destination>,
    round: &Round,
    context: &Context,
    mut done: impl FnMut(Served),
) {
    let total = destinations.len() * round.files.len();
    let settled = AtomicUsize::new(0);
    let tick = || context.progress.sending(settled.fetch_add(1, Ordering::Relaxed), total);
    let (sender, receiver) = mpsc::channel();
    thread::scope(|scope| {
        for destination in destinations {
            let (sender, tick) = (sender.clone(), &tick);
            // Nobody listens any more only if we are going down anyway.
            scope.spawn(move || sender.send(server::serve(destination, round, tick)).ok());
        }
        drop(sender);
        receiver.iter().for_each(&mut done);
    });
    context.progress.clear();
}

fn policy(sending: &Sending) -> Policy {
    Policy { max_attempts: sending.max_attempts, delay: Duration::from_secs(u64::from(sending.delay)) }
}

/// How the servers are reached.
pub fn settings(sending: &Sending, context: &Context) -> Settings {
    let timeout = sending.timeout.filter(|&seconds| seconds > 0);
    Settings {
        timeout: timeout.map_or(TIMEOUT, |seconds| Duration::from_secs(seconds.into())).min(LONGEST_RUN),
        connect_timeout: CONNECT_TIMEOUT,
        proxy: sending.proxy.clone().filter(|proxy| !proxy.is_blank()),
        ca_file: sending.ca_file.as_ref().filter(|name| !name.is_empty()).map(|name| context.home.join(name)),
    }
}

fn log(served: &Served) {
    log::info!(
        "send: {}: {} of {} accepted",
        served.name(Lang::En),
        served.accepted(),
        served.deliveries.len()
    );
    for complaint in served.complaints(Lang::En) {
        log::warn!("send: {}", complaint.what);
    }
}
