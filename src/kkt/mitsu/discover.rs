//! Looking for Mitsu registers on serial ports and in the local network.
//!
//! Every place is asked `GET DEV`, and only an answer `<OK DEV=…` counts: an echo, or another
//! device's greeting, does not. Ports are tried side by side, addresses at most
//! [`CONNECTIONS`] at once. A port whose driver hangs is left behind on its own thread.
//! Which ports and networks there are is the caller's knowledge; [`hosts()`] puts addresses in order.

mod hosts;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::{Duration, Instant};

pub use hosts::{HOST_LIMIT, hosts};

use super::command::{GetDevice, Patience};
use super::frame::Framing;
use super::session::Session;
use crate::kkt::link::{SerialLink, TcpLink, Transport};
use crate::kkt::{Link, ReadError};

/// Connections that are under way at once.
pub const CONNECTIONS: usize = 256;

/// How long a host in the local network may take to accept a connection.
const CONNECT_LIMIT: Duration = Duration::from_millis(300);

/// How long a register may take to name itself.
const PATIENCE: Patience = Patience {
    first_byte: Duration::from_secs(1),
    serial_pause: Duration::from_millis(300),
    tcp_pause: Duration::from_millis(500),
    total: Duration::from_secs(2),
};

/// What a place may take beyond the waits for its answer: opening a port, starting a thread.
const OPENING: Duration = Duration::from_secs(2);

/// Stack of a searching thread. There may be hundreds, in a 32-bit address space.
const STACK: usize = 256 * 1024;

/// Where to look.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Search {
    /// Names of serial ports that nobody else has claimed.
    pub ports: Vec<String>,
    /// Their speed, baud.
    pub baud: u32,
    /// Addresses in the local network.
    pub hosts: Vec<Ipv4Addr>,
    /// TCP port of the registers.
    pub tcp_port: u16,
}

/// A register that answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The way to it.
    pub link: Link,
    /// Name of its model.
    pub device: String,
}

/// How the search is getting on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// So many places of all have been tried.
    Tried {
        /// Places that are done with.
        done: usize,
        /// Places in all.
        of: usize,
    },
    /// A register has answered.
    Found(Found),
}

/// Looks everywhere at once and gives what answered, in the order of the search's ports and hosts.
/// `progress` is called on the caller's thread.
pub fn run(search: &Search, progress: &dyn Fn(Progress)) -> Vec<Found> {
    let places = Arc::new(places(search));
    let over = Arc::new(AtomicBool::new(false));
    let (sender, outcomes) = mpsc::channel();
    for place in 0..search.ports.len() {
        let worker = Worker::new(&places, &over, &sender);
        start(&format!("port {place}"), move || worker.try_place(place));
    }
    let next = Arc::new(AtomicUsize::new(search.ports.len()));
    for number in 0..search.hosts.len().min(CONNECTIONS) {
        let worker = Worker::new(&places, &over, &sender);
        let next = Arc::clone(&next);
        start(&format!("host {number}"), move || worker.try_from(&next));
    }
    drop(sender);
    let found = gather(&outcomes, places.len(), Instant::now() + limit(search), progress);
    over.store(true, Ordering::Relaxed);
    found
}

fn places(search: &Search) -> Vec<Link> {
    let ports = search.ports.iter().map(|port| Link::Com { port: port.clone(), baud: search.baud });
    let hosts = search.hosts.iter().map(|host| Link::Tcp { host: host.to_string(), port: search.tcp_port });
    ports.chain(hosts).collect()
}

/// When the search ends at the latest, whatever hangs.
fn limit(search: &Search) -> Duration {
    let rounds = u32::try_from(search.hosts.len().div_ceil(CONNECTIONS)).unwrap_or(u32::MAX);
    let network = PATIENCE.total.saturating_mul(rounds);
    network.max(PATIENCE.total) + OPENING
}

/// A thread that cannot be started leaves its places to the others, or untried.
fn start(name: &str, work: impl FnOnce() + Send + 'static) {
    let started = thread::Builder::new().name(name.to_owned()).stack_size(STACK).spawn(work);
    if let Err(error) = started {
        log::warn!("the search for registers is short of a thread: {error}");
    }
}

/// What one place gave.
type Outcome = (usize, Option<Found>);

fn gather(
    outcomes: &Receiver<Outcome>,
    of: usize,
    deadline: Instant,
    progress: &dyn Fn(Progress),
) -> Vec<Found> {
    let mut found: Vec<(usize, Found)> = Vec::new();
    for done in 1..=of {
        let left = deadline.saturating_duration_since(Instant::now());
        let Ok((place, outcome)) = outcomes.recv_timeout(left) else {
            log::debug!("the search ends with {} of {of} places untried", of - done + 1);
            break;
        };
        if let Some(register) = outcome {
            progress(Progress::Found(register.clone()));
            found.push((place, register));
        }
        progress(Progress::Tried { done, of });
    }
    found.sort_by_key(|(place, _)| *place);
    found.into_iter().map(|(_, register)| register).collect()
}

struct Worker {
    places: Arc<Vec<Link>>,
    over: Arc<AtomicBool>,
    sender: Sender<Outcome>,
}

impl Worker {
    fn new(places: &Arc<Vec<Link>>, over: &Arc<AtomicBool>, sender: &Sender<Outcome>) -> Self {
        Self { places: Arc::clone(places), over: Arc::clone(over), sender: sender.clone() }
    }

    /// Takes one place after the other until none is left.
    fn try_from(&self, next: &AtomicUsize) {
        loop {
            let place = next.fetch_add(1, Ordering::Relaxed);
            if place >= self.places.len() {
                return;
            }
            self.try_place(place);
        }
    }

    fn try_place(&self, place: usize) {
        let Some(link) = self.places.get(place) else { return };
        let outcome = self.ask(link);
        if let Err(failure) = &outcome {
            log::debug!(target: "kkt", "{}: no register: {failure}", link.name());
        }
        let found = outcome.ok().flatten().map(|device| Found { link: link.clone(), device });
        // Nobody listens any more when the search has ended without this place.
        let _ = self.sender.send((place, found));
    }

    /// The name that a register gives itself. The line is closed again when this returns, so that
    /// whoever hears of the register can open it.
    fn ask(&self, link: &Link) -> Result<Option<String>, ReadError> {
        let (line, framing): (Box<dyn Transport>, _) = match link {
            Link::Com { port, baud } => (Box::new(SerialLink::open(port, *baud)?), Framing::Serial),
            Link::Tcp { host, port } => match host.parse::<Ipv4Addr>() {
                Ok(host) => {
                    let address = SocketAddr::from((host, *port));
                    (Box::new(TcpLink::at(address, CONNECT_LIMIT)), Framing::Tcp)
                }
                Err(_) => return Ok(None),
            },
            Link::Usb => return Ok(None),
        };
        // A port that took so long to open may already be in other hands.
        if self.over.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let deadline = Instant::now() + PATIENCE.total;
        let mut session = Session::on(line, framing, link.name(), deadline);
        Ok(session.ask_once::<GetDevice>(PATIENCE)?.name)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::io::{Read, Write};
    use std::net::TcpListener;

    use super::*;

    /// Answers one question, with whatever the answer makes of it.
    fn device(address: (&str, u16), answer: fn(&[u8]) -> Vec<u8>) -> u16 {
        let listener = TcpListener::bind(address).unwrap();
        let port = listener.local_addr().unwrap().port();
        thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut question = [0; 64];
            let length = stream.read(&mut question).unwrap();
            stream.write_all(&answer(&question[..length])).unwrap();
        });
        port
    }

    #[test]
    fn only_a_register_that_names_itself_counts() {
        let tcp_port = device(("127.0.0.1", 0), |_| b"<OK DEV='MITSU-1-F' />".to_vec());
        device(("127.0.0.2", tcp_port), <[u8]>::to_vec);
        device(("127.0.0.3", tcp_port), |_| b"SSH-2.0-dropbear\r\n".to_vec());
        device(("127.0.0.4", tcp_port), |_| b"<OK VER='1.0' XDEV='no'/>".to_vec());
        let hosts = (1..=5).rev().map(|last| Ipv4Addr::new(127, 0, 0, last)).collect();
        let ports = vec!["/dev/getad-no-such-port".to_owned()];
        let seen = RefCell::new(Vec::new());
        let search = Search { ports, baud: 115_200, hosts, tcp_port };
        let found = run(&search, &|progress| seen.borrow_mut().push(progress));
        let link = Link::Tcp { host: "127.0.0.1".to_owned(), port: tcp_port };
        let register = Found { link, device: "MITSU-1-F".to_owned() };
        assert_eq!(found, std::slice::from_ref(&register));
        let seen = seen.into_inner();
        assert!(seen.contains(&Progress::Found(register)));
        assert_eq!(seen.last(), Some(&Progress::Tried { done: 6, of: 6 }));
    }

    #[test]
    fn a_place_that_hangs_does_not_hold_up_the_rest() {
        let (sender, outcomes) = mpsc::channel();
        let found = |port: &str| Found {
            link: Link::Com { port: port.to_owned(), baud: 9600 },
            device: "MITSU-1-F".to_owned(),
        };
        for (place, port) in [(2, "COM9"), (0, "COM3")] {
            sender.send((place, Some(found(port)))).unwrap();
        }
        let registers = gather(&outcomes, 3, Instant::now() + Duration::from_millis(20), &|_| {});
        assert_eq!(registers, [found("COM3"), found("COM9")]);
        drop(sender);
    }

    #[test]
    fn nowhere_to_look_is_done_at_once() {
        assert_eq!(run(&Search::default(), &|_| {}), []);
    }
}
