//! TCP for registers that close the connection after each exchange: one connection per exchange.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use super::route::resolve;
use super::{Transport, remaining, timed_out};
use crate::kkt::{Link, ReadError};

/// How long a connection may take to be made, all addresses of a name together.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);

/// How long a register may refuse the next connection while it still clears away the last one.
const RECOVERY_LIMIT: Duration = Duration::from_secs(1);

/// Pause between two attempts in that time.
const RECOVERY_PAUSE: Duration = Duration::from_millis(50);

/// A register at a network address.
pub struct TcpLink {
    name: String,
    addresses: Vec<SocketAddr>,
    connect_limit: Duration,
    stream: Option<TcpStream>,
    /// One address has let us in before, so a refusal may be a passing one.
    proven: bool,
}

impl TcpLink {
    /// Looks the host up; connections are made by [`Transport::prepare`].
    ///
    /// # Errors
    /// [`ReadError::Unreachable`] when the name has no address or is not resolved by the deadline.
    pub fn new(host: &str, port: u16, deadline: Instant) -> Result<Self, ReadError> {
        let name = Link::Tcp { host: host.to_owned(), port }.name();
        match resolve(host, port, deadline) {
            Ok(addresses) => Ok(Self::of(name, addresses, CONNECT_LIMIT)),
            Err(reason) => Err(ReadError::Unreachable { address: name, reason }),
        }
    }

    /// The register at an address that needs no lookup, with a connect limit of the caller's.
    #[must_use]
    pub fn at(address: SocketAddr, connect_limit: Duration) -> Self {
        Self::of(address.to_string(), vec![address], connect_limit)
    }

    fn of(name: String, addresses: Vec<SocketAddr>, connect_limit: Duration) -> Self {
        Self { name, addresses, connect_limit, stream: None, proven: false }
    }

    fn connect(&mut self, deadline: Instant) -> io::Result<TcpStream> {
        let recovered = Instant::now() + RECOVERY_LIMIT;
        loop {
            match self.connect_once(deadline) {
                Err(error)
                    if self.proven && is_refusal(&error) && Instant::now() < recovered.min(deadline) =>
                {
                    std::thread::sleep(RECOVERY_PAUSE);
                }
                connected => return connected,
            }
        }
    }

    /// Tries each address within its share of the time. The one that answers is the only one from
    /// then on: all questions must go to the same register.
    fn connect_once(&mut self, deadline: Instant) -> io::Result<TcpStream> {
        let mut failure: io::Error = io::ErrorKind::AddrNotAvailable.into();
        for (tried, &address) in self.addresses.iter().enumerate() {
            let left = u32::try_from(self.addresses.len() - tried).unwrap_or(u32::MAX);
            let share = (remaining(deadline) / left).max(Duration::from_millis(1));
            match TcpStream::connect_timeout(&address, share) {
                Ok(stream) => {
                    stream.set_nodelay(true)?;
                    self.addresses = vec![address];
                    self.proven = true;
                    return Ok(stream);
                }
                Err(error) => failure = error,
            }
        }
        Err(failure)
    }

    fn stream(&mut self) -> io::Result<&mut TcpStream> {
        self.stream.as_mut().ok_or_else(|| io::ErrorKind::NotConnected.into())
    }
}

impl Transport for TcpLink {
    fn prepare(&mut self, deadline: Instant) -> Result<(), ReadError> {
        self.stream = None;
        let limit = deadline.min(Instant::now() + self.connect_limit);
        let connected = self.connect(limit);
        let unreachable = |error: io::Error| {
            let reason = error.to_string();
            ReadError::Unreachable { address: self.name.clone(), reason }
        };
        self.stream = Some(connected.map_err(unreachable)?);
        Ok(())
    }

    fn send(&mut self, bytes: &[u8], deadline: Instant) -> io::Result<()> {
        let stream = self.stream()?;
        stream.set_write_timeout(Some(remaining(deadline)))?;
        stream.write_all(bytes).map_err(timed_out)
    }

    fn receive(&mut self, block: &mut [u8], deadline: Instant) -> io::Result<usize> {
        let stream = self.stream()?;
        loop {
            stream.set_read_timeout(Some(remaining(deadline)))?;
            match stream.read(block).map_err(timed_out) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted && Instant::now() < deadline => {}
                received => return received,
            }
        }
    }
}

fn is_refusal(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionReset)
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    /// Long enough for a loaded machine; nothing waits for it when all is well.
    const SOON: Duration = Duration::from_secs(10);

    fn soon() -> Instant {
        Instant::now() + SOON
    }

    #[test]
    fn each_exchange_has_its_own_connection() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let device = std::thread::spawn(move || {
            for answer in [b"one", b"two"] {
                let (mut stream, _) = listener.accept().unwrap();
                let mut question = [0; 1];
                stream.read_exact(&mut question).unwrap();
                stream.write_all(answer).unwrap();
            }
        });
        let mut link = TcpLink::new("127.0.0.1", port, soon()).unwrap();
        for expected in [b"one", b"two"] {
            link.prepare(soon()).unwrap();
            link.send(b"?", soon()).unwrap();
            let mut block = [0; 16];
            let received = link.receive(&mut block, soon()).unwrap();
            assert_eq!(&block[..received], expected);
            assert_eq!(link.receive(&mut block, soon()).unwrap(), 0, "closed by the device");
        }
        device.join().unwrap();
    }

    #[test]
    fn the_next_address_is_tried_when_one_refuses() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let good = listener.local_addr().unwrap();
        let refusing = refusing_address();
        let mut link = TcpLink::of("kassa:8200".to_owned(), vec![refusing, good], SOON);
        assert_eq!(link.prepare(soon()), Ok(()));
        assert_eq!(link.addresses, [good]);
    }

    #[test]
    fn a_refusal_says_where() {
        let address = refusing_address();
        let mut link = TcpLink::at(address, SOON);
        let error = link.prepare(soon()).unwrap_err();
        assert!(
            matches!(&error, ReadError::Unreachable { address: shown, .. } if *shown == address.to_string())
        );
    }

    #[test]
    fn silence_ends_at_the_deadline() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut link = TcpLink::at(listener.local_addr().unwrap(), SOON);
        link.prepare(soon()).unwrap();
        let error = link.receive(&mut [0; 8], Instant::now() + Duration::from_millis(20)).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    /// The client's end of a connection: taken, and nobody listens there.
    fn refusing_address() -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let address = client.local_addr().unwrap();
        std::mem::forget((client, listener));
        address
    }
}
