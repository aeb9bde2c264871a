//! Serial ports, real and virtual: 8N1, no flow control, held exclusively.

use std::io::{self, Read, Write};
use std::time::{Duration, Instant};

use serialport::{ClearBuffer, SerialPort};

use super::{Transport, remaining};
use crate::kkt::ReadError;

/// Until the first exchange sets its own limit.
const INITIAL_TIMEOUT: Duration = Duration::from_secs(1);

/// An open serial port.
pub struct SerialLink {
    port: String,
    device: Box<dyn SerialPort>,
}

impl SerialLink {
    /// Opens a port for ourselves alone, which is what the library does unless told otherwise. DTR
    /// and RTS are raised: a USB register may keep silent without them, and Windows, unlike other
    /// systems, does not raise them by itself.
    ///
    /// # Errors
    /// [`ReadError::PortAbsent`], [`ReadError::PortBusy`] or [`ReadError::PortFailed`].
    pub fn open(port: &str, baud: u32) -> Result<Self, ReadError> {
        let builder = serialport::new(port, baud).timeout(INITIAL_TIMEOUT).dtr_on_open(true);
        let mut device = builder.open().map_err(|error| open_error(port, &error))?;
        if let Err(error) = device.write_request_to_send(true) {
            log::debug!(target: "kkt", "{port}: RTS cannot be raised: {error}");
        }
        Ok(Self { port: port.to_owned(), device })
    }
}

impl Transport for SerialLink {
    fn prepare(&mut self, _deadline: Instant) -> Result<(), ReadError> {
        let cleared = self.device.clear(ClearBuffer::Input);
        cleared.map_err(|error| ReadError::PortFailed { port: self.port.clone(), reason: error.to_string() })
    }

    fn send(&mut self, bytes: &[u8], deadline: Instant) -> io::Result<()> {
        self.device.set_timeout(remaining(deadline))?;
        match self.device.write_all(bytes) {
            // Windows reports a write that ran out of time as one of no bytes.
            Err(error) if error.kind() == io::ErrorKind::WriteZero => Err(io::ErrorKind::TimedOut.into()),
            sent => sent,
        }
    }

    fn receive(&mut self, block: &mut [u8], deadline: Instant) -> io::Result<usize> {
        let Some((first, rest)) = block.split_at_mut_checked(1) else { return Ok(0) };
        if self.read(first, deadline)? == 0 {
            return Ok(0);
        }
        let waiting = self.device.bytes_to_read()?;
        let waiting = usize::try_from(waiting).map_or(rest.len(), |waiting| waiting.min(rest.len()));
        match rest.get_mut(..waiting) {
            Some(rest) if waiting > 0 => Ok(1 + self.read(rest, deadline)?),
            _ => Ok(1),
        }
    }
}

impl SerialLink {
    /// Takes no more than is known to be there, save for the first byte: not every port driver
    /// gives what it has before the time is up or the buffer is full.
    fn read(&mut self, block: &mut [u8], deadline: Instant) -> io::Result<usize> {
        loop {
            self.device.set_timeout(remaining(deadline))?;
            match self.device.read(block) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted && Instant::now() < deadline => {}
                received => return received,
            }
        }
    }
}

fn open_error(port: &str, error: &serialport::Error) -> ReadError {
    use serialport::ErrorKind;
    let failed = || ReadError::PortFailed { port: port.to_owned(), reason: error.description.clone() };
    match error.kind() {
        ErrorKind::Io(io::ErrorKind::NotFound) => ReadError::PortAbsent { port: port.to_owned() },
        ErrorKind::NoDevice => no_device(port),
        _ => failed(),
    }
}

/// Elsewhere a port that exists and "is no device" is one that another program has locked.
#[cfg(not(windows))]
fn no_device(port: &str) -> ReadError {
    ReadError::PortBusy { port: port.to_owned() }
}

/// On Windows the same word stands for an absent and for a busy port; a plain opening tells them
/// apart by number, in any language of the system.
#[cfg(windows)]
fn no_device(port: &str) -> ReadError {
    use std::os::windows::fs::OpenOptionsExt;

    const FILE_NOT_FOUND: i32 = 2;
    const PATH_NOT_FOUND: i32 = 3;
    let path = if port.starts_with('\\') { port.to_owned() } else { format!(r"\\.\{port}") };
    let opened = std::fs::OpenOptions::new().read(true).write(true).share_mode(0).open(path);
    match opened.err().and_then(|error| error.raw_os_error()) {
        Some(FILE_NOT_FOUND | PATH_NOT_FOUND) => ReadError::PortAbsent { port: port.to_owned() },
        _ => ReadError::PortBusy { port: port.to_owned() },
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    /// Long enough for a loaded machine; nothing waits for it when all is well.
    const SOON: Duration = Duration::from_secs(10);

    fn pair() -> (serialport::TTYPort, String) {
        let (master, slave) = serialport::TTYPort::pair().expect("a pseudo-terminal");
        let path = slave.name().expect("its path");
        (master, path)
    }

    #[test]
    fn bytes_travel_both_ways_in_blocks() {
        let (mut master, path) = pair();
        let mut link = SerialLink::open(&path, 115_200).unwrap();
        link.prepare(Instant::now() + SOON).unwrap();
        link.send(b"question", Instant::now() + SOON).unwrap();
        let mut question = [0; 8];
        master.set_timeout(SOON).unwrap();
        master.read_exact(&mut question).unwrap();
        master.write_all(b"answer").unwrap();
        let mut block = [0; 64];
        let received = link.receive(&mut block, Instant::now() + SOON).unwrap();
        assert_eq!((&question, &block[..received]), (b"question", b"answer".as_slice()));
    }

    #[test]
    fn what_came_unasked_is_dropped() {
        let (mut master, path) = pair();
        let mut link = SerialLink::open(&path, 115_200).unwrap();
        master.write_all(b"stale").unwrap();
        let waiting = || link.device.bytes_to_read().unwrap();
        let limit = Instant::now() + SOON;
        while waiting() < 5 && Instant::now() < limit {
            std::thread::yield_now();
        }
        assert_eq!(waiting(), 5);
        link.prepare(Instant::now()).unwrap();
        assert_eq!(link.device.bytes_to_read().unwrap(), 0);
    }

    #[test]
    fn silence_ends_at_the_deadline() {
        let (_master, path) = pair();
        let mut link = SerialLink::open(&path, 115_200).unwrap();
        let error = link.receive(&mut [0; 8], Instant::now() + Duration::from_millis(20)).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    #[test]
    fn a_port_that_is_not_there_and_one_that_is_held_are_told_apart() {
        let absent = "/dev/getad-no-such-port";
        assert_eq!(
            SerialLink::open(absent, 9600).err(),
            Some(ReadError::PortAbsent { port: absent.to_owned() })
        );
        let (_master, path) = pair();
        let _held = SerialLink::open(&path, 9600).unwrap();
        assert_eq!(SerialLink::open(&path, 9600).err(), Some(ReadError::PortBusy { port: path }));
    }

    #[test]
    fn a_file_is_no_port() {
        let error = SerialLink::open("/dev/null", 9600).err();
        assert!(matches!(error, Some(ReadError::PortFailed { .. })), "{error:?}");
    }
}
