//! Networks that this computer is in, and the neighbours it has talked with.

use std::net::Ipv4Addr;

use if_addrs::IfAddr;

use super::os;

/// An address of this computer and the size of its network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Network {
    /// Own address.
    pub address: Ipv4Addr,
    /// Number of leading bits that all addresses of the network share, 0 to 32.
    pub prefix_len: u8,
}

/// A computer or device whose hardware address is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Neighbour {
    /// Its address.
    pub ip: Ipv4Addr,
    /// Its hardware address.
    pub mac: [u8; 6],
}

/// IPv4 networks of all interfaces that are up, without loopback.
#[must_use]
pub fn networks() -> Vec<Network> {
    let interfaces = if_addrs::get_if_addrs().unwrap_or_else(|error| {
        log::debug!("network interfaces cannot be listed: {error}");
        Vec::new()
    });
    let mut networks: Vec<Network> =
        interfaces.iter().filter_map(|interface| usable(&interface.addr, interface.is_oper_up())).collect();
    networks.sort_unstable();
    networks.dedup();
    networks
}

fn usable(address: &IfAddr, up: bool) -> Option<Network> {
    let IfAddr::V4(own) = address else { return None };
    let usable = up && !own.is_loopback() && !own.ip.is_unspecified();
    usable.then_some(Network { address: own.ip, prefix_len: own.prefixlen.min(32) })
}

/// IPv4 neighbours that the system remembers, broadcast and multicast left out.
#[must_use]
pub fn neighbours() -> Vec<Neighbour> {
    let mut neighbours = os::neighbours();
    neighbours.retain(is_a_device);
    neighbours.sort_unstable();
    neighbours.dedup();
    neighbours
}

fn is_a_device(neighbour: &Neighbour) -> bool {
    let [first, ..] = neighbour.mac;
    let group = first & 1 == 1;
    !group && neighbour.mac != [0; 6] && !neighbour.ip.is_multicast() && !neighbour.ip.is_broadcast()
}

#[cfg(test)]
mod tests {
    use if_addrs::Ifv4Addr;

    use super::*;

    fn neighbour(ip: [u8; 4], mac: [u8; 6]) -> Neighbour {
        Neighbour { ip: ip.into(), mac }
    }

    #[test]
    fn only_devices_are_neighbours() {
        assert!(is_a_device(&neighbour([10, 0, 0, 7], [0, 0x22, 1, 2, 3, 4])));
        assert!(!is_a_device(&neighbour([10, 0, 0, 8], [0; 6])));
        assert!(!is_a_device(&neighbour([10, 0, 0, 255], [0xff; 6])));
        assert!(!is_a_device(&neighbour([224, 0, 0, 22], [1, 0, 0x5e, 0, 0, 0x16])));
        assert!(!is_a_device(&neighbour([255, 255, 255, 255], [0, 1, 2, 3, 4, 5])));
    }

    #[test]
    fn only_addresses_of_interfaces_that_are_up_count() {
        let own = |ip: [u8; 4], prefix_len| {
            let netmask = Ipv4Addr::new(255, 255, 255, 0);
            IfAddr::V4(Ifv4Addr { ip: ip.into(), netmask, prefixlen: prefix_len, broadcast: None })
        };
        let network = Network { address: Ipv4Addr::new(10, 0, 0, 5), prefix_len: 24 };
        assert_eq!(usable(&own([10, 0, 0, 5], 24), true), Some(network));
        assert_eq!(usable(&own([10, 0, 0, 5], 24), false), None);
        assert_eq!(usable(&own([127, 0, 0, 1], 8), true), None);
        assert_eq!(usable(&own([0, 0, 0, 0], 0), true), None);
        assert_eq!(usable(&own([10, 0, 0, 5], 99), true).map(|network| network.prefix_len), Some(32));
    }
}
