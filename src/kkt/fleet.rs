//! Reads registers side by side, each within its own deadline.
//!
//! Every register is read on a thread of its own. A thread that does not come back (a port whose
//! driver hangs while it is opened) is left behind: it ends with the process, and its register is
//! reported as not done in time.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use chrono::NaiveDateTime;

use super::atol::worker::{self, Request, Task};
use super::error::milliseconds;
use super::{Brand, Link, ReadError, Reading, Target, atol, link, mitsu};

/// What a thread may need beyond its limit to report.
const GRACE: Duration = Duration::from_secs(3);

/// What reading needs besides the target.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The vendor's library with the executable that can load it, or why there is none.
    pub driver: Result<Driver, ReadError>,
    /// How long one register may take.
    pub limit: Duration,
    /// How long the network may take to come up before that.
    pub network_wait: Duration,
    /// The clock.
    pub clock: fn() -> NaiveDateTime,
}

/// The vendor's library with the executable that can load it.
#[derive(Debug, Clone)]
pub struct Driver {
    /// The library.
    pub library: atol::library::Library,
    /// Executable of the same width.
    pub executable: std::path::PathBuf,
}

/// Something that happened.
#[derive(Debug)]
pub enum Event {
    /// A register was read, or not.
    Answered(Target, Box<Result<Reading, ReadError>>),
    /// The search has ended with these.
    Searched(Vec<Link>),
}

/// The registers that are being read.
#[derive(Debug)]
pub struct Fleet {
    setup: Setup,
    sender: Sender<Event>,
    events: Receiver<Event>,
    started: Vec<Target>,
    waiting: Vec<(Target, Instant)>,
    searching: bool,
}

impl Fleet {
    /// Nothing is read yet.
    #[must_use]
    pub fn new(setup: Setup) -> Self {
        let (sender, events) = channel();
        Self { setup, sender, events, started: Vec::new(), waiting: Vec::new(), searching: false }
    }

    /// Begins to read a register.
    pub fn read(&mut self, target: Target) {
        let (setup, sender, of) = (self.setup.clone(), self.sender.clone(), target.clone());
        let network =
            if matches!(target.link, Link::Tcp { .. }) { setup.network_wait } else { Duration::ZERO };
        self.started.push(target.clone());
        self.waiting.push((target, Instant::now() + network + setup.limit + GRACE));
        thread::spawn(move || {
            let result = read(&of, &setup);
            // The receiver is gone only when nobody wants the answer any more.
            sender.send(Event::Answered(of, Box::new(result))).ok();
        });
    }

    /// Begins to search; `search` runs on a thread of its own and must end by itself.
    pub fn search(&mut self, search: impl FnOnce() -> Vec<Link> + Send + 'static) {
        let sender = self.sender.clone();
        self.searching = true;
        thread::spawn(move || sender.send(Event::Searched(search())).ok());
    }

    /// Registers that have not answered yet.
    pub fn waiting(&self) -> impl Iterator<Item = &Target> {
        self.waiting.iter().map(|(target, _)| target)
    }

    /// All registers, in the order in which they were begun.
    #[must_use]
    pub fn started(&self) -> &[Target] {
        &self.started
    }

    /// Waits for the next event; `None` when nothing is under way any more.
    pub fn next_event(&mut self) -> Option<Event> {
        loop {
            if self.waiting.is_empty() && !self.searching {
                return None;
            }
            match self.receive() {
                Ok(Event::Answered(target, result)) => {
                    // An answer after its deadline has been reported already.
                    let index = self.waiting.iter().position(|(waiting, _)| *waiting == target);
                    let Some(index) = index else { continue };
                    self.waiting.swap_remove(index);
                    return Some(Event::Answered(target, result));
                }
                Ok(Event::Searched(found)) => {
                    self.searching = false;
                    return Some(Event::Searched(found));
                }
                Err(_) => {
                    if let Some(event) = self.overdue() {
                        return Some(event);
                    }
                }
            }
        }
    }

    fn receive(&self) -> Result<Event, RecvTimeoutError> {
        match self.waiting.iter().map(|(_, deadline)| *deadline).min() {
            Some(deadline) => self.events.recv_timeout(deadline.saturating_duration_since(Instant::now())),
            None => self.events.recv().map_err(|_| RecvTimeoutError::Disconnected),
        }
    }

    fn overdue(&mut self) -> Option<Event> {
        let now = Instant::now();
        let index = self.waiting.iter().position(|(_, deadline)| *deadline <= now)?;
        let (target, _) = self.waiting.swap_remove(index);
        let error = ReadError::Deadline { limit_ms: milliseconds(self.setup.limit) };
        Some(Event::Answered(target, Box::new(Err(error))))
    }
}

fn read(target: &Target, setup: &Setup) -> Result<Reading, ReadError> {
    if let Link::Tcp { host, port } = &target.link {
        let routable = link::wait_for_route(host, *port, setup.network_wait);
        log::debug!("{target}: routable: {routable}");
    }
    match target.brand {
        Brand::Atol => {
            let driver = setup.driver.as_ref().map_err(Clone::clone)?;
            let request = Request {
                task: Task::Read,
                target: target.clone(),
                library: driver.library.path.clone(),
                limit_ms: milliseconds(setup.limit),
                now: (setup.clock)(),
            };
            worker::read(&request, &driver.executable, setup.limit)
        }
        Brand::Mitsu => mitsu::read(&target.link, (setup.clock)(), Instant::now() + setup.limit),
    }
}
