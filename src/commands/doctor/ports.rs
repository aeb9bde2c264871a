//! The ways to the registers: serial ports are opened and closed again, TCP connections are made and closed again;
//! nothing is said to a register.

use std::time::{Duration, Instant};

use crate::config::Connect;
use crate::context::Context;
use crate::host::{ports, process};
use crate::hurry::{self, Job};
use crate::kkt::link::{SerialLink, TcpLink, Transport};
use crate::kkt::{Brand, Link, ReadError, Target};
use crate::render::doctor::facts::ports::Fact;
use crate::render::doctor::finding::{Check, Finding};
use crate::state::file::Lock;

/// How long one way may take; a faulty port driver may hold it for ever.
const LIMIT: Duration = Duration::from_secs(10);
/// Parts of the names of programs that are known to hold registers.
const HOLDERS: [&str; 5] = ["iikofront", "fptr10_t", "drvfrtst", "frontol", "shtrihscanner"];

/// Tries every way that is configured or found.
pub fn check(context: &Context) -> Vec<Finding> {
    let Ok(connect) = context.connect() else { return Vec::new() };
    let found = connect.atol.search.then(|| atol_ports(connect.atol.baud));
    let targets: Vec<Target> = configured(&connect).chain(found.clone().unwrap_or_default()).collect();
    let ways = if targets.is_empty() { Vec::new() } else { try_all(targets, context) };
    let alone = found.is_some_and(|found| found.is_empty());
    // Whoever has Mitsu registers only need not do without the search.
    let others = !connect.mitsu.links.is_empty();
    let searched = [
        (alone && !others).then(|| Finding::warning(Check::Port, Fact::NothingFound)),
        connect.mitsu.search.then(|| Finding::ok(Check::Port, Fact::Searched)),
    ];
    let all: Vec<Finding> = ways.into_iter().chain(searched.into_iter().flatten()).collect();
    let nothing = all.is_empty() && !connect.atol.search;
    let nothing = nothing.then(|| Finding::warning(Check::Port, Fact::Nothing));
    all.into_iter().chain(nothing).collect()
}

fn configured(connect: &Connect) -> impl Iterator<Item = Target> {
    let links =
        Brand::ALL.into_iter().flat_map(|brand| connect.plan(brand).links.iter().map(move |l| (brand, l)));
    links.map(|(brand, link)| Target { brand, link: link.clone() })
}

fn atol_ports(baud: u32) -> Vec<Target> {
    let found = ports::serial_ports().into_iter().filter(ports::is_atol);
    found.map(|port| Target { brand: Brand::Atol, link: Link::Com { port: port.name, baud } }).collect()
}

/// While another getad reads, ports are busy as they should be, and trying them would disturb it.
fn try_all(targets: Vec<Target>, context: &Context) -> Vec<Finding> {
    let path = context.home.resource("getad.lock");
    let lock = path.exists().then(|| Lock::acquire(&path, Duration::ZERO, || {}));
    if lock.as_ref().is_some_and(|lock| matches!(lock, Err(crate::state::StateError::Busy { .. }))) {
        return vec![Finding::warning(Check::Port, Fact::AtWork)];
    }
    let job = |target: &Target| -> Job<Result<(), ReadError>> {
        let link = target.link.clone();
        Box::new(move || try_one(&link))
    };
    let outcomes = hurry::all(targets.iter().map(job).collect(), LIMIT);
    targets.into_iter().zip(outcomes).map(|(target, outcome)| found(target, outcome)).collect()
}

fn try_one(link: &Link) -> Result<(), ReadError> {
    let deadline = Instant::now() + LIMIT;
    match link {
        Link::Com { port, baud } => SerialLink::open(port, *baud).map(drop),
        Link::Tcp { host, port } => TcpLink::new(host, *port, deadline)?.prepare(deadline),
        Link::Usb => Ok(()),
    }
}

fn found(target: Target, outcome: Option<Result<(), ReadError>>) -> Finding {
    let limit_ms = LIMIT.as_millis().try_into().unwrap_or(u64::MAX);
    match outcome.unwrap_or(Err(ReadError::Deadline { limit_ms })) {
        Ok(()) if target.link == Link::Usb => Finding::ok(Check::Port, Fact::ByDriver),
        Ok(()) => Finding::ok(Check::Port, Fact::Fine(target)),
        Err(ReadError::PortBusy { .. }) => {
            Finding::problem(Check::Port, Fact::Busy { target, suspects: suspects() })
        }
        Err(error) => Finding::problem(Check::Port, Fact::Blocked(target, error)),
    }
}

/// Windows does not tell who holds a port, but which programs run.
fn suspects() -> Vec<String> {
    let mut names = process::running();
    names.retain(|name| {
        let name = name.to_lowercase();
        HOLDERS.iter().any(|holder| name.contains(holder))
    });
    names
}
