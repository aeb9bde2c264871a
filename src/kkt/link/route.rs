//! Names to addresses, and whether an address can be reached at all, without sending anything.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs, UdpSocket};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use super::remaining;

/// Pause between two looks at the network.
const PAUSE: Duration = Duration::from_millis(500);

/// Waits until the system knows a way to the host, as it may not for a while after it has started:
/// the cable, the address from DHCP and the name server come one after the other. Nothing is sent
/// to the host itself. True when there is a way, or when the system gives a reason that waiting
/// does not mend; false when the limit has passed.
#[must_use]
pub fn wait_for_route(host: &str, port: u16, limit: Duration) -> bool {
    let deadline = Instant::now() + limit;
    loop {
        if route_exists(host, port, deadline) {
            return true;
        }
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return false;
        }
        thread::sleep(PAUSE.min(left));
    }
}

fn route_exists(host: &str, port: u16, deadline: Instant) -> bool {
    match resolve(host, port, deadline) {
        Ok(addresses) => addresses.iter().any(|address| !is_cut_off(*address)),
        Err(reason) => {
            log::debug!("{host} is not resolved yet: {reason}");
            false
        }
    }
}

/// A UDP socket that is "connected" makes the system choose a route and sends nothing.
fn is_cut_off(address: SocketAddr) -> bool {
    use io::ErrorKind::{HostUnreachable, NetworkDown, NetworkUnreachable};
    let any: IpAddr =
        if address.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let chosen = UdpSocket::bind((any, 0)).and_then(|socket| socket.connect(address));
    chosen.is_err_and(|error| matches!(error.kind(), HostUnreachable | NetworkDown | NetworkUnreachable))
}

/// All addresses of a host. The system's resolver knows no deadline, so a name is looked up on a
/// thread that is left behind when it takes too long.
///
/// # Errors
/// What the system says, as text.
pub(super) fn resolve(host: &str, port: u16, deadline: Instant) -> Result<Vec<SocketAddr>, String> {
    if let Ok(address) = host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(address, port)]);
    }
    let (sender, result) = mpsc::channel();
    let name = host.to_owned();
    let look_up = move || {
        let found = (name.as_str(), port).to_socket_addrs();
        // Nobody listens any more when the deadline has passed.
        let _ = sender.send(found.map(Iterator::collect::<Vec<_>>));
    };
    thread::Builder::new().spawn(look_up).map_err(|error| error.to_string())?;
    match result.recv_timeout(remaining(deadline)) {
        Ok(Ok(addresses)) if addresses.is_empty() => Err("the name has no address".to_owned()),
        Ok(Ok(addresses)) => Ok(addresses),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("the name was not resolved in time".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_computer_is_always_reachable() {
        assert!(wait_for_route("127.0.0.1", 8200, Duration::ZERO));
    }

    #[test]
    fn a_name_without_an_address_is_waited_for_no_longer_than_the_limit() {
        let started = Instant::now();
        assert!(!wait_for_route("getad.invalid", 8200, Duration::from_millis(20)));
        assert!(started.elapsed() < Duration::from_secs(10));
    }

    #[test]
    fn an_address_needs_no_lookup() {
        let past = Instant::now();
        assert_eq!(resolve("10.0.0.7", 8200, past), Ok(vec!["10.0.0.7:8200".parse().unwrap()]));
        assert_eq!(resolve("fe80::1", 8200, past), Ok(vec!["[fe80::1]:8200".parse().unwrap()]));
    }
}
