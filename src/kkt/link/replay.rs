//! A line that plays a written exchange back, without any waiting. For tests only.

use std::collections::VecDeque;
use std::io;
use std::time::Instant;

use super::Transport;
use crate::kkt::ReadError;

/// What the other side does next.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    /// These bytes come in one block.
    Gives(Vec<u8>),
    /// Nothing comes until the deadline.
    Silence,
    /// The line is closed in order.
    Closes,
    /// The connection is reset.
    Breaks,
    /// There is no connection to be had.
    Refuses,
}

/// One question and what follows it.
#[derive(Debug, Clone)]
pub(crate) struct Exchange {
    /// Bytes that must be sent, packet by packet.
    pub(crate) request: Vec<Vec<u8>>,
    /// What the other side does; silence afterwards.
    pub(crate) steps: Vec<Step>,
}

/// Plays exchanges in order; panics when something else is sent.
pub(crate) struct Replay {
    coming: VecDeque<Exchange>,
    expected: VecDeque<Vec<u8>>,
    steps: VecDeque<Step>,
}

impl Replay {
    pub(crate) fn new(exchanges: impl IntoIterator<Item = Exchange>) -> Self {
        Self { coming: exchanges.into_iter().collect(), expected: VecDeque::new(), steps: VecDeque::new() }
    }
}

impl Transport for Replay {
    fn prepare(&mut self, _deadline: Instant) -> Result<(), ReadError> {
        assert!(self.expected.is_empty(), "not sent: {:?}", self.expected);
        let exchange = self.coming.pop_front().expect("one exchange more than written");
        if matches!(exchange.steps.first(), Some(Step::Refuses)) {
            let (address, reason) = ("replay:1".to_owned(), "refused".to_owned());
            return Err(ReadError::Unreachable { address, reason });
        }
        self.expected = exchange.request.into();
        self.steps = exchange.steps.into();
        Ok(())
    }

    fn send(&mut self, bytes: &[u8], _deadline: Instant) -> io::Result<()> {
        let expected = self.expected.pop_front().expect("one packet more than written");
        assert_eq!(String::from_utf8_lossy(bytes), String::from_utf8_lossy(&expected));
        Ok(())
    }

    fn receive(&mut self, block: &mut [u8], _deadline: Instant) -> io::Result<usize> {
        match self.steps.pop_front() {
            Some(Step::Gives(mut bytes)) => {
                let rest = bytes.split_off(bytes.len().min(block.len()));
                block[..bytes.len()].copy_from_slice(&bytes);
                if !rest.is_empty() {
                    self.steps.push_front(Step::Gives(rest));
                }
                Ok(bytes.len())
            }
            Some(Step::Closes) => Ok(0),
            Some(Step::Breaks) => Err(io::ErrorKind::ConnectionReset.into()),
            Some(Step::Silence | Step::Refuses) | None => Err(io::ErrorKind::TimedOut.into()),
        }
    }
}

impl Drop for Replay {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert!(self.coming.is_empty(), "not asked: {:?}", self.coming);
        }
    }
}
