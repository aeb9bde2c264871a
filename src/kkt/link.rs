//! Ways to a register that speaks its own protocol: serial ports and TCP, with deadlines.
//!
//! This module owns opening, sending, receiving and the limits of each wait. It knows no protocol:
//! what a frame is, and when an answer is whole, belongs to the brands. Every wait ends by the
//! deadline that the caller gives, with one exception: a faulty port driver can hold
//! [`SerialLink::open`] for longer, so a caller that cannot wait opens it on a thread of its own.

mod route;
mod serial;
mod tcp;

#[cfg(test)]
pub(crate) mod replay;

use std::io;
use std::time::{Duration, Instant};

pub use route::wait_for_route;
pub use serial::SerialLink;
pub use tcp::TcpLink;

use super::ReadError;

/// A line to one register.
pub trait Transport: Send {
    /// Makes the line ready for one exchange: what came unasked is dropped, a connection that
    /// serves one exchange only is made anew.
    ///
    /// # Errors
    /// [`ReadError::Unreachable`] or [`ReadError::PortFailed`].
    fn prepare(&mut self, deadline: Instant) -> Result<(), ReadError>;

    /// Sends all bytes.
    ///
    /// # Errors
    /// [`io::ErrorKind::TimedOut`] at the deadline, else what the system says.
    fn send(&mut self, bytes: &[u8], deadline: Instant) -> io::Result<()>;

    /// Waits for bytes and takes what is there, up to the size of `block`; 0 when the other side
    /// has closed the line.
    ///
    /// # Errors
    /// [`io::ErrorKind::TimedOut`] at the deadline, else what the system says.
    fn receive(&mut self, block: &mut [u8], deadline: Instant) -> io::Result<usize>;
}

/// Time until the deadline, never zero: to the system calls zero means "for ever" or is an error.
fn remaining(deadline: Instant) -> Duration {
    deadline.saturating_duration_since(Instant::now()).max(Duration::from_millis(1))
}

/// The one kind for "time is up", which systems report in two ways.
fn timed_out(error: io::Error) -> io::Error {
    if error.kind() == io::ErrorKind::WouldBlock { io::ErrorKind::TimedOut.into() } else { error }
}
