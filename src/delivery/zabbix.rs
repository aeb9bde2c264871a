//! The trapper protocol of Zabbix: values for a host, sent to servers or proxies.
//!
//! Defined by "Zabbix sender protocol" and "Header" in the appendix of Zabbix's manual. Requests
//! go out in the plain form (no compression), which every version understands. Encrypted
//! connections (TLS with a certificate or a shared key) are not spoken. An exchange with a server
//! ends by its deadline whatever the server does, name lookup included.

mod frame;
mod server;

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

pub use frame::Malformed;
pub use server::{NotAServer, Server, servers};

use crate::hurry::{self, Job};

/// A value for an item of a host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Value {
    /// Name of the host as it stands in Zabbix.
    pub host: String,
    /// Key of the item.
    pub key: String,
    /// The value.
    pub value: String,
}

/// What a server did with the values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receipt {
    /// Values that it took.
    pub processed: u64,
}

/// Why values did not arrive.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PushError {
    /// The name has no address.
    #[error("the name cannot be resolved: {0}")]
    Unresolved(String),
    /// No connection, or it broke.
    #[error("{0}")]
    Connection(String),
    /// The deadline passed.
    #[error("no answer within {limit_ms} ms")]
    Silent {
        /// The limit.
        limit_ms: u64,
    },
    /// The answer is none of the protocol's.
    #[error("the answer makes no sense: {0}")]
    Nonsense(Malformed),
    /// The server does not take the request.
    #[error("the server refuses: {0}")]
    Refused(String),
    /// A proxy of a group sends us to another one.
    #[error("the server sends on to {address}")]
    Redirected {
        /// Where to.
        address: String,
    },
    /// The server knows no such host or item.
    #[error("not accepted: {failed} of {total}")]
    NotAccepted {
        /// Values that it did not take.
        failed: u64,
        /// All that were sent.
        total: u64,
    },
}

#[derive(Serialize)]
struct Request<'a> {
    request: &'static str,
    data: &'a [Value],
}

#[derive(Deserialize)]
struct Answer {
    response: String,
    #[serde(default)]
    info: String,
    redirect: Option<Redirect>,
}

#[derive(Deserialize)]
struct Redirect {
    #[serde(default)]
    address: String,
}

/// Sends the values to every server, side by side, each within `limit`; the outcomes are in the
/// order of the servers.
#[must_use]
pub fn push(servers: &[Server], values: &[Value], limit: Duration) -> Vec<Result<Receipt, PushError>> {
    let request = serde_json::to_vec(&Request { request: "sender data", data: values }).unwrap_or_default();
    let deadline = Instant::now() + limit;
    let job = |server: &Server| -> Job<Option<Result<Receipt, PushError>>> {
        let (server, request) = (server.clone(), request.clone());
        Box::new(move || exchange(&server, &request, deadline))
    };
    // A lookup that takes too long is left behind.
    let outcomes = hurry::all(servers.iter().map(job).collect(), limit + SETTLE);
    let silent = PushError::Silent { limit_ms: limit.as_millis().try_into().unwrap_or(u64::MAX) };
    outcomes.into_iter().map(|outcome| outcome.flatten().unwrap_or_else(|| Err(silent.clone()))).collect()
}

/// What a thread may need beyond its deadline to report.
const SETTLE: Duration = Duration::from_millis(200);

/// One exchange; `None` when the deadline passed.
fn exchange(server: &Server, request: &[u8], deadline: Instant) -> Option<Result<Receipt, PushError>> {
    let addresses = match (server.host.as_str(), server.port).to_socket_addrs() {
        Ok(addresses) => addresses.collect::<Vec<_>>(),
        Err(error) => return Some(Err(PushError::Unresolved(error.to_string()))),
    };
    let answer = connect(&addresses, deadline).and_then(|stream| converse(stream, request, deadline));
    match answer {
        Ok(answer) => {
            Some(frame::payload(&answer).map_err(PushError::Nonsense).and_then(|payload| receipt(&payload)))
        }
        Err(error) if is_late(&error) => None,
        Err(error) => Some(Err(PushError::Connection(error.to_string()))),
    }
}

fn is_late(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock)
}

/// Time until the deadline, never zero: to the system calls zero means "for ever" or is an error.
fn remaining(deadline: Instant) -> Duration {
    deadline.saturating_duration_since(Instant::now()).max(Duration::from_millis(1))
}

/// Tries each address of a name within its share of the time.
fn connect(addresses: &[SocketAddr], deadline: Instant) -> io::Result<TcpStream> {
    let mut failure: io::Error = io::ErrorKind::AddrNotAvailable.into();
    for (tried, address) in addresses.iter().enumerate() {
        let left = u32::try_from(addresses.len() - tried).unwrap_or(u32::MAX);
        match TcpStream::connect_timeout(address, (remaining(deadline) / left).max(Duration::from_millis(1)))
        {
            Ok(stream) => return Ok(stream),
            Err(error) => failure = error,
        }
    }
    Err(failure)
}

/// Sends the request and takes what comes until the frame is whole or the line is closed.
fn converse(mut stream: TcpStream, request: &[u8], deadline: Instant) -> io::Result<Vec<u8>> {
    stream.set_nodelay(true)?;
    let framed = frame::framed(request);
    let mut unsent = framed.as_slice();
    while !unsent.is_empty() {
        stream.set_write_timeout(Some(remaining(deadline)))?;
        let sent = stream.write(unsent)?;
        unsent = unsent.get(sent.max(1)..).unwrap_or_default();
    }
    let (mut answer, mut block) = (Vec::new(), [0; 4096]);
    while !frame::is_complete(&answer) {
        stream.set_read_timeout(Some(remaining(deadline)))?;
        let received = stream.read(&mut block)?;
        if received == 0 {
            break;
        }
        answer.extend(block.iter().take(received));
        if Instant::now() >= deadline {
            return Err(io::ErrorKind::TimedOut.into());
        }
    }
    Ok(answer)
}

/// What an answer means.
fn receipt(payload: &[u8]) -> Result<Receipt, PushError> {
    let nonsense = || PushError::Nonsense(Malformed::Foreign);
    let answer: Answer = serde_json::from_slice(payload).map_err(|_| nonsense())?;
    if let Some(redirect) = answer.redirect {
        return Err(PushError::Redirected { address: short(&redirect.address) });
    }
    if answer.response != "success" {
        return Err(PushError::Refused(short(&answer.info)));
    }
    let counts = count(&answer.info, "processed").zip(count(&answer.info, "failed"));
    match counts.ok_or_else(nonsense)? {
        (processed, 0) => Ok(Receipt { processed }),
        (processed, failed) => {
            Err(PushError::NotAccepted { failed, total: processed.saturating_add(failed) })
        }
    }
}

/// A number from `processed: 1; failed: 0; total: 1; seconds spent: 0.000055`.
fn count(info: &str, name: &str) -> Option<u64> {
    let part = info.split(';').find_map(|part| part.trim().strip_prefix(name)?.strip_prefix(':'))?;
    part.trim().parse().ok()
}

/// A text of the server, short enough for a message.
fn short(text: &str) -> String {
    text.chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(json: &str) -> Result<Receipt, PushError> {
        receipt(json.as_bytes())
    }

    #[test]
    fn answers_are_understood() {
        let info = |info: &str| of(&format!(r#"{{"response":"success","info":"{info}"}}"#));
        let accepted = info("processed: 1; failed: 0; total: 1; seconds spent: 0.000055");
        assert_eq!(accepted, Ok(Receipt { processed: 1 }));
        let failed = info("processed: 2; failed: 1; total: 3; seconds spent: 0.000055");
        assert_eq!(failed, Err(PushError::NotAccepted { failed: 1, total: 3 }));
        assert_eq!(info("Processed 1 Failed 0"), Err(PushError::Nonsense(Malformed::Foreign)));
        assert_eq!(info("processed: x; failed: 0"), Err(PushError::Nonsense(Malformed::Foreign)));
        let refused = of(r#"{"response":"failed","info":"invalid host name"}"#);
        assert_eq!(refused, Err(PushError::Refused("invalid host name".to_owned())));
        let redirected = of(r#"{"response":"failed","redirect":{"revision":2,"address":"10.0.0.9:10051"}}"#);
        assert_eq!(redirected, Err(PushError::Redirected { address: "10.0.0.9:10051".to_owned() }));
        assert_eq!(of("[]"), Err(PushError::Nonsense(Malformed::Foreign)));
        assert_eq!(of(""), Err(PushError::Nonsense(Malformed::Foreign)));
    }
}
